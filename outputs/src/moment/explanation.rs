//! Why a connector gets the power that it gets: its chain of limits, and who shares the one that holds it back.

use super::drawn_less::{cabin_w, curve_w};
use super::{
    Believed, BreachStatus, ConnectorAt, DrawnLess, DrawnMore, FaultStatus, InForce, Moment, OrderStatus,
    Told, headroom_w, limited,
};
use crate::clock::Clock;
use crate::format::soc_ppm;
use crate::tables::names::battery_j;
use serde::Serialize;
use sim::Control;
use sim::site::NO_PARENT;
use sim::view::NO_NODE;
use std::collections::BTreeSet;
use std::ops::Range;

/// One connector at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The scenario's id.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The strategy's name.
    pub strategy: &'static str,
    /// The moment that was asked for, RFC 3339.
    pub at: String,
    /// The connector.
    pub connector: String,
    /// Number of the newest completed cycle, from 0.
    pub cycle: Option<u64>,
    /// Its outcome.
    pub outcome: Option<&'static str>,
    /// Its reason code.
    pub reason: Option<&'static str>,
    /// The sentence of a rejected cycle.
    pub detail: Option<String>,
    /// Since when cycles have been rejected, RFC 3339.
    pub rejected_since: Option<String>,
    /// What counts while they are: setpoints from before are `held`, then the connector's `fallback`.
    pub in_force: Option<InForce>,
    /// The vehicle that is plugged in.
    pub vehicle: Option<String>,
    /// Its visit.
    pub visit: Option<String>,
    /// The state in OCPP 1.6's words.
    pub state: &'static str,
    /// State of charge at the tick's end \[ppm\].
    pub soc_ppm: Option<u64>,
    /// The state of charge to which its vehicle is charged \[ppm\].
    pub target_soc_ppm: Option<u64>,
    /// Whether it has that.
    pub has_target: bool,
    /// When its vehicle is to leave, RFC 3339.
    pub leaves: Option<String>,
    /// When the balancer believes that, where it is told otherwise.
    pub told_leaves: Option<String>,
    /// What it asks for \[W\].
    pub demand_w: u32,
    /// Where it asks for something else than its vehicle could take, since the balancer does not know that: what is believed.
    pub believed: Option<Believed>,
    /// Where that is all that its connector is rated for: what its vehicle could take, if it is more \[W\].
    pub vehicle_could_take_w: Option<u32>,
    /// What its vehicle wants of that for its cabin, before it leaves \[W\].
    pub cabin_w: u32,
    /// What it may draw \[W\].
    pub setpoint_w: u32,
    /// What it drew \[W\].
    pub measured_w: u32,
    /// `demand_w - setpoint_w`, at least 0 \[W\].
    pub withheld_w: u32,
    /// Whether its minimum was not granted.
    pub is_paused: bool,
    /// Least power on which the vehicle charges there: the connector's, or the vehicle's if that is more \[W\].
    pub min_power_w: u32,
    /// The node that keeps it below its demand.
    pub constrained_by: Option<String>,
    /// What an operator orders about its vehicle.
    pub order: Option<OrderStatus>,
    /// Whether the newest cycle served it before every tier, since an operator had ordered that it charges now.
    pub is_served_first: bool,
    /// Why it draws less than it may; none where it does not, or where the recording does not tell for certain.
    pub drawn_less: Option<DrawnLess>,
    /// Why it draws more than it may; none where it does not.
    pub drawn_more: Option<DrawnMore>,
    /// What its charger does instead of following its setpoint, while something is asked for and it has power; none where it follows.
    pub instead: Option<String>,
    /// What is wrong with its charger; what is wrong above it stands in `chain`.
    pub faults: Vec<FaultStatus>,
    /// Every limit from the connector up to the site.
    pub chain: Vec<Link>,
    /// Who shares the limit that holds it back; none where nothing does.
    pub shares: Option<Shares>,
    /// Connectors among them that the newest cycle served before it, since an operator orders that their vehicles charge now.
    pub served_before: Vec<String>,
}

