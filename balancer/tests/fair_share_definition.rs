//! `fair-share` against its definition read backwards: not by filling, but by the level of every node, from
//! the leaves up.
//!
//! Protects the sentence "`x = clamp(w * least level on the path, min, s)`, `level_v` the largest level at
//! which the subtree still fits" from being bent to what an algorithm happens to do; the reference model,
//! which fills, is held to it as well.

mod common;
mod model;

use balancer::{CycleInput, Decision, Strategy};
use common::random::{Features, Random, question};
use common::{decide, json};
use num_rational::Ratio;

type Fraction = Ratio<i128>;

/// A subtree: its node in the decision, its children, and for a leaf its bounds and weight.
struct Tree {
    id: String,
    limit: Option<i128>,
    children: Vec<Tree>,
    leaf: Option<Leaf>,
    /// The largest level at which it fits; `None` where it is not saturated.
    level: Option<Fraction>,
}

struct Leaf {
    demand: i128,
    min: i128,
    weight: i128,
}

impl Leaf {
    fn at(&self, level: Option<Fraction>, limit: Option<i128>) -> Fraction {
        let most = limit.map_or(self.demand, |limit| limit.min(self.demand));
        let share = level.map_or(most.into(), |level| level * self.weight);
        share.max(self.min.into()).min(most.into())
    }
}

fn tree(input: &CycleInput, decision: &Decision, id: &str) -> Tree {
    let node = input.nodes.iter().find(|node| node.id == id).unwrap();
    let figures = decision.nodes.iter().find(|node| node.id == id).unwrap();
    let children = input.nodes.iter().filter(|node| node.parent.as_deref() == Some(id));
    let leaf = input.requests.iter().find(|request| request.node == id).map(|request| Leaf {
        demand: request.demand_w,
        min: request.min_w.unwrap_or(0).min(request.demand_w),
        weight: request.weight.or(node.weight).unwrap_or(1),
    });
    Tree {
        id: id.into(),
        limit: figures.ev_limit_w.map(Into::into),
        children: children.map(|child| tree(input, decision, &child.id)).collect(),
        leaf,
        level: None,
    }
}

impl Tree {
    /// What is used below at this level (`None`: as high as can be), with the levels of the nodes below in
    /// force.
    fn used(&self, level: Option<Fraction>) -> Fraction {
        if let Some(leaf) = &self.leaf {
            return leaf.at(level, self.limit);
        }
        let of_child = |child: &Tree| child.used([child.level, level].into_iter().flatten().min());
        self.children.iter().map(of_child).sum()
    }

    /// The levels at which the slope of `used` may change.
    fn turns(&self) -> Vec<Fraction> {
        let mut turns: Vec<Fraction> = self.children.iter().flat_map(Tree::turns).collect();
        turns.extend(self.level);
        if let Some(leaf) = &self.leaf {
            let most = self.limit.map_or(leaf.demand, |limit| limit.min(leaf.demand));
            turns.extend([Fraction::new(leaf.min, leaf.weight), Fraction::new(most, leaf.weight)]);
        }
        turns
    }

    fn set_levels(&mut self) {
        self.children.iter_mut().for_each(Tree::set_levels);
        let Some(limit) = self.limit else { return };
        self.level = match &self.leaf {
            Some(leaf) => (leaf.demand > limit).then(|| Fraction::new(limit, leaf.weight)),
            None => (self.used(None) > limit.into()).then(|| self.largest_fitting_level(limit.into())),
        };
    }

    fn largest_fitting_level(&self, limit: Fraction) -> Fraction {
        let mut turns = self.turns();
        turns.push(0.into());
        turns.sort();
        let fits = |level: &Fraction| self.used(Some(*level)) <= limit;
        let low = turns.iter().copied().rfind(fits).expect("the minima fit");
        let high = turns.iter().copied().find(|level| !fits(level)).expect("it is saturated");
        let (used_low, used_high) = (self.used(Some(low)), self.used(Some(high)));
        low + (limit - used_low) * (high - low) / (used_high - used_low)
    }

