//! Words that are written as on the command line, and the format's version.

use crate::text::tree::decode_error::did_you_mean;
use crate::text::tree::typed::{self, Notation};
use crate::values::quantity::shown;
use schemars::SchemaGenerator;
use serde::{Deserializer, Serializer};

/// How long an id may be.
pub(crate) const ID_BYTES_MAX: usize = 200;

/// Finds a word among those allowed, or says which these are.
pub(crate) fn find<T: Copy>(
    text: &str,
    what: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    all.iter().copied().find(|&word| name(word) == text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|&word| name(word)).collect();
        format!("unknown {what} \"{}\" ({})", shown(text), did_you_mean(text, &names))
    })
}

pub(crate) fn one_of<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
    let names: Vec<String> = all.iter().map(|&word| format!("\"{}\"", name(word))).collect();
    format!("one of {}", names.join(", "))
}

macro_rules! named_in_files {
    ($module:ident, $type:ty, $what:literal) => {
        pub(crate) mod $module {
            use super::*;

            pub(crate) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(value.name())
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                typed::deserialize(deserializer)
            }

            #[allow(dead_code, reason = "not every such name stands in a scenario")]
            pub(crate) fn schema(_: &mut SchemaGenerator) -> schemars::Schema {
                typed::schema::<$type>()
            }
        }

        impl Notation for $type {
            const CHANNEL: &'static str = typed::TEXT;

            fn read(text: &str) -> Result<Self, String> {
                find(text, $what, &<$type>::ALL, <$type>::name)
            }

            fn allowed() -> String {
                one_of(&<$type>::ALL, <$type>::name)
            }

            fn placeholder() -> Self {
                <$type>::ALL[0]
            }
        }
    };
}
named_in_files!(strategy, sim::Strategy, "strategy");
named_in_files!(control, sim::Control, "control");
named_in_files!(traces, sim::Traces, "choice of traces");

/// The codes for which site data and feeds are refused.
pub(crate) mod refusal {
    use super::*;
    use sim::Reason;

    const ALL: [Reason; 4] =
        [Reason::InvalidTopology, Reason::UnsupportedTopology, Reason::InvalidLimit, Reason::StaleInput];

    pub(crate) fn serialize<S: Serializer>(value: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.code())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
        typed::deserialize(deserializer)
    }

    impl Notation for Reason {
        const CHANNEL: &'static str = typed::TEXT;

        fn read(text: &str) -> Result<Self, String> {
            find(text, "reason", &ALL, Reason::code)
        }

        fn allowed() -> String {
            one_of(&ALL, Reason::code)
        }

        fn placeholder() -> Self {
            ALL[0]
        }
    }
}

/// The format's version.
struct Schema(u32);

impl Notation for Schema {
    const CHANNEL: &'static str = typed::NUMBER;

    fn read(text: &str) -> Result<Self, String> {
        let (known, number) = (crate::format::file::SCHEMA, text.parse::<u32>());
        match number {
            Ok(number) if number == known => Ok(Self(number)),
            _ => Err(format!(
                "schema {} is not known (this version of depotsim reads schema {known})",
                shown(text)
            )),
        }
    }

    fn allowed() -> String {
        format!("the number of the format's version, {}", crate::format::file::SCHEMA)
    }

    fn placeholder() -> Self {
        Self(crate::format::file::SCHEMA)
    }
}

/// The JSON Schema of the format's version.
pub(crate) fn schema_of_schema(_: &mut SchemaGenerator) -> schemars::Schema {
    typed::schema::<Schema>()
}

/// Reads the format's version; a newer file is told so and nothing else, since all else may be misunderstood.
pub(crate) fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    typed::deserialize::<Schema, D>(deserializer).map(|schema| schema.0)
}

/// Whether a text can be an id, so that paths need no quotes.
pub fn is_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Why a text is not an id; `None` if it is one.
pub(crate) fn id_problem(id: &str) -> Option<String> {
    (!is_id(id)).then(|| {
        format!("\"{}\" is not an id (1 to 200 of the characters A-Z, a-z, 0-9, _ and -)", shown(id))
    })
}
