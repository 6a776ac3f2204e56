//! Black-box tests of what depotsim tells: hand-made ticks with hand-computed expectations, and whole nights of the engine.

mod consequences;
mod digests;
mod frame;
mod night;
mod pack;
mod plots;
mod summary;
mod svg;
mod tables;
