//! Durable Object classes: who declares them, and what storage they have.

use super::*;

fn options(durable_objects: Value) -> Project {
  project(json!({ "miniflare": { "durableObjects": durable_objects } }))
}

fn migrations(migrations: Value, bound: &[&str]) -> Project {
  let bindings: Vec<Value> = bound
    .iter()
    .map(|name| json!({ "name": name, "class_name": name }))
    .collect();
  let file = json!({
    "name": "api",
    "durable_objects": { "bindings": bindings },
    "migrations": migrations,
  });
  wrangler(&file.to_string())
}

#[test]
fn classes_of_options_have_legacy_storage_unless_they_say_otherwise() {
  let plan = options(json!({
    "A": "First",
    "B": { "className": "Second", "useSQLite": true, "unsafeUniqueKey": "key" },
    "C": { "className": "First", "unsafePreventEviction": true },
  }))
  .plan();
  assert_eq!(
    plan.bindings,
    [
      object("A", "First"),
      object("B", "Second"),
      object("C", "First")
    ]
  );
  assert_eq!(
    plan.durable_object_classes,
    [
      class("First", false, "worker-First"),
      class("Second", true, "key")
    ]
  );
}

#[test]
fn unbound_classes_of_options_exist() {
  let plan = project(json!({ "miniflare": {
    "additionalUnboundDurableObjects": [{ "className": "Hidden", "useSQLite": true }],
  }}))
  .plan();
  assert_eq!(plan.bindings, []);
  assert_eq!(
    plan.durable_object_classes,
    [class("Hidden", true, "worker-Hidden")]
  );
}

#[test]
fn migrations_are_replayed_in_order() {
  let plan = migrations(
    json!([
      { "tag": "v1", "new_classes": ["Old", "Gone"], "new_sqlite_classes": ["Fresh"] },
      { "tag": "v2", "deleted_classes": ["Gone"], "renamed_classes": [{ "from": "Fresh", "to": "Newer" }] },
      { "tag": "v3", "new_sqlite_classes": ["Gone"], "transferred_classes": [{ "from": "A", "from_script": "b", "to": "Moved" }] },
    ]),
    &["Old", "Newer"],
  )
  .plan();
  assert_eq!(
    plan.durable_object_classes,
    [
      class("Old", false, "api-Old"),
      class("Newer", true, "api-Newer"),
      class("Gone", true, "api-Gone"),
      class("Moved", false, "api-Moved"),
    ]
  );
}

#[test]
fn migrations_that_do_not_fit_are_refused() {
  let messages = migrations(
    json!([
      { "tag": "v1", "new_classes": ["A"], "new_sqlite_classes": ["B"] },
      {
        "tag": "v2", "new_classes": ["B"], "new_sqlite_classes": ["A"],
        "deleted_classes": ["X"],
        "renamed_classes": [{ "from": "Y", "to": "Z" }, { "from": "A", "to": "B" }],
      },
    ]),
    &[],
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: Cannot apply deleted_classes migration to non-existent class X",
      "error: Cannot apply renamed_classes migration to non-existent class Y",
      "error: Cannot apply renamed_classes migration to existing class B",
      "error: Cannot apply new_classes migration to existing class B",
      "error: Cannot apply new_sqlite_classes migration to existing class A",
    ]
  );
}

#[test]
fn bound_class_without_migration_warns_and_has_legacy_storage() {
  let project = migrations(json!([]), &["Room"]);
  assert_eq!(project.messages().len(), 1);
  let (plan, _) = project.plan_and_warnings();
  assert_eq!(
    plan.durable_object_classes,
    [class("Room", false, "api-Room")]
  );
}

#[test]
fn option_that_decides_the_storage_makes_a_migration_needless() {
  let plan = migrations(json!([]), &["Room"])
    .options(
      json!({ "miniflare": { "durableObjects": { "Other": { "className": "Room", "useSQLite": true } } } }),
    )
    .plan();
  assert_eq!(
    plan.durable_object_classes,
    [class("Room", true, "api-Room")]
  );
}

#[test]
fn migrated_class_keeps_its_storage_when_the_option_is_silent() {
  let plan = migrations(
    json!([{ "tag": "v1", "new_sqlite_classes": ["Room"] }]),
    &["Room"],
  )
  .options(json!({ "miniflare": { "durableObjects": { "Room": "Room", "Again": "Room" } } }))
  .plan();
  assert_eq!(
    plan.durable_object_classes,
    [class("Room", true, "api-Room")]
  );
  assert_eq!(
    plan.bindings,
    [object("Room", "Room"), object("Again", "Room")]
  );
}

