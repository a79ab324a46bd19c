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

mod rules;
#[cfg(test)]
mod tests;
mod values;

use self::rules::*;
pub(crate) use self::values::Value;
use self::values::Values;
use super::markup::{self, BlockMark, BodyId, VOID};
use super::program::{BlockId, Given, KeyPart, Program, Step};
use crate::escape::MarkKind;
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

/// An element that starts in a block.
struct Open {
    name: Box<str>,
    parent: Option<usize>,
    start: Spot,
    after_name: Option<Spot>,
    open_end: Spot,
    /// At its end tag, and after that.
    close: Spot,
    end: Option<Spot>,
    id: Id,
    /// The attributes whose values have dynamics in them; none where the tag has others.
    attributes: Vec<(Box<str>, Vec<KeyPart>)>,
    /// What stands in it directly, of literal text.
    tops: Set,
    /// In what something in it stands, as far as this block tells.
    inside: Set,
    /// What of all that stands in it concerns what is around the block.
    passes: Set,
}

enum Id {
    None,
    Parts(Vec<KeyPart>),
    /// It may have one that is not known.
    Unknown,
}

/// A block's literal markup.
#[derive(Default)]
struct Draft {
    open: Vec<Open>,
    /// For each dynamic in content the innermost element around it; `None` where it stands in a tag.
    dynamics: Vec<Option<Option<usize>>>,
    /// Of its own text and tags: what is at its top, and what is broken.
    own: Set,
}

