//! Random questions from a seed, each feature on or off at random.

use balancer::{Control, CycleInput, InputNode, InputRequest, NodeKind, Strategy};

/// SplitMix64: eight lines, the same numbers everywhere.
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn within(&mut self, low: i128, high: i128) -> i128 {
        let count = u128::try_from(high - low + 1).expect("low is not above high");
        low + (u128::from(self.next()) % count) as i128
    }

    /// True with this many chances in a hundred.
    pub(crate) fn percent(&mut self, chances: i128) -> bool {
        self.within(0, 99) < chances
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.within(0, choices.len() as i128 - 1) as usize]
    }

    /// Shuffles in place.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.within(0, last as i128) as usize);
        }
    }
}

/// What a question may contain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Features {
    pub(crate) tiers: bool,
    pub(crate) weights: bool,
    pub(crate) minima: bool,
    pub(crate) unpausable: bool,
    pub(crate) steps: bool,
    pub(crate) base_loads: bool,
    pub(crate) many_limits: bool,
    /// Charge points as leaves.
    pub(crate) charge_points: bool,
    /// Watts of 0 to 10 rather than of real chargers.
    pub(crate) small: bool,
    /// All leaves ask for the same.
    pub(crate) alike: bool,
    pub(crate) leaves: i128,
    pub(crate) depth: i128,
}

impl Features {
    /// Each on or off by chance; few leaves mostly.
    pub(crate) fn draw(random: &mut Random) -> Self {
        let leaves = match random.within(0, 199) {
            0 => random.within(100, 200),
            1..=9 => random.within(20, 40),
            10..=59 => random.within(8, 20),
            _ => random.within(1, 8),
        };
        Self {
            tiers: random.percent(35),
            weights: random.percent(50),
            minima: random.percent(50),
            unpausable: random.percent(35),
            steps: random.percent(30),
            base_loads: random.percent(25),
            many_limits: random.percent(30),
            charge_points: random.percent(25),
            small: random.percent(50),
            alike: random.percent(25),
            leaves,
            depth: random.within(1, 6),
        }
    }
}

/// A question with these features; most are valid, few have minima that do not fit.
pub(crate) fn question(random: &mut Random, strategy: Strategy, features: Features) -> CycleInput {
    let control = if features.charge_points { Control::ChargePoint } else { Control::Connector };
    let mut input = CycleInput { strategy, control, ..CycleInput::default() };
    let mut grower = Grower { random, features, nodes: Vec::new() };
    grower.grow(NodeKind::Site, None, features.leaves, features.depth);
    input.nodes = grower.nodes;
    let typical = if features.small { random.within(0, 10) } else { real_watts(random) };
    for leaf in leaves(&input) {
        if random.percent(88) {
            let request = request(random, features, &leaf, typical);
            input.requests.push(request);
        }
    }
    set_limits(random, features, &mut input);
    reorder(random, &mut input);
    if random.percent(10) {
        input.now_s = Some(1000);
        input.measured_s = Some(random.within(980, 1000));
        input.max_age_s = Some(if random.percent(90) { 20 } else { 19 });
    }
    input
}

/// The ids of the nodes that take requests.
pub(crate) fn leaves(input: &CycleInput) -> Vec<String> {
    let has_children = |id: &str| input.nodes.iter().any(|node| node.parent.as_deref() == Some(id));
    let is_leaf = |node: &&InputNode| match input.control {
        Control::ChargePoint => node.kind == NodeKind::ChargePoint,
        Control::Connector => node.kind >= NodeKind::ChargePoint && !has_children(&node.id),
    };
    input.nodes.iter().filter(is_leaf).map(|node| node.id.clone()).collect()
}

/// Puts nodes and requests in another order that means the same: siblings stay in theirs.
pub(crate) fn reorder(random: &mut Random, input: &mut CycleInput) {
    let before = input.nodes.clone();
    random.shuffle(&mut input.nodes);
    let parents: Vec<Option<String>> = input.nodes.iter().map(|node| node.parent.clone()).collect();
    for (place, parent) in parents.iter().enumerate() {
        let nth = parents[..place].iter().filter(|other| *other == parent).count();
        let sibling = before.iter().filter(|node| node.parent == *parent).nth(nth);
        input.nodes[place] = sibling.expect("as many siblings as before").clone();
    }
    random.shuffle(&mut input.requests);
}

