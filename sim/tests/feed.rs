//! Feeds of envelopes that fail: a default limit holds, or cycles are rejected, each with its reason, until a good message comes.
//!
//! Protects what fails closed: a limit that nobody confirms any more must not become no limit.

mod support;

use sim::{
    BaseLoadStep, DefaultLimit, Depot, EnvelopeBasis, EnvelopeStep, EventKind, FeedStep, LimitSource,
    Outcome, Realization, Reason, Rejection, Silence, SiteChange, SiteStep,
};
use support::{depot, visit, watch};

/// One charger on a 100 kW connection (position 1), a bus from the start, and a fallback of 20 kW.
fn one_bus() -> (Depot, Realization) {
    let mut depot = depot(1, 1, 0, 100_000, 140_000);
    depot.ticks = 40;
    depot.site[3].fallback_w = 20_000;
    let realization = Realization { visits: vec![visit("a", 0, 3600, 10, 95)], ..Realization::default() };
    (depot, realization)
}

fn feed(at_s: i64, feed: &str) -> FeedStep {
    FeedStep { at_s, feed: feed.to_owned(), default_limit: None, refusal: None }
}

fn lost(at_s: i64, id: &str, basis: EnvelopeBasis, limit_w: u64) -> FeedStep {
    FeedStep { default_limit: Some(DefaultLimit { node: 1, basis, limit_w }), ..feed(at_s, id) }
}

fn refused(at_s: i64, id: &str, reason: Reason) -> FeedStep {
    FeedStep { refusal: Some(Rejection::about(reason, "GC1", format!("{id} is bad"))), ..feed(at_s, id) }
}

type Row = (u64, Reason, Option<LimitSource>, u64, u32);
type Told = (u64, EventKind, Option<i64>);

/// (time, reason, the connection's source and EV limit, setpoint) of every tick, and the events.
fn run(depot: &Depot, realization: &Realization) -> (Vec<Row>, Vec<Told>) {
    let (mut rows, mut events) = (Vec::new(), Vec::new());
    watch(depot, realization, |view| {
        let cycle = view.cycle.expect("a cycle at every tick");
        let nodes = &view.nodes;
        rows.push((
            view.t_s,
            cycle.reason,
            nodes.limit_source[1],
            nodes.ev_limit_w[1],
            view.connectors.setpoint_w[0],
        ));
        if cycle.outcome == Outcome::Rejected {
            assert!(cycle.subject.is_some() && cycle.detail.is_some(), "{cycle:?}");
        }
        let told = view.events.iter().filter(|event| {
            matches!(event.kind, EventKind::FeedLost | EventKind::FeedRefused | EventKind::FeedRestored)
        });
        events.extend(told.map(|event| (event.t_s, event.kind, event.power_w)));
    })
    .expect("the invariants hold");
    (rows, events)
}

#[test]
fn a_default_limit_holds_as_a_fallback_and_the_least_of_several_counts() {
    use EnvelopeBasis::{Import, Load};
    let (depot, mut realization) = one_bus();
    realization.base_load_steps = vec![BaseLoadStep { at_s: 0, node: 1, power_w: 10_000 }];
    let envelope =
        |at_s, limit_w| EnvelopeStep { at_s, envelope: "x".to_owned(), node: 1, basis: Import, limit_w };
    realization.envelope_steps = vec![envelope(1_200, Some(30_000)), envelope(1_800, None)];
    realization.feed_steps = vec![
        // 301 s is within the sixth minute: it counts from 360 s.
        lost(301, "a", Import, 60_000),
        lost(600, "b", Load, 45_000),
        feed(900, "b"),
        lost(1_500, "a", Import, 25_000),
        feed(2_100, "a"),
    ];
    let (rows, events) = run(&depot, &realization);
    let at = |t_s: u64| rows[(t_s / 60) as usize];
    let curtailed = Reason::GridConnectionLimit;
    assert_eq!(at(300), (300, curtailed, Some(LimitSource::DefaultCapacity), 90_000, 90_000));
    assert_eq!(at(360), (360, curtailed, Some(LimitSource::Fallback), 50_000, 50_000));
    assert_eq!(at(600), (600, curtailed, Some(LimitSource::Fallback), 45_000, 45_000));
    assert_eq!(at(900), (900, curtailed, Some(LimitSource::Fallback), 50_000, 50_000));
    assert_eq!(at(1_200), (1_200, curtailed, Some(LimitSource::OperatingEnvelope), 20_000, 20_000));
    assert_eq!(at(1_500), (1_500, curtailed, Some(LimitSource::Fallback), 15_000, 15_000));
    assert_eq!(at(1_800), (1_800, curtailed, Some(LimitSource::Fallback), 15_000, 15_000));
    assert_eq!(at(2_100), (2_100, curtailed, Some(LimitSource::DefaultCapacity), 90_000, 90_000));
    let told = [
        (360, EventKind::FeedLost, Some(60_000)),
        (600, EventKind::FeedLost, Some(45_000)),
        (900, EventKind::FeedRestored, None),
        (1_500, EventKind::FeedLost, Some(25_000)),
        (2_100, EventKind::FeedRestored, None),
    ];
    assert_eq!(events, told);
}

