//! From site data to trees, at the start and in mid-run. Protects that any order and depth of records means one tree, and that data which
//! mean none are refused with their code: at the start by the loader, in mid-run by every cycle until they are mended.

use scenarios::{Scenario, draw, parse};
use sim::{NodeChange, NodeKind, Ratings, Reason, Rejection, SiteChange};

/// A scenario of one bus with these site records and whatever else is said.
fn scenario(site: &str, more: &str) -> Result<Scenario, String> {
    let text = format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-01-01T00:00:00Z", duration: "6h", {more}
            site: (id: "S", {site}),
            vehicles: [(id: "bus", battery_kwh: 300, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 10)])],
            fleet: Listed([]))"#
    );
    parse("test", &text, &mut |_| Err("no files".into())).map_err(|error| error.to_string())
}

/// Ids in the depot's order, each with its parent's.
fn tree(scenario: &Scenario) -> Vec<(String, String)> {
    let site = &scenario.depot().site;
    let parent =
        |parent: Option<u32>| parent.map_or(String::new(), |parent| site[parent as usize].id.clone());
    site.iter().map(|node| (node.id.clone(), parent(node.parent))).collect()
}

#[test]
fn circuits_nest_to_any_depth_in_whatever_order_they_are_listed() {
    let deep: String = (1..=40)
        .rev()
        .map(|depth| {
            let parent = if depth == 1 { "G".to_owned() } else { format!("C{}", depth - 1) };
            format!(r#"(id: "C{depth}", parent: "{parent}", default_capacity_kw: {}),"#, 500 - depth)
        })
        .collect();
    let site = format!(
        r#"charge_points: [(id: "P", parent: "C40", max_rating_kw: 100)], charger_circuits: [{deep}],
           grid_connections: [(id: "G")]"#
    );
    let scenario = scenario(&site, "").unwrap();
    let tree = tree(&scenario);
    assert_eq!(tree.len(), 43);
    for (id, parent) in &tree[1..] {
        let place = |wanted: &str| tree.iter().position(|(id, _)| id == wanted).unwrap();
        assert!(place(parent) < place(id), "{parent} stands before {id}");
    }
    assert_eq!(tree[42], ("P".into(), "C40".into()));
    // The projection names the same parents, and the deepest limit is the one that binds.
    let projected = sim::projection::project(scenario.depot());
    assert_eq!(projected.len(), 43);
    assert!(projected.iter().any(|node| node.id == "C40" && node.parent.as_deref() == Some("C39")));
}

#[test]
fn several_grid_connections_each_have_their_own_circuits() {
    let scenario = scenario(
        r#"grid_connections: [(id: "G{n}", repeat: 3)], charger_circuits: [(id: "{parent}-C", parent: "G*")],
           charge_points: [(id: "{parent}-P{n}", repeat: 2, parent: "G*")]"#,
        "",
    )
    .unwrap();
    let count = |kind| scenario.depot().site.iter().filter(|node| node.kind == kind).count();
    assert_eq!(
        (count(NodeKind::GridConnection), count(NodeKind::ChargerCircuit), count(NodeKind::ChargePoint)),
        (3, 3, 6)
    );
    assert!(tree(&scenario).contains(&("G3-C-P2".into(), "G3-C".into())));
}

#[test]
fn amperes_are_the_default_capacity_above_chargers_and_the_maximum_rating_of_chargers() {
    let scenario = scenario(
        r#"grid_connections: [(id: "G", rating_a: 400, voltage_v: 230, phases: 3, power_factor: 0.95, safe_operating_capacity_kw: 250)],
           charger_circuits: [(id: "C", parent: "G", rating_a: 250, voltage_v: 230, phases: 3)],
           charge_points: [(id: "P", parent: "C", rating_a: 63, voltage_v: 230, phases: 3)],
           connectors: [(id: "K", parent: "P", rating_a: 32, voltage_v: 208, min_power_kw: 2)]"#,
        "",
    )
    .unwrap();
    let ratings = |id| scenario.depot().site[scenario.depot().position(id).unwrap() as usize].ratings;
    // 400 * 230 * 3 * 0.95 = 262,200; 250 * 690 = 172,500; 63 * 690 = 43,470; 32 * 208 = 6,656.
    let above = |default_w, safe_w| Ratings {
        default_capacity_w: Some(default_w),
        safe_operating_capacity_w: safe_w,
        max_rating_w: None,
    };
    let charger = |max_w| Ratings { max_rating_w: Some(max_w), ..Ratings::default() };
    assert_eq!(ratings("G"), above(262_200, Some(250_000)));
    assert_eq!(
        (ratings("C"), ratings("P"), ratings("K")),
        (above(172_500, None), charger(43_470), charger(6_656))
    );
}

#[test]
fn broken_site_data_in_the_file_itself_are_refused_with_their_code() {
    let cases = [
        (
            r#"charger_circuits: [(id: "C", parent: "X")]"#,
            "site.charger_circuits.C.parent",
            "[INVALID_TOPOLOGY]",
        ),
        (
            r#"charger_circuits: [(id: "A", parent: "B"), (id: "B", parent: "A")], charge_points: [(id: "P", parent: "A")]"#,
            "is its own ancestor in a cycle of parents",
            "[INVALID_TOPOLOGY]",
        ),
        (
            r#"charger_circuits: [(id: "A", parent: "S"), (id: "A", parent: "S")], charge_points: [(id: "P", parent: "A")]"#,
            "stands twice",
            "[INVALID_TOPOLOGY]",
        ),
        (
            r#"charger_circuits: [(id: "A", parent: "S")], charge_points: [(id: "P", parent: "S")]"#,
            "has no charge point",
            "[UNSUPPORTED_TOPOLOGY]",
        ),
        (
            r#"connectors: [(id: "K", parent: "S")], charger_circuits: [(id: "C", parent: "K")], charge_points: [(id: "P", parent: "C")]"#,
            "stands under the connector",
            "[UNSUPPORTED_TOPOLOGY]",
        ),
        (
            r#"grid_connections: [(id: "G", default_capacity_kw: 1, rating_a: 5, voltage_v: 230)], charge_points: [(id: "P", parent: "G")]"#,
            "two values for one limit",
            "[INVALID_LIMIT]",
        ),
        (
            r#"grid_connections: [(id: "G", default_capacity_kw: -400)], charge_points: [(id: "P", parent: "G")]"#,
            "-400 is out of bounds",
            "[INVALID_LIMIT]",
        ),
        (
            r#"charge_points: [(id: "P", parent: "S", max_rating_kw: 20_000)]"#,
            "out of bounds",
            "[INVALID_LIMIT]",
        ),
    ];
    for (site, says, code) in cases {
        let message = scenario(site, "").unwrap_err();
        assert!(message.contains(says) && message.contains(code), "{site}: {message}");
    }
}

const TWO_CIRCUITS: &str = r#"grid_connections: [(id: "G", default_capacity_kw: 100)],
    charger_circuits: [(id: "C{n}", repeat: 2, parent: "G", default_capacity_kw: 80)],
    charge_points: [(id: "{parent}-P", parent: "C*", max_rating_kw: 50, min_power_kw: 5)]"#;

/// What each change of site data derives to, with its time.
fn steps(changes: &str) -> Vec<(i64, SiteChange)> {
    let scenario = scenario(TWO_CIRCUITS, &format!("site_changes: [{changes}],"))
        .unwrap_or_else(|error| panic!("{error}"));
    draw(&scenario, 1).site_steps.into_iter().map(|step| (step.at_s, step.change)).collect()
}

#[test]
fn a_change_with_the_same_tree_is_the_values_that_differ() {
    let found = steps(
        r#"(at: "01:00", grid_connections: [(id: "G", default_capacity_kw: 60)]),
           (at: "02:00", charge_points: [(id: "{parent}-P", parent: "C*", rating_a: 32, voltage_v: 230, weight: 3, fallback_kw: 2)]),
           (at: "02:00", default_capacity_kw: 90),
           (at: "03:00", charger_circuits: [(id: "C1", parent: "G", default_capacity_kw: 80, note: "no other value")])"#,
    );
    // Positions: S 0, G 1, C1 2, C2 3, C1-P 4, C2-P 5.
    let above = |node, limit_w| NodeChange {
        node,
        ratings: Ratings { default_capacity_w: Some(limit_w), ..Ratings::default() },
        weight: 1,
        min_power_w: 0,
        pausable: true,
        fallback_w: 0,
    };
    let charger = |node| NodeChange {
        node,
        ratings: Ratings { max_rating_w: Some(7_360), ..Ratings::default() },
        weight: 3,
        min_power_w: 0,
        pausable: true,
        fallback_w: 2_000,
    };
    assert_eq!(
        found,
        [
            (3_600, SiteChange::Apply(vec![above(1, 60_000)])),
            (7_200, SiteChange::Apply(vec![charger(4), charger(5)])),
            (7_200, SiteChange::Apply(vec![above(0, 90_000)])),
            (10_800, SiteChange::Apply(Vec::new())),
        ]
    );
}

#[test]
fn a_change_that_cannot_be_balanced_is_refused_with_code_subject_and_sentence_until_it_is_mended() {
    let cases = [
        (r#"charger_circuits: [(id: "C1", parent: "X")]"#, Reason::InvalidTopology, "C1", "\"X\" is no node"),
        (
            r#"charger_circuits: [(id: "C1", parent: "C2"), (id: "C2", parent: "C1")]"#,
            Reason::InvalidTopology,
            "C1",
            "is its own ancestor in a cycle of parents",
        ),
        (r#"remove: ["G"]"#, Reason::InvalidTopology, "C1", "\"G\" is no node"),
        (r#"charge_points: [(id: "C1", parent: "G")]"#, Reason::InvalidTopology, "C1", "stands twice"),
        (r#"remove: ["C2-P"]"#, Reason::UnsupportedTopology, "C2", "has no charge point"),
        (
            r#"charge_points: [(id: "C2-P", parent: "C1")]"#,
            Reason::UnsupportedTopology,
            "C2",
            "has no charge point",
        ),
        (
            r#"charger_circuits: [(id: "C1", parent: "C2", default_capacity_kw: 80)]"#,
            Reason::UnsupportedTopology,
            "C1",
            "stands under \"C2\" and no longer under \"G\"",
        ),
        (r#"charge_points: [(id: "NEW", parent: "C1")]"#, Reason::UnsupportedTopology, "NEW", "is new"),
        (r#"remove: ["C2", "C2-P"]"#, Reason::UnsupportedTopology, "C2", "is gone"),
        (
            r#"grid_connections: [(id: "G", default_capacity_kw: 50, rating_a: 100, voltage_v: 230)]"#,
            Reason::InvalidLimit,
            "G",
            "two values for one limit",
        ),
    ];
    let mend = r#"(at: "03:00", remove: ["NEW"], grid_connections: [(id: "G", default_capacity_kw: 100)],
        charger_circuits: [(id: "C1", parent: "G", default_capacity_kw: 80), (id: "C2", parent: "G", default_capacity_kw: 80)],
        charge_points: [(id: "C2-P", parent: "C2", max_rating_kw: 50, min_power_kw: 5)])"#;
    for (change, reason, subject, says) in cases {
        let mend =
            if change.contains("NEW") { mend.to_owned() } else { mend.replace(r#"remove: ["NEW"],"#, "") };
        let found = steps(&format!(r#"(at: "02:00", {change}), {mend}"#));
        let (7_200, SiteChange::Refuse(Rejection { reason: is, subject: Some(about), detail })) = &found[0]
        else {
            panic!("{change}: {found:?}")
        };
        assert_eq!((*is, about.as_str()), (reason, subject), "{change}: {detail}");
        assert!(detail.contains(says), "{change}: {detail}");
        // What was taken away and is put back at the end of its list breaks ties differently, which is another tree.
        let is_mended = !change.contains("remove") && !change.contains("charge_points: [(id: \"C1\"");
        if is_mended {
            assert_eq!(found[1], (10_800, SiteChange::Apply(Vec::new())), "{change}");
        }
    }
}

#[test]
fn a_change_that_cannot_be_read_is_a_mistake_in_the_file() {
    let cases = [
        (r#"(at: "02:00"), (at: "d1 01:00")"#, "site_changes.2.at", "changes stand in order of time"),
        (r#"(at: "d2 02:00")"#, "site_changes.1.at", "the run ends at"),
        (r#"(at: "02:00", remove: ["X"])"#, "site_changes.1.remove", "is no record of the site by then"),
        (
            r#"(at: "02:00", charge_points: [(id: "C1-P", parent: "C1", max_rating_kw: 5, min_power_kw: 9)])"#,
            "site_changes.1.charge_points.C1-P.min_power_kw",
            "above max_rating_kw",
        ),
        (
            r#"(at: "02:00", charger_circuits: [(id: "A B", parent: "G")])"#,
            "site_changes.1.charger_circuits.A B.id",
            "is not an id",
        ),
        (
            r#"(at: "02:00", charge_points: [(id: "P", parent: "X*")])"#,
            "site_changes.1.charge_points.P.parent",
            "matches no node above",
        ),
    ];
    for (changes, place, says) in cases {
        let message = scenario(TWO_CIRCUITS, &format!("site_changes: [{changes}],")).unwrap_err();
        assert!(message.contains(place) && message.contains(says), "{changes}: {message}");
    }
    let flat = r#"charger_circuits: [(id: "A", parent: "S")], charge_points: [(id: "P", parent: "S")]"#;
    let more = r#"on_unsupported: Flat, site_changes: [(at: "02:00", default_capacity_kw: 5)],"#;
    assert!(scenario(flat, more).unwrap_err().contains("balanced flat cannot change"));
}

#[test]
fn base_loads_of_two_nodes_that_a_flat_site_dropped_are_to_be_put_together() {
    let flat = r#"charger_circuits: [(id: "A", parent: "S")], charge_points: [(id: "P", parent: "S")]"#;
    let load = |node: &str| format!(r#"(node: "{node}", steps: [(from: "00:00", power_kw: 10)])"#);
    let with = |loads: &[&str]| {
        let loads: Vec<String> = loads.iter().map(|node| load(node)).collect();
        scenario(flat, &format!("on_unsupported: Flat, base_loads: [{}],", loads.join(", ")))
    };
    with(&["A"]).expect("one counts at the root");
    let message = with(&["S", "A"]).expect_err("both count at the root");
    assert!(message.contains("base_loads.A.node: the site is balanced flat"), "{message}");
}
