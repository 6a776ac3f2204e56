//! The folder of a sweep, and what stands in it that is none of a sweep's.

use super::plan::Plan;
use super::run::shards_folder;
use crate::exit::{Code, Failure};
use crate::pack::PackKind;
use std::fs;
use std::path::Path;

/// What a sweep writes beside its shards.
const WRITTEN: [&str; 6] =
    ["aggregate.csv", "plan.json", "plots", "results.csv", "results.parquet", "sweep.html"];

/// Refuses a folder in which a sweep would write over what somebody else left there: a pack's, and one with files that have the names of a sweep's
/// where no sweep has been.
///
/// # Errors
/// Exit 73, with what stands there.
pub fn refuse_foreign(out: &Path, plan: &Plan) -> Result<(), Failure> {
    let refused = |what: String| {
        let message = format!("{} holds {what} (choose another --out, or move it away)", out.display());
        Err(Failure::new(Code::CannotCreate, message))
    };
    if PackKind::of(out).is_some() {
        return refused("a pack, which a sweep would spoil".to_owned());
    }
    let has_plan = || fs::read(out.join("plan.json")).is_ok_and(|bytes| bytes == plan.to_text().as_bytes());
    if shards_folder(out).exists() || has_plan() {
        return Ok(());
    }
    let mut there = WRITTEN.into_iter().filter(|name| out.join(name).exists());
    let Some(first) = there.next() else { return Ok(()) };
    let more = match there.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    refused(format!("{first}{more} and no shards: something else than a sweep wrote that, and would be lost"))
}
