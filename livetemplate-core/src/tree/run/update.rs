//! Bringing a page from its old data to new data: only what reads something that changed is evaluated, from both.

use super::{KEY_FIELDS, Runner, TreeSink, field_key};
use crate::cancel::Cancel;
use crate::diff::{Change, Changes, Differ, IdCounter, ItemsDiff, Patch, RangePatch, RangeStep, Run};
use crate::error::Result;
use crate::template::exec::{ExecOptions, Static, Val};
use crate::template::expr::{Target, VarSlot};
use crate::tree::node::{Dynamic, Item};
use crate::tree::program::{BlockId, Call, Condition, KeyPart, Range, Step};
use crate::tree::reads::{Read, Root, StepReads};
use crate::tree::retained::{BlockState, PartState, RangeState, Row};
use crate::tree::set::PageProgram;
use crate::value::{Difference, Key, Value, differences};
use crate::wire::tree::ORDER_BYTES;
use std::sync::Arc;

/// What [`update`] finds.
pub(crate) struct Updated {
    pub patch: Patch,
    pub state: Arc<BlockState>,
    /// By how much the page's HTML grew.
    pub growth: isize,
    /// Dynamics evaluated.
    pub evaluated: usize,
}

/// What leads from a page of `old` data to `new` data.
///
/// # Errors
/// What the template says of either data. Nothing is changed but `ids`.
pub(crate) fn update(
    page: &PageProgram,
    options: ExecOptions,
    cancel: Option<&Cancel>,
    (old, new): (&Value, &Value),
    state: &Arc<BlockState>,
    ids: &mut IdCounter,
) -> Result<Updated> {
    let (mut old_sink, mut new_sink) = (TreeSink::default(), TreeSink::default());
    let of_shown = ExecOptions { limits: options.limits.of_shown(), ..options };
    let mut old_runner = Runner::new(&page.program, of_shown, cancel, old, &mut old_sink)?;
    old_runner.without_opaque = Some(&page.reads);
    let new_runner = Runner::new(&page.program, options, cancel, new, &mut new_sink)?;
    let differ = Differ::new(&page.program, ids);
    let mut walk = Walk { page, old: old_runner, new: new_runner, differ, growth: 0 };
    let mut state = state.clone();
    let (old_dot, new_dot) = (Val::root(old), Val::root(new));
    let changes = walk.block(page.program.entry().root, &old_dot, &new_dot, &mut state)?;
    Ok(Updated {
        patch: Patch { changes, reasons: walk.differ.reasons },
        state,
        growth: walk.growth,
        evaluated: walk.old.evaluated + walk.new.evaluated,
    })
}

struct Walk<'a, 's> {
    page: &'a PageProgram,
    old: Runner<'a, 's, TreeSink>,
    new: Runner<'a, 's, TreeSink>,
    differ: Differ<'s>,
    growth: isize,
}

/// A step and what is known of it.
#[derive(Clone, Copy)]
struct Place<'a> {
    step: &'a Step,
    reads: &'a StepReads,
    /// Which dynamic of its block it is.
    index: u32,
}

