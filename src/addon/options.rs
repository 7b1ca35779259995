//! JavaScript objects → what the core takes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::error::{Result, to_js};
use crate::module_fallback::rules::RuleKind;
use crate::options::{
  Defaults, FileContent, Input, Isolation, ModuleType, NodeCompatibility, WorkerModule,
  WorkerSource,
};
use crate::pool::{PlannedProject, ProjectSpec, plan_project};

/// The newest compatibility date that the pinned workerd takes.
const NEWEST_COMPATIBILITY_DATE: &str = "2026-11-09";

/// What the user wrote for one project.
#[napi(object)]
pub struct ProjectInput {
  /// Vite's `root`.
  pub project_root: String,
  /// Empty for a project without a name.
  pub project_name: String,
  /// For messages.
  pub config_file: Option<String>,
  /// Options as JSON, without functions.
  pub options: String,
  /// What a missing `isolatedStorage` means: `test` or `file`.
  pub default_isolation: String,
  /// `CLOUDFLARE_ENV`.
  pub environment: Option<String>,
  /// All variables of this process.
  pub process_env: HashMap<String, String>,
  /// The current UTC date, `YYYY-MM-DD`.
  pub today: String,
}

/// A checked plan.
#[napi]
pub struct Plan {
  pub(super) planned: PlannedProject,
}

#[napi]
impl Plan {
  /// Checks options. Reads the files that they name.
  ///
  /// # Errors
  /// `ERR_OPTIONS` with every mistake.
  #[napi(factory, catch_unwind)]
  pub fn check(input: ProjectInput) -> Result<Self> {
    let options = serde_json::from_str(&input.options).expect("our own glue wrote the JSON");
    let isolated_storage = if input.default_isolation == "file" {
      Isolation::File
    } else {
      Isolation::Test
    };
    let input = Input {
      project_root: input.project_root.into(),
      project_name: input.project_name,
      config_file: input.config_file.map(PathBuf::from),
      options,
      defaults: Defaults { isolated_storage },
      environment: input.environment,
      process_env: input.process_env.into_iter().collect(),
      today: Some(&input.today),
      newest_compatibility_date: NEWEST_COMPATIBILITY_DATE,
    };
    Ok(Self {
      planned: plan_project(&input).map_err(|error| to_js(&error))?,
    })
  }

  /// Absolute path of the Worker under test.
  #[napi(getter)]
  pub fn main(&self) -> Option<String> {
    self
      .planned
      .plan
      .main
      .as_ref()
      .map(|path| path.to_string_lossy().into_owned())
  }

  /// Rendered warnings, or an empty string.
  #[napi(getter)]
  pub fn warnings(&self) -> String {
    self.planned.warnings.clone()
  }

  /// `test`, `file` or `shared`.
  #[napi(getter)]
  pub fn isolated_storage(&self) -> &'static str {
    match self.planned.plan.isolated_storage {
      Isolation::Test => "test",
      Isolation::File => "file",
      Isolation::Shared => "shared",
    }
  }

  /// What of Node the Worker has in production: `all`, `als` or `none`.
  #[napi(getter)]
  pub fn node_compatibility(&self) -> &'static str {
    match self.planned.plan.node_compatibility {
      NodeCompatibility::All => "all",
      NodeCompatibility::AsyncLocalStorage => "als",
      NodeCompatibility::None => "none",
    }
  }

  /// Whether all files share one runtime.
  #[napi(getter)]
  pub fn single_worker(&self) -> bool {
    self.planned.plan.single_worker
  }

  /// Names of exports of `main` that analysis cannot see.
  #[napi(getter)]
  pub fn additional_exports(&self) -> Vec<String> {
    self
      .planned
      .plan
      .additional_exports
      .iter()
      .map(|export| export.name.clone())
      .collect()
  }

  /// Files whose change makes the plan stale.
  #[napi(getter)]
  pub fn watched_files(&self) -> Vec<String> {
    let files = self.planned.plan.watched_files.iter();
    files
      .chain(&self.planned.auxiliary().files)
      .map(|path| path.to_string_lossy().into_owned())
      .collect()
  }

  /// Whether a file is text, bytes or WebAssembly by the rules of the project.
  #[napi(catch_unwind)]
  pub fn is_module_by_rule(&self, path: String) -> bool {
    self.planned.is_module_by_rule(Path::new(&path))
  }

  /// What the Wrangler file replaces specifiers by, in its order.
  #[napi(getter)]
  pub fn aliases(&self) -> Vec<ModuleAlias> {
    let aliases = self.planned.plan.aliases.iter();
    aliases.cloned().map(ModuleAlias::from).collect()
  }

  /// Equal for plans that make the same of the files that Vite transforms.
  #[napi(getter)]
  pub fn transform_fingerprint(&self) -> String {
    let plan = &self.planned.plan;
    format!("{:?}", (&plan.main, &plan.module_rules, &plan.aliases))
  }

  /// Equal for plans that mean the same.
  #[napi(getter)]
  pub fn fingerprint(&self) -> String {
    format!(
      "{:?}",
      (&self.planned.plan, &self.planned.auxiliary().modules)
    )
  }

  /// Auxiliary Workers whose sources have to be bundled.
  #[napi(getter)]
  pub fn builds(&self) -> Vec<WorkerBuild> {
    let entries = self.planned.plan.auxiliary_workers.iter();
    let entries = entries.filter_map(|worker| match &worker.source {
      WorkerSource::Entry(entry) => Some((&worker.name, entry)),
      WorkerSource::Modules(_) | WorkerSource::File { .. } => None,
    });
    let aliases =
      |pairs: &[(String, String)]| pairs.iter().cloned().map(ModuleAlias::from).collect();
    entries
      .map(|(name, entry)| WorkerBuild {
        worker: name.clone(),
        main: entry.main.to_string_lossy().into_owned(),
        root: entry.root.to_string_lossy().into_owned(),
        defines: aliases(&entry.defines),
        aliases: aliases(&entry.aliases),
      })
      .collect()
  }

  /// Equal for auxiliary Workers of the same source and rules.
  #[napi(catch_unwind)]
  pub fn auxiliary_fingerprint(&self, worker: String) -> String {
    let found = self.planned.plan.auxiliary_worker(&worker);
    format!("{:?}", found.map(|worker| &worker.source))
  }

  /// What a file is to an auxiliary Worker that has to be bundled, if it is no code: `Text`, `Data` or
  /// `CompiledWasm`.
  #[napi(catch_unwind)]
  pub fn rule_of_auxiliary(&self, worker: String, path: String) -> Option<&'static str> {
    let kind = self.planned.auxiliary_rule(&worker, Path::new(&path))?;
    Some(match kind {
      RuleKind::Text => "Text",
      RuleKind::Data => "Data",
      RuleKind::CompiledWasm => "CompiledWasm",
    })
  }
}

