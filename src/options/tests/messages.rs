//! The rendered texts: what happened, where, and what to do.

use insta::assert_snapshot;

use super::*;

#[test]
fn everything_at_once() {
  let project = project(json!({
    "mian": "src/index.ts",
    "miniflare": { "compatibilityDate": "2030-01-01", "kvNamespaces": { "CACHE": 5 } },
    "singleWorker": "yes",
    "wrangler": { "configPath": "wrangler.jsonc" },
  }))
  .file(
    "wrangler.jsonc",
    r#"{
  "name": "My Worker",
  "main": "src/wroker.ts",
  "kv_namespaces": [
    { "binding": "KV", "id": 1 },
    { "id": "two" },
  ],
  "kv_namespace": [],
}"#,
  );
  assert_snapshot!(project.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: unknown option `mian`
  --> workers() option mian
   = help: did you mean `main`? accepted here: `main`, `wrangler`, `miniflare`, `auxiliaryWorkers`, `isolatedStorage`, `network`, `singleWorker`, `verbose`, `remoteBindings`, `additionalExports`

  error: `miniflare.kvNamespaces.CACHE` is the number 5
  --> workers() option miniflare.kvNamespaces.CACHE
   = help: use a string, the ID of the KV namespace, or { id }

  error: `singleWorker` is the string "yes"
  --> workers() option singleWorker
   = help: use `true` or `false`

  error: the Worker's name "My Worker" is invalid
   --> wrangler.jsonc:2:11
    |
  2 |   "name": "My Worker",
    |           ^^^^^^^^^^^
    |
    = help: use lower-case letters, digits, `-` and `_`, and do not start with `-`

  error: `kv_namespaces[0].id` is the number 1
   --> wrangler.jsonc:5:30
    |
  5 |     { "binding": "KV", "id": 1 },
    |                              ^
    |
    = help: use the ID of the KV namespace, or leave it out

  error: `kv_namespaces[1]` has no `binding`
   --> wrangler.jsonc:6:5
    |
  6 |     { "id": "two" },
    |     ^^^^^^^^^^^^^^^
    |
    = help: add `binding`: the name in `env`

  error: the Worker under test does not exist: /project/src/wroker.ts
   --> wrangler.jsonc:3:11
    |
  3 |   "main": "src/wroker.ts",
    |           ^^^^^^^^^^^^^^^
    |
    = help: correct the path, build the file before the tests, or set the option `main` to the Worker's source

  error: Compatibility date "2030-01-01" is in the future and unsupported
  --> workers() option miniflare.compatibilityDate
   = help: use "2026-11-09" or earlier, or update `vitest-pool-workerd`

  warning: Unexpected fields found in top-level field: "kv_namespace"
   --> wrangler.jsonc:8:3
    |
  8 |   "kv_namespace": [],
    |   ^^^^^^^^^^^^^^
    |
    = help: did you mean "kv_namespaces"?
  "#);
}

