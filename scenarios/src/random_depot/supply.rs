//! Limits and loads from outside, and how they fail.

use super::chance::Chance;
use super::draft::{Draft, leaf_kw, limit_kw, pct};
use crate::format::file::{
    BaseLoadProfileStep, BaseLoadRecord, Basis, EnvelopeRecord, EnvelopeWindow, MeasurementGap,
    SiteChangeRecord,
};
use crate::site::site_file::ChargerCircuit;
use crate::supply::base_load::{BaseLoadCsv, BaseLoadNoise};
use crate::supply::demand_response::DemandResponseRecord;
use crate::supply::feed::{EnvelopeFeedRecord, FeedMessage, FeedWindow};
use crate::supply::outage::OutageRecord;
use crate::values::clock::Span;
use crate::values::distribution::Distribution;
use crate::values::message_kw::MessageKw;
use crate::values::quantity::BaseLoadKw;

pub(super) fn import_envelopes(draft: &mut Draft, chance: &mut Chance) {
    envelopes(draft, chance, Basis::Import, "i");
}

pub(super) fn load_envelopes(draft: &mut Draft, chance: &mut Chance) {
    envelopes(draft, chance, Basis::Load, "l");
}

/// Envelopes with a window each, on any nodes, which cross one another as they like.
fn envelopes(draft: &mut Draft, chance: &mut Chance, basis: Basis, prefix: &str) {
    let nodes = draft.node_ids();
    for n in 1..=chance.between(1, 5) {
        let (from_s, to_s) = draft.stretch_s(chance);
        let limit_w = if chance.one_in(5) { 0 } else { chance.between(0, 200_000) };
        draft.file.envelopes.push(EnvelopeRecord {
            id: format!("{prefix}{n}"),
            node: chance.pick(&nodes).clone(),
            basis,
            windows: vec![EnvelopeWindow {
                from: draft.when(from_s),
                to: draft.when(to_s),
                limit_kw: limit_kw(limit_w),
                daily: false,
            }],
        });
    }
}

fn base_load_kw(power_w: i64) -> BaseLoadKw {
    BaseLoadKw::from_w(power_w).expect("within the format's bounds")
}

/// A profile with a few steps at a node that has none yet.
fn add_base_load(draft: &mut Draft, chance: &mut Chance, min_w: i64, max_w: i64) {
    let node = chance.pick(&draft.node_ids()).clone();
    if draft.file.base_loads.iter().any(|load| load.node == node) {
        return;
    }
    let times = ["16:00", "16:00:01", "16:59:59", "17:00", "17:30", "03:00"];
    let mut steps = Vec::new();
    for time in times {
        if chance.one_in(2) || time == "03:00" {
            let power_kw = base_load_kw(chance.between(min_w, max_w));
            steps.push(BaseLoadProfileStep { from: time.parse().expect("a time of day"), power_kw });
        }
    }
    draft.file.base_loads.push(BaseLoadRecord { node, steps, csv: None, noise: None });
}

pub(super) fn base_loads(draft: &mut Draft, chance: &mut Chance) {
    for _ in 0..chance.between(1, 3) {
        let most_w = *chance.pick(&[10, 30_000, 400_000]);
        add_base_load(draft, chance, 0, most_w);
    }
}

pub(super) fn generation(draft: &mut Draft, chance: &mut Chance) {
    for _ in 0..chance.between(1, 2) {
        let most_w = *chance.pick(&[10, 30_000, 400_000]);
        add_base_load(draft, chance, -most_w, most_w / 10);
    }
}

pub(super) fn noise(draft: &mut Draft, chance: &mut Chance) {
    add_base_load(draft, chance, -50_000, 50_000);
    for load in &mut draft.file.base_loads {
        if chance.one_in(2) {
            let every = Span::from_s(*chance.pick(&[60, 61, 900, 86_400]));
            load.noise = Some(BaseLoadNoise { within_kw: leaf_kw(chance.between(0, 60_000)), every });
        }
    }
}

pub(super) fn filed_loads(draft: &mut Draft, chance: &mut Chance) {
    let node = chance.pick(&draft.node_ids()).clone();
    if draft.file.base_loads.iter().any(|load| load.node == node) {
        return;
    }
    let mut moments: Vec<i64> = (0..chance.between(1, 5)).map(|_| draft.moment_s(chance)).collect();
    moments.sort_unstable();
    moments.dedup();
    let mut text = "power_kw,time\n".to_owned();
    for at_s in moments {
        let power = base_load_kw(chance.between(-50_000, 50_000));
        text.push_str(&format!("{power},{}\n", draft.when(at_s)));
    }
    draft.files.push(("load.csv".to_owned(), text));
    let csv = Some(BaseLoadCsv { file: "load.csv".to_owned(), time: None, power_kw: None });
    draft.file.base_loads.push(BaseLoadRecord { node, steps: Vec::new(), csv, noise: None });
}

