//! Reading the vectors: `tests/vectors/README.md` describes the files.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

use livetemplate_core::{DataFlags, Function, FunctionError, MissingKey, Numbers, Template, Value, Wire};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One case.
#[derive(Debug, Default)]
pub struct Case {
    /// `<area>/<name>`.
    pub name: String,
    /// Sources by name, in order.
    pub templates: Vec<(String, Vec<u8>)>,
    /// JSON text of the first state.
    pub data: Vec<u8>,
    /// The first state of a page whose HTML its host renders; such a case has neither sources nor data.
    pub html: Option<Vec<u8>>,
    /// What leads to the further states.
    pub steps: Vec<Step>,
    /// Control messages, each with the number of steps before it.
    pub receives: Vec<(usize, Vec<u8>)>,
    /// What each state must give.
    pub expected: BTreeMap<usize, Expected>,
    /// What the places of the template read, a line of JSON text each.
    pub dependencies: Option<String>,
    /// What can be told of the template, JSON text.
    pub analysis: Option<Vec<u8>>,
    /// The data flags.
    pub flags: DataFlags,
    /// How numbers compare.
    pub numbers: Numbers,
    /// What a missing key gives.
    pub missing_key: MissingKey,
    /// The delimiters, when they are not Go's.
    pub delims: Option<(String, String)>,
    /// Whether the template has the functions `check` and `tick`.
    pub functions: bool,
    /// The formats in which the case is walked once more.
    pub wires: Vec<Wire>,
    /// How many steps one execution may take.
    pub max_steps: Option<u64>,
    /// How many bytes one execution may write.
    pub max_output: Option<usize>,
}

/// What leads from one state to the next.
#[derive(Debug)]
pub struct Step {
    /// Which call it is.
    pub kind: StepKind,
    /// What it is about.
    pub title: String,
    /// JSON text, or HTML.
    pub text: Vec<u8>,
}

/// The call of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// `patch`.
    Patch,
    /// `update`.
    Update,
    /// `set_data`.
    SetData,
    /// `update_html`.
    UpdateHtml,
}

/// What one state must give.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// This HTML.
    Html(Vec<u8>),
    /// An error with these fields.
    Error(BTreeMap<String, String>),
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All cases under `tests/vectors`, in order of their names.
///
/// # Panics
/// On a file that cannot be read or is not of the form the README describes: a vector that is skipped would be a test that
/// cannot fail.
pub fn cases() -> Vec<Case> {
    let top = root().join("tests/vectors");
    let mut files = Vec::new();
    for area in fs::read_dir(&top).expect("tests/vectors") {
        let area = area.expect("entry").path();
        if area.is_dir() {
            let inside = fs::read_dir(&area).expect("area").map(|e| e.expect("entry").path());
            files.extend(inside.filter(|f| f.extension().is_some_and(|e| e == "txtar")));
        }
    }
    files.sort();
    files.iter().map(|file| read(&top, file)).collect()
}

fn read(top: &Path, file: &Path) -> Case {
    let text = fs::read(file).expect("vector");
    let name = file.with_extension("").strip_prefix(top).expect("below").display().to_string();
    let case = Case::parse(&name, &text, file.parent());
    assert!(case.html.is_some() || !case.expected.is_empty(), "{name}: nothing expected");
    case
}

/// The sections of a file: heading and content.
fn sections(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut sections: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text.split_inclusive(|b| *b == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        match bare.strip_prefix(b"-- ").and_then(|l| l.strip_suffix(b" --")) {
            Some(heading) => {
                sections.push((String::from_utf8(heading.to_vec()).expect("heading"), Vec::new()));
            }
            None => {
                if let Some((_, content)) = sections.last_mut() {
                    content.extend_from_slice(line);
                }
            }
        }
    }
    for (_, content) in &mut sections {
        if content.last() == Some(&b'\n') {
            content.pop();
        }
    }
    sections
}

