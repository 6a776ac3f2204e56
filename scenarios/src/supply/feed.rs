//! Envelopes that come as messages: what a feed says, when it is heard, how long it counts, and what holds when it says nothing usable.
//!
//! ```text
//!  published ──────> received ──────────────────────> published + validity
//!                       | its windows count, each in the place of earlier ones of the same envelope
//!                       | a message that cannot be used: cycles are rejected until a good one comes
//!                                                      after that: the default limit, or STALE_INPUT without one
//! ```
//!
//! What is wrong with a message is no fault of the scenario: it is what the scenario shows.

use crate::error::Problems;
use crate::format::file::Basis;
use crate::supply::Supply;
use crate::values::clock::{DAY_S, Span, When};
use crate::values::message_kw::MessageKw;
use crate::values::names::id_problem;
use crate::values::quantity::{LimitKw, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{DefaultLimit, EnvelopeBasis, EnvelopeStep, FeedStep, Reason, Rejection};
use std::collections::BTreeMap;

/// A feed of operating envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeFeedRecord {
    /// The id.
    pub id: String,
    /// The node that it is for.
    pub node: String,
    /// What its limits count.
    #[serde(default)]
    pub basis: Basis,
    /// What holds at the node while no valid message is known, published limits that are lower notwithstanding (CSIP-AUS
    /// `DefaultDERControl`). Without one, cycles are then rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_limit_kw: Option<LimitKw>,
    /// How old a message may be, counted from when it was published.
    pub validity: Span,
    /// What it says, in the order in which it is received.
    #[serde(default)]
    pub messages: Vec<FeedMessage>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedMessage {
    /// When it is received: a bare time is the first one from the message before on.
    pub received: When,
    /// When it was published: a bare time is the last one until it is received; then, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<When>,
    /// How old it may be; as the feed says, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Span>,
    /// The limits that it brings; none to say that all is well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<FeedWindow>,
}

/// A limit for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedWindow {
    /// Which envelope of the feed: the windows of one stand in the place of all that earlier messages said of it, and the least of
    /// several counts. The feed's only one, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<String>,
    /// The node; the feed's, if not said. It may be one that does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What it counts; as the feed says, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// From then on; a window of two bare times that holds when it is published is that one, else the first after it.
    pub from: When,
    /// Until then; a bare time is the first one after `from`.
    pub to: When,
    /// The limit, or whatever stands in its place.
    pub limit_kw: MessageKw,
}

/// What all feeds come to.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    /// In order of time.
    pub(crate) envelope_steps: Vec<EnvelopeStep>,
    /// In order of time.
    pub(crate) feed_steps: Vec<FeedStep>,
}

/// An envelope as steps name it, its node and what it counts.
type Key = (String, u32, EnvelopeBasis);

/// A window that can be used \[s, W\].
#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    key: Key,
    from_s: i64,
    to_s: i64,
    limit_w: u64,
}

/// A message with its times \[s\].
struct Received<'a> {
    message: &'a FeedMessage,
    received_s: i64,
    published_s: i64,
    /// The last second at which it counts.
    valid_until_s: i64,
}

