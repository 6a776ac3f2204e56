//! The ledger: who is where, from arrival until the end of the stay, and what every battery holds, from what its vehicle arrived with and what its
//! meter counted since.

use super::known::{Holds, Known, wrong};
use super::noted_stays::NotedStays;
use crate::column::Counterpart;
use crate::intervention::Intervention;
use crate::view::{NO_VISIT, RunEnd, TickView};

/// Batteries in the order of connectors; 0 J where nobody is.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    visit: Vec<u32>,
    /// The first tick without each visit, and the least of them: `u32::MAX` where nobody is.
    gone_tick: Vec<u32>,
    next_gone_tick: u32,
    /// The energy in the battery, and the most that it may reach, where it gains no more \[J\].
    energy_j: Counterpart<u64>,
    most_j: Vec<u64>,
    /// What its meter has shown in all ticks since it was plugged in, added up \[W\]: ticks are as long as each other.
    metered_w: Vec<u64>,
    /// Beyond which energy there is something to be noted: a vehicle is ready, or its battery as full as it may be \[J\].
    uneventful_to_j: Vec<u64>,
    stays: NotedStays,
    /// Share of the metered energy that reaches the battery \[ppm\].
    efficiency_ppm: Vec<u32>,
    /// What a battery gains in a tick on one watt: whole joules, and millionths of one. At most batteries it is a whole number (60 s at 95 % are 57 J).
    whole_j_per_w: Vec<u32>,
    fractions_uj: Vec<u32>,
    are_whole: bool,
}

