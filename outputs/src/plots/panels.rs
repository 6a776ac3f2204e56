//! How panels are laid out: rows of panels of one level, each level under a heading where there are several.

use super::axes::{MARGIN, WIDTH};
use super::scale::Frame;

/// Room between panels \[px\].
const GUTTER: f64 = 16.0;
/// Room for the labels left of a plot \[px\].
pub(super) const PANEL_GAP: f64 = 46.0;
/// Room for the labels below a plot \[px\].
const PANEL_FOOT: f64 = 46.0;
/// Room for a heading \[px\].
const HEADING: f64 = 28.0;

/// Where panels and headings stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// The plot of each panel.
    pub(super) frames: Vec<Frame>,
    /// The level and height of each heading; none where all panels are of one level.
    pub(super) headings: Vec<(usize, f64)>,
    pub(super) plot_height: f64,
    /// Height of the whole figure \[px\].
    pub(super) height: f64,
}

impl Layout {
    /// The layout of panels of these levels, in order; `head` is the room above each plot \[px\].
    pub(super) fn of(depths: &[usize], top: f64, head: f64) -> Self {
        let (columns, plot_height) = sizes(depths.len());
        let width = Self::panel_width(depths.len());
        let is_several = depths.first() != depths.last();
        let mut layout = Self { frames: Vec::new(), headings: Vec::new(), plot_height, height: 0.0 };
        let mut y = top;
        for level in depths.chunk_by(|a, b| a == b) {
            if is_several {
                layout.headings.push((level[0], y + HEADING / 2.0));
                y += HEADING;
            }
            for row in level.chunks(columns) {
                for column in 0..row.len() {
                    let left = MARGIN + column as f64 * (width + GUTTER) + PANEL_GAP;
                    let right = left + width - PANEL_GAP - 6.0;
                    let plot_top = y + head;
                    layout.frames.push(Frame { left, right, top: plot_top, bottom: plot_top + plot_height });
                }
                y += head + plot_height + PANEL_FOOT;
            }
        }
        layout.height = y.max(top + 40.0) + 8.0;
        layout
    }

    /// The width of each of so many panels, its labels included \[px\].
    pub(super) fn panel_width(panels: usize) -> f64 {
        let (columns, _) = sizes(panels);
        (WIDTH - 2.0 * MARGIN - GUTTER * (columns - 1) as f64) / columns as f64
    }
}

/// Columns, and the height of a plot \[px\]: few panels get more room each.
fn sizes(panels: usize) -> (usize, f64) {
    match panels {
        0 | 1 => (1, 400.0),
        2..=4 => (2, 200.0),
        5..=8 => (2, 160.0),
        _ => (3, 140.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_of_one_level_stand_under_one_heading_and_none_overlaps() {
        let depths = [1, 2, 2, 3, 3, 3, 3, 4, 4, 4];
        let layout = Layout::of(&depths, 100.0, 60.0);
        assert_eq!(layout.headings.iter().map(|(depth, _)| *depth).collect::<Vec<_>>(), [1, 2, 3, 4]);
        for (ix, a) in layout.frames.iter().enumerate() {
            assert!(a.right <= WIDTH && a.bottom <= layout.height);
            for b in &layout.frames[..ix] {
                let is_beside = a.left >= b.right || b.left >= a.right;
                assert!(is_beside || a.top >= b.bottom + 60.0, "{a:?} {b:?}");
            }
        }
        assert_eq!(Layout::of(&[2, 2, 2], 100.0, 60.0).headings, []);
    }
}
