//! From flat records to the rich site model: parents resolved, ordered, checked.

use crate::error::{PROBLEMS_MAX, Problems};
use crate::format::file::{Lanes, OnUnsupported};
use crate::site::flat::{FlatSite, flatten};
use crate::site::site_file::{Charger, SiteFile};
use crate::site::topology;
use crate::text::tree::decode_error::meant_id;
use crate::values::amperes::Current;
use crate::values::names::id_problem;
use crate::values::quantity::{LeafKw, LimitKw, Quantity, Weight, shown};
use sim::{NodeKind, Ratings, Reason, SiteNode};
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

/// A record of any kind, its parent still a name.
pub(crate) struct FlatNode {
    pub(crate) place: String,
    pub(crate) parent: Option<String>,
    pub(crate) node: SiteNode,
}

/// A site as the depot has it.
pub(crate) struct DerivedSite {
    /// The nodes, parents before children.
    pub(crate) nodes: Vec<SiteNode>,
    /// Ids that were dropped from a site that is balanced flat; they mean the root.
    pub(crate) dropped: Vec<String>,
    /// What every cycle says of such a site.
    pub(crate) note: Option<String>,
}

/// The nodes of a site. Where the records do not form a tree, that is reported, and the nodes only know what is called how.
pub(crate) fn derive_site(
    site: &SiteFile,
    on_unsupported: OnUnsupported,
    problems: &mut Problems,
) -> DerivedSite {
    let flat = flat_nodes(site, problems);
    let ordered = match topology::order(flat, problems) {
        Ok(ordered) => ordered,
        Err(flat) => {
            let nodes = flat.into_iter().map(|flat| flat.node).collect();
            return DerivedSite { nodes, dropped: Vec::new(), note: None };
        }
    };
    let unsupported = topology::unsupported(&ordered);
    if let (OnUnsupported::Flat, Some((_, why))) = (on_unsupported, unsupported.first()) {
        let FlatSite { nodes, dropped, note } = flatten(ordered, why);
        return DerivedSite { nodes, dropped, note: Some(note) };
    }
    for (place, message) in unsupported {
        problems.add_coded(Reason::UnsupportedTopology, place, message);
    }
    let nodes = ordered.into_iter().map(|flat| flat.node).collect();
    DerivedSite { nodes, dropped: Vec::new(), note: None }
}

fn flat_nodes(site: &SiteFile, problems: &mut Problems) -> Vec<FlatNode> {
    let capacities = |default_capacity_w, safe: Option<LimitKw>| Ratings {
        default_capacity_w,
        safe_operating_capacity_w: safe.map(LimitKw::w),
        max_rating_w: None,
    };
    let mut default_capacity_w = |default: Option<LimitKw>, current: Current, place: &str| {
        let in_kw = ("default_capacity_kw", default.map(LimitKw::w));
        current.or_kw(in_kw, LimitKw::MAX as u64, place, problems)
    };
    let node = |id: &str, kind, ratings, weight: Option<Weight>, note: &str| SiteNode {
        id: id.to_owned(),
        kind,
        parent: None,
        ratings,
        weight: weight.map_or(1, Weight::get),
        min_power_w: 0,
        pausable: true,
        fallback_w: 0,
        note: note.to_owned(),
    };
    let ratings = capacities(site.default_capacity_kw.map(LimitKw::w), site.safe_operating_capacity_kw);
    let root = node(&site.id, NodeKind::Site, ratings, None, &site.note);
    let mut flat = vec![FlatNode { place: "site".into(), parent: None, node: root }];
    for record in &site.grid_connections {
        let place = place("grid_connections", &record.id);
        let default_w = default_capacity_w(record.default_capacity_kw, record.into(), &place);
        let ratings = capacities(default_w, record.safe_operating_capacity_kw);
        let parent = record.parent.clone().unwrap_or_else(|| site.id.clone());
        let node = node(&record.id, NodeKind::GridConnection, ratings, record.weight, &record.note);
        flat.push(FlatNode { place, parent: Some(parent), node });
    }
    for record in &site.charger_circuits {
        let place = place("charger_circuits", &record.id);
        let default_w = default_capacity_w(record.default_capacity_kw, record.into(), &place);
        let ratings = capacities(default_w, record.safe_operating_capacity_kw);
        let node = node(&record.id, NodeKind::ChargerCircuit, ratings, record.weight, &record.note);
        let parent = Some(record.parent.clone());
        flat.push(FlatNode { place, parent, node });
    }
    let chargers = [
        ("charge_points", NodeKind::ChargePoint, &site.charge_points),
        ("connectors", NodeKind::Connector, &site.connectors),
    ];
    for (list, kind, records) in chargers {
        for record in records {
            let place = place(list, &record.id);
            let in_kw = ("max_rating_kw", record.max_rating_kw.map(|rating| rating.w().into()));
            let max_rating_w = Current::from(record).or_kw(in_kw, LeafKw::MAX as u64, &place, problems);
            check_charger(record, max_rating_w, &place, problems);
            let ratings = Ratings { max_rating_w, ..Ratings::default() };
            let mut node = node(&record.id, kind, ratings, record.weight, &record.note);
            node.min_power_w = record.min_power_kw.map_or(0, LeafKw::w);
            node.fallback_w = record.fallback_kw.map_or(0, LeafKw::w);
            node.pausable = record.pausable;
            flat.push(FlatNode { place, parent: Some(record.parent.clone()), node });
        }
    }
    for flat in &flat {
        if let Some(problem) = id_problem(&flat.node.id) {
            problems.add(format!("{}.id", flat.place), problem);
        }
    }
    flat
}

