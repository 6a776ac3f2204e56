//! The content of `summary.json`: plain data, every quantity with its unit in its name.
//!
//! Integers are for programs; where people read, the same figure stands beside it as a decimal in kW or kWh.

use crate::checks::{CheckFigures, Verdict};
use crate::format;
use serde::Serialize;

/// The whole summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryReport {
    /// What ran.
    pub run: RunFigures,
    /// What its scenario's checks say: `PASS`, `FAIL`, or `NOT_JUDGED` where it has none.
    pub verdict: Verdict,
    /// Its scenario's checks, in their order.
    pub checks: Vec<CheckFigures>,
    /// How its cycles ended.
    pub cycles: CycleFigures,
    /// What became of its visits.
    pub visits: VisitFigures,
    /// The meter of the site.
    pub site: SiteFigures,
    /// The meters of the grid connections, in the site's order.
    pub grid_connections: Vec<MeterFigures>,
    /// Power above limits.
    pub breaches: BreachFigures,
    /// Power that was granted and not used.
    pub stranded: StrandedFigures,
    /// Limits that fell.
    pub limit_steps: LimitStepFigures,
    /// Every node above the connectors, in the site's order.
    pub nodes: Vec<NodeFigures>,
}

/// What ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFigures {
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The strategy's name.
    pub strategy: &'static str,
    /// The level of control.
    pub control: &'static str,
    /// When it began, RFC 3339.
    pub start: String,
    /// When it ended, RFC 3339.
    pub end: String,
    /// Length of a tick \[s\].
    pub step_s: u32,
    /// Ticks that ran.
    pub ticks: u64,
}

/// How cycles ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CycleFigures {
    /// All.
    pub total: u64,
    /// Granted in full.
    pub applied: u64,
    /// Some leaf got less than its demand.
    pub curtailed: u64,
    /// Not balanced.
    pub rejected: u64,
    /// By reason, limit and node, in the order of their codes and of the site.
    pub by_reason: Vec<ReasonFigures>,
}

/// Cycles of one reason, source of limit and node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonFigures {
    /// The outcome.
    pub outcome: &'static str,
    /// The reason code.
    pub reason: &'static str,
    /// Which of the node's limits; none unless curtailed.
    pub limit_source: Option<&'static str>,
    /// The constraining node; none unless curtailed.
    pub node: Option<String>,
    /// How many.
    pub cycles: u64,
}

/// What became of visits. `total = ready + late + unfinished + no_shows`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitFigures {
    /// All in the realization.
    pub total: u64,
    /// Had what makes them ready.
    pub ready: u64,
    /// Departed with less.
    pub late: u64,
    /// Had less when the run ended before their departure.
    pub unfinished: u64,
    /// Never came.
    pub no_shows: u64,
    /// Of what vehicles took, what their cabins did before they left \[J\].
    pub preconditioned_j: u64,
    /// Never had a connector.
    pub never_plugged_in: u64,
    /// Waited for a connector when they asked for one.
    pub waited: u64,
    /// Of those that were late, how many had waited for a connector.
    pub late_waited: u64,
    /// Time until they had a connector, or left without, summed over all \[s\].
    pub waited_s: u64,
    /// The longest time that one waited \[s\].
    pub longest_wait_s: u64,
    /// The visit it belongs to (the first, of several).
    pub longest_wait_visit: Option<String>,
    /// Least time from ready to departure \[s\] of those that were ready.
    pub least_margin_s: Option<i64>,
    /// The visit it belongs to (the first, of several).
    pub least_margin_visit: Option<String>,
    /// Battery energy missing to what makes them ready, of late and unfinished visits \[J\].
    pub shortfall_j: u64,
    /// The same \[kWh\].
    pub shortfall_kwh: String,
    /// Metered energy that vehicles took \[J\].
    pub delivered_j: u64,
    /// The same \[kWh\].
    pub delivered_kwh: String,
    /// Energy asked for and not granted at the time \[J\]; most of it is taken later.
    pub curtailed_j: u64,
    /// The same \[kWh\].
    pub curtailed_kwh: String,
    /// Times that a visit's minimum power was withdrawn.
    pub pauses: u64,
    /// Time visits were paused, summed over all \[s\].
    pub paused_s: u64,
    /// The longest time without a break that one was \[s\].
    pub longest_pause_s: u64,
    /// The visit it belongs to (the first, of several).
    pub longest_pause_visit: Option<String>,
    /// Jain's index of the share of its demand that each visit was granted over its stay \[ppm\]: 1,000,000 when all
    /// shares are equal, `1,000,000 / n` when one of n got everything. None without a demand.
    pub jain_index_ppm: Option<u64>,
}

/// The meter of the site, base load included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteFigures {
    /// The meter.
    #[serde(flatten)]
    pub meter: MeterFigures,
    /// Largest mean over 30 minutes \[W\]; none in a shorter run.
    pub peak_30min_w: Option<i64>,
    /// The same \[kW\].
    pub peak_30min_kw: Option<String>,
    /// End of those 30 minutes, RFC 3339.
    pub peak_30min_end: Option<String>,
    /// Mean power over peak \[ppm\]; none without a positive peak or with a negative mean.
    pub load_factor_ppm: Option<u64>,
}

