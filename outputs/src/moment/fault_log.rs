//! What is wrong with a run, where, and from when to when: chargers that do not hear, work or obey, nodes without power, feeds and
//! measurements that do not come.
//!
//! Nearly all of it stands in the realization. A charger that is offline falls back after its timeout, but at once for a vehicle that is
//! plugged in meanwhile; that [`FaultLog::hear`] learns from the run.

use crate::clock::Clock;
use crate::format::kw;
use serde::Serialize;
use sim::{ChargerChange, Depot, Event, EventKind, OutageKind, Realization, Site, SiteChange};
use std::collections::BTreeMap;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The charger hears no setpoints.
    Offline,
    /// It has heard none for so long that its fallback limit holds.
    Fallback,
    /// The connector was taken out of service.
    Unavailable,
    /// It broke.
    Faulted,
    /// The charger hears its setpoints and does not apply them.
    IgnoresSetpoints,
    /// The node is without power, and so is all below it.
    Outage,
    /// A feed of envelopes is silent, and its default limit holds.
    FeedLost,
    /// A feed says what cannot be used, or nothing that is still valid: cycles are rejected.
    FeedRefused,
    /// Site data cannot be balanced: cycles are rejected.
    SiteRefused,
    /// No measurement reaches the balancer.
    NotMeasured,
}

/// A time in which something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Position in [`Depot::site`] of the node or connector.
    pub node: u32,
    /// What is wrong.
    pub kind: FaultKind,
    /// The first tick that it counts for \[s\] from the start.
    pub from_s: u64,
    /// The first tick that it no longer counts for \[s\] from the start; `None` where it lasts until the run ends.
    pub until_s: Option<u64>,
    /// The limit that holds because of it \[W\]: of a fallback, and of the default of a feed that is lost.
    pub limit_w: Option<u64>,
}

/// All faults of a run.
#[derive(Debug, Clone)]
pub struct FaultLog {
    /// By position in [`Depot::site`]; of each in order of the kinds' beginnings.
    by_node: BTreeMap<u32, Vec<Fault>>,
    /// What connectors fall back to that are offline at some time \[W\].
    fallback_w: BTreeMap<u32, u64>,
}

/// A fault as reports tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultStatus {
    /// What is wrong.
    pub kind: FaultKind,
    /// Since when, RFC 3339.
    pub since: String,
    /// Until when, RFC 3339; none where it lasts until the run ends.
    pub until: Option<String>,
    /// The limit that holds because of it \[W\]: of `fallback` and `feed_lost`.
    pub limit_w: Option<u64>,
}

impl FaultKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Offline,
        Self::Fallback,
        Self::Unavailable,
        Self::Faulted,
        Self::IgnoresSetpoints,
        Self::Outage,
        Self::FeedLost,
        Self::FeedRefused,
        Self::SiteRefused,
        Self::NotMeasured,
    ];

    /// The fault's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Fallback => "fallback",
            Self::Unavailable => OutageKind::Unavailable.name(),
            Self::Faulted => OutageKind::Faulted.name(),
            Self::IgnoresSetpoints => "ignores_setpoints",
            Self::Outage => "outage",
            Self::FeedLost => "feed_lost",
            Self::FeedRefused => "feed_refused",
            Self::SiteRefused => "site_refused",
            Self::NotMeasured => "not_measured",
        }
    }
}

impl Fault {
    /// Whether it counts for the tick that begins at `t_s` \[s\].
    pub fn holds_at(&self, t_s: u64) -> bool {
        self.from_s <= t_s && self.until_s.is_none_or(|until_s| t_s < until_s)
    }

    fn told(&self, clock: Clock) -> FaultStatus {
        FaultStatus {
            kind: self.kind,
            since: clock.rfc3339(self.from_s as i64),
            until: self.until_s.map(|until_s| clock.rfc3339(until_s as i64)),
            limit_w: self.limit_w,
        }
    }
}

