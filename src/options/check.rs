//! Raw options → plan: where everything meets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::compat;
use super::durable_objects;
use super::field::Field;
use super::files::{FileSystem, absolute, shown};
use super::input::Input;
use super::mistake::Mistake;
use super::plan::{Binding, BindingKind, ExportKind, Network, Plan, QueueConsumer};
use super::plugin::{self, PluginOptions};
use super::problem::{Location, Problem, Problems, Severity, Source, Written};
use super::queues::Consumer;
use super::raw::Node;
use super::rules;
use super::secrets;
use super::values;
use super::worker::{Record, WorkerOptions, is_in_file, refuse_duplicates};
use super::workflows;
use super::wrangler::{self, Request};

/// Makes the plan of one project. The second part are warnings.
///
/// # Errors
///
/// Every problem that was found, warnings included, when at least one of them is an error.
pub fn plan(
  input: &Input<'_>,
  files: &dyn FileSystem,
) -> Result<(Plan, Vec<Problem>), Vec<Problem>> {
  let mut problems = Problems::default();
  let written = Node::from(&input.options);
  let root = Field::root(&written, Arc::new(Source::Options));
  let options = plugin::read(&root, &input.project_root, &mut problems);
  let plan = plan_options(options, input, files, &mut problems);
  if problems
    .0
    .iter()
    .any(|problem| problem.severity() == Severity::Error)
  {
    Err(problems.0)
  } else {
    Ok((plan, problems.0))
  }
}

fn plan_options(
  options: PluginOptions,
  input: &Input<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) -> Plan {
  let config_path = config_path(&options, input);
  let mut watched_files: Vec<PathBuf> = config_path.iter().cloned().collect();
  let file = load_file(
    &options,
    config_path.as_deref(),
    input,
    files,
    &mut watched_files,
    problems,
  );
  let worker = file.merge(options.worker);

  check_main(worker.main.as_ref(), input, files, problems);
  let newest = input.newest_date();
  let compat = compat::check(
    worker.compatibility_date.as_ref(),
    &worker.compatibility_flags,
    newest,
    problems,
  );
  let additional: Vec<&str> = options
    .additional_exports
    .iter()
    .filter(|export| export.kind == ExportKind::DurableObject)
    .map(|export| export.name.as_str())
    .collect();
  let (durable_objects, durable_object_classes) =
    durable_objects::check(&worker, &additional, problems);
  let workflows = workflows::check(&worker, problems);
  let workflow_exports = workflows::exports(&worker);
  let module_rules = rules::check(&worker.rules, &worker.option_rules, problems);
  check_names(&worker, problems);

  let root = options.root_path.as_deref().unwrap_or(".");
  let base = absolute(&input.project_root, root);
  let mut bindings = value_bindings(&worker);
  bindings.extend(values::file_bindings(
    &worker,
    &base,
    files,
    &mut watched_files,
    problems,
  ));
  bindings.extend(durable_objects);
  bindings.extend(workflows);
  let queue_consumers = queue_consumers(&worker);
  Plan {
    name: worker.names.into_iter().next(),
    main: worker.main.map(|main| main.value),
    compatibility_date: compat.date,
    compatibility_flags: compat.flags,
    bindings,
    queue_consumers,
    cache_api: worker.cache_api.unwrap_or(true),
    network: options.network.unwrap_or(Network::All),
    defines: worker.defines,
    aliases: worker.aliases,
    module_rules,
    durable_object_classes,
    workflow_exports,
    additional_exports: options.additional_exports,
    isolated_storage: options
      .isolated_storage
      .unwrap_or(input.defaults.isolated_storage),
    single_worker: options.single_worker.unwrap_or(false),
    verbose: options.verbose.unwrap_or(true),
    watched_files,
  }
}

/// `wrangler.configPath`, resolved. Nothing is ever discovered: without the option there is no
/// file.
fn config_path(options: &PluginOptions, input: &Input<'_>) -> Option<PathBuf> {
  let written = options.config_path.as_ref()?;
  let root = options.root_path.as_deref().unwrap_or(".");
  Some(absolute(
    &absolute(&input.project_root, root),
    &written.value,
  ))
}

