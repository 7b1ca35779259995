//! Wrangler files: formats, keys and their mistakes.

use super::*;

const TOML: &str = r#"
name = "api"
main = "src/index.ts"
compatibility_date = "2025-09-15"
compatibility_flags = ["global_navigator", "experimental"]
kv_namespaces = [{ binding = "CACHE", id = "abc" }]

[vars]
HOST = "example.com"
PORT = 8_080
RATIO = 1.5
DEBUG = false
NESTED = { "a b" = "c", list = [1, 2] }

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Room"]
"#;

const JSONC: &str = r#"{
  // Comments and trailing commas are fine in both.
  "$schema": "./node_modules/wrangler/config-schema.json",
  "name": "api",
  "main": "src/index.ts",
  "compatibility_date": "2025-09-15",
  "compatibility_flags": ["global_navigator", "experimental"],
  "kv_namespaces": [{ "binding": "CACHE", "id": "abc" }],
  "vars": {
    "HOST": "example.com",
    "PORT": 8080,
    "RATIO": 1.5,
    "DEBUG": false,
    "NESTED": { "a b": "c", "list": [1, 2] },
  },
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }],
}"#;

#[track_caller]
fn check(text: &str, messages: &[&str]) {
  assert_eq!(wrangler(text).messages(), messages);
}

#[test]
fn formats_mean_the_same() {
  let plan = |path: &str, text: &str| {
    let project = project(json!({ "wrangler": { "configPath": path } })).file(path, text);
    let mut plan = project.plan();
    assert_eq!(plan.watched_files[0], PathBuf::from("/project").join(path));
    plan.watched_files.clear();
    plan
  };
  let toml = plan("wrangler.toml", TOML);
  assert_eq!(toml, plan("wrangler.jsonc", JSONC));
  assert_eq!(toml, plan("wrangler.json", JSONC));
  assert_eq!(toml, plan("wrangler.json", &format!("\u{feff}{JSONC}")));

  assert_eq!(toml.name.as_deref(), Some("api"));
  assert_eq!(toml.main, Some(PathBuf::from("/project/src/index.ts")));
  assert_eq!(toml.compatibility_date, "2025-09-15");
  assert_eq!(
    toml.bindings,
    [
      text("HOST", "example.com"),
      json_value("PORT", "8080"),
      json_value("RATIO", "1.5"),
      json_value("DEBUG", "false"),
      json_value("NESTED", r#"{"a b":"c","list":[1,2]}"#),
      kv("CACHE", "abc"),
      object("ROOM", "Room"),
    ]
  );
  assert_eq!(
    toml.durable_object_classes,
    [class("Room", true, "api-Room")]
  );
}

/// Spans of syntax errors lie at, or beyond, the end of the text.
#[test]
fn every_truncation_of_a_file_can_be_shown() {
  for (path, text) in [("wrangler.toml", TOML), ("wrangler.jsonc", JSONC)] {
    let text = text.replace('\n', "\r\n\t").replace("Room", "Räum");
    for (end, _) in text.char_indices() {
      let project = project(json!({ "wrangler": { "configPath": path } })).file(path, &text[..end]);
      match plan(&project.input, &project.files) {
        Ok((_, warnings)) => render_warnings(&warnings, &project.input),
        Err(problems) => render(&problems, &project.input),
      };
    }
  }
}

#[test]
fn kv_id_prefers_preview_and_falls_back_to_the_binding() {
  let plan = wrangler(
    r#"{ "kv_namespaces": [
      { "binding": "A", "id": "a", "preview_id": "preview" },
      { "binding": "B", "id": "b", "remote": false },
      { "binding": "C" },
    ] }"#,
  )
  .plan();
  assert_eq!(
    plan.bindings,
    [kv("A", "preview"), kv("B", "b"), kv("C", "C")]
  );
}

