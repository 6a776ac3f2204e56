//! Acceptance criteria: what a run must show to be accepted, and the observer that judges it in one pass.
//!
//! ```text
//!  Criterion (asked) ──┐
//!  TickView, RunEnd ───┴─> Acceptance ──> Finding (passed or not, and what was found) per criterion
//! ```
//!
//! Memory is one small record per criterion. Nothing here can end a run: a criterion that fails is a result, not an error.

mod counts;

pub use counts::{Counts, ExpectedCounts};

use crate::breach::Breach;
use crate::column::Edition;
use crate::depot::Depot;
use crate::realization::{Realization, Visit};
use crate::site::Site;
use crate::view::{CycleRecord, Observer, ObserverError, RunEnd, Stay, TickView};
use balancer::{LimitSource, Outcome, Reason};

/// Something that a run must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// The id, unique in the scenario.
    pub id: String,
    /// The id of the requirement that it proves.
    pub requirement: String,
    /// What it is about, for people.
    pub text: String,
    /// What is judged.
    pub rule: Rule,
}

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// No node ever draws more than its effective limit.
    WithinLimits,
    /// At least this share of the visits that came were ready before they left \[ppm\].
    Ready {
        /// The share \[ppm\].
        least_ppm: u32,
    },
    /// At least one cycle in a window ended so.
    Cycle(CyclePattern),
    /// No cycle was rejected.
    NeverRejected,
    /// Every breach was shorter than this.
    BreachesShorterThan {
        /// The length that none may reach \[s\].
        duration_s: u64,
    },
    /// A node's meter never showed more than this. It fails where there is no such meter.
    PeakAtMost {
        /// Position in [`Depot::site`] of a node above the connectors, or of a charge point.
        node: u32,
        /// The most it may show \[W\].
        power_w: u64,
    },
    /// The site consists of so many of each kind.
    Shape(ExpectedCounts),
}

impl Rule {
    /// Whether it asks that something happens, as a scenario was built to show, and not that nothing bad does: with other limits or fleets there may be no
    /// reason for it.
    pub fn is_a_demonstration(&self) -> bool {
        match self {
            Self::Cycle(_) | Self::Shape(_) => true,
            Self::WithinLimits
            | Self::Ready { .. }
            | Self::NeverRejected
            | Self::BreachesShorterThan { .. }
            | Self::PeakAtMost { .. } => false,
        }
    }
}

/// What a cycle is to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CyclePattern {
    /// How it ended.
    pub outcome: Outcome,
    /// The constraining node, as a position in [`Depot::site`]; any, if `None`.
    pub node: Option<u32>,
    /// The reason; any, if `None`.
    pub reason: Option<Reason>,
    /// Which of the node's limits; any, if `None`.
    pub source: Option<LimitSource>,
    /// When it ran at the earliest \[s\] from the start.
    pub from_s: i64,
    /// By when it had run \[s\] from the start; that second no longer counts.
    pub to_s: i64,
}

impl CyclePattern {
    /// Whether a cycle that ended so is what is looked for, if its time is.
    fn matches(&self, ending: &Ending) -> bool {
        self.outcome == ending.outcome
            && self.reason.is_none_or(|reason| reason == ending.reason)
            && (self.node.is_none() || self.node == ending.node)
            && (self.source.is_none() || self.source == ending.source)
    }
}

/// All that patterns ask of a cycle but its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ending {
    outcome: Outcome,
    reason: Reason,
    node: Option<u32>,
    source: Option<LimitSource>,
}

impl Ending {
    fn of(cycle: &CycleRecord) -> Self {
        let CycleRecord { outcome, reason, ref constraint, .. } = *cycle;
        let node = constraint.as_ref().map(|constraint| constraint.node);
        let source = constraint.as_ref().and_then(|constraint| constraint.source);
        Self { outcome, reason, node, source }
    }
}

/// How a criterion was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Whether the run shows what was asked.
    pub passed: bool,
    /// What it shows.
    pub found: Found,
}

