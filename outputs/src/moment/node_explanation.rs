//! What a node above the connectors lets through at a moment: what limits it, what is asked below it, and who withholds the rest.

use super::explanation_text::counted;
use super::fault_log::fault_lines;
use super::{
    BreachStatus, DrawnLess, DrawnMore, FaultStatus, InForce, Moment, Times, Told, headroom_w,
    in_force_words, limited, without_constraint,
};
use crate::clock::Clock;
use crate::format::{kw, kw_signed};
use serde::Serialize;
use sim::{LimitSource, Strategy};
use std::collections::BTreeMap;
use std::ops::Range;

/// One node at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeExplanation {
    /// The scenario's id.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The moment that was asked for, RFC 3339.
    pub at: String,
    /// The node.
    pub node: String,
    /// What it is.
    pub kind: &'static str,
    /// Whether the strategy ignores limits.
    pub is_unmanaged: bool,
    /// Number of the newest completed cycle, from 0.
    pub cycle: Option<u64>,
    /// Its outcome.
    pub outcome: Option<&'static str>,
    /// Its reason code.
    pub reason: Option<&'static str>,
    /// The sentence of a rejected cycle.
    pub detail: Option<String>,
    /// Since when cycles have been rejected, RFC 3339.
    pub rejected_since: Option<String>,
    /// What counts while they are.
    pub in_force: Option<InForce>,
    /// Effective limit \[W\]; none for none.
    pub limit_w: Option<u64>,
    /// Which limit it is.
    pub limit_source: Option<&'static str>,
    /// When it holds, of an operating envelope.
    pub limit_times: Option<Times>,
    /// Base load of the node and all below \[W\].
    pub base_load_w: i64,
    /// What is left for charging \[W\]; none for no limit.
    pub ev_limit_w: Option<u64>,
    /// Connectors below it.
    pub connectors: u32,
    /// Those of them that ask for power.
    pub asking: u32,
    /// What they ask for \[W\].
    pub asked_w: u64,
    /// What they may draw \[W\].
    pub allocated_w: u64,
    /// What some of them may draw beyond what they ask for by now \[W\]: `asked_w - allocated_w = withheld_w - beyond_asked_w`.
    pub beyond_asked_w: u64,
    /// What they may not draw of what they ask for, connector by connector \[W\]: the sum of `withheld`.
    pub withheld_w: u64,
    /// Who withholds it, most first.
    pub withheld: Vec<WithheldBy>,
    /// The meter, base load included \[W\].
    pub measured_w: i64,
    /// Limit less meter \[W\]; negative in a breach, none for no limit.
    pub headroom_w: Option<i64>,
    /// Connectors below it that draw more than they may, most first.
    pub drawing_more: Vec<DrawsMore>,
    /// Connectors below it that draw less than they may, most first.
    pub drawing_less: Vec<DrawsLess>,
    /// Since when it is in breach, and what brought that about.
    pub breach: Option<BreachStatus>,
    /// When its site data changed last, RFC 3339; none where they are those of the start.
    pub site_changed: Option<String>,
    /// What the cycle of this moment counts as withheld by this node, if it names it \[W\]: what could be taken within own limits. A connector asks for
    /// more where its own limit or its charge point's is less. None between two cycles.
    pub counted_w: Option<u64>,
    /// What is wrong with it.
    pub faults: Vec<FaultStatus>,
    /// What is wrong with nodes and connectors below it.
    pub faults_below: Vec<FaultsOf>,
}

/// What is wrong with a node or connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultsOf {
    /// The node or connector.
    pub node: String,
    /// What is wrong with it.
    pub faults: Vec<FaultStatus>,
}

/// A connector that draws more than it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawsMore {
    /// The connector.
    pub connector: String,
    /// By how much, and why.
    #[serde(flatten)]
    pub drawn_more: DrawnMore,
}

/// A connector that draws less than it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawsLess {
    /// The connector.
    pub connector: String,
    /// By how much \[W\].
    pub below_w: u32,
    /// The cause, as for the connector by itself, or what its charger does instead of following; none where the recording does not tell for certain.
    pub cause: Option<&'static str>,
    /// The same in words.
    pub words: Option<String>,
}

/// What one constraint withholds from connectors below a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithheldBy {
    /// The constraint; none where no cycle's limit withholds it: see `in_force`, or more was asked for since the newest cycle.
    pub node: Option<String>,
    /// What it withholds \[W\].
    pub withheld_w: u64,
    /// From whom.
    pub connectors: Vec<String>,
    /// Of that, what it withholds by pausing somebody \[W\], which cycles count apart from what its limit takes off others.
    pub paused_w: u64,
    /// Whom it pauses.
    pub paused: Vec<String>,
}

