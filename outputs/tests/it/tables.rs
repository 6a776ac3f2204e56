//! The CSV files: columns, formats, and which rows are written.

use crate::frame::{Frame, depot, realization, stay};
use outputs::{BreachesCsv, ConnectorsCsv, CyclesCsv, EventsCsv, NodesCsv, VisitsCsv};
use sim::Traces;
use sim::view::{ConstraintRecord, NO_NODE, NO_VISIT};
use sim::{
    Breach, BreachCause, Column, ConnectorState, CycleRecord, Event, EventKind, LimitSource, Observer,
    OutageKind, Outcome, Reason, RunEnd, Site, Stay, Why,
};
use std::io::Write;

const NO_END: RunEnd<'_> = RunEnd { t_s: 600, stays: &[], ended_breaches: &[], unmet_limits: &[] };

/// Shows the frames to a writer and returns its lines behind the header.
fn rows<O: Observer>(
    mut csv: O,
    frames: &[Frame],
    end: &RunEnd<'_>,
    into_inner: fn(O) -> Vec<u8>,
) -> Vec<String> {
    for frame in frames {
        csv.tick(&frame.view()).unwrap();
    }
    csv.end(end).unwrap();
    let text = String::from_utf8(into_inner(csv)).unwrap();
    assert!(text.ends_with('\n') && !text.contains("\r\n"));
    text.lines().skip(1).map(str::to_owned).collect()
}

fn curtailed() -> CycleRecord {
    CycleRecord {
        cycle: 7,
        t_s: 60,
        outcome: Outcome::Curtailed,
        reason: Reason::ChargerCircuitLimit,
        constraint: Some(ConstraintRecord {
            node: 2,
            is_pause: false,
            source: Some(LimitSource::SafeOperatingCapacity),
            limit_w: 320_000,
            demand_w: 300_000,
            allocated_w: 200_001,
            withheld_w: 99_999,
        }),
        curtailed_count: 2,
        paused_count: 1,
        site_demand_w: 300_000,
        site_allocated_w: 200_001,
        subject: None,
        detail: None,
    }
}

#[test]
fn cycles_have_one_row_each_with_the_constraint_and_the_meter_of_their_tick() {
    let rejected = CycleRecord {
        cycle: 8,
        t_s: 120,
        outcome: Outcome::Rejected,
        reason: Reason::InvalidLimit,
        constraint: None,
        curtailed_count: 0,
        paused_count: 0,
        site_demand_w: 0,
        site_allocated_w: 0,
        subject: Some("C1".into()),
        detail: Some("limit is negative, -1 W".into()),
    };
    let frame = |tick, cycle: CycleRecord, is_cycle_new| Frame {
        cycle: Some(cycle),
        is_cycle_new,
        node_measured_w: Column::of(vec![-1_500, 0, 0, 0]),
        ..Frame::at(tick)
    };
    let frames =
        [Frame::at(0), frame(1, curtailed(), true), frame(1, curtailed(), false), frame(2, rejected, true)];
    let csv = CyclesCsv::new(Vec::new(), &depot(), &realization(), &Site::of(&depot()));
    let expected = [
        "60,2026-03-04T16:01:00+08:00,7,CURTAILED,CHARGER_CIRCUIT_LIMIT,C1,safe_operating_capacity,320.000,300.000,\
         200.001,99.999,2,1,300.000,200.001,-1.500,,",
        "120,2026-03-04T16:02:00+08:00,8,REJECTED,INVALID_LIMIT,,,,,,,0,0,0.000,0.000,-1.500,C1,\
         \"limit is negative, -1 W\"",
    ];
    assert_eq!(rows(csv, &frames, &NO_END, CyclesCsv::into_inner), expected);
}

#[test]
fn nodes_have_a_row_per_tick_and_unlimited_ones_an_empty_limit() {
    let mut frame = Frame::at(1);
    frame.limit_w[2] = 320_000;
    frame.limit_source[2] = Some(LimitSource::OperatingEnvelope);
    frame.base_load_w[2] = -20_000;
    frame.ev_limit_w[2] = 340_000;
    frame.node_demand_w[2] = 150_000;
    frame.raw_demand_w[2] = 300_000;
    frame.allocated_w[2] = 149_999;
    frame.node_measured_w[2] = 129_999;
    frame.is_binding[2] = true;
    let csv = NodesCsv::new(Vec::new(), Traces::Full, &depot(), &realization(), &Site::of(&depot()));
    let expected = [
        "60,2026-03-04T16:01:00+08:00,S,site,,,,0.000,,0.000,0.000,0.000,0.000,false,false",
        "60,2026-03-04T16:01:00+08:00,GC1,grid_connection,S,,,0.000,,0.000,0.000,0.000,0.000,false,false",
        "60,2026-03-04T16:01:00+08:00,C1,charger_circuit,GC1,320.000,operating_envelope,-20.000,340.000,150.000,\
         300.000,149.999,129.999,true,false",
        "60,2026-03-04T16:01:00+08:00,P1,charge_point,C1,,,0.000,,0.000,0.000,0.000,0.000,false,false",
    ];
    assert_eq!(rows(csv, &[frame], &NO_END, NodesCsv::into_inner), expected);
}

