//! A scenario that can be run: expanded, derived, checked.

use crate::chargers::hardware::{check_hardware_stays, derive_equipment};
use crate::draft::Draft;
use crate::draw::{ChanceOnSite, Group};
use crate::error::{Problems, ScenarioError};
use crate::format::file::{AssignmentRule, Fleet, ScenarioFile};
use crate::site::derive::{Positions, derive_lanes, derive_site};
use crate::site::expand::say_default_parents;
use crate::site::site_changes::SiteChanges;
use crate::site::site_file::SiteFile;
use crate::supply::Supply;
use crate::text::ron_text;
use crate::text::unshown::check_texts;
use crate::values::clock::{Calendar, Span};
use crate::values::names::{ID_BYTES_MAX, id_problem};
use crate::values::quantity::shown;
use crate::vehicles::fleet::{Groups, derive_vehicle_types};
use crate::vehicles::override_record::NamedOverride;
use crate::vehicles::visits::Visitors;
use sim::{
    Assignment, BaseLoadStep, ChargerStep, Control, Criterion, Depot, EnvelopeStep, FeedStep, OutageStep,
    Silence, SiteStep, Strategy, Visit,
};
use std::collections::{BTreeMap, BTreeSet};

/// Resolves the name of a CSV file, as a scenario gives it, to its text; the error is a message.
pub type ReadFile<'a> = dyn FnMut(&str) -> Result<String, String> + 'a;

/// Bounds of timing \[s\].
pub(crate) const STEP_MAX_S: u32 = 3_600;
const DURATION_MAX_S: u32 = 366 * 86_400;

/// A scenario that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    pub(crate) file: ScenarioFile,
    pub(crate) depot: Depot,
    pub(crate) calendar: Calendar,
    pub(crate) visitors: Expected,
    pub(crate) envelope_steps: Vec<EnvelopeStep>,
    pub(crate) base_load_steps: Vec<BaseLoadStep>,
    pub(crate) site_steps: Vec<SiteStep>,
    pub(crate) outage_steps: Vec<OutageStep>,
    pub(crate) feed_steps: Vec<FeedStep>,
    pub(crate) silences: Vec<Silence>,
    pub(crate) criteria: Vec<Criterion>,
    pub(crate) charger_steps: Vec<ChargerStep>,
    pub(crate) overrides: Vec<NamedOverride>,
    /// What is still to be drawn of all this.
    pub(crate) chance: ChanceOnSite,
}

/// Who will come: known already, or to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    Known(Vec<Visit>),
    Drawn(Vec<Group>),
}

impl Expected {
    /// The ids of all visits.
    fn ids(&self) -> BTreeSet<String> {
        match self {
            Self::Known(visits) => visits.iter().map(|visit| visit.id.clone()).collect(),
            Self::Drawn(groups) => groups.iter().flat_map(Group::visit_ids).collect(),
        }
    }
}

impl Scenario {
    /// The scenario as a file would say it, every `repeat` expanded and every default filled in.
    pub fn file(&self) -> &ScenarioFile {
        &self.file
    }

    /// The depot as it is built.
    pub fn depot(&self) -> &Depot {
        &self.depot
    }

    /// What a run must show to be accepted.
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// Turns seconds from the start into times, and back.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The scenario under another strategy.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.file.strategy = strategy;
        self.depot.strategy = strategy;
        self
    }

    /// The scenario with other leaves under control.
    #[must_use]
    pub fn with_control(mut self, control: Control) -> Self {
        self.file.control = control;
        self.depot.control = control;
        self
    }

    /// The resolved scenario as RON, which [`parse`] reads as the same scenario.
    pub fn to_ron(&self) -> String {
        ron_text::write(&self.file, 3)
    }
}

/// Reads a scenario; `origin` is its name in messages, `read_file` resolves the CSV files that it names.
///
/// # Errors
/// The first syntax error, or else every problem of the text and of what it says.
pub fn parse(origin: &str, text: &str, read_file: &mut ReadFile<'_>) -> Result<Scenario, ScenarioError> {
    Draft::read(origin, text, read_file)?.resolve(read_file)
}