impl NodeExplanation {
    /// Explains the node in column `column` of the site at `at_s` \[s\] from the start, which `moment` holds.
    pub fn of(told: &Told<'_>, at_s: i64, moment: &Moment, column: usize) -> Self {
        let (position, at) = (told.site.nodes[column], &moment.nodes[column]);
        let (first, end) = told.site.connectors_below[column];
        let below = &moment.connectors[first as usize..end as usize];
        let withheld = withheld(told, moment, (first as usize, end as usize));
        let cycle = &moment.cycle;
        Self {
            scenario: told.depot.id.clone(),
            seed: told.seed,
            at: Clock::of(told.depot).rfc3339(at_s),
            node: told.id(position).to_owned(),
            kind: told.depot.site[position as usize].kind.name(),
            is_unmanaged: told.depot.strategy == Strategy::Uncontrolled,
            cycle: cycle.as_ref().map(|cycle| cycle.cycle),
            outcome: cycle.as_ref().map(|cycle| cycle.outcome.name()),
            reason: cycle.as_ref().map(|cycle| cycle.reason.code()),
            detail: moment.rejection_detail(),
            rejected_since: moment.rejected_since(told.depot),
            in_force: moment.in_force(told.depot),
            limit_w: limited(at.limit_w),
            limit_source: at.limit_source.map(|source| source.name()),
            limit_times: at
                .limit_source
                .filter(|&source| source == LimitSource::OperatingEnvelope)
                .and_then(|_| told.envelope_times(position, (at.limit_w, at.ev_limit_w), moment.t_s)),
            base_load_w: at.base_load_w,
            ev_limit_w: limited(at.ev_limit_w),
            connectors: end - first,
            asking: below.iter().filter(|at| at.demand_w > 0).count() as u32,
            asked_w: below.iter().map(|at| u64::from(at.demand_w)).sum(),
            allocated_w: at.allocated_w,
            beyond_asked_w: below.iter().map(|at| u64::from(at.setpoint_w.saturating_sub(at.demand_w))).sum(),
            withheld_w: withheld.iter().map(|by| by.withheld_w).sum(),
            withheld,
            measured_w: at.measured_w,
            headroom_w: headroom_w(at.limit_w, at.measured_w),
            drawing_more: drawing_more(told, moment, first as usize..end as usize),
            drawing_less: drawing_less(told, moment, first as usize..end as usize),
            breach: told.breach(position, moment),
            site_changed: told.site_changed(position, moment.t_s),
            counted_w: cycle
                .as_ref()
                .filter(|cycle| cycle.t_s == moment.t_s)
                .and_then(|cycle| cycle.constraint)
                .filter(|constraint| constraint.node == position)
                .map(|constraint| constraint.withheld_w),
            faults: told.faults(position, moment.t_s),
            faults_below: faults_below(told, position, moment.t_s),
        }
    }

    /// The explanation as text, ASCII but for what people called things.
    pub fn to_text(&self) -> String {
        let mut out =
            format!("{} ({}) at {} ({}, seed {})\n", self.node, self.kind, self.at, self.scenario, self.seed);
        out.push_str(&match (self.cycle, self.outcome, self.reason) {
            (Some(cycle), Some(outcome), Some(reason)) => {
                let detail = self.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
                format!("cycle {cycle} ended {outcome}, {reason}{detail}\n")
            }
            _ => "no rebalance cycle has completed yet\n".to_owned(),
        });
        out.extend(in_force_words(self.in_force, self.rejected_since.as_deref()).map(|words| words + "\n"));
        out.push_str(&format!("\n{}\n", self.limit_sentence()));
        let changed = self.site_changed.as_ref();
        out.extend(changed.map(|changed| format!("its site data changed last at {changed}\n")));
        out.push_str(&(self.verdict() + "\n"));
        for by in &self.withheld {
            let whom = by.connectors.join(", ");
            let by_whom = match &by.node {
                Some(node) => format!("{node} withholds from"),
                None => format!("no limit withholds ({}) from", without_constraint(self.in_force)),
            };
            out.push_str(&format!(
                "  {:>12} kW  {by_whom} {}: {whom}\n",
                kw(by.withheld_w),
                by.connectors.len()
            ));
            let counted = |withheld_w| match self.counted_w {
                Some(counted_w) if counted_w == withheld_w && by.node.as_ref() == Some(&self.node) => {
                    " (what the status, the page and cycles.csv call withheld)"
                }
                _ => "",
            };
            if by.paused_w > 0 {
                let (lowered_w, paused) = (by.withheld_w - by.paused_w, by.paused.join(", "));
                if lowered_w > 0 {
                    out.push_str(&format!(
                        "  {:>12} kW  of it by its limit{}\n",
                        kw(lowered_w),
                        counted(lowered_w)
                    ));
                }
                let counted = counted(by.paused_w);
                out.push_str(&format!("  {:>12} kW  of it by pausing {paused}{counted}\n", kw(by.paused_w)));
            }
            if by.node.as_ref() == Some(&self.node)
                && let Some(counted_w) = self.counted_w.filter(|&counted_w| counted_w < by.withheld_w)
                && ![by.paused_w, by.withheld_w - by.paused_w].contains(&counted_w)
            {
                out.push_str(&format!(
                    "  {:>12} kW  of it the cycle counts: own limits of charge points and connectors keep them from the rest anyway\n",
                    kw(counted_w)
                ));
            }
        }
        out.push_str(&self.meter_sentence());
        out.push_str(&self.drawing_lines());
        let below = self.faults_below.iter().map(|below| (below.node.as_str(), &below.faults[..]));
        out.push_str(&fault_lines([(self.node.as_str(), &self.faults[..])].into_iter().chain(below)));
        out
    }

