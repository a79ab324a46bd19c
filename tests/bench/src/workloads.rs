//! The workloads of `workloads.json`, written out as data. How they are described stands in the file itself.

use crate::Outcome;
use livetemplate_core::{DataFlags, Template, Value};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// JSON text of data and patches may have times.
pub const FLAGS: DataFlags = DataFlags { times: true, trusted: false };

/// The file.
#[derive(Deserialize)]
pub struct Workloads {
    generators: BTreeMap<String, Json>,
    templates: BTreeMap<String, Page>,
    workloads: Vec<Described>,
    budget: Vec<Described>,
}

#[derive(Deserialize)]
struct Page {
    file: Option<PathBuf>,
    #[serde(default)]
    times: BTreeMap<String, String>,
    data: Map<String, Json>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    template: String,
    #[serde(default)]
    first: Map<String, Json>,
    #[serde(default)]
    next: Map<String, Json>,
    #[serde(default)]
    patch: Json,
    #[serde(default)]
    undo: Option<Json>,
    #[serde(default)]
    steps: Vec<Json>,
}

/// A workload, as JSON text.
pub struct Workload {
    /// The template's name.
    pub template: String,
    /// The data of the page at first.
    pub first: String,
    /// The changes, one after another.
    pub steps: Vec<Step>,
    /// A patch back to the first data; without it they are to be given again.
    pub undo: Option<String>,
}

/// A change.
pub struct Step {
    /// As JSON Patch.
    pub patch: String,
    /// As complete new data; the steps of a journey have only patches.
    pub next: Option<String>,
}

/// A template's files: the same page for each engine.
pub struct Files {
    /// Go's html/template.
    pub go: PathBuf,
    /// Jinja2 and minijinja.
    pub jinja: PathBuf,
    /// Eta.
    pub eta: PathBuf,
}

impl Workloads {
    /// Reads `workloads.json` in the folder of the benchmark.
    pub fn read(folder: &Path) -> Outcome<Workloads> {
        Ok(serde_json::from_slice(&std::fs::read(folder.join("workloads.json"))?)?)
    }

    /// The names of those that are measured on all sides, in order.
    pub fn names(&self) -> Vec<String> {
        self.workloads.iter().map(|workload| workload.name.clone()).collect()
    }

    /// A template's files.
    pub fn files(&self, folder: &Path, template: &str) -> Outcome<Files> {
        let page = self.page(template)?;
        let file = |suffix: &str| folder.join("templates").join(format!("{template}{suffix}.html"));
        let go = page.file.as_ref().map_or_else(|| file(""), |path| folder.join(path));
        Ok(Files { go, jinja: file(".jinja"), eta: file(".eta") })
    }

    /// Writes a workload out.
    pub fn workload(&self, name: &str) -> Outcome<Workload> {
        let mut all = self.workloads.iter().chain(&self.budget);
        let described = all.find(|w| w.name == name).ok_or_else(|| format!("no workload {name:?}"))?;
        let page = self.page(&described.template)?;
        let data = |members: &Map<String, Json>| -> Outcome<String> {
            let mut data = page.data.clone();
            data.extend(members.clone());
            Ok(self.expand(&Json::Object(data), None)?.to_string())
        };
        let text = |value: &Json| -> Outcome<String> { Ok(self.expand(value, None)?.to_string()) };
        let mut steps = Vec::new();
        for patch in &described.steps {
            steps.push(Step { patch: text(patch)?, next: None });
        }
        if steps.is_empty() {
            steps.push(Step { patch: text(&described.patch)?, next: Some(data(&described.next)?) });
        }
        let undo = described.undo.as_ref().map(text).transpose()?;
        Ok(Workload { template: described.template.clone(), first: data(&described.first)?, steps, undo })
    }

    /// The data for engines that have no times: each as text, in the layout that the template has for it.
    pub fn without_times(&self, template: &str, data: &str) -> Outcome<String> {
        let layouts = &self.page(template)?.times;
        if layouts.is_empty() {
            return Ok(data.to_owned());
        }
        let mut formats = BTreeMap::new();
        for (member, layout) in layouts {
            formats.insert(member.as_str(), Template::new("time", format!("{{{{.Format {layout:?}}}}}"))?);
        }
        let mut data: Json = serde_json::from_str(data)?;
        write_times(&mut data, &formats)?;
        Ok(data.to_string())
    }

    fn page(&self, template: &str) -> Outcome<&Page> {
        Ok(self.templates.get(template).ok_or_else(|| format!("no template {template:?}"))?)
    }

    /// Writes a description out, as the item `i` where there is one.
    fn expand(&self, value: &Json, i: Option<u64>) -> Outcome<Json> {
        Ok(match value {
            Json::String(text) => Json::String(substitute(text, i)?),
            Json::Array(items) => {
                Json::Array(items.iter().map(|item| self.expand(item, i)).collect::<Outcome<_>>()?)
            }
            Json::Object(members) => {
                match members.iter().next().map(|(name, value)| (name.as_str(), value)) {
                    Some(("$list", Json::Array(pieces))) => {
                        let mut items = Vec::new();
                        for piece in pieces {
                            self.piece(piece, i, &mut items)?;
                        }
                        Json::Array(items)
                    }
                    Some(("$of", _)) => {
                        let mut items = Vec::new();
                        self.piece(value, i, &mut items)?;
                        items.pop().ok_or("a piece without an item")?
                    }
                    Some(("$number", Json::String(text))) => serde_json::from_str(&substitute(text, i)?)?,
                    Some(("$cycle", Json::Array(items))) => {
                        let at = i.ok_or("$cycle outside a list")? as usize;
                        let item = items.get(at % items.len().max(1)).ok_or("an empty $cycle")?;
                        self.expand(item, i)?
                    }
                    _ => {
                        let mut written = Map::new();
                        for (name, value) in members {
                            written.insert(name.clone(), self.expand(value, i)?);
                        }
                        Json::Object(written)
                    }
                }
            }
            other => other.clone(),
        })
    }

