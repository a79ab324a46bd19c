//! The fragments of a template's pages, before there are any.

use super::region::Region;
use super::{Complexity, FragmentAnalysis, FragmentId};
use crate::escape::MarkKind;
use crate::template::ast::Pos;
use crate::template::expr::SiteId;
use crate::tree::dependencies;
use crate::tree::elements::{BlockElements, Row, Spot};
use crate::tree::markup::BlockMark;
use crate::tree::places::{Place, Places};
use crate::tree::program::{Block, BlockId, Program, Step};
use crate::tree::set::PageProgram;
use crate::tree::support::Unsupported;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// All fragments: the live region, then the others in the order of the sources.
pub(super) fn fragments(page: &PageProgram, places: &Places<'_>) -> Vec<FragmentAnalysis> {
    let blocks = page.program.blocks.len();
    let mut finder = Finder {
        page,
        places,
        steps: page.program.blocks.iter().map(dynamic_steps).collect(),
        paths: dependencies::paths(&page.program, &page.reads),
        sizes: Sizes { program: &page.program, before: vec![None; blocks] },
        inside: (0..blocks as BlockId).map(|block| Inside::of(page.elements.block(block))).collect(),
        found: BTreeMap::new(),
    };
    finder.find();
    let mut all = vec![finder.region()];
    let mut found: Vec<FragmentAnalysis> = finder.found.into_values().collect();
    found.sort_by(|a, b| (&a.template, a.line, a.column).cmp(&(&b.template, b.line, b.column)));
    all.append(&mut found);
    all
}

fn dynamic_steps(block: &Block) -> Vec<usize> {
    (0..block.steps.len()).filter(|index| block.steps[*index].is_dynamic()).collect()
}

/// What belongs to a fragment.
struct Held<'p> {
    paths: BTreeSet<&'p str>,
    /// Whether value patches support all of it.
    supported: bool,
    complexity: Complexity,
    /// Whether there are fragments in it.
    has_inner: bool,
    /// Whether there is something else that can change.
    has_places: bool,
}

/// In what a block stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum In {
    /// In a fragment, where there may be smaller ones.
    Fragment,
    /// In an item that is a fragment: there is nothing smaller but items of ranges in it.
    Item,
    /// In an item that is none.
    PlainItem,
}

/// What is in a fragment, by the block's own text.
#[derive(Clone, Default)]
struct Inside {
    /// The dynamics that it is the smallest fragment around.
    own: Vec<u32>,
    /// Whether it has others in it that updates address.
    has_used: bool,
}

impl Inside {
    /// Of each fragment of a block.
    fn of(elements: &BlockElements) -> Vec<Inside> {
        let mut inside = vec![Inside::default(); elements.fragments.len()];
        for (nth, at) in (0..).zip(&elements.around) {
            if let Some(at) = at {
                inside[*at as usize].own.push(nth);
            }
        }
        for fragment in elements.fragments.iter().filter(|fragment| fragment.is_used) {
            let mut around = fragment.parent;
            while let Some(at) = around.filter(|at| !inside[*at as usize].has_used) {
                inside[at as usize].has_used = true;
                around = elements.fragments[at as usize].parent;
            }
        }
        inside
    }
}

struct Finder<'p> {
    page: &'p PageProgram,
    places: &'p Places<'p>,
    /// For each block which of its steps are dynamics.
    steps: Vec<Vec<usize>>,
    /// What the places read, by template and site.
    paths: HashMap<(usize, SiteId), Vec<String>>,
    sizes: Sizes<'p>,
    /// For each block and fragment what is in it.
    inside: Vec<Vec<Inside>>,
    /// By the template's own name and the position of the start tag.
    found: BTreeMap<(Arc<str>, Pos), FragmentAnalysis>,
}

