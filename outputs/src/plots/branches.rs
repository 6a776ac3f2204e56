//! `branches.svg`: a panel per charger circuit, and per grid connection where there are several.

use super::axes::{self, MARGIN, WIDTH};
use super::branch::{Branch, kind_words};
use super::canvas::{Align, Canvas, PlotError, draw};
use super::data::PlotData;
use super::ink;
use super::legend::{self, SWATCH, Swatch};
use super::notices::Kind;
use super::palette::{self, BASE_AREA, Color, DEMAND_AREA, DEMAND_LINE, EXCESS, FROM_ABOVE, INK, VERMILLION};
use super::panels::{Layout, PANEL_GAP};
use super::scale::{Plane, PowerScale, count_label, kw_label, time_ticks};
use super::series::Series;
use super::text::{fitted, text_width};
use crate::format::counted;

/// Where the legend begins \[px\]; title and subtitle stand above.
const LEGEND_TOP: f64 = 80.0;
/// What begins the words that tell for how long a limit withheld power.
const CONSTRAINED: &str = "constrained";
/// Height of the strip that shows when the limit withheld power \[px\].
const STRIP: f64 = 5.0;
/// Size of a panel's small texts, and the height of their lines \[px\].
const SMALL: f64 = 12.0;
const LINE: f64 = 17.0;
/// Most lines of ids in a panel's head.
const ID_LINES_MAX: usize = 2;

const LIMIT_INK: (f64, Color) = (2.5, VERMILLION);
const DEMAND_INK: (f64, Color) = (1.0, DEMAND_LINE);
const METER_INK: (f64, Color) = (1.0, INK);
const FINE_METER_INK: (f64, Color) = (0.5, INK);

/// Signs and ids of what lies on top of one another in a panel, in lines.
type Ids = Vec<Vec<(String, Swatch)>>;

impl PlotData {
    /// The SVG of the branches' plot.
    ///
    /// # Errors
    /// None in practice: the figure is drawn in memory.
    pub fn branches_svg(&self) -> Result<String, PlotError> {
        let branches = &self.branches.shown;
        let entries = self.branch_legend();
        let edges = (MARGIN, WIDTH - MARGIN);
        let panels_top = LEGEND_TOP + legend::ROW * legend::rows(&entries, edges) as f64 + 4.0;
        let depths: Vec<usize> = branches.iter().map(|branch| branch.depth).collect();
        let width = Layout::panel_width(branches.len());
        let ids: Vec<Ids> = branches.iter().map(|branch| branch.ids(width - 6.0)).collect();
        let id_lines = ids.iter().map(Vec::len).max().unwrap_or(0);
        let has_words = branches.iter().any(|branch| !branch.outage.is_empty() || !branch.feed.is_empty());
        let head = 29.0 + LINE * (id_lines + 1) as f64 + if has_words { LINE } else { 0.0 };
        let layout = Layout::of(&depths, panels_top, head);

        let title = format!("{}: {} (kW)", self.title, self.branches.are());
        let subtitle = self.subtitle();
        draw((WIDTH, layout.height), &title, &self.branches_description(), |canvas| {
            axes::page(canvas, layout.height, &title, &subtitle);
            legend::in_rows(canvas, &entries, edges, LEGEND_TOP);
            for (depth, y) in &layout.headings {
                self.paint_heading(canvas, *depth, *y, layout.plot_height);
            }
            for ((branch, ids), frame) in branches.iter().zip(&ids).zip(&layout.frames) {
                let power = branch_scale(branches, branch.depth, layout.plot_height);
                let plane = Plane { frame: *frame, power, duration_s: self.duration_s() };
                branch.paint_head(canvas, &plane, (ids, self.step_s), frame.top - head);
                self.paint_branch(canvas, &plane, branch);
            }
            if branches.is_empty() {
                let words = "This site has no charger circuits.";
                canvas.text(words, (MARGIN, panels_top), axes::ink(13.0, Align::Left));
            }
            if self.branches.left_out > 0 {
                let words = format!("{} more are in nodes.csv.", self.branches.left_out);
                canvas.text(&words, (WIDTH - MARGIN, layout.height - 12.0), axes::bold(SMALL, Align::Right));
            }
        })
    }

