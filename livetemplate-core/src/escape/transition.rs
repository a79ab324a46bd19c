//! How text moves the context: the lexers of HTML, JavaScript, CSS and URLs that the escaper needs.

use super::attr::{AttrType, attr_type, is_js_type, lower};
use super::context::{AttrKind, Context, Delim, Element, JsCtx, State, UrlPart};
use super::css::{decode_css, is_css_space, is_nmchar};
use super::entity::unescape;
use crate::value::{append_quoted, lossy};
use memchr::{memchr, memmem};

/// The context after some text, and how much of the text led there (0 only where the context changes without text).
type Step = (Context, usize);

/// Bytes that end an unquoted attribute value.
const SPACE_OR_TAG_END: &[u8] = b" \t\n\x0c\r>";

/// How many characters of a text an error quotes.
const QUOTED: usize = 32;

/// Offset of the first of `bytes` in `s`.
fn find_any(s: &[u8], bytes: &[u8]) -> Option<usize> {
    s.iter().position(|b| bytes.contains(b))
}

/// `s` quoted as Go's `%q` does.
pub(super) fn quote(s: &[u8]) -> String {
    let mut out = Vec::new();
    append_quoted(&mut out, s, false);
    lossy(&out).into_owned()
}

/// `s` quoted, cut after [`QUOTED`] characters as Go's `%.32q` does.
fn quote_start(s: &[u8]) -> String {
    let mut end = 0;
    for _ in 0..QUOTED {
        end += char_len(&s[end..]);
    }
    quote(&s[..end])
}

/// Length in bytes of the first character of `s`; 1 for a byte that is not UTF-8, 0 at the end.
pub(super) fn char_len(s: &[u8]) -> usize {
    match s.first() {
        None => 0,
        Some(b) if b.is_ascii() => 1,
        Some(_) => decode(s).1,
    }
}

/// The first character of `s` and its length, as Go's `utf8.DecodeRune`: a byte that is not UTF-8 is U+FFFD of
/// length 1.
pub(super) fn decode(s: &[u8]) -> (char, usize) {
    let head = &s[..s.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(c) => (c, c.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, usize::from(!s.is_empty())),
    }
}

/// Where the next end tag of a special element stands in a text: it is asked for at every step, and each search may go to
/// the text's end.
#[derive(Default)]
pub(super) struct SpecialEnds {
    /// The element, and where its next end tag stands, if there is one.
    found: Option<(Element, Option<usize>)>,
}

impl SpecialEnds {
    /// Offset in `source` of the element's first end tag at or after `at`. The places asked for go forwards.
    fn after(&mut self, element: Element, source: &[u8], at: usize) -> Option<usize> {
        if let Some((of, end)) = self.found
            && of == element
            && end.is_none_or(|end| end >= at)
        {
            return end;
        }
        let content = Context::in_element(State::Text, element);
        let end = content.special_end(&source[at..]).map(|end| at + end);
        self.found = Some((element, end));
        end
    }
}

impl Context {
    /// The context after the first part of the text `source` from `at` on, which is not empty, and the length of that
    /// part. `ends` remembers what was looked for in the same text.
    pub(super) fn after_text(self, source: &[u8], at: usize, ends: &mut SpecialEnds) -> Step {
        let s = &source[at..];
        if self.delim != Delim::None {
            return self.in_value(s);
        }
        if !self.ends_with_element() {
            return self.step(s);
        }
        match ends.after(self.element, source, at) {
            Some(end) if end == at => (Context::default(), 0),
            Some(end) => self.step(&source[at..end]),
            None => self.step(s),
        }
    }

    /// Whether the end tag of the special element the context is in ends the context.
    fn ends_with_element(&self) -> bool {
        // `</script` within a script's literals does not end it: it is written so that it cannot, see the pass. Nor
        // does it in a comment, which is not written at all.
        let in_script = self.state.is_script_literal() || self.state.is_comment();
        self.element != Element::None && !(self.element == Element::Script && in_script)
    }

