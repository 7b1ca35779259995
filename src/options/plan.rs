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
    /// The class, one of [`Plan::durable_object_classes`] or of an auxiliary Worker's.
    class_name: String,
    /// The auxiliary Worker that exports the class; `None` for the user Worker.
    worker: Option<String>,
  },
  /// A Workflow.
  Workflow {
    /// Name of the Workflow. No two bindings have the same.
    workflow_name: String,
    /// The class.
    class_name: String,
    /// The auxiliary Worker that exports the class; `None` for the user Worker.
    worker: Option<String>,
    /// How many steps an instance may have, at least 1; `None` for the product's default.
    step_limit: Option<u32>,
  },
  /// Another Worker, or something else that answers requests.
  Service(ServiceTarget),
  /// A rate limiter.
  RateLimit {
    /// Limiters of the same namespace count together.
    namespace_id: String,
    /// Calls in a period, from 1.
    limit: u32,
    /// Seconds: 10 or 60.
    period_s: u32,
  },
  /// A secret of a secrets store.
  SecretsStoreSecret {
    /// Stores of the same id share their secrets.
    store_id: String,
    /// Name of the secret.
    secret_name: String,
  },
  /// An Analytics Engine dataset.
  AnalyticsEngine {
    /// Name of the dataset.
    dataset: String,
  },
  /// Sends emails.
  SendEmail {
    /// By which its emails are read back: the name of the binding, behind that of an auxiliary Worker.
    log: String,
    /// To whom; `None` for everybody.
    destinations: Option<Vec<String>>,
    /// From whom; `None` for anybody.
    senders: Option<Vec<String>>,
  },
  /// A database behind Hyperdrive.
  Hyperdrive {
    /// `postgres` or `mysql`.
    scheme: String,
    /// `host:port`
    address: String,
    /// Name of the database.
    database: String,
    /// Who connects.
    user: String,
    /// With what.
    password: String,
  },
  /// Hyperdrive without a database for tests.
  HyperdriveMissing,
  /// The static assets of a Worker.
  Assets {
    /// The auxiliary Worker whose they are; `None` for the user Worker.
    worker: Option<String>,
  },
  /// Takes records, and forgets them.
  Pipeline,
  /// Runs Workers from code.
  WorkerLoader,
  /// A product that only the account has.
  Stub {
    /// What it is, in Wrangler's words.
    product: String,
  },
}

/// Who answers requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceTarget {
  /// A Worker of the runtime.
  Worker {
    /// The auxiliary Worker; `None` for the user Worker.
    name: Option<String>,
    /// A named export; `None` for the default one.
    entrypoint: Option<String>,
    /// What it finds in `ctx.props`, as JSON text.
    props: Option<String>,
  },
  /// A function that runs in Node.
  Function {
    /// Path of the option, such as `miniflare.serviceBindings.AUTH`.
    path: String,
    /// Whether it takes what a server of `node:http` gives, and no `Request`.
    is_node_style: bool,
  },
  /// A network of its own, whatever the option `network` says.
  Network {
    /// Address ranges, or `public`, `private`, `local`, `network`.
    allow: Vec<String>,
    /// Likewise. These win.
    deny: Vec<String>,
  },
  /// A server at an address, whatever the URL of a request says.
  Server {
    /// `host:port`, or `unix:/path`.
    address: String,
    /// Whether it speaks HTTPS.
    is_https: bool,
    /// The host that its certificate is for; `None` for the one of the address.
    certificate_host: Option<String>,
  },
  /// Files.
  Folder {
    /// Absolute.
    path: PathBuf,
    /// Whether `PUT` and `DELETE` work.
    is_writable: bool,
    /// Whether files whose names begin with a dot are there.
    shows_dotfiles: bool,
  },
}

/// The static assets of a Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetsPlan {
  /// Absolute. It need not exist.
  pub directory: PathBuf,
  /// How paths lead to HTML files.
  pub html_handling: HtmlHandling,
  /// What is served where there is no file.
  pub not_found_handling: NotFoundHandling,
  /// Which requests the Worker gets first.
  pub run_worker_first: RunWorkerFirst,
  /// Whether what a browser navigates to is an asset also when only `not_found_handling` answers.
  pub prefers_navigation: bool,
}

