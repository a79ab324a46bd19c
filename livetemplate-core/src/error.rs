//! The one error type and the one table of error codes.
//!
//! The table generates the C enum, the Python exception classes, the Node and Go constants and the page in `docs/`.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// Result of every fallible operation of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the host's functions and objects fail with. It becomes the source of the template error, whose message ends with its
/// text.
pub type FunctionError = Box<dyn std::error::Error + Send + Sync>;

/// The group a code belongs to: the class that its exception derives from in Python. The hundreds digit is that of the
/// outermost group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// 1xx: the caller used the API wrongly.
    Usage,
    /// 2xx: a template does not parse, escape or execute.
    Template,
    /// 3xx: data or a patch is not acceptable.
    Data,
    /// 4xx: tokens, pages and applications.
    Session,
    /// The part of 4xx where a token is refused.
    Token,
    /// 7xx: a limit was reached, or the call was ended from outside.
    Limit,
    /// 9xx: a defect of the engine.
    Internal,
}

impl Group {
    /// Name of the group's class in the bindings, for example `TemplateError`.
    pub const fn class(self) -> &'static str {
        match self {
            Group::Usage => "UsageError",
            Group::Template => "TemplateError",
            Group::Data => "DataError",
            Group::Session => "SessionError",
            Group::Token => "TokenError",
            Group::Limit => "LimitError",
            Group::Internal => "InternalError",
        }
    }

    /// The group that this one is part of.
    pub const fn parent(self) -> Option<Group> {
        match self {
            Group::Token => Some(Group::Session),
            _ => None,
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $number:literal $name:ident $group:ident;)+) => {
        /// What went wrong, as a number that never changes its meaning and is never used again for another.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(i32)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name = $number,)+
        }

        impl Code {
            /// All codes, in numeric order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The code's CamelCase name: exception class in Python, `err.name` in Node, `Err…` in Go.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$name => stringify!($name),)+ }
            }

            /// The group the code belongs to.
            pub const fn group(self) -> Group {
                match self { $(Code::$name => Group::$group,)+ }
            }

            /// One sentence for documentation.
            pub const fn doc(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+),)+ }
            }

            /// The code with this number, if there is one.
            pub const fn from_number(number: i32) -> Option<Code> {
                match number { $($number => Some(Code::$name),)+ _ => None }
            }
        }
    };
}

codes! {
    /// An argument is missing, NULL, out of range or not of the right form.
    101 InvalidArgument Usage;
    /// A callback changes the page that is being updated, or one whose update waits for this one.
    102 Reentrant Usage;
    /// The call is not for pages of this kind: data for a page whose HTML the host renders, or HTML for one with a template.
    103 PageKind Usage;
    /// A template's source does not parse.
    201 TemplateParse Template;
    /// A template cannot be escaped safely.
    202 TemplateEscape Template;
    /// Executing a template with the given data failed.
    203 TemplateExec Template;
    /// No template of that name.
    204 TemplateNotFound Template;
    /// A page cannot be made: `<body>` stands inside a condition, a range or a recursive call.
    205 LiveRegion Template;
    /// JSON text is malformed.
    301 InvalidJson Data;
    /// A JSON Patch or merge patch is malformed or does not apply.
    302 InvalidPatch Data;
    /// A value cannot be taken over into the engine's data.
    303 InvalidData Data;
    /// The token is not one of ours: wrong form, wrong algorithm, wrong claims.
    401 TokenMalformed Token;
    /// The token belongs to another application.
    402 InvalidApplication Token;
    /// The token's signature is wrong or its key unknown.
    403 TokenSignature Token;
    /// The token has expired.
    404 TokenExpired Token;
    /// The token is of another use.
    405 TokenUse Token;
    /// No page of that id: it expired, was evicted or never existed.
    406 PageNotFound Session;
    /// The page was closed.
    407 PageClosed Session;
    /// The application was closed.
    408 ApplicationClosed Session;
    /// The signing key is too short.
    409 InvalidKey Session;
    /// The application holds as many pages as it may.
    701 MaxPagesExceeded Limit;
    /// Data or template is nested too deeply.
    702 DepthExceeded Limit;
    /// Execution took more steps than allowed.
    703 StepsExceeded Limit;
    /// The output is larger than allowed.
    704 OutputExceeded Limit;
    /// The call was cancelled from outside.
    705 Cancelled Limit;
    /// The call took longer than it may.
    706 DeadlineExceeded Limit;
    /// A template's sources or a JSON text are larger than allowed.
    707 SizeExceeded Limit;
    /// A panic inside the engine was caught.
    901 Panic Internal;
    /// A defect of the engine.
    902 Internal Internal;
}