impl<'p> Finder<'p> {
    fn program(&self) -> &'p Program {
        &self.page.program
    }

    fn elements(&self, block: BlockId) -> &'p BlockElements {
        self.page.elements.block(block)
    }

    /// The dynamics of a block.
    fn dynamics(&self, block: BlockId) -> std::ops::Range<u32> {
        0..self.steps[block as usize].len() as u32
    }

    /// The step that a dynamic is, and its index.
    fn dynamic(&self, block: BlockId, nth: u32) -> (usize, &'p Step) {
        let index = self.steps[block as usize][nth as usize];
        (index, &self.program().block(block).steps[index])
    }

    /// What belongs to a fragment that has these dynamics.
    fn held(&self, dynamics: impl IntoIterator<Item = (BlockId, u32)>, within: In) -> Held<'_> {
        let mut held = Held {
            paths: BTreeSet::new(),
            supported: true,
            complexity: Complexity::Simple,
            has_inner: false,
            has_places: false,
        };
        let mut open = Vec::new();
        let mut seen = HashSet::new();
        for (block, nth) in dynamics {
            self.hold(block, nth, within, &mut held, &mut open);
        }
        while let Some((block, within)) = open.pop() {
            if !seen.insert((block, within)) {
                continue;
            }
            let elements = self.elements(block);
            let may_have_smaller = within == In::Fragment;
            held.has_inner |= may_have_smaller && elements.fragments.iter().any(|f| f.is_used);
            for nth in self.dynamics(block) {
                if !may_have_smaller || elements.around[nth as usize].is_none() {
                    self.hold(block, nth, within, &mut held, &mut open);
                }
            }
        }
        held
    }

    /// Adds a dynamic to what belongs to a fragment, and to `open` the blocks that it runs.
    fn hold<'f>(
        &'f self,
        block: BlockId,
        nth: u32,
        within: In,
        held: &mut Held<'f>,
        open: &mut Vec<(BlockId, In)>,
    ) {
        let (index, step) = self.dynamic(block, nth);
        let (site, complexity) = match step {
            Step::Slot(slot) => (Some(slot.site), Complexity::Simple),
            Step::Condition(condition) => (Some(condition.site), Complexity::Moderate),
            Step::Range(range) => (Some(range.site), Complexity::Complex),
            // What is read of its argument, the places of the template read.
            Step::Call(_) => (None, Complexity::Moderate),
            Step::Rest(_) | Step::Set(_) | Step::Break | Step::Continue | Step::Given(_) => {
                (None, Complexity::Simple)
            }
        };
        let reason = self.page.support.reason(block, index);
        let complexity = match reason {
            None => complexity,
            Some(Unsupported::Recursion) => Complexity::VeryComplex,
            Some(_) => complexity.max(Complexity::Complex),
        };
        let is_nested = within == In::PlainItem && complexity == Complexity::Complex;
        held.complexity = held.complexity.max(if is_nested { Complexity::VeryComplex } else { complexity });
        held.supported &= reason.is_none();
        held.has_places |= site.is_some();
        let template = self.program().template_of(block);
        if let Some(paths) = site.and_then(|site| self.paths.get(&(template, site))) {
            held.paths.extend(paths.iter().map(String::as_str));
        }
        let Step::Range(range) = step else {
            open.extend(step.runs(self.program()).map(|block| (block, within)));
            return;
        };
        open.extend(range.otherwise.map(|block| (block, within)));
        if self.elements(range.body).row.is_some() {
            held.has_inner = true;
        } else {
            open.push((range.body, In::PlainItem));
        }
    }

    /// The fragments of the live region.
    fn find(&mut self) {
        let program = self.program();
        let region = Region::of(&self.page.layout);
        // Blocks that stand in no item, with the way to them as long as an edge of the region may stand in them.
        let mut open = vec![(program.entry().root, Some(Vec::new()))];
        let mut bodies = Vec::new();
        let mut seen = HashSet::new();
        while let Some((block, path)) = open.pop() {
            if path.is_none() && !seen.insert(block) {
                continue;
            }
            for (at, fragment) in (0..).zip(&self.elements(block).fragments) {
                let is_inside = path.as_deref().is_none_or(|path| region.has_text(path, fragment.start));
                if fragment.is_used && is_inside {
                    self.add(block, at, false);
                }
            }
            for nth in self.dynamics(block) {
                let (_, step) = self.dynamic(block, nth);
                let way = path.as_deref().map(|path| [path, &[nth]].concat());
                let is_inside = way.as_deref().is_none_or(|way| region.has_dynamic(way));
                let way = way.filter(|way| region.has_edge_in(way));
                match step {
                    _ if way.is_none() && !is_inside => {}
                    Step::Range(range) => {
                        bodies.push(range.body);
                        open.extend(range.otherwise.map(|block| (block, None)));
                    }
                    _ => open.extend(step.runs(program).map(|block| (block, way.clone()))),
                }
            }
        }
        self.find_items(bodies);
    }

    /// The fragments of the items of ranges, and of ranges in them.
    fn find_items(&mut self, mut bodies: Vec<BlockId>) {
        let program = self.program();
        let (mut seen, mut blocks_seen) = (HashSet::new(), HashSet::new());
        while let Some(body) = bodies.pop() {
            if !seen.insert(body) {
                continue;
            }
            if let Some(Row { block, fragment, .. }) = self.elements(body).row {
                self.add(block, fragment, true);
            }
            let mut blocks = vec![body];
            while let Some(block) = blocks.pop() {
                if !blocks_seen.insert(block) {
                    continue;
                }
                for step in &program.block(block).steps {
                    if let Step::Range(range) = step {
                        bodies.push(range.body);
                        blocks.extend(range.otherwise);
                    } else {
                        blocks.extend(step.runs(program));
                    }
                }
            }
        }
    }

    fn add(&mut self, block: BlockId, at: u32, in_range: bool) {
        let fragment = &self.elements(block).fragments[at as usize];
        let marks = &self.program().marks[block as usize].marks;
        let first = marks.partition_point(|mark| (mark.text, mark.at) < fragment.start);
        let is_start = |mark: &&BlockMark| matches!(mark.kind, MarkKind::StartTag(_));
        let Some(pos) = marks[first..].iter().find(is_start).map(|mark| mark.pos) else { return };
        let template = self.program().template_of(block);
        let name = self.program().templates[template].code.tree.name.clone();
        let size = self.sizes.between(block, fragment.start, fragment.end);
        let id = FragmentId::of(fragment.id.as_deref());
        let place = self.places.at(template, pos);
        let inside = &self.inside[block as usize][at as usize];
        // In an item there is nothing smaller.
        let mut held = match in_range {
            true => self.held(fragment.dynamics().map(|nth| (block, nth)), In::Item),
            false => self.held(inside.own.iter().map(|nth| (block, *nth)), In::Fragment),
        };
        let has_content = match in_range {
            true => fragment.open_end.0 < fragment.end.0,
            false => inside.own.iter().any(|nth| *nth >= fragment.open_end.0),
        };
        held.has_inner |= !in_range && inside.has_used;
        // Around other fragments only the values of the start tag have a fixed place.
        held.supported &= !(held.has_inner && has_content);
        let found = report(place, &fragment.name, in_range, id, size, held);
        match self.found.entry((name, pos)) {
            Entry::Vacant(entry) => drop(entry.insert(found)),
            Entry::Occupied(mut entry) => entry.get_mut().merge(found),
        }
    }

    /// The live region as a fragment.
    fn region(&mut self) -> FragmentAnalysis {
        let program = self.program();
        let layout = &self.page.layout;
        let mut size: usize = layout.statics.iter().map(|text| text.len()).sum();
        let mut dynamics = Vec::new();
        for way in &layout.slots {
            let mut block = program.entry().root;
            let mut is_in_fragment = false;
            for (depth, nth) in way.iter().enumerate() {
                let (_, step) = self.dynamic(block, *nth);
                is_in_fragment |= self.elements(block).around[*nth as usize].is_some();
                if depth + 1 < way.len() {
                    block = step.runs(program).next().unwrap_or(block);
                    continue;
                }
                size += self.sizes.step(step);
                dynamics.extend((!is_in_fragment).then_some((block, *nth)));
            }
        }
        let mut held = self.held(dynamics, In::Fragment);
        held.supported &= self.found.is_empty();
        let (element, id) = match &layout.body {
            Some(body) => ("body", FragmentId::of_body(&body.id)),
            None => ("div", FragmentId::Made),
        };
        let (template, pos) = Region::start(program, layout);
        report(self.places.at(template, pos), element, false, id, size, held)
    }
}

