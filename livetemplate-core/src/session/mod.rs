//! Applications and pages: isolation of browser sessions from each other.

mod application;
mod control;
mod encode;
mod env;
#[cfg(test)]
mod laws;
mod page;
mod shown;
mod token;
mod update;
mod updating;

pub use application::{Application, ApplicationBuilder};
pub use env::{Clock, Random};
pub use page::{Page, PageOptions};
pub use update::{Update, UpdateStats};
