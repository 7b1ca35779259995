//! Everything that can go wrong between "run this file" and a runtime that does.

use std::path::PathBuf;

use crate::module_fallback::graph::GraphError;
use crate::rpc::socket::SocketError;
use crate::workerd::binary::BinaryError;
use crate::workerd::process::ProcessError;

/// Why there is no runtime for a file. Cloned for each file that waits for the same one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PoolError {
  /// The user's options have mistakes; the text shows all of them.
  #[error("{0}")]
  Options(String),
  /// Rules of `run_worker_first` that Wrangler would not deploy.
  #[error("{0}")]
  Routes(#[from] crate::simulators::assets::RoutesError),
  /// Something refers to an export that an auxiliary Worker does not have.
  #[error("the auxiliary Worker `{worker}` does not export {}", .missing.join(", "))]
  ExportMissing {
    /// The Worker.
    worker: String,
    /// What is missing, as messages call it: the Durable Object class `Counter`.
    missing: Vec<String>,
    /// What it exports.
    exports: Vec<String>,
  },
  /// There is no workerd to start.
  #[error("there is no workerd to run tests in")]
  Binary(#[source] std::sync::Arc<BinaryError>),
  /// The installed Vitest cannot be loaded into a runtime.
  #[error("Vitest's own modules could not be put together for the runtime")]
  Graph(#[source] std::sync::Arc<GraphError>),
  /// The temporary folder of the run cannot be used.
  #[error("could not use the temporary folder {}", .path.display())]
  Folder {
    /// Which one.
    path: PathBuf,
    /// Why.
    #[source]
    source: std::sync::Arc<std::io::Error>,
  },
  /// workerd did not start.
  #[error("the runtime did not start")]
  Process(#[source] std::sync::Arc<ProcessError>),
  /// workerd started, but its runner did not answer.
  #[error("the runtime started, but its runner did not answer")]
  Socket {
    /// What workerd printed.
    output: String,
    /// How the conversation failed.
    #[source]
    source: std::sync::Arc<SocketError>,
  },
  /// The pool was closed meanwhile.
  #[error("the pool is closed")]
  Closed,
}
