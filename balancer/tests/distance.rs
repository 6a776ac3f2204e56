//! How far the rules for minima and steps are from the best that could be done, by trying everything on sites of up to 10 leaves.
//!
//! Which minima to admit and which steps to round up is a knapsack on a tree, for which the balancer has rules of thumb. Protects the figures that
//! its documentation states for them: they may shrink, not grow. Prints them with
//! `cargo test -p depotsim-balancer --test distance -- --nocapture`.

mod common;

use balancer::{CycleInput, Decision, Outcome, Strategy};
use common::decide;
use common::random::{Features, Random, question};

/// The nodes of a decision in tree order, with what leaves may have.
struct Tree {
    parents: Vec<Option<usize>>,
    limits_w: Vec<Option<i128>>,
    /// The node of each setpoint.
    leaves: Vec<usize>,
}

impl Tree {
    fn of(input: &CycleInput, decision: &Decision) -> Self {
        let position = |id: &str| decision.nodes.iter().position(|node| node.id == id);
        let parent = |id: &str| input.nodes.iter().find(|node| node.id == id)?.parent.as_deref();
        Self {
            parents: decision.nodes.iter().map(|node| position(parent(&node.id)?)).collect(),
            limits_w: decision.nodes.iter().map(|node| node.ev_limit_w.map(i128::from)).collect(),
            leaves: decision.setpoints.iter().filter_map(|setpoint| position(&setpoint.node)).collect(),
        }
    }

    /// What arrives at the root of these watts, and whether all of it does.
    fn carry(&self, watts: impl Iterator<Item = i128>) -> (i128, bool) {
        let mut sums = vec![0; self.parents.len()];
        for (&leaf, watts) in self.leaves.iter().zip(watts) {
            sums[leaf] = watts;
        }
        let mut fits = true;
        for node in (0..sums.len()).rev() {
            if let Some(limit_w) = self.limits_w[node].filter(|&limit_w| sums[node] > limit_w) {
                (sums[node], fits) = (limit_w, false);
            }
            if let Some(parent) = self.parents[node] {
                sums[parent] += sums[node];
            }
        }
        (sums[0], fits)
    }
}

/// Distances of many sites from their optimum, in parts per million.
#[derive(Default)]
struct Distances {
    each_ppm: Vec<i128>,
}

impl Distances {
    fn add(&mut self, missing: i128, of: i128) {
        assert!(missing >= 0, "the rule is better than the best: nothing was tried");
        self.each_ppm.push(if of == 0 { 0 } else { missing * 1_000_000 / of });
    }

    /// Prints share of sites at the optimum, mean and worst, and holds mean and worst to these bounds \[ppm\].
    fn check(&self, name: &str, mean_most_ppm: i128, worst_most_ppm: i128) {
        let count = self.each_ppm.len() as i128;
        let optimal = self.each_ppm.iter().filter(|&&ppm| ppm == 0).count();
        let mean = self.each_ppm.iter().sum::<i128>() / count;
        let worst = *self.each_ppm.iter().max().unwrap();
        println!(
            "{name}: {count} sites, {} % at the optimum, mean {mean} ppm, worst {worst} ppm",
            optimal as i128 * 100 / count
        );
        assert!(mean <= mean_most_ppm && worst <= worst_most_ppm, "{name} is further from the optimum");
    }
}

fn random_site(seed: u64, strategy: Strategy, adjust: impl Fn(&mut Features)) -> CycleInput {
    let random = &mut Random::new(0xd157 ^ (seed << 20));
    let mut features = Features {
        tiers: false,
        unpausable: false,
        steps: false,
        charge_points: false,
        leaves: random.within(2, 10),
        ..Features::draw(random)
    };
    adjust(&mut features);
    let mut input = question(random, strategy, features);
    input.max_age_s = None;
    input
}

#[test]
fn admission_of_minima_stays_as_near_to_the_optimum_as_documented() {
    let (mut admitted, mut watts) = (Distances::default(), Distances::default());
    for seed in 0..30_000 {
        let input = random_site(seed, Strategy::FairShare, |features| features.minima = true);
        let decision = decide(&input);
        if !decision.setpoints.iter().any(|setpoint| setpoint.paused) {
            continue;
        }
        let tree = Tree::of(&input, &decision);
        let bounds: Vec<(i128, i128)> = decision
            .setpoints
            .iter()
            .map(|setpoint| {
                let request = input.requests.iter().find(|request| request.node == setpoint.node).unwrap();
                (request.min_w.unwrap_or(0).min(request.demand_w), request.demand_w)
            })
            .collect();
        let alone = |leaf: usize, other: usize| if other == leaf { bounds[leaf].0 } else { 0 };
        let fits_alone = |leaf: &usize| tree.carry((0..bounds.len()).map(|other| alone(*leaf, other))).1;
        let with_minimum: Vec<usize> = (0..bounds.len()).filter(|&leaf| bounds[leaf].0 > 0).collect();
        let choosable: Vec<usize> = with_minimum.iter().copied().filter(fits_alone).collect();
        let together = |leaf: usize| if choosable.contains(&leaf) { bounds[leaf].0 } else { 0 };
        if tree.carry((0..bounds.len()).map(together)).1 {
            // Nothing is to be chosen: whoever can be served at all is.
            continue;
        }
        let (mut most_admitted, mut most_w) = (0, 0);
        for choice in 0..1_u32 << with_minimum.len() {
            let is_in = |leaf: usize| {
                with_minimum
                    .iter()
                    .position(|&other| other == leaf)
                    .is_none_or(|bit| choice & (1 << bit) != 0)
            };
            let of = |watts: fn(&(i128, i128)) -> i128| {
                tree.carry((0..bounds.len()).map(|leaf| if is_in(leaf) { watts(&bounds[leaf]) } else { 0 }))
            };
            if of(|bounds| bounds.0).1 {
                most_admitted = most_admitted.max(i128::from(choice.count_ones()));
                most_w = most_w.max(of(|bounds| bounds.1).0);
            }
        }
        let paused = decision.setpoints.iter().filter(|setpoint| setpoint.paused).count();
        let granted_w: i128 = decision.setpoints.iter().map(|setpoint| i128::from(setpoint.setpoint_w)).sum();
        admitted.add(most_admitted - (with_minimum.len() - paused) as i128, most_admitted);
        watts.add(most_w - granted_w, most_w);
    }
    assert!(watts.each_ppm.len() > 1_000, "hardly anybody was paused");
    admitted.check("minima: admitted leaves", 40_015, 666_666);
    watts.check("minima: watts", 11_455, 800_000);
}