/// What a run shows of a criterion, with the place that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Breaches, and the one that counts: the largest for [`Rule::WithinLimits`], the longest for [`Rule::BreachesShorterThan`].
    Breaches {
        /// How many.
        count: u64,
        /// The one that counts; the first, of equals.
        worst: Option<Breach>,
    },
    /// Visits that were ready.
    Ready {
        /// How many.
        ready: u64,
        /// Of how many that came.
        of: u64,
        /// The visit that misses most, as an index into the realization's; `None` where all are ready.
        most_missing: Option<u32>,
    },
    /// Cycles that match.
    Cycles {
        /// How many.
        count: u64,
        /// When the first one ran \[s\] from the start.
        first_s: Option<u64>,
    },
    /// The most that the meter showed.
    Peak {
        /// How much \[W\]; `i64::MIN` where nothing was metered.
        power_w: i64,
        /// When that tick began (the first, of several) \[s\] from the start.
        at_s: u64,
    },
    /// What the site consists of.
    Shape(Counts),
}

/// Judges a run by criteria while it runs.
#[derive(Debug, Clone)]
pub struct Acceptance<'a> {
    criteria: &'a [Criterion],
    realization: &'a Realization,
    findings: Vec<Finding>,
    /// How the newest cycle ended: most end like the one before.
    ending: Option<Ending>,
    /// Which criteria look for cycles that end so, as indices.
    of_ending: Vec<usize>,
    /// Which are of a node's meter, as indices, and the node's column.
    of_meters: Vec<(usize, usize)>,
    /// The meters that were looked at last.
    meters: Edition,
}

impl<'a> Acceptance<'a> {
    /// A judge of one run of this realization on its depot.
    ///
    /// A criterion about a node that the depot does not have, or that has no meter of its own, fails: nothing shows that it is met.
    pub fn new(depot: &Depot, realization: &'a Realization, site: &Site, criteria: &'a [Criterion]) -> Self {
        let all = || criteria.iter().enumerate();
        let of_meter = |(ix, criterion): (usize, &Criterion)| match criterion.rule {
            Rule::PeakAtMost { node, .. } => {
                site.nodes.iter().position(|&position| position == node).map(|column| (ix, column))
            }
            _ => None,
        };
        Self {
            criteria,
            realization,
            findings: criteria.iter().map(|criterion| unseen(&criterion.rule, depot, site)).collect(),
            ending: None,
            of_ending: Vec::new(),
            of_meters: all().filter_map(of_meter).collect(),
            meters: Edition::default(),
        }
    }

    /// One finding per criterion, in their order; final once [`Observer::end`] was called.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Sees a cycle.
    #[inline]
    fn see_cycle(&mut self, cycle: &CycleRecord) {
        let ending = Ending::of(cycle);
        if self.ending != Some(ending) {
            self.look_for(ending);
        }
        for &ix in &self.of_ending {
            let finding = &mut self.findings[ix];
            let (is_match, passes) = match &self.criteria[ix].rule {
                Rule::Cycle(CyclePattern { from_s, to_s, .. }) => {
                    ((*from_s..*to_s).contains(&(cycle.t_s as i64)), true)
                }
                _ => (true, false),
            };
            if let Found::Cycles { count, first_s } = &mut finding.found
                && is_match
            {
                *count += 1;
                first_s.get_or_insert(cycle.t_s);
                finding.passed = passes;
            }
        }
    }

    /// Notes which criteria look for cycles that end so.
    #[cold]
    fn look_for(&mut self, ending: Ending) {
        self.ending = Some(ending);
        self.of_ending.clear();
        let wants = |rule: &Rule| match rule {
            Rule::Cycle(pattern) => pattern.matches(&ending),
            Rule::NeverRejected => ending.outcome == Outcome::Rejected,
            _ => false,
        };
        let rules = self.criteria.iter().enumerate();
        self.of_ending.extend(rules.filter(|(_, criterion)| wants(&criterion.rule)).map(|(ix, _)| ix));
    }

