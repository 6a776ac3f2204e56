//! What every connector did, as cells of a connector and some ticks each.

use super::branch::{is_held_from_above, path};
use super::site_series::finite;
use sim::site::NO_PARENT;
use sim::{ConnectorState, Depot, Event, EventKind, LimitSource, NodeKind, Site, TickView};

/// Most rows of `connectors.svg`; the figure says how many connectors it leaves to `connectors.csv`.
const ROWS_MAX: usize = 600;

/// About as many cells are kept at most, whatever the size of the site and the length of the run.
const CELLS_MAX: usize = 120_000;

/// Fewest and most columns of cells.
const COLUMNS: (usize, usize) = (100, 700);

/// A connector during some ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cell {
    /// Mean power \[W\], rounded up; 0 only where nothing flowed at all.
    pub(super) mean_w: u32,
    /// A state in which no power flows, if it held for half of the ticks or more; being out counts from the first tick.
    pub(super) mark: Option<Mark>,
    /// The charger did not hear or not obey setpoints in any of the ticks.
    pub(super) is_deaf: bool,
    /// The connector, or its charge point, was above its limit in any of them.
    pub(super) is_over: bool,
}

/// Why a connector that is not free gives no power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Out of service or broken, or something above it is out.
    Out,
    /// The vehicle would charge and may not.
    Paused,
    /// The vehicle takes nothing: it is full, or done.
    Full,
    /// Plugged in, before its first cycle.
    Waiting,
}

impl Mark {
    pub(super) const ALL: [Mark; 4] = [Self::Out, Self::Paused, Self::Full, Self::Waiting];

    fn of(state: ConnectorState) -> Option<Self> {
        match state {
            ConnectorState::Unavailable | ConnectorState::Faulted => Some(Self::Out),
            ConnectorState::SuspendedEvse => Some(Self::Paused),
            ConnectorState::SuspendedEv | ConnectorState::Finishing => Some(Self::Full),
            ConnectorState::Preparing => Some(Self::Waiting),
            ConnectorState::Available | ConnectorState::Charging => None,
        }
    }
}

/// A connector's row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// Index in [`Site::nodes`] of what it hangs under.
    point: u32,
    /// Whether it hangs under something else than the row before.
    pub(super) begins_point: bool,
}

/// Rows whose charge points hang under the same node: a circuit, as a rule.
#[derive(Debug)]
pub(super) struct Group {
    node: usize,
    pub(super) name: String,
    pub(super) kind: NodeKind,
    /// First row, and the one after the last.
    pub(super) rows: (usize, usize),
    /// Least and largest limit \[W\], where there was one.
    pub(super) limit_w: Option<(i64, i64)>,
    pub(super) binding_s: u64,
    /// For how long a limit above withheld power from what is below.
    pub(super) held_above_s: u64,
    pub(super) over_limit_s: u64,
    /// The node itself and all above it.
    path: Vec<usize>,
}

/// What a group's node did during some ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct GroupCell {
    /// Its limit withheld power.
    pub(super) is_binding: bool,
    /// A limit above withheld power from what is below.
    pub(super) is_held_above: bool,
    /// It had no power, or a limit of 0.
    pub(super) is_out: bool,
    /// It was above its limit.
    pub(super) is_breached: bool,
}

/// Power and states of the connectors.
#[derive(Debug)]
pub(super) struct Heat {
    pub(super) rows: Vec<Row>,
    pub(super) groups: Vec<Group>,
    pub(super) left_out: usize,
    pub(super) ticks_per_column: u32,
    /// The largest limit of a connector, or power where that is more \[W\].
    pub(super) most_w: i64,
    parents: Vec<u32>,
    /// Ticks in the open column, and what they were.
    open_ticks: u32,
    open: Vec<Tally>,
    /// Closed columns, one after the other.
    cells: Vec<Cell>,
    group_cells: Vec<GroupCell>,
    open_groups: Vec<GroupCell>,
    /// Which nodes are without power.
    is_dead: Vec<bool>,
    /// Which rows' chargers do not hear setpoints, and which do not obey them.
    is_offline: Vec<bool>,
    is_ignoring: Vec<bool>,
    pub(super) any_deaf: bool,
    /// Which rows' connectors, and which rows' charge points, are above their limits.
    is_over: Vec<bool>,
    is_point_over: Vec<bool>,
    pub(super) any_over: bool,
}

/// The ticks of one connector in the open column.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    sum_w: u64,
    marks: [u32; Mark::ALL.len()],
    is_deaf: bool,
    is_over: bool,
}

