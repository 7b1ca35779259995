//! The class that owns everything: open, projects, close.

use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::{create_custom_tokio_runtime, within_runtime_if_available};
use napi_derive::{module_init, napi};

use super::error::{Result, to_js, to_rejection};
use super::options::{Plan, ProjectFacts};
use crate::pool;
use crate::workerd::binary::BINARY_VARIABLE;

/// Threads of the native runtime. Work here is short and mostly I/O; without a bound a host with 64
/// processors would get 64 threads.
const THREADS_MAX: usize = 4;

#[module_init]
fn init() {
  crate::trace::install();
  let threads = std::thread::available_parallelism()
    .map_or(2, usize::from)
    .clamp(2, THREADS_MAX);
  let runtime = tokio::runtime::Builder::new_multi_thread()
    .worker_threads(threads)
    .thread_name("vitest-pool-workerd")
    .enable_all()
    .build()
    .expect("the process may start threads");
  create_custom_tokio_runtime(runtime);
}

/// All runtimes of one Vitest.
#[napi]
pub struct Pool {
  pub(super) core: Arc<pool::Pool>,
}

#[napi]
impl Pool {
  /// Opens a pool. `package_folder` is where our own package is installed.
  ///
  /// # Errors
  /// `ERR_TEMPORARY_FOLDER`.
  #[napi(factory, catch_unwind)]
  pub fn open(package_folder: String) -> Result<Self> {
    let binary_override = std::env::var_os(BINARY_VARIABLE).map(PathBuf::from);
    let opened =
      within_runtime_if_available(|| pool::Pool::open(package_folder.into(), binary_override));
    Ok(Self {
      core: Arc::new(opened.map_err(|error| to_js(&error))?),
    })
  }

  /// Makes a project known, or replaces what was known of it, and starts a first runtime.
  ///
  /// # Errors
  /// `ERR_WORKERD_NOT_FOUND`, `ERR_VITEST_INCOMPLETE`, `ERR_TEMPORARY_FOLDER`, `ERR_POOL_CLOSED`.
  #[napi]
  pub async fn open_project(&self, plan: &Plan, facts: ProjectFacts) -> napi::Result<()> {
    let spec = facts.with_plan(plan);
    self
      .core
      .open_project(spec)
      .await
      .map_err(|error| to_rejection(&error))
  }

  /// The folder of the run, private to the user and gone afterwards.
  #[napi(getter)]
  pub fn folder(&self) -> String {
    self.core.folder().to_string_lossy().into_owned()
  }

  /// Says how many files of a project are still to come in this run.
  #[napi(catch_unwind)]
  pub fn expect(&self, project: String, files: u32) {
    self.core.expect(project, files);
  }

  /// Ends everything.
  #[napi]
  pub async fn close(&self) {
    self.core.close().await;
  }

  /// Kills every process, now.
  #[napi(catch_unwind)]
  pub fn kill_all(&self) {
    self.core.kill_all();
  }
}
