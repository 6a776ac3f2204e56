//! Values with a notation of their own (quantities, times, names): how they are asked for, and how their errors keep their place.
//!
//! serde has no word for "a number as it is written" or for "whatever, it has been reported". Both go through a newtype struct of
//! a private name, which [`super::decode`] knows: it answers with the text, or, for a poisoned value, with a unit, which no real
//! value of a file ever reaches. Other deserializers answer as they always do.

use schemars::{Schema, json_schema};
use serde::de::{self, Deserializer, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Asks for a number as it is written.
pub(crate) const NUMBER: &str = "$depotsim::number";
/// Asks for a text.
pub(crate) const TEXT: &str = "$depotsim::text";

/// A type that reads its own notation.
pub(crate) trait Notation: Sized {
    /// [`NUMBER`] or [`TEXT`].
    const CHANNEL: &'static str;

    /// Reads the notation; the error says what was found and what is allowed.
    fn read(text: &str) -> Result<Self, String>;

    /// What is allowed, for messages.
    fn allowed() -> String;

    /// Any value of the type.
    fn placeholder() -> Self;
}

/// The JSON Schema of a type with a notation; what is allowed stands in words beside it.
pub(crate) fn schema<T: Notation>() -> Schema {
    let kind = if T::CHANNEL == NUMBER { "number" } else { "string" };
    json_schema!({ "type": kind, ALLOWED: T::allowed() })
}

/// The keyword under which a schema says in words what is allowed.
pub(crate) const ALLOWED: &str = "x-allowed";

/// Decodes a type by its notation.
pub(crate) fn deserialize<'de, T: Notation, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(T::CHANNEL, NotationVisitor(PhantomData))
}

struct NotationVisitor<T>(PhantomData<T>);

impl<'de, T: Notation> Visitor<'de> for NotationVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&T::allowed())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::read(text).map_err(E::custom)
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        Ok(T::placeholder())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    /// The shortest decimal that names a float is the one that was written, for the at most fifteen digits within our bounds.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}
