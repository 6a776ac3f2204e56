//! The format as data: every record, field and name, with what may stand there; read off the types by their JSON Schema.

use crate::format::file::ScenarioFile;
use crate::text::tree::typed::ALLOWED;
use serde_json::{Map, Value as Json};
use std::sync::OnceLock;

/// What may stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What it means, from the type's documentation; may be empty.
    pub doc: String,
    /// What it consists of.
    pub kind: ShapeKind,
}

/// What a value consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShapeKind {
    /// A number, a text, true or false: what is allowed, in words.
    Value(String),
    /// A list.
    List(Box<Shape>),
    /// So many values in parentheses.
    Tuple(Vec<Shape>),
    /// A record: its type's name, empty for what stands in a named choice's parentheses, and its fields.
    Record(String, Vec<FieldShape>),
    /// One of several names, some with something in parentheses: the type's name and the choices.
    Choice(String, Vec<ChoiceShape>),
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldShape {
    /// Its name.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// Whether it must be said.
    pub is_required: bool,
    /// What holds if it is not said, where that is a value.
    pub default: Option<String>,
    /// What may stand there.
    pub shape: Shape,
}

/// One of several names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceShape {
    /// The name.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// What stands in its parentheses, if it has any.
    pub content: Option<Shape>,
}

/// The shape of a scenario.
pub fn scenario_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| {
        let root = schemars::schema_for!(ScenarioFile).to_value();
        let definitions = root.get("$defs").and_then(Json::as_object).cloned().unwrap_or_default();
        Schemas(definitions).shape(&root, "ScenarioFile")
    })
}

impl Shape {
    /// The fields of a record, and of what a choice's names have in parentheses; empty for anything else.
    pub(crate) fn fields(&self) -> Vec<&FieldShape> {
        match &self.kind {
            ShapeKind::Record(_, fields) => fields.iter().collect(),
            ShapeKind::Choice(_, choices) => {
                choices.iter().filter_map(|choice| choice.content.as_ref()).flat_map(Self::fields).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldShape> {
        self.fields().into_iter().find(|field| field.name == name)
    }

    /// The paths that end in this name, `*` for all of a list.
    pub(crate) fn paths_to(&self, name: &str) -> Vec<String> {
        let below = |prefix: &str, shape: &Self| {
            let join = |path: String| format!("{prefix}.{path}");
            shape.paths_to(name).into_iter().map(join).collect::<Vec<_>>()
        };
        match &self.kind {
            ShapeKind::List(item) => below("*", item),
            ShapeKind::Choice(_, choices) => choices
                .iter()
                .filter_map(|choice| choice.content.as_ref())
                .flat_map(|content| content.paths_to(name))
                .collect(),
            _ => self
                .fields()
                .into_iter()
                .flat_map(|field| match field.name == name {
                    true => vec![field.name.clone()],
                    false => below(&field.name, &field.shape),
                })
                .collect(),
        }
    }

    /// What may stand there, in a few words.
    pub(crate) fn allowed(&self) -> String {
        match &self.kind {
            ShapeKind::Value(allowed) => allowed.clone(),
            ShapeKind::List(_) => "a list in brackets, [...]".into(),
            ShapeKind::Tuple(parts) => format!("{} values in parentheses", parts.len()),
            ShapeKind::Record(..) => {
                let names: Vec<&str> = self.fields().iter().map(|field| field.name.as_str()).collect();
                format!("a record with the fields {}", names.join(", "))
            }
            ShapeKind::Choice(_, choices) => {
                let name = |choice: &ChoiceShape| {
                    let parentheses = if choice.content.is_some() { "(...)" } else { "" };
                    format!("{}{parentheses}", choice.name)
                };
                format!("one of {}", choices.iter().map(name).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The definitions that schemas refer to.
struct Schemas(Map<String, Json>);

impl Schemas {
    fn shape(&self, schema: &Json, name: &str) -> Shape {
        let doc = doc(schema);
        if let Some(name) = schema.get("$ref").and_then(Json::as_str).and_then(|path| path.rsplit('/').next())
        {
            let mut shape = self.shape(self.0.get(name).unwrap_or(&Json::Null), name);
            if shape.doc.is_empty() {
                shape.doc = doc;
            }
            return shape;
        }
        // Something that may be left out: the other alternative is null.
        if let Some(alternatives) = schema.get("anyOf").and_then(Json::as_array) {
            return self.shape(&alternatives[0], name);
        }
        if let Some(allowed) = schema.get(ALLOWED).and_then(Json::as_str) {
            return Shape { doc, kind: ShapeKind::Value(allowed.into()) };
        }
        if let Some(choices) = schema.get("oneOf").and_then(Json::as_array) {
            let choices = choices.iter().flat_map(|choice| self.choices(choice)).collect();
            return Shape { doc, kind: ShapeKind::Choice(name.into(), choices) };
        }
        let kind = match kind_of(schema) {
            "array" => match schema.get("prefixItems").and_then(Json::as_array) {
                Some(parts) => ShapeKind::Tuple(parts.iter().map(|part| self.shape(part, "")).collect()),
                None => ShapeKind::List(Box::new(self.shape(schema.get("items").unwrap_or(&Json::Null), ""))),
            },
            "object" => ShapeKind::Record(name.into(), self.fields(schema)),
            "string" if schema.get("enum").is_some() => ShapeKind::Choice(name.into(), self.choices(schema)),
            "string" => ShapeKind::Value("a text in double quotes".into()),
            "boolean" => ShapeKind::Value("true or false".into()),
            _ => ShapeKind::Value("a number".into()),
        };
        Shape { doc, kind }
    }

    fn fields(&self, schema: &Json) -> Vec<FieldShape> {
        let required = schema.get("required").and_then(Json::as_array).cloned().unwrap_or_default();
        let properties = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
        let field = |(name, schema): (&String, &Json)| FieldShape {
            name: name.clone(),
            doc: doc(schema),
            is_required: required.iter().any(|required| required == name),
            default: schema.get("default").filter(|default| !default.is_null()).map(Json::to_string),
            shape: self.shape(schema, ""),
        };
        properties.iter().map(field).collect()
    }

    /// Plain names, or one name with something in parentheses.
    fn choices(&self, schema: &Json) -> Vec<ChoiceShape> {
        let plain = |name: &Json| ChoiceShape {
            name: name.as_str().unwrap_or_default().to_owned(),
            doc: doc(schema),
            content: None,
        };
        if let Some(names) = schema.get("enum").and_then(Json::as_array) {
            return names.iter().map(plain).collect();
        }
        if let Some(name) = schema.get("const") {
            return vec![plain(name)];
        }
        let properties = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
        let named = |(name, content): (&String, &Json)| ChoiceShape {
            name: name.clone(),
            doc: doc(schema),
            content: Some(self.shape(content, "")),
        };
        properties.iter().map(named).collect()
    }
}

/// The type of a schema, `null` beside another left out.
fn kind_of(schema: &Json) -> &str {
    match schema.get("type") {
        Some(Json::String(kind)) => kind,
        Some(Json::Array(kinds)) => {
            kinds.iter().filter_map(Json::as_str).find(|kind| *kind != "null").unwrap_or("")
        }
        _ => "",
    }
}

/// The documentation, on one line.
fn doc(schema: &Json) -> String {
    let doc = schema.get("description").and_then(Json::as_str).unwrap_or_default();
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