/// What one node's meter counted, base load included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeterFigures {
    /// The node's id.
    pub node: Option<String>,
    /// Energy \[J\]; negative for export.
    pub energy_j: i64,
    /// The same \[kWh\].
    pub energy_kwh: String,
    /// Of it base load \[J\].
    pub base_load_j: i64,
    /// The same \[kWh\].
    pub base_load_kwh: String,
    /// Largest power of a tick \[W\].
    pub peak_w: Option<i64>,
    /// The same \[kW\].
    pub peak_kw: Option<String>,
    /// When that tick began (the first, of several), RFC 3339.
    pub peak_at: Option<String>,
}

/// Power above limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreachFigures {
    /// How many.
    pub count: u64,
    /// Time during which any node or connector was above its limit \[s\].
    pub over_limit_s: u64,
    /// Energy above limits, summed over breaches \[J\]; nodes above one another count the same energy each. Of more than 64 bits hold, what they
    /// hold at most.
    pub energy_over_j: u64,
    /// The same \[kWh\].
    pub energy_over_kwh: String,
    /// Largest excess \[W\].
    pub peak_over_w: u64,
    /// By cause, in the order of their codes.
    pub by_cause: Vec<CauseFigures>,
}

/// Power that was granted and not used: reserved for what the balancer believed, or for chargers that had not followed yet, held a
/// fallback limit, or give power in whole modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StrandedFigures {
    /// Setpoints less measured power, where that is less, summed over connectors and time \[J\].
    pub energy_j: u64,
    /// The same \[kWh\].
    pub energy_kwh: String,
    /// The most of a tick \[W\].
    pub peak_w: u64,
    /// When that tick began (the first, of several), RFC 3339.
    pub peak_at: Option<String>,
}

/// Limits that fell, and how long it took to meet them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitStepFigures {
    /// How many.
    pub count: u64,
    /// Measured power was within them in the tick in which they fell.
    pub met_at_once: u64,
    /// Not met before the run ended.
    pub unmet: u64,
    /// The longest time until one was met \[s\].
    pub longest_to_comply_s: Option<u64>,
    /// Largest excess until one was met \[W\].
    pub largest_overshoot_w: u64,
    /// Each, in the order in which they were met.
    pub steps: Vec<LimitStepRow>,
}

/// A limit that fell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitStepRow {
    /// The node or connector.
    pub node: String,
    /// When, RFC 3339.
    pub at: String,
    /// What it fell to \[W\].
    pub to_w: u64,
    /// Time until it was met \[s\]; none where it was not.
    pub comply_s: Option<u64>,
    /// Largest excess until then \[W\].
    pub overshoot_w: u64,
}

/// Breaches of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseFigures {
    /// The cause's code.
    pub cause: &'static str,
    /// How many.
    pub breaches: u64,
}

/// One node above the connectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeFigures {
    /// The id.
    pub node: String,
    /// What it is.
    pub kind: &'static str,
    /// Largest power of a tick, base load included \[W\].
    pub peak_w: Option<i64>,
    /// The same \[kW\].
    pub peak_kw: Option<String>,
    /// Least difference between limit and measured power \[W\]; negative in a breach, none for an unlimited node.
    pub least_headroom_w: Option<i64>,
    /// The same \[kW\].
    pub least_headroom_kw: Option<String>,
    /// When the tick of least headroom began (the first, of several), RFC 3339.
    pub least_headroom_at: Option<String>,
    /// Time during which its limit withheld power from a leaf \[s\].
    pub binding_s: u64,
    /// Time during which measured power was above its limit \[s\].
    pub over_limit_s: u64,
}

impl MeterFigures {
    /// Figures with their decimals.
    pub(super) fn new(
        node: Option<String>,
        energy_j: i64,
        base_load_j: i64,
        peak: Option<(i64, String)>,
    ) -> Self {
        let (peak_w, peak_at) = peak.unzip();
        Self {
            node,
            energy_j,
            energy_kwh: format::kwh_signed(energy_j),
            base_load_j,
            base_load_kwh: format::kwh_signed(base_load_j),
            peak_w,
            peak_kw: peak_w.map(format::kw_signed),
            peak_at,
        }
    }
}

/// The summary could not be told.
#[derive(Debug, thiserror::Error)]
#[error("summary.json: {0}")]
pub struct SummaryError(#[from] serde_json::Error);

impl SummaryReport {
    /// The same with the scenario's checks and the verdict that they give.
    #[must_use]
    pub fn judged(self, checks: Vec<CheckFigures>) -> Self {
        Self { verdict: Verdict::of(&checks), checks, ..self }
    }

    /// The bytes of `summary.json`, fields in the order of this module.
    ///
    /// # Errors
    /// None in practice: the content is plain text and integers.
    pub fn to_json(&self) -> Result<String, SummaryError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