impl Ledger {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let connectors = known.site.connectors.len();
        Self {
            visit: vec![NO_VISIT; connectors],
            gone_tick: vec![u32::MAX; connectors],
            next_gone_tick: u32::MAX,
            energy_j: Counterpart::filled(0, connectors),
            most_j: vec![0; connectors],
            metered_w: vec![0; connectors],
            uneventful_to_j: vec![0; connectors],
            stays: NotedStays::of(known),
            efficiency_ppm: vec![0; connectors],
            whole_j_per_w: vec![0; connectors],
            fractions_uj: vec![0; connectors],
            are_whole: true,
        }
    }

    /// Share of the metered energy that reaches the battery at a connector \[ppm\].
    pub(super) fn efficiency_ppm(&self, column: usize) -> u32 {
        self.efficiency_ppm[column]
    }

    /// Takes note of who has come and who has left; `have_visits_changed` if that is anybody.
    #[inline]
    pub(super) fn take_in(
        &mut self,
        known: &Known<'_>,
        have_visits_changed: bool,
        view: &TickView<'_>,
    ) -> Holds {
        if have_visits_changed {
            self.take_in_changes(known, view)?;
        }
        if view.tick >= self.next_gone_tick { self.tell_who_stays(known, view) } else { Ok(()) }
    }

    #[cold]
    fn take_in_changes(&mut self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        for column in 0..self.visit.len() {
            if self.visit[column] != view.connectors.visit[column] {
                self.check_leaving(known, view, column)?;
                self.tell_stay(known, column);
                self.stays.leave(self.visit[column], view.t_s);
                self.take_in_at(known, view, column)?;
            }
        }
        self.next_gone_tick = self.gone_tick.iter().copied().min().unwrap_or(u32::MAX);
        self.are_whole = self.fractions_uj.iter().all(|&fraction_uj| fraction_uj == 0);
        Ok(())
    }

    /// Nobody leaves before the stay ends, unless somebody outside pulls the plug.
    fn check_leaving(&self, known: &Known<'_>, view: &TickView<'_>, column: usize) -> Holds {
        let position = known.site.connectors[column];
        let is_sent_away = || view.interventions.contains(&Intervention::Unplug { connector: position });
        match known.realization.visits.get(self.visit[column] as usize) {
            Some(visit) if view.tick < self.gone_tick[column] && !is_sent_away() => {
                wrong(position, format!("visit {} should still be there", visit.id))
            }
            _ => Ok(()),
        }
    }

    /// Somebody should have left by now.
    #[cold]
    fn tell_who_stays(&self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        let Some(column) = self.gone_tick.iter().position(|&gone_tick| view.tick >= gone_tick) else {
            return Ok(());
        };
        let visit = known.realization.visits.get(self.visit[column] as usize);
        let id = visit.map_or("", |visit| &visit.id);
        wrong(known.site.connectors[column], format!("visit {id} should have left"))
    }

    fn take_in_at(&mut self, known: &Known<'_>, view: &TickView<'_>, column: usize) -> Holds {
        let arrived = view.connectors.visit[column];
        self.visit[column] = arrived;
        self.gone_tick[column] = u32::MAX;
        self.metered_w[column] = 0;
        (self.energy_j[column], self.most_j[column], self.efficiency_ppm[column]) = (0, 0, 0);
        self.uneventful_to_j[column] = 0;
        (self.whole_j_per_w[column], self.fractions_uj[column]) = (0, 0);
        let Some(visit) = known.realization.visits.get(arrived as usize) else { return Ok(()) };
        let asks_s = visit.arrival_s + i64::from(visit.plug_in_delay_s);
        if visit.conduct.is_no_show || !known.has_begun(asks_s, view.tick) {
            return wrong(known.site.connectors[column], format!("visit {} should not be there", visit.id));
        }
        // A plug can be pulled once it is in.
        let unplugged = visit.conduct.unplugged_s.map(|at_s| known.tick_begun_at(at_s));
        let pulled = unplugged.filter(|&tick| tick > view.tick).unwrap_or(u32::MAX);
        self.gone_tick[column] = known.tick_begun_at(visit.departure_s).min(pulled);
        self.energy_j[column] = visit.arrival_energy_j;
        self.most_j[column] = visit.target_energy_j.max(visit.arrival_energy_j);
        self.stays.plug_in(arrived, (known.site.connectors[column], view.t_s));
        self.foresee(known, column);
        let efficiency_ppm = known.depot.vehicle_types[visit.vehicle_type as usize].efficiency_ppm;
        let gained_uj = u64::from(efficiency_ppm) * u64::from(view.step_s);
        self.efficiency_ppm[column] = efficiency_ppm;
        self.whole_j_per_w[column] = (gained_uj / 1_000_000) as u32;
        self.fractions_uj[column] = (gained_uj % 1_000_000) as u32;
        Ok(())
    }

    /// A tick has passed on what the meters showed, where chargers only follow setpoints: every battery gained its part, and shows it. `is_drawing` tells
    /// whether any meter showed anything.
    #[inline]
    pub(super) fn pass(&mut self, known: &Known<'_>, is_drawing: bool, view: &TickView<'_>) -> Holds {
        if !is_drawing && self.energy_j.is(view.connectors.energy_j) {
            return Ok(());
        }
        let (energy_j, shown) = (&mut self.energy_j[..], &view.connectors);
        if !self.are_whole {
            // Where a watt may be worth less than a joule, whoever draws on for a full battery is not found by what that gains.
            let full = energy_j.iter().zip(&self.most_j).zip(shown.measured_w);
            let mut draws_on =
                full.map(|((energy_j, most_j), &measured_w)| measured_w > 0 && energy_j >= most_j);
            if let Some(column) = draws_on.position(|draws_on| draws_on) {
                return draws_for_nothing(known, column, shown.measured_w[column], 0);
            }
            for ((energy_j, &measured_w), &fraction_uj) in
                energy_j.iter_mut().zip(shown.measured_w).zip(&self.fractions_uj)
            {
                *energy_j += u64::from(measured_w) * u64::from(fraction_uj) / 1_000_000;
            }
        }
        let (difference, left_j) = charge(
            (shown.measured_w, shown.energy_j),
            (&self.whole_j_per_w, &self.uneventful_to_j),
            energy_j,
            &mut self.metered_w,
        );
        if difference == 0 && left_j >= 0 { Ok(()) } else { self.note_events(known, view) }
    }

    /// Somebody is ready, has as much as may be reached, or something else than is shown.
    #[cold]
    fn note_events(&mut self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        for column in 0..self.visit.len() {
            let efficiency_ppm = u64::from(self.efficiency_ppm[column]) * u64::from(view.step_s);
            let gained_j = |power_w: u32| u64::from(power_w) * efficiency_ppm / 1_000_000;
            self.note_event(known, view, (column, view.connectors.measured_w[column]), gained_j)?;
        }
        if self.energy_j.is(view.connectors.energy_j) { Ok(()) } else { self.tell_difference(known, view) }
    }

    /// Notes what has come of a tick for one battery, which was charged with this power \[W\]. One that may gain no more has stopped there, and is not
    /// drawn for any longer than it takes: a watt less would not have been enough.
    fn note_event(
        &mut self,
        known: &Known<'_>,
        view: &TickView<'_>,
        (column, power_w): (usize, u32),
        gained_j: impl Fn(u32) -> u64,
    ) -> Holds {
        let (energy_j, most_j) = (self.energy_j[column], self.most_j[column]);
        if energy_j <= self.uneventful_to_j[column] {
            return Ok(());
        }
        if energy_j >= most_j && power_w > 0 {
            let missing_j = (most_j + gained_j(power_w)).saturating_sub(energy_j);
            if gained_j(power_w - 1) >= missing_j {
                return draws_for_nothing(known, column, power_w, missing_j);
            }
        }
        self.energy_j[column] = energy_j.min(most_j);
        let visit = self.visit[column];
        let needs_j = known.realization.visits.get(visit as usize).map(|visit| visit.ready_energy_j);
        if needs_j.is_some_and(|needs_j| energy_j.min(most_j) >= needs_j) {
            self.stays.be_ready(visit, view.t_s + u64::from(view.step_s));
        }
        self.foresee(known, column);
        Ok(())
    }

    /// Foresees the next event of a battery.
    fn foresee(&mut self, known: &Known<'_>, column: usize) {
        let (energy_j, most_j) = (self.energy_j[column], self.most_j[column]);
        let needs_j =
            known.realization.visits.get(self.visit[column] as usize).map(|visit| visit.ready_energy_j);
        let events_j = [needs_j.unwrap_or(most_j), most_j].into_iter();
        let next_j = events_j.filter(|&event_j| energy_j < event_j).min();
        self.uneventful_to_j[column] = next_j.map_or(most_j, |next_j| next_j - 1);
    }

    /// The same for one battery that has been charged with this power \[W\] beside what its cabin took, of which it gains so much.
    pub(super) fn gain(
        &mut self,
        known: &Known<'_>,
        view: &TickView<'_>,
        (column, power_w): (usize, u32),
        gained_j: impl Fn(u32) -> u64,
    ) -> Holds {
        self.metered_w[column] += u64::from(view.connectors.measured_w[column]);
        self.energy_j[column] += gained_j(power_w);
        self.note_event(known, view, (column, power_w), gained_j)?;
        let is_as_shown = self.energy_j[column] == view.connectors.energy_j[column];
        if is_as_shown { Ok(()) } else { self.tell_difference(known, view) }
    }

    /// At the end of a run every stay is told as it was noted.
    pub(super) fn check_stays(&mut self, known: &Known<'_>, end: &RunEnd<'_>) -> Holds {
        (0..self.visit.len()).for_each(|column| self.tell_stay(known, column));
        self.stays.check(known, end)
    }

    /// Notes what the vehicle at a connector holds and has taken.
    fn tell_stay(&mut self, known: &Known<'_>, column: usize) {
        let metered_j = self.metered_w[column] * u64::from(known.depot.step_s);
        self.stays.hold(self.visit[column], self.energy_j[column], metered_j);
    }

    #[cold]
    fn tell_difference(&self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        let pairs = self.energy_j.iter().zip(view.connectors.energy_j).zip(&known.site.connectors);
        for ((should_be_j, is_j), &position) in pairs {
            if should_be_j != is_j {
                let what = format!("the battery should hold {should_be_j} J, and holds {is_j}");
                return wrong(position, what);
            }
        }
        Ok(())
    }
}

