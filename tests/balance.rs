//! `balance`: a single decision, from JSON to JSON.
//!
//! Protects QA's way to reproduce one cycle, the published cases among them, and the line between a rejected question and bad JSON.

use crate::support::{command, depotsim, folder, said};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

fn ask(question: &str) -> (i32, String, String) {
    let mut child = command(&["balance"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(question.as_bytes()).expect("it listens");
    said(child.wait_with_output().expect("it ends"))
}

fn answer(question: &Value) -> Value {
    let (code, stdout, stderr) = ask(&question.to_string());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

#[test]
fn the_published_cases_are_answered_as_published() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("balancer/tests/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the cases are there") {
        let path = entry.expect("an entry").path();
        let case: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a case")).expect("JSON");
        let (answer, expect) = (answer(&case["input"]), &case["expect"]);
        check(&path.display().to_string(), &answer, expect);
        count += 1;
    }
    assert_eq!(count, 10);
}

fn check(name: &str, answer: &Value, expect: &Value) {
    for key in ["outcome", "reason"] {
        assert!(expect[key].is_null() || expect[key] == answer[key], "{name}: {key} is {}", answer[key]);
    }
    let setpoints = answer["setpoints"].as_array().expect("a list");
    let of = |node: &str| setpoints.iter().find(|setpoint| setpoint["node"] == node).expect("a setpoint");
    for (node, bounds) in expect["setpoints"].as_object().expect("a map") {
        let setpoint_w = of(node)["setpoint_w"].as_u64().expect("watts");
        let (least_w, most_w) = (bounds[0].as_u64().expect("watts"), bounds[1].as_u64().expect("watts"));
        assert!((least_w..=most_w).contains(&setpoint_w), "{name}: {node} has {setpoint_w} W");
    }
    for (node, by) in expect["constrained_by"].as_object().into_iter().flatten() {
        assert_eq!(&of(node)["constrained_by"], by, "{name}: {node}");
    }
    if let Some(paused) = expect["paused"].as_array() {
        let expected: BTreeSet<&str> = paused.iter().filter_map(Value::as_str).collect();
        let found = setpoints.iter().filter(|setpoint| setpoint["paused"] == true);
        assert_eq!(
            found.filter_map(|setpoint| setpoint["node"].as_str()).collect::<BTreeSet<_>>(),
            expected,
            "{name}"
        );
    }
}

fn question() -> Value {
    json!({
        "strategy": "fair-share",
        "nodes": [
            {"id": "site", "kind": "site"},
            {"id": "grid", "kind": "grid_connection", "parent": "site", "limit_w": 40_000},
            {"id": "a", "kind": "charge_point", "parent": "grid"},
            {"id": "b", "kind": "charge_point", "parent": "grid"},
        ],
        "requests": [{"node": "a", "demand_w": 30_000}, {"node": "b", "demand_w": 30_000}],
    })
}

#[test]
fn an_answer_has_every_field() {
    let expected = json!({
        "outcome": "CURTAILED",
        "reason": "GRID_CONNECTION_LIMIT",
        "detail": null,
        "subject": null,
        "constraint": {"node": "grid", "limit_source": "default_capacity", "limit_w": 40_000, "demand_w": 60_000, "allocated_w": 40_000, "withheld_w": 20_000},
        "nodes": [
            {"id": "site", "limit_w": null, "limit_source": null, "ev_limit_w": null, "demand_w": 40_000, "raw_demand_w": 60_000, "allocated_w": 40_000, "binding": false},
            {"id": "grid", "limit_w": 40_000, "limit_source": "default_capacity", "ev_limit_w": 40_000, "demand_w": 60_000, "raw_demand_w": 60_000, "allocated_w": 40_000, "binding": true},
            {"id": "a", "limit_w": null, "limit_source": null, "ev_limit_w": null, "demand_w": 30_000, "raw_demand_w": 30_000, "allocated_w": 20_000, "binding": false},
            {"id": "b", "limit_w": null, "limit_source": null, "ev_limit_w": null, "demand_w": 30_000, "raw_demand_w": 30_000, "allocated_w": 20_000, "binding": false},
        ],
        "setpoints": [
            {"node": "a", "demand_w": 30_000, "setpoint_w": 20_000, "paused": false, "constrained_by": "grid"},
            {"node": "b", "demand_w": 30_000, "setpoint_w": 20_000, "paused": false, "constrained_by": "grid"},
        ],
    });
    assert_eq!(answer(&question()), expected);
}

#[test]
fn numbers_out_of_range_are_rejected_with_code_and_subject_and_exit_0() {
    let cases = [
        ("/nodes/1/limit_w", json!(-1), "INVALID_LIMIT", "grid"),
        ("/nodes/1/limit_w", json!(u64::MAX), "INVALID_LIMIT", "grid"),
        ("/requests/1/demand_w", json!(-5), "INVALID_REQUEST", "b"),
        ("/requests/1/demand_w", json!(10_000_001), "INVALID_REQUEST", "b"),
        ("/requests/0/node", json!("grid"), "INVALID_REQUEST", "grid"),
        ("/nodes/2/parent", json!("nowhere"), "INVALID_TOPOLOGY", "a"),
        ("/nodes/2/kind", json!("site"), "UNSUPPORTED_TOPOLOGY", "a"),
    ];
    for (place, value, reason, subject) in cases {
        let mut question = question();
        *question.pointer_mut(place).expect("a place") = value;
        let answer = answer(&question);
        assert_eq!((&answer["outcome"], &answer["reason"]), (&"REJECTED".into(), &reason.into()), "{place}");
        assert_eq!(answer["subject"], subject, "{place}");
        assert!(answer["detail"].as_str().is_some_and(|detail| detail.contains(subject)), "{answer}");
        assert_eq!(answer["setpoints"], json!([]));
    }
}

#[test]
fn numbers_of_any_length_are_quoted_as_they_were_written() {
    let (huge, other) = ("9".repeat(60), format!("-1{}", "0".repeat(41)));
    let fits = (i128::MAX - 1).to_string();
    let limit = "(from 0 to 1000000000000 is allowed)";
    let power = "(from 0 to 10000000 is allowed)";
    let time = "(from -1000000000000 to 1000000000000 is allowed)";
    let cases = [
        ("40000", huge.clone(), format!("limit_w of \"grid\" is {huge} {limit}")),
        ("40000", other.clone(), format!("limit_w of \"grid\" is {other} {limit}")),
        ("40000", fits.clone(), format!("limit_w of \"grid\" is {fits} {limit}")),
        (
            "40000",
            format!("40000,\"weight\":{huge}"),
            format!("weight of \"grid\" is {huge} (from 1 to 1000000000 is allowed)"),
        ),
        // Two that are out of all range in the same way, of which one would stand in for the other.
        (
            "40000",
            format!("{},\"weight\":{huge}", i128::MAX),
            format!("limit_w of \"grid\" is {} {limit}", i128::MAX),
        ),
        // Of several, the one that is refused first.
        (
            "30000",
            format!("1,\"min_w\":{other},\"tier\":{huge}"),
            format!("min_w of \"a\" is {other} {power}"),
        ),
        ("30000", format!("9,\"steps_w\":[1,{huge}]"), format!("steps_w of \"a\" is {huge} {power}")),
        // A moment is no node's.
        ("{", format!("{{\"now_s\":{huge},"), format!("now_s is {huge} {time}")),
        ("{", format!("{{\"measured_s\":{other},"), format!("measured_s is {other} {time}")),
    ];
    for (place, written, detail) in cases {
        let text = question().to_string().replacen(place, &written, 1);
        let (code, stdout, stderr) = ask(&text);
        assert_eq!(code, 0, "{stderr}");
        let answer: Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(answer["detail"], detail, "{text}");
    }
}

#[test]
fn an_id_with_the_digits_of_a_number_is_quoted_as_it_is() {
    let huge = "1".to_owned() + &"0".repeat(50);
    for last in [i128::MAX, i128::MAX - 1] {
        for id in [format!("n{last}"), last.to_string(), format!("n0{last}m{}", i128::MAX)] {
            let question = json!({
                "nodes": [{"id": "s", "kind": "site"}, {"id": id, "kind": "charge_point", "parent": "s"}],
                "requests": [{"node": id, "demand_w": 7}],
            });
            let (_, stdout, _) =
                ask(&question.to_string().replace(":7", &format!(":{huge},\"weight\":-{huge}")));
            let answer: Value = serde_json::from_str(&stdout).expect("JSON");
            let detail = format!("demand_w of \"{id}\" is {huge} (from 0 to 10000000 is allowed)");
            assert_eq!((&answer["subject"], &answer["detail"]), (&json!(id), &json!(detail)));
        }
    }
}

#[test]
fn moments_out_of_range_are_rejected_and_no_order_of_theirs_counts() {
    let (ten, twenty) = (format!("1{}", "0".repeat(40)), format!("2{}", "0".repeat(40)));
    let cases = [
        (twenty.as_str(), ten.as_str(), "1000", "now_s"),
        (&ten, "5", &ten[..40], "now_s"),
        (&ten, &ten, "0", "now_s"),
        ("5", &ten, "60", "measured_s"),
        ("5", "5", &ten, "max_age_s"),
        ("5", "5", "-1", "max_age_s"),
        ("1000000000001", "5", "60", "now_s"),
        ("5", "-1000000000001", "60", "measured_s"),
        ("1000000000000000000000000000000", "null", "null", "now_s"),
        ("null", "null", "1000000000001", "max_age_s"),
    ];
    let aged = |now_s: &str, measured_s: &str, max_age_s: &str| {
        let times = format!(r#"{{"now_s":{now_s},"measured_s":{measured_s},"max_age_s":{max_age_s},"#);
        let (code, stdout, stderr) = ask(&question().to_string().replacen('{', &times, 1));
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str::<Value>(&stdout).expect("JSON")
    };
    for (now_s, measured_s, max_age_s, name) in cases {
        let answer = aged(now_s, measured_s, max_age_s);
        assert_eq!((&answer["outcome"], &answer["reason"]), (&json!("REJECTED"), &json!("INVALID_REQUEST")));
        assert_eq!(answer["subject"], Value::Null);
        let detail = answer["detail"].as_str().expect("a sentence");
        assert!(detail.starts_with(&format!("{name} is ")), "{detail}");
    }
    let most = "1000000000000";
    assert_eq!(aged(most, most, "0")["outcome"], "CURTAILED", "the bound itself is a moment");
    let stale = aged(most, "-1000000000000", most);
    let detail = format!("the requests were measured 2000000000000 s ago (at most {most} s are allowed)");
    assert_eq!((&stale["reason"], &stale["detail"]), (&json!("STALE_INPUT"), &json!(detail)));
}

#[test]
fn a_node_or_request_that_is_a_list_is_refused_with_its_place() {
    let node = r#"["s","site",null,5,null,null,null,null,null,null]"#;
    let request = r#"["p",10,null,null,null,null,null,null,null,null,null,null]"#;
    let cases = [
        (format!("{{\"nodes\":[\n{node}],\"requests\":[]}}"), "2:0"),
        (format!("{{\"nodes\":[],\n\"requests\":[ {request}]}}"), "2:13"),
        ("{\"nodes\":[],\"requests\":[7]}".to_owned(), "1:25"),
    ];
    for (text, place) in cases {
        let (code, stdout, stderr) = ask(&text);
        assert_eq!((code, stdout.as_str()), (65, ""), "{stderr}");
        assert!(stderr.contains(&format!("standard input:{place}: ")), "{stderr}");
        assert!(stderr.contains("expected an object with named values"), "{stderr}");
    }
}

#[test]
fn null_stands_for_what_is_left_out_as_the_schema_says() {
    let (_, stdout, _) = depotsim(&["balance", "--schema"]);
    let schemas: Value = serde_json::from_str(&stdout).expect("JSON");
    let fields = schemas["input"]["properties"].as_object().expect("fields");
    let required = schemas["input"]["required"].as_array().expect("a list");
    assert_eq!(required, &[json!("nodes"), json!("requests")]);
    for name in fields.keys().filter(|name| !required.contains(&json!(name))) {
        let (mut left_out, mut null) = (question(), question());
        left_out.as_object_mut().expect("an object").remove(name);
        null[name] = Value::Null;
        assert_eq!(answer(&null), answer(&left_out), "{name}");
    }
}

#[test]
fn bad_json_is_exit_65_with_line_and_column() {
    let good = question().to_string();
    let cases = [
        (good.replace("40000", "40000.5"), "40000.5"),
        (good.replace("40000", "\"40 kW\""), "40 kW"),
        (good.replace("40000", "4e4"), "4e4"),
        (good.replace("\"nodes\"", "\"knots\""), "knots"),
        (good.replace("grid_connection", "windmill"), "windmill"),
        (good.replace("fair-share", "fairest"), "branch-fair"),
        (good.replace("\"nodes\"", r#""\u001b[2J\n""#), r"unknown field `\u{1b}[2J\n`"),
        (good.replace("fair-share", r"\u009b31m"), r"\u{9b}31m"),
        (String::new(), "the input is empty"),
        ("[".repeat(100_000), "found a list"),
        (good[..good.len() / 2].to_owned(), "standard input:1:"),
    ];
    for (text, mentions) in cases {
        let (code, stdout, stderr) = ask(&text);
        assert_eq!((code, stdout.as_str()), (65, ""), "{stderr}");
        assert!(stderr.contains(mentions) && stderr.contains("standard input:"), "{mentions}: {stderr}");
        assert!(!stderr.trim_end().contains(char::is_control), "one line: {stderr:?}");
    }
}

#[test]
fn a_file_that_is_no_utf_8_is_told_with_its_place_like_other_mistakes() {
    let scratch = folder();
    let path = scratch.path().join("cycle.json");
    let utf_16: Vec<u8> =
        [0xfeff].into_iter().chain("{}".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    std::fs::write(&path, utf_16).expect("a file");
    let path = path.to_str().expect("a path");
    let (code, stdout, stderr) = depotsim(&["balance", path]);
    let expected = format!("depotsim: {path}:1:1: byte 0xff is not UTF-8 (save the file as UTF-8)\n");
    assert_eq!((code, stdout.as_str(), stderr), (65, "", expected));
}

#[test]
fn a_file_is_read_like_standard_input() {
    let scratch = folder();
    let path = scratch.path().join("cycle.json");
    std::fs::write(&path, question().to_string()).expect("a file");
    let (code, stdout, _) = depotsim(&["balance", path.to_str().expect("a path")]);
    assert_eq!((code, stdout), (0, ask(&question().to_string()).1));
}

#[test]
fn the_schemas_of_question_and_answer_are_printed() {
    let (code, stdout, _) = depotsim(&["balance", "--schema"]);
    let schemas: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(code, 0);
    for side in ["input", "output"] {
        assert_eq!(schemas[side]["type"], "object", "{side}");
    }
    assert!(schemas["input"]["properties"]["requests"].is_object());
    assert!(schemas["output"]["properties"]["setpoints"].is_object());
}
