//! Pictures of a sweep, one for each metric: one scale is a line with its band, two are a heat map, words stand side by side.

mod arrange;
mod dots;
mod heat_map;
mod lines;
mod rows;

use super::axes::{self, MARGIN, WIDTH};
use super::canvas::{Align, Canvas, PlotError, draw};
use super::legend::{self, Swatch};
use super::palette::{BLUE, Color, FRAME, GRID, INK, WHITE};
use super::scale::{Frame, PowerScale, kw_label};
use super::text::fitted;
use crate::sweep::{METRICS, Shown, ShownAxis, Spread};
use arrange::Arrangement;

/// The band from P5 to P95.
const BAND: Color = Color(205, 225, 241);
/// Means of the other panels, for comparison.
const GHOST: Color = Color(190, 194, 199);
/// Where panels begin \[px\].
const TOP: f64 = 112.0;
/// Room above a panel for its name, and below it for labels \[px\].
const HEAD: f64 = 26.0;
const FOOT: f64 = 46.0;
/// Room for labels left of the first panel of a row, and between panels \[px\].
const LABELS: f64 = 62.0;
const GAP: f64 = 18.0;

/// The metric that lies near 1, where from 0 on all would look alike.
const NEAR_ONE: &str = "jain_index";

/// The SVG of a metric, by its index in [`METRICS`].
///
/// # Errors
/// None in practice: the figure is drawn in memory.
pub fn sweep_svg(shown: &Shown, metric: usize) -> Result<String, PlotError> {
    let arrangement = Arrangement::of(shown);
    let label = METRICS[metric].label;
    let title = format!("{}: {label}", shown.title);
    let (height, what) = match &arrangement {
        Arrangement::Lines { panels, .. } => (lines::height(panels.len()), "Lines"),
        Arrangement::Heat { y, panels, .. } => (heat_map::height(shown, *y, panels.len()), "Heat maps"),
        Arrangement::Rows => (rows::height(shown), "Rows"),
        Arrangement::Dots { axes } => (dots::height(axes.len()), "Dots"),
    };
    let names: Vec<&str> = shown.axes.iter().map(|axis| axis.name.as_str()).collect();
    let description = format!(
        "{what} of {label} over {}. Every figure is in aggregate.csv. {}",
        names.join(", "),
        shown.subtitle
    );
    draw((WIDTH, height), &title, &description, |canvas| {
        axes::page(canvas, height, &title, &shown.subtitle);
        match &arrangement {
            Arrangement::Lines { x, panels } => lines::paint(canvas, shown, metric, *x, panels),
            Arrangement::Heat { x, y, panels } => heat_map::paint(canvas, shown, metric, (*x, *y), panels),
            Arrangement::Rows => rows::paint(canvas, shown, metric),
            Arrangement::Dots { axes } => dots::paint(canvas, shown, metric, axes),
        }
    })
}

/// Everything from the least to the most figure of a metric, with what `of` takes of each point.
fn scale(shown: &Shown, metric: usize, with_band: bool, ticks_max: i64) -> PowerScale {
    let spreads = || shown.points.iter().filter_map(|point| point.spread(metric));
    let low = |spread: Spread| if with_band { spread.p5.min(spread.mean) } else { spread.mean };
    let high = |spread: Spread| if with_band { spread.p95.max(spread.mean) } else { spread.mean };
    let least = spreads().map(low).min().unwrap_or(0);
    let most = spreads().map(high).max().unwrap_or(0);
    if METRICS[metric].name == NEAR_ONE {
        return PowerScale::between(least, most, ticks_max);
    }
    // Where all is nothing, one unit is the scale.
    PowerScale::holding(least, if most == 0 && least == 0 { 1_000 } else { most }, ticks_max)
}

/// Where the panels of a grid stand, `columns` beside one another, each `height` \[px\] high inside.
fn frame(index: usize, columns: usize, height: f64) -> Frame {
    let (column, row) = ((index % columns) as f64, (index / columns) as f64);
    let room = WIDTH - 2.0 * MARGIN - LABELS;
    let width = (room - GAP * (columns as f64 - 1.0)) / columns as f64;
    let left = MARGIN + LABELS + column * (width + GAP);
    let top = TOP + HEAD + row * (height + HEAD + FOOT);
    Frame { left, right: left + width, top, bottom: top + height }
}

/// The height of a figure with so many panels.
fn panels_height(panels: usize, columns: usize, height: f64) -> f64 {
    TOP + panels.div_ceil(columns) as f64 * (height + HEAD + FOOT) + 4.0
}

/// Where a figure stands in a frame \[px\].
fn y(frame: &Frame, scale: &PowerScale, figure: i64) -> f64 {
    let share = (figure.clamp(scale.bottom_w, scale.top_w) - scale.bottom_w) as f64
        / (scale.top_w - scale.bottom_w) as f64;
    frame.bottom - (frame.bottom - frame.top) * share
}

