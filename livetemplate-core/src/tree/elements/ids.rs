//! The `id` attributes that a template's source tells.

use crate::escape::MarkKind;
use crate::tree::markup::{self, BlockMark, BodyId};
use crate::tree::program::{BlockId, KeyPart, Program, Step};

/// The `id` attribute of an element.
pub(super) enum Id {
    None,
    Parts(Vec<KeyPart>),
    /// It may have one that is not known.
    Unknown,
}

/// The `id` attribute in the start tag that `tag` marks. `steps` are the block's dynamics.
pub(super) fn id_attribute(
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
pub(in crate::tree) fn body_id(program: &Program, id: BlockId, mark: usize) -> BodyId {
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
pub(super) fn is_in_value(marks: &[BlockMark], dynamic: u32) -> bool {
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
