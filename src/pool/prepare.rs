//! Options → what all runtimes of a project share: the plan, the encoded configuration, the modules.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assets::assets;
use super::auxiliary::AuxiliaryCode;
use super::error::PoolError;
use crate::module_fallback::graph::RunnerGraph;
use crate::module_fallback::resolve::ResolverOptions;
use crate::module_fallback::rules::{ModuleRule, RuleKind, kind_of};
use crate::module_fallback::runtime_modules::RuntimeModules;
use crate::module_fallback::{ModuleFallback, ModuleOptions};
use crate::options::{
  self, BindingKind, HostFiles, Input, Network, Plan, RuleType, ServiceTarget, WorkerModule,
  WorkerSource,
};
use crate::simulators::AssetsOf;
use crate::workerd::config::{self, RuntimeConfig, entry_module, runtime_modules};

/// A plan and what the user should hear about it.
#[derive(Clone, Debug)]
pub struct PlannedProject {
  /// What we will do.
  pub plan: Arc<Plan>,
  /// Rendered warnings; empty if there are none.
  pub warnings: String,
  /// The plan's module rules, as they are matched.
  module_rules: Vec<ModuleRule>,
  /// Code of auxiliary Workers that need not be built.
  auxiliary: AuxiliaryCode,
}

/// Makes a plan from options. Reads the files that they name.
///
/// # Errors
/// [`PoolError::Options`] with every mistake rendered.
pub fn plan_project(input: &Input<'_>) -> Result<PlannedProject, PoolError> {
  let planned = options::plan(input, &HostFiles);
  let (plan, warnings) =
    planned.map_err(|problems| PoolError::Options(options::render(&problems, input)))?;
  let warnings = if warnings.is_empty() {
    String::new()
  } else {
    options::render_warnings(&warnings, input)
  };
  Ok(PlannedProject {
    module_rules: module_rules(&plan.module_rules),
    auxiliary: AuxiliaryCode::collect(&plan),
    plan: Arc::new(plan),
    warnings,
  })
}

/// What the addon knows about a project besides its options.
#[derive(Clone, Debug)]
pub struct ProjectSpec {
  /// Names the project within this pool. The same key again replaces what was there.
  pub key: String,
  /// The plan.
  pub plan: Arc<Plan>,
  /// Names that `main` exports.
  pub entrypoints: Vec<String>,
  /// Folder of the installed Vitest's built files.
  pub vitest_dist: PathBuf,
  /// What the runner needs to know, as JSON.
  pub facts: String,
  /// The version of the user Worker, as JSON.
  pub version: String,
  /// Whether a spare runtime stays parked between runs.
  pub watch: bool,
  /// Specifiers, or their first parts, and what Vite replaces them by.
  pub aliases: Vec<(String, String)>,
  /// Conditions by which Vite resolves packages.
  pub conditions: Vec<String>,
  /// Modules of auxiliary Workers by their names; each first one is the entry.
  pub auxiliary_modules: BTreeMap<String, Vec<WorkerModule>>,
  /// What auxiliary Workers export, as far as it is known.
  pub auxiliary_exports: BTreeMap<String, Vec<String>>,
  /// File name of the socket behind which functions of the options answer.
  pub function_socket: String,
}

/// Everything that a runtime of a project is started from.
pub(super) struct Prepared {
  pub(super) spec: ProjectSpec,
  pub(super) binary: PathBuf,
  pub(super) config: PathBuf,
  pub(super) modules: Arc<ModuleFallback>,
  pub(super) secret: String,
  pub(super) assets: AssetsOf,
}