#[test]
fn numbers_that_json_cannot_hold_become_null() {
  let plan = wrangler("[vars]\nA = inf\nB = nan\nC = 0xff\nD = 9007199254740993").plan();
  assert_eq!(
    plan.bindings,
    [
      json_value("A", "null"),
      json_value("B", "null"),
      json_value("C", "255"),
      json_value("D", "9007199254740993"),
    ]
  );
  assert_eq!(
    wrangler(r#"{ "vars": { "A": 1e400 } }"#).plan().bindings,
    [json_value("A", "null")]
  );
}

#[test]
fn keys_without_effect_are_silent() {
  wrangler(
    r#"{
      "account_id": "x", "workers_dev": true, "preview_urls": false, "routes": ["a.com/*"],
      "route": "a.com/*", "triggers": { "crons": ["* * * * *"] }, "limits": { "cpu_ms": 50 },
      "placement": { "mode": "smart" }, "observability": { "enabled": true }, "logpush": true,
      "build": { "command": "make" }, "minify": true, "no_bundle": true, "tsconfig": "x",
      "keep_vars": true, "send_metrics": false, "dev": { "port": 1 }, "upload_source_maps": true,
      "find_additional_modules": true, "base_dir": ".", "preserve_file_names": true,
      "jsx_factory": "h", "jsx_fragment": "F", "keep_names": true, "first_party_worker": false,
      "logfwdr": { "bindings": [] }, "compliance_region": "public", "python_modules": {},
      "cache": {}, "previews": {}, "addresses": [], "dependencies_instrumentation": {},
      "containers": [{ "class_name": "A" }], "pages_build_output_dir": "dist",
      "r2_buckets": [], "define": {},
    }"#,
  )
  .plan();
}

#[test]
fn wrong_types_are_reported_wherever_they_are() {
  check(
    r#"{
      "name": 1, "main": [], "compatibility_date": 2, "compatibility_flags": ["a", 3],
      "vars": [], "kv_namespaces": [{ "binding": 4, "id": 5, "preview_id": "", "remote": "no" }, 6, {}],
      "durable_objects": { "bindings": [{ "name": "A" }, { "class_name": "B" }, "C"] },
      "migrations": [{ "new_classes": "A", "renamed_classes": [{ "from": "A" }] }, { "tag": "v2", "new_classes": [7] }],
      "env": [],
    }"#,
    &[
      "error: `env` is an empty array",
      "error: `name` is the number 1",
      "error: `main` is an empty array",
      "error: `compatibility_date` is the number 2",
      "error: `compatibility_flags[1]` is the number 3",
      "error: `migrations[0]` has no `tag`",
      "error: `migrations[0].renamed_classes[0]` has no `to`",
      "error: `migrations[0].new_classes` is the string \"A\"",
      "error: `migrations[1].new_classes[0]` is the number 7",
      "error: `vars` is an empty array",
      "error: `kv_namespaces[0].id` is the number 5",
      "error: `kv_namespaces[0].preview_id` is the string \"\"",
      "error: `kv_namespaces[0].remote` is the string \"no\"",
      "error: `kv_namespaces[0].binding` is the number 4",
      "error: `kv_namespaces[1]` is the number 6",
      "error: `kv_namespaces[2]` has no `binding`",
      "error: `durable_objects.bindings[0]` has no `class_name`",
      "error: `durable_objects.bindings[1]` has no `name`",
      "error: `durable_objects.bindings[2]` is the string \"C\"",
    ],
  );
  let list = project(json!({ "wrangler": { "configPath": "a.json" } })).file("a.json", "[]");
  assert_eq!(
    list.messages(),
    ["error: the configuration is an empty array"]
  );
  check(
    r#"{ "durable_objects": {} }"#,
    &["error: `durable_objects` has no `bindings`"],
  );
  check(
    r#"{ "durable_objects": 1 }"#,
    &["error: `durable_objects` is the number 1"],
  );
}

