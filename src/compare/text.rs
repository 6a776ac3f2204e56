//! A comparison in lines for people.

use super::nodes::CellChange;
use super::{Comparison, DamagedFile, FirstDivergence, Verdict};

/// So many nodes and visits are told in full; `--json` and `--html` tell all.
const SHOWN: usize = 20;

impl Verdict {
    /// For people; empty for neither.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Other => "",
        }
    }
}

impl FirstDivergence {
    /// The place in words.
    pub fn place(&self) -> String {
        let at = self.t_s.map(|t_s| format!("t = {t_s} s, ")).unwrap_or_default();
        let row = self.row.as_ref().map(|row| format!(", {row}")).unwrap_or_default();
        let field = self.field.as_ref().map(|field| format!(", {field}")).unwrap_or_default();
        format!("{at}{} line {}{row}{field}", self.file, self.line)
    }
}

impl Comparison {
    /// The comparison in lines; the first run's values stand before the second's.
    pub fn to_text(&self) -> String {
        let mut text = format!("{} -> {}\n", self.a, self.b);
        if self.is_same {
            text.push_str("the same happened in both\n");
            for file in &self.files {
                text.push_str(&format!("  {}: {}\n", file.name, file.what));
            }
            return text;
        }
        for DamagedFile { pack, name, what } in &self.damaged {
            text.push_str(&format!(
                "damaged     {pack}: {name} {what} (`depotsim verify {pack}` tells more)\n"
            ));
        }
        self.push_checks(&mut text);
        for choice in &self.choices {
            text.push_str(&format!("{:12}{} -> {}\n", choice.what, choice.a, choice.b));
        }
        if let Some(first) = &self.first {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "no such line".to_owned());
            let (place, a, b) = (first.place(), shown(&first.a), shown(&first.b));
            text.push_str(&format!("first at    {place}\n            {a}\n            {b}\n"));
        }
        if !self.figures.is_empty() {
            text.push_str("figures\n");
        }
        for figure in &self.figures {
            let (name, a, b, verdict) = (figure.name, &figure.a, &figure.b, figure.verdict.name());
            push_line(&mut text, &format!("  {name:28}{a:>18} -> {b:<18}{verdict}"));
        }
        if !self.outcomes.is_empty() {
            text.push_str("cycles by outcome\n");
        }
        for change in &self.outcomes {
            let node = change.node.as_ref().map(|node| format!(" at {node}")).unwrap_or_default();
            let source =
                change.limit_source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
            let what = format!("{} {}{node}{source}", change.outcome, change.reason);
            push_line(&mut text, &format!("  {:>6} -> {:<6} {what}", change.a, change.b));
        }
        self.push_nodes(&mut text);
        self.push_visits(&mut text);
        text
    }

    fn push_checks(&self, text: &mut String) {
        if let Some(change) = &self.acceptance {
            let what = format!("{} -> {}", change.a, change.b);
            push_line(text, &format!("verdict     {what:24}{}", change.verdict.name()));
        }
        for (ix, change) in self.checks.iter().enumerate() {
            let (head, verdict, check) =
                (if ix == 0 { "checks" } else { "" }, change.verdict.name(), &change.check);
            let (result_a, result_b) = (change.result_a(), change.result_b());
            let what = match change.only_in {
                Some(side) => format!("{}, {result_a}{result_b}", only(side)),
                None => format!("{result_a} -> {result_b}"),
            };
            push_line(text, &format!("{head:12}{verdict:7}{check} ({}): {what}", change.requirement));
            for found in [&change.found_a, &change.found_b].into_iter().flatten() {
                push_line(text, &format!("{:19}{found}", ""));
            }
        }
    }

    fn push_nodes(&self, text: &mut String) {
        if !self.nodes.is_empty() {
            text.push_str(&format!("nodes       {} differ\n", self.nodes.len()));
        }
        for change in self.nodes.iter().take(SHOWN) {
            let what = change.only_in.map_or_else(|| cells(&change.changes), only);
            push_line(text, &format!("  {:11} {what}", change.node));
        }
        push_more(text, self.nodes.len());
    }

    fn push_visits(&self, text: &mut String) {
        if !self.visits.is_empty() {
            let count = |verdict| self.visits.iter().filter(|change| change.verdict == verdict).count();
            let [worse, better, other] = [Verdict::Worse, Verdict::Better, Verdict::Other].map(count);
            text.push_str(&format!("visits      {worse} worse, {better} better, {other} otherwise\n"));
        }
        for change in self.visits.iter().take(SHOWN) {
            let deciding: Vec<CellChange> =
                change.changes.iter().filter(|cell| cell.verdict != Verdict::Other).cloned().collect();
            let told = if deciding.is_empty() { &change.changes } else { &deciding };
            let what = change.only_in.map_or_else(|| cells(told), only);
            push_line(text, &format!("  {:7}{:11} {what}", change.verdict.name(), change.visit));
        }
        push_more(text, self.visits.len());
    }
}

fn only(side: &str) -> String {
    format!("only in the {}", if side == "a" { "first" } else { "second" })
}

fn cells(changes: &[CellChange]) -> String {
    let cell = |change: &CellChange| {
        let shown = |value: &str| if value.is_empty() { "none".to_owned() } else { value.to_owned() };
        format!("{} {} -> {}", change.what, shown(&change.a), shown(&change.b))
    };
    changes.iter().map(cell).collect::<Vec<_>>().join(", ")
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn push_more(text: &mut String, count: usize) {
    if count > SHOWN {
        text.push_str(&format!("  and {} more (--json or --html tell all)\n", count - SHOWN));
    }
}
