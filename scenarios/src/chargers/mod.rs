//! Chargers: what is built in, and what goes wrong.

pub(crate) mod fault;
pub(crate) mod hardware;
