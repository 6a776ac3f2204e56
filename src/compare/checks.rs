//! What the acceptance checks of two runs say, side by side.

use super::Verdict;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The verdicts that the checks of both runs give, where they differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptanceChange {
    /// In the first run: PASS, FAIL or NOT_JUDGED.
    pub a: String,
    /// In the second.
    pub b: String,
    /// What that means.
    pub verdict: Verdict,
}

/// A check that passed in one run and not in the other, or that only one run has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckChange {
    /// Its id.
    pub check: String,
    /// The id of the requirement that it proves.
    pub requirement: String,
    /// The pack that alone has it, if one does.
    pub only_in: Option<&'static str>,
    /// Whether the first run passes; none where it has no such check.
    pub a: Option<bool>,
    /// Whether the second does.
    pub b: Option<bool>,
    /// What the first run shows, in a sentence.
    pub found_a: Option<String>,
    /// What the second shows.
    pub found_b: Option<String>,
    /// What that means.
    pub verdict: Verdict,
}

/// The verdicts of two runs; `None` where they are the same.
pub(super) fn acceptance(summaries: &[Value; 2]) -> Option<AcceptanceChange> {
    let [a, b] = summaries.each_ref().map(|summary| summary["verdict"].as_str());
    let (a, b) = (a?, b?);
    let verdict = match (a, b) {
        _ if a == b => return None,
        ("PASS", "FAIL") => Verdict::Worse,
        ("FAIL", "PASS") => Verdict::Better,
        _ => Verdict::Other,
    };
    Some(AcceptanceChange { a: a.to_owned(), b: b.to_owned(), verdict })
}

/// Checks whose result differs, in the order of the first run and then of the second.
pub(super) fn checks(summaries: &[Value; 2]) -> Vec<CheckChange> {
    let [a, b] =
        summaries.each_ref().map(|summary| summary["checks"].as_array().map_or(&[][..], Vec::as_slice));
    let id = |check: &Value| check["id"].as_str().unwrap_or_default().to_owned();
    let of_b: BTreeMap<String, &Value> = b.iter().map(|check| (id(check), check)).collect();
    let of_a: BTreeMap<String, &Value> = a.iter().map(|check| (id(check), check)).collect();
    let in_a = a.iter().map(|check| (Some(check), of_b.get(&id(check)).copied()));
    let only_in_b = b.iter().filter(|check| !of_a.contains_key(&id(check))).map(|check| (None, Some(check)));
    in_a.chain(only_in_b).filter_map(|(a, b)| CheckChange::of(a, b)).collect()
}

impl CheckChange {
    /// The change of one check; `None` where both runs say the same.
    fn of(a: Option<&Value>, b: Option<&Value>) -> Option<Self> {
        let text = |check: &Value, field: &str| check[field].as_str().map(str::to_owned);
        let passed = |check: Option<&Value>| check.and_then(|check| check["passed"].as_bool());
        let rule = |check: Option<&Value>| check.and_then(|check| text(check, "rule"));
        let found = |check: Option<&Value>| check.and_then(|check| text(check, "found"));
        let told = a.or(b)?;
        let (only_in, verdict) = match (a.is_some(), b.is_some(), passed(a), passed(b)) {
            (true, false, ..) => (Some("a"), Verdict::Other),
            (false, true, ..) => (Some("b"), Verdict::Other),
            (.., a, b) if a == b => return None,
            // Under one id they ask different things.
            _ if rule(a) != rule(b) => (None, Verdict::Other),
            (.., Some(true), _) => (None, Verdict::Worse),
            _ => (None, Verdict::Better),
        };
        Some(Self {
            check: text(told, "id").unwrap_or_default(),
            requirement: text(told, "requirement").unwrap_or_default(),
            only_in,
            a: passed(a),
            b: passed(b),
            found_a: found(a),
            found_b: found(b),
            verdict,
        })
    }

    /// The result in the first run, in words; empty where it has no such check.
    pub(super) fn result_a(&self) -> &'static str {
        result(self.a)
    }

    /// The result in the second.
    pub(super) fn result_b(&self) -> &'static str {
        result(self.b)
    }
}

fn result(passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => "passed",
        Some(false) => "failed",
        None => "",
    }
}
