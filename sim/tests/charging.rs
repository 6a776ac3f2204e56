//! Charging against what can be worked out by hand: closed forms of the curve, published cases, and the rounding that was promised.
//!
//! Protects the physics: a wrong efficiency, a wrong integration or a lost joule shows here.

mod support;

use sim::charging::ChargingCurve;
use sim::{Charger, Conduct, DemandSignal, EfficiencyPoint, Realization, VehicleType};
use support::{KWH_J, Words, bus, lone_charger, rating, van, vehicle, visit, watch};

/// e to the power of `x`, for comparison within a tolerance.
#[expect(clippy::disallowed_methods, reason = "nothing here reaches a trace")]
fn exp(x: f64) -> f64 {
    x.exp()
}

/// The natural logarithm, for comparison within a tolerance.
#[expect(clippy::disallowed_methods, reason = "nothing here reaches a trace")]
fn ln(x: f64) -> f64 {
    x.ln()
}

/// State of charge after `time_s` from `soc`, where at each moment the lesser of curve and limit flows, in closed form.
///
/// Between two knots, or a knot and where the curve crosses the limit, power is linear in energy: dE/dt = 0.95 P with P = p + a (E - e), hence
/// P grows or falls by e^(0.95 a t), and it takes ln(P/p) / (0.95 a) to come to P.
fn closed_form(kind: &VehicleType, soc: f64, limit_w: f64, time_s: f64) -> f64 {
    let battery_j = kind.battery_j as f64;
    let knots = kind.curve.iter().map(|knot| (f64::from(knot.soc_ppm) / 1e6, f64::from(knot.power_w)));
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (at, power_w) in knots {
        if let Some(&(before, before_w)) = points.last()
            && (before_w - limit_w) * (power_w - limit_w) < 0.0
        {
            let crosses = before + (at - before) * (limit_w - before_w) / (power_w - before_w);
            points.push((crosses, limit_w));
        }
        points.push((at, power_w));
    }
    let (mut soc, mut left_s) = (soc, time_s);
    for pair in points.windows(2).filter(|pair| pair[1].0 > soc).collect::<Vec<_>>() {
        let ([(start, start_w), (end, end_w)], full) = ([pair[0], pair[1]], battery_j);
        let (start_w, end_w) = (start_w.min(limit_w), end_w.min(limit_w));
        let slope = (end_w - start_w) / ((end - start) * full);
        let power_w = start_w + slope * (soc - start) * full;
        let (gain_j, takes_s) = if slope == 0.0 {
            (0.95 * power_w * left_s, (end - soc) * full / (0.95 * power_w))
        } else {
            let grows = exp(0.95 * slope * left_s);
            (power_w / slope * (grows - 1.0), ln(end_w / power_w) / (0.95 * slope))
        };
        if takes_s > left_s {
            return soc + gain_j / full;
        }
        (soc, left_s) = (end, left_s - takes_s);
    }
    soc
}

#[test]
fn a_charge_from_10_to_95_percent_stays_within_a_twentieth_of_a_point_of_the_closed_form() {
    for vehicle_type in [bus(), van()] {
        for step_s in [60, 300] {
            let curve = ChargingCurve::of(&vehicle_type);
            let battery_j = vehicle_type.battery_j as f64;
            let mut energy_j = (battery_j * 0.10) as u64;
            let target_j = (battery_j * 0.95) as u64;
            let mut time_s = 0;
            while energy_j < target_j {
                energy_j += curve.charge(energy_j, target_j, 10_000_000, step_s).gained_j;
                time_s += step_s;
                let exact = closed_form(&vehicle_type, 0.10, 1e7, f64::from(time_s)).min(0.95);
                let error = (energy_j as f64 / battery_j - exact).abs();
                let what = &vehicle_type.id;
                assert!(error < 0.0005, "{what}, {step_s} s ticks, after {time_s} s: off by {error}");
            }
            assert!(time_s > 1_000, "it took its time");
        }
    }
}

/// 100 kWh, efficiency 0.95, up to 100 kW at 50 % and no further.
fn rising() -> VehicleType {
    vehicle("rising", 100, &[(0, 20_000), (500_000, 100_000), (1_000_000, 100_000)])
}

/// 100 kWh, efficiency 0.95, up to 72 kW at 59 %, down to 22 kW when full.
fn rising_and_falling() -> VehicleType {
    vehicle("rising and falling", 100, &[(0, 17_000), (590_000, 72_000), (1_000_000, 22_000)])
}

