//! Ctrl-C, SIGTERM and a terminal that is closed: the first ends the work cleanly, a later one at once. What was ignored when the program began stays
//! ignored, as far as the system tells (Linux does): `nohup` and scripts that send work to the background count on it.
//!
//! Signals are listened to from where something is written on. Before that, while a large scenario is read, nobody would hear them, and the program ends with
//! the first as any program does.

use crate::exit::{Code, Failure};
use sim::{Observer, ObserverError, TickView};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Once};
use std::time::{Duration, Instant};

static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What is left of a pack.
pub(crate) const NO_PACK: &str = "nothing is left behind (run it again)";
/// What is left of a sweep while no cases run.
pub(crate) const SWEEP: &str = "the same command goes on from what is there";

/// Whether somebody asked to stop; from the first call on, signals set it.
pub(crate) fn on_signals() -> &'static AtomicBool {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| listen(&STOP));
    &STOP
}

/// Refuses to go on where somebody asked to stop; `left` says what is there.
///
/// # Errors
/// Exit 75.
pub(crate) fn check(left: &str) -> Result<(), Failure> {
    match STOP.load(Ordering::Relaxed) {
        true => Err(stopped(left)),
        false => Ok(()),
    }
}

/// What is said of work that was stopped.
pub(crate) fn stopped(left: &str) -> Failure {
    Failure::new(Code::Temporary, format!("stopped before the end: {left}"))
}

/// Lets a file that grows beyond what the system allows be a failed write, and not the end of the program without a word.
pub(crate) fn hear_of_full_files() {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        // Whoever cannot be heard does what he did.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }
}

/// Where no handler can be set, signals do what they did.
#[cfg(unix)]
fn listen(stop: &Arc<AtomicBool>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    let ignored = ignored_from_the_start();
    let heard: Vec<i32> =
        [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0).collect();
    // Without a thread for later ones the first is heard all the same.
    for &signal in &heard {
        let _ = signal_hook::flag::register(signal, Arc::clone(stop));
    }
    let Ok(mut signals) = Signals::new(heard) else { return };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut first = None;
        signals.forever().for_each(|_| end_at_once_unless_first(&mut first));
    });
}

#[cfg(not(unix))]
fn listen(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    let mut first = None;
    let _ = ctrlc::set_handler(move || {
        stop.store(true, Ordering::Relaxed);
        end_at_once_unless_first(&mut first);
    });
}

/// Ends the program with a second signal. One that comes at once with the first is the same wish: `timeout`, and a terminal that is closed, send it
/// twice. Of a sweep, rows that were written are found again; nothing else is lost.
fn end_at_once_unless_first(first: &mut Option<Instant>) {
    const SAME_WISH: Duration = Duration::from_millis(700);
    if first.get_or_insert_with(Instant::now).elapsed() > SAME_WISH {
        std::process::exit(Code::Temporary as i32);
    }
}

/// The signals that whoever started the program had it ignore, a bit for each from 1 on. Linux tells; elsewhere none are known.
#[cfg(unix)]
fn ignored_from_the_start() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
}

/// Ends a run when somebody asks to stop.
pub(crate) struct StopWatch<'a>(pub(crate) &'a AtomicBool);

/// Why it ended.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Stopped;

impl Observer for StopWatch<'_> {
    fn tick(&mut self, _: &TickView<'_>) -> Result<(), ObserverError> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Box::new(Stopped)),
            false => Ok(()),
        }
    }
}