#[cold]
fn draws_for_nothing(known: &Known<'_>, column: usize, power_w: u32, missing_j: u64) -> Holds {
    let what = format!("draws {power_w} W for a battery that lacks {missing_j} J");
    wrong(known.site.connectors[column], what)
}

/// Charges all batteries for a tick, on what their meters show \[W\], and counts that. What is not 0 in the first value is a difference from the energies
/// that are shown; a second one below 0 says that some battery has more than it may have without an event. Energy is below 2^63 J, so that the sign
/// of a difference tells what is less: it is or-ed, in the place of a branch for each battery.
///
/// It is not inlined, so that the compiler knows that the columns are apart.
#[inline(never)]
fn charge(
    (measured_w, shown_j): (&[u32], &[u64]),
    (whole_j_per_w, uneventful_to_j): (&[u32], &[u64]),
    energy_j: &mut [u64],
    metered_w: &mut [u64],
) -> (u64, i64) {
    let n = energy_j.len();
    let (measured_w, shown_j, metered_w) = (&measured_w[..n], &shown_j[..n], &mut metered_w[..n]);
    let (whole_j_per_w, uneventful_to_j) = (&whole_j_per_w[..n], &uneventful_to_j[..n]);
    let (mut difference, mut left_j) = (0, 0);
    for column in 0..n {
        let drawn_w = u64::from(measured_w[column]);
        metered_w[column] = metered_w[column].wrapping_add(drawn_w);
        let now_j = energy_j[column].wrapping_add(drawn_w.wrapping_mul(whole_j_per_w[column].into()));
        energy_j[column] = now_j;
        difference |= now_j ^ shown_j[column];
        left_j |= uneventful_to_j[column].wrapping_sub(now_j);
    }
    (difference, left_j as i64)
}