/// A limit on the way from a connector to the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The node.
    pub node: String,
    /// What it is.
    pub kind: &'static str,
    /// Effective limit \[W\]; none for none.
    pub limit_w: Option<u64>,
    /// Which limit it is; none for none.
    pub limit_source: Option<&'static str>,
    /// Base load of the node and all below \[W\].
    pub base_load_w: i64,
    /// What is left for charging \[W\]; none for no limit.
    pub ev_limit_w: Option<u64>,
    /// What its children could take within their limits; of the connector, what it asks for \[W\].
    pub demand_w: u64,
    /// What was granted below it \[W\].
    pub allocated_w: u64,
    /// The meter, base load included \[W\].
    pub measured_w: i64,
    /// `limit_w - measured_w` \[W\], as in the status; negative in a breach, none for no limit.
    pub headroom_w: Option<i64>,
    /// Whether its meter is above its limit.
    pub is_breached: bool,
    /// Since when it is, and why.
    pub breach: Option<BreachStatus>,
    /// When site data of the node changed last, RFC 3339; none where they are those of the start.
    pub site_changed: Option<String>,
    /// Whether the connector names it as what holds it back.
    pub holds: bool,
    /// What is wrong with it.
    pub faults: Vec<FaultStatus>,
}

/// Who shares a limit. `elsewhere.granted_w + held.granted_w + left_w = ev_limit_w`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// The node whose limit it is.
    pub node: String,
    /// Effective limit \[W\]; none for none.
    pub limit_w: Option<u64>,
    /// Base load of the node and all below \[W\].
    pub base_load_w: i64,
    /// What is left for charging \[W\]; none for no limit.
    pub ev_limit_w: Option<u64>,
    /// Connectors below that are held back elsewhere, or get all that they ask for.
    pub elsewhere: Held,
    /// Connectors below that this node holds back.
    pub held: Held,
    /// What nobody was granted \[W\]; negative where more is in force than the limit now allows, none for no limit.
    pub left_w: Option<i64>,
    /// Every connector below that asks for power, in the site's order.
    pub sharers: Vec<Sharer>,
    /// Under charge-point control, the charge points of these connectors, among which the limit is shared; none under connector control.
    pub charge_points: Vec<SharingPoint>,
}

/// A charge point that shares a limit, and splits what it gets among its connectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharingPoint {
    /// The charge point.
    pub charge_point: String,
    /// What it asks for: what its connectors could take, within its own limit \[W\].
    pub demand_w: u64,
    /// What its connectors may draw together \[W\].
    pub allocated_w: u64,
    /// How it splits that among those of a tier: `even`, or `first_come`.
    pub split: &'static str,
    /// Whether it serves some before others, by tiers or orders.
    pub has_turns: bool,
}

/// Some of the connectors below a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Held {
    /// How many.
    pub connectors: u32,
    /// What they were granted together \[W\].
    pub granted_w: u64,
    /// What the least of them was granted \[W\]; 0 for none.
    pub least_w: u32,
    /// What the most of them was granted \[W\]; 0 for none.
    pub most_w: u32,
}

/// A connector that shares a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sharer {
    /// The connector.
    pub connector: String,
    /// Its vehicle.
    pub vehicle: Option<String>,
    /// The tier of its visit: lower ones are served completely before.
    pub tier: u32,
    /// What an operator orders about its vehicle.
    pub order: Option<OrderStatus>,
    /// Whether the newest cycle served it before every tier, since an operator had ordered that it charges now.
    pub is_served_first: bool,
    /// What it asks for \[W\].
    pub demand_w: u32,
    /// What it may draw \[W\].
    pub setpoint_w: u32,
    /// What holds it back, if anything.
    pub constrained_by: Option<String>,
}

