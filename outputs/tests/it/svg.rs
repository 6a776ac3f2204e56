//! Reads figures back: just enough of SVG for tests.

/// A place in units of the drawing, which are half pixels.
type Place = (f64, f64);

/// The value of an attribute of an element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn elements<'a>(svg: &'a str, tag: &'a str) -> impl Iterator<Item = &'a str> {
    svg.lines().filter(move |line| line.strip_prefix('<').is_some_and(|line| line.starts_with(tag)))
}

fn points(element: &str) -> Vec<Place> {
    let pairs = attribute(element, "points").unwrap_or_default().split_whitespace();
    let place = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    pairs.map(place).collect()
}

/// The outlines of filled polygons of a colour.
pub(crate) fn polygons(svg: &str, color: &str) -> Vec<Vec<Place>> {
    elements(svg, "polygon").filter(|element| attribute(element, "fill") == Some(color)).map(points).collect()
}

/// The points of lines of a colour.
pub(crate) fn polylines(svg: &str, color: &str) -> Vec<Vec<Place>> {
    elements(svg, "polyline")
        .filter(|element| attribute(element, "stroke") == Some(color))
        .map(points)
        .collect()
}

/// The colours of rectangles of a width \[units\], in order.
pub(crate) fn fills_of_width(svg: &str, width: u32) -> Vec<String> {
    let width = width.to_string();
    let wide = elements(svg, "rect").filter(|element| attribute(element, "width") == Some(&width));
    wide.filter_map(|element| attribute(element, "fill")).map(str::to_owned).collect()
}

/// Whether level strokes of a colour and width cover a place.
pub(crate) fn strokes_at(svg: &str, color: &str, width: u32, (x, y): Place) -> bool {
    let width = width.to_string();
    let mut paths = elements(svg, "path").filter(|element| {
        attribute(element, "stroke") == Some(color) && attribute(element, "stroke-width") == Some(&width)
    });
    paths.any(|element| {
        let strokes = attribute(element, "d").unwrap_or_default().split('M');
        strokes.filter(|stroke| !stroke.is_empty()).any(|stroke| {
            let (from, length) = stroke.split_once('h').unwrap();
            let (left, at) = from.split_once(' ').unwrap();
            let [left, at, length] = [left, at, length].map(|number| number.parse::<f64>().unwrap());
            at == y && (left..left + length).contains(&x)
        })
    })
}

/// The largest number among the texts that end at a place across \[px\]: the top of an axis.
pub(crate) fn largest_label(svg: &str, right_px: f64) -> f64 {
    let lines: Vec<&str> = svg.lines().collect();
    let x = format!("{}", right_px * 2.0);
    let labels = lines.windows(2).filter(|pair| {
        attribute(pair[0], "x") == Some(&x) && attribute(pair[0], "text-anchor") == Some("end")
    });
    labels.filter_map(|pair| pair[1].replace(',', "").parse().ok()).fold(0.0, f64::max)
}

/// What keeps a text from being well-formed XML, as far as figures can go wrong.
pub(crate) fn problem(svg: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some((text, after)) = rest.split_once('<') {
        if text.contains('>') {
            return Some(format!("a bare > in {text:?}"));
        }
        let Some((tag, after)) = after.split_once('>') else {
            return Some("a tag without an end".to_owned());
        };
        rest = after;
        if tag.matches('"').count() % 2 == 1 || tag.contains('<') {
            return Some(format!("a broken tag <{tag}>"));
        }
        let name = tag.split([' ', '/']).find(|part| !part.is_empty())?;
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes something else"));
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    let entities = svg.split('&').skip(1);
    let known = ["amp;", "lt;", "gt;", "quot;", "apos;"];
    let unknown = entities.filter(|entity| !known.iter().any(|known| entity.starts_with(known))).count();
    match (open.len(), unknown) {
        (0, 0) => None,
        (left, unknown) => Some(format!("{left} elements without an end, {unknown} unknown entities")),
    }
}
