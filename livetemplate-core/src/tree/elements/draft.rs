//! A block's literal markup, and which elements in it are fragments.

use super::ids::{Id, id_attribute};
use super::rules::*;
use super::values::{self, Values};
use super::{BlockElements, Fragment, Row, Spot, units};
use crate::escape::MarkKind;
use crate::tree::markup::VOID;
use crate::tree::program::{BlockId, Given, KeyPart, Program, Step};
use std::collections::HashMap;

/// An element that starts in a block.
pub(super) struct Open {
    pub name: Box<str>,
    pub parent: Option<usize>,
    pub start: Spot,
    after_name: Option<Spot>,
    pub open_end: Spot,
    /// At its end tag, and after that.
    pub close: Spot,
    pub end: Option<Spot>,
    id: Id,
    /// The attributes whose values have dynamics in them; none where the tag has others.
    pub attributes: Vec<(Box<str>, Vec<KeyPart>)>,
    /// What stands in it directly, of literal text.
    tops: Set,
    /// In what something in it stands, as far as this block tells.
    pub inside: Set,
    /// What of all that stands in it concerns what is around the block.
    passes: Set,
}

/// A block's literal markup.
#[derive(Default)]
pub(super) struct Draft {
    pub open: Vec<Open>,
    /// For each dynamic in content the innermost element around it; `None` where it stands in a tag.
    pub dynamics: Vec<Option<Option<usize>>>,
    /// Of its own text and tags: what is at its top, and what is broken.
    own: Set,
}

impl Draft {
    pub fn of(program: &Program, id: BlockId) -> Draft {
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

    pub fn finish(&self, program: &Program, id: BlockId, contents: &[Set], context: Set) -> BlockElements {
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
pub(super) fn contents(program: &Program, drafts: &[Draft]) -> Vec<Vec<Set>> {
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
pub(super) fn contexts(program: &Program, drafts: &[Draft]) -> Vec<Set> {
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
