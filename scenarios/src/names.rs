//! Words that are written as on the command line, and the format's version.

use crate::quantity::shown;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Finds a word among those allowed, or says which these are.
fn find<T: Copy>(text: &str, what: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|&word| name(word) == text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|&word| name(word)).collect();
        format!("unknown {what} \"{}\" (one of {})", shown(text), names.join(", "))
    })
}

macro_rules! named_in_files {
    ($module:ident, $type:ty, $what:literal) => {
        pub(crate) mod $module {
            use super::*;

            pub(crate) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(value.name())
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let text = String::deserialize(deserializer)?;
                find(&text, $what, &<$type>::ALL, <$type>::name).map_err(D::Error::custom)
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
        let text = String::deserialize(deserializer)?;
        find(&text, "reason", &ALL, Reason::code).map_err(D::Error::custom)
    }
}

/// Reads the format's version, which stands first so that a newer file says so before anything else is misunderstood.
pub(crate) fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        crate::file::SCHEMA => Ok(crate::file::SCHEMA),
        other => Err(D::Error::custom(format!(
            "schema {other} is not known (this version of depotsim reads schema {})",
            crate::file::SCHEMA
        ))),
    }
}

/// Why a text is not an id; `None` if it is one.
pub(crate) fn id_problem(id: &str) -> Option<String> {
    let is_id =
        |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    (id.is_empty() || id.len() > 200 || !is_id(id)).then(|| {
        format!("\"{}\" is not an id (1 to 200 of the characters A-Z, a-z, 0-9, _ and -)", shown(id))
    })
}