impl Draft {
    fn of(program: &Program, id: BlockId) -> Draft {
        let block = program.block(id);
        let marks = &program.marks[id as usize].marks;
        let steps: Vec<&Step> = block.steps.iter().filter(|step| step.is_dynamic()).collect();
        let mut draft =
            Draft { dynamics: vec![None; block.statics.len().saturating_sub(1)], ..Draft::default() };
        // The elements that are open, and the end of the last tag.
        let mut stack: Vec<usize> = Vec::new();
        // How many elements of each name are open.
        let mut stacked: HashMap<&str, usize> = HashMap::new();
        let mut from: Spot = (0, 0);
        let mut in_end_tag = false;
        for (i, mark) in marks.iter().enumerate() {
            let here = (mark.text, mark.at);
            match &mark.kind {
                MarkKind::StartTag(name) => {
                    draft.content(program, id, from, here, stack.last().copied());
                    let parent = stack.last().copied();
                    draft.add_top(parent, top(name));
                    let text = &block.statics[mark.text as usize];
                    let name_end = mark.at + 1 + name.len() as u32;
                    // A name that ends with the text may go on in an action.
                    let is_whole = (name_end as usize) < text.len()
                        && text[mark.at as usize + 1..name_end as usize]
                            .eq_ignore_ascii_case(name.as_bytes());
                    if !is_whole {
                        draft.own |= BROKEN;
                    }
                    let after_name = is_whole.then_some((mark.text, name_end));
                    let end = marks[i..].iter().position(|m| matches!(m.kind, MarkKind::StartTagEnd { .. }));
                    let tag = i..end.map_or(marks.len(), |end| i + end);
                    let attributes = values::attributes(program, id, &tag, marks);
                    let id = id_attribute(program, id, &steps, &tag, marks);
                    let around = parent.map_or(0, |parent| draft.open[parent].inside & !DIRECTLY);
                    let passes = passes(name) & parent.map_or(Set::MAX, |parent| draft.open[parent].passes);
                    draft.open.push(Open {
                        name: name.clone(),
                        parent,
                        inside: around | inside(name),
                        passes,
                        start: here,
                        after_name,
                        open_end: here,
                        close: here,
                        end: None,
                        id,
                        attributes,
                        tops: 0,
                    });
                    if end.is_none() {
                        // The tag ends in another block.
                        draft.own |= BROKEN;
                        return draft;
                    }
                }
                MarkKind::StartTagEnd { self_closing } => {
                    from = here;
                    let Some(at) = draft.open.len().checked_sub(1) else {
                        draft.own |= BROKEN;
                        continue;
                    };
                    let open = &mut draft.open[at];
                    if open.open_end != open.start {
                        // It ends a tag that another block started.
                        draft.own |= BROKEN;
                        continue;
                    }
                    (open.open_end, open.close) = (here, here);
                    if VOID.contains(&&*open.name) || *self_closing && closes_itself(open) {
                        open.end = Some(here);
                    } else {
                        stack.push(at);
                        let started = marks[..i].iter().rev().find_map(|mark| match &mark.kind {
                            MarkKind::StartTag(name) => Some(&**name),
                            _ => None,
                        });
                        *stacked.entry(started.unwrap_or_default()).or_default() += 1;
                    }
                }
                MarkKind::EndTag(name) => {
                    in_end_tag = true;
                    draft.content(program, id, from, here, stack.last().copied());
                    // Looked up first: a source may have any number of end tags without a start tag.
                    if stacked.get(&**name).is_none_or(|count| *count == 0) {
                        draft.own |= BROKEN;
                        continue;
                    }
                    while let Some(top) = stack.pop_if(|top| draft.open[*top].name != *name) {
                        draft.leave(top);
                        if !ends_all_inside(name) {
                            draft.own |= BROKEN;
                        }
                        if let Some(count) = stacked.get_mut(&*draft.open[top].name) {
                            *count -= 1;
                        }
                    }
                    if let Some(top) = stack.last() {
                        draft.open[*top].close = here;
                    }
                }
                MarkKind::EndTagEnd => {
                    let closes = marks[..i].iter().rev().find_map(|m| match &m.kind {
                        MarkKind::EndTag(name) => Some(name),
                        _ => None,
                    });
                    if let (Some(top), Some(name)) = (stack.last().copied(), closes)
                        && draft.open[top].name == *name
                    {
                        draft.open[top].end = Some(here);
                        stack.pop();
                        stacked.entry(name).and_modify(|count| *count -= 1);
                    }
                    in_end_tag = false;
                    from = here;
                }
                _ => {}
            }
        }
        let last = block.statics.len().saturating_sub(1);
        let end = (last as u32, block.statics.last().map_or(0, |text| text.len()) as u32);
        let in_tag = draft.open.last().is_some_and(|open| open.open_end == open.start) || in_end_tag;
        if in_tag {
            draft.own |= BROKEN;
        } else {
            draft.content(program, id, from, end, stack.last().copied());
        }
        if !stack.is_empty() {
            draft.own |= UNENDED;
        }
        stack.into_iter().for_each(|open| draft.leave(open));
        draft
    }

    /// What blocks hold that stand in `parent`, as that concerns what is around it.
    fn in_parent(&self, parent: Option<usize>, inner: Set) -> Set {
        match parent {
            Some(parent) if inner & UNENDED != 0 => {
                let is_ended = ends_all_inside(&self.open[parent].name);
                inner & !UNENDED | if is_ended { 0 } else { BROKEN }
            }
            _ => inner,
        }
    }

    /// An element that ends without an end tag of its own.
    fn leave(&mut self, open: usize) {
        if FORMATTING.contains(&&*self.open[open].name) {
            self.own |= BROKEN;
        }
    }

    /// Text and dynamics between two tags.
    fn content(&mut self, program: &Program, id: BlockId, from: Spot, to: Spot, parent: Option<usize>) {
        let block = program.block(id);
        for text in from.0..=to.0 {
            let bytes = &block.statics[text as usize];
            let start = if text == from.0 { from.1 as usize } else { 0 };
            let end = if text == to.0 { to.1 as usize } else { bytes.len() };
            if bytes.get(start..end).is_some_and(|text| !text.trim_ascii().is_empty()) {
                self.add_top(parent, TEXT);
            }
        }
        for dynamic in from.0..to.0 {
            self.dynamics[dynamic as usize] = Some(parent);
        }
    }

