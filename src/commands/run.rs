//! `run`: one scenario, one seed, one pack.

use crate::BEHAVIOUR;
use crate::cli::RunArgs;
use crate::exit::{Code, Failure, escaped, print, tell};
use crate::load;
use crate::pack::{PackFolder, Place, Placed, Produced, Recipe, produce};
use crate::stop;
use outputs::summary::report::SummaryReport;
use sim::{Depot, Site, Traces};
use std::path::{Path, PathBuf};

/// Traces above this are written only where they are asked for \[bytes\].
const TRACES_MAX_BYTES: u64 = 2_000_000_000;

/// Simulates a scenario and writes its pack.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    // The seed comes first, so that it is known whatever happens next, and again where something does.
    tell(&format!("depotsim: {} with seed {}", args.scenario, args.seed));
    run_seed(args).map_err(|failure| failure.with_seed(args.seed))
}

fn run_seed(args: &RunArgs) -> Result<(), Failure> {
    let scenario = load::choose(load::scenario(&args.scenario, &args.set)?, &args.choices)?;
    let traces = traces(args.traces.as_deref(), Traces::Full, scenario.depot())?;
    let target = args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(&scenario.depot().id));
    Place::at(&target).check()?;
    let realization = scenarios::draw(&scenario, args.seed);
    // Until now nothing is written, and a signal ends the program at once.
    let stop = stop::on_signals();
    let mut folder = PackFolder::beside(&target)?;
    let set: Vec<String> = args.set.set.iter().map(ToString::to_string).collect();
    let recipe = Recipe {
        scenario: &scenario,
        realization: &realization,
        seed: args.seed,
        behaviour: BEHAVIOUR,
        traces,
        set: &set,
        replay_of: None,
        shows_progress: true,
        stop,
    };
    let produced = produce(recipe, &mut folder)?;
    let placed = folder.place(&target, args.force)?;
    if args.json {
        let json = produced.summary.to_json().map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&json)?;
    } else {
        print(&escaped(&report(&produced, placed, &target)))?;
    }
    judge(&produced.summary, &target)
}