pub(super) fn demand_response(draft: &mut Draft, chance: &mut Chance) {
    let rated = draft.file.site.charger_circuits.iter().filter(|record| record.default_capacity_kw.is_some());
    let nodes: Vec<String> = rated.map(|record| record.id.clone()).collect();
    if nodes.is_empty() {
        return;
    }
    draft.file.demand_response.push(DemandResponseRecord {
        id: "dr".to_owned(),
        node: chance.pick(&nodes).clone(),
        basis: *chance.pick(&[Basis::Import, Basis::Load]),
        per_day: chance.pick(&["96", "48", "12.5"]).parse().expect("a rate"),
        depth_pct: Distribution::Uniform(pct(chance.between(0, 1_000_000)), pct(1_000_000)),
        duration: Distribution::Uniform(Span::from_s(0), Span::from_s(chance.between(0, 5_000) as u32)),
    });
}

pub(super) fn outages(draft: &mut Draft, chance: &mut Chance) {
    let nodes: Vec<String> = draft.inner_ids().into_iter().chain(draft.charge_point_ids()).collect();
    for _ in 0..chance.between(1, 4) {
        let (from_s, to_s) = draft.stretch_s(chance);
        let (from, to) = (draft.when(from_s), draft.when(to_s));
        let node = chance.pick(&nodes).clone();
        draft.file.outages.push(OutageRecord { node, from, to: Some(to), duration: None });
    }
}

pub(super) fn measurement_gaps(draft: &mut Draft, chance: &mut Chance) {
    draft.file.max_age = Some(Span::from_s(*chance.pick(&[0, 1, 59, 60, 300])));
    let mut moments: Vec<i64> = (0..4).map(|_| draft.moment_s(chance)).collect();
    moments.sort_unstable();
    moments.dedup();
    for pair in moments.chunks_exact(2) {
        let gap = MeasurementGap { from: draft.when(pair[0]), to: draft.when(pair[1]) };
        draft.file.measurement_gaps.push(gap);
    }
}

fn window(draft: &mut Draft, chance: &mut Chance) -> FeedWindow {
    let (from_s, to_s) = draft.stretch_s(chance);
    let nodes = draft.node_ids();
    FeedWindow {
        envelope: chance.one_in(2).then(|| chance.pick(&["a", "b"]).to_string()),
        node: chance.one_in(2).then(|| chance.pick(&nodes).clone()),
        basis: chance.one_in(3).then(|| *chance.pick(&[Basis::Import, Basis::Load])),
        from: draft.when(from_s),
        to: draft.when(to_s),
        limit_kw: MessageKw::new(chance.between(0, 250).to_string()),
    }
}

/// Feeds of messages that can be used, if they are not late, out of order, or at odds with one another by chance.
pub(super) fn feeds(draft: &mut Draft, chance: &mut Chance) {
    let nodes = draft.node_ids();
    for n in 1..=chance.between(1, 2) {
        let mut received: Vec<i64> = (0..chance.between(0, 6)).map(|_| draft.moment_s(chance)).collect();
        received.sort_unstable();
        let mut messages = Vec::new();
        for received_s in received {
            let published = chance.one_in(3).then(|| received_s - chance.between(0, 3_600));
            let mut windows = Vec::new();
            for _ in 0..chance.between(0, 2) {
                windows.push(window(draft, chance));
            }
            messages.push(FeedMessage {
                received: draft.when(received_s),
                published: published.map(|at_s| draft.when(at_s)),
                validity: chance.one_in(4).then(|| Span::from_s(chance.between(0, 10_000) as u32)),
                windows,
            });
        }
        draft.file.envelope_feeds.push(EnvelopeFeedRecord {
            id: format!("f{n}"),
            node: chance.pick(&nodes).clone(),
            basis: *chance.pick(&[Basis::Import, Basis::Load]),
            default_limit_kw: (!chance.one_in(3)).then(|| limit_kw(chance.between(0, 200_000))),
            validity: Span::from_s(*chance.pick(&[0, 60, 600, 3_600, 86_400])),
            messages,
        });
    }
}

