//! Nodes: their headroom, and limits that fell.

use super::lists::Listed;
use super::words::{Words, plain};
use crate::format::{counted, duration, kw};
use crate::summary::report::{LimitStepRow, NodeFigures, SummaryReport};
use sim::NodeKind;

/// Rows of headroom at most.
const NODES_MAX: usize = 300;
/// Of them on paper, beside the tightest.
const PRINTED: usize = 100;
/// Rows of limits that fell at most.
const STEPS_MAX: usize = 100;

pub(super) struct NodeRow<'a> {
    pub(super) node: &'a str,
    pub(super) kind: String,
    pub(super) peak_kw: &'a str,
    pub(super) least_headroom_kw: &'a str,
    pub(super) at: String,
    /// For how long its limit withheld power.
    pub(super) binding: String,
    /// For how long its meter was above its limit.
    pub(super) over: String,
    pub(super) is_over: bool,
    /// Its place among those with the least headroom, from 1; 0 beyond the tenth.
    pub(super) rank: usize,
    /// Whether it is on paper, too, whatever its rank.
    pub(super) is_printed: bool,
}

/// Every node, or the tightest of many.
pub(super) fn nodes<'a>(summary: &'a SummaryReport, words: &Words) -> Listed<NodeRow<'a>> {
    let mut order: Vec<usize> = (0..summary.nodes.len()).collect();
    let tightness = |ix: usize| (summary.nodes[ix].least_headroom_w.unwrap_or(i64::MAX), ix);
    order.sort_by_key(|&ix| tightness(ix));
    let has_limit = |ix: &&usize| summary.nodes[**ix].least_headroom_w.is_some();
    let worst: Vec<usize> = order.iter().filter(has_limit).take(10).copied().collect();
    let mut listed = Listed::first(order, NODES_MAX);
    listed.rows.sort_unstable();
    // On paper connections and circuits come before charge points, so that none of them is missing.
    let is_point = |ix: usize| summary.nodes[ix].kind == NodeKind::ChargePoint.name();
    let mut printed = listed.rows.clone();
    printed.sort_by_key(|&ix| is_point(ix));
    printed.truncate(PRINTED);
    printed.sort_unstable();
    let row = |ix: usize| {
        let figures: &NodeFigures = &summary.nodes[ix];
        NodeRow {
            node: &figures.node,
            kind: plain(figures.kind),
            peak_kw: figures.peak_kw.as_deref().unwrap_or("–"),
            least_headroom_kw: figures.least_headroom_kw.as_deref().unwrap_or("no limit"),
            at: words.moment_of(figures.least_headroom_at.as_deref()),
            binding: or_dash(figures.binding_s),
            over: or_dash(figures.over_limit_s),
            is_over: figures.over_limit_s > 0,
            rank: worst.iter().position(|&worst| worst == ix).map_or(0, |rank| rank + 1),
            is_printed: printed.binary_search(&ix).is_ok(),
        }
    };
    Listed { rows: listed.rows.into_iter().map(row).collect(), left_out: listed.left_out }
}

pub(super) struct StepRow<'a> {
    pub(super) node: &'a str,
    pub(super) at: String,
    pub(super) to_kw: String,
    /// How long until it was met.
    pub(super) met_after: String,
    pub(super) overshoot_kw: String,
}

fn or_dash(duration_s: u64) -> String {
    if duration_s == 0 { "–".to_owned() } else { duration(duration_s as i64) }
}

/// How soon limits that fell were met.
pub(super) fn limit_steps_in_words(summary: &SummaryReport) -> String {
    let steps = &summary.limit_steps;
    let was = |count: u64| if count == 1 { "was" } else { "were" };
    let mut words = format!(
        "{} fell; {} {} met in the same tick.",
        counted(steps.count, "limit", "limits"),
        steps.met_at_once,
        was(steps.met_at_once)
    );
    if steps.unmet > 0 {
        words.push_str(&format!(" {} {} not met before the run ended.", steps.unmet, was(steps.unmet)));
    }
    if let Some(longest_s) = steps.longest_to_comply_s.filter(|&longest_s| longest_s > 0) {
        words.push_str(&format!(" The longest that was met took {}.", duration(longest_s as i64)));
    }
    words
}

/// Limits that fell; those that were not met at once first, if there are many.
pub(super) fn limit_steps<'a>(summary: &'a SummaryReport, words: &Words) -> Listed<StepRow<'a>> {
    let mut steps: Vec<_> = summary.limit_steps.steps.iter().collect();
    if steps.len() > STEPS_MAX {
        steps.sort_by_key(|step| std::cmp::Reverse(step.comply_s.unwrap_or(u64::MAX)));
    }
    let row = |step: &&'a LimitStepRow| StepRow {
        node: &step.node,
        at: words.moment_of(Some(&step.at)),
        to_kw: kw(step.to_w),
        met_after: match step.comply_s {
            None => "not met".to_owned(),
            Some(0) => "at once".to_owned(),
            Some(comply_s) => duration(comply_s as i64),
        },
        overshoot_kw: kw(step.overshoot_w),
    };
    Listed::first(steps.iter().map(row).collect(), STEPS_MAX)
}
