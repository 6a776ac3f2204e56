//! A tree as a serde data format, whose errors know their place.

use super::decode_error::{DecodeError, Wrong, did_you_mean, nearest};
use super::typed::{NUMBER, TEXT};
use super::{Field, Node, Value};
use crate::values::decimal::without_groups;
use crate::values::quantity::shown;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::slice;

type Fields = &'static [&'static str];

/// Decodes one value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoder<'t>(pub(crate) &'t Node);

impl<'t> Decoder<'t> {
    fn wrong(self, allowed: &str) -> DecodeError {
        let message = match &self.0.value {
            Value::Number(number) => format!("{} is a number ({allowed})", shown(number)),
            Value::Text(text) => format!("\"{}\" is a text ({allowed})", shown(text)),
            Value::Word(word) => format!("\"{}\" is not allowed here ({allowed})", shown(word)),
            Value::Bool(value) => format!("found `{value}` ({allowed})"),
            Value::Variant { name, .. } => format!("found `{}` ({allowed})", shown(name)),
            _ => format!("found {} ({allowed})", self.0.what()),
        };
        DecodeError::value(message).at(self.0.range)
    }

    fn is_poisoned(self) -> bool {
        self.0.value == Value::Poisoned
    }

    fn number<T: std::str::FromStr>(self, allowed: &str) -> Result<T, DecodeError> {
        match &self.0.value {
            Value::Number(text) | Value::Word(text) => {
                let digits = text.replace('_', "");
                let refused = || {
                    DecodeError::value(format!("{} is out of bounds ({allowed})", shown(text)))
                        .at(self.0.range)
                };
                digits.parse().map_err(|_| refused())
            }
            _ => Err(self.wrong(allowed)),
        }
    }

    /// A bare value as the constant distribution that was probably meant, where there is such a name.
    fn fixed(self, variants: Fields) -> Option<String> {
        let is_number = |text: &str| without_groups(text).is_some_and(|text| text.parse::<f64>().is_ok());
        let value = match &self.0.value {
            Value::Number(text) => shown(text),
            Value::Word(text) if is_number(text) => shown(text),
            Value::Word(text) if nearest(text, variants.iter().copied()).is_some() => return None,
            Value::Text(text) | Value::Word(text) => format!("\"{}\"", shown(text)),
            _ => return None,
        };
        variants.contains(&"Fixed").then(|| format!("Fixed({value})"))
    }

    /// A list, a tuple or what stands in the parentheses of a variant, as a sequence.
    fn items<V: Visitor<'t>>(self, items: &'t [Node], visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Items(items.iter().enumerate())).map_err(|error| error.at(self.0.range))
    }

    fn tuple<V: Visitor<'t>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Poisoned => visitor.visit_seq(Same(self.0, length)),
            Value::Tuple(items) if items.len() == length => self.items(items, visitor),
            Value::Tuple(items) => {
                let message = format!("{} values stand here ({length} in parentheses)", items.len());
                Err(DecodeError::value(message).at(self.0.range))
            }
            _ => Err(self.wrong(&format!("{length} values in parentheses, without names"))),
        }
    }

    fn record<V: Visitor<'t>>(self, known: Fields, visitor: V) -> Result<V::Value, DecodeError> {
        let fields: &[Field] = match &self.0.value {
            Value::Poisoned => return visitor.visit_map(Poisoned { node: self.0, names: known.iter() }),
            Value::Record(fields) => fields,
            // `(` and `)` with nothing between is a record whose every field is left out.
            Value::Unit => &[],
            _ => return Err(self.wrong(&format!("a record in parentheses, {}", example(known)))),
        };
        for (index, field) in fields.iter().enumerate() {
            let what = if !known.contains(&field.name.as_str()) {
                Wrong::UnknownField { index, name: field.name.clone(), expected: known }
            } else if fields[..index].iter().any(|other| other.name == field.name) {
                Wrong::DuplicateField { index, name: field.name.clone() }
            } else {
                continue;
            };
            return Err(DecodeError { what, range: Some(field.name_range), steps: Vec::new() });
        }
        let access = FieldValues { fields: fields.iter().enumerate(), value: None };
        visitor.visit_map(access).map_err(|error| error.at(self.0.range))
    }
}

/// The first fields of a record, as one would write them.
fn example(fields: Fields) -> String {
    let first: Vec<String> = fields.iter().take(3).map(|name| format!("{name}: ...")).collect();
    let more = if fields.len() > 3 { ", ..." } else { "" };
    format!("({}{more})", first.join(", "))
}

