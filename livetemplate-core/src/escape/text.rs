//! Literal text: what of it is written, and the markup in it.

use super::context::{Context, Delim, State};
use super::transition::{SpecialEnds, has_js_line_end, skip_space, tag_name_end};
use super::{Mark, MarkKind, Node};
use crate::template::ast::Pos;

/// Literal text on its way into the output.
struct Writer<'a> {
    /// The text as parsed.
    source: &'a [u8],
    out: Vec<u8>,
    marks: Vec<Mark>,
    /// Something other than the source was written.
    edited: bool,
    /// Where the source stands in the template's.
    pos: Pos,
    /// End of the last attribute name, to tell `<br/>` from `<a href=/>`.
    name_end: usize,
}

/// The context after the literal text `source`, which stands at `pos`, in `c`, and the text to write.
///
/// Comments are taken out; in JavaScript and CSS a space (or line end) stays in their place. A `<` that starts no
/// tag becomes `&lt;`, and what an HTML parser would take for a tag inside a script's literal is written in another
/// way.
pub(super) fn escape_text(mut c: Context, source: &[u8], pos: Pos) -> (Context, Node) {
    let out = Vec::with_capacity(source.len());
    let mut w = Writer { source, out, marks: Vec::new(), edited: false, pos, name_end: 0 };
    let mut ends = SpecialEnds::default();
    let mut i = 0;
    while i < source.len() {
        let before = c.clone();
        let (mut next, n) = c.after_text(source, i, &mut ends);
        w.write(&before, &next, i, i + n);
        if !next.is_error() {
            w.mark(&before, &mut next, i, i + n);
        }
        c = next;
        i += n;
    }
    if !w.edited {
        // Go keeps a text as it is unless an edit lies behind its first byte: the space for a CSS comment that
        // `</style>` ends right here is lost.
        let extra = w.out.len() - source.len();
        w.out.drain(..extra);
        w.marks.iter_mut().for_each(|m| m.at -= extra as u32);
    }
    (c, Node::Text { text: w.out, marks: w.marks })
}

