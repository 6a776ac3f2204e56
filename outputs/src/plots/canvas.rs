//! What is drawn, as a list of shapes at coordinates of ours; [`super::svg`] turns it into text.
//!
//! Coordinates are pixels of a figure 1,000 wide. They are rounded to half pixels and printed as integers, so that the bytes of a
//! figure do not depend on how a platform prints fractions.

use super::palette::Color;
use super::strokes::{Hatch, Strokes, hatch};
use super::svg;

/// Units of the drawing per pixel: half pixels keep slopes and thin lines fine in print.
const UNITS_PER_PX: f64 = 2.0;

/// A place on the figure \[px\], from its upper left corner.
pub(super) type Point = (f64, f64);

/// Where a text stands beside its point; its middle is always at the point's height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font {
    /// Size \[px\].
    pub(super) size: f64,
    pub(super) is_bold: bool,
    pub(super) color: Color,
    pub(super) align: Align,
}

/// A figure could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw a plot: {0}")]
pub struct PlotError(pub(super) String);

/// A shape; coordinates in units.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Rect { from: (i32, i32), to: (i32, i32), color: Color },
    Area { outline: Vec<(i32, i32)>, color: Color },
    Line { points: Vec<(i32, i32)>, width: u32, color: Color },
    Text { text: String, place: (i32, i32), size: f64, font: Font },
    Strokes(Strokes),
}

/// A figure under construction.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    shapes: Vec<Shape>,
}

/// Draws a figure of `width` x `height` \[px\] and returns its SVG; `title` and `description` are for screen readers.
pub(super) fn draw(
    (width, height): (f64, f64),
    title: &str,
    description: &str,
    paint: impl FnOnce(&mut Canvas),
) -> Result<String, PlotError> {
    let mut canvas = Canvas::default();
    paint(&mut canvas);
    let size =
        svg::Size { px: (width as u32, height as u32), units: (units(width) as u32, units(height) as u32) };
    svg::written(&canvas.shapes, size, title, description)
}

impl Canvas {
    /// Fills a rectangle between two corners.
    pub(super) fn rect(&mut self, from: Point, to: Point, color: Color) {
        self.shapes.push(Shape::Rect { from: at(from), to: at(to), color });
    }

    /// Fills an area.
    pub(super) fn area(&mut self, outline: &[Point], color: Color) {
        let outline = simplified(outline.iter().map(|&point| at(point)));
        if outline.len() > 2 {
            self.shapes.push(Shape::Area { outline, color });
        }
    }

    /// Draws a line through points, `width` \[px\] thick.
    pub(super) fn line(&mut self, points: &[Point], width: f64, color: Color) {
        let points = simplified(points.iter().map(|&point| at(point)));
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points, width: units(width).max(1) as u32, color });
        }
    }

    /// Draws a dashed line through points: dashes of 5 px, 3 px apart.
    pub(super) fn dashes(&mut self, points: &[Point], (width, color): (f64, Color)) {
        let mut strokes = Strokes::dashed(width, color, 5.0, 3.0);
        strokes.through(&simplified(points.iter().map(|&point| at(point))));
        self.strokes(strokes);
    }

    /// Draws strokes, if there are any.
    pub(super) fn strokes(&mut self, strokes: Strokes) {
        if !strokes.is_empty() {
            self.shapes.push(Shape::Strokes(strokes));
        }
    }

    /// Hatches a rectangle between two corners.
    pub(super) fn hatch(&mut self, from: Point, to: Point, kind: Hatch, color: Color) {
        let mut strokes = Strokes::lines(1.0, color);
        hatch(&mut strokes, from, to, kind, 7.0);
        self.strokes(strokes);
    }

    /// Writes a text beside a point.
    pub(super) fn text(&mut self, text: &str, place: Point, font: Font) {
        let size = font.size * UNITS_PER_PX;
        self.shapes.push(Shape::Text { text: printable(text), place: at(place), size, font });
    }
}

/// Pixels in units of the drawing.
pub(super) fn units(px: f64) -> i32 {
    (px * UNITS_PER_PX).round() as i32
}

fn at((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}

/// Leaves out points that change nothing: repeated ones, and those between their neighbours on a level or plumb line.
fn simplified(points: impl Iterator<Item = (i32, i32)>) -> Vec<(i32, i32)> {
    let mut kept: Vec<(i32, i32)> = Vec::new();
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = kept[..]
            && is_between(before, last, point)
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept
}

fn is_between(before: (i32, i32), middle: (i32, i32), after: (i32, i32)) -> bool {
    let inside = |a: i32, b: i32, c: i32| (a <= b && b <= c) || (a >= b && b >= c);
    let is_level = before.1 == middle.1 && middle.1 == after.1 && inside(before.0, middle.0, after.0);
    let is_plumb = before.0 == middle.0 && middle.0 == after.0 && inside(before.1, middle.1, after.1);
    is_level || is_plumb
}

/// Characters that XML forbids would make the whole figure unreadable; they become spaces.
pub(super) fn printable(text: &str) -> String {
    let is_forbidden = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.chars().map(|c| if is_forbidden(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_between_their_neighbours_are_left_out_and_spikes_stay() {
        let points = [(0, 5), (2, 5), (2, 5), (4, 5), (4, 9), (4, 2), (4, 3), (6, 3)];
        assert_eq!(simplified(points.into_iter()), [(0, 5), (4, 5), (4, 9), (4, 2), (4, 3), (6, 3)]);
    }
}
