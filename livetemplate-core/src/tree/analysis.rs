//! What can be told of a template before it is rendered: how its pages update, and why its output is safe.

mod analyzer;
mod fragments;
mod region;

use super::markup::BodyId;
use super::program::KeyPart;
use crate::escape::entity::unescape;
use crate::value::Value;
pub(super) use analyzer::analyze;

/// What can be told of a template before it is rendered. See `docs/analysis.md` for the rules.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Analysis {
    /// How pages of the template update as a whole.
    pub mode: UpdateMode,
    /// How much less an update is expected to send than the page's HTML: 0.85 in `value_patch`, 0.60 in `fragment_replace`.
    pub expected_reduction: f64,
    /// How many constructs value patches support; runs of literal text count as supported.
    pub supported: usize,
    /// How many they do not.
    pub unsupported: usize,
    /// `supported` of all, in percent; 100 when there is nothing.
    pub support_percentage: f64,
    /// What is not supported, and why: a text for each such construct.
    pub reasons: Vec<String>,
    /// The mode with its expected reduction, then what would improve it. Never empty.
    pub recommendations: Vec<String>,
    /// SHA-256, in hex, over the names and syntax trees of all templates of the set: for each, in the order of the names, the name
    /// and the tree as Go prints it, each as `LENGTH:TEXT,` with its length in bytes.
    pub hash: String,
    /// The actions that are reached from the template, in the order of the sources.
    pub constructs: Vec<Construct>,
    /// The parts of a page that updates address: the live region, then elements in the order of the sources.
    pub fragments: Vec<FragmentAnalysis>,
    /// The values in the output, and how they are escaped. A template that is called in different contexts has an entry for each.
    pub interpolations: Vec<Interpolation>,
    /// Where Go's escaping does not protect.
    pub warnings: Vec<AnalysisWarning>,
    /// What lies outside the live region: it is rendered, but cannot be updated.
    pub outside: Vec<Construct>,
}

/// How pages update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateMode {
    /// All constructs are supported: values are patched in their places.
    ValuePatch,
    /// Some construct changes structure: its fragment is replaced.
    FragmentReplace,
}

impl UpdateMode {
    /// `value_patch` or `fragment_replace`.
    pub fn as_str(self) -> &'static str {
        match self {
            UpdateMode::ValuePatch => "value_patch",
            UpdateMode::FragmentReplace => "fragment_replace",
        }
    }

    fn expected_reduction(self) -> f64 {
        match self {
            UpdateMode::ValuePatch => 0.85,
            UpdateMode::FragmentReplace => 0.60,
        }
    }

    fn recommendation(self) -> &'static str {
        match self {
            UpdateMode::ValuePatch => "Template supports value patching (85% bandwidth reduction)",
            UpdateMode::FragmentReplace => {
                "Template contains dynamic structure - using fragment replacement (60% bandwidth reduction)"
            }
        }
    }
}

/// An action of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Construct {
    /// Name of the source.
    pub template: String,
    /// Its line there, from 1.
    pub line: u32,
    /// Its column there, in bytes from 0, as in errors.
    pub column: u32,
    /// What it is.
    pub kind: ConstructKind,
    /// Its pipeline, or the whole call, as Go prints it in an error.
    pub action: String,
    /// Whether value patches support it.
    pub supported: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// Kinds of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConstructKind {
    /// A value in the output.
    Interpolation,
    /// A variable is declared or assigned.
    Variable,
    /// `if`.
    If,
    /// `with`.
    With,
    /// `range`.
    Range,
    /// `template` or `block`.
    Call,
}

impl ConstructKind {
    /// `interpolation`, `variable`, `if`, `with`, `range` or `call`.
    pub fn as_str(self) -> &'static str {
        match self {
            ConstructKind::Interpolation => "interpolation",
            ConstructKind::Variable => "variable",
            ConstructKind::If => "if",
            ConstructKind::With => "with",
            ConstructKind::Range => "range",
            ConstructKind::Call => "call",
        }
    }
}

