//! `replay`: what a pack recorded, under other choices.

use super::{open_loop, run};
use crate::BEHAVIOUR;
use crate::cli::ReplayArgs;
use crate::exit::{Code, Failure, escaped, print, tell};
use crate::load;
use crate::pack::{self, Pack, PackFolder, Place, Recipe, Witnesses, produce};
use crate::stop;
use scenarios::{Overlay, ReplayOf, Scenario};
use sim::Realization;
use std::path::Path;

/// Runs a recorded realization again under other choices and writes the pack of it.
pub(super) fn replay(args: &ReplayArgs) -> Result<(), Failure> {
    if let Some(demands) = &args.demands {
        return open_loop::open_loop(args, demands);
    }
    Place::at(&args.out).check()?;
    let source = Path::new(&args.source);
    let pack = Pack::open(source)?;
    let opened = pack::recording(source, &args.set.set);
    if opened.is_err() && args.set.set.iter().any(is_decided) {
        tell(
            "depotsim: a recording has what was drawn and decided, and no more how: edit recording-visits.csv or recording.ron in the pack, or `depotsim run` the scenario with --set",
        );
    }
    let (recording, scenario, realization) = opened?;
    tell_of_no_effect(args, source)?;
    tell_of_kept_energies(args, source, (&scenario, &realization))?;
    let scenario = load::choose(scenario, &args.choices)?;
    let replay_of = ReplayOf {
        run_digest: pack.manifest.run.run_digest,
        behaviour: recording.behaviour,
        changed: changed(args, source)?,
    };
    let traces = run::traces(args.traces.as_deref(), recording.options.traces, scenario.depot())?;
    tell(&format!("depotsim: {} as recorded with seed {}", scenario.depot().id, recording.seed));

    // Until now nothing is written, and a signal ends the program at once.
    let stop = stop::on_signals();
    let mut folder = PackFolder::beside(&args.out)?;
    let mut set = recording.options.set.clone();
    set.extend(args.set.set.iter().map(ToString::to_string));
    let recipe = Recipe {
        scenario: &scenario,
        realization: &realization,
        seed: recording.seed,
        behaviour: BEHAVIOUR,
        traces,
        set: &set,
        replay_of: Some(&replay_of),
        shows_progress: true,
        stop,
    };
    let produced = produce(recipe, &mut folder)?;
    let placed = folder.place(&args.out, args.force)?;
    if args.json {
        let json = produced.summary.to_json().map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&json)?;
        return run::judge(&produced.summary, &args.out);
    }
    print(&escaped(&format!(
        "{}replay of   {}: {}\n",
        run::report(&produced, placed, &args.out),
        replay_of.run_digest,
        told(&replay_of)
    )))?;
    run::judge(&produced.summary, &args.out)
}

/// What is otherwise than in the run that is replayed, in words.
fn told(replay_of: &ReplayOf) -> String {
    let by = match replay_of.behaviour {
        BEHAVIOUR => None,
        before => Some(format!("behaviour {before} decided then, {BEHAVIOUR} decides now")),
    };
    let all: Vec<String> = replay_of.changed.iter().cloned().chain(by).collect();
    if all.is_empty() { "nothing changed".to_owned() } else { all.join(", ") }
}

/// What the parts of a scenario say that have come true in a recording: arrivals, envelopes, loads and faults are what they were.
const DECIDED: [&str; 9] = [
    "fleet",
    "envelopes",
    "envelope_feeds",
    "demand_response",
    "base_loads",
    "outages",
    "charger_faults",
    "overrides",
    "site_changes",
];

/// Whether a value is of a part that has come true.
fn is_decided(set: &Overlay) -> bool {
    DECIDED.iter().any(|part| set.path.split('.').next() == Some(part))
}

/// Says of values that they change nothing: whoever sets them expects another night.
fn tell_of_no_effect(args: &ReplayArgs, source: &Path) -> Result<(), Failure> {
    let sets = args.set.set.iter().filter(|set| is_decided(set));
    let mut doubtful = sets.map(|set| (set, set.to_string())).peekable();
    if doubtful.peek().is_none() {
        return Ok(());
    }
    let (_, recorded, realization) = pack::recording(source, &[])?;
    for (set, text) in doubtful {
        // What can only be set together with others has an effect.
        let Ok((_, with, with_realization)) = pack::recording(source, std::slice::from_ref(set)) else {
            continue;
        };
        if with.depot() == recorded.depot() && with_realization == realization {
            tell(&format!(
                "warning: --set {text} changes nothing in a replay: arrivals, envelopes, loads and faults are the recorded ones (edit recording-visits.csv or recording.ron in the pack, or `depotsim run` the scenario with it)"
            ));
        }
    }
    Ok(())
}

/// Says of vehicles with another battery how many visits keep the energy that was recorded, where others keep their state of charge.
fn tell_of_kept_energies(
    args: &ReplayArgs,
    source: &Path,
    (scenario, realization): (&Scenario, &Realization),
) -> Result<(), Failure> {
    if !args.set.set.iter().any(|set| set.path.starts_with("vehicles")) {
        return Ok(());
    }
    let (_, recorded, recorded_realization) = pack::recording(source, &[])?;
    let kinds = recorded.depot().vehicle_types.iter().zip(&scenario.depot().vehicle_types);
    for ((before, now), vehicle_type) in kinds.zip(0_u32..) {
        let own = || {
            let pairs = recorded_realization.visits.iter().zip(&realization.visits);
            pairs.filter(move |(visit, _)| visit.vehicle_type == vehicle_type)
        };
        let kept = own()
            .filter(|(before, now)| {
                before.arrival_energy_j > 0 && before.arrival_energy_j == now.arrival_energy_j
            })
            .count();
        if before.battery_j != now.battery_j && kept > 0 {
            tell(&format!(
                "warning: with another battery {kept} of {} visits of {} arrive with the energy that was recorded (`arrival_energy_j` in recording-visits.csv), the others with the state of charge (`depotsim run` draws all of them anew)",
                own().count(),
                now.id
            ));
        }
    }
    Ok(())
}

/// What is not as it was recorded.
fn changed(args: &ReplayArgs, source: &Path) -> Result<Vec<String>, Failure> {
    let mut changed = Vec::new();
    for change in Witnesses::of(source)?.changed(|_| true) {
        if change.name.starts_with("recording") {
            changed.push(format!("{} edited", change.name));
        }
    }
    changed.extend(args.choices.strategy.iter().map(|strategy| format!("--strategy {strategy}")));
    changed.extend(args.choices.control.iter().map(|control| format!("--control {control}")));
    changed.extend(args.set.set.iter().map(|set| format!("--set {set}")));
    Ok(changed)
}