/// Level grid lines, and at the left edge of the figure their labels.
fn paint_levels(canvas: &mut Canvas, frame: &Frame, scale: &PowerScale, has_labels: bool) {
    for figure in scale.ticks() {
        let y = y(frame, scale, figure);
        canvas.line(&[(frame.left, y), (frame.right, y)], 1.0, GRID);
        if has_labels {
            canvas.text(&kw_label(figure), (frame.left - 7.0, y), axes::ink(12.0, Align::Right));
        }
    }
}

fn paint_frame(canvas: &mut Canvas, frame: &Frame, scale: &PowerScale) {
    let zero = y(frame, scale, 0);
    canvas.line(&[(frame.left, zero), (frame.right, zero)], 1.0, INK);
    canvas.line(&[(frame.left, frame.top), (frame.left, frame.bottom)], 1.0, FRAME);
}

fn paint_name(canvas: &mut Canvas, frame: &Frame, name: &str) {
    let name = fitted(name, 13.0, frame.right - frame.left);
    canvas.text(&name, (frame.left, frame.top - 13.0), axes::bold(13.0, Align::Left));
}

/// Places of an axis' values in a frame \[px\]: by their scale, or evenly where they are words.
fn places(axis: &ShownAxis, frame: &Frame) -> Vec<f64> {
    let inset = 10.0;
    let (left, right) = (frame.left + inset, frame.right - inset);
    let count = axis.values.len();
    let evenly = |index: usize| left + (right - left) * index as f64 / (count.max(2) - 1) as f64;
    let Some(positions) = &axis.positions else { return (0..count).map(evenly).collect() };
    let (least, most) =
        (positions.iter().min().copied().unwrap_or(0), positions.iter().max().copied().unwrap_or(1));
    let width = (i128::from(most) - i128::from(least)).max(1) as f64;
    let place =
        |&position: &i64| left + (right - left) * (i128::from(position) - i128::from(least)) as f64 / width;
    positions.iter().map(place).collect()
}

/// Of places along an axis, in their order, those that can be told apart: none is nearer than a pixel to the one left of it, but for the last.
fn apart(places: &[f64]) -> Vec<f64> {
    let mut sorted = places.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut kept: Vec<f64> = Vec::new();
    for &place in &sorted {
        if kept.last().is_none_or(|last| place - last >= 1.0) {
            kept.push(place);
        }
    }
    kept.extend(sorted.last().filter(|&last| kept.last() != Some(last)));
    let is_kept = |place: &&f64| kept.binary_search_by(|kept| kept.total_cmp(place)).is_ok();
    places.iter().filter(is_kept).copied().collect()
}

/// The values under a frame, of which every so-manieth is written, and the axis' name.
fn paint_values(canvas: &mut Canvas, axis: &ShownAxis, frame: &Frame, places: &[f64]) {
    for tick in apart(places) {
        canvas.line(&[(tick, frame.bottom), (tick, frame.bottom + 4.0)], 1.0, FRAME);
    }
    let mut labels: Vec<Label> =
        axis.values.iter().zip(places).map(|(value, &place)| Label::of(value, place, frame)).collect();
    labels.sort_by(|a, b| a.x.total_cmp(&b.x));
    for label in written(&labels) {
        canvas.text(&label.text, (label.x, frame.bottom + 14.0), axes::ink(12.0, Align::Center));
    }
    let name = fitted(&axis.name, 12.0, frame.right - frame.left);
    let middle = (frame.left + frame.right) / 2.0;
    canvas.text(&name, (middle, frame.bottom + 31.0), axes::muted(12.0, Align::Center));
}

/// A value of an axis, and where it would be written.
struct Label {
    text: String,
    x: f64,
    half_width: f64,
}

impl Label {
    fn of(value: &str, place: f64, frame: &Frame) -> Self {
        let text = fitted(value, 12.0, 90.0);
        let half_width = super::text::text_width(&text, 12.0) / 2.0;
        // The first and the last one stay beside their panel's own edges.
        let leftmost = frame.left - 12.0 + half_width;
        let x = place.clamp(leftmost, (frame.right + 12.0 - half_width).max(leftmost));
        Self { text, x, half_width }
    }

    fn is_clear_of(&self, next: &Self) -> bool {
        self.x + self.half_width + 6.0 <= next.x - next.half_width
    }

    /// How round a number it is: so many zeros stand at its end.
    fn roundness(&self) -> usize {
        self.text.len() - self.text.trim_end_matches('0').len()
    }
}

/// Every so-manieth label from the first on, as many as there is room for or one in a few less, whichever are the rounder numbers; and the last, where it
/// does not touch them.
fn written(labels: &[Label]) -> Vec<&Label> {
    let every = |step: usize| labels.iter().step_by(step).collect::<Vec<&Label>>();
    let fits = |step: usize| every(step).windows(2).all(|pair| pair[0].is_clear_of(pair[1]));
    let Some(least) = (1..=labels.len()).find(|&step| fits(step)) else { return Vec::new() };
    let roundness = |step: usize| {
        let shown = every(step);
        shown.iter().map(|label| label.roundness()).sum::<usize>() * 1_000 / shown.len()
    };
    let is_candidate = |&step: &usize| step < labels.len() && fits(step);
    let candidates = if least == 1 { least..least + 1 } else { least..least + 2 };
    // Of equals the one with the most labels.
    let step = candidates.filter(is_candidate).rev().max_by_key(|&step| roundness(step)).unwrap_or(least);
    let mut written = every(step);
    if let (Some(shown), Some(last)) = (written.last(), labels.last())
        && shown.is_clear_of(last)
    {
        written.push(last);
    }
    written
}

