//! Texts in which every value knows its place: RON as a tree, tables cell by cell, and problems that point into them.

pub(crate) mod report;
pub(crate) mod ron_text;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod tree;
pub(crate) mod unshown;
