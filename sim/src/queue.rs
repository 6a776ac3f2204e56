//! Who goes to which connector: lanes in order, fixed places, and a queue for those who find none free.

use crate::depot::Depot;
use crate::realization::Visit;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

/// The yard: free lanes, those who wait, and who leaves next.
#[derive(Debug, Clone)]
pub(crate) struct Yard {
    /// Lane numbers that are free.
    free: BTreeSet<u32>,
    /// Lane number of each connector column; `u32::MAX` for those that are no lane.
    lane_of: Vec<u32>,
    /// Connector column of each lane.
    lanes: Vec<u32>,
    waiting: VecDeque<u32>,
    /// (tick, visit) of those who are here or wait, the next to leave on top.
    leaving: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Yard {
    /// A yard with every lane free; `column_of` gives the connector column of a site position.
    pub(crate) fn of(depot: &Depot, columns: usize, column_of: impl Fn(u32) -> u32) -> Self {
        let lanes: Vec<u32> = depot.lanes.iter().map(|&position| column_of(position)).collect();
        let mut lane_of = vec![u32::MAX; columns];
        for (lane, &column) in lanes.iter().enumerate() {
            lane_of[column as usize] = lane as u32;
        }
        Self {
            free: (0..lanes.len() as u32).collect(),
            lane_of,
            lanes,
            waiting: VecDeque::new(),
            leaving: BinaryHeap::new(),
        }
    }

    pub(crate) fn expect_departure(&mut self, tick: u32, visit: u32) {
        self.leaving.push(Reverse((tick, visit)));
    }

    /// The next visit whose time is over at `tick`.
    pub(crate) fn next_departure(&mut self, tick: u32) -> Option<u32> {
        let &Reverse((leaves, visit)) = self.leaving.peek()?;
        (leaves <= tick).then(|| {
            self.leaving.pop();
            visit
        })
    }

    pub(crate) fn next_departure_tick(&self) -> u32 {
        self.leaving.peek().map_or(u32::MAX, |&Reverse((tick, _))| tick)
    }

    /// The connector column for a visit: its own, if it names one that is free, else the first free lane.
    pub(crate) fn place_for(
        &self,
        visit: &Visit,
        column_of: impl Fn(u32) -> u32,
        is_free: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        match visit.connector {
            Some(position) => Some(column_of(position)).filter(|&column| is_free(column)),
            None => self.free.first().map(|&lane| self.lanes[lane as usize]),
        }
    }

    pub(crate) fn occupy(&mut self, column: u32) {
        self.free.remove(&self.lane_of[column as usize]);
    }

    pub(crate) fn vacate(&mut self, column: u32) {
        if self.lane_of[column as usize] != u32::MAX {
            self.free.insert(self.lane_of[column as usize]);
        }
    }

    pub(crate) fn wait(&mut self, visit: u32) {
        self.waiting.push_back(visit);
    }

    pub(crate) fn waiting(&self) -> &VecDeque<u32> {
        &self.waiting
    }

    pub(crate) fn stop_waiting(&mut self, visit: u32) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|&waiting| waiting != visit);
        self.waiting.len() != before
    }
}
