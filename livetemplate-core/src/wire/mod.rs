//! Encoders: what a patch or a page looks like on the wire.

mod compress;
pub(crate) mod control;
mod edits;
pub(crate) mod elements;
pub(crate) mod fragments;
mod hashes;
pub(crate) mod html;
mod htmx;
mod operations;
mod patches;
mod rows;
pub(crate) mod text;
pub(crate) mod tree;
mod turbo;
pub(crate) mod walk;

pub use self::compress::compress;
pub use self::fragments::{Fragment, Strategy};

use self::elements::ElementChange;
use self::fragments::Splits;
use self::html::{Annotations, HtmlWriter, Naming};
use self::text::TextChange;
use crate::error::{Code, Error, Result};
use crate::tree::node::Tree;
use crate::tree::set::PageProgram;
use std::collections::HashMap;

/// How a page tells its clients what changed: chosen when the page is made. See `docs/wire.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wire {
    /// Statics and numbered dynamics, for the published client `@livetemplate/client` and our own.
    #[default]
    Tree,
    /// Fragments, each by the strategy that fits its change, for our own client.
    Fragments,
    /// New values in the texts of fragments, and new fragments, in JSON messages of version 1.0, for our own client.
    Patches,
    /// Operations on elements as JSON, for our own client.
    Operations,
    /// Turbo Streams, for Turbo 8. Their content type is `text/vnd.turbo-stream.html`.
    Turbo,
    /// Out-of-band swaps in HTML, for htmx 2.
    Htmx,
}

impl Wire {
    /// All formats.
    pub const ALL: &[Wire] =
        &[Wire::Tree, Wire::Fragments, Wire::Patches, Wire::Operations, Wire::Turbo, Wire::Htmx];

    /// The format's name: `tree`, `fragments`, `patches`, `operations`, `turbo`, `htmx`.
    pub fn name(self) -> &'static str {
        match self {
            Wire::Tree => "tree",
            Wire::Fragments => "fragments",
            Wire::Patches => "patches",
            Wire::Operations => "operations",
            Wire::Turbo => "turbo",
            Wire::Htmx => "htmx",
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

/// What a format writes changes of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Family {
    Tree,
    Elements(ElementWire),
    Texts(TextWire),
}

impl Wire {
    pub(crate) fn family(self) -> Family {
        match self {
            Wire::Tree => Family::Tree,
            Wire::Fragments => Family::Texts(TextWire::Fragments),
            Wire::Patches => Family::Texts(TextWire::Patches),
            Wire::Operations => Family::Elements(ElementWire::Operations),
            Wire::Turbo => Family::Elements(ElementWire::Turbo),
            Wire::Htmx => Family::Elements(ElementWire::Htmx),
        }
    }
}

/// How a format writes changes of fragments' texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TextWire {
    Fragments,
    Patches,
}

/// What messages need besides what changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    /// The number of the first.
    pub seq: u64,
    /// Time since the Unix epoch.
    pub millis: u64,
    /// Length of the page's HTML.
    pub full: usize,
}

impl TextWire {
    /// What brings a client to the live region's content from any state. `seq` is the number of the page's last message.
    pub fn resync(self, page: &PageProgram, tree: &Tree, seq: u64) -> Vec<u8> {
        control::resync(seq, &HtmlWriter::new(page, self).region(tree).html, None)
    }

    /// The messages that make the changes, and the fragments in them where the format has such.
    pub fn messages(
        self,
        changes: &[TextChange<'_>],
        splits: &mut Splits,
        sending: Sending,
    ) -> (Vec<Vec<u8>>, Vec<Fragment>) {
        match self {
            TextWire::Fragments => {
                let (message, fragments) = fragments::encode(changes, splits, sending.seq, sending.full);
                (if message.is_empty() { Vec::new() } else { vec![message] }, fragments)
            }
            TextWire::Patches => (patches::encode(changes, sending.seq, sending.millis), Vec::new()),
        }
    }
}

impl From<TextWire> for Annotations {
    fn from(wire: TextWire) -> Annotations {
        let name = match wire {
            TextWire::Fragments => Wire::Fragments.name(),
            TextWire::Patches => Wire::Patches.name(),
        };
        Annotations { naming: Naming::FragmentId, has_hashes: false, root_mark: Some(name) }
    }
}

impl From<ElementWire> for Annotations {
    fn from(wire: ElementWire) -> Annotations {
        let root_mark = match wire {
            ElementWire::Operations => Some(Wire::Operations.name()),
            ElementWire::Turbo | ElementWire::Htmx => None,
        };
        Annotations { naming: wire.naming(), has_hashes: wire.has_hashes(), root_mark }
    }
}

/// How a format writes changes of elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ElementWire {
    Operations,
    Turbo,
    Htmx,
}

impl ElementWire {
    pub fn naming(self) -> Naming {
        match self {
            ElementWire::Operations | ElementWire::Turbo | ElementWire::Htmx => Naming::Id,
        }
    }

    /// Whether clients keep hashes of what fragments show.
    pub fn has_hashes(self) -> bool {
        self == ElementWire::Operations
    }

    /// Whether elements that are there can be moved.
    pub fn has_moves(self) -> bool {
        self == ElementWire::Operations
    }

    /// Whether texts and values can be set by themselves.
    pub fn has_edits(self) -> bool {
        self == ElementWire::Operations
    }

    /// Whether the content of an element can be sent without its tags.
    pub fn has_inner(self) -> bool {
        self == ElementWire::Turbo
    }

    /// What brings a client to the live region's content from any state. `seq` is the number of the page's last message.
    pub fn resync(self, page: &PageProgram, tree: &Tree, seq: u64) -> Vec<u8> {
        match self {
            ElementWire::Operations => {
                let written = HtmlWriter::new(page, self).region(tree);
                let versions = hashes::versions(&written, &html::region_id(page, self.naming()));
                control::resync(seq, &written.html, Some(&versions))
            }
            ElementWire::Turbo | ElementWire::Htmx => {
                self.message(page, &[elements::region(page, self, tree)], seq)
            }
        }
    }

    /// The answer to a client that says which fragments it has, by their hashes.
    pub fn handshake(
        self,
        page: &PageProgram,
        tree: &Tree,
        versions: &HashMap<String, String>,
        seq: u64,
    ) -> Vec<u8> {
        if !self.has_hashes() {
            return self.resync(page, tree, seq);
        }
        let written = HtmlWriter::new(page, self).region(tree);
        operations::handshake(&written, &html::region_id(page, self.naming()), versions, seq)
    }

    /// The message that makes the changes. `seq` is its number.
    pub fn message(self, page: &PageProgram, changes: &[ElementChange], seq: u64) -> Vec<u8> {
        let region = html::region_id(page, self.naming());
        match self {
            ElementWire::Operations => operations::encode(changes, &region, seq),
            // The clients of these know no numbers.
            ElementWire::Turbo => turbo::encode(changes, &region),
            ElementWire::Htmx => htmx::encode(changes, &region),
        }
    }
}