/// How paths lead to HTML files, in Wrangler's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HtmlHandling {
  /// `auto-trailing-slash`
  AutoTrailingSlash,
  /// `force-trailing-slash`
  ForceTrailingSlash,
  /// `drop-trailing-slash`
  DropTrailingSlash,
  /// `none`
  None,
}

/// What is served where there is no file, in Wrangler's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFoundHandling {
  /// `none`
  None,
  /// `single-page-application`
  SinglePageApplication,
  /// `404-page`
  NotFoundPage,
}

/// Which requests the Worker gets before assets are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunWorkerFirst {
  /// None.
  Never,
  /// All.
  Always,
  /// Those whose paths match, but for those that match a rule with `!`.
  Rules(Vec<String>),
}

/// A Worker that runs beside the user Worker, in an isolate of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuxiliaryWorker {
  /// Its name.
  pub name: String,
  /// Its code.
  pub source: WorkerSource,
  /// As `YYYY-MM-DD`.
  pub compatibility_date: String,
  /// What it asks for, and nothing else.
  pub compatibility_flags: Vec<String>,
  /// Its own bindings.
  pub bindings: Vec<Binding>,
  /// Files that its binding serves.
  pub assets: Option<AssetsPlan>,
  /// Whether `caches` stores anything.
  pub cache_api: bool,
  /// Durable Object classes that it exports.
  pub durable_object_classes: Vec<DurableObjectClass>,
  /// Where its requests go; `None` for the network.
  pub outbound: Option<ServiceTarget>,
  /// Who receives what it logs.
  pub tails: Vec<ServiceTarget>,
}

/// Code of an auxiliary Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerSource {
  /// All of it, the entry first.
  Modules(Vec<WorkerModule>),
  /// A built file, and the files that it imports by relative paths.
  File {
    /// The file, with its path as the name.
    entry: WorkerModule,
    /// Which imported files are no code.
    rules: Vec<ModuleRule>,
  },
  /// A source that has to be bundled.
  Entry(EntryFile),
}

/// The source of a Worker, as Wrangler would bundle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFile {
  /// Absolute path.
  pub main: PathBuf,
  /// Folder of its Wrangler file.
  pub root: PathBuf,
  /// Which imported files are no code.
  pub rules: Vec<ModuleRule>,
  /// Names and the expressions that replace them.
  pub defines: Vec<(String, String)>,
  /// Specifiers and what replaces them.
  pub aliases: Vec<(String, String)>,
}

/// One module of an auxiliary Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerModule {
  /// What it is.
  pub kind: ModuleType,
  /// By which others import it.
  pub name: String,
  /// What is in it.
  pub content: FileContent,
}

/// What a module of an auxiliary Worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleType {
  /// ECMAScript.
  EsModule,
  /// CommonJS.
  CommonJs,
  /// A script that calls `addEventListener`; it is alone.
  ServiceWorker,
  /// A string.
  Text,
  /// An `ArrayBuffer`.
  Data,
  /// A `WebAssembly.Module`.
  CompiledWasm,
  /// A JSON value.
  Json,
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

  /// Workflow classes of `main`, bound or declared by the user. Each is there once.
  #[must_use]
  pub fn workflow_classes(&self) -> Vec<&str> {
    let bound = self
      .all_bindings()
      .filter_map(|binding| match &binding.kind {
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
    let mut classes: Vec<&str> = bound
      .chain(exported.map(|export| export.class_name.as_str()))
      .chain(named.map(|export| export.name.as_str()))
      .collect();
    classes.sort_unstable();
    classes.dedup();
    classes
  }

  /// Ids of the secrets stores that are bound, once each.
  #[must_use]
  pub fn secrets_stores(&self) -> Vec<&str> {
    let mut ids: Vec<&str> = self
      .all_bindings()
      .filter_map(|binding| match &binding.kind {
        BindingKind::SecretsStoreSecret { store_id, .. } => Some(store_id.as_str()),
        _ => None,
      })
      .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
  }

  /// Workflow classes of auxiliary Workers that are bound, each with its Worker. Each is there once.
  #[must_use]
  pub fn auxiliary_workflow_classes(&self) -> Vec<(&str, &str)> {
    let mut classes: Vec<_> = self
      .all_bindings()
      .filter_map(|binding| match &binding.kind {
        BindingKind::Workflow {
          class_name,
          worker: Some(worker),
          ..
        } => Some((worker.as_str(), class_name.as_str())),
        _ => None,
      })
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
