//! Makes the report.

use super::fragments::fragments;
use super::region::block_at;
use super::{Analysis, AnalysisWarning, Construct, ConstructKind, Interpolation, UpdateMode};
use crate::hex::hex;
use crate::template::ast::{Pos, TemplateSet};
use crate::template::expr::SiteId;
use crate::tree::attributes::Attributes;
use crate::tree::markup::{Layout, Piece};
use crate::tree::places::{Place, Places};
use crate::tree::program::{BlockId, Program, Slot, Step};
use crate::tree::set::PageProgram;
use crate::tree::support::{Support, Unsupported};
use crate::tree::unprotected;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// The report of a template of `set` whose pages run `page`.
pub(in crate::tree) fn analyze(set: &TemplateSet, page: &PageProgram) -> Analysis {
    let program = &page.program;
    let mut analyzer = Analyzer {
        program,
        support: &page.support,
        places: Places::of(program),
        attributes: Attributes::of(program),
        texts: 0,
        constructs: BTreeMap::new(),
        interpolations: BTreeSet::new(),
        warnings: BTreeSet::new(),
        hints: BTreeSet::new(),
    };
    analyzer.run();
    let outside = analyzer.outside(&page.layout);
    let constructs = sorted(analyzer.constructs.values());
    let unsupported = constructs.iter().filter(|construct| !construct.supported).count();
    let supported = constructs.len() - unsupported + analyzer.texts;
    let mode = if unsupported == 0 { UpdateMode::ValuePatch } else { UpdateMode::FragmentReplace };
    let reasons = constructs.iter().filter_map(|construct| {
        let reason = construct.reason.as_deref()?;
        Some(format!("{}: {}: {reason}", location(construct), construct.action))
    });
    let recommendations = std::iter::once(mode.recommendation().to_owned());
    Analysis {
        mode,
        expected_reduction: mode.expected_reduction(),
        supported,
        unsupported,
        support_percentage: match supported + unsupported {
            0 => 100.0,
            all => 100.0 * supported as f64 / all as f64,
        },
        reasons: reasons.collect(),
        recommendations: recommendations.chain(analyzer.hints()).collect(),
        hash: hash(set),
        fragments: fragments(page, &analyzer.places),
        interpolations: analyzer.interpolations.into_iter().collect(),
        warnings: analyzer.warnings.into_iter().collect(),
        outside: sorted(outside.iter().filter_map(|key| analyzer.constructs.get(key))),
        constructs,
    }
}

fn sorted<'c>(constructs: impl Iterator<Item = &'c Construct>) -> Vec<Construct> {
    let mut all: Vec<Construct> = constructs.cloned().collect();
    all.sort_by(|a, b| (&a.template, a.line, a.column).cmp(&(&b.template, b.line, b.column)));
    all
}

fn location(construct: &Construct) -> String {
    format!("{}:{}:{}", construct.template, construct.line, construct.column)
}

/// A place in a template, in whatever contexts it is called: the template's own name and the position.
type Key = (Arc<str>, Pos);

/// What could improve updates, for each place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hint {
    /// Of the items of a range that have elements.
    Key,
    Unsupported(Unsupported),
}

struct Analyzer<'p> {
    program: &'p Program,
    support: &'p Support,
    places: Places<'p>,
    attributes: Attributes,
    /// How many runs of literal text there are.
    texts: usize,
    constructs: BTreeMap<Key, Construct>,
    interpolations: BTreeSet<Interpolation>,
    warnings: BTreeSet<AnalysisWarning>,
    hints: BTreeSet<(Key, Hint)>,
}

