//! A value tree that remembers where each value was written.
//!
//! One tree for TOML, JSON, JSONC and plugin options, so that everything above reads one shape and
//! reports problems in one way. Plugin options have no text: their spans are empty and unused.

use std::ops::Range;
use std::path::Path;

use jsonc_parser::{CollectOptions, ParseOptions, ast, common::Ranged, parse_to_ast};
use serde_json::{Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Byte range in the text that a value was read from.
pub(super) type Span = Range<usize>;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Node {
  pub(super) data: Data,
  pub(super) span: Span,
}

/// The value itself.
#[derive(Clone, Debug)]
pub(super) enum Data {
  Null,
  Bool(bool),
  Number(Number),
  Text(String),
  /// TOML's date, time or both. JSON has none, and neither has `env`.
  Date(String),
  Array(Vec<Node>),
  /// In the order of the text.
  Object(Vec<Entry>),
  /// A function of the options, which stays in Node. The text names it there.
  Function(String),
  /// What Miniflare calls `kCurrentWorker`: the Worker whose options these are.
  CurrentWorker,
}

/// How the glue writes a function into JSON: an object with this key alone, and the function's path. No
/// option has such a name.
const FUNCTION_KEY: &str = "\0function";
/// Likewise the symbol for the Worker itself.
const CURRENT_WORKER_KEY: &str = "\0currentWorker";

/// One key of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
  pub(super) key: String,
  pub(super) key_span: Span,
  pub(super) value: Node,
}

/// Why a text could not be read at all.
#[derive(Clone, Debug)]
pub(super) struct SyntaxError {
  pub(super) message: String,
  pub(super) span: Span,
}

/// The formats of a Wrangler file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
  Toml,
  /// `.json` and `.jsonc` alike: Wrangler takes comments and trailing commas in both.
  Json,
}

impl Format {
  pub(super) fn of(path: &Path) -> Option<Self> {
    match path.extension()?.to_str()? {
      "toml" => Some(Self::Toml),
      "json" | "jsonc" => Some(Self::Json),
      _ => None,
    }
  }

  pub(super) fn parse(self, text: &str) -> Result<Node, SyntaxError> {
    match self {
      Self::Toml => parse_toml(text),
      Self::Json => parse_json(text),
    }
  }
}

impl Node {
  /// The value without its places. A date becomes text, and what stays in Node `null`; whoever minds reports
  /// it before.
  pub(super) fn to_json(&self) -> Value {
    match &self.data {
      Data::Null | Data::Function(_) | Data::CurrentWorker => Value::Null,
      Data::Bool(value) => Value::Bool(*value),
      Data::Number(value) => Value::Number(value.clone()),
      Data::Text(value) | Data::Date(value) => Value::String(value.clone()),
      Data::Array(items) => items.iter().map(Self::to_json).collect(),
      Data::Object(entries) => Value::Object(
        entries
          .iter()
          .map(|entry| (entry.key.clone(), entry.value.to_json()))
          .collect(),
      ),
    }
  }

  /// The value as a message names it: its type, and itself where it is short.
  pub(super) fn described(&self) -> String {
    match &self.data {
      Data::Null => "null".into(),
      Data::Bool(value) => format!("the boolean {value}"),
      Data::Number(value) => format!("the number {value}"),
      Data::Text(value) => {
        let start: String = value.chars().take(60).collect();
        let more = if start.len() < value.len() { "…" } else { "" };
        format!("the string {}{more}", Value::String(start))
      }
      Data::Date(value) => format!("the TOML date {value}"),
      Data::Array(items) if items.is_empty() => "an empty array".into(),
      Data::Array(_) => "an array".into(),
      Data::Object(entries) if entries.is_empty() => "an empty object".into(),
      Data::Object(_) => "an object".into(),
      Data::Function(_) => "a function".into(),
      Data::CurrentWorker => "the Worker itself".into(),
    }
  }

  /// Whether there is nothing in it, as in `{}`, `[]` or `null`.
  pub(super) fn is_empty(&self) -> bool {
    match &self.data {
      Data::Null => true,
      Data::Array(items) => items.is_empty(),
      Data::Object(entries) => entries.is_empty(),
      _ => false,
    }
  }
}

