//! From records with `repeat`, patterns and templates to one record per node.
//!
//! `parent: "C*"` stands for every matching node of the nearest kind above that has one, in order: for connectors charge points, else circuits,
//! else grid connections. Under each of these parents the record is repeated. In its id, `{parent}` is the parent's id, `{n}` counts
//! within the parent and `{i}` over all, both from 1.

use crate::error::Problems;
use crate::format::file::{ScenarioFile, SiteChangeRecord};
use crate::site::site_file::{Charger, ChargerCircuit, GridConnection, SiteFile};
use crate::values::names::ID_BYTES_MAX;
use crate::values::quantity::{Count, shown};
use sim::Reason;
use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// Largest number of nodes on a site, those among them that come with changes in mid-run.
const NODES_MAX: u64 = 4_000_000;
/// Largest number of nodes that changes in mid-run derive, each of them all.
const CHANGED_NODES_MAX: u64 = 10_000_000;

/// Which record of the file each record of a list of the site comes from, by the list's name.
pub(crate) type Origins = BTreeMap<&'static str, Vec<usize>>;

/// Replaces each list of the site by its expansion. What cannot be expanded is reported and left out.
pub(crate) fn expand_site(site: &mut SiteFile, problems: &mut Problems) -> Origins {
    let mut expansion = Expansion {
        prefix: "site".to_owned(),
        site_id: site.id.clone(),
        nodes: 1,
        problems,
        origins: Origins::new(),
    };
    site.grid_connections = expansion.list("grid_connections", &site.grid_connections, &[], false);
    let connections = Ids::of(&site.grid_connections);
    site.charger_circuits = expansion.list("charger_circuits", &site.charger_circuits, &[&connections], true);
    let circuits = Ids::of(&site.charger_circuits);
    site.charge_points =
        expansion.list("charge_points", &site.charge_points, &[&circuits, &connections], false);
    let points = Ids::of(&site.charge_points);
    site.connectors =
        expansion.list("connectors", &site.connectors, &[&points, &circuits, &connections], false);
    expansion.origins
}

/// Replaces each list of the changes by its expansion; patterns stand for nodes of the site as it is by then.
///
/// Every change derives the whole site again: where that is too often, it is reported and there are no changes.
pub(crate) fn expand_changes(changes: &mut Vec<SiteChangeRecord>, site: &SiteFile, problems: &mut Problems) {
    let mut nodes = site.count();
    let all = changes.len();
    let mut too_many = (nodes.saturating_mul(all as u64) > CHANGED_NODES_MAX).then_some(nodes);
    let mut site = site.clone();
    let mut derived_nodes = 0_u64;
    for (index, change) in changes.iter_mut().enumerate() {
        if too_many.is_some() {
            break;
        }
        let prefix = format!("site_changes.{}", index + 1);
        let mut expansion =
            Expansion { prefix, site_id: site.id.clone(), nodes, problems, origins: Origins::new() };
        site.remove(&change.remove);
        let list = expansion.list("grid_connections", &change.grid_connections, &[], false);
        change.grid_connections = list;
        replace(&mut site.grid_connections, &change.grid_connections);
        let connections = Ids::of(&site.grid_connections);
        let above = [&Ids::of(&site.charger_circuits), &connections];
        change.charger_circuits = expansion.list("charger_circuits", &change.charger_circuits, &above, true);
        replace(&mut site.charger_circuits, &change.charger_circuits);
        let circuits = Ids::of(&site.charger_circuits);
        change.charge_points =
            expansion.list("charge_points", &change.charge_points, &[&circuits, &connections], false);
        replace(&mut site.charge_points, &change.charge_points);
        let points = Ids::of(&site.charge_points);
        change.connectors =
            expansion.list("connectors", &change.connectors, &[&points, &circuits, &connections], false);
        replace(&mut site.connectors, &change.connectors);
        nodes = expansion.nodes;
        // A change that adds many makes all that follow large.
        derived_nodes = derived_nodes.saturating_add(site.count());
        too_many = (derived_nodes > CHANGED_NODES_MAX).then(|| site.count());
    }
    if let Some(nodes) = too_many {
        let message = format!(
            "{all} changes of a site of {nodes} nodes are too many (at most {CHANGED_NODES_MAX} nodes in all of them together)"
        );
        problems.add("site_changes", message);
        changes.clear();
    }
}

