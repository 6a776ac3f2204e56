//! What the summary tells of power that was granted and not used, of limits that fell, and of vehicles that never came.

use crate::frame::{Frame, depot, realization, stay};
use outputs::Summary;
use sim::view::NO_NODE;
use sim::{LimitStep, Observer, RunEnd, Site};

#[test]
fn stranded_power_and_limits_that_fell_are_told() {
    let mut realization = realization();
    realization.visits[1].conduct.is_no_show = true;
    let depot = depot();
    let mut summary = Summary::new(&depot, &realization, &Site::of(&depot));
    let step = |comply_s, overshoot_w| LimitStep {
        node: 1,
        at_s: 60,
        from_w: 90_000,
        to_w: 50_000,
        comply_s,
        overshoot_w,
    };
    // 150 kW granted and 60 drawn, then 100 and 70: 90 and 30 kW for a minute each.
    let frames = [
        (Frame::at(0).charge(0, 0, [150_000, 150_000, 60_000], NO_NODE), vec![]),
        (Frame::at(1).charge(0, 0, [150_000, 100_000, 70_000], 1), vec![step(Some(0), 0)]),
        (Frame::at(2), vec![step(Some(120), 7_000)]),
    ];
    for (frame, met) in &frames {
        let mut view = frame.view();
        view.met_limits = met;
        summary.tick(&view).unwrap();
    }
    let unmet = [step(None, 9_000)];
    let end = RunEnd { t_s: 180, stays: &[stay(), stay()], ended_breaches: &[], unmet_limits: &unmet };
    summary.end(&end).unwrap();
    let report = summary.into_report();
    assert_eq!((report.stranded.energy_j, report.stranded.peak_w), (120_000 * 60, 90_000));
    assert_eq!(report.stranded.energy_kwh, "2.000");
    assert_eq!(report.stranded.peak_at.as_deref(), Some("2026-03-04T16:00:00+08:00"));
    let limits = &report.limit_steps;
    assert_eq!((limits.count, limits.met_at_once, limits.unmet), (3, 1, 1));
    assert_eq!((limits.longest_to_comply_s, limits.largest_overshoot_w), (Some(120), 9_000));
    assert_eq!((limits.steps[1].node.as_str(), limits.steps[1].comply_s), ("GC1", Some(120)));
    let visits = &report.visits;
    assert_eq!((visits.no_shows, visits.late + visits.unfinished), (1, 1));
}
