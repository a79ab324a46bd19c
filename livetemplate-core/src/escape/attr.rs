//! What kind of text an attribute holds, by its name.

/// How a value in an attribute must be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttrType {
    /// Plain text.
    Plain,
    /// CSS.
    Css,
    /// JavaScript.
    Js,
    /// A URL.
    Url,
    /// A list of images.
    Srcset,
    /// Plain text to the escapers, but data may not choose such a name: it changes what the element does.
    Unsafe,
}

/// The text in lower case, character by character, as Go folds names.
pub(super) fn lower(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // No character but U+0130 has more than one in lower case; Go takes the first.
    String::from_utf8_lossy(text)
        .chars()
        .filter_map(|c| c.to_lowercase().next())
        .collect::<String>()
        .into_bytes()
}

/// The type of the attribute `name`, in lower case.
///
/// `data-x` counts as `x`, and so does `ns:x`, but only one of the two prefixes is taken off. Names in the namespace
/// `xmlns` are URLs.
pub(super) fn attr_type(name: &[u8]) -> AttrType {
    let mut name = name;
    if let Some(rest) = name.strip_prefix(b"data-") {
        name = rest;
    } else if let Some(colon) = memchr::memchr(b':', name) {
        if &name[..colon] == b"xmlns" {
            return AttrType::Url;
        }
        name = &name[colon + 1..];
    }
    match name {
        b"action" | b"archive" | b"background" | b"cite" | b"classid" | b"codebase" | b"data"
        | b"formaction" | b"href" | b"icon" | b"longdesc" | b"manifest" | b"poster" | b"profile" | b"src"
        | b"usemap" | b"xmlns" => AttrType::Url,
        b"style" => AttrType::Css,
        b"srcset" => AttrType::Srcset,
        b"accept-charset" | b"async" | b"challenge" | b"charset" | b"content" | b"crossorigin" | b"defer"
        | b"enctype" | b"form" | b"formenctype" | b"formmethod" | b"formnovalidate" | b"http-equiv"
        | b"keytype" | b"language" | b"method" | b"novalidate" | b"pattern" | b"rel" | b"sandbox"
        | b"srcdoc" | b"type" | b"value" => AttrType::Unsafe,
        _ if name.starts_with(b"on") => AttrType::Js,
        // Names of custom attributes that look like a URL's.
        _ if [b"src", b"uri", b"url"].iter().any(|part| memchr::memmem::find(name, *part).is_some()) => {
            AttrType::Url
        }
        _ => AttrType::Plain,
    }
}

/// Whether the content of a `<script>` of that `type` is JavaScript, or JSON, which is escaped alike.
pub(super) fn is_js_type(mime_type: &[u8]) -> bool {
    let essence = mime_type.split(|&b| b == b';').next().unwrap_or_default();
    // Go trims by Unicode's rules: with a no-break space around it a type is still JavaScript's.
    let essence = String::from_utf8_lossy(essence).into_owned();
    let essence = lower(essence.trim().as_bytes());
    matches!(
        std::str::from_utf8(&essence).unwrap_or_default(),
        "" | "application/ecmascript"
            | "application/javascript"
            | "application/json"
            | "application/ld+json"
            | "application/x-ecmascript"
            | "application/x-javascript"
            | "module"
            | "text/ecmascript"
            | "text/javascript"
            | "text/javascript1.0"
            | "text/javascript1.1"
            | "text/javascript1.2"
            | "text/javascript1.3"
            | "text/javascript1.4"
            | "text/javascript1.5"
            | "text/jscript"
            | "text/livescript"
            | "text/x-ecmascript"
            | "text/x-javascript"
    )
}
