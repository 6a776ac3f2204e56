//! The depotsim command line.
fn main() {}
