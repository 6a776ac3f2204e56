//! `datapackage.json`: every CSV file of a pack with the type and meaning of each column, as Frictionless Data describe them
//! (Data Package 1, `tabular-data-package`).

use crate::hashing::FileDigest;
use crate::manifest::RunIdentity;
use crate::{digest, tables};
use serde_json::{Value, json};

/// The bytes of `datapackage.json` for a pack whose files are `files`; those that are no CSV are left out. Of the recorded visits, whose columns
/// depend on what they have, `visits_columns` is the header.
///
/// # Errors
/// None in practice: the content is plain text and integers.
pub fn datapackage_json(
    run: &RunIdentity,
    title: &str,
    files: &[FileDigest],
    visits_columns: &str,
) -> Result<String, serde_json::Error> {
    let mut files: Vec<&FileDigest> = files.iter().collect();
    files.sort();
    let resources: Vec<Value> = files.into_iter().filter_map(|file| resource(file, visits_columns)).collect();
    let package = json!({
        "profile": "tabular-data-package",
        "name": run.scenario.to_lowercase(),
        "title": title,
        "description": format!(
            "A depotsim run of {} with seed {}, {} under {} control",
            run.scenario, run.seed, run.strategy, run.control
        ),
        "version": run.version,
        "resources": resources,
    });
    Ok(serde_json::to_string_pretty(&package)? + "\n")
}

fn resource(file: &FileDigest, visits_columns: &str) -> Option<Value> {
    let others = [("tick-digests.csv", digest::COLUMNS), (RECORDED_VISITS, visits_columns)];
    let columns = tables::TABLES
        .iter()
        .chain(&others)
        .find(|(name, _)| *name == file.name)
        .map(|(_, columns)| *columns)?;
    let fields: Vec<Value> = columns.split(',').map(|column| field(&file.name, column)).collect();
    Some(json!({
        "name": file.name.trim_end_matches(".csv"),
        "path": file.name,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": format!("sha256:{}", file.sha256),
        "schema": { "fields": fields, "missingValues": [""] },
    }))
}

fn field(file: &str, column: &str) -> Value {
    let (kind, description) = COLUMNS
        .iter()
        .find(|(of, name, ..)| (of.is_empty() || *of == file) && *name == column)
        .map_or(("string", ""), |(_, _, kind, description)| (*kind, *description));
    match kind {
        "datetime" => {
            json!({ "name": column, "type": kind, "format": "any", "description": description })
        }
        _ => json!({ "name": column, "type": kind, "description": description }),
    }
}

const RECORDED_VISITS: &str = "recording-visits.csv";

