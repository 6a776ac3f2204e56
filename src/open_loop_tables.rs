//! The tables of `replay --demands`: what the balancer would have set, beside what was recorded.

use outputs::{Clock, format, push_text};
use scenarios::RecordedDemand;
use sim::{Depot, NO_NODE, OpenCycle, Site};

/// Columns of `setpoints.csv`: a row per cycle and connector that asks for power or for which something was recorded.
const SETPOINTS: &str = "t_s,time,connector,demand_kw,setpoint_kw,constrained_by,paused,recorded_setpoint_kw,\
    recorded_measured_kw,setpoint_less_recorded_kw\n";
/// Columns of `cycles.csv`.
const CYCLES: &str = "t_s,time,cycle,outcome,reason,constraining_node,limit_source,limit_kw,withheld_kw,demand_kw,setpoint_kw,\
    recorded_setpoint_kw,recorded_measured_kw,subject,detail\n";

/// Figures of a whole open-loop run.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct OpenLoopSummary {
    /// Cycles that ran.
    pub cycles: u64,
    /// Of them granted in full.
    pub applied: u64,
    /// Some connector got less than its demand.
    pub curtailed: u64,
    /// Not balanced.
    pub rejected: u64,
    /// Rows of the demands.
    pub demands: u64,
    /// Of them those that no cycle saw, since the connector's next row, or the end of the run, came before one.
    pub unseen: u64,
    /// Rows of `setpoints.csv` with a recorded setpoint.
    pub compared: u64,
    /// Of them with the same setpoint to the watt.
    pub equal: u64,
    /// Largest setpoint above a recorded one \[W\].
    pub most_above_w: u32,
    /// Largest setpoint below a recorded one \[W\].
    pub most_below_w: u32,
    /// The first cycle in which one differs \[s\].
    pub first_difference_t_s: Option<u64>,
    /// Whose.
    pub first_difference_connector: Option<String>,
}

/// What was set and what was drawn, where it was recorded \[W\].
type Recorded = (Option<u32>, Option<u32>);

/// Writes both tables while the cycles run.
#[derive(Debug)]
pub struct OpenLoopTables<'a> {
    depot: &'a Depot,
    clock: Clock,
    demands: &'a [RecordedDemand],
    next: usize,
    column_of: Vec<usize>,
    /// What was recorded last for each connector.
    recorded: Vec<Recorded>,
    /// The newest cycle that has seen a demand of each connector \[s\].
    seen_by: Vec<Option<u64>>,
    /// Rows of `setpoints.csv` and of `cycles.csv` that are ready.
    pub rows: [String; 2],
    /// The figures so far.
    pub summary: OpenLoopSummary,
}

impl<'a> OpenLoopTables<'a> {
    /// Tables of this depot and these demands, in order of time.
    pub fn new(depot: &'a Depot, demands: &'a [RecordedDemand]) -> Self {
        let site = Site::of(depot);
        let mut column_of = vec![usize::MAX; depot.site.len()];
        for (column, &position) in site.connectors.iter().enumerate() {
            column_of[position as usize] = column;
        }
        Self {
            depot,
            clock: Clock::of(depot),
            demands,
            next: 0,
            column_of,
            recorded: vec![(None, None); site.connectors.len()],
            rows: [SETPOINTS.to_owned(), CYCLES.to_owned()],
            seen_by: vec![None; site.connectors.len()],
            summary: OpenLoopSummary {
                demands: demands.len() as u64,
                unseen: demands.len() as u64,
                ..OpenLoopSummary::default()
            },
        }
    }

