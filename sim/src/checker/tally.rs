//! Who lacks power, and which node withholds how much of it, as connectors show it.

use super::known::Known;
use crate::column::Counterpart;
use crate::view::{ConnectorColumns, NO_NODE};

/// The connectors that lack power, and what they name.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// What each node withholds by its limit, and by pausing somebody \[W\].
    withheld_w: Vec<[u64; 2]>,
    /// Whether somebody names each node, and the nodes that somebody names.
    pub(super) is_binding: Counterpart<bool>,
    pub(super) binding: Vec<u32>,
    named: Named,
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
    /// Whether any is not simply in order: it lacks power and names no node above it (itself, perhaps), lacks nothing and names something, or
    /// gets more than it asks for.
    pub(super) any_to_look_at: bool,
}

/// What follows from what connectors name, and from who is paused, alone: both stay for many ticks in which powers change.
#[derive(Debug, Clone)]
struct Named {
    /// 1 for each connector that names a node above it, that names itself, that is paused.
    above: Vec<u32>,
    itself: Vec<u32>,
    paused: Vec<u32>,
    any_itself: bool,
    /// Whether any names something else.
    any_elsewhere: bool,
    runs: Vec<Run>,
}

/// Neighbours that name the same node, other than themselves, and are all paused or all not.
#[derive(Debug, Clone, Copy)]
struct Run {
    node: u32,
    is_paused: bool,
    first: u32,
    end: u32,
}

impl Tally {
    /// Nobody names anything, and nobody is paused.
    pub(super) fn of(nodes: usize, connectors: usize) -> Self {
        Self {
            counts: Counts::default(),
            withheld_w: vec![[0, 0]; nodes],
            is_binding: Counterpart::filled(false, nodes),
            binding: Vec::with_capacity(nodes),
            named: Named {
                above: vec![0; connectors],
                itself: vec![0; connectors],
                paused: vec![0; connectors],
                any_itself: false,
                any_elsewhere: false,
                runs: Vec::with_capacity(connectors),
            },
        }
    }

    /// What a node withholds by its limit, and by pausing \[W\].
    pub(super) fn withheld_w(&self, node: u32) -> [u64; 2] {
        self.withheld_w[node as usize]
    }

    /// Connectors name something else than before, or others are paused.
    #[cold]
    pub(super) fn take_names(&mut self, known: &Known<'_>, shown: &ConnectorColumns<'_>) {
        for node in self.binding.drain(..) {
            self.is_binding[node as usize] = false;
            self.withheld_w[node as usize] = [0, 0];
        }
        let named = &mut self.named;
        named.runs.clear();
        named.above.fill(0);
        named.itself.fill(0);
        (named.any_itself, named.any_elsewhere, self.counts.paused) = (false, false, 0);
        // Neighbours mostly name the same: it is looked up once.
        let (mut last_by, mut node, mut below) = (NO_NODE, NO_NODE, 0..0);
        let columns = shown.constrained_by.iter().zip(shown.is_paused).zip(&known.site.connectors);
        for (column, ((&by, &is_paused), &position)) in (0_u32..).zip(columns) {
            named.paused[column as usize] = u32::from(is_paused);
            self.counts.paused += u32::from(is_paused);
            if by == NO_NODE {
                continue;
            }
            if by != last_by {
                last_by = by;
                // A charge point without connectors names itself as a node, too.
                node = known.node_column.get(by as usize).copied().unwrap_or(NO_NODE);
                let (first, end) =
                    known.site.connectors_below.get(node as usize).copied().unwrap_or_default();
                below = first..end;
                if let Some(is_binding) = self.is_binding.get_mut(node as usize)
                    && !std::mem::replace(is_binding, true)
                {
                    self.binding.push(node);
                }
            }
            let (is_above, is_itself) = (below.contains(&column), by == position);
            named.above[column as usize] = u32::from(is_above);
            named.itself[column as usize] = u32::from(is_itself);
            named.any_itself |= is_itself;
            named.any_elsewhere |= !is_above;
            if node != NO_NODE && !is_itself {
                named.add(node, is_paused, column);
            }
        }
    }

    /// Counts all connectors, after powers, limits or names have changed; `could_take_w` is what they ask for within their limits \[W\].
    #[inline]
    pub(super) fn count(&mut self, could_take_w: &[u32], shown: &ConnectorColumns<'_>) {
        let named = &self.named;
        let n = named.above.len();
        let (demand_w, setpoint_w) = (&shown.demand_w[..n], &shown.setpoint_w[..n]);
        let above = &named.above[..n];
        let (mut short, mut odd) = (0_u32, 0_u32);
        for column in 0..n {
            let is_short = u32::from(setpoint_w[column] < demand_w[column]);
            let is_more = u32::from(setpoint_w[column] > demand_w[column]);
            short = short.wrapping_add(is_short);
            // Whoever lacks power names a node above it, and whoever has what it asks for does not.
            odd |= (is_short ^ above[column]) | is_more;
        }
        let short_of = |mask: &[u32]| {
            let powers = setpoint_w.iter().zip(demand_w).zip(mask);
            powers.fold(0_u32, |count, ((setpoint_w, demand_w), of)| {
                count.wrapping_add(u32::from(setpoint_w < demand_w) & of)
            })
        };
        self.counts = Counts {
            short,
            short_and_paused: if self.counts.paused > 0 { short_of(&named.paused) } else { 0 },
            short_by_themselves: if named.any_itself { short_of(&named.itself) } else { 0 },
            paused: self.counts.paused,
            any_to_look_at: named.any_elsewhere || odd != 0,
        };
        if !named.runs.is_empty() {
            self.sum_up(could_take_w, shown);
        }
    }

    /// Sums up what the nodes withhold that somebody names.
    #[inline]
    fn sum_up(&mut self, could_take_w: &[u32], shown: &ConnectorColumns<'_>) {
        for &node in &self.binding {
            self.withheld_w[node as usize] = [0, 0];
        }
        for run in &self.named.runs {
            let of_run = run.first as usize..run.end as usize;
            let powers = could_take_w[of_run.clone()].iter().zip(&shown.setpoint_w[of_run]);
            let run_w = powers.fold(0_u64, |sum_w, (&could_take_w, &setpoint_w)| {
                sum_w.wrapping_add(could_take_w.saturating_sub(setpoint_w).into())
            });
            let sum_w = &mut self.withheld_w[run.node as usize][usize::from(run.is_paused)];
            *sum_w = sum_w.wrapping_add(run_w);
        }
    }
}

impl Named {
    /// The next connector names a node: together with the one before it, if it can.
    fn add(&mut self, node: u32, is_paused: bool, column: u32) {
        match self.runs.last_mut() {
            Some(run) if (run.node, run.is_paused, run.end) == (node, is_paused, column) => run.end += 1,
            _ => self.runs.push(Run { node, is_paused, first: column, end: column + 1 }),
        }
    }
}