/// Says the parents that are left out: the site is what connections stand under.
pub(crate) fn say_default_parents(file: &mut ScenarioFile) {
    let changed = file.site_changes.iter_mut().flat_map(|change| &mut change.grid_connections);
    for connection in file.site.grid_connections.iter_mut().chain(changed) {
        connection.parent.get_or_insert_with(|| file.site.id.clone());
    }
}

impl SiteFile {
    /// The site after a change that is expanded.
    pub(crate) fn change(&mut self, change: &SiteChangeRecord) {
        self.remove(&change.remove);
        self.default_capacity_kw = change.default_capacity_kw.or(self.default_capacity_kw);
        self.safe_operating_capacity_kw =
            change.safe_operating_capacity_kw.or(self.safe_operating_capacity_kw);
        replace(&mut self.grid_connections, &change.grid_connections);
        replace(&mut self.charger_circuits, &change.charger_circuits);
        replace(&mut self.charge_points, &change.charge_points);
        replace(&mut self.connectors, &change.connectors);
    }

    /// The ids of all records.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let connections = self.grid_connections.iter().map(|record| record.id.as_str());
        let circuits = self.charger_circuits.iter().map(|record| record.id.as_str());
        let chargers = [&self.charge_points, &self.connectors].into_iter().flatten();
        connections.chain(circuits).chain(chargers.map(|record| record.id.as_str()))
    }

    /// How many nodes there are, the root among them.
    fn count(&self) -> u64 {
        1 + self.ids().count() as u64
    }

    fn remove(&mut self, gone: &[String]) {
        if gone.is_empty() {
            return;
        }
        let gone: BTreeSet<&String> = gone.iter().collect();
        self.grid_connections.retain(|record| !gone.contains(&record.id));
        self.charger_circuits.retain(|record| !gone.contains(&record.id));
        self.charge_points.retain(|record| !gone.contains(&record.id));
        self.connectors.retain(|record| !gone.contains(&record.id));
    }
}

/// Puts each record in the place of the one with its id, or at the end.
fn replace<R: Record>(records: &mut Vec<R>, others: &[R]) {
    if others.is_empty() {
        return;
    }
    let mut known: BTreeMap<String, usize> =
        records.iter().enumerate().map(|(index, record)| (record.id().to_owned(), index)).collect();
    for other in others {
        match known.get(other.id()) {
            Some(&index) => records[index] = other.clone(),
            None => {
                known.insert(other.id().to_owned(), records.len());
                records.push(other.clone());
            }
        }
    }
}

/// The ids of a list, in its order.
#[derive(Default)]
struct Ids {
    ids: Vec<String>,
    /// How many patterns were looked up.
    patterns: Cell<u32>,
    /// Their positions in the order of the alphabet, made once many patterns are looked up.
    sorted: OnceCell<BTreeMap<String, Vec<usize>>>,
}

impl Ids {
    /// So many patterns are looked up one id after the other.
    const PATTERNS: u32 = 20;

    fn of<R: Record>(records: &[R]) -> Self {
        let ids = records.iter().map(|record| record.id().to_owned()).collect();
        Self { ids, ..Self::default() }
    }

    fn push(&mut self, id: &str) {
        if let Some(sorted) = self.sorted.get_mut() {
            sorted.entry(id.to_owned()).or_default().push(self.ids.len());
        }
        self.ids.push(id.to_owned());
    }

    /// Positions of the ids with this prefix.
    fn starting(&self, prefix: &str) -> Vec<usize> {
        self.patterns.set(self.patterns.get() + 1);
        if prefix.is_empty() || self.patterns.get() <= Self::PATTERNS {
            return (0..self.ids.len()).filter(|&at| self.ids[at].starts_with(prefix)).collect();
        }
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (at, id) in self.ids.iter().enumerate() {
                sorted.entry(id.clone()).or_default().push(at);
            }
            sorted
        });
        let from = sorted.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let mut found: Vec<usize> = from
            .take_while(|(id, _)| id.starts_with(prefix))
            .flat_map(|(_, at)| at.iter().copied())
            .collect();
        found.sort_unstable();
        found
    }
}

