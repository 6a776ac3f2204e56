//! `plan.json`: everything that a sweep is, so that any machine with this program can run its part.

use crate::BEHAVIOUR;
use outputs::sha256_hex;
use scenarios::Overlay;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The version of the format.
pub const PLAN_SCHEMA: u32 = 1;

/// A sweep, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The format's version, [`PLAN_SCHEMA`].
    pub schema: u32,
    /// SHA-256 of the file as it is written with nothing between this field's quotes.
    pub sha256: String,
    /// The version of the program that made it.
    pub version: String,
    /// What decides bytes.
    pub behaviour: u32,
    /// What is swept.
    pub scenario: PlannedScenario,
    /// Values of it that are other in every case, as PATH=VALUE.
    pub set: Vec<String>,
    /// How points were made of the axes: `grid`, `zip` or `latin-hypercube`.
    pub design: String,
    /// What differs from point to point.
    pub axes: Vec<PlannedAxis>,
    /// The seeds, as they were asked for.
    pub seeds: String,
    /// The points, in order.
    pub points: Vec<PlannedPoint>,
    /// The cases, in order: the seeds of the first point, of the second, and so on.
    pub cases: Vec<PlannedCase>,
}

/// A scenario with every file that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedScenario {
    /// The bundled name or the path that was given.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// The files that it names.
    pub files: Vec<PlannedFile>,
}

/// A file that a scenario names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// Its name, as the scenario gives it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedAxis {
    /// The column's name.
    pub name: String,
    /// Which value of the scenario.
    pub path: String,
    /// Its values, in order.
    pub values: Vec<String>,
}

/// A set of parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedPoint {
    /// A value for each axis.
    pub values: Vec<String>,
    /// The strategy that is in force there.
    pub strategy: String,
    /// The level of control.
    pub control: String,
    /// SHA-256 of the resolved scenario and the files that it names.
    pub sha256: Digest,
}

/// A run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedCase {
    /// SHA-256 of the resolved parameters: of the point and the seed.
    pub id: Digest,
    /// The index of its point.
    pub point: u32,
    /// What its realization is drawn from.
    pub seed: u64,
}

/// A SHA-256, in files as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// Why a plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file is no plan.
    #[error("is no plan: {0} (`sweep plan` makes one)")]
    NotAPlan(serde_json::Error),
    /// The format is another.
    #[error("has schema {found}, and this version reads {PLAN_SCHEMA} (make the plan again)")]
    Schema {
        /// What the file says.
        found: u32,
    },
    /// Its content is not what was hashed.
    #[error("says sha256 {said}, and its content has {found}: it was changed or cut (make the plan again)")]
    Changed {
        /// What the file says.
        said: String,
        /// What it is.
        found: String,
    },
    /// It was made when runs had other bytes.
    #[error(
        "was made by behaviour {found}, and this is {BEHAVIOUR}: results would not compare (make the plan again)"
    )]
    Behaviour {
        /// What the file says.
        found: u32,
    },
    /// Its lists do not fit each other.
    #[error("does not fit itself: {0} (make the plan again)")]
    Inconsistent(String),
}

impl Digest {
    /// The digest of a text.
    pub fn of(text: &str) -> Self {
        sha256_hex(text.as_bytes()).try_into().expect("a digest has 64 digits")
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut bytes = [0; 32];
        let is_hex = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex {
            return Err(format!("\"{text}\" is no SHA-256 (64 hexadecimal digits)"));
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = digits.iter().fold(0, |byte, &digit| {
                byte * 16 + if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
            });
        }
        Ok(Self(bytes))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&outputs::format::hex(&self.0))
    }
}

impl PlannedCase {
    /// The case of a point and a seed.
    pub fn new(point: u32, point_sha256: Digest, seed: u64) -> Self {
        Self { id: Digest::of(&format!("case of {point_sha256} with seed {seed}\n")), point, seed }
    }
}