/// What a project is besides its plan.
#[napi(object)]
pub struct ProjectFacts {
  /// Names the project within the pool.
  pub key: String,
  /// Names that `main` exports.
  pub entrypoints: Vec<String>,
  /// Folder of the installed Vitest's built files.
  pub vitest_dist: String,
  /// What the runner needs to know, as JSON.
  pub facts: String,
  /// The version of the user Worker, as JSON.
  pub version: String,
  /// Whether a spare runtime stays parked between runs.
  pub watch: bool,
  /// Strings of Vite's `resolve.alias`.
  pub aliases: Vec<ModuleAlias>,
  /// Conditions by which Vite resolves packages.
  pub conditions: Vec<String>,
  /// Auxiliary Workers that have been bundled.
  pub built: Vec<BuiltWorker>,
  /// File name, in the pool's folder, of the socket behind which functions of the options answer.
  pub function_socket: String,
}

/// An auxiliary Worker whose source has to be bundled.
#[napi(object)]
pub struct WorkerBuild {
  /// Its name.
  pub worker: String,
  /// Absolute path of its source.
  pub main: String,
  /// Folder of its Wrangler file.
  pub root: String,
  /// Names, and expressions that replace them.
  pub defines: Vec<ModuleAlias>,
  /// Specifiers, and what replaces them.
  pub aliases: Vec<ModuleAlias>,
}

/// The bundle of an auxiliary Worker.
#[napi(object)]
pub struct BuiltWorker {
  /// Its name.
  pub worker: String,
  /// The entry first.
  pub modules: Vec<BuiltModule>,
  /// What the entry exports.
  pub exports: Vec<String>,
}

/// A module of a bundle.
#[napi(object)]
pub struct BuiltModule {
  /// By which others import it.
  pub name: String,
  /// `ESModule`, `Text`, `Data` or `CompiledWasm`.
  pub kind: String,
  /// What is in it.
  pub content: Buffer,
}

impl From<BuiltModule> for WorkerModule {
  fn from(module: BuiltModule) -> Self {
    Self {
      name: module.name,
      kind: match module.kind.as_str() {
        "Text" => ModuleType::Text,
        "Data" => ModuleType::Data,
        "CompiledWasm" => ModuleType::CompiledWasm,
        _ => ModuleType::EsModule,
      },
      content: FileContent(Arc::from(&module.content[..])),
    }
  }
}

impl From<(String, String)> for ModuleAlias {
  fn from((find, replacement): (String, String)) -> Self {
    Self { find, replacement }
  }
}

/// What a specifier, or its first part, is replaced by.
#[napi(object)]
pub struct ModuleAlias {
  /// As importers write it.
  pub find: String,
  /// A path or another specifier.
  pub replacement: String,
}

impl ProjectFacts {
  pub(super) fn with_plan(self, plan: &Plan) -> ProjectSpec {
    ProjectSpec {
      key: self.key,
      plan: Arc::clone(&plan.planned.plan),
      entrypoints: self.entrypoints,
      vitest_dist: self.vitest_dist.into(),
      facts: self.facts,
      version: self.version,
      watch: self.watch,
      conditions: self.conditions,
      auxiliary_exports: self
        .built
        .iter()
        .map(|worker| (worker.worker.clone(), worker.exports.clone()))
        .collect(),
      auxiliary_modules: auxiliary_modules(plan, self.built),
      function_socket: self.function_socket,
      aliases: self
        .aliases
        .into_iter()
        .map(|alias| (alias.find, alias.replacement))
        .collect(),
    }
  }
}

/// The code of all auxiliary Workers.
fn auxiliary_modules(plan: &Plan, built: Vec<BuiltWorker>) -> BTreeMap<String, Vec<WorkerModule>> {
  let mut modules = plan.planned.auxiliary().modules.clone();
  let built = built.into_iter();
  modules.extend(built.map(|worker| {
    let modules = worker.modules.into_iter().map(WorkerModule::from);
    (worker.worker, modules.collect())
  }));
  modules
}
