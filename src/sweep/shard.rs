//! Which cases of a plan are whose: case k belongs to shard k mod N.

use crate::exit::{Code, Failure};
use std::fmt;

/// The variables of schedulers that say which task of an array this is.
const TASK_VARIABLES: [&str; 2] = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"];

/// More shards than this are a slip of the pen.
pub const SHARDS_MAX: u32 = 100_000;

/// A shard of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Its number, from 0.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Shard {
    /// The one shard of a sweep that is not split.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// The shard that the command line and the scheduler say; `variable` reads the environment.
    ///
    /// # Errors
    /// Exit 2 where they contradict each other, where nobody says which shard, or where there is no such shard.
    pub fn choose(
        shards: Option<u32>,
        shard: Option<u32>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let usage = |message: String| Err(Failure::new(Code::Usage, message));
        let mut said: Vec<(&str, u32)> = shard.map(|shard| ("--shard", shard)).into_iter().collect();
        for name in TASK_VARIABLES {
            let Some(text) = variable(name).filter(|text| !text.is_empty()) else { continue };
            match text.parse() {
                Ok(index) => said.push((name, index)),
                Err(_) => return usage(format!("{name} is \"{text}\", which is no number of a shard")),
            }
        }
        if let Some(pair) = said.windows(2).find(|pair| pair[0].1 != pair[1].1) {
            let [(one, is), (other, says)] = [pair[0], pair[1]];
            return usage(format!(
                "{one} is {is} and {other} is {says} (they say the same thing; leave --shard out, or unset the variable)"
            ));
        }
        match (shards, said.first()) {
            (None, None) => Ok(Self::WHOLE),
            (None, Some((name, index))) => usage(format!(
                "{name} is {index}, and nothing says how many shards there are (give --shards N, the same to every task)"
            )),
            (Some(0), _) => usage("--shards is 0 (it is at least 1)".into()),
            (Some(count), _) if count > SHARDS_MAX => {
                usage(format!("--shards is {count} (it is at most {SHARDS_MAX})"))
            }
            (Some(1), None) => Ok(Self::WHOLE),
            (Some(count), None) => usage(format!(
                "there are {count} shards, and nothing says which this is (give --shard I, or set {})",
                TASK_VARIABLES.join(" or ")
            )),
            (Some(count), Some((name, index))) if *index >= count => usage(format!(
                "{name} is {index}, and of {count} shards the last is {} (they count from 0)",
                count - 1
            )),
            (Some(count), Some((_, index))) => Ok(Self { index: *index, count }),
        }
    }

    /// How many of so many cases are its own.
    pub fn cases(self, total: usize) -> usize {
        let (index, count) = (self.index as usize, self.count as usize);
        (total + count - 1 - index) / count
    }

    /// The case at a place of the shard.
    pub fn case(self, place: usize) -> usize {
        place * self.count as usize + self.index as usize
    }

    /// The name of its file; `.part` while it is not finished.
    pub fn file_name(self) -> String {
        let width = (self.count - 1).to_string().len();
        format!("shard-{:0width$}-of-{}.rows", self.index, self.count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_part_the_plan_each_case_in_exactly_one() {
        for total in [0, 1, 2, 7, 8, 9, 100, 1_001] {
            for count in [1, 2, 3, 8, 64, 2_000] {
                let mut owners = vec![0_u32; total];
                for index in 0..count {
                    let shard = Shard { index, count };
                    let cases: Vec<usize> = (0..shard.cases(total)).map(|place| shard.case(place)).collect();
                    assert!(cases.iter().all(|case| case % count as usize == index as usize));
                    assert!(cases.windows(2).all(|pair| pair[0] < pair[1]));
                    cases.into_iter().for_each(|case| owners[case] += 1);
                }
                assert!(owners.iter().all(|&owners| owners == 1), "{total} cases in {count} shards");
            }
        }
    }

    #[test]
    fn the_scheduler_says_which_shard_and_the_flag_how_many() {
        type Case<'a> =
            (Option<u32>, Option<u32>, Option<&'a str>, Option<&'a str>, Result<(u32, u32), &'a str>);
        let cases: [Case<'_>; 17] = [
            (None, None, None, None, Ok((0, 1))),
            (Some(1), None, None, None, Ok((0, 1))),
            (Some(8), Some(3), None, None, Ok((3, 8))),
            (Some(8), None, Some("3"), None, Ok((3, 8))),
            (Some(8), None, None, Some("7"), Ok((7, 8))),
            (Some(8), None, Some("5"), Some("5"), Ok((5, 8))),
            (Some(8), Some(5), Some("5"), None, Ok((5, 8))),
            (Some(8), None, Some(""), None, Err("nothing says which")),
            (
                Some(8),
                None,
                Some("5"),
                Some("6"),
                Err("SLURM_ARRAY_TASK_ID is 5 and JOB_COMPLETION_INDEX is 6"),
            ),
            (Some(8), Some(1), Some("5"), None, Err("--shard is 1 and SLURM_ARRAY_TASK_ID is 5")),
            (Some(8), Some(1), None, Some("5"), Err("--shard is 1 and JOB_COMPLETION_INDEX is 5")),
            (Some(8), None, None, None, Err("nothing says which")),
            (None, None, Some("3"), None, Err("nothing says how many")),
            (None, Some(0), None, None, Err("nothing says how many")),
            (Some(8), Some(8), None, None, Err("the last is 7")),
            (Some(0), None, None, None, Err("at least 1")),
            (Some(8), None, Some("x"), None, Err("no number")),
        ];
        for (shards, shard, slurm, kubernetes, expected) in cases {
            let variable =
                |name: &str| if name.starts_with("SLURM") { slurm } else { kubernetes }.map(str::to_owned);
            let found = Shard::choose(shards, shard, variable);
            match (found, expected) {
                (Ok(found), Ok((index, count))) => assert_eq!(found, Shard { index, count }),
                (Err(failure), Err(message)) => {
                    assert!(failure.message.contains(message), "{failure}");
                    assert_eq!(failure.code, Code::Usage);
                }
                (found, expected) => panic!("{found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn names_sort_like_numbers() {
        assert_eq!(Shard { index: 7, count: 100 }.file_name(), "shard-07-of-100.rows");
        assert_eq!(Shard::WHOLE.file_name(), "shard-0-of-1.rows");
    }
}
