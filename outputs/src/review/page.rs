//! The page as data, and the template that tells it.

use super::opening::{Opening, opening};
use super::policy::{SCRIPT, STYLE, policy};
use super::recorder::ReviewData;
use super::timeline::{self, Bar, LANES, Tick};
use super::words::{Words, counted, plain};
use super::{ReviewError, breaches, comparison, embed, faults, nodes, topology, verdict, visits};
use crate::checks::Verdict;
use crate::format::{duration, duration_min, push_percent, text};
use crate::hashing::FileDigest;
use crate::manifest::RunIdentity;
use crate::summary::report::{MeterFigures, SummaryReport};
use askama::Template;
use sim::{Depot, Realization, Site, Traces};

/// What the page tells beside what was gathered during the run.
#[derive(Debug, Clone, Copy)]
pub struct ReviewContext<'a> {
    /// The depot.
    pub depot: &'a Depot,
    /// What happened there.
    pub realization: &'a Realization,
    /// The order of the depot's columns.
    pub site: &'a Site,
    /// What produced the pack.
    pub identity: &'a RunIdentity,
    /// The figures of the run, judged.
    pub summary: &'a SummaryReport,
    /// The figures of the same realization under `uncontrolled`; `None` where that is the run's own strategy.
    pub uncontrolled: Option<&'a SummaryReport>,
    /// Where the scenario's numbers come from.
    pub provenance: &'a [Assumption],
    /// Values of the scenario that were replaced, as PATH=VALUE.
    pub set: &'a [String],
    /// Which run this one replays, and what is not as it was; `None` where it replays none.
    pub replay_of: Option<&'a str>,
    /// Which of the tick-by-tick tables the pack keeps.
    pub traces: Traces,
    /// Name in the pack, and text, of each plot.
    pub plots: &'a [(&'static str, String)],
    /// The files of the pack that are finished.
    pub files: &'a [FileDigest],
}

/// Where a number of the scenario comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// The path of what it is about.
    pub path: String,
    /// How it is known: vendor, measured or assumed.
    pub kind: String,
    /// The source, or the reason.
    pub note: String,
}

/// Plots above this are left to their files \[bytes\].
const PLOT_MAX_BYTES: usize = 700_000;

/// Periods that are listed; all are drawn.
const PERIODS_LISTED: usize = 60;

