//! The elements of a program that updates can address: *fragments*.
//!
//! A fragment is an element whose start and end tag both stand in literal text of one block, and which an HTML parser surely
//! builds as it is written, so that putting its new outer HTML in its place gives what a parser makes of the whole page.
//! Parsers build something else than what is written in the cases below (HTML standard, section 13.2.6); every element that one
//! of them may concern is no fragment, and what it encloses belongs to the next element around it:
//!
//! - what an unmatched end tag or an unclosed formatting element (`b`, `a` …) may reach: all elements around it;
//! - a `p` around something that closes it, or an element inside such a `p`; the same for `a`, `button`, `form`, `nobr` and headings inside their kind;
//! - `li`, `dd`, `dt` and `option` directly inside their kind;
//! - a table part around something else than its parts, and a table part that stands elsewhere;
//! - everything inside `svg` and `math` (which outer HTML in a template would put into the HTML namespace), and inside `template`,
//!   `noscript`, `iframe` and the like, whose content is no part of the document.

mod rules;
mod values;

use self::rules::*;
pub(crate) use self::values::Value;
use self::values::Values;
use super::markup::{self, BlockMark, BodyId, VOID};
use super::program::{BlockId, Given, KeyPart, Program, Step};
use crate::escape::MarkKind;

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
            for (step, dynamic) in block.steps.iter().filter(|step| step.is_dynamic()).zip(0..) {
                if !matches!(step, Step::Condition(_)) {
                    continue;
                }
                for branch in step.blocks() {
                    let Some(row) = self.block(branch).row.clone() else { continue };
                    self.0[row.block as usize].fragments[row.fragment as usize].is_used = true;
                    if let Some(near) = self.neighbour(program, id as BlockId, dynamic, &row) {
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

    /// A fragment directly before or after a dynamic of the block, beside which the row can stand.
    pub fn neighbour(&self, program: &Program, id: BlockId, dynamic: u32, row: &Row) -> Option<Neighbour> {
        let text = |at: u32| &program.block(id).statics[at as usize];
        let is_blank = |text: &[u8]| text.trim_ascii().is_empty();
        let fragments = || {
            // A row of a table may stand in a `tbody` that is not written.
            let is_alike = |fragment: &Fragment| (&*fragment.name == "tr") == self.is_table_row(row);
            self.block(id).fragments.iter().zip(0..).filter(move |(fragment, _)| is_alike(fragment))
        };
        let before = fragments().find_map(|(fragment, at)| {
            let gap = text(dynamic).get(fragment.end.1 as usize..)?;
            let is_near = fragment.end.0 == dynamic && is_blank(gap);
            is_near.then_some(Neighbour { fragment: at, is_before: true, gap: units(gap) })
        });
        before.or_else(|| {
            fragments().filter(|_| !row.leads).find_map(|(fragment, at)| {
                let gap = text(dynamic + 1).get(..fragment.start.1 as usize)?;
                let is_near = fragment.start.0 == dynamic + 1 && is_blank(gap);
                is_near.then_some(Neighbour { fragment: at, is_before: false, gap: units(gap) })
            })
        })
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
        let mut draft =
            Draft { dynamics: vec![None; block.statics.len().saturating_sub(1)], ..Draft::default() };
        // The elements that are open, and the end of the last tag.
        let mut stack: Vec<usize> = Vec::new();
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
                    let id = id_attribute(program, id, &tag, marks);
                    let name = name.clone();
                    draft.open.push(Open {
                        name,
                        parent,
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
                    let in_foreign =
                        stack.iter().any(|open| matches!(&*draft.open[*open].name, "svg" | "math"));
                    let open = &mut draft.open[at];
                    if open.open_end != open.start {
                        // It ends a tag that another block started.
                        draft.own |= BROKEN;
                        continue;
                    }
                    (open.open_end, open.close) = (here, here);
                    if VOID.contains(&&*open.name) {
                        open.end = Some(here);
                    } else if *self_closing && (in_foreign || SVG.contains(&&*open.name)) {
                        open.end = Some(here);
                    } else {
                        stack.push(at);
                    }
                }
                MarkKind::EndTag(name) => {
                    in_end_tag = true;
                    draft.content(program, id, from, here, stack.last().copied());
                    match stack.iter().rposition(|open| draft.open[*open].name == *name) {
                        Some(depth) => {
                            draft.leave(&stack[depth + 1..]);
                            draft.open[stack[depth]].close = here;
                            stack.truncate(depth + 1);
                        }
                        None => draft.own |= BROKEN,
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
        draft.leave(&stack);
        draft
    }

    /// Elements that end without an end tag of their own.
    fn leave(&mut self, open: &[usize]) {
        if open.iter().any(|open| FORMATTING.contains(&&*self.open[*open].name)) {
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

    /// The element and those around it.
    fn ancestors(&self, from: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(from, |at| self.open[*at].parent)
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
            self.add_deep(&mut deep, Some(*parent), inner & !TOPS);
        }
        for open in &self.open {
            self.add_deep(&mut deep, open.parent, holds(&open.name));
        }
        // Which fragment each element became.
        let mut numbers = vec![None; self.open.len()];
        for (at, open) in self.open.iter().enumerate() {
            let (Some(end), Some(after_name)) = (open.end, open.after_name) else { continue };
            let place = self.place(open.parent, context);
            let around = place | inside(&open.name);
            let is_apart = APART.iter().all(|(outer, inner)| around & outer == 0 || deep[at] & inner == 0);
            let is_fragment = is_apart
                && (deep[at] | holds(&open.name)) & BROKEN == 0
                && place & INSIDE_OPAQUE == 0
                && place & DIRECTLY & !may_stand_in(&open.name) == 0
                && (direct[at] | deep[at] & LOOSE) & refuses(&open.name) == 0;
            let id = match &open.id {
                Id::None => None,
                Id::Parts(parts) => Some(parts.clone()),
                Id::Unknown => continue,
            };
            if is_fragment {
                numbers[at] = Some(found.fragments.len() as u32);
                found.fragments.push(Fragment {
                    name: open.name.clone(),
                    parent: self.ancestors(open.parent).find_map(|around| numbers[around]),
                    start: open.start,
                    after_name,
                    open_end: open.open_end,
                    close: open.close,
                    end,
                    nth: None,
                    repeats: deep[at] & REPEATS != 0,
                    id,
                    is_used: false,
                });
            }
        }
        for dynamic in 0..contents.len() as u32 {
            // The last one to start is the smallest.
            let smallest = found.fragments.iter().rposition(|f| f.dynamics().contains(&dynamic));
            if let Some(at) = smallest {
                found.around[dynamic as usize] = Some(at as u32);
                found.fragments[at].is_used = true;
            }
        }
        Values { program, block: id, draft: self, numbers: &numbers }.find(&mut found);
        found.row = self.row(program, id, &found.fragments, context);
        found
    }

    /// What the dynamics in tags hold.
    fn in_tags(&self, contents: &[Set]) -> Set {
        let in_tags = self.dynamics.iter().zip(contents).filter(|(place, _)| place.is_none());
        in_tags.fold(0, |set, (_, inner)| set | inner)
    }

    /// Adds to all elements around what stands in `parent`.
    fn add_deep(&self, deep: &mut [Set], parent: Option<usize>, mut held: Set) {
        for at in self.ancestors(parent) {
            deep[at] |= held;
            if is_barrier(&self.open[at].name) {
                held &= !LOOSE;
            }
        }
    }

    /// In what something in `parent` stands.
    fn place(&self, parent: Option<usize>, context: Set) -> Set {
        let deep =
            self.ancestors(parent).fold(context, |set, at| set | inside(&self.open[at].name)) & !DIRECTLY;
        deep | DIRECTLY & parent.map_or(context, |parent| inside(&self.open[parent].name))
    }

    /// The only root, with nothing but white space around it.
    fn row(&self, program: &Program, id: BlockId, fragments: &[Fragment], context: Set) -> Option<Row> {
        let mut roots = self.open.iter().filter(|open| open.parent.is_none());
        let (only, None) = (roots.next()?, roots.next()) else { return None };
        let fragment = fragments.iter().position(|f| f.start == only.start)?;
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
    let mut blocks: Vec<Set> = vec![0; drafts.len()];
    loop {
        let found: Vec<Vec<Set>> = program
            .blocks
            .iter()
            .map(|block| {
                let dynamics = block.steps.iter().filter(|step| step.is_dynamic());
                let inner = |step: &Step| runs(program, step).fold(0, |set, id| set | blocks[id as usize]);
                let own = |step: &Step| match step {
                    Step::Slot(_) => TEXT,
                    Step::Range(_) | Step::Given(Given::Inner) => REPEATS,
                    _ => 0,
                };
                dynamics.map(|step| inner(step) | own(step)).collect()
            })
            .collect();
        let whole = drafts.iter().zip(&found).map(|(draft, contents)| summary(draft, contents));
        let whole: Vec<Set> = whole.collect();
        if whole == blocks {
            return found;
        }
        blocks = whole;
    }
}

fn summary(draft: &Draft, contents: &[Set]) -> Set {
    let mut all = draft.own | draft.in_tags(contents) & BROKEN;
    let is_loose = |parent| !draft.ancestors(parent).any(|around| is_barrier(&draft.open[around].name));
    for open in &draft.open {
        all |= holds(&open.name) & if is_loose(open.parent) { Set::MAX } else { !LOOSE };
    }
    for (place, inner) in draft.dynamics.iter().zip(contents) {
        let Some(parent) = place else { continue };
        let tops = if parent.is_none() { TOPS } else { 0 };
        let loose = if is_loose(*parent) { LOOSE } else { 0 };
        all |= inner & (!(TOPS | LOOSE) | tops | loose);
    }
    all
}

/// The blocks that a step may run.
fn runs(program: &Program, step: &Step) -> impl Iterator<Item = BlockId> {
    let called = match step {
        Step::Call(call) => Some(program.templates[call.template as usize].root),
        _ => None,
    };
    step.blocks().chain(called)
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
            for inner in runs(program, step) {
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

/// The `id` attribute in the start tag that `tag` marks.
fn id_attribute(program: &Program, id: BlockId, tag: &std::ops::Range<usize>, marks: &[BlockMark]) -> Id {
    let block = program.block(id);
    let end = marks.get(tag.end).map_or(block.statics.len() as u32 - 1, |mark| mark.text);
    let steps: Vec<&Step> = block.steps.iter().filter(|step| step.is_dynamic()).collect();
    for dynamic in marks[tag.start].text..end {
        if !is_in_value(marks, dynamic) && may_write_id(program, steps[dynamic as usize], 0) {
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
    match id_attribute(program, id, &(mark..mark + end), marks) {
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
    let before = marks.iter().rev().filter(|mark| mark.text <= dynamic);
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
    let mut blocks = runs(program, step);
    blocks.any(|id| {
        let marks = &program.marks[id as usize].marks;
        let is_id =
            |mark: &BlockMark| matches!(&mark.kind, MarkKind::Attr(name) if matches!(&**name, "" | "id"));
        let steps = program.block(id).steps.iter().filter(|step| step.is_dynamic()).zip(0..);
        let mut outside = steps.filter(|(_, dynamic)| !is_in_value(marks, *dynamic));
        marks.iter().any(is_id) || outside.any(|(step, _)| may_write_id(program, step, depth + 1))
    })
}
