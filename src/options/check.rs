//! Raw options → plan: where everything meets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::assets;
use super::auxiliary::{self, Auxiliary, Code, ConfigFile};
use super::compat;
use super::durable_objects::{self, Member};
use super::field::Field;
use super::files::{FileSystem, absolute, shown};
use super::hyperdrive;
use super::input::Input;
use super::mistake::Mistake;
use super::plan::{
  AuxiliaryWorker, Binding, BindingKind, DurableObjectClass, ExportKind, Network, Plan,
  QueueConsumer, ServiceTarget,
};
use super::plugin::{self, PluginOptions};
use super::problem::{Location, Problem, Problems, Severity, Source, Written};
use super::raw::Node;
use super::rules;
use super::secrets;
use super::services;
use super::values;
use super::worker::{Record, WorkerOptions, is_in_file, refuse_duplicates};
use super::workers::{WorkerRef, Workers};
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
  mut options: PluginOptions,
  input: &Input<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) -> Plan {
  let root = options.root_path.as_deref().unwrap_or(".");
  let base = absolute(&input.project_root, root);
  let mut watched_files = Vec::new();
  let mut reader = ConfigReader {
    base: &base,
    input,
    files,
    watched_files: &mut watched_files,
    problems,
  };
  let file = options.config_path.as_ref().map(|named_by| {
    let environment = options.environment.as_ref();
    reader.read(named_by, environment)
  });
  let (file, config_folder) = file.unzip();
  let mut listed = std::mem::take(&mut options.worker.auxiliary);
  let configs = options.auxiliary_configs.iter();
  listed.extend(configs.filter_map(|config| reader.read_auxiliary(config)));
  let user = file.unwrap_or_default().merge(options.worker);

  check_main(user.main.as_ref(), input, files, problems);
  let newest = input.newest_date();
  let compat = compat::check(
    user.compatibility_date.as_ref(),
    &user.compatibility_flags,
    newest,
    problems,
  );
  let module_rules = rules::check(&user.rules, &user.option_rules, problems);
  check_names(&user, problems);
  for worker in &listed {
    check_names(&worker.options, problems);
  }

  let additional: Vec<&str> = options
    .additional_exports
    .iter()
    .filter(|export| export.kind == ExportKind::DurableObject)
    .map(|export| export.name.as_str())
    .collect();
  let workers = Workers::new(&user, &listed, problems);
  let names: Vec<WorkerRef> = listed
    .iter()
    .map(|worker| Some(worker.name.value.clone()))
    .collect();
  let auxiliary = names.iter().zip(listed.iter().map(|each| &each.options));
  let members: Vec<Member<'_>> = [(&None, &user)].into_iter().chain(auxiliary).collect();
  let mut surroundings = Surroundings {
    workers: &workers,
    members: &members,
    input,
    files,
    watched_files: &mut watched_files,
    problems,
  };
  // The folder of `miniflare.assets` is beside the Wrangler file, as that of its own assets.
  let beside_file = config_folder.as_deref().unwrap_or(&base);
  let (assets, assets_binding) = assets::check(&user, &None, &compat.date, beside_file);
  let mut parts = surroundings.check(0, &base, &additional);
  parts.bindings.extend(assets_binding);
  let auxiliary_workers: Vec<AuxiliaryWorker> = listed
    .iter()
    .enumerate()
    .filter_map(|(index, worker)| surroundings.check_auxiliary(index + 1, worker, &base, newest))
    .collect();
  services::refuse_tails(&user, &parts.tails, problems);
  services::refuse_tail_cycles(&listed, &auxiliary_workers, problems);
  let queue_consumers = queue_consumers(&members, problems);
  let mut plan = Plan {
    workflow_exports: workflows::exports(&user),
    name: user.names.into_iter().next(),
    main: user.main.map(|main| main.value),
    compatibility_date: compat.date,
    compatibility_flags: compat.flags,
    node_compatibility: compat.node,
    bindings: parts.bindings,
    queue_consumers,
    cache_api: user.cache_api.unwrap_or(true),
    network: options.network.unwrap_or(Network::All),
    assets,
    outbound: parts.outbound,
    named_entrypoints: user.declared_entrypoints,
    auxiliary_workers,
    defines: user.defines,
    aliases: user.aliases,
    module_rules,
    durable_object_classes: parts.classes,
    additional_exports: options.additional_exports,
    isolated_storage: options
      .isolated_storage
      .unwrap_or(input.defaults.isolated_storage),
    single_worker: options.single_worker.unwrap_or(false),
    verbose: options.verbose.unwrap_or(true),
    watched_files,
  };
  let bound = named_entrypoints(&plan);
  plan.named_entrypoints.extend(bound);
  plan.named_entrypoints.sort_unstable();
  plan.named_entrypoints.dedup();
  plan
}