#[test]
fn contradictions_are_refused() {
  let messages = migrations(
    json!([{ "tag": "v1", "new_sqlite_classes": ["Room"] }]),
    &["Room"],
  )
  .options(json!({ "miniflare": { "durableObjects": {
    "A": { "className": "Room", "useSQLite": false, "unsafeUniqueKey": "one" },
    "B": { "className": "Room", "unsafeUniqueKey": "two" },
    "C": { "className": "Room", "unsafeUniqueKey": "../escape" },
  }}}))
  .messages();
  assert_eq!(
    messages,
    [
      "error: `miniflare.durableObjects.C.unsafeUniqueKey` is the string \"../escape\"",
      "error: the Durable Object class `Room` has conflicting storages: legacy key-value here, but SQLite elsewhere",
      "error: the Durable Object class `Room` has conflicting unique keys",
    ]
  );
}

#[test]
fn own_names_are_the_worker_itself() {
  let file = r#"{
    "name": "api",
    "env": { "prod": {
      "durable_objects": { "bindings": [
        { "name": "A", "class_name": "Room", "script_name": "api-prod" },
        { "name": "B", "class_name": "Room", "script_name": "api" },
        { "name": "C", "class_name": "Room", "script_name": "api", "environment": "prod" },
      ] },
    } },
    "migrations": [{ "tag": "v1", "new_classes": ["Room"] }],
  }"#;
  let plan = wrangler(file)
    .environment("prod")
    .options(json!({ "miniflare": { "name": "own", "durableObjects": {
      "D": { "className": "Room", "scriptName": "vitest-plugin-runner-api" },
      "E": { "className": "Room", "scriptName": "own" },
    }}}))
    .plan();
  let names: Vec<&str> = plan
    .bindings
    .iter()
    .map(|binding| binding.name.as_str())
    .collect();
  assert_eq!(names, ["A", "B", "C", "D", "E"]);
  assert_eq!(
    plan.durable_object_classes,
    [class("Room", false, "api-prod-Room")]
  );
}

#[test]
fn classes_of_other_workers_are_refused() {
  let project = wrangler(
    r#"{ "name": "api", "durable_objects": { "bindings": [
      { "name": "A", "class_name": "Room", "script_name": "other" },
      { "name": "B", "class_name": "Room", "environment": "prod" },
    ] }, "migrations": [{ "tag": "v1", "new_classes": ["Room"] }], "exports": {} }"#,
  );
  assert_eq!(
    project.messages(),
    [
      "error: the Durable Object binding `B` has an \"environment\", but no \"script_name\"",
      "error: `migrations` and `exports` are mutually exclusive. Choose one or the other",
      "error: the Durable Object binding `A` refers to the Worker `other`, which is not there",
    ]
  );
}

#[test]
fn classes_can_be_declared_instead_of_migrated() {
  let plan = wrangler(
    r#"{ "name": "w", "exports": {
      "New": { "type": "durable-object", "storage": "sqlite" },
      "Old": { "type": "durable-object", "storage": "legacy-kv", "state": "created" },
      "Coming": { "type": "durable-object", "storage": "sqlite", "state": "expecting-transfer", "transfer_from": "x" },
      "Gone": { "type": "durable-object", "state": "deleted" },
      "Before": { "type": "durable-object", "state": "renamed", "renamed_to": "New" },
      "Away": { "type": "durable-object", "state": "transferred", "transferred_to": "x" },
      "Admin": { "type": "worker", "cache": { "enabled": true } },
    } }"#,
  )
  .plan();
  assert_eq!(
    plan.durable_object_classes,
    [
      class("New", true, "w-New"),
      class("Old", false, "w-Old"),
      class("Coming", true, "w-Coming"),
    ]
  );
  assert_eq!(plan.named_entrypoints, ["Admin"]);
  let messages = wrangler(
    r#"{ "exports": {
      "A": { "type": "durable-object" },
      "B": { "type": "durable-object", "storage": "kv" },
      "C": { "type": "durable-object", "state": "lost" },
      "D": {},
    } }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: `exports.A` has no `storage`",
      "error: `exports.B.storage` is the string \"kv\"",
      "error: `exports.C.state` is the string \"lost\"",
      "error: `exports.D` has no `type`",
    ]
  );
}
