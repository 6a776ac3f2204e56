//! An explanation in lines for people.

use super::OrderStatus;
use super::explanation::{Explanation, Held, Shares, SharingPoint};
use super::fault_log::{FaultKind, FaultStatus, fault_lines, fault_words};
use super::past::breach_lines;
use super::without_constraint;
use crate::format::{kw, kw_signed, push_percent, text};

impl Explanation {
    /// The explanation as text, ASCII but for what people called things.
    pub fn to_text(&self) -> String {
        let mut out = format!("{} at {} ({}, seed {})\n", self.connector, self.at, self.scenario, self.seed);
        out.push_str(&self.cycle_line());
        out.push_str(&self.vehicle_line());
        out.push_str(&format!("\n{}\n", self.verdict()));
        out.extend(self.believed.iter().map(|believed| format!("{}\n", believed.words)));
        out.push_str(&(self.cabin_line() + &self.order_lines()));
        out.push_str(&format!("it draws {} kW{}\n\n", kw(u64::from(self.measured_w)), self.because()));
        out.push_str(&self.chain_lines());
        out.push_str(&fault_lines(self.chain.iter().map(|link| (link.node.as_str(), &link.faults[..]))));
        out.push_str(&breach_lines(self.chain.iter().map(|link| (link.node.as_str(), link.breach.as_ref()))));
        out.push_str(&self.site_lines());
        if let Some(shares) = &self.shares {
            out.push_str(&shares.lines(self));
        }
        out
    }

    fn cycle_line(&self) -> String {
        let (Some(cycle), Some(outcome), Some(reason)) = (self.cycle, self.outcome, self.reason) else {
            return "no rebalance cycle has completed yet\n".to_owned();
        };
        let detail = self.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        format!("cycle {cycle} ended {outcome}, {reason}{detail}\n")
    }

    fn vehicle_line(&self) -> String {
        let (Some(vehicle), Some(soc_ppm)) = (&self.vehicle, self.soc_ppm) else {
            return format!("no vehicle is plugged in ({})\n", self.state);
        };
        let percent = text(|out| push_percent(out, soc_ppm));
        let target = self.target_soc_ppm.map(|target_ppm| text(|out| push_percent(out, target_ppm)));
        let target = target.map(|target| format!(", is charged to {target} %")).unwrap_or_default();
        let told = self.told_leaves.as_ref().map(|told| format!(" (the balancer is told {told})"));
        let leaves =
            self.leaves.as_ref().map(|leaves| format!(" and leaves at {leaves}")).unwrap_or_default();
        format!(
            "{vehicle} is plugged in at {percent} % ({}){target}{leaves}{}\n",
            self.state,
            told.unwrap_or_default()
        )
    }

    /// The answer in a sentence.
    fn verdict(&self) -> String {
        let (demand, setpoint) = (kw(u64::from(self.demand_w)), kw(u64::from(self.setpoint_w)));
        let withheld = kw(u64::from(self.withheld_w));
        let is_deaf = is(&self.faults, FaultKind::Offline) && self.vehicle.is_some();
        let unheard = if is_deaf { ", which its charger does not hear" } else { "" };
        let held = self.order.as_ref().filter(|order| order.is_hold() && self.demand_w == 0);
        if let Some(order) = held {
            let gets = if self.measured_w == 0 { ", and it gets nothing" } else { "" };
            return format!("it is {}: nothing is asked for it{gets}", order.words());
        }
        match (&self.constrained_by, self.is_paused) {
            _ if self.demand_w == 0 && self.measured_w == 0 && self.has_target => {
                "it has reached its target: it asks for nothing, and gets nothing".to_owned()
            }
            _ if self.demand_w == 0 && self.measured_w == 0 => {
                "it asks for nothing, and gets nothing".to_owned()
            }
            _ if self.demand_w == 0 => "it asks for nothing".to_owned(),
            (Some(node), true) => format!(
                "it asks for {demand} kW and is paused: its minimum power of {} kW does not fit at {node}",
                kw(u64::from(self.min_power_w.min(self.demand_w)))
            ),
            (Some(node), false) => {
                format!(
                    "it asks for {demand} kW and may draw {setpoint} kW{unheard}: {node} withholds {withheld} kW"
                )
            }
            (None, _) if self.withheld_w == 0 => {
                let why = self.while_rejected();
                let nothing =
                    if self.believed.is_some() { "no limit holds it back" } else { "nothing holds it back" };
                let why = why.unwrap_or_else(|| nothing.to_owned());
                match self.vehicle_could_take_w {
                    Some(could_take_w) => format!(
                        "it asks for {demand} kW, all that its connector is rated for where its vehicle could take {}, and may draw all of it; {why}",
                        kw(u64::from(could_take_w))
                    ),
                    None => format!("it asks for {demand} kW and may draw all of it; {why}"),
                }
            }
            (None, _) => {
                let why = self.while_rejected();
                let why = why.unwrap_or_else(|| without_constraint(None).to_owned());
                format!("it asks for {demand} kW and may draw {setpoint} kW: {why}")
            }
        }
    }