impl Explanation {
    /// Explains the connector in column `ix` of the site at `at_s` \[s\] from the start, which `moment` holds.
    pub fn of(told: &Told<'_>, at_s: i64, moment: &Moment, ix: usize) -> Self {
        let (position, at) = (told.site.connectors[ix], &moment.connectors[ix]);
        let (node, visit, cycle) = (&told.depot.site[position as usize], told.visit(at), &moment.cycle);
        let clock = Clock::of(told.depot);
        let shares = (at.constrained_by != NO_NODE).then(|| shares(told, moment, at.constrained_by));
        Self {
            scenario: told.depot.id.clone(),
            seed: told.seed,
            strategy: told.depot.strategy.name(),
            at: clock.rfc3339(at_s),
            connector: node.id.clone(),
            cycle: cycle.as_ref().map(|cycle| cycle.cycle),
            outcome: cycle.as_ref().map(|cycle| cycle.outcome.name()),
            reason: cycle.as_ref().map(|cycle| cycle.reason.code()),
            detail: moment.rejection_detail(),
            rejected_since: moment.rejected_since(told.depot),
            in_force: moment.in_force(told.depot),
            vehicle: visit.map(|visit| visit.vehicle.clone()),
            visit: visit.map(|visit| visit.id.clone()),
            state: at.state.name(),
            soc_ppm: told.soc_ppm(at),
            target_soc_ppm: visit
                .map(|visit| soc_ppm(visit.target_energy_j, battery_j(told.depot, visit.vehicle_type))),
            has_target: visit.is_some_and(|visit| at.energy_j >= visit.target_energy_j),
            leaves: visit.map(|visit| clock.rfc3339(visit.departure_s)),
            told_leaves: visit
                .and_then(|visit| {
                    visit.conduct.told_departure_s.filter(|&told_s| told_s != visit.departure_s)
                })
                .map(|told_s| clock.rfc3339(told_s)),
            demand_w: at.demand_w,
            believed: Believed::of(told, moment, ix),
            vehicle_could_take_w: beyond_rating_w(told, moment, ix),
            cabin_w: visit.map_or(0, |visit| cabin_w(visit, moment.t_s).min(at.demand_w)),
            setpoint_w: at.setpoint_w,
            measured_w: at.measured_w,
            withheld_w: at.demand_w.saturating_sub(at.setpoint_w),
            is_paused: at.is_paused,
            min_power_w: told.min_power_w(position, visit, moment.t_s),
            constrained_by: told.some_id(at.constrained_by),
            order: told.order(at.visit, moment.t_s),
            is_served_first: told.is_served_first(moment, at.visit),
            drawn_less: DrawnLess::of(told, moment, ix),
            drawn_more: DrawnMore::of(told, moment, ix),
            instead: instead(told, moment, ix),
            faults: told.faults(position, moment.t_s),
            chain: chain(told, moment, ix),
            served_before: shares.as_ref().map_or(Vec::new(), |shares| served_before(told, ix, shares)),
            shares,
        }
    }
}

/// What a vehicle could take whose connector is rated for less, and asks for all of that \[W\].
fn beyond_rating_w(told: &Told<'_>, moment: &Moment, ix: usize) -> Option<u32> {
    let at = &moment.connectors[ix];
    let visit = told.visit(at).filter(|visit| at.energy_j < visit.target_energy_j)?;
    let rating_w = told.rating_w(told.site.connectors[ix], moment.t_s)?;
    let kind = &told.depot.vehicle_types[visit.vehicle_type as usize];
    let could_take_w = u32::try_from(*curve_w(kind, at.energy_j..=at.energy_j).start()).ok()?;
    (u64::from(at.demand_w) == rating_w && u64::from(could_take_w) > rating_w).then_some(could_take_w)
}

/// What a charger does instead of following its setpoint, while it has power and something is asked for.
fn instead(told: &Told<'_>, moment: &Moment, ix: usize) -> Option<String> {
    let (position, at) = (told.site.connectors[ix], &moment.connectors[ix]);
    let is_idle = at.demand_w == 0 && at.measured_w == 0;
    let deafness = told.deafness(position, moment.t_s);
    let deafness = deafness.filter(|_| !is_idle && told.has_power(position, moment.t_s))?;
    Some(deafness.words(told.charger(position), at.measured_w))
}

