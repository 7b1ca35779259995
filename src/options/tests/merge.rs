//! Options over a Wrangler file.

use super::*;

const FILE: &str = r#"
name = "api"
main = "src/worker.ts"
compatibility_date = "2025-09-15"
compatibility_flags = ["experimental", "global_navigator"]
kv_namespaces = [{ binding = "A", id = "a" }, { binding = "B", id = "b" }]

[vars]
X = "file"
Y = { deep = 1 }
"#;

fn merged(options: Value) -> Plan {
  wrangler(FILE)
    .file("src/worker.ts", "")
    .options(options)
    .plan()
}

#[test]
fn file_alone() {
  let plan = merged(json!({}));
  assert_eq!(plan.main, Some(PathBuf::from("/project/src/worker.ts")));
  assert_eq!(
    plan.bindings,
    [
      text("X", "file"),
      json_value("Y", "{\"deep\":1}"),
      kv("A", "a"),
      kv("B", "b")
    ]
  );
}

#[test]
fn primitives_are_replaced() {
  let plan = merged(
    json!({ "main": "src/index.ts", "miniflare": { "compatibilityDate": "2026-01-01", "name": "own" } }),
  );
  assert_eq!(plan.main, Some(PathBuf::from("/project/src/index.ts")));
  assert_eq!(plan.compatibility_date, "2026-01-01");
  assert_eq!(
    plan.name.as_deref(),
    Some("api"),
    "the deployed name is the one that others know"
  );
}

#[test]
fn main_of_the_option_makes_the_files_main_irrelevant() {
  let plan = wrangler(FILE)
    .options(json!({ "main": "src/index.ts" }))
    .plan();
  assert_eq!(plan.main, Some(PathBuf::from("/project/src/index.ts")));
}

#[test]
fn lists_are_joined_without_duplicates() {
  let plan = merged(json!({ "miniflare": {
    "compatibilityFlags": ["experimental", "python_workers", "python_workers"],
  }}));
  assert_eq!(
    plan.compatibility_flags[..2],
    ["experimental", "python_workers"]
  );
}

#[test]
fn records_are_assigned_key_by_key() {
  let plan = merged(json!({ "miniflare": {
    "bindings": { "Y": { "other": 2 }, "Z": "option" },
    "kvNamespaces": ["B", "C"],
  }}));
  assert_eq!(
    plan.bindings,
    [
      text("X", "file"),
      json_value("Y", "{\"other\":2}"),
      text("Z", "option"),
      kv("A", "a"),
      kv("B", "B"),
      kv("C", "C"),
    ]
  );
}

#[test]
fn names_must_stay_unique_across_both() {
  let project = wrangler(FILE)
    .file("src/worker.ts", "")
    .options(json!({ "miniflare": {
      "bindings": { "A": "text" },
      "kvNamespaces": ["P"],
      "durableObjects": { "P": "P" },
    }}));
  assert_eq!(
    project.messages(),
    [
      "error: A assigned to Environment Variable and KV Namespace bindings.",
      "error: P assigned to Durable Object and KV Namespace bindings.",
    ]
  );
}