/// A node without limits.
pub(crate) fn node(id: &str, kind: NodeKind, parent: Option<&str>) -> InputNode {
    InputNode {
        id: id.into(),
        kind,
        parent: parent.map(Into::into),
        limit_w: None,
        default_capacity_w: None,
        safe_operating_capacity_w: None,
        max_rating_w: None,
        envelope_w: None,
        base_load_w: None,
        weight: None,
    }
}

/// A request with nothing but a demand.
pub(crate) fn request_of(id: &str, demand_w: i128) -> InputRequest {
    InputRequest {
        node: id.into(),
        demand_w,
        min_w: None,
        weight: None,
        tier: None,
        pausable: None,
        steps_w: None,
        arrived_s: None,
        departs_s: None,
        needs_wh: None,
        soc_ppm: None,
        last_served_s: None,
    }
}

struct Grower<'a> {
    random: &'a mut Random,
    features: Features,
    nodes: Vec<InputNode>,
}

impl Grower<'_> {
    fn add(&mut self, kind: NodeKind, parent: Option<&str>) -> String {
        let id = format!("n{}", self.nodes.len());
        let mut node = node(&id, kind, parent);
        if self.features.weights && self.random.percent(50) {
            node.weight = Some(weight(self.random, self.features));
        }
        self.nodes.push(node);
        id
    }

    /// A node of this kind with so many leaves below it, at most so many levels down.
    fn grow(&mut self, kind: NodeKind, parent: Option<&str>, leaves: i128, depth: i128) {
        let id = self.add(kind, parent);
        if kind == NodeKind::Site && self.random.percent(5) {
            self.add(NodeKind::GridConnection, Some(&id));
        }
        let mut left = leaves;
        while left > 0 {
            match self.inner_kind(kind).filter(|_| depth > 1 && self.random.percent(75)) {
                Some(inner) => {
                    let below = if self.random.percent(40) { left } else { self.random.within(1, left) };
                    self.grow(inner, Some(&id), below, depth - 1);
                    left -= below;
                }
                None => {
                    self.add_leaf(kind, &id);
                    left -= 1;
                }
            }
        }
    }

    fn add_leaf(&mut self, parent_kind: NodeKind, parent: &str) {
        let is_connector = !self.features.charge_points && self.random.percent(30);
        if parent_kind == NodeKind::ChargePoint || is_connector {
            self.add(NodeKind::Connector, Some(parent));
            return;
        }
        let charge_point = self.add(NodeKind::ChargePoint, Some(parent));
        if self.features.charge_points {
            for _ in 0..self.random.within(0, 3) {
                self.add(NodeKind::Connector, Some(&charge_point));
            }
        }
    }

    /// A kind that may stand under this one and above leaves.
    fn inner_kind(&mut self, kind: NodeKind) -> Option<NodeKind> {
        let below: &[NodeKind] = match kind {
            NodeKind::Site => &[NodeKind::GridConnection, NodeKind::ChargerCircuit, NodeKind::ChargePoint],
            NodeKind::GridConnection | NodeKind::ChargerCircuit => {
                &[NodeKind::ChargerCircuit, NodeKind::ChargerCircuit, NodeKind::ChargePoint]
            }
            _ => &[],
        };
        let below = if self.features.charge_points { &below[..below.len().saturating_sub(1)] } else { below };
        (!below.is_empty()).then(|| self.random.one_of(below))
    }
}

fn weight(random: &mut Random, features: Features) -> i128 {
    match random.within(0, 9) {
        0 if !features.small => random.within(1, 1_000_000_000),
        1 => 10,
        _ => random.within(1, 3),
    }
}

fn real_watts(random: &mut Random) -> i128 {
    match random.within(0, 9) {
        0 => random.within(0, 10_000_000),
        1 => 0,
        2 | 3 => random.within(0, 150_000),
        _ => random.one_of(&[1380, 3680, 7360, 11_000, 22_000, 50_000, 150_000]),
    }
}

fn request(random: &mut Random, features: Features, leaf: &str, typical: i128) -> InputRequest {
    let watts = |random: &mut Random| if features.small { random.within(0, 10) } else { real_watts(random) };
    let demand = if features.alike { typical } else { watts(random) };
    let mut request = request_of(leaf, demand);
    if features.weights && random.percent(60) {
        request.weight = Some(weight(random, features));
    }
    if features.tiers {
        request.tier = random.percent(70).then(|| random.within(0, 2));
    }
    if features.minima && random.percent(70) {
        let small = [0, 1, 1, 2, 3, 5];
        request.min_w =
            Some(random.one_of(if features.small { &small } else { &[0, 1380, 1380, 4140, 6000, 20_000] }));
    }
    if features.unpausable && random.percent(25) {
        request.pausable = Some(false);
    }
    if features.steps && random.percent(50) {
        request.steps_w = Some(steps(random, features, &request));
    }
    if random.percent(80) {
        request.arrived_s = Some(random.within(0, 5));
        request.last_served_s = random.percent(70).then(|| random.within(-2, 3));
    }
    if random.percent(80) {
        request.departs_s = Some(random.within(0, 5) * if features.small { 1 } else { 3600 });
        request.needs_wh =
            random.percent(90).then(|| random.within(0, if features.small { 3 } else { 300_000 }));
        request.soc_ppm = random.percent(90).then(|| random.within(0, 4) * 250_000);
    }
    request
}

