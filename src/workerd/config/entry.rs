//! The entry module of the runner Worker: one wrapper for each class and entrypoint of the user's.
//!
//! workerd wants to see all exports when it starts, long before user code is loaded, so they are
//! written here from what the plan and the analysis of `main` say.

use std::fmt::Write;
use std::path::Path;

use crate::module_fallback::module::{Module, ModuleKind, module_name};
use crate::options::{Network, Plan};
use crate::protocol::{
  CLOUDFLARE_TEST_MODULE, DOOR_ENTRYPOINT, LOGS_ENTRYPOINT, RUNNER_CLASS, WORKFLOWS_ENTRYPOINT,
};

/// Specifiers that files of ours stand for, and the files.
#[must_use]
pub fn runtime_modules(plan: &Plan) -> Vec<(&'static str, &'static str)> {
  let mut modules = vec![
    (CLOUDFLARE_TEST_MODULE, "cloudflare-test.js"),
    ("cloudflare:workers", "cloudflare-workers.js"),
  ];
  if plan.network != Network::All {
    modules.push(("cloudflare:sockets", "cloudflare-sockets.js"));
  }
  modules
}

/// Writes the entry module.
///
/// `entrypoints` are names that `main` exports besides `default`; those that are classes of Durable
/// Objects or Workflows are left out here, since the plan knows them.
#[must_use]
pub fn entry_module(plan: &Plan, entrypoints: &[String], runtime_folder: &Path) -> Module {
  let module = |file| quoted(&format!("/{}", module_name(&runtime_folder.join(file))));
  let (globals, runner) = (module("globals.js"), module("runner.js"));
  let modules: Vec<_> = runtime_modules(plan)
    .into_iter()
    .map(|(specifier, file)| format!("{}: {}", quoted(specifier), module(file)))
    .collect();
  let modules = modules.join(", ");
  // The globals first: Vitest looks at them while it loads.
  let mut source = format!(
    "import {globals};\n\
     import {{ AuxiliaryLogs, Door, RunnerObject, Workflows, durableObject, entrypoint, start, workflow }} from {runner};\n\
     start({{ {modules} }});\n\
     export {{ Door as {DOOR_ENTRYPOINT}, RunnerObject as {RUNNER_CLASS} }};\n\
     export {{ Workflows as {WORKFLOWS_ENTRYPOINT}, AuxiliaryLogs as {LOGS_ENTRYPOINT} }};\n\
     export default entrypoint('default');\n"
  );
  let classes: Vec<&str> = plan
    .durable_object_classes
    .iter()
    .map(|class| class.class_name.as_str())
    .collect();
  let mut workflows = plan.workflow_classes();
  workflows.retain(|name| !classes.contains(name));
  let mut entrypoints: Vec<&str> = entrypoints.iter().map(String::as_str).collect();
  for name in &plan.named_entrypoints {
    if !entrypoints.contains(&name.as_str()) {
      entrypoints.push(name);
    }
  }
  let entrypoints = entrypoints
    .into_iter()
    .filter(|name| *name != "default" && !classes.contains(name) && !workflows.contains(name));
  let exports = classes
    .iter()
    .map(|name| ("durableObject", *name))
    .chain(workflows.iter().map(|name| ("workflow", *name)))
    .chain(entrypoints.map(|name| ("entrypoint", name)));
  for (index, (wrapper, name)) in exports.enumerate() {
    let name = quoted(name);
    // Writing to a String cannot fail.
    let _ = writeln!(
      source,
      "const e{index} = {wrapper}({name}); export {{ e{index} as {name} }};"
    );
  }
  Module {
    name: "vitest-pool-workerd.js".into(),
    kind: ModuleKind::Esm(source),
  }
}

fn quoted(text: &str) -> String {
  serde_json::Value::from(text).to_string()
}
