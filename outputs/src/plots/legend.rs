//! The signs of a legend.

use super::axes;
use super::canvas::{Align, Canvas, Point};
use super::ink::breach_mark;
use super::notices::Kind;
use super::palette::{Color, EXCESS};
use super::text::text_width;

/// The sign of a series.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Line((f64, Color)),
    Dashes((f64, Color)),
    Area(Color, (f64, Color)),
    Block(Color),
    Hatch(Kind),
    /// Power above a limit: its area, and the mark above it.
    Breach,
}

/// Width of a sign \[px\].
pub(super) const SWATCH: f64 = 24.0;

impl Swatch {
    /// Paints the sign with its left end at a point.
    pub(super) fn paint(self, canvas: &mut Canvas, (x, y): Point) {
        let ends = [(x, y), (x + SWATCH, y)];
        match self {
            Self::Line((width, color)) => canvas.line(&ends, width, color),
            Self::Dashes(ink) => canvas.dashes(&ends, ink),
            Self::Area(color, (width, edge)) => {
                canvas.rect((x, y - 6.0), (x + SWATCH, y + 6.0), color);
                canvas.line(&[(x, y - 6.0), (x + SWATCH, y - 6.0)], width, edge);
            }
            Self::Block(color) => canvas.rect((x, y - 6.0), (x + SWATCH, y + 6.0), color),
            Self::Hatch(kind) => {
                let (from, to) = ((x, y - 7.0), (x + SWATCH, y + 7.0));
                canvas.hatch(from, to, kind.hatch(), kind.color());
                canvas.line(&[from, (x, y + 7.0)], 1.0, kind.color());
                canvas.line(&[(x + SWATCH, y - 7.0), to], 1.0, kind.color());
            }
            Self::Breach => {
                canvas.rect((x, y + 1.0), (x + SWATCH, y + 6.0), EXCESS);
                breach_mark(canvas, (x + SWATCH / 2.0, y + 1.0));
            }
        }
    }
}

/// Signs and words in rows between two edges \[px\]; returns the height of the last row.
pub(super) fn in_rows(
    canvas: &mut Canvas,
    entries: &[(String, Swatch)],
    (left, right): (f64, f64),
    top: f64,
) -> f64 {
    const SIZE: f64 = 12.0;
    let (mut x, mut y) = (left, top);
    for (name, swatch) in entries {
        let width = SWATCH + 6.0 + text_width(name, SIZE);
        if x + width > right && x > left {
            (x, y) = (left, y + ROW);
        }
        swatch.paint(canvas, (x, y));
        canvas.text(name, (x + SWATCH + 6.0, y), axes::ink(SIZE, Align::Left));
        x += width + 16.0;
    }
    y
}

/// Height of a row of a legend \[px\].
pub(super) const ROW: f64 = 19.0;

/// How many rows [`in_rows`] will need.
pub(super) fn rows(entries: &[(String, Swatch)], (left, right): (f64, f64)) -> usize {
    let last = in_rows(&mut Canvas::default(), entries, (left, right), 0.0);
    (last / ROW) as usize + 1
}