/// Reads Wrangler files with the secrets beside them.
struct ConfigReader<'a> {
  base: &'a Path,
  input: &'a Input<'a>,
  files: &'a dyn FileSystem,
  watched_files: &'a mut Vec<PathBuf>,
  problems: &'a mut Problems,
}

impl ConfigReader<'_> {
  /// The Worker of a file, and the file's folder. Nothing is ever discovered: without an option that names
  /// it, no file is read.
  fn read(
    &mut self,
    named_by: &Written<String>,
    environment: Option<&Written<String>>,
  ) -> (WorkerOptions, PathBuf) {
    let path = absolute(self.base, &named_by.value);
    self.watched_files.push(path.clone());
    let variable = self.input.environment.as_ref().map(|name| Written {
      value: name.clone(),
      location: Location {
        source: Arc::new(Source::Variable("CLOUDFLARE_ENV")),
        field: String::new(),
        span: None,
      },
    });
    let environment = environment.or(variable.as_ref());
    let environment = environment.filter(|environment| !environment.value.is_empty());
    let request = Request {
      path: &path,
      shown: shown(&self.input.project_root, &path),
      named_by,
      environment,
    };
    let mut worker = wrangler::load(request, self.files, self.problems);
    let folder = path.parent().unwrap_or(&path).to_owned();
    let place = secrets::Place {
      folder: &folder,
      environment: environment.map(|environment| environment.value.as_str()),
    };
    let read = secrets::add(&mut worker, &place, self.input, self.files, self.problems);
    self.watched_files.extend(read);
    (worker, folder)
  }

  fn read_auxiliary(&mut self, config: &ConfigFile) -> Option<Auxiliary> {
    let before = self.problems.0.len();
    let (options, root) = self.read(&config.path, config.environment.as_ref());
    // A file that could not be read lacks everything.
    let is_readable = self.problems.0[before..]
      .iter()
      .all(|problem| problem.severity() == Severity::Warning);
    let mut require = |key, is_there: bool| {
      if is_readable && !is_there {
        let location = config.path.location.clone();
        self
          .problems
          .report(Mistake::AuxiliaryIncomplete { key }, location);
      }
    };
    require("main", options.main.is_some());
    require("name", !options.names.is_empty());
    check_main(options.main.as_ref(), self.input, self.files, self.problems);
    let options = options.merge(config.over.clone());
    let name = Written {
      value: options.names.first()?.clone(),
      location: config.path.location.clone(),
    };
    Some(Auxiliary {
      name,
      options,
      root,
      code: Code::Main,
    })
  }
}

/// What a Worker's options mean beside the others.
struct Parts {
  bindings: Vec<Binding>,
  classes: Vec<DurableObjectClass>,
  outbound: Option<ServiceTarget>,
  tails: Vec<ServiceTarget>,
}

/// All Workers of a project, and what checking one of them needs.
struct Surroundings<'a> {
  workers: &'a Workers<'a>,
  members: &'a [Member<'a>],
  input: &'a Input<'a>,
  files: &'a dyn FileSystem,
  watched_files: &'a mut Vec<PathBuf>,
  problems: &'a mut Problems,
}