fn load_file(
  options: &PluginOptions,
  path: Option<&Path>,
  input: &Input<'_>,
  files: &dyn FileSystem,
  watched_files: &mut Vec<PathBuf>,
  problems: &mut Problems,
) -> WorkerOptions {
  let (Some(named_by), Some(path)) = (&options.config_path, path) else {
    return WorkerOptions::default();
  };
  let variable = input.environment.as_ref().map(|name| Written {
    value: name.clone(),
    location: Location {
      source: Arc::new(Source::Variable("CLOUDFLARE_ENV")),
      field: String::new(),
      span: None,
    },
  });
  let environment = options.environment.as_ref().or(variable.as_ref());
  let environment = environment.filter(|environment| !environment.value.is_empty());
  let shown = shown(&input.project_root, path);
  let request = Request {
    path,
    shown,
    named_by,
    environment,
  };
  let mut worker = wrangler::load(request, files, problems);
  let place = secrets::Place {
    folder: path.parent().unwrap_or(path),
    environment: environment.map(|environment| environment.value.as_str()),
  };
  watched_files.extend(secrets::add(&mut worker, &place, input, files, problems));
  worker
}

fn check_main(
  main: Option<&Written<PathBuf>>,
  input: &Input<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) {
  let Some(main) = main.filter(|main| !files.is_file(&main.value)) else {
    return;
  };
  // The two likeliest mistakes: an import specifier instead of a path, and a renamed source.
  let extensions = ["ts", "tsx", "mts", "js", "jsx", "mjs"];
  let similar = extensions.iter().find_map(|extension| {
    let candidate = main.value.with_extension(extension);
    files
      .is_file(&candidate)
      .then(|| shown(&input.project_root, &candidate))
  });
  let mistake = Mistake::MainMissing {
    path: main.value.display().to_string(),
    similar,
  };
  problems.report(mistake, main.location.clone());
}

/// Reports names that a file and the options bind to different kinds of things. Inside a file they
/// are reported where it is read.
fn check_names(worker: &WorkerOptions, problems: &mut Problems) {
  let bound = worker.bound_names();
  let (from_file, from_options): (Vec<_>, Vec<_>) = bound
    .into_iter()
    .partition(|bound| is_in_file(&bound.location));
  let clashing = from_file
    .into_iter()
    .filter(|bound| from_options.iter().any(|option| option.name == bound.name));
  let mut bound: Vec<_> = clashing.collect();
  bound.extend(from_options.iter().cloned());
  refuse_duplicates(&bound, problems);
}

fn value_bindings(worker: &WorkerOptions) -> Vec<Binding> {
  let variables = worker.variables.iter().map(|(name, written)| {
    let kind = match &written.value {
      Value::String(text) => BindingKind::Text(text.clone()),
      other => BindingKind::Json(other.to_string()),
    };
    Binding {
      name: name.clone(),
      kind,
    }
  });
  let resources = |record: &Record<String>, kind: fn(String) -> BindingKind| -> Vec<Binding> {
    let bind = |(name, written): &(String, Written<String>)| Binding {
      name: name.clone(),
      kind: kind(written.value.clone()),
    };
    record.iter().map(bind).collect()
  };
  let versions = worker.versions.iter().map(|(name, _)| Binding {
    name: name.clone(),
    kind: BindingKind::VersionMetadata,
  });
  variables
    .chain(versions)
    .chain(resources(&worker.kv_namespaces, |namespace_id| {
      BindingKind::Kv { namespace_id }
    }))
    .chain(resources(&worker.d1_databases, |database_id| {
      BindingKind::D1 { database_id }
    }))
    .chain(resources(&worker.r2_buckets, |bucket_name| {
      BindingKind::R2 { bucket_name }
    }))
    .chain(
      worker
        .queue_producers
        .iter()
        .map(|(name, written)| Binding {
          name: name.clone(),
          kind: BindingKind::Queue {
            queue_name: written.value.queue.clone(),
            delivery_delay_s: written.value.delivery_delay_s,
          },
        }),
    )
    .collect()
}

fn queue_consumers(worker: &WorkerOptions) -> Vec<QueueConsumer> {
  let consumer = |(queue, written): &(String, Written<Consumer>)| QueueConsumer {
    queue_name: queue.clone(),
    batch_size_max: written.value.batch_size_max.unwrap_or(5),
    batch_timeout_ms: written.value.batch_timeout_ms.unwrap_or(1000),
    retries_max: written.value.retries_max.unwrap_or(2),
    retry_delay_s: written.value.retry_delay_s.unwrap_or(0),
    dead_letter_queue: written.value.dead_letter_queue.clone(),
    concurrency_max: written.value.concurrency_max.unwrap_or(1).max(1),
  };
  worker.queue_consumers.iter().map(consumer).collect()
}