    /// Where `s` ends the content of the special element the context is in (offset of `</`).
    pub(super) fn special_end(&self, s: &[u8]) -> Option<usize> {
        if !self.ends_with_element() {
            return None;
        }
        let name = self.element.end_tag();
        let mut from = 0;
        while let Some(i) = memmem::find(&s[from..], b"</").map(|i| from + i) {
            let rest = &s[i + 2..];
            from = i + 2;
            if rest.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
                if matches!(rest.get(name.len()), Some(b'>' | b' ' | b'\t' | b'\n' | b'\x0c' | b'/')) {
                    return Some(i);
                }
                from += name.len();
            }
        }
        None
    }

    /// [`Context::after_text`] in an attribute's value.
    fn in_value(self, s: &[u8]) -> Step {
        let end = find_value_end(s, self.delim);
        let value = &s[..end.unwrap_or(s.len())];
        if self.delim == Delim::SpaceOrTagEnd
            && let Some(bad) = find_any(value, b"\"'<=`")
        {
            // Parsers differ on where such a value ends.
            let text = format!("{} in unquoted attr: {}", quote(&value[bad..=bad]), quote(value));
            return (Context::error(text), s.len());
        }
        let Some(end) = end else {
            // The value goes on. Its lexer sees it as the browser will: without entities.
            let value = unescape(s);
            let mut rest: &[u8] = &value;
            let mut c = self;
            while !rest.is_empty() {
                let (next, n) = c.step(rest);
                c = next;
                rest = &rest[n..];
            }
            return (c, s.len());
        };
        let mut element = self.element;
        if self.state == State::Attr
            && element == Element::Script
            && self.attr == AttrKind::ScriptType
            && !is_js_type(value)
        {
            element = Element::None;
        }
        let quote = usize::from(self.delim != Delim::SpaceOrTagEnd);
        let markup = self.markup;
        (Context { markup, ..Context::in_element(State::Tag, element) }, end + quote)
    }

    /// One step of the state's own lexer over the non-empty text `s`.
    pub(super) fn step(self, s: &[u8]) -> Step {
        use State::*;
        match self.state {
            Text => self.text(s),
            Tag => self.tag(s),
            AttrName => self.attr_name(s),
            AfterName => self.after_name(s),
            BeforeValue => self.before_value(s),
            HtmlCmt => match memmem::find(s, b"-->") {
                Some(i) => (Context::default(), i + 3),
                None => (self, s.len()),
            },
            Rcdata => match self.special_end(s) {
                Some(i) => (Context::default(), i),
                None => (self, s.len()),
            },
            Attr | Error | Dead => (self, s.len()),
            Url | Srcset => (self.url(s), s.len()),
            Js => self.js(s),
            JsDqStr => self.js_delimited(s, b"\\\""),
            JsSqStr => self.js_delimited(s, b"\\'"),
            JsRegexp => self.js_delimited(s, b"\\/[]"),
            JsTmplLit => self.js_template(s),
            JsBlockCmt => self.block_comment(s, Js),
            CssBlockCmt => self.block_comment(s, Css),
            JsLineCmt | JsHtmlOpenCmt | JsHtmlCloseCmt => {
                let end = js_line_end(s);
                self.line_comment(s, end, Js)
            }
            CssLineCmt => self.line_comment(s, find_any(s, b"\n\x0c\r"), Css),
            Css => self.css(s),
            CssDqStr | CssDqUrl => self.css_string(s, b"\\\""),
            CssSqStr | CssSqUrl => self.css_string(s, b"\\'"),
            // An unquoted URL ends at white space too.
            CssUrl => self.css_string(s, b"\\\t\n\x0c\r )"),
            MetaContent => self.meta_content(s),
            MetaContentUrl => match memchr(b';', s) {
                Some(i) => (Context { state: MetaContent, ..self }, i + 1),
                None => (self, s.len()),
            },
        }
    }

    /// The same in `state`.
    fn to(self, state: State) -> Context {
        Context { state, ..self }
    }

    // HTML.

    fn text(self, s: &[u8]) -> Step {
        let mut from = 0;
        while let Some(lt) = memchr(b'<', &s[from..]).map(|i| from + i) {
            if s[lt..].starts_with(b"<!--") {
                return (self.to(State::HtmlCmt).plain(), lt + 4);
            }
            let end_tag = s.get(lt + 1) == Some(&b'/');
            let name = lt + 1 + usize::from(end_tag);
            let end = tag_name_end(s, name);
            if end > name {
                let element =
                    if end_tag { Element::None } else { Element::of(&s[name..end].to_ascii_lowercase()) };
                let mut c = Context::in_element(State::Tag, element);
                c.markup.end_tag = end_tag;
                return (c, end);
            }
            if name >= s.len() {
                break;
            }
            from = name;
        }
        (self, s.len())
    }

    /// Nothing but the state.
    fn plain(self) -> Context {
        Context { state: self.state, ..Context::default() }
    }

    fn tag(self, s: &[u8]) -> Step {
        let start = skip_space(s, 0);
        if start == s.len() {
            return (self, start);
        }
        if s[start] == b'>' {
            let element = if self.element == Element::Meta { Element::None } else { self.element };
            return (Context::in_element(self.element.content(), element), start + 1);
        }
        let end = match attr_name_end(s, start) {
            Ok(end) => end,
            Err(c) => return (c, s.len()),
        };
        if end == start {
            let text = format!("expected space, attr name, or end of tag, but got {}", quote(&s[start..]));
            return (Context::error(text), s.len());
        }
        let name = lower(&s[start..end]);
        let attr = match (self.element, name.as_slice()) {
            (Element::Script, b"type") => AttrKind::ScriptType,
            (Element::Meta, b"content") => AttrKind::MetaContent,
            _ => match attr_type(&name) {
                AttrType::Url => AttrKind::Url,
                AttrType::Css => AttrKind::Style,
                AttrType::Js => AttrKind::Script,
                AttrType::Srcset => AttrKind::Srcset,
                AttrType::Plain | AttrType::Unsafe => AttrKind::None,
            },
        };
        let state = if end == s.len() { State::AttrName } else { State::AfterName };
        let markup = self.markup;
        (Context { attr, markup, ..Context::in_element(state, self.element) }, end)
    }

    fn attr_name(self, s: &[u8]) -> Step {
        match attr_name_end(s, 0) {
            Ok(end) if end == s.len() => (self, end),
            Ok(end) => (self.to(State::AfterName), end),
            Err(c) => (c, s.len()),
        }
    }

    fn after_name(self, s: &[u8]) -> Step {
        let i = skip_space(s, 0);
        match s.get(i) {
            None => (self, i),
            Some(b'=') => (self.to(State::BeforeValue), i + 1),
            // The attribute has no value.
            Some(_) => (self.to(State::Tag), i),
        }
    }

    fn before_value(self, s: &[u8]) -> Step {
        let i = skip_space(s, 0);
        let (delim, n) = match s.get(i) {
            None => return (self, i),
            Some(b'"') => (Delim::DoubleQuote, i + 1),
            Some(b'\'') => (Delim::SingleQuote, i + 1),
            Some(_) => (Delim::SpaceOrTagEnd, i),
        };
        let state = self.attr.value_state();
        (Context { state, delim, ..self }, n)
    }

    fn meta_content(self, s: &[u8]) -> Step {
        for (i, word) in s.windows(3).enumerate() {
            if word.eq_ignore_ascii_case(b"url") {
                let equals = skip_space(s, i + 3);
                if s.get(equals) == Some(&b'=') {
                    return (self.to(State::MetaContentUrl), equals + 1);
                }
            }
        }
        (self, s.len())
    }

    fn url(mut self, s: &[u8]) -> Context {
        if find_any(s, b"#?").is_some() {
            self.url_part = UrlPart::QueryOrFrag;
        } else if self.url_part == UrlPart::None && skip_space(s, 0) != s.len() {
            self.url_part = UrlPart::PreQuery;
        }
        self
    }

    // JavaScript.

    fn js(mut self, s: &[u8]) -> Step {
        let Some(i) = find_any(s, b"\"`'/{}<-#") else {
            self.js = js_ctx_after(s, self.js);
            return (self, s.len());
        };
        self.js = js_ctx_after(&s[..i], self.js);
        let rest = &s[i..];
        let literal = |c: Context, state| (Context { state, js: JsCtx::Regexp, ..c }, i + 1);
        match rest[0] {
            b'"' => literal(self, State::JsDqStr),
            b'\'' => literal(self, State::JsSqStr),
            b'`' => literal(self, State::JsTmplLit),
            b'/' => match (rest.get(1), self.js) {
                (Some(b'/'), _) => (self.to(State::JsLineCmt), i + 2),
                (Some(b'*'), _) => (self.to(State::JsBlockCmt), i + 2),
                (_, JsCtx::Regexp) => (self.to(State::JsRegexp), i + 1),
                (_, JsCtx::DivOp) => (Context { js: JsCtx::Regexp, ..self }, i + 1),
                (_, JsCtx::Unknown) => {
                    let text = format!("'/' could start a division or regexp: {}", quote_start(rest));
                    (Context::error(text), s.len())
                }
            },
            b'<' if rest.starts_with(b"<!--") => (self.to(State::JsHtmlOpenCmt), i + 4),
            b'-' if rest.starts_with(b"-->") => (self.to(State::JsHtmlCloseCmt), i + 3),
            b'#' if rest.starts_with(b"#!") => (self.to(State::JsLineCmt), i + 2),
            b'{' => {
                self.braces.open();
                self.js = JsCtx::Regexp;
                (self, i + 1)
            }
            b'}' => {
                if self.braces.close() {
                    return (self.to(State::JsTmplLit), i + 1);
                }
                self.js = JsCtx::Regexp;
                (self, i + 1)
            }
            // `<`, `-` and `#` on their own leave the slash's meaning as it was before them.
            _ => (self, i + 1),
        }
    }

    fn js_template(mut self, s: &[u8]) -> Step {
        let mut from = 0;
        while let Some(i) = find_any(&s[from..], b"`\\$").map(|i| from + i) {
            match s[i] {
                b'`' => return (self.to(State::Js), i + 1),
                b'\\' if i + 1 == s.len() => return (unfinished_escape("JS", s), s.len()),
                b'\\' => from = i + 2,
                _ if s.get(i + 1) == Some(&b'{') => {
                    self.braces.open_literal();
                    return (self.to(State::Js), i + 2);
                }
                _ => from = i + 1,
            }
        }
        (self, s.len())
    }

    /// Strings and regular expressions; `specials` are `\`, the end delimiter, and for the latter the brackets of a
    /// character class.
    fn js_delimited(self, s: &[u8], specials: &[u8]) -> Step {
        let (mut from, mut in_class) = (0, false);
        while let Some(i) = find_any(&s[from..], specials).map(|i| from + i) {
            from = i + 1;
            match s[i] {
                b'\\' if i + 1 == s.len() => return (unfinished_escape("JS", s), s.len()),
                b'\\' => from = i + 2,
                b'[' => in_class = true,
                b']' => in_class = false,
                // The slash of `</script` does not end a regular expression: the pass writes it so that the element
                // does not end either.
                b'/' if i > 0 && s[i - 1..].get(..8).is_some_and(|t| t.eq_ignore_ascii_case(b"</script")) => {
                    from = i + 2;
                }
                _ if in_class => {}
                _ => return (Context { state: State::Js, js: JsCtx::DivOp, ..self }, i + 1),
            }
        }
        if in_class {
            return (Context::error(format!("unfinished JS regexp charset: {}", quote(s))), s.len());
        }
        (self, s.len())
    }

    // Comments.

    fn block_comment(self, s: &[u8], outer: State) -> Step {
        match memmem::find(s, b"*/") {
            Some(i) => (self.to(outer), i + 2),
            None => (self, s.len()),
        }
    }

    /// The line's end is not part of the comment.
    fn line_comment(self, s: &[u8], end: Option<usize>, outer: State) -> Step {
        match end {
            Some(i) => (self.to(outer), i),
            None => (self, s.len()),
        }
    }

    // CSS.

    fn css(self, s: &[u8]) -> Step {
        let mut from = 0;
        while let Some(i) = find_any(&s[from..], b"(\"'/").map(|i| from + i) {
            match s[i] {
                b'"' => return (self.to(State::CssDqStr), i + 1),
                b'\'' => return (self.to(State::CssSqStr), i + 1),
                b'/' => match s.get(i + 1) {
                    Some(b'/') => return (self.to(State::CssLineCmt), i + 2),
                    Some(b'*') => return (self.to(State::CssBlockCmt), i + 2),
                    _ => {}
                },
                _ if ends_with_url(&s[..i]) => {
                    let j = i + 1 + s[i + 1..].iter().take_while(|&&b| is_css_space(b)).count();
                    return match s.get(j) {
                        Some(b'"') => (self.to(State::CssDqUrl), j + 1),
                        Some(b'\'') => (self.to(State::CssSqUrl), j + 1),
                        _ => (self.to(State::CssUrl), j),
                    };
                }
                _ => {}
            }
            from = i + 1;
        }
        (self, s.len())
    }

    /// Strings and URLs; `specials` are `\` and what ends them.
    fn css_string(mut self, s: &[u8], specials: &[u8]) -> Step {
        let mut from = 0;
        while let Some(i) = find_any(&s[from..], specials).map(|i| from + i) {
            if s[i] != b'\\' {
                // What is known of this URL stays, as in Go, for the next one.
                return (self.to(State::Css), i + 1);
            }
            if i + 1 == s.len() {
                return (unfinished_escape("CSS", s), s.len());
            }
            self = self.url(&decode_css(&s[..i + 2]));
            from = i + 2;
        }
        (self.url(&decode_css(&s[from..])), s.len())
    }
}

