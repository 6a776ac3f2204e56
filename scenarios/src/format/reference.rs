//! The reference of the format, written from its types: every record with its fields, and an example of each.

use crate::bundled::bundled;
use crate::format::shape::{ChoiceShape, FieldShape, Shape, ShapeKind, scenario_shape};
use crate::text::tree::read::read;
use crate::text::tree::{Node, Value};
use std::fmt::Write;

/// A scenario that uses every record.
const EXAMPLES: &str = include_str!("../../reference.ron");

const INTRODUCTION: &str = "\
# The scenario format

<!-- Written from the types in scenarios/src by `BLESS=1 cargo test -p depotsim-scenarios --test reference`; do not edit. -->

A scenario is a file in [RON](https://github.com/ron-rs/ron): records in parentheses, `(name: value, ...)`, lists in brackets, texts in double
quotes, comments after `//`. It begins with `#![enable(implicit_some)]`. Names that no record has are refused. `depotsim init` writes a scenario to
begin with, `depotsim check` says what is wrong, `depotsim show` prints what is resolved.

- **Units** stand at the end of names: `_kw`, `_kwh`, `_pct`. Numbers are exact decimals.
- **Durations** are texts such as `\"60s\"`, `\"15min\"`, `\"1h30min\"`, `\"7d\"`.
- **Times** are `\"16:30\"` (the first such time from the moment that the context gives), `\"d2 04:30\"` (on the second day, the day of the start being the
  first) or `\"2026-03-05T04:30:00+08:00\"`.
- **Ids** consist of A-Z, a-z, 0-9, `_` and `-`, and are unique in their list; on a site, among all its records.
- **`repeat: 4`** in a record of the site makes four alike under each parent. In its `id`, `{n}` counts them within the parent, `{i}` counts over all, and
  `{parent}` is the parent's id. `parent: \"C*\"` means every node of the nearest kind above whose id begins with C.
- **Paths** name values for `--set PATH=VALUE` and in `provenance`: names of fields, ids of records (or their `node`, `vehicle`, `match` where they have no
  id), numbers from 1 for other entries, `*` for all of a list. Names such as `Generated` are not part of a path: `fleet.bus.count`,
  `site.charge_points.*.max_rating_kw`, `envelopes.evening.windows.1.limit_kw`. A name that several entries have means all of them: where bus `b1` comes
  three times, `fleet.b1.tier` is the tier of all three visits (which is told), and `fleet.2.tier` that of the second entry alone. A value is RON; a bare
  word, time or duration needs no quotes, and `None` leaves out what may be left out.
- **CSV files of site data** (`charge_points_csv: \"chargers.csv\"` and so on) have a column for each field that they say, in any order; an empty cell leaves the
  field out. `repeat` and patterns work as in RON.
";

/// The reference as Markdown.
pub fn format_reference() -> String {
    let mut sections = Vec::new();
    collect("", "", scenario_shape(), &mut sections);
    let mut text = INTRODUCTION.to_owned();
    for section in &sections {
        section.write(&mut text);
    }
    text
}

/// A record or a choice, and where it stands.
struct Section<'a> {
    title: String,
    paths: Vec<String>,
    shape: &'a Shape,
}

/// A type's name without what tells its instances apart.
fn title(name: &str) -> String {
    match name {
        "ScenarioFile" => "Scenario".into(),
        "SiteFile" => "Site".into(),
        _ => name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches("Record").to_owned(),
    }
}

fn collect<'a>(path: &str, outer: &str, shape: &'a Shape, sections: &mut Vec<Section<'a>>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut add = |title: String| {
        match sections.iter_mut().find(|section| section.title == title) {
            Some(section) => section.paths.push(path.to_owned()),
            None => sections.push(Section { title, paths: vec![path.to_owned()], shape }),
        };
    };
    match &shape.kind {
        ShapeKind::Value(_) => {}
        ShapeKind::List(item) => collect(&join("*"), outer, item, sections),
        ShapeKind::Tuple(parts) => parts.iter().for_each(|part| collect(path, outer, part, sections)),
        ShapeKind::Record(name, fields) => {
            add(if name.is_empty() { outer.to_owned() } else { title(name) });
            for field in fields {
                collect(&join(&field.name), &field.name, &field.shape, sections);
            }
        }
        ShapeKind::Choice(name, choices) => {
            let name = title(name);
            add(name.clone());
            for choice in choices {
                if let Some(content) = &choice.content {
                    collect(path, &format!("{name} {}", choice.name), content, sections);
                }
            }
        }
    }
}