    fn add_top(&mut self, parent: Option<usize>, tops: Set) {
        match parent {
            Some(parent) => self.open[parent].tops |= tops,
            None => self.own |= tops,
        }
    }

    fn finish(&self, program: &Program, id: BlockId, contents: &[Set], context: Set) -> BlockElements {
        let mut found = BlockElements {
            around: vec![None; contents.len()],
            values: vec![None; contents.len()],
            ..BlockElements::default()
        };
        if (self.own | self.in_tags(contents)) & BROKEN != 0 {
            return found;
        }
        // What is in each element at any depth, and what directly.
        let mut deep = vec![0; self.open.len()];
        let mut direct: Vec<Set> = self.open.iter().map(|open| open.tops).collect();
        for (place, inner) in self.dynamics.iter().zip(contents) {
            let Some(Some(parent)) = place else { continue };
            direct[*parent] |= inner & TOPS;
            deep[*parent] |= self.in_parent(Some(*parent), *inner) & !TOPS;
        }
        // What is in an element starts after it.
        for (at, open) in self.open.iter().enumerate().rev() {
            let Some(parent) = open.parent else { continue };
            deep[at] |= fosters(&open.name, direct[at]);
            deep[parent] |= deep[at] & passes(&open.name) | holds(&open.name);
        }
        // Which fragment each element became, and the smallest that each is or is in.
        let mut numbers = vec![None; self.open.len()];
        let mut nearest: Vec<Option<u32>> = Vec::with_capacity(self.open.len());
        for (at, open) in self.open.iter().enumerate() {
            let parent = open.parent.and_then(|parent| nearest[parent]);
            let fragment = self.fragment(open, (direct[at], deep[at]), context, parent);
            numbers[at] = fragment.is_some().then_some(found.fragments.len() as u32);
            nearest.push(numbers[at].or(parent));
            found.fragments.extend(fragment);
        }
        // Fragments that started and did not end yet.
        let mut open: Vec<usize> = Vec::new();
        let mut next = 0;
        for dynamic in 0..contents.len() as u32 {
            while let Some(fragment) =
                found.fragments.get(next).filter(|fragment| fragment.start.0 <= dynamic)
            {
                while open.pop_if(|at| found.fragments[*at].end <= fragment.start).is_some() {}
                open.push(next);
                next += 1;
            }
            while open.pop_if(|at| found.fragments[*at].end.0 <= dynamic).is_some() {}
            if let Some(at) = open.last() {
                found.around[dynamic as usize] = Some(*at as u32);
                found.fragments[*at].is_used = true;
            }
        }
        Values { program, block: id, draft: self, numbers: &numbers }.find(&mut found);
        found.row = self.row(program, id, &found.fragments, context);
        found
    }

    /// What the block holds.
    fn whole(&self, contents: &[Set]) -> Set {
        let mut all = self.own | self.in_tags(contents) & BROKEN;
        let passes = |parent: Option<usize>| parent.map_or(Set::MAX, |parent| self.open[parent].passes);
        let mut direct: Vec<Set> = self.open.iter().map(|open| open.tops).collect();
        for (place, inner) in self.dynamics.iter().zip(contents) {
            let Some(parent) = place else { continue };
            if let Some(parent) = parent {
                direct[*parent] |= inner & TOPS;
            }
            let tops = if parent.is_none() { TOPS } else { 0 };
            all |= self.in_parent(*parent, *inner) & (!TOPS | tops) & passes(*parent);
        }
        for (open, direct) in self.open.iter().zip(direct) {
            all |= holds(&open.name) & passes(open.parent) | fosters(&open.name, direct) & open.passes;
        }
        all
    }

    /// What the dynamics in tags hold.
    fn in_tags(&self, contents: &[Set]) -> Set {
        let in_tags = self.dynamics.iter().zip(contents).filter(|(place, _)| place.is_none());
        in_tags.fold(0, |set, (_, inner)| set | inner)
    }

