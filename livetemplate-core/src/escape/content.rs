//! Values through a chain of escapers.

use super::html::{self, UNSAFE};
use super::{Escaper, Scratch, css, js, url};
use crate::error::{Failure, FunctionError};
use crate::value::{Content, NumberType, Value, sprint_shown};
use std::mem;

/// The text that the next escaper of a chain gets.
enum Current<'a> {
    /// Text from the data or a constant.
    Given(&'a [u8]),
    /// The content of `Scratch::a`.
    Scratch,
}

/// [`super::apply`].
#[inline]
pub(super) fn apply(
    escapers: &[Escaper],
    args: &[Value],
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    // The commonest slots at once.
    if let ([Escaper::Html | Escaper::Attr | Escaper::Rcdata], [value]) = (escapers, args) {
        match value {
            Value::String(text) => {
                html::replace(&html::ESCAPE, text.as_bytes(), out);
                return Ok(());
            }
            // Nothing in them needs escaping; floats from 1e6 on have a plus sign in their exponent.
            Value::Int(_) | Value::Bool(_) => return Ok(value.print(out)?),
            Value::Float(f) if f.abs() < 1e6 => return Ok(value.print(out)?),
            Value::Number(n) if n.number_type() != NumberType::Float32 => return Ok(value.print(out)?),
            _ => {}
        }
    }
    apply_chain(escapers, args, scratch, out)
}

#[inline(never)]
fn apply_chain(
    escapers: &[Escaper],
    args: &[Value],
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    let Some((&first, rest)) = escapers.split_first() else { return Ok(()) };
    if rest.is_empty()
        && let (Escaper::JsVal, [v]) = (first, args)
        && !matches!(v, Value::Trusted(..))
    {
        js::value(v, out);
        return Ok(());
    }
    let (mut current, mut kind) = match (first, args) {
        (_, [Value::String(text)]) => (Current::Given(text.as_bytes()), None),
        // What an author's own function made of it is plain text.
        (
            Escaper::EvalArgs | Escaper::PredefinedHtml | Escaper::PredefinedUrlquery,
            [Value::Trusted(_, text)],
        ) => (Current::Given(text.as_bytes()), None),
        (_, [Value::Trusted(kind, text)]) => (Current::Given(text.as_bytes()), Some(*kind)),
        (Escaper::JsVal, [v]) => {
            scratch.a.clear();
            js::value(v, &mut scratch.a);
            (Current::Scratch, None)
        }
        _ => {
            scratch.a.clear();
            print_args(first, args, &mut scratch.a)?;
            (Current::Scratch, None)
        }
    };
    let value_done = matches!((first, &current), (Escaper::JsVal, Current::Scratch));
    let chain = if value_done || first == Escaper::EvalArgs { rest } else { escapers };
    for (i, &escaper) in chain.iter().enumerate() {
        let Scratch { a, b } = scratch;
        let text = match &current {
            Current::Given(text) => *text,
            Current::Scratch => a.as_slice(),
        };
        // Only the first escaper sees what the value was: after it the text is plain.
        let kind = kind.take();
        match verdict(escaper, kind, text) {
            Verdict::Same => {}
            Verdict::Replaced(text) => current = Current::Given(text),
            Verdict::Run if i + 1 == chain.len() => {
                run(escaper, kind, text, out);
                return Ok(());
            }
            Verdict::Run => {
                b.clear();
                run(escaper, kind, text, b);
                mem::swap(a, b);
                current = Current::Scratch;
            }
        }
    }
    out.extend_from_slice(match current {
        Current::Given(text) => text,
        Current::Scratch => &scratch.a,
    });
    Ok(())
}

