//! Reading `review.html`.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A row of a table, by the names of its columns.
pub type Row = BTreeMap<String, String>;

pub fn page(pack: &Path) -> String {
    fs::read_to_string(pack.join("review.html")).expect("review.html")
}

/// The cells of the first table of a section: of a time its RFC 3339, of anything else its text.
pub fn cells(page: &str, section: &str) -> Vec<Vec<String>> {
    let start = page.find(&format!("<section id=\"{section}\"")).expect("the section");
    let body = &page[start..];
    let body = &body[..body.find("</section>").expect("its end")];
    let Some(start) = body.find("<tbody>") else { return Vec::new() };
    let body = &body[start..body.find("</tbody>").expect("its end")];
    let rows = body.split("<tr").skip(1);
    rows.map(|row| row.split(['\n']).collect::<String>())
        .map(|row| row.replace("<th ", "<td ").split("<td").skip(1).map(cell).collect())
        .collect()
}

/// The same by the names of the columns.
pub fn named_cells(page: &str, section: &str) -> Vec<Row> {
    let start = page.find(&format!("<section id=\"{section}\"")).expect("the section");
    let body = &page[start..start + page[start..].find("</section>").expect("its end")];
    let head =
        body.split("<thead>").nth(1).and_then(|rest| rest.split("</thead>").next()).unwrap_or_default();
    let names: Vec<String> = head.split("<th ").skip(1).map(cell).collect();
    let rows = cells(page, section).into_iter();
    rows.inspect(|row| assert_eq!(row.len(), names.len(), "{section}"))
        .map(|row| names.iter().cloned().zip(row).collect())
        .collect()
}

/// The text of a piece of HTML that begins within a tag; of times the RFC 3339.
pub fn cell(html: &str) -> String {
    let mut html = html.to_owned();
    while let Some((before, after)) = html.split_once("<time datetime=\"") {
        let (time, after) = after.split_once('"').expect("a time");
        let (_, after) = after.split_once("</time>").expect("its end");
        html = format!("{before}{time}{after}");
    }
    let mut text = String::new();
    let mut is_tag = true;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => is_tag = false,
            letter if !is_tag => text.push(letter),
            _ => {}
        }
    }
    let escapes = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    escapes.iter().fold(text, |text, (from, to)| text.replace(from, to)).trim().to_owned()
}

/// What stands in an element of the page with this id, without markup; of times the RFC 3339.
pub fn told_in(page: &str, id: &str) -> String {
    let (_, rest) = page.split_once(&format!(" id=\"{id}\">")).expect("the element");
    let end = ["</dd>", "</p>"].iter().filter_map(|end| rest.find(end)).min().expect("its end");
    cell(&format!(">{}", &rest[..end]))
}

/// What the page's script reads.
pub fn embedded(page: &str) -> Value {
    let rest = page.split("id=\"run-data\">").nth(1).expect("the data");
    serde_json::from_str(rest.split("</script>").next().expect("its end")).expect("JSON")
}