fn report(
    place: Place,
    element: &str,
    in_range: bool,
    id: FragmentId,
    size: usize,
    held: Held<'_>,
) -> FragmentAnalysis {
    FragmentAnalysis {
        template: place.template,
        line: place.line,
        column: place.column,
        element: element.to_owned(),
        id,
        in_range,
        paths: held.paths.into_iter().map(str::to_owned).collect(),
        estimated_size: size,
        complexity: held.complexity,
        value_updates: held.supported && held.has_places,
    }
}

/// How many bytes of literal text there are, with the longer branch of conditions and one item of ranges.
struct Sizes<'p> {
    program: &'p Program,
    /// For each block that was asked for, so many bytes before each static text, and in all.
    before: Vec<Option<Arc<[usize]>>>,
}

impl Sizes<'_> {
    /// The size between two places of a block.
    fn between(&mut self, block: BlockId, from: Spot, to: Spot) -> usize {
        let before = self.of(block);
        let at = |spot: Spot| before[spot.0 as usize] + spot.1 as usize;
        at(to) - at(from)
    }

    fn whole(&mut self, block: BlockId) -> usize {
        self.of(block).last().copied().unwrap_or_default()
    }

    fn of(&mut self, block: BlockId) -> Arc<[usize]> {
        if let Some(before) = &self.before[block as usize] {
            return before.clone();
        }
        let program = self.program;
        // What a template that calls itself adds again does not count.
        let statics = &program.block(block).statics;
        self.before[block as usize] = Some(vec![0; statics.len() + 1].into());
        let mut dynamics = program.block(block).steps.iter().filter(|step| step.is_dynamic());
        let (mut sizes, mut size) = (Vec::with_capacity(statics.len() + 1), 0);
        for text in statics {
            sizes.push(size);
            size += text.len();
            if let Some(step) = dynamics.next() {
                size += stacker::maybe_grow(64 << 10, 1 << 20, || self.step(step));
            }
        }
        sizes.push(size);
        let sizes: Arc<[usize]> = sizes.into();
        self.before[block as usize] = Some(sizes.clone());
        sizes
    }

    fn step(&mut self, step: &Step) -> usize {
        match step {
            Step::Range(range) => self.whole(range.body),
            _ => step.runs(self.program).map(|block| self.whole(block)).max().unwrap_or_default(),
        }
    }
}
