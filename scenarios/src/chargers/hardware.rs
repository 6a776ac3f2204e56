//! What is built into chargers: how fast they obey, what they lose on the way, how they share.

use crate::error::Problems;
use crate::format::file::ScenarioFile;
use crate::site::derive::Positions;
use crate::site::site_file::{Charger as Record, SiteFile};
use crate::values::clock::Span;
use crate::values::quantity::{LeafKw, Pct, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{Charger, DemandSignal, EfficiencyPoint, Equipment, Standby, VehicleType};
use std::collections::{BTreeMap, BTreeSet};

/// The longest latency of a charger \[s\].
const LATENCY_MAX_S: u32 = 3_600;

/// What is built into a charger. What is said of a charge point holds for each of its connectors that does not say it itself; what
/// nobody says, an ideal charger does: it obeys at once and loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareRecord {
    /// Time from a cycle until its setpoint counts, at most 1 h; none if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Span>,
    /// How fast the output rises to a higher setpoint; at once, if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp_up_kw_per_min: Option<LeafKw>,
    /// How fast the output falls to a lower setpoint; at once, if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp_down_kw_per_min: Option<LeafKw>,
    /// Share of metered power that leaves the charger, at any load; 100 if not said. What then reaches the battery is the vehicle's affair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efficiency_pct: Option<Pct>,
    /// In place of `efficiency_pct`: the share over the load, linear between knots, constant beyond the first and the last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub efficiency_curve: Vec<EfficiencyKnot>,
    /// Power of a module: the output is a whole number of modules, rounded down from the setpoint; any power, if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module_kw: Option<LeafKw>,
    /// After how long without a word from the balancer an offline charger falls back to `fallback_kw`; never, if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline_timeout: Option<Span>,
    /// What a charge point draws all the time, with or without a vehicle; it counts like a base load there. None if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby_kw: Option<LeafKw>,
    /// How a charge point that is controlled as a whole shares its power; `Even` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharing: Option<Sharing>,
}

/// A charger's efficiency at a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EfficiencyKnot {
    /// Power at the connector's meter.
    pub power_kw: LeafKw,
    /// Share of it that leaves the charger.
    pub efficiency_pct: Pct,
}

/// How a charge point that is controlled as a whole shares its power between its connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Sharing {
    /// Evenly among vehicles of a tier: none gets more until all have as much, or all that they want. Lower tiers are served before, and whoever is to
    /// charge now before all.
    #[default]
    Even,
    /// Who came first in a tier gets what he wants, and the next what is left.
    FirstCome,
}

impl HardwareRecord {
    /// This hardware, and where it says nothing, that of the charge point; `standby_kw` and `sharing` are the charge point's own.
    fn within(&self, charge_point: &Self) -> Self {
        let says_efficiency = self.efficiency_pct.is_some() || !self.efficiency_curve.is_empty();
        let of_efficiency = if says_efficiency { self } else { charge_point };
        Self {
            latency: self.latency.or(charge_point.latency),
            ramp_up_kw_per_min: self.ramp_up_kw_per_min.or(charge_point.ramp_up_kw_per_min),
            ramp_down_kw_per_min: self.ramp_down_kw_per_min.or(charge_point.ramp_down_kw_per_min),
            efficiency_pct: of_efficiency.efficiency_pct,
            efficiency_curve: of_efficiency.efficiency_curve.clone(),
            module_kw: self.module_kw.or(charge_point.module_kw),
            offline_timeout: self.offline_timeout.or(charge_point.offline_timeout),
            standby_kw: None,
            sharing: None,
        }
    }

    /// Whether it says a field that a charge point could say in its place.
    fn says(&self, field: &str) -> bool {
        match field {
            "module_kw" => self.module_kw.is_some(),
            "efficiency_pct" | "efficiency_curve" => {
                self.efficiency_pct.is_some() || !self.efficiency_curve.is_empty()
            }
            // All else is looked at where it stands.
            _ => true,
        }
    }

    fn charger(&self, node: u32) -> Charger {
        let knot = |knot: &EfficiencyKnot| EfficiencyPoint {
            power_w: knot.power_kw.w(),
            share_ppm: knot.efficiency_pct.ppm(),
        };
        let at_any_load = |share: Pct| EfficiencyPoint { power_w: 0, share_ppm: share.ppm() };
        let fixed = self.efficiency_pct.filter(|share| share.ppm() < 1_000_000);
        let curve = self.efficiency_curve.iter().map(knot);
        Charger {
            node,
            latency_s: self.latency.map_or(0, Span::s),
            ramp_up_w_per_min: self.ramp_up_kw_per_min.map(LeafKw::w),
            ramp_down_w_per_min: self.ramp_down_kw_per_min.map(LeafKw::w),
            efficiency: curve.chain(fixed.map(at_any_load)).collect(),
            module_w: self.module_kw.map_or(0, LeafKw::w),
            offline_timeout_s: self.offline_timeout.map(Span::s),
        }
    }

