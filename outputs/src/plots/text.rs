//! How wide texts are, so that they can be placed without asking a font: the widths of Helvetica and Arial, which the figures ask for.

/// Widths of the characters from space to `~`, in thousandths of the font's size.
#[rustfmt::skip]
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
];

/// The same of their bold letters.
#[rustfmt::skip]
const BOLD_WIDTHS: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, // 0 to ?
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, // P to _
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, // ` to o
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, // p to ~
];

/// Most letters of other scripts are no wider than they are high.
const OTHER_WIDTH: u16 = 1000;

/// About how wide a text is \[px\], with a little room for bold letters; and for wider fonts, where the text cannot be made as wide as it is in those
/// that are asked for.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let thousandths: u64 = text.chars().map(width).sum();
    let is_known = text.chars().all(|c| known_width(&WIDTHS, c).is_some());
    thousandths as f64 * size * if is_known { 1.06 } else { 1.3 } / 1000.0
}

/// How wide a text is in the fonts that are asked for \[px\], so that it can be made as wide where they are missing; `None` where it has characters
/// whose width is not known.
pub(super) fn width_in_font(text: &str, size: f64, is_bold: bool) -> Option<f64> {
    let widths = if is_bold { &BOLD_WIDTHS } else { &WIDTHS };
    // Spaces in a row are drawn as one, and those at the ends not at all.
    let words: Vec<&str> = text.split_whitespace().collect();
    let spaces = words.len().saturating_sub(1) as u64 * u64::from(widths[0]);
    let letters = words.iter().flat_map(|word| word.chars()).map(|c| known_width(widths, c));
    let thousandths = letters.sum::<Option<u64>>()? + spaces;
    Some(thousandths as f64 * size / 1000.0)
}

fn width(c: char) -> u64 {
    known_width(&WIDTHS, c).unwrap_or(OTHER_WIDTH.into())
}

fn known_width(widths: &[u16; 95], c: char) -> Option<u64> {
    let ix = (c as usize).checked_sub(' ' as usize)?;
    widths.get(ix).copied().map(u64::from)
}

/// The text, cut to fit a width \[px\].
pub(super) fn fitted(text: &str, size: f64, width_px: f64) -> String {
    // No character is narrower than a fifth of the size: what is far too long is not measured to its end.
    let chars_max = (width_px.max(0.0) * 6.0 / size) as usize + 3;
    if text.chars().nth(chars_max).is_none() && text_width(text, size) <= width_px {
        return text.to_owned();
    }
    let room = width_px - text_width("..", size);
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) > room {
            kept.pop();
            break;
        }
    }
    format!("{}..", kept.trim_end())
}

/// The text in lines that fit a width \[px\], broken at spaces; what is beyond the last line is cut.
pub(super) fn wrapped(text: &str, size: f64, width_px: f64, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let is_last = lines.len() >= lines_max;
        match lines.last_mut() {
            Some(line) if is_last || text_width(&format!("{line} {word}"), size) <= width_px => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| fitted(line, size, width_px)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_in_the_font_is_that_of_its_letters_and_single_spaces() {
        // Helvetica's k is 500 and its W 944 wide, in bold 556 and 944; a space is 278.
        assert_eq!(width_in_font("kW", 10.0, false), Some(14.44));
        assert_eq!(width_in_font("  k  W ", 10.0, false), Some(17.22));
        assert_eq!(width_in_font("k W", 10.0, true), Some(17.78));
        assert_eq!(width_in_font("kW \u{96fb}", 10.0, false), None);
    }

    #[test]
    fn long_texts_are_cut_to_their_place() {
        assert_eq!(fitted("short", 10.0, 100.0), "short");
        let cut = fitted(&"x".repeat(10_000), 10.0, 58.0);
        assert_eq!(cut, "xxxxxxxxx..");
        assert!(text_width(&cut, 10.0) <= 58.0);
        assert_eq!(fitted("anything", 10.0, 0.0), "..");
    }

    #[test]
    fn notes_are_wrapped_at_spaces_and_only_the_last_line_is_cut() {
        assert_eq!(wrapped("a few words", 10.0, 200.0, 3), ["a few words"]);
        assert_eq!(wrapped("one two three four five six", 10.0, 50.0, 2), ["one two", "three fou.."]);
        assert_eq!(wrapped("INVALID_TOPOLOGY", 10.0, 50.0, 2), ["INVALID.."]);
    }

    #[test]
    fn narrow_letters_need_less_room_than_wide_ones() {
        assert!(text_width("iiii", 12.0) < text_width("WWWW", 12.0) / 3.0);
        // A letter of a script that is not in the table counts as a full square.
        assert!(text_width("\u{8ECA}", 10.0) >= 10.0);
    }
}
