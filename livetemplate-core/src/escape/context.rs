//! Where in the output an action stands: the state that decides its escapers.
//!
//! The names that [`fmt::Display`] and [`Context::mangle`] print are those of Go's `html/template`: they show in
//! error texts and in the names of derived templates.

use super::braces::Braces;
use crate::template::ast::{Pos, Source};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// Declares a field-less enum with the name Go prints for each variant. The first variant is the default.
macro_rules! named {
    ($(#[doc = $doc:literal])+ $enum:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $name:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $enum {
            #[default]
            $($(#[doc = $vdoc])+ $variant,)+
        }

        impl $enum {
            /// The name Go prints.
            pub const fn name(self) -> &'static str {
                match self { $($enum::$variant => $name,)+ }
            }
        }
    };
}

named! {
    /// The lexical state of the output.
    State {
        /// HTML between tags.
        Text = "stateText",
        /// Inside a tag, before an attribute or the end of the tag.
        Tag = "stateTag",
        /// Inside an attribute's name.
        AttrName = "stateAttrName",
        /// After an attribute's name, before `=`.
        AfterName = "stateAfterName",
        /// After `=`, before the value.
        BeforeValue = "stateBeforeValue",
        /// Inside `<!-- -->`.
        HtmlCmt = "stateHTMLCmt",
        /// Inside an element whose content is text with entities (`textarea`, `title`).
        Rcdata = "stateRCDATA",
        /// Inside the value of a plain attribute.
        Attr = "stateAttr",
        /// Inside the value of a URL attribute.
        Url = "stateURL",
        /// Inside the value of a `srcset` attribute.
        Srcset = "stateSrcset",
        /// JavaScript outside any token of its own.
        Js = "stateJS",
        /// JavaScript `"…"`.
        JsDqStr = "stateJSDqStr",
        /// JavaScript `'…'`.
        JsSqStr = "stateJSSqStr",
        /// JavaScript `` `…` ``.
        JsTmplLit = "stateJSTmplLit",
        /// JavaScript `/…/`.
        JsRegexp = "stateJSRegexp",
        /// JavaScript `/*…*/`.
        JsBlockCmt = "stateJSBlockCmt",
        /// JavaScript `//…`.
        JsLineCmt = "stateJSLineCmt",
        /// JavaScript `<!--…`.
        JsHtmlOpenCmt = "stateJSHTMLOpenCmt",
        /// JavaScript `-->…`.
        JsHtmlCloseCmt = "stateJSHTMLCloseCmt",
        /// CSS outside any token of its own.
        Css = "stateCSS",
        /// CSS `"…"`.
        CssDqStr = "stateCSSDqStr",
        /// CSS `'…'`.
        CssSqStr = "stateCSSSqStr",
        /// CSS `url("…")`.
        CssDqUrl = "stateCSSDqURL",
        /// CSS `url('…')`.
        CssSqUrl = "stateCSSSqURL",
        /// CSS `url(…)`.
        CssUrl = "stateCSSURL",
        /// CSS `/*…*/`.
        CssBlockCmt = "stateCSSBlockCmt",
        /// CSS `//…`.
        CssLineCmt = "stateCSSLineCmt",
        /// The `content` of a `<meta>`.
        MetaContent = "stateMetaContent",
        /// The same after `url=`.
        MetaContentUrl = "stateMetaContentURL",
        /// After `{{break}}` or `{{continue}}`: never reached.
        Dead = "stateDead",
        /// The template is wrong; `Context::fail` says how.
        Error = "stateError",
    }
}

named! {
    /// What ends the attribute value the context is in.
    Delim {
        /// Not in an attribute value.
        None = "delimNone",
        /// `"`
        DoubleQuote = "delimDoubleQuote",
        /// `'`
        SingleQuote = "delimSingleQuote",
        /// Unquoted: white space or `>`.
        SpaceOrTagEnd = "delimSpaceOrTagEnd",
    }
}

named! {
    /// How far into a URL the context is.
    UrlPart {
        /// At its start, where the scheme stands.
        None = "urlPartNone",
        /// Before `?` and `#`.
        PreQuery = "urlPartPreQuery",
        /// After them.
        QueryOrFrag = "urlPartQueryOrFrag",
        /// Branches disagree.
        Unknown = "urlPartUnknown",
    }
}

named! {
    /// What a `/` in JavaScript starts.
    JsCtx {
        /// A regular expression.
        Regexp = "jsCtxRegexp",
        /// A division.
        DivOp = "jsCtxDivOp",
        /// Branches disagree.
        Unknown = "jsCtxUnknown",
    }
}

named! {
    /// The kind of attribute the context is in.
    AttrKind {
        /// Plain text.
        None = "attrNone",
        /// JavaScript.
        Script = "attrScript",
        /// The `type` of a `<script>`.
        ScriptType = "attrScriptType",
        /// CSS.
        Style = "attrStyle",
        /// A URL.
        Url = "attrURL",
        /// A list of images.
        Srcset = "attrSrcset",
        /// The `content` of a `<meta>`.
        MetaContent = "attrMetaContent",
    }
}

named! {
    /// The element whose start tag or special content the context is in.
    Element {
        /// One without special rules.
        None = "elementNone",
        /// `<script>` with JavaScript.
        Script = "elementScript",
        /// `<style>`
        Style = "elementStyle",
        /// `<textarea>`
        Textarea = "elementTextarea",
        /// `<title>`
        Title = "elementTitle",
        /// `<meta>`
        Meta = "elementMeta",
    }
}

impl State {
    /// Whether the state is inside a comment.
    pub(super) fn is_comment(self) -> bool {
        use State::*;
        matches!(
            self,
            HtmlCmt | JsBlockCmt | JsLineCmt | JsHtmlOpenCmt | JsHtmlCloseCmt | CssBlockCmt | CssLineCmt
        )
    }

    /// Whether the state is inside a JavaScript string, template or regular expression.
    pub(super) fn is_script_literal(self) -> bool {
        matches!(self, State::JsDqStr | State::JsSqStr | State::JsTmplLit | State::JsRegexp)
    }

    /// Whether the state is between the name of a tag and its `>`, outside attribute values.
    pub(super) fn is_in_tag(self) -> bool {
        matches!(self, State::Tag | State::AttrName | State::AfterName | State::BeforeValue)
    }
}

impl Element {
    /// The element of a tag name in lower case.
    pub(super) fn of(name: &[u8]) -> Element {
        match name {
            b"script" => Element::Script,
            b"style" => Element::Style,
            b"textarea" => Element::Textarea,
            b"title" => Element::Title,
            b"meta" => Element::Meta,
            _ => Element::None,
        }
    }

    /// The name of the end tag that alone ends the element's content. `<meta>` has no content and no name here;
    /// while its start tag is open, Go takes `</` before a separator for its end.
    pub(super) fn end_tag(self) -> &'static [u8] {
        match self {
            Element::Script => b"script",
            Element::Style => b"style",
            Element::Textarea => b"textarea",
            Element::Title => b"title",
            Element::None | Element::Meta => b"",
        }
    }

    /// The state of the element's content.
    pub(super) fn content(self) -> State {
        match self {
            Element::Script => State::Js,
            Element::Style => State::Css,
            Element::Textarea | Element::Title => State::Rcdata,
            Element::None | Element::Meta => State::Text,
        }
    }
}

