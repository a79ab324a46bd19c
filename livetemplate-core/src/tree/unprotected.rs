//! Attributes whose values mean more to a library, or to the browser, than Go's escaping knows of.

use super::program::{Slot, SlotValue};
use crate::escape::State;
use crate::template::expr::{FunctionKind, Operand, OperandKind, Pipeline};

/// Why Go's escaping does not protect the value of the attribute `name`, in lower case, in which an interpolation with the state
/// `state` stands; `None` where it does, as far as is known.
pub(super) fn reason(name: &str, state: State) -> Option<String> {
    // To Go it is JavaScript, as an `onclick` is: then what the data gives is a value in it.
    if is_script(state) {
        return None;
    }
    let code = |library: &str| {
        Some(format!("{name} is code to {library}, and Go does not escape for that: data in it is run"))
    };
    let url = || {
        Some(format!(
            "{name} is plain text to Go and a URL to htmx: its host is not checked, and data in its path or query is not encoded"
        ))
    };
    if let Some(hx) = name.strip_prefix("data-").unwrap_or(name).strip_prefix("hx-") {
        let is_on = |rest: &str| rest.is_empty() || rest.starts_with([':', '-', '{']);
        return match hx {
            // A name that an action goes on with may be any.
            "vars" | "{{}}" => code("htmx"),
            _ if hx.strip_prefix("on").is_some_and(is_on) => code("htmx"),
            "trigger" => Some(format!(
                "{name} is plain text to Go and has code in brackets to htmx: data with brackets is run"
            )),
            "vals" | "headers" | "request" => Some(format!(
                "{name} is plain text to Go, and JSON to htmx, or code after \"js:\": data with a quote adds members, data at \
                 its start can make it code"
            )),
            "get" | "post" | "put" | "patch" | "delete" => url(),
            _ => None,
        };
    }
    match name {
        "srcdoc" => Some(format!(
            "{name} is plain text to Go and a document to the browser: markup in the data is built, and its scripts run"
        )),
        "sse-connect" | "ws-connect" => url(),
        "lvt-mounted" | "lvt-updated" | "lvt-destroyed" => code("@livetemplate/client"),
        "_" => code("hyperscript"),
        _ if name.starts_with("x-") => code("Alpine"),
        _ if name.starts_with("v-") => code("Vue"),
        _ if name.starts_with('@') || name.starts_with(':') => code("Alpine and Vue"),
        _ => None,
    }
}

fn is_script(state: State) -> bool {
    use State::*;
    matches!(state, Js | JsDqStr | JsSqStr | JsTmplLit | JsRegexp | JsBlockCmt | JsLineCmt)
}

/// Whether a slot can show only a number, a truth value, or what the template's author wrote.
pub(super) fn is_harmless(slot: &Slot) -> bool {
    match &slot.value {
        SlotValue::Pipeline(pipe) => ends_harmless(pipe),
        SlotValue::Arguments(operands) => operands.iter().all(is_constant),
        SlotValue::Own(_) => false,
    }
}

fn ends_harmless(pipe: &Pipeline) -> bool {
    let Some(last) = pipe.commands.last() else { return false };
    match last.words.first().map(|word| &word.kind) {
        Some(OperandKind::Function(function)) => {
            matches!(function.kind, FunctionKind::Builtin(_))
                && matches!(&*function.name, "len" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "not")
        }
        _ => pipe.commands.len() == 1 && last.words.iter().all(is_constant),
    }
}

fn is_constant(operand: &Operand) -> bool {
    matches!(operand.kind, OperandKind::Constant(_))
}
