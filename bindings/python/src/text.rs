//! Python text and the engine's bytes.

use livetemplate_core::Code;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::error::raise;

/// The UTF-8 of a Python string; each lone surrogate, which UTF-8 cannot say, is U+FFFD there.
pub(crate) fn utf8<T: for<'a> From<&'a [u8]>>(text: &Bound<'_, PyString>) -> PyResult<T> {
    if let Ok(text) = text.to_str() {
        return Ok(T::from(text.as_bytes()));
    }
    let bytes = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
    Ok(T::from(&replace_surrogates(bytes.cast::<PyBytes>()?.as_bytes())))
}

/// Replaces the three bytes of each encoded surrogate (`ED A0..BF xx`) by the three of U+FFFD.
fn replace_surrogates(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = out[at..].windows(2).position(|w| w[0] == 0xED && w[1] >= 0xA0) {
        at += found;
        // Never short: Python's encoder writes whole sequences.
        let end = (at + 3).min(out.len());
        out.splice(at..end, "\u{FFFD}".bytes());
        at += 3;
    }
    out
}

/// A Python string as Rust text; each lone surrogate becomes U+FFFD.
pub(crate) fn string(text: &Bound<'_, PyString>) -> PyResult<String> {
    let bytes: Vec<u8> = utf8(text)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Bytes of an argument that is text or bytes: a template's source, JSON.
pub(crate) fn source(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = value.cast::<PyString>() {
        return utf8(text);
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let kind = value.get_type().fully_qualified_name()?;
    Err(raise(value.py(), Code::InvalidArgument, format!("{name}: str or bytes expected, not {kind}")))
}

/// Output of the engine as Python text; what is not UTF-8 becomes U+FFFD.
pub(crate) fn to_str(py: Python<'_>, bytes: Vec<u8>) -> Bound<'_, PyString> {
    PyString::new(py, &String::from_utf8_lossy(&bytes))
}
