//! The argument of `workers()`: our own options, and where the others are.
//!
//! Strict about names: users write these with types at hand, and a dropped option costs them an
//! afternoon.

use std::path::{Path, PathBuf};

use super::auxiliary::{self, ConfigFile};
use super::field::{Field, nearest};
use super::files::absolute;
use super::miniflare;
use super::plan::{AdditionalExport, ExportKind, Isolation, Network};
use super::problem::{Problems, Written};
use super::raw::Data;
use super::worker::WorkerOptions;

const OPTIONS: &[&str] = &[
  "main",
  "wrangler",
  "miniflare",
  "auxiliaryWorkers",
  "isolatedStorage",
  "network",
  "singleWorker",
  "verbose",
  "remoteBindings",
  "additionalExports",
];

/// What the user passed to `workers()`.
#[derive(Debug, Default)]
pub(super) struct PluginOptions {
  /// As written; `check` resolves it.
  pub(super) config_path: Option<Written<String>>,
  /// Empty for the top level, whatever the environment variable says.
  pub(super) environment: Option<Written<String>>,
  pub(super) root_path: Option<String>,
  pub(super) isolated_storage: Option<Isolation>,
  pub(super) network: Option<Network>,
  pub(super) single_worker: Option<bool>,
  pub(super) verbose: Option<bool>,
  pub(super) additional_exports: Vec<AdditionalExport>,
  /// Wrangler files of other Workers.
  pub(super) auxiliary_configs: Vec<ConfigFile>,
  pub(super) worker: WorkerOptions,
}

/// Reads the argument; `project_root` is what `main` is relative to.
pub(super) fn read(
  root: &Field<'_>,
  project_root: &Path,
  problems: &mut Problems,
) -> PluginOptions {
  let mut options = PluginOptions::default();
  for field in root.object(
    "an object, such as { wrangler: { configPath: \"./wrangler.jsonc\" } }",
    problems,
  ) {
    match field.key {
      "main" => options.worker.main = read_main(&field, project_root, problems),
      "wrangler" => read_wrangler(&field, &mut options, problems),
      "miniflare" => {
        options.root_path = miniflare::read(&field, &mut options.worker, problems);
      }
      "auxiliaryWorkers" => {
        options.auxiliary_configs = auxiliary::read_config_files(&field, problems);
      }
      "isolatedStorage" => options.isolated_storage = read_isolation(&field, problems),
      "network" => options.network = read_network(&field, problems),
      "singleWorker" => options.single_worker = field.boolean(problems),
      "verbose" => options.verbose = field.boolean(problems),
      // Remote bindings do not exist yet, so that both values mean the same. The second name is the
      // first generation's.
      "remoteBindings" | "experimental_remoteBindings" => {
        field.boolean(problems);
      }
      "additionalExports" => options.additional_exports = read_exports(&field, problems),
      unknown => {
        let misplaced = miniflare::is_option(unknown);
        let meant = if misplaced {
          Some(format!("miniflare.{unknown}"))
        } else {
          nearest(unknown, OPTIONS).map(str::to_owned)
        };
        field.refuse_option(meant, OPTIONS, problems);
      }
    }
  }
  options
}

fn read_main(
  field: &Field<'_>,
  project_root: &Path,
  problems: &mut Problems,
) -> Option<Written<PathBuf>> {
  let main = field.text("a path to the Worker's entry file", problems)?;
  Some(Written {
    value: absolute(project_root, &main.value),
    location: main.location,
  })
}

fn read_wrangler(field: &Field<'_>, options: &mut PluginOptions, problems: &mut Problems) {
  field.object("{ configPath, environment }", problems);
  field.refuse_unknown(&["configPath", "environment"], problems);
  options.config_path = field.text_at("configPath", "a path to a Wrangler file", problems);
  if let Some(environment) = field.get("environment") {
    match environment.as_text() {
      Some(name) => options.environment = Some(environment.written(name.to_owned())),
      None => environment.refuse("the name of an environment", problems),
    }
  }
}

fn read_isolation(field: &Field<'_>, problems: &mut Problems) -> Option<Isolation> {
  match &field.node.data {
    Data::Bool(true) => Some(Isolation::Test),
    Data::Bool(false) => Some(Isolation::Shared),
    Data::Text(text) if text == "test" => Some(Isolation::Test),
    Data::Text(text) if text == "file" => Some(Isolation::File),
    _ => {
      field.refuse("`true`, `\"test\"`, `\"file\"` or `false`", problems);
      None
    }
  }
}

fn read_network(field: &Field<'_>, problems: &mut Problems) -> Option<Network> {
  let network = [Network::All, Network::Loopback, Network::None]
    .into_iter()
    .find(|network| field.as_text() == Some(network.as_str()));
  if network.is_none() {
    field.refuse("`\"all\"`, `\"loopback\"` or `\"none\"`", problems);
  }
  network
}

fn read_exports(field: &Field<'_>, problems: &mut Problems) -> Vec<AdditionalExport> {
  let mut exports = Vec::new();
  for export in field.object("an object of export names and kinds", problems) {
    let kind = match export.as_text() {
      Some("WorkerEntrypoint") => ExportKind::WorkerEntrypoint,
      Some("DurableObject") => ExportKind::DurableObject,
      Some("WorkflowEntrypoint") => ExportKind::WorkflowEntrypoint,
      _ => {
        export.refuse(
          "`\"WorkerEntrypoint\"`, `\"DurableObject\"` or `\"WorkflowEntrypoint\"`",
          problems,
        );
        continue;
      }
    };
    exports.push(AdditionalExport {
      name: export.key.to_owned(),
      kind,
    });
  }
  exports
}