impl AttrKind {
    /// The state in which the attribute's value starts.
    pub(super) fn value_state(self) -> State {
        match self {
            AttrKind::None | AttrKind::ScriptType => State::Attr,
            AttrKind::Script => State::Js,
            AttrKind::Style => State::Css,
            AttrKind::Url => State::Url,
            AttrKind::Srcset => State::Srcset,
            AttrKind::MetaContent => State::MetaContent,
        }
    }
}

/// A defect of the template.
#[derive(Debug)]
pub(super) struct Fail {
    /// The node at fault.
    pub(super) node: Option<(Arc<Source>, Pos)>,
    /// A line for errors without a node; 0 if unknown.
    pub(super) line: u32,
    /// The source of that line.
    pub(super) source: Option<Arc<Source>>,
    /// What is wrong, in Go's words.
    pub(super) text: String,
}

/// What the markup marks need to know beside the context. It takes no part in comparing contexts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Markup {
    /// The open tag is an end tag.
    pub(super) end_tag: bool,
    /// The name of the current attribute stands in literal text and its mark was given.
    pub(super) named: bool,
}

/// A place in the output.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    pub(super) state: State,
    pub(super) delim: Delim,
    pub(super) url_part: UrlPart,
    pub(super) js: JsCtx,
    /// What is open in nested template literals. A clone of the context shares it; see [`Context::detached`].
    pub(super) braces: Braces,
    pub(super) attr: AttrKind,
    pub(super) element: Element,
    /// Why `state` is `Error`.
    pub(super) fail: Option<Rc<RefCell<Fail>>>,
    pub(super) markup: Markup,
}

impl PartialEq for Context {
    fn eq(&self, other: &Context) -> bool {
        let same_fail = match (&self.fail, &other.fail) {
            (None, None) => true,
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            _ => false,
        };
        self.state == other.state
            && self.delim == other.delim
            && self.url_part == other.url_part
            && self.js == other.js
            && self.braces == other.braces
            && self.attr == other.attr
            && self.element == other.element
            && same_fail
    }
}

