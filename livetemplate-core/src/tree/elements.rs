//! The elements of a program that updates can address: *fragments*.
//!
//! A fragment is an element whose start and end tag both stand in literal text of one block, and which an HTML parser surely
//! builds as it is written, so that putting its new outer HTML in its place gives what a parser makes of the whole page.
//! Parsers build something else than what is written in the cases below (HTML standard, section 13.2.6); every element that one
//! of them may concern is no fragment, and what it encloses belongs to the next element around it:
//!
//! - what an unmatched end tag or an unclosed formatting element (`b`, `a` …) may reach: all elements around it;
//! - a `p` around something that closes it, that, and elements between them; the same for `a`, `button`, `form`, `nobr` and headings inside their kind;
//! - `li`, `dd`, `dt` and `option` directly inside their kind;
//! - a table part around something else than its parts, and all up to the table, in front of which a parser puts that; a table part that stands elsewhere;
//! - everything inside `svg` and `math` (which outer HTML in a template would put into the HTML namespace), and inside `template`,
//!   `noscript`, `iframe` and the like, whose content is no part of the document.

mod draft;
mod ids;
mod rules;
#[cfg(test)]
mod tests;
mod values;

use self::draft::{Draft, contents, contexts};
pub(super) use self::ids::body_id;
use self::rules::{Set, has_plain_content};
pub(crate) use self::values::Value;
use super::markup;
use super::program::{BlockId, KeyPart, Program, Step};
use std::collections::HashMap;
use std::sync::Arc;

/// The elements of all blocks.
#[derive(Debug)]
pub(crate) struct Elements(Vec<BlockElements>);

/// The elements of one block that are complete in it.
#[derive(Debug, Default)]
pub(crate) struct BlockElements {
    /// In the order of their start tags; only fragments.
    pub fragments: Vec<Fragment>,
    /// For each dynamic the smallest fragment around its place.
    pub around: Vec<Option<u32>>,
    /// For each dynamic the text or attribute value that it is a part of, where that can be set by itself.
    pub values: Vec<Option<Value>>,
    /// How the block comes and goes as a whole, if it can.
    pub row: Option<Row>,
    /// The fragments before and after conditions, by dynamic.
    neighbours: Vec<(u32, Option<Neighbour>, Option<Neighbour>)>,
}

/// A place in a block's static text.
pub(crate) type Spot = (u32, u32);

#[derive(Debug)]
pub(crate) struct Fragment {
    /// The element's name, in lower case.
    pub name: Box<str>,
    /// The smallest fragment of the block around it.
    pub parent: Option<u32>,
    /// At the `<` of the start tag.
    pub start: Spot,
    /// After the element's name, where an attribute may be written.
    pub after_name: Spot,
    /// After the `>` of the start tag.
    pub open_end: Spot,
    /// At the `<` of the end tag; of a void element as `open_end`.
    pub close: Spot,
    /// After the `>` of the end tag; of a void element as `open_end`.
    pub end: Spot,
    /// Its place among the child elements of `parent`, where a parser surely gives it that: if the values before it are text.
    pub nth: Option<u32>,
    /// Whether a range stands in it.
    pub repeats: bool,
    /// The value of its `id` attribute; `None` where it has none.
    pub id: Option<Vec<KeyPart>>,
    /// Whether it is the smallest around a dynamic, so that updates address it.
    pub is_used: bool,
}

impl Fragment {
    /// The dynamics in it, its start tag included.
    pub fn dynamics(&self) -> std::ops::Range<u32> {
        self.start.0..self.end.0
    }

    /// The dynamics in its start tag.
    pub fn in_tag(&self) -> std::ops::Range<u32> {
        self.start.0..self.open_end.0
    }

    /// How long its end tag is, where its content can be sent without its tags.
    pub fn end_tag(&self) -> Option<usize> {
        let is_literal = self.close.0 == self.end.0 && self.close != self.end;
        (is_literal && has_plain_content(&self.name)).then(|| (self.end.1 - self.close.1) as usize)
    }
}

impl BlockElements {
    /// Finds the fragments directly before and after the conditions.
    fn find_neighbours(&mut self, statics: &[Arc<[u8]>], conditions: impl Iterator<Item = u32>) {
        // The last that ends and the first that starts in each text.
        let (mut ends, mut starts) = (HashMap::new(), HashMap::new());
        for (fragment, at) in self.fragments.iter().zip(0..) {
            let last: &mut (u32, u32) = ends.entry(fragment.end.0).or_default();
            *last = (*last).max((fragment.end.1, at));
            starts.entry(fragment.start.0).or_insert((fragment.start.1, at));
        }
        let near = |fragment: u32, is_before: bool, gap: Option<&[u8]>| {
            let gap = gap.filter(|gap| gap.trim_ascii().is_empty())?;
            Some(Neighbour { fragment, is_before, gap: units(gap) })
        };
        let beside = |dynamic: u32| {
            let (before, after) = (&statics[dynamic as usize], &statics[dynamic as usize + 1]);
            let end = ends.get(&dynamic).and_then(|(end, at)| near(*at, true, before.get(*end as usize..)));
            let start = starts.get(&(dynamic + 1));
            let start = start.and_then(|(start, at)| near(*at, false, after.get(..*start as usize)));
            (dynamic, end, start)
        };
        self.neighbours = conditions.map(beside).collect();
    }
}