    /// What is wrong with it by itself, each with its field.
    fn problems(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if let Some(latency) = self.latency.filter(|latency| latency.s() > LATENCY_MAX_S) {
            let (least, most) = (Span::from_s(0), Span::from_s(LATENCY_MAX_S));
            found.push(("latency", format!("{latency} is out of bounds ({least} to {most})")));
        }
        let ramp = "0 kW a minute never moves the output (above 0; left out, it moves at once)";
        let module = "0 kW is not the power of a module (above 0; left out, any power can be given)";
        let powers = [
            ("ramp_up_kw_per_min", self.ramp_up_kw_per_min, ramp),
            ("ramp_down_kw_per_min", self.ramp_down_kw_per_min, ramp),
            ("module_kw", self.module_kw, module),
        ];
        for (field, _, message) in
            powers.iter().filter(|(_, power, _)| power.is_some_and(|power| power.w() == 0))
        {
            found.push((field, (*message).to_owned()));
        }
        if self.efficiency_pct.is_some() && !self.efficiency_curve.is_empty() {
            let message = "efficiency_pct and efficiency_curve stand both (give one of them)";
            found.push(("efficiency_curve", message.into()));
        }
        let knots = &self.efficiency_curve;
        let shares = self.efficiency_pct.into_iter().map(|share| ("efficiency_pct", share));
        let shares = shares.chain(knots.iter().map(|knot| ("efficiency_curve", knot.efficiency_pct)));
        if let Some((field, _)) = shares.into_iter().find(|(_, share)| share.ppm() == 0) {
            found.push((field, "an efficiency of 0 % is out of bounds (above 0, at most 100)".into()));
        }
        if let Some(pair) = knots.windows(2).find(|pair| pair[0].power_kw >= pair[1].power_kw) {
            let (first, second) = (pair[0].power_kw, pair[1].power_kw);
            let message = format!("{second} kW follows {first} kW (strictly ascending powers)");
            found.push(("efficiency_curve", message));
        }
        found
    }
}

/// What is built into the depot's chargers.
pub(crate) fn derive_equipment(
    site: &SiteFile,
    positions: &Positions<'_>,
    (demand_signal, vehicle_types): (DemandSignal, &[VehicleType]),
    problems: &mut Problems,
) -> Equipment {
    let mut equipment = Equipment { demand_signal, ..Equipment::default() };
    if [&site.charge_points, &site.connectors].into_iter().flatten().all(|record| record.hardware.is_none()) {
        return equipment;
    }
    let points: BTreeMap<&str, &Record> =
        site.charge_points.iter().map(|record| (record.id.as_str(), record)).collect();
    let with_connectors: BTreeSet<&str> =
        site.connectors.iter().map(|record| record.parent.as_str()).collect();
    let charge_points = site.charge_points.iter().map(|record| Unit {
        list: "charge_points",
        record,
        charge_point: None,
        has_connectors: with_connectors.contains(record.id.as_str()),
    });
    let connectors = site.connectors.iter().map(|record| Unit {
        list: "connectors",
        record,
        charge_point: points.get(record.parent.as_str()).copied(),
        has_connectors: false,
    });
    for unit in charge_points.chain(connectors) {
        unit.add_to(&mut equipment, positions, vehicle_types, problems);
    }
    equipment
}

/// Site data that change in mid-run change no hardware: what a change says of it must be what is built in.
pub(crate) fn check_hardware_stays(file: &ScenarioFile, problems: &mut Problems) {
    let changed = file.site_changes.iter().flat_map(|change| [&change.charge_points, &change.connectors]);
    if changed.flatten().all(|record| record.hardware.is_none()) {
        return;
    }
    // Of several with one id, which is a mistake of its own, the first.
    let built_in = |records: &'_ [Record]| -> BTreeMap<String, Option<Box<HardwareRecord>>> {
        records.iter().rev().map(|record| (record.id.clone(), record.hardware.clone())).collect()
    };
    let lists = [
        ("charge_points", built_in(&file.site.charge_points)),
        ("connectors", built_in(&file.site.connectors)),
    ];
    for (index, change) in file.site_changes.iter().enumerate() {
        let changed = [&change.charge_points, &change.connectors];
        for ((list, built), record) in
            lists.iter().zip(changed).flat_map(|(of, records)| records.iter().map(move |record| (of, record)))
        {
            let Some(said) = &record.hardware else { continue };
            let before = built.get(&record.id).and_then(Option::as_ref);
            if before != Some(said) {
                let place = format!("site_changes.{}.{list}.{}.hardware", index + 1, shown(&record.id));
                let message = "hardware does not change in mid-run (leave it out, or say what is built in)";
                problems.add(place, message);
            }
        }
    }
}