impl Heat {
    pub(super) fn of(depot: &Depot, site: &Site) -> Self {
        let shown = site.connectors.len().min(ROWS_MAX);
        let columns_max = (CELLS_MAX / shown.max(1)).clamp(COLUMNS.0, COLUMNS.1);
        let point = |ix: usize| site.connector_parents[ix];
        let row = |ix: usize| Row {
            name: depot.site[site.connectors[ix] as usize].id.clone(),
            point: point(ix),
            begins_point: ix == 0 || point(ix) != point(ix - 1),
        };
        let rows: Vec<Row> = (0..shown).map(row).collect();
        let groups = groups(depot, site, &rows);
        Self {
            left_out: site.connectors.len() - shown,
            ticks_per_column: depot.ticks.div_ceil(columns_max as u32).max(1),
            most_w: 0,
            parents: site.parents.clone(),
            open_ticks: 0,
            open: vec![Tally::default(); shown],
            cells: Vec::new(),
            group_cells: Vec::new(),
            open_groups: vec![GroupCell::default(); groups.len()],
            is_dead: vec![false; site.nodes.len()],
            is_offline: vec![false; shown],
            is_ignoring: vec![false; shown],
            any_deaf: false,
            is_over: vec![false; shown],
            is_point_over: vec![false; shown],
            any_over: false,
            rows,
            groups,
        }
    }

    /// Adds a tick of a run on this site.
    pub(super) fn add(&mut self, view: &TickView<'_>, site: &Site) {
        view.events.iter().for_each(|event| self.hear(event, site));
        let (connectors, nodes) = (&view.connectors, &view.nodes);
        self.find_dead(nodes.limit_source);
        for (ix, (row, tally)) in self.rows.iter().zip(&mut self.open).enumerate() {
            let (limit_w, power_w) = (connectors.limit_w[ix], connectors.measured_w[ix]);
            self.most_w = self.most_w.max(finite(limit_w).unwrap_or(0)).max(i64::from(power_w));
            tally.sum_w += u64::from(power_w);
            tally.is_deaf |= self.is_offline[ix] || self.is_ignoring[ix];
            tally.is_over |= self.is_over[ix] || self.is_point_over[ix];
            let is_dead = limit_w == 0 || (row.point != NO_PARENT && self.is_dead[row.point as usize]);
            let mark = if is_dead { Some(Mark::Out) } else { Mark::of(connectors.state[ix]) };
            if let Some(mark) = mark {
                tally.marks[mark as usize] += 1;
            }
        }
        for (group, cell) in self.groups.iter_mut().zip(&mut self.open_groups) {
            let limit_w = finite(nodes.limit_w[group.node]);
            let known = group.limit_w;
            let widened =
                |limit_w: i64| known.map_or((limit_w, limit_w), |(a, b)| (a.min(limit_w), b.max(limit_w)));
            group.limit_w = limit_w.map(widened).or(known);
            let is_binding = nodes.is_binding[group.node];
            group.binding_s += if is_binding { u64::from(view.step_s) } else { 0 };
            let is_held_above = is_held_from_above(&group.path, nodes);
            group.held_above_s += if is_held_above { u64::from(view.step_s) } else { 0 };
            cell.is_held_above |= is_held_above;
            let is_breached = nodes.is_breached[group.node];
            group.over_limit_s += if is_breached { u64::from(view.step_s) } else { 0 };
            cell.is_binding |= is_binding;
            cell.is_out |= limit_w == Some(0) || self.is_dead[group.node];
            cell.is_breached |= is_breached;
        }
        self.open_ticks += 1;
        if self.open_ticks == self.ticks_per_column {
            self.close();
        }
    }

    /// Takes note of chargers that do not hear or not obey setpoints any more, or do again.
    fn hear(&mut self, event: &Event, site: &Site) {
        let (rows, is_so) = match event.kind {
            EventKind::ChargerOffline => (&mut self.is_offline, true),
            EventKind::ChargerOnline => (&mut self.is_offline, false),
            EventKind::SetpointsIgnored => (&mut self.is_ignoring, true),
            EventKind::SetpointsObeyed => (&mut self.is_ignoring, false),
            EventKind::BreachBegan | EventKind::BreachEnded => {
                return self.hear_breach(event, site);
            }
            _ => return,
        };
        let columns = site.columns_at(event.node);
        rows.iter_mut().take(columns.end).skip(columns.start).for_each(|row| *row = is_so);
        // Rows that are not drawn need no mark in the legend.
        self.any_deaf |= is_so && columns.start < self.is_offline.len();
    }

    /// Takes note of a connector or charge point that goes above its limit, or comes down to it; groups tell of the nodes above.
    fn hear_breach(&mut self, event: &Event, site: &Site) {
        let node = site.node_columns[event.node as usize];
        let is_group = self.groups.iter().any(|group| group.node == node as usize);
        let connector = site.connector_columns[event.node as usize] as usize;
        for (ix, row) in self.rows.iter().enumerate().filter(|_| !is_group) {
            let is_over = event.kind == EventKind::BreachBegan;
            if ix == connector {
                self.is_over[ix] = is_over;
            } else if row.point == node {
                self.is_point_over[ix] = is_over;
            } else {
                continue;
            }
            self.any_over = true;
        }
    }