macro_rules! integers {
    ($($method:ident => $visit:ident: $type:ty, $allowed:literal;)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let value: $type = if self.is_poisoned() { 0 } else { self.number($allowed)? };
            visitor.$visit(value).map_err(|error: DecodeError| error.at(self.0.range))
        }
    )*};
}

impl<'t> Deserializer<'t> for Decoder<'t> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Poisoned | Value::Unit => visitor.visit_unit(),
            Value::Text(text) | Value::Word(text) => visitor.visit_str(text),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::None => visitor.visit_none(),
            Value::Some(inner) => visitor.visit_some(Self(inner)).map_err(|error| error.below(0)),
            Value::List(items) | Value::Tuple(items) => return self.items(items, visitor),
            Value::Record(fields) => {
                visitor.visit_map(FieldValues { fields: fields.iter().enumerate(), value: None })
            }
            Value::Variant { name, content: None } => visitor.visit_str(name),
            Value::Number(text) => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(value), _) => visitor.visit_i64(value),
                (_, Ok(value)) => visitor.visit_f64(value),
                _ => return Err(self.wrong("any value")),
            },
            Value::Variant { .. } | Value::Foreign(_) => return Err(self.wrong("any value")),
        }
        .map_err(|error| error.at(self.0.range))
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Poisoned => visitor.visit_bool(false),
            Value::Word(word) if matches!(&**word, "true" | "false") => visitor.visit_bool(&**word == "true"),
            _ => Err(self.wrong("true or false, without quotes")),
        }
    }

    integers! {
        deserialize_i64 => visit_i64: i64, "a whole number";
        deserialize_u8 => visit_u8: u8, "a whole number from 0 to 255";
        deserialize_u16 => visit_u16: u16, "a whole number from 0 to 65535";
        deserialize_u32 => visit_u32: u32, "a whole number from 0 to 4294967295";
        deserialize_u64 => visit_u64: u64, "a whole number from 0 to 18446744073709551615";
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Text(text) | Value::Word(text) => visitor.visit_str(text),
            Value::Poisoned => visitor.visit_str(""),
            _ => return Err(self.wrong("a text in double quotes")),
        }
        .map_err(|error: DecodeError| error.at(self.0.range))
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Poisoned | Value::None => visitor.visit_none(),
            Value::Word(word) if &**word == "None" => visitor.visit_none(),
            Value::Some(inner) => visitor.visit_some(Self(inner)).map_err(|error| error.below(0)),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let allowed = |visitor: &V| (visitor as &dyn serde::de::Expected).to_string();
        match (name, &self.0.value) {
            (NUMBER | TEXT, Value::Poisoned) => visitor.visit_unit(),
            (NUMBER | TEXT, Value::Word(text)) | (TEXT, Value::Text(text)) => visitor.visit_str(text),
            (NUMBER, Value::Number(text)) => visitor.visit_str(&text.replace('_', "")),
            // It is a word like any other where one of several words may stand.
            (TEXT, Value::Bool(value)) => {
                let wrong = self.wrong(&allowed(&visitor));
                let word = if *value { "true" } else { "false" };
                return visitor.visit_str(word).map_err(|_: DecodeError| wrong);
            }
            (NUMBER, Value::Text(text)) if text.parse::<f64>().is_ok() => {
                return Err(self.wrong(&format!("leave the quotes out; {}", allowed(&visitor))));
            }
            (TEXT, Value::Variant { content: None, .. } | Value::Number(_)) => {
                return Err(self.wrong(&format!("in double quotes: {}", allowed(&visitor))));
            }
            (NUMBER | TEXT, _) => return Err(self.wrong(&allowed(&visitor))),
            _ => visitor.visit_newtype_struct(self),
        }
        .map_err(|error: DecodeError| error.at(self.0.range))
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::List(items) => self.items(items, visitor),
            Value::Poisoned => self.items(&[], visitor),
            _ => Err(self.wrong("a list in brackets, [...]")),
        }
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        fields: Fields,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            // RON lets a record say its type's name.
            Value::Variant { name: said, content: Some(content) } if &**said == name => {
                Self(content).record(fields, visitor).map_err(|error| error.below(0))
            }
            _ => self.record(fields, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        variants: Fields,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let name: &str = match &self.0.value {
            Value::Variant { name, .. } | Value::Word(name) => name,
            Value::Poisoned => variants[0],
            Value::Text(text) if variants.contains(&&**text) => {
                return Err(self.wrong(&format!("a name without quotes: {}", variants.join(", "))));
            }
            _ => {
                let meant =
                    self.fixed(variants).map_or(String::new(), |fixed| format!("did you mean `{fixed}`? "));
                let names = variants.join(", ");
                return Err(self.wrong(&format!("{meant}a name, some with values in parentheses: {names}")));
            }
        };
        if !variants.contains(&name) {
            let remedy = match self.fixed(variants) {
                Some(fixed) => format!(
                    "did you mean `{fixed}`? a shell takes the option in single quotes, '...={fixed}'; allowed are {}, with values in parentheses",
                    variants.join(", ")
                ),
                None => did_you_mean(name, variants),
            };
            let message = format!("unknown name `{}` ({remedy})", shown(name));
            return Err(DecodeError::value(message).at(self.0.range));
        }
        visitor.visit_enum(Variant { node: self.0, name }).map_err(|error| error.at(self.0.range))
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        <W: Visitor<'t>>
        i8 i16 i32 f32 f64 char bytes byte_buf unit unit_struct tuple_struct map
    }
}

