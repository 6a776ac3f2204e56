//! What every part of the checker knows before the run begins, and how it says that something does not hold.

use crate::depot::Depot;
use crate::realization::Realization;
use crate::site::Site;
use crate::view::NO_NODE;

/// The depot, what will happen at it, and the order of columns.
#[derive(Debug, Clone)]
pub(super) struct Known<'a> {
    pub(super) depot: &'a Depot,
    pub(super) realization: &'a Realization,
    pub(super) site: Site,
    /// Node column of each site position; [`NO_NODE`] for connectors.
    pub(super) node_column: Vec<u32>,
    /// Whether any node, vehicle or change of site data has a least power.
    pub(super) has_minima: bool,
    /// Whether any connector cannot be paused, at any time.
    pub(super) has_unpausable: bool,
}

impl<'a> Known<'a> {
    pub(super) fn of(depot: &'a Depot, realization: &'a Realization) -> Self {
        let site = Site::of(depot);
        let mut node_column = vec![NO_NODE; depot.site.len()];
        for (column, &position) in site.nodes.iter().enumerate() {
            node_column[position as usize] = column as u32;
        }
        let changes = || realization.site_steps.iter().flat_map(|step| step.change.nodes());
        let has_minima = depot.site.iter().any(|node| node.min_power_w > 0)
            || depot.vehicle_types.iter().any(|kind| kind.min_power_w > 0)
            || changes().any(|change| change.min_power_w > 0);
        let has_unpausable =
            depot.site.iter().any(|node| !node.pausable) || changes().any(|change| !change.pausable);
        Self { depot, realization, site, node_column, has_minima, has_unpausable }
    }

    /// Whether what is planned for `at_s` has happened by the time that a tick begins.
    pub(super) fn has_begun(&self, at_s: i64, tick: u32) -> bool {
        self.tick_of(at_s) <= tick
    }

    /// The tick that has begun at `at_s`.
    pub(super) fn tick_begun_at(&self, at_s: i64) -> u32 {
        let ticks = u64::try_from(at_s).unwrap_or(0) / u64::from(self.depot.step_s);
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    /// The first tick that begins at or after `at_s`; tick 0 for what lies before the start.
    pub(super) fn tick_of(&self, at_s: i64) -> u32 {
        let ticks = u64::try_from(at_s).unwrap_or(0).div_ceil(u64::from(self.depot.step_s));
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Site position of the node that it is about; the root for the site as a whole.
    pub(super) position: u32,
    /// What should be, and what is.
    pub(super) what: String,
}

/// Whether something holds. The error is boxed, since it hardly ever exists and is handed through at every tick.
pub(super) type Holds = Result<(), Box<Wrong>>;

/// Says that something does not hold.
#[cold]
pub(super) fn wrong(position: u32, what: impl Into<String>) -> Holds {
    Err(Box::new(Wrong { position, what: what.into() }))
}
