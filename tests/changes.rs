//! What a tick says is as in the tick before is so, on random depots with all that may happen to them.

use scenarios::random_depot::random_depot;
use sim::{CycleRecord, Observer, ObserverError, TickView};

/// What rests while nobody asks for anything else, while nobody is granted anything else, and while meters rest, written out.
#[derive(Default)]
struct Before {
    demands: String,
    grants: String,
    meters: String,
    /// Ticks in which each of the three rested, and all.
    resting: [u32; 3],
    ticks: u32,
}

fn demands(view: &TickView<'_>) -> String {
    let nodes = &view.nodes;
    let cycle = view.cycle.map(|cycle| CycleRecord { cycle: 0, t_s: 0, ..cycle.clone() });
    let of_nodes = (nodes.demand_w, nodes.raw_demand_w, nodes.allocated_w, nodes.is_binding);
    format!("{:?} {of_nodes:?} {cycle:?}", view.connectors.demand_w)
}

fn grants(view: &TickView<'_>) -> String {
    let connectors = &view.connectors;
    let of_connectors = (connectors.visit, connectors.setpoint_w);
    format!("{of_connectors:?} {:?} {:?}", connectors.constrained_by, connectors.is_paused)
}

fn meters(view: &TickView<'_>) -> String {
    let (connectors, nodes) = (&view.connectors, &view.nodes);
    let of_connectors =
        (connectors.state, connectors.limit_w, connectors.limit_source, connectors.measured_w);
    let of_limits = (nodes.limit_w, nodes.limit_source, nodes.base_load_w, nodes.ev_limit_w);
    format!("{of_connectors:?} {of_limits:?} {:?} {:?}", nodes.measured_w, nodes.is_breached)
}

impl Observer for Before {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let (demands, grants, meters) = (demands(view), grants(view), meters(view));
        let changes = view.changes;
        let is_same = |may_change, now: &str, before: &str| {
            assert!(may_change || now == before, "at {} s:\n{now}\n{before}", view.t_s);
        };
        is_same(changes.demands, &demands, &self.demands);
        is_same(changes.grants, &grants, &self.grants);
        is_same(changes.meters, &meters, &self.meters);
        assert!(
            changes.demands || !changes.grants,
            "whoever is granted something else may ask for something else"
        );
        let resting = [!changes.demands, !changes.grants, !changes.meters];
        (0..3).for_each(|which| self.resting[which] += u32::from(resting[which]));
        self.ticks += 1;
        *self = Self { demands, grants, meters, ..*self };
        Ok(())
    }
}

#[test]
fn what_a_tick_says_is_as_before_is_so() {
    let mut resting = [0; 3];
    for seed in 0..80 {
        let random = random_depot(seed);
        let scenario = scenarios::parse("random", &random.to_ron(), &mut |name: &str| random.read_file(name))
            .expect("random depots are sound");
        let mut before = Before::default();
        let realization = scenarios::draw(&scenario, seed);
        sim::run(scenario.depot(), &realization, &mut [&mut before]).expect("random depots run");
        assert!(before.resting.iter().all(|&resting| resting < before.ticks), "the first tick is new");
        (0..3).for_each(|which| resting[which] += before.resting[which]);
    }
    assert!(resting.iter().all(|&ticks| ticks > 1_000), "hardly a tick rested: {resting:?}");
}
