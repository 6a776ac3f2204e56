//! The reference packs under `outputs/reference/`: a change of behaviour, of a figure or of the page shows in review as a change there.
//!
//! Protects the packs that people compare their own with. `scripts/bless-reference` writes them anew.

use crate::support::{depotsim, files, folder, run};
use std::fs;
use std::path::Path;

const SCENARIOS: [&str; 3] = ["wa-pta", "wa-pta-charge-point", "wa-pta-faults"];

#[test]
fn the_reference_packs_are_what_the_scenarios_give_and_verify() {
    let scratch = folder();
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("outputs/reference");
    for scenario in SCENARIOS {
        let (kept, fresh) = (reference.join(scenario), scratch.path().join(scenario));
        run(scenario, &fresh, &["--traces", "none"]);
        if std::env::var_os("BLESS").is_some() {
            let _ = fs::remove_dir_all(&kept);
            for (name, bytes) in files(&fresh) {
                let path = kept.join(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, bytes).expect("a file");
            }
        }
        let (kept_files, fresh_files) = (files(&kept), files(&fresh));
        let names =
            |all: &std::collections::BTreeMap<String, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&kept_files), names(&fresh_files), "{scenario} (scripts/bless-reference)");
        let changed: Vec<&String> =
            kept_files.keys().filter(|name| kept_files[*name] != fresh_files[*name]).collect();
        assert!(changed.is_empty(), "{scenario}: {changed:?} changed (scripts/bless-reference, and say why)");
        let (code, stdout, stderr) = depotsim(&["verify", kept.to_str().expect("a path")]);
        assert_eq!(code, 0, "{stdout}{stderr}");
    }
}
