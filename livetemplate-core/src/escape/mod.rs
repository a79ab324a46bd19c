//! Contextual escaping: Go's `html/template` pass over a template set.
//!
//! The pass starts at an entry template in the HTML text context, follows every branch and call, and gives each
//! action the escapers its place needs. A template called from different contexts is derived once per context.

use crate::error::{Failure, Result};
use crate::template::ast::{Pipe, Pos, TemplateSet, Tree};
use std::sync::Arc;

mod attr;
mod braces;
mod content;
mod context;
mod css;
pub(crate) mod entity;
mod html;
mod js;
mod pass;
mod text;
mod transition;
mod url;

#[cfg(test)]
mod tests;

pub use context::State;

/// A template set escaped from one entry: what execution runs.
#[derive(Debug)]
pub struct Escaped {
    /// The derived templates; [`Node::Call`] refers to them by index. The entry is number 0.
    pub templates: Vec<Derived>,
}

/// One template in one calling context.
#[derive(Debug)]
pub struct Derived {
    /// The parsed template it is derived from (name and source for errors).
    pub tree: Arc<Tree>,
    /// Go's name of the derived template, which error texts show: the template's own name, or with
    /// `$htmltemplate_…` after it where it is called outside the HTML text context.
    pub name: Arc<str>,
    /// Its escaped body.
    pub root: Vec<Node>,
}

/// A node of an escaped template.
#[derive(Debug)]
pub enum Node {
    /// Output text, comments removed, with the markup found in it.
    Text {
        /// The bytes to write.
        text: Vec<u8>,
        /// The markup in them, by offset, ascending.
        marks: Vec<Mark>,
    },
    /// An action. With no declared variables it writes its value through `escapers`, in order.
    Slot {
        /// Where the action stands.
        pos: Pos,
        /// The pipeline as parsed.
        pipe: Arc<Pipe>,
        /// How many of the pipeline's commands to evaluate: a last command that is a predefined escaper (`html`,
        /// `urlquery`) may have been taken over into `escapers`, as Go does. It always is when it is the only one
        /// and has arguments (`{{html .X .Y}}`): then `commands` is 0, and its arguments are what is escaped.
        commands: usize,
        /// The escapers, applied in order. Empty only for actions that declare or assign variables.
        escapers: Vec<Escaper>,
        /// The state of the output in which the action stands, which decided on its escapers.
        state: State,
    },
    /// `{{if}}`.
    If(Branch),
    /// `{{with}}`.
    With(Branch),
    /// `{{range}}`.
    Range(Branch),
    /// A call of another derived template.
    Call {
        /// Where the call stands.
        pos: Pos,
        /// Index into [`Escaped::templates`].
        template: usize,
        /// The argument.
        pipe: Option<Arc<Pipe>>,
    },
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
}

/// A branch of an escaped template.
#[derive(Debug)]
pub struct Branch {
    /// Where it stands.
    pub pos: Pos,
    /// The condition or the range's operand.
    pub pipe: Arc<Pipe>,
    /// The main list.
    pub list: Vec<Node>,
    /// The `else` list.
    pub else_list: Option<Vec<Node>>,
}

impl Drop for Branch {
    fn drop(&mut self) {
        // Branches nest as deeply as their source.
        stacker::maybe_grow(32 << 10, 1 << 20, || {
            self.list.clear();
            self.else_list = None;
        });
    }
}

/// Markup at an offset of a [`Node::Text`].
///
/// Marks are about *output* bytes. Names are lower case. An attribute's value may be cut by actions and branches, so
/// its start and end can stand in different text nodes; an unquoted value that starts with an action has its start
/// mark at the end of the text before the action (an empty text if there is none).
///
/// What marks cannot know:
/// - Only what is literal is marked, and as the escaper's state sees it: comments, the content of `script`, `style`,
///   `textarea` and `title`, and values hold no markup. What trusted HTML or a callee writes is not seen here.
/// - An attribute's name that an action or branch makes or continues is the empty string, so that a value never
///   counts for another attribute.
/// - A tag's name is what stands in the text where it starts, even if an action continues it.
/// - Attributes of end tags are not marked.
/// - Where branches open different tags (`{{if .}}<a{{else}}</a{{end}}>`), the `>` is marked for the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Offset into the text: see each kind.
    pub at: u32,
    /// Where that stands in the template's source.
    pub pos: Pos,
    /// What is there.
    pub kind: MarkKind,
}

