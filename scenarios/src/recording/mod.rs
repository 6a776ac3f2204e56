//! What a run was asked and what chance decided, as two files that a person can read, edit and replay.

pub(crate) mod demands_csv;
pub(crate) mod faults;
pub(crate) mod supply;

use crate::draft::{Draft, ReadText};
use crate::error::{Problems, ScenarioError};
use crate::format::file::{Basis, Columns, Fleet, SCHEMA, ScenarioFile, SocUnit, TimeFormat};
use crate::overlay::Overlay;
use crate::recording::faults::{RecordedChargerStep, RecordedOverrideStep};
use crate::recording::supply::{RecordedFeedStep, RecordedOutageStep};
use crate::scenario::{Expected, ReadFile, Scenario, derive};
use crate::site::derive::Positions;
use crate::text::ron_text;
use crate::text::unshown::line_problem;
use crate::values::clock::{Calendar, Moment};
use crate::values::names;
use crate::values::quantity::{BaseLoadKw, LeafKw, LimitKw, Weight, shown};
use crate::vehicles::override_record::resolved;
use crate::vehicles::visits_csv;
use serde::{Deserialize, Serialize};
use sim::{
    BaseLoadStep, Depot, EnvelopeStep, NodeChange, Ratings, Realization, Reason, Rejection, SiteChange,
    SiteStep, Traces,
};

/// The name of the file that holds a recording's visits, beside the recording.
pub const RECORDING_VISITS: &str = "recording-visits.csv";

const HEADER: &str = "// A recorded run: what was asked and what chance decided. Replaying it draws nothing; edit a value here or in\n\
                      // recording-visits.csv, and that is what is replayed.\n";

/// A recorded run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The format's version, [`SCHEMA`].
    #[serde(deserialize_with = "names::schema")]
    pub schema: u32,
    /// The version of the program's behaviour that recorded it.
    pub behaviour: u32,
    /// The seed that the realization was drawn from; replaying does not read it.
    pub seed: u64,
    /// What was asked of the run beside the scenario.
    pub options: RecordingOptions,
    /// The resolved scenario; its fleet is the recorded visits, its envelopes and base loads are the steps below.
    pub scenario: ScenarioFile,
    /// Every change of an operating envelope, in order of time.
    pub envelope_steps: Vec<RecordedEnvelopeStep>,
    /// Every change of a base load, in order of time.
    pub base_load_steps: Vec<RecordedBaseLoadStep>,
    /// Every change of site data, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub site_steps: Vec<RecordedSiteStep>,
    /// Every outage that begins or ends, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outage_steps: Vec<RecordedOutageStep>,
    /// Every change of what a feed of envelopes is worth, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feed_steps: Vec<RecordedFeedStep>,
    /// Everything that goes wrong at a charger or is mended, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charger_steps: Vec<RecordedChargerStep>,
    /// Every word of an operator that begins or ends, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub override_steps: Vec<RecordedOverrideStep>,
    /// The visits, for the file beside.
    #[serde(skip)]
    visits_csv: String,
}

/// What was asked of a run beside the scenario.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingOptions {
    /// Which rows the traces have.
    #[serde(with = "names::traces")]
    pub traces: Traces,
    /// Which values of the scenario were replaced, as PATH=VALUE; the scenario below holds the new ones already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// Which run this one replays under other choices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<ReplayOf>,
}

/// The run whose realization is replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayOf {
    /// Its run digest, as its manifest says.
    pub run_digest: String,
    /// The version of the behaviour that recorded it.
    pub behaviour: u32,
    /// What is not as it was: options of the command line, and files of the recording that were edited.
    pub changed: Vec<String>,
}

/// A change of an operating envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedEnvelopeStep {
    /// When.
    pub at: Moment,
    /// The envelope's id.
    pub envelope: String,
    /// The node's id.
    pub node: String,
    /// What it counts.
    pub basis: Basis,
    /// The limit from now on; `None` when it ends.
    pub limit_kw: Option<LimitKw>,
}