impl FaultLog {
    /// What the realization says will go wrong.
    pub fn of(depot: &Depot, realization: &Realization, site: &Site) -> Self {
        let mut steps =
            OpenFaults { depot, faults: Vec::new(), open: BTreeMap::new(), interrupted: Vec::new() };
        steps.follow_chargers(realization, site);
        steps.follow_supply(realization);
        steps.follow_inputs(realization);
        let end_s = depot.duration_s();
        let mut log = Self { by_node: BTreeMap::new(), fallback_w: BTreeMap::new() };
        let seen = |fault: &Fault| fault.from_s < end_s && fault.until_s != Some(fault.from_s);
        for fault in steps.faults.iter().copied().filter(seen) {
            let until_s = fault.until_s.filter(|&until_s| until_s < end_s);
            if fault.kind == FaultKind::Offline {
                let fallback_w = depot.site[fault.node as usize].fallback_w;
                log.fallback_w.insert(fault.node, fallback_w.into());
            }
            log.by_node.entry(fault.node).or_default().push(Fault { until_s, ..fault });
        }
        log.fall_back_unheard(depot, &steps.interrupted);
        log
    }

    /// Takes over what happened in a tick; ticks come in their order.
    pub fn hear(&mut self, events: &[Event]) {
        for event in events.iter().filter(|event| event.kind == EventKind::PluggedIn) {
            if let Some(offline) = self.offline_at(event.node, event.t_s) {
                self.fall_back(&offline, event.t_s);
            }
        }
    }

    /// What is wrong with the node or connector at a position of the site, in the tick that begins at `t_s` \[s\].
    pub fn at(&self, node: u32, t_s: u64) -> impl Iterator<Item = &Fault> {
        self.of_node(node).iter().filter(move |fault| fault.holds_at(t_s))
    }

    /// Why a connector's charger at a position does not follow its setpoint, in the tick that begins at `t_s` \[s\]; `None` where it does.
    ///
    /// Who ignores setpoints does so offline as well, and a fallback limit holds where a charger is offline.
    pub fn deaf_kind(&self, node: u32, t_s: u64) -> Option<FaultKind> {
        let kinds = [FaultKind::IgnoresSetpoints, FaultKind::Fallback, FaultKind::Offline];
        kinds.into_iter().find(|&kind| self.at(node, t_s).any(|fault| fault.kind == kind))
    }

    /// All faults, node by node.
    pub fn all(&self) -> impl Iterator<Item = &Fault> {
        self.by_node.values().flatten()
    }

    /// What is wrong at a position, for a report.
    pub(super) fn told(&self, node: u32, t_s: u64, clock: Clock) -> Vec<FaultStatus> {
        self.at(node, t_s).map(|fault| fault.told(clock)).collect()
    }

    fn of_node(&self, node: u32) -> &[Fault] {
        self.by_node.get(&node).map_or(&[], Vec::as_slice)
    }

    fn offline_at(&self, node: u32, t_s: u64) -> Option<Fault> {
        self.at(node, t_s).find(|fault| fault.kind == FaultKind::Offline).copied()
    }

    /// Chargers fall back after their timeouts, and where power or service is interrupted: they then know nothing of what they were told.
    ///
    /// `interrupted` has the connectors at which service was interrupted while they were offline, and when \[s\].
    fn fall_back_unheard(&mut self, depot: &Depot, interrupted: &[(u32, u64)]) {
        let chargers = depot.equipment.chargers.iter();
        let timeouts: BTreeMap<u32, u32> =
            chargers.filter_map(|charger| Some((charger.node, charger.offline_timeout_s?))).collect();
        let (step_s, end_s) = (u64::from(depot.step_s), depot.duration_s());
        let offline = self.all().filter(|fault| fault.kind == FaultKind::Offline);
        for offline in offline.copied().collect::<Vec<_>>() {
            let timeout_s = timeouts.get(&offline.node).map(|&timeout_s| u64::from(timeout_s));
            let times_out_s = timeout_s.map(|timeout_s| (offline.from_s + timeout_s) / step_s * step_s);
            let of_service =
                interrupted.iter().filter(|&&(node, at_s)| node == offline.node && offline.holds_at(at_s));
            let of_service_s = of_service.map(|&(_, at_s)| at_s);
            let first_s =
                times_out_s.into_iter().chain(self.dark_s(depot, &offline)).chain(of_service_s).min();
            if let Some(from_s) = first_s.filter(|&from_s| from_s < end_s) {
                self.fall_back(&offline, from_s);
            }
        }
    }

