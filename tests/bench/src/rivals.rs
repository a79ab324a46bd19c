//! The other engines. All render whole pages.

use crate::Outcome;
use crate::sides::{Spent, clock};
use crate::worker::Worker;
use crate::workloads::Workloads;
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// All of them, and our own Python package.
pub struct Rivals {
    pub go: Worker,
    pub package: Worker,
    pub jinja: Worker,
    pub eta: Worker,
    minijinja: minijinja::Environment<'static>,
    /// For files of data.
    target: PathBuf,
}

/// The engines with the same page loaded.
pub struct Loaded<'a> {
    pub go: &'a mut Worker,
    pub jinja: &'a mut Worker,
    pub eta: &'a mut Worker,
    pub minijinja: Minijinja<'a>,
}

/// Minijinja with its page.
pub struct Minijinja<'a> {
    template: minijinja::Template<'a, 'a>,
    data: minijinja::Value,
}

impl Minijinja<'_> {
    /// What one render takes.
    pub fn render(&self) -> Outcome<Spent> {
        Ok(clock(|| Ok(self.template.render(&self.data).map(|html| _ = black_box(html))?))?.1)
    }
}

impl Rivals {
    /// Starts the engines of other languages.
    pub fn start(folder: &Path, root: &Path, python: &str) -> Outcome<Rivals> {
        let target = root.join("target/bench");
        std::fs::create_dir_all(&target)?;
        let script = folder.join("python/worker.py");
        let mut minijinja = minijinja::Environment::new();
        minijinja.set_syntax(minijinja::syntax::SyntaxConfig::builder().keep_trailing_newline(true).build()?);
        Ok(Rivals {
            go: Worker::start(&target.join("go-worker").to_string_lossy(), &[])?,
            package: Worker::start(python, &[&script, Path::new("livetemplate")])?,
            jinja: Worker::start(python, &[&script, Path::new("jinja2")])?,
            eta: Worker::start("node", &[&folder.join("node/worker.mjs")])?,
            minijinja,
            target,
        })
    }

    /// Name and version of each.
    pub fn versions(&mut self) -> Outcome<Vec<String>> {
        Ok(vec![
            format!("html/template of {}", self.go.version()?),
            format!("minijinja {}", locked("minijinja")?),
            self.jinja.version()?,
            self.eta.version()?,
            format!("brotli {}", locked("brotli")?),
        ])
    }

    /// Gives a page to all and sees that they render `html`.
    pub fn load<'a>(
        &'a mut self,
        workloads: &Workloads,
        folder: &Path,
        template: &str,
        data: &str,
        html: &[u8],
    ) -> Outcome<Loaded<'a>> {
        let files = workloads.files(folder, template)?;
        self.load_go(&files.go, data, html)?;
        let plain = workloads.without_times(template, data)?;
        let plain_file = self.target.join("plain.json");
        std::fs::write(&plain_file, &plain)?;
        self.jinja.load(&files.jinja, &plain_file, html)?;
        self.eta.load(&files.eta, &plain_file, html)?;

        // Its escaping follows from the name.
        let name = format!("{template}.html");
        self.minijinja.add_template_owned(name.clone(), std::fs::read_to_string(&files.jinja)?)?;
        let loaded =
            Minijinja { template: self.minijinja.get_template(&name)?, data: serde_json::from_str(&plain)? };
        if loaded.template.render(&loaded.data)?.as_bytes() != html {
            return Err(format!("minijinja renders another page of {template}").into());
        }
        Ok(Loaded { go: &mut self.go, jinja: &mut self.jinja, eta: &mut self.eta, minijinja: loaded })
    }

    /// Gives a page to html/template alone.
    pub fn load_go(&mut self, template: &Path, data: &str, html: &[u8]) -> Outcome<()> {
        let file = self.target.join("data.json");
        std::fs::write(&file, data)?;
        self.go.load(template, &file, html)
    }

    /// Gives a page to our Python package.
    pub fn load_package(&mut self, template: &Path, data: &str, html: &[u8]) -> Outcome<()> {
        let file = self.target.join("data.json");
        std::fs::write(&file, data)?;
        self.package.load(template, &file, html)
    }
}

/// The version of a crate in Cargo.lock.
fn locked(name: &str) -> Outcome<&'static str> {
    let lock = include_str!("../../../Cargo.lock");
    let entry = lock.split_once(&format!("name = \"{name}\"\nversion = \""));
    let version = entry.and_then(|(_, rest)| rest.split_once('"')).map(|(version, _)| version);
    Ok(version.ok_or_else(|| format!("{name} is not in Cargo.lock"))?)
}
