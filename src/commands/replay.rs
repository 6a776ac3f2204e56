//! `replay`: what a pack recorded, under other choices.

use super::{open_loop, run};
use crate::BEHAVIOUR;
use crate::cli::ReplayArgs;
use crate::exit::{Code, Failure, print, tell};
use crate::load;
use crate::pack::{self, Pack, PackFolder, Recipe, Witnesses, produce};
use scenarios::ReplayOf;
use std::path::Path;

/// Runs a recorded realization again under other choices and writes the pack of it.
pub(super) fn replay(args: &ReplayArgs) -> Result<(), Failure> {
    if let Some(demands) = &args.demands {
        return open_loop::open_loop(args, demands);
    }
    let source = Path::new(&args.source);
    let pack = Pack::open(source)?;
    let (recording, scenario, realization) = pack::recording(source, &args.set.set)?;
    let scenario = load::choose(scenario, &args.choices)?;
    let replay_of = ReplayOf {
        run_digest: pack.manifest.run.run_digest,
        behaviour: recording.behaviour,
        changed: changed(args, source)?,
    };
    tell(&format!("depotsim: {} as recorded with seed {}", scenario.depot().id, recording.seed));

    let mut folder = PackFolder::beside(&args.out)?;
    let mut set = recording.options.set.clone();
    set.extend(args.set.set.iter().map(ToString::to_string));
    let recipe = Recipe {
        scenario: &scenario,
        realization: &realization,
        seed: recording.seed,
        behaviour: BEHAVIOUR,
        traces: recording.options.traces,
        set: &set,
        replay_of: Some(&replay_of),
        shows_progress: true,
    };
    let produced = produce(recipe, &mut folder)?;
    let placed = folder.place(&args.out, args.force)?;
    if args.json {
        let json = produced.summary.to_json().map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&json)?;
        return run::judge(&produced.summary, &args.out);
    }
    let changed = match replay_of.changed.is_empty() {
        true => "nothing changed".to_owned(),
        false => replay_of.changed.join(", "),
    };
    print(&format!(
        "{}replay of   {}: {changed}\n",
        run::report(&produced, placed, &args.out),
        replay_of.run_digest
    ))?;
    run::judge(&produced.summary, &args.out)
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