/// A feed that cannot be used now and then.
pub(super) fn bad_messages(draft: &mut Draft, chance: &mut Chance) {
    feeds(draft, chance);
    // What the feature of the same kind has added has the same ids.
    for (n, feed) in draft.file.envelope_feeds.iter_mut().enumerate() {
        feed.id = format!("f{}", n + 1);
    }
    let mut bad = Vec::new();
    for _ in 0..6 {
        let mut window = window(draft, chance);
        match chance.between(0, 3) {
            0 => window.node = Some("nowhere".to_owned()),
            1 => (window.from, window.to) = (window.to, window.from),
            _ => {
                window.limit_kw = MessageKw::new(*chance.pick(&["-1", "much", "1e40", "NaN", "", "0.00001"]))
            }
        }
        bad.push(window);
    }
    for message in draft.file.envelope_feeds.iter_mut().flat_map(|feed| &mut feed.messages) {
        if chance.one_in(3) {
            message.windows.push(chance.pick(&bad).clone());
        }
    }
}

fn no_change(draft: &Draft, at_s: i64) -> SiteChangeRecord {
    SiteChangeRecord {
        at: draft.when(at_s),
        default_capacity_kw: None,
        safe_operating_capacity_kw: None,
        remove: Vec::new(),
        grid_connections: Vec::new(),
        charger_circuits: Vec::new(),
        charge_points: Vec::new(),
        connectors: Vec::new(),
    }
}

/// Other ratings, weights and powers in mid-run.
pub(super) fn site_changes(draft: &mut Draft, chance: &mut Chance) {
    for _ in 0..chance.between(1, 4) {
        let at_s = draft.moment_s(chance);
        let mut change = no_change(draft, at_s);
        let site = &draft.file.site;
        if chance.one_in(3) {
            change.default_capacity_kw = Some(limit_kw(chance.between(0, 300_000)));
        }
        if !site.charger_circuits.is_empty() && chance.one_in(2) {
            let mut circuit = chance.pick(&site.charger_circuits).clone();
            circuit.default_capacity_kw = (!chance.one_in(4)).then(|| limit_kw(chance.between(0, 200_000)));
            change.charger_circuits.push(circuit);
        }
        let mut charger = chance.pick(&site.charge_points).clone();
        let rating_w = chance.between(0, 150_000);
        charger.max_rating_kw = Some(leaf_kw(rating_w));
        charger.min_power_kw = chance.one_in(2).then(|| leaf_kw(chance.between(0, rating_w)));
        charger.fallback_kw = chance.one_in(2).then(|| leaf_kw(chance.between(0, rating_w)));
        charger.pausable = !chance.one_in(4);
        change.charge_points.push(charger);
        if !site.connectors.is_empty() && chance.one_in(2) {
            let mut connector = chance.pick(&site.connectors).clone();
            connector.max_rating_kw = Some(leaf_kw(rating_w));
            connector.min_power_kw = chance.one_in(2).then(|| leaf_kw(chance.between(0, rating_w)));
            connector.fallback_kw = chance.one_in(2).then(|| leaf_kw(chance.between(0, rating_w)));
            connector.pausable = !chance.one_in(4);
            change.connectors.push(connector);
        }
        draft.insert_change(change);
    }
}

/// A circuit's data that break, and in most depots are mended.
pub(super) fn broken_site_data(draft: &mut Draft, chance: &mut Chance) {
    for _ in 0..chance.between(1, 2) {
        if draft.file.site.charger_circuits.is_empty() {
            return;
        }
        let sound = chance.pick(&draft.file.site.charger_circuits).clone();
        let parent = match chance.between(0, 3) {
            0 => "nowhere".to_owned(),
            1 => sound.id.clone(),
            2 => draft.file.site.charge_points[0].id.clone(),
            _ => sound.parent.clone(),
        };
        let mut broken = ChargerCircuit { parent, ..sound.clone() };
        if chance.one_in(3) {
            broken.default_capacity_kw = Some(limit_kw(1_000));
            broken.rating_a = Some("16".parse().expect("a current"));
            broken.voltage_v = Some("230".parse().expect("a voltage"));
        }
        let (from_s, to_s) = draft.stretch_s(chance);
        let change = SiteChangeRecord { charger_circuits: vec![broken], ..no_change(draft, from_s) };
        draft.insert_change(change);
        if to_s < draft.duration_s() && !chance.one_in(4) {
            let change = SiteChangeRecord { charger_circuits: vec![sound], ..no_change(draft, to_s) };
            draft.insert_change(change);
        }
    }
}