/// A value in the output, and how it is escaped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Interpolation {
    /// Name of the source.
    pub template: String,
    /// Its line there, from 1.
    pub line: u32,
    /// Its column there, in bytes from 0, as in errors.
    pub column: u32,
    /// Its pipeline, as Go prints it in an error.
    pub action: String,
    /// Where in the output it stands, by the name of Go's escaper: `stateText`, `stateAttr`, `stateURL`, `stateJS` ….
    pub context: &'static str,
    /// The attributes in whose values it stands, in lower case: one, none outside of tags, or more in a template that is called
    /// in several. A part of a name that an action writes is `{{}}`.
    pub attributes: Vec<String>,
    /// What its value goes through, in this order, by the names of Go's functions.
    pub escapers: Vec<&'static str>,
}

/// A value in the output that Go's escaping does not protect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct AnalysisWarning {
    /// Name of the source.
    pub template: String,
    /// Its line there, from 1.
    pub line: u32,
    /// Its column there, in bytes from 0, as in errors.
    pub column: u32,
    /// Its pipeline, as Go prints it in an error.
    pub action: String,
    /// The attribute in whose value it stands.
    pub attribute: String,
    /// Why it is not protected.
    pub reason: String,
}

/// A part of a page that updates address: an element, or the live region. `docs/wire.md` says which elements are fragments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FragmentAnalysis {
    /// Name of the source.
    pub template: String,
    /// The line of its start tag there, from 1. A live region without `<body>` starts where the
    /// template's first text or action does.
    pub line: u32,
    /// The column of its start tag there, in bytes from 0.
    pub column: u32,
    /// The element's name, in lower case.
    pub element: String,
    /// Its `id` attribute.
    pub id: FragmentId,
    /// Whether it is the root element of a range's items: there is one for each item.
    pub in_range: bool,
    /// Which paths of the data its places read, as in [`Dependency`](crate::Dependency), in alphabetical order; without those that
    /// belong to fragments in it.
    pub paths: Vec<String>,
    /// How many bytes of literal text it has, with fragments in it: of conditions the longer branch, of ranges one item.
    pub estimated_size: usize,
    /// What it takes to update it.
    pub complexity: Complexity,
    /// Whether a change at any of its places can be sent as value updates: there are such, all are supported and, where there are
    /// fragments in it, stand in its start tag. Else it is replaced.
    pub value_updates: bool,
}

/// The `id` attribute of a fragment's element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FragmentId {
    /// It is written in the template.
    Literal(String),
    /// Data is in it.
    Dynamic,
    /// There is none; formats that need one make it.
    Made,
}

impl FragmentId {
    /// `literal`, `dynamic` or `made`.
    pub fn as_str(&self) -> &'static str {
        match self {
            FragmentId::Literal(_) => "literal",
            FragmentId::Dynamic => "dynamic",
            FragmentId::Made => "made",
        }
    }

    /// The id that is written in the template.
    pub fn literal(&self) -> Option<&str> {
        match self {
            FragmentId::Literal(id) => Some(id),
            FragmentId::Dynamic | FragmentId::Made => None,
        }
    }

    fn of(parts: Option<&[KeyPart]>) -> FragmentId {
        match parts {
            None | Some([]) => FragmentId::Made,
            Some([KeyPart::Static(text)]) => FragmentId::of_text(text),
            Some(_) => FragmentId::Dynamic,
        }
    }

    fn of_body(id: &BodyId) -> FragmentId {
        match id {
            BodyId::Literal(text) => FragmentId::of_text(text),
            BodyId::None | BodyId::Unknown => FragmentId::Made,
        }
    }

    fn of_text(text: &[u8]) -> FragmentId {
        FragmentId::Literal(String::from_utf8_lossy(&unescape(text)).into_owned())
    }
}

/// What it takes to update a fragment, without the fragments in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Complexity {
    /// Only values.
    Simple,
    /// Conditions or calls as well.
    Moderate,
    /// A range, or something that value patches do not support.
    Complex,
    /// One of these inside a range, or a template that calls itself.
    VeryComplex,
}