    /// Compares every leaf below, given the least level above and whose it is.
    fn check(&self, decision: &Decision, above: Option<(Fraction, &str)>, about: &dyn Fn() -> String) {
        let least = match (self.level, above) {
            (Some(own), Some((level, _))) if own > level => above,
            (Some(own), _) => Some((own, self.id.as_str())),
            (None, above) => above,
        };
        self.children.iter().for_each(|child| child.check(decision, least, about));
        if let Some(leaf) = &self.leaf {
            let exact = leaf.at(least.map(|(level, _)| level), self.limit);
            let found = decision.setpoints.iter().find(|setpoint| setpoint.node == self.id).unwrap();
            let watts = i128::from(found.setpoint_w);
            let is_rounded = watts == exact.floor().to_integer() || watts == exact.ceil().to_integer();
            assert!(is_rounded, "{} should have {exact} W, not {watts} W: {}", self.id, about());
            let by = least.map(|(_, node)| node).filter(|_| watts < leaf.demand);
            assert_eq!(found.constrained_by.as_deref(), by, "what constrains {}: {}", self.id, about());
        }
    }
}

/// A question that the definition answers: nobody can be paused, nothing is too old.
fn definite(random: &mut Random, features: Features) -> CycleInput {
    let mut input = question(random, Strategy::FairShare, features);
    input.max_age_s = None;
    for request in &mut input.requests {
        // Fractions of small weights stay small, whatever is added up.
        request.weight = request.weight.map(|weight| weight % 11 + 1);
        request.pausable = Some(false);
    }
    input.nodes.iter_mut().for_each(|node| node.weight = node.weight.map(|weight| weight % 7 + 1));
    input
}

#[test]
fn every_leaf_has_its_weight_times_the_least_level_on_its_path_between_its_bounds() {
    let mut ties = 0;
    for seed in 0..4_000 {
        let random = &mut Random::new(0xdef1 ^ (seed << 20));
        let features = Features {
            tiers: false,
            steps: false,
            charge_points: false,
            unpausable: true,
            leaves: random.within(1, 10),
            ..Features::draw(random)
        };
        let input = definite(random, features);
        let root = input.nodes.iter().find(|node| node.parent.is_none()).unwrap().id.clone();
        for decision in [decide(&input), model::model(&input)] {
            if decision.nodes.is_empty() {
                continue;
            }
            let mut tree = tree(&input, &decision, &root);
            tree.set_levels();
            tree.check(&decision, None, &|| format!("seed {seed}\n{}", json::of_input(&input)));
            ties += tree.count_ties(None);
        }
    }
    assert!(ties > 100, "hardly any levels were equal ({ties}), so that \"deepest on ties\" was not tried");
}

impl Tree {
    fn count_ties(&self, above: Option<Fraction>) -> usize {
        let is_tied = usize::from(self.level.is_some() && self.level == above);
        let least = [self.level, above].into_iter().flatten().min();
        is_tied + self.children.iter().map(|child| child.count_ties(least)).sum::<usize>()
    }
}

/// A leaf with steps: its exact share by the definition, its setpoint, and the steps that it could use \[W\].
struct Stepping<'a> {
    id: &'a str,
    exact: Fraction,
    watts: i128,
    steps: Vec<i128>,
}

impl Stepping<'_> {
    fn step_below(&self, watts: i128) -> Option<i128> {
        self.steps.iter().copied().filter(|&step| step < watts).max()
    }

    fn step_above(&self, watts: i128) -> Option<i128> {
        self.steps.iter().copied().filter(|&step| step > watts).min()
    }

    fn rounded_down(&self) -> i128 {
        self.steps.iter().copied().filter(|&step| self.exact >= step.into()).max().unwrap_or(0)
    }
}