impl Supply<'_> {
    /// The steps of all feeds within the run.
    pub(crate) fn feeds(&self, records: &[EnvelopeFeedRecord], problems: &mut Problems) -> Feeds {
        let mut feeds = Feeds::default();
        for record in records {
            let place = format!("envelope_feeds.{}", shown(&record.id));
            if let Some(problem) = id_problem(&record.id) {
                problems.add(format!("{place}.id"), problem);
            }
            let received = self.received(record, &place, problems);
            match self.positions.node(&record.node) {
                Err(message) => problems.add(format!("{place}.node"), message),
                Ok(node) => Listener::of(self, record, node).listen(received, &mut feeds),
            }
        }
        feeds.envelope_steps.sort_by_key(|step| step.at_s);
        feeds.feed_steps.sort_by_key(|step| step.at_s);
        feeds
    }

    /// The messages with their times; what the file says of these must make sense, whatever the messages say.
    fn received<'a>(
        &self,
        record: &'a EnvelopeFeedRecord,
        place: &str,
        problems: &mut Problems,
    ) -> Vec<Received<'a>> {
        let mut received: Vec<Received<'a>> = Vec::with_capacity(record.messages.len());
        let mut last_s = None;
        for (index, message) in record.messages.iter().enumerate() {
            let place = format!("{place}.messages.{}", index + 1);
            let times = self
                .calendar
                .resolve(message.received, last_s.unwrap_or(0))
                .and_then(|received_s| Ok((received_s, self.published_s(message.published, received_s)?)));
            let (received_s, published_s) = match times {
                Ok(times) => times,
                Err(message) => {
                    problems.add(place, message);
                    continue;
                }
            };
            if last_s.is_some_and(|last_s| received_s < last_s) {
                let message = "it is received before the message before it (they stand in the order in which they are received)";
                problems.add(format!("{place}.received"), message);
            }
            if published_s > received_s {
                let message = "it is published after it is received (before that, or then)";
                problems.add(format!("{place}.published"), message);
            }
            last_s = Some(received_s);
            for (index, window) in message.windows.iter().enumerate() {
                let place = format!("{place}.windows.{}", index + 1);
                if let Some(problem) = window.envelope.as_deref().and_then(id_problem) {
                    problems.add(format!("{place}.envelope"), problem);
                }
                for (field, when) in [("from", window.from), ("to", window.to)] {
                    if let Err(message) = self.calendar.resolve(when, published_s) {
                        problems.add(format!("{place}.{field}"), message);
                    }
                }
            }
            let validity_s = i64::from(message.validity.unwrap_or(record.validity).s());
            let valid_until_s = published_s + validity_s;
            received.push(Received { message, received_s, published_s, valid_until_s });
        }
        received
    }

    fn published_s(&self, published: Option<When>, received_s: i64) -> Result<i64, String> {
        let Some(when) = published else { return Ok(received_s) };
        let published_s = self.calendar.resolve(when, received_s)?;
        let is_later = matches!(when, When::Next(_)) && published_s > received_s;
        Ok(if is_later { published_s - DAY_S } else { published_s })
    }
}

/// Hears a feed's messages one after the other, as the depot does.
struct Listener<'a> {
    supply: &'a Supply<'a>,
    record: &'a EnvelopeFeedRecord,
    node: u32,
    /// The newest good message: when it was published, until when it counts, and its windows.
    newest: Option<(i64, i64, Vec<Window>)>,
    /// What the newest message was refused for.
    refusal: Option<Rejection>,
    /// Limits over time \[s, W\], by envelope.
    limits: BTreeMap<Key, Vec<(i64, Option<u64>)>>,
    /// What the feed is worth over time, and what lies before the start told as at the start.
    states: Vec<FeedStep>,
    /// When the last of them began, which may be before the start \[s\].
    last_state_s: i64,
}

/// What a message comes to.
enum Verdict {
    Good(Vec<Window>),
    /// Something newer is known already.
    Superseded,
    Refused(Rejection),
}

impl<'a> Listener<'a> {
    fn of(supply: &'a Supply<'a>, record: &'a EnvelopeFeedRecord, node: u32) -> Self {
        Self {
            supply,
            record,
            node,
            newest: None,
            refusal: None,
            limits: BTreeMap::new(),
            states: Vec::new(),
            last_state_s: i64::MIN,
        }
    }

    fn listen(mut self, received: Vec<Received<'_>>, feeds: &mut Feeds) {
        if received.first().is_none_or(|first| first.received_s > 0) {
            self.push_state(0);
        }
        for message in &received {
            self.grow_old(message.received_s);
            match self.judge(message) {
                Verdict::Superseded => {}
                Verdict::Refused(rejection) => self.refusal = Some(rejection),
                Verdict::Good(windows) => {
                    self.refusal = None;
                    self.replace(message.received_s, &windows);
                    // What was said before at the same time is still said.
                    let before = self.newest.take().filter(|newest| newest.0 == message.published_s);
                    let mut said = before.map_or(Vec::new(), |newest| newest.2);
                    // A message that is sent again says nothing new.
                    for window in windows {
                        if !said.contains(&window) {
                            said.push(window);
                        }
                    }
                    self.newest = Some((message.published_s, message.valid_until_s, said));
                }
            }
            self.push_state(message.received_s);
        }
        self.grow_old(i64::MAX);
        self.finish(feeds);
    }

