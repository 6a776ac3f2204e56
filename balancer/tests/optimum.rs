//! `fair-share` against a general solver for convex problems, which knows nothing of levels.
//!
//! Protects the claim that nothing fairer exists: what a subtree can take is a polymatroid, and of all its maximal allocations the weighted max-min
//! fair one is the only one with the least `sum of x^2 / weight` (Fujishige 1980), minima being lower bounds. The solver finds that point by an
//! interior-point method in floating point; every leaf must stand within a watt of it.

mod common;

use balancer::{CycleInput, Decision, Outcome, Strategy};
use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{self, NonnegativeConeT, ZeroConeT};
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus};
use common::random::{Features, Random, question};
use common::{decide, json};

/// What the solver may be off by beside the rounding to whole watts \[W\].
const TOLERANCE_W: f64 = 0.05;

/// The solver reckons in kilowatts, so that its numbers are near 1.
const UNIT_W: f64 = 1_000.0;

/// What each leaf may have, in linear constraints over all leaves.
struct Problem {
    leaves: usize,
    /// Rows of `sum of coefficient * x <= bound`.
    rows: Vec<(Vec<(usize, f64)>, f64)>,
    weights: Vec<f64>,
}

impl Problem {
    fn of(input: &CycleInput, decision: &Decision) -> Self {
        let leaves = decision.setpoints.len();
        let mut problem = Self { leaves, rows: Vec::new(), weights: Vec::new() };
        for (leaf, setpoint) in decision.setpoints.iter().enumerate() {
            let request = input.requests.iter().find(|request| request.node == setpoint.node).unwrap();
            let node = input.nodes.iter().find(|node| node.id == setpoint.node).unwrap();
            let min_w = request.min_w.unwrap_or(0).min(request.demand_w);
            problem.rows.push((vec![(leaf, 1.0)], request.demand_w as f64));
            problem.rows.push((vec![(leaf, -1.0)], -(min_w as f64)));
            problem.weights.push(request.weight.or(node.weight).unwrap_or(1) as f64);
        }
        for node in &decision.nodes {
            let Some(limit_w) = node.ev_limit_w else { continue };
            let below = |leaf: &usize| {
                let id = &decision.setpoints[*leaf].node;
                let parent = |id: &str| input.nodes.iter().find(|node| node.id == id)?.parent.as_deref();
                std::iter::successors(Some(id.as_str()), |id| parent(id)).any(|above| above == node.id)
            };
            let row: Vec<(usize, f64)> = (0..leaves).filter(below).map(|leaf| (leaf, 1.0)).collect();
            if !row.is_empty() {
                problem.rows.push((row, limit_w as f64));
            }
        }
        problem
    }

    /// Minimises `sum of quadratic * x^2 / 2 + linear * x`, with the sum of all leaves at `total` where there is one.
    fn solve(&self, quadratic: &[f64], linear: f64, total: Option<f64>) -> Vec<f64> {
        let everybody = total.map(|total| ((0..self.leaves).map(|leaf| (leaf, 1.0)).collect(), total));
        let rows: Vec<&(Vec<(usize, f64)>, f64)> = everybody.iter().chain(&self.rows).collect();
        let (mut place, mut column, mut value) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (row, _)) in rows.iter().enumerate() {
            for &(leaf, coefficient) in row {
                place.push(at);
                column.push(leaf);
                value.push(coefficient);
            }
        }
        let constraints = CscMatrix::new_from_triplets(rows.len(), self.leaves, place, column, value);
        let bounds: Vec<f64> = rows.iter().map(|(_, bound)| *bound / UNIT_W).collect();
        let mut cones: Vec<SupportedConeT<f64>> = total.iter().map(|_| ZeroConeT(1)).collect();
        cones.push(NonnegativeConeT(self.rows.len()));
        let n = self.leaves;
        let diagonal: Vec<usize> = (0..quadratic.len()).collect();
        let quadratic = CscMatrix::new_from_triplets(n, n, diagonal.clone(), diagonal, quadratic.to_vec());
        let linear = vec![linear; self.leaves];
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-10,
            tol_gap_rel: 1e-12,
            tol_feas: 1e-10,
            ..DefaultSettings::default()
        };
        let mut solver =
            DefaultSolver::new(&quadratic, &linear, &constraints, &bounds, &cones, settings).unwrap();
        solver.solve();
        let status = solver.solution.status;
        let is_solved = matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved);
        assert!(is_solved, "the solver gives up: {status:?}, {:?}", self.rows);
        solver.solution.x.iter().map(|x| x * UNIT_W).collect()
    }
}

#[test]
fn a_solver_finds_nothing_fairer_on_1000_random_trees() {
    let (mut solved, mut curtailed, mut with_minima) = (0, 0, 0);
    let mut worst_w: f64 = 0.0;
    for seed in 0.. {
        if solved == 1_000 {
            break;
        }
        let random = &mut Random::new(0x0717 ^ (seed << 20));
        let features = Features {
            tiers: false,
            steps: false,
            small: true,
            leaves: random.within(2, 12),
            ..Features::draw(random)
        };
        let mut input = question(random, Strategy::FairShare, features);
        input.max_age_s = None;
        for request in &mut input.requests {
            // No other leaves than those that the solver is told of, and weights that floating point can bear.
            request.pausable = Some(false);
            request.weight = request.weight.map(|weight| weight % 11 + 1);
            // Watts in hundreds, beside which rounding is little.
            (request.demand_w, request.min_w) = (request.demand_w * 100, request.min_w.map(|min| min * 100));
        }
        input.nodes.iter_mut().for_each(|node| scale(node, 100));
        let decision = decide(&input);
        if decision.outcome == Outcome::Rejected || decision.setpoints.is_empty() {
            continue;
        }
        let problem = Problem::of(&input, &decision);
        let found: Vec<f64> = decision.setpoints.iter().map(|leaf| leaf.setpoint_w as f64).collect();
        let about = || format!("seed {seed}\n{}", json::of_input(&input));

        let most = problem.solve(&[], -1.0, None).iter().sum::<f64>();
        let total: f64 = found.iter().sum();
        assert!((most - total).abs() < TOLERANCE_W, "{most} W could be granted, not {total} W: {}", about());

        let quadratic: Vec<f64> = problem.weights.iter().map(|weight| 1.0 / weight).collect();
        let fairest = problem.solve(&quadratic, 0.0, Some(total));
        for ((leaf, found), fairest) in decision.setpoints.iter().zip(&found).zip(&fairest) {
            let off_w = (found - fairest).abs();
            worst_w = worst_w.max(off_w);
            assert!(
                off_w < 1.0 + TOLERANCE_W,
                "{} has {found} W, {fairest} W would be fairer: {}",
                leaf.node,
                about()
            );
        }
        solved += 1;
        curtailed += usize::from(decision.outcome == Outcome::Curtailed);
        with_minima += usize::from(features.minima);
    }
    println!(
        "{curtailed} of {solved} trees curtailed, {with_minima} with minima; at most {worst_w:.3} W from the optimum"
    );
    assert!(curtailed > 500 && with_minima > 300, "too few were worth asking");
}

fn scale(node: &mut balancer::InputNode, factor: i128) {
    let limits = [
        &mut node.limit_w,
        &mut node.default_capacity_w,
        &mut node.safe_operating_capacity_w,
        &mut node.max_rating_w,
        &mut node.envelope_w,
        &mut node.base_load_w,
    ];
    limits.into_iter().for_each(|limit| *limit = limit.map(|watts| watts * factor));
    node.weight = node.weight.map(|weight| weight % 7 + 1);
}
