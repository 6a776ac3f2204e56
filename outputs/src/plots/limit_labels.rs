//! The heights of a limit in words, beside its line.

use super::axes;
use super::canvas::{Align, Canvas};
use super::ink::start_s;
use super::palette::WHITE;
use super::scale::{Plane, kw_label};
use super::series::Series;
use super::text::text_width;

/// More stretches of the limit than this are told in the legend alone.
const LIMIT_LABELS_MAX: usize = 9;

/// A stretch of time at one height of the limit: columns from and to (not included), and the height \[W\].
type Stretch = (usize, usize, Option<i64>);

fn stretches(limit: &Series) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (ix, column) in limit.columns.iter().enumerate() {
        let held_w = column.range.map(|range| range.last);
        match stretches.last_mut() {
            Some((_, to, height_w)) if *height_w == held_w => *to = ix + 1,
            _ => stretches.push((ix, ix + 1, held_w)),
        }
    }
    stretches
}

/// The heights of a limit in the order of their first use, where they are few.
pub(super) fn heights(limit: &Series) -> String {
    let mut heights_w: Vec<i64> = Vec::new();
    for held_w in stretches(limit).into_iter().filter_map(|(_, _, held_w)| held_w) {
        if !heights_w.contains(&held_w) {
            heights_w.push(held_w);
        }
    }
    let labels: Vec<String> = heights_w.iter().map(|&held_w| kw_label(held_w)).collect();
    let joined = format!("{} kW", labels.join(" / "));
    match (limit.min(), limit.max()) {
        (Some(_), Some(_)) if labels.len() <= 4 && text_width(&joined, 12.0) < 200.0 => joined,
        (Some(least_w), Some(most_w)) => format!("{} to {} kW", kw_label(least_w), kw_label(most_w)),
        _ => "unlimited".to_owned(),
    }
}

/// Writes each height of the limit beside its first stretch that has room for it.
pub(super) fn limit_labels(canvas: &mut Canvas, plane: &Plane, limit: &Series, step_s: u32) {
    const SIZE: f64 = 12.0;
    let x = |column| plane.x(start_s(limit.ticks_per_column, column, step_s));
    let stretches = stretches(limit);
    let is_crowded = stretches.len() > LIMIT_LABELS_MAX;
    let mut told: Vec<i64> = Vec::new();
    for (ix, &(from, to, held_w)) in stretches.iter().enumerate() {
        let Some(held_w) = held_w.filter(|held_w| !told.contains(held_w)) else { continue };
        let (left, right) = (x(from), x(to));
        let label = format!("{} kW", kw_label(held_w));
        let width = text_width(&label, SIZE) + 8.0;
        // A notch narrower than its label has room below itself, where the limit does not go.
        let is_narrow = right - left < width;
        let is_above = |beside: Option<&Stretch>| {
            beside.is_some_and(|&(_, _, other_w)| other_w.is_none_or(|other_w| other_w > held_w))
        };
        let is_notch = ix > 0 && is_above(stretches.get(ix - 1)) && is_above(stretches.get(ix + 1));
        if is_narrow && (is_crowded || !is_notch) {
            continue;
        }
        told.push(held_w);
        let x = if is_narrow { (left + right) / 2.0 } else { left + width / 2.0 + 4.0 };
        let x = x.clamp(plane.frame.left + width / 2.0, plane.frame.right - width / 2.0);
        let y = plane.y(held_w) + if is_narrow { 14.0 } else { -13.0 };
        canvas.rect((x - width / 2.0, y - 8.0), (x + width / 2.0, y + 8.0), WHITE);
        canvas.text(&label, (x, y), axes::bold(SIZE, Align::Center));
    }
}
