//! Control messages of the formats of our own client.

use super::tree::string;

/// The answer to an action, with the payload of the update that it made.
pub(crate) fn reply(action: Option<&str>, errors: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 96);
    out.extend_from_slice(b"{\"type\":\"reply\",");
    outcome(action, errors, &mut out);
    if !payload.is_empty() {
        out.extend_from_slice(b",\"update\":");
        out.extend_from_slice(payload);
    }
    out.push(b'}');
    out
}

/// Appends how an action ended: the members `success`, `errors` and `action`.
pub(crate) fn outcome(action: Option<&str>, errors: &[(&str, &str)], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"success\":");
    out.extend_from_slice(if errors.is_empty() { b"true" } else { b"false" });
    out.extend_from_slice(b",\"errors\":");
    texts(errors.iter().copied(), out);
    if let Some(action) = action {
        out.extend_from_slice(b",\"action\":");
        string(action.as_bytes(), out);
    }
}

/// Says what is wrong with a message of the client.
pub(crate) fn error(code: &str, text: &str) -> Vec<u8> {
    let mut out = b"{\"type\":\"error\",\"code\":".to_vec();
    string(code.as_bytes(), &mut out);
    out.extend_from_slice(b",\"message\":");
    string(text.as_bytes(), &mut out);
    out.push(b'}');
    out
}

/// The live region's content. `versions` has hashes by fragment.
pub(crate) fn resync(seq: u64, html: &[u8], versions: Option<&[(String, String)]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(html.len() + html.len() / 8 + 64);
    out.extend_from_slice(b"{\"type\":\"resync\",\"seq\":");
    out.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
    out.extend_from_slice(b",\"html\":");
    string(html, &mut out);
    if let Some(versions) = versions {
        out.extend_from_slice(b",\"versions\":");
        texts(versions.iter().map(|(id, hash)| (&**id, &**hash)), &mut out);
    }
    out.push(b'}');
    out
}

/// Appends an object of texts.
pub(crate) fn texts<'a>(members: impl Iterator<Item = (&'a str, &'a str)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (name, text)) in members.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        string(name.as_bytes(), out);
        out.push(b':');
        string(text.as_bytes(), out);
    }
    out.push(b'}');
}
