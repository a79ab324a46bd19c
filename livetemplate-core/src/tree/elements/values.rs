//! The texts and attribute values of a block that can be set by themselves, and the way to their elements.

use super::draft::Draft;
use super::ids::is_in_value;
use super::{BlockElements, rules};
use crate::escape::MarkKind;
use crate::tree::markup::{self, BlockMark};
use crate::tree::program::{BlockId, KeyPart, Program};
use std::collections::HashMap;
use std::sync::Arc;

/// All of the text of an element that has nothing else in it, or an attribute's value.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub fragment: u32,
    /// The attribute; `None` for the text.
    pub attribute: Option<Arc<str>>,
    /// As it is written, in HTML.
    pub parts: Arc<[KeyPart]>,
}

/// Finds the values of a block. `numbers` are the fragments that elements became.
pub(super) struct Values<'a> {
    pub program: &'a Program,
    pub block: BlockId,
    pub draft: &'a Draft,
    pub numbers: &'a [Option<u32>],
}

impl Values<'_> {
    pub fn find(&self, found: &mut BlockElements) {
        let open = &self.draft.open;
        let steps = self.program.block(self.block).steps.iter().filter(|step| step.is_dynamic());
        // In each element the first dynamic that may be more than text, and whether there is one.
        let mut other = vec![u32::MAX; open.len()];
        let mut is_dynamic = vec![false; open.len()];
        for ((step, place), dynamic) in steps.zip(&self.draft.dynamics).zip(0..) {
            let Some(Some(parent)) = *place else { continue };
            is_dynamic[parent] = true;
            if !step.is_text() {
                other[parent] = other[parent].min(dynamic);
            }
        }
        // How many child elements each has so far, as long as all are fragments.
        let mut children = vec![Some(0); open.len()];
        for (at, element) in open.iter().enumerate() {
            let Some(parent) = element.parent else { continue };
            let count = children[parent];
            children[parent] = count.filter(|_| self.numbers[at].is_some()).map(|count| count + 1);
            let is_implied = &*element.name == "tr" && &*open[parent].name == "table";
            if let (Some(number), Some(_), false) = (self.numbers[at], self.numbers[parent], is_implied)
                && other[parent] >= element.start.0
            {
                found.fragments[number as usize].nth = count;
            }
        }
        for (at, element) in open.iter().enumerate() {
            let Some(number) = self.numbers[at] else { continue };
            for (name, parts) in &element.attributes {
                self.add(found, number, Some((&**name).into()), parts.as_slice().into());
            }
            let is_text = is_dynamic[at]
                && other[at] == u32::MAX
                && children[at] == Some(0)
                && rules::has_plain_content(&element.name);
            if is_text {
                self.add(found, number, None, self.text(element.open_end, element.close).into());
            }
        }
    }

    fn add(
        &self,
        found: &mut BlockElements,
        fragment: u32,
        attribute: Option<Arc<str>>,
        parts: Arc<[KeyPart]>,
    ) {
        for part in &*parts {
            if let KeyPart::Dynamic(dynamic) = part {
                let value = Value { fragment, attribute: attribute.clone(), parts: parts.clone() };
                found.values[*dynamic as usize] = Some(value);
            }
        }
    }

    /// What stands between two places.
    fn text(&self, from: super::Spot, to: super::Spot) -> Vec<KeyPart> {
        let statics = &self.program.block(self.block).statics;
        let mut parts = Vec::new();
        for text in from.0..=to.0 {
            let bytes = &statics[text as usize];
            let start = if text == from.0 { from.1 as usize } else { 0 };
            let end = if text == to.0 { to.1 as usize } else { bytes.len() };
            parts.push(KeyPart::Static(bytes[start..end].into()));
            if text < to.0 {
                parts.push(KeyPart::Dynamic(text));
            }
        }
        parts
    }
}

/// The attributes whose values have dynamics in them, of the start tag that `tag` marks. None where anything but values is dynamic.
pub(super) fn attributes(
    program: &Program,
    id: BlockId,
    tag: &std::ops::Range<usize>,
    marks: &[BlockMark],
) -> Vec<(Box<str>, Vec<KeyPart>)> {
    let block = program.block(id);
    let end = marks.get(tag.end).map_or(block.statics.len() as u32 - 1, |mark| mark.text);
    let first = marks[tag.start].text;
    let marks = &marks[tag.clone()];
    if !(first..end).all(|dynamic| is_in_value(marks, dynamic)) {
        return Vec::new();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        let MarkKind::Attr(name) = &mark.kind else { continue };
        *counts.entry(name).or_default() += 1;
        if first < end
            && let Some(parts) = markup::value(block, marks, at)
            && parts.iter().any(|part| matches!(part, KeyPart::Dynamic(_)))
        {
            found.push((name.clone(), parts));
        }
    }
    // An `id` is what the element is known by.
    found.retain(|(name, _)| !matches!(&**name, "" | "id") && counts.get(&**name) == Some(&1));
    found
}
