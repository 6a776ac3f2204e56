//! The status summary in lines for people.

use super::fault_log::{fault_lines, fault_words};
use super::in_force_words;
use super::order::OrderStatus;
use super::past::breach_lines;
use super::queue::{QueueStatus, WaitingStatus};
use super::status::{ConnectorStatus, ConstraintStatus, NodeStatus, StatusReport};
use crate::format::{kw, kw_signed, push_percent, text};
use std::collections::{BTreeMap, BTreeSet};

impl StatusReport {
    /// The report as text, ASCII but for what people called things.
    pub fn to_text(&self) -> String {
        let mut out = format!(
            "{}\n{} under {} ({} control), seed {}\n\n",
            self.title, self.scenario, self.strategy, self.control, self.seed
        );
        out.push_str(&format!("at          {}\n", self.at));
        let (Some(cycle), Some(site)) = (&self.cycle, &self.site) else {
            out.push_str("cycle       none has completed yet\n");
            out.push_str(&format!("            the first is due at {}\n", self.first_cycle_due));
            return out;
        };
        out.push_str(&format!("cycle       {}, completed at {}\n", cycle.cycle, cycle.completed));
        out.push_str(&format!("outcome     {}, {}\n", cycle.outcome, cycle.reason));
        for (name, value) in [("subject", &cycle.subject), ("detail", &cycle.detail)] {
            out.extend(value.iter().map(|value| format!("{name:12}{value}\n")));
        }
        let in_force = in_force_words(cycle.in_force, cycle.rejected_since.as_deref());
        out.extend(in_force.map(|words| format!("{:12}{words}\n", "in force")));
        if let Some(constraint) = &self.constraint {
            let source = constraint.limit_source.map(|source| format!(" ({source})")).unwrap_or_default();
            let limit = constraint.limit_w.map_or("none".to_owned(), |limit_w| format!("{} kW", kw(limit_w)));
            out.push_str(&format!(
                "constraint  {}, {}: limit {limit}{source}, demand {} kW, allocated {} kW, withheld {} kW {}\n",
                constraint.node,
                constraint.kind,
                kw(constraint.demand_w),
                kw(constraint.allocated_w),
                kw(constraint.withheld_w),
                if constraint.is_pause { "by pausing" } else { "by its limit" }
            ));
            out.push_str(&constraint.lines());
            out.push_str(constraint.sum_line());
        }
        let measured = site.measured_w.map(|measured_w| format!(", measured {} kW", kw_signed(measured_w)));
        out.push_str(&format!(
            "site        demand {} kW, allocated {} kW{}\n",
            kw(site.demand_w),
            kw(site.allocated_w),
            measured.unwrap_or_default()
        ));
        out.push_str(&self.order_lines());
        out.extend(self.queue.iter().map(QueueStatus::lines));
        out.push('\n');
        out.push_str(&self.tree());
        let nodes = self.nodes.iter().map(|node| (node.node.as_str(), &node.faults[..]));
        // A charge point without connectors is its own, and its faults stand once.
        let own = self.connectors.iter().filter(|at| at.connector != at.parent);
        let connectors = own.map(|at| (at.connector.as_str(), &at.faults[..]));
        out.push_str(&fault_lines(nodes.chain(connectors)));
        let nodes = self.nodes.iter().map(|node| (node.node.as_str(), node.breach.as_ref()));
        let connectors = self.connectors.iter().filter(|at| at.connector != at.parent);
        let connectors = connectors.map(|at| (at.connector.as_str(), at.breach.as_ref()));
        out.push_str(&breach_lines(nodes.chain(connectors)));
        out
    }

    /// A line for each vehicle at a connector about which an operator orders something.
    fn order_lines(&self) -> String {
        let ordered =
            self.connectors.iter().filter_map(|at| Some((at, at.vehicle.as_ref()?, at.order.as_ref()?)));
        let line = |(ix, (at, vehicle, order)): (usize, (&ConnectorStatus, &String, &OrderStatus))| {
            format!(
                "{:12}{vehicle} at {}: {}\n",
                if ix == 0 { "orders" } else { "" },
                at.connector,
                order.words()
            )
        };
        ordered.enumerate().map(line).collect()
    }

    fn tree(&self) -> String {
        let depths: BTreeMap<&str, usize> =
            self.nodes.iter().map(|node| (node.node.as_str(), node.depth as usize)).collect();
        let mut by_parent: BTreeMap<&str, Vec<&ConnectorStatus>> = BTreeMap::new();
        let mut own: BTreeMap<&str, &ConnectorStatus> = BTreeMap::new();
        let mut width = 0;
        for at in &self.connectors {
            let (id, parent) = (at.connector.as_str(), at.parent.as_str());
            if depths.contains_key(id) {
                own.insert(id, at);
            } else {
                by_parent.entry(parent).or_default().push(at);
                width = width.max(2 * depths.get(parent).map_or(0, |depth| depth + 1) + id.len());
            }
        }
        let nodes = self.nodes.iter().map(|node| 2 * node.depth as usize + node.node.len());
        let width = nodes.chain([width]).max().unwrap_or(4);
        let mut out = format!(
            "{:width$}  {:>9}  {:22}  {:>9}  {:>9}  {:>9}  {:>9}\n",
            "kW", "limit", "source", "demand", "allocated", "measured", "headroom"
        );
        for node in &self.nodes {
            out.push_str(&node.line(width, own.get(node.node.as_str()).copied()));
            let below = by_parent.get(node.node.as_str()).into_iter().flatten();
            out.extend(below.map(|at| at.line(width, 2 * (node.depth as usize + 1))));
        }
        out
    }
}