/// Offset of what ends an attribute value.
pub(super) fn find_value_end(s: &[u8], delim: Delim) -> Option<usize> {
    match delim {
        Delim::DoubleQuote => memchr(b'"', s),
        Delim::SingleQuote => memchr(b'\'', s),
        Delim::None | Delim::SpaceOrTagEnd => find_any(s, SPACE_OR_TAG_END),
    }
}

fn unfinished_escape(language: &str, s: &[u8]) -> Context {
    Context::error(format!("unfinished escape sequence in {language} string: {}", quote(s)))
}

/// Offset of the first byte from `i` on that is not HTML's white space.
pub(super) fn skip_space(s: &[u8], i: usize) -> usize {
    i + s[i..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')).count()
}

/// Where the tag name that may start at `i` ends; `i` if there is none. `:` and `-` stand only between two letters
/// or digits.
pub(super) fn tag_name_end(s: &[u8], i: usize) -> usize {
    if !s.get(i).is_some_and(u8::is_ascii_alphabetic) {
        return i;
    }
    let mut end = i + 1;
    loop {
        end += match s[end..] {
            [b, ..] if b.is_ascii_alphanumeric() => 1,
            [b':' | b'-', b, ..] if b.is_ascii_alphanumeric() => 2,
            _ => return end,
        };
    }
}

/// Where the attribute name that starts at `i` ends, or the error context.
fn attr_name_end(s: &[u8], i: usize) -> Result<usize, Context> {
    match find_any(&s[i..], b" \t\n\x0c\r=>'\"<").map(|n| i + n) {
        None => Ok(s.len()),
        Some(end) if matches!(s[end], b'\'' | b'"' | b'<') => {
            let text = format!("{} in attribute name: {}", quote(&s[end..=end]), quote_start(s));
            Err(Context::error(text))
        }
        Some(end) => Ok(end),
    }
}

/// Offset of the first JavaScript line terminator.
fn js_line_end(s: &[u8]) -> Option<usize> {
    (0..s.len()).find(|&i| matches!(s[i], b'\n' | b'\r') || is_separator(&s[i..]))
}

/// Whether `s` starts with U+2028 or U+2029, which end lines in JavaScript.
fn is_separator(s: &[u8]) -> bool {
    s.starts_with(b"\xe2\x80\xa8") || s.starts_with(b"\xe2\x80\xa9")
}

/// Whether a JavaScript comment of that text holds a line terminator, and so counts as one.
pub(super) fn has_js_line_end(s: &[u8]) -> bool {
    js_line_end(s).is_some()
}

/// Whether the byte can be part of a JavaScript identifier (of ASCII).
pub(super) fn is_js_ident_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'$' | b'_')
}

