//! A whole night into a pack in memory: how observers and writers are wired, and that the pieces agree.

use crate::night::{self, WA_PTA};
use outputs::summary::report::SummaryReport;
use outputs::{
    BreachesCsv, ConnectorsCsv, CyclesCsv, EventsCsv, FileDigest, HashingWriter, Manifest, NodesCsv,
    RunIdentity, Summary, TickDigests, VisitsCsv, sha256sums,
};
use sim::{Observer, Site, Traces};
use std::collections::BTreeMap;

type Pack = BTreeMap<&'static str, (Vec<u8>, FileDigest)>;

fn pack(traces: Traces) -> (Pack, SummaryReport) {
    let (depot, realization) = (night::depot(WA_PTA), night::realization(WA_PTA, 1));
    let site = Site::of(&depot);
    let file = || HashingWriter::new(Vec::new());
    let mut cycles = CyclesCsv::new(file(), &depot, &realization, &site);
    let mut nodes = NodesCsv::new(file(), traces, &depot, &realization, &site);
    let mut connectors = ConnectorsCsv::new(file(), traces, &depot, &realization, &site);
    let mut visits = VisitsCsv::new(file(), &depot, &realization, &site);
    let mut events = EventsCsv::new(file(), &depot, &realization, &site);
    let mut breaches = BreachesCsv::new(file(), &depot, &realization, &site);
    let mut digests = TickDigests::new(file());
    let mut summary = Summary::new(&depot, &realization, &site);
    let observers: &mut [&mut dyn Observer] = &mut [
        &mut cycles,
        &mut nodes,
        &mut connectors,
        &mut visits,
        &mut events,
        &mut breaches,
        &mut digests,
        &mut summary,
    ];
    sim::run(&depot, &realization, observers).unwrap();
    let files = [
        ("cycles.csv", cycles.into_inner()),
        ("nodes.csv", nodes.into_inner()),
        ("connectors.csv", connectors.into_inner()),
        ("visits.csv", visits.into_inner()),
        ("events.csv", events.into_inner()),
        ("breaches.csv", breaches.into_inner()),
        ("tick-digests.csv", digests.into_inner()),
    ];
    (files.into_iter().map(|(name, writer)| (name, writer.finish(name))).collect(), summary.into_report())
}

fn records(pack: &Pack, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(&*pack[file].0);
    reader.deserialize().map(Result::unwrap).collect()
}

/// Watts of a kW cell.
fn watts(cell: &str) -> i64 {
    cell.replace('.', "").parse().unwrap()
}

#[test]
fn the_tables_of_a_night_add_up() {
    let (pack, report) = pack(Traces::Full);
    let nodes = records(&pack, "nodes.csv");
    let connectors = records(&pack, "connectors.csv");
    assert_eq!((nodes.len(), connectors.len()), (960 * 22, 960 * 32));
    let mut charging_w: BTreeMap<&str, i64> = BTreeMap::new();
    for row in &connectors {
        *charging_w.entry(&row["t_s"]).or_default() += watts(&row["measured_kw"]);
    }
    let mut energy_j = 0;
    for row in nodes.iter().filter(|row| row["node"] == "S") {
        assert_eq!(
            watts(&row["measured_kw"]),
            charging_w[&*row["t_s"]] + watts(&row["base_load_kw"]),
            "{row:?}"
        );
        energy_j += watts(&row["measured_kw"]) * 60;
    }
    assert_eq!(report.site.meter.energy_j, energy_j);
    let cycles = records(&pack, "cycles.csv");
    let curtailed = cycles.iter().filter(|row| row["outcome"] == "CURTAILED").count() as u64;
    assert_eq!((report.cycles.total, report.cycles.curtailed), (cycles.len() as u64, curtailed));
    assert!(curtailed > 100);
    let visits = records(&pack, "visits.csv");
    let ready = visits.iter().filter(|row| row["ready"] == "true").count() as u64;
    assert_eq!((visits.len() as u64, ready), (report.visits.total, report.visits.ready));
    assert!(visits.iter().all(|row| !row["main_constraint"].is_empty()));
}

#[test]
fn traces_of_changes_hold_what_a_reader_needs_to_restore_every_row() {
    let (full, changes) = (pack(Traces::Full).0, pack(Traces::Changes).0);
    for file in ["nodes.csv", "connectors.csv"] {
        assert!(changes[file].0.len() * 2 < full[file].0.len());
        let key = if file == "nodes.csv" { "node" } else { "connector" };
        let mut rows = records(&changes, file).into_iter().peekable();
        let mut last: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for row in records(&full, file) {
            if let Some(next) = rows.next_if(|next| next["t_s"] == row["t_s"] && next[key] == row[key]) {
                last.insert(row[key].clone(), next);
            }
            let held = last[&row[key]].iter().filter(|(name, _)| *name != "t_s" && *name != "time");
            assert!(held.into_iter().all(|(name, cell)| row[name] == *cell), "{row:?}");
        }
        assert_eq!(rows.next(), None);
    }
}

#[test]
fn the_same_night_has_the_same_digests_and_a_manifest_of_them() {
    let (first, second) = (pack(Traces::Full).0, pack(Traces::Full).0);
    assert_eq!(first, second);
    let files: Vec<FileDigest> = first.values().map(|(_, digest)| digest.clone()).collect();
    for (bytes, digest) in first.values() {
        assert_eq!(*digest, FileDigest::of_bytes(digest.name.clone(), bytes));
    }
    let run = RunIdentity {
        version: "0.1.0".into(),
        behaviour: 1,
        scenario: "night".into(),
        seed: 1,
        strategy: "fair-share".into(),
        control: "connector".into(),
        run_digest: first["tick-digests.csv"].1.sha256.clone(),
    };
    let manifest = Manifest::new(run, files.clone());
    assert_eq!(Manifest::from_json(&manifest.to_json().unwrap()).unwrap(), manifest);
    assert_eq!(sha256sums(&files).lines().count(), 7);
}