    /// What counts while cycles are rejected, and since when; `None` where they are not.
    fn while_rejected(&self) -> Option<String> {
        let (in_force, since) = (self.in_force?, self.rejected_since.as_ref()?);
        Some(format!("cycles are rejected since {since}, and {}", without_constraint(Some(in_force))))
    }

    /// What its vehicle wants for its cabin; nothing where it wants nothing for it.
    fn cabin_line(&self) -> String {
        match self.cabin_w {
            0 => String::new(),
            cabin_w => {
                let cabin = kw(u64::from(cabin_w));
                format!("of what it asks for, {cabin} kW are to precondition its cabin before it leaves\n")
            }
        }
    }

    /// A line for each node on the way whose site data have changed.
    fn site_lines(&self) -> String {
        let changed = self.chain.iter().filter_map(|link| Some((&link.node, link.site_changed.as_ref()?)));
        let lines: String = changed.map(|(node, at)| format!("  {node}  changed last at {at}\n")).collect();
        if lines.is_empty() { lines } else { format!("\nsite data\n{lines}") }
    }

    /// What operators order: about its own vehicle, and about those that are served before it where it lacks power.
    fn order_lines(&self) -> String {
        let own = self.order.as_ref().filter(|order| !order.is_hold()).map(|order| {
            let first = match (self.is_served_first, self.in_force) {
                _ if self.demand_w == 0 => "",
                (true, _) => ": it is served before every tier",
                (false, None) => ": the next cycle counts it",
                (false, Some(_)) => "",
            };
            format!("{} is in force{first}\n", order.words())
        });
        let sharers = self.shares.iter().flat_map(|shares| &shares.sharers);
        let before = sharers.filter(|sharer| self.served_before.contains(&sharer.connector)).map(|sharer| {
            let who = sharer.vehicle.as_deref().unwrap_or("a vehicle");
            let order = sharer.order.as_ref().map_or_else(
                || "an operator's charge-now, which has ended since the newest cycle".to_owned(),
                OrderStatus::words,
            );
            format!("{who} at {} is served before it: {order}\n", sharer.connector)
        });
        own.into_iter().chain(before).collect()
    }

    /// What explains the meter beside limits: what is wrong with the charger or its supply, or a charger that has yet to follow.
    ///
    /// Feeds, site data and measurements that fail change what it may draw, and not how it does.
    fn because(&self) -> String {
        let is_waiting = self.demand_w > 0 || self.measured_w > 0;
        let dark = self.chain.iter().filter(|link| is_waiting && is(&link.faults, FaultKind::Outage));
        let mut why: Vec<String> = dark.map(|link| format!("{} is without power", link.node)).collect();
        why.extend(self.out_of_service().map(str::to_owned));
        // What it does instead of following is why it draws more, where it does.
        why.extend(self.instead.clone().filter(|_| self.drawn_more.is_none()));
        let beside = match (&self.drawn_less, &self.drawn_more) {
            (Some(less), _) => format!(", less than it may: {}", less.words),
            (None, Some(more)) => {
                format!(", {} kW more than it may: {}", kw(more.beyond_w.into()), more.words)
            }
            (None, None) => String::new(),
        };
        let before = match (why.is_empty(), beside.is_empty()) {
            (true, _) => "",
            (false, true) => ": ",
            (false, false) => "; ",
        };
        beside + before + &why.join("; ")
    }

    /// Why its connector gives no power, and why nobody is sent to it.
    fn out_of_service(&self) -> Option<&'static str> {
        if is(&self.faults, FaultKind::Faulted) {
            Some("its connector is broken")
        } else {
            is(&self.faults, FaultKind::Unavailable).then_some("its connector is out of service")
        }
    }

    fn chain_lines(&self) -> String {
        let width = self.chain.iter().map(|link| link.node.len()).max().unwrap_or(4).max(4);
        let mut out = format!(
            "{:width$}  {:15}  {:>9}  {:22}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}\n",
            "kW",
            "",
            "limit",
            "source",
            "base load",
            "EV limit",
            "demand",
            "allocated",
            "measured",
            "headroom"
        );
        for link in &self.chain {
            let mut line = format!(
                "{:width$}  {:15}  {:>9}  {:22}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}",
                link.node,
                link.kind,
                link.limit_w.map_or("-".into(), kw),
                link.limit_source.unwrap_or("-"),
                kw_signed(link.base_load_w),
                link.ev_limit_w.map_or("-".into(), kw),
                kw(link.demand_w),
                kw(link.allocated_w),
                kw_signed(link.measured_w),
                link.headroom_w.map_or("-".into(), kw_signed)
            );
            if link.is_breached {
                line.push_str("  BREACH");
            }
            line.extend(fault_words(&link.faults));
            if link.holds {
                line.push_str(&format!("  <- holds back {}", self.connector));
            }
            out.push_str(&(line + "\n"));
        }
        out
    }
}

