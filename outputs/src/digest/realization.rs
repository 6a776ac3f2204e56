//! The digest of everything that chance decided, by which two runs are known to have had the same arrivals.
//!
//! Every list is its length (`u64`) and its records, fields in the order of their types in [`sim`]; texts, options and numbers are laid out
//! as in `tick-digests.csv`. Records are taken apart field by field, so that a new field cannot be forgotten here.

use super::layout::Layout;
use crate::format;
use sha2::{Digest, Sha256};
use sim::charger::{DemandSignal, OutageKind};
use sim::realization::EnvelopeBasis;
use sim::{
    BaseLoadStep, ChargerChange, ChargerStep, Conduct, DefaultLimit, EnvelopeStep, FeedStep, NodeChange,
    OutageStep, Override, OverrideStep, Ratings, Realization, Rejection, Silence, SiteChange, SiteStep,
    Visit,
};

/// SHA-256 of a realization, 64 hexadecimal digits.
pub fn realization_sha256(realization: &Realization) -> String {
    let Realization {
        visits,
        envelope_steps,
        base_load_steps,
        site_steps,
        outage_steps,
        feed_steps,
        silences,
        charger_steps,
        overrides,
    } = realization;
    // A visit is hardly longer than this.
    let mut layout = Layout::with_capacity(192 * (1 + visits.len()));
    list(&mut layout, visits, visit);
    list(&mut layout, envelope_steps, envelope_step);
    list(&mut layout, base_load_steps, base_load_step);
    list(&mut layout, site_steps, site_step);
    list(&mut layout, outage_steps, outage_step);
    list(&mut layout, feed_steps, feed_step);
    list(&mut layout, silences, |layout, &Silence { from_s, to_s }| {
        layout.i64(from_s).i64(to_s);
    });
    list(&mut layout, charger_steps, charger_step);
    list(&mut layout, overrides, override_step);
    format::hex(&Sha256::digest(layout.bytes()))
}

fn list<T>(layout: &mut Layout, records: &[T], lay_out: impl Fn(&mut Layout, &T)) {
    layout.u64(records.len() as u64);
    records.iter().for_each(|record| lay_out(layout, record));
}

fn visit(layout: &mut Layout, visit: &Visit) {
    let Visit {
        id,
        vehicle,
        vehicle_type,
        arrival_s,
        departure_s,
        arrival_energy_j,
        target_energy_j,
        ready_energy_j,
        plug_in_delay_s,
        connector,
        home,
        tier,
        weight,
        conduct,
    } = visit;
    let Conduct { told_departure_s, unplugged_s, is_no_show, precondition_w, precondition_s, demand_signal } =
        *conduct;
    layout.text(id).text(vehicle).u32(*vehicle_type).i64(*arrival_s).i64(*departure_s);
    layout.u64(*arrival_energy_j).u64(*target_energy_j).u64(*ready_energy_j).u32(*plug_in_delay_s);
    layout.option(*connector, Layout::u32).option(*home, Layout::u32).u32(*tier).u32(*weight);
    layout.option(told_departure_s, Layout::i64).option(unplugged_s, Layout::i64).boolean(is_no_show);
    layout.u32(precondition_w).u32(precondition_s).option(demand_signal, told_demand);
}

fn told_demand(layout: &mut Layout, signal: DemandSignal) -> &mut Layout {
    match signal {
        DemandSignal::True => layout.text("true"),
        DemandSignal::Rated => layout.text("rated"),
        DemandSignal::Measured { margin_w } => layout.text("measured").u32(margin_w),
    }
}

fn basis(basis: EnvelopeBasis) -> &'static str {
    match basis {
        EnvelopeBasis::Import => "import",
        EnvelopeBasis::Load => "load",
    }
}

fn envelope_step(layout: &mut Layout, step: &EnvelopeStep) {
    let EnvelopeStep { at_s, envelope, node, basis: of, limit_w } = step;
    layout.i64(*at_s).text(envelope).u32(*node).text(basis(*of)).option(*limit_w, Layout::u64);
}

fn base_load_step(layout: &mut Layout, &BaseLoadStep { at_s, node, power_w }: &BaseLoadStep) {
    layout.i64(at_s).u32(node).i64(power_w);
}

fn rejection(layout: &mut Layout, rejection: &Rejection) {
    let Rejection { reason, subject, detail } = rejection;
    layout.text(reason.code()).option(subject.as_deref(), Layout::text).text(detail);
}

fn site_step(layout: &mut Layout, step: &SiteStep) {
    let SiteStep { at_s, change } = step;
    layout.i64(*at_s);
    match change {
        SiteChange::Apply(nodes) => {
            layout.text("apply");
            list(layout, nodes, node_change);
        }
        SiteChange::Refuse(refusal) => rejection(layout.text("refuse"), refusal),
    }
}

fn node_change(layout: &mut Layout, change: &NodeChange) {
    let NodeChange { node, ratings, weight, min_power_w, pausable, fallback_w } = change;
    let Ratings { default_capacity_w, safe_operating_capacity_w, max_rating_w } = *ratings;
    layout.u32(*node);
    for rating_w in [default_capacity_w, safe_operating_capacity_w, max_rating_w] {
        layout.option(rating_w, Layout::u64);
    }
    layout.u32(*weight).u32(*min_power_w).boolean(*pausable).u32(*fallback_w);
}

fn outage_step(layout: &mut Layout, &OutageStep { at_s, node, is_out }: &OutageStep) {
    layout.i64(at_s).u32(node).boolean(is_out);
}

fn feed_step(layout: &mut Layout, step: &FeedStep) {
    let FeedStep { at_s, feed, default_limit, refusal } = step;
    layout.i64(*at_s).text(feed);
    layout.option(*default_limit, |layout, DefaultLimit { node, basis: of, limit_w }| {
        layout.u32(node).text(basis(of)).u64(limit_w)
    });
    layout.option(refusal.as_ref(), |layout, refusal| {
        rejection(layout, refusal);
        layout
    });
}

fn charger_step(layout: &mut Layout, &ChargerStep { at_s, node, change }: &ChargerStep) {
    let change = match change {
        ChargerChange::Offline => "offline",
        ChargerChange::Online => "online",
        ChargerChange::OutOfService(OutageKind::Unavailable) => "unavailable",
        ChargerChange::OutOfService(OutageKind::Faulted) => "faulted",
        ChargerChange::InService => "in_service",
        ChargerChange::SetpointsIgnored => "setpoints_ignored",
        ChargerChange::SetpointsObeyed => "setpoints_obeyed",
    };
    layout.i64(at_s).u32(node).text(change);
}

fn override_step(layout: &mut Layout, &OverrideStep { at_s, visit, act }: &OverrideStep) {
    let act = act.map(|act| match act {
        Override::ChargeNow => "charge_now",
        Override::Hold => "hold",
    });
    layout.i64(at_s).u32(visit).option(act, Layout::text);
}