    fn piece(&self, piece: &Json, i: Option<u64>, items: &mut Vec<Json>) -> Outcome<()> {
        let of = match &piece["$of"] {
            Json::String(name) => {
                self.generators.get(name).ok_or_else(|| format!("no generator {name:?}"))?
            }
            inline => inline,
        };
        let number = |name: &str| piece[name].as_u64();
        let from = number("at").or(number("from")).or(i).ok_or("a piece without a number")?;
        let to = number("to").unwrap_or(from + 1);
        let step = usize::try_from(number("step").unwrap_or(1))?.max(1);
        for i in (from..to).step_by(step) {
            let mut item = self.expand(of, Some(i))?;
            if let Some(members) = piece["set"].as_object() {
                item.as_object_mut().ok_or("`set` of what is no object")?.extend(members.clone());
            }
            items.push(item);
        }
        Ok(())
    }
}

/// Puts numbers in the place of `{i}` and `{i%N}`.
fn substitute(text: &str, i: Option<u64>) -> Outcome<String> {
    let (Some(i), mut rest) = (i, text) else {
        return Ok(text.to_owned());
    };
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("{i") {
        let (modulus, after) = after.split_once('}').ok_or("{i without }")?;
        let number = match modulus.strip_prefix('%') {
            Some(modulus) => i.checked_rem(modulus.parse()?).ok_or("{i%0}")?,
            None => i,
        };
        out.push_str(before);
        out.push_str(&number.to_string());
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Replaces every `{"$time": …}` by its text.
fn write_times(data: &mut Json, formats: &BTreeMap<&str, Template>) -> Outcome<()> {
    match data {
        Json::Object(members) => {
            for (name, value) in members {
                match (formats.get(name.as_str()), value.get("$time")) {
                    (Some(format), Some(_)) => {
                        let time = Value::from_json(value.to_string().as_bytes(), FLAGS)?;
                        *value = json!(String::from_utf8(format.render(&time)?)?);
                    }
                    _ => write_times(value, formats)?,
                }
            }
        }
        Json::Array(items) => {
            for item in items {
                write_times(item, formats)?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workloads(text: &str) -> Workloads {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn descriptions_are_written_out() {
        let workloads = workloads(
            r#"{
                "generators": {"row": {"ID": "r{i}", "Cost": {"$number": "{i%3}.5"}, "Kind": {"$cycle": ["a {i}", "b"]}}},
                "templates": {"page": {"data": {"Title": "{i}", "Rows": []}}},
                "workloads": [{
                    "name": "append", "template": "page",
                    "first": {"Rows": {"$list": [{"$of": "row", "from": 0, "to": 2}]}},
                    "next": {"Rows": {"$list": [{"$of": "row", "from": 0, "to": 8, "step": 4}, {"$of": "row", "at": 5, "set": {"ID": "x"}}]}},
                    "patch": {"$list": [{"$of": {"op": "add", "path": "/Rows/{i}", "value": {"$of": "row"}}, "at": 2}]},
                    "undo": []
                }],
                "budget": []
            }"#,
        );
        let workload = workloads.workload("append").unwrap();
        let json = |text: &str| -> Json { serde_json::from_str(text).unwrap() };
        let row = |id: &str, cost: f64, kind: &str| json!({"ID": id, "Cost": cost, "Kind": kind});
        let page = |rows: Vec<Json>| json!({"Title": "{i}", "Rows": rows});
        assert_eq!(json(&workload.first), page(vec![row("r0", 0.5, "a 0"), row("r1", 1.5, "b")]));
        let step = &workload.steps[0];
        let next = page(vec![row("r0", 0.5, "a 0"), row("r4", 1.5, "a 4"), row("x", 2.5, "b")]);
        assert_eq!(json(step.next.as_deref().unwrap()), next);
        let add = json!([{"op": "add", "path": "/Rows/2", "value": row("r2", 2.5, "a 2")}]);
        assert_eq!(json(&step.patch), add);
        assert_eq!(workload.undo.as_deref(), Some("[]"));
    }

    #[test]
    fn times_become_text_in_the_layout_of_their_member() {
        let workloads = workloads(
            r#"{
                "generators": {}, "workloads": [], "budget": [],
                "templates": {"page": {"times": {"At": "15:04", "Day": "Jan 2"}, "data": {}}}
            }"#,
        );
        let data = r#"{"List": [{"At": {"$time": "2025-08-08T14:30:26Z"}}], "Day": {"$time": "2025-08-08T14:30:26Z"}}"#;
        let plain = workloads.without_times("page", data).unwrap();
        assert_eq!(plain, r#"{"Day":"Aug 8","List":[{"At":"14:30"}]}"#);
    }

    #[test]
    fn every_workload_can_be_written_out() {
        let workloads = Workloads::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        for described in workloads.workloads.iter().chain(&workloads.budget) {
            let workload = workloads.workload(&described.name).unwrap();
            assert!(!workload.steps.is_empty(), "{}", described.name);
        }
    }
}