/// 100 kWh, efficiency 0.95, 36 kW up to 20 %, then up to 100 kW at 50 %.
fn flat_and_rising() -> VehicleType {
    let knots = [(0, 36_000), (200_000, 36_000), (500_000, 100_000), (1_000_000, 100_000)];
    vehicle("flat and rising", 100, &knots)
}

/// The state of charge after an hour at a charger of its own, from `from_pct`.
fn soc_after_an_hour(
    kind: &VehicleType,
    from_pct: u64,
    limit_w: u64,
    (step_s, every): (u32, u32),
    conduct: Conduct,
) -> f64 {
    let mut depot = lone_charger(limit_w, step_s, 3600 / step_s, kind.clone());
    depot.rebalance_every_ticks = every;
    let mut stay = visit("a", 0, 3600, 0, 0);
    (stay.arrival_energy_j, stay.target_energy_j) = (from_pct * KWH_J, 100 * KWH_J);
    stay.conduct = conduct;
    let realization = Realization { visits: vec![stay], ..Realization::default() };
    let stays = watch(&depot, &realization, |_| ()).expect("the invariants hold");
    stays[0].energy_j as f64 / kind.battery_j as f64
}

#[test]
fn an_hour_on_any_curve_and_limit_is_the_closed_form_at_any_length_of_tick_and_cycle() {
    // State of charge at last [%], worked out piece by piece: 45 % to 64.634 %, where the curve is at 30 kW, takes 2,480 s; the other 1,120 s it decays.
    let cases = [
        ("falls to the limit", published(), 45, 30_000, 72.508),
        ("is soon below the limit", published(), 55, 30_000, 79.374),
        ("a limit just below the curve", published(), 45, 41_000, 75.237),
        ("rises without a limit", rising(), 10, 1_000_000, 81.147),
        ("rises to a limit", rising(), 10, 60_000, 62.844),
        ("is flat, then rises without a limit", flat_and_rising(), 10, 1_000_000, 69.332),
        ("rises and falls without a limit", rising_and_falling(), 18, 1_000_000, 68.154),
        ("rises to a limit and falls below it", rising_and_falling(), 40, 60_000, 90.105),
    ];
    let as_others = Conduct::default();
    // Who says himself what the balancer is told, is served by other code.
    let special = Conduct { demand_signal: Some(DemandSignal::True), ..Conduct::default() };
    let rated = Conduct { demand_signal: Some(DemandSignal::Rated), ..Conduct::default() };
    for (what, kind, from_pct, limit_w, expected_pct) in cases {
        let exact = closed_form(&kind, from_pct as f64 / 100.0, limit_w as f64, 3600.0);
        assert!((exact * 100.0 - expected_pct).abs() < 1e-3, "{what}: {exact} by the closed form");
        for timing in [(1, 1), (1, 300), (60, 1), (60, 5), (60, 60), (300, 1), (900, 1), (900, 2), (3600, 1)]
        {
            for conduct in [as_others, special, rated] {
                let soc = soc_after_an_hour(&kind, from_pct, limit_w, timing, conduct);
                let error = (soc - exact).abs();
                assert!(error < 0.0005, "{what}, {timing:?}, {conduct:?}: {soc} and not {exact}");
            }
        }
    }
}

#[test]
fn charges_on_curves_of_all_shapes_are_the_closed_form() {
    let mut words = Words(5);
    for round in 0..4_000 {
        let top_w = [40_000, 150_000, 300_000][words.below(3) as usize];
        let mut power_w = |_| words.between(top_w / 20, top_w) as u32;
        let mut powers_w: Vec<u32> = (0..4).map(&mut power_w).collect();
        // They rise and then fall, with the knee anywhere.
        let knee = words.below(5) as usize;
        powers_w[..knee.min(4)].sort_unstable();
        powers_w[knee.min(4)..].sort_unstable_by(|a, b| b.cmp(a));
        let (first, second) = (words.between(50_000, 500_000) as u32, words.between(510_000, 950_000) as u32);
        let knots: Vec<(u32, u32)> = [0, first, second, 1_000_000].into_iter().zip(powers_w).collect();
        let battery_kwh = [20, 40, 100, 400][words.below(4) as usize];
        let kind = vehicle("any", battery_kwh, &knots);
        let curve = ChargingCurve::of(&kind);
        let from_j = kind.battery_j * words.between(0, 90) / 100;
        let limit_w = [10_000_000, words.between(5_000, top_w) as u32][words.below(2) as usize];
        let step_s = [60, 300, 900, 3600][words.below(4) as usize];
        let mut energy_j = from_j;
        for tick in 1..=7_200 / step_s {
            let setpoint_w = curve.peak_w(energy_j, kind.battery_j, limit_w, step_s);
            let charge = curve.charge(energy_j, kind.battery_j, setpoint_w, step_s);
            assert!(charge.measured_w <= setpoint_w, "round {round}");
            energy_j += charge.gained_j;
            let full_j = kind.battery_j as f64;
            let exact = closed_form(&kind, from_j as f64 / full_j, limit_w.into(), (tick * step_s).into());
            let soc = energy_j as f64 / full_j;
            assert!(
                (soc - exact).abs() < 0.0005,
                "round {round}: {battery_kwh} kWh, {knots:?}, {limit_w} W, {step_s} s: {soc} and not {exact} in tick {tick}"
            );
        }
    }
}

