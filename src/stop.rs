//! Ctrl-C and SIGTERM: the first ends the work cleanly, the second at once.

use crate::exit::Code;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// Whether somebody asked to stop; from the first call on, signals set it.
pub(crate) fn on_signals() -> &'static AtomicBool {
    // Where no handler can be set, or one is set already, signals do what they did.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            // Of a sweep, rows that were written are found again; nothing else is lost.
            std::process::exit(Code::Temporary as i32);
        }
    });
    &STOP
}
