//! What can be told of a template before it is rendered.

use napi_derive::napi;

/// What can be told of a template before it is rendered.
#[napi(object, object_from_js = false)]
pub struct Analysis {
    /// `value_patch` when value patches support all constructs.
    #[napi(ts_type = "'value_patch' | 'fragment_replace'")]
    pub mode: String,
    /// How much less an update is expected to send than the page's HTML: 0.85 or 0.6.
    pub expected_reduction: f64,
    /// How many constructs value patches support; runs of literal text count as supported.
    pub supported: u32,
    /// How many they do not.
    pub unsupported: u32,
    /// `supported` of all, in percent.
    pub support_percentage: f64,
    /// What is not supported, and why.
    pub reasons: Vec<String>,
    /// The mode, then what would improve it. Never empty.
    pub recommendations: Vec<String>,
    /// SHA-256 in hex over the names and syntax trees of the set.
    pub hash: String,
    /// The actions that are reached from the template, in the order of the sources.
    pub constructs: Vec<Construct>,
    /// What updates address: the live region, then elements in the order of the sources.
    pub fragments: Vec<FragmentAnalysis>,
    /// The values in the output, and how they are escaped.
    pub interpolations: Vec<Interpolation>,
    /// Where Go's escaping does not protect.
    pub warnings: Vec<AnalysisWarning>,
    /// What lies outside the live region: it is rendered, but cannot be updated.
    pub outside: Vec<Construct>,
}

/// An action of a template.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Construct {
    /// Name of the source.
    pub template: String,
    /// Its line there, from 1.
    pub line: u32,
    /// Its column there, in bytes from 0, as in errors.
    pub column: u32,
    /// What it is.
    #[napi(ts_type = "'interpolation' | 'variable' | 'if' | 'with' | 'range' | 'call'")]
    pub kind: String,
    /// Its pipeline, or the whole call, as Go prints it in an error.
    pub action: String,
    /// Whether value patches support it.
    pub supported: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// A part of a page that updates address: an element, or the live region.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct FragmentAnalysis {
    /// Name of the source.
    pub template: String,
    /// The line of its start tag there, from 1.
    pub line: u32,
    /// The column of its start tag there, in bytes from 0.
    pub column: u32,
    /// The element's name, in lower case.
    pub element: String,
    /// Whether its `id` attribute is written in the template, has data in it, or is made where a format needs one.
    #[napi(ts_type = "'literal' | 'dynamic' | 'made'")]
    pub id_kind: String,
    /// The id that is written in the template.
    pub id: Option<String>,
    /// Whether it is the root element of a range's items.
    pub in_range: bool,
    /// Which paths of the data its places read, without those of fragments in it.
    pub paths: Vec<String>,
    /// How many bytes of literal text it has: of conditions the longer branch, of ranges one item.
    pub estimated_size: u32,
    /// What it takes to update it.
    #[napi(ts_type = "'simple' | 'moderate' | 'complex' | 'very_complex'")]
    pub complexity: String,
    /// Whether a change at any of its places can be sent as value updates; else it is replaced.
    pub value_updates: bool,
}

/// A value in the output, and how it is escaped.
#[napi(object, object_from_js = false)]
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
    pub context: String,
    /// The attributes in whose values it stands.
    pub attributes: Vec<String>,
    /// What its value goes through, by the names of Go's functions.
    pub escapers: Vec<String>,
}

/// A value in the output that Go's escaping does not protect.
#[napi(object, object_from_js = false)]
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

fn each<'a, T: 'a, U: From<&'a T>>(all: &'a [T]) -> Vec<U> {
    all.iter().map(U::from).collect()
}

fn texts(all: &[&'static str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

impl From<&livetemplate_core::Analysis> for Analysis {
    fn from(inner: &livetemplate_core::Analysis) -> Analysis {
        Analysis {
            mode: inner.mode.as_str().to_owned(),
            expected_reduction: inner.expected_reduction,
            supported: count(inner.supported),
            unsupported: count(inner.unsupported),
            support_percentage: inner.support_percentage,
            reasons: inner.reasons.clone(),
            recommendations: inner.recommendations.clone(),
            hash: inner.hash.clone(),
            constructs: each(&inner.constructs),
            fragments: each(&inner.fragments),
            interpolations: each(&inner.interpolations),
            warnings: each(&inner.warnings),
            outside: each(&inner.outside),
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl From<&livetemplate_core::Construct> for Construct {
    fn from(inner: &livetemplate_core::Construct) -> Construct {
        Construct {
            template: inner.template.clone(),
            line: inner.line,
            column: inner.column,
            kind: inner.kind.as_str().to_owned(),
            action: inner.action.clone(),
            supported: inner.supported,
            reason: inner.reason.clone(),
        }
    }
}

impl From<&livetemplate_core::FragmentAnalysis> for FragmentAnalysis {
    fn from(inner: &livetemplate_core::FragmentAnalysis) -> FragmentAnalysis {
        FragmentAnalysis {
            template: inner.template.clone(),
            line: inner.line,
            column: inner.column,
            element: inner.element.clone(),
            id_kind: inner.id.as_str().to_owned(),
            id: inner.id.literal().map(str::to_owned),
            in_range: inner.in_range,
            paths: inner.paths.clone(),
            estimated_size: count(inner.estimated_size),
            complexity: inner.complexity.as_str().to_owned(),
            value_updates: inner.value_updates,
        }
    }
}

impl From<&livetemplate_core::Interpolation> for Interpolation {
    fn from(inner: &livetemplate_core::Interpolation) -> Interpolation {
        Interpolation {
            template: inner.template.clone(),
            line: inner.line,
            column: inner.column,
            action: inner.action.clone(),
            context: inner.context.to_owned(),
            attributes: inner.attributes.clone(),
            escapers: texts(&inner.escapers),
        }
    }
}

impl From<&livetemplate_core::AnalysisWarning> for AnalysisWarning {
    fn from(inner: &livetemplate_core::AnalysisWarning) -> AnalysisWarning {
        AnalysisWarning {
            template: inner.template.clone(),
            line: inner.line,
            column: inner.column,
            action: inner.action.clone(),
            attribute: inner.attribute.clone(),
            reason: inner.reason.clone(),
        }
    }
}
