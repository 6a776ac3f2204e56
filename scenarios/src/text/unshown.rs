//! Characters that nobody sees in a text, and that a terminal may obey: they would say something else than what is read.

use crate::error::Problems;
use crate::format::file::ScenarioFile;
use crate::site::site_file::{Charger, ChargerCircuit, GridConnection};
use crate::values::quantity::shown;

/// Whether a character is not shown, and changes how others are: controls, and marks that turn the direction of writing.
pub fn is_unshown(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is wrong with a text of one line; `None` if nothing is.
pub(crate) fn line_problem(text: &str) -> Option<String> {
    text.chars().find(|&c| is_unshown(c)).map(message)
}

/// What is wrong with a note, which may have several lines and tabs; `None` if nothing is.
pub(crate) fn note_problem(note: &str) -> Option<String> {
    // Each character with the one behind it: an end of line may be two of them.
    let with_next = note.chars().zip(note.chars().skip(1).map(Some).chain([None]));
    let is_allowed = |c, next| matches!((c, next), ('\n' | '\t', _) | ('\r', Some('\n')));
    with_next.filter(|&(c, next)| is_unshown(c) && !is_allowed(c, next)).map(|(c, _)| message(c)).next()
}

fn message(c: char) -> String {
    format!("it has the character U+{:04X}, which is not shown (leave it out)", u32::from(c))
}

/// Texts for people have what people can see; those of checks are looked at with these.
pub(crate) fn check_texts(file: &ScenarioFile, problems: &mut Problems) {
    if let Some(problem) = line_problem(&file.title) {
        problems.add("title", problem);
    }
    let mut note = |place: &dyn Fn() -> String, note: &str| {
        if let Some(problem) = note_problem(note) {
            problems.add(format!("{}.note", place()), problem);
        }
    };
    let site = &file.site;
    note(&|| "site".to_owned(), &site.note);
    let lists = (&site.grid_connections[..], &site.charger_circuits[..]);
    check_records("site", lists, [&site.charge_points, &site.connectors], &mut note);
    for (index, change) in file.site_changes.iter().enumerate() {
        let place = format!("site_changes.{}", index + 1);
        let lists = (&change.grid_connections[..], &change.charger_circuits[..]);
        check_records(&place, lists, [&change.charge_points, &change.connectors], &mut note);
    }
    for (index, record) in file.provenance.iter().enumerate() {
        note(&|| format!("provenance.{}", index + 1), &record.note);
    }
}

/// The notes of a site's records.
fn check_records(
    place: &str,
    (connections, circuits): (&[GridConnection], &[ChargerCircuit]),
    [charge_points, connectors]: [&Vec<Charger>; 2],
    note: &mut dyn FnMut(&dyn Fn() -> String, &str),
) {
    let connections = connections.iter().map(|record| ("grid_connections", &record.id, &record.note));
    let circuits = circuits.iter().map(|record| ("charger_circuits", &record.id, &record.note));
    let charge_points = charge_points.iter().map(|record| ("charge_points", &record.id, &record.note));
    let connectors = connectors.iter().map(|record| ("connectors", &record.id, &record.note));
    for (list, id, text) in connections.chain(circuits).chain(charge_points).chain(connectors) {
        note(&|| format!("{place}.{list}.{}", shown(id)), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_named_and_notes_may_have_lines() {
        let named = |c: &str| Some(format!("it has the character U+{c}, which is not shown (leave it out)"));
        for (text, of_line, of_note) in [
            ("Küche, 90 % – жук 車庫", None, None),
            ("مستودع", None, None),
            ("a\nb\tc\r\nd", named("000A"), None),
            ("a\rb", named("000D"), named("000D")),
            ("a\n\r", named("000A"), named("000D")),
            ("\u{1b}[2J", named("001B"), named("001B")),
            ("a\u{9b}31m", named("009B"), named("009B")),
            ("a\u{7f}", named("007F"), named("007F")),
            ("a\u{202e}b", named("202E"), named("202E")),
            ("a\u{2066}b\u{2069}", named("2066"), named("2066")),
        ] {
            assert_eq!((line_problem(text), note_problem(text)), (of_line, of_note), "{text:?}");
        }
    }
}
