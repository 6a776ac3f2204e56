//! A comparison as a page of its own: no script, nothing loaded.

use super::{Comparison, Verdict};
use crate::exit::{Code, Failure};
use askama::Template;

#[derive(Template)]
#[template(path = "diff.html")]
struct Page<'a> {
    of: &'a Comparison,
    worse: usize,
    better: usize,
    other: usize,
}

impl Comparison {
    /// The comparison as HTML.
    ///
    /// # Errors
    /// None in practice: the page is filled from memory.
    pub fn to_html(&self) -> Result<String, Failure> {
        let count = |verdict| self.visits.iter().filter(|change| change.verdict == verdict).count();
        let [worse, better, other] = [Verdict::Worse, Verdict::Better, Verdict::Other].map(count);
        let page = Page { of: self, worse, better, other };
        page.render().map_err(|error| Failure::new(Code::Bug, error.to_string()))
    }
}