#[test]
fn a_vehicle_asks_for_the_most_that_it_can_take_until_the_next_cycle() {
    let flat_first = vehicle("flat first", 100, &[(0, 36_000), (200_000, 36_000), (1_000_000, 100_000)]);
    let hill = vehicle("hill", 100, &[(0, 20_000), (110_000, 60_000), (1_000_000, 10_000)]);
    // What it asks for [W] from an energy [kWh] to a target on a connector of that rating, and for which time [s]. From 10 % the power of `rising`
    // grows by e^(0.95 x 1.6) an hour.
    let cases = [
        ("flat", published(), (20, 100), 10_000_000, 3600, 42_000),
        ("flat, and falls in the time", published(), (45, 100), 10_000_000, 3600, 42_000),
        ("falls", published(), (75, 100), 10_000_000, 3600, 21_500),
        ("falls, below what the connector passes on", published(), (75, 100), 20_000, 3600, 20_000),
        ("rises: 36 kW x e^(1.52/60)", rising(), (10, 100), 10_000_000, 60, 36_923),
        ("rises: 36 kW x e^(1.52/12)", rising(), (10, 100), 10_000_000, 300, 40_862),
        ("rises up to a knot", rising(), (10, 100), 10_000_000, 3600, 100_000),
        ("rises up to the rating", rising(), (10, 100), 50_000, 3600, 50_000),
        ("rises up to its target", rising(), (10, 20), 10_000_000, 3600, 52_000),
        ("rises, with its target within reach", rising(), (10, 100), 36_500, 300, 36_500),
        ("is above the rating already", rising(), (40, 100), 50_000, 3600, 50_000),
        ("has risen", rising(), (60, 100), 10_000_000, 3600, 100_000),
        ("flat, and does not come to where it rises", flat_first, (10, 100), 10_000_000, 900, 36_000),
        ("over a summit between the ends", hill, (10, 100), 10_000_000, 900, 60_000),
    ];
    for (what, kind, (from_kwh, to_kwh), rating_w, time_s, asks_w) in cases {
        let peak_w = ChargingCurve::of(&kind).peak_w(from_kwh * KWH_J, to_kwh * KWH_J, rating_w, time_s);
        // Whole joules and mid-points cost a few watts.
        assert!(peak_w <= asks_w && peak_w + 20 >= asks_w, "{what}: {peak_w} W and not {asks_w}");
        for (step_s, every) in [(time_s, 1), (time_s / 60, 60)] {
            let mut depot = lone_charger(1_000_000, step_s, 1, kind.clone());
            depot.rebalance_every_ticks = every;
            depot.site.last_mut().expect("a charger").ratings = rating(u64::from(rating_w));
            let mut stay = visit("a", 0, 3600, 0, 0);
            (stay.arrival_energy_j, stay.target_energy_j) = (from_kwh * KWH_J, to_kwh * KWH_J);
            for signal in [None, Some(DemandSignal::True)] {
                stay.conduct.demand_signal = signal;
                let realization = Realization { visits: vec![stay.clone()], ..Realization::default() };
                let mut seen = (0, 0);
                watch(&depot, &realization, |view| {
                    seen = (view.connectors.demand_w[0], view.connectors.setpoint_w[0]);
                })
                .expect("the invariants hold");
                assert_eq!(seen, (peak_w, peak_w.min(1_000_000)), "{what}, {step_s} s");
            }
        }
    }
}