impl Complexity {
    /// `simple`, `moderate`, `complex` or `very_complex`.
    pub fn as_str(self) -> &'static str {
        match self {
            Complexity::Simple => "simple",
            Complexity::Moderate => "moderate",
            Complexity::Complex => "complex",
            Complexity::VeryComplex => "very_complex",
        }
    }
}

/// The members of a report of one place.
fn place_value<const N: usize>(
    (template, line, column): (&str, u32, u32),
    more: [(&'static str, Value); N],
) -> Value {
    let place = [
        ("template", Value::from(template)),
        ("line", Value::Int(line.into())),
        ("column", Value::Int(column.into())),
    ];
    Value::map(place.into_iter().chain(more))
}

fn texts<T: AsRef<str>>(texts: &[T]) -> Value {
    Value::from(texts.iter().map(|text| Value::from(text.as_ref())).collect::<Vec<_>>())
}

impl Construct {
    fn to_value(&self) -> Value {
        place_value(
            (&self.template, self.line, self.column),
            [
                ("action", Value::from(self.action.as_str())),
                ("kind", Value::from(self.kind.as_str())),
                ("supported", Value::Bool(self.supported)),
                ("reason", self.reason.as_deref().map_or(Value::Null, Value::from)),
            ],
        )
    }
}

impl Interpolation {
    fn to_value(&self) -> Value {
        place_value(
            (&self.template, self.line, self.column),
            [
                ("action", Value::from(self.action.as_str())),
                ("context", Value::from(self.context)),
                ("attributes", texts(&self.attributes)),
                ("escapers", texts(&self.escapers)),
            ],
        )
    }
}

impl AnalysisWarning {
    fn to_value(&self) -> Value {
        place_value(
            (&self.template, self.line, self.column),
            [
                ("action", Value::from(self.action.as_str())),
                ("attribute", Value::from(self.attribute.as_str())),
                ("reason", Value::from(self.reason.as_str())),
            ],
        )
    }
}

impl FragmentAnalysis {
    fn to_value(&self) -> Value {
        place_value(
            (&self.template, self.line, self.column),
            [
                ("element", Value::from(self.element.as_str())),
                ("id_kind", Value::from(self.id.as_str())),
                ("id", self.id.literal().map_or(Value::Null, Value::from)),
                ("in_range", Value::Bool(self.in_range)),
                ("paths", texts(&self.paths)),
                ("estimated_size", Value::Int(self.estimated_size as i64)),
                ("complexity", Value::from(self.complexity.as_str())),
                ("value_updates", Value::Bool(self.value_updates)),
            ],
        )
    }

    /// Takes in the same element in another context.
    fn merge(&mut self, other: FragmentAnalysis) {
        self.in_range |= other.in_range;
        self.paths.extend(other.paths);
        self.paths.sort_unstable();
        self.paths.dedup();
        self.estimated_size = self.estimated_size.max(other.estimated_size);
        self.complexity = self.complexity.max(other.complexity);
        self.value_updates &= other.value_updates;
    }
}

impl Analysis {
    /// As a map with the fields' names as keys.
    pub fn to_value(&self) -> Value {
        let list = |values: Vec<Value>| Value::from(values);
        Value::map([
            ("mode", Value::from(self.mode.as_str())),
            ("expected_reduction", Value::Float(self.expected_reduction)),
            ("supported", Value::Int(self.supported as i64)),
            ("unsupported", Value::Int(self.unsupported as i64)),
            ("support_percentage", Value::Float(self.support_percentage)),
            ("reasons", texts(&self.reasons)),
            ("recommendations", texts(&self.recommendations)),
            ("hash", Value::from(self.hash.as_str())),
            ("constructs", list(self.constructs.iter().map(Construct::to_value).collect())),
            ("fragments", list(self.fragments.iter().map(FragmentAnalysis::to_value).collect())),
            ("interpolations", list(self.interpolations.iter().map(Interpolation::to_value).collect())),
            ("warnings", list(self.warnings.iter().map(AnalysisWarning::to_value).collect())),
            ("outside", list(self.outside.iter().map(Construct::to_value).collect())),
        ])
    }
}
