//! Stretches of time that nobody must overlook: rejected cycles, nodes without power, feeds that are not believed.
//!
//! Each kind has a hatch of its own, told apart without colour, and a word.

use super::axes;
use super::canvas::{Align, Canvas};
use super::ink::{start_s, stretches};
use super::palette::{Color, FEED, OUTAGE, REJECTED};
use super::scale::Plane;
use super::series::Series;
use super::strokes::Hatch;
use super::text::text_width;
use sim::view::NO_NODE;
use sim::{Depot, Event, EventKind, LimitSource, Outcome, Site, TickView};
use std::collections::BTreeMap;

/// A kind of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The newest cycle was rejected.
    Rejected,
    /// A node has no power, or a limit of 0.
    Outage,
    /// A feed of envelopes is not believed.
    Feed,
}

impl Kind {
    pub(super) fn color(self) -> Color {
        match self {
            Self::Rejected => REJECTED,
            Self::Outage => OUTAGE,
            Self::Feed => FEED,
        }
    }

    /// What a legend calls it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Rejected => "Cycles REJECTED",
            Self::Outage => "Outage, or limit 0",
            Self::Feed => "Feed silent or refused",
        }
    }

    pub(super) fn hatch(self) -> Hatch {
        match self {
            Self::Rejected => Hatch::Rising,
            Self::Outage => Hatch::Falling,
            Self::Feed => Hatch::Level,
        }
    }
}

/// When something was to be noticed, and what.
#[derive(Debug, Default)]
pub(super) struct Notice {
    /// Each wording once, in the order of first use.
    words: Vec<String>,
    /// The number of the wording, from 1; 0 while there is nothing to be noticed.
    codes: Series,
    /// How long there was something \[s\].
    pub(super) seconds: u64,
}

impl Notice {
    /// Adds a tick.
    pub(super) fn add(&mut self, word: Option<&str>, step_s: u32) {
        let Some(word) = word else { return self.codes.push(Some(0)) };
        self.seconds += u64::from(step_s);
        let known = self.words.iter().rposition(|known| known == word);
        let ix = known.unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        });
        self.codes.push(Some(ix as i64 + 1));
    }

    /// Whether anything was ever to be noticed.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// All wordings.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// What it was about, each once: reasons, or ids of nodes.
    pub(super) fn subjects(&self) -> String {
        let mut subjects: Vec<&str> = Vec::new();
        for word in &self.words {
            let subject = word.split_once(": ").map_or(word.as_str(), |(_, subject)| subject);
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        subjects.join(", ")
    }

    /// The series behind it, above 0 where there is something.
    pub(super) fn codes(&self) -> &Series {
        &self.codes
    }

    /// Stretches at least a pixel wide: from, to \[px\], and the word of each.
    fn bands(&self, plane: &Plane, step_s: u32) -> Vec<(f64, f64, &str)> {
        let code = self.codes.signs();
        let x = |column| plane.x(start_s(self.codes.ticks_per_column, column, step_s));
        let mut bands = Vec::new();
        for (from, to) in stretches(self.codes.columns.len(), |ix| code(ix).is_some()) {
            let mut begin = from;
            for ix in from..to {
                let is_last = ix + 1 == to || code(ix + 1) != code(ix);
                if is_last && let Some(code) = code(ix) {
                    let left = x(begin);
                    bands.push((left, x(ix + 1).max(left + 1.0), self.words[code as usize - 1].as_str()));
                    begin = ix + 1;
                }
            }
        }
        bands
    }

    /// Hatches the stretches over the whole height of a plot.
    pub(super) fn paint(&self, canvas: &mut Canvas, plane: &Plane, step_s: u32, kind: Kind) {
        let frame = plane.frame;
        for (left, right, _) in self.bands(plane, step_s) {
            canvas.hatch((left, frame.top), (right, frame.bottom), kind.hatch(), kind.color());
            for x in [left, right] {
                canvas.line(&[(x, frame.top), (x, frame.bottom)], 1.0, kind.color());
            }
        }
    }

    /// Writes the words of the stretches at a height, whole or only the kind, where they do not collide.
    pub(super) fn paint_words(&self, canvas: &mut Canvas, plane: &Plane, step_s: u32, y: f64, color: Color) {
        const SIZE: f64 = 12.0;
        let frame = plane.frame;
        let bands = self.bands(plane, step_s);
        let mut free_from = frame.left;
        for (ix, &(left, right, word)) in bands.iter().enumerate() {
            // The whole word, or its first part: "REJECTED" of "REJECTED: STALE_INPUT".
            let short = word.split_once(':').map_or(word, |(short, _)| short);
            let next_x = bands.get(ix + 1).map_or(f64::INFINITY, |&(left, right, _)| (left + right) / 2.0);
            let next_from = next_x - text_width(short, SIZE) / 2.0 - 8.0;
            let placed = [(word, next_from), (short, f64::INFINITY)].into_iter().find_map(|(word, until)| {
                let half = text_width(word, SIZE) / 2.0;
                if half * 2.0 > frame.right - frame.left {
                    return None;
                }
                let x = ((left + right) / 2.0).clamp(frame.left + half, frame.right - half);
                (x - half >= free_from && x + half <= until).then_some((word, x, half))
            });
            let Some((word, x, half)) = placed else { continue };
            free_from = x + half + 8.0;
            canvas.text(word, (x, y), axes::bold_in(SIZE, Align::Center, color));
        }
    }
}

