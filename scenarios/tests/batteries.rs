//! Batteries charge as public simulators charge them, asked through the scenario format: a scenario of one charger and one vehicle, run.
//!
//! Protects the meaning of `battery_kwh`, `efficiency_pct`, `curve` and a charger's `hardware`: where the meter is, whose losses are whose, and
//! that the length of a tick changes next to nothing. Expected states of charge are exact solutions of dE/dt = efficiency x min(limit, curve).

use scenarios::{draw, parse};
use sim::{Observer, ObserverError, RunEnd, TickView};

/// What stood in the battery at last, and what the meter counted.
#[derive(Default)]
struct Charged {
    energy_j: u64,
    metered_j: u64,
}

impl Observer for Charged {
    fn tick(&mut self, _: &TickView<'_>) -> Result<(), ObserverError> {
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        (self.energy_j, self.metered_j) = (end.stays[0].energy_j, end.stays[0].metered_j);
        Ok(())
    }
}

/// A vehicle at a charger.
struct Case {
    what: &'static str,
    vehicle: &'static str,
    /// Of the charge point: its rating, its hardware.
    charger: &'static str,
    from_pct: &'static str,
    hours: u32,
    /// Expected state of charge, and energy at the meter \[kWh\].
    soc: f64,
    metered_kwh: f64,
}

const SPICE_EV: &str = "battery_kwh: 100, efficiency_pct: 95, curve: [(soc_pct: 0, power_kw: 42), (soc_pct: 50, power_kw: 42), (soc_pct: 100, power_kw: 1)]";
const LOSSLESS: &str = "battery_kwh: 100, curve: [(soc_pct: 0, power_kw: 42), (soc_pct: 50, power_kw: 42), (soc_pct: 100, power_kw: 1)]";
const TWO_STAGE: &str = "battery_kwh: 40, curve: [(soc_pct: 0, power_kw: 8), (soc_pct: 80, power_kw: 8), (soc_pct: 100, power_kw: 0)]";
const DEGRADING: &str = "battery_kwh: 100, curve: [(soc_pct: 0, power_kw: 150), (soc_pct: 80, power_kw: 150), (soc_pct: 100, power_kw: 15)]";

fn charged(case: &Case, step: &str) -> Charged {
    let Case { vehicle, charger, from_pct, hours, .. } = case;
    let text = format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-01-01T00:00:00Z", duration: "{hours}h", step: "{step}",
            site: (id: "S", charge_points: [(id: "P", parent: "S", {charger})]),
            vehicles: [(id: "car", {vehicle})],
            fleet: Listed([(vehicle: "a", vehicle_type: "car", arrival: "d1 00:00", departure: "d9 00:00", soc_arrival_pct: {from_pct}, target_soc_pct: 100)]))"#
    );
    let scenario =
        parse("t.ron", &text, &mut |_| Err("no files".into())).unwrap_or_else(|error| panic!("{error}"));
    let mut charged = Charged::default();
    sim::run(scenario.depot(), &draw(&scenario, 1), &mut [&mut charged])
        .unwrap_or_else(|error| panic!("{error}"));
    charged
}