/// A change of a base load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedBaseLoadStep {
    /// When.
    pub at: Moment,
    /// The node's id.
    pub node: String,
    /// The node's own base load from now on.
    pub power_kw: BaseLoadKw,
}

/// A change of site data: other values at nodes, or what the data are refused for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedSiteStep {
    /// When.
    pub at: Moment,
    /// Why every cycle is rejected from then on; `None` where the data apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RecordedRefusal>,
    /// Nodes that have other values from then on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<RecordedNode>,
}

/// What site data or a feed are refused for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedRefusal {
    /// The reason code.
    #[serde(with = "names::refusal")]
    pub reason: Reason,
    /// The node it is about.
    pub subject: Option<String>,
    /// A sentence about it.
    pub detail: String,
}

/// The values of a node from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedNode {
    /// The node's id.
    pub id: String,
    /// What it is designed to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_capacity_kw: Option<LimitKw>,
    /// What it may carry continuously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_operating_capacity_kw: Option<LimitKw>,
    /// What the hardware can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rating_kw: Option<LimitKw>,
    /// Share beside siblings.
    pub weight: Weight,
    /// Least power at which charging works.
    pub min_power_kw: LeafKw,
    /// Whether the balancer may set it to 0 although its minimum is positive.
    pub pausable: bool,
    /// Power that is safe when the balancer's word is missing.
    pub fallback_kw: LeafKw,
}

impl RecordedSiteStep {
    fn of(step: &SiteStep, depot: &Depot, calendar: &Calendar) -> Self {
        let refused = match &step.change {
            SiteChange::Apply(_) => None,
            SiteChange::Refuse(Rejection { reason, subject, detail }) => {
                Some(RecordedRefusal { reason: *reason, subject: subject.clone(), detail: detail.clone() })
            }
        };
        let nodes = step.change.nodes().iter().map(|change| RecordedNode::of(change, depot)).collect();
        Self { at: calendar.moment(step.at_s), refused, nodes }
    }
}

impl RecordedNode {
    fn of(change: &NodeChange, depot: &Depot) -> Self {
        let limit_kw = |limit_w: Option<u64>| {
            limit_w.map(|limit_w| LimitKw::from_w(limit_w).expect("limits of a scenario are bounded"))
        };
        let leaf_kw = |power_w| LeafKw::from_w(power_w).expect("powers of a scenario are bounded");
        Self {
            id: depot.site[change.node as usize].id.clone(),
            default_capacity_kw: limit_kw(change.ratings.default_capacity_w),
            safe_operating_capacity_kw: limit_kw(change.ratings.safe_operating_capacity_w),
            max_rating_kw: limit_kw(change.ratings.max_rating_w),
            weight: Weight::new(change.weight).expect("weights of a scenario are bounded"),
            min_power_kw: leaf_kw(change.min_power_w),
            pausable: change.pausable,
            fallback_kw: leaf_kw(change.fallback_w),
        }
    }

    fn restored(&self, node: u32) -> NodeChange {
        NodeChange {
            node,
            ratings: Ratings {
                default_capacity_w: self.default_capacity_kw.map(LimitKw::w),
                safe_operating_capacity_w: self.safe_operating_capacity_kw.map(LimitKw::w),
                max_rating_w: self.max_rating_kw.map(LimitKw::w),
            },
            weight: self.weight.get(),
            min_power_w: self.min_power_kw.w(),
            pausable: self.pausable,
            fallback_w: self.fallback_kw.w(),
        }
    }
}

