//! Each Worker of a project beside the others: its bindings, classes and services, with names resolved.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::assets;
use super::auxiliary::{self, Auxiliary, Code};
use super::compat;
use super::durable_objects::{self, Member};
use super::files::FileSystem;
use super::hyperdrive;
use super::input::Input;
use super::mistake::Mistake;
use super::plan::{AuxiliaryWorker, Binding, BindingKind, DurableObjectClass, ServiceTarget};
use super::problem::{Problems, Written};
use super::services;
use super::values;
use super::worker::{Record, WorkerOptions, is_in_file};
use super::workers::{WorkerRef, Workers};
use super::workflows;
use super::wrapped;

/// What a Worker's options mean beside the others.
pub(super) struct Parts {
  pub(super) bindings: Vec<Binding>,
  pub(super) classes: Vec<DurableObjectClass>,
  pub(super) outbound: Option<ServiceTarget>,
  pub(super) tails: Vec<ServiceTarget>,
}

/// All Workers of a project, and what checking one of them needs.
pub(super) struct Surroundings<'a> {
  pub(super) workers: &'a Workers<'a>,
  /// The user Worker first.
  pub(super) members: &'a [Member<'a>],
  pub(super) input: &'a Input<'a>,
  pub(super) files: &'a dyn FileSystem,
  pub(super) watched_files: &'a mut Vec<PathBuf>,
  pub(super) problems: &'a mut Problems,
}

impl Surroundings<'_> {
  /// The Worker at `index`; `base` is what its paths are relative to.
  pub(super) fn check(&mut self, index: usize, base: &Path, additional: &[&str]) -> Parts {
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
    bindings.extend(wrapped::check(worker, workers, problems));
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
      if is_database
        && is_in_file(&written.location)
        && let Some((variable, url)) = hyperdrive::from_environment(name, self.input)
      {
        match hyperdrive::parse(url) {
          Ok(found) => kind = found,
          Err(accepted) => {
            let mistake = Mistake::Unacceptable {
              field: variable,
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

  pub(super) fn check_auxiliary(
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
