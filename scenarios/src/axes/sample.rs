//! Points of a sweep that chance picks: a Latin hypercube over lists of values.

use crate::draw::words;
use crate::values::distribution::below;

/// Picks `samples` points of the grid over axes of so many values: for each point an index on every axis.
///
/// Every axis is cut into as many strata as there are points, each of which is taken once; so an axis of no more values than points has each
/// of them equally often, within one. What is picked on an axis depends on the seed and on the axis' name alone.
pub fn latin_hypercube(seed: u64, axes: &[(&str, usize)], samples: usize) -> Vec<Vec<usize>> {
    let columns: Vec<Vec<usize>> =
        axes.iter().map(|&(name, count)| column(seed, name, count, samples)).collect();
    (0..samples).map(|point| columns.iter().map(|column| column[point]).collect()).collect()
}

/// The indices on one axis, in the order of the points.
fn column(seed: u64, name: &str, count: usize, samples: usize) -> Vec<usize> {
    let mut word = words(seed, "sweep.sample", name);
    let mut strata: Vec<usize> = (0..samples).collect();
    // Fisher and Yates, on raw words.
    for last in (1..samples).rev() {
        strata.swap(last, below(last as u64 + 1, &mut word) as usize);
    }
    let place = |stratum: usize| {
        let edge = |stratum: usize| stratum as u128 * count as u128 / samples as u128;
        let (low, width) = (edge(stratum), edge(stratum + 1) - edge(stratum));
        // Within its stratum a point lies anywhere; with fewer values than points a stratum is narrower than one.
        (low as u64 + below((width as u64).max(1), &mut word)) as usize
    };
    strata.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_taken_equally_often_within_one() {
        for (count, samples) in [(1, 1), (3, 3), (3, 10), (7, 100), (10, 10), (5, 5_000)] {
            let points = latin_hypercube(7, &[("a", count)], samples);
            let often: Vec<usize> =
                (0..count).map(|value| points.iter().filter(|point| point[0] == value).count()).collect();
            let (least, most) = (often.iter().min().unwrap(), often.iter().max().unwrap());
            assert!(most - least <= 1, "{count} values, {samples} points: {often:?}");
        }
    }

    #[test]
    fn with_more_values_than_points_every_stratum_has_one_point() {
        for (count, samples) in [(10, 3), (100, 7), (1_000, 999), (100_000, 64)] {
            let points = latin_hypercube(1, &[("a", count)], samples);
            let mut picks: Vec<usize> = points.iter().map(|point| point[0]).collect();
            picks.sort_unstable();
            for (stratum, pick) in picks.into_iter().enumerate() {
                let edges = stratum * count / samples..(stratum + 1) * count / samples;
                assert!(edges.contains(&pick), "{count} values, {samples} points: {pick} in {edges:?}");
            }
        }
    }

    #[test]
    fn an_axis_more_changes_no_other_and_the_seed_decides() {
        let one = latin_hypercube(1, &[("a", 50)], 20);
        let two = latin_hypercube(1, &[("b", 9), ("a", 50)], 20);
        assert!(one.iter().zip(&two).all(|(one, two)| one[0] == two[1]));
        assert_ne!(one, latin_hypercube(2, &[("a", 50)], 20));
        // The picks are a contract: plans are made again from their command.
        let picks: Vec<usize> = latin_hypercube(1, &[("a", 50)], 8).iter().map(|point| point[0]).collect();
        assert_eq!(picks, [30, 43, 38, 32, 12, 24, 4, 8]);
    }
}