/// The values of a list.
struct Items<'t>(std::iter::Enumerate<slice::Iter<'t, Node>>);

impl<'t> SeqAccess<'t> for Items<'t> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        let Some((index, node)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Decoder(node)).map(Some).map_err(|error| error.below(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// As many times the same value.
struct Same<'t>(&'t Node, usize);

impl<'t> SeqAccess<'t> for Same<'t> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        let Some(left) = self.1.checked_sub(1) else { return Ok(None) };
        self.1 = left;
        seed.deserialize(Decoder(self.0)).map(Some)
    }
}

/// The fields of a record.
struct FieldValues<'t> {
    fields: std::iter::Enumerate<slice::Iter<'t, Field>>,
    value: Option<(usize, &'t Node)>,
}

impl<'t> MapAccess<'t> for FieldValues<'t> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        let Some((index, field)) = self.fields.next() else { return Ok(None) };
        self.value = Some((index, &field.node));
        seed.deserialize(StrDeserializer::new(&field.name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        let (index, node) = self.value.take().expect("a key comes before its value");
        seed.deserialize(Decoder(node)).map_err(|error| error.below(index))
    }
}

/// Every field there is, each poisoned.
struct Poisoned<'t> {
    node: &'t Node,
    names: slice::Iter<'static, &'static str>,
}

impl<'t> MapAccess<'t> for Poisoned<'t> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        let Some(name) = self.names.next() else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        seed.deserialize(Decoder(self.node))
    }
}

/// A named alternative.
struct Variant<'t> {
    node: &'t Node,
    name: &'t str,
}

impl<'t> Variant<'t> {
    /// What stands in the parentheses; the poisoned value itself for a poisoned one.
    fn content(&self) -> Result<&'t Node, DecodeError> {
        match &self.node.value {
            Value::Poisoned => Ok(self.node),
            Value::Variant { content: Some(content), .. } => Ok(content),
            _ => Err(self.refuse("needs a value in parentheses")),
        }
    }

    fn refuse(&self, why: &str) -> DecodeError {
        DecodeError::value(format!("`{}` {why}", self.name)).at(self.node.range)
    }
}

impl<'t> EnumAccess<'t> for Variant<'t> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<(S::Value, Self), DecodeError> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl<'t> VariantAccess<'t> for Variant<'t> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        match &self.node.value {
            Value::Variant { content: Some(content), .. } if content.value != Value::Unit => {
                Err(self.refuse("takes nothing in parentheses"))
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<S::Value, DecodeError> {
        let content = self.content()?;
        match &content.value {
            Value::Tuple(items) if items.len() == 1 => {
                seed.deserialize(Decoder(&items[0])).map_err(|error| error.below(0).below(0))
            }
            Value::Tuple(items) => Err(self.refuse(&format!("takes one value, not {}", items.len()))),
            Value::Unit => Err(self.refuse("needs a value in parentheses")),
            Value::Poisoned => seed.deserialize(Decoder(content)),
            _ => seed.deserialize(Decoder(content)).map_err(|error| error.below(0)),
        }
    }

    fn tuple_variant<V: Visitor<'t>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        let content = self.content()?;
        match &content.value {
            Value::Tuple(items) if items.len() != length => {
                Err(self.refuse(&format!("takes {length} values, separated by commas, not {}", items.len())))
            }
            Value::Unit => Err(self.refuse(&format!("takes {length} values"))),
            _ => Decoder(content).tuple(length, visitor).map_err(|error| error.below(0)),
        }
    }

    fn struct_variant<V: Visitor<'t>>(self, fields: Fields, visitor: V) -> Result<V::Value, DecodeError> {
        Decoder(self.content()?).record(fields, visitor).map_err(|error| error.below(0))
    }
}
