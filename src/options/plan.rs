//! The plan: options that are validated, defaulted and absolute. The rest of the crate sees only
//! this.

mod assets;
mod auxiliary;
mod bindings;

use std::path::PathBuf;

pub use assets::{AssetsPlan, HtmlHandling, NotFoundHandling, RunWorkerFirst};
pub use auxiliary::{AuxiliaryWorker, EntryFile, ModuleType, WorkerModule, WorkerSource};
pub use bindings::{Binding, BindingKind, FileContent, ServiceTarget};

/// What we will do for one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
  /// Configured name of the user Worker, with its environment's suffix. Nobody has to configure
  /// one.
  pub name: Option<String>,
  /// Absolute path of the Worker under test. It was a file when the plan was made.
  pub main: Option<PathBuf>,
  /// Compatibility date of the runner Worker, as `YYYY-MM-DD`.
  pub compatibility_date: String,
  /// All compatibility flags of the runner Worker: the user's and the ones that Vitest needs.
  pub compatibility_flags: Vec<String>,
  /// What of Node the user Worker has in production. In tests it has everything.
  pub node_compatibility: NodeCompatibility,
  /// Bindings of the runner Worker. Names are unique.
  pub bindings: Vec<Binding>,
  /// Queues that Workers receive from, one entry each.
  pub queue_consumers: Vec<QueueConsumer>,
  /// Whether `caches` stores anything.
  pub cache_api: bool,
  /// How much of the network may be reached.
  pub network: Network,
  /// Files that are served in front of the user Worker.
  pub assets: Option<AssetsPlan>,
  /// Where requests go that no binding and no mock answers; `None` for the network.
  pub outbound: Option<ServiceTarget>,
  /// Exports of `main` that bindings name, or that the file declares, sorted. `main` may lack them until they are
  /// used.
  pub named_entrypoints: Vec<String>,
  /// Workers beside the user Worker. Names are unique.
  pub auxiliary_workers: Vec<AuxiliaryWorker>,
  /// Global variables, dots for properties of them, and expressions that are their values.
  pub defines: Vec<(String, String)>,
  /// Specifiers, or their first parts, and what replaces them: another specifier, or an absolute path.
  pub aliases: Vec<(String, String)>,
  /// Which files are text, bytes or WebAssembly; the first that matches counts.
  pub module_rules: Vec<ModuleRule>,
  /// Durable Object classes that `main` exports, bound or not. Class names are unique.
  pub durable_object_classes: Vec<DurableObjectClass>,
  /// Workflows that `ctx.exports` has, by class.
  pub workflow_exports: Vec<WorkflowExport>,
  /// Exports of `main` that its text does not show.
  pub additional_exports: Vec<AdditionalExport>,
  /// Between what stored state is undone.
  pub isolated_storage: Isolation,
  /// Whether all files of the project share one runtime, one after the other.
  pub single_worker: bool,
  /// Whether informational output of the runtime is printed.
  pub verbose: bool,
  /// Files whose change makes this plan stale.
  pub watched_files: Vec<PathBuf>,
}

/// How a Worker receives from a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueConsumer {
  /// Name of the queue.
  pub queue_name: String,
  /// The auxiliary Worker that receives; `None` for the user Worker.
  pub worker: Option<String>,
  /// Messages that make a batch due at once, from 0 to 100. Default: 5.
  pub batch_size_max: u32,
  /// Milliseconds after which a smaller batch is due, from 0 to 60,000. Default: 1000.
  pub batch_timeout_ms: u32,
  /// Attempts after the first, from 0 to 100. Default: 2.
  pub retries_max: u32,
  /// Seconds before another attempt, from 0 to 86,400. Default: 0.
  pub retry_delay_s: u32,
  /// Where messages go after the last attempt; `None` drops them.
  pub dead_letter_queue: Option<String>,
  /// Batches that may be delivered at a time, from 1 to 250. Default: 1, so that tests see one order.
  pub concurrency_max: u32,
}

/// A Durable Object class of a Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableObjectClass {
  /// Name under which the Worker exports it.
  pub class_name: String,
  /// Whether `ctx.storage.sql` is there.
  pub sqlite: bool,
  /// What workerd derives object IDs and the storage folder's name from. Safe as a file name.
  pub unique_key: String,
}

impl Plan {
  /// The bindings of all Workers.
  pub fn all_bindings(&self) -> impl Iterator<Item = &Binding> {
    let auxiliary = self.auxiliary_workers.iter();
    self
      .bindings
      .iter()
      .chain(auxiliary.flat_map(|worker| &worker.bindings))
  }

  /// Everything that answers requests of bindings, of Workers without an answer of their own, and of logs.
  pub fn service_targets(&self) -> impl Iterator<Item = &ServiceTarget> {
    let bound = self.bound(|kind| match kind {
      BindingKind::Service(target) => Some(target),
      _ => None,
    });
    let auxiliary = self.auxiliary_workers.iter();
    let of_auxiliary = auxiliary.flat_map(|worker| worker.outbound.iter().chain(&worker.tails));
    bound.chain(&self.outbound).chain(of_auxiliary)
  }

