//! Figures of whole runs, side by side.

use super::Verdict;
use outputs::format;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A figure of both runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What it is, for people.
    pub name: &'static str,
    /// Its place in `summary.json`.
    pub path: &'static str,
    /// In the first run, for people.
    pub a: String,
    /// In the second.
    pub b: String,
    /// What that means.
    pub verdict: Verdict,
}

/// Cycles that ended alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomeChange {
    /// The outcome.
    pub outcome: String,
    /// The reason code.
    pub reason: String,
    /// The node that withheld most.
    pub node: Option<String>,
    /// Which of its limits.
    pub limit_source: Option<String>,
    /// How many in the first run.
    pub a: u64,
    /// How many in the second.
    pub b: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Count,
    Kw,
    Kwh,
    Minutes,
    Millionths,
}

/// Whether more of it is better.
#[derive(Debug, Clone, Copy)]
pub(super) enum Better {
    More,
    Less,
    Neither,
}

const FIGURES: &[(&str, &str, Unit, Better)] = &[
    ("visits ready", "/visits/ready", Unit::Count, Better::More),
    ("visits late", "/visits/late", Unit::Count, Better::Less),
    ("visits unfinished", "/visits/unfinished", Unit::Count, Better::Less),
    ("visits never plugged in", "/visits/never_plugged_in", Unit::Count, Better::Less),
    ("energy short", "/visits/shortfall_j", Unit::Kwh, Better::Less),
    ("least margin of the ready", "/visits/least_margin_s", Unit::Minutes, Better::More),
    ("energy delivered", "/visits/delivered_j", Unit::Kwh, Better::Neither),
    ("energy curtailed", "/visits/curtailed_j", Unit::Kwh, Better::Less),
    ("pauses", "/visits/pauses", Unit::Count, Better::Less),
    ("time paused", "/visits/paused_s", Unit::Minutes, Better::Less),
    ("longest pause", "/visits/longest_pause_s", Unit::Minutes, Better::Less),
    ("equality of shares (Jain)", "/visits/jain_index_ppm", Unit::Millionths, Better::More),
    ("site peak", "/site/peak_w", Unit::Kw, Better::Less),
    ("site peak over 30 min", "/site/peak_30min_w", Unit::Kw, Better::Less),
    ("site energy", "/site/energy_j", Unit::Kwh, Better::Neither),
    ("cycles applied", "/cycles/applied", Unit::Count, Better::Neither),
    ("cycles curtailed", "/cycles/curtailed", Unit::Count, Better::Neither),
    ("cycles rejected", "/cycles/rejected", Unit::Count, Better::Less),
    ("breaches", "/breaches/count", Unit::Count, Better::Less),
    ("energy over limits", "/breaches/energy_over_j", Unit::Kwh, Better::Less),
    ("most over a limit", "/breaches/peak_over_w", Unit::Kw, Better::Less),
    ("energy granted and not used", "/stranded/energy_j", Unit::Kwh, Better::Less),
    ("limits not met", "/limit_steps/unmet", Unit::Count, Better::Less),
];

/// What people ask for first: that nothing changed is an answer, too.
const AT_A_GLANCE: [&str; 6] = [
    "/visits/ready",
    "/visits/late",
    "/visits/shortfall_j",
    "/breaches/count",
    "/site/peak_w",
    "/visits/least_margin_s",
];

/// Figures that differ.
pub(super) fn figures(summaries: &[Value; 2]) -> Vec<Figure> {
    all(summaries).into_iter().filter(|(_, differs)| *differs).map(|(figure, _)| figure).collect()
}

/// The figures that are asked for first, in the order in which they are.
pub(super) fn at_a_glance(summaries: &[Value; 2]) -> Vec<Figure> {
    let all = all(summaries);
    let found = |path: &&str| all.iter().find(|(figure, _)| figure.path == *path);
    AT_A_GLANCE.iter().filter_map(found).map(|(figure, _)| figure.clone()).collect()
}