/// What expansion needs to know of a record.
trait Record: Clone {
    fn id(&self) -> &str;
    fn repeat(&self) -> Option<Count>;
    /// The parent as written; `None` for the site.
    fn parent(&self) -> Option<&str>;
    /// One of the records that this one stands for.
    fn placed(&self, id: String, parent: &str) -> Self;
}

macro_rules! record {
    ($type:ty, $parent:ident => $read:expr, $new:ident => $write:expr) => {
        impl Record for $type {
            fn id(&self) -> &str {
                &self.id
            }

            fn repeat(&self) -> Option<Count> {
                self.repeat
            }

            fn parent(&self) -> Option<&str> {
                let $parent = &self.parent;
                $read
            }

            fn placed(&self, id: String, $new: &str) -> Self {
                let $parent = &self.parent;
                Self { id, repeat: None, parent: $write, ..self.clone() }
            }
        }
    };
}
// A parent that is left out stays so, since the site may still get another id.
record!(GridConnection, parent => parent.as_deref(), new => parent.as_ref().map(|_| new.to_owned()));
record!(ChargerCircuit, _parent => Some(_parent), new => new.to_owned());
record!(Charger, _parent => Some(_parent), new => new.to_owned());

struct Expansion<'a> {
    /// The place of the lists, for messages.
    prefix: String,
    site_id: String,
    nodes: u64,
    problems: &'a mut Problems,
    origins: Origins,
}

impl Expansion<'_> {
    /// Expands a list; `above` holds the ids of the kinds above, nearest first, to which the list's own earlier records belong where
    /// it `nests`.
    fn list<R: Record>(&mut self, list: &'static str, records: &[R], above: &[&Ids], nests: bool) -> Vec<R> {
        let mut expanded: Vec<R> = Vec::with_capacity(records.len());
        let mut own = Ids::default();
        let mut origins = Vec::with_capacity(records.len());
        for (origin, record) in records.iter().enumerate() {
            let place = format!("{}.{list}.{}", self.prefix, shown(record.id()));
            let prefix = record.parent().and_then(|parent| parent.strip_suffix('*'));
            let kinds = std::iter::once(&own).chain(above.iter().copied());
            let parents: Vec<&str> = match prefix {
                None => vec![record.parent().unwrap_or(&self.site_id)],
                Some(prefix) => matching(prefix, kinds),
            };
            if parents.is_empty() {
                let pattern = shown(record.parent().unwrap_or_default());
                let message = format!(
                    "the pattern \"{pattern}\" matches no node above (a prefix of ids with * at its end)"
                );
                self.problems.add_coded(Reason::InvalidTopology, format!("{place}.parent"), message);
                continue;
            }
            let before = expanded.len();
            if is_expandable(record, &place, &parents, &mut self.nodes, self.problems) {
                copy(record, &parents, &mut expanded);
                origins.resize(expanded.len(), origin);
            }
            if nests {
                expanded[before..].iter().for_each(|record| own.push(record.id()));
            }
        }
        self.origins.insert(list, origins);
        expanded
    }
}

/// Whether a record can be expanded under these parents; the site has so many `nodes` before it, and after it.
fn is_expandable<R: Record>(
    record: &R,
    place: &str,
    parents: &[&str],
    nodes: &mut u64,
    problems: &mut Problems,
) -> bool {
    let (longest, copies) = (parents.iter().map(|parent| parent.len()).max().unwrap_or(0), parents.len());
    let repeat = record.repeat().map_or(1, Count::get);
    let has = |name: &str| record.id().contains(name);
    if repeat > 1 && !has("{n}") && !has("{i}") {
        let message = format!(
            "\"{}\" would be the id of all {repeat} (put {{n}} or {{i}} into it)",
            shown(record.id())
        );
        problems.add(format!("{place}.id"), message);
        return false;
    }
    if copies > 1 && !has("{parent}") && !has("{i}") {
        let id = shown(record.id());
        let message = format!(
            "\"{id}\" would be an id under each of {copies} parents (put {{parent}} or {{i}} into it)"
        );
        problems.add(format!("{place}.id"), message);
        return false;
    }
    // Before they are made: under parents whose ids come from parents themselves lengths would double with every level.
    let parents_bytes = record.id().matches("{parent}").count().saturating_mul(longest);
    if parents_bytes > ID_BYTES_MAX {
        let message = format!(
            "\"{}\" would make ids of {parents_bytes} bytes and more here (at most {ID_BYTES_MAX})",
            shown(record.id())
        );
        problems.add(format!("{place}.id"), message);
        return false;
    }
    *nodes += copies as u64 * u64::from(repeat);
    if *nodes > NODES_MAX {
        let message = format!("the site grows beyond {NODES_MAX} nodes here (at most as many)");
        problems.add(format!("{place}.repeat"), message);
        return false;
    }
    true
}