#[test]
fn connectors_name_their_vehicle_and_what_constrains_them() {
    let frame = Frame::at(0).charge(1, 1, [150_000, 80_000, 79_999], 2);
    let csv = ConnectorsCsv::new(Vec::new(), Traces::Full, &depot(), &realization(), &Site::of(&depot()));
    let expected = [
        "0,2026-03-04T16:00:00+08:00,P1-1,P1,C1,,Available,,,0.000,0.000,0.000,",
        // A vehicle's id that a spreadsheet would calculate.
        "0,2026-03-04T16:00:00+08:00,P1-2,P1,C1,\"'=bus,8\",Charging,50.00,,150.000,80.000,79.999,C1",
    ];
    assert_eq!(rows(csv, &[frame], &NO_END, ConnectorsCsv::into_inner), expected);
}

#[test]
fn traces_of_changes_leave_out_rows_that_repeat_the_last_one_of_their_node() {
    let mut frames = [Frame::at(0), Frame::at(1), Frame::at(2), Frame::at(3)];
    frames[2].node_measured_w[1] = 5;
    frames[2].state[0] = ConnectorState::Faulted;
    let times = |rows: Vec<String>| -> Vec<String> {
        let cells = |row: &String| row.split(',').map(str::to_owned).collect::<Vec<_>>();
        rows.iter().map(|row| format!("{} {}", cells(row)[0], cells(row)[2])).collect()
    };
    let (depot, realization, site) = (depot(), realization(), Site::of(&depot()));
    let nodes = NodesCsv::new(Vec::new(), Traces::Changes, &depot, &realization, &site);
    let connectors = ConnectorsCsv::new(Vec::new(), Traces::Changes, &depot, &realization, &site);
    assert_eq!(
        times(rows(nodes, &frames, &NO_END, NodesCsv::into_inner)),
        ["0 S", "0 GC1", "0 C1", "0 P1", "120 GC1", "180 GC1"]
    );
    assert_eq!(
        times(rows(connectors, &frames, &NO_END, ConnectorsCsv::into_inner)),
        ["0 P1-1", "0 P1-2", "120 P1-1", "180 P1-1"]
    );
    let none = NodesCsv::new(Vec::new(), Traces::None, &depot, &realization, &site);
    assert!(rows(none, &frames, &NO_END, NodesCsv::into_inner).is_empty());
}

#[test]
fn visits_tell_energy_readiness_and_who_held_them_back_most() {
    // v1: C1 withholds 60 kW for one minute, GC1 30 kW for two: equal, so the one nearer the root.
    let held = |tick, node, setpoint_w| Frame::at(tick).charge(0, 0, [150_000, setpoint_w, setpoint_w], node);
    let frames = [held(0, 2, 90_000), held(1, 1, 120_000), held(2, 1, 120_000), held(3, NO_NODE, 150_000)];
    let ready = Stay {
        connector: 4,
        plugged_in_s: Some(0),
        left_s: Some(600),
        energy_j: 1_368_000_000,
        metered_j: 1_288_421_053,
        ready_s: Some(301),
        paused_s: 60,
        preconditioned_j: 0,
    };
    let end = RunEnd { t_s: 600, stays: &[ready, stay()], ended_breaches: &[], unmet_limits: &[] };
    let csv = VisitsCsv::new(Vec::new(), &depot(), &realization(), &Site::of(&depot()));
    let expected = [
        // 600 - 301 = 299 s are 4 whole minutes; 1,288,421,053 J are 357.894 kWh.
        "v1,bus-7,P1-1,2026-03-04T16:00:00+08:00,2026-03-04T16:00:00+08:00,2026-03-04T16:10:00+08:00,400.000,10.00,\
         95.00,95.00,357.894,0.000,true,2026-03-04T16:05:01+08:00,4,60,GC1",
        // It never found a connector: 85 % of 400 kWh are missing.
        "v2,\"'=bus,8\",,2026-03-04T16:00:30+08:00,,2026-03-04T16:15:00+08:00,400.000,10.00,95.00,10.00,0.000,\
         340.000,false,,,0,",
    ];
    assert_eq!(rows(csv, &frames, &end, VisitsCsv::into_inner), expected);
}

