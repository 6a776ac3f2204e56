//! The site: records and tables, `repeat`, and the nodes that follow from them.

pub(crate) mod derive;
pub(crate) mod expand;
pub(crate) mod flat;
pub(crate) mod site_changes;
pub(crate) mod site_file;
pub(crate) mod site_tables;
pub(crate) mod topology;
