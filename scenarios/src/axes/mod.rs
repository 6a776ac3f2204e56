//! Axes of sweeps: the values that a range or a list says, and samples of them.

pub(crate) mod axis_values;
pub(crate) mod sample;
