//! Pack folders: written beside their place and moved there whole, read again, compared.

mod diverge;
mod folder;
mod kind;
mod place;
mod produce;
mod read;
mod row;
mod witness;

pub use diverge::{ContextCell, Divergence, divergence_in, first_divergence};
pub use folder::{PackFile, PackFolder};
pub use kind::PackKind;
pub use place::{Place, Placed};
pub use produce::{Produced, Recipe, produce};
pub use read::{FileChange, FileState, Pack, Side, check_within, differences, is_pack, recording};
pub use witness::Witnesses;
