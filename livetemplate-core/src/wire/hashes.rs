//! Hashes of what fragments show, by which a client says what it has.

use super::html::{Span, Written};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// How many fragments of a page a client is told the hashes of with a resync.
const MAX_VERSIONS: usize = 1000;

/// The hash of a fragment's own text: what stands between, in which fragments count by their ids. `inside` starts with the
/// fragments there.
fn own(html: &[u8], (start, end): (usize, usize), inside: &[Span]) -> String {
    let mut hash = Sha256::new();
    let mut at = start;
    for span in inside.iter().take_while(|span| span.start < end) {
        if span.start >= at {
            hash.update(&html[at..span.start]);
            // So that no text looks like a fragment.
            hash.update([0]);
            hash.update((span.id.len() as u64).to_be_bytes());
            hash.update(&span.id);
            at = span.end;
        }
    }
    hash.update(&html[at..end]);
    let mut text = String::with_capacity(32);
    for byte in &hash.finalize()[..16] {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The hash of the fragment at this place in the list.
pub(crate) fn fragment(written: &Written, at: usize) -> String {
    let span = &written.spans[at];
    own(&written.html, (span.start, span.end), &written.spans[at + 1..])
}

/// The hash of the live region, of its content.
pub(crate) fn region(written: &Written) -> String {
    own(&written.html, (0, written.html.len()), &written.spans)
}

/// Hashes by fragment, of the live region first. A fragment whose rows would be too many has none, nor have they.
pub(crate) fn versions(written: &Written, region_id: &str) -> Vec<(String, String)> {
    let mut versions = vec![(region_id.to_owned(), region(written))];
    if written.spans.len() < MAX_VERSIONS {
        let all = written.spans.iter().enumerate();
        versions.extend(all.map(|(at, span)| (span.id.clone(), fragment(written, at))));
    }
    versions
}