/// A charge point or connector with what is known of those around it.
struct Unit<'a> {
    list: &'static str,
    record: &'a Record,
    /// Whose hardware it has, as far as it says nothing itself.
    charge_point: Option<&'a Record>,
    has_connectors: bool,
}

impl Unit<'_> {
    fn add_to(
        &self,
        equipment: &mut Equipment,
        positions: &Positions<'_>,
        vehicle_types: &[VehicleType],
        problems: &mut Problems,
    ) {
        let inherited = self.charge_point.and_then(|record| record.hardware.as_deref());
        let own = self.record.hardware.as_deref();
        if let Some(own) = own {
            let found = own.problems().into_iter().chain(self.misplaced(own));
            found.for_each(|(field, message)| problems.add(self.place(own, field), message));
        }
        // Where the site does not form a tree, nothing is called by its id.
        let Ok(node) = positions.node(&self.record.id) else { return };
        let nothing = HardwareRecord::default();
        let (own, inherited) = (own.unwrap_or(&nothing), inherited.unwrap_or(&nothing));
        if let Some(standby) = own.standby_kw {
            equipment.standby.push(Standby { node, power_w: standby.w() });
        }
        if own.sharing == Some(Sharing::FirstCome) {
            equipment.first_come.push(node);
        }
        let charger = own.within(inherited).charger(node);
        if !self.has_connectors && charger != Charger::ideal(node) {
            if let Some(message) = module_problem(&charger, positions) {
                problems.add(self.place(own, "module_kw"), message);
            }
            if let Some(message) = loss_problem(&charger, vehicle_types) {
                let field = if charger.efficiency.len() > 1 { "efficiency_curve" } else { "efficiency_pct" };
                problems.add(self.place(own, field), message);
            }
            equipment.chargers.push(charger);
        }
    }

    /// The place of a field: its own, or its charge point's, if that says it.
    fn place(&self, own: &HardwareRecord, field: &str) -> String {
        let says_it = own.says(field);
        let (list, id) = match self.charge_point.filter(|_| !says_it) {
            Some(charge_point) => ("charge_points", &charge_point.id),
            None => (self.list, &self.record.id),
        };
        format!("site.{list}.{}.hardware.{field}", shown(id))
    }

    /// What has no meaning where it stands.
    fn misplaced(&self, own: &HardwareRecord) -> Option<(&'static str, String)> {
        let is_connector = self.list == "connectors";
        match own.sharing {
            _ if own.standby_kw.is_some() && self.charge_point.is_some() => {
                Some(("standby_kw", "a connector has no standby of its own (its charge point has)".into()))
            }
            Some(_) if is_connector => {
                Some(("sharing", "a connector shares with nobody (its charge point does)".into()))
            }
            Some(_) if !self.has_connectors => Some((
                "sharing",
                "a charge point without connectors shares with nobody (leave it out)".into(),
            )),
            _ => None,
        }
    }
}

/// What is wrong with a charger's modules beside its rating.
fn module_problem(charger: &Charger, positions: &Positions<'_>) -> Option<String> {
    let rating_w = positions.at(charger.node).ratings.max_rating_w?;
    let kw = |power_w| LeafKw::from_w(power_w).map_or_else(String::new, |power| power.to_string());
    (rating_w < u64::from(charger.module_w)).then(|| {
        let (module, rating) = (kw(charger.module_w), kw(rating_w as u32));
        format!("a module of {module} kW is more than the charger may give, {rating} kW (at most as much)")
    })
}

/// What is wrong with a charger's efficiency beside that of a vehicle.
fn loss_problem(charger: &Charger, vehicle_types: &[VehicleType]) -> Option<String> {
    let least_ppm = charger.efficiency.iter().map(|point| point.share_ppm).min().filter(|&ppm| ppm > 0)?;
    let reaches_ppm = |kind: &VehicleType| u64::from(least_ppm) * u64::from(kind.efficiency_ppm) / 1_000_000;
    let kind = vehicle_types.iter().find(|kind| kind.efficiency_ppm > 0 && reaches_ppm(kind) == 0)?;
    let pct = |ppm| Pct::from_ppm(ppm).map_or_else(String::new, |share| share.to_string());
    let (share, vehicle, id) = (pct(least_ppm), pct(kind.efficiency_ppm), &kind.id);
    Some(format!("{share} % of which \"{id}\" keeps {vehicle} % is less than a millionth (more of either)"))
}