#[test]
fn between_two_cycles_a_vehicle_that_is_let_lacks_nothing() {
    // Every cycle grants all that is asked for, so that nobody may be told to lack anything until the next, as the time that is left runs out.
    for (kind, signal) in [
        (rising(), None),
        (rising(), Some(DemandSignal::True)),
        (rising_and_falling(), None),
        (flat_and_rising(), None),
        (flat_and_rising(), Some(DemandSignal::True)),
    ] {
        let mut depot = lone_charger(1_000_000, 60, 120, kind.clone());
        depot.rebalance_every_ticks = 15;
        let mut stay = visit("a", 0, 7200, 0, 0);
        (stay.arrival_energy_j, stay.target_energy_j) = (kind.battery_j / 10, kind.battery_j);
        stay.conduct.demand_signal = signal;
        let realization = Realization { visits: vec![stay], ..Realization::default() };
        let mut lowered = 0;
        let mut before_w = 0;
        watch(&depot, &realization, |view| {
            let (demand_w, setpoint_w) = (view.connectors.demand_w[0], view.connectors.setpoint_w[0]);
            assert!(demand_w <= setpoint_w, "{}: {demand_w} W on {setpoint_w} at {}", kind.id, view.t_s);
            lowered += u32::from(demand_w < before_w);
            before_w = demand_w;
        })
        .expect("the invariants hold");
        assert!(lowered > 0, "{}: the time that is left never mattered", kind.id);
    }
}

#[test]
fn a_steep_rise_from_a_watt_does_not_stand_still() {
    // P = 1 W + (150,000 - 1) / 36,000 s x E grows by e in 36,000 / (0.95 x 149,999) = 0.2526 s: a kilojoule, and with it more than 4 kW, are there within
    // some 3 s. A sub-step at the beginning gains less than a joule.
    let kind = vehicle("steep", 1, &[(0, 1), (10_000, 150_000), (1_000_000, 150_000)]);
    let curve = ChargingCurve::of(&kind);
    assert_eq!(curve.peak_w(0, kind.battery_j, 10_000_000, 60), 150_000);
    let charge = curve.charge(0, kind.battery_j, 150_000, 60);
    assert_eq!(
        charge.gained_j, kind.battery_j,
        "a watt becomes 150 kW within seconds, and they fill a kilowatt hour within 26"
    );
}

#[test]
fn knots_that_lie_within_a_joule_are_a_jump() {
    // A watt hour: 100 ppm of it are less than a joule.
    for (knots, asks_w) in [
        ([(0, 10), (100, 20), (1_000_000, 20)], 20),
        ([(500_000, 10), (500_100, 20), (1_000_000, 20)], 20),
        ([(500_000, 10), (999_900, 10), (1_000_000, 20)], 20),
    ] {
        let kind = vehicle("cell", 1, &[&[(0, 10)], &knots[..]].concat());
        let kind = VehicleType { battery_j: 3_600, ..kind };
        let curve = ChargingCurve::of(&kind);
        assert_eq!(curve.peak_w(1_700, 3_600, 1_000_000, 300), asks_w, "{knots:?}");
        let charge = curve.charge(1_700, 3_600, asks_w, 300);
        assert!(charge.gained_j > 0 && charge.measured_w <= asks_w, "{knots:?}: {charge:?}");
    }
}

#[test]
fn a_target_on_a_rising_curve_is_reached_within_a_tick_behind_a_charger_that_loses_power_by_its_load() {
    // 50 kWh at 0.9 x 0.95: from 36 to 100 kW in 44.8 minutes, the last 10 kWh in 7. At the power of the beginning the hour would bring 30.78.
    let mut depot = lone_charger(1_000_000, 3600, 1, rising());
    let node = depot.site.len() as u32 - 1;
    let efficiency = [1_000, 200_000].map(|power_w| EfficiencyPoint { power_w, share_ppm: 900_000 }).to_vec();
    depot.equipment.chargers = vec![Charger { node, efficiency, ..Charger::default() }];
    let mut stay = visit("a", 0, 3600, 0, 0);
    (stay.arrival_energy_j, stay.target_energy_j) = (10 * KWH_J, 60 * KWH_J);
    let realization = Realization { visits: vec![stay], ..Realization::default() };
    let stays = watch(&depot, &realization, |_| ()).expect("the invariants hold");
    assert_eq!(stays[0].energy_j, 60 * KWH_J);
    // Whole watts for an hour: 58,480 of them, and not one more.
    assert_eq!(stays[0].metered_j, (50 * KWH_J * 1_000 / 855).div_ceil(3_600) * 3_600);
}

/// 100 kWh, efficiency 0.95, 42 kW up to 50 %, down to 1 kW when full.
fn published() -> VehicleType {
    vehicle("published", 100, &[(0, 42_000), (500_000, 42_000), (1_000_000, 1_000)])
}

