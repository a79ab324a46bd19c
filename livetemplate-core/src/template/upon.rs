//! Templates in the syntax of the `upon` crate, with the escaping for HTML that it leaves to its host.
//!
//! Every value that is printed is escaped for HTML text and for quoted attribute values. It is not escaped for other places as
//! Go's templates do: no value should be written into a script, a style, an unquoted attribute or the start of a URL.

use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::template::Limits;
use crate::value::{Content, Key, Real, Value};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;
use upon::fmt::Formatter;

/// The name of the only member of a map that stands for HTML which the host vouches for. No other map gets such a member.
const HTML: &str = "\0html";

/// A set of templates.
pub(crate) struct Upon {
    engine: upon::Engine<'static>,
    sources: Vec<(Arc<str>, Arc<[u8]>)>,
}

impl Upon {
    /// # Errors
    /// `TemplateParse` with the place.
    pub fn new(sources: &[(String, Vec<u8>)]) -> Result<Upon> {
        let mut engine = upon::Engine::new();
        engine.set_default_formatter(&escape);
        let mut upon = Upon { engine, sources: Vec::new() };
        for (name, source) in sources {
            let text = std::str::from_utf8(source).map_err(|_| {
                let message = format!("template: {name}: the source is not UTF-8");
                Error::new(Code::TemplateParse, message).at(name.as_str(), 0, 0)
            })?;
            upon.sources.push((name.as_str().into(), source.as_slice().into()));
            let added = upon.engine.add_template(name.clone(), text.to_owned());
            added.map_err(|error| upon.error(Code::TemplateParse, name, &error))?;
        }
        Ok(upon)
    }

    /// # Errors
    /// `TemplateExec` with the place; `OutputExceeded`; `InvalidData`; `Cancelled` and `DeadlineExceeded`.
    pub fn render(
        &self,
        name: &str,
        data: &Value,
        limits: &Limits,
        cancel: Option<&Cancel>,
    ) -> Result<Vec<u8>> {
        let data = convert(data)?;
        let Some(template) = self.engine.get_template(name) else {
            return Err(Error::new(Code::TemplateNotFound, format!("no template {name:?}")));
        };
        let mut out = Output { html: Vec::new(), most: limits.output, cancel, error: None };
        let rendered = template.render_from(&data).to_writer(&mut out);
        match (rendered, out.error) {
            (_, Some(error)) => Err(error),
            (Err(error), None) => Err(self.error(Code::TemplateExec, name, &error)),
            (Ok(()), None) => Ok(out.html),
        }
    }

    /// What `upon` says, with the place that it shows in its long form.
    fn error(&self, code: Code, template: &str, error: &upon::Error) -> Error {
        let long = format!("{error:#}");
        let place = long.lines().find_map(|line| {
            let mut parts = line.trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
            let column: u32 = parts.next()?.parse().ok()?;
            let line: u32 = parts.next()?.parse().ok()?;
            Some((parts.next()?, line, column))
        });
        let (name, line, column) = place.unwrap_or((template, 0, 1));
        let known = self.sources.iter().rev().find(|(known, _)| **known == *name);
        let name = known.map_or(template, |(name, _)| name);
        let place =
            if line > 0 { format!("{name}:{line}:{}", column.saturating_sub(1)) } else { name.to_owned() };
        let error =
            Error::new(code, format!("template: {place}: {error}")).at(name, line, column.saturating_sub(1));
        match known {
            Some((_, text)) => error.in_source(text.clone()),
            None => error,
        }
    }
}

impl fmt::Debug for Upon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sources.iter().map(|(name, _)| name)).finish()
    }
}

/// Writes a value, escaped for HTML.
fn escape(f: &mut Formatter<'_>, value: &upon::Value) -> upon::fmt::Result {
    match value {
        upon::Value::String(text) => {
            let mut clean = 0;
            for (at, byte) in text.bytes().enumerate() {
                let reference = match byte {
                    b'&' => "&amp;",
                    b'<' => "&lt;",
                    b'>' => "&gt;",
                    b'"' => "&#34;",
                    b'\'' => "&#39;",
                    _ => continue,
                };
                f.write_str(&text[clean..at])?;
                f.write_str(reference)?;
                clean = at + 1;
            }
            Ok(f.write_str(&text[clean..])?)
        }
        upon::Value::Map(map) => match map.get(HTML) {
            Some(upon::Value::String(html)) => Ok(f.write_str(html)?),
            _ => upon::fmt::default(f, value),
        },
        other => upon::fmt::default(f, other),
    }
}

/// Data as `upon` has it.
fn convert(value: &Value) -> Result<upon::Value> {
    stacker::maybe_grow(32 << 10, 1 << 20, || {
        Ok(match value.plain() {
            Value::Null => upon::Value::None,
            Value::Bool(b) => upon::Value::Bool(*b),
            Value::String(text) | Value::Bytes(text) => upon::Value::String(text.to_str_lossy().into_owned()),
            Value::Trusted(Content::Html, text) => {
                let html = upon::Value::String(text.to_str_lossy().into_owned());
                upon::Value::Map(BTreeMap::from([(HTML.to_owned(), html)]))
            }
            Value::Trusted(_, text) => upon::Value::String(text.to_str_lossy().into_owned()),
            Value::Time(time) => upon::Value::String(time.to_rfc3339()),
            Value::List(list) => upon::Value::List(list.iter().map(convert).collect::<Result<_>>()?),
            Value::Map(map) => members(map.entries().map(|(key, value)| (name(key), value)))?,
            Value::Record(record) => {
                members(record.fields.iter().map(|(name, value)| (name.to_string(), value)))?
            }
            number => match number.as_real() {
                Some(Real::Int(i)) => upon::Value::Integer(i),
                Some(Real::Uint(u)) => match i64::try_from(u) {
                    Ok(i) => upon::Value::Integer(i),
                    Err(_) => upon::Value::Float(u as f64),
                },
                Some(Real::Float(f)) => upon::Value::Float(f),
                None => {
                    let message = "a template in upon's syntax takes neither complex numbers nor host objects without data";
                    return Err(Error::new(Code::InvalidData, message));
                }
            },
        })
    })
}

fn members<'v>(members: impl Iterator<Item = (String, &'v Value)>) -> Result<upon::Value> {
    let members = members.filter(|(name, _)| name != HTML);
    Ok(upon::Value::Map(members.map(|(name, value)| Ok((name, convert(value)?))).collect::<Result<_>>()?))
}

fn name(key: &Key) -> String {
    match key {
        Key::Bool(b) => b.to_string(),
        Key::Int(i) => i.to_string(),
        Key::String(text) => text.to_str_lossy().into_owned(),
    }
}

/// Takes output up to a limit, and until the work is to end.
struct Output<'o> {
    html: Vec<u8>,
    most: usize,
    cancel: Option<&'o Cancel>,
    error: Option<Error>,
}

impl io::Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.cancel.map_or(Ok(()), Cancel::check) {
            self.error = Some(error);
        } else if self.html.len() + bytes.len() > self.most {
            let message = format!("the output exceeds the limit of {} bytes", self.most);
            self.error = Some(Error::new(Code::OutputExceeded, message));
        }
        if self.error.is_some() {
            return Err(io::ErrorKind::Other.into());
        }
        self.html.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
