//! A linear part of a charging curve, prepared so that asking for its power needs no division.

/// Power over energy between two knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) start_j: u64,
    pub(crate) end_j: u64,
    pub(crate) start_w: u32,
    pub(crate) end_w: u32,
    /// `floor(2^64 / length)`, where the length is that of the segment \[J\] and at least 2; else 0.
    reciprocal: u64,
}

impl Segment {
    /// What a full battery is on: it takes nothing, whatever happens.
    pub(crate) const FULL: Segment =
        Segment { start_j: 0, end_j: u64::MAX, start_w: 0, end_w: 0, reciprocal: 0 };

    /// The segment between two knots of energy \[J\] and power \[W\], the first before the second.
    pub(crate) fn between((start_j, start_w): (u64, u32), (end_j, end_w): (u64, u32)) -> Self {
        let length_j = end_j - start_j;
        let reciprocal = if length_j < 2 { 0 } else { ((1_u128 << 64) / u128::from(length_j)) as u64 };
        Self { start_j, end_j, start_w, end_w, reciprocal }
    }

    #[inline]
    pub(crate) fn is_rising(&self) -> bool {
        self.end_w > self.start_w
    }

    #[inline]
    pub(crate) fn is_falling(&self) -> bool {
        self.end_w < self.start_w
    }

    #[inline]
    pub(crate) fn is_flat(&self) -> bool {
        self.start_w == self.end_w
    }

    /// Interpolated power, rounded down \[W\].
    #[inline(always)]
    pub(crate) fn power_w(&self, energy_j: u64) -> u32 {
        let along_j = energy_j - self.start_j;
        if self.end_w >= self.start_w {
            let (rise_w, _) = self.divide(u64::from(self.end_w - self.start_w), along_j);
            self.start_w + rise_w as u32
        } else {
            let (fall_w, rest) = self.divide(u64::from(self.start_w - self.end_w), along_j);
            self.start_w - fall_w as u32 - u32::from(rest > 0)
        }
    }

    /// Quotient and remainder of `change_w * along_j` by the segment's length, by its reciprocal.
    ///
    /// Power up to 1e7 W times energy up to 3.6e11 J stays below 2^63, hence the estimated quotient is the true one or one less.
    #[inline(always)]
    fn divide(&self, change_w: u64, along_j: u64) -> (u64, u64) {
        let product = change_w.wrapping_mul(along_j);
        let length_j = self.end_j - self.start_j;
        if self.reciprocal == 0 {
            // A joule or less, where knots lie close on a small battery, or the segment of a full one, whose power does not change.
            let length_j = length_j.max(1);
            return (product / length_j, product % length_j);
        }
        let estimate = ((u128::from(product) * u128::from(self.reciprocal)) >> 64) as u64;
        let rest = product.wrapping_sub(estimate.wrapping_mul(length_j));
        if rest >= length_j { (estimate + 1, rest - length_j) } else { (estimate, rest) }
    }

    /// The largest energy of a falling segment at which the power is still at least `power_w` \[J\].
    pub(crate) fn reaches_j(&self, power_w: u32) -> u64 {
        if power_w >= self.start_w {
            return self.start_j;
        }
        if power_w <= self.end_w {
            return self.end_j;
        }
        let fall_w = u64::from(self.start_w - power_w);
        self.start_j + fall_w * (self.end_j - self.start_j) / u64::from(self.start_w - self.end_w)
    }

    /// The least energy of a rising segment at which the power is at least `power_w` \[J\]; its end, if that is nowhere.
    fn rises_to_j(&self, power_w: u32) -> u64 {
        if power_w > self.end_w {
            return self.end_j;
        }
        let rise_w = u64::from(power_w.saturating_sub(self.start_w));
        self.start_j + (rise_w * (self.end_j - self.start_j)).div_ceil(u64::from(self.end_w - self.start_w))
    }

