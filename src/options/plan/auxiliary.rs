//! Workers beside the user Worker, and their code.

use std::path::PathBuf;

use super::{AssetsPlan, Binding, DurableObjectClass, FileContent, ModuleRule, ServiceTarget};

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
