//! Single values as people write them: times, powers, energies, percentages, ids, and what chance draws them from.

pub(crate) mod amperes;
pub(crate) mod clock;
pub(crate) mod decimal;
pub(crate) mod distribution;
pub(crate) mod message_kw;
pub(crate) mod names;
pub(crate) mod quantity;
pub(crate) mod stretch;
