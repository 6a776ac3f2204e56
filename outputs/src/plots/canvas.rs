//! The only module that knows plotters: its SVG backend draws lines, areas and texts at coordinates of ours.
//!
//! Coordinates are pixels of a figure some 1,200 wide. They are rounded to half pixels, and the backend prints them as
//! integers, so that the bytes of a figure do not depend on how a platform prints fractions. Nothing of plotters'
//! charts is used: its ticks stand on `powf`, which differs between platforms.

use super::palette::Color;
use plotters::prelude::{
    DrawingBackend, FontDesc, FontFamily, FontStyle, RGBAColor, SVGBackend, ShapeStyle, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Units of the drawing per pixel: half pixels keep slopes and thin lines fine in print.
const UNITS_PER_PX: f64 = 2.0;

/// plotters writes font sizes divided by this.
const PLOTTERS_FONT_DIVISOR: f64 = 1.24;

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
pub struct PlotError(String);

/// A figure under construction. The first failure is kept and told by [`draw`].
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    failure: Option<PlotError>,
}

/// Draws a figure of `width` x `height` \[px\] and returns its SVG; `title` and `description` are for screen readers.
pub(super) fn draw(
    (width, height): (u32, u32),
    title: &str,
    description: &str,
    paint: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, PlotError> {
    let mut svg = String::new();
    let size = (units(f64::from(width)) as u32, units(f64::from(height)) as u32);
    let mut canvas = Canvas { backend: SVGBackend::with_string(&mut svg, size), failure: None };
    paint(&mut canvas);
    let presented = canvas.backend.present();
    canvas.note(presented);
    let failure = canvas.failure.take();
    drop(canvas);
    match failure {
        Some(failure) => Err(failure),
        None => Ok(with_header(&svg, (width, height), size, title, description)),
    }
}

/// Replaces plotters' first line by one with the figure's own size, and says for those who cannot see what is shown.
fn with_header(
    svg: &str,
    (width, height): (u32, u32),
    units: (u32, u32),
    title: &str,
    description: &str,
) -> String {
    let body = svg.split_once('\n').map_or("", |(_, body)| body);
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{}</title>\n<desc>{}</desc>\n{body}",
        units.0,
        units.1,
        escaped(title),
        escaped(description),
    )
}

impl Canvas<'_> {
    /// Fills a rectangle between two corners.
    pub(super) fn rect(&mut self, from: Point, to: Point, color: Color) {
        let drawn = self.backend.draw_rect(at(from), at(to), &rgba(color), true);
        self.note(drawn);
    }

    /// Fills an area.
    pub(super) fn area(&mut self, outline: &[Point], color: Color) {
        let points = simplified(outline.iter().map(|&point| at(point)));
        if points.len() > 2 {
            let drawn = self.backend.fill_polygon(points, &rgba(color));
            self.note(drawn);
        }
    }

    /// Draws a line through points, `width` \[px\] thick.
    pub(super) fn line(&mut self, points: &[Point], width: f64, color: Color) {
        let points = simplified(points.iter().map(|&point| at(point)));
        if points.len() > 1 {
            let style =
                ShapeStyle { color: rgba(color), filled: false, stroke_width: units(width).max(1) as u32 };
            let drawn = self.backend.draw_path(points, &style);
            self.note(drawn);
        }
    }

    /// Writes a text beside a point.
    pub(super) fn text(&mut self, text: &str, place: Point, font: Font) {
        let style = if font.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let color = rgba(font.color);
        let h_pos = match font.align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let size = font.size * UNITS_PER_PX * PLOTTERS_FONT_DIVISOR;
        let style = TextStyle::from(FontDesc::new(FontFamily::SansSerif, size, style))
            .color(&color)
            .pos(Pos::new(h_pos, VPos::Center));
        let drawn = self.backend.draw_text(&printable(text), &style, at(place));
        self.note(drawn);
    }

    fn note<E: std::fmt::Display>(&mut self, drawn: Result<(), E>) {
        if let Err(error) = drawn
            && self.failure.is_none()
        {
            self.failure = Some(PlotError(error.to_string()));
        }
    }
}

fn units(px: f64) -> i32 {
    (px * UNITS_PER_PX).round() as i32
}

fn at((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}

fn rgba(Color(r, g, b): Color) -> RGBAColor {
    RGBAColor(r, g, b, 1.0)
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
fn printable(text: &str) -> String {
    let is_forbidden = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.chars().map(|c| if is_forbidden(c) { ' ' } else { c }).collect()
}

fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_between_their_neighbours_are_left_out_and_spikes_stay() {
        let points = [(0, 5), (2, 5), (2, 5), (4, 5), (4, 9), (4, 2), (4, 3), (6, 3)];
        assert_eq!(simplified(points.into_iter()), [(0, 5), (4, 5), (4, 9), (4, 2), (4, 3), (6, 3)]);
    }

    #[test]
    fn hostile_texts_cannot_leave_their_place() {
        let text = "<script>alert(1)</script>\u{0} \"x\" & ]]>";
        let svg = draw((10, 10), text, text, |canvas| {
            let font = Font { size: 12.0, is_bold: false, color: Color(0, 0, 0), align: Align::Left };
            canvas.text(text, (1.0, 1.0), font);
        });
        let svg = svg.unwrap();
        assert!(!svg.contains("<script>") && !svg.contains('\u{0}') && !svg.contains("]]>"), "{svg}");
        assert!(svg.starts_with("<svg width=\"10\" height=\"10\" viewBox=\"0 0 20 20\""), "{svg}");
    }
}