/// The best of all ways to give each leaf one of its steps, by depth-first search.
struct Search<'a> {
    tree: &'a Tree,
    steps_w: &'a [Vec<i128>],
    exact_w: &'a [i128],
    most_w: i128,
    /// The least sum of distances from the exact shares.
    nearest_w: i128,
}

impl Search<'_> {
    fn run(&mut self, chosen_w: &mut Vec<i128>) {
        let leaf = chosen_w.len();
        let (sum_w, fits) = self.tree.carry(chosen_w.iter().copied());
        if !fits {
            return;
        }
        if leaf == self.steps_w.len() {
            self.most_w = self.most_w.max(sum_w);
            self.nearest_w = self.nearest_w.min(distance_w(chosen_w, self.exact_w));
            return;
        }
        for &step_w in &self.steps_w[leaf] {
            chosen_w.push(step_w);
            self.run(chosen_w);
            chosen_w.pop();
        }
    }
}

fn distance_w(chosen_w: &[i128], exact_w: &[i128]) -> i128 {
    chosen_w.iter().zip(exact_w).map(|(chosen_w, exact_w)| (chosen_w - exact_w).abs()).sum()
}

#[test]
fn rounding_to_steps_stays_as_near_to_the_optimum_as_documented() {
    // The current limits that connectors really have, three phases at 230 V, and whole multiples of 25 kW.
    let ladders: [&[i128]; 3] =
        [&[0, 4_140, 6_900, 11_040, 22_080], &[0, 11_040, 22_080], &[0, 25_000, 50_000, 75_000, 100_000]];
    let (mut watts, mut shares) = (Distances::default(), Distances::default());
    for seed in 0..8_000 {
        let mut input = random_site(seed, Strategy::FairShare, |features| {
            (features.small, features.minima, features.base_loads) = (false, false, false);
            features.leaves = features.leaves.min(8);
        });
        let random = &mut Random::new(seed);
        for request in &mut input.requests {
            request.steps_w = Some(random.one_of(&ladders).to_vec());
        }
        let decision = decide(&input);
        if decision.outcome != Outcome::Curtailed {
            continue;
        }
        let tree = Tree::of(&input, &decision);
        let steps_w: Vec<Vec<i128>> = decision
            .setpoints
            .iter()
            .map(|setpoint| {
                let request = input.requests.iter().find(|request| request.node == setpoint.node).unwrap();
                let steps = request.steps_w.iter().flatten().copied();
                steps.filter(|&step_w| step_w <= request.demand_w).collect()
            })
            .collect();
        // What each would have of shares that need be no steps.
        let mut exact_input = input.clone();
        for request in &mut exact_input.requests {
            let lowered = request.steps_w.take().unwrap().into_iter().rfind(|&step| step <= request.demand_w);
            request.demand_w = lowered.unwrap();
        }
        let exact_w: Vec<i128> =
            decide(&exact_input).setpoints.iter().map(|setpoint| setpoint.setpoint_w.into()).collect();
        let found_w: Vec<i128> =
            decision.setpoints.iter().map(|setpoint| setpoint.setpoint_w.into()).collect();
        if exact_w.iter().zip(&steps_w).all(|(exact_w, steps_w)| steps_w.contains(exact_w)) {
            // Nothing is to be rounded.
            continue;
        }
        let all_w: i128 = exact_w.iter().sum();
        let mut search =
            Search { tree: &tree, steps_w: &steps_w, exact_w: &exact_w, most_w: 0, nearest_w: i128::MAX };
        search.run(&mut Vec::new());
        watts.add(search.most_w - found_w.iter().sum::<i128>(), search.most_w);
        shares.add(distance_w(&found_w, &exact_w) - search.nearest_w, all_w);
    }
    assert!(watts.each_ppm.len() > 1_000, "hardly anybody was curtailed");
    watts.check("steps: watts", 11_068, 834_400);
    shares.check("steps: distance from the exact shares", 13_837, 975_633);
}
