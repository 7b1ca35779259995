//! Raw options → plan: where everything meets.

use std::sync::Arc;

use super::assets;
use super::compat;
use super::config_files::{ConfigReader, check_main};
use super::durable_objects::Member;
use super::field::Field;
use super::files::{FileSystem, absolute};
use super::input::Input;
use super::members::Surroundings;
use super::mistake::Mistake;
use super::plan::{
  AuxiliaryWorker, ExportKind, Network, Plan, QueueConsumer, ServiceTarget, distinct,
};
use super::plugin::{self, PluginOptions};
use super::problem::{Problem, Problems, Severity, Source};
use super::raw::Node;
use super::rules;
use super::services;
use super::worker::{WorkerOptions, is_in_file, refuse_duplicates};
use super::workers::{WorkerRef, Workers};
use super::workflows;

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
  let declared = plan.named_entrypoints.iter().cloned();
  plan.named_entrypoints = distinct(declared.chain(named_entrypoints(&plan)));
  plan
}

/// Exports of `main` that bindings name, whoever has them.
fn named_entrypoints(plan: &Plan) -> impl Iterator<Item = String> {
  plan.service_targets().filter_map(|target| match target {
    ServiceTarget::Worker {
      name: None,
      entrypoint,
      ..
    } => entrypoint.clone(),
    _ => None,
  })
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