/// Who was raised over his exact share took nothing that would have carried somebody further below his own to his next step.
#[test]
fn steps_are_rounded_down_from_exact_shares_and_raised_where_most_is_missing() {
    let (mut raised, mut overtaken) = (0, 0);
    for seed in 0..20_000 {
        let random = &mut Random::new(0x57e9 ^ (seed << 20));
        let features = Features {
            tiers: false,
            steps: true,
            charge_points: false,
            unpausable: true,
            small: true,
            leaves: random.within(2, 8),
            ..Features::draw(random)
        };
        let input = definite(random, features);
        for decision in [decide(&input), model::model(&input)] {
            let about = || format!("seed {seed}\n{}", json::of_input(&input));
            let leaves = stepping(&input, &decision);
            for leaf in &leaves {
                let least = leaf.rounded_down();
                assert!(leaf.watts >= least, "{} should have {least} W at least: {}", leaf.id, about());
            }
            for (place, leaf) in
                leaves.iter().enumerate().filter(|(_, leaf)| leaf.watts > leaf.rounded_down())
            {
                let before = leaf.step_below(leaf.watts).unwrap_or(0);
                raised += 1;
                for (other_place, other) in leaves.iter().enumerate() {
                    let Some(next) = other.step_above(other.watts) else { continue };
                    let is_first = (other.exact - other.watts, place) > (leaf.exact - before, other_place);
                    if other_place != place && is_first {
                        let room = room_without(&input, &decision, other.id, leaf.id, leaf.watts - before);
                        let fits = room.is_none_or(|room| next - other.watts <= room);
                        assert!(!fits, "{} should be raised before {}: {}", other.id, leaf.id, about());
                        overtaken += 1;
                    }
                }
            }
        }
    }
    assert!(raised > 500 && overtaken > 250, "hardly anybody was raised ({raised}, {overtaken} past others)");
}

/// The leaves with steps in tree order.
fn stepping<'a>(input: &'a CycleInput, decision: &Decision) -> Vec<Stepping<'a>> {
    if decision.nodes.is_empty() {
        return Vec::new();
    }
    let mut bare = input.clone();
    for request in &mut bare.requests {
        let Some(steps) = request.steps_w.take() else { continue };
        let minimum = steps.iter().copied().filter(|&step| step >= request.min_w.unwrap_or(0)).min();
        request.min_w = minimum;
        request.demand_w =
            steps.into_iter().filter(|&step| step <= request.demand_w).max().expect("it is valid");
    }
    let root = bare.nodes.iter().find(|node| node.parent.is_none()).expect("a root");
    let mut tree = tree(&bare, decision, &root.id);
    tree.set_levels();
    let leaf = |setpoint: &balancer::Setpoint| {
        let request = input.requests.iter().find(|request| request.node == setpoint.node)?;
        let exact = tree.exact_share_of(&request.node, None)?;
        let usable = |step: &i128| *step <= request.demand_w;
        let steps = request.steps_w.as_ref()?.iter().copied().filter(usable).collect();
        Some(Stepping { id: &request.node, exact, watts: setpoint.setpoint_w.into(), steps })
    };
    decision.setpoints.iter().filter_map(leaf).collect()
}

impl Tree {
    fn exact_share_of(&self, id: &str, above: Option<Fraction>) -> Option<Fraction> {
        let least = [self.level, above].into_iter().flatten().min();
        match &self.leaf {
            Some(leaf) if self.id == id => Some(leaf.at(least, self.limit)),
            _ => self.children.iter().find_map(|child| child.exact_share_of(id, least)),
        }
    }
}

/// What is left on a leaf's path if another gave back some watts; `None` where nothing limits it.
fn room_without(
    input: &CycleInput,
    decision: &Decision,
    leaf: &str,
    other: &str,
    watts: i128,
) -> Option<i128> {
    let path = |id: &str| {
        let parent = |id: &String| input.nodes.iter().find(|node| node.id == *id)?.parent.clone();
        std::iter::successors(Some(id.to_owned()), parent).collect::<Vec<_>>()
    };
    let path_of_other = path(other);
    let room = |id: String| {
        let node = decision.nodes.iter().find(|node| node.id == id)?;
        let given_back = if path_of_other.contains(&id) { watts } else { 0 };
        Some(i128::from(node.ev_limit_w?) - i128::from(node.allocated_w) + given_back)
    };
    path(leaf).into_iter().filter_map(room).min()
}
