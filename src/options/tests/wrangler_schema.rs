//! The tables of keys against the JSON schema that the npm package `wrangler` has, so that a new key of Wrangler's is
//! noticed. The package is a dependency of the contract suites.

use std::collections::BTreeSet;

use super::super::keys::{KEYS, Scope};
use super::*;

/// Keys that are in no schema: removed ones, and one that Wrangler takes without listing it.
const UNLISTED: [&str; 3] = ["legacy_env", "node_compat", "websearch"];

/// How deep samples go. Some definitions contain themselves.
const DEPTH_MAX: usize = 8;

fn schema() -> Value {
  let file = "__test__/contract/node_modules/wrangler/config-schema.json";
  let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
  let text = std::fs::read_to_string(&path)
    .unwrap_or_else(|error| panic!("{}: {error}; `npm test` installs it", path.display()));
  serde_json::from_str(&text).unwrap()
}

fn keys_of(schema: &Value, definition: &str) -> BTreeSet<String> {
  let properties = &schema["definitions"][definition]["properties"];
  properties.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_key_is_known_with_its_scope() {
  let schema = schema();
  let (everywhere, top) = (
    keys_of(&schema, "RawEnvironment"),
    keys_of(&schema, "RawConfig"),
  );
  let names = |is_top_level: bool| -> BTreeSet<String> {
    KEYS
      .iter()
      .filter(|key| (key.scope == Scope::TopLevel) == is_top_level)
      .map(|key| key.name.to_owned())
      .filter(|name| !UNLISTED.contains(&name.as_str()))
      .collect()
  };
  assert_eq!(names(false), everywhere, "keys of environments");
  let only_top = top.difference(&everywhere).cloned().collect();
  assert_eq!(names(true), only_top, "keys of the top level");
}

#[test]
fn every_key_inside_of_them_is_known() {
  let schema = schema();
  let mut sample = sample(&schema, &schema["definitions"]["RawConfig"], 0);
  // The samples of both ways to declare classes would exclude each other.
  sample.as_object_mut().unwrap().remove("env");
  let messages = wrangler(&sample.to_string()).messages();
  let unknown: Vec<_> = messages
    .iter()
    .filter(|message| message.contains("Unexpected fields"))
    .collect();
  assert!(unknown.is_empty(), "{unknown:#?}");
}

/// A value with every property that the schema has.
fn sample(root: &Value, schema: &Value, depth: usize) -> Value {
  if depth > DEPTH_MAX {
    return Value::Null;
  }
  if let Some(name) = schema["$ref"].as_str() {
    let name = name.trim_start_matches("#/definitions/");
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    return sample(root, &root["definitions"][&*name], depth);
  }
  if let Some(values) = schema["enum"].as_array() {
    return values[0].clone();
  }
  if let Some(properties) = schema["properties"].as_object() {
    let properties = properties.iter();
    return properties
      .map(|(key, value)| (key.clone(), sample(root, value, depth + 1)))
      .collect();
  }
  for alternatives in ["anyOf", "oneOf", "allOf"] {
    if let Some(schemas) = schema[alternatives].as_array() {
      return sample(root, schemas.last().unwrap(), depth);
    }
  }
  let kind = schema["type"]
    .as_str()
    .or_else(|| schema["type"][0].as_str());
  match kind {
    Some("array") => json!([sample(root, &schema["items"], depth + 1)]),
    Some("object") => json!({ "name": sample(root, &schema["additionalProperties"], depth + 1) }),
    Some("number" | "integer") => json!(1),
    Some("boolean") => json!(true),
    _ => json!("text"),
  }
}
