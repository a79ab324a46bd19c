//! A fragment's text before and after an update, and the places where they differ.

use super::scan;
use crate::tree::elements::{Fragment, Spot};
use crate::tree::node::Dynamic;
use crate::tree::program::BlockId;
use crate::tree::set::PageProgram;
use std::ops::Range;

/// New values for a fragment's text.
#[derive(Debug)]
pub(crate) struct NewValues<'a> {
    /// The text before, and the one after: the whole one, or the start tag alone.
    pub old: String,
    pub new: String,
    /// Whether the texts are whole.
    pub is_whole: bool,
    /// Ascending.
    pub values: Vec<NewValue<'a>>,
    /// All that is not literal text, in the old text and in the new one; the fragment's id first.
    pub slots: Vec<(Range<usize>, Range<usize>)>,
    /// Whether a value stands in a tag.
    pub has_attributes: bool,
}

/// A place where a fragment's texts differ, in bytes.
#[derive(Debug)]
pub(crate) struct NewValue<'a> {
    pub old: Range<usize>,
    pub new: Range<usize>,
    /// The data path that the place reads first.
    pub path: &'a str,
    /// Whether it is a value in a script.
    pub is_json: bool,
}

/// Writes both texts at once.
pub(crate) struct Pair<'a> {
    page: &'a PageProgram,
    old: Vec<u8>,
    new: Vec<u8>,
    places: Vec<NewValue<'a>>,
    slots: Vec<(Range<usize>, Range<usize>)>,
}

/// The texts have not the same structure.
#[derive(Debug)]
struct OtherStructure;

impl<'a> Pair<'a> {
    /// The new values of a fragment, or of its start tag. `old` and `new` are the dynamics in it. `None` when there is more to change
    /// than values, or the client might take another part of what it was sent for the text.
    pub fn of(
        page: &'a PageProgram,
        block: BlockId,
        fragment: &Fragment,
        is_whole: bool,
        (annotation, id_len): (&str, usize),
        (old, new): (&[Dynamic], &[Dynamic]),
    ) -> Option<NewValues<'a>> {
        let mut pair = Pair { page, old: Vec::new(), new: Vec::new(), places: Vec::new(), slots: Vec::new() };
        // A tag's name stands in one literal text.
        pair.part(block, fragment.start..fragment.after_name, &[], &[]).ok()?;
        pair.literal(annotation.as_bytes());
        // Between the quotes.
        let id = pair.old.len() - 1 - id_len..pair.old.len() - 1;
        pair.slots.push((id.clone(), id));
        let end = if is_whole { fragment.end } else { fragment.open_end };
        pair.part(block, fragment.after_name..end, old, new).ok()?;
        pair.finish(is_whole)
    }

    fn literal(&mut self, text: &[u8]) {
        self.old.extend_from_slice(text);
        self.new.extend_from_slice(text);
    }

    /// The part of a block between two places.
    fn part(
        &mut self,
        block: BlockId,
        part: Range<Spot>,
        old: &[Dynamic],
        new: &[Dynamic],
    ) -> Result<(), OtherStructure> {
        let statics = &self.page.program.block(block).statics;
        for text in part.start.0..=part.end.0 {
            let from = if text == part.start.0 { part.start.1 as usize } else { 0 };
            let bytes = &statics[text as usize];
            let to = if text == part.end.0 { part.end.1 as usize } else { bytes.len() };
            self.literal(bytes.get(from..to).unwrap_or_default());
            let child = (text - part.start.0) as usize;
            if let (Some(old), Some(new), true) = (old.get(child), new.get(child), text < part.end.0) {
                stacker::maybe_grow(64 << 10, 1 << 20, || self.dynamic((block, text), old, new))?;
            }
        }
        Ok(())
    }

    fn block(&mut self, block: BlockId, old: &[Dynamic], new: &[Dynamic]) -> Result<(), OtherStructure> {
        let statics = &self.page.program.block(block).statics;
        let last = statics.len() as u32 - 1;
        self.part(block, (0, 0)..(last, statics[last as usize].len() as u32), old, new)
    }

    fn dynamic(&mut self, at: (BlockId, u32), old: &Dynamic, new: &Dynamic) -> Result<(), OtherStructure> {
        match (old, new) {
            (Dynamic::Block(a), Dynamic::Block(b)) if a.block == b.block => {
                return self.block(a.block, &a.children, &b.children);
            }
            (Dynamic::Range(a), Dynamic::Range(b)) if a.body == b.body && !a.items.is_empty() => {
                let is_same =
                    a.items.len() == b.items.len() && a.items.iter().zip(&b.items).all(|(a, b)| a.id == b.id);
                if is_same {
                    let mut items = a.items.iter().zip(&b.items);
                    return items.try_for_each(|(old, new)| self.block(a.body, &old.children, &new.children));
                }
            }
            _ => {}
        }
        let (old_start, new_start) = (self.old.len(), self.new.len());
        old.write_html(&self.page.program, &mut self.old);
        new.write_html(&self.page.program, &mut self.new);
        let (old_part, new_part) = (old_start..self.old.len(), new_start..self.new.len());
        if !matches!((old, new), (Dynamic::Empty, Dynamic::Empty)) {
            self.slots.push((old_part.clone(), new_part.clone()));
        }
        let (old_text, new_text) = (&self.old[old_start..], &self.new[new_start..]);
        if old_text == new_text {
            return Ok(());
        }
        // Markup: also one place's trusted markup for another's, which has no other structure perhaps.
        if memchr::memchr(b'<', old_text).is_some() || memchr::memchr(b'<', new_text).is_some() {
            return Err(OtherStructure);
        }
        let texts = self.page.texts();
        self.places.push(NewValue {
            old: old_part,
            new: new_part,
            path: texts.path(at.0, at.1),
            is_json: texts.is_json(at.0, at.1),
        });
        Ok(())
    }

    fn finish(self, is_whole: bool) -> Option<NewValues<'a>> {
        let Pair { old, new, places: values, slots, .. } = self;
        let mut has_attributes = false;
        let mut is_sure = |text: &[u8], is_old: bool| {
            if !is_whole {
                return scan::start_tag(text) == Some(text.len());
            }
            let only_ours = memchr::memmem::find_iter(text, b"data-fragment-id").nth(1).is_none();
            let mut tag = |tag: Range<usize>| {
                has_attributes |= is_old
                    && values.iter().any(|value| tag.start < value.old.start && value.old.start < tag.end);
            };
            only_ours && scan::element(text, &mut tag).is_some_and(|ends| ends.element == text.len())
        };
        if !is_sure(&old, true) || !is_sure(&new, false) {
            return None;
        }
        // What is not UTF-8 travels as another text.
        let (old, new) = (String::from_utf8(old).ok()?, String::from_utf8(new).ok()?);
        let is_cut_well = |value: &NewValue<'_>| {
            old.get(value.old.clone()).is_some() && new.get(value.new.clone()).is_some()
        };
        let has_attributes = has_attributes || !is_whole;
        values.iter().all(is_cut_well).then_some(NewValues {
            old,
            new,
            is_whole,
            values,
            slots,
            has_attributes,
        })
    }
}