impl Recording {
    /// Records a run of a scenario on a realization of it.
    ///
    /// # Panics
    /// If the realization is not one of this scenario's: it names nodes or vehicle types that the depot does not have, or powers
    /// beyond the format's bounds.
    pub fn new(
        scenario: &Scenario,
        realization: &Realization,
        seed: u64,
        behaviour: u32,
        options: RecordingOptions,
    ) -> Self {
        let (depot, calendar) = (scenario.depot(), scenario.calendar());
        let id = |position: u32| depot.site[position as usize].id.clone();
        let envelope_step = |step: &EnvelopeStep| RecordedEnvelopeStep {
            at: calendar.moment(step.at_s),
            envelope: step.envelope.clone(),
            node: id(step.node),
            basis: step.basis.into(),
            limit_kw: step
                .limit_w
                .map(|limit_w| LimitKw::from_w(limit_w).expect("limits of a scenario are bounded")),
        };
        let base_load_step = |step: &BaseLoadStep| RecordedBaseLoadStep {
            at: calendar.moment(step.at_s),
            node: id(step.node),
            power_kw: BaseLoadKw::from_w(step.power_w).expect("base loads of a scenario are bounded"),
        };
        Self {
            schema: SCHEMA,
            behaviour,
            seed,
            options,
            scenario: ScenarioFile {
                fleet: recorded_fleet(),
                envelopes: Vec::new(),
                base_loads: Vec::new(),
                envelope_feeds: Vec::new(),
                demand_response: Vec::new(),
                outages: Vec::new(),
                site_changes: Vec::new(),
                charger_faults: Vec::new(),
                overrides: Vec::new(),
                ..scenario.file().clone()
            },
            envelope_steps: realization.envelope_steps.iter().map(envelope_step).collect(),
            base_load_steps: realization.base_load_steps.iter().map(base_load_step).collect(),
            site_steps: realization
                .site_steps
                .iter()
                .map(|step| RecordedSiteStep::of(step, depot, calendar))
                .collect(),
            outage_steps: realization
                .outage_steps
                .iter()
                .map(|step| RecordedOutageStep::of(step, depot, calendar))
                .collect(),
            feed_steps: realization
                .feed_steps
                .iter()
                .map(|step| RecordedFeedStep::of(step, depot, calendar))
                .collect(),
            charger_steps: realization
                .charger_steps
                .iter()
                .map(|step| RecordedChargerStep::of(step, depot, calendar))
                .collect(),
            override_steps: realization
                .overrides
                .iter()
                .map(|step| RecordedOverrideStep::of(step, &realization.visits, calendar))
                .collect(),
            visits_csv: visits_csv::write(depot, calendar, &realization.visits),
        }
    }

    /// The text of `recording.ron`.
    pub fn to_ron(&self) -> String {
        format!("{HEADER}{}", ron_text::write(self, 4))
    }

    /// The text of [`RECORDING_VISITS`].
    pub fn visits_csv(&self) -> &str {
        &self.visits_csv
    }

    /// Reads a recording and restores what it recorded, to the last joule, without drawing anything. `origin` is its name in messages,
    /// `read_file` resolves the name of the file with its visits.
    ///
    /// # Errors
    /// The first syntax error or missing field, or else every problem of what the recording says.
    pub fn parse(
        origin: &str,
        text: &str,
        read_file: &mut ReadFile<'_>,
    ) -> Result<(Self, Scenario, Realization), ScenarioError> {
        Self::parse_with(origin, text, read_file, &[])
    }

