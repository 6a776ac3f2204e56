//! Outages: nothing flows where there is no power, and what stands there says so.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::view::{ConnectorState, NO_VISIT, TickView};

pub(super) fn check(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
    for (column, &position) in known.site.connectors.iter().enumerate() {
        if !limits.is_dead(position) {
            continue;
        }
        let (state, measured_w) = (view.connectors.state[column], view.connectors.measured_w[column]);
        let is_empty = view.connectors.visit[column] == NO_VISIT;
        let is_told = match state {
            // Its charger may be out of service too, with a vehicle at it.
            ConnectorState::Unavailable => true,
            ConnectorState::Charging | ConnectorState::Available => false,
            _ => !is_empty,
        };
        if measured_w > 0 || !is_told {
            let what = format!("is without power, draws {measured_w} W and is {}", state.name());
            return wrong(position, what);
        }
    }
    Ok(())
}
