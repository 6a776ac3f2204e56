//! A comparison as a page of its own: no script, nothing loaded.

use super::{Comparison, Verdict};
use crate::exit::{Code, Failure};
use askama::Template;
use std::path::Path;

#[derive(Template)]
#[template(path = "diff.html")]
struct Page<'a> {
    of: &'a Comparison,
    /// What the packs are called in headings.
    name_a: String,
    name_b: String,
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
        let (name_a, name_b) = self.short_names();
        let page = Page { of: self, name_a, name_b, worse, better, other };
        page.render().map_err(|error| Failure::new(Code::Bug, error.to_string()))
    }

    /// The names of the packs' folders, where these tell them apart.
    fn short_names(&self) -> (String, String) {
        let name = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
        match (name(&self.a), name(&self.b)) {
            (Some(a), Some(b)) if a != b => (a, b),
            _ => ("the first".to_owned(), "the second".to_owned()),
        }
    }
}
