//! The page as data, and the template that tells it.

use super::breaches::{BreachRow, SpellRow, breaches, causes, spells};
use super::cover::{Cover, cover};
use super::energy::{Energy, energy};
use super::fairness::{Fairness, fairness};
use super::faults::{FaultRow, faults};
use super::lists::Listed;
use super::nodes::{NodeRow, StepRow, limit_steps, limit_steps_in_words, nodes};
use super::plots::{PlotRow, plot_row};
use super::policy::{SCRIPT, STYLE, policy};
use super::recorder::ReviewData;
use super::scrubber::{Opening, Scrubber, opening, scrubber};
use super::timeline::{Timeline, timeline};
use super::topology::{TopologyRow, topology};
use super::verdict::{CheckRow, checks};
use super::visits::{Visits, visits};
use super::words::Words;
use super::{ReviewError, embed};
use crate::checks::Verdict;
use crate::format::duration;
use crate::hashing::FileDigest;
use crate::manifest::RunIdentity;
use crate::summary::report::SummaryReport;
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

#[derive(Template)]
#[template(path = "review.html")]
struct Page<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    /// What the script reads.
    data: String,

    title: &'a str,
    run: &'a RunIdentity,
    summary: &'a SummaryReport,
    verdict: Verdict,
    set: &'a [String],
    has_traces: bool,

    cover: Cover,
    checks: Vec<CheckRow<'a>>,
    scrubber: Scrubber,
    timeline: Timeline,
    breaches: Listed<BreachRow<'a>>,
    causes: Vec<(&'static str, &'static str)>,
    plots: Vec<PlotRow<'a>>,
    nodes: Listed<NodeRow<'a>>,
    visits: Visits<'a>,
    energy: Energy<'a>,
    fairness: Fairness,
    steps: Listed<StepRow<'a>>,
    steps_words: String,
    faults: Listed<FaultRow>,
    /// When most was granted and not used, as HTML of ours.
    stranded_at: String,
    spells: Listed<SpellRow>,
    hold: String,
    provenance: &'a [Assumption],
    /// How many of these are assumed.
    assumed: usize,
    topology: Listed<TopologyRow<'a>>,
    /// Whether any row of the topology has a note.
    has_notes: bool,
    /// Whether site data changed any.
    has_site_changes: bool,
    files: Vec<&'a FileDigest>,
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
    let mut files: Vec<&FileDigest> = context.files.iter().collect();
    files.sort();
    let topology = topology(context, words);
    let (breaches, visits) = (breaches(context, data, words), visits(context, data, words));
    Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        data: json,
        title: &context.depot.title,
        run: context.identity,
        summary,
        verdict: summary.verdict,
        set: context.set,
        has_traces: context.traces != Traces::None,
        cover: cover(context, data, words, (&breaches, &visits)),
        checks: checks(context, words),
        scrubber: scrubber(context, data, words, opening),
        timeline: timeline(context, data, words),
        breaches,
        causes: causes(data),
        plots: context.plots.iter().map(plot_row).collect(),
        nodes: nodes(summary, words),
        visits,
        energy: energy(context, data, words),
        fairness: fairness(context, data, words),
        steps: limit_steps(summary, words),
        steps_words: limit_steps_in_words(summary),
        faults: faults(context, data, words),
        stranded_at: words.moment_of(summary.stranded.peak_at.as_deref()),
        spells: spells(context, data, words),
        hold: duration(i64::from(context.depot.hold_s)),
        provenance: context.provenance,
        assumed: context.provenance.iter().filter(|known| known.kind == "assumed").count(),
        has_notes: context.depot.site.iter().any(|node| !node.note.is_empty()),
        has_site_changes: topology.rows.iter().any(|row| !row.changes.is_empty()),
        topology,
        files,
    }
}
