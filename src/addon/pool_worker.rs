//! One pool worker: start, send, stop, and the callbacks for what comes back.

use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::{Buffer, Function, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use parking_lot::Mutex;

use super::error::to_rejection;
use super::pool::Pool;
use crate::error::UserError;
use crate::pool::{self, Crash, PoolError, PoolWorkerEvents, RuntimeHandle};

// Not weak: while a pool worker runs, its callbacks are what keeps Node from ending early. They are
// let go with the runtime.
type OnMessages = ThreadsafeFunction<Vec<Vec<u8>>, (), Vec<Buffer>, Status, false>;
type OnCrash = ThreadsafeFunction<CrashReport, (), CrashReport, Status, false>;

/// How a runtime ended, for the user.
#[napi(object)]
pub struct CrashReport {
  /// Stable.
  pub code: String,
  /// What happened, where, what to do.
  pub text: String,
}

struct Callbacks {
  on_messages: OnMessages,
  on_crash: OnCrash,
  project: String,
  files: Arc<Mutex<Vec<String>>>,
}

impl PoolWorkerEvents for Callbacks {
  fn messages(&self, bodies: Vec<Vec<u8>>) {
    self
      .on_messages
      .call(bodies, ThreadsafeFunctionCallMode::NonBlocking);
  }

  fn crashed(&self, crash: Crash) {
    let error = UserError::from_crash(&crash, &self.project, &self.files.lock());
    let report = CrashReport {
      code: error.code.into(),
      text: error.text,
    };
    self
      .on_crash
      .call(report, ThreadsafeFunctionCallMode::NonBlocking);
  }
}

/// The native half of Vitest's `PoolWorker`.
#[napi]
pub struct PoolWorker {
  pool: Arc<pool::Pool>,
  key: String,
  files: Arc<Mutex<Vec<String>>>,
  callbacks: Mutex<Option<Callbacks>>,
  runtime: Mutex<Option<RuntimeHandle>>,
}

#[napi]
impl PoolWorker {
  /// `key` is the project's; `project` is how messages call it.
  ///
  /// # Errors
  /// When the callbacks are no functions.
  #[napi(constructor, catch_unwind)]
  pub fn new(
    pool: &Pool,
    key: String,
    project: String,
    on_messages: Function<'_, Vec<Buffer>, ()>,
    on_crash: Function<'_, CrashReport, ()>,
  ) -> napi::Result<Self> {
    let files = Arc::default();
    let callbacks = Callbacks {
      on_messages: on_messages
        .build_threadsafe_function::<Vec<Vec<u8>>>()
        .build_callback(|context| Ok(context.value.into_iter().map(Buffer::from).collect()))?,
      on_crash: on_crash
        .build_threadsafe_function()
        .build_callback(|context| Ok(context.value))?,
      project,
      files: Arc::clone(&files),
    };
    let (pool, callbacks) = (pool.core.clone(), Mutex::new(Some(callbacks)));
    Ok(Self {
      pool,
      key,
      files,
      callbacks,
      runtime: Mutex::default(),
    })
  }

  /// Takes a runtime; resolves to its process id.
  ///
  /// # Errors
  /// The code of whatever kept it from starting.
  #[napi]
  pub async fn start(&self) -> napi::Result<u32> {
    let taken = self.pool.take(self.key.clone()).await;
    // Stopped meanwhile: the callbacks are gone, and the runtime ends as it is dropped.
    let callbacks = self
      .callbacks
      .lock()
      .take()
      .ok_or_else(|| to_rejection(&PoolError::Closed))?;
    let runtime = taken.map_err(|error| to_rejection(&error))?;
    runtime.attach(Box::new(callbacks));
    let pid = runtime.pid();
    *self.runtime.lock() = Some(runtime);
    Ok(pid)
  }

  /// The files that run from now on, for crash reports.
  #[napi(catch_unwind)]
  pub fn running(&self, files: Vec<String>) {
    *self.files.lock() = files;
  }

  /// Sends encoded messages, in order. Without a runtime they go nowhere.
  #[napi(catch_unwind)]
  pub fn send(&self, bodies: Vec<Uint8Array>) {
    if let Some(runtime) = self.runtime.lock().as_ref() {
      runtime.send(bodies.into_iter().map(|body| body.to_vec()).collect());
    }
  }

  /// Kills the runtime and lets go of the callbacks. Does not wait.
  #[napi(catch_unwind)]
  pub fn stop(&self) {
    drop(self.callbacks.lock().take());
    if let Some(runtime) = self.runtime.lock().take() {
      runtime.stop();
    }
  }
}
