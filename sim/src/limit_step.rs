//! Limits that fall, and how long it takes until they are met.

use crate::breach::BreachCause;
use balancer::LimitSource;
use std::collections::BTreeMap;

/// An effective limit of a node or connector fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitStep {
    /// Position in [`crate::Depot::site`]; of a connector, where its own limit fell.
    pub node: u32,
    /// When \[s\] from the start.
    pub at_s: u64,
    /// The limit before \[W\]; [`balancer::units::UNLIMITED_W`] for none.
    pub from_w: u64,
    /// The limit it fell to \[W\].
    pub to_w: u64,
    /// Time until the first tick in which measured power is within the limit then in force \[s\]; `None` while it is not.
    pub comply_s: Option<u64>,
    /// Largest excess until then \[W\].
    pub overshoot_w: u64,
}

/// What last took room from each place, and the steps of limits that are not met yet.
///
/// Places are node columns, and connector columns after those. Nothing is kept of places whose limits never fall, and nothing is done in ticks
/// in which every limit that fell is met.
#[derive(Debug, Clone, Default)]
pub(crate) struct LimitWatch {
    /// When the room for charging last shrank \[s\], and for what; by place.
    squeezed: BTreeMap<usize, (u64, BreachCause)>,
    /// Each step with its place.
    open: Vec<(usize, LimitStep)>,
    met: Vec<LimitStep>,
}

/// The limit and base load of a place, before or after they were looked at again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) limit_w: u64,
    pub(crate) base_load_w: i64,
}

impl LimitWatch {
    /// Takes note of what has become of the limit of a place at `t_s`.
    pub(crate) fn note(
        &mut self,
        (place, position): (usize, u32),
        t_s: u64,
        (before, after): (Room, Room),
        source: Option<LimitSource>,
    ) {
        if self.squeeze(place, t_s, (before, after), source) {
            let (from_w, to_w) = (before.limit_w, after.limit_w);
            let step = LimitStep { node: position, at_s: t_s, from_w, to_w, comply_s: None, overshoot_w: 0 };
            self.open.push((place, step));
        }
    }

    /// Takes note of what took room from a place, if anything did; returns whether its limit fell.
    fn squeeze(
        &mut self,
        place: usize,
        t_s: u64,
        (before, after): (Room, Room),
        source: Option<LimitSource>,
    ) -> bool {
        let falls = after.limit_w < before.limit_w;
        if falls {
            // What is in force where a feed is lost stands for the envelopes that it would have sent.
            let of_envelopes = [LimitSource::OperatingEnvelope, LimitSource::Fallback];
            let is_envelope = source.is_some_and(|source| of_envelopes.contains(&source));
            let cause = if is_envelope { BreachCause::EnvelopeStep } else { BreachCause::SiteChange };
            self.squeezed.insert(place, (t_s, cause));
        } else if after.base_load_w > before.base_load_w {
            self.squeezed.insert(place, (t_s, BreachCause::BaseLoad));
        }
        falls
    }

    /// What took room from a place at or after `since_s`.
    pub(crate) fn squeezed_since(&self, place: usize, since_s: u64) -> Option<BreachCause> {
        self.squeezed.get(&place).filter(|&&(at_s, _)| at_s >= since_s).map(|&(_, cause)| cause)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty() && self.met.is_empty()
    }

    /// Looks at the meters of the tick from `t_s`, of which `over_w` knows how far each place is above its limit \[W\]: who is within it has met all
    /// steps before.
    pub(crate) fn look(&mut self, t_s: u64, over_w: impl Fn(usize) -> u64) {
        let Self { open, met, .. } = self;
        met.clear();
        open.retain_mut(|(place, step)| {
            let over_w = over_w(*place);
            step.overshoot_w = step.overshoot_w.max(over_w);
            if over_w == 0 {
                step.comply_s = Some(t_s - step.at_s);
                met.push(*step);
            }
            over_w > 0
        });
        met.sort_unstable_by_key(|step| (step.at_s, step.node));
    }

    /// Steps that are met as of the newest tick, in order of time and of positions.
    pub(crate) fn met(&self) -> &[LimitStep] {
        &self.met
    }

    /// Steps that are not met, in the same order.
    pub(crate) fn unmet(&self) -> Vec<LimitStep> {
        let mut unmet: Vec<LimitStep> = self.open.iter().map(|(_, step)| *step).collect();
        unmet.sort_unstable_by_key(|step| (step.at_s, step.node));
        unmet
    }
}
