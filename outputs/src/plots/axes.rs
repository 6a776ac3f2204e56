//! Axes, grid and titles, the same in every figure.

use super::canvas::{Align, Canvas, Font};
use super::ink::fitted;
use super::palette::{FRAME, GRID, INK, MUTED, WHITE};
use super::scale::{Plane, TimeTick, kw_label};

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
    Font { size, is_bold: true, color: INK, align }
}

/// The white page with title and subtitle.
pub(super) fn page(canvas: &mut Canvas<'_>, (width, height): (f64, f64), title: &str, subtitle: &str) {
    canvas.rect((0.0, 0.0), (width, height), WHITE);
    canvas.text(&fitted(title, 20.0, width - 48.0), (24.0, 30.0), bold(20.0, Align::Left));
    canvas.text(&fitted(subtitle, 13.0, width - 48.0), (24.0, 54.0), muted(13.0, Align::Left));
}

/// Grid lines behind the data.
pub(super) fn grid(canvas: &mut Canvas<'_>, plane: &Plane, times: &[TimeTick]) {
    let frame = plane.frame;
    for power_w in plane.power.ticks() {
        let y = plane.y(power_w);
        canvas.line(&[(frame.left, y), (frame.right, y)], 1.0, GRID);
    }
    for tick in times {
        let x = plane.x(tick.t_s);
        let color = if tick.is_midnight { FRAME } else { GRID };
        canvas.line(&[(x, frame.top), (x, frame.bottom)], 1.0, color);
    }
}

/// The two axis lines, over the data.
pub(super) fn axis_lines(canvas: &mut Canvas<'_>, plane: &Plane) {
    let frame = plane.frame;
    let zero = plane.y(0);
    canvas.line(&[(frame.left, zero), (frame.right, zero)], 1.0, INK);
    canvas.line(&[(frame.left, frame.top), (frame.left, frame.bottom)], 1.0, FRAME);
}

/// Labels left of the axis \[kW\].
pub(super) fn power_labels(canvas: &mut Canvas<'_>, plane: &Plane, size: f64) {
    for power_w in plane.power.ticks() {
        let place = (plane.frame.left - 8.0, plane.y(power_w));
        canvas.text(&kw_label(power_w), place, ink(size, Align::Right));
    }
}

/// Labels below the axis, `drop` pixels under it: times of day, and dates under the ticks that have one.
pub(super) fn time_labels(canvas: &mut Canvas<'_>, plane: &Plane, times: &[TimeTick], size: f64, drop: f64) {
    let is_daily = times.len() > 1 && times.iter().all(|tick| tick.is_midnight);
    let mut free_from = f64::NEG_INFINITY;
    for tick in times {
        let (x, y) = (plane.x(tick.t_s), plane.frame.bottom + drop);
        let line = [(x, plane.frame.bottom), (x, plane.frame.bottom + 4.0)];
        canvas.line(&line, 1.0, FRAME);
        if !is_daily {
            canvas.text(&tick.time, (x, y), ink(size, Align::Center));
        }
        let Some(date) = &tick.date else { continue };
        // The year stands in the subtitle.
        let date = date.rsplit_once(' ').map_or(date.as_str(), |(day, _)| day);
        let half = super::ink::text_width(date, size) / 2.0;
        if x - half < free_from {
            continue;
        }
        free_from = x + half + 4.0;
        let below = if is_daily { 0.0 } else { size + 3.0 };
        canvas.text(
            date,
            (x, y + below),
            if is_daily { ink(size, Align::Center) } else { muted(size, Align::Center) },
        );
    }
}
