//! The plots: the same bytes every time, true steps, and nothing that a name could break.

use crate::frame::{self, Frame};
use crate::night::{self, Size, WA_PTA};
use outputs::PlotData;
use sim::{Observer, Site};

fn night(size: Size) -> PlotData {
    let (depot, realization) = (night::depot(size), night::realization(size, 1));
    let mut data = PlotData::new(&depot, &realization, &Site::of(&depot), 1);
    sim::run(&depot, &realization, &mut [&mut data]).unwrap();
    data
}

#[test]
fn the_same_run_draws_the_same_bytes() {
    let (a, b) = (night(WA_PTA), night(WA_PTA));
    assert_eq!(a.site_svg().unwrap(), b.site_svg().unwrap());
    assert_eq!(a.branches_svg().unwrap(), b.branches_svg().unwrap());
}

#[test]
fn an_envelope_step_stands_at_its_tick_and_height() {
    let svg = night(WA_PTA).site_svg().unwrap();
    // The plot is 858 px wide for 57,600 s from 76 px on, and 408 px high for 2,000 kW above 500 px; half pixels double it.
    let x = |hours: f64| (2.0 * (76.0 + 858.0 * hours / 16.0)).round();
    let y = |kw: f64| (2.0 * (500.0 - 408.0 * kw / 2000.0)).round();
    let step = format!("{},{} {},{} {},{} ", x(2.5), y(1100.0), x(2.5), y(800.0), x(4.5), y(800.0));
    assert!(svg.contains(&step), "no step {step}");
}

#[test]
fn every_circuit_has_its_panel_up_to_forty() {
    for (circuits, panels) in [(1, 1), (3, 3), (20, 20), (41, 40)] {
        let size = Size { circuits, buses: 4, step_s: 900, ..WA_PTA };
        let svg = night(size).branches_svg().unwrap();
        assert_eq!(svg.matches("constrained ").count(), panels, "{circuits} circuits");
        assert_eq!(svg.contains("1 more are in nodes.csv"), circuits > 40);
    }
}

#[test]
fn a_week_is_no_larger_than_the_page_can_show() {
    let svg = night(Size { nights: 7, ..WA_PTA }).branches_svg().unwrap();
    assert!(svg.len() < 1_000_000, "{} bytes", svg.len());
    // A column of several ticks must not make a breach of two values that never met.
    assert!(!night(Size { nights: 7, ..WA_PTA }).site_svg().unwrap().contains("Above the limit"));
}

#[test]
fn hostile_and_endless_names_do_no_harm() {
    let mut depot = frame::depot();
    depot.title = format!("<script>alert('1')</script> & \"x\" \u{1} {}", "long ".repeat(2_000));
    depot.site[2].id = "</text><image href='x'/>".repeat(500);
    let data = PlotData::new(&depot, &frame::realization(), &Site::of(&depot), 1);
    for svg in [data.site_svg().unwrap(), data.branches_svg().unwrap()] {
        assert!(!svg.contains("<script") && !svg.contains("<image") && !svg.contains('\u{1}'));
        let longest = svg.lines().filter(|line| line.contains("long long")).map(str::len);
        // Only the title for screen readers is whole.
        assert!(longest.filter(|&length| length > 1_000).count() <= 1);
    }
}

#[test]
fn a_run_without_ticks_or_limits_still_has_its_figures() {
    let depot = frame::depot();
    let mut data = PlotData::new(&depot, &frame::realization(), &Site::of(&depot), 1);
    assert!(data.site_svg().unwrap().contains("unlimited"));
    data.tick(&Frame::at(0).view()).unwrap();
    assert!(data.site_svg().unwrap().contains("unlimited"));
    assert!(data.branches_svg().unwrap().contains("C1"));
}

#[test]
fn circuits_below_a_circuit_are_layers_of_its_panel() {
    let mut depot = frame::depot();
    depot.site[3].kind = sim::NodeKind::ChargerCircuit;
    let mut data = PlotData::new(&depot, &frame::realization(), &Site::of(&depot), 1);
    data.tick(&Frame::at(0).view()).unwrap();
    let svg = data.branches_svg().unwrap();
    assert!(svg.contains("Metered: branch 1"));
    assert_eq!(svg.matches("constrained ").count(), 2);
}
