//! Several Workers, and what bindings lead to.

use insta::assert_snapshot;

use super::*;
use crate::options::{ModuleType, ServiceTarget, WorkerSource};

fn function(path: &str) -> Value {
  json!({ "\0function": path })
}

fn current() -> Value {
  json!({ "\0currentWorker": true })
}

fn worker(name: Option<&str>) -> ServiceTarget {
  ServiceTarget::Worker {
    name: name.map(str::to_owned),
    entrypoint: None,
    props: None,
  }
}

fn service(name: &str, target: ServiceTarget) -> Binding {
  Binding {
    name: name.into(),
    kind: BindingKind::Service(target),
  }
}

/// What the one service binding of the options leads to.
#[track_caller]
fn check(value: Value, expected: ServiceTarget) {
  let plan = project(json!({ "miniflare": { "serviceBindings": { "S": value } } })).plan();
  assert_eq!(plan.bindings, [service("S", expected)]);
}

#[test]
fn every_form_of_a_service() {
  check(current(), worker(None));
  let named = ServiceTarget::Worker {
    name: None,
    entrypoint: Some("Admin".into()),
    props: Some(r#"{"a":[1,null]}"#.into()),
  };
  check(
    json!({ "name": current(), "entrypoint": "Admin", "props": { "a": [1, null] } }),
    named,
  );
  let path = "miniflare.serviceBindings.S";
  check(
    function(path),
    ServiceTarget::Function {
      path: path.into(),
      is_node_style: false,
    },
  );
  let node = format!("{path}.node");
  check(
    json!({ "node": function(&node) }),
    ServiceTarget::Function {
      path: node,
      is_node_style: true,
    },
  );
  check(
    json!({ "network": { "deny": ["10.0.0.0/8"] } }),
    ServiceTarget::Network {
      allow: vec!["public".into()],
      deny: vec!["10.0.0.0/8".into()],
    },
  );
  check(
    json!({ "external": { "address": "localhost:1", "https": { "certificateHost": "a.example" } } }),
    ServiceTarget::Server {
      address: "localhost:1".into(),
      is_https: true,
      certificate_host: Some("a.example".into()),
    },
  );
  check(
    json!({ "disk": { "path": "./files", "writable": true } }),
    ServiceTarget::Folder {
      path: "/project/./files".into(),
      is_writable: true,
      shows_dotfiles: false,
    },
  );
}

#[test]
fn the_worker_is_found_by_all_of_its_names() {
  let text = r#"{ "name": "shop", "env": { "prod": { "services": [
    { "binding": "A", "service": "shop" }, { "binding": "B", "service": "shop-prod" },
    { "binding": "C", "service": "shop", "environment": "prod", "entrypoint": "default" },
    { "binding": "D", "service": "vitest-plugin-runner-api", "entrypoint": "X" },
  ] } } }"#;
  let plan = wrangler(text).environment("prod").plan();
  let named = ServiceTarget::Worker {
    name: None,
    entrypoint: Some("X".into()),
    props: None,
  };
  let expected = [
    service("A", worker(None)),
    service("B", worker(None)),
    service("C", worker(None)),
    service("D", named),
  ];
  assert_eq!(plan.bindings, expected);
  assert_eq!(plan.named_entrypoints, ["X"]);
}

#[test]
fn options_override_services_of_a_file() {
  let text = r#"{ "services": [{ "binding": "AUTH", "service": "gone" }] }"#;
  let plan = wrangler(text)
    .options(json!({ "miniflare": {
      "outboundService": function("f"),
      "serviceBindings": { "AUTH": function("f") },
    } }))
    .plan();
  let target = ServiceTarget::Function {
    path: "f".into(),
    is_node_style: false,
  };
  assert_eq!(plan.bindings, [service("AUTH", target.clone())]);
  assert_eq!(plan.outbound, Some(target));
}

const AUTH: &str = r#"
name = "auth"
main = "src/auth.ts"
compatibility_date = "2026-01-01"
compatibility_flags = ["nodejs_compat"]
services = [{ binding = "APP", service = "app" }, { binding = "MYSELF", service = "auth" }]
durable_objects.bindings = [
  { name = "OWN", class_name = "Session" },
  { name = "COUNTER", class_name = "Counter", script_name = "app" },
]
migrations = [{ tag = "v1", new_sqlite_classes = ["Session"] }]
queues.consumers = [{ queue = "jobs" }]
workflows = [{ binding = "FLOW", name = "flow", class_name = "Flow" }]
"#;