/// A fragment beside a dynamic, with white space at most between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Neighbour {
    pub fragment: u32,
    /// Whether it stands before the dynamic.
    pub is_before: bool,
    /// White space between them, in UTF-16 units.
    pub gap: u32,
}

/// The element that is all of a block but for white space: an item of a range, or a branch.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Dynamics to follow to the block that has it, through calls.
    pub calls: Vec<u32>,
    /// The block that has it.
    pub block: BlockId,
    pub fragment: u32,
    /// White space before and after it, in UTF-16 units.
    pub space: (u32, u32),
    /// Whether white space before the first of several may be elsewhere, or nowhere, in the document: a `tr` directly in a
    /// `table`, and what is in a `pre`.
    pub leads: bool,
}

/// How many UTF-16 units of the document white space is: a parser makes one line break of `\r\n`.
fn units(space: &[u8]) -> u32 {
    (space.len() - memchr::memmem::find_iter(space, b"\r\n").count()) as u32
}

impl Elements {
    pub fn of(program: &Program) -> Elements {
        let drafts: Vec<Draft> =
            (0..program.blocks.len() as BlockId).map(|id| Draft::of(program, id)).collect();
        let contents = contents(program, &drafts);
        let contexts = contexts(program, &drafts);
        let blocks = drafts.iter().zip(&contents).zip(contexts).zip(0..);
        let finish = |(((draft, contents), context), id): (((&Draft, &Vec<Set>), Set), BlockId)| {
            draft.finish(program, id, contents, context)
        };
        let mut elements = Elements(blocks.map(finish).collect());
        // The row of a block that is one call is that of the template.
        for id in 0..program.blocks.len() as BlockId {
            elements.0[id as usize].row = elements.row_through_calls(program, id);
        }
        elements.use_branches(program);
        elements
    }

    /// Branches come and go as elements, beside the neighbours of their conditions.
    fn use_branches(&mut self, program: &Program) {
        for (id, block) in program.blocks.iter().enumerate() {
            let dynamics = block.steps.iter().filter(|step| step.is_dynamic()).zip(0..);
            let conditions: Vec<(&Step, u32)> =
                dynamics.filter(|(step, _)| matches!(step, Step::Condition(_))).collect();
            self.0[id].find_neighbours(&block.statics, conditions.iter().map(|(_, dynamic)| *dynamic));
            for (step, dynamic) in conditions {
                for branch in step.blocks() {
                    let Some(row) = &self.block(branch).row else { continue };
                    let near = self.neighbour(id as BlockId, dynamic, row);
                    let (block, fragment) = (row.block as usize, row.fragment as usize);
                    self.0[block].fragments[fragment].is_used = true;
                    if let Some(near) = near {
                        self.0[id].fragments[near.fragment as usize].is_used = true;
                    }
                }
            }
        }
    }

    fn row_through_calls(&self, program: &Program, id: BlockId) -> Option<Row> {
        let (mut block, mut calls, mut space) = (id, Vec::new(), (0, 0));
        while let Some(template) = markup::only_call(program.block(block)) {
            let statics = &program.block(block).statics;
            space.0 += units(statics.first()?);
            space.1 += units(statics.last()?);
            calls.push(0);
            block = program.templates[template as usize].root;
            if calls.len() > 64 {
                return None;
            }
        }
        let row = self.0[block as usize].row.as_ref().filter(|row| row.block == block)?;
        let space = (space.0 + row.space.0, space.1 + row.space.1);
        Some(Row { calls, space, ..row.clone() })
    }

    /// A fragment directly before or after a condition of the block, beside which the row can stand.
    pub fn neighbour(&self, id: BlockId, dynamic: u32, row: &Row) -> Option<Neighbour> {
        let block = self.block(id);
        let at = block.neighbours.binary_search_by_key(&dynamic, |(at, ..)| *at).ok()?;
        let (_, before, after) = block.neighbours[at];
        // A row of a table may stand in a `tbody` that is not written.
        let is_alike = |near: &Neighbour| {
            let name = &*block.fragments[near.fragment as usize].name;
            (name == "tr") == self.is_table_row(row)
        };
        before.filter(is_alike).or_else(|| after.filter(|near| !row.leads && is_alike(near)))
    }

    /// Whether each item of a range with this body is what its only dynamic shows, which may be another block in each.
    pub fn is_wrapper(&self, program: &Program, body: BlockId) -> bool {
        let statics = &program.block(body).statics;
        self.block(body).row.is_none()
            && statics.len() == 2
            && statics.iter().all(|text| text.trim_ascii().is_empty())
    }

    /// The row of an item that shows this block in the only dynamic of its own.
    pub fn row_in(&self, program: &Program, body: BlockId, block: BlockId) -> Option<Row> {
        let row = self.block(block).row.as_ref()?;
        let statics = &program.block(body).statics;
        let space = (units(&statics[0]) + row.space.0, row.space.1 + units(&statics[1]));
        // The white space of the items may differ, so that one cannot make up for another's.
        let is_sure = !row.leads || space.0 == 0;
        let calls = std::iter::once(0).chain(row.calls.iter().copied()).collect();
        is_sure.then(|| Row { calls, space, ..row.clone() })
    }

    /// Whether the row's element is a `tr`.
    pub fn is_table_row(&self, row: &Row) -> bool {
        &*self.block(row.block).fragments[row.fragment as usize].name == "tr"
    }

    /// The elements of a block.
    pub fn block(&self, id: BlockId) -> &BlockElements {
        &self.0[id as usize]
    }
}