impl Surroundings<'_> {
  /// The Worker at `index`; `base` is what its paths are relative to.
  fn check(&mut self, index: usize, base: &Path, additional: &[&str]) -> Parts {
    let (me, worker) = self.members[index];
    let mut others = self.members.to_vec();
    others.remove(index);
    let (workers, problems) = (self.workers, &mut *self.problems);
    let (durable_objects, classes) =
      durable_objects::check((me, worker), &others, workers, additional, problems);
    let mut bindings = value_bindings(worker);
    let files = values::file_bindings(worker, base, self.files, self.watched_files, problems);
    bindings.extend(files);
    bindings.extend(durable_objects);
    bindings.extend(workflows::check(worker, me, workers, problems));
    bindings.extend(services::check(worker, me, workers, base, problems));
    let outbound = services::check_outbound(worker, me, workers, base, problems);
    let tails = services::check_tails(&worker.tails, me, workers, base, problems);
    bindings.extend(self.products(me, worker));
    Parts {
      bindings,
      classes,
      outbound,
      tails,
    }
  }

  /// Smaller products. The environment says where a database is, before the file does.
  fn products(&mut self, me: &WorkerRef, worker: &WorkerOptions) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for (name, written) in &worker.products {
      let mut kind = written.value.kind.clone();
      if let (BindingKind::SendEmail { log, .. }, Some(me)) = (&mut kind, me) {
        *log = format!("{me}/{log}");
      }
      let is_database = matches!(
        kind,
        BindingKind::Hyperdrive { .. } | BindingKind::HyperdriveMissing
      );
      let variables = hyperdrive::variables(name);
      let variables = variables
        .iter()
        .filter_map(|variable| Some((variable, self.input.process_env.get(variable)?)));
      let from_environment = variables.into_iter().find(|(_, url)| !url.is_empty());
      if is_database
        && is_in_file(&written.location)
        && let Some((variable, url)) = from_environment
      {
        match hyperdrive::parse(url) {
          Ok(found) => kind = found,
          Err(accepted) => {
            let mistake = Mistake::Unacceptable {
              field: variable.clone(),
              found: "no connection string".into(),
              accepted: accepted.into(),
            };
            self.problems.report(mistake, written.location.clone());
          }
        }
      }
      bindings.push(Binding {
        name: name.clone(),
        kind,
      });
    }
    bindings
  }

  fn check_auxiliary(
    &mut self,
    index: usize,
    worker: &Auxiliary,
    base: &Path,
    newest: &str,
  ) -> Option<AuxiliaryWorker> {
    let base = base.join(&worker.root);
    let mut parts = self.check(index, &base, &[]);
    let options = &worker.options;
    // Miniflare's default is older than any behaviour that changed; a Wrangler file is expected to say.
    let default = if matches!(worker.code, Code::Main) {
      newest
    } else {
      compat::OLDEST_DATE
    };
    let compat = compat::check_auxiliary(
      options.compatibility_date.as_ref(),
      &options.compatibility_flags,
      (default, newest),
      self.problems,
    );
    let me = self.members[index].0;
    let (assets, assets_binding) = assets::check(options, me, &compat.date, &base);
    parts.bindings.extend(assets_binding);
    let source = auxiliary::source(worker, &base, self.files, self.watched_files, self.problems)?;
    Some(AuxiliaryWorker {
      name: worker.name.value.clone(),
      source,
      compatibility_date: compat.date,
      compatibility_flags: compat.flags,
      bindings: parts.bindings,
      assets,
      cache_api: options.cache_api.unwrap_or(true),
      durable_object_classes: parts.classes,
      outbound: parts.outbound,
      tails: parts.tails,
    })
  }
}

/// Exports of `main` that bindings name, whoever has them.
fn named_entrypoints(plan: &Plan) -> Vec<String> {
  let targets = plan
    .all_bindings()
    .filter_map(|binding| match &binding.kind {
      BindingKind::Service(target) => Some(target),
      _ => None,
    });
  let auxiliary = plan.auxiliary_workers.iter();
  let outbound = auxiliary.filter_map(|worker| worker.outbound.as_ref());
  targets
    .chain(outbound)
    .chain(&plan.outbound)
    .filter_map(|target| match target {
      ServiceTarget::Worker {
        name: None,
        entrypoint,
        ..
      } => entrypoint.clone(),
      _ => None,
    })
    .collect()
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

/// Who receives from which queue. A queue has one consumer, whatever Worker it is.
fn queue_consumers(members: &[Member<'_>], problems: &mut Problems) -> Vec<QueueConsumer> {
  let mut consumers: Vec<QueueConsumer> = Vec::new();
  for (worker, options) in members {
    for (queue, written) in &options.queue_consumers {
      if consumers.iter().any(|known| known.queue_name == *queue) {
        let mistake = Mistake::DuplicateConsumer {
          queue: queue.clone(),
        };
        problems.report(mistake, written.location.clone());
        continue;
      }
      consumers.push(QueueConsumer {
        queue_name: queue.clone(),
        worker: (*worker).clone(),
        batch_size_max: written.value.batch_size_max.unwrap_or(5),
        batch_timeout_ms: written.value.batch_timeout_ms.unwrap_or(1000),
        retries_max: written.value.retries_max.unwrap_or(2),
        retry_delay_s: written.value.retry_delay_s.unwrap_or(0),
        dead_letter_queue: written.value.dead_letter_queue.clone(),
        concurrency_max: written.value.concurrency_max.unwrap_or(1).max(1),
      });
    }
  }
  consumers
}