fn place(list: &str, id: &str) -> String {
    format!("site.{list}.{}", shown(id))
}

fn check_charger(record: &Charger, max_rating_w: Option<u64>, place: &str, problems: &mut Problems) {
    let rating = max_rating_w.and_then(|rating_w| LeafKw::from_w(u32::try_from(rating_w).ok()?));
    let Some(rating) = rating else { return };
    let limit = if record.rating_a.is_some() { "rating_a" } else { "max_rating_kw" };
    for (field, power) in [("min_power_kw", record.min_power_kw), ("fallback_kw", record.fallback_kw)] {
        if let Some(power) = power.filter(|&power| power > rating) {
            problems
                .add(format!("{place}.{field}"), format!("{power} kW is above {limit} (at most {rating})"));
        }
    }
}

/// The connectors in the order in which lanes fill, as positions in the site.
pub(crate) fn derive_lanes(lanes: &Lanes, site: &[SiteNode], problems: &mut Problems) -> Vec<u32> {
    match lanes {
        Lanes::SiteOrder => connectors(site).map(|(position, _)| position).collect(),
        Lanes::FirstConnectorsFirst => first_connectors_first(site),
        Lanes::Listed(ids) => listed(ids, site, problems),
    }
}

/// Positions of the connectors, charge points without connectors among them, each with the position of its charge point (or its own).
fn connectors(site: &[SiteNode]) -> impl Iterator<Item = (u32, u32)> {
    let mut has_children = vec![false; site.len()];
    for parent in site.iter().filter_map(|node| node.parent) {
        has_children[parent as usize] = true;
    }
    (0_u32..).zip(site).filter_map(move |(position, node)| match (node.kind, node.parent) {
        (NodeKind::Connector, Some(parent)) if site[parent as usize].kind == NodeKind::ChargePoint => {
            Some((position, parent))
        }
        (NodeKind::Connector, _) => Some((position, position)),
        (NodeKind::ChargePoint, _) if !has_children[position as usize] => Some((position, position)),
        _ => None,
    })
}

/// Ids of what can be a lane, in the order of the site.
fn lane_ids(site: &[SiteNode]) -> impl Iterator<Item = &str> {
    connectors(site).map(|(position, _)| site[position as usize].id.as_str())
}

/// The first of some ids, and how many more there are.
fn some_of<'a>(mut ids: impl Iterator<Item = &'a str>) -> String {
    const LISTED_MAX: usize = 6;
    let listed: Vec<&str> = ids.by_ref().take(LISTED_MAX).collect();
    match (listed.is_empty(), ids.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => listed.join(", "),
        (false, more) => format!("{} and {more} more", listed.join(", ")),
    }
}

fn first_connectors_first(site: &[SiteNode]) -> Vec<u32> {
    let mut taken = vec![0_u32; site.len()];
    let mut lanes: Vec<(u32, u32, u32)> = connectors(site)
        .map(|(position, charge_point)| {
            taken[charge_point as usize] += 1;
            (taken[charge_point as usize], charge_point, position)
        })
        .collect();
    lanes.sort_unstable();
    lanes.into_iter().map(|(_, _, position)| position).collect()
}

fn listed(ids: &[String], site: &[SiteNode], problems: &mut Problems) -> Vec<u32> {
    let known: BTreeMap<&str, u32> =
        connectors(site).map(|(position, _)| (site[position as usize].id.as_str(), position)).collect();
    let mut is_listed = vec![false; site.len()];
    let mut lanes = Vec::with_capacity(ids.len());
    for id in ids {
        match known.get(id.as_str()) {
            None => {
                let meant = meant_id(id, known.keys().copied());
                let there = some_of(lane_ids(site));
                problems
                    .add("lanes", format!("\"{}\" is no connector ({meant}there are {there})", shown(id)));
            }
            Some(&position) if std::mem::replace(&mut is_listed[position as usize], true) => {
                problems.add("lanes", format!("\"{id}\" stands twice (each connector at most once)"));
            }
            Some(&position) => lanes.push(position),
        }
    }
    if ids.is_empty() {
        problems.add("lanes", "the list is empty (at least one connector)");
    }
    lanes
}