/// An error: a stable code, a message, and for templates the place.
///
/// One pointer wide, `Send` and `Sync`. `Display` prints the message alone; for template errors that is Go's text. `{:#}`
/// prints [`Error::details`].
#[derive(Clone)]
pub struct Error(Box<Repr>);

#[derive(Clone)]
struct Repr {
    code: Code,
    message: String,
    template: Option<Arc<str>>,
    line: u32,
    column: u32,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// The text that `line` is in, shared with the template.
    text: Option<Arc<[u8]>>,
    /// The long form, made when it is asked for.
    details: OnceLock<String>,
}

impl Error {
    /// An error with `code` and `message`, at no place.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error(Box::new(Repr {
            code,
            message: message.into(),
            template: None,
            line: 0,
            column: 0,
            source: None,
            text: None,
            details: OnceLock::new(),
        }))
    }

    /// The same error placed in `template`; `line` counts from 1 (0: unknown), `column` in bytes from 0.
    #[must_use]
    pub fn at(mut self, template: impl Into<Arc<str>>, line: u32, column: u32) -> Error {
        self.0.template = Some(template.into());
        self.0.line = line;
        self.0.column = column;
        self
    }

    /// The same error with what caused it, which `source` gives back.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The same error with the text that its line and column are in. The text is shared, not copied.
    #[must_use]
    pub fn in_source(mut self, text: Arc<[u8]>) -> Error {
        self.0.text = Some(text);
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The message: one line, in Go's wording for template errors.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Name of the template the error is in.
    pub fn template(&self) -> Option<&str> {
        self.0.template.as_deref()
    }

    /// Line in the template, from 1.
    pub fn line(&self) -> Option<u32> {
        (self.0.line != 0).then_some(self.0.line)
    }

    /// Column in the line, in bytes from 0. Present whenever the line is.
    pub fn column(&self) -> Option<u32> {
        (self.0.line != 0).then_some(self.0.column)
    }

    /// The long form: the message and, for a template error with a place, the line of the source under it with a caret at
    /// the column:
    ///
    /// ```text
    /// template: page:2:5: executing "page" at <index .L 5>: error calling index: index out of range: 5
    /// 2 | <p>{{index .L 5}}</p>
    ///   |      ^
    /// ```
    ///
    /// Tabs stay, so that the caret stands right at any tab width; other control characters and bytes that are not UTF-8
    /// show as U+FFFD; of a long line the part around the column is shown, with `…` for the rest. No final newline.
    pub fn details(&self) -> &str {
        self.0.details.get_or_init(|| {
            let excerpt = self.0.text.as_deref().and_then(|text| excerpt(text, self.0.line, self.0.column));
            excerpt.map_or_else(|| self.0.message.clone(), |excerpt| format!("{}\n{excerpt}", self.0.message))
        })
    }
}

/// Characters shown before the column, and from it on.
const SHOWN: (usize, usize) = (60, 40);

/// A line of `source` with a caret under its byte `column`.
fn excerpt(source: &[u8], line: u32, column: u32) -> Option<String> {
    let start = match line.checked_sub(1)? {
        0 => 0,
        n => memchr::memchr_iter(b'\n', source).nth(n as usize - 1)? + 1,
    };
    let rest = &source[start..];
    let text = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let (before, after) = text.split_at((column as usize).min(text.len()));

    // A line can be megabytes long: no more of it is looked at than can be shown.
    let near = |part: &[u8]| String::from_utf8_lossy(part).chars().map(visible).collect::<Vec<char>>();
    let cut = before.len().saturating_sub(4 * SHOWN.0 + 4);
    let left = near(&before[cut..]);
    let right = near(&after[..after.len().min(4 * SHOWN.1 + 4)]);
    let left_cut = cut > 0 || left.len() > SHOWN.0;
    let right_cut = right.len() > SHOWN.1;
    let left = &left[left.len().saturating_sub(SHOWN.0)..];
    let right = &right[..right.len().min(SHOWN.1)];

    let number = line.to_string();
    let dots = |cut: bool| if cut { "…" } else { "" };
    let mut shown = format!("{number} | {}", dots(left_cut));
    shown.extend(left.iter().chain(right));
    shown.push_str(dots(right_cut));
    shown.push_str(&format!("\n{:1$} | ", "", number.len()));
    shown.push_str(if left_cut { " " } else { "" });
    shown.extend(left.iter().map(|c| blank(*c)));
    shown.push('^');
    Some(shown)
}