impl Section<'_> {
    fn write(&self, text: &mut String) {
        let Self { title, paths, shape } = self;
        let paths: Vec<String> =
            paths.iter().filter(|path| !path.is_empty()).map(|path| format!("`{path}`")).collect();
        text.push_str(&format!("\n## {title}\n\n"));
        if !shape.doc.is_empty() {
            text.push_str(&format!("{}\n\n", shape.doc));
        }
        if !paths.is_empty() {
            text.push_str(&format!("Path: {}\n\n", paths.join(", ")));
        }
        match &shape.kind {
            ShapeKind::Record(name, fields) => {
                let is_columns = name == "Columns";
                text.push_str(
                    "| field | what may stand there | if left out | meaning |\n|---|---|---|---|\n",
                );
                for field in fields {
                    let doc = match field.doc.is_empty() && is_columns {
                        true => format!("What the file calls the `{}` of a [Visit](#visit).", field.name),
                        false => field.doc.clone(),
                    };
                    write_field(field, &doc, text);
                }
            }
            ShapeKind::Choice(_, choices) => {
                text.push_str("| name | in parentheses | meaning |\n|---|---|---|\n");
                choices.iter().for_each(|choice| write_choice(choice, text));
            }
            _ => {}
        }
        if let Some(example) =
            self.paths.first().filter(|path| !path.is_empty()).and_then(|path| self.example(path))
        {
            text.push_str(&format!("\n```ron\n{example}\n```\n"));
        }
    }

    /// What the first scenario that has one says at such a path.
    fn example(&self, path: &str) -> Option<String> {
        let texts = std::iter::once(EXAMPLES).chain(bundled().iter().map(|bundled| bundled.text));
        texts.into_iter().find_map(|text| {
            let root = read(0, text).ok()?;
            let mut values = Vec::new();
            collect_values(&root, path.split('.'), &mut values);
            let node = values.into_iter().find(|node| self.is_of_the_kind(node))?;
            Some(dedented(&text[node.range.start as usize..node.range.end as usize]))
        })
    }

    /// Whether a value is an example of this section.
    fn is_of_the_kind(&self, node: &Node) -> bool {
        match (&self.shape.kind, &node.value) {
            // What stands in a name's parentheses is shown with the name.
            (ShapeKind::Record(name, _), Value::Variant { name: said, .. }) => {
                name.is_empty() && self.title.ends_with(&format!(" {said}"))
            }
            (ShapeKind::Record(_, known), Value::Record(said)) => {
                said.iter().all(|field| known.iter().any(|known| known.name == field.name))
            }
            (ShapeKind::Choice(..), Value::Variant { .. }) => true,
            _ => false,
        }
    }
}

/// All values at a path, in the order of the file.
fn collect_values<'t>(root: &'t Node, mut path: std::str::Split<'_, char>, values: &mut Vec<&'t Node>) {
    let Some(segment) = path.next() else { return values.push(root) };
    match &root.inner().value {
        Value::List(items) | Value::Tuple(items) if segment == "*" => {
            items.iter().for_each(|item| collect_values(item, path.clone(), values));
        }
        _ => root.field(segment).into_iter().for_each(|node| collect_values(node, path.clone(), values)),
    }
}

/// A part of a file, its later lines as far left as its first.
fn dedented(text: &str) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let least = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or(0);
    let mut lines = text.lines();
    let mut shown = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let _ = write!(shown, "\n{}", line.get(least..).unwrap_or_default().trim_end());
    }
    shown
}

fn write_field(field: &FieldShape, doc: &str, text: &mut String) {
    let absent = match (&field.default, &field.shape.kind) {
        _ if field.is_required => "needed".to_owned(),
        (Some(default), ShapeKind::Choice(..)) => format!("`{}`", default.trim_matches('"')),
        (Some(default), _) => format!("`{default}`"),
        (None, ShapeKind::List(_)) => "none".to_owned(),
        (None, _) => "may be left out".to_owned(),
    };
    let line = format!("| `{}` | {} | {absent} | {} |\n", field.name, linked(&field.shape), doc);
    text.push_str(&line);
}

fn write_choice(choice: &ChoiceShape, text: &mut String) {
    let content = choice.content.as_ref().map(|content| match &content.kind {
        ShapeKind::Record(name, _) if name.is_empty() => "fields, see below".to_owned(),
        // Distributions are of times or of percentages, as the field that they stand in says.
        ShapeKind::Value(_) => "a value".to_owned(),
        ShapeKind::Tuple(parts) => format!("{} values", parts.len()),
        ShapeKind::List(item) if matches!(item.kind, ShapeKind::Tuple(_)) => {
            "a list of pairs, each in parentheses: a value and its weight".to_owned()
        }
        _ => linked(content),
    });
    text.push_str(&format!("| `{}` | {} | {} |\n", choice.name, content.unwrap_or_default(), choice.doc));
}

/// What may stand there, with a link to its section.
fn linked(shape: &Shape) -> String {
    let link = |name: &str| {
        let title = title(name);
        format!("[{title}](#{})", title.to_lowercase().replace(' ', "-"))
    };
    match &shape.kind {
        ShapeKind::Value(allowed) => allowed.clone(),
        ShapeKind::List(item) => format!("a list: {}", linked(item)),
        ShapeKind::Tuple(parts) => {
            format!("in parentheses: {}", parts.iter().map(linked).collect::<Vec<_>>().join("; "))
        }
        ShapeKind::Record(name, _) => link(name),
        ShapeKind::Choice(name, choices) => {
            let value = choices.iter().find_map(|choice| match &choice.content.as_ref()?.kind {
                ShapeKind::Value(allowed) => Some(format!(" of {allowed}")),
                _ => None,
            });
            format!("{}{}", link(name), value.unwrap_or_default())
        }
    }
}
