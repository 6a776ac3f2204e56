//! `branches.svg`: a panel per charger circuit, and per grid connection where there are several.

use super::axes;
use super::canvas::{Align, Canvas, PlotError, draw};
use super::data::{Branch, PlotData};
use super::ink::{self, fitted, text_width};
use super::palette::{self, BASE_AREA, Color, DEMAND_AREA, DEMAND_LINE, VERMILLION};
use super::scale::{Frame, Plane, PowerScale, count_label, kw_label, time_ticks};
use super::series::Series;
use super::site::Swatch;

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 24.0;
/// Where the first row of panels begins \[px\]; title, subtitle and legend stand above.
const PANELS_TOP: f64 = 112.0;
/// Room of a panel's title, and of its time labels \[px\].
const PANEL_HEAD: f64 = 30.0;
const PANEL_FOOT: f64 = 50.0;
/// Height of the strip that shows when the limit withheld power \[px\].
const STRIP: f64 = 5.0;

const LIMIT_INK: (f64, Color) = (2.0, VERMILLION);
const DEMAND_INK: (f64, Color) = (1.0, DEMAND_LINE);

/// How panels are laid out.
struct Grid {
    columns: usize,
    rows: usize,
    panel_width: f64,
    plot_height: f64,
}

impl Grid {
    /// A page's worth of columns: few panels get more room each.
    fn of(panels: usize) -> Self {
        let (columns, plot_height) = match panels {
            0 | 1 => (1, 420.0),
            2..=4 => (2, 210.0),
            5..=8 => (2, 170.0),
            9..=15 => (3, 150.0),
            _ => (4, 130.0),
        };
        let gap = 14.0 * (columns - 1) as f64;
        let panel_width = (WIDTH - 2.0 * MARGIN - gap) / columns as f64;
        Self { columns, rows: panels.div_ceil(columns).max(1), panel_width, plot_height }
    }

    fn row_height(&self) -> f64 {
        PANEL_HEAD + self.plot_height + PANEL_FOOT
    }

    fn height(&self) -> f64 {
        PANELS_TOP + self.rows as f64 * self.row_height() + 8.0
    }

    fn frame(&self, ix: usize) -> Frame {
        let (column, row) = (ix % self.columns, ix / self.columns);
        let left = MARGIN + column as f64 * (self.panel_width + 14.0);
        let top = PANELS_TOP + row as f64 * self.row_height() + PANEL_HEAD;
        Frame {
            left: left + 42.0,
            right: left + self.panel_width - 12.0,
            top,
            bottom: top + self.plot_height,
        }
    }
}

impl PlotData {
    /// The SVG of the branches' plot.
    ///
    /// # Errors
    /// None in practice: the figure is drawn in memory.
    pub fn branches_svg(&self) -> Result<String, PlotError> {
        let grid = Grid::of(self.branches.len());
        let title = format!("{}: {}", self.title, self.branches_are);
        let mut subtitle = self.subtitle();
        if self.branches_left_out > 0 {
            subtitle = format!(
                "The first {} circuits; {} more are in nodes.csv. {subtitle}",
                self.branches.len(),
                self.branches_left_out
            );
        }
        let description = format!(
            "Power of {} over time in kW: limit, demand, and the metered power of what hangs below each. {subtitle}",
            self.branches_are
        );
        draw((WIDTH as u32, grid.height() as u32), &title, &description, |canvas| {
            axes::page(canvas, (WIDTH, grid.height()), &title, &subtitle);
            self.paint_branch_legend(canvas);
            for (ix, branch) in self.branches.iter().enumerate() {
                let power = branch_scale(&self.branches, branch.depth, &grid);
                let plane = Plane { frame: grid.frame(ix), power, duration_s: self.duration_s() };
                self.paint_branch(canvas, &plane, branch);
            }
            if self.branches.is_empty() {
                canvas.text(
                    "This site has no charger circuits.",
                    (MARGIN, PANELS_TOP),
                    axes::ink(13.0, Align::Left),
                );
            }
        })
    }

    fn paint_branch(&self, canvas: &mut Canvas<'_>, plane: &Plane, branch: &Branch) {
        let frame = plane.frame;
        let columns_max = ((frame.right - frame.left) * 2.0) as usize;
        let step_s = self.step_s;
        let narrow = |series: &Series| series.in_columns(columns_max);
        let ticks_max = ((frame.right - frame.left) / 56.0) as u64;
        let times = time_ticks(&self.clock, self.duration_s(), ticks_max);
        // What is asked for lies behind what is metered, so that it hides nothing of it.
        let demand = narrow(&branch.demand);
        ink::area(canvas, plane, &demand, step_s, DEMAND_AREA);
        axes::grid(canvas, plane, &times);
        ink::outline(canvas, plane, &demand, step_s, DEMAND_INK);
        branch.paint_layers(canvas, plane, columns_max, step_s, self.layers());
        ink::step_line(canvas, plane, &narrow(&branch.limit), step_s, LIMIT_INK);
        ink::off_scale_note(canvas, plane, (&branch.demand, step_s), "demand up to", DEMAND_AREA);
        axes::axis_lines(canvas, plane);
        let strip = (frame.bottom + 1.0, frame.bottom + 1.0 + STRIP);
        ink::bars(canvas, plane, &narrow(&branch.binding), step_s, strip, VERMILLION);
        axes::power_labels(canvas, plane, 11.0);
        canvas.text("kW", (frame.left - 8.0, frame.top - 14.0), axes::muted(11.0, Align::Right));
        axes::time_labels(canvas, plane, &times, 11.0, 17.0);
        branch.paint_title(canvas, plane);
    }