impl Context {
    /// A context that is nothing but `state` in `element`.
    pub(super) fn in_element(state: State, element: Element) -> Context {
        Context { state, element, ..Context::default() }
    }

    /// A copy that does not share its braces: what branches go on from.
    pub(super) fn detached(&self) -> Context {
        Context { braces: self.braces.detached(), ..self.clone() }
    }

    /// The error context for a defect at no node.
    pub(super) fn error(text: String) -> Context {
        Context::failed(Fail { node: None, line: 0, source: None, text })
    }

    /// The error context for a defect at a node.
    pub(super) fn error_at(source: &Arc<Source>, pos: Pos, line: u32, text: String) -> Context {
        Context::failed(Fail { node: Some((source.clone(), pos)), line, source: None, text })
    }

    fn failed(fail: Fail) -> Context {
        Context { state: State::Error, fail: Some(Rc::new(RefCell::new(fail))), ..Context::default() }
    }

    /// Puts `prefix` before the error's text, and gives it a line. All contexts that hold this error see it, as in
    /// Go: what comes after an error is still gone through, and each range on the way adds its prefix.
    pub(super) fn prefixed(self, prefix: &str, source: &Arc<Source>, line: u32) -> Context {
        if let Some(fail) = &self.fail {
            let mut fail = fail.borrow_mut();
            fail.text.insert_str(0, prefix);
            fail.line = line;
            fail.source = Some(source.clone());
        }
        self
    }

    /// Whether the template is wrong.
    pub(super) fn is_error(&self) -> bool {
        self.state == State::Error
    }

    /// The name of the template `name` when called here.
    pub(super) fn mangle(&self, name: &str) -> String {
        use fmt::Write;
        let mut out = name.to_owned();
        if self.state == State::Text {
            return out;
        }
        out.push_str("$htmltemplate_");
        out.push_str(self.state.name());
        let mut part = |differs: bool, name: &str| {
            if differs {
                out.push('_');
                out.push_str(name);
            }
        };
        part(self.delim != Delim::None, self.delim.name());
        part(self.url_part != UrlPart::None, self.url_part.name());
        part(self.js != JsCtx::Regexp, self.js.name());
        if !self.braces.is_nil() {
            // Writing to a String cannot fail.
            let _ = write!(out, "_jsBraceDepth({})", self.braces);
        }
        let mut part = |differs: bool, name: &str| {
            if differs {
                out.push('_');
                out.push_str(name);
            }
        };
        part(self.attr != AttrKind::None, self.attr.name());
        part(self.element != Element::None, self.element.name());
        out
    }

    /// The context in which an action or the text after it stands: an action between attributes writes a name, one
    /// after `=` an unquoted value.
    pub(super) fn nudged(mut self) -> Context {
        match self.state {
            State::Tag => self.state = State::AttrName,
            State::BeforeValue => {
                self.state = self.attr.value_state();
                self.delim = Delim::SpaceOrTagEnd;
                self.attr = AttrKind::None;
            }
            State::AfterName => {
                self.state = State::AttrName;
                self.attr = AttrKind::None;
            }
            _ => {}
        }
        self
    }

    /// The context after two branches that end in `self` and `other`; `None` if no context serves both.
    pub(super) fn join(&self, other: &Context) -> Option<Context> {
        if self.is_error() || other.state == State::Dead {
            return Some(self.clone());
        }
        if other.is_error() || self.state == State::Dead {
            return Some(other.clone());
        }
        let named = self.markup.named && other.markup.named;
        let markup = Markup { named, ..self.markup };
        let like_other = |change: fn(&mut Context, &Context)| {
            let mut c = self.clone();
            change(&mut c, other);
            (c == *other).then_some(c)
        };
        if self == other {
            return Some(Context { markup, ..self.clone() });
        }
        if let Some(c) = like_other(|c, other| c.url_part = other.url_part) {
            return Some(Context { url_part: UrlPart::Unknown, markup, ..c });
        }
        if let Some(c) = like_other(|c, other| c.js = other.js) {
            return Some(Context { js: JsCtx::Unknown, markup, ..c });
        }
        // `<p {{if .C}}{{.}}{{end}}`: an action nudges its context, a branch without one does not.
        let (a, b) = (self.clone().nudged(), other.clone().nudged());
        if a == *self && b == *other {
            return None;
        }
        a.join(&b)
    }
}

impl fmt::Display for Context {
    /// As Go prints contexts in error texts. The last field is the error, which no printed context has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{{{} {} {} {} {} {} {} <nil>}}",
            self.state.name(),
            self.delim.name(),
            self.url_part.name(),
            self.js.name(),
            self.braces,
            self.attr.name(),
            self.element.name(),
        )
    }
}
