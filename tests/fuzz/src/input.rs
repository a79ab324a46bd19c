//! The form of an input: sections, so that mutations of one part leave the others alone.

use livetemplate_core::{DataFlags, MissingKey, Numbers, Template, TemplateBuilder};

/// Starts each section but the first. Not a byte of UTF-8, and other bytes that are not UTF-8 remain for sources and data.
const SEPARATOR: u8 = 0xFF;

/// Delimiters an input can choose from.
const DELIMS: [(&str, &str); 4] = [("", ""), ("<<", ">>"), ("[[", "]]"), ("<!--{", "}-->")];

/// Limits of one execution: enough for every seed, and little enough that no input is slow.
const MAX_STEPS: u64 = 50_000;
const MAX_OUTPUT: usize = 1 << 20;

/// What the first byte of an input says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The flags JSON text is read with.
    pub flags: DataFlags,
    /// Exactly Go's rules for numbers.
    pub strict: bool,
    /// What a missing key gives.
    pub missing_key: MissingKey,
    /// Index of the delimiters among those an input can choose from.
    pub delims: usize,
}

impl Options {
    fn from_byte(byte: u8) -> Options {
        Options {
            flags: DataFlags { times: byte & 1 != 0, trusted: byte & 2 != 0 },
            strict: byte & 4 != 0,
            missing_key: match byte >> 3 & 3 {
                1 => MissingKey::Zero,
                2 => MissingKey::Error,
                _ => MissingKey::Default,
            },
            delims: usize::from(byte >> 5 & 3),
        }
    }

    fn to_byte(self) -> u8 {
        let missing_key = match self.missing_key {
            MissingKey::Default => 0,
            MissingKey::Zero => 1,
            MissingKey::Error => 2,
        };
        u8::from(self.flags.times)
            | u8::from(self.flags.trusted) << 1
            | u8::from(self.strict) << 2
            | missing_key << 3
            | (self.delims as u8 & 3) << 5
    }

    /// The index of these delimiters, if an input can choose them.
    pub fn delims_index(delims: Option<(&str, &str)>) -> Option<usize> {
        DELIMS.iter().position(|d| *d == delims.unwrap_or(("", "")))
    }
}

/// An input taken apart. In bytes: the options, then sections of a kind and content, with a separator between. Anything can be
/// read so; sections of other kinds are left out.
#[derive(Debug, Default)]
pub struct Input<'a> {
    /// The options.
    pub options: Options,
    /// `T`: sources. The content is the name, a newline and the source; without a newline all of it is the source.
    pub sources: Vec<(&'a [u8], &'a [u8])>,
    /// `D`: JSON texts of the data, one after another.
    pub data: Vec<&'a [u8]>,
    /// `P`: JSON texts of patches.
    pub patches: Vec<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// Takes bytes apart.
    pub fn read(bytes: &'a [u8]) -> Input<'a> {
        let Some((options, rest)) = bytes.split_first() else { return Input::default() };
        let mut input = Input { options: Options::from_byte(*options), ..Input::default() };
        for section in rest.split(|b| *b == SEPARATOR) {
            match section.split_first() {
                Some((b'T', text)) => {
                    let end = text.iter().position(|b| *b == b'\n');
                    input.sources.push(end.map_or((b"", text), |at| (&text[..at], &text[at + 1..])));
                }
                Some((b'D', text)) => input.data.push(text),
                Some((b'P', text)) => input.patches.push(text),
                _ => {}
            }
        }
        input
    }

    /// The bytes that are read as this input, or as much of it as has no separator in it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![self.options.to_byte()];
        let mut section = |kind: u8, parts: &[&[u8]]| {
            if out.len() > 1 {
                out.push(SEPARATOR);
            }
            out.push(kind);
            out.extend(parts.concat().iter().filter(|b| **b != SEPARATOR));
        };
        for (name, source) in &self.sources {
            section(b'T', &[name, b"\n", source]);
        }
        for text in &self.data {
            section(b'D', &[text]);
        }
        for text in &self.patches {
            section(b'P', &[text]);
        }
        out
    }

    /// A builder with the options and sources.
    pub fn builder(&self) -> TemplateBuilder {
        let (left, right) = DELIMS[self.options.delims];
        let numbers = if self.options.strict { Numbers::Strict } else { Numbers::Adaptive };
        let mut builder = Template::builder()
            .delims(left, right)
            .numbers(numbers)
            .missing_key(self.options.missing_key)
            .max_steps(MAX_STEPS)
            .max_output(MAX_OUTPUT);
        for (name, source) in &self.sources {
            builder = builder.source(String::from_utf8_lossy(name), *source);
        }
        builder
    }
}
