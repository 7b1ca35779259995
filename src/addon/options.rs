//! JavaScript objects → what the core takes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use napi_derive::napi;

use super::error::{Result, to_js};
use crate::options::{Defaults, Input, Isolation};
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
    let files = &self.planned.plan.watched_files;
    files
      .iter()
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
    let alias = |(find, replacement): &(String, String)| ModuleAlias {
      find: find.clone(),
      replacement: replacement.clone(),
    };
    aliases.map(alias).collect()
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
    format!("{:?}", self.planned.plan)
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
      aliases: self
        .aliases
        .into_iter()
        .map(|alias| (alias.find, alias.replacement))
        .collect(),
    }
  }
}