    /// How far from `energy_j`, where the power is `power_w`, either the curve alone says what flows, or the limit alone: the end \[J\], which lies
    /// beyond `energy_j`, and whether it is the limit.
    ///
    /// Where a falling curve is just at the limit, it is the curve.
    #[inline]
    pub(crate) fn stretch(&self, energy_j: u64, power_w: u32, limit_w: u32) -> (u64, bool) {
        let (end_j, is_limited) = if self.is_rising() {
            if power_w >= limit_w { (self.end_j, true) } else { (self.rises_to_j(limit_w), false) }
        } else if power_w <= limit_w {
            (self.end_j, false)
        } else if self.is_flat() {
            (self.end_j, true)
        } else {
            // A joule on, the power is below the limit.
            (self.end_j.min(self.reaches_j(limit_w) + 1), true)
        };
        debug_assert!(energy_j < end_j, "{self:?}: {end_j} J are not beyond {energy_j}");
        (end_j, is_limited)
    }

    /// The length of a sub-step \[us\] at which `|dP/dE| * sub-step <= 1/16`, and where power rises, 1/64: there an error does not fade, but grows.
    pub(crate) fn sub_step_us(&self, step_s: u32, step_us: u64) -> u64 {
        let slope_w = u64::from(self.start_w.abs_diff(self.end_w));
        let fineness = if self.is_rising() { 64 } else { 16 };
        let sub_steps = (fineness * slope_w * u64::from(step_s)).div_ceil(self.end_j - self.start_j).max(1);
        step_us.div_ceil(sub_steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_by_the_reciprocal_is_power_by_division() {
        let mut word = 7_u64;
        let mut next = |most: u64| {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (word >> 20) % (most + 1)
        };
        for _ in 0..20_000 {
            let magnitude = next(38);
            let start_j = next(1 << 20);
            let length_j = 1 + next(1 << magnitude);
            let (start_w, end_w) = (next(10_000_000), next(10_000_000));
            let segment = Segment::between((start_j, start_w as u32), (start_j + length_j, end_w as u32));
            for along_j in [0, 1, length_j - 1, length_j, next(length_j)] {
                let exact_w = (i128::from(start_w) * i128::from(length_j)
                    + (i128::from(end_w) - i128::from(start_w)) * i128::from(along_j))
                .div_euclid(i128::from(length_j));
                assert_eq!(i128::from(segment.power_w(start_j + along_j)), exact_w, "{segment:?} {along_j}");
            }
        }
    }

    #[test]
    fn a_stretch_ends_at_the_joule_at_which_curve_and_limit_change_places() {
        let segments =
            [(0, 90_000, 10_000), (1_000, 10_000, 90_000), (7, 50_000, 49_999), (0, 20_000, 20_000)];
        for (start_j, start_w, end_w) in segments {
            for length_j in [1, 3, 80_000, 1_000_003] {
                let segment = Segment::between((start_j, start_w), (start_j + length_j, end_w));
                for limit_w in [1, 10_000, 10_001, 33_333, 49_999, 50_000, 89_999, 90_000, 100_000] {
                    for energy_j in [start_j, start_j + length_j / 3, start_j + length_j - 1] {
                        let power_w = segment.power_w(energy_j);
                        let (end_j, is_limited) = segment.stretch(energy_j, power_w, limit_w);
                        let what = format!("{segment:?} {limit_w} {energy_j} {end_j}");
                        assert!((energy_j + 1..=segment.end_j).contains(&end_j), "{what}");
                        // To its last joule the lesser of both is what is said, and beyond it is not.
                        let is_as_said = |at_j| {
                            let curve_w = segment.power_w(at_j);
                            if is_limited { curve_w >= limit_w } else { curve_w <= limit_w }
                        };
                        assert!(is_as_said(end_j - 1), "{what}");
                        let changes = segment.power_w(end_j).cmp(&limit_w) != power_w.cmp(&limit_w);
                        assert!(end_j == segment.end_j || changes, "{what}");
                    }
                }
            }
        }
    }
}
