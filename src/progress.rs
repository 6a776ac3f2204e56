//! Progress on a terminal, and silence elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar of `length` steps on stderr; it draws nothing where stderr is no terminal.
pub fn bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let plain = std::env::var_os("NO_COLOR").is_some();
    let template = if plain {
        "{msg} [{bar:30}] {pos}/{len} {eta}"
    } else {
        "{msg} [{bar:30.cyan/blue}] {pos}/{len} {eta}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar
}

/// A bar that tells the rate as well, with a prefix for what is remarkable.
pub fn rate_bar(length: u64, what: &str) -> ProgressBar {
    let bar = bar(length, what);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} cases, {prefix}{per_sec}, {eta} left")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
