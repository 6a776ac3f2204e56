//! Feeds of envelopes: from messages to limits, default limits and rejections.
//!
//! Protects the sentence that a reader of a rejected cycle gets, and that nothing in a message is a mistake of the scenario.

mod support;

use scenarios::{RecordingOptions, draw};
use sim::{EnvelopeBasis, Reason};
use support::{load, load_with};

const H: i64 = 3_600;

/// What holds from a moment \[s\] on: an envelope's limit \[kW\], or what a feed is worth.
#[derive(Debug, PartialEq)]
enum Step {
    Limit(i64, &'static str, Option<u64>),
    Fresh(i64),
    Lost(i64, u64),
    Refused(i64, Reason, &'static str, &'static str),
    LostAndRefused(i64, u64, Reason),
}
use Step::*;

/// Compares with all steps of a feed `f` for G with a validity of two hours; of a refusal with its subject and a part of its sentence.
fn check(default: &str, messages: &str, expected: &[Step]) {
    let feed = format!(
        r#"envelope_feeds: [(id: "f", node: "G", validity: "2h", {default} messages: [{messages}])]"#
    );
    let scenario = load(&feed).unwrap_or_else(|error| panic!("{messages}: {error}"));
    let realization = draw(&scenario, 1);
    let mut left: Vec<&Step> = expected.iter().collect();
    let mut take = |is: &dyn Fn(&Step) -> bool, found: &str| {
        let position = left.iter().position(|step| is(step));
        left.remove(position.unwrap_or_else(|| panic!("{messages}: unexpected {found}")));
    };
    for step in &realization.envelope_steps {
        assert_eq!(step.basis, EnvelopeBasis::Import);
        let limit_kw = step.limit_w.map(|limit_w| limit_w / 1000);
        let is = |other: &Step| matches!(other, Limit(at_s, id, kw) if (*at_s, *id, *kw) == (step.at_s, &*step.envelope, limit_kw));
        take(&is, &format!("{step:?}"));
    }
    for step in &realization.feed_steps {
        let lost_kw = step.default_limit.map(|limit| limit.limit_w / 1000);
        let is = |other: &Step| match (other, lost_kw, &step.refusal) {
            (Fresh(at_s), None, None) => *at_s == step.at_s,
            (Lost(at_s, kw), Some(lost_kw), None) => (*at_s, *kw) == (step.at_s, lost_kw),
            (LostAndRefused(at_s, kw, reason), Some(lost_kw), Some(refusal)) => {
                (*at_s, *kw, *reason) == (step.at_s, lost_kw, refusal.reason)
            }
            (Refused(at_s, reason, subject, part), None, Some(refusal)) => {
                (*at_s, *reason) == (step.at_s, refusal.reason)
                    && refusal.subject.as_deref() == Some(subject)
                    && refusal.detail.contains(part)
            }
            _ => false,
        };
        take(&is, &format!("{step:?}"));
    }
    assert_eq!(left, Vec::<&Step>::new(), "{messages}: missing");
}

#[test]
fn good_messages_bring_limits_and_the_later_one_replaces_what_the_earlier_said_of_the_same_envelope() {
    let cases: [(&str, &[Step]); 5] = [
        (
            r#"(received: "16:00", windows: [(from: "17:00", to: "18:00", limit_kw: 300)])"#,
            &[Limit(H, "f", Some(300)), Limit(2 * H, "f", None), Lost(2 * H + 1, 100)],
        ),
        // 16:30 is in the window: 250 kW from then on, until the newer end.
        (
            r#"(received: "16:00", windows: [(from: "16:00", to: "18:00", limit_kw: 300)]),
               (received: "16:30", windows: [(from: "16:00", to: "17:00", limit_kw: 250)])"#,
            &[
                Limit(0, "f", Some(300)),
                Limit(1_800, "f", Some(250)),
                Limit(H, "f", None),
                Lost(2 * H + 1_801, 100),
            ],
        ),
        // Another envelope does not replace the first: both hold, and the balancer takes the least.
        (
            r#"(received: "16:00", windows: [(from: "16:00", to: "18:00", limit_kw: 300)]),
               (received: "16:30", windows: [(envelope: "b", from: "16:30", to: "17:00", limit_kw: 400)])"#,
            &[
                Limit(0, "f", Some(300)),
                Limit(2 * H, "f", None),
                Limit(1_800, "f-b", Some(400)),
                Limit(H, "f-b", None),
                Lost(2 * H + 1_801, 100),
            ],
        ),
        // What was published earlier and comes later brings nothing.
        (
            r#"(received: "16:30", windows: [(from: "16:30", to: "17:00", limit_kw: 300)]),
               (received: "16:40", published: "16:20", windows: [(from: "16:20", to: "20:00", limit_kw: 10)])"#,
            &[
                Lost(0, 100),
                Fresh(1_800),
                Limit(1_800, "f", Some(300)),
                Limit(H, "f", None),
                Lost(2 * H + 1_801, 100),
            ],
        ),
        // A message from before the start, valid for ten hours, that says that all is well.
        (r#"(received: "d1 14:00", validity: "10h")"#, &[Lost(8 * H + 1, 100)]),
    ];
    for (messages, expected) in cases {
        check("default_limit_kw: 100,", messages, expected);
    }
}

#[test]
fn a_silent_feed_has_its_default_limit_or_else_rejects_as_stale() {
    let keepalive = r#"(received: "18:00"), (received: "19:00"), (received: "d2 00:00")"#;
    let lost = [Lost(0, 100), Fresh(2 * H), Lost(5 * H + 1, 100), Fresh(8 * H), Lost(10 * H + 1, 100)];
    check("default_limit_kw: 100,", keepalive, &lost);
    let stale = |at_s, part| Refused(at_s, Reason::StaleInput, "G", part);
    check(
        "",
        keepalive,
        &[
            stale(0, "the feed \"f\" has not said anything yet, and no default limit is agreed"),
            Fresh(2 * H),
            stale(5 * H + 1, "has said nothing that counts after 2026-03-04T21:00:00+00:00"),
            Fresh(8 * H),
            stale(10 * H + 1, "2026-03-05T02:00:00+00:00"),
        ],
    );
    check("", "", &[stale(0, "has not said anything yet")]);
}

#[test]
fn what_is_wrong_with_a_message_has_its_reason_its_subject_and_a_sentence() {
    let window = |more: &str| format!(r#"(from: "17:00", to: "18:00", {more})"#);
    let cases = [
        (window("limit_kw: -50"), Reason::InvalidLimit, "G", "-50 is out of bounds (a limit in kW from 0"),
        (window("limit_kw: 5e15"), Reason::InvalidLimit, "G", "is out of bounds"),
        (window(r#"limit_kw: "n/a""#), Reason::InvalidLimit, "G", "\"n/a\" is not a number"),
        (window("limit_kw: NaN"), Reason::InvalidLimit, "G", "\"NaN\" is not a number"),
        (window("limit_kw: 0.0001"), Reason::InvalidLimit, "G", "too many decimals"),
        (
            window(r#"limit_kw: 50, node: "X9""#),
            Reason::InvalidTopology,
            "X9",
            "a message of the feed \"f\" limits \"X9\", which is no node of the site",
        ),
        // Of two mistakes the first in the order of the codes.
        (
            format!("{}, {}", window("limit_kw: -1"), window(r#"limit_kw: 50, node: "X9""#)),
            Reason::InvalidTopology,
            "X9",
            "X9",
        ),
        (
            format!("{}, {}", window("limit_kw: 50"), r#"(from: "17:30", to: "19:00", limit_kw: 60.5)"#),
            Reason::InvalidLimit,
            "G",
            "two limits at 2026-03-04T17:30:00+00:00: 50 kW and 60.5 kW",
        ),
        (
            r#"(node: "C1", from: "d1 18:00", to: "d1 17:00", limit_kw: 50)"#.to_owned(),
            Reason::InvalidLimit,
            "C1",
            "ends at \"d1 17:00\", before it begins",
        ),
    ];
    for (windows, reason, subject, part) in cases {
        let messages = format!(
            r#"(received: "16:00"), (received: "16:30", windows: [{windows}]), (received: "17:00", validity: "30h")"#
        );
        check("default_limit_kw: 100,", &messages, &[Refused(1_800, reason, subject, part), Fresh(H)]);
    }
}

#[test]
fn equal_or_apart_is_no_contradiction_and_a_second_word_of_the_same_time_is_one() {
    let fine = r#"(received: "16:00", validity: "30h", windows: [(from: "17:00", to: "18:00", limit_kw: 50),
        (from: "17:30", to: "19:00", limit_kw: 50), (from: "19:00", to: "20:00", limit_kw: 60),
        (node: "C1", from: "17:00", to: "18:00", limit_kw: 70)])"#;
    let limits = [
        Limit(H, "f", Some(50)),
        Limit(3 * H, "f", Some(60)),
        Limit(4 * H, "f", None),
        Limit(H, "f", Some(70)),
        Limit(2 * H, "f", None),
    ];
    check("", fine, &limits);
    let twice = r#"(received: "16:00", validity: "30h", windows: [(from: "17:00", to: "18:00", limit_kw: 50)]),
        (received: "16:10", published: "16:00", windows: [(from: "17:00", to: "18:00", limit_kw: 40)])"#;
    let refused = Refused(600, Reason::InvalidLimit, "G", "40 kW and 50 kW (one of them at most)");
    check("", twice, &[Limit(H, "f", Some(50)), Limit(2 * H, "f", None), refused]);
    let of_something_else_between = twice.replace(
        "(received: \"16:10\"",
        r#"(received: "16:05", published: "16:00", validity: "30h", windows: [(node: "C1", from: "17:00", to: "18:00", limit_kw: 70)]), (received: "16:10""#,
    );
    let refused = Refused(600, Reason::InvalidLimit, "G", "40 kW and 50 kW (one of them at most)");
    let limits =
        [Limit(H, "f", Some(50)), Limit(2 * H, "f", None), Limit(H, "f", Some(70)), Limit(2 * H, "f", None)];
    check("", &of_something_else_between, &limits.into_iter().chain([refused]).collect::<Vec<_>>());
}

#[test]
fn a_late_message_is_stale_and_a_bad_one_outlasts_the_limits_that_grow_old() {
    let late = r#"(received: "16:00"), (received: "17:00", published: "14:59:59", windows: [(from: "15:00", to: "23:00", limit_kw: 50)])"#;
    let part = "came at 2026-03-04T17:00:00+00:00 and counts no longer than 2026-03-04T16:59:59+00:00";
    let refused = Refused(H, Reason::StaleInput, "G", part);
    check("default_limit_kw: 100,", late, &[refused, LostAndRefused(2 * H + 1, 100, Reason::StaleInput)]);
    let bad = r#"(received: "16:00", windows: [(from: "16:00", to: "20:00", limit_kw: 300)]),
        (received: "17:00", windows: [(from: "17:00", to: "20:00", limit_kw: "?")])"#;
    let known = || [Limit(0, "f", Some(300)), Limit(4 * H, "f", None)];
    let mut expected = Vec::from(known());
    expected.push(Refused(H, Reason::InvalidLimit, "G", "\"?\""));
    expected.push(LostAndRefused(2 * H + 1, 100, Reason::InvalidLimit));
    check("default_limit_kw: 100,", bad, &expected);
    // Without a default limit the bad message is still what is told: its code comes first.
    let mut expected = Vec::from(known());
    expected.push(Refused(H, Reason::InvalidLimit, "G", "\"?\""));
    check("", bad, &expected);
}

#[test]
fn what_the_file_itself_gets_wrong_is_refused() {
    let feed =
        |more: &str| format!(r#"envelope_feeds: [(id: "f", node: "G", validity: "2h", messages: [{more}])]"#);
    let cases = [
        (r#"envelope_feeds: [(id: "f", node: "X", validity: "2h")]"#.to_owned(), "envelope_feeds.f.node: \"X\" is no node"),
        (r#"envelope_feeds: [(id: "a b", node: "G", validity: "2h")]"#.to_owned(), "is not an id"),
        (feed(r#"(received: "d1 18:00"), (received: "d1 17:00")"#), "messages.2.received: it is received before"),
        (feed(r#"(received: "17:00", published: "d1 18:00")"#), "messages.1.published: it is published after"),
        (feed(r#"(received: "17:00", windows: [(envelope: "a b", from: "17:00", to: "18:00", limit_kw: 1)])"#), "is not an id"),
        (
            r#"envelopes: [(id: "f-1", node: "G", windows: [])], envelope_feeds: [(id: "f", node: "G", validity: "2h")]"#.to_owned(),
            "\"f\" and \"f-1\" would name the same envelopes",
        ),
    ];
    for (more, expected) in cases {
        let message = load(&more).expect_err(&more).to_string();
        assert!(message.contains(expected), "{more}: {message}");
    }
}

#[test]
fn feeds_and_outages_are_recorded_and_restored() {
    let more = r#"outages: [(node: "C1", from: "20:00", to: "21:00")],
        envelope_feeds: [(id: "f", node: "G", basis: Load, validity: "2h", default_limit_kw: 100.5, messages: [
            (received: "16:00", windows: [(envelope: "e", node: "C1", basis: Import, from: "17:00", to: "18:00", limit_kw: 300)]),
            (received: "17:00", windows: [(node: "nowhere", from: "17:00", to: "18:00", limit_kw: "n/a")])])]"#;
    let scenario = load(more).expect("it is sound");
    let again = load_with(&scenario_tail(&scenario.to_ron()), &[]).expect("what is resolved is sound");
    assert_eq!(draw(&again, 1), draw(&scenario, 1), "a message's words survive being written");
    let realization = draw(&scenario, 7);
    let recording = scenarios::Recording::new(&scenario, &realization, 7, 1, RecordingOptions::default());
    let mut read = |_: &str| Ok(recording.visits_csv().to_owned());
    let (_, _, restored) =
        scenarios::Recording::parse("r", &recording.to_ron(), &mut read).expect("it is sound");
    assert_eq!(restored, realization);
    assert_eq!((realization.outage_steps.len(), realization.feed_steps.len()), (2, 2));
}

/// The part of a resolved scenario that says its feeds and outages.
fn scenario_tail(ron: &str) -> String {
    let from = ron.find("envelope_feeds:").expect("it has feeds");
    ron[from..].trim_end().trim_end_matches(')').to_owned()
}
