//! Encoders: what a patch or a page looks like on the wire.

pub(crate) mod tree;
