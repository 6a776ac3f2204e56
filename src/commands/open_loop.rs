//! `replay --demands`: demands that were recorded elsewhere, driven through the balancer.

use crate::cli::ReplayArgs;
use crate::exit::{Code, Failure, escaped, print, tell};
use crate::load;
use crate::open_loop_tables::{OpenLoopSummary, OpenLoopTables};
use crate::pack::{PackFile, PackFolder, Place, Placed};
use crate::problems;
use crate::stop;
use outputs::{format, sha256sums};
use scenarios::RecordedDemand;
use sim::{DemandStep, RunError};
use std::io::Write;
use std::path::Path;

/// Names of the two tables, as [`OpenLoopTables::rows`] has them.
const TABLES: [&str; 2] = ["setpoints.csv", "cycles.csv"];
/// Rows are written once there are so many bytes of them.
const CHUNK_BYTES: usize = 1 << 16;

/// Runs every cycle of a scenario on demands from a file and writes what was set beside what was recorded.
pub(super) fn open_loop(args: &ReplayArgs, file: &Path) -> Result<(), Failure> {
    Place::at(&args.out).check()?;
    let scenario = load::choose(load::scenario(&args.source, &args.set)?, &args.choices)?;
    let demands = scenarios::read_demands(&file.display().to_string(), &load::read(file)?, &scenario)
        .map_err(|error| problems::failure(&error))?;
    tell(&format!("depotsim: {} on {} demands of {}", scenario.depot().id, demands.len(), file.display()));
    let realization = scenarios::draw(&scenario, args.seed);
    let steps: Vec<DemandStep> = demands.iter().map(|RecordedDemand { step, .. }| *step).collect();

    // Until now nothing is written, and a signal ends the program at once.
    stop::on_signals();
    let mut folder = PackFolder::beside(&args.out)?;
    let mut tables = OpenLoopTables::new(scenario.depot(), &demands);
    let mut files = [folder.create(TABLES[0])?, folder.create(TABLES[1])?];
    sim::run_open_loop(scenario.depot(), &realization, &steps, |cycle| {
        stop::check(stop::NO_PACK)?;
        tables.add(cycle);
        hand_on(&mut tables, &mut files, CHUNK_BYTES)?;
        Ok(())
    })
    .map_err(|error| match error {
        RunError::Sim(error) => Failure::bad_input(format!("{}: {error}", scenario.depot().id)),
        RunError::Observer(error) => error.downcast().map_or_else(
            |error| Failure::new(Code::Io, format!("writing {}: {error}", folder.path().display())),
            |stopped: Box<Failure>| *stopped,
        ),
    })?;
    hand_on(&mut tables, &mut files, 0).map_err(|error| Failure::io("writing", folder.path(), &error))?;
    for (name, file) in TABLES.into_iter().zip(files) {
        folder.close(name, file)?;
    }
    let summary = tables.summary;
    let json =
        serde_json::to_string_pretty(&summary).map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
    let json = json + "\n";
    folder.write("summary.json", json.as_bytes())?;
    folder.write("scenario.ron", scenario.to_ron().as_bytes())?;
    let sums = sha256sums(folder.digests());
    folder.write("SHA256SUMS", sums.as_bytes())?;
    let placed = folder.place(&args.out, args.force)?;
    if args.json { print(&json) } else { print(&escaped(&report(&summary, placed, &args.out))) }
}

/// Writes the rows that are ready, once there are enough of them.
fn hand_on(
    tables: &mut OpenLoopTables<'_>,
    files: &mut [PackFile; 2],
    at_least: usize,
) -> std::io::Result<()> {
    for (rows, file) in tables.rows.iter_mut().zip(files) {
        if rows.len() >= at_least {
            file.write_all(rows.as_bytes())?;
            rows.clear();
        }
    }
    Ok(())
}

fn report(summary: &OpenLoopSummary, placed: Placed, target: &Path) -> String {
    let what = match placed {
        Placed::New => "written",
        Placed::Identical => "identical",
        Placed::Replaced => "replaced",
    };
    let mut text = format!(
        "cycles      {}: {} applied, {} curtailed, {} rejected\n",
        summary.cycles, summary.applied, summary.curtailed, summary.rejected
    );
    if summary.unseen > 0 {
        text.push_str(&format!(
            "demands     {} of {} were replaced before a cycle saw them\n",
            summary.unseen, summary.demands
        ));
    }
    if summary.compared > 0 {
        text.push_str(&format!("setpoints   {} of {} as recorded", summary.equal, summary.compared));
        if let (Some(t_s), Some(connector)) =
            (summary.first_difference_t_s, &summary.first_difference_connector)
        {
            text.push_str(&format!(
                "; up to {} kW more and {} kW less, first at {connector}, t = {t_s} s",
                format::kw(summary.most_above_w.into()),
                format::kw(summary.most_below_w.into())
            ));
        }
        text.push('\n');
    }
    text.push_str(&format!("folder      {} ({what})\n", target.display()));
    text
}