    /// The fragment that an element is, if it is one. `direct` and `deep` are what it holds.
    fn fragment(
        &self,
        open: &Open,
        (direct, deep): (Set, Set),
        context: Set,
        parent: Option<u32>,
    ) -> Option<Fragment> {
        let place = self.place(open.parent, context);
        let around = place | inside(&open.name);
        let is_fragment = APART.iter().all(|(outer, inner)| around & outer == 0 || deep & inner == 0)
            && APART.iter().all(|(outer, inner)| place & outer == 0 || holds(&open.name) & inner == 0)
            && (deep | holds(&open.name)) & BROKEN == 0
            && deep & FOSTERED == 0
            && place & INSIDE_OPAQUE == 0
            && place & DIRECTLY & !may_stand_in(&open.name) == 0
            && (direct | deep & LOOSE) & refuses(&open.name) == 0;
        let id = match &open.id {
            Id::None => None,
            Id::Parts(parts) => Some(parts.clone()),
            Id::Unknown => return None,
        };
        let (Some(end), Some(after_name), true) = (open.end, open.after_name, is_fragment) else {
            return None;
        };
        Some(Fragment {
            name: open.name.clone(),
            parent,
            start: open.start,
            after_name,
            open_end: open.open_end,
            close: open.close,
            end,
            nth: None,
            repeats: deep & REPEATS != 0,
            id,
            is_used: false,
        })
    }

    /// In what something in `parent` stands.
    fn place(&self, parent: Option<usize>, context: Set) -> Set {
        parent.map_or(context, |parent| self.open[parent].inside | context & !DIRECTLY)
    }

    /// The only root, with nothing but white space around it.
    fn row(&self, program: &Program, id: BlockId, fragments: &[Fragment], context: Set) -> Option<Row> {
        let mut roots = self.open.iter().filter(|open| open.parent.is_none());
        let (only, None) = (roots.next()?, roots.next()) else { return None };
        let fragment = fragments.binary_search_by_key(&only.start, |fragment| fragment.start).ok()?;
        let (start, end) = (only.start, only.end?);
        let statics = &program.block(id).statics;
        let last = statics.len() as u32 - 1;
        if self.own & TEXT != 0 || start.0 != 0 || end.0 != last {
            return None;
        }
        let before = statics[0].get(..start.1 as usize)?;
        let after = statics[last as usize].get(end.1 as usize..)?;
        let space = (units(before), units(after));
        let leads = context & IN_PRE != 0 || context & IN_TABLE != 0 && &*only.name == "tr";
        Some(Row { calls: Vec::new(), block: id, fragment: fragment as u32, space, leads })
    }
}

/// For each block and dynamic what may be in it.
fn contents(program: &Program, drafts: &[Draft]) -> Vec<Vec<Set>> {
    let order = program.blocks_inner_first();
    let mut blocks: Vec<Set> = vec![0; drafts.len()];
    let mut found = vec![Vec::new(); drafts.len()];
    let mut is_settled = false;
    while !is_settled {
        is_settled = true;
        for id in order.iter().map(|id| *id as usize) {
            let dynamics = program.blocks[id].steps.iter().filter(|step| step.is_dynamic());
            let inner = |step: &Step| step.runs(program).fold(0, |set, id| set | blocks[id as usize]);
            let own = |step: &Step| match step {
                Step::Slot(_) => TEXT,
                Step::Range(_) | Step::Given(Given::Inner) => REPEATS,
                _ => 0,
            };
            found[id] = dynamics.map(|step| inner(step) | own(step)).collect();
            let whole = drafts[id].whole(&found[id]);
            is_settled &= blocks[id] == whole;
            blocks[id] = whole;
        }
    }
    found
}

