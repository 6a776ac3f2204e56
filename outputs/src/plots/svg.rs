//! From shapes to SVG text. The only module that knows plotters: its SVG backend writes rectangles, areas, lines and texts.
//!
//! Nothing of plotters' charts is used: its ticks stand on `powf`, which differs between platforms, and its histogram on the order of a
//! hash map. Figures have no ids, classes or style sheets, so that several can stand in one HTML page.

use super::canvas::{Align, PlotError, Shape, printable};
use super::palette::Color;
use super::text::width_in_font;
use plotters::prelude::{
    DrawingBackend, FontDesc, FontFamily, FontStyle, RGBAColor, SVGBackend, ShapeStyle, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// plotters writes font sizes divided by this.
const PLOTTERS_FONT_DIVISOR: f64 = 1.24;

/// Fonts of one width are asked for by name, since labels are placed by it.
const FONTS: &str = "Helvetica, Arial, Liberation Sans, sans-serif";

/// Longest text alternative in characters; a title that goes on for pages helps nobody.
const ALTERNATIVE_MAX: usize = 1000;

/// The size of a figure in pixels, and in units of the drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) px: (u32, u32),
    pub(super) units: (u32, u32),
}

/// The SVG of shapes, later ones over earlier ones.
pub(super) fn written(
    shapes: &[Shape],
    size: Size,
    title: &str,
    description: &str,
) -> Result<String, PlotError> {
    let mut body = String::new();
    for group in shapes.chunk_by(|a, b| is_plotters(a) == is_plotters(b)) {
        match group {
            [Shape::Strokes(_), ..] => {
                for shape in group {
                    if let Shape::Strokes(strokes) = shape {
                        strokes.push_svg(&mut body);
                    }
                }
            }
            _ => body.push_str(&drawn(group, size.units)?),
        }
    }
    // The figure's own size, and words for those who cannot see what is shown.
    Ok(format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{}</title>\n<desc>{}</desc>\n{body}</svg>\n",
        size.px.0,
        size.px.1,
        size.units.0,
        size.units.1,
        escaped(title),
        escaped(description),
    ))
}

fn is_plotters(shape: &Shape) -> bool {
    !matches!(shape, Shape::Strokes(_))
}

/// What plotters writes for these shapes, without the frame of a document.
fn drawn(shapes: &[Shape], size: (u32, u32)) -> Result<String, PlotError> {
    let mut svg = String::new();
    let mut backend = SVGBackend::with_string(&mut svg, size);
    let failed = |error: &dyn std::fmt::Display| PlotError(error.to_string());
    for shape in shapes {
        draw(&mut backend, shape).map_err(|error| failed(&error))?;
    }
    backend.present().map_err(|error| failed(&error))?;
    drop(backend);
    let body = svg.split_once('\n').map_or("", |(_, body)| body);
    Ok(with_lengths(body.trim_end().trim_end_matches("</svg>"), shapes))
}

/// Says of each text how long it is: where the fonts are missing that labels are placed by, another is squeezed into their place.
fn with_lengths(body: &str, shapes: &[Shape]) -> String {
    const BEGIN: &str = "<text ";
    let lengths = shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, size, font, .. } => Some(width_in_font(text, *size, font.is_bold)),
        _ => None,
    });
    // No text holds the beginning of an element, since its brackets are escaped.
    let mut parts = body.split(BEGIN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    // A text too many would keep its own length; none may be lost.
    for (part, length) in parts.zip(lengths.chain(std::iter::repeat(None))) {
        out.push_str(BEGIN);
        if let Some(units) = length.map(f64::round).filter(|&units| units >= 1.0) {
            out.push_str(&format!("textLength=\"{units}\" lengthAdjust=\"spacingAndGlyphs\" "));
        }
        out.push_str(part);
    }
    out
}

