//! Which brackets are open at a place of a text, without understanding anything else of it.

/// More than any scenario needs; `ron` would go deeper, and each level costs time.
pub(crate) const DEPTH_MAX: usize = 12;

/// A bracket that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) bracket: char,
    pub(crate) at: usize,
}

/// The brackets that are open at byte `end`, outermost first; strings and comments do not count. Stops where it gets too deep.
pub(crate) fn open_at(text: &str, end: usize) -> Vec<Open> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut at = 0;
    while at < end {
        at = match bytes[at] {
            b'"' => after_string(bytes, at),
            b'r' if is_raw_string(bytes, at) => after_raw_string(bytes, at),
            b'\'' => after_character(text, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => after_line(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => after_block_comment(bytes, at),
            bracket @ (b'(' | b'[' | b'{') => {
                open.push(Open { bracket: char::from(bracket), at });
                if open.len() > DEPTH_MAX {
                    return open;
                }
                at + 1
            }
            b')' | b']' | b'}' => {
                open.pop();
                at + 1
            }
            _ => at + 1,
        };
    }
    open
}

/// The last text in quotes that ends before byte `end`, quotes included.
pub(crate) fn last_text(text: &str, end: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut last) = (0, None);
    while at < end {
        at = match bytes[at] {
            b'"' => {
                let after = after_string(bytes, at);
                last = Some(at..after).filter(|text| text.end <= end).or(last);
                after
            }
            b'r' if is_raw_string(bytes, at) => after_raw_string(bytes, at),
            b'\'' => after_character(text, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => after_line(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => after_block_comment(bytes, at),
            _ => at + 1,
        };
    }
    last
}

/// Where the text in quotes begins that never ends.
pub(crate) fn unclosed_text(text: &str) -> Option<usize> {
    let last = last_text(text, text.len())?;
    (!is_closed(text, &last)).then_some(last.start)
}

/// Whether a text that reaches to the end of all does so with a quote of its own.
fn is_closed(text: &str, quoted: &std::ops::Range<usize>) -> bool {
    let content = &text[quoted.start + 1..quoted.end];
    let backslashes = |before: &str| before.len() - before.trim_end_matches('\\').len();
    content.strip_suffix('"').is_some_and(|before| backslashes(before) % 2 == 0)
}

/// Skips white space and comments from byte `at` on.
pub(crate) fn after_blank(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let rest = &text[at..];
        at = match rest.chars().next() {
            // Those that ron takes for white space.
            Some(c) if c.is_whitespace() || c == '\u{200E}' || c == '\u{200F}' => at + c.len_utf8(),
            Some('/') if rest.starts_with("//") => after_line(bytes, at),
            Some('/') if rest.starts_with("/*") => after_block_comment(bytes, at),
            _ => return at,
        };
    }
    at
}

fn after_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |length| at + length + 1)
}

/// Block comments nest.
fn after_block_comment(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_u32;
    while at < bytes.len() {
        match &bytes[at..bytes.len().min(at + 2)] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_raw_string(bytes: &[u8], at: usize) -> bool {
    let is_within_word =
        at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_' || bytes[at - 1] >= 0x80);
    let hashes = bytes[at + 1..].iter().take_while(|&&byte| byte == b'#').count();
    !is_within_word && bytes.get(at + 1 + hashes) == Some(&b'"')
}

fn after_raw_string(bytes: &[u8], at: usize) -> usize {
    let hashes = bytes[at + 1..].iter().take_while(|&&byte| byte == b'#').count();
    let mut end = vec![b'"'];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let begin = at + hashes + 2;
    bytes[begin.min(bytes.len())..]
        .windows(end.len())
        .position(|window| window == end)
        .map_or(bytes.len(), |length| begin + length + end.len())
}

fn after_character(text: &str, at: usize) -> usize {
    let mut characters = text[at + 1..].char_indices();
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((escaped, c))) => {
            let begin = at + 1 + escaped + c.len_utf8();
            text[begin..].find('\'').map_or(text.len(), |length| begin + length + 1)
        }
        (Some(_), Some((close, '\''))) => at + 1 + close + 1,
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        for (text, expected) in [
            ("(a: [1, 2], b: (", "(("),
            (r##"(a: "([", b: r#"("["#, c: '[', d: '\'', e: ["##, "(["),
            ("( /* ( /* [ */ ( */ // [\n [", "(["),
            ("(a: 1)", ""),
            ("\"(", ""),
        ] {
            let open: String = open_at(text, text.len()).iter().map(|open| open.bracket).collect();
            assert_eq!(open, expected, "{text}");
        }
        assert_eq!(open_at(&"[".repeat(10_000_000), 10_000_000).len(), DEPTH_MAX + 1);
    }
}
