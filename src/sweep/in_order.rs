//! Work on many threads whose results come out in order, with few of them waiting.

use rayon::ThreadPool;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Results that may wait for their turn, for each thread.
const WAITING_PER_THREAD: usize = 64;

/// Where the work stands.
struct Desk<T> {
    /// The next item that nobody works on yet.
    next: usize,
    /// Items that were handed out.
    handed_out: usize,
    /// Results from `handed_out` on, those that are there.
    waiting: VecDeque<Option<T>>,
    /// Threads that may still bring something.
    working: usize,
}

struct Shared<T> {
    desk: Mutex<Desk<T>>,
    has_room: Condvar,
    has_result: Condvar,
}

/// Works on items `0..count` on every thread of the pool and hands the results to `take`, on this thread, in order.
///
/// A thread whose result is `None`, or who sees `stop`, ends its work; what then is without a gap is still handed out. The number of results that
/// wait is bounded, so a slow `take` holds the threads up instead of filling the memory.
///
/// # Errors
/// The first error of `take`; the threads are stopped then.
pub(super) fn in_order<T: Send, W, E>(
    pool: &ThreadPool,
    count: usize,
    stop: &AtomicBool,
    make_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> Option<T> + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<usize, E> {
    let threads = pool.current_num_threads();
    let shared = Shared {
        desk: Mutex::new(Desk { next: 0, handed_out: 0, waiting: VecDeque::new(), working: threads }),
        has_room: Condvar::new(),
        has_result: Condvar::new(),
    };
    let is_over = AtomicBool::new(false);
    let should_end = || stop.load(Ordering::Relaxed) || is_over.load(Ordering::Relaxed);
    let (shared, make_worker, work, should_end) = (&shared, &make_worker, &work, &should_end);
    pool.in_place_scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move |_| {
                // Told on every way out, so that nobody waits for a thread that panicked.
                let _leaving = Leaving(shared);
                let mut worker = make_worker();
                while let Some(item) = shared.claim(count, threads * WAITING_PER_THREAD, should_end) {
                    let Some(result) = work(&mut worker, item) else { break };
                    shared.bring(item, result);
                }
            });
        }
        let mut taken = 0;
        let result = loop {
            let batch = shared.fetch();
            if batch.is_empty() {
                break Ok(taken);
            }
            let mut failed = None;
            for result in batch {
                if let Err(error) = take(taken, result) {
                    failed = Some(error);
                    break;
                }
                taken += 1;
            }
            if let Some(error) = failed {
                break Err(error);
            }
        };
        {
            // Whoever looks whether it is over and then waits holds the desk meanwhile, so that nobody misses the word.
            let _desk = shared.desk();
            is_over.store(true, Ordering::Relaxed);
        }
        shared.has_room.notify_all();
        result
    })
}

impl<T> Shared<T> {
    fn desk(&self) -> MutexGuard<'_, Desk<T>> {
        // A thread that panicked left nothing half done: every change of the desk is one statement.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item to work on, once there is room for its result.
    fn claim(&self, count: usize, room: usize, should_end: &impl Fn() -> bool) -> Option<usize> {
        let mut desk = self.desk();
        while desk.next >= desk.handed_out + room && !should_end() {
            desk = self.has_room.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        if desk.next >= count || should_end() {
            return None;
        }
        desk.next += 1;
        Some(desk.next - 1)
    }

    fn bring(&self, item: usize, result: T) {
        let mut desk = self.desk();
        let place = item - desk.handed_out;
        if desk.waiting.len() <= place {
            desk.waiting.resize_with(place + 1, || None);
        }
        desk.waiting[place] = Some(result);
        if place == 0 {
            self.has_result.notify_one();
        }
    }

    /// All results whose turn it is; empty once there will be none.
    fn fetch(&self) -> Vec<T> {
        let mut desk = self.desk();
        loop {
            let mut batch = Vec::new();
            while let Some(Some(_)) = desk.waiting.front() {
                batch.extend(desk.waiting.pop_front().flatten());
            }
            if !batch.is_empty() {
                desk.handed_out += batch.len();
                self.has_room.notify_all();
                return batch;
            }
            if desk.working == 0 {
                return batch;
            }
            desk = self.has_result.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Leaving<'a, T>(&'a Shared<T>);

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        self.0.desk().working -= 1;
        self.0.has_result.notify_one();
        // A thread that waits for room may be waiting for an item that will never come.
        self.0.has_room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// Takes longer for some items than for others, so that threads overtake one another.
    fn dawdle(item: usize) {
        let rounds = if item.is_multiple_of(17) { 20_000 } else { 10 };
        std::hint::black_box((0..rounds).fold(item, |a, b| a.wrapping_mul(31) ^ b));
    }

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            for count in [0, 1, 63, 64, 65, 2_000] {
                let mut seen = Vec::new();
                let ended = in_order(
                    &pool(threads),
                    count,
                    &AtomicBool::new(false),
                    || (),
                    |(), item| {
                        dawdle(item);
                        Some(item * 2)
                    },
                    |item, result| {
                        seen.push(result);
                        assert_eq!(result, item * 2);
                        Ok::<(), ()>(())
                    },
                );
                assert_eq!((ended, seen.len()), (Ok(count), count));
            }
        }
    }

    #[test]
    fn a_slow_taker_holds_the_threads_up() {
        let worked = AtomicUsize::new(0);
        let mut furthest = 0;
        let ended = in_order(
            &pool(2),
            5_000,
            &AtomicBool::new(false),
            || (),
            |(), item| {
                worked.fetch_add(1, Ordering::Relaxed);
                Some(item)
            },
            |item, _| {
                dawdle(0);
                furthest = furthest.max(worked.load(Ordering::Relaxed) - item);
                Ok::<(), ()>(())
            },
        );
        assert_eq!(ended, Ok(5_000));
        // What waits, what was fetched at once, and what is being worked on.
        assert!(furthest <= 2 * (2 * WAITING_PER_THREAD) + 2, "{furthest}");
    }

    #[test]
    fn stopping_hands_out_what_is_without_a_gap_and_errors_end_it() {
        for threads in [1, 2, 8] {
            let stop = AtomicBool::new(false);
            let mut taken = 0;
            let ended = in_order(
                &pool(threads),
                100_000,
                &stop,
                || (),
                |(), item| {
                    if item == 500 {
                        stop.store(true, Ordering::Relaxed);
                        return None;
                    }
                    Some(item)
                },
                |item, result| {
                    assert_eq!(item, result);
                    taken += 1;
                    Ok::<(), ()>(())
                },
            );
            assert_eq!((ended, taken), (Ok(500), 500));
            let ended = in_order(
                &pool(threads),
                100_000,
                &AtomicBool::new(false),
                || (),
                |(), item| Some(item),
                |item, _| {
                    if item == 70 { Err("full") } else { Ok(()) }
                },
            );
            assert_eq!(ended, Err("full"));
        }
    }
}