    /// Reads a recording as [`Recording::parse`] does, and replaces values of its scenario by their paths.
    ///
    /// # Errors
    /// As there, and every path that means nothing and every value that cannot be.
    pub fn parse_with(
        origin: &str,
        text: &str,
        read_file: &mut ReadFile<'_>,
        set: &[Overlay],
    ) -> Result<(Self, Scenario, Realization), ScenarioError> {
        let (mut recording, mut read) = ReadText::of::<Self>(origin, text, |_, _| Vec::new())?;
        let mut problems = Problems::new();
        recording.check_is_decided(&mut problems);
        let nothing = Problems::new();
        if let Some(error) = read.error(None, &nothing, &problems, "") {
            return Err(error);
        }
        let draft = Draft::expanded(recording.scenario.clone(), read.clone()).with(set)?;
        problems.put_first(&draft.asides);
        if !set.is_empty() {
            (recording.scenario, read) = (draft.file.clone(), draft.read.clone());
            recording.check_is_decided(&mut problems);
            if let Some(error) = read.error(None, &nothing, &problems, "") {
                return Err(error);
            }
        }
        let scenario =
            derive(&draft.file, &mut ReadText::remembering(&mut read.sources, read_file), &mut problems);
        let expanded = Some((&draft.file, &draft.origins));
        if let Some(error) = read.error(expanded, &draft.expansion, &problems, "scenario.") {
            return Err(error);
        }
        let mut scenario = scenario.expect("a scenario that cannot be derived has a problem");
        let Expected::Known(visits) = scenario.visitors.clone() else {
            unreachable!("a fleet that is not generated is known")
        };
        let (envelope_steps, base_load_steps) =
            recording.steps(scenario.depot(), scenario.calendar(), &mut problems);
        if let Some(error) = read.error(None, &nothing, &problems, "") {
            return Err(error);
        }
        (scenario.envelope_steps, scenario.base_load_steps) =
            (envelope_steps.clone(), base_load_steps.clone());
        let site_steps = recording.restored_site_steps(scenario.depot(), scenario.calendar(), &mut problems);
        scenario.site_steps.clone_from(&site_steps);
        let (outage_steps, feed_steps) = recording.restored_supply(&scenario, &mut problems);
        (scenario.outage_steps, scenario.feed_steps) = (outage_steps.clone(), feed_steps.clone());
        let (charger_steps, named) = recording.restored_faults(&scenario, &visits, &mut problems);
        let overrides = resolved(&named, &visits);
        (scenario.charger_steps, scenario.overrides) = (charger_steps.clone(), named);
        recording.visits_csv = visits_csv::write(scenario.depot(), scenario.calendar(), &visits);
        let silences = scenario.silences.clone();
        if let Some(error) = read.error(None, &nothing, &problems, "") {
            return Err(error);
        }
        let realization = Realization {
            visits,
            envelope_steps,
            base_load_steps,
            site_steps,
            outage_steps,
            feed_steps,
            silences,
            charger_steps,
            overrides,
        };
        Ok((recording, scenario, realization))
    }

    /// What would have to be drawn or derived has no place in a recording.
    fn check_is_decided(&self, problems: &mut Problems) {
        if matches!(self.scenario.fleet, Fleet::Generated(_)) {
            problems.add(
                "scenario.fleet",
                format!("a recording draws nothing (Visits(csv: \"{RECORDING_VISITS}\"), or Listed)"),
            );
        }
        if !self.scenario.envelopes.is_empty() {
            problems
                .add("scenario.envelopes", "a recording has steps instead (put them into envelope_steps)");
        }
        self.check_supply_is_decided(problems);
        if !self.scenario.site_changes.is_empty() {
            problems.add("scenario.site_changes", "a recording has steps instead (put them into site_steps)");
        }
        if !self.scenario.base_loads.is_empty() {
            problems
                .add("scenario.base_loads", "a recording has steps instead (put them into base_load_steps)");
        }
    }

    fn restored_site_steps(
        &self,
        depot: &Depot,
        calendar: &Calendar,
        problems: &mut Problems,
    ) -> Vec<SiteStep> {
        let positions = Positions::of(&depot.site, &[]);
        let mut steps = Vec::with_capacity(self.site_steps.len());
        for (index, step) in self.site_steps.iter().enumerate() {
            let place = format!("site_steps.{}", index + 1);
            let at_s = step.at.unix_s - depot.start_unix_s;
            if !(0..depot.duration_s() as i64).contains(&at_s) {
                problems.add(format!("{place}.at"), outside_the_run(step.at, depot, calendar));
            }
            if step.refused.is_some() && !step.nodes.is_empty() {
                problems.add(
                    format!("{place}.nodes"),
                    "a change that is refused changes no nodes (leave one of them out)",
                );
            }
            let mut changes = Vec::with_capacity(step.nodes.len());
            for node in &step.nodes {
                match positions.node(&node.id) {
                    Ok(position) => changes.push(node.restored(position)),
                    Err(message) => problems.add(format!("{place}.nodes.{}", shown(&node.id)), message),
                }
            }
            check_refusal(&place, step.refused.as_ref(), problems);
            let change = match step.refused.clone() {
                None => SiteChange::Apply(changes),
                Some(RecordedRefusal { reason, subject, detail }) => {
                    SiteChange::Refuse(Rejection { reason, subject, detail })
                }
            };
            steps.push(SiteStep { at_s, change });
        }
        steps.sort_by_key(|step| step.at_s);
        steps
    }

