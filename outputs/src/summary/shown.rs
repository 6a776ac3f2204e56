//! What connectors showed in the tick before: it is compared with a tick once, and each part hears of what is new.

use sim::view::{ConnectorColumns, NO_VISIT};

/// The columns that several parts of the summary are made of.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) visit: Vec<u32>,
    pub(super) setpoint_w: Vec<u32>,
    pub(super) measured_w: Vec<u32>,
    pub(super) is_paused: Vec<bool>,
}

/// Which of them are other than they were.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News {
    pub(super) visits: bool,
    pub(super) setpoints: bool,
    pub(super) pauses: bool,
    pub(super) measured: bool,
}

impl Shown {
    /// Connectors before the first tick.
    pub(super) fn nothing(connectors: usize) -> Self {
        Self {
            visit: vec![NO_VISIT; connectors],
            setpoint_w: vec![0; connectors],
            measured_w: vec![0; connectors],
            is_paused: vec![false; connectors],
        }
    }

    /// What is new in who is there and what is granted.
    pub(super) fn news_of_grants(&self, connectors: &ConnectorColumns<'_>) -> News {
        News {
            visits: self.visit != connectors.visit,
            setpoints: self.setpoint_w != connectors.setpoint_w,
            pauses: self.is_paused != connectors.is_paused,
            measured: false,
        }
    }

    /// Whether anything else flows.
    pub(super) fn is_measured_new(&self, connectors: &ConnectorColumns<'_>) -> bool {
        self.measured_w != connectors.measured_w
    }

    /// Remembers what is new.
    pub(super) fn take_over(&mut self, connectors: &ConnectorColumns<'_>, news: News) {
        let take = |is_new: bool, shown: &mut [u32], column: &[u32]| {
            if is_new {
                shown.copy_from_slice(column);
            }
        };
        take(news.visits, &mut self.visit, connectors.visit);
        take(news.setpoints, &mut self.setpoint_w, connectors.setpoint_w);
        take(news.measured, &mut self.measured_w, connectors.measured_w);
        if news.pauses {
            self.is_paused.copy_from_slice(connectors.is_paused);
        }
    }
}
