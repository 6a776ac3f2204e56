//! Colours that colour-blind people and grey printers keep apart.

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const WHITE: Color = Color(255, 255, 255);
pub(super) const INK: Color = Color(26, 26, 26);
pub(super) const MUTED: Color = Color(92, 98, 105);
pub(super) const GRID: Color = Color(230, 232, 235);
pub(super) const FRAME: Color = Color(150, 155, 160);

// Okabe and Ito, "Color Universal Design".
pub(super) const VERMILLION: Color = Color(213, 94, 0);
/// What a limit withholds that stands above the one that is looked at: paler than its own.
pub(super) const FROM_ABOVE: Color = Color(248, 205, 170);
pub(super) const BLUE: Color = Color(0, 114, 178);
pub(super) const SKY: Color = Color(86, 180, 233);
pub(super) const ORANGE: Color = Color(230, 159, 0);
pub(super) const GREEN: Color = Color(0, 158, 115);
pub(super) const PURPLE: Color = Color(204, 121, 167);

/// What vehicles ask for, behind everything else.
pub(super) const DEMAND_AREA: Color = Color(233, 238, 243);
pub(super) const DEMAND_LINE: Color = Color(135, 148, 161);

/// Base load at the bottom.
pub(super) const BASE_AREA: Color = Color(205, 197, 184);
pub(super) const BASE_LINE: Color = Color(122, 112, 96);

/// The empty part of a lane.
pub(super) const LANE: Color = Color(244, 245, 247);

/// Power above a limit, and the time of it.
pub(super) const EXCESS: Color = Color(226, 120, 160);
pub(super) const BREACH: Color = Color(140, 0, 70);

/// Hatches of what nobody must overlook, and the words beside them.
pub(super) const REJECTED: Color = Color(70, 74, 80);
pub(super) const OUTAGE: Color = Color(140, 0, 70);
pub(super) const FEED: Color = Color(0, 98, 155);

/// The ramp of stacked layers, from dark at the bottom to light: its steps differ in lightness, so grey keeps them.
const RAMP: [Color; 4] = [Color(8, 64, 120), Color(49, 130, 189), Color(122, 186, 221), Color(205, 225, 241)];

/// The colour of layer `ix` of `count`.
pub(super) fn layer(ix: usize, count: usize) -> Color {
    if count < 2 {
        return RAMP[1];
    }
    mixed(&RAMP, ix, count)
}

/// Step `ix` of `count` equal ones along a ramp.
fn mixed(ramp: &[Color], ix: usize, count: usize) -> Color {
    // The place on the ramp in 1,000ths of its length.
    let last = count.saturating_sub(1).max(1);
    let place = ix.min(last) * 1000 * (ramp.len() - 1) / last;
    let (from, share) = (place / 1000, place % 1000);
    let (a, b) = (ramp[from], ramp[(from + 1).min(ramp.len() - 1)]);
    let mix = |a: u8, b: u8| ((usize::from(a) * (1000 - share) + usize::from(b) * share) / 1000) as u8;
    Color(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// The ramp of a heat map, from little to much power; its steps differ in lightness as well.
const HEAT: [Color; 4] = [Color(214, 230, 244), Color(116, 178, 216), Color(33, 113, 181), Color(8, 36, 84)];

/// The colour of bucket `ix` of `count` of a heat map.
pub(super) fn heat(ix: usize, count: usize) -> Color {
    mixed(&HEAT, ix, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_a_ramp_differ_in_lightness() {
        assert_eq!(layer(0, 4), RAMP[0]);
        assert_eq!(layer(3, 4), RAMP[3]);
        let lightness = |Color(r, g, b): Color| 3 * u32::from(r) + 6 * u32::from(g) + u32::from(b);
        for count in 2..=8 {
            for ix in 1..count {
                let (below, above) = (layer(ix - 1, count), layer(ix, count));
                assert!(lightness(above) > lightness(below) + 60, "layer {ix} of {count}");
                let (less, more) = (heat(ix - 1, count), heat(ix, count));
                assert!(lightness(less) > lightness(more) + 60, "heat {ix} of {count}");
            }
        }
    }
}