    /// When a connector is first without power while it is offline \[s\].
    fn dark_s(&self, depot: &Depot, offline: &Fault) -> Option<u64> {
        let path = std::iter::successors(Some(offline.node), |&at| depot.site[at as usize].parent);
        let faults = path.flat_map(|node| self.of_node(node));
        let outages = faults.filter(|fault| fault.kind == FaultKind::Outage);
        let from_s = outages.filter_map(|fault| {
            let from_s = fault.from_s.max(offline.from_s);
            fault.until_s.is_none_or(|until_s| from_s < until_s).then_some(from_s)
        });
        from_s.min()
    }

    /// The fallback limit of a charger that is offline holds from `from_s` \[s\] on, if not from earlier on.
    fn fall_back(&mut self, offline: &Fault, from_s: u64) {
        if !offline.holds_at(from_s) {
            return;
        }
        let own = self.by_node.entry(offline.node).or_default();
        let is_known =
            |fault: &&mut Fault| fault.kind == FaultKind::Fallback && offline.holds_at(fault.from_s);
        match own.iter_mut().find(is_known) {
            Some(known) => known.from_s = known.from_s.min(from_s),
            None => {
                let limit_w = self.fallback_w.get(&offline.node).copied();
                own.push(Fault { kind: FaultKind::Fallback, from_s, limit_w, ..*offline });
            }
        }
    }
}

/// Faults while the realization's steps are followed.
struct OpenFaults<'a> {
    depot: &'a Depot,
    faults: Vec<Fault>,
    /// The place in `faults` of what has not ended, by kind and by what it is about: a charger, a node, a feed.
    open: BTreeMap<(FaultKind, &'a str), usize>,
    /// Connectors whose service ended or began again while they were offline, and the tick \[s\]. Of steps in one tick their order counts.
    interrupted: Vec<(u32, u64)>,
}

impl<'a> OpenFaults<'a> {
    /// From `at_s` \[s\] on the fault of this kind and source is at `node`, or nowhere.
    fn turn(&mut self, at_s: i64, kind: FaultKind, source: &'a str, node: Option<u32>) {
        self.turn_to(at_s, kind, source, node.map(|node| (node, None)));
    }

    /// The same, with the limit that holds there because of it \[W\].
    fn turn_to(&mut self, at_s: i64, kind: FaultKind, source: &'a str, at: Option<(u32, Option<u64>)>) {
        let from_s = self.tick_s(at_s);
        let key = (kind, source);
        let known = self.open.get(&key).copied();
        if known.map(|ix| (self.faults[ix].node, self.faults[ix].limit_w)) == at {
            return;
        }
        if let Some(ix) = known {
            self.faults[ix].until_s = Some(from_s);
            self.open.remove(&key);
        }
        if let Some((node, limit_w)) = at {
            self.open.insert(key, self.faults.len());
            self.faults.push(Fault { node, kind, from_s, until_s: None, limit_w });
        }
    }

    fn follow_chargers(&mut self, realization: &Realization, site: &Site) {
        use FaultKind::{Faulted, IgnoresSetpoints, Offline, Unavailable};
        let depot = self.depot;
        for step in &realization.charger_steps {
            for column in site.columns_at(step.node) {
                let position = site.connectors[column];
                let id = depot.site[position as usize].id.as_str();
                let was_out = self.is_out_of_service(id);
                let mut turn = |kind, is_on: bool| self.turn(step.at_s, kind, id, is_on.then_some(position));
                match step.change {
                    ChargerChange::Offline => turn(Offline, true),
                    ChargerChange::Online => turn(Offline, false),
                    ChargerChange::OutOfService(kind) => {
                        turn(Unavailable, kind == OutageKind::Unavailable);
                        turn(Faulted, kind == OutageKind::Faulted);
                    }
                    ChargerChange::InService => {
                        [Unavailable, Faulted].into_iter().for_each(|kind| turn(kind, false))
                    }
                    ChargerChange::SetpointsIgnored => turn(IgnoresSetpoints, true),
                    ChargerChange::SetpointsObeyed => turn(IgnoresSetpoints, false),
                }
                if self.is_out_of_service(id) != was_out && self.open.contains_key(&(Offline, id)) {
                    self.interrupted.push((position, self.tick_s(step.at_s)));
                }
            }
        }
    }

