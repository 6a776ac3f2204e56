//! What every decision must have, told from the question and the answer alone.

use balancer::{CycleInput, Decision, DecisionNode, InputRequest, Outcome, Setpoint, Strategy};

/// A leaf with its request, its setpoint, and the nodes from itself up to the root.
struct Leaf<'a> {
    request: &'a InputRequest,
    setpoint: &'a Setpoint,
    path: Vec<&'a DecisionNode>,
}

impl Leaf<'_> {
    fn watts(&self) -> i128 {
        self.setpoint.setpoint_w.into()
    }

    fn allowed(&self, watts: i128) -> bool {
        self.request.steps_w.as_ref().is_none_or(|steps| steps.contains(&watts))
    }

    /// The demand lowered to a step \[W\].
    fn wish(&self) -> i128 {
        let steps = self.request.steps_w.iter().flatten().copied();
        steps.filter(|&step| step <= self.request.demand_w).max().unwrap_or(self.request.demand_w)
    }

    /// The minimum raised to a step, but not above the wish \[W\].
    fn minimum(&self) -> i128 {
        let min = self.request.min_w.unwrap_or(0);
        let steps = self.request.steps_w.iter().flatten().copied();
        steps.filter(|&step| step >= min).min().unwrap_or(min).min(self.wish())
    }

    /// The least that the nodes on the path still have to give; `None` where nothing is limited \[W\].
    fn room(&self) -> Option<i128> {
        let rooms = self
            .path
            .iter()
            .filter_map(|node| Some(i128::from(node.ev_limit_w?) - i128::from(node.allocated_w)));
        rooms.min()
    }

    fn could_take(&self, watts: i128) -> bool {
        watts > self.watts()
            && watts <= self.wish()
            && self.room().is_none_or(|room| watts - self.watts() <= room)
    }
}

/// Checks limits, bounds, work conservation and what is said of constraints; the first that fails.
pub(crate) fn check(input: &CycleInput, decision: &Decision) -> Result<(), String> {
    if decision.outcome == Outcome::Rejected {
        let is_bare =
            decision.nodes.is_empty() && decision.setpoints.is_empty() && decision.constraint.is_none();
        return if is_bare {
            Ok(())
        } else {
            Err("a rejected cycle has nodes, setpoints or a constraint".into())
        };
    }
    let leaves = leaves(input, decision)?;
    for leaf in &leaves {
        check_words(leaf)?;
        if input.strategy != Strategy::Uncontrolled {
            check_bounds(leaf)?;
            check_work_conserved(leaf)?;
        }
    }
    if input.strategy != Strategy::Uncontrolled {
        for node in &decision.nodes {
            if node.ev_limit_w.is_some_and(|limit_w| node.allocated_w > limit_w) {
                return Err(format!("{} carries more than its EV limit", node.id));
            }
        }
    }
    Ok(())
}

fn leaves<'a>(input: &'a CycleInput, decision: &'a Decision) -> Result<Vec<Leaf<'a>>, String> {
    if decision.setpoints.len() != input.requests.len() {
        return Err(format!("{} setpoints for {} requests", decision.setpoints.len(), input.requests.len()));
    }
    let node = |id: &str| decision.nodes.iter().find(|node| node.id == id);
    let parent = |id: &str| input.nodes.iter().find(|node| node.id == id)?.parent.as_deref();
    let leaf = |setpoint: &'a Setpoint| {
        let id = setpoint.node.as_str();
        let request = input.requests.iter().find(|request| request.node == id);
        let path: Option<Vec<_>> = std::iter::successors(Some(id), |&id| parent(id)).map(node).collect();
        Some(Leaf { request: request?, setpoint, path: path? })
    };
    let leaf_of = |setpoint| leaf(setpoint).ok_or_else(|| "a setpoint or node is missing".to_owned());
    decision.setpoints.iter().map(leaf_of).collect()
}

fn check_words(leaf: &Leaf<'_>) -> Result<(), String> {
    let id = &leaf.setpoint.node;
    let by = leaf.setpoint.constrained_by.as_ref();
    if by.is_some() != (leaf.watts() < leaf.request.demand_w) {
        return Err(format!("{id} names a constraint without being curtailed, or none although it is"));
    }
    if by.is_some_and(|by| !leaf.path.iter().any(|node| node.id == *by)) {
        return Err(format!("{id} names a node that is not on its path"));
    }
    Ok(())
}

fn check_bounds(leaf: &Leaf<'_>) -> Result<(), String> {
    let id = &leaf.setpoint.node;
    if leaf.setpoint.paused {
        let may_pause = leaf.request.pausable != Some(false) && leaf.minimum() > 0;
        return if may_pause && leaf.watts() == 0 {
            Ok(())
        } else {
            Err(format!("{id} may not be paused so"))
        };
    }
    if leaf.watts() < leaf.minimum() || leaf.watts() > leaf.wish() {
        return Err(format!("{id} is not between its minimum and its demand"));
    }
    if !leaf.allowed(leaf.watts()) {
        return Err(format!("{id} is between its steps"));
    }
    Ok(())
}

fn check_work_conserved(leaf: &Leaf<'_>) -> Result<(), String> {
    let id = &leaf.setpoint.node;
    let more = match &leaf.request.steps_w {
        _ if leaf.setpoint.paused => vec![leaf.minimum()],
        Some(steps) => steps.clone(),
        None => vec![leaf.watts() + 1],
    };
    match more.into_iter().find(|&watts| leaf.could_take(watts)) {
        Some(watts) => Err(format!("{id} could have {watts} W")),
        None => Ok(()),
    }
}
