//! The native half of the Python package `livetemplate`: template, application, page and update as Python classes.
//!
//! Nothing here decides anything about templates or pages. Python data is turned into the engine's values while the
//! interpreter is held, the engine works while it is released, and results and errors are turned back.
#![forbid(unsafe_code)]

mod application;
mod cancel;
mod dependency;
mod error;
mod function;
mod input;
mod object;
mod output;
mod page;
mod template;
mod text;

use pyo3::prelude::*;

/// The module `livetemplate._livetemplate`.
#[pymodule(gil_used = false)]
fn _livetemplate(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("GO_PROFILE", livetemplate_core::GO_PROFILE)?;
    m.add("exceptions", error::classes_by_name(m.py())?)?;
    m.add_class::<template::Template>()?;
    m.add_class::<function::PyFunction>()?;
    m.add_class::<application::Application>()?;
    m.add_class::<page::Page>()?;
    m.add_class::<page::Update>()?;
    m.add_class::<cancel::Cancel>()?;
    m.add_class::<page::UpdateStats>()?;
    m.add_class::<dependency::Dependency>()?;
    m.add_function(wrap_pyfunction!(page::compress, m)?)?;
    Ok(())
}