fn chain(told: &Told<'_>, moment: &Moment, ix: usize) -> Vec<Link> {
    let (position, at) = (told.site.connectors[ix], &moment.connectors[ix]);
    let mut column = told.site.connector_parents[ix];
    let mut links = Vec::new();
    // A charge point without connectors is its own, and stands in the chain once.
    if told.site.nodes[column as usize] != position {
        let (base_load_w, ev_limit_w) = left_at_connector_w(told, moment, ix);
        let breach = told.breach(position, moment);
        let meter_w = i64::from(at.measured_w) + base_load_w;
        links.push(Link {
            node: told.id(position).to_owned(),
            kind: told.depot.site[position as usize].kind.name(),
            limit_w: limited(at.limit_w),
            limit_source: at.limit_source.map(|source| source.name()),
            base_load_w,
            ev_limit_w: limited(ev_limit_w),
            demand_w: u64::from(at.demand_w),
            allocated_w: u64::from(at.setpoint_w),
            measured_w: meter_w,
            headroom_w: headroom_w(at.limit_w, meter_w),
            is_breached: breach.is_some(),
            breach,
            site_changed: told.site_changed(position, moment.t_s),
            holds: at.constrained_by == position,
            faults: told.faults(position, moment.t_s),
        });
    }
    while column != NO_PARENT {
        let (position, node) = (told.site.nodes[column as usize], &moment.nodes[column as usize]);
        links.push(Link {
            node: told.id(position).to_owned(),
            kind: told.depot.site[position as usize].kind.name(),
            limit_w: limited(node.limit_w),
            limit_source: node.limit_source.map(|source| source.name()),
            base_load_w: node.base_load_w,
            ev_limit_w: limited(node.ev_limit_w),
            demand_w: node.demand_w,
            allocated_w: node.allocated_w,
            measured_w: node.measured_w,
            headroom_w: headroom_w(node.limit_w, node.measured_w),
            is_breached: node.is_breached,
            breach: told.breach(position, moment),
            site_changed: told.site_changed(position, moment.t_s),
            holds: at.constrained_by == position,
            faults: told.faults(position, moment.t_s),
        });
        column = told.site.parents[column as usize];
    }
    links
}

/// A connector's own base load \[W\], and what its limit leaves for charging beside that \[W\].
fn left_at_connector_w(told: &Told<'_>, moment: &Moment, ix: usize) -> (i64, u64) {
    let (position, limit_w) = (told.site.connectors[ix], moment.connectors[ix].limit_w);
    let base_load_w = told.base_loads_of_connectors(moment.t_s).get(&position).copied().unwrap_or(0);
    let left_w = headroom_w(limit_w, base_load_w).map_or(limit_w, |left_w| left_w.max(0).unsigned_abs());
    (base_load_w, left_w)
}

/// Who shares the limit of the node at a position, which is a node above connectors or a connector.
fn shares(told: &Told<'_>, moment: &Moment, position: u32) -> Shares {
    let site = told.site;
    let column = site.nodes.iter().position(|&node| node == position);
    let (below, limit_w, base_load_w, ev_limit_w) = match column {
        Some(column) => {
            let (first, end) = site.connectors_below[column];
            let node = &moment.nodes[column];
            (first as usize..end as usize, node.limit_w, node.base_load_w, node.ev_limit_w)
        }
        None => {
            let ix = site.connector_columns[position as usize] as usize;
            let (base_load_w, ev_limit_w) = left_at_connector_w(told, moment, ix);
            (ix..ix + 1, moment.connectors[ix].limit_w, base_load_w, ev_limit_w)
        }
    };
    let asking = || below.clone().map(|ix| (ix, &moment.connectors[ix]));
    let held = Held::of(asking().map(|(_, at)| at).filter(|at| at.constrained_by == position));
    let elsewhere =
        Held::of(asking().map(|(_, at)| at).filter(|at| at.constrained_by != position && is_sharing(at)));
    let sharers = asking().filter(|(_, at)| is_sharing(at)).map(|(ix, at)| Sharer {
        connector: told.id(site.connectors[ix]).to_owned(),
        vehicle: told.visit(at).map(|visit| visit.vehicle.clone()),
        tier: told.visit(at).map_or(0, |visit| visit.tier),
        order: told.order(at.visit, moment.t_s),
        is_served_first: told.is_served_first(moment, at.visit),
        demand_w: at.demand_w,
        setpoint_w: at.setpoint_w,
        constrained_by: told.some_id(at.constrained_by),
    });
    Shares {
        node: told.id(position).to_owned(),
        limit_w: limited(limit_w),
        base_load_w,
        ev_limit_w: limited(ev_limit_w),
        elsewhere,
        held,
        left_w: headroom_w(ev_limit_w, (held.granted_w + elsewhere.granted_w) as i64),
        sharers: sharers.collect(),
        charge_points: sharing_points(told, moment, below.clone()),
    }
}

