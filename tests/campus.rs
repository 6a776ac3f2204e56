//! The month of 954 real sessions, beside ACN-Sim's published figures of it (peak 99.000 kW and 99.88 % uncontrolled; 55.4, 58.5 and 58.8 % under a
//! cap of 10 kW). Protects what `campus` says in its header, and that our greedy strategies do what theirs do.

use scenarios::{Bundled, parse};
use sim::{Observer, ObserverError, RunEnd, Strategy, TickView};

/// Peak of the site \[W\] and metered energy \[J\].
#[derive(Default)]
struct Figures {
    peak_w: i64,
    metered_j: u64,
}

impl Observer for Figures {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.peak_w = self.peak_w.max(view.nodes.measured_w[0]);
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.metered_j = end.stays.iter().map(|stay| stay.metered_j).sum();
        Ok(())
    }
}

/// Peak \[W\] and thousandths of a percent of the energy asked for, with the checker watching.
fn figures(strategy: Strategy, edits: &[(&str, &str)]) -> (i64, u64) {
    let bundled = Bundled::find("campus").expect("it is bundled");
    let mut text = bundled.text.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let scenario = parse("campus", &text, &mut |name| bundled.read_file(name))
        .expect("it loads")
        .with_strategy(strategy);
    let realization = scenarios::draw(&scenario, 1);
    let mut figures = Figures::default();
    sim::run(scenario.depot(), &realization, &mut [&mut figures]).expect("the invariants hold");
    let asked_j: u64 = realization.visits.iter().map(|visit| visit.target_energy_j).sum();
    (figures.peak_w, figures.metered_j * 100_000 / asked_j)
}

#[test]
fn uncontrolled_it_has_the_published_peak_and_energy() {
    // On-board chargers of 6.6 kW, fifteen at once: 15 * 6,600 W.
    assert_eq!(figures(Strategy::Uncontrolled, &[]), (99_000, 99_883));
    // Cars that take the whole pilot of 32 A at 208 V: 15 * 6,656 W, and a little more of the energy.
    let pilot = [("power_kw: 6.6)", "power_kw: 6.656)")];
    assert_eq!(figures(Strategy::Uncontrolled, &pilot), (99_840, 99_920));
}

/// An independent script, given the same tie-break, finds 54.899, 57.822 and 58.782 %; where it frees what a car does not use of its last tick,
/// 55.621, 58.693 and 59.007 %. The published figures lie between.
#[test]
fn under_a_cap_of_10_kw_greedy_strategies_deliver_what_the_published_ones_do() {
    let cap = [("default_capacity_kw: 80", "default_capacity_kw: 10")];
    for (strategy, expected, published) in [
        (Strategy::FirstCome, 54_898, 55_400),
        (Strategy::EarliestDeparture, 57_821, 58_500),
        (Strategy::LeastLaxity, 58_782, 58_800),
    ] {
        let (peak_w, delivered) = figures(strategy, &cap);
        assert_eq!((peak_w, delivered), (10_000, expected), "{strategy}");
        assert!(
            published - delivered < 1_000,
            "{strategy}: within a percentage point of the published figure"
        );
    }
}