impl ConstraintStatus {
    /// Why demand, allocation and what is withheld do not add up, where they do not.
    fn sum_line(&self) -> &'static str {
        match self.demand_w.saturating_sub(self.allocated_w) == self.withheld_w {
            true => "",
            false => {
                "            (demand is what gets through the limits below it; withheld counts what its connectors could take)\n"
            }
        }
    }

    /// A line of those that it lowers and one of those that it pauses; first those that the cycle speaks of, with what it withholds from the others.
    fn lines(&self) -> String {
        let paused: BTreeSet<&String> = self.paused.iter().collect();
        let lowered: Vec<String> =
            self.connectors.iter().filter(|id| !paused.contains(id)).cloned().collect();
        let mut sides =
            [("constrains", lowered, self.lowered_w), ("pauses", self.paused.clone(), self.paused_w)];
        if self.is_pause {
            sides.reverse();
        }
        let mut out = String::new();
        for (ix, (what, ids, withheld_w)) in sides.iter().enumerate().filter(|(_, side)| !side.1.is_empty()) {
            let besides = match ix {
                0 => String::new(),
                _ => format!(" besides, which withholds {} kW more", kw(*withheld_w)),
            };
            out.push_str(&format!("{:12}{what} {}{besides}: {}\n", "", ids.len(), ids.join(", ")));
        }
        out
    }
}

impl QueueStatus {
    /// A line for each vehicle that waits; nothing where nobody does.
    fn lines(&self) -> String {
        let line = |(ix, waiting): (usize, &WaitingStatus)| {
            format!("{:12}{}\n", if ix == 0 { "waiting" } else { "" }, waiting.line(self.lanes))
        };
        self.waiting.iter().enumerate().map(line).collect()
    }
}

impl NodeStatus {
    /// The node's line; a charge point without connectors is its own, `itself`.
    fn line(&self, width: usize, itself: Option<&ConnectorStatus>) -> String {
        let name = format!("{}{}", "  ".repeat(self.depth as usize), self.node);
        let mut line = format!(
            "{name:width$}  {:>9}  {:22}  {:>9}  {:>9}  {:>9}  {:>9}",
            self.limit_w.map_or("-".into(), kw),
            self.limit_source.unwrap_or("-"),
            kw(self.demand_w),
            kw(self.allocated_w),
            kw_signed(self.measured_w),
            self.headroom_w.map_or("-".into(), kw_signed),
        );
        // Allocations are for charging: with generation they may be above a limit that the meter keeps.
        if self.base_load_w != 0 {
            line.push_str(&format!("  base load {}", kw_signed(self.base_load_w)));
        }
        if let Some(at) = itself {
            line.push_str(&format!("  {}", at.state));
            line.extend(at.occupant().map(|occupant| format!(" {occupant}")));
        }
        if self.is_breached {
            line.push_str("  BREACH");
        }
        line.extend(fault_words(&self.faults));
        match self.constrains.len() {
            0 => {}
            count => line.push_str(&format!("  <- constrains {count}")),
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }
}

impl ConnectorStatus {
    fn line(&self, width: usize, indent: usize) -> String {
        let name = format!("{}{}", " ".repeat(indent), self.connector);
        let faults = fault_words(&self.faults).unwrap_or_default();
        let limit = self.limit_w.map_or("-".into(), kw);
        let breach = if self.is_breached { "  BREACH" } else { "" };
        let meter_w = i64::from(self.measured_w) + self.base_load_w;
        let shares = |power_w: u32| kw(u64::from(power_w));
        let (demand, setpoint, occupant) = match self.occupant() {
            Some(occupant) => (shares(self.demand_w), shares(self.setpoint_w), format!("  {occupant}")),
            // Where nobody charges there are no shares, and mostly nothing to be metered.
            None if meter_w == 0 && !self.is_breached => {
                return format!("{name:width$}  {limit:>9}  {}{faults}\n", self.state);
            }
            None => (String::new(), String::new(), String::new()),
        };
        format!(
            "{name:width$}  {limit:>9}  {:22}  {demand:>9}  {setpoint:>9}  {:>9}  {:>9}{occupant}{breach}{faults}\n",
            self.state,
            kw_signed(meter_w),
            self.headroom_w.map_or("-".into(), kw_signed),
        )
    }

    /// The vehicle, its state of charge, and what holds it back; none without a vehicle.
    fn occupant(&self) -> Option<String> {
        let (vehicle, soc_ppm) = (self.vehicle.as_ref()?, self.soc_ppm?);
        let mut said = format!("{vehicle} {} %", text(|out| push_percent(out, soc_ppm)));
        if let Some(node) = &self.constrained_by {
            said.push_str(&format!(", {} {node}", if self.is_paused { "paused by" } else { "held by" }));
        }
        if let Some(order) = &self.order {
            said.push_str(&format!(", {}", order.brief()));
        }
        Some(said)
    }
}