    fn limit_sentence(&self) -> String {
        let Some(limit_w) = self.limit_w else { return "nothing limits it itself".to_owned() };
        let times = self.limit_times.as_ref().map(|Times { since, until }| {
            format!(", since {since} until {}", until.as_deref().unwrap_or("the end of the run"))
        });
        let times = times.unwrap_or_default();
        let source = self.limit_source.map(|source| format!(" ({source}{times})")).unwrap_or_default();
        let rest = self.ev_limit_w.map(|ev_limit_w| format!("{} kW are left for charging", kw(ev_limit_w)));
        let rest = rest.unwrap_or_else(|| "nothing limits charging".to_owned());
        format!(
            "it is limited to {} kW{source}; base load, its own and all below, is {} kW: {rest}",
            kw(limit_w),
            kw_signed(self.base_load_w)
        )
    }

    fn verdict(&self) -> String {
        let (asked, allocated) = (kw(self.asked_w), kw(self.allocated_w));
        let ask = if self.asking == 1 { "asks" } else { "ask" };
        let who = format!("{} of {} below it {ask}", self.asking, counted(self.connectors));
        let beyond = match self.beyond_asked_w {
            0 => String::new(),
            beyond_w => format!(" ({} kW of it more than whoever has it asks for by now)", kw(beyond_w)),
        };
        match (self.asking, self.withheld_w) {
            (0, _) if self.connectors == 1 => "the only connector below it asks for no power".to_owned(),
            (0, _) => format!("none of the {} connectors below it asks for power", self.connectors),
            (_, 0) => {
                format!("{who} for {asked} kW and may draw {allocated} kW{beyond}; nothing is withheld")
            }
            (_, withheld_w) => {
                format!(
                    "{who} for {asked} kW and may draw {allocated} kW{beyond}; {} kW are withheld:",
                    kw(withheld_w)
                )
            }
        }
    }

    /// What some connectors draw beside what they may, a line for each reason; nothing where all draw that.
    fn drawing_lines(&self) -> String {
        let more = self.drawing_more.iter().map(|DrawsMore { connector, drawn_more }| {
            (connector.as_str(), drawn_more.beyond_w, drawn_more.words.as_str())
        });
        let less = self.drawing_less.iter().map(|DrawsLess { connector, below_w, cause, words }| {
            let words = words.as_deref().unwrap_or("not certain from the recording");
            // Each has a state of charge of its own.
            let is_on_curve = *cause == Some("curve");
            let why = if is_on_curve { "as much as the vehicle takes, by its charging curve" } else { words };
            (connector.as_str(), *below_w, why)
        });
        by_reason("more", more.collect()) + &by_reason("less", less.collect())
    }

    fn meter_sentence(&self) -> String {
        let headroom = match self.headroom_w {
            Some(over_w @ ..0) => {
                let why = self.breach.as_ref().map(|breach| {
                    let BreachStatus { cause, words, since } = breach;
                    format!(" since {since} ({cause}: when it began, {words})")
                });
                format!(
                    ", {} kW above its limit: BREACH{}",
                    kw(over_w.unsigned_abs()),
                    why.unwrap_or_default()
                )
            }
            Some(headroom_w) => format!(", {} kW below its limit", kw_signed(headroom_w)),
            None => String::new(),
        };
        let above_w = self.ev_limit_w.map_or(0, |ev_limit_w| self.allocated_w.saturating_sub(ev_limit_w));
        let granted = match above_w {
            0 => String::new(),
            above_w => format!(
                "what its connectors may draw is {} kW more than is left for charging ({})\n",
                kw(above_w),
                match (self.is_unmanaged, self.in_force) {
                    (true, _) => "the strategy ignores limits",
                    (false, Some(_)) => "what counts while cycles are rejected",
                    (false, None) => "less is left than at the newest cycle",
                }
            ),
        };
        format!("its meter shows {} kW{headroom}\n{granted}", kw_signed(self.measured_w))
    }
}