/// The ids with this prefix, of the first kind that has any.
fn matching<'a>(prefix: &str, mut kinds: impl Iterator<Item = &'a Ids>) -> Vec<&'a str> {
    kinds
        .find_map(|kind| {
            let found: Vec<&str> =
                kind.starting(prefix).into_iter().map(|at| kind.ids[at].as_str()).collect();
            (!found.is_empty()).then_some(found)
        })
        .unwrap_or_default()
}

fn copy<R: Record>(record: &R, parents: &[&str], expanded: &mut Vec<R>) {
    let mut overall = 0;
    for parent in parents {
        for within in 1..=record.repeat().map_or(1, Count::get) {
            overall += 1;
            let id = match record.id().contains('{') {
                true => template(record.id(), parent, within, overall),
                false => record.id().to_owned(),
            };
            expanded.push(record.placed(id, parent));
        }
    }
}

/// The parent's id goes in last, so that nothing in it is taken for a template.
fn template(id: &str, parent: &str, within: u32, overall: u32) -> String {
    id.replace("{n}", &within.to_string()).replace("{i}", &overall.to_string()).replace("{parent}", parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> (SiteFile, Problems) {
        let mut problems = Problems::new();
        let mut site: SiteFile = crate::text::ron_text::parse(text);
        expand_site(&mut site, &mut problems);
        (site, problems)
    }

    #[test]
    fn ids_that_double_with_every_level_are_refused_before_they_are_made() {
        let circuits: String = (1..60)
            .map(|level| format!(r#"(id: "k{level:02}{{parent}}{{parent}}", parent: "k{:02}*"),"#, level - 1))
            .collect();
        let (_, problems) = expanded(&format!(
            r#"(id: "S", grid_connections: [(id: "G")], charger_circuits: [(id: "k00", parent: "G"), {circuits}])"#
        ));
        let told = format!("{problems:?}");
        assert!(told.contains("would make ids of") && told.contains("(at most 200)"), "{told}");
    }

    #[test]
    fn records_are_repeated_under_every_matching_parent_in_order() {
        let (site, problems) = expanded(
            r#"(id: "S", grid_connections: [(id: "G")], charger_circuits: [(id: "C{n}", repeat: 2, parent: "G"), (id: "{parent}-B", parent: "C2*")],
                charge_points: [(id: "{parent}-P{n}", parent: "C*", repeat: 2), (id: "X{i}", parent: "G*", repeat: 1)],
                connectors: [(id: "{parent}.{n}", parent: "*", repeat: 1)])"#,
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(Ids::of(&site.charger_circuits).ids, ["C1", "C2", "C2-B"]);
        assert_eq!(site.charger_circuits[2].parent, "C2");
        assert_eq!(
            Ids::of(&site.charge_points).ids,
            ["C1-P1", "C1-P2", "C2-P1", "C2-P2", "C2-B-P1", "C2-B-P2", "X1"]
        );
        assert_eq!(site.charge_points[6].parent, "G");
        assert_eq!(site.connectors.len(), 7);
        assert_eq!(site.grid_connections[0].parent, None, "it is the site's, whatever its id will be");
    }

    #[test]
    fn expansion_that_cannot_be_is_reported() {
        for (records, expected) in [
            (r#"[(id: "C", repeat: 2, parent: "G")]"#, "put {n} or {i} into it"),
            (r#"[(id: "C", parent: "X*")]"#, "matches no node above"),
            (
                r#"[(id: "C{n}", repeat: 1000000, parent: "G"), (id: "{parent}-{n}", repeat: 1000000, parent: "C*")]"#,
                "4000000 nodes",
            ),
        ] {
            let (_, problems) = expanded(&format!(
                r#"(id: "S", grid_connections: [(id: "G")], charger_circuits: {records})"#
            ));
            assert!(problems.kept[0].message.contains(expected), "{problems:?}");
        }
    }
}
