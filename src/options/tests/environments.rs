//! Environments of a Wrangler file.

use super::*;

const FILE: &str = r#"{
  "name": "api",
  "main": "src/index.ts",
  "compatibility_date": "2025-09-15",
  "vars": { "A": "top", "B": "top" },
  "kv_namespaces": [{ "binding": "KV", "id": "top" }],
  "env": {
    "prod": { "vars": { "A": "prod", "B": "prod" }, "kv_namespaces": [{ "binding": "KV", "id": "prod" }] },
    "named": { "name": "other", "compatibility_date": "2026-01-01", "vars": {}, "kv_namespaces": [] },
    "partial": { "vars": { "A": "partial" }, "kvNamespaces": [], "env": {}, "keep_vars": true },
    "broken": 1,
  },
}"#;

fn selected(name: &str) -> Project {
  wrangler(FILE)
    .options(json!({ "wrangler": { "configPath": "wrangler.jsonc", "environment": name } }))
}

#[test]
fn top_level_counts_without_an_environment() {
  let plan = wrangler(FILE).plan();
  assert_eq!(plan.name.as_deref(), Some("api"));
  assert_eq!(
    plan.bindings,
    [text("A", "top"), text("B", "top"), kv("KV", "top")]
  );
}

#[test]
fn environment_inherits_replaces_and_gets_a_suffix() {
  let plan = selected("prod").plan();
  assert_eq!(plan.name.as_deref(), Some("api-prod"));
  assert_eq!(plan.main, Some(PathBuf::from("/project/src/index.ts")));
  assert_eq!(plan.compatibility_date, "2025-09-15");
  assert_eq!(
    plan.bindings,
    [text("A", "prod"), text("B", "prod"), kv("KV", "prod")]
  );
}

#[test]
fn explicit_name_and_empty_values_count() {
  let plan = selected("named").plan();
  assert_eq!(plan.name.as_deref(), Some("other"));
  assert_eq!(plan.compatibility_date, "2026-01-01");
  assert_eq!(plan.bindings, []);
}

#[test]
fn missing_repetitions_and_misplaced_keys_warn() {
  let project = selected("partial");
  assert_eq!(
    project.messages(),
    [
      "warning: Unexpected fields found in env.partial field: \"kvNamespaces\"",
      "warning: Unexpected fields found in env.partial field: \"env\"",
      "warning: Unexpected fields found in env.partial field: \"keep_vars\"",
      "warning: The following vars exist at the top level, but not on \"env.partial.vars\": B",
      "warning: \"kv_namespaces\" exists at the top level, but not on \"env.partial\".",
    ]
  );
  assert_eq!(
    project.plan_and_warnings().0.bindings,
    [text("A", "partial")]
  );
}

#[test]
fn variable_selects_unless_the_option_does() {
  let name = |project: Project| project.plan().name.unwrap();
  assert_eq!(name(wrangler(FILE).environment("prod")), "api-prod");
  assert_eq!(name(wrangler(FILE).environment("")), "api");
  assert_eq!(name(selected("named").environment("prod")), "other");
  assert_eq!(name(selected("").environment("prod")), "api");
}

#[test]
fn unknown_environment_is_refused_where_there_are_others() {
  assert_eq!(
    selected("staging").messages(),
    ["error: No environment found in configuration with name \"staging\"."]
  );
  assert_eq!(
    selected("broken").messages(),
    ["error: `env.broken` is the number 1"]
  );
}

#[test]
fn unknown_environment_warns_where_there_are_none() {
  let project = wrangler("name = \"api\"").environment("staging");
  assert_eq!(
    project.messages(),
    ["warning: No environment found in configuration with name \"staging\"."]
  );
  assert_eq!(project.plan_and_warnings().0.name.as_deref(), Some("api"));
}