/// For each block in what it may stand.
fn contexts(program: &Program, drafts: &[Draft]) -> Vec<Set> {
    let mut contexts: Vec<Set> = vec![0; drafts.len()];
    let root = program.entry().root as usize;
    contexts[root] = IN_OTHER;
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let draft = &drafts[id];
        let steps = program.blocks[id].steps.iter().filter(|step| step.is_dynamic());
        for (step, place) in steps.zip(&draft.dynamics) {
            let Some(parent) = place else { continue };
            let context = draft.place(*parent, contexts[id]);
            for inner in step.runs(program) {
                let known = &mut contexts[inner as usize];
                if *known | context != *known {
                    *known |= context;
                    open.push(inner as usize);
                }
            }
        }
    }
    contexts
}

/// Whether SVG's `/>` ends an element that HTML would leave open.
fn closes_itself(open: &Open) -> bool {
    open.inside & INSIDE_OPAQUE != 0 || SVG.contains(&&*open.name)
}

/// The `id` attribute in the start tag that `tag` marks. `steps` are the block's dynamics.
fn id_attribute(
    program: &Program,
    id: BlockId,
    steps: &[&Step],
    tag: &std::ops::Range<usize>,
    marks: &[BlockMark],
) -> Id {
    let block = program.block(id);
    let end = marks.get(tag.end).map_or(block.statics.len() as u32 - 1, |mark| mark.text);
    for dynamic in marks[tag.start].text..end {
        if !is_in_value(&marks[tag.clone()], dynamic) && may_write_id(program, steps[dynamic as usize], 0) {
            return Id::Unknown;
        }
    }
    let names = || {
        marks[tag.clone()].iter().filter_map(|mark| match &mark.kind {
            MarkKind::Attr(name) => Some(&**name),
            _ => None,
        })
    };
    if names().any(str::is_empty) {
        return Id::Unknown;
    }
    match names().filter(|name| *name == "id").count() {
        0 => Id::None,
        1 => markup::attribute(block, tag, marks, "id").map_or(Id::Unknown, Id::Parts),
        _ => Id::Unknown,
    }
}

/// The `id` attribute of the `<body>` tag that a mark of the block starts.
pub(super) fn body_id(program: &Program, id: BlockId, mark: usize) -> BodyId {
    let marks = &program.marks[id as usize].marks;
    let Some(end) = marks[mark..].iter().position(|m| matches!(m.kind, MarkKind::StartTagEnd { .. })) else {
        return BodyId::Unknown;
    };
    let steps: Vec<&Step> = program.block(id).steps.iter().filter(|step| step.is_dynamic()).collect();
    match id_attribute(program, id, &steps, &(mark..mark + end), marks) {
        Id::None => BodyId::None,
        Id::Parts(parts) => match &parts[..] {
            [KeyPart::Static(text)] => BodyId::Literal(text.clone()),
            _ => BodyId::Unknown,
        },
        Id::Unknown => BodyId::Unknown,
    }
}

/// Whether a dynamic stands in the value of an attribute.
fn is_in_value(marks: &[BlockMark], dynamic: u32) -> bool {
    let before = marks[..marks.partition_point(|mark| mark.text <= dynamic)].iter().rev();
    let last = before
        .map(|mark| &mark.kind)
        .find(|kind| matches!(kind, MarkKind::AttrValue | MarkKind::AttrValueEnd));
    matches!(last, Some(MarkKind::AttrValue))
}

/// Whether something in a tag may write an `id` attribute.
fn may_write_id(program: &Program, step: &Step, depth: u32) -> bool {
    if matches!(step, Step::Slot(_)) || depth == 16 {
        return true;
    }
    let mut blocks = step.runs(program);
    blocks.any(|id| {
        let marks = &program.marks[id as usize].marks;
        let is_id =
            |mark: &BlockMark| matches!(&mark.kind, MarkKind::Attr(name) if matches!(&**name, "" | "id"));
        let steps = program.block(id).steps.iter().filter(|step| step.is_dynamic()).zip(0..);
        let mut outside = steps.filter(|(_, dynamic)| !is_in_value(marks, *dynamic));
        marks.iter().any(is_id) || outside.any(|(step, _)| may_write_id(program, step, depth + 1))
    })
}
