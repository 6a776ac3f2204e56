//! Two axes with a scale: a cell for each pair of values, coloured by the mean.

use super::arrange::Panel;
use super::{FOOT, HEAD, LABELS, TOP, frame, paint_name, scale};
use crate::plots::axes::{self, MARGIN};
use crate::plots::canvas::{Align, Canvas, Font};
use crate::plots::palette::{self, Color, INK, LANE, WHITE};
use crate::plots::scale::{Frame, kw_label};
use crate::plots::text::{fitted, text_width};
use crate::sweep::{METRICS, Shown, ShownPoint};

fn columns(panels: usize) -> usize {
    panels.clamp(1, 3)
}

/// Height of a row of cells \[px\].
fn row_height(rows: usize) -> f64 {
    if rows <= 16 { 24.0 } else { (384.0 / rows as f64).max(2.0) }
}

pub(super) fn height(shown: &Shown, y: usize, panels: usize) -> f64 {
    let rows = shown.axes[y].values.len();
    let inside = rows as f64 * row_height(rows);
    TOP + panels.div_ceil(columns(panels)) as f64 * (inside + HEAD + FOOT) + 4.0
}

pub(super) fn paint(
    canvas: &mut Canvas,
    shown: &Shown,
    metric: usize,
    (x, y): (usize, usize),
    panels: &[Panel],
) {
    let scale = scale(shown, metric, false, 8);
    let buckets = ((scale.top_w - scale.bottom_w) / scale.step_w).max(1) as usize;
    paint_legend(canvas, METRICS[metric].label, (scale.bottom_w, scale.step_w), buckets);
    let columns = columns(panels.len());
    let rows = shown.axes[y].values.len();
    // Where anybody is late there is no margin.
    let is_margin = METRICS[metric].name == "least_margin_min";
    let (left_to_right, upwards) = (ranks(shown, x), ranks(shown, y));
    for (index, panel) in panels.iter().enumerate() {
        let frame = frame(index, columns, rows as f64 * row_height(rows));
        canvas.rect((frame.left, frame.top), (frame.right, frame.bottom), LANE);
        let cells = Cells { frame, columns: shown.axes[x].values.len(), rows };
        for point in &panel.points {
            let point = &shown.points[*point];
            let cell = cells.at(left_to_right[point.at[x]], upwards[point.at[y]]);
            if is_margin && let Some(late) = late(point) {
                let words = [format!("{} late", short(late)), "late".to_owned()];
                write_in(canvas, &cell, words, INK);
                continue;
            }
            let Some(spread) = point.spread(metric) else { continue };
            // Nothing at all is told from a little: it has the colour of the ground.
            let is_nothing = spread.mean == 0;
            let bucket =
                ((spread.mean - scale.bottom_w) / scale.step_w).clamp(0, buckets as i64 - 1) as usize;
            if !is_nothing {
                let color = palette::heat(bucket, buckets);
                canvas.rect((cell.left, cell.top), (cell.right, cell.bottom), color);
            }
            let color = if 2 * bucket >= buckets && !is_nothing { WHITE } else { INK };
            write_in(canvas, &cell, [short(spread.mean)], color);
        }
        paint_name(canvas, &frame, &panel.name);
        cells.paint_labels(canvas, shown, (x, y), (&left_to_right, &upwards), index % columns == 0);
    }
}

/// How many are late at a point, where any is, in thousandths.
fn late(point: &ShownPoint) -> Option<i64> {
    let late = point.spread(crate::sweep::metric("late")?)?.mean;
    (late > 0).then_some(late)
}

/// The first of the texts for which a cell has room.
fn write_in<const N: usize>(canvas: &mut Canvas, cell: &Frame, texts: [String; N], color: Color) {
    let fits = |text: &&String| {
        text_width(text, 12.0) + 4.0 <= cell.right - cell.left && cell.bottom - cell.top >= 14.0
    };
    if let Some(text) = texts.iter().find(fits) {
        let font = Font { color, ..axes::ink(12.0, Align::Center) };
        canvas.text(text, ((cell.left + cell.right) / 2.0, (cell.top + cell.bottom) / 2.0), font);
    }
}

