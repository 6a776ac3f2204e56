//! Who lacks power, and which node withholds how much of it: counted as connectors change.

use super::seen::Seen;
use crate::view::NO_NODE;

/// The connectors that lack power, and what they name.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// Connectors with less than they ask for, those of them that are paused, and those that name themselves.
    pub(super) short: u32,
    pub(super) short_and_paused: u32,
    pub(super) short_by_themselves: u32,
    /// Connectors that are told to be paused.
    pub(super) paused: u32,
    by_node: Vec<Named>,
    /// Whether somebody names each node, and the nodes that somebody names.
    pub(super) is_binding: Vec<bool>,
    pub(super) binding: Vec<u32>,
}

/// What is said of one node.
#[derive(Debug, Clone, Copy, Default)]
struct Named {
    times: u32,
    /// What it withholds by its limit, and by pausing somebody \[W\].
    withheld_w: [u64; 2],
}

impl Tally {
    pub(super) fn of(nodes: usize) -> Self {
        Self {
            short: 0,
            short_and_paused: 0,
            short_by_themselves: 0,
            paused: 0,
            by_node: vec![Named::default(); nodes],
            is_binding: vec![false; nodes],
            binding: Vec::new(),
        }
    }

    pub(super) fn start_anew(&mut self) {
        *self = Self::of(self.by_node.len());
    }

    /// What a node withholds by its limit, and by pausing \[W\].
    pub(super) fn withheld_w(&self, node: u32) -> [u64; 2] {
        self.by_node[node as usize].withheld_w
    }

    /// Counts a connector at `position`.
    pub(super) fn add(&mut self, seen: &Seen, position: u32) {
        let (is_short, is_paused) = (u32::from(seen.is_short), u32::from(seen.is_paused));
        let names_itself = seen.constrained_by == position;
        self.paused += is_paused;
        self.short += is_short;
        self.short_and_paused += is_short & is_paused;
        self.short_by_themselves += is_short & u32::from(names_itself);
        if seen.named != NO_NODE {
            let named = &mut self.by_node[seen.named as usize];
            named.times += 1;
            if !names_itself {
                named.withheld_w[usize::from(seen.is_paused)] += u64::from(seen.withheld_w);
            }
            if named.times == 1 {
                self.is_binding[seen.named as usize] = true;
                self.binding.push(seen.named);
            }
        }
    }

    /// Counts it as it is now, and no longer as it was.
    #[inline]
    pub(super) fn replace(&mut self, before: &Seen, now: &Seen, position: u32) {
        let kind = |seen: &Seen| (seen.constrained_by, seen.is_short, seen.is_paused);
        if kind(before) != kind(now) {
            self.remove(before, position);
            self.add(now, position);
        } else if now.named != NO_NODE && now.constrained_by != position {
            let withheld_w = &mut self.by_node[now.named as usize].withheld_w[usize::from(now.is_paused)];
            *withheld_w = *withheld_w + u64::from(now.withheld_w) - u64::from(before.withheld_w);
        }
    }

    /// Counts it no longer.
    fn remove(&mut self, seen: &Seen, position: u32) {
        let (is_short, is_paused) = (u32::from(seen.is_short), u32::from(seen.is_paused));
        let names_itself = seen.constrained_by == position;
        self.paused -= is_paused;
        self.short -= is_short;
        self.short_and_paused -= is_short & is_paused;
        self.short_by_themselves -= is_short & u32::from(names_itself);
        if seen.named != NO_NODE {
            let named = &mut self.by_node[seen.named as usize];
            named.times -= 1;
            if !names_itself {
                named.withheld_w[usize::from(seen.is_paused)] -= u64::from(seen.withheld_w);
            }
            if named.times == 0 {
                self.is_binding[seen.named as usize] = false;
                self.binding.retain(|&node| node != seen.named);
            }
        }
    }
}