fn draw(backend: &mut SVGBackend<'_>, shape: &Shape) -> Result<(), impl std::fmt::Display + use<>> {
    match shape {
        Shape::Rect { from, to, color } => backend.draw_rect(*from, *to, &rgba(*color), true),
        Shape::Area { outline, color } => backend.fill_polygon(outline.iter().copied(), &rgba(*color)),
        Shape::Line { points, width, color } => {
            let style = ShapeStyle { color: rgba(*color), filled: false, stroke_width: *width };
            backend.draw_path(points.iter().copied(), &style)
        }
        Shape::Text { text, place, size, font } => {
            let weight = if font.is_bold { FontStyle::Bold } else { FontStyle::Normal };
            let color = rgba(font.color);
            let h_pos = match font.align {
                Align::Left => HPos::Left,
                Align::Center => HPos::Center,
                Align::Right => HPos::Right,
            };
            let desc = FontDesc::new(FontFamily::Name(FONTS), size * PLOTTERS_FONT_DIVISOR, weight);
            let style = TextStyle::from(desc).color(&color).pos(Pos::new(h_pos, VPos::Center));
            backend.draw_text(text, &style, *place)
        }
        Shape::Strokes(_) => Ok(()),
    }
}

fn rgba(Color(r, g, b): Color) -> RGBAColor {
    RGBAColor(r, g, b, 1.0)
}

fn escaped(text: &str) -> String {
    let mut kept: String = text.chars().take(ALTERNATIVE_MAX).collect();
    if kept.len() < text.len() {
        kept.push_str("..");
    }
    printable(&kept).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Font, draw};
    use super::*;

    #[test]
    fn hostile_texts_cannot_leave_their_place() {
        let text = "<script>alert(1)</script>\u{0} \"x\" & ]]>";
        let svg = draw((10.0, 10.0), text, text, |canvas| {
            let font = Font { size: 12.0, is_bold: false, color: Color(0, 0, 0), align: Align::Left };
            canvas.text(text, (1.0, 1.0), font);
        });
        let svg = svg.unwrap();
        assert!(!svg.contains("<script>") && !svg.contains('\u{0}') && !svg.contains("]]>"), "{svg}");
        assert!(svg.starts_with("<svg width=\"10\" height=\"10\" viewBox=\"0 0 20 20\""), "{svg}");
        assert_eq!((svg.matches("<svg").count(), svg.matches("</svg>").count()), (1, 1));
    }

    #[test]
    fn every_text_says_how_long_it_is() {
        let svg = draw((10.0, 10.0), "t", "d", |canvas| {
            let font = Font { size: 10.0, is_bold: false, color: Color(0, 0, 0), align: Align::Left };
            canvas.text("kW", (1.0, 1.0), font);
            canvas.rect((0.0, 0.0), (1.0, 1.0), Color(1, 1, 1));
            canvas.text("\u{96fb}", (1.0, 1.0), font);
            canvas.text("<text k", (1.0, 1.0), Font { is_bold: true, ..font });
        });
        let svg = svg.unwrap();
        let texts: Vec<&str> = svg.split("<text ").skip(1).collect();
        // In units of half a pixel: (500 + 944) * 20 / 1000, and (584 + 333 + 556 + 556 + 333 + 278 + 556) * 20 / 1000.
        assert!(texts[0].starts_with("textLength=\"29\" lengthAdjust"), "{svg}");
        assert!(!texts[1].contains("textLength"), "{svg}");
        assert!(texts[2].starts_with("textLength=\"64\" lengthAdjust"), "{svg}");
        assert_eq!(texts.len(), 3, "{svg}");
    }

    #[test]
    fn shapes_keep_their_order() {
        let svg = draw((10.0, 10.0), "t", "d", |canvas| {
            canvas.rect((0.0, 0.0), (1.0, 1.0), Color(1, 1, 1));
            canvas.dashes(&[(0.0, 0.0), (5.0, 0.0)], (1.0, Color(2, 2, 2)));
            canvas.rect((0.0, 0.0), (1.0, 1.0), Color(3, 3, 3));
        });
        let svg = svg.unwrap();
        let places = ["#010101", "#020202", "#030303"].map(|color| svg.find(color).unwrap());
        assert!(places.is_sorted(), "{svg}");
    }
}
