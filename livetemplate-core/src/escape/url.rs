//! Escapers for URLs and lists of images.

use super::html::UNSAFE;

/// Whether the URL has no scheme, or one that runs no code.
pub(super) fn is_safe(url: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', url) else { return true };
    let scheme = &url[..colon];
    memchr::memchr(b'/', scheme).is_some()
        || [&b"http"[..], b"https", b"mailto"].iter().any(|s| scheme.eq_ignore_ascii_case(s))
        // Go folds by Unicode's rules, where U+017F is an `s`.
        || scheme.strip_suffix("ſ".as_bytes()).is_some_and(|http| http.eq_ignore_ascii_case(b"http"))
}

/// Appends a whole URL, percent-encoding what may not stand in one. What is reserved, and valid escapes, stay.
pub(super) fn normalize(s: &[u8], out: &mut Vec<u8>) {
    encode(s, out, |rest| match rest {
        [b'%', a, b, ..] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        [b, ..] => b"!#$&*+,/:;=?@[]".contains(b),
        [] => false,
    });
}

/// Appends a part of a URL, percent-encoding all but unreserved characters.
pub(super) fn escape(s: &[u8], out: &mut Vec<u8>) {
    encode(s, out, |_| false);
}

/// Percent-encodes what is not unreserved (RFC 3986, section 2.3), unless `keep` says of the rest of the text that
/// its first byte stays.
fn encode(s: &[u8], out: &mut Vec<u8>, keep: impl Fn(&[u8]) -> bool) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut done = 0;
    for (i, &b) in s.iter().enumerate() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') || keep(&s[i..]) {
            continue;
        }
        out.extend_from_slice(&s[done..i]);
        out.extend_from_slice(&[b'%', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
        done = i + 1;
    }
    out.extend_from_slice(&s[done..]);
}

/// Appends text as the predefined `urlquery` does.
pub(super) fn query(s: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &b in s {
        match b {
            b' ' => out.push(b'+'),
            b'-' | b'.' | b'_' | b'~' => out.push(b),
            _ if b.is_ascii_alphanumeric() => out.push(b),
            _ => out.extend_from_slice(&[b'%', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]),
        }
    }
}

/// Appends one URL for a `srcset`, where a comma would end it.
pub(super) fn srcset_url(s: &[u8], out: &mut Vec<u8>) {
    encode(s, out, |rest| match rest {
        [b'%', a, b, ..] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        [b, ..] => b"!#$&*+/:;=?@[]".contains(b),
        [] => false,
    });
}

/// Appends a list of images (`URL descriptor, …`), each unsafe one as `#ZgotmplZ`.
pub(super) fn srcset(s: &[u8], out: &mut Vec<u8>) {
    for (i, image) in s.split(|&b| b == b',').enumerate() {
        if i > 0 {
            out.push(b',');
        }
        let is_space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r');
        let start = image.iter().take_while(|b| is_space(b)).count();
        let end = image[start..].iter().position(is_space).map_or(image.len(), |n| start + n);
        let (url, descriptor) = (&image[start..end], &image[end..]);
        if is_safe(url) && descriptor.iter().all(|b| is_space(b) || b.is_ascii_alphanumeric()) {
            out.extend_from_slice(&image[..start]);
            normalize(url, out);
            out.extend_from_slice(descriptor);
        } else {
            out.push(b'#');
            out.extend_from_slice(UNSAFE);
        }
    }
}