/// File (empty for any), column, type, meaning. What stands for one file comes before what stands for any.
const COLUMNS: &[(&str, &str, &str, &str)] = &[
    ("tick-digests.csv", "cycle", "string", "digest of the newest cycle, 16 hexadecimal digits"),
    ("tick-digests.csv", "nodes", "string", "digest of the nodes' columns"),
    ("tick-digests.csv", "connectors", "string", "digest of the connectors' columns"),
    ("tick-digests.csv", "state", "string", "digest of stays, events and breaches"),
    (RECORDED_VISITS, "connector", "string", "the connector that it must have; empty for any"),
    (
        RECORDED_VISITS,
        "home",
        "string",
        "the charge point or connector that it is sent near to; empty for none",
    ),
    ("", "vehicle_type", "string", "the vehicle's type, with its battery and curve"),
    ("", "target_soc_pct", "number", "state of charge at which charging stops, in percent"),
    ("", "energy_kwh", "number", "metered energy that it asks for, in kWh"),
    ("", "needs_kwh", "number", "what its next block needs, in kWh; empty for the target"),
    ("", "plug_in_delay", "string", "time between arrival and asking for a connector"),
    ("", "tier", "integer", "priority, lower first"),
    (
        "",
        "arrival_energy_j",
        "integer",
        "energy in the battery on arrival, in J, where the percentage does not say it exactly",
    ),
    (
        "",
        "target_energy_j",
        "integer",
        "energy at which charging stops, in J, where the percentage does not say it exactly",
    ),
    ("", "weight", "integer", "share beside others; empty for the connector's"),
    ("", "told_departure", "datetime", "when the balancer is told that it leaves; empty for the truth"),
    ("", "unplugged", "datetime", "when its plug is pulled in mid-charge; empty for never"),
    ("", "no_show", "boolean", "whether it never comes; empty for no"),
    ("", "precondition_kw", "number", "what its cabin draws before it leaves, in kW"),
    ("", "precondition_time", "string", "for how long before it leaves"),
    ("", "demand_signal", "string", "what the balancer is told of its demand; empty for the scenario's word"),
    ("cycles.csv", "limit_kw", "number", "effective limit of the constraining node, in kW"),
    (
        "cycles.csv",
        "demand_kw",
        "number",
        "what the constraining node's children could take within their limits, in kW",
    ),
    ("cycles.csv", "allocated_kw", "number", "what was granted below the constraining node, in kW"),
    (
        "connectors.csv",
        "demand_kw",
        "number",
        "what the vehicle asked for: the most it can take until the next cycle, or what is told of it, in kW",
    ),
    ("connectors.csv", "limit_kw", "number", "the connector's own effective limit, in kW; empty for none"),
    ("connectors.csv", "measured_kw", "number", "what the connector drew, in kW"),
    ("", "t_s", "integer", "seconds from the start"),
    ("", "time", "datetime", "the same as RFC 3339 with the depot's offset"),
    ("", "cycle", "integer", "number of the cycle, from 0"),
    ("", "outcome", "string", "APPLIED, CURTAILED or REJECTED"),
    ("", "reason", "string", "reason code"),
    ("", "constraining_node", "string", "the node that withheld most; empty unless curtailed"),
    ("", "limit_source", "string", "which limit is the effective one"),
    ("", "limit_kw", "number", "effective limit, in kW, base load included; empty for none"),
    ("", "demand_kw", "number", "sum of what the children could take within their limits, in kW"),
    ("", "raw_demand_kw", "number", "what vehicles ask for, in kW"),
    ("", "allocated_kw", "number", "sum of the setpoints below, in kW"),
    (
        "",
        "withheld_kw",
        "number",
        "what the constraining node withheld, in kW: by its limit, or, where the reason is MINIMUM_POWER, by pausing",
    ),
    (
        "",
        "curtailed_count",
        "integer",
        "controlled assets that got less than their demand: connectors, or charge points where those are controlled",
    ),
    (
        "",
        "paused_count",
        "integer",
        "connectors whose minimum power the cycle did not grant; 0 in rejected cycles, which pause nobody",
    ),
    ("", "site_demand_kw", "number", "what the site's children could take within their limits, in kW"),
    ("", "site_allocated_kw", "number", "what was granted on the site, in kW"),
    ("", "site_measured_kw", "number", "the site's meter, base load included, in kW"),
    ("", "subject", "string", "the visit, node or request that it is about"),
    ("", "detail", "string", "a phrase for people"),
    ("", "node", "string", "id of the node"),
    ("", "kind", "string", "site, grid_connection, charger_circuit or charge_point"),
    ("", "parent", "string", "id of the node above; empty for the site"),
    (
        "",
        "base_load_kw",
        "number",
        "metered power that does not charge vehicles, of the node and all below, in kW",
    ),
    ("", "ev_limit_kw", "number", "what is left for charging, in kW; empty for no limit"),
    ("", "measured_kw", "number", "the meter, base load included, in kW"),
    ("", "binding", "boolean", "whether its limit withheld power in the newest cycle"),
    ("", "breach", "boolean", "whether measured power is above the effective limit"),
    ("", "connector", "string", "id of the connector"),
    ("", "charge_point", "string", "id of its charge point"),
    ("", "charger_circuit", "string", "id of the nearest circuit above it"),
    ("", "vehicle", "string", "id of the vehicle; empty for none"),
    ("", "state", "string", "state in the words of OCPP 1.6"),
    ("", "soc_pct", "number", "state of charge at the tick's end, in percent"),
    ("", "setpoint_kw", "number", "the most that it may draw, in kW"),
    (
        "",
        "constrained_by",
        "string",
        "the node that keeps it below its demand; empty for none, and where what is held or the fallback power of a rejected cycle does",
    ),
    ("", "visit", "string", "id of the visit"),
    ("", "arrival", "datetime", "when it arrives"),
    ("", "plugged_in", "datetime", "when it was plugged in; empty if never"),
    ("", "departure", "datetime", "when it is to leave"),
    ("", "battery_kwh", "number", "usable capacity, in kWh"),
    ("", "soc_arrival_pct", "number", "state of charge on arrival, in percent"),
    ("", "soc_target_pct", "number", "state of charge at which charging stops, in percent"),
    ("", "soc_departure_pct", "number", "state of charge when it left, or when the run ended, in percent"),
    ("", "delivered_kwh", "number", "metered energy that it took, in kWh"),
    ("", "shortfall_kwh", "number", "what the battery lacks of what makes it ready, in kWh"),
    ("", "ready", "boolean", "whether it had what makes it ready"),
    ("", "ready_at", "datetime", "since when; empty if never"),
    ("", "margin_min", "integer", "whole minutes from ready to departure"),
    (
        "",
        "paused_s",
        "integer",
        "seconds for which cycles withheld its minimum power; rejected cycles and outages do not count",
    ),
    ("", "main_constraint", "string", "the node that withheld most energy from it; empty for none"),
    ("", "event", "string", "what happened"),
    ("", "start", "datetime", "when it began"),
    ("", "end", "datetime", "when it ended"),
    ("", "duration_s", "integer", "how long it took, in seconds"),
    ("", "peak_over_kw", "number", "largest excess, in kW"),
    ("", "energy_over_kwh", "number", "energy above the limit, in kWh"),
    ("", "cause", "string", "what brought it about"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_table_has_a_type_and_a_meaning() {
        for (file, columns) in tables::TABLES.into_iter().chain([("tick-digests.csv", digest::COLUMNS)]) {
            let described = resource(&FileDigest::of_bytes(file, b""), "").expect("a table");
            let fields = described["schema"]["fields"].as_array().expect("fields");
            assert_eq!(fields.len(), columns.split(',').count());
            for field in fields {
                assert_ne!(field["description"], "", "{file}: {field}");
            }
        }
    }
}