fn app() -> Project {
  wrangler(
    r#"{
      "name": "app",
      "services": [{ "binding": "AUTH", "service": "auth" }],
      "durable_objects": { "bindings": [
        { "name": "SESSION", "class_name": "Session", "script_name": "auth" },
        { "name": "LIMITER", "class_name": "Limiter", "script_name": "built" },
      ] },
      "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Counter"] }],
      "workflows": [{ "binding": "F", "name": "flow", "class_name": "Flow", "script_name": "auth" }],
    }"#,
  )
  .file("auth/wrangler.toml", AUTH)
  .file("auth/src/auth.ts", "")
  .file("auth/.dev.vars", "SECRET=s")
  .file("built/index.js", "export default {}")
  .options(json!({
    "auxiliaryWorkers": [{ "configPath": "auth/wrangler.toml" }],
    "miniflare": { "workers": [
      { "name": "built", "rootPath": "built", "modules": true, "scriptPath": "index.js" },
      { "name": "inline", "script": "addEventListener()" },
    ] },
  }))
}

#[test]
fn workers_refer_to_each_other() {
  let plan = app().plan();
  let classes: Vec<_> = plan
    .auxiliary_workers
    .iter()
    .map(|worker| (worker.name.as_str(), worker.durable_object_classes.clone()))
    .collect();
  let expected = [
    ("built", vec![class("Limiter", false, "built-Limiter")]),
    ("inline", vec![]),
    ("auth", vec![class("Session", true, "auth-Session")]),
  ];
  assert_eq!(classes, expected);
  assert_eq!(
    plan.durable_object_classes,
    [class("Counter", true, "app-Counter")]
  );
  let auth = &plan.auxiliary_workers[2];
  assert_eq!(auth.bindings[0], text("SECRET", "s"));
  assert!(auth.bindings.contains(&service("APP", worker(None))));
  assert!(
    auth
      .bindings
      .contains(&service("MYSELF", worker(Some("auth"))))
  );
  let counter = Binding {
    name: "COUNTER".into(),
    kind: BindingKind::DurableObject {
      class_name: "Counter".into(),
      worker: None,
    },
  };
  assert!(auth.bindings.contains(&counter));
  assert_eq!(plan.auxiliary_workflow_classes(), [("auth", "Flow")]);
  assert_eq!(plan.queue_consumers[0].worker.as_deref(), Some("auth"));
}

#[test]
fn compatibility_of_auxiliary_workers_is_theirs() {
  let plan = app().plan();
  let settings: Vec<_> = plan
    .auxiliary_workers
    .iter()
    .map(|worker| {
      (
        worker.compatibility_date.as_str(),
        &worker.compatibility_flags[..],
      )
    })
    .collect();
  assert_eq!(
    settings,
    [
      ("2000-01-01", &[][..]),
      ("2000-01-01", &[]),
      ("2026-01-01", &["nodejs_compat".to_owned()])
    ]
  );
}

#[test]
fn code_is_read_and_watched() {
  let plan = app().plan();
  let [built, inline, auth] = &plan.auxiliary_workers[..] else {
    panic!("there are three");
  };
  assert!(
    matches!(&built.source, WorkerSource::File { entry, .. } if entry.name == "/project/built/index.js")
  );
  assert!(
    matches!(&inline.source, WorkerSource::Modules(modules) if modules[0].kind == ModuleType::ServiceWorker)
  );
  assert!(
    matches!(&auth.source, WorkerSource::Entry(entry) if entry.main.ends_with("auth/src/auth.ts"))
  );
  for file in ["auth/wrangler.toml", "auth/.dev.vars", "built/index.js"] {
    let path = PathBuf::from("/project").join(file);
    assert!(plan.watched_files.contains(&path), "{file}");
  }
}

