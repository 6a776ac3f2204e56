//! No axis with a scale: a row for each point, with its mean and its band.

use super::{BAND, TOP, paint_dot, paint_legend, scale};
use crate::plots::axes::{self, MARGIN, WIDTH};
use crate::plots::canvas::{Align, Canvas};
use crate::plots::palette::{BLUE, FRAME, GRID};
use crate::plots::scale::{PowerScale, count_label, kw_label};
use crate::plots::text::fitted;
use crate::sweep::Shown;

/// Height of a row \[px\], and how many are drawn.
const ROW: f64 = 26.0;
const ROWS_MAX: usize = 60;
/// Where the scale begins and ends \[px\].
const LEFT: f64 = 250.0;
const RIGHT: f64 = WIDTH - MARGIN - 60.0;

fn rows(shown: &Shown) -> usize {
    shown.points.len().min(ROWS_MAX)
}

pub(super) fn height(shown: &Shown) -> f64 {
    TOP + rows(shown) as f64 * ROW + 44.0
}

fn x(scale: &PowerScale, figure: i64) -> f64 {
    LEFT + (RIGHT - LEFT) * (figure - scale.bottom_w) as f64 / (scale.top_w - scale.bottom_w) as f64
}

pub(super) fn paint(canvas: &mut Canvas, shown: &Shown, metric: usize) {
    paint_legend(canvas, shown, false);
    let scale = scale(shown, metric, true, 9);
    let bottom = TOP + rows(shown) as f64 * ROW;
    for figure in scale.ticks() {
        let x = x(&scale, figure);
        let color = if figure == 0 { FRAME } else { GRID };
        canvas.line(&[(x, TOP), (x, bottom)], 1.0, color);
        canvas.text(&kw_label(figure), (x, bottom + 14.0), axes::ink(12.0, Align::Center));
    }
    for (index, point) in shown.points.iter().take(ROWS_MAX).enumerate() {
        let middle = TOP + (index as f64 + 0.5) * ROW;
        let values = point.at.iter().zip(&shown.axes).map(|(&value, axis)| axis.values[value].as_str());
        let name = values.collect::<Vec<_>>().join(", ");
        let name = if name.is_empty() { "as it is".to_owned() } else { name };
        let name = fitted(&name, 13.0, LEFT - MARGIN - 14.0);
        canvas.text(&name, (LEFT - 12.0, middle), axes::ink(13.0, Align::Right));
        let Some(spread) = point.spread(metric) else { continue };
        canvas.rect((x(&scale, spread.p5), middle - 6.0), (x(&scale, spread.p95), middle + 6.0), BAND);
        paint_dot(canvas, (x(&scale, spread.mean), middle), 4.0, BLUE);
        canvas.text(&kw_label(spread.mean), (WIDTH - MARGIN, middle), axes::ink(12.0, Align::Right));
    }
    if shown.points.len() > ROWS_MAX {
        let more = count_label((shown.points.len() - ROWS_MAX) as u64);
        let words = format!("{more} more points are in aggregate.csv.");
        canvas.text(&words, (MARGIN, bottom + 32.0), axes::bold(12.0, Align::Left));
    }
}
