//! Trees of every shape, and limits of every kind.

use super::chance::Chance;
use super::draft::{Draft, charger, circuit, connection, leaf_kw, limit_kw};
use crate::site::site_file::Charger;
use crate::values::quantity::{LimitKw, Weight};
use sim::Control;

/// Charge points directly under the site, and nothing else.
pub(super) fn flat_tree(draft: &mut Draft, chance: &mut Chance) {
    let site = &mut draft.file.site;
    site.grid_connections.clear();
    site.charger_circuits.clear();
    site.default_capacity_kw = (!chance.one_in(4)).then(|| limit_kw(chance.between(0, 400_000)));
    for record in &mut site.charge_points {
        record.parent.clone_from(&site.id);
    }
}

/// More connections, each with a charge point of its own; some stand empty.
pub(super) fn several_connections(draft: &mut Draft, chance: &mut Chance) {
    let site = &mut draft.file.site;
    for n in 2..=chance.between(2, 4) {
        let id = format!("G{n}");
        site.grid_connections.push(connection(&id, chance.between(0, 300_000)));
        if !chance.one_in(4) {
            site.charge_points.push(charger(&format!("{id}-P"), &id, Some(chance.between(1_000, 150_000))));
        }
    }
}

/// A chain of circuits below one that is there, with a charge point at its end and some between: depths up to six.
pub(super) fn nested_circuits(draft: &mut Draft, chance: &mut Chance) {
    let mut above = chance.pick(&draft.inner_ids()).clone();
    let site = &mut draft.file.site;
    let depth = chance.between(1, 4);
    for n in 1..=depth {
        let id = format!("N{n}");
        site.charger_circuits.push(circuit(&id, &above, chance.between(20_000, 200_000)));
        if n == depth || chance.one_in(2) {
            site.charge_points.push(charger(&format!("{id}-P"), &id, Some(chance.between(1_000, 150_000))));
        }
        above = id;
    }
}

pub(super) fn more_charge_points(draft: &mut Draft, chance: &mut Chance) {
    let parents = draft.inner_ids();
    for n in 1..=chance.between(1, 6) {
        let parent = chance.pick(&parents);
        let rating_w = (!chance.one_in(5)).then(|| chance.between(0, 200_000));
        draft.file.site.charge_points.push(charger(&format!("M{n}"), parent, rating_w));
    }
}

/// One to three connectors on some charge points.
pub(super) fn several_connectors(draft: &mut Draft, chance: &mut Chance) {
    for id in draft.charge_point_ids() {
        if chance.one_in(3) {
            continue;
        }
        for n in 1..=chance.between(1, 3) {
            let rating_w = (!chance.one_in(4)).then(|| chance.between(1_000, 150_000));
            draft.file.site.connectors.push(charger(&format!("{id}-{n}"), &id, rating_w));
        }
    }
}

/// Connectors without a charge point, which only they themselves can control.
pub(super) fn lone_connectors(draft: &mut Draft, chance: &mut Chance) {
    draft.file.control = Control::Connector;
    let parents = draft.inner_ids();
    for n in 1..=chance.between(1, 3) {
        let parent = chance.pick(&parents);
        let rating_w = Some(chance.between(1_000, 150_000));
        draft.file.site.connectors.push(charger(&format!("L{n}"), parent, rating_w));
    }
}

/// Gives every limit of a connection, circuit or site to `change`, which may replace it.
fn change_limits(draft: &mut Draft, mut change: impl FnMut(&mut Option<LimitKw>)) {
    let site = &mut draft.file.site;
    change(&mut site.default_capacity_kw);
    site.grid_connections.iter_mut().for_each(|record| change(&mut record.default_capacity_kw));
    site.charger_circuits.iter_mut().for_each(|record| change(&mut record.default_capacity_kw));
}

fn chargers(draft: &mut Draft) -> impl Iterator<Item = &mut Charger> {
    let site = &mut draft.file.site;
    site.charge_points.iter_mut().chain(&mut site.connectors)
}

pub(super) fn tight_limits(draft: &mut Draft, chance: &mut Chance) {
    change_limits(draft, |limit| {
        if !chance.one_in(3) {
            *limit = Some(limit_kw(chance.between(0, 120_000)));
        }
    });
}

pub(super) fn safe_capacities(draft: &mut Draft, chance: &mut Chance) {
    let site = &mut draft.file.site;
    let connections = site.grid_connections.iter_mut().map(|record| &mut record.safe_operating_capacity_kw);
    let circuits = site.charger_circuits.iter_mut().map(|record| &mut record.safe_operating_capacity_kw);
    let all = [&mut site.safe_operating_capacity_kw].into_iter().chain(connections).chain(circuits);
    for safe in all.filter(|_| chance.one_in(2)).collect::<Vec<_>>() {
        *safe = Some(limit_kw(chance.between(0, 300_000)));
    }
}

pub(super) fn zero_limits(draft: &mut Draft, chance: &mut Chance) {
    change_limits(draft, |limit| {
        if chance.one_in(4) {
            *limit = Some(limit_kw(0));
        }
    });
    for record in chargers(draft) {
        if chance.one_in(6) {
            record.max_rating_kw = Some(leaf_kw(0));
        }
    }
}

pub(super) fn no_limits(draft: &mut Draft, chance: &mut Chance) {
    change_limits(draft, |limit| {
        if chance.one_in(2) {
            *limit = None;
        }
    });
    for record in chargers(draft) {
        if chance.one_in(4) {
            record.max_rating_kw = None;
        }
    }
}

/// Limits of a few watts, where rounding is everything.
pub(super) fn tiny_limits(draft: &mut Draft, chance: &mut Chance) {
    change_limits(draft, |limit| {
        if chance.one_in(2) {
            *limit = Some(limit_kw(chance.between(0, 9)));
        }
    });
}

/// At most the charger's own rating.
fn within_rating(record: &Charger, power_w: i64) -> i64 {
    record.max_rating_kw.map_or(power_w, |rating| power_w.min(i64::from(rating.w())))
}

pub(super) fn minima(draft: &mut Draft, chance: &mut Chance) {
    for record in chargers(draft) {
        if !chance.one_in(3) {
            record.min_power_kw = Some(leaf_kw(within_rating(record, chance.between(0, 60_000))));
        }
    }
}

pub(super) fn unpausable(draft: &mut Draft, chance: &mut Chance) {
    for record in chargers(draft) {
        if chance.one_in(3) {
            record.pausable = false;
            record.min_power_kw = Some(leaf_kw(within_rating(record, chance.between(1, 20_000))));
        }
    }
}

pub(super) fn fallbacks(draft: &mut Draft, chance: &mut Chance) {
    for record in chargers(draft) {
        if !chance.one_in(4) {
            record.fallback_kw = Some(leaf_kw(within_rating(record, chance.between(0, 40_000))));
        }
    }
}

pub(super) fn weights(draft: &mut Draft, chance: &mut Chance) {
    let weight = |chance: &mut Chance| {
        let most = *chance.pick(&[3, 100, 1_000_000_000]);
        Weight::new(chance.between(1, most) as u32)
    };
    for record in chargers(draft) {
        record.weight = weight(chance);
    }
    let site = &mut draft.file.site;
    for record in &mut site.charger_circuits {
        record.weight = weight(chance);
    }
    for record in &mut site.grid_connections {
        record.weight = weight(chance);
    }
}