#[test]
fn unknown_keys_warn() {
  check(
    r#"{ "kv_namespace": [], "kv_namespaces": [{ "binding": "A", "ids": "a" }] }"#,
    &[
      "warning: Unexpected fields found in top-level field: \"kv_namespace\"",
      "warning: Unexpected fields found in kv_namespaces[0] field: \"ids\"",
    ],
  );
}

#[test]
fn worker_names_follow_the_rule() {
  for name in ["api", "my-api_2", "_x", "9"] {
    assert_eq!(
      wrangler(&format!("name = \"{name}\""))
        .plan()
        .name
        .as_deref(),
      Some(name)
    );
  }
  for name in ["Api", "my api", "-api", "ä"] {
    let message = format!("error: the Worker's name \"{name}\" is invalid");
    check(&format!("name = \"{name}\""), &[&message]);
  }
}

#[test]
fn bindings_that_share_a_name_are_refused() {
  check(
    r#"{ "kv_namespaces": [{ "binding": "X" }, { "binding": "X" }] }"#,
    &["error: X assigned to multiple KV Namespace bindings."],
  );
  let messages = wrangler(
    r#"{
      "vars": { "X": "", "Y": "" },
      "kv_namespaces": [{ "binding": "Y" }],
      "d1_databases": [{ "binding": "X" }, { "binding": "Y" }],
    }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: X assigned to D1 Database and Environment Variable bindings.",
      "error: Y assigned to D1 Database, Environment Variable, and KV Namespace bindings.",
    ]
  );
}

#[test]
fn toml_dates_are_refused() {
  let date =
    |field: &str| format!("error: The field \"{field}\" is a TOML date, which is not supported.");
  check(
    "compatibility_date = 2025-09-15\n[vars]\nD = 2025-12-19\nL = [2025-12-19T10:00:00Z]",
    &[
      &date("compatibility_date"),
      &date("vars.D"),
      &date("vars.L[0]"),
    ],
  );
}

#[test]
fn removed_keys_are_refused() {
  check(
    "node_compat = true\nlegacy_env = true",
    &[
      "error: \"node_compat\" is no longer supported",
      "error: \"legacy_env\" is no longer supported",
    ],
  );
}

#[test]
fn paths_in_a_file_are_relative_to_it() {
  let mut project = project(json!({
    "wrangler": { "configPath": "wrangler.toml" },
    "miniflare": { "rootPath": "../shared" },
  }));
  let files = &mut project.files.0;
  files.insert(
    "/shared/wrangler.toml".into(),
    "main = \"./worker/../index.js\"".into(),
  );
  files.insert("/shared/index.js".into(), String::new());
  let plan = project.plan();
  assert_eq!(plan.main, Some(PathBuf::from("/shared/index.js")));
  assert_eq!(
    plan.watched_files[0],
    PathBuf::from("/shared/wrangler.toml")
  );
}

#[test]
fn no_file_is_discovered() {
  let plan = project(json!({ "wrangler": {} }))
    .file("wrangler.toml", "name = \"api\"")
    .plan();
  assert_eq!(plan.name, None);
}

#[test]
fn names_of_buckets_follow_the_rule() {
  let messages = |name: &str| {
    let bucket = json!({ "binding": "B", "bucket_name": name });
    wrangler(&json!({ "r2_buckets": [bucket] }).to_string()).messages()
  };
  for name in ["abc", "a-1", "0a0", &"a".repeat(63)] {
    assert_eq!(messages(name), Vec::<String>::new(), "{name}");
  }
  for name in ["ab", "-abc", "abc-", "Abc", "a_c", "a.c", &"a".repeat(64)] {
    let expected = format!(
      "error: r2_buckets[0].bucket_name=\"{name}\" is invalid. Bucket names must begin and end with an alphanumeric \
      character, only contain lowercase letters, numbers, and hyphens, and be between 3 and 63 characters long."
    );
    assert_eq!(messages(name), [expected], "{name}");
  }
}