    /// The figure in words, for those who cannot see it.
    fn branches_description(&self) -> String {
        let mut words = format!(
            "Power of {} over time in kW: limit, demand, meter, and the metered power of what hangs below each.",
            self.branches.are()
        );
        for branch in &self.branches.shown {
            let peak = ink::peak_words(&branch.measured);
            let limit = branch.limit_words().join(", ");
            let above = match branch.held_above_s {
                0 => String::new(),
                above_s => format!(", held back from above for {} min", count_label(above_s / 60)),
            };
            words.push_str(&format!(" {}: {limit}{above}, metered peak {peak}.", branch.name));
        }
        format!("{words} {}", self.subtitle())
    }

    /// Where panels have several scales, the heading above those that share one says so.
    fn paint_heading(&self, canvas: &mut Canvas, depth: usize, y: f64, plot_height: f64) {
        let branches = self.branches.shown.iter().filter(|branch| branch.depth == depth).count();
        let below = match depth {
            0 => "The site itself".to_owned(),
            1 => "Directly below the site".to_owned(),
            _ => format!("Level {depth} below the site"),
        };
        let power = branch_scale(&self.branches.shown, depth, plot_height);
        let words = format!(
            "{below}: {}, drawn from {} to {} kW",
            counted(branches as u64, "branch", "branches"),
            kw_label(power.bottom_w),
            kw_label(power.top_w)
        );
        canvas.text(&words, (MARGIN, y), axes::bold(13.0, Align::Left));
    }

    fn paint_branch(&self, canvas: &mut Canvas, plane: &Plane, branch: &Branch) {
        let (frame, step_s) = (plane.frame, self.step_s);
        let columns_max = ((frame.right - frame.left) * 2.0) as usize;
        let narrow = |series: &Series| series.in_columns(columns_max);
        let ticks_max = ((frame.right - frame.left) / 50.0) as u64;
        let times = time_ticks(&self.clock, self.duration_s(), ticks_max);
        // What is asked for lies behind what is metered, so that it hides nothing of it.
        let demand = narrow(&branch.demand);
        ink::area(canvas, plane, &demand, step_s, DEMAND_AREA);
        axes::grid(canvas, plane, &times);
        ink::outline(canvas, plane, &demand, step_s, DEMAND_INK);
        branch.paint_layers(canvas, plane, columns_max, step_s);
        let (measured, over) = (narrow(&branch.measured), narrow(&branch.over));
        self.notices.rejected.paint(canvas, plane, step_s, Kind::Rejected);
        for (kind, notice) in [(Kind::Outage, &branch.outage), (Kind::Feed, &branch.feed)] {
            notice.paint(canvas, plane, step_s, kind);
            notice.paint_words(canvas, plane, step_s, frame.top - 14.0, kind.color());
        }
        ink::step_line(canvas, plane, &narrow(&branch.limit), step_s, LIMIT_INK);
        ink::excess(canvas, plane, (&measured, &over), step_s, EXCESS);
        // Dense columns would be all line; there the stack shows the same peaks.
        let meter_ink = if measured.ticks_per_column > 4 { FINE_METER_INK } else { METER_INK };
        ink::step_line(canvas, plane, &measured, step_s, meter_ink);
        ink::breach_marks(canvas, plane, &over, step_s);
        ink::off_scale_note(canvas, plane, (&branch.demand, step_s), &branch.demand_words(), DEMAND_AREA);
        axes::axis_lines(canvas, plane);
        let strip = (frame.bottom + 1.0, frame.bottom + 1.0 + STRIP);
        ink::bars(canvas, plane, &narrow(&branch.held_above), step_s, strip, FROM_ABOVE);
        ink::bars(canvas, plane, &narrow(&branch.binding), step_s, strip, VERMILLION);
        axes::power_labels(canvas, plane, SMALL);
        axes::time_labels(canvas, plane, &times, SMALL, 17.0);
    }

