//! A page of ours under a workload.

use crate::sides::{Spent, clock};
use crate::workloads::{FLAGS, Workload};
use crate::{Outcome, allocations};
use livetemplate_core::{Application, Page, Template, Value};

/// A page at the first data, the changes, and the way back.
pub struct Live {
    page: Page,
    first: String,
    steps: Vec<(String, String)>,
    undo: Option<String>,
    /// Bytes of the updates of all steps.
    pub update_bytes: usize,
    /// The whole pages: at first and after each step.
    pub pages: Vec<Vec<u8>>,
}

/// What a page holds.
pub struct Memory {
    /// Allocator bytes of its data, held alone.
    pub data: i64,
    /// Allocator bytes of the page beyond that.
    pub retained: i64,
}

impl Live {
    /// Makes the page, takes it through the changes in both ways and sees that they come to the same.
    pub fn new(app: &Application, template: &Template, workload: &Workload) -> Outcome<Live> {
        let page = app.new_page_json(template, workload.first.as_bytes(), FLAGS)?;
        let first = workload.first.clone();
        let mut live =
            Live { page, first, steps: vec![], undo: workload.undo.clone(), update_bytes: 0, pages: vec![] };
        let mut states = vec![live.page.render()?];
        live.pages.push(template.render_json(live.first.as_bytes(), FLAGS)?);
        for step in &workload.steps {
            live.update_bytes += live.page.patch_json(step.patch.as_bytes(), FLAGS)?.payload().len();
            let next = match &step.next {
                Some(next) => next.clone(),
                None => {
                    let mut text = Vec::new();
                    live.page.data()?.write_json(FLAGS, &mut text)?;
                    String::from_utf8(text)?
                }
            };
            states.push(live.page.render()?);
            live.pages.push(template.render_json(next.as_bytes(), FLAGS)?);
            live.steps.push((step.patch.clone(), next));
        }
        live.back()?;
        if live.page.render()? != states[0] {
            return Err("the way back leads to another page".into());
        }
        for ((_, next), state) in live.steps.iter().zip(&states[1..]) {
            live.page.update_json(next.as_bytes(), FLAGS)?;
            if live.page.render()? != *state {
                return Err("the patch and the new data lead to different pages".into());
            }
        }
        live.back()?;
        Ok(live)
    }

    /// The data after the last step, as JSON text.
    pub fn last(&self) -> &str {
        self.steps.last().map_or(&self.first, |(_, next)| next)
    }

    /// The number of changes.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// All changes by patch.
    pub fn patch(&self) -> Outcome<Spent> {
        self.journey(|(patch, _)| Ok(self.page.patch_json(patch.as_bytes(), FLAGS)?.payload().len()))
    }

    /// All changes by complete new data.
    pub fn update(&self) -> Outcome<Spent> {
        self.journey(|(_, next)| Ok(self.page.update_json(next.as_bytes(), FLAGS)?.payload().len()))
    }

    /// Takes the steps on the clock, and the way back off it. The update is dropped on the clock.
    fn journey(&self, step: impl Fn(&(String, String)) -> Outcome<usize>) -> Outcome<Spent> {
        let mut spent = Spent::default();
        for change in &self.steps {
            spent += clock(|| step(change))?.1;
        }
        self.back()?;
        Ok(spent)
    }

    fn back(&self) -> Outcome<()> {
        match &self.undo {
            Some(patch) => self.page.patch_json(patch.as_bytes(), FLAGS)?,
            None => self.page.update_json(self.first.as_bytes(), FLAGS)?,
        };
        Ok(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.page.close();
    }
}

/// What a page of `first` holds after `patches`, when `last` is its data then.
pub fn memory(
    app: &Application,
    template: &Template,
    first: &str,
    patches: &[&str],
    last: &str,
) -> Outcome<Memory> {
    let (value, data) = allocations::held_by(|| Value::from_json(last.as_bytes(), FLAGS));
    drop(value?);
    let (page, held) = allocations::held_by(|| {
        let page = app.new_page_json(template, first.as_bytes(), FLAGS)?;
        for patch in patches {
            page.patch_json(patch.as_bytes(), FLAGS)?;
        }
        Outcome::Ok(page)
    });
    page?.close();
    Ok(Memory { data, retained: held - data })
}
