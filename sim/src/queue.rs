//! Who goes to which connector: lanes in order, fixed places, and a queue for those who find none free.

use crate::depot::Depot;
use crate::site::Site;
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
    /// (tick, visit) of those who are here and will ask for a connector, the next on top.
    preparing: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Yard {
    /// A yard with every lane free.
    pub(crate) fn of(depot: &Depot, site: &Site) -> Self {
        let lanes = depot.lanes.iter().map(|&position| site.connector_columns[position as usize]);
        let lanes: Vec<u32> = lanes.collect();
        let mut lane_of = vec![u32::MAX; site.connectors.len()];
        for (lane, &column) in lanes.iter().enumerate() {
            lane_of[column as usize] = lane as u32;
        }
        Self {
            free: (0..lanes.len() as u32).collect(),
            lane_of,
            lanes,
            waiting: VecDeque::new(),
            leaving: BinaryHeap::new(),
            preparing: BinaryHeap::new(),
        }
    }

    pub(crate) fn expect_departure(&mut self, tick: u32, visit: u32) {
        self.leaving.push(Reverse((tick, visit)));
    }

    /// The next visit whose time is over at `tick`.
    pub(crate) fn next_departure(&mut self, tick: u32) -> Option<u32> {
        pop_due(&mut self.leaving, tick)
    }

    pub(crate) fn expect_plug_in(&mut self, tick: u32, visit: u32) {
        self.preparing.push(Reverse((tick, visit)));
    }

    /// The next visit that asks for a connector at `tick`, having arrived before.
    pub(crate) fn next_plug_in(&mut self, tick: u32) -> Option<u32> {
        pop_due(&mut self.preparing, tick)
    }

    /// The tick of the next departure, or of the next that asks for a connector.
    pub(crate) fn next_tick(&self) -> u32 {
        let next_of =
            |heap: &BinaryHeap<Reverse<(u32, u32)>>| heap.peek().map_or(u32::MAX, |&Reverse((tick, _))| tick);
        next_of(&self.leaving).min(next_of(&self.preparing))
    }

    /// The connector columns of free lanes, in the order of lanes.
    pub(crate) fn free(&self) -> impl Iterator<Item = u32> + '_ {
        self.free.iter().map(|&lane| self.lanes[lane as usize])
    }

    /// The free lane with the least distance from the lane of a connector column, the lower of two, of those whose columns will do; the first for a column
    /// that is no lane.
    pub(crate) fn free_nearest_to(&self, column: u32, will_do: impl Fn(u32) -> bool) -> Option<u32> {
        let will_do = |lane: &&u32| will_do(self.lanes[**lane as usize]);
        let lane = match self.lane_of[column as usize] {
            u32::MAX => 0,
            lane => lane,
        };
        let below = self.free.range(..=lane).rev().find(will_do);
        let above = self.free.range(lane..).find(will_do);
        let nearest = match (below, above) {
            (Some(&below), Some(&above)) if above - lane < lane - below => above,
            (Some(&below), _) => below,
            (None, above) => *above?,
        };
        Some(self.lanes[nearest as usize])
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

    pub(crate) fn stop_waiting(&mut self, visit: u32) {
        self.waiting.retain(|&waiting| waiting != visit);
    }
}

fn pop_due(heap: &mut BinaryHeap<Reverse<(u32, u32)>>, tick: u32) -> Option<u32> {
    let &Reverse((due, visit)) = heap.peek()?;
    (due <= tick).then(|| {
        heap.pop();
        visit
    })
}