/// Whether the character is white space or a line terminator in JavaScript.
fn is_js_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

/// What a `/` starts after the JavaScript tokens `s`, and before them `before`.
///
/// A heuristic on the last token: after `)` and `]` it is a division, after `}` a regular expression, after keywords
/// that an expression can follow a regular expression.
fn js_ctx_after(s: &[u8], before: JsCtx) -> JsCtx {
    let mut s = s;
    while let Some(c) = last_char(s).filter(|c| is_js_space(*c)) {
        s = &s[..s.len() - c.len_utf8()];
    }
    let Some((&last, head)) = s.split_last() else { return before };
    let regexp = match last {
        b'+' | b'-' => {
            // `x++` precedes a division, `x+` a regular expression, and `---` reads as `-- -`.
            s.iter().rev().take_while(|&&b| b == last).count() % 2 == 1
        }
        b'.' => !head.last().is_some_and(u8::is_ascii_digit),
        b',' | b'<' | b'>' | b'=' | b'*' | b'%' | b'&' | b'|' | b'^' | b'?' | b'!' | b'~' | b'(' | b'['
        | b':' | b';' | b'{' | b'}' => true,
        _ => {
            let word = s.len() - s.iter().rev().take_while(|&&b| is_js_ident_part(b)).count();
            matches!(
                &s[word..],
                b"break"
                    | b"case"
                    | b"continue"
                    | b"delete"
                    | b"do"
                    | b"else"
                    | b"finally"
                    | b"in"
                    | b"instanceof"
                    | b"return"
                    | b"throw"
                    | b"try"
                    | b"typeof"
                    | b"void"
            )
        }
    };
    if regexp { JsCtx::Regexp } else { JsCtx::DivOp }
}

/// Whether CSS text ends with the name of the function `url`, white space after it aside.
fn ends_with_url(s: &[u8]) -> bool {
    let end = s.len() - s.iter().rev().take_while(|&&b| is_css_space(b)).count();
    let Some((head, name)) = s[..end].split_last_chunk::<3>() else { return false };
    name.eq_ignore_ascii_case(b"url") && !last_char(head).is_some_and(is_nmchar)
}

/// The last character of `s`; U+FFFD for what is not UTF-8.
fn last_char(s: &[u8]) -> Option<char> {
    let tail = &s[s.len().saturating_sub(4)..];
    (0..tail.len())
        .map(|i| decode(&tail[i..]))
        .zip(0..)
        .find(|((_, n), i)| i + n == tail.len())
        .map(|((c, _), _)| c)
}
