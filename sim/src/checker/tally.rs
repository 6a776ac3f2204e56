//! Who lacks power, and which node withholds how much of it, as connectors show it.

use super::known::Known;
use super::limits::Limits;
use crate::view::{NO_NODE, TickView};

/// The connectors that lack power, and what they name.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// What each node withholds by its limit, and by pausing somebody \[W\].
    withheld_w: Vec<[u64; 2]>,
    /// Whether somebody names each node, and the nodes that somebody names.
    pub(super) is_binding: Vec<bool>,
    pub(super) binding: Vec<u32>,
}

/// Numbers of connectors.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Those with less than they ask for, those of them that are paused, and those that name themselves.
    pub(super) short: u32,
    pub(super) short_and_paused: u32,
    pub(super) short_by_themselves: u32,
    /// Those that are told to be paused.
    pub(super) paused: u32,
    /// Those that are not simply in order: they lack power and name no node above them (themselves, perhaps), lack nothing and name something, or
    /// get more than they ask for.
    pub(super) to_look_at: u32,
}

impl Tally {
    pub(super) fn of(nodes: usize) -> Self {
        Self {
            counts: Counts::default(),
            withheld_w: vec![[0, 0]; nodes],
            is_binding: vec![false; nodes],
            binding: Vec::with_capacity(nodes),
        }
    }

    /// What a node withholds by its limit, and by pausing \[W\].
    pub(super) fn withheld_w(&self, node: u32) -> [u64; 2] {
        self.withheld_w[node as usize]
    }

    /// Counts all connectors.
    #[inline]
    pub(super) fn count(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) {
        self.forget();
        let (site, shown) = (&known.site, &view.connectors);
        let n = site.connectors.len();
        let (demand_w, setpoint_w) = (&shown.demand_w[..n], &shown.setpoint_w[..n]);
        let (named, is_paused) = (&shown.constrained_by[..n], &shown.is_paused[..n]);
        let ev_limit_w = &limits.of_connectors().ev_limit_w[..n];
        let mut counts = Counts::default();
        for column in 0..n {
            let (is_short, is_paused) = (setpoint_w[column] < demand_w[column], is_paused[column]);
            let by = named[column];
            counts.paused += u32::from(is_paused);
            if by == NO_NODE && setpoint_w[column] == demand_w[column] {
                continue;
            }
            counts.short += u32::from(is_short);
            counts.short_and_paused += u32::from(is_short & is_paused);
            let names_itself = by == site.connectors[column];
            counts.short_by_themselves += u32::from(is_short & names_itself);
            let Some(&node) = known.node_column.get(by as usize).filter(|&&node| node != NO_NODE) else {
                counts.to_look_at += 1;
                continue;
            };
            let (first, end) = site.connectors_below[node as usize];
            let is_below = (first..end).contains(&(column as u32));
            counts.to_look_at += u32::from(!(is_short & is_below));
            let could_take_w = u64::from(demand_w[column]).min(ev_limit_w[column]);
            let withheld_w = could_take_w.saturating_sub(u64::from(setpoint_w[column]));
            self.name(node, is_paused, if names_itself { 0 } else { withheld_w });
        }
        self.counts = counts;
    }

    /// A node is named for withholding this.
    #[inline]
    fn name(&mut self, node: u32, is_paused: bool, withheld_w: u64) {
        if !self.is_binding[node as usize] {
            self.is_binding[node as usize] = true;
            self.binding.push(node);
        }
        let sum_w = &mut self.withheld_w[node as usize][usize::from(is_paused)];
        *sum_w = sum_w.wrapping_add(withheld_w);
    }

    fn forget(&mut self) {
        for node in self.binding.drain(..) {
            self.is_binding[node as usize] = false;
            self.withheld_w[node as usize] = [0, 0];
        }
    }
}