/// Encodes the configuration of a project into a file that all its runtimes read.
pub(super) fn prepare(
  spec: ProjectSpec,
  graph: Arc<RunnerGraph>,
  binary: PathBuf,
  runtime_folder: &Path,
  config: PathBuf,
) -> Result<Prepared, PoolError> {
  let folder_error = |source| PoolError::Folder {
    path: config.clone(),
    source: Arc::new(source),
  };
  check_exports(&spec)?;
  let assets = assets(&spec.plan)?;
  let secret = secret().map_err(folder_error)?;
  let mut modules = vec![entry_module(&spec.plan, &spec.entrypoints, runtime_folder)];
  modules.extend(graph.modules.iter().cloned());
  let facts = complete(&spec.facts, &secret, &spec.plan);
  let code = |file| {
    std::fs::read_to_string(runtime_folder.join(file)).map_err(|source| PoolError::Folder {
      path: runtime_folder.to_owned(),
      source: Arc::new(source),
    })
  };
  let code_if = |is_needed: bool, file| is_needed.then(|| code(file)).transpose();
  let dispatcher = code_if(!spec.plan.queue_consumers.is_empty(), "event-dispatcher.js")?;
  let network_gate = code_if(spec.plan.network != Network::All, "network-gate.js")?;
  let binding_clients = code("bindings.js")?;
  let email_module = code("email.js")?;
  let encoded = config::encode(&RuntimeConfig {
    plan: &spec.plan,
    modules: &modules,
    auxiliary_modules: &spec.auxiliary_modules,
    facts: &facts,
    // Each runtime works in a folder of its own.
    function_socket: &format!("../{}", spec.function_socket),
    version: &spec.version,
    binding_clients: &binding_clients,
    email_module: &email_module,
    dispatcher: dispatcher.as_deref(),
    network_gate: network_gate.as_deref(),
  });
  std::fs::write(&config, encoded).map_err(folder_error)?;
  let options = module_options(&spec, runtime_folder);
  let modules = Arc::new(ModuleFallback::new(graph, options));
  Ok(Prepared {
    spec,
    binary,
    config,
    modules,
    secret,
    assets,
  })
}

/// Whether auxiliary Workers export what others and their own settings name. workerd would say so in words of its own,
/// or not at all.
fn check_exports(spec: &ProjectSpec) -> Result<(), PoolError> {
  for (worker, exports) in &spec.auxiliary_exports {
    let mut named: Vec<(&str, &str)> = Vec::new();
    for binding in spec.plan.all_bindings() {
      match &binding.kind {
        BindingKind::Service(ServiceTarget::Worker {
          name: Some(name),
          entrypoint: Some(entrypoint),
          ..
        }) if name == worker => named.push(("the entrypoint", entrypoint)),
        BindingKind::Workflow {
          class_name,
          worker: Some(name),
          ..
        } if name == worker => named.push(("the Workflow class", class_name)),
        _ => {}
      }
    }
    let classes = spec.plan.auxiliary_worker(worker);
    let classes = classes.map_or(&[][..], |worker| &worker.durable_object_classes);
    named.extend(
      classes
        .iter()
        .map(|class| ("the Durable Object class", class.class_name.as_str())),
    );
    named.sort_unstable();
    named.dedup();
    let missing: Vec<String> = named
      .into_iter()
      .filter(|(_, name)| !exports.iter().any(|export| export == name))
      .map(|(what, name)| format!("{what} `{name}`"))
      .collect();
    if !missing.is_empty() {
      return Err(PoolError::ExportMissing {
        worker: worker.clone(),
        missing,
        exports: exports.clone(),
      });
    }
  }
  Ok(())
}

impl PlannedProject {
  /// Whether a file is text, bytes or WebAssembly by the project's rules, and no source. The path may end
  /// in a query that is part of a rule.
  #[must_use]
  pub fn is_module_by_rule(&self, path: &Path) -> bool {
    kind_of(&self.module_rules, path).is_some()
  }

  /// What a file is to an auxiliary Worker that has to be built, if it is no code.
  #[must_use]
  pub fn auxiliary_rule(&self, worker: &str, path: &Path) -> Option<RuleKind> {
    match &self.plan.auxiliary_worker(worker)?.source {
      WorkerSource::Entry(entry) => kind_of(&module_rules(&entry.rules), path),
      WorkerSource::Modules(_) | WorkerSource::File { .. } => None,
    }
  }

  /// What the code of auxiliary Workers is that need not be built.
  #[must_use]
  pub fn auxiliary(&self) -> &AuxiliaryCode {
    &self.auxiliary
  }
}

/// A plan's rules, as they are matched.
pub(super) fn module_rules(rules: &[options::ModuleRule]) -> Vec<ModuleRule> {
  let rule = |rule: &options::ModuleRule| ModuleRule {
    kind: match rule.kind {
      RuleType::Text => RuleKind::Text,
      RuleType::Data => RuleKind::Data,
      RuleType::CompiledWasm => RuleKind::CompiledWasm,
    },
    globs: rule.globs.clone(),
  };
  rules.iter().map(rule).collect()
}