impl Analyzer<'_> {
    fn run(&mut self) {
        let program = self.program;
        let mut names = HashSet::new();
        for (template, blocks) in program.blocks_of_templates() {
            // A template that is called in several contexts is there once for each.
            let is_first = names.insert(&program.templates[template].code.tree.name);
            for id in blocks {
                let block = &program.blocks[id];
                if is_first {
                    self.texts += block.statics.iter().filter(|text| !text.is_empty()).count();
                }
                for (index, step) in block.steps.iter().enumerate() {
                    self.construct(template, id as BlockId, index);
                    if let Step::Slot(slot) = step {
                        self.interpolation(template, id as BlockId, index, slot);
                    }
                }
            }
        }
    }

    fn construct(&mut self, template: usize, block: BlockId, index: usize) {
        let Some((kind, site)) = kind(&self.program.block(block).steps[index]) else { return };
        let pos = self.places.pos(template, site);
        let key = (self.program.templates[template].code.tree.name.clone(), pos);
        let why = self.support.reason(block, index);
        let construct = self.constructs.entry(key.clone()).or_insert_with(|| {
            let Place { template: source, line, column } = self.places.at(template, pos);
            let action = self.places.action(template, site);
            Construct { template: source, line, column, kind, action, supported: true, reason: None }
        });
        if let Some(why) = why
            && construct.supported
        {
            construct.supported = false;
            construct.reason = Some(why.to_string());
            self.hints.insert((key.clone(), Hint::Unsupported(why)));
        }
        if let Step::Range(range) = &self.program.block(block).steps[index]
            && range.key.is_none()
            && self.support.writes_elements(range.body)
        {
            self.hints.insert((key, Hint::Key));
        }
    }

    fn interpolation(&mut self, template: usize, block: BlockId, index: usize, slot: &Slot) {
        let pos = self.places.pos(template, slot.site);
        let Place { template: source, line, column } = self.places.at(template, pos);
        let action = self.places.action(template, slot.site);
        let attributes: Vec<String> = self.attributes.at(block, index).map(str::to_owned).collect();
        if !unprotected::is_harmless(slot) {
            for attribute in &attributes {
                let Some(reason) = unprotected::reason(attribute, slot.state) else { continue };
                self.warnings.insert(AnalysisWarning {
                    template: source.clone(),
                    line,
                    column,
                    action: action.clone(),
                    attribute: attribute.clone(),
                    reason,
                });
            }
        }
        self.interpolations.insert(Interpolation {
            template: source,
            line,
            column,
            action,
            context: slot.state.name(),
            attributes,
            escapers: slot.escaper_names(),
        });
    }

    /// What is outside the live region and shows data, or decides on what is shown.
    fn outside(&self, layout: &Layout) -> BTreeSet<Key> {
        let program = self.program;
        let mut found = BTreeSet::new();
        let mut open = Vec::new();
        for piece in layout.before.iter().chain(&layout.after) {
            let Piece::Dynamic(path) = piece else { continue };
            if let Some((block, index)) = step_at(program, path) {
                self.add_outside(block, index, &mut found, &mut open);
            }
        }
        let mut seen = HashSet::new();
        while let Some(block) = open.pop() {
            if seen.insert(block) {
                for index in 0..program.block(block).steps.len() {
                    self.add_outside(block, index, &mut found, &mut open);
                }
            }
        }
        found
    }

    fn add_outside(&self, block: BlockId, index: usize, found: &mut BTreeSet<Key>, open: &mut Vec<BlockId>) {
        let program = self.program;
        let step = &program.block(block).steps[index];
        open.extend(step.runs(program));
        if let Some((kind, site)) = kind(step)
            && !matches!(kind, ConstructKind::Variable | ConstructKind::Call)
        {
            let template = program.template_of(block);
            let name = program.templates[template].code.tree.name.clone();
            found.insert((name, self.places.pos(template, site)));
        }
    }

    /// What would improve updates, in the order of the sources.
    fn hints(&self) -> Vec<String> {
        let mut hints: Vec<(&Construct, Hint)> =
            self.hints.iter().filter_map(|(key, hint)| Some((self.constructs.get(key)?, *hint))).collect();
        hints.sort_by(|(a, _), (b, _)| (&a.template, a.line, a.column).cmp(&(&b.template, b.line, b.column)));
        let text = |(construct, hint): (&Construct, Hint)| {
            let advice = match hint {
                Hint::Key => {
                    "give the only root element of each item a `data-key`, unless the items have a field `ID` or `Key`, so that rows \
                     are inserted, moved and removed on their own"
                }
                Hint::Unsupported(Unsupported::Elements) => {
                    "keep the elements and let the condition choose an attribute, such as `hidden` or a class"
                }
                Hint::Unsupported(Unsupported::NoText) => {
                    "put the condition's literal text, such as a label, into it, or show the value without the condition"
                }
                Hint::Unsupported(Unsupported::Ends) => "choose the items before the template is rendered",
                // What stands in it has a hint of its own; a recursion is what the data asks for.
                Hint::Unsupported(Unsupported::Items | Unsupported::Recursion) => return None,
            };
            Some(format!("{}: {}: {advice}", location(construct), construct.action))
        };
        hints.into_iter().filter_map(text).collect()
    }
}

/// The kind of a step and its site; `None` for what is no action of its own.
fn kind(step: &Step) -> Option<(ConstructKind, SiteId)> {
    Some(match step {
        Step::Slot(slot) => (ConstructKind::Interpolation, slot.site),
        Step::Set(pipe) => (ConstructKind::Variable, pipe.site),
        Step::Condition(condition) if condition.with => (ConstructKind::With, condition.site),
        Step::Condition(condition) => (ConstructKind::If, condition.site),
        Step::Range(range) => (ConstructKind::Range, range.site),
        Step::Call(call) => (ConstructKind::Call, call.site),
        Step::Rest(_) | Step::Break | Step::Continue | Step::Given(_) => return None,
    })
}

/// The step whose output is the dynamic at the end of `way`, which leads through calls from the entry.
fn step_at(program: &Program, way: &[u32]) -> Option<(BlockId, usize)> {
    let (last, calls) = way.split_last()?;
    let block = block_at(program, calls)?;
    let (index, _) = program.block(block).dynamic(*last)?;
    Some((block, index))
}

/// [`Analysis::hash`].
fn hash(set: &TemplateSet) -> String {
    let mut hasher = Sha256::new();
    for (name, tree) in &set.templates {
        for text in [name.to_string(), tree.root.to_string()] {
            hasher.update(format!("{}:{text},", text.len()));
        }
    }
    hex(&hasher.finalize())
}