#[test]
fn names_of_modules_are_below_their_root() {
  let module = |path: &str| json!({ "type": "ESModule", "path": path, "contents": "" });
  let modules = |root: Option<&str>| {
    let mut worker = json!({
      "name": "w", "modules": [module("dist/index.js"), module("dist/lib/a.js"), module("b.js")],
    });
    if let Some(root) = root {
      worker["modulesRoot"] = root.into();
    }
    let plan = project(json!({ "miniflare": { "workers": [worker] } })).plan();
    let WorkerSource::Modules(modules) = &plan.auxiliary_workers[0].source else {
      panic!("they are listed");
    };
    let names = modules.iter().map(|module| module.name.clone());
    names.collect::<Vec<_>>()
  };
  assert_eq!(modules(None), ["index.js", "lib/a.js", "project/b.js"]);
  assert_eq!(
    modules(Some(".")),
    ["dist/index.js", "dist/lib/a.js", "b.js"]
  );
}

#[test]
fn mistakes_say_what_to_do() {
  let project = project(json!({
    "auxiliaryWorkers": [{ "configPath": "nameless.jsonc", "miniflare": { "workers": [] } }, {}, { "configPath": "gone.jsonc" }],
    "miniflare": {
      "name": "app",
      "outboundService": "nobody",
      "serviceBindings": {
        "A": "gone",
        "B": 5,
        "C": { "node": "x" },
        "D": { "name": "twice", "props": { "f": function("f") } },
      },
      "workers": [
        { "name": "twice", "script": "a" },
        { "name": "twice", "script": "" },
        { "name": "app", "scriptPath": "gone.js" },
        { "name": "vitest-plugin-x", "modules": [] },
        { "script": "a", "workers": [] },
        { "name": "kinds", "modules": [{ "type": "Wasm", "path": "a" }] },
      ],
    },
  }))
  .file("nameless.jsonc", "{}");
  assert_snapshot!(project.errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: unknown option `auxiliaryWorkers[0].miniflare.workers`
  --> workers() option auxiliaryWorkers[0].miniflare.workers
   = help: accepted here: `name`, `script`, `scriptPath`, `modules`

  error: `auxiliaryWorkers[1]` has no `configPath`
  --> workers() option auxiliaryWorkers[1]
   = help: add `configPath`: a path to a Wrangler file

  error: `miniflare.serviceBindings.B` is the number 5
  --> workers() option miniflare.serviceBindings.B
   = help: use the name of a Worker, { name, entrypoint, props }, a function, { node }, { network }, { external } or { disk }

  error: `miniflare.serviceBindings.C.node` is the string "x"
  --> workers() option miniflare.serviceBindings.C.node
   = help: use a function that takes (request, response)

  error: `miniflare.serviceBindings.D.props.f` is a function
  --> workers() option miniflare.serviceBindings.D.props.f
   = help: use a JSON value

  error: `miniflare.workers[1].script` is the string ""
  --> workers() option miniflare.workers[1].script
   = help: use code, as a string

  error: `miniflare.workers[3].modules` is an empty array
  --> workers() option miniflare.workers[3].modules
   = help: use a list of modules, the entry first

  error: a Worker must not be called "vitest-plugin-x": names that begin so are reserved
  --> workers() option miniflare.workers[3].name
   = help: choose another name

  error: unknown option `miniflare.workers[4].workers`
  --> workers() option miniflare.workers[4].workers
   = help: accepted here: `name`, `script`, `scriptPath`, `modules`

  error: `miniflare.workers[4]` has no `name`
  --> workers() option miniflare.workers[4]
   = help: add `name`: a name that no other Worker has

  error: `miniflare.workers[5].modules[0].type` is the string "Wasm"
  --> workers() option miniflare.workers[5].modules[0].type
   = help: use "ESModule", "CommonJS", "Text", "Data", "CompiledWasm" or "JSON"

  error: the Wrangler file of an auxiliary Worker has no `main`
  --> workers() option auxiliaryWorkers[0].configPath
   = help: add `main`, the path of the Worker's source

  error: the Wrangler file of an auxiliary Worker has no `name`
  --> workers() option auxiliaryWorkers[0].configPath
   = help: add `name`: others refer to the Worker by it

  error: Could not read file: /project/gone.jsonc
  --> workers() option auxiliaryWorkers[2].configPath
   = help: create the file, or correct the path

  error: Multiple workers defined with the same `name`: "twice"
  --> workers() option miniflare.workers[1].name
   = help: choose another name

  error: Multiple workers defined with the same `name`: "app"
  --> workers() option miniflare.workers[2].name
   = help: choose another name

  error: the service binding `A` refers to the Worker `gone`, which is not there
  --> workers() option miniflare.serviceBindings.A
   = help: add its Wrangler file to `auxiliaryWorkers` or its built code to `miniflare.workers`, or override the binding in `miniflare`; the Workers of this project are `app`, `kinds`, `twice`, `vitest-plugin-x`

  error: `outboundService` refers to the Worker `nobody`, which is not there
  --> workers() option miniflare.outboundService
   = help: add its Wrangler file to `auxiliaryWorkers` or its built code to `miniflare.workers`, or override the binding in `miniflare`; the Workers of this project are `app`, `kinds`, `twice`, `vitest-plugin-x`

  error: Could not read file: /project/gone.js
  --> workers() option miniflare.workers[2].scriptPath
   = help: create the file, or correct the path
  "#);
}

#[test]
fn a_tail_that_is_not_there_is_a_warning() {
  let text = r#"{ "tail_consumers": [{ "service": "logger" }] }"#;
  assert_eq!(
    wrangler(text).messages(),
    [
      "warning: Tail consumer \"logger\" was not found in your config. Make sure you add it if you'd \
      like to simulate receiving tail events locally."
    ]
  );
}

#[test]
fn a_queue_has_one_consumer_whatever_worker_it_is() {
  let worker = json!({ "name": "w", "script": "a", "queueConsumers": ["jobs"] });
  let messages =
    project(json!({ "miniflare": { "queueConsumers": ["jobs"], "workers": [worker] } })).messages();
  assert_eq!(
    messages,
    ["error: the queue `jobs` has more than one consumer"]
  );
}

#[test]
fn tails_of_the_user_worker_have_no_effect_and_none_may_be_its_own() {
  let worker = |name: &str, tails: &[&str]| json!({ "name": name, "script": "a", "tails": tails });
  let messages = project(json!({ "miniflare": {
    "tails": ["a"],
    "workers": [worker("a", &["b"]), worker("b", &["c"]), worker("c", &["b"]), worker("d", &[])],
  } }))
  .messages();
  assert_eq!(
    messages,
    [
      "warning: `miniflare.tails[0]` has no effect yet in this version",
      "error: the Worker `b` receives what it logs itself, through its tail consumers",
      "error: the Worker `c` receives what it logs itself, through its tail consumers",
    ]
  );
}

#[test]
fn wrapped_bindings_are_made_by_auxiliary_workers() {
  let plan = project(json!({ "miniflare": {
    "wrappedBindings": { "A": "maker", "B": { "scriptName": "maker", "entrypoint": "b", "bindings": { "N": 1 } } },
    "workers": [{ "name": "maker", "modules": true, "script": "export default () => 1" }],
  } }))
  .plan();
  let wrapped = |name: &str, entrypoint: Option<&str>, bindings: &[(&str, &str)]| Binding {
    name: name.into(),
    kind: BindingKind::Wrapped {
      worker: "maker".into(),
      entrypoint: entrypoint.map(str::to_owned),
      bindings: bindings
        .iter()
        .map(|(name, json)| ((*name).to_owned(), (*json).to_owned()))
        .collect(),
    },
  };
  assert_eq!(
    plan.bindings,
    [
      wrapped("A", None, &[]),
      wrapped("B", Some("b"), &[("N", "1")])
    ]
  );
  assert_eq!(plan.wrapping_workers(), ["maker"]);
  let messages = project(json!({ "miniflare": {
    "name": "app", "wrappedBindings": { "A": "app", "B": {}, "C": 1 },
  } }))
  .messages();
  assert_eq!(
    messages,
    [
      "error: `miniflare.wrappedBindings.B` has no `scriptName`",
      "error: `miniflare.wrappedBindings.C` is the number 1",
      "error: the wrapped binding `A` refers to the Worker `app`, which is not there",
    ]
  );
}