/// What the project says about modules of packages.
fn module_options(spec: &ProjectSpec, runtime_folder: &Path) -> ModuleOptions {
  let plan = &spec.plan;
  let replacements = runtime_modules(plan)
    .into_iter()
    .map(|(specifier, file)| (specifier.to_owned(), runtime_folder.join(file)))
    .chain([(
      "cloudflare:test".to_owned(),
      runtime_folder.join("cloudflare-test.js"),
    )]);
  ModuleOptions {
    rules: module_rules(&plan.module_rules),
    resolver: ResolverOptions {
      // Vite's first: they are the ones that tests have on purpose.
      aliases: spec.aliases.iter().chain(&plan.aliases).cloned().collect(),
      conditions: spec.conditions.clone(),
    },
    runtime: RuntimeModules {
      replacements: replacements.collect(),
      compatibility_date: plan.compatibility_date.clone(),
      compatibility_flags: plan.compatibility_flags.clone(),
    },
  }
}

/// Adds what only this side knows.
fn complete(facts: &str, secret: &str, plan: &Plan) -> String {
  let mut facts: serde_json::Map<String, serde_json::Value> =
    serde_json::from_str(facts).expect("our own glue wrote the facts");
  facts.insert("secret".into(), secret.into());
  let mut auxiliary = plan.auxiliary_workers.iter();
  let has_objects = auxiliary.any(|worker| !worker.durable_object_classes.is_empty());
  facts.insert("hasAuxiliaryObjects".into(), has_objects.into());
  let consumers = plan.queue_consumers.iter().map(|consumer| {
    serde_json::json!({
      "queue": consumer.queue_name,
      "concurrency": consumer.concurrency_max,
    })
  });
  facts.insert("network".into(), plan.network.as_str().into());
  facts.insert("consumers".into(), consumers.collect());
  let classes = plan.durable_object_classes.iter().map(
    |class| serde_json::json!({ "className": class.class_name, "uniqueKey": class.unique_key }),
  );
  facts.insert("durableObjects".into(), classes.collect());
  let own = plan
    .bindings
    .iter()
    .map(|binding| (Some(&binding.name), binding));
  let auxiliary = plan.auxiliary_workers.iter();
  let others = auxiliary.flat_map(|worker| worker.bindings.iter().map(|binding| (None, binding)));
  let workflows = own.chain(others).filter_map(|(bound, binding)| {
    let BindingKind::Workflow {
      workflow_name,
      class_name,
      worker,
      step_limit,
    } = &binding.kind
    else {
      return None;
    };
    Some(serde_json::json!({
      "binding": bound,
      "name": workflow_name,
      "className": match worker {
        Some(worker) => format!("{worker}/{class_name}"),
        None => class_name.clone(),
      },
      "stepLimit": step_limit,
    }))
  });
  let exports = plan.workflow_exports.iter().map(|export| {
    serde_json::json!({
      "binding": null,
      "name": export.workflow_name,
      "className": export.class_name,
      "stepLimit": export.step_limit,
    })
  });
  facts.insert("defines".into(), serde_json::json!(plan.defines));
  facts.insert("secrets".into(), secrets(plan));
  facts.insert("logs".into(), logs(plan));
  let modules = plan.bindings.iter();
  let modules = modules.filter(|binding| matches!(binding.kind, BindingKind::Wasm(_)));
  let modules = modules.map(|binding| serde_json::Value::from(binding.name.as_str()));
  facts.insert("wasmBindings".into(), modules.collect());
  facts.insert("workflows".into(), workflows.chain(exports).collect());
  serde_json::Value::Object(facts).to_string()
}

fn secrets(plan: &Plan) -> serde_json::Value {
  let secrets = plan.bindings.iter();
  let secrets = secrets.filter_map(|binding| match &binding.kind {
    BindingKind::SecretsStoreSecret {
      store_id,
      secret_name,
    } => Some(serde_json::json!({
      "binding": binding.name,
      "storeId": store_id,
      "secretName": secret_name,
    })),
    _ => None,
  });
  secrets.collect()
}

/// What bindings write to, as [`HostCall::ReadLog`](super::host_call::HostCall::ReadLog) names it.
fn logs(plan: &Plan) -> serde_json::Value {
  let logs = plan.bindings.iter();
  let logs = logs.filter_map(|binding| {
    let log = match &binding.kind {
      BindingKind::AnalyticsEngine { dataset } => format!("analytics/{dataset}"),
      BindingKind::SendEmail { log, .. } => format!("email/{log}"),
      _ => return None,
    };
    Some(serde_json::json!({ "binding": binding.name, "log": log }))
  });
  logs.collect()
}

/// 128 bits from the system, in hexadecimal.
fn secret() -> std::io::Result<String> {
  let mut bytes = [0; 16];
  std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
  Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