#[test]
fn warnings_of_a_file_and_of_options() {
  let project = wrangler(
    r#"name = "api"
r2_buckets = [{ binding = "BUCKET", bucket_name = "b" }]
d1_database = []

[vars]
A = "a"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

[env.prod]
workers_dev = true
durable_objects.bindings = [{ name = "ROOM", class_name = "Room" }]
"#,
  )
  .environment("prod")
  .options(
    json!({ "miniflare": { "tails": ["gone"], "compatibilityFlags": ["disable_weak_ref"] } }),
  );
  assert_snapshot!(project.warnings(), @r#"
  Processing wrangler.toml:

  warning: Unexpected fields found in top-level field: "d1_database"
   --> wrangler.toml:3:1
    |
  3 | d1_database = []
    | ^^^^^^^^^^^
    |
    = help: did you mean "d1_databases"?

  warning: "r2_buckets" exists at the top level, but not on "env.prod".
   --> wrangler.toml:2:1
    |
  2 | r2_buckets = [{ binding = "BUCKET", bucket_name = "b" }]
    | ^^^^^^^^^^
    |
    = help: This is not what you probably want, since "r2_buckets" is not inherited by environments.
            Please add "r2_buckets" to "env.prod".

  warning: "vars" exists at the top level, but not on "env.prod".
   --> wrangler.toml:5:2
    |
  5 | [vars]
    |  ^^^^
    |
    = help: This is not what you probably want, since "vars" is not inherited by environments.
            Please add "vars" to "env.prod".

  warning: the Durable Object class `Room` is bound, but no migration declares it: it gets the legacy key-value storage, without SQL
    --> wrangler.toml:14:38
     |
  14 | durable_objects.bindings = [{ name = "ROOM", class_name = "Room" }]
     |                                      ^^^^^^
     |
     = help: add a migration: { "tag": "v1", "new_sqlite_classes": ["Room"] }

  Processing the options of project `api` (vitest.config.ts):

  warning: Removing `disable_weak_ref` compatibility flag during tests as that feature is needed to support the Vitest runner.
  --> workers() option miniflare.compatibilityFlags[0]
   = help: nothing to do; code that is tested sees the feature turned on

  warning: Tail consumer "gone" was not found in your config. Make sure you add it if you'd like to simulate receiving tail events locally.
  --> workers() option miniflare.tails[0]
   = help: add it to `auxiliaryWorkers` or `miniflare.workers`, or ignore this
  "#);
}

#[test]
fn projects_are_never_nameless() {
  let heading = |name: &str, config: Option<&str>| {
    let mut project = project(Value::Null);
    project.input.project_name = name.into();
    project.input.config_file = config.map(PathBuf::from);
    project.errors().lines().next().unwrap().to_owned()
  };
  let config = Some("/project/vitest.config.ts");
  assert_eq!(
    heading("api", config),
    "Invalid options for project `api` (vitest.config.ts)"
  );
  assert_eq!(
    heading("", config),
    "Invalid options for project `vitest.config.ts`"
  );
  assert_eq!(
    heading("api", Some("/vitest.workspace.ts")),
    "Invalid options for project `api` (/vitest.workspace.ts)"
  );
  assert_eq!(
    heading("api", None),
    "Invalid options for project `api` (project)"
  );
  assert_eq!(heading("", None), "Invalid options for project `project`");
}

#[test]
fn missing_options() {
  assert_snapshot!(project(Value::Null).errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: the configuration is null
  --> workers() options
   = help: use an object, such as { wrangler: { configPath: "./wrangler.jsonc" } }
  "#);
}

#[test]
fn missing_file() {
  let project = project(json!({ "wrangler": { "configPath": "./wrangler.toml" } }));
  assert_snapshot!(project.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: Could not read file: /project/wrangler.toml
  --> workers() option wrangler.configPath
   = help: create the file, or correct the path
  "#);
}

#[test]
fn file_of_unknown_format() {
  let project = project(json!({ "wrangler": { "configPath": "wrangler.yaml" } }));
  assert_snapshot!(project.errors(), @"
  Invalid options for project `api` (vitest.config.ts)

  error: unknown format of the Wrangler file /project/wrangler.yaml
  --> workers() option wrangler.configPath
   = help: use a file that ends in .toml, .json or .jsonc
  ");
}

#[test]
fn unreadable_file() {
  struct Locked;
  impl super::super::FileSystem for Locked {
    fn read(&self, _: &std::path::Path) -> std::io::Result<String> {
      Err(std::io::ErrorKind::PermissionDenied.into())
    }
    fn is_file(&self, _: &std::path::Path) -> bool {
      true
    }
  }
  let project = project(json!({ "wrangler": { "configPath": "wrangler.toml" } }));
  let problems = plan(&project.input, &Locked).unwrap_err();
  assert_snapshot!(render(&problems, &project.input), @"
  Invalid options for project `api` (vitest.config.ts)

  error: Could not read file: /project/wrangler.toml (permission denied)
  --> workers() option wrangler.configPath
   = help: make it a readable UTF-8 text file

  error: Could not read file: /project/.dev.vars (permission denied)
  --> .dev.vars
   = help: make it a readable UTF-8 text file
  ");
}

#[test]
fn syntax_errors() {
  assert_snapshot!(wrangler("name = \"api\"\nmain = src/index.ts\n").errors(), @"
  Invalid options for project `api` (vitest.config.ts)

  error: syntax error: string values must be quoted, expected literal string
   --> wrangler.toml:2:8
    |
  2 | main = src/index.ts
    |        ^^^^^^^^^^^^
    |
    = help: correct the file; nothing in it was read
  ");
  assert_snapshot!(wrangler("{\n  \"name\": \"api\"\n  \"main\": \"src/index.ts\"\n}").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: syntax error: Expected comma
   --> wrangler.jsonc:2:16
    |
  2 |   "name": "api"
    |                ^
    |
    = help: correct the file; nothing in it was read
  "#);
  assert_snapshot!(wrangler("{\n  \"name\": \"api\",\n").errors(), @"
  Invalid options for project `api` (vitest.config.ts)

  error: syntax error: Unterminated object
   --> wrangler.jsonc:1:1
    |
  1 | {
    | ^
    |
    = help: correct the file; nothing in it was read
  ");
  let empty = project(json!({ "wrangler": { "configPath": "wrangler.json" } }));
  assert_snapshot!(empty.file("wrangler.json", "").errors(), @"
  Invalid options for project `api` (vitest.config.ts)

  error: syntax error: The file is empty
   --> wrangler.json:1:1
    |
  1 |
    | ^
    |
    = help: correct the file; nothing in it was read
  ");
}

#[test]
fn missing_main() {
  let option = project(json!({ "main": "src/index" }));
  assert_snapshot!(option.errors(), @"
  Invalid options for project `api` (vitest.config.ts)

  error: the Worker under test does not exist: /project/src/index
  --> workers() option main
   = help: did you mean src/index.ts? Paths are used as written, so add the extension
  ");
  assert_snapshot!(wrangler("main = \"dist/worker.js\"").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: the Worker under test does not exist: /project/dist/worker.js
   --> wrangler.toml:1:8
    |
  1 | main = "dist/worker.js"
    |        ^^^^^^^^^^^^^^^^
    |
    = help: correct the path, build the file before the tests, or set the option `main` to the Worker's source
  "#);
}

#[test]
fn toml_date() {
  assert_snapshot!(wrangler("[vars]\nD = 2025-12-19\n").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: The field "vars.D" is a TOML date, which is not supported.
   --> wrangler.toml:2:5
    |
  2 | D = 2025-12-19
    |     ^^^^^^^^^^
    |
    = help: Please use a string instead, e.g. D = "2025-12-19".
  "#);
}

#[test]
fn duplicate_binding() {
  let file = wrangler("kv_namespaces = [\n  { binding = \"A\" },\n]\n\n[vars]\nA = \"text\"\n");
  assert_snapshot!(file.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: A assigned to Environment Variable and KV Namespace bindings.
   --> wrangler.toml:2:15
    |
  2 |   { binding = "A" },
    |               ^^^
    |
    = help: Bindings must have unique names, so that they can all be referenced in the worker.
            Please change your bindings to have unique names.
  "#);
  let option = file.options(json!({ "miniflare": { "durableObjects": { "A": "Room" } } }));
  assert_snapshot!(option.messages().join("\n"), @"
  error: A assigned to Environment Variable and KV Namespace bindings.
  error: A assigned to Durable Object, Environment Variable, and KV Namespace bindings.
  ");
}

#[test]
fn worker_name() {
  assert_snapshot!(wrangler("name = \"My Worker\"").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: the Worker's name "My Worker" is invalid
   --> wrangler.toml:1:8
    |
  1 | name = "My Worker"
    |        ^^^^^^^^^^^
    |
    = help: use lower-case letters, digits, `-` and `_`, and do not start with `-`
  "#);
}

#[test]
fn removed_field() {
  assert_snapshot!(wrangler("node_compat = true").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: "node_compat" is no longer supported
   --> wrangler.toml:1:1
    |
  1 | node_compat = true
    | ^^^^^^^^^^^
    |
    = help: remove it, and add "nodejs_compat" to `compatibility_flags` for production
  "#);
}

#[test]
fn unknown_environment() {
  let file = "[env.prod]\n[env.dev]\n";
  assert_snapshot!(wrangler(file).environment("staging").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: No environment found in configuration with name "staging".
  --> environment variable CLOUDFLARE_ENV
   = help: The available configured environment names are: `prod`, `dev`
  "#);
  assert_snapshot!(wrangler("name = \"api\"").environment("staging").warnings(), @r#"
  Processing the options of project `api` (vitest.config.ts):

  warning: No environment found in configuration with name "staging".
  --> environment variable CLOUDFLARE_ENV
   = help: the top level is used; add "env.staging" to the file, or unset the environment
  "#);
}

#[test]
fn vars_that_are_not_repeated() {
  let file = "[vars]\nA = \"a\"\nB = \"b\"\n\n[env.prod.vars]\nA = \"a\"\n";
  assert_snapshot!(wrangler(file).environment("prod").warnings(), @r#"
  Processing wrangler.toml:

  warning: The following vars exist at the top level, but not on "env.prod.vars": B
   --> wrangler.toml:5:11
    |
  5 | [env.prod.vars]
    |           ^^^^
    |
    = help: This is not what you probably want, since "vars" is not inherited by environments.
            Please add these vars to "env.prod.vars".
  "#);
}

#[test]
fn durable_object_mistakes() {
  let file = r#"{
  "durable_objects": {
    "bindings": [
      { "name": "A", "class_name": "A", "script_name": "other" },
      { "name": "B", "class_name": "B", "environment": "prod" },
    ],
  },
  "migrations": [
    { "tag": "v1", "new_sqlite_classes": ["B"] },
    { "tag": "v2", "new_classes": ["B"], "deleted_classes": ["C"] },
  ],
  "exports": {},
}"#;
  let project = wrangler(file).options(json!({ "miniflare": { "durableObjects": {
    "C": { "className": "B", "useSQLite": false },
    "D": { "className": "D", "unsafeUniqueKey": "one" },
    "E": { "className": "D", "unsafeUniqueKey": "two" },
  }}}));
  assert_snapshot!(project.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: Cannot apply deleted_classes migration to non-existent class C
    --> wrangler.jsonc:10:62
     |
  10 |     { "tag": "v2", "new_classes": ["B"], "deleted_classes": ["C"] },
     |                                                              ^^^
     |
     = help: no earlier migration has created the class: check the name and the order

  error: Cannot apply new_classes migration to existing class B
    --> wrangler.jsonc:10:36
     |
  10 |     { "tag": "v2", "new_classes": ["B"], "deleted_classes": ["C"] },
     |                                    ^^^
     |
     = help: an earlier migration has created the class: remove one of the two

  error: the Durable Object binding `B` has an "environment", but no "script_name"
   --> wrangler.jsonc:5:56
    |
  5 |       { "name": "B", "class_name": "B", "environment": "prod" },
    |                                                        ^^^^^^
    |
    = help: remove "environment", or name the Worker that exports the class in "script_name"

  error: `migrations` and `exports` are mutually exclusive. Choose one or the other
    --> wrangler.jsonc:12:3
     |
  12 |   "exports": {},
     |   ^^^^^^^^^
     |
     = help: remove one of them

  error: the Durable Object binding `A` refers to the Worker `other`, which is not there
   --> wrangler.jsonc:4:17
    |
  4 |       { "name": "A", "class_name": "A", "script_name": "other" },
    |                 ^^^
    |
    = help: add its Wrangler file to `auxiliaryWorkers` or its built code to `miniflare.workers`, or override the binding in `miniflare`

  error: the Durable Object class `B` has conflicting storages: legacy key-value here, but SQLite elsewhere
  --> workers() option miniflare.durableObjects.C
   = help: make it agree with the migrations, or leave `useSQLite` out

  error: the Durable Object class `D` has conflicting unique keys
  --> workers() option miniflare.durableObjects.E
   = help: use the `unsafeUniqueKey` of `miniflare.durableObjects.D`
  "#);
}

#[test]
fn compatibility() {
  let old = wrangler("compatibility_date = \"2020-01-01\"");
  assert_snapshot!(old.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: `compatibility_flags` must contain "export_commonjs_default", or `compatibility_date` must be >= "2022-10-31".
   --> wrangler.toml:1:22
    |
  1 | compatibility_date = "2020-01-01"
    |                      ^^^^^^^^^^^^
    |
    = help: This flag is required to use `vitest-pool-workerd`.
  "#);
  let malformed = wrangler("compatibility_date = \"soon\"");
  let options = json!({ "miniflare": { "compatibilityFlags": ["export_commonjs_namespace"] } });
  assert_snapshot!(malformed.options(options).errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: "compatibility_date" field should be a valid ISO-8601 date (YYYY-MM-DD), but got "soon".
   --> wrangler.toml:1:22
    |
  1 | compatibility_date = "soon"
    |                      ^^^^^^
    |
    = help: use a date such as "2026-11-02"

  error: `miniflare.compatibilityFlags` must not contain "export_commonjs_namespace".
  --> workers() option miniflare.compatibilityFlags[0]
   = help: This flag is incompatible with `vitest-pool-workerd`.
  "#);
}

#[test]
fn values_that_span_lines_show_their_key() {
  assert_snapshot!(wrangler("{\n  \"main\": {\n    \"a\": 1\n  }\n}").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: `main` is an object
   --> wrangler.jsonc:2:3
    |
  2 |   "main": {
    |   ^^^^^^
    |
    = help: use a path to the Worker's entry file
  "#);
}

#[test]
fn tables_of_toml_show_their_header() {
  let file = "name = \"api\"\n\n[[kv_namespaces]]\nid = \"a\"\n\n[[kv_namespaces]]\nid = 1\n";
  assert_snapshot!(wrangler(file).errors(), @"
  Invalid options for project `api` (vitest.config.ts)

  error: `kv_namespaces[0]` has no `binding`
   --> wrangler.toml:3:1
    |
  3 | [[kv_namespaces]]
    | ^^^^^^^^^^^^^^^^^
    |
    = help: add `binding`: the name in `env`

  error: `kv_namespaces[1].id` is the number 1
   --> wrangler.toml:7:6
    |
  7 | id = 1
    |      ^
    |
    = help: use the ID of the KV namespace, or leave it out

  error: `kv_namespaces[1]` has no `binding`
   --> wrangler.toml:6:1
    |
  6 | [[kv_namespaces]]
    | ^^^^^^^^^^^^^^^^^
    |
    = help: add `binding`: the name in `env`
  ");
}

#[test]
fn text_outside_of_ascii_keeps_its_columns() {
  assert_snapshot!(wrangler("{ \"vars\": { \"ä\": \"日本\" }, \"náme\": 1, \"name\": 2 }").errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: `name` is the number 2
   --> wrangler.jsonc:1:45
    |
  1 | { "vars": { "ä": "日本" }, "náme": 1, "name": 2 }
    |                                               ^
    |
    = help: use a string

  warning: Unexpected fields found in top-level field: "náme"
   --> wrangler.jsonc:1:26
    |
  1 | { "vars": { "ä": "日本" }, "náme": 1, "name": 2 }
    |                            ^^^^^^
    |
    = help: did you mean "name"?
  "#);
}