/// The notices of the whole site.
#[derive(Debug, Default)]
pub(super) struct Notices {
    pub(super) rejected: Notice,
    pub(super) outage: Notice,
    pub(super) feed: Notice,
    /// What is wrong with the feeds of each node, by position in the site.
    feeds: BTreeMap<u32, &'static str>,
}

impl Notices {
    /// Adds a tick; `has_limit_0` where the limit that is drawn for the site is 0.
    pub(super) fn add(&mut self, view: &TickView<'_>, names: &Names, site: &Site, has_limit_0: bool) {
        let rejected = view.cycle.filter(|cycle| cycle.outcome == Outcome::Rejected);
        let word = rejected.map(|cycle| format!("REJECTED: {}", cycle.reason.code()));
        self.rejected.add(word.as_deref(), view.step_s);

        let is_out = |&node: &usize| view.nodes.limit_source[node] == Some(LimitSource::Outage);
        let out = (0..site.nodes.len()).filter(is_out).map(|node| site.nodes[node]);
        let word = several(names, out).map(|ids| format!("OUTAGE: {ids}"));
        let word = word.or_else(|| has_limit_0.then(|| "LIMIT 0: the whole site".to_owned()));
        self.outage.add(word.as_deref(), view.step_s);

        follow_feeds(&mut self.feeds, view.events);
        let refused = self.feeds.values().any(|&state| state == REFUSED);
        let state = if refused { REFUSED } else { LOST };
        let word = several(names, self.feeds.keys().copied()).map(|ids| format!("{state}: {ids}"));
        self.feed.add(word.as_deref(), view.step_s);
    }

    /// What is wrong with the feeds of a node, if anything.
    pub(super) fn feed_of(&self, position: u32) -> Option<&'static str> {
        self.feeds.get(&position).copied()
    }

    /// The kinds that have something to tell.
    pub(super) fn told(&self) -> impl Iterator<Item = (Kind, &Notice)> {
        let all = [(Kind::Rejected, &self.rejected), (Kind::Outage, &self.outage), (Kind::Feed, &self.feed)];
        all.into_iter().filter(|(_, notice)| !notice.is_empty())
    }
}

const LOST: &str = "FEED SILENT";
const REFUSED: &str = "FEED REFUSED";

/// Two feeds of one node are told as one: events name the node and not the feed.
fn follow_feeds(feeds: &mut BTreeMap<u32, &'static str>, events: &[Event]) {
    for event in events {
        match event.kind {
            EventKind::FeedLost => feeds.insert(event.node, LOST),
            EventKind::FeedRefused => feeds.insert(event.node, REFUSED),
            EventKind::FeedRestored => feeds.remove(&event.node),
            _ => None,
        };
    }
}

/// The ids of a depot's nodes by position.
#[derive(Debug)]
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn of(depot: &Depot) -> Self {
        Self(depot.site.iter().map(|node| node.id.clone()).collect())
    }

    /// The id of the node at a position; empty for none.
    pub(super) fn at(&self, position: u32) -> &str {
        if position == NO_NODE { "" } else { &self.0[position as usize] }
    }
}

/// The first of some nodes by id, and how many more; `None` for none.
fn several(names: &Names, mut positions: impl Iterator<Item = u32>) -> Option<String> {
    let first = names.at(positions.next()?);
    Some(match positions.count() {
        0 => first.to_owned(),
        more => format!("{first} and {more} more"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_keeps_each_wording_once_and_counts_its_time() {
        let mut notice = Notice::default();
        for word in [None, Some("A"), Some("A"), Some("B"), None, Some("A")] {
            notice.add(word, 60);
        }
        assert_eq!((notice.words(), notice.seconds), (&["A".to_owned(), "B".to_owned()][..], 240));
        let codes: Vec<_> = notice.codes.columns.iter().map(|column| column.range.unwrap().last).collect();
        assert_eq!(codes, [0, 1, 1, 2, 0, 1]);
    }
}
