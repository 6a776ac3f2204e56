//! The figures of a summary, which are added up from change to change, beside plain sums over every tick of random depots.

use outputs::summary::report::{MeterFigures, NodeFigures, SummaryReport};
use outputs::{Clock, Summary};
use scenarios::random_depot::random_depot;
use sim::site::NO_PARENT;
use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Observer, ObserverError, Realization, Site, TickView};
use std::collections::BTreeMap;

/// One connector in one tick.
#[derive(Debug, Clone, Copy)]
struct ConnectorTick {
    visit: u32,
    demand_w: u32,
    setpoint_w: u32,
    measured_w: u32,
    is_paused: bool,
}

/// One node in one tick.
#[derive(Debug, Clone, Copy)]
struct NodeTick {
    limit_w: u64,
    base_load_w: i64,
    measured_w: i64,
    is_binding: bool,
    is_breached: bool,
}

/// All that the figures are of, tick by tick.
#[derive(Debug, Default)]
struct Diary {
    t_s: Vec<u64>,
    nodes: Vec<Vec<NodeTick>>,
    connectors: Vec<Vec<ConnectorTick>>,
    /// Cycles by outcome, reason and node.
    cycles: BTreeMap<(&'static str, &'static str, Option<u32>), u64>,
}

impl Observer for Diary {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let (nodes, connectors) = (&view.nodes, &view.connectors);
        self.t_s.push(view.t_s);
        let node = |ix: usize| NodeTick {
            limit_w: nodes.limit_w[ix],
            base_load_w: nodes.base_load_w[ix],
            measured_w: nodes.measured_w[ix],
            is_binding: nodes.is_binding[ix],
            is_breached: nodes.is_breached[ix],
        };
        self.nodes.push((0..nodes.limit_w.len()).map(node).collect());
        let connector = |ix: usize| ConnectorTick {
            visit: connectors.visit[ix],
            demand_w: connectors.demand_w[ix],
            setpoint_w: connectors.setpoint_w[ix],
            measured_w: connectors.measured_w[ix],
            is_paused: connectors.is_paused[ix],
        };
        self.connectors.push((0..connectors.visit.len()).map(connector).collect());
        if let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) {
            let node = cycle.constraint.map(|constraint| constraint.node).filter(|&node| node != NO_NODE);
            *self.cycles.entry((cycle.outcome.name(), cycle.reason.code(), node)).or_default() += 1;
        }
        Ok(())
    }
}

/// A run, written down, and what was told of it.
struct Told {
    depot: Depot,
    realization: Realization,
    site: Site,
    diary: Diary,
    report: SummaryReport,
}

fn told(seed: u64) -> Told {
    let random = random_depot(seed);
    let scenario = scenarios::parse("random", &random.to_ron(), &mut |name: &str| random.read_file(name))
        .expect("random depots are sound");
    let depot = scenario.depot().clone();
    let realization = scenarios::draw(&scenario, seed);
    let site = Site::of(&depot);
    let mut summary = Summary::new(&depot, &realization, &site);
    let mut diary = Diary::default();
    sim::run(&depot, &realization, &mut [&mut summary, &mut diary]).expect("random depots run");
    let report = summary.into_report();
    Told { report, depot, realization, site, diary }
}

/// The largest value and the first tick that has it.
fn first_largest<T: PartialOrd + Copy>(values: impl IntoIterator<Item = T>) -> Option<(usize, T)> {
    values.into_iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
}

impl Told {
    fn step_s(&self) -> u64 {
        self.depot.step_s.into()
    }

    fn at(&self, tick: usize) -> String {
        Clock::of(&self.depot).rfc3339(self.diary.t_s[tick] as i64)
    }