    /// Notes that the newest message stops counting, where it does so before `before_s`.
    fn grow_old(&mut self, before_s: i64) {
        if let Some(valid_until_s) = self.newest.as_ref().map(|newest| newest.1)
            && (self.last_state_s..before_s - 1).contains(&valid_until_s)
        {
            self.push_state(valid_until_s + 1);
        }
    }

    /// What the feed is worth from `at_s` on.
    fn push_state(&mut self, at_s: i64) {
        let is_lost = self.newest.as_ref().is_none_or(|newest| newest.1 < at_s);
        let basis = self.record.basis.into();
        let default_limit = self.record.default_limit_kw.filter(|_| is_lost);
        let silent = (is_lost && default_limit.is_none()).then(|| self.silence());
        // Of both the first that applies, in the order of the codes.
        let refusal = self.refusal.clone().into_iter().chain(silent).min_by_key(|refusal| refusal.reason);
        self.last_state_s = at_s;
        self.states.push(FeedStep {
            at_s: at_s.max(0),
            feed: self.record.id.clone(),
            default_limit: default_limit.map(|limit| DefaultLimit {
                node: self.node,
                basis,
                limit_w: limit.w(),
            }),
            refusal,
        });
    }

    fn silence(&self) -> Rejection {
        let feed = &self.record.id;
        let known = match &self.newest {
            None => "has not said anything yet".to_owned(),
            Some((_, valid_until_s, _)) => {
                format!("has said nothing that counts after {}", self.supply.calendar.moment(*valid_until_s))
            }
        };
        let detail = format!("the feed \"{feed}\" {known}, and no default limit is agreed");
        Rejection::about(Reason::StaleInput, &*self.record.node, detail)
    }

    fn judge(&self, received: &Received<'_>) -> Verdict {
        let windows = match self.windows(received) {
            Ok(windows) => windows,
            Err(rejection) => return Verdict::Refused(rejection),
        };
        // What was published at the same time says one thing.
        let same = self.newest.iter().filter(|newest| newest.0 == received.published_s);
        let others: Vec<&Window> = same.flat_map(|newest| &newest.2).chain(&windows).collect();
        for window in &windows {
            if let Some(other) = others.iter().find(|other| contradict(window, other)) {
                return Verdict::Refused(self.contradiction(window, other));
            }
        }
        if received.valid_until_s < received.received_s {
            let moment = |at_s| self.supply.calendar.moment(at_s);
            let detail = format!(
                "a message of the feed \"{}\" came at {} and counts no longer than {}",
                self.record.id,
                moment(received.received_s),
                moment(received.valid_until_s)
            );
            return Verdict::Refused(Rejection::about(Reason::StaleInput, &*self.record.node, detail));
        }
        match &self.newest {
            Some((published_s, ..)) if received.published_s < *published_s => Verdict::Superseded,
            _ => Verdict::Good(windows),
        }
    }

    /// The windows of a message, or what is wrong with it: unknown nodes first, in the order of the codes.
    fn windows(&self, received: &Received<'_>) -> Result<Vec<Window>, Rejection> {
        let said = &received.message.windows;
        let mut nodes = Vec::with_capacity(said.len());
        for window in said {
            let id = window.node.as_deref().unwrap_or(&self.record.node);
            nodes.push(self.supply.positions.node(id).map_err(|_| {
                let (feed, id) = (&self.record.id, shown(id));
                let detail =
                    format!("a message of the feed \"{feed}\" limits \"{id}\", which is no node of the site");
                Rejection::about(Reason::InvalidTopology, id, detail)
            })?);
        }
        let mut windows = Vec::with_capacity(said.len());
        for (window, node) in said.iter().zip(nodes) {
            let refuse = |what: String| {
                let id = window.node.as_deref().unwrap_or(&self.record.node);
                let detail = format!("a message of the feed \"{}\" says of \"{id}\": {what}", self.record.id);
                Rejection::about(Reason::InvalidLimit, id, detail)
            };
            let limit = window.limit_kw.limit().map_err(&refuse)?;
            let (from_s, to_s) = self
                .supply
                .calendar
                .stretch(window.from, window.to, received.published_s)
                .map_err(&refuse)?;
            let envelope = match &window.envelope {
                None => self.record.id.clone(),
                Some(envelope) => format!("{}-{envelope}", self.record.id),
            };
            let basis = window.basis.unwrap_or(self.record.basis).into();
            windows.push(Window { key: (envelope, node, basis), from_s, to_s, limit_w: limit.w() });
        }
        Ok(windows)
    }