/// Prints what is not a single text, as the first escaper wants it.
fn print_args(first: Escaper, args: &[Value], out: &mut Vec<u8>) -> Result<(), FunctionError> {
    let is_null = |v: &Value| matches!(v, Value::Null);
    match first {
        Escaper::EvalArgs => sprint_shown(args, out),
        Escaper::PredefinedHtml | Escaper::PredefinedUrlquery if args.iter().any(is_null) => {
            let shown = |v: &Value| if is_null(v) { Value::from("<no value>") } else { v.clone() };
            sprint_shown(&args.iter().map(shown).collect::<Vec<_>>(), out)
        }
        Escaper::PredefinedHtml | Escaper::PredefinedUrlquery => sprint_shown(args, out),
        _ => match args {
            // Nothing is written for a missing value.
            [Value::Null] => Ok(()),
            [value] => value.print(out),
            _ => sprint_shown(args, out),
        },
    }
}

/// What an escaper does with a text.
enum Verdict {
    /// It stays as it is.
    Same,
    /// It gives way to a constant.
    Replaced(&'static [u8]),
    /// [`run`] says.
    Run,
}

fn verdict(escaper: Escaper, kind: Option<Content>, text: &[u8]) -> Verdict {
    match (escaper, kind) {
        (Escaper::EvalArgs, _)
        | (Escaper::Html, Some(Content::Html))
        | (Escaper::HtmlNameFilter, Some(Content::HtmlAttr))
        | (Escaper::JsVal, Some(Content::Js))
        | (Escaper::CssValueFilter, Some(Content::Css))
        | (Escaper::UrlFilter, Some(Content::Url))
        | (Escaper::Srcset, Some(Content::Srcset)) => Verdict::Same,
        (Escaper::UrlFilter, _) if url::is_safe(text) => Verdict::Same,
        (Escaper::UrlFilter, _) => Verdict::Replaced(b"#ZgotmplZ"),
        (Escaper::Comment, _) => Verdict::Replaced(b""),
        // After an empty value the next attribute would be the value.
        (Escaper::Nospace, _) if text.is_empty() => Verdict::Replaced(UNSAFE),
        _ => Verdict::Run,
    }
}

/// Appends what the escaper makes of `text`, which the host vouches for as `kind`.
fn run(escaper: Escaper, kind: Option<Content>, text: &[u8], out: &mut Vec<u8>) {
    let is_html = kind == Some(Content::Html);
    match escaper {
        Escaper::Html => html::replace(&html::ESCAPE, text, out),
        Escaper::Rcdata => html::replace(if is_html { &html::NORMALIZE } else { &html::ESCAPE }, text, out),
        Escaper::Attr if is_html => {
            let mut plain = Vec::new();
            html::strip_tags(text, &mut plain);
            html::replace(&html::NORMALIZE, &plain, out);
        }
        Escaper::Attr => html::replace(&html::ESCAPE, text, out),
        Escaper::Nospace if is_html => {
            let mut plain = Vec::new();
            html::strip_tags(text, &mut plain);
            html::nospace(true, &plain, out);
        }
        Escaper::Nospace => html::nospace(false, text, out),
        Escaper::HtmlNameFilter => html::name_filter(text, out),
        Escaper::PredefinedHtml => html::replace(&html::PREDEFINED, text, out),
        Escaper::PredefinedUrlquery => url::query(text, out),
        Escaper::JsVal if kind == Some(Content::JsStr) => {
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        }
        Escaper::JsVal => js::value(&Value::String(text.into()), out),
        Escaper::JsStr => js::string(kind == Some(Content::JsStr), text, out),
        Escaper::JsTmplLit => js::template(text, out),
        Escaper::JsRegexp => js::regexp(text, out),
        Escaper::Css => css::string(text, out),
        Escaper::CssValueFilter => css::value_filter(text, out),
        // A URL that the host vouches for is whole even where a part is wanted.
        Escaper::Url if kind != Some(Content::Url) => url::escape(text, out),
        Escaper::Url | Escaper::UrlNormalizer => url::normalize(text, out),
        Escaper::Srcset if kind == Some(Content::Url) => url::srcset_url(text, out),
        Escaper::Srcset => url::srcset(text, out),
        // Decided by `verdict`.
        Escaper::EvalArgs | Escaper::Comment | Escaper::UrlFilter => {}
    }
}