#[test]
fn an_hour_at_10_kw_takes_the_published_battery_from_20_to_29_5_percent() {
    for (limit_w, from_pct, to_ppm) in [(10_000, 20, 295_000), (1_000_000, 10, 499_000)] {
        let depot = lone_charger(limit_w, 60, 60, published());
        let mut stay = visit("a", 0, 3600, 0, 0);
        stay.arrival_energy_j = from_pct * KWH_J;
        stay.target_energy_j = 100 * KWH_J;
        let realization = Realization { visits: vec![stay], ..Realization::default() };
        let stays = watch(&depot, &realization, |_| ()).expect("the invariants hold");
        assert_eq!(stays[0].energy_j * 1_000_000 / (100 * KWH_J), to_ppm);
        // 9.5 kWh of 10, and 39.9 of 42.
        assert_eq!(stays[0].metered_j, if limit_w == 10_000 { 10 * KWH_J } else { 42 * KWH_J });
    }
}

#[test]
fn the_meter_rounds_up_and_the_battery_down_and_never_beyond_the_target() {
    let curve = ChargingCurve::of(&bus());
    // 7 W for 60 s are 420 J, of which 399 arrive.
    let charge = curve.charge(0, KWH_J, 7, 60);
    assert_eq!((charge.measured_w, charge.gained_j), (7, 399));
    // 1 W for 1 s: 0.95 J arrive as none.
    assert_eq!(curve.charge(0, KWH_J, 1, 1).gained_j, 0);
    // 100 J are missing: 105.26 J at the meter, which is 106 J and 2 W over 60 s.
    let charge = curve.charge(KWH_J - 100, KWH_J, 150_000, 60);
    assert_eq!((charge.measured_w, charge.gained_j), (2, 100));
    assert_eq!(curve.charge(KWH_J, KWH_J, 150_000, 60).measured_w, 0);
}

#[test]
fn a_battery_that_shall_be_full_becomes_full() {
    for end_w in [50, 100, 1_000, 20_000] {
        for step_s in [1, 60, 300] {
            let kind = vehicle("full", 40, &[(0, 7_680), (800_000, 7_680), (1_000_000, end_w)]);
            let curve = ChargingCurve::of(&kind);
            let (mut energy_j, mut ticks) = (kind.battery_j / 2, 0);
            while energy_j < kind.battery_j {
                let charge = curve.charge(energy_j, kind.battery_j, 1_000_000, step_s);
                assert!(
                    charge.gained_j > 0 && charge.measured_w > 0,
                    "stuck at {energy_j} J, {end_w} W at the end"
                );
                energy_j += charge.gained_j;
                ticks += step_s;
            }
            assert!(ticks < 72 * 3600, "it took {ticks} s");
        }
    }
    // 3 J are missing: 4 J at the meter (efficiency 0.95), which is 1 W over 60 s.
    let kind = vehicle("full", 40, &[(0, 7_680), (1_000_000, 100)]);
    let charge = ChargingCurve::of(&kind).charge(kind.battery_j - 3, kind.battery_j, 7_680, 60);
    assert_eq!((charge.measured_w, charge.gained_j), (1, 3));
}

#[test]
fn the_shortcut_never_promises_what_the_integration_would_not_do() {
    let mut words = Words(7);
    for round in 0..20_000 {
        let power = |words: &mut Words| words.below(200_000) as u32;
        let knee = 100_000 + words.below(800_000) as u32;
        let curve = [(0, power(&mut words)), (knee, power(&mut words)), (1_000_000, power(&mut words))];
        let curve = ChargingCurve::of(&vehicle("any", 1 + words.below(400), &curve));
        let full_j = KWH_J * 400;
        let energy_j = words.below(full_j);
        let target_j = energy_j + words.below(full_j);
        let setpoint_w = 1 + words.below(220_000) as u32;
        let step_s = [1, 60, 300, 3600][words.below(4) as usize];
        let (steady, below_j) = curve.steady(energy_j, target_j, setpoint_w, step_s);
        for at_j in [energy_j, energy_j + 1, (energy_j + below_j) / 2, below_j.saturating_sub(1)] {
            if (energy_j..below_j).contains(&at_j) {
                assert_eq!(curve.charge(at_j, target_j, setpoint_w, step_s), steady, "round {round}");
            }
        }
    }
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let curve = ChargingCurve::of(&vehicle(
        "huge",
        100_000,
        &[(0, 10_000_000), (999_999, 10_000_000), (1_000_000, 0)],
    ));
    let full_j = 100_000 * KWH_J;
    let mut energy_j = 0;
    for _ in 0..20 {
        energy_j += curve.charge(energy_j, full_j, 10_000_000, 3600).gained_j;
    }
    assert!(energy_j <= full_j && energy_j > full_j / 2);
}