    /// One node through the night.
    fn node(&self, column: usize) -> impl Iterator<Item = NodeTick> + '_ {
        self.diary.nodes.iter().map(move |nodes| nodes[column])
    }

    fn check_node(&self, column: usize, figures: &NodeFigures) {
        let time_s = |is: fn(&NodeTick) -> bool| self.node(column).filter(is).count() as u64 * self.step_s();
        assert_eq!(figures.binding_s, time_s(|tick| tick.is_binding));
        assert_eq!(figures.over_limit_s, time_s(|tick| tick.is_breached));
        let peak = first_largest(self.node(column).map(|tick| tick.measured_w));
        assert_eq!(figures.peak_w, peak.map(|(_, power_w)| power_w));
        let limited = self.node(column).enumerate().filter(|(_, tick)| tick.limit_w != u64::MAX);
        let lacks = limited.map(|(at, tick)| (at, tick.measured_w - tick.limit_w as i64));
        let least = lacks.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let least = least.map(|(tick, lack_w)| (-lack_w, self.at(tick)));
        assert_eq!(figures.least_headroom_w.zip(figures.least_headroom_at.clone()), least);
    }

    fn check_meter(&self, column: usize, figures: &MeterFigures) {
        let energy_j = |power_w: fn(NodeTick) -> i64| {
            self.node(column).map(|tick| power_w(tick) * self.step_s() as i64).sum::<i64>()
        };
        assert_eq!(figures.energy_j, energy_j(|tick| tick.measured_w));
        assert_eq!(figures.base_load_j, energy_j(|tick| tick.base_load_w));
        let peak = first_largest(self.node(column).map(|tick| tick.measured_w));
        let peak = peak.map(|(tick, power_w)| (power_w, self.at(tick)));
        assert_eq!(figures.peak_w.zip(figures.peak_at.clone()), peak);
    }

    fn check_half_hours(&self, root: usize) {
        let power_w: Vec<i64> = self.node(root).map(|tick| tick.measured_w).collect();
        let ticks = 1_800_u64.div_ceil(self.step_s()) as usize;
        let means = power_w.windows(ticks).map(|window| window.iter().sum::<i64>().div_euclid(ticks as i64));
        let peak = first_largest(means).map(|(first, mean_w)| {
            let end_s = self.diary.t_s[first] + ticks as u64 * self.step_s();
            (mean_w, Clock::of(&self.depot).rfc3339(end_s as i64))
        });
        let site = &self.report.site;
        assert_eq!(site.peak_30min_w.zip(site.peak_30min_end.clone()), peak);
    }

    fn check_visits(&self) {
        let visits = self.realization.visits.len();
        let (mut demand_j, mut granted_j) = (vec![0_u64; visits], vec![0_u64; visits]);
        let (mut paused_s, mut pauses, mut longest) = (vec![0_u64; visits], 0, (0, None));
        for connectors in &self.diary.connectors {
            for tick in connectors.iter().filter(|tick| tick.visit != NO_VISIT) {
                let visit = tick.visit as usize;
                demand_j[visit] += u64::from(tick.demand_w) * self.step_s();
                granted_j[visit] += u64::from(tick.setpoint_w.min(tick.demand_w)) * self.step_s();
                pauses += u64::from(tick.is_paused && paused_s[visit] == 0);
                paused_s[visit] = if tick.is_paused { paused_s[visit] + self.step_s() } else { 0 };
                if paused_s[visit] > longest.0 {
                    longest = (paused_s[visit], Some(self.realization.visits[visit].id.clone()));
                }
            }
        }
        let figures = &self.report.visits;
        assert_eq!(figures.curtailed_j, demand_j.iter().sum::<u64>() - granted_j.iter().sum::<u64>());
        assert_eq!(figures.pauses, pauses);
        assert_eq!((figures.longest_pause_s, figures.longest_pause_visit.clone()), longest);
        let asked = demand_j.iter().zip(&granted_j).filter(|(demand_j, _)| **demand_j > 0);
        let shares: Vec<u128> = asked
            .map(|(&demand_j, &granted_j)| u128::from(granted_j) * 1_000_000 / u128::from(demand_j))
            .collect();
        let (sum, squares) =
            (shares.iter().sum::<u128>(), shares.iter().map(|share| share * share).sum::<u128>());
        let jain_ppm =
            (squares > 0).then(|| (sum * sum * 1_000_000 / (shares.len() as u128 * squares)) as u64);
        assert_eq!(figures.jain_index_ppm, jain_ppm.or((!shares.is_empty()).then_some(1_000_000)));
    }

    fn check_stranded(&self) {
        let unused_w = self.diary.connectors.iter().map(|connectors| {
            connectors
                .iter()
                .map(|tick| u64::from(tick.setpoint_w.saturating_sub(tick.measured_w)))
                .sum::<u64>()
        });
        let figures = &self.report.stranded;
        assert_eq!(figures.energy_j, unused_w.clone().sum::<u64>() * self.step_s());
        let peak = first_largest(unused_w).filter(|&(_, power_w)| power_w > 0);
        assert_eq!(figures.peak_w, peak.map_or(0, |(_, power_w)| power_w));
        assert_eq!(figures.peak_at, peak.map(|(tick, _)| self.at(tick)));
    }

    fn check_cycles(&self) {
        let mut told = BTreeMap::new();
        for reason in &self.report.cycles.by_reason {
            let id =
                |node: &String| self.depot.site.iter().position(|other| other.id == *node).unwrap() as u32;
            *told.entry((reason.outcome, reason.reason, reason.node.as_ref().map(id))).or_default() +=
                reason.cycles;
        }
        assert_eq!(told, self.diary.cycles);
        assert_eq!(self.report.cycles.total, self.diary.cycles.values().sum::<u64>());
    }

    fn check(&self) {
        for (column, figures) in self.report.nodes.iter().enumerate() {
            self.check_node(column, figures);
        }
        if let Some(root) = self.site.parents.iter().position(|&parent| parent == NO_PARENT) {
            self.check_meter(root, &self.report.site.meter);
            self.check_half_hours(root);
        }
        self.check_visits();
        self.check_stranded();
        self.check_cycles();
    }
}

#[test]
fn figures_added_up_from_change_to_change_are_those_added_up_tick_by_tick() {
    let mut seen = [0_u64; 5];
    for seed in 1..=120 {
        let told = std::panic::AssertUnwindSafe(told(seed));
        let checked = std::panic::catch_unwind(|| told.check());
        assert!(checked.is_ok(), "the summary of random depot {seed} is not that of its ticks");
        let report = &told.report;
        let shown = [
            report.visits.pauses > 0,
            report.visits.curtailed_j > 0,
            report.stranded.energy_j > 0,
            report.nodes.iter().any(|node| node.over_limit_s > 0),
            report.cycles.by_reason.len() > 2,
        ];
        seen.iter_mut().zip(shown).for_each(|(seen, is_shown)| *seen += u64::from(is_shown));
    }
    // Depots that pause, withhold, strand, break limits and end cycles in many ways, or there would be nothing to add up.
    assert!(seen.iter().all(|&seen| seen >= 5), "{seen:?}");
}