impl Plan {
    /// The plan with its digest.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.sha256 = self.digest();
        self
    }

    fn digest(&self) -> String {
        sha256_hex(self.to_text_with("").as_bytes())
    }

    /// The text of `plan.json`: a line for each point and each case.
    pub fn to_text(&self) -> String {
        self.to_text_with(&self.sha256)
    }

    fn to_text_with(&self, sha256: &str) -> String {
        let head = PlanHead {
            schema: self.schema,
            sha256,
            version: &self.version,
            behaviour: self.behaviour,
            scenario: &self.scenario,
            set: &self.set,
            design: &self.design,
            axes: &self.axes,
            seeds: &self.seeds,
        };
        let mut text = serde_json::to_string_pretty(&head).expect("texts and numbers become JSON");
        text.truncate(text.trim_end_matches(['}', '\n']).len());
        push_lines(&mut text, "points", &self.points);
        push_lines(&mut text, "cases", &self.cases);
        text.push_str("\n}\n");
        text
    }

    /// Names of the parameters' columns: the axes, and what decides how power is shared where no axis does.
    pub fn parameters(&self) -> Vec<String> {
        let fixed = ["strategy", "control"]
            .into_iter()
            .filter(|path| self.axes.iter().all(|axis| axis.path != *path));
        self.axes.iter().map(|axis| axis.name.clone()).chain(fixed.map(str::to_owned)).collect()
    }

    /// The values of those columns at a point.
    pub fn parameter_values(&self, point: &PlannedPoint) -> Vec<String> {
        let mut values = point.values.clone();
        for (path, value) in [("strategy", &point.strategy), ("control", &point.control)] {
            if self.axes.iter().all(|axis| axis.path != path) {
                values.push(value.clone());
            }
        }
        values
    }

    /// The values that a point replaces.
    pub fn overlays(&self, point: &PlannedPoint) -> Vec<Overlay> {
        let pairs = self.axes.iter().zip(&point.values);
        pairs.map(|(axis, value)| Overlay { path: axis.path.clone(), value: value.clone() }).collect()
    }

    /// Reads a plan and checks that it is whole and of this behaviour.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        /// What every version of the format has.
        #[derive(Deserialize)]
        struct Any {
            schema: u32,
        }
        let any: Any = serde_json::from_str(text).map_err(PlanError::NotAPlan)?;
        if any.schema != PLAN_SCHEMA {
            return Err(PlanError::Schema { found: any.schema });
        }
        let plan: Self = serde_json::from_str(text).map_err(PlanError::NotAPlan)?;
        let found = plan.digest();
        if found != plan.sha256 {
            return Err(PlanError::Changed { said: plan.sha256, found });
        }
        if plan.behaviour != BEHAVIOUR {
            return Err(PlanError::Behaviour { found: plan.behaviour });
        }
        plan.check()?;
        Ok(plan)
    }

    /// Whether the scenario has an id, and points and cases are of these axes: anybody can seal a plan.
    fn check(&self) -> Result<(), PlanError> {
        if !scenarios::is_id(&self.scenario.id) {
            return Err(PlanError::Inconsistent(format!(
                "\"{}\" is no id of a scenario",
                self.scenario.id.escape_debug()
            )));
        }
        let values: Vec<BTreeSet<&String>> =
            self.axes.iter().map(|axis| axis.values.iter().collect()).collect();
        let has_value = |(values, value): (&BTreeSet<&String>, &String)| values.contains(value);
        for (index, point) in self.points.iter().enumerate() {
            let is_of_axes =
                point.values.len() == self.axes.len() && values.iter().zip(&point.values).all(has_value);
            if !is_of_axes {
                return Err(PlanError::Inconsistent(format!(
                    "the values of point {index} are not of its axes"
                )));
            }
        }
        let beyond = self.cases.iter().find(|case| case.point as usize >= self.points.len());
        match beyond {
            Some(case) => Err(PlanError::Inconsistent(format!(
                "case {} is of point {}, and there are {}",
                case.id,
                case.point,
                self.points.len()
            ))),
            None => Ok(()),
        }
    }
}

/// All of a plan but its long lists.
#[derive(Serialize)]
struct PlanHead<'a> {
    schema: u32,
    sha256: &'a str,
    version: &'a str,
    behaviour: u32,
    scenario: &'a PlannedScenario,
    set: &'a [String],
    design: &'a str,
    axes: &'a [PlannedAxis],
    seeds: &'a str,
}

fn push_lines<T: Serialize>(text: &mut String, name: &str, records: &[T]) {
    text.push_str(&format!(",\n  \"{name}\": ["));
    for (index, record) in records.iter().enumerate() {
        text.push_str(if index == 0 { "\n    " } else { ",\n    " });
        text.push_str(&serde_json::to_string(record).expect("texts and numbers become JSON"));
    }
    text.push_str("\n  ]");
}