/// Under charge-point control, the charge points of the connectors in some columns that ask for power.
fn sharing_points(told: &Told<'_>, moment: &Moment, below: Range<usize>) -> Vec<SharingPoint> {
    if told.depot.control == Control::Connector {
        return Vec::new();
    }
    let asking = below.filter(|&ix| is_sharing(&moment.connectors[ix]));
    let mut parents: Vec<u32> = asking.map(|ix| told.site.connector_parents[ix]).collect();
    parents.dedup();
    let first_come: BTreeSet<u32> = told.depot.equipment.first_come.iter().copied().collect();
    let point = |column: u32| {
        let (position, node) = (told.site.nodes[column as usize], &moment.nodes[column as usize]);
        let is_first_come = first_come.contains(&position);
        let (first, end) = told.site.connectors_below[column as usize];
        let own = moment.connectors[first as usize..end as usize].iter().filter(|at| at.demand_w > 0);
        let mut turns = own.map(|at| {
            let is_first = told.is_served_first(moment, at.visit);
            (is_first, told.visit(at).map_or(0, |visit| if is_first { 0 } else { visit.tier }))
        });
        let turn = turns.next();
        SharingPoint {
            charge_point: told.id(position).to_owned(),
            demand_w: node.demand_w.min(node.ev_limit_w),
            allocated_w: node.allocated_w,
            split: if is_first_come { "first_come" } else { "even" },
            has_turns: turns.any(|other| Some(other) != turn),
        }
    };
    parents.into_iter().map(point).collect()
}

/// Connectors of `shares` that are served before the one in column `ix`, as operators order.
fn served_before(told: &Told<'_>, ix: usize, shares: &Shares) -> Vec<String> {
    let site = told.site;
    // A charge point that is controlled as a whole comes first with all of its connectors.
    let leaf = |column: usize| match told.depot.control {
        Control::Connector => column,
        Control::ChargePoint => site.connector_parents[column] as usize,
    };
    let column = |connector: &str| {
        let position = told.depot.position(connector).unwrap_or_default();
        site.connector_columns[position as usize] as usize
    };
    let first: Vec<&Sharer> = shares.sharers.iter().filter(|sharer| sharer.is_served_first).collect();
    let own: Vec<&Sharer> =
        first.iter().copied().filter(|sharer| leaf(column(&sharer.connector)) == leaf(ix)).collect();
    // At its own charge point it is served after them, unless it is one of them.
    let before = match own.is_empty() {
        true => first,
        false if own.iter().any(|sharer| column(&sharer.connector) == ix) => Vec::new(),
        false => own,
    };
    before.into_iter().map(|sharer| sharer.connector.clone()).collect()
}

fn is_sharing(at: &ConnectorAt) -> bool {
    at.demand_w > 0 || at.setpoint_w > 0
}

impl Held {
    fn of<'a>(connectors: impl Iterator<Item = &'a ConnectorAt> + Clone) -> Self {
        let granted = || connectors.clone().map(|at| at.setpoint_w);
        Self {
            connectors: granted().count() as u32,
            granted_w: granted().map(u64::from).sum(),
            least_w: granted().min().unwrap_or(0),
            most_w: granted().max().unwrap_or(0),
        }
    }
}