#[test]
fn events_name_their_subject_and_say_more_in_a_phrase() {
    let event = |kind, node, visit, power_w| Event::new(60, kind, node, visit, power_w);
    let because = |event, why| Event { why: Some(why), ..event };
    let frame = Frame {
        events: vec![
            event(EventKind::Arrived, NO_NODE, 0, None),
            event(EventKind::PluggedIn, 5, 1, None),
            event(EventKind::EnvelopeSet, 1, NO_VISIT, Some(800_000)),
            event(EventKind::EnvelopeEnded, 1, NO_VISIT, None),
            event(EventKind::BaseLoadChanged, 1, NO_VISIT, Some(-60_500)),
            because(event(EventKind::BreachBegan, 1, NO_VISIT, None), Why::Breach(BreachCause::BaseLoad)),
            event(EventKind::BreachEnded, 1, NO_VISIT, Some(12_000)),
            because(event(EventKind::OutOfService, 5, NO_VISIT, None), Why::Outage(OutageKind::Faulted)),
        ],
        ..Frame::at(1)
    };
    let csv = EventsCsv::new(Vec::new(), &depot(), &realization(), &Site::of(&depot()));
    let at = "60,2026-03-04T16:01:00+08:00";
    let expected = [
        format!("{at},arrived,v1,bus-7"),
        format!("{at},plugged_in,v2,\"'=bus,8 at P1-2\""),
        format!("{at},envelope_set,GC1,limit 800.000 kW"),
        format!("{at},envelope_ended,GC1,"),
        format!("{at},base_load_changed,GC1,base load -60.500 kW"),
        format!("{at},breach_began,GC1,BASE_LOAD"),
        format!("{at},breach_ended,GC1,at most 12.000 kW over"),
        format!("{at},out_of_service,P1-2,faulted"),
    ];
    assert_eq!(rows(csv, &[frame], &NO_END, EventsCsv::into_inner), expected);
}

#[test]
fn breaches_are_written_when_they_end_and_when_the_run_does() {
    let breach = |node, start_s, end_s, cause| Breach {
        node,
        start_s,
        end_s,
        peak_over_w: 12_345,
        energy_over_j: 7_200_000,
        cause,
    };
    let frame = Frame { ended_breaches: vec![breach(1, 0, 60, BreachCause::EnvelopeStep)], ..Frame::at(1) };
    let last = [breach(2, 120, 600, BreachCause::BaseLoad)];
    let end = RunEnd { t_s: 600, stays: &[], ended_breaches: &last, unmet_limits: &[] };
    let csv = BreachesCsv::new(Vec::new(), &depot(), &realization(), &Site::of(&depot()));
    let expected = [
        "GC1,2026-03-04T16:00:00+08:00,2026-03-04T16:01:00+08:00,60,12.345,2.000,ENVELOPE_STEP",
        "C1,2026-03-04T16:02:00+08:00,2026-03-04T16:10:00+08:00,480,12.345,2.000,BASE_LOAD",
    ];
    assert_eq!(rows(csv, &[frame], &end, BreachesCsv::into_inner), expected);
}

#[test]
fn a_full_disk_ends_the_run_and_names_the_file() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut csv = EventsCsv::new(Full, &depot(), &realization(), &Site::of(&depot()));
    let error = csv.end(&NO_END).unwrap_err().to_string();
    assert!(error.starts_with("cannot write events.csv: "), "{error}");
}

#[test]
fn headers_are_those_of_the_contract() {
    let (depot, realization, site) = (depot(), realization(), Site::of(&depot()));
    fn header<O: Observer>(mut csv: O, into_inner: fn(O) -> Vec<u8>) -> String {
        csv.end(&NO_END).unwrap();
        String::from_utf8(into_inner(csv)).unwrap()
    }
    let cases = [
        (
            header(CyclesCsv::new(Vec::new(), &depot, &realization, &site), CyclesCsv::into_inner),
            "t_s,time,cycle,outcome,reason,constraining_node,limit_source,limit_kw,demand_kw,allocated_kw,withheld_kw,\
             curtailed_count,paused_count,site_demand_kw,site_allocated_kw,site_measured_kw,subject,detail\n",
        ),
        (
            header(
                NodesCsv::new(Vec::new(), Traces::Full, &depot, &realization, &site),
                NodesCsv::into_inner,
            ),
            "t_s,time,node,kind,parent,limit_kw,limit_source,base_load_kw,ev_limit_kw,demand_kw,raw_demand_kw,\
             allocated_kw,measured_kw,binding,breach\n",
        ),
        (
            header(
                ConnectorsCsv::new(Vec::new(), Traces::Full, &depot, &realization, &site),
                ConnectorsCsv::into_inner,
            ),
            "t_s,time,connector,charge_point,charger_circuit,vehicle,state,soc_pct,limit_kw,demand_kw,setpoint_kw,\
             measured_kw,constrained_by\n",
        ),
        (
            header(VisitsCsv::new(Vec::new(), &depot, &realization, &site), VisitsCsv::into_inner),
            "visit,vehicle,connector,arrival,plugged_in,departure,battery_kwh,soc_arrival_pct,soc_target_pct,\
             soc_departure_pct,delivered_kwh,shortfall_kwh,ready,ready_at,margin_min,paused_s,main_constraint\n",
        ),
        (
            header(EventsCsv::new(Vec::new(), &depot, &realization, &site), EventsCsv::into_inner),
            "t_s,time,event,subject,detail\n",
        ),
        (
            header(BreachesCsv::new(Vec::new(), &depot, &realization, &site), BreachesCsv::into_inner),
            "node,start,end,duration_s,peak_over_kw,energy_over_kwh,cause\n",
        ),
    ];
    for (header, expected) in cases {
        assert_eq!(header, expected);
    }
}
