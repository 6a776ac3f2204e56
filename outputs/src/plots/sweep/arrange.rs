//! How a sweep is looked at: which axis goes to the right, which goes up, and which make panels.

use crate::sweep::Shown;

/// More panels than this are no picture.
const PANELS_MAX: usize = 24;

/// A way to look at a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrangement {
    /// A line over one axis.
    Lines { x: usize, panels: Vec<Panel> },
    /// A cell for each pair of values of two axes.
    Heat { x: usize, y: usize, panels: Vec<Panel> },
    /// A row for each point, where no axis has a scale.
    Rows,
    /// A panel for each axis, with a dot for each point.
    Dots { axes: Vec<usize> },
}

/// Points that share the values of all axes that are words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Panel {
    /// Those values.
    pub(super) name: String,
    /// Indices of its points.
    pub(super) points: Vec<usize>,
}

impl Arrangement {
    /// The way that fits the axes.
    pub(super) fn of(shown: &Shown) -> Self {
        let differs = |axis: &usize| shown.axes[*axis].values.len() > 1;
        let axes: Vec<usize> = (0..shown.axes.len()).filter(differs).collect();
        let (scales, words): (Vec<usize>, Vec<usize>) =
            axes.iter().partition(|&&axis| shown.axes[axis].positions.is_some());
        let panels = panels(shown, &words);
        let is_drawn_whole = shown.is_grid && panels.len() <= PANELS_MAX;
        match scales[..] {
            [] if shown.is_grid || axes.len() < 2 => Self::Rows,
            [x] if is_drawn_whole => Self::Lines { x, panels },
            [x, y] if is_drawn_whole => Self::Heat { x, y, panels },
            _ => Self::Dots { axes },
        }
    }
}

fn panels(shown: &Shown, words: &[usize]) -> Vec<Panel> {
    let mut panels: Vec<(Vec<usize>, Panel)> = Vec::new();
    for (index, point) in shown.points.iter().enumerate() {
        let key: Vec<usize> = words.iter().map(|&axis| point.at[axis]).collect();
        if let Some((_, panel)) = panels.iter_mut().find(|(other, _)| *other == key) {
            panel.points.push(index);
            continue;
        }
        // Then there are too many anyhow.
        if panels.len() > PANELS_MAX {
            break;
        }
        let values = words.iter().map(|&axis| shown.axes[axis].values[point.at[axis]].as_str());
        let name = values.collect::<Vec<_>>().join(", ");
        panels.push((key, Panel { name, points: vec![index] }));
    }
    panels.into_iter().map(|(_, panel)| panel).collect()
}