/// Steps of which at least one is usable.
fn steps(random: &mut Random, features: Features, request: &InputRequest) -> Vec<i128> {
    let mut steps: Vec<i128> = Vec::new();
    for _ in 0..random.within(1, 5) {
        steps.push(if features.small { random.within(0, 10) } else { random.within(0, 20) * 690 });
    }
    if !steps.iter().any(|&step| step <= request.demand_w) {
        steps.push(random.within(0, request.demand_w));
    }
    if !steps.iter().any(|&step| step >= request.min_w.unwrap_or(0)) {
        steps.push(request.min_w.unwrap_or(0) + random.within(0, 3));
    }
    steps
}

fn set_limits(random: &mut Random, features: Features, input: &mut CycleInput) {
    let totals: Vec<i128> = input.nodes.iter().map(|node| demand_below(input, &node.id)).collect();
    let reserved: Vec<i128> = input.nodes.iter().map(|node| reserved_below(input, &node.id)).collect();
    let takes_limits = random.one_of(&[25, 50, 80, 100]);
    let is_scarce = random.percent(50);
    // Few inputs may have minima of unpausable leaves that do not fit.
    let keeps_minima = random.percent(95);
    for (place, node) in input.nodes.iter_mut().enumerate() {
        let is_asset = node.kind >= NodeKind::ChargePoint;
        let max: i128 = if is_asset { 10_000_000 } else { 1_000_000_000_000 };
        let total = totals[place];
        let mut limit = || match random.within(0, 19) {
            0 => 0,
            1 => max,
            2 => total,
            3 => random.within(0, 10),
            _ if is_scarce => random.within(0, total * 6 / 10),
            _ => random.within(total * 3 / 10, total * 12 / 10),
        };
        let mut draw = || limit().min(max).max(if keeps_minima { reserved[place] } else { 0 });
        let drawn = [draw(), draw(), draw(), draw()];
        if random.percent(if is_asset { takes_limits / 2 } else { takes_limits }) {
            match random.within(0, 3) {
                0 if !is_asset => node.limit_w = Some(drawn[0]),
                1 if !is_asset => node.default_capacity_w = Some(drawn[0]),
                2 => node.safe_operating_capacity_w = Some(drawn[0]),
                _ => node.max_rating_w = Some(drawn[0]),
            }
        }
        if features.many_limits && random.percent(40) {
            node.envelope_w = Some(drawn[1]);
            node.safe_operating_capacity_w = Some(if random.percent(30) { drawn[1] } else { drawn[2] });
            node.max_rating_w = Some(if random.percent(30) { drawn[1] } else { drawn[3] });
        }
        if features.base_loads && random.percent(30) {
            let most = total / 4 + 2;
            node.base_load_w = Some(random.within(-most / 2, most));
        }
    }
}

fn demand_below(input: &CycleInput, id: &str) -> i128 {
    let own: i128 =
        input.requests.iter().filter(|request| request.node == id).map(|request| request.demand_w).sum();
    let children = input.nodes.iter().filter(|node| node.parent.as_deref() == Some(id));
    own + children.map(|child| demand_below(input, &child.id)).sum::<i128>()
}

/// No less than the minima below that are to be reserved.
fn reserved_below(input: &CycleInput, id: &str) -> i128 {
    let of_request = |request: &InputRequest| match (request.pausable, &request.steps_w) {
        (Some(false), None) => request.min_w.unwrap_or(0).min(request.demand_w),
        (Some(false), Some(_)) => request.demand_w,
        _ => 0,
    };
    let own: i128 = input.requests.iter().filter(|request| request.node == id).map(of_request).sum();
    let children = input.nodes.iter().filter(|node| node.parent.as_deref() == Some(id));
    own + children.map(|child| reserved_below(input, &child.id)).sum::<i128>()
}
