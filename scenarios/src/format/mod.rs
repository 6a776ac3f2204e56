//! The format as types, as data, and as a document.

pub(crate) mod file;
pub(crate) mod reference;
pub(crate) mod shape;
