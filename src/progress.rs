//! Progress on a terminal, and silence elsewhere.

use crate::problems::has_colours;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::IsTerminal;

/// A bar of `length` steps on stderr; it draws nothing where stderr is no terminal.
pub fn bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = match has_colours() {
        true => "{msg} [{bar:30.cyan/blue}] {pos}/{len} {eta}",
        false => "{msg} [{bar:30}] {pos}/{len} {eta}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar
}

/// A bar that tells the rate as well, with a prefix for what is remarkable. It takes what the words leave of the line, so that it does not wrap.
pub fn rate_bar(length: u64, what: &str) -> ProgressBar {
    let bar = bar(length, what);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} cases, {prefix}{rate}/s, {eta} left")
    {
        // Nobody reads fractions of a rate of thousands.
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{:.0}", state.per_sec());
        };
        bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
    }
    bar
}