/// Derives the depot and all that happens from an expanded scenario, and checks it; `None` where there are problems.
pub(crate) fn derive(
    file: &ScenarioFile,
    read_file: &mut ReadFile<'_>,
    problems: &mut Problems,
) -> Option<Scenario> {
    if let Some(problem) = id_problem(&file.id) {
        problems.add("id", problem);
    }
    check_texts(file, problems);
    check_timing(file, problems);
    check_tables(&file.site, problems);
    let calendar = match Calendar::new(file.start) {
        Ok(calendar) => calendar,
        Err(message) => {
            problems.add("start", message);
            return None;
        }
    };
    let vehicle_types = derive_vehicle_types(&file.vehicles, problems);
    let site = derive_site(&file.site, file.on_unsupported, problems);
    let lanes = derive_lanes(&file.lanes, &site.nodes, problems);
    let positions = Positions::of(&site.nodes, &site.dropped);
    let duration_s = i64::from(file.duration.s());
    let supply = Supply { calendar: &calendar, positions: &positions, duration_s };
    let mut envelope_steps = supply.envelope_steps(&file.envelopes, problems);
    let feeds = supply.feeds(&file.envelope_feeds, problems);
    envelope_steps.extend(feeds.envelope_steps);
    envelope_steps.sort_by_key(|step| step.at_s);
    check_envelope_ids(file, problems);
    let base_loads = supply.base_loads(&file.base_loads, read_file, problems);
    let outage_steps = supply.outage_steps(&file.outages, problems);
    let charger_steps = supply.charger_steps(&file.charger_faults, problems);
    let told = (file.demand_signal.signal(), &vehicle_types[..]);
    let equipment = derive_equipment(&file.site, &positions, told, problems);
    check_hardware_stays(file, problems);
    let programs = supply.programs(&file.demand_response, problems);
    let site_steps = if site.note.is_some() && !file.site_changes.is_empty() {
        let message =
            "a site that is balanced flat cannot change in mid-run (leave them out, or mend the site)";
        problems.add("site_changes", message);
        Vec::new()
    } else if problems.is_empty() {
        SiteChanges { calendar: &calendar, nodes: &site.nodes, duration_s }.steps(file, problems)
    } else {
        // What a broken site changes into cannot be judged.
        Vec::new()
    };
    let silences = supply.silences(&file.measurement_gaps, problems);
    let criteria = supply.criteria(&file.checks, problems);
    let found_before = problems.kept.len();
    let visitors = match &file.fleet {
        Fleet::Generated(groups) => {
            let vehicle_types = &vehicle_types[..];
            let fleet = Groups { vehicle_types, positions: &positions, calendar: &calendar, duration_s };
            let derived = fleet.derive(groups, problems);
            if problems.kept.len() == found_before {
                check_visit_ids(&derived, problems);
            }
            Expected::Drawn(derived)
        }
        given => {
            let visitors = Visitors {
                calendar: &calendar,
                positions: &positions,
                vehicle_types: &vehicle_types,
                duration_s,
            };
            Expected::Known(visitors.visits(given, read_file, problems))
        }
    };
    // Who comes is known where nothing is wrong with the fleet.
    let overrides = match problems.kept.len() == found_before {
        true => supply.overrides(&file.overrides, || visitors.ids(), problems),
        false => Vec::new(),
    };
    if !problems.is_empty() {
        return None;
    }
    let rebalance_s = file.rebalance.unwrap_or(file.step).s();
    let depot = Depot {
        id: file.id.clone(),
        title: file.title.clone(),
        start_unix_s: file.start.unix_s,
        utc_offset_s: file.start.utc_offset_s,
        step_s: file.step.s(),
        ticks: file.duration.s() / file.step.s(),
        rebalance_every_ticks: rebalance_s / file.step.s(),
        rotation_slot_s: file.rotation_slot.s(),
        hold_s: file.hold.s(),
        max_age_s: file.max_age.map(Span::s),
        fallback_note: site.note,
        strategy: file.strategy,
        control: file.control,
        site: site.nodes,
        lanes,
        assignment: match file.assignment {
            AssignmentRule::LanesInOrder => Assignment::LanesInOrder,
            AssignmentRule::NearestFree => Assignment::NearestFree,
            AssignmentRule::MostHeadroom => Assignment::MostHeadroom,
        },
        vehicle_types,
        equipment,
    };
    let mut file = file.clone();
    say_default_parents(&mut file);
    Some(Scenario {
        file,
        depot,
        calendar,
        visitors,
        envelope_steps,
        base_load_steps: base_loads.steps,
        site_steps,
        outage_steps,
        feed_steps: feeds.feed_steps,
        silences,
        criteria,
        charger_steps,
        overrides,
        chance: ChanceOnSite { noisy_loads: base_loads.noisy, programs },
    })
}

/// Files of site data are read with the scenario's text, and what they say stands in the lists by now.
fn check_tables(site: &SiteFile, problems: &mut Problems) {
    let unread = [
        ("grid_connections", &site.grid_connections_csv),
        ("charger_circuits", &site.charger_circuits_csv),
        ("charge_points", &site.charge_points_csv),
        ("connectors", &site.connectors_csv),
    ];
    for (list, _) in unread.into_iter().filter(|(_, file)| file.is_some()) {
        let message =
            format!("files of site data are read before values are replaced (replace `site.{list}` itself)");
        problems.add(format!("site.{list}_csv"), message);
    }
}

