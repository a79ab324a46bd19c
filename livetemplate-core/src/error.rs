//! The one error type and the one table of error codes.
//!
//! The table generates the C enum, the Python exception classes, the Node and Go constants and the page in `docs/`.

use std::fmt;
use std::sync::Arc;

/// Result of every fallible operation of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

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
    /// 7xx: a limit was reached.
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
    /// A callback called back into the page that is being updated.
    102 Reentrant Usage;
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
    /// A panic inside the engine was caught.
    901 Panic Internal;
    /// A defect of the engine.
    902 Internal Internal;
}

/// An error: a stable code, a message, and for templates the place.
///
/// One pointer wide, `Send` and `Sync`. `Display` prints the message alone; for template errors that is Go's text.
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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
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
