//! Everything that the pool can react to.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::error::PoolError;
use super::prepare::Prepared;
use super::project::RuntimeId;
use super::runtime::RuntimeHandle;

/// Who waits for a runtime.
pub(super) type Taker = oneshot::Sender<Result<RuntimeHandle, PoolError>>;

/// One thing that happened. The dispatcher's `match` over this is the whole life of the pool.
pub(super) enum Event {
  /// A project has options, new or changed.
  Opened {
    project: String,
    prepared: Arc<Prepared>,
    done: oneshot::Sender<()>,
  },
  /// So many files of a project are still to come in this run.
  Expected { project: String, files: u32 },
  /// A pool worker wants a runtime.
  Wanted { project: String, taker: Taker },
  /// A runtime that we started is ready.
  Ready {
    project: String,
    generation: u64,
    runtime: RuntimeHandle,
  },
  /// A runtime that we started is not, and will not be.
  Failed {
    project: String,
    generation: u64,
    error: PoolError,
  },
  /// A parked runtime died.
  Died { project: String, runtime: RuntimeId },
  /// Everything shall end.
  Close { done: oneshot::Sender<()> },
}
