//! Where and when every visit was plugged in, when it was ready, when it left and with how much, and what it took, noted from what its connector showed.

use super::known::{Holds, Known, wrong};
use crate::realization::Visit;
use crate::view::{NO_NODE, RunEnd};

/// Of all visits.
#[derive(Debug, Clone)]
pub(super) struct NotedStays {
    by_visit: Vec<Noted>,
}

/// What is told of a stay as well, but for its pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Noted {
    connector: u32,
    plugged_in_s: Option<u64>,
    ready_s: Option<u64>,
    left_s: Option<u64>,
    energy_j: u64,
    metered_j: u64,
}

impl NotedStays {
    /// Nobody has come yet.
    pub(super) fn of(known: &Known<'_>) -> Self {
        // Who comes with what makes it ready is ready as it comes.
        let ready_s = |visit: &Visit| {
            let tick = known.tick_of(visit.arrival_s);
            let comes = !visit.conduct.is_no_show && tick < known.depot.ticks;
            (comes && visit.arrival_energy_j >= visit.ready_energy_j).then(|| known.depot.tick_s(tick))
        };
        let arriving = known.realization.visits.iter().map(|visit| Noted {
            connector: NO_NODE,
            plugged_in_s: None,
            ready_s: ready_s(visit),
            left_s: None,
            energy_j: visit.arrival_energy_j,
            metered_j: 0,
        });
        Self { by_visit: arriving.collect() }
    }

    /// A visit begins at a connector, whose position this is, at this time \[s\].
    pub(super) fn plug_in(&mut self, index: u32, (connector, t_s): (u32, u64)) {
        if let Some(noted) = self.by_visit.get_mut(index as usize) {
            (noted.connector, noted.plugged_in_s) = (connector, Some(t_s));
        }
    }

    /// A vehicle has at `t_s` \[s\] what makes it ready, if it has not had it before.
    pub(super) fn be_ready(&mut self, visit: u32, t_s: u64) {
        if let Some(noted) = self.by_visit.get_mut(visit as usize) {
            noted.ready_s = noted.ready_s.or(Some(t_s));
        }
    }

    /// A vehicle has left at `t_s` \[s\].
    pub(super) fn leave(&mut self, visit: u32, t_s: u64) {
        if let Some(noted) = self.by_visit.get_mut(visit as usize) {
            noted.left_s = Some(t_s);
        }
    }

    /// A vehicle has so much in its battery, and so much was metered for it \[J\].
    pub(super) fn hold(&mut self, visit: u32, energy_j: u64, metered_j: u64) {
        if let Some(noted) = self.by_visit.get_mut(visit as usize) {
            (noted.energy_j, noted.metered_j) = (energy_j, metered_j);
        }
    }

    /// Every stay is told as it was noted. Connectors do not show when somebody gives up who was never plugged in, nor who is unplugged in the tick in
    /// which he was plugged in: of such, that nothing was taken.
    pub(super) fn check(&self, known: &Known<'_>, end: &RunEnd<'_>) -> Holds {
        for ((noted, stay), visit) in self.by_visit.iter().zip(end.stays).zip(&known.realization.visits) {
            let is_unseen = noted.plugged_in_s.is_none() && stay.plugged_in_s == stay.left_s;
            let seen = if is_unseen { None } else { Some(stay) };
            let told = Noted {
                connector: seen.map_or(NO_NODE, |stay| stay.connector),
                plugged_in_s: seen.and_then(|stay| stay.plugged_in_s),
                ready_s: stay.ready_s,
                left_s: seen.and_then(|stay| stay.left_s.filter(|_| stay.plugged_in_s.is_some())),
                energy_j: stay.energy_j,
                metered_j: stay.metered_j,
            };
            if let Some(what) = noted.difference(&told) {
                let position = if noted.connector == NO_NODE { 0 } else { noted.connector };
                return wrong(position, format!("the stay of visit {} ends with {what}", visit.id));
            }
        }
        Ok(())
    }
}

impl Noted {
    /// What is told otherwise, in words.
    fn difference(&self, told: &Self) -> Option<String> {
        let fields = [
            ("position of its connector", Some(self.connector.into()), Some(told.connector.into())),
            ("plugged in at [s]", self.plugged_in_s, told.plugged_in_s),
            ("ready at [s]", self.ready_s, told.ready_s),
            ("left at [s]", self.left_s, told.left_s),
            ("energy in its battery [J]", Some(self.energy_j), Some(told.energy_j)),
            ("metered energy [J]", Some(self.metered_j), Some(told.metered_j)),
        ];
        let shown = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        let (what, noted, told) = fields.into_iter().find(|(_, noted, told)| noted != told)?;
        Some(format!("{what}: {}, and should with {}", shown(told), shown(noted)))
    }
}