impl From<&Value> for Node {
  fn from(value: &Value) -> Self {
    let data = match value {
      Value::Null => Data::Null,
      Value::Bool(value) => Data::Bool(*value),
      Value::Number(value) => Data::Number(value.clone()),
      Value::String(value) => Data::Text(value.clone()),
      Value::Array(items) => Data::Array(items.iter().map(Self::from).collect()),
      Value::Object(entries) if entries.contains_key(FUNCTION_KEY) => {
        let path = entries[FUNCTION_KEY].as_str().unwrap_or_default();
        Data::Function(path.to_owned())
      }
      Value::Object(entries) if entries.contains_key(CURRENT_WORKER_KEY) => Data::CurrentWorker,
      Value::Object(entries) => Data::Object(
        entries
          .iter()
          .map(|(key, value)| Entry {
            key: key.clone(),
            key_span: 0..0,
            value: value.into(),
          })
          .collect(),
      ),
    };
    Self { data, span: 0..0 }
  }
}

fn parse_json(text: &str) -> Result<Node, SyntaxError> {
  let options = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
  };
  let parsed =
    parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| SyntaxError {
      message: error.kind().to_string(),
      span: error.range().start..error.range().end,
    })?;
  match parsed.value {
    Some(value) => Ok(json_node(value)),
    None => Err(SyntaxError {
      message: "The file is empty".into(),
      span: text.len()..text.len(),
    }),
  }
}

fn json_node(value: ast::Value<'_>) -> Node {
  let range = value.range();
  let data = match value {
    ast::Value::NullKeyword(_) => Data::Null,
    ast::Value::BooleanLit(literal) => Data::Bool(literal.value),
    ast::Value::StringLit(literal) => Data::Text(literal.value.into_owned()),
    // What JSON can spell and a double cannot hold (`1e400`) is infinite in JavaScript, which turns
    // into `null` on its way into `env`.
    ast::Value::NumberLit(literal) => literal.value.parse().map_or(Data::Null, Data::Number),
    ast::Value::Array(array) => Data::Array(array.elements.into_iter().map(json_node).collect()),
    ast::Value::Object(object) => {
      let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
      for property in object.properties {
        let range = property.name.range();
        let key = property.name.into_string();
        let value = json_node(property.value);
        // The last of two equal keys wins, as in JavaScript.
        entries.retain(|entry| entry.key != key);
        entries.push(Entry {
          key,
          key_span: range.start..range.end,
          value,
        });
      }
      Data::Object(entries)
    }
  };
  Node {
    data,
    span: range.start..range.end,
  }
}

fn parse_toml(text: &str) -> Result<Node, SyntaxError> {
  match DeTable::parse(text) {
    Ok(table) => {
      let span = table.span();
      Ok(Node {
        data: toml_table(table.into_inner()),
        span,
      })
    }
    Err(error) => Err(SyntaxError {
      message: error.message().replace('\n', ", "),
      span: error.span().unwrap_or_default(),
    }),
  }
}

fn toml_table(table: DeTable<'_>) -> Data {
  let mut entries: Vec<Entry> = table
    .into_iter()
    .map(|(key, value)| Entry {
      key_span: key.span(),
      key: key.into_inner().into_owned(),
      value: toml_node(value),
    })
    .collect();
  // The parser's map is sorted by name, which would reorder bindings and problems.
  entries.sort_by_key(|entry| entry.key_span.start);
  Data::Object(entries)
}

fn toml_node(value: Spanned<DeValue<'_>>) -> Node {
  let span = value.span();
  let data = match value.into_inner() {
    DeValue::String(value) => Data::Text(value.into_owned()),
    DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix())
      .map_or(Data::Null, |value| Data::Number(value.into())),
    DeValue::Float(value) => {
      let number = value.as_str().parse().ok().and_then(Number::from_f64);
      number.map_or(Data::Null, Data::Number)
    }
    DeValue::Boolean(value) => Data::Bool(value),
    DeValue::Datetime(value) => Data::Date(value.to_string()),
    DeValue::Array(items) => Data::Array(items.into_iter().map(toml_node).collect()),
    DeValue::Table(table) => toml_table(table),
  };
  Node { data, span }
}