/// What lines, bands and dots mean.
fn paint_legend(canvas: &mut Canvas, shown: &Shown, has_ghosts: bool) {
    let nine_of_ten = if shown.knows_percentiles() { ": nine of ten runs lie in it" } else { "" };
    let mut entries = vec![
        ("mean over the seeds".to_owned(), Swatch::Line((2.5, BLUE))),
        (format!("{}{nine_of_ten}", shown.ends_of_spread()), Swatch::Block(BAND)),
    ];
    if has_ghosts {
        entries.push(("means of the other panels".to_owned(), Swatch::Line((1.5, GHOST))));
    }
    legend::in_rows(canvas, &entries, (MARGIN, WIDTH - MARGIN), 84.0);
}

/// A dot with a white edge, so that dots keep apart.
fn paint_dot(canvas: &mut Canvas, (x, y): (f64, f64), half: f64, color: Color) {
    canvas.rect((x - half - 1.0, y - half - 1.0), (x + half + 1.0, y + half + 1.0), WHITE);
    canvas.rect((x - half, y - half), (x + half, y + half), color);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{PointFigures, ShownPoint, Stats};

    #[test]
    fn of_values_that_stand_close_those_are_written_that_are_round_and_do_not_touch() {
        let frame = Frame { left: 0.0, right: 210.0, top: 0.0, bottom: 100.0 };
        let shown = |values: &[i64]| -> Vec<String> {
            let axis = ShownAxis {
                name: "limit_kw".into(),
                values: values.iter().map(i64::to_string).collect(),
                positions: Some(values.to_vec()),
            };
            let places = places(&axis, &frame);
            let labels: Vec<Label> = axis
                .values
                .iter()
                .zip(places)
                .map(|(value, place)| Label::of(value, place, &frame))
                .collect();
            let written = written(&labels);
            assert!(written.windows(2).all(|pair| pair[0].is_clear_of(pair[1])));
            written.iter().map(|label| label.text.clone()).collect()
        };
        let fifties: Vec<i64> = (8..=22).map(|step| 50 * step).collect();
        assert_eq!(shown(&fifties), ["400", "600", "800", "1000"]);
        assert_eq!(shown(&[400, 500, 600]), ["400", "500", "600"]);
        // Two that touch, and a last one far away.
        assert_eq!(shown(&[1_000, 1_001, 2_000]), ["1000", "2000"]);
        assert_eq!(shown(&[7]), ["7"]);
    }

    /// A sweep of one axis with so many values, whose figures go up and down.
    fn of_one_axis(count: i64) -> Shown {
        let stats =
            |value: i64| Some(Stats { mean: value % 97, p5: value % 13, median: value % 97, p95: 100 });
        let point = |value: i64| ShownPoint {
            at: vec![value as usize],
            figures: PointFigures {
                cases: 1,
                failed: 0,
                stats: METRICS.iter().map(|_| stats(value)).collect(),
                failed_checks: Default::default(),
            },
        };
        let axis = ShownAxis {
            name: "limit_kw".into(),
            values: (0..count).map(|value| value.to_string()).collect(),
            positions: Some((0..count).collect()),
        };
        Shown {
            title: "A sweep".into(),
            subtitle: String::new(),
            axes: vec![axis],
            is_grid: true,
            points: (0..count).map(point).collect(),
            demonstrations: std::collections::BTreeSet::new(),
        }
    }

    #[test]
    fn ticks_and_dots_that_could_not_be_told_apart_are_left_out_and_the_first_and_last_stay() {
        assert_eq!(apart(&[5.0, 0.0, 1.0, 9.0]), [5.0, 0.0, 1.0, 9.0], "in their order");
        assert_eq!(apart(&[0.0, 0.4, 0.9, 1.0, 1.8, 2.0, 2.1]), [0.0, 1.0, 2.0, 2.1]);
        assert_eq!(apart(&[2.1, 0.9, 0.0]), [2.1, 0.0]);
        assert_eq!(apart(&[]), [0.0; 0]);
        let shapes = |count: i64| {
            let svg = sweep_svg(&of_one_axis(count), 0).expect("it is drawn in memory");
            (svg.matches("<rect").count() + svg.matches("<polyline").count(), svg.len())
        };
        let (of_few, of_more) = (shapes(100).0, shapes(101).0);
        assert_eq!(of_more, of_few + 3, "a value more is a tick, a dot, and the dot's white edge");
        let (of_many, bytes) = shapes(20_000);
        assert!(of_many < 4 * WIDTH as usize, "{of_many} shapes on {WIDTH} px");
        assert!(bytes < 1_500_000, "{bytes} bytes");
    }
}
