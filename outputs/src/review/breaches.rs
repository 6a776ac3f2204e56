//! Breaches and rejected cycles.

use super::lists::Listed;
use super::page::ReviewContext;
use super::peaks::{Peak, SeenBreach};
use super::recorder::ReviewData;
use super::words::{Words, brief};
use crate::format::{duration, kw, kwh_wide};
use crate::moment::cause_words;
use std::collections::BTreeSet;

pub(super) struct BreachRow<'a> {
    pub(super) ix: usize,
    pub(super) node: &'a str,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) length: String,
    pub(super) peak_over_kw: String,
    /// When it was that far over, as HTML of ours.
    pub(super) peak_at: String,
    pub(super) energy_over_kwh: String,
    pub(super) cause: &'static str,
    /// What drew the power when it was largest; empty where that is not known, or base load.
    pub(super) drawn_then: String,
    /// Its place among the largest, from 1; 0 beyond the tenth.
    pub(super) rank: usize,
}

/// The causes that occur, with what they mean.
pub(super) fn causes(data: &ReviewData) -> Vec<(&'static str, &'static str)> {
    let causes: BTreeSet<&'static str> =
        data.breaches.kept.iter().map(|seen| seen.breach.cause.code()).collect();
    let of_code = |code: &'static str| {
        let mut breaches = data.breaches.kept.iter().map(|seen| &seen.breach);
        breaches.find(|breach| breach.cause.code() == code).map(|breach| (code, cause_words(breach.cause)))
    };
    causes.into_iter().filter_map(of_code).collect()
}

pub(super) fn breaches<'a>(
    context: &'a ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
) -> Listed<BreachRow<'a>> {
    let kept = &data.breaches.kept;
    let mut worst: Vec<usize> = (0..kept.len()).collect();
    worst.sort_by_key(|&ix| std::cmp::Reverse(kept[ix].size()));
    worst.truncate(10);
    let row = |(ix, SeenBreach { breach, peak }): (usize, &SeenBreach)| BreachRow {
        ix,
        node: &context.depot.site[breach.node as usize].id,
        start: words.moment(breach.start_s as i64),
        end: words.moment(breach.end_s as i64),
        length: duration(breach.end_s.saturating_sub(breach.start_s) as i64),
        peak_over_kw: kw(breach.peak_over_w),
        peak_at: peak.as_ref().map_or("–".to_owned(), |peak| words.moment(peak.t_s as i64)),
        energy_over_kwh: kwh_wide(breach.energy_over_j),
        cause: breach.cause.code(),
        drawn_then: peak.as_ref().map(drawn_then).unwrap_or_default(),
        rank: worst.iter().position(|&worst| worst == ix).map_or(0, |rank| rank + 1),
    };
    Listed { rows: kept.iter().enumerate().map(row).collect(), left_out: data.breaches.left_out() }
}

/// What drew the power when a breach was largest.
fn drawn_then(peak: &Peak) -> String {
    let parts = peak.parts().into_iter().map(|(power_w, who)| format!("{} kW {who}", brief(&kw(power_w))));
    parts.collect::<Vec<_>>().join("; ")
}

pub(super) struct SpellRow {
    pub(super) from: String,
    pub(super) last: String,
    pub(super) cycles: u64,
    pub(super) reason: &'static str,
    pub(super) subject: String,
    pub(super) detail: String,
    /// What the connectors were told meanwhile.
    pub(super) applied: String,
}

pub(super) fn spells(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Listed<SpellRow> {
    let (hold_s, step_s) = (u64::from(context.depot.hold_s), u64::from(context.depot.step_s));
    let mut begun_s = 0;
    let mut last_s = None;
    let mut rows = Vec::with_capacity(data.spells.kept.len());
    for spell in &data.spells.kept {
        // Spells that follow one another are one time without a decision.
        let gap_s = step_s * u64::from(context.depot.rebalance_every_ticks);
        if last_s.is_none_or(|last_s| spell.from_s > last_s + gap_s) {
            begun_s = spell.from_s;
        }
        last_s = Some(spell.last_s);
        let held_until_s = begun_s + hold_s;
        let applied = if spell.from_s >= held_until_s {
            "fallback power of each connector, within the limits that are known".to_owned()
        } else if spell.last_s < held_until_s {
            "the setpoints before, within the limits that are known".to_owned()
        } else {
            format!(
                "the setpoints before until {}, then the fallback power of each connector; within the limits that are known",
                words.short(held_until_s as i64)
            )
        };
        rows.push(SpellRow {
            from: words.moment(spell.from_s as i64),
            last: words.moment(spell.last_s as i64),
            cycles: spell.cycles,
            reason: spell.reason,
            subject: spell.subject.clone().unwrap_or_default(),
            detail: match (&spell.detail, &spell.last_detail) {
                (Some(first), Some(last)) => format!("{first}; at last {last}"),
                (first, _) => first.clone().unwrap_or_default(),
            },
            applied,
        });
    }
    Listed { rows, left_out: data.spells.left_out() }
}
