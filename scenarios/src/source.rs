//! The texts that a scenario consists of, and places in them.

use crate::tree::Range;
use std::sync::Arc;

/// A text that was read: the scenario, or a CSV file that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name in messages.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Whether it is a value from the command line rather than a file.
    pub is_argument: bool,
}

/// All texts of a scenario, the scenario's own first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sources(pub(crate) Vec<Source>);

impl Sources {
    /// Adds the text of a file, or finds it again; the result is its index.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> u32 {
        let known = self.0.iter().position(|source| source.name == name && &*source.text == text);
        known.map_or_else(|| self.push(name, text, false), |index| index as u32)
    }

    /// Adds a value from the command line.
    pub(crate) fn add_argument(&mut self, name: &str, text: &str) -> u32 {
        self.push(name, text, true)
    }

    fn push(&mut self, name: &str, text: &str, is_argument: bool) -> u32 {
        self.0.push(Source { name: name.to_owned(), text: text.into(), is_argument });
        self.0.len() as u32 - 1
    }

    /// A source's name for people: files that the scenario names stand beside it.
    pub(crate) fn shown_name(&self, index: u32) -> String {
        let source = &self.0[index as usize];
        match self.0[0].name.rsplit_once('/') {
            Some((folder, _)) if index > 0 && !source.is_argument => format!("{folder}/{}", source.name),
            _ => source.name.clone(),
        }
    }

    pub(crate) fn get(&self, range: Range) -> &Source {
        &self.0[range.source as usize]
    }
}

/// Line and column in characters of a byte of a text, both from 1. A byte order mark is no character.
pub(crate) fn line_and_column(text: &str, at: usize) -> (u64, u64) {
    let boundary = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let before = &text[..boundary];
    let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before[line_start..].chars().filter(|&c| c != '\u{feff}').count() + 1;
    (line as u64, column as u64)
}
