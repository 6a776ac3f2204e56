//! Series as lines and areas: steps, because a value holds for the whole of its tick.

use super::axes;
use super::canvas::{Align, Canvas, Point};
use super::palette::{Color, WHITE};
use super::scale::{Plane, kw_label};
use super::series::Series;

/// Bands are told apart by lines while a column has no more ticks than this.
const TICKS_SEPARATED_MAX: u32 = 3;

/// Where a column begins \[s\].
fn start_s(series: &Series, column: usize, step_s: u32) -> u64 {
    column as u64 * u64::from(series.ticks_per_column) * u64::from(step_s)
}

/// The step lines of a series, one for each stretch without gaps. A column of several ticks shows its extremes as well.
/// What is off the scale is left out, so that the top of the plot is not taken for a value.
pub(super) fn steps(plane: &Plane, series: &Series, step_s: u32) -> Vec<Vec<Point>> {
    let top_w = plane.power.top_w;
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut comes_from_above = false;
    for (ix, column) in series.columns.iter().enumerate() {
        let (from_s, to_s) = (start_s(series, ix, step_s), start_s(series, ix + 1, step_s));
        if comes_from_above {
            line.push(plane.at(from_s, top_w));
        }
        comes_from_above = false;
        let Some(range) = column.range else {
            lines.push(std::mem::take(&mut line));
            continue;
        };
        if range.min != range.max {
            line.push(plane.at(from_s, range.min));
            line.push(plane.at(from_s, range.max));
        }
        line.push(plane.at(from_s, range.last));
        if range.last > top_w {
            lines.push(std::mem::take(&mut line));
            comes_from_above = true;
        } else {
            line.push(plane.at(to_s, range.last));
        }
    }
    lines.push(line);
    lines.retain(|line| line.len() > 1);
    lines
}

/// The longest stretch that is off the scale, from and to \[px\].
fn widest_off_scale(plane: &Plane, series: &Series, step_s: u32) -> Option<(f64, f64)> {
    let is_off = |ix: usize| series.columns[ix].range.is_some_and(|range| range.last > plane.power.top_w);
    stretches(series.columns.len(), is_off)
        .map(|(from, to)| (plane.x(start_s(series, from, step_s)), plane.x(start_s(series, to, step_s))))
        .max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
}

/// Says how high a series goes where it leaves the plot at the top; `words` come before the figure.
pub(super) fn off_scale_note(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    (series, step_s): (&Series, u32),
    words: &str,
    background: Color,
) {
    let Some((left, right)) = widest_off_scale(plane, series, step_s) else { return };
    let note = format!("{words} {} kW", kw_label(whole_kw(series.max().unwrap_or(0))));
    let (width, x, y) = (text_width(&note, 11.0), (left + right) / 2.0, plane.frame.top + 10.0);
    if right - left > width + 8.0 {
        canvas.rect((x - width / 2.0, y - 7.0), (x + width / 2.0, y + 7.0), background);
        canvas.text(&note, (x, y), axes::muted(11.0, Align::Center));
    }
}

/// A power to the nearest kilowatt, from 10 kW on \[W\].
pub(super) fn whole_kw(power_w: i64) -> i64 {
    if power_w.abs() < 10_000 { power_w } else { (power_w + 500).div_euclid(1000) * 1000 }
}

/// The runs of columns that are set, as from and to (not included).
fn stretches(count: usize, is_set: impl Fn(usize) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = (at..count).find(|&ix| is_set(ix))?;
        let to = (from..count).find(|&ix| !is_set(ix)).unwrap_or(count);
        at = to;
        Some((from, to))
    })
}

/// Fills the part of `measured` that is above a limit, as tall as `over` says.
///
/// The excess is a series of its own: in a column of several ticks the least limit and the largest power may belong to
/// different ticks, and their difference would tell of a breach that never was.
pub(super) fn excess(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    (measured, over): (&Series, &Series),
    step_s: u32,
    color: Color,
) {
    let heights = |ix: usize| {
        let (measured, over) = (measured.columns[ix].range?, over.columns[ix].range?);
        (over.max > 0).then_some((measured.max - over.max, measured.max))
    };
    let count = measured.columns.len().min(over.columns.len());
    for (from, to) in stretches(count, |ix| heights(ix).is_some()) {
        let spans = (from..to).filter_map(|ix| Some((ix, heights(ix)?)));
        let at = |ix: usize, power_w: i64| plane.at(start_s(measured, ix, step_s), power_w);
        let mut outline: Vec<Point> =
            spans.clone().flat_map(|(ix, (_, upper_w))| [at(ix, upper_w), at(ix + 1, upper_w)]).collect();
        outline.extend(spans.rev().flat_map(|(ix, (lower_w, _))| [at(ix + 1, lower_w), at(ix, lower_w)]));
        canvas.area(&outline, color);
    }
}

/// Draws a series as a solid step line.
pub(super) fn step_line(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    ink: (f64, Color),
) {
    for line in steps(plane, series, step_s) {
        canvas.line(&line, ink.0, ink.1);
    }
}

/// Draws the edge of an area: the mean of each column, whatever its extremes, so that a narrow panel of many days stays light.
pub(super) fn outline(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    (width, color): (f64, Color),
) {
    canvas.line(&edge(plane, series, &means(series), step_s), width, color);
}

