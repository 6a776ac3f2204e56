//! The pack's drawings on the page.

/// Drawings above this are left to their files \[bytes\].
const PLOT_MAX_BYTES: usize = 700_000;

/// A drawing on the page.
pub(super) struct PlotRow<'a> {
    pub(super) name: &'static str,
    pub(super) caption: &'static str,
    /// The drawing; none where it is too large for a page.
    pub(super) svg: Option<&'a str>,
    /// Whether it would be too small to read on one sheet of A4.
    pub(super) is_tall: bool,
}

pub(super) fn plot_row<'a>((name, svg): &'a (&'static str, String)) -> PlotRow<'a> {
    let caption = match *name {
        "plots/site.svg" => "The site: its limit, what vehicles ask for, what they may draw, and the meter",
        "plots/branches.svg" => {
            "Each circuit and connection: its limit, demand, and the power of what hangs below it"
        }
        "plots/connectors.svg" => "Each connector: its power over time",
        "plots/visits.svg" => "Each visit: state of charge on arrival and departure, and when it was ready",
        _ => "",
    };
    let svg = (svg.len() <= PLOT_MAX_BYTES).then_some(svg.as_str());
    PlotRow { name, caption, svg, is_tall: svg.and_then(size).is_some_and(|(x, y)| y > x * 19 / 10) }
}

/// Width and height of a drawing of ours, as its first lines say.
fn size(svg: &str) -> Option<(u64, u64)> {
    let (_, rest) = svg.split_once("viewBox=\"0 0 ")?;
    let (width, rest) = rest.split_once(' ')?;
    let (height, _) = rest.split_once('"')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}
