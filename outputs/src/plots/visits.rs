//! `visits.svg`: were vehicles ready, and by what margin; SoC on arrival and departure.

use super::axes::{self, MARGIN, WIDTH};
use super::canvas::{Align, Canvas, PlotError, draw};
use super::data::PlotData;
use super::palette::{BLUE, BREACH, Color, FRAME, GRID, ORANGE};
use super::scale::count_label;
use super::visit_rows::{Fate, VisitRow};
use super::visit_table::{self, Table};
use crate::format::counted;

/// Heights of the facts, and of the two histograms \[px\].
const FACTS_TOP: f64 = 80.0;
const HISTOGRAM_TOP: f64 = 132.0;
const HISTOGRAM_BOTTOM: f64 = 222.0;
const TABLE_TOP: f64 = 284.0;

/// Where the histogram of margins stands \[px\], and what it is called.
const MARGINS_PX: (f64, f64) = (MARGIN, 510.0);
const MARGIN_HEADING: &str = "Margin: how long before departure they were ready";
/// Widths of margins' classes \[min\]: as few classes as fit a histogram.
const CLASSES_MIN: [i64; 5] = [5, 10, 15, 30, 60];
const CLASSES_MAX: i64 = 8;

/// Classes of margins that fit none of these widths \[min\], each with its label.
const UNEQUAL_CLASSES_MIN: [(i64, i64, &str); 7] = [
    (0, 15, "0-15 m"),
    (15, 60, "15-60 m"),
    (60, 120, "1-2 h"),
    (120, 240, "2-4 h"),
    (240, 720, "4-12 h"),
    (720, 1440, "12-24 h"),
    (1440, i64::MAX, "24+ h"),
];

/// A bar of a histogram: its label, and its counts side by side.
struct Bar<const N: usize> {
    label: String,
    counts: [usize; N],
    is_bad: bool,
}

