//! Names in `env`, and what they point to.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

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
  /// What a function of an auxiliary Worker's makes of that Worker's bindings.
  Wrapped {
    /// The auxiliary Worker, which is one module and no Worker otherwise.
    worker: String,
    /// The export that makes it; `None` for the default one.
    entrypoint: Option<String>,
    /// JSON values by name, over the Worker's bindings.
    bindings: Vec<(String, String)>,
  },
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
