//! What has become of every visit by the end of a tick.

use crate::bays::Bays;
use crate::view::{NO_NODE, Stay};

/// The stays of all visits, indexed as in the realization.
///
/// What a vehicle that is plugged in has taken so far is counted at its connector, and told when somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Stays<'a> {
    stays: &'a [Stay],
    running: Option<Running<'a>>,
}

/// Where what is still running is counted.
#[derive(Debug, Clone, Copy)]
struct Running<'a> {
    bays: &'a Bays,
    /// Of each site position.
    connector_columns: &'a [u32],
    t_s: u64,
}

impl<'a> Stays<'a> {
    /// By `t_s` \[s\].
    pub(crate) fn by(t_s: u64, stays: &'a [Stay], bays: &'a Bays, connector_columns: &'a [u32]) -> Self {
        Self { stays, running: Some(Running { bays, connector_columns, t_s }) }
    }

    /// How many visits there are.
    pub fn len(&self) -> usize {
        self.stays.len()
    }

    /// Whether there is no visit.
    pub fn is_empty(&self) -> bool {
        self.stays.is_empty()
    }

    /// The stay of a visit.
    ///
    /// # Panics
    /// Where there is no such visit.
    pub fn at(&self, visit: usize) -> Stay {
        let mut stay = self.stays[visit];
        if stay.connector != NO_NODE
            && stay.left_s.is_none()
            && let Some(Running { bays, connector_columns, t_s }) = self.running
        {
            bays.tell(connector_columns[stay.connector as usize], t_s, &mut stay);
        }
        stay
    }

    /// All of them, in the order of visits.
    pub fn iter(&self) -> impl Iterator<Item = Stay> + use<'a> {
        let stays = *self;
        (0..self.len()).map(move |visit| stays.at(visit))
    }
}

/// Stays as they are told here.
impl<'a> From<&'a [Stay]> for Stays<'a> {
    fn from(stays: &'a [Stay]) -> Self {
        Self { stays, running: None }
    }
}
