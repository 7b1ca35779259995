//! Smaller products, in both spellings.

use insta::assert_snapshot;

use super::*;

fn binding(name: &str, kind: BindingKind) -> Binding {
  Binding {
    name: name.into(),
    kind,
  }
}

fn database(address: &str, user: &str) -> BindingKind {
  BindingKind::Hyperdrive {
    scheme: "postgres".into(),
    address: address.into(),
    database: "d".into(),
    user: user.into(),
    password: "p".into(),
  }
}

#[test]
fn both_spellings_mean_the_same() {
  let file = wrangler(
    r#"{
      "ratelimits": [{ "name": "R", "namespace_id": "7", "simple": { "limit": 3, "period": 10 } }],
      "secrets_store_secrets": [{ "binding": "S", "store_id": "a", "secret_name": "b" }],
      "analytics_engine_datasets": [{ "binding": "A", "dataset": "d" }],
      "send_email": [{ "name": "M", "allowed_destination_addresses": ["a@x.example"] }],
      "pipelines": [{ "binding": "P", "pipeline": "p" }],
      "worker_loaders": [{ "binding": "L" }],
      "hyperdrive": [{ "binding": "H", "id": "1", "localConnectionString": "postgres://u:p@h:1/d" }],
    }"#,
  )
  .plan();
  let options = project(json!({ "miniflare": {
    "ratelimits": { "R": { "namespace_id": 7, "simple": { "limit": 3, "period": 10 } } },
    "secretsStoreSecrets": { "S": { "store_id": "a", "secret_name": "b" } },
    "analyticsEngineDatasets": { "A": { "dataset": "d" } },
    "email": { "send_email": [{ "name": "M", "allowed_destination_addresses": ["a@x.example"] }] },
    "pipelines": ["P"],
    "workerLoaders": { "L": {} },
    "hyperdrives": { "H": "postgres://u:p@h:1/d" },
  }}))
  .plan();
  let sorted = |plan: Plan| {
    let mut bindings = plan.bindings;
    bindings.sort_by(|left, right| left.name.cmp(&right.name));
    bindings
  };
  let expected = [
    binding(
      "A",
      BindingKind::AnalyticsEngine {
        dataset: "d".into(),
      },
    ),
    binding("H", database("h:1", "u")),
    binding("L", BindingKind::WorkerLoader),
    binding(
      "M",
      BindingKind::SendEmail {
        log: "M".into(),
        destinations: Some(vec!["a@x.example".into()]),
        senders: None,
      },
    ),
    binding("P", BindingKind::Pipeline),
    binding(
      "R",
      BindingKind::RateLimit {
        namespace_id: "7".into(),
        limit: 3,
        period_s: 10,
      },
    ),
    binding(
      "S",
      BindingKind::SecretsStoreSecret {
        store_id: "a".into(),
        secret_name: "b".into(),
      },
    ),
  ];
  assert_eq!(sorted(file), expected);
  assert_eq!(sorted(options), expected);
}

#[test]
fn products_of_the_account_are_bound_to_stubs() {
  let plan = wrangler(
    r#"{
      "ai": { "binding": "AI" },
      "vectorize": [{ "binding": "V", "index_name": "i" }],
      "unsafe": { "bindings": [{ "name": "U", "type": "new" }] },
      "site": { "bucket": "public" },
    }"#,
  )
  .plan();
  let stub = |name: &str, product: &str| {
    let product = product.into();
    binding(name, BindingKind::Stub { product })
  };
  let expected = [
    stub("AI", "AI"),
    stub("V", "Vectorize Index"),
    stub("U", "new"),
    stub("__STATIC_CONTENT", "Workers Site"),
  ];
  assert_eq!(plan.bindings, expected);
}

#[test]
fn a_database_is_that_of_the_options_else_of_the_environment_else_of_the_file() {
  let text = r#"{ "hyperdrive": [
    { "binding": "A", "localConnectionString": "postgres://file:p@h/d" },
    { "binding": "B", "localConnectionString": "postgres://file:p@h/d" },
    { "binding": "C", "localConnectionString": "postgres://file:p@h/d" },
    { "binding": "D" },
  ] }"#;
  let plan = wrangler(text)
    .process_env(
      "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_A",
      "postgres://environment:p@h/d",
    )
    .process_env(
      "WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_B",
      "postgres://environment:p@h/d",
    )
    .options(json!({ "miniflare": { "hyperdrives": { "B": "postgres://options:p@h/d" } } }))
    .plan();
  let expected = [
    binding("A", database("h:5432", "environment")),
    binding("B", database("h:5432", "options")),
    binding("C", database("h:5432", "file")),
    binding("D", BindingKind::HyperdriveMissing),
  ];
  assert_eq!(plan.bindings, expected);
}