/// The order of an axis' values on their scale: for each value its rank.
fn ranks(shown: &Shown, axis: usize) -> Vec<usize> {
    let axis = &shown.axes[axis];
    let position = |index: usize| axis.positions.as_ref().map_or(index as i64, |positions| positions[index]);
    let mut order: Vec<usize> = (0..axis.values.len()).collect();
    order.sort_by_key(|&index| position(index));
    let mut ranks = vec![0; order.len()];
    order.into_iter().enumerate().for_each(|(rank, index)| ranks[index] = rank);
    ranks
}

/// A figure with as many digits as a cell has room for.
fn short(thousandths: i64) -> String {
    match thousandths.unsigned_abs() {
        0..1_000 => kw_label((thousandths + 5 * thousandths.signum()) / 10 * 10),
        1_000..100_000 => kw_label((thousandths + 50 * thousandths.signum()) / 100 * 100),
        _ => kw_label((thousandths + 500 * thousandths.signum()) / 1_000 * 1_000),
    }
}

fn paint_legend(canvas: &mut Canvas, label: &str, (bottom, step): (i64, i64), buckets: usize) {
    const ROW: f64 = 80.0;
    let words = format!("Mean over the seeds, {label}:");
    canvas.text(&words, (MARGIN, ROW), axes::bold(12.0, Align::Left));
    let left = MARGIN + text_width(&words, 12.0) + 18.0;
    let labels: Vec<String> = (0..=buckets).map(|ix| kw_label(bottom + ix as i64 * step)).collect();
    // Wide enough for the labels to keep apart.
    let block = labels.iter().fold(40.0, |block: f64, label| block.max(text_width(label, 12.0) + 8.0));
    for (ix, label) in labels.iter().enumerate() {
        let x = left + block * ix as f64;
        if ix < buckets {
            canvas.rect((x, ROW - 7.0), (x + block, ROW + 5.0), palette::heat(ix, buckets));
        }
        canvas.text(label, (x, ROW + 15.0), axes::ink(12.0, Align::Center));
    }
}

struct Cells {
    frame: Frame,
    columns: usize,
    rows: usize,
}

impl Cells {
    fn at(&self, column: usize, row: usize) -> Frame {
        let Frame { left, right, top, bottom } = self.frame;
        let x = |column: usize| left + (right - left) * column as f64 / self.columns as f64;
        let y = |row: usize| bottom - (bottom - top) * row as f64 / self.rows as f64;
        Frame { left: x(column), right: x(column + 1), top: y(row + 1), bottom: y(row) }
    }

    fn paint_labels(
        &self,
        canvas: &mut Canvas,
        shown: &Shown,
        (x, y): (usize, usize),
        (left_to_right, upwards): (&[usize], &[usize]),
        is_first: bool,
    ) {
        let mut columns: Vec<(usize, &String)> =
            left_to_right.iter().copied().zip(&shown.axes[x].values).collect();
        columns.sort_unstable();
        let mut free_from = self.frame.left - 12.0;
        for (column, value) in columns {
            let cell = self.at(column, 0);
            let (middle, half) = ((cell.left + cell.right) / 2.0, text_width(value, 12.0) / 2.0);
            if middle - half >= free_from {
                free_from = middle + half + 6.0;
                canvas.text(value, (middle, self.frame.bottom + 13.0), axes::ink(12.0, Align::Center));
            }
        }
        let room = self.frame.right - self.frame.left;
        let middle = (self.frame.left + self.frame.right) / 2.0;
        let name = fitted(&shown.axes[x].name, 12.0, room);
        canvas.text(&name, (middle, self.frame.bottom + 30.0), axes::muted(12.0, Align::Center));
        if !is_first {
            return;
        }
        let mut rows: Vec<(usize, &String)> = upwards.iter().copied().zip(&shown.axes[y].values).collect();
        rows.sort_unstable();
        let mut free_to = f64::INFINITY;
        for (row, value) in rows {
            let cell = self.at(0, row);
            let middle = (cell.top + cell.bottom) / 2.0;
            if middle + 7.0 <= free_to {
                free_to = middle - 7.0;
                let text = fitted(value, 12.0, LABELS - 8.0);
                canvas.text(&text, (self.frame.left - 7.0, middle), axes::ink(12.0, Align::Right));
            }
        }
        // Above its values, as the other one stands below its own.
        let name = fitted(&shown.axes[y].name, 12.0, LABELS);
        canvas.text(&name, (self.frame.left - 7.0, self.frame.top - 9.0), axes::muted(12.0, Align::Right));
    }
}
