//! The plan: options that are validated, defaulted and absolute. The rest of the crate sees only
//! this.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

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
  /// Bindings of the runner Worker. Names are unique.
  pub bindings: Vec<Binding>,
  /// Queues that the user Worker receives from, one entry each.
  pub queue_consumers: Vec<QueueConsumer>,
  /// Whether `caches` stores anything.
  pub cache_api: bool,
  /// How much of the network may be reached.
  pub network: Network,
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

/// A name in `env` and what it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
  /// Name in `env`.
  pub name: String,
  /// What it points to.
  pub kind: BindingKind,
}

/// What a binding points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingKind {
  /// A string.
  Text(String),
  /// Any other JSON value, as JSON text.
  Json(String),
  /// A `WebAssembly.Module`, by its bytes.
  Wasm(FileContent),
  /// An `ArrayBuffer`.
  Data(FileContent),
  /// The version of the Worker: an id, a tag, and when it was made.
  VersionMetadata,
  /// A KV namespace. Bindings with the same ID share their data.
  Kv {
    /// ID of the KV namespace.
    namespace_id: String,
  },
  /// A D1 database. Bindings with the same ID share their data.
  D1 {
    /// ID of the database.
    database_id: String,
  },
  /// An R2 bucket. Bindings with the same name share their data.
  R2 {
    /// Name of the bucket.
    bucket_name: String,
  },
  /// The sending end of a queue.
  Queue {
    /// Name of the queue.
    queue_name: String,
    /// Seconds that messages of the queue wait which do not say so themselves, from 0 to 86,400.
    delivery_delay_s: Option<u32>,
  },
  /// A Durable Object namespace.
  DurableObject {
    /// The class, one of [`Plan::durable_object_classes`] when `script_name` is `None`.
    class_name: String,
    /// The auxiliary Worker that exports the class; `None` for the user Worker itself. Always
    /// `None` until auxiliary Workers exist.
    script_name: Option<String>,
  },
  /// A Workflow.
  Workflow {
    /// Name of the Workflow. No two bindings have the same.
    workflow_name: String,
    /// The class, which `main` exports.
    class_name: String,
    /// How many steps an instance may have, at least 1; `None` for the product's default.
    step_limit: Option<u32>,
  },
}

/// The bytes of a file. Shown by what tells them apart, and not in full.
#[derive(Clone, PartialEq, Eq)]
pub struct FileContent(pub Arc<[u8]>);

impl std::fmt::Debug for FileContent {
  fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let mut hasher = DefaultHasher::new();
    self.0.hash(&mut hasher);
    write!(formatter, "{} bytes {:x}", self.0.len(), hasher.finish())
  }
}

/// How the user Worker receives from a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueConsumer {
  /// Name of the queue.
  pub queue_name: String,
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

/// A Durable Object class of the user Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableObjectClass {
  /// Name under which `main` exports it.
  pub class_name: String,
  /// Whether `ctx.storage.sql` is there.
  pub sqlite: bool,
  /// What workerd derives object IDs and the storage folder's name from. Safe as a file name.
  pub unique_key: String,
}

impl Plan {
  /// Workflow classes of `main`, bound or declared by the user. Each is there once.
  #[must_use]
  pub fn workflow_classes(&self) -> Vec<&str> {
    let bound = self
      .bindings
      .iter()
      .filter_map(|binding| match &binding.kind {
        BindingKind::Workflow { class_name, .. } => Some(class_name.as_str()),
        _ => None,
      });
    let named = self.additional_exports.iter();
    let named = named.filter(|export| export.kind == ExportKind::WorkflowEntrypoint);
    let exported = self.workflow_exports.iter();
    let mut classes: Vec<&str> = bound
      .chain(exported.map(|export| export.class_name.as_str()))
      .chain(named.map(|export| export.name.as_str()))
      .collect();
    classes.sort_unstable();
    classes.dedup();
    classes
  }
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