    fn branch_legend(&self) -> Vec<(String, Swatch)> {
        let branches = &self.branches.shown;
        let (metered, demand) = match branches.iter().any(|branch| branch.has_base) {
            true => ("Metered, with base load", "Demand within the limits below, on base load"),
            false => ("Metered", "Demand within the limits below"),
        };
        let mut entries = vec![
            ("Limit".to_owned(), Swatch::Line(LIMIT_INK)),
            (metered.to_owned(), Swatch::Line(METER_INK)),
            (demand.to_owned(), Swatch::Area(DEMAND_AREA, DEMAND_INK)),
            ("Below the axis: the limit withheld power".to_owned(), Swatch::Block(VERMILLION)),
        ];
        if branches.iter().any(|branch| branch.held_above_s > 0) {
            entries.push(("paler: a limit above it did".to_owned(), Swatch::Block(FROM_ABOVE)));
        }
        if branches.iter().any(|branch| branch.over.max() > Some(0)) {
            entries.push(("Above the limit".to_owned(), Swatch::Breach));
        }
        let has = |kind| match kind {
            Kind::Rejected => !self.notices.rejected.is_empty(),
            Kind::Outage => branches.iter().any(|branch| !branch.outage.is_empty()),
            Kind::Feed => branches.iter().any(|branch| !branch.feed.is_empty()),
        };
        let kinds = [Kind::Rejected, Kind::Outage, Kind::Feed].into_iter().filter(|&kind| has(kind));
        entries.extend(kinds.map(|kind| (kind.label().to_owned(), Swatch::Hatch(kind))));
        let columns = branches.iter().map(|branch| branch.stack.in_columns(900).ticks_per_column).max();
        if let Some(ticks) = columns.filter(|&ticks| ticks > 1) {
            let minutes = u64::from(ticks) * u64::from(self.step_s) / 60;
            let name = format!("Stacked: of every {minutes} min the moment in which the sum was largest");
            entries.push((name, Swatch::Block(palette::layer(0, 1))));
        }
        entries
    }
}

impl Branch {
    /// The metered power of the children, on top of one another and of the branch's own base load.
    fn paint_layers(&self, canvas: &mut Canvas, plane: &Plane, columns_max: usize, step_s: u32) {
        let stack = self.stack.in_columns(columns_max);
        let part = |ix: usize| (0..stack.len()).map(|column| stack.column(column)[ix]).collect::<Vec<i64>>();
        let own = if self.has_own { part(0) } else { vec![0; stack.len()] };
        let mut lower = vec![0; stack.len()];
        ink::band(canvas, plane, stack.ticks_per_column, (&lower, &own), step_s, BASE_AREA);
        // Generation lies below the axis; power that is drawn stands above it.
        lower = own.into_iter().map(|own_w| own_w.max(0)).collect();
        for ix in 0..self.layers.len() {
            let upper: Vec<i64> = lower.iter().zip(part(ix + 1)).map(|(lower, part)| lower + part).collect();
            let color = palette::layer(ix, self.layers.len());
            ink::band(canvas, plane, stack.ticks_per_column, (&lower, &upper), step_s, color);
            lower = upper;
        }
    }

    /// Name and kind, then limit and how long it was felt, then what the colours are.
    fn paint_head(&self, canvas: &mut Canvas, plane: &Plane, (ids, step_s): (&Ids, u32), top: f64) {
        let frame = plane.frame;
        let (left, right) = (frame.left - PANEL_GAP, frame.right);
        let below = self.below.as_ref().map_or(String::new(), |above| format!(" below {above}"));
        // The kind may have what the name leaves, and half of the width where the name is long.
        let name_px = text_width(&self.name, 15.0) + 12.0;
        let kind_px = (right - left - name_px).max((right - left) / 2.0);
        let kind = fitted(&format!("{}{below}", kind_words(self.kind)), SMALL, kind_px);
        let y = top + 10.0;
        let room = right - left - text_width(&kind, SMALL) - 12.0;
        let name = fitted(&self.name, 15.0, room);
        canvas.text(&name, (left, y), axes::bold(15.0, Align::Left));
        canvas.text(&kind, (left + text_width(&name, 15.0) + 6.0, y), axes::muted(SMALL, Align::Left));
        let fits = |words: &[String]| text_width(&words.join(", "), SMALL) <= right - left;
        let mut words = self.limit_words();
        // For how long it was constrained the marks below the axis say as well.
        if words.len() > 2 && !fits(&words) {
            words.remove(1);
        }
        let note = self.demand_words();
        if ink::is_off_unsaid(plane, (&self.demand, step_s), &note) {
            words.insert(1, note);
            if !fits(&words) {
                words.remove(1);
            }
        }
        let constrained = words.iter_mut().find(|words| words.starts_with(CONSTRAINED));
        if self.held_above_s > 0
            && let Some(constrained) = constrained
        {
            let above = format!(" (from above {} min)", count_label(self.held_above_s / 60));
            let length = constrained.len();
            constrained.push_str(&above);
            if !fits(&words) {
                words
                    .iter_mut()
                    .filter(|words| words.ends_with(&above))
                    .for_each(|words| words.truncate(length));
            }
        }
        let words = fitted(&words.join(", "), SMALL, right - left);
        canvas.text(&words, (left, y + LINE), axes::ink(SMALL, Align::Left));
        for (ix, line) in ids.iter().enumerate() {
            let (mut x, y) = (left, y + LINE * (ix + 2) as f64);
            for (id, swatch) in line {
                swatch.paint_small(canvas, (x, y));
                canvas.text(id, (x + ID_SWATCH + 3.0, y), axes::muted(SMALL, Align::Left));
                x += id_width(id);
            }
        }
    }