impl<'a> Walk<'a, '_> {
    fn block(
        &mut self,
        id: BlockId,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Changes> {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.block_inner(id, old, new, state))
    }

    fn block_inner(
        &mut self,
        id: BlockId,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Changes> {
        let steps = self.page.program.block(id).steps.iter().zip(self.page.reads.block(id));
        let mut changes = Changes::new();
        let mut index = 0;
        for (step, reads) in steps {
            let is_opaque = reads.opaque.is_some();
            if let Step::Set(pipe) = step {
                if !is_opaque {
                    self.old.eval.pipeline(pipe, old)?;
                }
                self.new.eval.pipeline(pipe, new)?;
                continue;
            }
            if let Some(opaque) = &reads.opaque {
                self.differ.reasons.add(opaque.reason());
            }
            if is_opaque || reads.holds_opaque.is_some() || self.changed(&reads.all, old, new) {
                self.new.step()?;
                let place = Place { step, reads, index };
                let change = match step {
                    Step::Range(range) if !is_opaque => self.range(place, range, old, new, state)?,
                    Step::Condition(condition) if reads.is_kept && !is_opaque => {
                        self.condition(place, condition, old, new, state)?
                    }
                    Step::Call(call) if reads.is_kept && !is_opaque => {
                        self.call(call, index, old, new, state)?
                    }
                    _ => self.whole(place, old, new, state)?,
                };
                changes.extend(change.map(|change| (index, change)));
            }
            index += 1;
        }
        Ok(changes)
    }

    /// Whether something at one of the paths is another than it was.
    fn changed(&self, reads: &[Read], old: &Val<'a>, new: &Val<'a>) -> bool {
        reads.iter().any(|read| match read.root {
            Root::Dot => differs(old, new, &read.fields),
            Root::Variable(slot) => self.variable_differs(read, slot),
        })
    }

    fn variable_differs(&self, read: &Read, slot: VarSlot) -> bool {
        differs(self.old.eval.variable(slot), self.new.eval.variable(slot), &read.fields)
    }

    /// Compares all that the step shows.
    fn whole(
        &mut self,
        place: Place<'a>,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Option<Change>> {
        let after = self.new.dynamic(place.step, new)?;
        self.against(place, old, after, state)
    }

    /// Compares what the step shows now with all that it showed.
    fn against(
        &mut self,
        Place { step, reads, index }: Place<'a>,
        old: &Val<'a>,
        mut after: Dynamic,
        state: &mut Arc<BlockState>,
    ) -> Result<Option<Change>> {
        let program = &self.page.program;
        let mut before = match reads.opaque {
            Some(_) => Dynamic::Empty,
            None => self.old.dynamic(step, old)?,
        };
        if let Some(part) = state.part(index) {
            part.restore(&mut before);
        }
        let change = self.differ.dynamic(&before, &mut after);
        if change.is_some() {
            self.growth += after.html_len(program) as isize - before.html_len(program) as isize;
        }
        // Also where the same is shown: an item's id may be its key no more.
        if reads.is_kept {
            Arc::make_mut(state).set(index, PartState::of(self.page, reads, &after));
        }
        Ok(change)
    }

    fn condition(
        &mut self,
        place: Place<'a>,
        condition: &'a Condition,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Option<Change>> {
        match (self.old.branch(condition, old)?, self.new.branch(condition, new)?) {
            (None, None) => Ok(None),
            (Some((a, old)), Some((b, new))) if a == b => self.inner(a, place.index, &old, &new, state),
            _ => self.whole(place, old, new, state),
        }
    }

    fn call(
        &mut self,
        call: &'a Call,
        index: u32,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Option<Change>> {
        let (old_caller, old) = self.old.enter(call, old)?;
        let (new_caller, new) = self.new.enter(call, new)?;
        let root = self.page.program.templates[call.template as usize].root;
        let change = self.inner(root, index, &old, &new, state)?;
        self.old.leave(old_caller);
        self.new.leave(new_caller);
        Ok(change)
    }

    /// A block that was run before and is run again.
    fn inner(
        &mut self,
        block: BlockId,
        index: u32,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Option<Change>> {
        let before = match state.part(index) {
            Some(PartState::Block(inner)) => inner.clone(),
            _ => Arc::default(),
        };
        // `before` shares it, so a change makes another.
        let mut inner = before.clone();
        let changes = self.block(block, old, new, &mut inner)?;
        if !Arc::ptr_eq(&inner, &before) {
            Arc::make_mut(state).set(index, Some(PartState::Block(inner)));
        }
        Ok((!changes.is_empty()).then_some(Change::Block(changes)))
    }

    fn range(
        &mut self,
        place: Place<'a>,
        range: &'a Range,
        old: &Val<'a>,
        new: &Val<'a>,
        state: &mut Arc<BlockState>,
    ) -> Result<Option<Change>> {
        let Place { reads, index, .. } = place;
        let Some(PartState::Range(kept)) = state.part(index) else {
            return self.whole(place, old, new, state);
        };
        let kept = kept.clone();
        if !kept.repeated {
            let all = self.changed(&reads.outside, old, new);
            self.old.eval.at(range.site);
            let before = self.old.eval.pipeline(&range.pipe, old)?;
            self.new.eval.at(range.site);
            let after = self.new.eval.pipeline(&range.pipe, new)?;
            match self.rows(range, reads, &before, &after, &kept, all)? {
                Rows::Known(patch, kept) => {
                    if let Some(kept) = kept {
                        Arc::make_mut(state).set(index, Some(PartState::Range(Arc::new(kept))));
                    }
                    return Ok(patch.map(Change::Range));
                }
                Rows::Unknown => {}
            }
        }
        let after = self.new.dynamic(place.step, new)?;
        match after {
            Dynamic::Range(mut range) if kept.has_none_of(&range.items) => {
                let before = kept.rows.iter().map(|row| row.len as usize).sum::<usize>();
                let change = self.differ.refill(&mut range);
                let after = Dynamic::Range(range);
                self.growth += after.html_len(&self.page.program) as isize - before as isize;
                Arc::make_mut(state).set(index, PartState::of(self.page, reads, &after));
                Ok(Some(change))
            }
            after => self.against(place, old, after, state),
        }
    }

    /// Compares the items of two lists: all of them, or those that are not the same in both.
    fn rows(
        &mut self,
        range: &'a Range,
        reads: &StepReads,
        before: &Val<'a>,
        after: &Val<'a>,
        kept: &Arc<RangeState>,
        all: bool,
    ) -> Result<Rows> {
        let (Value::List(old), Value::List(new)) = (before.get(), after.get()) else {
            return Ok(Rows::Unknown);
        };
        if old.is_empty() || new.is_empty() || old.len() != kept.rows.len() {
            return Ok(Rows::Unknown);
        }
        let mut found = match all {
            true => vec![Difference { old: 0..old.len(), new: 0..new.len() }],
            false => differences(old, new, &|a, b| a.same(b)),
        };
        let shift = found.iter().position(|part| part.old.len() != part.new.len());
        if shift.is_none() && self.same_keys(range, before, after, &found) {
            return self.pairs(range, before, after, kept, &found);
        }
        if all {
            return Ok(Rows::Unknown);
        }
        if let (Some(shift), true) = (shift, reads.index) {
            // All that follows has another index.
            let first = &found[shift];
            let rest = Difference { old: first.old.start..old.len(), new: first.new.start..new.len() };
            found.truncate(shift);
            found.push(rest);
        }
        if found.is_empty() {
            return Ok(Rows::Known(None, None));
        }
        let touched: usize = found.iter().map(|part| part.old.len() + part.new.len()).sum();
        if touched > (old.len() + new.len()) / 2 {
            return Ok(Rows::Unknown);
        }

        let (mut old_items, mut new_items) = (Vec::new(), Vec::new());
        // Where the runs between the differences end in both lists.
        let (mut runs, mut ends) = (Vec::new(), Vec::new());
        let mut old_end = 0;
        for part in &found {
            if part.old.start > old_end {
                let len = part.old.start - old_end;
                runs.push(Run { old: old_items.len(), new: new_items.len(), len });
                ends.push((part.old.start - 1, part.new.start - 1));
            }
            for at in part.old.clone() {
                let mut item = self.old.item_at(range, before, at)?;
                if let Some(row) = kept.rows.get(at) {
                    row.restore(&mut item);
                }
                old_items.push(item);
            }
            for at in part.new.clone() {
                new_items.push(self.new.item_at(range, after, at)?);
            }
            old_end = part.old.end;
        }
        if old_end < old.len() {
            let len = old.len() - old_end;
            runs.push(Run { old: old_items.len(), new: new_items.len(), len });
            ends.push((old.len() - 1, new.len() - 1));
        }
        // Items without a key are matched in order, which what lies between would take part in.
        if shift.is_some() && found.len() > 1 && old_items.iter().chain(&new_items).any(|item| !item.keyed) {
            return Ok(Rows::Unknown);
        }
        let old_lens: usize =
            found.iter().flat_map(|part| kept.rows.range(part.old.clone())).map(|row| row.len as usize).sum();
        let Some(mut state) = take_keys(kept, &old_items, &new_items) else { return Ok(Rows::Unknown) };

        let mut patch = match self.differ.items(range.body, &old_items, &mut new_items, &runs) {
            ItemsDiff::Equal => None,
            ItemsDiff::Patch(patch) => Some(patch),
            ItemsDiff::NoneKept | ItemsDiff::RunMoved | ItemsDiff::CostsMore => return Ok(Rows::Unknown),
        };
        if let Some(patch) = &mut patch {
            let moved = patch.moved().map(|item| item.html_len(&self.page.program, range.body));
            let moved: usize = moved.sum();
            // To name all keys may be shorter than to send the moved items again.
            if moved > 0 && new.len() * 4 <= moved.max(ORDER_BYTES) {
                return Ok(Rows::Unknown);
            }
            self.name_runs(range, after, &ends, patch, kept)?;
        }
        let mut rows = new_items.iter().map(|item| Row::of(self.page, range.body, item)).collect::<Vec<_>>();
        let new_lens: usize = rows.iter().map(|row| row.len as usize).sum();
        self.growth += new_lens as isize - old_lens as isize;
        for part in found.iter().rev() {
            let new_rows = rows.split_off(rows.len() - part.new.len());
            replace(&mut state, part, new_rows);
        }
        Ok(Rows::Known(patch, Some(state)))
    }

    /// Whether all changed items of two lists of one length surely have the keys they had.
    fn same_keys(&self, range: &'a Range, before: &Val<'a>, after: &Val<'a>, found: &[Difference]) -> bool {
        let parts = match &range.key {
            Some(path) if !path.calls.is_empty() => return false,
            Some(path) => &path.parts[..],
            None => &[],
        };
        let steps = self.page.program.block(range.body).steps.iter().zip(self.page.reads.block(range.body));
        let dynamics = steps.filter(|(step, _)| step.is_dynamic()).zip(0..);
        let is_part = |index| parts.iter().any(|part| matches!(part, KeyPart::Dynamic(i) if *i == index));
        let reads = dynamics.filter(|(_, index)| is_part(*index)).flat_map(|((_, reads), _)| &reads.all);
        // Of variables only that of the item, which is the item, has the right value here, and what is outside.
        let item = match range.pipe.targets.last() {
            Some(Target::Slot(slot)) => Root::Variable(*slot),
            _ => Root::Dot,
        };
        let is_of_item = |read: &&Read| read.root == Root::Dot || read.root == item;
        let (reads, others): (Vec<&Read>, Vec<&Read>) = reads.partition(is_of_item);
        let is_same = |read: &&Read| read.root == Root::Variable(0) && !self.variable_differs(read, 0);
        others.iter().all(is_same)
            && found.iter().flat_map(|part| part.old.clone().zip(part.new.clone())).all(|(old_at, new_at)| {
                let (old, new) = (element(before, old_at), element(after, new_at));
                same_field_key(old.get(), new.get())
                    && !reads.iter().any(|read| differs(&old, &new, &read.fields))
            })
    }

    /// Compares the changed items of two lists, each with the one that has its place and key.
    fn pairs(
        &mut self,
        range: &'a Range,
        before: &Val<'a>,
        after: &Val<'a>,
        kept: &Arc<RangeState>,
        found: &[Difference],
    ) -> Result<Rows> {
        let mut state: Option<RangeState> = None;
        let mut steps = Vec::new();
        let mut end = 0;
        let mut run = |steps: &mut Vec<RangeStep>, at: usize| {
            if at > end {
                steps.push(RangeStep::Run { len: at - end, last: None });
            }
            end = at + 1;
        };
        for at in found.iter().flat_map(|part| part.old.clone()) {
            let Some(row) = kept.rows.get(at) else { return Ok(Rows::Unknown) };
            let (old, new) = (element(before, at), element(after, at));
            let index = Val::Owned(Value::Int(at as i64), Static::Own);
            self.old.begin_item(range, &index, &old);
            self.new.begin_item(range, &index, &new);
            self.new.step()?;
            let (growth, mut inner) = (self.growth, row.inner.clone().unwrap_or_default());
            let changes = self.block(range.body, &old, &new, &mut inner)?;
            if !changes.is_empty() {
                let id = self.new.item_id(range, &new, row.made)?;
                run(&mut steps, at);
                steps.push(RangeStep::Keep(id, changes));
            }
            let len = row.len.saturating_add_signed((self.growth - growth).try_into().unwrap_or(i32::MAX));
            let inner = (!inner.is_empty()).then_some(inner);
            if len == row.len && inner.as_ref().map(Arc::as_ptr) == row.inner.as_ref().map(Arc::as_ptr) {
                continue;
            }
            let row = Row { made: row.made, len, inner };
            if let Some(place) = state.get_or_insert_with(|| RangeState::clone(kept)).rows.get_mut(at) {
                *place = row;
            }
        }
        if steps.is_empty() {
            return Ok(Rows::Known(None, state));
        }
        run(&mut steps, kept.rows.len());
        Ok(Rows::Known(Some(RangePatch { body: range.body, steps }), state))
    }

    /// Finds the ids of the last items of the runs. `ends` are their places in both lists.
    fn name_runs(
        &mut self,
        range: &'a Range,
        list: &Val<'a>,
        ends: &[(usize, usize)],
        patch: &mut RangePatch,
        kept: &RangeState,
    ) -> Result<()> {
        let mut ends = ends.iter();
        let mut steps = patch.steps.iter_mut().peekable();
        while let Some(step) = steps.next() {
            let RangeStep::Run { last, .. } = step else { continue };
            let (Some((old_end, new_end)), Some(next)) = (ends.next(), steps.peek()) else { continue };
            if matches!(next, RangeStep::Keep(..)) {
                continue;
            }
            let item = element(list, *new_end);
            self.new.begin_item(range, &Val::Owned(Value::Int(*new_end as i64), Static::Own), &item);
            let made = kept.rows.get(*old_end).map_or(0, |row| row.made);
            *last = Some(self.new.item_id(range, &item, made)?);
        }
        Ok(())
    }
}

/// What became of a range's items.
enum Rows {
    /// What changes, and the range's state, if that is another: an item's id may be its key no more though the same is shown.
    Known(Option<RangePatch>, Option<RangeState>),
    /// The range must be compared as a whole.
    Unknown,
}

/// The range's state with the keys of the new items in the place of the old ones' keys; `None` when a key is taken already.
fn take_keys(kept: &RangeState, old: &[Arc<Item>], new: &[Arc<Item>]) -> Option<RangeState> {
    let mut state = kept.clone();
    let same = |(a, b): (&Arc<Item>, &Arc<Item>)| a.keyed == b.keyed && (!a.keyed || a.id == b.id);
    if old.len() == new.len() && old.iter().zip(new).all(same) {
        return Some(state);
    }
    old.iter().filter(|item| item.keyed).for_each(|item| state.free(&item.id));
    new.iter().filter(|item| item.keyed).all(|item| state.take(&item.id)).then_some(state)
}

/// Puts new rows in the place of old ones.
fn replace(state: &mut RangeState, part: &Difference, rows: Vec<Row>) {
    let shared = part.old.len().min(rows.len());
    for _ in shared..part.old.len() {
        state.rows.remove(part.old.start + shared);
    }
    for (i, row) in rows.into_iter().enumerate() {
        let at = part.old.start + i;
        match state.rows.get_mut(at) {
            Some(kept) if i < shared => *kept = row,
            _ => state.rows.insert(at, row),
        }
    }
}

/// Whether the fields that may be an item's key are the same in both.
fn same_field_key(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Map(a), Value::Map(b)) if std::ptr::eq(a.keys(), b.keys()) => {
            let mut entries = a.entries().zip(b.values());
            let is_key = |key: &Key| matches!(key, Key::String(name) if KEY_FIELDS.iter().any(|f| f.as_bytes() == name.as_bytes()));
            entries.all(|((key, old), new)| old.is(new) || !is_key(key))
        }
        _ => field_key(old) == field_key(new),
    }
}

/// An item of a list.
pub(super) fn element<'a>(list: &Val<'a>, at: usize) -> Val<'a> {
    let item = list.element(|value| match value {
        Value::List(list) => list.get(at),
        _ => None,
    });
    item.unwrap_or(Val::Missing)
}

fn differs(old: &Val<'_>, new: &Val<'_>, fields: &[Arc<str>]) -> bool {
    if old.is_missing() || new.is_missing() {
        return old.is_missing() != new.is_missing();
    }
    let (mut old, mut new) = (old.get(), new.get());
    for field in fields {
        if old.is(new) {
            return false;
        }
        let (a, b) = match (old, new) {
            (Value::Map(a), Value::Map(b)) => a.get_str_in_both(b, field.as_bytes()),
            (Value::Record(a), Value::Record(b)) if a.type_name == b.type_name => {
                (a.get(field), b.get(field))
            }
            _ => return true,
        };
        match (a, b) {
            (Some(a), Some(b)) => (old, new) = (a, b),
            (None, None) => return false,
            _ => return true,
        }
    }
    !old.is(new)
}
