//! temp
#![allow(dead_code)]
pub(crate) mod json;
pub(crate) mod properties;
pub(crate) mod random;
pub(crate) mod rejects;
use balancer::{CycleInput, Decision};
pub(crate) fn decide(input: &CycleInput) -> Decision {
    balancer::decide(input)
}