#[derive(Template)]
#[template(path = "review.html")]
struct Page<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    data: String,

    title: &'a str,
    run: &'a RunIdentity,
    summary: &'a SummaryReport,
    verdict: Verdict,
    verdict_words: String,
    passed: usize,
    start: String,
    end: String,
    duration: String,
    step: String,
    deviations: Vec<String>,
    peak_at: String,
    peak_30min_end: String,
    /// The grid connections' meters, and when each was highest.
    meters: Vec<(&'a MeterFigures, String)>,
    load_factor: String,
    least_margin: String,

    checks: Vec<verdict::CheckRow<'a>>,
    lanes: [(&'static str, u32); 4],
    bars: Vec<Bar>,
    ticks: Vec<Tick>,
    timeline_words: String,
    periods: Vec<PeriodRow>,
    periods_left_out: usize,
    tightest_s: Option<u64>,
    opens_at: String,
    opens_why: String,
    frames_note: String,
    frames: usize,

    breaches: Vec<breaches::BreachRow<'a>>,
    breaches_left_out: u64,
    over_limit: String,
    plots: Vec<PlotRow<'a>>,
    nodes: Vec<nodes::NodeRow<'a>>,
    nodes_left_out: usize,
    visits: Vec<visits::VisitRow<'a>>,
    visits_left_out: usize,
    /// Whether a vehicle is not called as its visit is.
    has_vehicles: bool,
    /// Whether any of those that are listed waited for a connector.
    has_waits: bool,
    /// Whether any of those that are listed was paused.
    has_pauses: bool,
    late: Vec<usize>,
    comparison: Vec<comparison::Comparison>,
    jain: String,
    longest_pause: Option<LongestPause>,
    paused: String,
    steps: Vec<nodes::StepRow<'a>>,
    steps_left_out: usize,
    steps_words: String,
    faults: Vec<faults::FaultRow>,
    causes: Vec<(&'static str, &'static str)>,
    faults_left_out: u64,
    stranded_at: String,
    spells: Vec<breaches::SpellRow>,
    spells_left_out: u64,
    hold: String,
    provenance: &'a [Assumption],
    assumed: usize,
    topology: Vec<topology::TopologyRow<'a>>,
    topology_left_out: usize,
    has_notes: bool,
    files: Vec<&'a FileDigest>,
    has_traces: bool,
    set: &'a [String],
}

struct PeriodRow {
    from: String,
    to: String,
    length: String,
    outcome: &'static str,
    reason: &'static str,
    node: String,
    source: String,
}

struct LongestPause {
    length: String,
    visit: String,
    from: String,
    until: String,
}

struct PlotRow<'a> {
    name: &'static str,
    caption: &'static str,
    /// The drawing; none where it is too large for a page.
    svg: Option<&'a str>,
    /// Whether it would be too small to read on one sheet of A4.
    is_tall: bool,
}

impl ReviewData {
    /// The bytes of `review.html`; complete once [`sim::Observer::end`] was called.
    ///
    /// # Errors
    /// None in practice: the content is plain text and integers.
    pub fn into_page(self, context: &ReviewContext<'_>) -> Result<String, ReviewError> {
        let words = Words::of(context.depot, self.end_s);
        let opening = opening(context, &self, &words);
        let data = embed::json(&self, context, &opening)?;
        Ok(page(&self, context, &words, opening, data).render()? + "\n")
    }
}

fn page<'a>(
    data: &ReviewData,
    context: &'a ReviewContext<'_>,
    words: &Words,
    opening: Opening,
    json: String,
) -> Page<'a> {
    let summary = context.summary;
    let (all_periods, is_cut) = timeline::periods(data, context.depot);
    let (nodes, nodes_left_out) = nodes::nodes(summary, words);
    let (visits, visits_left_out) = visits::visits(context, data, words);
    let (steps, steps_left_out) = nodes::limit_steps(summary, words);
    let (faults, faults_left_out) = faults::faults(context, data, words);
    let (topology, topology_left_out) = topology::topology(context);
    let late = (0..visits.len()).filter(|&ix| !visits[ix].is_ready).collect();
    let passed = summary.checks.iter().filter(|check| check.passed).count();
    let mut files: Vec<&FileDigest> = context.files.iter().collect();
    files.sort();
    let listed = all_periods.iter().take(PERIODS_LISTED).map(|period| PeriodRow {
        from: words.moment(period.from_s as i64),
        to: words.time(period.to_s as i64),
        length: duration(period.to_s as i64 - period.from_s as i64),
        outcome: period.outcome,
        reason: period.reason,
        node: period.node.clone(),
        source: plain(period.source),
    });
    Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        data: json,
        title: &context.depot.title,
        run: context.identity,
        summary,
        verdict: summary.verdict,
        verdict_words: verdict::in_words(summary, passed),
        passed,
        start: words.long(0),
        end: words.long(data.end_s as i64),
        duration: duration(data.end_s as i64),
        step: duration(i64::from(context.depot.step_s)),
        deviations: verdict::deviations(context),
        peak_at: words.moment_of(summary.site.meter.peak_at.as_deref()),
        peak_30min_end: words.moment_of(summary.site.peak_30min_end.as_deref()),
        meters: summary
            .grid_connections
            .iter()
            .map(|meter| (meter, words.moment_of(meter.peak_at.as_deref())))
            .collect(),
        load_factor: comparison::load_factor(summary),
        least_margin: match (summary.visits.least_margin_s, &summary.visits.least_margin_visit) {
            (Some(margin_s), Some(_)) => duration_min(margin_s),
            _ => "–".to_owned(),
        },
        checks: verdict::checks(context, words),
        lanes: LANES,
        bars: timeline::bars(data, &all_periods),
        ticks: timeline::ticks(words, data.end_s),
        timeline_words: timeline_words(summary, all_periods.len()),
        periods: listed.collect(),
        periods_left_out: all_periods.len().saturating_sub(PERIODS_LISTED) + usize::from(is_cut),
        tightest_s: data.tightest.map(|(_, t_s)| t_s),
        opens_at: words.moment(opening.t_s as i64),
        opens_why: opening.why,
        frames_note: frames_note(data, context),
        frames: data.trace.frames.len(),
        breaches: breaches::breaches(context, data, words),
        breaches_left_out: data.breaches.left_out(),
        over_limit: duration(summary.breaches.over_limit_s as i64),
        causes: breaches::causes(data),
        plots: context.plots.iter().map(plot_row).collect(),
        nodes,
        nodes_left_out,
        has_waits: visits.iter().any(|visit| visit.waited.is_some()),
        has_pauses: visits.iter().any(|visit| visit.paused.is_some()),
        visits,
        visits_left_out,
        has_vehicles: context.realization.visits.iter().any(|visit| visit.id != visit.vehicle),
        late,
        comparison: context.uncontrolled.map(|run| comparison::comparison(summary, run)).unwrap_or_default(),
        jain: summary
            .visits
            .jain_index_ppm
            .map_or("–".to_owned(), |ppm| text(|out| push_percent(out, ppm))),
        longest_pause: longest_pause(data, context, words),
        paused: duration(summary.visits.paused_s as i64),
        steps,
        steps_left_out,
        steps_words: nodes::limit_steps_in_words(summary),
        faults,
        faults_left_out,
        stranded_at: words.moment_of(summary.stranded.peak_at.as_deref()),
        spells: breaches::spells(context, data, words),
        spells_left_out: data.spells.left_out(),
        hold: duration(i64::from(context.depot.hold_s)),
        provenance: context.provenance,
        assumed: context.provenance.iter().filter(|known| known.kind == "assumed").count(),
        has_notes: topology.iter().any(|row| !row.note.is_empty()),
        topology,
        topology_left_out,
        files,
        has_traces: context.traces != Traces::None,
        set: context.set,
    }
}

