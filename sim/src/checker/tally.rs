//! Who lacks power, and which node withholds how much of it, as connectors show it.
//!
//! Names hardly ever change: neighbours that name the same node are kept together until they do.

use super::known::Known;
use super::limits::Limits;
use super::seen::News;
use crate::view::{NO_NODE, TickView};
use std::ops::Range;

/// The connectors that lack power, and what they name.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// What each node withholds by its limit, and by pausing somebody \[W\].
    withheld_w: Vec<[u64; 2]>,
    /// Whether somebody names each node, and the nodes that somebody names.
    pub(super) is_binding: Vec<bool>,
    pub(super) binding: Vec<u32>,
    /// Who names anything, in the order of connectors.
    named: Vec<Named>,
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

/// Neighbours that name the same node, and are all paused or none of them.
#[derive(Debug, Clone)]
struct Named {
    columns: Range<usize>,
    /// Site position of what they name, and its node column; [`NO_NODE`] where it is no node above connectors.
    by: u32,
    node: u32,
    is_paused: bool,
    /// Whether they stand below that node, and whether they are it themselves.
    are_below: bool,
    are_it: bool,
}

impl Tally {
    pub(super) fn of(nodes: usize) -> Self {
        Self {
            counts: Counts::default(),
            withheld_w: vec![[0, 0]; nodes],
            is_binding: vec![false; nodes],
            binding: Vec::with_capacity(nodes),
            named: Vec::new(),
        }
    }

    /// What a node withholds by its limit, and by pausing \[W\].
    pub(super) fn withheld_w(&self, node: u32) -> [u64; 2] {
        self.withheld_w[node as usize]
    }

    /// Counts all connectors, as far as what they show is new.
    #[inline]
    pub(super) fn count(&mut self, known: &Known<'_>, limits: &Limits<'_>, news: News, view: &TickView<'_>) {
        if news.names {
            self.read_names(known, view);
        }
        if news.names | news.demands | news.setpoints {
            self.count_short(limits, view);
        }
    }

    #[cold]
    fn read_names(&mut self, known: &Known<'_>, view: &TickView<'_>) {
        for node in self.binding.drain(..) {
            self.is_binding[node as usize] = false;
        }
        self.named.clear();
        let shown = &view.connectors;
        for (column, (&by, &is_paused)) in shown.constrained_by.iter().zip(shown.is_paused).enumerate() {
            if by == NO_NODE {
                continue;
            }
            if let Some(last) = self.named.last_mut()
                && (last.columns.end, last.by, last.is_paused) == (column, by, is_paused)
                && !last.are_it
            {
                last.columns.end += 1;
                last.are_below &= is_below(known, last.node, column);
                continue;
            }
            let node = known.node_column.get(by as usize).copied().unwrap_or(NO_NODE);
            self.named.push(Named {
                columns: column..column + 1,
                by,
                node,
                is_paused,
                are_below: is_below(known, node, column),
                are_it: by == known.site.connectors[column],
            });
            if node != NO_NODE && !std::mem::replace(&mut self.is_binding[node as usize], true) {
                self.binding.push(node);
            }
        }
    }

    #[inline]
    fn count_short(&mut self, limits: &Limits<'_>, view: &TickView<'_>) {
        for &node in &self.binding {
            self.withheld_w[node as usize] = [0, 0];
        }
        let shown = &view.connectors;
        let n = shown.demand_w.len();
        let (demand_w, setpoint_w) = (shown.demand_w, &shown.setpoint_w[..n]);
        let ev_limit_w = &limits.of_connectors().ev_limit_w[..n];
        let mut counts = Counts::default();
        let mut is_any_above = false;
        for column in 0..n {
            counts.short = counts.short.wrapping_add(u32::from(setpoint_w[column] < demand_w[column]));
            is_any_above |= setpoint_w[column] > demand_w[column];
        }
        let mut short_and_named = 0;
        for named in &self.named {
            let (mut short, mut withheld_w) = (0_u32, 0_u64);
            for column in named.columns.clone() {
                short += u32::from(setpoint_w[column] < demand_w[column]);
                let could_take_w = u64::from(demand_w[column]).min(ev_limit_w[column]);
                withheld_w += could_take_w.saturating_sub(u64::from(setpoint_w[column]));
            }
            short_and_named += short;
            counts.short_and_paused += if named.is_paused { short } else { 0 };
            counts.short_by_themselves += if named.are_it { short } else { 0 };
            let in_order = if named.are_below { short } else { 0 };
            counts.to_look_at += named.columns.len() as u32 - in_order;
            if let Some(sums_w) = self.withheld_w.get_mut(named.node as usize)
                && !named.are_it
            {
                sums_w[usize::from(named.is_paused)] += withheld_w;
            }
        }
        counts.to_look_at += counts.short - short_and_named + u32::from(is_any_above);
        if shown.is_paused.contains(&true) {
            self.count_paused(&mut counts, view);
        }
        self.counts = counts;
    }

    /// Who is paused, and of them who lacks power and names nobody.
    #[cold]
    fn count_paused(&self, counts: &mut Counts, view: &TickView<'_>) {
        let shown = &view.connectors;
        for (column, _) in shown.is_paused.iter().enumerate().filter(|(_, is_paused)| **is_paused) {
            counts.paused += 1;
            let is_short = shown.setpoint_w[column] < shown.demand_w[column];
            counts.short_and_paused += u32::from(is_short && shown.constrained_by[column] == NO_NODE);
        }
    }
}

/// Whether a connector stands below a node column, or is the same place.
fn is_below(known: &Known<'_>, node: u32, column: usize) -> bool {
    let span = known.site.connectors_below.get(node as usize);
    span.is_some_and(|&(first, end)| (first..end).contains(&(column as u32)))
}
