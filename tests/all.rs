//! The black-box tests as one program, of which each file is a part: linked one by one, they took longer to link than to run.
//!
//! `cargo test --test all golden::` runs those of one file. Programs of their own are `browser` and `slurm`, which need what not every machine has,
//! and `crash`, which kills runs and minds who else keeps the processors busy.

mod architecture;
mod asking;
mod balance;
mod behaviours;
mod campus;
mod causes;
mod charger_faults;
mod checks;
mod corruptions;
mod demand_signals;
mod derived_again;
mod diff;
mod doubts;
mod explain;
mod explain_nodes;
mod flat;
mod golden;
mod hunt;
mod library;
mod malformed;
mod messages;
mod odd_places;
mod orders;
mod queue;
mod readme;
mod reference_packs;
mod replay;
mod review;
mod review_story;
mod run;
mod site_faults;
mod stability;
mod summary;
mod summary_tables;
mod support;
mod sweep;
mod topology;
mod verify;
mod wa_pta;
