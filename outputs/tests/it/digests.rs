//! `tick-digests.csv`: every value counts, and only in its own column and tick.

use crate::frame::{Frame, depot, realization};
use outputs::{TickDigests, sha256_hex};
use sim::view::NO_NODE;
use sim::{Observer, RunEnd};

const NO_END: RunEnd<'_> = RunEnd { t_s: 600, stays: &[], ended_breaches: &[], unmet_limits: &[] };

fn digests(frames: &[Frame]) -> Vec<Vec<String>> {
    let mut csv = TickDigests::new(Vec::new());
    for frame in frames {
        csv.tick(&frame.view()).unwrap();
    }
    csv.end(&NO_END).unwrap();
    let text = String::from_utf8(csv.into_inner()).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("t_s,cycle,nodes,connectors,state"));
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_changed_value_changes_its_own_digest_and_no_other() {
    let before = Frame::at(1).charge(0, 0, [150_000, 80_000, 80_000], 2);
    type Change = fn(&mut Frame);
    let changes: [(usize, Change); 8] = [
        (2, |frame| frame.node_measured_w[3] += 1),
        (2, |frame| frame.is_breached[0] = true),
        (2, |frame| frame.limit_source[0] = Some(sim::LimitSource::Fallback)),
        (3, |frame| frame.setpoint_w[0] -= 1),
        (3, |frame| frame.is_paused[1] = true),
        (3, |frame| frame.constrained_by[0] = NO_NODE),
        (4, |frame| frame.stays[1].metered_j = 1),
        (4, |frame| frame.stays[1].ready_s = Some(0)),
    ];
    for (column, change) in changes {
        let mut after = before.clone();
        change(&mut after);
        let rows = digests(&[before.clone(), after, before.clone()]);
        for at in 0..5 {
            assert_eq!(rows[0][at] == rows[1][at], at != column, "column {at}");
        }
        // They are not chained.
        assert_eq!(rows[0], rows[2]);
    }
}

#[test]
fn before_the_first_cycle_its_digest_is_that_of_nothing() {
    let rows = digests(&[Frame::at(3)]);
    assert_eq!(rows[0][0], "180");
    assert_eq!(rows[0][1], sha256_hex(b"")[..16]);
    assert!(rows[0][1..].iter().all(|digest| digest.len() == 16));
    // Ten columns of four nodes, as the module documents them: limits, sources (none), ..., flags.
    let mut layout = Vec::new();
    for column in 0..10_u8 {
        layout.extend_from_slice(&4_u64.to_le_bytes());
        match column {
            0 | 3 => layout.extend_from_slice(&[0xFF; 32]),
            1 | 8 | 9 => layout.extend_from_slice(&[0; 4]),
            _ => layout.extend_from_slice(&[0; 32]),
        }
    }
    assert_eq!(rows[0][2], sha256_hex(&layout)[..16]);
}

#[test]
fn a_depot_of_frames_is_what_the_engine_would_make_of_it() {
    let site = sim::Site::of(&depot());
    assert_eq!((site.nodes.len(), site.connectors.len()), (4, 2));
    assert_eq!(realization().visits.len(), Frame::default().stays.len());
}
