//! Commands that are told to be copied.

/// A word as a shell takes it.
pub(crate) fn quoted(text: &str) -> String {
    // Windows has paths with backslashes, and shells that know no quotes like these.
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+%@".contains(c) || (cfg!(windows) && c == '\\');
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_a_shell_would_take_apart_is_quoted() {
        for (text, expected) in [
            ("runs/wa-pta", "runs/wa-pta"),
            ("fleet.bus.count=8", "fleet.bus.count=8"),
            ("my depot.ron", "'my depot.ron'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