fn longest_pause(data: &ReviewData, context: &ReviewContext<'_>, words: &Words) -> Option<LongestPause> {
    let pause = data.pauses.longest?;
    Some(LongestPause {
        length: duration(pause.length_s() as i64),
        visit: context.realization.visits[pause.visit as usize].id.clone(),
        from: words.moment(pause.from_s as i64),
        until: words.moment(pause.until_s as i64),
    })
}

fn timeline_words(summary: &SummaryReport, periods: usize) -> String {
    let cycles = &summary.cycles;
    format!(
        "{} cycles in {}: {} applied, {} curtailed, {} rejected; {}",
        cycles.total,
        counted(periods as u64, "period", "periods"),
        cycles.applied,
        cycles.curtailed,
        cycles.rejected,
        counted(summary.breaches.count, "breach", "breaches")
    )
}

/// What the scrubber leaves out, said.
fn frames_note(data: &ReviewData, context: &ReviewContext<'_>) -> String {
    let (frames, ticks) = (data.trace.frames.len() as u64, data.trace.ticks());
    let tables = match context.traces {
        Traces::None => "rerun with --traces full for nodes.csv and connectors.csv",
        _ => "nodes.csv and connectors.csv have all",
    };
    let mut note = match frames == ticks {
        true => format!("Every one of the {ticks} ticks can be shown."),
        false => format!(
            "{frames} of {ticks} ticks can be shown: every {}th, and where an outcome, a limit or a breach changed; {tables}.",
            data.trace.stride
        ),
    };
    if data.nodes.len() < context.site.nodes.len() {
        note.push_str(&format!(
            " {} of {} nodes are in the tree; {tables}.",
            data.nodes.len(),
            context.site.nodes.len()
        ));
    } else if !data.has_connectors {
        note.push_str(&format!(
            " The {} connectors are not in the tree; {tables}.",
            context.site.connectors.len()
        ));
    }
    if let (_, faults @ 1..) = data.shown_faults(context.site) {
        note.push_str(&format!(" {faults} times in which a charger was not as it should be are not in the tree; events.csv has them."));
    }
    note
}

fn plot_row<'a>((name, svg): &'a (&'static str, String)) -> PlotRow<'a> {
    let caption = match *name {
        "plots/site.svg" => "The site: its limit, what vehicles ask for, what they may draw, and the meter",
        "plots/branches.svg" => {
            "Each circuit and connection: its limit, demand, and the power of what hangs below it"
        }
        "plots/connectors.svg" => "Each connector: its power over time",
        "plots/visits.svg" => "Each visit: state of charge on arrival and departure, and when it was ready",
        _ => "",
    };
    let svg = (svg.len() <= PLOT_MAX_BYTES).then_some(svg.as_str());
    PlotRow { name, caption, svg, is_tall: svg.and_then(size).is_some_and(|(x, y)| y > x * 19 / 10) }
}

/// Width and height of a drawing of ours, as its first lines say.
fn size(svg: &str) -> Option<(u64, u64)> {
    let (_, rest) = svg.split_once("viewBox=\"0 0 ")?;
    let (width, rest) = rest.split_once(' ')?;
    let (height, _) = rest.split_once('"')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}
