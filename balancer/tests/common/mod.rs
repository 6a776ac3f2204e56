//! What the test files share: the one place that asks the balancer, and inputs as JSON.
#![allow(dead_code)] // each test file uses a part

pub(crate) mod json;
pub(crate) mod properties;
pub(crate) mod random;
pub(crate) mod rejects;
pub(crate) mod tree;

use balancer::{CycleInput, Decision};

/// The balancer's answer.
pub(crate) fn decide(input: &CycleInput) -> Decision {
    balancer::decide(input)
}