/// All figures, each with whether it differs.
fn all(summaries: &[Value; 2]) -> Vec<(Figure, bool)> {
    let compared = |&(name, path, unit, better): &(&'static str, &'static str, Unit, Better)| {
        let [a, b] = summaries.each_ref().map(|summary| whole(summary, path));
        let verdict = better.verdict(a, b);
        let differs = verdict.is_some();
        let verdict = verdict.filter(|_| are_comparable(path, summaries)).unwrap_or(Verdict::Other);
        let [a, b] = summaries.each_ref().map(|summary| shown(unit, path, summary));
        (Figure { name, path, a, b, verdict }, differs)
    };
    FIGURES.iter().map(compared).collect()
}

/// A figure for people; of those who are ready, of how many they are.
fn shown(unit: Unit, path: &str, summary: &Value) -> String {
    let value = unit.shown(whole(summary, path));
    match whole(summary, "/visits/total") {
        Some(total) if path == "/visits/ready" => format!("{value} of {total}"),
        _ => value,
    }
}

/// Whether more or less of a figure says anything: not of how many are ready where others came, nor of the least margin of those who are ready where
/// others are.
fn are_comparable(path: &str, [a, b]: &[Value; 2]) -> bool {
    let are_same = |path: &str| whole(a, path) == whole(b, path);
    match path {
        "/visits/ready" => are_same("/visits/total"),
        "/visits/least_margin_s" => are_same("/visits/total") && are_same("/visits/ready"),
        _ => true,
    }
}

/// Outcomes whose number differs, in the order of the first run and then of the second.
pub(super) fn outcomes(summaries: &[Value; 2]) -> Vec<OutcomeChange> {
    let mut changes: Vec<OutcomeChange> = Vec::new();
    let mut index: BTreeMap<[Option<String>; 4], usize> = BTreeMap::new();
    for (side, summary) in summaries.iter().enumerate() {
        for row in summary.pointer("/cycles/by_reason").and_then(Value::as_array).into_iter().flatten() {
            let text = |field: &str| row[field].as_str().map(str::to_owned);
            let key = ["outcome", "reason", "node", "limit_source"].map(text);
            let cycles = row["cycles"].as_u64().unwrap_or(0);
            let at = *index.entry(key.clone()).or_insert_with(|| {
                let [outcome, reason, node, limit_source] = key;
                let (outcome, reason) = (outcome.unwrap_or_default(), reason.unwrap_or_default());
                changes.push(OutcomeChange { outcome, reason, node, limit_source, a: 0, b: 0 });
                changes.len() - 1
            });
            *(if side == 0 { &mut changes[at].a } else { &mut changes[at].b }) = cycles;
        }
    }
    changes.retain(|change| change.a != change.b);
    changes
}

pub(super) fn whole(summary: &Value, path: &str) -> Option<i64> {
    summary.pointer(path).and_then(Value::as_i64)
}

impl Unit {
    pub(super) fn shown(self, value: Option<i64>) -> String {
        let Some(value) = value else { return "none".to_owned() };
        match self {
            Self::Count => value.to_string(),
            Self::Kw => format!("{} kW", format::kw_signed(value)),
            Self::Kwh => format!("{} kWh", format::kwh_signed(value)),
            Self::Minutes => format!("{} min", value.div_euclid(60)),
            Self::Millionths => format!("{}.{:06}", value / 1_000_000, value % 1_000_000),
        }
    }
}

impl Better {
    /// What a change means; `None` where there is none.
    pub(super) fn verdict(self, a: Option<i64>, b: Option<i64>) -> Option<Verdict> {
        if a == b {
            return None;
        }
        Some(match (self, a, b) {
            (Self::More, Some(a), Some(b)) if b > a => Verdict::Better,
            (Self::Less, Some(a), Some(b)) if b < a => Verdict::Better,
            (Self::More | Self::Less, Some(_), Some(_)) => Verdict::Worse,
            _ => Verdict::Other,
        })
    }
}
