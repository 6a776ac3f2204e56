//! The run as frames that the page's scrubber can show: bounded, by leaving out ticks between those that matter.

use super::series::Series;

/// Changes that are kept at most; more make the frames fewer. A change takes some six to ten bytes of the page.
const CHANGES_MAX: usize = 260_000;

/// Frames that are kept whatever happens between them, at most.
const PINNED_MAX: usize = 2_000;

/// A tick that the page can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// When it began \[s\] from the start.
    pub(super) t_s: u64,
    /// Which of the run's ticks it is.
    tick: u64,
    /// Whether something began or ended there that people will want to see.
    is_pinned: bool,
}

/// Frames and columns.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) frames: Vec<Frame>,
    pub(super) columns: Vec<Series>,
    changes: usize,
    changes_max: usize,
    /// How many of the frames are pinned, and whether more may be.
    pinned: usize,
    takes_pins: bool,
    ticks: u64,
    /// Every tick whose number is a multiple of this is a frame, and each that is pinned.
    pub(super) stride: u64,
}

impl Trace {
    /// No frames yet, of so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            frames: Vec::new(),
            columns: vec![Series::default(); columns],
            changes: 0,
            changes_max: CHANGES_MAX,
            pinned: 0,
            takes_pins: true,
            ticks: 0,
            stride: 1,
        }
    }

    /// Ticks that were seen.
    pub(super) fn ticks(&self) -> u64 {
        self.ticks
    }

    /// Adds the next tick; `values` hands every column its value, in their order.
    pub(super) fn push(&mut self, t_s: u64, is_notable: bool, values: impl FnOnce(&mut dyn FnMut(i64))) {
        let tick = self.ticks;
        let is_due = tick.is_multiple_of(self.stride);
        self.ticks += 1;
        let is_pinned = is_notable && self.takes_pins && self.pinned < PINNED_MAX;
        if !is_due && !is_pinned {
            return;
        }
        let frame = self.frames.len() as u32;
        self.frames.push(Frame { t_s, tick, is_pinned });
        self.pinned += usize::from(is_pinned);
        let mut columns = self.columns.iter_mut();
        let mut changes = 0;
        values(&mut |value| {
            let column = columns.next().expect("there is a column for every value");
            changes += column.push(frame, value);
        });
        assert!(columns.next().is_none(), "there is a value for every column");
        self.changes += changes;
        while self.changes > self.changes_max && self.frames.len() > 2 {
            self.thin();
        }
    }

    /// Leaves out every second of the frames that nothing pins, by their ticks' numbers, and takes only every second one from now on.
    fn thin(&mut self) {
        let loose = self.frames.len() - self.pinned;
        if loose * 4 < self.frames.len() {
            // So much happens that pins alone would fill the page.
            self.frames.iter_mut().for_each(|frame| frame.is_pinned = false);
            (self.pinned, self.takes_pins) = (0, false);
        }
        self.stride *= 2;
        let mut kept = Vec::with_capacity(self.frames.len() / 2 + self.pinned);
        let mut moved = Vec::with_capacity(self.frames.len());
        for frame in &self.frames {
            moved.push(kept.len() as u32);
            if frame.is_pinned || frame.tick.is_multiple_of(self.stride) {
                kept.push(*frame);
            }
        }
        self.frames = kept;
        self.columns.iter_mut().for_each(|column| column.thin(&moved));
        self.changes = self.columns.iter().map(Series::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two columns that change at every tick, and pins at every 50th.
    fn trace(ticks: u64, changes_max: usize) -> Trace {
        pinned(ticks, changes_max, |tick| tick % 50 == 7)
    }

    fn pinned(ticks: u64, changes_max: usize, is_notable: impl Fn(u64) -> bool) -> Trace {
        let mut trace = Trace { changes_max, ..Trace::new(2) };
        for tick in 0..ticks {
            trace.push(tick * 60, is_notable(tick), |push| {
                push(tick as i64);
                push(-(tick as i64) * 3);
            });
        }
        trace
    }

    #[test]
    fn a_long_run_is_thinned_to_the_bound_and_every_kept_frame_keeps_its_values() {
        for (ticks, changes_max) in [(10, 1000), (1000, 300), (5000, 300), (1001, 299)] {
            let trace = trace(ticks, changes_max);
            assert!(trace.columns.iter().map(Series::len).sum::<usize>() <= changes_max);
            assert_eq!(trace.ticks(), ticks);
            for (ix, frame) in trace.frames.iter().enumerate() {
                let tick = (frame.t_s / 60) as i64;
                assert_eq!(trace.columns[0].at(ix as u32), Some(tick), "{ticks} ticks, frame {ix}");
                assert_eq!(trace.columns[1].at(ix as u32), Some(-3 * tick));
            }
            let times: Vec<u64> = trace.frames.iter().map(|frame| frame.t_s).collect();
            assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "in order");
        }
        assert_eq!(trace(10, 1000).frames.len(), 10, "a short run is kept whole");
    }

    #[test]
    fn every_tick_on_the_grid_is_shown_and_no_other_but_those_that_are_pinned() {
        let pins: [fn(u64) -> bool; 5] = [
            |_| false,
            |tick| tick % 50 == 7,
            // On the grid, off it, and on it at times.
            |tick| tick % 32 == 0,
            |tick| tick % 17 == 0,
            |tick| (100..120).contains(&tick),
        ];
        for (ix, is_notable) in pins.into_iter().enumerate() {
            let trace = pinned(2000, 400, is_notable);
            assert!(trace.stride > 4, "it was thinned several times");
            let shown: Vec<u64> = trace.frames.iter().map(|frame| frame.t_s / 60).collect();
            let due = |&tick: &u64| tick % trace.stride == 0 || is_notable(tick);
            assert_eq!(shown, (0..2000).filter(due).collect::<Vec<u64>>(), "pins {ix}");
        }
    }

    #[test]
    fn where_something_happens_at_nearly_every_tick_pins_are_given_up_and_the_bound_holds() {
        for (ticks, every) in [(900, 1), (5_000, 1), (5_000, 2), (300, 1), (5_000, 3)] {
            let trace = pinned(ticks, 400, |tick| tick % every == 0);
            assert!(trace.columns.iter().map(Series::len).sum::<usize>() <= 400, "{ticks}, {every}");
            assert_eq!(trace.ticks(), ticks);
            let times: Vec<u64> = trace.frames.iter().map(|frame| frame.t_s / 60).collect();
            assert!(times.iter().all(|tick| tick % trace.stride == 0), "{ticks}, {every}: {times:?}");
        }
    }

    #[test]
    fn what_is_pinned_stays() {
        let trace = trace(1000, 300);
        let has = |tick: u64| trace.frames.iter().any(|frame| frame.t_s == tick * 60);
        assert!((0..20).all(|k| has(50 * k + 7)));
        assert!(trace.stride > 1 && !(0..1000).all(has));
    }
}
