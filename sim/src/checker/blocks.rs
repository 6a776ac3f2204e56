//! Neighbouring nodes with nothing but connectors below them, which are most nodes of a site: what their connectors may draw and draw, beside the limits.

use super::limit_columns::{NodeRow, NodeRows};

/// What limits leave to all nodes that were looked at: below 0 where any is exceeded.
///
/// Sums of `u32` over connectors fit `i64`, so that the sign of what is left tells what is above its limit: signs are or-ed, in the place of a branch for
/// each node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Left {
    pub(super) allocated_w: i64,
    pub(super) drawn_w: i64,
}

impl Left {
    pub(super) fn add(&mut self, other: Self) {
        self.allocated_w |= other.allocated_w;
        self.drawn_w |= other.drawn_w;
    }

    /// Looks at a node; returns what its meter shows \[W\].
    #[inline(always)]
    pub(super) fn of(&mut self, allocated_w: u64, drawn_w: u64, limits: NodeRow) -> i64 {
        self.allocated_w |= limits.ev_limit_w.wrapping_sub(allocated_w as i64);
        self.drawn_w |= limits.room_w.wrapping_sub(drawn_w as i64);
        (drawn_w as i64).wrapping_add(limits.base_load_w)
    }
}

/// Neighbouring nodes with nothing but so many connectors below each.
///
/// It is no closure and not inlined, so that the compiler knows that the columns are apart.
#[inline(never)]
pub(super) fn add_block(
    per_node: usize,
    (setpoint_w, measured_w): (&[u32], &[u32]),
    allocated_w: &mut [u64],
    drawn_w: &mut [u64],
    meter_w: &mut [i64],
    limits: NodeRows<'_>,
) -> Left {
    // Nodes have one connector or two, mostly: loops of a known length are worth their lines.
    match per_node {
        1 => add_nodes::<1>((setpoint_w, measured_w), allocated_w, drawn_w, meter_w, limits),
        2 => add_nodes::<2>((setpoint_w, measured_w), allocated_w, drawn_w, meter_w, limits),
        _ => {
            let mut left = Left::default();
            let powers = setpoint_w.chunks_exact(per_node).zip(measured_w.chunks_exact(per_node));
            for (node, (setpoint_w, measured_w)) in powers.enumerate() {
                (allocated_w[node], drawn_w[node]) = (sum_w(setpoint_w), sum_w(measured_w));
                meter_w[node] = left.of(allocated_w[node], drawn_w[node], limits.at(node));
            }
            left
        }
    }
}

#[inline(always)]
fn add_nodes<const PER_NODE: usize>(
    (setpoint_w, measured_w): (&[u32], &[u32]),
    allocated_w: &mut [u64],
    drawn_w: &mut [u64],
    meter_w: &mut [i64],
    limits: NodeRows<'_>,
) -> Left {
    let n = meter_w.len();
    let (setpoint_w, measured_w) =
        (&setpoint_w.as_chunks::<PER_NODE>().0[..n], &measured_w.as_chunks::<PER_NODE>().0[..n]);
    let (allocated_w, drawn_w, limits) = (&mut allocated_w[..n], &mut drawn_w[..n], limits.first(n));
    let mut left = Left::default();
    for node in 0..n {
        (allocated_w[node], drawn_w[node]) = (sum_w(&setpoint_w[node]), sum_w(&measured_w[node]));
        meter_w[node] = left.of(allocated_w[node], drawn_w[node], limits.at(node));
    }
    left
}

#[inline(always)]
fn sum_w(powers_w: &[u32]) -> u64 {
    powers_w.iter().fold(0, |sum_w, &power_w| sum_w.wrapping_add(power_w.into()))
}