    /// How high the demand goes.
    fn demand_words(&self) -> String {
        format!("demand up to {}", ink::peak_words(&self.demand))
    }

    /// The limit, and how long it withheld power or was exceeded.
    fn limit_words(&self) -> Vec<String> {
        let limit = match (self.limit.min(), self.limit.max()) {
            (Some(least_w), Some(most_w)) if least_w == most_w => format!("limit {} kW", kw_label(most_w)),
            (Some(least_w), Some(most_w)) => {
                format!("limit {} to {} kW", kw_label(least_w), kw_label(most_w))
            }
            _ => "unlimited".to_owned(),
        };
        let minutes = |seconds: u64| count_label(seconds / 60);
        let mut words = vec![limit, format!("{CONSTRAINED} {} min", minutes(self.binding_s))];
        if self.over_limit_s > 0 {
            words.push(format!("ABOVE LIMIT {} min", minutes(self.over_limit_s)));
        }
        words
    }

    /// The ids of the layers with their colours, in lines of a panel's width: without the branch's own id before them, where they need
    /// more lines with it than there are.
    fn ids(&self, width: f64) -> Ids {
        let prefix = format!("{}-", self.name);
        let whole = self.ids_in_lines(width, |name| name.to_owned());
        if whole.len() <= ID_LINES_MAX {
            return whole;
        }
        let short = |name: &str| name.replace(&prefix, "");
        let mut lines = self.ids_in_lines(width, short);
        lines.truncate(ID_LINES_MAX);
        lines
    }

    fn ids_in_lines(&self, width: f64, told: impl Fn(&str) -> String) -> Ids {
        let count = self.layers.len();
        let layers = self.layers.iter().enumerate();
        let own = self.has_own.then(|| ("base load".to_owned(), Swatch::Block(BASE_AREA)));
        let layers = layers.map(|(ix, layer)| (told(&layer.name), Swatch::Block(palette::layer(ix, count))));
        let mut lines: Ids = Vec::new();
        let mut free = 0.0;
        for (name, swatch) in own.into_iter().chain(layers) {
            let name = fitted(&name, SMALL, width - ID_SWATCH - 3.0);
            if lines.is_empty() || id_width(&name) - ID_GAP > free {
                lines.push(Vec::new());
                free = width;
            }
            free -= id_width(&name);
            if let Some(line) = lines.last_mut() {
                line.push((name, swatch));
            }
        }
        lines
    }
}

const ID_SWATCH: f64 = 11.0;
const ID_GAP: f64 = 9.0;

fn id_width(id: &str) -> f64 {
    ID_SWATCH + 3.0 + text_width(id, SMALL) + ID_GAP
}

impl Swatch {
    /// A block as small as a letter.
    fn paint_small(self, canvas: &mut Canvas, (x, y): (f64, f64)) {
        if let Self::Block(color) = self {
            canvas.rect((x, y - 5.0), (x + ID_SWATCH, y + 5.0), color);
        } else {
            self.paint(canvas, (x + ID_SWATCH - SWATCH, y));
        }
    }
}

/// One scale for all panels of a level of the tree, so that they compare.
fn branch_scale(branches: &[Branch], depth: usize, plot_height: f64) -> PowerScale {
    let branches = || branches.iter().filter(|branch| branch.depth == depth);
    let most = |series: &Series| series.max().unwrap_or(0);
    let held_w = |branch: &Branch| most(&branch.limit).max(most(&branch.measured));
    let held_w = branches().map(held_w).max().unwrap_or(0);
    let demand_w = branches().map(|branch| most(&branch.demand)).max().unwrap_or(0);
    let most_w = demand_w.min(held_w * 2).max(held_w);
    let least_w = branches().map(|branch| branch.least_own_w).min().unwrap_or(0);
    PowerScale::holding(least_w, most_w + most_w / 40, if plot_height > 190.0 { 8 } else { 6 })
}
