//! Pack folders: written beside their place and moved there whole, read again, compared.

mod diverge;
mod folder;
mod produce;
mod read;

pub use diverge::{Divergence, first_divergence};
pub use folder::{PackFolder, Placed};
pub use produce::{Produced, Recipe, produce};
pub use read::{FileChange, Pack};
