//! Site data and base loads as they are at a moment: those of the start, with every change up to then.

use super::{FaultKind, Told};
use crate::clock::Clock;
use serde::Serialize;
use sim::view::NO_NODE;
use sim::{EnvelopeBasis, NodeChange, Visit};
use std::collections::BTreeMap;

/// Since when something holds, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Times {
    /// RFC 3339.
    pub since: String,
    /// RFC 3339; none where it lasts until the run ends.
    pub until: Option<String>,
}

impl Told<'_> {
    /// When site data of a node changed last, RFC 3339; `None` where they are those of the start, in the tick that begins at `t_s` \[s\].
    pub(super) fn site_changed(&self, position: u32, t_s: u64) -> Option<String> {
        self.newest_change(position, t_s).map(|(from_s, _)| Clock::of(self.depot).rfc3339(from_s as i64))
    }

    /// What a connector is rated for in the tick that begins at `t_s` \[s\], in W; `None` for no rating.
    pub(super) fn rating_w(&self, position: u32, t_s: u64) -> Option<u64> {
        let ratings = match self.newest_change(position, t_s) {
            Some((_, change)) => &change.ratings,
            None => &self.depot.site[position as usize].ratings,
        };
        ratings.max_rating_w
    }

    /// The least power on which a vehicle charges at a connector: the connector's own, or the vehicle's if that is more \[W\].
    pub(super) fn min_power_w(&self, position: u32, visit: Option<&Visit>, t_s: u64) -> u32 {
        let own_w = match self.newest_change(position, t_s) {
            Some((_, change)) => change.min_power_w,
            None => self.depot.site[position as usize].min_power_w,
        };
        let of_vehicle_w =
            visit.map_or(0, |visit| self.depot.vehicle_types[visit.vehicle_type as usize].min_power_w);
        own_w.max(of_vehicle_w)
    }

    /// The own base loads of connectors in the tick that begins at `t_s` \[s\], in W, by position in [`sim::Depot::site`]; none where there is no power.
    pub(super) fn base_loads_of_connectors(&self, t_s: u64) -> BTreeMap<u32, i64> {
        let is_connector = |node: u32| self.site.connector_columns[node as usize] != NO_NODE;
        let steps = self.realization.base_load_steps.iter();
        let begun = steps.take_while(|step| self.first_tick_s(step.at_s) <= t_s);
        let mut loads: BTreeMap<u32, i64> =
            begun.filter(|step| is_connector(step.node)).map(|step| (step.node, step.power_w)).collect();
        loads.retain(|&node, _| !self.is_dark(node, t_s));
        loads
    }

    /// Since when and until when the operating envelope holds that limits a node to these powers in the tick that begins at `t_s` \[s\]: at its meter,
    /// and of vehicles alone \[W\]. `None` where none does.
    pub(super) fn envelope_times(
        &self,
        position: u32,
        (limit_w, ev_limit_w): (u64, u64),
        t_s: u64,
    ) -> Option<Times> {
        let clock = Clock::of(self.depot);
        let own = || self.realization.envelope_steps.iter().filter(|step| step.node == position);
        let mut in_force: BTreeMap<(&str, EnvelopeBasis), (u64, u64)> = BTreeMap::new();
        for step in own().take_while(|step| self.first_tick_s(step.at_s) <= t_s) {
            let key = (step.envelope.as_str(), step.basis);
            match step.limit_w {
                Some(own_w) => in_force.insert(key, (self.first_tick_s(step.at_s), own_w)),
                None => in_force.remove(&key),
            };
        }
        let is_it = |&(&(_, basis), &(_, own_w)): &(&(&str, EnvelopeBasis), &(u64, u64))| match basis {
            EnvelopeBasis::Import => own_w == limit_w,
            EnvelopeBasis::Load => own_w == ev_limit_w,
        };
        let only = (in_force.len() == 1).then(|| in_force.iter().next()).flatten();
        let (&key, &(since_s, _)) = in_force.iter().find(is_it).or(only)?;
        let later = own().map(|step| (self.first_tick_s(step.at_s), step));
        let mut later =
            later.filter(|(from_s, step)| *from_s > t_s && (step.envelope.as_str(), step.basis) == key);
        let until_s =
            later.next().map(|(from_s, _)| from_s).filter(|&from_s| from_s < self.depot.duration_s());
        let time = |t_s: u64| clock.rfc3339(t_s as i64);
        Some(Times { since: time(since_s), until: until_s.map(time) })
    }

    /// Whether a node, or one above it, is without power in the tick that begins at `t_s` \[s\].
    pub(super) fn is_dark(&self, position: u32, t_s: u64) -> bool {
        let path = std::iter::successors(Some(position), |&at| self.depot.site[at as usize].parent);
        let mut faults = path.flat_map(|node| self.faults.at(node, t_s));
        faults.any(|fault| fault.kind == FaultKind::Outage)
    }

    /// The newest change of a node that counts in the tick that begins at `t_s` \[s\], and since when \[s\].
    fn newest_change(&self, position: u32, t_s: u64) -> Option<(u64, &NodeChange)> {
        let newest_first = self.realization.site_steps.iter().rev();
        newest_first
            .map(|step| (self.first_tick_s(step.at_s), step))
            .filter(|&(from_s, _)| from_s <= t_s)
            .find_map(|(from_s, step)| {
                let own = step.change.nodes().iter().find(|change| change.node == position);
                own.map(|change| (from_s, change))
            })
    }
}