    /// Which nodes are without power, because they or one above them are out; parents come before their children.
    fn find_dead(&mut self, sources: &[Option<LimitSource>]) {
        let is_out = |source: &Option<LimitSource>| *source == Some(LimitSource::Outage);
        let mut any = false;
        for (node, source) in sources.iter().enumerate() {
            let is_above =
                any && self.parents[node] != NO_PARENT && self.is_dead[self.parents[node] as usize];
            self.is_dead[node] = is_out(source) || is_above;
            any |= self.is_dead[node];
        }
    }

    /// Ends the column that is being filled.
    fn close(&mut self) {
        let ticks = self.open_ticks;
        self.cells.extend(self.open.iter().map(|tally| tally.cell(ticks)));
        self.group_cells.extend_from_slice(&self.open_groups);
        self.open.fill(Tally::default());
        self.open_groups.fill(GroupCell::default());
        self.open_ticks = 0;
    }

    /// How many columns there are, the open one included.
    pub(super) fn columns(&self) -> usize {
        self.cells.len() / self.rows.len().max(1) + usize::from(self.open_ticks > 0 && !self.rows.is_empty())
    }

    /// A row's cell.
    pub(super) fn cell(&self, column: usize, row: usize) -> Cell {
        let closed = self.cells.get(column * self.rows.len() + row).copied();
        closed.unwrap_or_else(|| self.open[row].cell(self.open_ticks))
    }

    /// A group's cell.
    pub(super) fn group_cell(&self, column: usize, group: usize) -> GroupCell {
        let closed = self.group_cells.get(column * self.groups.len() + group).copied();
        closed.unwrap_or(self.open_groups[group])
    }
}

impl Tally {
    fn cell(&self, ticks: u32) -> Cell {
        let held = |mark: &Mark| {
            let count = self.marks[*mark as usize];
            if *mark == Mark::Out { count > 0 } else { count > 0 && 2 * count >= ticks }
        };
        Cell {
            mean_w: u32::try_from(self.sum_w.div_ceil(u64::from(ticks.max(1)))).unwrap_or(u32::MAX),
            mark: Mark::ALL.into_iter().find(held),
            is_deaf: self.is_deaf,
            is_over: self.is_over,
        }
    }
}

fn groups(depot: &Depot, site: &Site, rows: &[Row]) -> Vec<Group> {
    // The first node above the charge point, or the charge point itself where it stands alone.
    let node_of = |row: &Row| {
        let path = path(site, row.point as usize);
        let is_point = |&node: &usize| depot.site[site.nodes[node] as usize].kind == NodeKind::ChargePoint;
        path.iter().copied().find(|node| !is_point(node)).unwrap_or(row.point as usize)
    };
    let nodes: Vec<usize> = rows.iter().map(node_of).collect();
    let mut groups = Vec::new();
    let mut from = 0;
    for group in nodes.chunk_by(|a, b| a == b) {
        let of_site = &depot.site[site.nodes[group[0]] as usize];
        groups.push(Group {
            node: group[0],
            name: of_site.id.clone(),
            kind: of_site.kind,
            rows: (from, from + group.len()),
            limit_w: None,
            binding_s: 0,
            held_above_s: 0,
            over_limit_s: 0,
            path: path(site, group[0]),
        });
        from += group.len();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_tells_the_mean_and_what_held_for_half_of_its_ticks() {
        let tally = |sum_w, marks| Tally { sum_w, marks, ..Tally::default() };
        let cases = [
            (tally(0, [0; 4]), (0, None)),
            (tally(1, [0; 4]), (1, None)),
            (tally(400_001, [0, 1, 0, 0]), (100_001, None)),
            (tally(200_000, [0, 2, 1, 0]), (50_000, Some(Mark::Paused))),
            (tally(200_000, [0, 0, 2, 0]), (50_000, Some(Mark::Full))),
            (tally(300_000, [1, 0, 0, 0]), (75_000, Some(Mark::Out))),
        ];
        for (tally, (mean_w, mark)) in cases {
            assert_eq!(tally.cell(4), Cell { mean_w, mark, ..Cell::default() }, "{tally:?}");
            let deaf = Tally { is_deaf: true, ..tally };
            assert_eq!(deaf.cell(4), Cell { mean_w, mark, is_deaf: true, ..Cell::default() }, "{deaf:?}");
            let over = Tally { is_over: true, ..tally };
            assert_eq!(over.cell(4), Cell { mean_w, mark, is_over: true, ..Cell::default() }, "{over:?}");
        }
    }
}