    /// The most layers of any branch, so that the same layer has the same colour in all panels.
    fn layers(&self) -> usize {
        self.branches.iter().map(|branch| branch.layers.len()).max().unwrap_or(0)
    }

    fn paint_branch_legend(&self, canvas: &mut Canvas<'_>) {
        let layers = self.layers();
        let has_groups = self.branches.iter().any(Branch::has_groups);
        let is_nested = self.branches.iter().any(|branch| branch.is_nested);
        let has_own = self.branches.iter().any(Branch::has_own);
        let mut entries = vec![
            ("Limit".to_owned(), Swatch::Line(LIMIT_INK)),
            ("Demand within the limits below".to_owned(), Swatch::Area(DEMAND_AREA, DEMAND_INK)),
            ("Limit withheld power".to_owned(), Swatch::Block(VERMILLION)),
        ];
        if has_own {
            entries.push(("Base load".to_owned(), Swatch::Block(BASE_AREA)));
        }
        for ix in 0..layers {
            let name = match ix {
                0 => format!("Metered: {} 1", if is_nested { "branch" } else { "charge point" }),
                _ => (ix + 1).to_string(),
            };
            entries.push((name, Swatch::Block(palette::layer(ix, layers))));
        }
        let mut x = MARGIN;
        for (name, swatch) in entries {
            swatch.paint(canvas, (x, 84.0));
            canvas.text(&name, (x + 30.0, 84.0), axes::ink(12.0, Align::Left));
            x += 30.0 + text_width(&name, 12.0) + if name.len() > 1 { 18.0 } else { 6.0 };
        }
        if has_groups {
            canvas.text("(or groups)", (x, 84.0), axes::muted(12.0, Align::Left));
        }
    }
}

impl Branch {
    fn has_own(&self) -> bool {
        self.own.max().is_some_and(|most_w| most_w > 0)
    }

    /// The metered power of the children, on top of one another and of the branch's own base load.
    fn paint_layers(
        &self,
        canvas: &mut Canvas<'_>,
        plane: &Plane,
        columns_max: usize,
        step_s: u32,
        layers: usize,
    ) {
        let own = self.own.in_columns(columns_max);
        let mut lower = vec![0; own.columns.len()];
        if self.has_own() {
            let upper = ink::means(&own);
            ink::band(canvas, plane, &own, (&lower, &upper), step_s, BASE_AREA);
            lower = upper;
        }
        for (ix, layer) in self.layers.iter().enumerate() {
            let series = layer.measured.in_columns(columns_max);
            let upper: Vec<i64> =
                lower.iter().zip(ink::means(&series)).map(|(lower, own)| lower + own).collect();
            let color = palette::layer(ix, layers);
            ink::band(canvas, plane, &series, (&lower, &upper), step_s, color);
            ink::separate(canvas, plane, &series, (&lower, &upper), step_s);
            lower = upper;
        }
    }

    fn paint_title(&self, canvas: &mut Canvas<'_>, plane: &Plane) {
        let frame = plane.frame;
        let limit = match (self.limit.min(), self.limit.max()) {
            (Some(least_w), Some(most_w)) if least_w == most_w => format!("limit {} kW", kw_label(most_w)),
            (Some(least_w), Some(most_w)) => {
                format!("limit {} to {} kW", kw_label(least_w), kw_label(most_w))
            }
            _ => "unlimited".to_owned(),
        };
        let mut constrained = format!("constrained {} min", count_label(self.binding_s / 60));
        if self.over_limit_s > 0 {
            constrained = format!("above limit {} min", count_label(self.over_limit_s / 60));
        }
        let whole = format!("{limit}, {constrained}");
        // The name comes first; where the panel is narrow, the limit is read from its line.
        let wanted = text_width(&self.name, 14.0) + text_width(&whole, 12.0) + 12.0;
        let note = if wanted > frame.right - frame.left { constrained } else { whole };
        let y = frame.top - 14.0;
        let room = frame.right - frame.left - text_width(&note, 12.0) - 12.0;
        canvas.text(&fitted(&self.name, 14.0, room), (frame.left, y), axes::bold(14.0, Align::Left));
        canvas.text(&note, (frame.right, y), axes::muted(12.0, Align::Right));
    }
}

/// One scale for all panels of a level of the tree, so that they compare.
fn branch_scale(branches: &[Branch], depth: usize, grid: &Grid) -> PowerScale {
    let branches = || branches.iter().filter(|branch| branch.depth == depth);
    let most = |series: &Series| series.max().unwrap_or(0);
    let held_w = |branch: &Branch| most(&branch.limit).max(most(&branch.measured));
    let held_w = branches().map(held_w).max().unwrap_or(0);
    let demand_w = branches().map(|branch| most(&branch.demand)).max().unwrap_or(0);
    let most_w = demand_w.min(held_w * 2).max(held_w);
    let least_w = branches().filter_map(|branch| branch.own.min()).min().unwrap_or(0);
    PowerScale::holding(least_w, most_w + most_w / 40, if grid.plot_height > 200.0 { 8 } else { 6 })
}
