//! `summary.json`: figures computed by hand.

use crate::frame::{Frame, depot, realization, stay};
use outputs::Summary;
use outputs::summary::report::SummaryReport;
use sim::view::ConstraintRecord;
use sim::{
    Breach, BreachCause, Column, CycleRecord, LimitSource, Observer, Outcome, Reason, RunEnd, Site, Stay,
};

fn report(frames: &[Frame], end: &RunEnd<'_>) -> SummaryReport {
    let (depot, realization) = (depot(), realization());
    let mut summary = Summary::new(&depot, &realization, &Site::of(&depot));
    for frame in frames {
        summary.tick(&frame.view()).unwrap();
    }
    summary.end(end).unwrap();
    summary.into_report()
}

fn cycle(outcome: Outcome, reason: Reason, node: Option<u32>) -> Option<CycleRecord> {
    let constraint = node.map(|node| ConstraintRecord {
        node,
        is_pause: false,
        source: Some(LimitSource::SafeOperatingCapacity),
        limit_w: 0,
        demand_w: 0,
        allocated_w: 0,
        withheld_w: 0,
    });
    Some(CycleRecord {
        cycle: 0,
        t_s: 0,
        outcome,
        reason,
        constraint,
        curtailed_count: 0,
        paused_count: 0,
        site_demand_w: 0,
        site_allocated_w: 0,
        subject: None,
        detail: None,
    })
}

#[test]
fn cycles_are_counted_by_outcome_and_by_what_constrained_them() {
    let curtailed = || cycle(Outcome::Curtailed, Reason::ChargerCircuitLimit, Some(2));
    let applied = || cycle(Outcome::Applied, Reason::Unconstrained, None);
    let frame = |tick, cycle, is_cycle_new| Frame { cycle, is_cycle_new, ..Frame::at(tick) };
    let frames = [
        frame(0, applied(), true),
        frame(1, curtailed(), true),
        frame(2, curtailed(), false),
        frame(3, curtailed(), true),
    ];
    let cycles =
        report(&frames, &RunEnd { t_s: 240, stays: &[], ended_breaches: &[], unmet_limits: &[] }).cycles;
    assert_eq!((cycles.total, cycles.applied, cycles.curtailed, cycles.rejected), (3, 1, 2, 0));
    let rows: Vec<_> = cycles
        .by_reason
        .iter()
        .map(|row| (row.reason, row.limit_source, row.node.as_deref(), row.cycles))
        .collect();
    assert_eq!(
        rows,
        [
            ("UNCONSTRAINED", None, None, 1),
            ("CHARGER_CIRCUIT_LIMIT", Some("safe_operating_capacity"), Some("C1"), 2)
        ]
    );
}

#[test]
fn visits_are_ready_late_or_unfinished() {
    let ready = Stay { ready_s: Some(301), energy_j: 1_368_000_000, metered_j: 3_600_000, ..stay() };
    // v2 departs at 900 s: unfinished in a run that ends at 600 s, late in one that ends at 900 s.
    for (t_s, late, unfinished) in [(600, 0, 1), (900, 1, 0)] {
        let stays = [ready, Stay { paused_s: 120, ..stay() }];
        let visits =
            report(&[], &RunEnd { t_s, stays: &stays, ended_breaches: &[], unmet_limits: &[] }).visits;
        assert_eq!((visits.total, visits.ready, visits.late, visits.unfinished), (2, 1, late, unfinished));
        assert_eq!((visits.least_margin_s, visits.least_margin_visit.as_deref()), (Some(299), Some("v1")));
        assert_eq!((visits.shortfall_j, &*visits.shortfall_kwh), (1_224_000_000, "340.000"));
        assert_eq!((visits.delivered_j, &*visits.delivered_kwh), (3_600_000, "1.000"));
        assert_eq!((visits.paused_s, visits.never_plugged_in), (120, 2));
    }
}