/// Groups put the ids of visits together, so that two may come to the same, or to one that is too long to be read again.
fn check_visit_ids(groups: &[Group], problems: &mut Problems) {
    let mut made_by: BTreeMap<String, &str> = BTreeMap::new();
    for group in groups {
        let place = || format!("fleet.{}.id", group.id);
        for id in group.visit_ids() {
            if id.len() > ID_BYTES_MAX {
                let message = format!(
                    "its visits have ids such as \"{}\", of {} characters (at most {ID_BYTES_MAX}: a shorter id here, or of its visits)",
                    shown(&id),
                    id.len()
                );
                problems.add(place(), message);
                break;
            }
            if let Some(other) = made_by.insert(id.clone(), &group.id) {
                let message = format!(
                    "two visits would be called \"{}\", of \"{other}\" and of \"{}\" (another id here)",
                    shown(&id),
                    group.id
                );
                problems.add(place(), message);
                break;
            }
        }
    }
}

/// Envelopes, feeds and programs share the ids of envelopes: no two of them may come to mean the same one.
fn check_envelope_ids(file: &ScenarioFile, problems: &mut Problems) {
    const ENVELOPES: &str = "envelopes";
    let envelopes = file.envelopes.iter().map(|envelope| (ENVELOPES, &envelope.id));
    let feeds = file.envelope_feeds.iter().map(|feed| ("envelope_feeds", &feed.id));
    let programs = file.demand_response.iter().map(|program| ("demand_response", &program.id));
    let all: Vec<(&str, &String)> = envelopes.chain(feeds).chain(programs).collect();
    // By their ids, each with where it stands among all.
    let mut sorted: Vec<(&str, usize)> =
        all.iter().enumerate().map(|(index, (_, id))| (id.as_str(), index)).collect();
    sorted.sort_unstable();
    for (index, (list, id)) in all.iter().enumerate() {
        // A second envelope of the same id is told where envelopes are.
        let clashes = |other: usize| other != index && (*list, all[other].0) != (ENVELOPES, ENVELOPES);
        let from = |wanted: &str| &sorted[sorted.partition_point(|(other, _)| *other < wanted)..];
        let same = from(id).iter().take_while(|(other, _)| other == id);
        let clash = same.map(|(_, other)| *other).find(|&other| clashes(other)).or_else(|| {
            // A feed's and a program's envelopes are called by its id and more.
            let begins = format!("{id}-");
            let (other, at) = from(&begins).first().filter(|_| *list != ENVELOPES)?;
            other.starts_with(&begins).then_some(*at)
        });
        if let Some(other) = clash {
            let (id, other) = (shown(id), shown(all[other].1));
            let message = format!(
                "\"{id}\" and \"{other}\" would name the same envelopes (give one of them another id)"
            );
            problems.add(format!("{list}.{id}.id"), message);
        }
    }
}

/// What to say of a length of time that is too short or too long; `None` if it is neither.
pub(crate) fn out_of_bounds(span: Span, min_s: u32, max_s: u32) -> Option<String> {
    let (min, max) = (Span::from_s(min_s), Span::from_s(max_s));
    (span < min || span > max).then(|| format!("{span} is out of bounds ({min} to {max})"))
}

fn check_timing(file: &ScenarioFile, problems: &mut Problems) {
    let mut check = |field: &str, span: Span, min_s: u32, max_s: u32| {
        let problem = out_of_bounds(span, min_s, max_s);
        let is_within = problem.is_none();
        problem.into_iter().for_each(|problem| problems.add(field, problem));
        is_within
    };
    let is_step_sound = check("step", file.step, 1, STEP_MAX_S);
    let is_duration_sound = check("duration", file.duration, 1, DURATION_MAX_S);
    // A rebalance that is not said is the step, which was checked.
    let rebalance = file.rebalance.filter(|&rebalance| rebalance != file.step);
    let rebalance = rebalance.filter(|&rebalance| check("rebalance", rebalance, 1, 86_400));
    check("rotation_slot", file.rotation_slot, 1, DURATION_MAX_S);
    check("hold", file.hold, 0, DURATION_MAX_S);
    let duration = Some(file.duration).filter(|_| is_duration_sound);
    for (field, span) in [("duration", duration), ("rebalance", rebalance)] {
        if let Some(span) = span.filter(|span| is_step_sound && span.s() % file.step.s() != 0) {
            problems
                .add(field, format!("{span} is not a whole number of steps (a multiple of {})", file.step));
        }
    }
}
