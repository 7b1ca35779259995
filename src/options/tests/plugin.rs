//! The argument of `workers()`.

use super::super::{AdditionalExport, ExportKind};
use super::*;

#[track_caller]
fn refused(options: Value, messages: &[&str]) {
  assert_eq!(project(options).messages(), messages);
}

#[test]
fn empty_options_are_valid_and_have_defaults() {
  let plan = project(json!({})).plan();
  assert_eq!(plan.name, None);
  assert_eq!(plan.main, None);
  assert_eq!(plan.compatibility_date, "2026-11-09");
  assert_eq!(plan.bindings, []);
  assert_eq!(plan.isolated_storage, Isolation::Test);
  assert_eq!(plan.network, Network::All);
  assert!(!plan.single_worker);
  assert!(plan.verbose);
  assert_eq!(plan.watched_files, Vec::<PathBuf>::new());
}

#[test]
fn missing_options_are_refused() {
  refused(Value::Null, &["error: the configuration is null"]);
}

#[test]
fn every_wrong_type_is_reported() {
  refused(
    json!({
      "additionalExports": { "A": "Class" },
      "isolatedStorage": "suite",
      "main": 1,
      "miniflare": [],
      "network": false,
      "remoteBindings": 0,
      "singleWorker": "yes",
      "verbose": null,
      "wrangler": "wrangler.toml",
    }),
    &[
      "error: `additionalExports.A` is the string \"Class\"",
      "error: `isolatedStorage` is the string \"suite\"",
      "error: `main` is the number 1",
      "error: `miniflare` is an empty array",
      "error: `network` is the boolean false",
      "error: `remoteBindings` is the number 0",
      "error: `singleWorker` is the string \"yes\"",
      "error: `verbose` is null",
      "error: `wrangler` is the string \"wrangler.toml\"",
    ],
  );
  refused(
    json!({
      "main": "",
      "miniflare": {
        "additionalUnboundDurableObjects": {},
        "bindings": ["A"],
        "compatibilityDate": 3,
        "compatibilityFlags": "nodejs_compat",
        "durableObjects": { "A": {}, "B": 1, "C": { "className": "C", "useSqlite": true } },
        "kvNamespaces": "KV",
      },
      "wrangler": { "configPath": 1, "environment": 2, "config": "" },
    }),
    &[
      "error: `main` is the string \"\"",
      "error: `miniflare.additionalUnboundDurableObjects` is an empty object",
      "error: `miniflare.bindings` is an array",
      "error: `miniflare.compatibilityDate` is the number 3",
      "error: `miniflare.compatibilityFlags` is the string \"nodejs_compat\"",
      "error: `miniflare.durableObjects.A` has no `className`",
      "error: `miniflare.durableObjects.B` is the number 1",
      "error: unknown option `miniflare.durableObjects.C.useSqlite`",
      "error: `miniflare.kvNamespaces` is the string \"KV\"",
      "error: unknown option `wrangler.config`",
      "error: `wrangler.configPath` is the number 1",
      "error: `wrangler.environment` is the number 2",
    ],
  );
}

#[test]
fn unknown_options_name_the_nearest() {
  let help = |options: Value| project(options).refused()[0].mistake.help();
  let start = |options: Value| help(options).split('?').next().unwrap().to_owned();
  assert_eq!(
    start(json!({ "singelWorker": true })),
    "did you mean `singleWorker`"
  );
  assert_eq!(
    start(json!({ "kvNamespaces": [] })),
    "did you mean `miniflare.kvNamespaces`"
  );
  assert_eq!(
    start(json!({ "miniflare": { "kv_namespaces": [] } })),
    "did you mean `kvNamespaces`"
  );
  assert_eq!(
    help(json!({ "wrangler": { "path": "" } })),
    "accepted here: `configPath`, `environment`"
  );
}

#[test]
fn isolation_has_four_spellings() {
  let isolation = |value: Value| {
    project(json!({ "isolatedStorage": value }))
      .plan()
      .isolated_storage
  };
  assert_eq!(isolation(json!(true)), Isolation::Test);
  assert_eq!(isolation(json!("test")), Isolation::Test);
  assert_eq!(isolation(json!("file")), Isolation::File);
  assert_eq!(isolation(json!(false)), Isolation::Shared);
}

#[test]
fn the_network_has_three_extents() {
  for network in [Network::All, Network::Loopback, Network::None] {
    let written = json!({ "network": network.as_str() });
    assert_eq!(project(written).plan().network, network);
  }
}

#[test]
fn default_isolation_is_the_callers() {
  let mut project = project(json!({}));
  project.input.defaults.isolated_storage = Isolation::File;
  assert_eq!(project.plan().isolated_storage, Isolation::File);
}

#[test]
fn own_options_reach_the_plan() {
  let plan = project(json!({
    "main": "./src/index.ts",
    "singleWorker": true,
    "verbose": false,
    "remoteBindings": true,
    "experimental_remoteBindings": false,
    "additionalExports": { "Api": "WorkerEntrypoint", "Flow": "WorkflowEntrypoint", "Room": "DurableObject" },
  }))
  .plan();
  assert_eq!(plan.main, Some(PathBuf::from("/project/src/index.ts")));
  assert!(plan.single_worker);
  assert!(!plan.verbose);
  let export = |name: &str, kind| AdditionalExport {
    name: name.into(),
    kind,
  };
  assert_eq!(
    plan.additional_exports,
    [
      export("Api", ExportKind::WorkerEntrypoint),
      export("Flow", ExportKind::WorkflowEntrypoint),
      export("Room", ExportKind::DurableObject),
    ]
  );
}

#[test]
fn miniflare_bindings_reach_the_plan() {
  let plan = project(json!({ "miniflare": {
    "bindings": { "LIST": [1, "b"], "NOTHING": null, "NUMBER": 1, "TEXT": "a", "YES": true },
    "kvNamespaces": ["CACHE", "CACHE"],
  }}))
  .plan();
  assert_eq!(
    plan.bindings,
    [
      json_value("LIST", "[1,\"b\"]"),
      json_value("NOTHING", "null"),
      json_value("NUMBER", "1"),
      text("TEXT", "a"),
      json_value("YES", "true"),
      kv("CACHE", "CACHE"),
    ]
  );
  let plan = project(json!({ "miniflare": {
    "kvNamespaces": { "A": "id-a", "B": { "id": "id-b" } },
  }}))
  .plan();
  assert_eq!(plan.bindings, [kv("A", "id-a"), kv("B", "id-b")]);
}

#[test]
fn options_of_a_miniflare_instance_are_ignored() {
  project(json!({ "miniflare": {
    "port": 8787, "host": "0.0.0.0", "log": {}, "kvPersist": true, "d1Persist": "./data",
    "cf": false, "upstream": "https://example.com", "liveReload": true, "https": true,
    "modules": true, "script": "", "scriptPath": "dist/index.js", "modulesRoot": "dist",
    "routes": ["example.com/*"], "cronTriggers": ["* * * * *"],
  }}))
  .plan();
}

#[test]
fn options_without_an_effect_are_named() {
  let messages = project(json!({ "miniflare": {
    "access": { "dev": {} },
    "fetchMock": {},
    "streamingTails": [],
    "unsafeEphemeralDurableObjects": true,
  }}))
  .messages();
  let no_effect =
    |option: &str| format!("warning: `miniflare.{option}` has no effect yet in this version");
  assert_eq!(
    messages,
    [
      no_effect("access"),
      no_effect("unsafeEphemeralDurableObjects")
    ]
  );
}
