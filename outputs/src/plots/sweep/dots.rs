//! Many axes, or a sample of them: a panel for each axis, with a dot for the mean of each point.

use super::{frame, paint_frame, paint_levels, paint_values, panels_height, places, scale, y};
use crate::plots::axes::{self, MARGIN};
use crate::plots::canvas::{Align, Canvas};
use crate::plots::palette::{BLUE, SKY};
use crate::plots::strokes::Strokes;
use crate::sweep::Shown;

/// Height of a panel \[px\].
const HEIGHT: f64 = 210.0;
/// Edge of a dot \[px\].
const DOT: f64 = 5.0;

fn columns(panels: usize) -> usize {
    panels.clamp(1, 3)
}

pub(super) fn height(panels: usize) -> f64 {
    panels_height(panels, columns(panels), HEIGHT)
}

pub(super) fn paint(canvas: &mut Canvas, shown: &Shown, metric: usize, axes: &[usize]) {
    let words = "Each dot is a set of parameters: its mean over the seeds. Each panel shows all of them over one parameter; the line is the mean of \
                 the dots at or around a value.";
    canvas.text(words, (MARGIN, 84.0), axes::ink(12.0, Align::Left));
    let scale = scale(shown, metric, false, 8);
    let columns = columns(axes.len());
    for (index, &axis) in axes.iter().enumerate() {
        let frame = frame(index, columns, HEIGHT);
        let places = places(&shown.axes[axis], &frame);
        paint_levels(canvas, &frame, &scale, index % columns == 0);
        paint_frame(canvas, &frame, &scale);
        let mut dots = Strokes::bars(DOT, SKY);
        for point in &shown.points {
            let Some(spread) = point.spread(metric) else { continue };
            let x = places[point.at[axis]];
            dots.level((x - DOT / 2.0, y(&frame, &scale, spread.mean)), x + DOT / 2.0);
        }
        canvas.strokes(dots);
        let means = means(shown, metric, axis, &places);
        let line: Vec<_> = means.into_iter().map(|(x, mean)| (x, y(&frame, &scale, mean))).collect();
        canvas.line(&line, 2.0, BLUE);
        paint_values(canvas, &shown.axes[axis], &frame, &places);
    }
}

/// Means of points in slices of the axis that have equally many, from left to right.
fn means(shown: &Shown, metric: usize, axis: usize, places: &[f64]) -> Vec<(f64, i64)> {
    const SLICES: usize = 12;
    let mut dots: Vec<(f64, i64)> = shown
        .points
        .iter()
        .filter_map(|point| Some((places[point.at[axis]], point.spread(metric)?.mean)))
        .collect();
    dots.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mean = |slice: &[(f64, i64)]| {
        let sum: i128 = slice.iter().map(|dot| i128::from(dot.1)).sum();
        let x: f64 = slice.iter().map(|dot| dot.0).sum();
        (x / slice.len() as f64, (sum / slice.len() as i128) as i64)
    };
    // Where few values have many points each, every value is a slice of its own.
    let by_value: Vec<&[(f64, i64)]> = dots.chunk_by(|a, b| a.0 == b.0).collect();
    match by_value.len() <= SLICES {
        true => by_value.into_iter().map(mean).collect(),
        false => dots.chunks(dots.len().div_ceil(SLICES).max(1)).map(mean).collect(),
    }
}
