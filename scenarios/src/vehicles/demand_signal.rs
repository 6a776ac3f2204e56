//! What the balancer is told of the power that a vehicle could take, as a file writes it.

use crate::text::tree::typed::{self, Notation};
use crate::values::quantity::{LeafKw, shown};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim::DemandSignal;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// What the balancer is told of a vehicle's demand: `true` (what it takes), `rated` (the largest power of its curve), or `measured+10kW` (what
/// it drew last and a margin). It draws what it takes below its setpoint, whatever is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DemandTold(DemandSignal);

impl DemandTold {
    /// What the simulator calls it.
    pub fn signal(self) -> DemandSignal {
        self.0
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<DemandSignal> for DemandTold {
    fn from(signal: DemandSignal) -> Self {
        Self(signal)
    }
}

const ALLOWED: &str = "\"true\", \"rated\", or \"measured+10kW\": the power drawn last and a margin";

impl FromStr for DemandTold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let margin = text.strip_prefix("measured+").and_then(|margin| margin.strip_suffix("kW"));
        match (text, margin) {
            ("true", _) => Ok(Self(DemandSignal::True)),
            ("rated", _) => Ok(Self(DemandSignal::Rated)),
            (_, Some(margin)) => {
                let margin_kw: LeafKw = margin.parse()?;
                Ok(Self(DemandSignal::Measured { margin_w: margin_kw.w() }))
            }
            _ => Err(format!("\"{}\" is no demand signal ({ALLOWED})", shown(text))),
        }
    }
}

impl fmt::Display for DemandTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DemandSignal::True => f.write_str("true"),
            DemandSignal::Rated => f.write_str("rated"),
            DemandSignal::Measured { margin_w } => match LeafKw::from_w(margin_w) {
                Some(margin) => write!(f, "measured+{margin}kW"),
                None => Err(fmt::Error),
            },
        }
    }
}

impl Notation for DemandTold {
    const CHANNEL: &'static str = typed::TEXT;

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn allowed() -> String {
        ALLOWED.into()
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl JsonSchema for DemandTold {
    fn schema_name() -> Cow<'static, str> {
        "DemandTold".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        typed::schema::<Self>()
    }

    fn inline_schema() -> bool {
        true
    }
}

impl<'de> Deserialize<'de> for DemandTold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        typed::deserialize(deserializer)
    }
}

impl Serialize for DemandTold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_signal_is_read_as_it_is_written() {
        for text in ["true", "rated", "measured+10kW", "measured+0.001kW", "measured+0kW"] {
            assert_eq!(text.parse::<DemandTold>().map(|told| told.to_string()), Ok(text.to_owned()));
        }
        for text in
            ["", "True", "measured", "measured+10", "measured+-1kW", "measured+10001kW", "measured+1 kW"]
        {
            assert!(text.parse::<DemandTold>().is_err(), "{text}");
        }
    }
}