    fn contradiction(&self, one: &Window, other: &Window) -> Rejection {
        let kw = |limit_w| LimitKw::from_w(limit_w).map_or_else(String::new, |limit| limit.to_string());
        let id = &self.supply.positions.at(one.key.1).id;
        let from = self.supply.calendar.moment(one.from_s.max(other.from_s));
        let detail = format!(
            "the feed \"{}\" gives \"{id}\" two limits at {from}: {} kW and {} kW (one of them at most)",
            self.record.id,
            kw(one.limit_w),
            kw(other.limit_w)
        );
        Rejection::about(Reason::InvalidLimit, id, detail)
    }

    /// Puts the windows of each envelope in the place of what was said of it for the time from `at_s` on.
    fn replace(&mut self, at_s: i64, windows: &[Window]) {
        let mut by_key: BTreeMap<&Key, Vec<&Window>> = BTreeMap::new();
        for window in windows {
            by_key.entry(&window.key).or_default().push(window);
        }
        for (key, windows) in by_key {
            let limits = self.limits.entry(key.clone()).or_default();
            limits.retain(|step| step.0 < at_s);
            let ends = windows.iter().flat_map(|window| [window.from_s, window.to_s]);
            let mut turns: Vec<i64> = ends.filter(|&turn_s| turn_s > at_s).chain([at_s]).collect();
            turns.sort_unstable();
            turns.dedup();
            for turn_s in turns {
                let holding = windows.iter().filter(|w| w.from_s <= turn_s && turn_s < w.to_s);
                limits.push((turn_s, holding.map(|window| window.limit_w).min()));
            }
        }
    }

    /// Keeps what brings something new within the run.
    fn finish(self, feeds: &mut Feeds) {
        let duration_s = self.supply.duration_s;
        for ((envelope, node, basis), limits) in self.limits {
            let mut last = None;
            let mut steps: Vec<EnvelopeStep> = Vec::new();
            for (at_s, limit_w) in limits.into_iter().filter(|step| step.0 < duration_s) {
                // Of what was said before the start, the last holds then.
                if at_s <= 0 {
                    steps.clear();
                    last = None;
                }
                if last != limit_w {
                    last = limit_w;
                    let envelope = envelope.clone();
                    steps.push(EnvelopeStep { at_s: at_s.max(0), envelope, node, basis, limit_w });
                }
            }
            feeds.envelope_steps.extend(steps);
        }
        let is_nothing = |step: &FeedStep| step.default_limit.is_none() && step.refusal.is_none();
        let mut last: Option<FeedStep> = None;
        let mut states = self.states.into_iter().filter(|step| step.at_s < duration_s).peekable();
        while let Some(step) = states.next() {
            // Of several in one second the last counts.
            if states.peek().is_some_and(|next| next.at_s == step.at_s) {
                continue;
            }
            let is_same = last.as_ref().map_or_else(
                || is_nothing(&step),
                |last| (&last.default_limit, &last.refusal) == (&step.default_limit, &step.refusal),
            );
            if !is_same {
                feeds.feed_steps.push(step.clone());
                last = Some(step);
            }
        }
    }
}

/// Whether two windows give one limit two values at one time.
fn contradict(one: &Window, other: &Window) -> bool {
    one.key == other.key && one.from_s < other.to_s && other.from_s < one.to_s && one.limit_w != other.limit_w
}