  /// The auxiliary Worker of a name.
  #[must_use]
  pub fn auxiliary_worker(&self, name: &str) -> Option<&AuxiliaryWorker> {
    let mut workers = self.auxiliary_workers.iter();
    workers.find(|worker| worker.name == name)
  }

  /// Workflow classes of `main`, bound or declared by the user. Each is there once.
  #[must_use]
  pub fn workflow_classes(&self) -> Vec<&str> {
    let bound = self.bound(|kind| match kind {
      BindingKind::Workflow {
        class_name,
        worker: None,
        ..
      } => Some(class_name.as_str()),
      _ => None,
    });
    let named = self.additional_exports.iter();
    let named = named.filter(|export| export.kind == ExportKind::WorkflowEntrypoint);
    let exported = self.workflow_exports.iter();
    distinct(
      bound
        .chain(exported.map(|export| export.class_name.as_str()))
        .chain(named.map(|export| export.name.as_str())),
    )
  }

  /// Workflow classes of auxiliary Workers that are bound, each with its Worker. Each is there once.
  #[must_use]
  pub fn auxiliary_workflow_classes(&self) -> Vec<(&str, &str)> {
    distinct(self.bound(|kind| match kind {
      BindingKind::Workflow {
        class_name,
        worker: Some(worker),
        ..
      } => Some((worker.as_str(), class_name.as_str())),
      _ => None,
    }))
  }

  /// Auxiliary Workers that only make values of wrapped bindings, once each.
  #[must_use]
  pub fn wrapping_workers(&self) -> Vec<&str> {
    distinct(self.bound(|kind| match kind {
      BindingKind::Wrapped { worker, .. } => Some(worker.as_str()),
      _ => None,
    }))
  }

  /// Ids of the secrets stores that are bound, once each.
  #[must_use]
  pub fn secrets_stores(&self) -> Vec<&str> {
    distinct(self.bound(|kind| match kind {
      BindingKind::SecretsStoreSecret { store_id, .. } => Some(store_id.as_str()),
      _ => None,
    }))
  }

  /// Addresses of databases behind Hyperdrive, once each.
  #[must_use]
  pub fn databases(&self) -> Vec<&str> {
    distinct(self.bound(|kind| match kind {
      BindingKind::Hyperdrive { address, .. } => Some(address.as_str()),
      _ => None,
    }))
  }

  /// What is asked of each binding of all Workers, where it has that.
  fn bound<'a, T: 'a>(
    &'a self,
    ask: impl Fn(&'a BindingKind) -> Option<T> + 'a,
  ) -> impl Iterator<Item = T> + 'a {
    self
      .all_bindings()
      .filter_map(move |binding| ask(&binding.kind))
  }
}

/// In order, and each once.
pub(crate) fn distinct<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
  let mut distinct: Vec<T> = items.into_iter().collect();
  distinct.sort_unstable();
  distinct.dedup();
  distinct
}

/// A Workflow that is declared without a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowExport {
  /// The class, which `main` exports.
  pub class_name: String,
  /// Name of the Workflow. A binding of the same name shares the instances.
  pub workflow_name: String,
  /// How many steps an instance may have, at least 1; `None` for the product's default.
  pub step_limit: Option<u32>,
}

/// An export of `main` that static analysis cannot see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdditionalExport {
  /// Name of the export.
  pub name: String,
  /// What it is.
  pub kind: ExportKind,
}

/// What an exported class extends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
  /// `WorkerEntrypoint`
  WorkerEntrypoint,
  /// `DurableObject`
  DurableObject,
  /// `WorkflowEntrypoint`
  WorkflowEntrypoint,
}

/// Modules of Node that a Worker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeCompatibility {
  /// All that the runtime has.
  All,
  /// `node:async_hooks`
  AsyncLocalStorage,
  /// None.
  None,
}

/// How much of the network may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
  /// Everything, private addresses included.
  All,
  /// This machine alone.
  Loopback,
  /// Nothing.
  None,
}

impl Network {
  /// As it is written.
  #[must_use]
  pub fn as_str(self) -> &'static str {
    match self {
      Self::All => "all",
      Self::Loopback => "loopback",
      Self::None => "none",
    }
  }
}

/// What a file is when its path matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRule {
  /// What the files are.
  pub kind: RuleType,
  /// Patterns of paths. One without a slash at its start matches the end of a path.
  pub globs: Vec<String>,
}

/// What a rule makes of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleType {
  /// A string.
  Text,
  /// An `ArrayBuffer`.
  Data,
  /// A `WebAssembly.Module`.
  CompiledWasm,
}

/// Between what stored state is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
  /// Between tests (`true` or `"test"`).
  Test,
  /// Between test files (`"file"`).
  File,
  /// Never, as long as the runtime lives (`false`).
  Shared,
}