/// Connectors in a range of columns that draw more than they may, most first.
fn drawing_more(told: &Told<'_>, moment: &Moment, columns: Range<usize>) -> Vec<DrawsMore> {
    let draws_more = |ix: usize| {
        let connector = told.id(told.site.connectors[ix]).to_owned();
        DrawnMore::of(told, moment, ix).map(|drawn_more| DrawsMore { connector, drawn_more })
    };
    let mut drawing_more: Vec<DrawsMore> = columns.filter_map(draws_more).collect();
    drawing_more.sort_by_key(|at| std::cmp::Reverse(at.drawn_more.beyond_w));
    drawing_more
}

/// Connectors in a range of columns that draw less than they may, most first.
fn drawing_less(told: &Told<'_>, moment: &Moment, columns: Range<usize>) -> Vec<DrawsLess> {
    let draws_less = |ix: usize| {
        let (position, at) = (told.site.connectors[ix], &moment.connectors[ix]);
        let below_w = at.setpoint_w.checked_sub(at.measured_w).filter(|&below_w| below_w > 0)?;
        let deaf = || {
            let deafness = told.deafness(position, moment.t_s)?;
            Some((deafness.kind().name(), deafness.words(told.charger(position), at.measured_w)))
        };
        let why = DrawnLess::of(told, moment, ix).map(|less| (less.cause, less.words)).or_else(deaf);
        let (cause, words) = why.unzip();
        Some(DrawsLess { connector: told.id(position).to_owned(), below_w, cause, words })
    };
    let mut drawing_less: Vec<DrawsLess> = columns.filter_map(draws_less).collect();
    drawing_less.sort_by_key(|at| std::cmp::Reverse(at.below_w));
    drawing_less
}

/// Connectors that a line names at most.
const NAMED_MAX: usize = 20;

/// Connectors with what they draw beside what they may \[W\] and why, the reasons in the order in which they come.
fn by_reason(what: &str, connectors: Vec<(&str, u32, &str)>) -> String {
    let mut reasons: Vec<(&str, u64, Vec<&str>)> = Vec::new();
    let mut place_of: BTreeMap<&str, usize> = BTreeMap::new();
    for &(connector, power_w, why) in &connectors {
        let place = *place_of.entry(why).or_insert(reasons.len());
        if place == reasons.len() {
            reasons.push((why, 0, Vec::new()));
        }
        reasons[place].1 += u64::from(power_w);
        reasons[place].2.push(connector);
    }
    let mut out = match connectors.len() {
        0 => return String::new(),
        1 => format!("1 connector below it draws {what} than it may:\n"),
        count => format!("{count} connectors below it draw {what} than they may:\n"),
    };
    for (why, sum_w, own) in reasons {
        let named = own[..own.len().min(NAMED_MAX)].join(", ");
        let others = match own.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        out.push_str(&format!("  {:>12} kW  {named}{others}: {why}\n", kw(sum_w)));
    }
    out
}

/// What is wrong below a position, in the site's order.
fn faults_below(told: &Told<'_>, position: u32, t_s: u64) -> Vec<FaultsOf> {
    let site = &told.depot.site;
    let mut is_below = vec![false; site.len()];
    let mut below = Vec::new();
    // Parents come before their children.
    for (at, node) in site.iter().enumerate() {
        is_below[at] = node.parent.is_some_and(|parent| parent == position || is_below[parent as usize]);
        let faults = if is_below[at] { told.faults(at as u32, t_s) } else { Vec::new() };
        if !faults.is_empty() {
            below.push(FaultsOf { node: node.id.clone(), faults });
        }
    }
    below
}

/// What connectors in a range of columns do not get, by what withholds it, most first.
fn withheld(told: &Told<'_>, moment: &Moment, (first, end): (usize, usize)) -> Vec<WithheldBy> {
    let mut by_node: BTreeMap<u32, WithheldBy> = BTreeMap::new();
    for ix in first..end {
        let at = &moment.connectors[ix];
        let withheld_w = u64::from(at.demand_w.saturating_sub(at.setpoint_w));
        if withheld_w == 0 {
            continue;
        }
        let none = || WithheldBy {
            node: told.some_id(at.constrained_by),
            withheld_w: 0,
            connectors: Vec::new(),
            paused_w: 0,
            paused: Vec::new(),
        };
        let by = by_node.entry(at.constrained_by).or_insert_with(none);
        by.withheld_w += withheld_w;
        let id = told.id(told.site.connectors[ix]);
        by.connectors.push(id.to_owned());
        if at.is_paused {
            by.paused_w += withheld_w;
            by.paused.push(id.to_owned());
        }
    }
    let mut withheld: Vec<WithheldBy> = by_node.into_values().collect();
    withheld.sort_by_key(|by| std::cmp::Reverse(by.withheld_w));
    withheld
}