/// Draws a series as a dashed step line.
pub(super) fn dashed_line(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    ink: (f64, Color),
) {
    for line in steps(plane, series, step_s) {
        dashes(canvas, &line, ink);
    }
}

/// Draws a line of level and plumb pieces in dashes.
pub(super) fn dashes(canvas: &mut Canvas<'_>, line: &[Point], (width, color): (f64, Color)) {
    for dash in cut(line, 5.0, 3.0) {
        canvas.line(&dash, width, color);
    }
}

/// Cuts a line of level and plumb pieces into dashes of `on` pixels, `off` pixels apart.
fn cut(line: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let mut dashes: Vec<Vec<Point>> = Vec::new();
    let (mut is_on, mut left) = (true, on);
    let mut dash: Vec<Point> = line.first().copied().into_iter().collect();
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).abs() + (to.1 - from.1).abs();
            if length < left {
                left -= length;
                break;
            }
            let share = if length > 0.0 { left / length } else { 1.0 };
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            dash.push(from);
            let whole = std::mem::replace(&mut dash, vec![from]);
            if is_on {
                dashes.push(whole);
            }
            is_on = !is_on;
            left = if is_on { on } else { off };
        }
        dash.push(to);
    }
    if is_on {
        dashes.push(dash);
    }
    dashes
}

/// The mean of each column; a gap is 0, since nothing stands there.
pub(super) fn means(series: &Series) -> Vec<i64> {
    series.columns.iter().map(|column| column.range.map_or(0, |range| range.mean())).collect()
}

/// The outline of an area's upper or lower edge.
fn edge(plane: &Plane, series: &Series, values: &[i64], step_s: u32) -> Vec<Point> {
    let span = |(ix, &value): (usize, &i64)| {
        let (from_s, to_s) = (start_s(series, ix, step_s), start_s(series, ix + 1, step_s));
        [plane.at(from_s, value), plane.at(to_s, value)]
    };
    values.iter().enumerate().flat_map(span).collect()
}

/// Fills the area between zero and a series.
pub(super) fn area(canvas: &mut Canvas<'_>, plane: &Plane, series: &Series, step_s: u32, color: Color) {
    let values = means(series);
    band(canvas, plane, series, (&vec![0; values.len()], &values), step_s, color);
}

/// Fills the area between two lists of values of one series' columns.
pub(super) fn band(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    series: &Series,
    (lower, upper): (&[i64], &[i64]),
    step_s: u32,
    color: Color,
) {
    let top = edge(plane, series, upper, step_s);
    let mut outline = top.clone();
    outline.extend(edge(plane, series, lower, step_s).into_iter().rev());
    canvas.area(&outline, color);
}

/// Draws a thin white line between a band and what lies below it, where both are there.
///
/// Columns of many ticks would be all line and no band; there the bands' colours must do.
pub(super) fn separate(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    series: &Series,
    (lower, upper): (&[i64], &[i64]),
    step_s: u32,
) {
    if series.ticks_per_column > TICKS_SEPARATED_MAX {
        return;
    }
    for (from, to) in stretches(lower.len(), |ix| 0 < lower[ix] && lower[ix] < upper[ix]) {
        let span = |ix: usize| {
            let (from_s, to_s) = (start_s(series, ix, step_s), start_s(series, ix + 1, step_s));
            [plane.at(from_s, lower[ix]), plane.at(to_s, lower[ix])]
        };
        canvas.line(&(from..to).flat_map(span).collect::<Vec<Point>>(), 1.0, WHITE);
    }
}

/// Draws bars where a series is above 0, between two heights \[px\].
pub(super) fn bars(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    (top, bottom): (f64, f64),
    color: Color,
) {
    let is_set = |ix: usize| series.columns[ix].range.is_some_and(|range| range.max > 0);
    for (from, to) in stretches(series.columns.len(), is_set) {
        let (left, right) = (plane.x(start_s(series, from, step_s)), plane.x(start_s(series, to, step_s)));
        // A single minute of a long run still shows.
        canvas.rect((left, top), (right.max(left + 1.0), bottom), color);
    }
}

/// About how wide a text is \[px\]: sans-serif letters are a little over half as wide as high.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.58
}

/// The text, cut to fit a width \[px\].
pub(super) fn fitted(text: &str, size: f64, width: f64) -> String {
    let chars_max = (width / (size * 0.58)) as usize;
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners_and_end_with_the_line() {
        let line = [(0.0, 0.0), (6.0, 0.0), (6.0, 10.0)];
        let dashes = cut(&line, 5.0, 3.0);
        assert_eq!(
            dashes,
            [vec![(0.0, 0.0), (5.0, 0.0)], vec![(6.0, 2.0), (6.0, 7.0)], vec![(6.0, 10.0), (6.0, 10.0)]]
        );
    }

    #[test]
    fn long_texts_are_cut_to_their_place() {
        assert_eq!(fitted("short", 10.0, 100.0), "short");
        assert_eq!(fitted(&"x".repeat(10_000), 10.0, 58.0), "xxxxxxxx..");
    }
}