    fn see_meters(&mut self, view: &TickView<'_>) {
        for &(ix, column) in &self.of_meters {
            let finding = &mut self.findings[ix];
            let measured_w = view.nodes.measured_w[column];
            if let Rule::PeakAtMost { power_w: most_w, .. } = &self.criteria[ix].rule
                && let Found::Peak { power_w, at_s } = &mut finding.found
                && measured_w > *power_w
            {
                (*power_w, *at_s) = (measured_w, view.t_s);
                finding.passed = power_w.max(&mut 0).unsigned_abs() <= *most_w;
            }
        }
    }

    fn see_breaches(&mut self, breaches: &[Breach]) {
        for (criterion, finding) in self.criteria.iter().zip(&mut self.findings) {
            let Found::Breaches { count, worst } = &mut finding.found else { continue };
            for breach in breaches {
                let length_s = |breach: &Breach| breach.end_s.saturating_sub(breach.start_s);
                let (is_worse, passes) = match criterion.rule {
                    Rule::BreachesShorterThan { duration_s } => (
                        worst.is_none_or(|worst| length_s(breach) > length_s(&worst)),
                        length_s(breach) < duration_s,
                    ),
                    _ => (worst.is_none_or(|worst| breach.peak_over_w > worst.peak_over_w), false),
                };
                *count += 1;
                *worst = if is_worse { Some(*breach) } else { *worst };
                finding.passed &= passes;
            }
        }
    }

    fn see_stays(&mut self, stays: &[Stay]) {
        let came =
            || self.realization.visits.iter().zip(stays).filter(|(visit, _)| !visit.conduct.is_no_show);
        let missing_j = |(visit, stay): (&Visit, &Stay)| match stay.ready_s {
            Some(_) => None,
            None => Some(visit.ready_energy_j.saturating_sub(stay.energy_j)),
        };
        let of = came().count() as u64;
        let ready = came().filter(|(_, stay)| stay.ready_s.is_some()).count() as u64;
        let all = self.realization.visits.iter().zip(stays).enumerate();
        let unready = all.filter(|(_, (visit, _))| !visit.conduct.is_no_show);
        let most = unready
            .filter_map(|(ix, pair)| Some((missing_j(pair)?, std::cmp::Reverse(ix))))
            .max()
            .map(|(_, std::cmp::Reverse(ix))| ix as u32);
        for (criterion, finding) in self.criteria.iter().zip(&mut self.findings) {
            if let Rule::Ready { least_ppm } = criterion.rule {
                let enough = u128::from(ready) * 1_000_000 >= u128::from(least_ppm) * u128::from(of);
                *finding = Finding { passed: enough, found: Found::Ready { ready, of, most_missing: most } };
            }
        }
    }
}

/// What stands before the first tick.
fn unseen(rule: &Rule, depot: &Depot, site: &Site) -> Finding {
    match rule {
        Rule::WithinLimits | Rule::BreachesShorterThan { .. } => {
            Finding { passed: true, found: Found::Breaches { count: 0, worst: None } }
        }
        Rule::Ready { .. } => {
            Finding { passed: false, found: Found::Ready { ready: 0, of: 0, most_missing: None } }
        }
        Rule::Cycle(_) => Finding { passed: false, found: Found::Cycles { count: 0, first_s: None } },
        Rule::NeverRejected => Finding { passed: true, found: Found::Cycles { count: 0, first_s: None } },
        Rule::PeakAtMost { node, .. } => {
            let passed = site.nodes.contains(node);
            Finding { passed, found: Found::Peak { power_w: i64::MIN, at_s: 0 } }
        }
        Rule::Shape(expected) => {
            let counts = Counts::of(depot);
            Finding { passed: expected.matches(&counts), found: Found::Shape(counts) }
        }
    }
}

impl Observer for Acceptance<'_> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) {
            self.see_cycle(cycle);
        }
        if self.meters.moves_to(view.nodes.measured_w.edition()) {
            self.see_meters(view);
        }
        if !view.ended_breaches.is_empty() {
            self.see_breaches(view.ended_breaches);
        }
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.see_breaches(end.ended_breaches);
        self.see_stays(end.stays);
        Ok(())
    }
}