#[test]
fn what_was_withheld_and_paused_is_summed_over_the_ticks() {
    let mut frames = [0, 1, 2, 3].map(|tick| {
        let full = Frame::at(tick).charge(0, 0, [100_000, 100_000, 90_000], 2);
        full.charge(1, 1, [100_000, 50_000, 50_000], 2)
    });
    // v2 is paused twice: for one tick, then for two.
    frames[0].is_paused[1] = true;
    frames[2].is_paused[1] = true;
    frames[3].is_paused[1] = true;
    let visits =
        report(&frames, &RunEnd { t_s: 240, stays: &[], ended_breaches: &[], unmet_limits: &[] }).visits;
    // 50 kW for 240 s.
    assert_eq!((visits.curtailed_j, &*visits.curtailed_kwh), (12_000_000, "3.333"));
    assert_eq!((visits.pauses, visits.longest_pause_s), (2, 120));
    assert_eq!(visits.longest_pause_visit.as_deref(), Some("v2"));
    // Shares 1 and 1/2: (3/2)^2 / (2 * 5/4).
    assert_eq!(visits.jain_index_ppm, Some(900_000));
}

#[test]
fn the_meter_gives_energy_peak_load_factor_and_headroom() {
    let frame = |tick, measured_w: i64| Frame {
        limit_w: Column::of(vec![u64::MAX, 100_000, u64::MAX, u64::MAX]),
        base_load_w: Column::of(vec![10_000, 10_000, 0, 0]),
        node_measured_w: Column::of(vec![measured_w, measured_w, 0, 0]),
        is_binding: Column::of(vec![false, measured_w >= 100_000, false, false]),
        is_breached: Column::of(vec![false, measured_w > 100_000, false, false]),
        ..Frame::at(tick)
    };
    let frames = [frame(0, 40_000), frame(1, 120_000), frame(2, 100_000), frame(3, 60_000)];
    let breach = Breach {
        node: 1,
        start_s: 60,
        end_s: 120,
        peak_over_w: 20_000,
        energy_over_j: 1_200_000,
        cause: BreachCause::EnvelopeStep,
    };
    let report =
        report(&frames, &RunEnd { t_s: 240, stays: &[], ended_breaches: &[breach], unmet_limits: &[] });
    let site = &report.site;
    assert_eq!((site.meter.energy_j, site.meter.base_load_j), (19_200_000, 2_400_000));
    assert_eq!((&*site.meter.energy_kwh, site.meter.peak_kw.as_deref()), ("5.333", Some("120.000")));
    assert_eq!(site.meter.peak_at.as_deref(), Some("2026-03-04T16:01:00+08:00"));
    // Mean 80 kW over peak 120 kW; four minutes have no mean over thirty.
    assert_eq!((site.load_factor_ppm, site.peak_30min_w), (Some(666_666), None));
    assert_eq!(report.grid_connections.len(), 1);
    assert_eq!(report.grid_connections[0].node.as_deref(), Some("GC1"));
    let node = &report.nodes[1];
    assert_eq!((node.least_headroom_w, node.binding_s, node.over_limit_s), (Some(-20_000), 120, 60));
    assert_eq!(node.least_headroom_at.as_deref(), Some("2026-03-04T16:01:00+08:00"));
    assert_eq!(report.nodes[0].least_headroom_w, None);
    let breaches = &report.breaches;
    assert_eq!((breaches.count, breaches.over_limit_s, breaches.peak_over_w), (1, 60, 20_000));
    assert_eq!(breaches.by_cause[0].cause, "ENVELOPE_STEP");
}

#[test]
fn the_json_is_pretty_and_holds_no_fraction() {
    let json = report(&[], &RunEnd { t_s: 0, stays: &[], ended_breaches: &[], unmet_limits: &[] })
        .to_json()
        .unwrap();
    assert!(json.starts_with("{\n  \"run\": {\n    \"scenario\": \"hand\",\n") && json.ends_with("}\n"));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    fn has_fraction(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Number(number) => number.is_f64(),
            serde_json::Value::Array(values) => values.iter().any(has_fraction),
            serde_json::Value::Object(fields) => fields.values().any(has_fraction),
            _ => false,
        }
    }
    assert!(!has_fraction(&value));
}
