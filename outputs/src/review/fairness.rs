//! How evenly power was shared, and who was paused longest.

use super::page::ReviewContext;
use super::pauses::Pause;
use super::recorder::ReviewData;
use super::words::Words;
use crate::format::{duration, push_percent, text};

/// The section of the page.
pub(super) struct Fairness {
    /// Jain's index in percent; a dash where nobody asked for power.
    pub(super) jain: String,
    pub(super) longest_pause: Option<LongestPause>,
    /// The longest time in which somebody who was not paused got nothing.
    pub(super) longest_without: Option<LongestPause>,
    /// The length of all pauses together.
    pub(super) paused: String,
}

pub(super) struct LongestPause {
    pub(super) length: String,
    pub(super) visit: String,
    /// When it began and ended, as HTML of ours.
    pub(super) from: String,
    pub(super) until: String,
}

pub(super) fn fairness(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Fairness {
    let visits = &context.summary.visits;
    let told = |pause: Pause| LongestPause {
        length: duration(pause.length_s() as i64),
        visit: context.realization.visits[pause.visit as usize].id.clone(),
        from: words.moment(pause.from_s as i64),
        until: words.moment(pause.until_s as i64),
    };
    let (paused, without) = (data.pauses.longest, data.powerless.longest);
    Fairness {
        jain: visits.jain_index_ppm.map_or("–".to_owned(), |ppm| text(|out| push_percent(out, ppm))),
        longest_pause: paused.map(told),
        longest_without: without.map(told),
        paused: duration(visits.paused_s as i64),
    }
}
