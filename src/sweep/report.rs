//! What a merged sweep is looked at with: a picture for each of the chosen metrics, and `sweep.html` around them.

use super::merge::{Merged, Output};
use super::plan::Plan;
use crate::durable::sync_folder;
use crate::exit::{Code, Failure};
use crate::shell::quoted;
use crate::stop;
use outputs::sweep::{
    Extreme, METRICS, PICTURED, ReadRow, Shown, ShownAxis, ShownPoint, SweepPage, metric, sweep_svg,
};
use scenarios::axis_position;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Pictures above this are left to their files \[bytes\].
const PICTURE_MAX_BYTES: usize = 700_000;

/// Writes `plots/*.svg` and `sweep.html`.
///
/// # Errors
/// Exit 73 or 74 where the folder cannot be written.
pub fn write_report(plan: &Plan, out: &Path, merged: &Merged) -> Result<(), Failure> {
    let shown = shown(plan, merged);
    let folder = out.join("plots");
    fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(Code::CannotCreate, format!("cannot create {}: {error}", folder.display()))
    })?;
    let mut pictures = Vec::new();
    for name in PICTURED {
        stop::check(stop::SWEEP)?;
        let Some(index) = metric(name) else { continue };
        // A metric that no run has shows nothing.
        if merged.points.iter().all(|point| point.stats[index].is_none()) {
            continue;
        }
        let svg = sweep_svg(&shown, index).map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        place(&folder, &format!("{name}.svg"), &svg)?;
        if !shown.is_always_zero(index) {
            pictures.push(on_page(svg, name, METRICS[index].label));
        }
    }
    let extremes = |rows: &[ReadRow]| rows.iter().map(|row| extreme(plan, row)).collect();
    let ends = (extremes(&merged.extremes.best), extremes(&merged.extremes.worst));
    let page = SweepPage::new(&shown, pictures, facts(plan, merged), ends);
    let html = page.to_html().map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
    place(out, "sweep.html", &html)?;
    sync_folder(out);
    Ok(())
}

/// What the page shows of a picture: the picture, or where it is.
fn on_page(svg: String, name: &str, label: &str) -> String {
    if svg.len() <= PICTURE_MAX_BYTES {
        return svg;
    }
    // Names and labels of metrics are ours, and plain words.
    format!(
        "<figcaption>{label}: this picture is too large for a page; it is in <a href=\"plots/{name}.svg\"><code>plots/{name}.svg</code></a>.</figcaption>\n"
    )
}

fn place(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let mut file = Output::create(folder, name)?;
    file.write(text.as_bytes())?;
    file.place()
}

fn shown(plan: &Plan, merged: &Merged) -> Shown {
    let axes: Vec<ShownAxis> = plan
        .axes
        .iter()
        .map(|axis| ShownAxis {
            name: axis.name.clone(),
            values: axis.values.clone(),
            positions: axis.values.iter().map(|value| axis_position(value)).collect(),
        })
        .collect();
    // Where a value stands among those of its axis, for a hundred thousand of them as for two.
    let places: Vec<BTreeMap<&str, usize>> = plan
        .axes
        .iter()
        .map(|axis| axis.values.iter().enumerate().map(|(index, value)| (value.as_str(), index)).collect())
        .collect();
    let point = |(values, figures): (&Vec<String>, &outputs::sweep::PointFigures)| ShownPoint {
        at: values.iter().zip(&places).map(|(value, places)| places[value.as_str()]).collect(),
        figures: figures.clone(),
    };
    let values = plan.points.iter().map(|point| &point.values);
    let seeds = merged.points.first().map_or(0, |point| point.cases);
    let wrong = match merged.failed + merged.bugs {
        0 => String::new(),
        wrong => format!(", of which {wrong} failed"),
    };
    Shown {
        title: plan.scenario.title.clone(),
        subtitle: format!(
            "{} sets of parameters with {seeds} seeds each ({}): {} runs{wrong}",
            plan.points.len(),
            plan.seeds,
            merged.rows
        ),
        axes,
        is_grid: plan.design == "grid",
        points: values.zip(&merged.points).map(point).collect(),
        demonstrations: merged.extremes.demonstrations.clone(),
    }
}

fn facts(plan: &Plan, merged: &Merged) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = vec![("scenario".into(), plan.scenario.name.clone())];
    facts.extend(plan.set.iter().map(|set| ("set".into(), set.clone())));
    for axis in &plan.axes {
        let shown: Vec<&str> = axis.values.iter().take(20).map(String::as_str).collect();
        let more = match axis.values.len() {
            0..=20 => String::new(),
            count => format!(", .. {} ({count} values)", axis.values[count - 1]),
        };
        facts.push((axis.name.clone(), format!("{} = {}{more}", axis.path, shown.join(", "))));
    }
    facts.push(("design".into(), plan.design.clone()));
    facts.push(("version".into(), format!("depotsim {}, behaviour {}", plan.version, plan.behaviour)));
    facts.push(("plan".into(), plan.sha256.clone()));
    facts.push(("results.csv".into(), merged.results_sha256.clone()));
    facts
}

fn extreme(plan: &Plan, row: &ReadRow) -> Extreme {
    let planned = &plan.cases[row.case as usize];
    let point = &plan.points[planned.point as usize];
    let pairs = plan.axes.iter().zip(&point.values);
    let mut parameters: Vec<String> = pairs.map(|(axis, value)| format!("{}={value}", axis.name)).collect();
    parameters.push(format!("seed {}", row.seed));
    let overlays = plan.overlays(point);
    let set = plan.set.iter().cloned().chain(overlays.iter().map(ToString::to_string));
    let set: String = set.map(|set| format!(" --set {}", quoted(&set))).collect();
    let command = format!(
        "depotsim run {}{set} --seed {} --out runs/case-{}",
        quoted(&plan.scenario.name),
        row.seed,
        row.case
    );
    Extreme::new(row, parameters.join(", "), command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_too_large_for_the_page_is_left_to_its_file() {
        let small = "<svg></svg>".to_owned();
        assert_eq!(on_page(small.clone(), "late", "late departures"), small);
        let most = "x".repeat(PICTURE_MAX_BYTES);
        assert_eq!(on_page(most.clone(), "late", "late departures"), most);
        let shown = on_page(most + "x", "late", "late departures");
        assert!(shown.len() < 500 && shown.contains("href=\"plots/late.svg\""), "{shown}");
        for metric in METRICS {
            assert!(!metric.label.contains(['<', '&', '"']), "{}", metric.label);
        }
    }

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        let cases = [
            ("strategy=fair-share", "strategy=fair-share"),
            ("a.*.b=1", "'a.*.b=1'"),
            ("title=\"it's\"", r#"'title="it'\''s"'"#),
            ("", "''"),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
    }
}
