//! Encoders: what a patch or a page looks like on the wire.

pub(crate) mod tree;

use crate::error::{Code, Error, Result};

/// How a page tells its clients what changed: chosen when the page is made. See `docs/wire.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wire {
    /// Statics and numbered dynamics, for the published client `@livetemplate/client` and our own.
    #[default]
    Tree,
}

impl Wire {
    /// All formats.
    pub const ALL: &[Wire] = &[Wire::Tree];

    /// The format's name: `tree`.
    pub fn name(self) -> &'static str {
        match self {
            Wire::Tree => "tree",
        }
    }

    /// The format with that name.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that no format has.
    pub fn from_name(name: &str) -> Result<Wire> {
        Wire::ALL.iter().copied().find(|wire| wire.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Wire::ALL.iter().map(|wire| wire.name()).collect();
            let message = format!("no wire format {name:?}: there are {}", names.join(", "));
            Error::new(Code::InvalidArgument, message)
        })
    }
}