#[test]
#[expect(clippy::disallowed_methods, reason = "nothing here reaches a trace")]
fn states_of_charge_after_some_hours_are_the_exact_ones_at_any_length_of_tick() {
    let case = |what, vehicle, charger, (from_pct, hours), soc, metered_kwh| Case {
        what,
        vehicle,
        charger,
        from_pct,
        hours,
        soc,
        metered_kwh,
    };
    let e = f64::exp;
    // In the taper from 50 to 100 % the curve is 42 - 82 (s - 0.5) kW: it falls by e^(-0.82 x efficiency) an hour.
    let taper = |efficiency: f64, hours: f64| 0.5 + 42.0 / 82.0 * (1.0 - e(-0.82 * efficiency * hours));
    let cases = [
        case("10 kW for an hour", SPICE_EV, "max_rating_kw: 10", ("20", 1), 0.295, 10.0),
        case("unlimited for an hour", SPICE_EV, "", ("10", 1), 0.499, 42.0),
        case("10 kW for an hour from empty", SPICE_EV, "max_rating_kw: 10", ("0", 1), 0.095, 10.0),
        case("1 kW for ten hours is the same", SPICE_EV, "max_rating_kw: 1", ("0", 10), 0.095, 10.0),
        case("a limit above the curve is none", SPICE_EV, "max_rating_kw: 43", ("10", 1), 0.499, 42.0),
        case(
            "into the taper",
            SPICE_EV,
            "",
            ("50", 1),
            taper(0.95, 1.0),
            (taper(0.95, 1.0) - 0.5) * 100.0 / 0.95,
        ),
        case(
            "two hours in the taper",
            SPICE_EV,
            "",
            ("50", 2),
            taper(0.95, 2.0),
            (taper(0.95, 2.0) - 0.5) * 100.0 / 0.95,
        ),
        // The curve comes down to 20 kW at 76.829 %.
        case(
            "a limit that binds until the taper is below it",
            SPICE_EV,
            "max_rating_kw: 20",
            ("70", 1),
            {
                let knee = 0.5 + 22.0 / 82.0;
                let left_h = 1.0 - (knee - 0.7) * 100.0 / 0.95 / 20.0;
                knee + 20.0 / 82.0 * (1.0 - e(-0.82 * 0.95 * left_h))
            },
            {
                let knee = 0.5 + 22.0 / 82.0;
                let left_h = 1.0 - (knee - 0.7) * 100.0 / 0.95 / 20.0;
                (knee - 0.7 + 20.0 / 82.0 * (1.0 - e(-0.82 * 0.95 * left_h))) * 100.0 / 0.95
            },
        ),
        case("never above full", SPICE_EV, "", ("90", 10), 1.0, 10.0 / 0.95),
        case("nothing lost on the way", LOSSLESS, "max_rating_kw: 10", ("20", 1), 0.3, 10.0),
        // The same loss in the charger: the meter and the curve are at the connector, wherever power is lost behind it.
        case(
            "lost in the charger instead",
            LOSSLESS,
            "max_rating_kw: 10, hardware: (efficiency_pct: 95)",
            ("20", 1),
            0.295,
            10.0,
        ),
        case(
            "lost in the charger, unlimited",
            LOSSLESS,
            "hardware: (efficiency_pct: 95)",
            ("10", 1),
            0.499,
            42.0,
        ),
        case(
            "lost in the charger and on board",
            SPICE_EV,
            "max_rating_kw: 10, hardware: (efficiency_pct: 90)",
            ("20", 1),
            0.2 + 0.1 * 0.95 * 0.9,
            10.0,
        ),
        // Half-way between 80 and 90 %.
        case(
            "an efficiency over load",
            LOSSLESS,
            "max_rating_kw: 10, hardware: (efficiency_curve: [(power_kw: 5, efficiency_pct: 80), (power_kw: 15, efficiency_pct: 90)])",
            ("20", 1),
            0.285,
            10.0,
        ),
        case(
            "modules round down",
            LOSSLESS,
            "max_rating_kw: 10, hardware: (module_kw: 4)",
            ("20", 1),
            0.28,
            8.0,
        ),
        // Two-stage charging: constant power to 80 %, then a current that falls off with 1 - s.
        case("two stages", TWO_STAGE, "", ("70", 1), 1.0 - 0.2 * e(-0.5), 4.0 + 40.0 * 0.2 * (1.0 - e(-0.5))),
        // Power falls from 150 to 15 kW over the last fifth: by e^-6.75 an hour.
        case(
            "degrading power",
            DEGRADING,
            "max_rating_kw: 150",
            ("20", 1),
            {
                let left_h = 1.0 - 60.0 / 150.0;
                (0.8 + 150.0 / 675.0 * (1.0 - e(-6.75 * left_h))).min(1.0)
            },
            80.0,
        ),
    ];
    for case in &cases {
        for step in ["1s", "60s", "15min", "1h"] {
            let Charged { energy_j, metered_j } = charged(case, step);
            let battery_kwh = if case.vehicle == TWO_STAGE { 40.0 } else { 100.0 };
            let soc = energy_j as f64 / 3.6e6 / battery_kwh;
            let metered_kwh = metered_j as f64 / 3.6e6;
            // Whole watts and joules, and mid-points in place of an integral: within a few ten-thousandths.
            let off = 3e-4;
            let what = format!("{} in steps of {step}: {soc:.6}, {metered_kwh:.5} kWh", case.what);
            assert!((soc - case.soc).abs() < off, "{what}, expected {:.6}", case.soc);
            assert!(
                (metered_kwh - case.metered_kwh).abs() < off * 100.0,
                "{what}, expected {:.5} kWh",
                case.metered_kwh
            );
        }
    }
}

#[test]
fn the_reference_case_is_met_to_the_joule() {
    let case = |charger, from_pct| Case {
        what: "",
        vehicle: SPICE_EV,
        charger,
        from_pct,
        hours: 1,
        soc: 0.0,
        metered_kwh: 0.0,
    };
    for (charger, from_pct, gained_j, metered_j) in
        [("max_rating_kw: 10", "20", 34_200_000, 36_000_000), ("", "10", 143_640_000, 151_200_000)]
    {
        for step in ["1s", "60s", "15min"] {
            let charged = charged(&case(charger, from_pct), step);
            let from_j = from_pct.parse::<u64>().expect("a number") * 3_600_000;
            assert_eq!((charged.energy_j - from_j, charged.metered_j), (gained_j, metered_j), "{step}");
        }
    }
}