    fn is_out_of_service(&self, id: &str) -> bool {
        [FaultKind::Unavailable, FaultKind::Faulted].iter().any(|&kind| self.open.contains_key(&(kind, id)))
    }

    /// The first tick that begins at or after `at_s` \[s\].
    fn tick_s(&self, at_s: i64) -> u64 {
        self.depot.first_tick_s(at_s)
    }

    fn follow_supply(&mut self, realization: &'a Realization) {
        let depot = self.depot;
        for step in &realization.outage_steps {
            let id = depot.site[step.node as usize].id.as_str();
            self.turn(step.at_s, FaultKind::Outage, id, step.is_out.then_some(step.node));
        }
        for step in &realization.feed_steps {
            let refused = step.refusal.as_ref().map(|refusal| self.about(refusal.subject.as_deref()));
            let lost = step.default_limit.map(|limit| (limit.node, Some(limit.limit_w)));
            self.turn_to(step.at_s, FaultKind::FeedLost, &step.feed, lost);
            self.turn(step.at_s, FaultKind::FeedRefused, &step.feed, refused);
        }
    }

    fn follow_inputs(&mut self, realization: &'a Realization) {
        for step in &realization.site_steps {
            let refused = match &step.change {
                SiteChange::Apply(_) => None,
                SiteChange::Refuse(refusal) => Some(self.about(refusal.subject.as_deref())),
            };
            self.turn(step.at_s, FaultKind::SiteRefused, "", refused);
        }
        for silence in &realization.silences {
            self.turn(silence.from_s, FaultKind::NotMeasured, "", Some(0));
            self.turn(silence.to_s, FaultKind::NotMeasured, "", None);
        }
    }

    /// The node that a refusal is about; the root where it names none that exists.
    fn about(&self, subject: Option<&str>) -> u32 {
        subject.and_then(|subject| self.depot.position(subject)).unwrap_or(0)
    }
}

/// `  FAULT: offline, fallback 15.000 kW`, for the end of a line; none where nothing is wrong.
pub(super) fn fault_words(faults: &[FaultStatus]) -> Option<String> {
    let with_limit = |fault: &FaultStatus| match fault.limit_w {
        Some(limit_w) => format!("{} {} kW", fault.kind.name(), kw(limit_w)),
        None => fault.kind.name().to_owned(),
    };
    let kinds: Vec<String> = faults.iter().map(with_limit).collect();
    (!kinds.is_empty()).then(|| format!("  FAULT: {}", kinds.join(", ")))
}

/// A line for each fault of some nodes, with its times; nothing where nothing is wrong.
pub(super) fn fault_lines<'a>(nodes: impl Iterator<Item = (&'a str, &'a [FaultStatus])>) -> String {
    let faults: Vec<(&str, &FaultStatus)> =
        nodes.flat_map(|(node, faults)| faults.iter().map(move |fault| (node, fault))).collect();
    let width = faults.iter().map(|(node, _)| node.len()).max().unwrap_or(0);
    let mut out = String::from(if faults.is_empty() { "" } else { "\nfaults\n" });
    for (node, fault) in faults {
        let until = fault.until.as_deref().unwrap_or("the end of the run");
        let limit = fault.limit_w.map(|limit_w| format!(", limit {} kW", kw(limit_w))).unwrap_or_default();
        out.push_str(&format!(
            "  {node:width$}  {:17}  since {} until {until}{limit}\n",
            fault.kind.name(),
            fault.since
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_one_name_in_text_and_in_json() {
        for kind in FaultKind::ALL {
            let json = serde_json::to_value(kind).expect("it is a word");
            assert_eq!(json, kind.name());
        }
    }
}