    /// Adds the rows of a cycle.
    pub fn add(&mut self, cycle: &OpenCycle<'_>) {
        while let Some(demand) = self.demands.get(self.next)
            && self.depot.first_tick_s(demand.step.at_s) <= cycle.t_s
        {
            let column = self.column_of[demand.step.connector as usize];
            self.recorded[column] = (demand.setpoint_w, demand.measured_w);
            // Of several rows of a connector since the cycle before, this one has seen the last alone.
            if self.seen_by[column] != Some(cycle.t_s) {
                self.seen_by[column] = Some(cycle.t_s);
                self.summary.unseen -= 1;
            }
            self.next += 1;
        }
        let time = format::text(|out| self.clock.push_rfc3339(out, cycle.t_s as i64));
        let head = format!("{},{time}", cycle.t_s);
        for (connector, &(setpoint_w, measured_w)) in cycle.connectors.iter().zip(&self.recorded) {
            if connector.demand_w == 0 && setpoint_w.is_none() && measured_w.is_none() {
                continue;
            }
            let id = &self.depot.site[connector.connector as usize].id;
            let connector_cell = cell(id);
            let difference_w =
                setpoint_w.map(|recorded_w| i64::from(connector.setpoint_w) - i64::from(recorded_w));
            if let Some(difference_w) = difference_w {
                self.summary.compare(cycle.t_s, id, difference_w);
            }
            self.rows[0].push_str(&format!(
                "{head},{connector_cell},{},{},{},{},{},{},{}\n",
                format::kw(connector.demand_w.into()),
                format::kw(connector.setpoint_w.into()),
                self.id(connector.constrained_by),
                connector.is_paused,
                optional_kw(setpoint_w.map(u64::from)),
                optional_kw(measured_w.map(u64::from)),
                difference_w.map(format::kw_signed).unwrap_or_default(),
            ));
        }
        self.add_cycle(&head, cycle);
    }

    fn add_cycle(&mut self, head: &str, cycle: &OpenCycle<'_>) {
        let record = cycle.record;
        self.summary.cycles += 1;
        match record.outcome {
            sim::Outcome::Applied => self.summary.applied += 1,
            sim::Outcome::Curtailed => self.summary.curtailed += 1,
            sim::Outcome::Rejected => self.summary.rejected += 1,
        }
        let sum = |of: &dyn Fn(&Recorded) -> Option<u32>| {
            let known: Vec<u64> = self.recorded.iter().filter_map(of).map(u64::from).collect();
            optional_kw((!known.is_empty()).then(|| known.iter().sum()))
        };
        let total = |of: &dyn Fn(&sim::OpenConnector) -> u32| {
            format::kw(cycle.connectors.iter().map(|connector| u64::from(of(connector))).sum())
        };
        let constraint = record.constraint.as_ref();
        let limit_w = constraint
            .map(|constraint| constraint.limit_w)
            .filter(|&limit_w| limit_w != sim::units::UNLIMITED_W);
        let text = |text: Option<&str>| text.map(cell).unwrap_or_default();
        let row = format!(
            "{head},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
            record.cycle,
            record.outcome.name(),
            record.reason.code(),
            self.id(constraint.map_or(NO_NODE, |constraint| constraint.node)),
            constraint.and_then(|constraint| constraint.source).map_or("", |source| source.name()),
            optional_kw(limit_w),
            optional_kw(constraint.map(|constraint| constraint.withheld_w)),
            total(&|connector| connector.demand_w),
            total(&|connector| connector.setpoint_w),
            sum(&|recorded| recorded.0),
            sum(&|recorded| recorded.1),
            text(record.subject.as_deref()),
            text(record.detail.as_deref()),
        );
        self.rows[1].push_str(&row);
    }

    fn id(&self, position: u32) -> String {
        if position == NO_NODE { String::new() } else { cell(&self.depot.site[position as usize].id) }
    }
}

impl OpenLoopSummary {
    fn compare(&mut self, t_s: u64, connector: &str, difference_w: i64) {
        self.compared += 1;
        if difference_w == 0 {
            self.equal += 1;
        } else if self.first_difference_t_s.is_none() {
            self.first_difference_t_s = Some(t_s);
            self.first_difference_connector = Some(connector.to_owned());
        }
        let size_w = difference_w.unsigned_abs() as u32;
        match difference_w > 0 {
            true => self.most_above_w = self.most_above_w.max(size_w),
            false => self.most_below_w = self.most_below_w.max(size_w),
        }
    }
}

fn optional_kw(power_w: Option<u64>) -> String {
    power_w.map(format::kw).unwrap_or_default()
}

/// A text as a cell.
fn cell(text: &str) -> String {
    format::text(|out| push_text(out, text))
}