    fn steps(
        &self,
        depot: &Depot,
        calendar: &Calendar,
        problems: &mut Problems,
    ) -> (Vec<EnvelopeStep>, Vec<BaseLoadStep>) {
        let positions = Positions::of(&depot.site, &[]);
        let mut place = |list: &str, index: usize, at: Moment, node: &str| {
            let found = positions.node(node);
            let at_s = at.unix_s - depot.start_unix_s;
            let is_in_run = at_s >= 0 && at_s < depot.duration_s() as i64;
            if !is_in_run {
                problems.add(format!("{list}.{}.at", index + 1), outside_the_run(at, depot, calendar));
            }
            match found {
                Ok(node) => Some((at_s, node)),
                Err(message) => {
                    problems.add(format!("{list}.{}.node", index + 1), message);
                    None
                }
            }
        };
        let mut envelope_steps = Vec::with_capacity(self.envelope_steps.len());
        for (index, step) in self.envelope_steps.iter().enumerate() {
            if let Some((at_s, node)) = place("envelope_steps", index, step.at, &step.node) {
                let limit_w = step.limit_kw.map(LimitKw::w);
                envelope_steps.push(EnvelopeStep {
                    at_s,
                    envelope: step.envelope.clone(),
                    node,
                    basis: step.basis.into(),
                    limit_w,
                });
            }
        }
        let mut base_load_steps = Vec::with_capacity(self.base_load_steps.len());
        for (index, step) in self.base_load_steps.iter().enumerate() {
            if let Some((at_s, node)) = place("base_load_steps", index, step.at, &step.node) {
                base_load_steps.push(BaseLoadStep { at_s, node, power_w: step.power_kw.w() });
            }
        }
        for (index, step) in self.envelope_steps.iter().enumerate() {
            if let Some(problem) = names::id_problem(&step.envelope) {
                problems.add(
                    format!("envelope_steps.{}.envelope", index + 1),
                    format!("{}: {problem}", shown(&step.envelope)),
                );
            }
        }
        // A person may have added a step at the end.
        envelope_steps.sort_by_key(|step| step.at_s);
        base_load_steps.sort_by_key(|step| step.at_s);
        (envelope_steps, base_load_steps)
    }
}

/// Seconds from the start at which a recorded step happens, which lies within the run.
fn seconds_of_step(place: &str, at: Moment, scenario: &Scenario, problems: &mut Problems) -> i64 {
    let (depot, calendar) = (scenario.depot(), scenario.calendar());
    let at_s = at.unix_s - depot.start_unix_s;
    if !(0..depot.duration_s() as i64).contains(&at_s) {
        problems.add(format!("{place}.at"), outside_the_run(at, depot, calendar));
    }
    at_s
}

/// What data are refused for is told as it was recorded.
fn check_refusal(place: &str, refused: Option<&RecordedRefusal>, problems: &mut Problems) {
    let Some(refused) = refused else { return };
    for (field, text) in [("subject", refused.subject.as_deref()), ("detail", Some(&*refused.detail))] {
        if let Some(problem) = text.and_then(line_problem) {
            problems.add(format!("{place}.refused.{field}"), problem);
        }
    }
}

pub(crate) fn outside_the_run(at: Moment, depot: &Depot, calendar: &Calendar) -> String {
    let (start, end) = (calendar.moment(0), calendar.moment(depot.duration_s() as i64));
    format!("\"{at}\" is outside the run (from \"{start}\", before \"{end}\")")
}

fn recorded_fleet() -> Fleet {
    Fleet::Visits {
        csv: RECORDING_VISITS.into(),
        vehicle: None,
        vehicle_ids: None,
        target_soc_pct: None,
        columns: Columns::default(),
        time: TimeFormat::Clock,
        soc_unit: SocUnit::Percent,
        types: Vec::new(),
    }
}
