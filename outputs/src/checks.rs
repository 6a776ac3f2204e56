//! What a scenario's checks say, in sentences: for `summary.json`, `junit.xml` and the review page.

use crate::clock::Clock;
use crate::format;
use crate::format::counted;
use serde::Serialize;
use sim::acceptance::{Counts, Criterion, CyclePattern, ExpectedCounts, Finding, Found, Rule};
use sim::breach::Breach;
use sim::{Depot, Realization};
use std::fmt;

/// What all checks say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Every check passed.
    Pass,
    /// One failed, or more.
    Fail,
    /// There are none.
    NotJudged,
}

impl Verdict {
    /// The verdict that checks give.
    pub fn of(checks: &[CheckFigures]) -> Self {
        match checks.iter().all(|check| check.passed) {
            _ if checks.is_empty() => Self::NotJudged,
            true => Self::Pass,
            false => Self::Fail,
        }
    }

    /// The verdict's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::NotJudged => "NOT_JUDGED",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckFigures {
    /// The check's id.
    pub id: String,
    /// The id of the requirement that it proves.
    pub requirement: String,
    /// What it is about.
    pub text: String,
    /// What is judged, in a sentence.
    pub rule: String,
    /// Whether the run shows it.
    pub passed: bool,
    /// What the run shows, in a sentence.
    pub found: String,
    /// The moment that shows it, RFC 3339; none where no single moment does.
    pub at: Option<String>,
    /// The same \[s\] from the start.
    pub at_s: Option<u64>,
    /// The node that it is about; none where no single node is.
    pub node: Option<String>,
    /// The visit that it is about; none where no single visit is.
    pub visit: Option<String>,
    /// Which part of the review page shows it.
    pub evidence: Evidence,
}

/// A part of the review page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The list of breaches.
    Breaches,
    /// The table of visits.
    Visits,
    /// The status at a moment.
    Status,
    /// The table of nodes.
    Nodes,
    /// The topology.
    Topology,
    /// The list of rejected cycles.
    Rejections,
}

/// Tells criteria and findings of one run, in the order of the scenario.
pub fn check_figures(
    depot: &Depot,
    realization: &Realization,
    criteria: &[Criterion],
    findings: &[Finding],
) -> Vec<CheckFigures> {
    let teller = Teller { depot, realization, clock: Clock::of(depot) };
    criteria.iter().zip(findings).map(|(criterion, finding)| teller.figures(criterion, finding)).collect()
}

/// Knows how things are called.
struct Teller<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    clock: Clock,
}

/// What a finding points at.
#[derive(Default)]
struct Place {
    at_s: Option<u64>,
    node: Option<u32>,
    visit: Option<u32>,
}

