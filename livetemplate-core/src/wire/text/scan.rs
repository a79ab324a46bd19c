//! Where an element ends in HTML text, as the client finds it (`bindings/browser/src/scan.ts` is the same).

use crate::tree::markup::VOID;

/// Elements without tags in them.
const RAW: &[&str] =
    &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"];

/// Where an element's start tag and the element end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ends {
    pub tag: usize,
    pub element: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'/' | b'>')
}

fn find(html: &[u8], from: usize, byte: u8) -> Option<usize> {
    Some(from + memchr::memchr(byte, html.get(from..)?)?)
}

/// Behind the `>` of the tag whose name ends at `at`.
fn tag_end(html: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'>', b'=', html.get(at..)?)?;
        if html[at] == b'>' {
            return Some(at + 1);
        }
        // A quote opens a value only right behind an equals sign.
        at += 1;
        at += html[at..].iter().position(|byte| !is_space(*byte))?;
        at = match html[at] {
            quote @ (b'"' | b'\'') => find(html, at + 1, quote)? + 1,
            _ => at + html[at..].iter().position(|byte| is_space(*byte) || *byte == b'>')?,
        };
    }
}

/// The name of a tag that begins at `at`, behind `<` or `</`.
fn name(html: &[u8], at: usize) -> Option<&[u8]> {
    html.get(at).filter(|byte| byte.is_ascii_alphabetic())?;
    let len = html[at..].iter().position(|byte| ends_name(*byte)).unwrap_or(html.len() - at);
    Some(&html[at..at + len])
}

fn is_one_of(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// The end of the start tag that the text begins with.
pub(crate) fn start_tag(html: &[u8]) -> Option<usize> {
    html.first().filter(|byte| **byte == b'<')?;
    tag_end(html, 1 + name(html, 1)?.len())
}

/// The ends of the element that the text begins with. `tag` is called with the bounds of each tag in it.
pub(crate) fn element(html: &[u8], mut tag: impl FnMut(std::ops::Range<usize>)) -> Option<Ends> {
    let first = start_tag(html)?;
    let own = name(html, 1)?;
    tag(0..first);
    if is_one_of(VOID, own) {
        return Some(Ends { tag: first, element: first });
    }
    let mut depth = 1_usize;
    let mut at = if is_one_of(RAW, own) { raw_end(html, first, own)? } else { first };
    loop {
        at = find(html, at, b'<')?;
        let rest = &html[at..];
        if rest.starts_with(b"<!--") {
            at = comment_end(html, at + 4)?;
            continue;
        }
        let is_end = rest.get(1) == Some(&b'/');
        let Some(name) = name(html, at + 1 + usize::from(is_end)) else {
            at = match rest.get(1) {
                Some(b'/' | b'!' | b'?') => find(html, at + 2, b'>')? + 1,
                _ => at + 1,
            };
            continue;
        };
        let end = tag_end(html, at + 1 + usize::from(is_end) + name.len())?;
        tag(at..end);
        at = end;
        if name.eq_ignore_ascii_case(own) {
            depth = if is_end { depth - 1 } else { depth + 1 };
        }
        if depth == 0 {
            return Some(Ends { tag: first, element: end });
        }
        if !is_end && is_one_of(RAW, name) {
            at = raw_end(html, at, name)?;
        }
    }
}

/// At the end tag of an element without tags in it, whose content begins at `from`.
fn raw_end(html: &[u8], mut from: usize, name: &[u8]) -> Option<usize> {
    loop {
        from = find(html, from, b'<')?;
        let rest = &html[from + 1..];
        if rest.first() == Some(&b'/')
            && rest.get(1..=name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && rest.get(name.len() + 1).is_some_and(|byte| ends_name(*byte))
        {
            return Some(from);
        }
        from += 1;
    }
}

/// Behind a comment whose text begins at `from`.
fn comment_end(html: &[u8], from: usize) -> Option<usize> {
    let rest = &html[from..];
    // `<!-->` and `<!--->` are whole comments.
    let mut at = if rest.starts_with(b">") || rest.starts_with(b"->") { from - 2 } else { from };
    loop {
        at += memchr::memmem::find(&html[at..], b"--")?;
        let behind = &html[at + 2..];
        if behind.starts_with(b">") {
            return Some(at + 3);
        }
        if behind.starts_with(b"!>") {
            return Some(at + 4);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(html: &str) -> Option<&str> {
        Some(&html[element(html.as_bytes(), |_| {})?.element..])
    }

    #[test]
    fn an_element_ends_with_its_own_end_tag() {
        for html in [
            "<p>a</p>",
            "<P>a</p >",
            "<p title=\"</p>\">a</p>",
            "<p title='</p>' b=</p>a</p>",
            "<p a = \"</p>\">a</p>",
            "<p a\"=b>a</p>",
            "<div><div>a</div></div>",
            "<div><!-- </div> --></div>",
            "<div><!--></div>",
            "<div><!---></div>",
            "<div><!-- --!></div>",
            "<div><script>\"</div>\"</script></div>",
            "<div><textarea></div></textarea></div>",
            "<textarea><b></textarea>",
            "<div>a < b <3 <? </div> ?></div>",
            "<div></ </div></div>",
            "<br>",
            "<img alt=\">\">",
        ] {
            assert_eq!(rest(&format!("{html}<i></div>")), Some("<i></div>"), "{html}");
        }
    }

    #[test]
    fn an_element_without_an_end_has_none() {
        for html in ["", "a", "<p", "<p>", "<p a=\"></p>", "</p>", "<div><!-- </div>", "<script></scripts>"] {
            assert_eq!(rest(html), None, "{html}");
        }
    }
}
