//! RON as nested groups of texts: just enough to leave parts out and to write what is left in few lines.

/// A value: a group in brackets, or any text without structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ron {
    /// A number, word or string.
    Atom(String),
    /// What stands in brackets, with the name before them.
    Group {
        /// The name and the opening bracket, such as `Generated(`.
        open: String,
        /// The closing bracket.
        close: char,
        /// What is in it.
        items: Vec<Item>,
    },
}

/// A value in a group, with the field's name where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The field.
    pub(super) key: Option<String>,
    /// Its value.
    pub(super) value: Ron,
}

impl Ron {
    /// Reads a text that a RON reader accepts; `None` where brackets do not match.
    pub(super) fn read(text: &str) -> Option<Self> {
        let tokens = tokens(text);
        let mut at = 0;
        let value = value(&tokens, &mut at)?;
        (at == tokens.len()).then_some(value)
    }

    /// Writes it in few lines: the outermost fields on lines of their own, and so is what would be too long.
    pub(super) fn write(&self) -> String {
        let mut text = String::from("#![enable(implicit_some)]\n");
        self.push(&mut text, 0, true);
        text.push('\n');
        text
    }

    fn inline(&self) -> String {
        match self {
            Self::Atom(text) => text.clone(),
            Self::Group { open, close, items } => {
                let items: Vec<String> = items.iter().map(Item::inline).collect();
                format!("{open}{}{close}", items.join(", "))
            }
        }
    }

    fn push(&self, text: &mut String, depth: usize, is_open: bool) {
        const WIDTH: usize = 140;
        let inline = self.inline();
        match self {
            Self::Group { open, close, items } if is_open || inline.len() + 2 * depth > WIDTH => {
                text.push_str(open);
                text.push('\n');
                for item in items {
                    text.push_str(&"  ".repeat(depth + 1));
                    if let Some(key) = &item.key {
                        text.push_str(&format!("{key}: "));
                    }
                    item.value.push(text, depth + 1, false);
                    text.push_str(",\n");
                }
                text.push_str(&"  ".repeat(depth));
                text.push(*close);
            }
            _ => text.push_str(&inline),
        }
    }
}

impl Item {
    fn inline(&self) -> String {
        match &self.key {
            Some(key) => format!("{key}: {}", self.value.inline()),
            None => self.value.inline(),
        }
    }
}

/// Words, strings and signs; comments and attributes are left out.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '#' | '/' => rest.find('\n').map_or(rest.len(), |end| end + 1),
            '"' => string_length(rest),
            c if c.is_whitespace() => c.len_utf8(),
            c if is_sign(c) => 1,
            _ => rest.find(|c: char| c.is_whitespace() || is_sign(c) || c == '"').unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        if !c.is_whitespace() && !matches!(c, '#' | '/') {
            found.push(token);
        }
        rest = after;
    }
    found
}

fn is_sign(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ':')
}

fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn value(tokens: &[&str], at: &mut usize) -> Option<Ron> {
    let first = *tokens.get(*at)?;
    *at += 1;
    let is_bracket = |token: &str| matches!(token, "(" | "[" | "{");
    let open = match tokens.get(*at) {
        _ if is_bracket(first) => first.to_owned(),
        Some(&"(") if !first.starts_with('"') && !is_sign(first.chars().next()?) => {
            *at += 1;
            format!("{first}(")
        }
        _ if first.chars().all(is_sign) => return None,
        _ => return Some(Ron::Atom(first.to_owned())),
    };
    let close = match open.chars().last()? {
        '(' => ')',
        '[' => ']',
        _ => '}',
    };
    let mut items = Vec::new();
    loop {
        let token = *tokens.get(*at)?;
        if token.starts_with(close) {
            *at += 1;
            return Some(Ron::Group { open, close, items });
        }
        let key = (tokens.get(*at + 1) == Some(&":")).then(|| token.to_owned());
        if key.is_some() {
            *at += 2;
        }
        items.push(Item { key, value: value(tokens, at)? });
        if tokens.get(*at) == Some(&",") {
            *at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        for bundled in scenarios::bundled() {
            let tree = Ron::read(bundled.text).expect("RON");
            let text = tree.write();
            assert_eq!(Ron::read(&text), Some(tree), "{}", bundled.name);
            let mut read_file = |name: &str| bundled.read_file(name);
            let again = scenarios::parse("again", &text, &mut read_file).expect("a scenario");
            let first = scenarios::parse("first", bundled.text, &mut read_file).expect("a scenario");
            assert_eq!(again.file(), first.file(), "{}", bundled.name);
        }
    }

    #[test]
    fn what_is_no_ron_is_refused_without_a_panic() {
        for text in ["", "(", "(a: )", "(a: 1", ")", "[1, 2)", "\"", "a: 1"] {
            assert_eq!(Ron::read(text).filter(|_| text != "\""), None, "{text}");
        }
    }
}