/// A character that moves nothing on a terminal.
fn visible(c: char) -> char {
    if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }
}

/// White space as wide as a character: East Asian scripts and pictures take two columns.
fn blank(c: char) -> &'static str {
    match c {
        '\t' => "\t",
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => "",
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => "  ",
        _ => " ",
    }
}

/// Why a predefined function or an escaper fails.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What Go puts after `error calling NAME: `.
    pub text: String,
    /// The host's error behind it.
    pub source: Option<FunctionError>,
}

impl From<&str> for Failure {
    fn from(text: &str) -> Failure {
        Failure { text: text.into(), source: None }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure { text, source: None }
    }
}

impl From<FunctionError> for Failure {
    fn from(source: FunctionError) -> Failure {
        Failure { text: source.to_string(), source: Some(source) }
    }
}

/// Runs `work`; a panic in it becomes the error `Panic`. For bindings: no panic may reach their host.
///
/// # Errors
/// What `work` gives, or `Panic` with the panic's message.
pub fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(panic)))
}

fn panicked(panic: Box<dyn Any + Send>) -> Error {
    let text = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => match panic.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(panic) => {
                // The drop of an unknown type could panic again.
                std::mem::forget(panic);
                "no message".to_owned()
            }
        },
    };
    Error::new(Code::Panic, format!("panic in the engine: {text}"))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { self.details() } else { &self.0.message })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}): {}", self.0.code.name(), self.0.code as i32, self.0.message)
    }
}

impl std::error::Error for Error {
    /// The error that a function of the host's failed with.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt of an error at that place, as lines.
    fn lines(source: &[u8], line: u32, column: u32) -> Vec<String> {
        let error = Error::new(Code::TemplateExec, "wrong").at("t", line, column).in_source(source.into());
        assert_eq!(error.to_string(), "wrong");
        assert_eq!(format!("{error:#}"), error.details());
        let mut lines: Vec<String> = error.details().split('\n').map(str::to_owned).collect();
        assert_eq!(lines.remove(0), "wrong");
        lines
    }

    #[test]
    fn the_caret_stands_under_the_column() {
        assert_eq!(lines(b"{{x}}", 1, 2), ["1 | {{x}}", "  |   ^"]);
        assert_eq!(lines(b"a\n\n\tb\t{{x}}\r\nc", 3, 5), ["3 | \tb\t{{x}}", "  | \t \t  ^"]);
        let source = [&[b'\n'; 99][..], b"{{x"].concat();
        assert_eq!(lines(&source, 100, 3), ["100 | {{x", "    |    ^"]);
        // After the line's end, as for an unexpected end.
        assert_eq!(lines(b"ab\ncd", 1, 9), ["1 | ab", "  |   ^"]);
        assert_eq!(lines(b"", 1, 0), ["1 | ", "  | ^"]);
    }

    #[test]
    fn characters_and_bytes_count_by_their_width() {
        assert_eq!(lines("é{{x}}".as_bytes(), 1, 4), ["1 | é{{x}}", "  |    ^"]);
        assert_eq!(lines("日本{{x}}".as_bytes(), 1, 8), ["1 | 日本{{x}}", "  |       ^"]);
        assert_eq!(lines("e\u{301}{{x}}".as_bytes(), 1, 5), ["1 | e\u{301}{{x}}", "  |    ^"]);
        assert_eq!(lines(b"\0\x1b\xff{{x}}", 1, 5), ["1 | \u{fffd}\u{fffd}\u{fffd}{{x}}", "  |      ^"]);
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let source = [&b"a".repeat(500)[..], b"{{x}}", &b"b".repeat(1 << 20)].concat();
        let (before, after) = ("a".repeat(58), "b".repeat(37));
        let shown = format!("1 | …{before}{{{{x}}}}{after}…");
        assert_eq!(lines(&source, 1, 502), [shown, format!("  |  {}^", " ".repeat(60))]);
        let source = "é".repeat(1000).into_bytes();
        let shown = format!("1 | …{}{}…", "é".repeat(60), "é".repeat(40));
        assert_eq!(lines(&source, 1, 1000)[0], shown);
    }

    #[test]
    fn without_a_place_there_is_the_message() {
        let error = Error::new(Code::InvalidJson, "wrong");
        assert_eq!(error.details(), "wrong");
        assert_eq!(error.clone().in_source(b"x"[..].into()).details(), "wrong");
        assert_eq!(error.at("t", 7, 0).in_source(b"x"[..].into()).details(), "wrong");
    }
}