impl PlotData {
    /// The SVG of the visits' plot.
    ///
    /// # Errors
    /// None in practice: the figure is drawn in memory.
    pub fn visits_svg(&self) -> Result<String, PlotError> {
        let (all, shown): (Vec<VisitRow<'_>>, _) = (self.visits.all().collect(), self.visits.shown());
        let title = format!("{}: visits", self.title);
        let subtitle = self.subtitle();
        let facts = facts(&all);
        let table = Table::of(&shown, all.len(), self.duration_s(), TABLE_TOP);
        let description = format!(
            "Readiness of {}. {facts} Below, by visit: arrival, when it was ready, departure, state of charge, what held it back. All visits are \
             in visits.csv. {subtitle}",
            counted(all.len() as u64, "visit", "visits")
        );
        draw((WIDTH, table.height()), &title, &description, |canvas| {
            axes::page(canvas, table.height(), &title, &subtitle);
            canvas.text(&facts, (MARGIN, FACTS_TOP), axes::bold(14.0, Align::Left));
            paint_margins(canvas, &all);
            paint_socs(canvas, &all);
            visit_table::paint(canvas, self, &table, &shown);
        })
    }
}

/// The answer in a sentence or two.
fn facts(rows: &[VisitRow<'_>]) -> String {
    let count = |is: fn(&Fate) -> bool| rows.iter().filter(|row| is(&row.fate)).count();
    let ready = count(|fate| matches!(fate, Fate::Ready { .. }));
    let mut words = format!("{} of {} ready", count_label(ready as u64), count_label(rows.len() as u64));
    let others = [
        (count(|fate| matches!(fate, Fate::Late(_))), "NOT READY at departure"),
        (count(|fate| matches!(fate, Fate::Unfinished(_))), "not yet ready at the end of the run"),
        (count(|fate| *fate == Fate::NoShow), "never came"),
    ];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        words.push_str(&format!(", {} {what}", count_label(count as u64)));
    }
    let mut margins: Vec<(i64, &str)> = margins(rows).collect();
    // Of several, the first visit is named, as in the summary.
    margins.sort_by_key(|(margin_s, _)| *margin_s);
    match (margins.first(), median_s(&margins)) {
        (Some((least_s, visit)), Some(median_s)) => {
            let (least, median) = (visit_table::span_words(*least_s), visit_table::span_words(median_s));
            format!("{words}. Least margin {least} ({visit}), median {median}.")
        }
        _ => format!("{words}."),
    }
}

/// The one in the middle of sorted margins, or what lies half-way between the two that are \[s\].
fn median_s(margins: &[(i64, &str)]) -> Option<i64> {
    let (lower_s, _) = margins.get(margins.len().checked_sub(1)? / 2)?;
    let (upper_s, _) = margins.get(margins.len() / 2)?;
    Some((lower_s + upper_s).div_euclid(2))
}

/// The margins of those that were ready \[s\], and whose they are.
fn margins<'a>(rows: &'a [VisitRow<'a>]) -> impl Iterator<Item = (i64, &'a str)> {
    rows.iter().filter_map(|row| match row.fate {
        Fate::Ready { margin_s, .. } => Some((margin_s, row.visit.id.as_str())),
        _ => None,
    })
}

/// How many visits had which margin.
fn paint_margins(canvas: &mut Canvas, rows: &[VisitRow<'_>]) {
    let late = |fate: &Fate| matches!(fate, Fate::Late(_) | Fate::Unfinished(_));
    let not_ready = rows.iter().filter(|row| late(&row.fate)).count();
    let mut bars = vec![Bar { label: "not ready".to_owned(), counts: [not_ready], is_bad: true }];
    let mut sorted_min: Vec<i64> = margins(rows).map(|(margin_s, _)| margin_s.max(0) / 60).collect();
    sorted_min.sort_unstable();
    // Nine of ten decide how wide a class is; the last class is open, so that one stay of a week hides nothing.
    let most_min = sorted_min.get(sorted_min.len() * 9 / 10).copied().unwrap_or(0);
    let Some(class_min) = CLASSES_MIN.into_iter().find(|class_min| most_min / class_min < CLASSES_MAX) else {
        // Classes of many hours would hide who was ready only just in time.
        for (from_min, to_min, label) in UNEQUAL_CLASSES_MIN {
            let is_in = |margin_min: &&i64| (from_min..to_min).contains(*margin_min);
            let count = sorted_min.iter().filter(is_in).count();
            bars.push(Bar { label: label.to_owned(), counts: [count], is_bad: false });
        }
        return paint_bars(canvas, MARGINS_PX, MARGIN_HEADING, &bars, [BLUE]);
    };
    // Where none was ready there are no classes.
    let last = sorted_min.last().map_or(-1, |largest_min| (largest_min / class_min).min(CLASSES_MAX));
    let is_hours = class_min >= 60;
    let told = |minutes: i64| if is_hours { minutes / 60 } else { minutes };
    for class in 0..=last {
        let (from_min, to_min) = (class * class_min, (class + 1) * class_min);
        let is_open = class == CLASSES_MAX;
        let is_in =
            |margin_min: &&i64| (from_min..if is_open { i64::MAX } else { to_min }).contains(*margin_min);
        let label = match is_open {
            true => format!("{}+", told(from_min)),
            false => format!("{}-{}", told(from_min), told(to_min)),
        };
        bars.push(Bar { label, counts: [sorted_min.iter().filter(is_in).count()], is_bad: false });
    }
    let unit = if is_hours { "h" } else { "min" };
    paint_bars(canvas, MARGINS_PX, &format!("{MARGIN_HEADING}, {unit}"), &bars, [BLUE]);
}

/// How many visits had which state of charge on arrival and at departure.
fn paint_socs(canvas: &mut Canvas, rows: &[VisitRow<'_>]) {
    let class = |row: &VisitRow<'_>, energy_j: u64| (row.soc_ppm(energy_j) / 100_000).min(9) as usize;
    let mut bars: Vec<Bar<2>> = (0..10)
        .map(|ix| Bar { label: format!("{}-{}", ix * 10, ix * 10 + 10), counts: [0, 0], is_bad: false })
        .collect();
    for row in rows.iter().filter(|row| row.fate != Fate::NoShow) {
        bars[class(row, row.visit.arrival_energy_j)].counts[0] += 1;
        bars[class(row, row.stay.energy_j)].counts[1] += 1;
    }
    let (left, right) = (544.0, WIDTH - MARGIN);
    paint_bars(canvas, (left, right), "State of charge, %", &bars, [ORANGE, BLUE]);
    let signs = [("arrival", ORANGE, right - 178.0), ("departure", BLUE, right - 96.0)];
    for (name, color, x) in signs {
        canvas.rect((x, HISTOGRAM_TOP - 30.0), (x + 14.0, HISTOGRAM_TOP - 18.0), color);
        canvas.text(name, (x + 19.0, HISTOGRAM_TOP - 24.0), axes::ink(12.0, Align::Left));
    }
}

/// A histogram of rectangles with their counts.
fn paint_bars<const N: usize>(
    canvas: &mut Canvas,
    (left, right): (f64, f64),
    heading: &str,
    bars: &[Bar<N>],
    colors: [Color; N],
) {
    canvas.text(heading, (left, HISTOGRAM_TOP - 24.0), axes::bold(13.0, Align::Left));
    let most = bars.iter().flat_map(|bar| bar.counts).max().unwrap_or(0).max(1);
    let width = ((right - left) / bars.len() as f64).min(96.0);
    let bar_width = (width - 6.0) / N as f64;
    canvas.line(&[(left, HISTOGRAM_BOTTOM), (right, HISTOGRAM_BOTTOM)], 1.0, FRAME);
    for (ix, bar) in bars.iter().enumerate() {
        let x = left + width * ix as f64 + 3.0;
        for (n, (count, color)) in bar.counts.into_iter().zip(colors).enumerate() {
            let color = if bar.is_bad { BREACH } else { color };
            let bar_left = x + bar_width * n as f64;
            let top = HISTOGRAM_BOTTOM - (HISTOGRAM_BOTTOM - HISTOGRAM_TOP) * (count as f64 / most as f64);
            if count > 0 {
                canvas.rect((bar_left, top), (bar_left + bar_width - 1.0, HISTOGRAM_BOTTOM), color);
            }
            let font = if bar.is_bad && count > 0 {
                axes::bold_in(12.0, Align::Center, BREACH)
            } else {
                axes::ink(12.0, Align::Center)
            };
            // An empty class says so once.
            if count > 0 || (n == 0 && bar.counts == [0; N] && bar.is_bad) {
                canvas.text(&count_label(count as u64), (bar_left + bar_width / 2.0, top - 8.0), font);
            }
        }
        let middle = x + width / 2.0 - 3.0;
        canvas.line(&[(x - 3.0, HISTOGRAM_BOTTOM), (x - 3.0, HISTOGRAM_BOTTOM + 4.0)], 1.0, GRID);
        let font = axes::muted(12.0, Align::Center);
        canvas.text(&bar.label, (middle, HISTOGRAM_BOTTOM + 12.0), font);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle_or_half_way_between_two() {
        let of =
            |margins: &[i64]| median_s(&margins.iter().map(|&margin_s| (margin_s, "")).collect::<Vec<_>>());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some(7));
        assert_eq!(of(&[1, 4, 9]), Some(4));
        assert_eq!(of(&[-3, 0, 5, 9]), Some(2));
    }
}
