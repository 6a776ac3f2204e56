//! `show`: a scenario as it is resolved.

use crate::cli::ShowArgs;
use crate::exit::{Code, Failure, print, tell};
use crate::load;
use scenarios::Fleet;
use std::collections::BTreeSet;

/// Prints the resolved scenario as RON, which is read as the same scenario, or as JSON.
pub(super) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let scenario = load::scenario(&args.scenario, &args.set)?;
    let file = scenario.file();
    let visits = match &file.fleet {
        Fleet::Visits { csv, .. } => Some(("visits", csv)),
        _ => None,
    };
    let loads = file.base_loads.iter().filter_map(|load| Some(("base loads", &load.csv.as_ref()?.file)));
    for (what, csv) in visits.into_iter().chain(loads).collect::<BTreeSet<_>>() {
        tell(&format!(
            "depotsim: its {what} are in \"{csv}\", which has to lie beside a copy of the scenario"
        ));
    }
    if args.json {
        let json = serde_json::to_string_pretty(scenario.file())
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        return print(&(json + "\n"));
    }
    print(&scenario.to_ron())
}
