//! A limit as a message says it, which may be no limit at all.

use crate::text::tree::typed::ALLOWED;
use crate::values::quantity::{LimitKw, Quantity};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Whatever stands where a limit should: `800`, `-50`, `1e30`, `"n/a"`. Only [`MessageKw::limit`] tells whether it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageKw(String);

impl MessageKw {
    /// A message's words.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The limit.
    ///
    /// # Errors
    /// What was found, and what is allowed.
    pub fn limit(&self) -> Result<LimitKw, String> {
        LimitKw::read(&self.0)
    }
}

impl<'de> Deserialize<'de> for MessageKw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = MessageKw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<MessageKw, E> {
                Ok(MessageKw(value.to_string()))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<MessageKw, E> {
                Ok(MessageKw(value.to_string()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<MessageKw, E> {
                Ok(MessageKw(value.to_string()))
            }

            /// Nothing at all, which is no limit either.
            fn visit_unit<E: de::Error>(self) -> Result<MessageKw, E> {
                Ok(MessageKw("()".to_owned()))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<MessageKw, E> {
                Ok(MessageKw(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for MessageKw {
    fn schema_name() -> Cow<'static, str> {
        "MessageKw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], ALLOWED: "whatever a message may say: a limit in kW, or what is none" })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A limit is written as the number that it is, anything else as a text.
impl Serialize for MessageKw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.limit() {
            Ok(limit) => limit.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}
