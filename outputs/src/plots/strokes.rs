//! Many strokes of one look as one element: heat maps, hatches and dashes stay small however many strokes they have.

use super::canvas::{Point, units};
use super::palette::Color;
use std::fmt::Write;

/// Strokes of one colour and width.
#[derive(Debug, Clone)]
pub(super) struct Strokes {
    path: String,
    width_units: i32,
    color: Color,
    /// Lengths of dashes and of the gaps between them, in units.
    dashes: Option<(i32, i32)>,
    /// Whether edges lie on whole pixels, so that neighbours leave no seam.
    is_crisp: bool,
}

impl Strokes {
    /// Lines, `width` \[px\] thick.
    pub(super) fn lines(width: f64, color: Color) -> Self {
        Self { path: String::new(), width_units: units(width).max(1), color, dashes: None, is_crisp: false }
    }

    /// Bars, `height` \[px\] high, that may touch one another.
    pub(super) fn bars(height: f64, color: Color) -> Self {
        Self { is_crisp: true, ..Self::lines(height, color) }
    }

    /// Lines in dashes `on` long and `off` apart \[px\].
    pub(super) fn dashed(width: f64, color: Color, on: f64, off: f64) -> Self {
        Self { dashes: Some((units(on).max(1), units(off).max(1))), ..Self::lines(width, color) }
    }

    /// Adds a level stroke from a point to the right; at least as long as a reader can see.
    pub(super) fn level(&mut self, (left, y): Point, right: f64) {
        let (left, right) = (units(left), units(right));
        // Writing to a string cannot fail.
        let _ = write!(self.path, "M{left} {}h{}", units(y), (right - left).max(1));
    }

    /// Adds a line through points that are given in units.
    pub(super) fn through(&mut self, points: &[(i32, i32)]) {
        for (ix, (x, y)) in points.iter().enumerate() {
            let _ = write!(self.path, "{}{x} {y}", if ix == 0 { 'M' } else { 'L' });
        }
    }

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.path.is_empty()
    }

    /// Appends the element.
    pub(super) fn push_svg(&self, svg: &mut String) {
        let Color(r, g, b) = self.color;
        let width = self.width_units;
        let _ = write!(svg, "<path fill=\"none\" stroke=\"#{r:02X}{g:02X}{b:02X}\" stroke-width=\"{width}\"");
        if let Some((on, off)) = self.dashes {
            let _ = write!(svg, " stroke-dasharray=\"{on} {off}\"");
        }
        if self.is_crisp {
            svg.push_str(" shape-rendering=\"crispEdges\"");
        }
        let _ = writeln!(svg, " d=\"{}\"/>", self.path);
    }
}

/// How a place is hatched: kinds of hatches are told apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hatch {
    /// Lines that rise to the right.
    Rising,
    /// Lines that fall to the right.
    Falling,
    /// Level lines.
    Level,
}

/// The hatch of a rectangle between two corners, its lines `spacing` \[px\] apart, added to `strokes`.
pub(super) fn hatch(strokes: &mut Strokes, from: Point, to: Point, kind: Hatch, spacing: f64) {
    let (left, top, right, bottom) = (units(from.0), units(from.1), units(to.0), units(to.1));
    let step = units(spacing).max(2);
    let height = bottom - top;
    if right <= left || height <= 0 {
        return;
    }
    if kind == Hatch::Level {
        let mut y = top + step / 2;
        while y < bottom {
            strokes.through(&[(left, y), (right, y)]);
            y += step;
        }
        return;
    }
    // A line of slope 1 is known by where it meets the bottom (rising) or the top (falling); lines of neighbours meet.
    let mut foot = (left - height).div_euclid(step) * step;
    while foot < right {
        let (from, to) = (foot.max(left), (foot + height).min(right));
        if from < to {
            let points = [from, to].map(|x| match kind {
                Hatch::Rising => (x, bottom - (x - foot)),
                _ => (x, top + (x - foot)),
            });
            strokes.through(&points);
        }
        foot += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_of_one_look_are_one_element() {
        let mut strokes = Strokes::bars(4.0, Color(1, 2, 255));
        strokes.level((1.0, 2.0), 5.0);
        strokes.level((8.0, 2.0), 8.0);
        let mut svg = String::new();
        strokes.push_svg(&mut svg);
        let expected = "<path fill=\"none\" stroke=\"#0102FF\" stroke-width=\"8\" shape-rendering=\"crispEdges\" \
                        d=\"M2 4h8M16 4h1\"/>\n";
        assert_eq!(svg, expected);
    }

    #[test]
    fn hatches_stay_within_their_rectangle() {
        for kind in [Hatch::Rising, Hatch::Falling, Hatch::Level] {
            let mut strokes = Strokes::lines(1.0, Color(0, 0, 0));
            hatch(&mut strokes, (10.0, 20.0), (33.0, 45.0), kind, 6.0);
            assert!(!strokes.is_empty());
            for point in strokes.path.split(['M', 'L']).filter(|point| !point.is_empty()) {
                let (x, y) = point.split_once(' ').unwrap();
                let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
                assert!((20..=66).contains(&x) && (40..=90).contains(&y), "{kind:?} {x} {y}");
            }
        }
    }
}