impl Case {
    /// Reads a case from the text of its file; files that it includes stand in `folder`.
    ///
    /// # Panics
    /// On text that is not of the form the README describes.
    pub fn parse(name: &str, text: &[u8], folder: Option<&Path>) -> Case {
        let mut case =
            Case { name: name.into(), flags: DataFlags { times: true, trusted: false }, ..Case::default() };
        let mut details = Vec::new();
        for (heading, content) in sections(text) {
            let (kind, rest) = heading.split_once(' ').unwrap_or((&heading, ""));
            let (rest, content) = match heading.split_once(" < ") {
                Some((before, from)) => {
                    let content = fs::read(folder.expect("a folder").join(from)).expect("included file");
                    (before.split_once(' ').map_or("", |(_, r)| r).to_owned(), content)
                }
                None => (rest.to_owned(), content),
            };
            match kind {
                "options" => case.options(&String::from_utf8(content).expect("options")),
                "template" => case.templates.push((rest, content)),
                "data" => case.data = content,
                "html" => case.html = Some(content),
                "receive" => case.receives.push((case.steps.len(), content)),
                "patch" => case.steps.push(Step { kind: StepKind::Patch, title: rest, text: content }),
                "update" => case.steps.push(Step { kind: StepKind::Update, title: rest, text: content }),
                "set_data" => case.steps.push(Step { kind: StepKind::SetData, title: rest, text: content }),
                "update_html" => {
                    case.steps.push(Step { kind: StepKind::UpdateHtml, title: rest, text: content });
                }
                "dependencies" => {
                    case.dependencies = Some(String::from_utf8(content).expect("dependencies"));
                }
                "analysis" => case.analysis = Some(content),
                "want" => {
                    case.expected.insert(rest.parse().expect("state"), Expected::Html(content));
                }
                "error" => {
                    let text = String::from_utf8(content).expect("error");
                    let fields = text.split('\n').filter_map(|line| line.split_once(' '));
                    let fields = fields.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
                    case.expected.insert(rest.parse().expect("state"), Expected::Error(fields));
                }
                "details" => {
                    let text = String::from_utf8(content).expect("details");
                    details.push((rest.parse::<usize>().expect("state"), text));
                }
                other => panic!("{}: unknown section {other:?}", case.name),
            }
        }
        for (state, text) in details {
            match case.expected.get_mut(&state) {
                Some(Expected::Error(fields)) => fields.insert("details".to_owned(), text),
                _ => panic!("{}: details of no error", case.name),
            };
        }
        case
    }

    fn options(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["times"] => self.flags.times = true,
                ["no-times"] => self.flags.times = false,
                ["trusted"] => self.flags.trusted = true,
                ["numbers", "strict"] => self.numbers = Numbers::Strict,
                ["numbers", "adaptive"] => self.numbers = Numbers::Adaptive,
                ["missingkey", "default"] => self.missing_key = MissingKey::Default,
                ["missingkey", "zero"] => self.missing_key = MissingKey::Zero,
                ["missingkey", "error"] => self.missing_key = MissingKey::Error,
                ["delims", left, right] => self.delims = Some((left.into(), right.into())),
                ["wire", ref names @ ..] => {
                    self.wires = names.iter().map(|name| Wire::from_name(name).expect("a format")).collect();
                }
                ["functions"] => self.functions = true,
                ["max-steps", most] => self.max_steps = Some(most.parse().expect("a number")),
                ["max-output", most] => self.max_output = Some(most.parse().expect("a number")),
                ["go-replace" | "go-float" | "go-error", ..] => {}
                _ => panic!("{}: unknown option {line:?}", self.name),
            }
        }
    }

    /// Builds the case's template.
    ///
    /// # Errors
    /// What the template's builder says.
    pub fn template(&self) -> livetemplate_core::Result<Template> {
        let mut builder = Template::builder().numbers(self.numbers).missing_key(self.missing_key);
        if let Some((left, right)) = &self.delims {
            builder = builder.delims(left, right);
        }
        if self.functions {
            builder = builder.function("check", Function::new(check).arity(2, Some(2)));
            builder = builder.function("tick", Function::new(|_| Ok("tick".into())).arity(0, Some(0)));
        }
        if let Some(most) = self.max_steps {
            builder = builder.max_steps(most);
        }
        if let Some(most) = self.max_output {
            builder = builder.max_output(most);
        }
        for (name, source) in &self.templates {
            builder = builder.source(name, source.clone());
        }
        builder.build()
    }
}

/// The function `check`: its second argument, or an error when the first is not true.
fn check(args: &[Value]) -> Result<Value, FunctionError> {
    match args {
        [Value::Bool(true), value] => Ok(value.clone()),
        _ => Err("check failed".into()),
    }
}