/// Positions of nodes by id.
pub(crate) struct Positions<'a> {
    by_id: BTreeMap<&'a str, u32>,
    site: &'a [SiteNode],
    /// What stands directly below each node, in the order of the site; made when it is first asked for.
    children: OnceCell<Vec<Vec<u32>>>,
    /// How many unknown ids are still answered with what was meant: that takes time, and nobody reads more.
    answers_left: Cell<usize>,
}

impl<'a> Positions<'a> {
    /// `dropped` are ids of nodes that a flat site does not have: what is said of them holds at the root.
    pub(crate) fn of(site: &'a [SiteNode], dropped: &'a [String]) -> Self {
        let at_root = dropped.iter().map(|id| (id.as_str(), 0));
        let by_id = site.iter().map(|node| node.id.as_str()).zip(0..).chain(at_root).collect();
        Self { by_id, site, children: OnceCell::new(), answers_left: Cell::new(PROBLEMS_MAX) }
    }

    /// The node with this id, or what to say.
    pub(crate) fn node(&self, id: &str) -> Result<u32, String> {
        self.by_id.get(id).copied().ok_or_else(|| {
            let remedy = self.remedy(|| {
                let meant = meant_id(id, self.by_id.keys().copied());
                format!("{meant}there are {}", some_of(self.site.iter().map(|node| node.id.as_str())))
            });
            format!("\"{}\" is no node of the site ({remedy})", shown(id))
        })
    }

    /// The node at a position.
    pub(crate) fn at(&self, position: u32) -> &SiteNode {
        &self.site[position as usize]
    }

    /// The connector with this id, or what to say.
    pub(crate) fn connector(&self, id: &str) -> Result<u32, String> {
        let found = self.by_id.get(id).copied();
        found.filter(|&position| self.is_connector(position)).ok_or_else(|| {
            let remedy = self.remedy(|| match found {
                // Nothing is known of what stands below it where the records form no tree.
                Some(position) if self.is_tree() => {
                    let below = self.connectors_below(position);
                    format!(
                        "below it are {}",
                        some_of(below.into_iter().map(|below| self.at(below).id.as_str()))
                    )
                }
                _ => {
                    let meant = meant_id(id, lane_ids(self.site));
                    format!("{meant}there are {}", some_of(lane_ids(self.site)))
                }
            });
            let kind =
                found.map_or(String::new(), |position| format!("a {} and ", self.at(position).kind.name()));
            format!("\"{}\" is {kind}no connector ({remedy})", shown(id))
        })
    }

    /// What to do about an unknown id, as long as somebody may read it.
    fn remedy(&self, told: impl FnOnce() -> String) -> String {
        let left = self.answers_left.get();
        self.answers_left.set(left.saturating_sub(1));
        if left == 0 { "the id of another".to_owned() } else { told() }
    }

    /// What stands directly below a node, in the order of the site.
    fn children(&self, position: u32) -> &[u32] {
        let children = self.children.get_or_init(|| {
            let mut children = vec![Vec::new(); self.site.len()];
            for (at, node) in (0..).zip(self.site) {
                if let Some(parent) = node.parent {
                    children[parent as usize].push(at);
                }
            }
            children
        });
        &children[position as usize]
    }

    /// Positions of the connectors at or below a node, charge points without connectors among them, in the order of the site.
    pub(crate) fn connectors_below(&self, position: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut open = vec![position];
        while let Some(at) = open.pop() {
            if self.is_connector(at) {
                found.push(at);
            }
            open.extend(self.children(at));
        }
        found.sort_unstable();
        found
    }

    /// Positions of the connectors of each charge point that has some, by its position.
    pub(crate) fn connectors_by_point(&self) -> BTreeMap<Option<u32>, Vec<u32>> {
        let mut by_point: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        for (position, node) in (0..).zip(self.site) {
            let is_point = |above: u32| self.at(above).kind == NodeKind::ChargePoint;
            if node.kind == NodeKind::Connector && node.parent.is_some_and(is_point) {
                by_point.entry(node.parent).or_default().push(position);
            }
        }
        by_point
    }

    /// Whether anything is known of who stands under whom: of records that form no tree, nothing is.
    pub(crate) fn is_tree(&self) -> bool {
        self.site.iter().skip(1).all(|node| node.parent.is_some())
    }

    fn is_connector(&self, position: u32) -> bool {
        match self.site[position as usize].kind {
            NodeKind::Connector => true,
            // Only connectors stand under charge points.
            NodeKind::ChargePoint => self.children(position).is_empty(),
            _ => false,
        }
    }
}

/// The code for data that do not form a tree.
pub(crate) const INVALID: Reason = Reason::InvalidTopology;
