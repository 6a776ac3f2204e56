//! The reference of the format in `docs/` is the one that the types give.
//!
//! Protects readers from a reference that tells of fields that are gone. Bless it with `BLESS=1 cargo test -p depotsim-scenarios --test reference`.

use scenarios::format_reference;
use std::fs;
use std::path::Path;

#[test]
fn the_reference_is_what_the_types_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenario-format.md");
    let reference = format_reference();
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, &reference).expect("the reference");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == reference,
        "docs/scenario-format.md differs from the types (BLESS=1 cargo test -p depotsim-scenarios --test reference)"
    );
}

#[test]
fn the_scenarios_that_examples_are_taken_from_can_be_run() {
    for (name, text) in
        [("reference.ron", include_str!("../reference.ron")), ("starter.ron", include_str!("../starter.ron"))]
    {
        let result = scenarios::parse(name, text, &mut |file| match file {
            "workshop.csv" => Ok("time,power_kw\n06:00,3.5\n18:00,1\n".to_owned()),
            _ => Err(format!("there is no {file}")),
        });
        assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}

#[test]
fn every_record_of_the_reference_has_an_example() {
    let reference = format_reference();
    let sections: Vec<&str> = reference.split("\n## ").skip(2).collect();
    assert!(sections.len() > 15, "{}", sections.len());
    let title = |section: &&str| section.lines().next().unwrap_or_default().to_owned();
    let without: Vec<String> =
        sections.iter().filter(|section| !section.contains("```ron")).map(title).collect();
    assert!(without.is_empty(), "no example of {without:?}");
}