impl Teller<'_> {
    fn figures(&self, criterion: &Criterion, finding: &Finding) -> CheckFigures {
        let place = self.place(&criterion.rule, finding);
        CheckFigures {
            id: criterion.id.clone(),
            requirement: criterion.requirement.clone(),
            text: criterion.text.clone(),
            rule: self.rule(&criterion.rule),
            passed: finding.passed,
            found: self.found(&criterion.rule, finding),
            at: place.at_s.map(|at_s| self.clock.rfc3339(at_s as i64)),
            at_s: place.at_s,
            node: place.node.map(|node| self.node(node).to_owned()),
            visit: place.visit.map(|visit| self.realization.visits[visit as usize].id.clone()),
            evidence: evidence(&criterion.rule),
        }
    }

    fn place(&self, rule: &Rule, finding: &Finding) -> Place {
        match (finding.found, rule) {
            (Found::Breaches { worst, .. }, _) => Place {
                at_s: worst.map(|breach| breach.start_s),
                node: worst.map(|breach| breach.node),
                visit: None,
            },
            (Found::Ready { most_missing, .. }, _) => Place { visit: most_missing, ..Place::default() },
            (Found::Cycles { first_s, .. }, Rule::Cycle(CyclePattern { node, .. })) => {
                Place { at_s: first_s, node: *node, visit: None }
            }
            (Found::Cycles { first_s, .. }, _) => Place { at_s: first_s, ..Place::default() },
            (Found::Peak { at_s, .. }, Rule::PeakAtMost { node, .. }) => {
                Place { at_s: Some(at_s), node: Some(*node), visit: None }
            }
            _ => Place::default(),
        }
    }

    fn rule(&self, rule: &Rule) -> String {
        match rule {
            Rule::WithinLimits => "no node draws more than its effective limit at any time".into(),
            Rule::Ready { least_ppm: 1_000_000 } => {
                "every vehicle that came is ready before it leaves".into()
            }
            Rule::Ready { least_ppm } => {
                let percent = format::text(|out| format::push_percent(out, u64::from(*least_ppm)));
                format!("at least {percent} % of the vehicles that came are ready before they leave")
            }
            Rule::Cycle(pattern) => self.pattern(pattern),
            Rule::NeverRejected => "no cycle is REJECTED".into(),
            Rule::BreachesShorterThan { duration_s } => {
                format!("every breach is shorter than {}", format::duration(*duration_s as i64))
            }
            Rule::PeakAtMost { node, power_w } => {
                format!("the meter of {} never shows more than {} kW", self.node(*node), format::kw(*power_w))
            }
            Rule::Shape(expected) => format!("the site has {}", expected_counts(expected)),
        }
    }

    fn pattern(&self, pattern: &CyclePattern) -> String {
        let CyclePattern { outcome, node, reason, source, from_s, to_s } = pattern;
        let reason = reason.map(|reason| format!(" with {}", reason.code())).unwrap_or_default();
        let node = node.map(|node| format!(" at {}", self.node(node))).unwrap_or_default();
        let source = source.map(|source| format!(" ({})", source.name())).unwrap_or_default();
        let is_whole = *from_s <= 0 && *to_s >= self.depot.duration_s() as i64;
        let window = match is_whole {
            true => String::new(),
            false => format!(" from {} to {}", self.clock.wall(*from_s), self.clock.wall(*to_s)),
        };
        format!("at least one cycle{window} is {outcome}{reason}{node}{source}")
    }

    fn found(&self, rule: &Rule, finding: &Finding) -> String {
        match finding.found {
            Found::Breaches { count: 0, .. } | Found::Breaches { worst: None, .. } => "no breach".into(),
            Found::Breaches { count, worst: Some(breach) } => {
                format!("{}; {}", counted(count, "breach", "breaches"), self.breach(&breach))
            }
            Found::Ready { ready, of, most_missing } => {
                let missing = most_missing
                    .map(|visit| format!("; {} misses most", self.realization.visits[visit as usize].id));
                format!("{ready} of {of} ready{}", missing.unwrap_or_default())
            }
            Found::Cycles { count: 0, .. } | Found::Cycles { first_s: None, .. } => match rule {
                Rule::NeverRejected => "no rejected cycle".into(),
                _ => "no such cycle".into(),
            },
            Found::Cycles { count, first_s: Some(first_s) } => {
                let first = self.clock.wall(first_s as i64);
                format!("{}; the first at {first}", counted(count, "such cycle", "such cycles"))
            }
            Found::Peak { power_w: i64::MIN, .. } => "nothing was metered".into(),
            Found::Peak { power_w, at_s } => {
                format!("{} kW at {}", format::kw_signed(power_w), self.clock.wall(at_s as i64))
            }
            Found::Shape(counts) => format!("the site has {}", found_counts(&counts)),
        }
    }

    fn breach(&self, breach: &Breach) -> String {
        format!(
            "{} was over by at most {} kW for {} from {} ({})",
            self.node(breach.node),
            format::kw(breach.peak_over_w),
            format::duration(breach.end_s.saturating_sub(breach.start_s) as i64),
            self.clock.wall(breach.start_s as i64),
            breach.cause.code()
        )
    }

    /// A node's id; a criterion may name one that the depot does not have, and then fails.
    fn node(&self, position: u32) -> &str {
        self.depot.site.get(position as usize).map_or("a node that is not there", |node| &node.id)
    }
}

fn evidence(rule: &Rule) -> Evidence {
    match rule {
        Rule::WithinLimits | Rule::BreachesShorterThan { .. } => Evidence::Breaches,
        Rule::Ready { .. } => Evidence::Visits,
        Rule::Cycle(_) => Evidence::Status,
        Rule::NeverRejected => Evidence::Rejections,
        Rule::PeakAtMost { .. } => Evidence::Nodes,
        Rule::Shape(_) => Evidence::Topology,
    }
}

fn expected_counts(expected: &ExpectedCounts) -> String {
    let said = [
        (expected.grid_connections, "grid connection", "grid connections", ""),
        (expected.charger_circuits, "charger circuit", "charger circuits", ""),
        (expected.charge_points, "charge point", "charge points", ""),
        (expected.connectors, "connector", "connectors", ""),
        (expected.charge_points_per_circuit, "charge point", "charge points", " on each circuit"),
        (expected.connectors_per_charge_point, "connector", "connectors", " at each charge point"),
    ];
    let phrases: Vec<String> = said
        .into_iter()
        .filter_map(|(count, one, many, place)| Some(counted(u64::from(count?), one, many) + place))
        .collect();
    if phrases.is_empty() { "any shape".into() } else { phrases.join(", ") }
}

fn found_counts(counts: &Counts) -> String {
    let range = |(fewest, most): (u32, u32), what: &str| match fewest == most {
        true => format!("{fewest} {what}"),
        false => format!("{fewest} to {most} {what}"),
    };
    [
        counted(counts.grid_connections.into(), "grid connection", "grid connections"),
        counted(counts.charger_circuits.into(), "charger circuit", "charger circuits"),
        counted(counts.charge_points.into(), "charge point", "charge points"),
        counted(counts.connectors.into(), "connector", "connectors"),
        range(counts.charge_points_per_circuit, "charge points on each circuit"),
        range(counts.connectors_per_charge_point, "connectors at each charge point"),
    ]
    .join(", ")
}
