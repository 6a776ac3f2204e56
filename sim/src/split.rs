//! How a charge point that is controlled as a whole shares its setpoint among its connectors.

use crate::control::{Grant, Wish};
use crate::view::NO_NODE;

/// Splits `setpoint_w` among the connectors in `columns` in the order in which their vehicles arrived: each gets its demand as long as there is
/// power, and nothing where what is left is below its minimum. What is withheld is attributed to `by`.
pub(crate) fn split_first_come(
    columns: &[u32],
    wishes: &[Option<Wish>],
    setpoint_w: u32,
    by: u32,
    grants: &mut [Grant],
) {
    let mut order: Vec<(i64, u32, Wish)> = Vec::with_capacity(columns.len());
    for &column in columns {
        grants[column as usize] = Grant { setpoint_w: 0, constrained_by: NO_NODE, is_paused: false };
        order.extend(wishes[column as usize].map(|wish| (wish.keys.arrived_s.unwrap_or(0), column, wish)));
    }
    order.sort_by_key(|&(arrived_s, column, _)| (arrived_s, column));
    let mut left_w = setpoint_w;
    for (_, column, wish) in order {
        let is_paused = left_w < wish.min_w.min(wish.demand_w);
        let given_w = if is_paused { 0 } else { left_w.min(wish.demand_w) };
        left_w -= given_w;
        let constrained_by = if given_w < wish.demand_w { by } else { NO_NODE };
        grants[column as usize] = Grant { setpoint_w: given_w, constrained_by, is_paused };
    }
}

/// Splits `setpoint_w` evenly among the connectors in `columns` that wish something, none above its demand.
///
/// A connector whose minimum does not fit is paused, those later in order first. What is withheld is attributed to `by`.
pub(crate) fn split(
    columns: &[u32],
    wishes: &[Option<Wish>],
    setpoint_w: u32,
    by: u32,
    grants: &mut [Grant],
) {
    let mut reserved_w = 0_u32;
    for &column in columns {
        let (min_w, has_wish) =
            wishes[column as usize].map_or((0, false), |wish| (wish.min_w.min(wish.demand_w), true));
        let fits = has_wish && reserved_w + min_w <= setpoint_w;
        reserved_w += if fits { min_w } else { 0 };
        let is_paused = has_wish && !fits;
        let constrained_by = if is_paused { by } else { NO_NODE };
        grants[column as usize] =
            Grant { setpoint_w: if fits { min_w } else { 0 }, constrained_by, is_paused };
    }
    // Raise the lowest together until nothing is left or all have what they ask for.
    let mut left_w = setpoint_w - reserved_w;
    while left_w > 0 {
        let open = |column: &&u32| {
            let ix = **column as usize;
            !grants[ix].is_paused && wishes[ix].is_some_and(|wish| grants[ix].setpoint_w < wish.demand_w)
        };
        let Some(level_w) =
            columns.iter().filter(open).map(|&column| grants[column as usize].setpoint_w).min()
        else {
            break;
        };
        let lowest: Vec<usize> = columns
            .iter()
            .filter(open)
            .map(|&column| column as usize)
            .filter(|&column| grants[column].setpoint_w == level_w)
            .collect();
        let next_level_w = columns
            .iter()
            .filter(open)
            .map(|&column| grants[column as usize].setpoint_w)
            .filter(|&power_w| power_w > level_w)
            .chain(lowest.iter().filter_map(|&column| wishes[column].map(|wish| wish.demand_w)))
            .min()
            .unwrap_or(u32::MAX);
        let share_w = left_w / lowest.len() as u32;
        if share_w == 0 {
            for &column in &lowest[..left_w as usize] {
                grants[column].setpoint_w += 1;
            }
            break;
        }
        let raise_w = share_w.min(next_level_w - level_w);
        for &column in &lowest {
            grants[column].setpoint_w += raise_w;
            left_w -= raise_w;
        }
    }
    for &column in columns {
        let column = column as usize;
        if wishes[column].is_some_and(|wish| grants[column].setpoint_w < wish.demand_w) {
            grants[column].constrained_by = by;
        }
    }
}