/// A pack whose checks fail is written like any other, and the exit code says so.
pub(super) fn judge(summary: &SummaryReport, target: &Path) -> Result<(), Failure> {
    let failed: Vec<&str> =
        summary.checks.iter().filter(|check| !check.passed).map(|check| check.id.as_str()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let (count, all) = (failed.len(), summary.checks.len());
    let message = format!(
        "{count} of {all} checks failed: {} (the pack is written; {} shows why)",
        failed.join(", "),
        target.join("summary.json").display()
    );
    Err(Failure::new(Code::Different, message))
}

/// The traces that are asked for, or else these, unless they would be large.
pub(super) fn traces(asked: Option<&str>, usual: Traces, depot: &Depot) -> Result<Traces, Failure> {
    if let Some(traces) = asked.and_then(Traces::from_name) {
        return Ok(traces);
    }
    let bytes = row_bytes(depot) * u64::from(depot.ticks);
    if usual == Traces::Full && bytes > TRACES_MAX_BYTES {
        let message = format!(
            "nodes.csv and connectors.csv would take about {} GB (choose --traces changes or none, or ask for them with --traces full)",
            bytes / 1_000_000_000
        );
        return Err(Failure::new(Code::CannotCreate, message));
    }
    Ok(usual)
}

/// What the rows of a tick take in both tables together, about.
fn row_bytes(depot: &Depot) -> u64 {
    // Beside the ids of a row, of which those of vehicles are not known yet.
    const ROW_BYTES: u64 = 95;
    let site = Site::of(depot);
    let id_bytes =
        |position: Option<u32>| position.map_or(0, |position| depot.site[position as usize].id.len() as u64);
    let row = |&position: &u32| {
        ROW_BYTES + id_bytes(Some(position)) + id_bytes(depot.site[position as usize].parent)
    };
    let nodes: u64 = site.nodes.iter().map(row).sum();
    // A connector's row names what is above its charge point as well, and perhaps what holds it back.
    let above = |&node: &u32| {
        2 * id_bytes(
            site.parents.get(node as usize).and_then(|&parent| site.nodes.get(parent as usize)).copied(),
        )
    };
    let connectors: u64 =
        site.connectors.iter().map(row).sum::<u64>() + site.connector_parents.iter().map(above).sum::<u64>();
    nodes + connectors
}

/// What a person wants to know first; `summary.json` has the rest.
pub(super) fn report(produced: &Produced, placed: Placed, target: &Path) -> String {
    let Produced { identity, summary } = produced;
    let what = match placed {
        Placed::New => "written",
        Placed::Identical => "identical",
        Placed::Replaced => "replaced",
    };
    let (cycles, visits, site) = (&summary.cycles, &summary.visits, &summary.site);
    let mut text = format!(
        "{} under {} ({} control), seed {}\n",
        identity.scenario, identity.strategy, identity.control, identity.seed
    );
    text.push_str(&format!(
        "cycles      {}: {} applied, {} curtailed, {} rejected\n",
        cycles.total, cycles.applied, cycles.curtailed, cycles.rejected
    ));
    for reason in cycles.by_reason.iter().filter(|reason| reason.outcome != "APPLIED") {
        let node = reason.node.as_deref().map(|node| format!(" at {node}")).unwrap_or_default();
        let source = reason.limit_source.map(|source| format!(" ({source})")).unwrap_or_default();
        text.push_str(&format!("            {:4} {}{node}{source}\n", reason.cycles, reason.reason));
    }
    let margin = match (visits.least_margin_s, &visits.least_margin_visit) {
        (Some(margin_s), Some(visit)) => {
            let whose = if visits.ready < visits.total { " of those" } else { "" };
            format!(", least margin{whose} {} min ({visit})", margin_s.div_euclid(60))
        }
        _ => String::new(),
    };
    text.push_str(&format!("visits      {} of {} ready{margin}\n", visits.ready, visits.total));
    if visits.late + visits.unfinished > 0 {
        let mut short = Vec::new();
        if visits.late > 0 {
            short.push(format!("{} late", visits.late));
        }
        if visits.unfinished > 0 {
            short.push(format!("{} not ready when the run ended", visits.unfinished));
        }
        short.push(format!("{} kWh short", visits.shortfall_kwh));
        if visits.late_waited > 0 {
            let of = if visits.unfinished > 0 { "those late" } else { "them" };
            short.push(format!("{} of {of} after waiting for a connector", visits.late_waited));
        }
        text.push_str(&format!("            {}\n", short.join(", ")));
    }
    if visits.no_shows > 0 {
        text.push_str(&format!(
            "            {} did not come, and {} neither as ready nor as late\n",
            visits.no_shows,
            if visits.no_shows == 1 { "counts" } else { "count" }
        ));
    }
    if let Some(visit) = &visits.longest_wait_visit {
        text.push_str(&format!(
            "            {} waited for a connector, the longest {} min ({visit}){}\n",
            visits.waited,
            visits.longest_wait_s / 60,
            match visits.never_plugged_in.saturating_sub(visits.no_shows) {
                0 => String::new(),
                never => format!("; {never} never had one"),
            }
        ));
    }
    if let (Some(peak_kw), Some(at)) = (&site.meter.peak_kw, &site.meter.peak_at) {
        text.push_str(&format!("site peak   {peak_kw} kW at {at}\n"));
    }
    text.push_str(&format!(
        "energy      {} kWh delivered, {} kWh at the site's meter\n",
        visits.delivered_kwh, site.meter.energy_kwh
    ));
    text.push_str(&format!("breaches    {}\n", summary.breaches.count));
    text.push_str(&checks(summary));
    text.push_str(&format!("run digest  {}\n", identity.run_digest));
    text.push_str(&format!("pack        {} ({what})\n", target.display()));
    text
}

/// How many checks passed, and each that did not.
fn checks(summary: &SummaryReport) -> String {
    if summary.checks.is_empty() {
        return "checks      none: nothing was judged\n".to_owned();
    }
    let passed = summary.checks.iter().filter(|check| check.passed).count();
    let mut text = format!("checks      {passed} of {} passed\n", summary.checks.len());
    for check in summary.checks.iter().filter(|check| !check.passed) {
        let (id, requirement) = (&check.id, &check.requirement);
        text.push_str(&format!("            FAILED {id} ({requirement}): {}\n", check.rule));
        text.push_str(&format!("                   {}\n", check.found));
    }
    text
}