/// Whether something of this kind is wrong.
fn is(faults: &[FaultStatus], kind: FaultKind) -> bool {
    faults.iter().any(|fault| fault.kind == kind)
}

impl Shares {
    fn lines(&self, of: &Explanation) -> String {
        let mut out = format!("\nwho shares {}\n", self.node);
        let mut row = |kw: &str, what: &str| out.push_str(&format!("  {kw:>12} kW  {what}\n"));
        if let (Some(limit_w), Some(ev_limit_w), Some(left_w)) = (self.limit_w, self.ev_limit_w, self.left_w)
        {
            let beside_base_load_w = (limit_w as i64).saturating_sub(self.base_load_w).max(0).unsigned_abs();
            let how = match beside_base_load_w == ev_limit_w {
                true => format!("limit {} - base load {}", kw(limit_w), kw_signed(self.base_load_w)),
                false => "an envelope on the power of vehicles alone".to_owned(),
            };
            row(&kw(ev_limit_w), &format!("for charging: {how}"));
            row(
                &format!("- {}", kw(self.elsewhere.granted_w)),
                &match self.elsewhere.connectors {
                    1 => "1 connector that gets all it asks for or is held elsewhere".to_owned(),
                    n => format!("{n} connectors that get all they ask for or are held elsewhere"),
                },
            );
            row(&format!("- {}", kw(self.held.granted_w)), &self.held_line(of));
            row(&format!("= {}", kw_signed(left_w)), "left");
        }
        let width = self.sharers.iter().map(|sharer| sharer.connector.len()).max().unwrap_or(9).max(9);
        let names = self.sharers.iter().filter_map(|sharer| sharer.vehicle.as_ref().map(String::len));
        let vehicle_width = names.max().unwrap_or(7).max(7);
        out.push_str(&format!(
            "\n  {:width$}  {:vehicle_width$}  {:>9}  {:>9}  held by\n",
            "connector", "vehicle", "demand", "setpoint"
        ));
        let has_tiers = self.sharers.iter().any(|sharer| sharer.tier > 0);
        for sharer in &self.sharers {
            let tier = if has_tiers { format!(", tier {}", sharer.tier) } else { String::new() };
            let order = sharer.order.as_ref().map(|order| format!(", {}", order.brief())).unwrap_or_default();
            let line = format!(
                "  {:width$}  {:vehicle_width$}  {:>9}  {:>9}  {}{tier}{order}{}",
                sharer.connector,
                sharer.vehicle.as_deref().unwrap_or("-"),
                kw(u64::from(sharer.demand_w)),
                kw(u64::from(sharer.setpoint_w)),
                sharer.constrained_by.as_deref().unwrap_or("-"),
                if sharer.connector == of.connector { "  <- this one" } else { "" }
            );
            out.push_str(&(line + "\n"));
        }
        out.push_str(&self.point_lines());
        if has_tiers {
            out.push_str(match self.charge_points.is_empty() {
                true => "\n  a tier is served completely before the next one gets anything, beside minima that may not be paused\n",
                false => "\n  a charge point has the lowest tier of its vehicles, and serves them tier by tier, beside minima that may not be paused\n",
            });
        }
        out
    }

    /// Under charge-point control, among whom the limit is shared in truth.
    fn point_lines(&self) -> String {
        if self.charge_points.is_empty() {
            return String::new();
        }
        let width =
            self.charge_points.iter().map(|point| point.charge_point.len()).max().unwrap_or(0).max(12);
        let mut out = format!(
            "\n  charge points share it, and each splits what it gets among its connectors\n\n  {:width$}  {:>9}  {:>9}  split\n",
            "charge point", "can take", "allocated"
        );
        for SharingPoint { charge_point, demand_w, allocated_w, split, has_turns } in &self.charge_points {
            let how = match (*split == "even", *has_turns) {
                (true, false) => "evenly",
                (true, true) => "by orders and tiers, then evenly",
                (false, false) => "first come, first served",
                (false, true) => "by orders and tiers, then first come, first served",
            };
            let line =
                format!("  {charge_point:width$}  {:>9}  {:>9}  {how}\n", kw(*demand_w), kw(*allocated_w));
            out.push_str(&line);
        }
        out
    }

    fn held_line(&self, of: &Explanation) -> String {
        let Held { connectors, least_w, most_w, .. } = self.held;
        let each = match least_w == most_w {
            true if connectors == 1 => format!("{} kW", kw(u64::from(least_w))),
            true => format!("{} kW each", kw(u64::from(least_w))),
            false => format!("{} to {} kW each", kw(u64::from(least_w)), kw(u64::from(most_w))),
        };
        let among = if self.charge_points.is_empty() { "" } else { " among charge points" };
        format!("{} that {} holds back: {each} under {}{among}", counted(connectors), self.node, of.strategy)
    }
}

/// `1 connector`, `2 connectors`.
pub(super) fn counted(connectors: u32) -> String {
    if connectors == 1 { "1 connector".to_owned() } else { format!("{connectors} connectors") }
}