#[test]
fn a_bad_message_holds_then_falls_back_until_a_good_one_comes() {
    let (depot, mut realization) = one_bus();
    let (basis, silent) = (EnvelopeBasis::Import, refused(900, "a", Reason::InvalidLimit));
    realization.feed_steps = vec![
        refused(300, "a", Reason::InvalidLimit),
        // What it last said is too old by now: the default holds while cycles are still rejected.
        FeedStep { default_limit: lost(900, "a", basis, 15_000).default_limit, ..silent },
        feed(1_200, "a"),
    ];
    let (rows, events) = run(&depot, &realization);
    let at = |t_s: u64| rows[(t_s / 60) as usize];
    let own = Some(LimitSource::DefaultCapacity);
    assert_eq!(at(240), (240, Reason::GridConnectionLimit, own, 100_000, 100_000));
    assert_eq!(at(300), (300, Reason::InvalidLimit, own, 100_000, 100_000), "held");
    assert_eq!(at(540), (540, Reason::InvalidLimit, own, 100_000, 100_000));
    assert_eq!(at(600), (600, Reason::InvalidLimit, own, 100_000, 20_000), "fallback power");
    let fallback = Some(LimitSource::Fallback);
    assert_eq!(at(900), (900, Reason::InvalidLimit, fallback, 15_000, 15_000), "within known limits");
    assert_eq!(at(1_200), (1_200, Reason::GridConnectionLimit, own, 100_000, 100_000));
    let told = [
        (300, EventKind::FeedRefused, None),
        (900, EventKind::FeedLost, Some(15_000)),
        (1_200, EventKind::FeedRestored, None),
        (1_200, EventKind::FeedRestored, None),
    ];
    assert_eq!(events, told, "the limit and the refusal both end");
}

#[test]
fn of_several_reasons_the_first_in_the_order_of_the_codes_is_told() {
    let (mut depot, mut realization) = one_bus();
    depot.max_age_s = Some(60);
    realization.silences = vec![Silence { from_s: 0, to_s: 1_200 }];
    realization.feed_steps = vec![
        refused(300, "b", Reason::InvalidLimit),
        refused(600, "a", Reason::InvalidTopology),
        feed(900, "a"),
        refused(1_500, "b", Reason::StaleInput),
        feed(2_100, "b"),
    ];
    let unsupported = Rejection::about(Reason::UnsupportedTopology, "C1", "a sentence");
    realization.site_steps = vec![
        SiteStep { at_s: 600, change: SiteChange::Refuse(unsupported) },
        SiteStep { at_s: 1_080, change: SiteChange::Apply(Vec::new()) },
    ];
    let (rows, _) = run(&depot, &realization);
    let cases = [
        (60, Reason::GridConnectionLimit),
        (120, Reason::StaleInput),
        (300, Reason::InvalidLimit),
        (600, Reason::InvalidTopology),
        (900, Reason::UnsupportedTopology),
        (1_080, Reason::InvalidLimit),
        (1_500, Reason::StaleInput),
        (2_100, Reason::GridConnectionLimit),
    ];
    for (t_s, reason) in cases {
        assert_eq!(rows[(t_s / 60) as usize].1, reason, "at {t_s} s");
    }
}