impl Writer<'_> {
    /// Writes the part `from..to`, over which the context went from `c` to `next`.
    fn write(&mut self, c: &Context, next: &Context, from: usize, to: usize) {
        let part = &self.source[from..to];
        if matches!(c.state, State::Text | State::Rcdata) {
            self.write_html(next.state != c.state, from, to);
        } else if c.state.is_comment() && c.delim == Delim::None {
            match c.state {
                State::JsBlockCmt => self.out.push(if has_js_line_end(part) { b'\n' } else { b' ' }),
                State::CssBlockCmt => self.out.push(b' '),
                _ => {}
            }
            self.edited |= to != 0;
        } else if c.state.is_script_literal() {
            self.write_literal(part);
        } else {
            self.out.extend_from_slice(part);
        }
        if c.state != next.state && next.state.is_comment() && next.delim == Delim::None {
            let opener = match next.state {
                State::HtmlCmt | State::JsHtmlOpenCmt => "<!--".len(),
                State::JsHtmlCloseCmt => "-->".len(),
                _ => "//".len(),
            };
            self.out.truncate(self.out.len() - opener);
            self.edited = true;
        }
    }

    /// HTML text; `tag` says whether a tag or comment starts at its last `<`.
    fn write_html(&mut self, tag: bool, from: usize, to: usize) {
        let part = &self.source[from..to];
        let end = if tag { memchr::memrchr(b'<', part).unwrap_or(part.len()) } else { part.len() };
        let mut done = 0;
        for lt in memchr::memchr_iter(b'<', &part[..end]) {
            let doctype = b"<!DOCTYPE";
            if self.source[from + lt..].get(..doctype.len()).is_some_and(|t| t.eq_ignore_ascii_case(doctype))
            {
                continue;
            }
            self.out.extend_from_slice(&part[done..lt]);
            self.out.extend_from_slice(b"&lt;");
            self.edited = true;
            done = lt + 1;
        }
        self.out.extend_from_slice(&part[done..]);
    }

    /// Text in a JavaScript literal: `<script`, `</script` and `<!--` would be read as HTML.
    fn write_literal(&mut self, part: &[u8]) {
        let mut done = 0;
        for lt in memchr::memchr_iter(b'<', part) {
            if starts_special(&part[lt + 1..]) {
                self.out.extend_from_slice(&part[done..lt]);
                self.out.extend_from_slice(b"\\x3C");
                self.edited = true;
                done = lt + 1;
            }
        }
        self.out.extend_from_slice(&part[done..]);
    }

    /// Notes the markup that the part ends with.
    fn mark(&mut self, c: &Context, next: &mut Context, from: usize, to: usize) {
        let at = self.out.len();
        if c.state == State::Text && next.state == State::Tag {
            let part = &self.source[from..to];
            let Some(lt) = memchr::memrchr(b'<', part) else { return };
            let name = lt + 1 + usize::from(next.markup.end_tag);
            let name_text = lower(&part[name..tag_name_end(part, name)]);
            let kind = if next.markup.end_tag { MarkKind::EndTag } else { MarkKind::StartTag };
            self.push(at - (part.len() - lt), to, kind(name_text));
        } else if c.state == State::Tag && self.source[..to].ends_with(b">") && to > from {
            let slash = self.name_end + 1 == to && self.source[..self.name_end].ends_with(b"/");
            let end = MarkKind::StartTagEnd { self_closing: slash };
            self.push(at, to, if c.markup.end_tag { MarkKind::EndTagEnd } else { end });
        } else if c.markup.end_tag {
            // The attributes of an end tag mean nothing.
        } else if c.state == State::Tag && matches!(next.state, State::AttrName | State::AfterName) {
            self.name_end = to;
            self.mark_names(next, skip_space(self.source, from), to);
        } else if c.state == State::AfterName && next.state == State::Tag {
            next.markup.named = false;
        } else if c.delim == Delim::None && next.delim != Delim::None {
            if !c.markup.named {
                self.push(at, to, MarkKind::Attr("".into()));
            }
            self.push(at, to, MarkKind::AttrValue);
        } else if c.delim != Delim::None && next.delim == Delim::None {
            let quote = usize::from(c.delim != Delim::SpaceOrTagEnd);
            self.push(at - quote, to, MarkKind::AttrValueEnd);
            next.markup.named = false;
        }
    }

    /// Marks the attribute names in `from..to`, which is one name to Go's lexer; to HTML parsers a `/` separates
    /// names.
    fn mark_names(&mut self, next: &mut Context, from: usize, to: usize) {
        next.markup.named = false;
        let mut start = from;
        for name in self.source[from..to].split(|&b| b == b'/') {
            let end = start + name.len();
            if !name.is_empty() {
                // A name that the text's end cuts may go on in an action or branch.
                let cut = end == to && next.state == State::AttrName;
                let name = if cut { "".into() } else { lower(name) };
                let at = self.out.len() - (to - start);
                self.push(at, to, MarkKind::Attr(name));
            }
            next.markup.named = !name.is_empty();
            start = end + 1;
        }
    }

    /// Marks what stands at `at` in the output, whose end is as it is in the source up to `to`.
    fn push(&mut self, at: usize, to: usize, kind: MarkKind) {
        let pos = self.pos + (to - (self.out.len() - at)) as Pos;
        self.marks.push(Mark { at: at as u32, pos, kind });
    }
}

fn lower(name: &[u8]) -> Box<str> {
    String::from_utf8_lossy(name).to_ascii_lowercase().into()
}

/// Whether what follows a `<` makes it special inside a `<script>`. Go folds by Unicode's rules, where U+017F is an
/// `s`.
fn starts_special(s: &[u8]) -> bool {
    if s.starts_with(b"!--") {
        return true;
    }
    let s = s.strip_prefix(b"/").unwrap_or(s);
    let rest = match s {
        [b's' | b'S', rest @ ..] | [0xc5, 0xbf, rest @ ..] => rest,
        _ => return false,
    };
    rest.get(..5).is_some_and(|t| t.eq_ignore_ascii_case(b"cript"))
}
