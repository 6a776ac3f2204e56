//! One axis with a scale: a line with its band, a panel for each set of words.

use super::arrange::Panel;
use super::{
    BAND, GHOST, frame, paint_dot, paint_frame, paint_legend, paint_levels, paint_name, paint_values,
    panels_height, places, scale, y,
};
use crate::plots::canvas::{Canvas, Point};
use crate::plots::palette::BLUE;
use crate::plots::scale::{Frame, PowerScale};
use crate::sweep::Shown;

/// Height of a panel \[px\].
const HEIGHT: f64 = 210.0;

fn columns(panels: usize) -> usize {
    match panels {
        0..=4 => panels.max(1),
        5..=6 => 3,
        _ => 4,
    }
}

pub(super) fn height(panels: usize) -> f64 {
    panels_height(panels, columns(panels), HEIGHT)
}

pub(super) fn paint(canvas: &mut Canvas, shown: &Shown, metric: usize, x: usize, panels: &[Panel]) {
    let scale = scale(shown, metric, true, 8);
    let columns = columns(panels.len());
    paint_legend(canvas, shown, panels.len() > 1);
    for (index, panel) in panels.iter().enumerate() {
        let frame = frame(index, columns, HEIGHT);
        let places = places(&shown.axes[x], &frame);
        let plot = Plot { shown, metric, x, frame, scale, places: &places };
        paint_levels(canvas, &frame, &scale, index % columns == 0);
        plot.paint_band(canvas, panel);
        paint_frame(canvas, &frame, &scale);
        for other in panels.iter().filter(|other| *other != panel) {
            plot.runs(other).iter().for_each(|run| canvas.line(&means(run), 1.5, GHOST));
        }
        for run in plot.runs(panel) {
            let means = means(&run);
            canvas.line(&means, 2.5, BLUE);
            told_apart(&means).into_iter().for_each(|dot| paint_dot(canvas, dot, 3.0, BLUE));
        }
        paint_name(canvas, &frame, &panel.name);
        paint_values(canvas, &shown.axes[x], &frame, &places);
    }
}

/// A point of a line: mean, and the band's ends.
struct Mark {
    mean: Point,
    low: Point,
    high: Point,
}

fn means(run: &[Mark]) -> Vec<Point> {
    run.iter().map(|mark| mark.mean).collect()
}

/// Of dots from left to right those that are not nearer than a pixel to the one before, and the last: the line goes through the others.
fn told_apart(dots: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for (index, &dot) in dots.iter().enumerate() {
        let is_last = index + 1 == dots.len();
        if is_last || kept.last().is_none_or(|last| dot.0 - last.0 >= 1.0) {
            kept.push(dot);
        }
    }
    kept
}

struct Plot<'a> {
    shown: &'a Shown,
    metric: usize,
    x: usize,
    frame: Frame,
    scale: PowerScale,
    places: &'a [f64],
}

impl Plot<'_> {
    /// The panel's points from left to right; a point without the figure makes a gap.
    fn runs(&self, panel: &Panel) -> Vec<Vec<Mark>> {
        let mut points = panel.points.clone();
        let place = |point: usize| self.places[self.shown.points[point].at[self.x]];
        points.sort_by(|&a, &b| place(a).total_cmp(&place(b)));
        let mut runs: Vec<Vec<Mark>> = vec![Vec::new()];
        for point in points {
            let Some(spread) = self.shown.points[point].spread(self.metric) else {
                runs.push(Vec::new());
                continue;
            };
            let at = |figure| (place(point), y(&self.frame, &self.scale, figure));
            if let Some(run) = runs.last_mut() {
                run.push(Mark { mean: at(spread.mean), low: at(spread.p5), high: at(spread.p95) });
            }
        }
        runs
    }

    fn paint_band(&self, canvas: &mut Canvas, panel: &Panel) {
        for run in self.runs(panel) {
            let above = run.iter().map(|mark| mark.high);
            let below = run.iter().rev().map(|mark| mark.low);
            canvas.area(&above.chain(below).collect::<Vec<_>>(), BAND);
        }
    }
}
