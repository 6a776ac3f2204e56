//! Page, axes, grid and titles, the same in every figure.

use super::canvas::{Align, Canvas, Font};
use super::palette::{Color, FRAME, GRID, INK, MUTED, WHITE};
use super::scale::{Plane, TimeTick, kw_label};
use super::text::{fitted, text_width};

/// Width of every figure \[px\]: on A4 upright its smallest texts are some 6.5 points high.
pub(super) const WIDTH: f64 = 1000.0;
/// Room at the left and right edges \[px\].
pub(super) const MARGIN: f64 = 20.0;

/// Text in the figure's ink.
pub(super) fn ink(size: f64, align: Align) -> Font {
    Font { size, is_bold: false, color: INK, align }
}

/// Text that steps back.
pub(super) fn muted(size: f64, align: Align) -> Font {
    Font { size, is_bold: false, color: MUTED, align }
}

/// Text that stands out.
pub(super) fn bold(size: f64, align: Align) -> Font {
    bold_in(size, align, INK)
}

/// Text that stands out in a colour.
pub(super) fn bold_in(size: f64, align: Align, color: Color) -> Font {
    Font { size, is_bold: true, color, align }
}

/// The white page with title and subtitle.
pub(super) fn page(canvas: &mut Canvas, height: f64, title: &str, subtitle: &str) {
    let room = WIDTH - 2.0 * MARGIN;
    canvas.rect((0.0, 0.0), (WIDTH, height), WHITE);
    canvas.text(&fitted(title, 20.0, room), (MARGIN, 28.0), bold(20.0, Align::Left));
    canvas.text(&fitted(subtitle, 13.0, room), (MARGIN, 52.0), muted(13.0, Align::Left));
}

/// Grid lines behind the data.
pub(super) fn grid(canvas: &mut Canvas, plane: &Plane, times: &[TimeTick]) {
    let frame = plane.frame;
    for power_w in plane.power.ticks() {
        let y = plane.y(power_w);
        canvas.line(&[(frame.left, y), (frame.right, y)], 1.0, GRID);
    }
    time_grid(canvas, plane, times);
}

/// The plumb grid lines alone.
pub(super) fn time_grid(canvas: &mut Canvas, plane: &Plane, times: &[TimeTick]) {
    for tick in times {
        let x = plane.x(tick.t_s);
        let color = if tick.is_midnight { FRAME } else { GRID };
        canvas.line(&[(x, plane.frame.top), (x, plane.frame.bottom)], 1.0, color);
    }
}

/// The two axis lines, over the data.
pub(super) fn axis_lines(canvas: &mut Canvas, plane: &Plane) {
    let frame = plane.frame;
    let zero = plane.y(0);
    canvas.line(&[(frame.left, zero), (frame.right, zero)], 1.0, INK);
    canvas.line(&[(frame.left, frame.top), (frame.left, frame.bottom)], 1.0, FRAME);
}

/// Labels left of the axis \[kW\].
pub(super) fn power_labels(canvas: &mut Canvas, plane: &Plane, size: f64) {
    for power_w in plane.power.ticks() {
        let place = (plane.frame.left - 7.0, plane.y(power_w));
        canvas.text(&kw_label(power_w), place, ink(size, Align::Right));
    }
}

/// Labels below the axis, `drop` pixels under it: times of day, and dates under the ticks that have one.
pub(super) fn time_labels(canvas: &mut Canvas, plane: &Plane, times: &[TimeTick], size: f64, drop: f64) {
    let is_daily = times.len() > 1 && times.iter().all(|tick| tick.is_midnight);
    let (mut free_from, mut date_free_from) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for tick in times {
        let (x, y) = (plane.x(tick.t_s), plane.frame.bottom + drop);
        let line = [(x, plane.frame.bottom), (x, plane.frame.bottom + 4.0)];
        canvas.line(&line, 1.0, FRAME);
        if !is_daily {
            label(canvas, &tick.time, (x, y), ink(size, Align::Center), &mut free_from);
        }
        let Some(date) = &tick.date else { continue };
        // The year stands in the subtitle.
        let date = date.rsplit_once(' ').map_or(date.as_str(), |(day, _)| day);
        let (below, font) = match is_daily {
            true => (0.0, ink(size, Align::Center)),
            false => (size + 3.0, muted(size, Align::Center)),
        };
        label(canvas, date, (x, y + below), font, &mut date_free_from);
    }
}

/// Writes a label, unless it would run into the one before or off the page.
fn label(canvas: &mut Canvas, text: &str, (x, y): (f64, f64), font: Font, free_from: &mut f64) {
    let half = text_width(text, font.size) / 2.0;
    let x = x.clamp(half + 2.0, WIDTH - half - 2.0);
    if x - half >= *free_from {
        *free_from = x + half + 4.0;
        canvas.text(text, (x, y), font);
    }
}
