//! Who runs where: keeps runtimes warm, hands them to pool workers, and notices when one dies.
//!
//! [`Pool`] is the handle that the addon holds. Behind it one event loop, [`dispatcher`], owns all
//! state; [`project`] decides, purely, what each event means; [`runtime`] is one workerd with its
//! sockets, and [`prepare`] makes from options what all runtimes of a project share.

mod assets;
mod auxiliary;
mod dispatcher;
mod error;
mod event;
pub mod host_call;
mod prepare;
mod project;
mod run_folder;
mod runtime;

pub use dispatcher::Pool;
pub use error::PoolError;
pub use prepare::{PlannedProject, ProjectSpec, plan_project};
pub use runtime::{Crash, PoolWorkerEvents, RuntimeHandle};