/// Kinds of markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// `at` is the `<` of a start tag.
    StartTag(Box<str>),
    /// `at` is just after the `>` of a start tag.
    StartTagEnd {
        /// It was written `/>`.
        self_closing: bool,
    },
    /// `at` is the `<` of an end tag.
    EndTag(Box<str>),
    /// `at` is just after the `>` of an end tag.
    EndTagEnd,
    /// `at` is the first byte of an attribute's name.
    Attr(Box<str>),
    /// `at` is the first byte of an attribute's value, after the quote if there is one.
    AttrValue,
    /// `at` is the end of an attribute's value, before the closing quote if there is one.
    AttrValueEnd,
}

/// The escaping functions, named as in Go's `html/template` without the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Go's; each function documents itself in its module")]
pub enum Escaper {
    /// `_html_template_attrescaper`
    Attr,
    /// `_html_template_commentescaper`
    Comment,
    /// `_html_template_cssescaper`
    Css,
    /// `_html_template_cssvaluefilter`
    CssValueFilter,
    /// `_html_template_htmlnamefilter`
    HtmlNameFilter,
    /// `_html_template_htmlescaper`
    Html,
    /// `_html_template_jsregexpescaper`
    JsRegexp,
    /// `_html_template_jsstrescaper`
    JsStr,
    /// `_html_template_jstmpllitescaper`
    JsTmplLit,
    /// `_html_template_jsvalescaper`
    JsVal,
    /// `_html_template_nospaceescaper`
    Nospace,
    /// `_html_template_rcdataescaper`
    Rcdata,
    /// `_html_template_srcsetescaper`
    Srcset,
    /// `_html_template_urlescaper`
    Url,
    /// `_html_template_urlfilter`
    UrlFilter,
    /// `_html_template_urlnormalizer`
    UrlNormalizer,
    /// `_eval_args_`: the arguments of a predefined escaper that is the only command, joined into plain text. It
    /// comes first.
    EvalArgs,
    /// The predefined `html`, written by the template's author.
    PredefinedHtml,
    /// The predefined `urlquery`, written by the template's author.
    PredefinedUrlquery,
}

impl Escaper {
    /// The name of Go's function, which error texts show.
    pub fn name(self) -> &'static str {
        use Escaper::*;
        match self {
            Attr => "_html_template_attrescaper",
            Comment => "_html_template_commentescaper",
            Css => "_html_template_cssescaper",
            CssValueFilter => "_html_template_cssvaluefilter",
            HtmlNameFilter => "_html_template_htmlnamefilter",
            Html => "_html_template_htmlescaper",
            JsRegexp => "_html_template_jsregexpescaper",
            JsStr => "_html_template_jsstrescaper",
            JsTmplLit => "_html_template_jstmpllitescaper",
            JsVal => "_html_template_jsvalescaper",
            Nospace => "_html_template_nospaceescaper",
            Rcdata => "_html_template_rcdataescaper",
            Srcset => "_html_template_srcsetescaper",
            Url => "_html_template_urlescaper",
            UrlFilter => "_html_template_urlfilter",
            UrlNormalizer => "_html_template_urlnormalizer",
            EvalArgs => "_eval_args_",
            PredefinedHtml => "html",
            PredefinedUrlquery => "urlquery",
        }
    }
}

/// Escapes `set` from the template `entry`.
///
/// # Errors
/// `TemplateEscape` with Go's text (`html/template:NAME:LINE:COL: …` and the like) and the place.
pub fn escape(set: &TemplateSet, entry: &str) -> Result<Escaped> {
    pass::escape(set, entry)
}

/// Applies `escapers` in order to `args` and appends the result to `out`.
///
/// `args` are what the slot's pipeline evaluated to: one value, or several for `{{html .X .Y}}`. `scratch` is
/// working space that keeps its capacity between calls, so that no slot allocates.
///
/// # Errors
/// What a host object fails with when it is asked for its text.
pub(crate) fn apply(
    escapers: &[Escaper],
    args: &[crate::value::Value],
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> std::result::Result<(), Failure> {
    content::apply(escapers, args, scratch, out)
}

/// Working space of [`apply`].
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    a: Vec<u8>,
    b: Vec<u8>,
}
