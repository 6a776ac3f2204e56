//! Levels of saturated nodes where no minimum binds: Newton's method, from the deepest saturated nodes up.
//!
//! A node capped at level A/W is, for all its ancestors, one leaf with demand A and weight W beside those of its leaves that the
//! level leaves whole. So every saturated node solves one flat problem over few items.

use crate::topology::{Topology, Visit};
use crate::work::{Item, Level, Work};

/// Fills `level` for every node in `saturated` (in preorder), and with [`Level::NONE`] elsewhere.
pub(crate) fn find(topology: &Topology, work: &mut Work) {
    work.level.fill(Level::NONE);
    let mut next = 0;
    while next < work.saturated.len() {
        // Nodes stand in preorder, so that what is saturated below this one follows it.
        let top = work.saturated[next] as usize;
        let end = topology.inner_end(top);
        let inside = work.saturated[next..].partition_point(|&node| (node as usize) < end);
        if inside == 1 {
            work.level[top] = level_of_slice(topology, work, top);
        } else {
            levels_below(topology, work, top);
        }
        next += inside;
    }
}

/// The level of a node with no saturated node below it, straight from the arrays.
fn level_of_slice(topology: &Topology, work: &Work, node: usize) -> Level {
    let leaves = topology.leaves_below_inner(node);
    let take_w = &work.tier_take_w[leaves.clone()];
    let weight = &work.tier_weight[leaves];
    let total_weight = take_w
        .iter()
        .zip(weight)
        .map(|(&take_w, &weight)| if take_w > 0 { u64::from(weight) } else { 0 })
        .sum();
    newton(work.residual_w[node], total_weight, |level| {
        let (mut fixed_w, mut fixed_weight) = (0_u64, 0_u64);
        let mut fits = Fits::at(level);
        for (&take_w, &weight) in take_w.iter().zip(weight) {
            if take_w > 0 && fits.fits(u64::from(take_w), u64::from(weight)) {
                fixed_w += u64::from(take_w);
                fixed_weight += u64::from(weight);
            }
        }
        (fixed_w, fixed_weight)
    })
}

/// The levels of `top` and of all saturated nodes below it, in one walk that keeps the items of open nodes on a stack.
fn levels_below(topology: &Topology, work: &mut Work, top: usize) {
    let mut items = std::mem::take(&mut work.items);
    items.clear();
    for visit in topology.walk_below(top) {
        match *visit {
            Visit::Leaves(run) => {
                items.extend(run.leaves().filter(|&leaf| work.tier_take_w[leaf] > 0).map(|leaf| {
                    let (amount_w, weight) =
                        (u64::from(work.tier_take_w[leaf]), u64::from(work.tier_weight[leaf]));
                    Item { amount_w, weight, first_leaf: leaf as u32 }
                }))
            }
            Visit::Close(node) => {
                let node = node as usize;
                if work.sum_w[node] > work.residual_w[node] {
                    let first_leaf = topology.leaves_below_inner(node).start as u32;
                    let start = items.partition_point(|item| item.first_leaf < first_leaf);
                    work.level[node] = cap(&mut items, start, first_leaf, work.residual_w[node]);
                }
            }
        }
    }
    work.items = items;
}

/// Finds the level of the items from `start` on under `limit_w`, and puts one item in the place of those it governs.
fn cap(items: &mut Vec<Item>, start: usize, first_leaf: u32, limit_w: u64) -> Level {
    let total_weight = items[start..].iter().map(|item| item.weight).sum();
    let level = newton(limit_w, total_weight, |level| {
        let (mut fixed_w, mut fixed_weight) = (0_u64, 0_u64);
        for item in &items[start..] {
            if is_whole(item, level) {
                fixed_w += item.amount_w;
                fixed_weight += item.weight;
            }
        }
        (fixed_w, fixed_weight)
    });
    let mut kept = start;
    for next in start..items.len() {
        if is_whole(&items[next], level) {
            items[kept] = items[next];
            kept += 1;
        }
    }
    items.truncate(kept);
    // It stands last although it begins first, which is in nobody's way: who is above it begins no later, and who follows begins after all of it.
    items.push(Item { amount_w: level.amount_w, weight: level.weight, first_leaf });
    level
}

/// Whether the level gives the item all it can take.
fn is_whole(item: &Item, level: Level) -> bool {
    Level { amount_w: item.amount_w, weight: item.weight }.is_at_most(level)
}

/// Newton's method from below on `fixed(level) + level * (rest of the weight) = limit`; `fixed` returns power and weight of what a level leaves whole.
///
/// The level only rises, and stops rising when the set of what is left whole does: two to five rounds in practice.
pub(crate) fn newton(limit_w: u64, total_weight: u64, fixed: impl Fn(Level) -> (u64, u64)) -> Level {
    let mut level = Level { amount_w: limit_w, weight: total_weight };
    loop {
        let (fixed_w, fixed_weight) = fixed(level);
        let next = Level { amount_w: limit_w - fixed_w, weight: total_weight - fixed_weight };
        if next == level {
            return level;
        }
        level = next;
    }
}

/// The test whether a leaf is left whole, with one division for all leaves of one weight.
struct Fits {
    level: Level,
    weight: u64,
    /// The largest power of a leaf with that weight that the level leaves whole \[W\].
    threshold_w: u64,
}

impl Fits {
    fn at(level: Level) -> Self {
        let mut fits = Self { level, weight: 0, threshold_w: 0 };
        fits.set_weight(1);
        fits
    }

    fn set_weight(&mut self, weight: u64) {
        self.weight = weight;
        let share_w = u128::from(self.level.amount_w) * u128::from(weight) / u128::from(self.level.weight);
        self.threshold_w = u64::try_from(share_w).unwrap_or(u64::MAX);
    }

    fn fits(&mut self, take_w: u64, weight: u64) -> bool {
        if weight != self.weight {
            self.set_weight(weight);
        }
        take_w <= self.threshold_w
    }
}
