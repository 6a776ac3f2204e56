//! The plots: the same bytes every time, true steps, nothing lost to thinning, and nothing that a name could break.

use crate::frame::{self, Frame};
use crate::night::{self, Size, WA_PTA};
use crate::svg;
use outputs::PlotData;
use sim::{
    Column, ConnectorState, CycleRecord, Depot, Observer, Outcome, Realization, Reason, RunEnd, Site, Stay,
};

fn night(size: Size) -> PlotData {
    let (depot, realization) = (night::depot(size), night::realization(size, 1));
    let mut data = PlotData::new(&depot, &realization, &Site::of(&depot), 1);
    sim::run(&depot, &realization, &mut [&mut data]).unwrap();
    data
}

fn data_of(depot: &Depot, realization: &Realization) -> PlotData {
    PlotData::new(depot, realization, &Site::of(depot), 1)
}

fn all(data: &PlotData) -> [(&'static str, String); 4] {
    [
        ("site", data.site_svg().unwrap()),
        ("branches", data.branches_svg().unwrap()),
        ("connectors", data.connectors_svg().unwrap()),
        ("visits", data.visits_svg().unwrap()),
    ]
}

/// xorshift64*: enough for a test's choices.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

#[test]
fn the_same_run_draws_the_same_bytes() {
    assert_eq!(all(&night(WA_PTA)), all(&night(WA_PTA)));
}

#[test]
fn figures_of_a_night_are_small_and_fit_into_a_page_with_others() {
    for (name, svg) in all(&night(WA_PTA)) {
        assert!(svg.len() < 300_000, "{name}: {} bytes", svg.len());
        assert!(svg.starts_with("<svg width=\"1000\""), "{name}");
        for wanted in [" viewBox=\"0 0 2000 ", " role=\"img\"", "<title>", "<desc>"] {
            assert_eq!(svg.matches(wanted).count(), 1, "{name}: {wanted}");
        }
        for unwanted in [" id=", " class=", "<style", "url(", "<?xml"] {
            assert!(!svg.contains(unwanted), "{name}: {unwanted}");
        }
    }
}

#[test]
fn an_envelope_step_stands_at_its_tick_and_height() {
    let svg = night(WA_PTA).site_svg().unwrap();
    // The plot is 670 px wide for 57,600 s from 66 px on, and 400 px high for 2,000 kW above 494 px; half pixels double it.
    let x = |hours: f64| (2.0 * (66.0 + 670.0 * hours / 16.0)).round();
    let y = |kw: f64| (2.0 * (494.0 - 400.0 * kw / 2000.0)).round();
    let step = format!("{},{} {},{} {},{} ", x(2.5), y(1100.0), x(2.5), y(800.0), x(4.5), y(800.0));
    assert!(svg.contains(&step), "no step {step}");
}

#[test]
fn every_circuit_has_its_panel_up_to_forty() {
    for (circuits, panels) in [(1, 1), (3, 3), (20, 20), (41, 40)] {
        let size = Size { circuits, buses: 4, step_s: 900, ..WA_PTA };
        let svg = night(size).branches_svg().unwrap();
        let told = svg.lines().filter(|line| line.starts_with("limit 320 kW, constrained ")).count();
        assert_eq!(told, panels, "{circuits} circuits");
        assert_eq!(svg.contains("1 more are in nodes.csv"), circuits > 40);
    }
}

#[test]
fn a_week_is_no_larger_than_the_page_can_show() {
    let week = night(Size { nights: 7, ..WA_PTA });
    for (name, svg) in all(&week) {
        assert!(svg.len() < 600_000, "{name}: {} bytes", svg.len());
        // A column of several ticks must not make a breach of two values that never met.
        assert!(!svg.lines().any(|line| line.to_uppercase().starts_with("ABOVE THE LIMIT")), "{name}");
    }
}

#[test]
fn hostile_and_endless_names_do_no_harm() {
    let mut depot = frame::depot();
    depot.title = format!("<script>alert('1')</script> & \"x\" \u{1} {}", "long ".repeat(2_000));
    for node in &mut depot.site {
        node.id = format!("</text><image href='x'/>{}", "long ".repeat(2_000));
    }
    let mut realization = frame::realization();
    realization.visits[0].id = format!("<script>{}", "long ".repeat(2_000));
    let mut data = data_of(&depot, &realization);
    data.tick(&Frame::at(0).charge(0, 0, [9_000, 5_000, 5_000], 2).view()).unwrap();
    end(&mut data, &[frame::stay(), frame::stay()], 60);
    for (name, svg) in all(&data) {
        assert!(!svg.contains("<script") && !svg.contains("<image") && !svg.contains('\u{1}'), "{name}");
        // Texts for screen readers go on for longer than a figure has room, and not for pages.
        let longest = svg.lines().filter(|line| line.contains("long long")).map(str::len).max();
        assert!(longest.is_some_and(|longest| longest < 1_100), "{name}: {longest:?}");
        assert_eq!(svg::problem(&svg), None, "{name}");
    }
}

#[test]
fn a_run_without_ticks_visits_or_limits_still_has_its_figures() {
    let depot = frame::depot();
    let mut data = data_of(&depot, &Realization::default());
    for (name, svg) in all(&data) {
        assert_eq!(svg::problem(&svg), None, "{name}");
    }
    assert!(data.site_svg().unwrap().contains("unlimited"));
    data.tick(&Frame::at(0).view()).unwrap();
    end(&mut data, &[], 60);
    assert!(data.branches_svg().unwrap().contains("C1"));
    assert!(data.connectors_svg().unwrap().contains("P1-2"));
    assert!(data.visits_svg().unwrap().contains("No visits."));
}

#[test]
fn circuits_below_a_circuit_are_layers_of_its_panel() {
    let mut depot = frame::depot();
    depot.site[3].kind = sim::NodeKind::ChargerCircuit;
    let mut data = data_of(&depot, &frame::realization());
    data.tick(&Frame::at(0).view()).unwrap();
    let svg = data.branches_svg().unwrap();
    let texts: Vec<&str> = svg.lines().filter(|line| !line.starts_with('<')).collect();
    assert!(texts.contains(&"P1") && texts.contains(&"charger circuit below C1"), "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.starts_with("unlimited, constrained ")).count(), 2);
}

/// Breaches of single ticks, however many ticks a column has.
#[test]
fn every_breach_is_marked_and_every_peak_drawn() {
    let mut random = Random(7);
    for ticks in [300, 5_000, 40_000] {
        let depot = Depot { ticks, ..frame::depot() };
        let mut data = data_of(&depot, &frame::realization());
        let breaches: Vec<u32> = (0..6).map(|_| random.below(u64::from(ticks)) as u32).collect();
        let peak = random.below(u64::from(ticks)) as u32;
        for tick in 0..ticks {
            let measured_w = match () {
                () if breaches.contains(&tick) => 95_000,
                () if tick == peak => 79_000,
                () => 20_000 + random.below(5_000) as i64,
            };
            let mut frame = Frame::at(tick);
            frame.limit_w = Column::of(vec![u64::MAX, 80_000, 80_000, u64::MAX]);
            frame.node_measured_w = Column::filled(measured_w, 4);
            frame.is_breached = Column::of(vec![false, measured_w > 80_000, measured_w > 80_000, false]);
            data.tick(&frame.view()).unwrap();
        }
        let figures = [
            (data.site_svg().unwrap(), (66.0, 670.0), (94.0, 400.0)),
            (data.branches_svg().unwrap(), (66.0, 908.0), (0.0, 400.0)),
        ];
        for (svg, (left, width), _) in figures {
            // Tips of the triangles \[px\].
            let tips: Vec<f64> =
                svg::polygons(&svg, "#8C0046").iter().map(|points| points[2].0 / 2.0).collect();
            for &tick in &breaches {
                let x = left + width * (f64::from(tick) + 0.5) / f64::from(ticks);
                let is_marked = tips.iter().any(|tip| (tip - x).abs() <= 12.0);
                assert!(is_marked, "{ticks} ticks: nothing marks tick {tick} at {x}: {tips:?}");
            }
        }
        // The black line of the meter reaches the peak below the limit, and the one of the breaches.
        let svg = data.site_svg().unwrap();
        let points = svg::polylines(&svg, "#1A1A1A").concat();
        let top_kw = svg::largest_label(&svg, 59.0);
        let x = |tick: u32| 66.0 + 670.0 * f64::from(tick) / f64::from(ticks);
        for (tick, kw) in breaches.iter().map(|&tick| (tick, 95.0)).chain([(peak, 79.0)]) {
            let kw = if breaches.contains(&tick) { 95.0 } else { kw };
            let y = (2.0 * (494.0 - 400.0 * kw / top_kw)).round();
            let column_px = 670.0 * (f64::from(ticks) / 1000.0).ceil() / f64::from(ticks) + 1.0;
            let reaches = |point: &&(f64, f64)| point.1 == y && (point.0 / 2.0 - x(tick)).abs() <= column_px;
            assert!(points.iter().any(|point| reaches(&point)), "{ticks} ticks: {kw} kW at tick {tick}");
        }
    }
}

/// The heat map read back, cell by cell.
#[test]
fn the_cells_of_the_heat_map_are_the_data() {
    let states = [
        ConnectorState::Available,
        ConnectorState::Charging,
        ConnectorState::Charging,
        ConnectorState::SuspendedEvse,
        ConnectorState::SuspendedEv,
    ];
    let mut random = Random(3);
    for (ticks, ticks_per_cell) in [(500, 1), (1_400, 2), (1_401, 3)] {
        let depot = Depot { ticks, ..frame::depot() };
        let mut data = data_of(&depot, &frame::realization());
        let mut drawn: Vec<[(u32, bool); 2]> = Vec::new();
        for tick in 0..ticks {
            let mut frame = Frame::at(tick);
            frame.connector_limit_w = Column::filled(150_000, 2);
            let mut both = [(0, false); 2];
            for column in 0..2 {
                let state = states[random.below(5) as usize];
                let power_w =
                    if state == ConnectorState::Charging { 1 + random.below(150_000) as u32 } else { 0 };
                (frame.state[column], frame.measured_w[column]) = (state, power_w);
                both[column] = (power_w, state == ConnectorState::SuspendedEvse);
            }
            drawn.push(both);
            data.tick(&frame.view()).unwrap();
        }
        let svg = data.connectors_svg().unwrap();
        // The legend tells the colours, in steps of 20 kW.
        let colors = svg::fills_of_width(&svg, 68);
        assert_eq!(colors.len(), 8, "0 to 160 kW");
        let x = |tick: usize| {
            (2.0 * (126.0 + 858.0 * tick.min(ticks as usize) as f64 / f64::from(ticks))).round()
        };
        // The group's head is 32 px high, rows are 14 px; the second connector hangs under the same charge point.
        let y = |row: usize| 2.0 * (176.0 + 32.0 + 14.0 * row as f64 + 7.0);
        for (cell, held) in drawn.chunks(ticks_per_cell).enumerate() {
            let middle = (x(cell * ticks_per_cell) + x((cell + 1) * ticks_per_cell)) / 2.0;
            for row in 0..2 {
                let sum_w: u64 = held.iter().map(|both| u64::from(both[row].0)).sum();
                let mean_w = sum_w.div_ceil(held.len() as u64);
                let bucket = (mean_w > 0).then(|| ((mean_w - 1) / 20_000) as usize);
                let place = (middle, y(row));
                for (ix, color) in colors.iter().enumerate() {
                    let is_drawn = svg::strokes_at(&svg, color, 28, place);
                    assert_eq!(
                        is_drawn,
                        bucket == Some(ix),
                        "{ticks} ticks, cell {cell}, row {row}, {mean_w} W"
                    );
                }
                let paused = held.iter().filter(|both| both[row].1).count();
                let is_paused = svg::strokes_at(&svg, "#D55E00", 12, place);
                // Of three ticks another state may have held as long as the pause; the pause is told first.
                assert_eq!(
                    is_paused,
                    2 * paused >= held.len() && paused > 0,
                    "{ticks} ticks, cell {cell}, row {row}"
                );
            }
        }
    }
}

#[test]
fn rejected_cycles_outages_and_feeds_are_told_in_words() {
    let depot = frame::depot();
    let mut data = data_of(&depot, &frame::realization());
    let event = |kind| sim::Event::new(0, kind, 1, u32::MAX, None);
    for tick in 0..10 {
        let mut frame = Frame::at(tick);
        frame.cycle = (3..5).contains(&tick).then(|| rejected(u64::from(tick)));
        if (5..7).contains(&tick) {
            frame.limit_source[2] = Some(sim::LimitSource::Outage);
            frame.limit_w[2] = 0;
        }
        match tick {
            7 => frame.events.push(event(sim::EventKind::FeedLost)),
            9 => frame.events.push(event(sim::EventKind::FeedRestored)),
            _ => {}
        }
        data.tick(&frame.view()).unwrap();
    }
    let [(_, site), (_, branches), (_, connectors), _] = all(&data);
    for (svg, words) in [
        (&site, "REJECTED: STALE_INPUT"),
        (&site, "OUTAGE: C1"),
        (&site, "FEED SILENT: GC1"),
        (&branches, "OUTAGE"),
        (&branches, "Cycles REJECTED"),
        (&connectors, "out: outage, limit 0, fault"),
    ] {
        assert!(svg.lines().any(|line| line == words), "{words}");
    }
    // Two of ten minutes each.
    assert_eq!(site.lines().filter(|line| line.starts_with("2 min")).count(), 5);
}

#[test]
fn of_many_visits_those_with_the_least_margin_have_rows() {
    let depot = Depot { ticks: 10_000, ..frame::depot() };
    let mut realization = frame::realization();
    let pattern = realization.visits[0].clone();
    realization.visits.clear();
    let mut stays = Vec::new();
    for ix in 0..954_i64 {
        let (arrival_s, departure_s) = (ix * 600, ix * 600 + 7_200);
        let id = format!("visit-{ix}");
        realization.visits.push(sim::Visit { id, arrival_s, departure_s, ..pattern.clone() });
        // Every 100th leaves without what it needs; the others are ready later and later before they leave.
        let ready_s = (ix % 100 != 0).then(|| (departure_s - 60 * (ix % 97)) as u64);
        let (plugged_in_s, left_s) = (Some(arrival_s as u64), Some(departure_s as u64));
        stays.push(Stay { plugged_in_s, left_s, ready_s, ..frame::stay() });
    }
    let mut data = data_of(&depot, &realization);
    (0..10_000).for_each(|tick| data.tick(&Frame::at(tick).view()).unwrap());
    end(&mut data, &stays, 600_000);
    let svg = data.visits_svg().unwrap();
    assert!(svg.len() < 300_000, "{} bytes", svg.len());
    assert!(svg.contains("944 of 954 ready, 10 NOT READY at departure"));
    assert!(svg.contains("(834 more are in visits.csv)"));
    let rows: Vec<&str> = svg.lines().filter(|line| line.starts_with("visit-")).collect();
    assert_eq!(rows.len(), 120);
    // Ten that were not ready, then margins of 0, 1, 2 ... minutes, of which there are ten or so each.
    let index = |row: &str| row["visit-".len()..].parse::<i64>().unwrap();
    assert!(rows[..10].iter().all(|row| index(row) % 100 == 0), "{rows:?}");
    assert!(rows[10..].iter().map(|row| index(row) % 97).is_sorted(), "{rows:?}");
    assert_eq!(svg::problem(&svg), None);
}

#[test]
fn five_hundred_connectors_that_flicker_make_a_figure_that_opens() {
    let mut depot = frame::depot();
    let connector = depot.site[5].clone();
    let more = (3..=500).map(|ix| sim::SiteNode { id: format!("P1-{ix}"), ..connector.clone() });
    depot.site.extend(more);
    depot.ticks = 1_440;
    let mut data = data_of(&depot, &frame::realization());
    let mut random = Random(1);
    for tick in 0..1_440 {
        let mut frame = Frame::at(tick);
        frame.visit = Column::filled(u32::MAX, 500);
        frame.connector_limit_w = Column::filled(150_000, 500);
        (frame.demand_w, frame.setpoint_w) = (Column::filled(0, 500), Column::filled(0, 500));
        frame.constrained_by = Column::filled(u32::MAX, 500);
        frame.measured_w = (0..500).map(|_| random.below(150_000) as u32).collect();
        frame.state = Column::filled(ConnectorState::Charging, 500);
        data.tick(&frame.view()).unwrap();
    }
    let svg = data.connectors_svg().unwrap();
    assert!(svg.len() < 2_000_000, "{} bytes", svg.len());
    assert_eq!(svg::problem(&svg), None);
}

fn rejected(cycle: u64) -> CycleRecord {
    CycleRecord {
        cycle,
        t_s: 60 * cycle,
        outcome: Outcome::Rejected,
        reason: Reason::StaleInput,
        constraint: None,
        curtailed_count: 0,
        paused_count: 0,
        site_demand_w: 0,
        site_allocated_w: 0,
        subject: None,
        detail: None,
    }
}

fn end(data: &mut PlotData, stays: &[Stay], t_s: u64) {
    data.end(&RunEnd { t_s, stays, ended_breaches: &[], unmet_limits: &[] }).unwrap();
}
