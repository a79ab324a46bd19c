//! Template sources from files.

use crate::args::invalid;
use crate::error::Read;
use std::fs;
use std::path::Path;

/// Reads the files; each is named by the last part of its path.
pub fn read(paths: &[String]) -> Read<Vec<(String, Vec<u8>)>> {
    let mut sources = Vec::new();
    for path in paths {
        let text = fs::read(path).map_err(|error| invalid(format!("cannot read {path:?}: {error}")))?;
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        sources.push((name, text));
    }
    Ok(sources)
}

/// The files that match `pattern`, sorted. As in Go's `filepath.Glob` a wildcard never matches a `/`, and a directory
/// that cannot be read has no matches.
pub fn glob(pattern: &str) -> Read<Vec<String>> {
    let mut found = vec![if pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        // Matched against nothing first, so that a malformed pattern is an error whatever stands in the directory.
        matches(part, "").ok_or_else(|| invalid(format!("malformed pattern {pattern:?}")))?;
        let wild = part.contains(['*', '?', '[', '\\']);
        let mut next = Vec::new();
        for base in found {
            let join = |name: &str| {
                if base.is_empty() || base.ends_with('/') {
                    format!("{base}{name}")
                } else {
                    format!("{base}/{name}")
                }
            };
            if !wild {
                if Path::new(&join(part)).exists() {
                    next.push(join(part));
                }
                continue;
            }
            let Ok(entries) = fs::read_dir(if base.is_empty() { "." } else { &base }) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let Some(name) = name.to_str() else { continue };
                if matches(part, name) == Some(true) {
                    next.push(join(name));
                }
            }
        }
        found = next;
    }
    found.sort();
    if pattern.is_empty() || found.is_empty() {
        return Err(invalid(format!("pattern matches no files: {pattern:?}")));
    }
    Ok(found)
}

/// Whether `name` matches the one-part `pattern`; `None` when the pattern is malformed.
fn matches(pattern: &str, name: &str) -> Option<bool> {
    let pattern = compile(pattern)?;
    let name: Vec<char> = name.chars().collect();
    // reached[i]: the pattern so far can match the first i characters.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for piece in &pattern {
        let mut next = vec![false; name.len() + 1];
        for (i, _) in reached.iter().enumerate().filter(|(_, reached)| **reached) {
            match piece {
                Piece::Any => next[i..].fill(true),
                Piece::One(set, negated) => {
                    if name.get(i).is_some_and(|c| set.iter().any(|(lo, hi)| lo <= c && c <= hi) != *negated)
                    {
                        next[i + 1] = true;
                    }
                }
            }
        }
        reached = next;
    }
    reached.last().copied()
}

enum Piece {
    /// `*`.
    Any,
    /// One character, in the ranges or (negated) outside them.
    One(Vec<(char, char)>, bool),
}

fn compile(pattern: &str) -> Option<Vec<Piece>> {
    let mut chars = pattern.chars().peekable();
    let mut pieces = Vec::new();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One(Vec::new(), true),
            '\\' => {
                let c = chars.next()?;
                Piece::One(vec![(c, c)], false)
            }
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut set = Vec::new();
                while set.is_empty() || chars.next_if_eq(&']').is_none() {
                    let lo = class_char(&mut chars)?;
                    let hi = if chars.next_if_eq(&'-').is_some() { class_char(&mut chars)? } else { lo };
                    set.push((lo, hi));
                }
                Piece::One(set, negated)
            }
            c => Piece::One(vec![(c, c)], false),
        });
    }
    Some(pieces)
}

/// A character inside `[…]`.
fn class_char(chars: &mut std::iter::Peekable<std::str::Chars>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        c => Some(c),
    }
}