#[test]
fn mistakes_say_what_to_do() {
  let project = wrangler(
    r#"{
  "ratelimits": [{ "name": "R", "simple": { "limit": 0, "period": 30 } }, { "name": "Q" }],
  "hyperdrive": [{ "binding": "H", "localConnectionString": "http://h" }],
  "secrets_store_secrets": [{ "binding": "S" }],
  "send_email": [{ "name": "M", "allowed_sender_addresses": "a@x.example" }],
  "analytics_engine_datasets": [{ "binding": "M" }, { "binding": "A", "dataset": 5 }],
}"#,
  )
  .options(json!({ "miniflare": { "hyperdrives": { "I": "mysql://u@h/d" }, "ratelimits": [] } }));
  assert_snapshot!(project.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: `miniflare.hyperdrives.I` is the string "mysql://u@h/d"
  --> workers() option miniflare.hyperdrives.I
   = help: use a connection string with a password - e.g. postgres://user:password@localhost/db

  error: `miniflare.ratelimits` is an empty array
  --> workers() option miniflare.ratelimits
   = help: use an object of names and { name, namespace_id, simple: { limit, period } }

  error: `hyperdrive[0].localConnectionString` is the string "http://h"
   --> wrangler.jsonc:3:61
    |
  3 |   "hyperdrive": [{ "binding": "H", "localConnectionString": "http://h" }],
    |                                                             ^^^^^^^^^^
    |
    = help: use a connection string that begins with postgres:// or mysql://. Only PostgreSQL-compatible or MySQL-compatible databases are currently supported.

  error: `analytics_engine_datasets[1].dataset` is the number 5
   --> wrangler.jsonc:6:82
    |
  6 |   "analytics_engine_datasets": [{ "binding": "M" }, { "binding": "A", "dataset": 5 }],
    |                                                                                  ^
    |
    = help: use the name of a dataset

  error: `ratelimits[0].simple.limit` is the number 0
   --> wrangler.jsonc:2:54
    |
  2 |   "ratelimits": [{ "name": "R", "simple": { "limit": 0, "period": 30 } }, { "name": "Q" }],
    |                                                      ^
    |
    = help: use a number of calls, from 1

  error: `ratelimits[0].simple.period` is the number 30
   --> wrangler.jsonc:2:67
    |
  2 |   "ratelimits": [{ "name": "R", "simple": { "limit": 0, "period": 30 } }, { "name": "Q" }],
    |                                                                   ^^
    |
    = help: use 10 or 60, in seconds

  error: `ratelimits[1]` has no `simple`
   --> wrangler.jsonc:2:75
    |
  2 |   "ratelimits": [{ "name": "R", "simple": { "limit": 0, "period": 30 } }, { "name": "Q" }],
    |                                                                           ^^^^^^^^^^^^^^^
    |
    = help: add `simple`: { limit, period }

  error: `send_email[0].allowed_sender_addresses` is the string "a@x.example"
   --> wrangler.jsonc:5:61
    |
  5 |   "send_email": [{ "name": "M", "allowed_sender_addresses": "a@x.example" }],
    |                                                             ^^^^^^^^^^^^^
    |
    = help: use a list of addresses

  error: `secrets_store_secrets[0]` has no `store_id`
   --> wrangler.jsonc:4:29
    |
  4 |   "secrets_store_secrets": [{ "binding": "S" }],
    |                             ^^^^^^^^^^^^^^^^^^
    |
    = help: add `store_id`: the id of the store

  error: `secrets_store_secrets[0]` has no `secret_name`
   --> wrangler.jsonc:4:29
    |
  4 |   "secrets_store_secrets": [{ "binding": "S" }],
    |                             ^^^^^^^^^^^^^^^^^^
    |
    = help: add `secret_name`: the name of the secret

  error: M assigned to Analytics Engine Dataset and Send Email bindings.
   --> wrangler.jsonc:5:28
    |
  5 |   "send_email": [{ "name": "M", "allowed_sender_addresses": "a@x.example" }],
    |                            ^^^
    |
    = help: Bindings must have unique names, so that they can all be referenced in the worker.
            Please change your bindings to have unique names.
  "#);
}
