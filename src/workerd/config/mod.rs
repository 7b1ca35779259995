//! Plan → Cap'n Proto: what one project's runtimes are told to be.
//!
//! The message holds no absolute socket path and nothing of a single runtime: addresses are relative
//! to the working directory, which each runtime has for itself. So one encoded file serves all
//! runtimes of a project.

mod auxiliary;
mod bindings;
mod entry;
mod network;
mod resource;
mod runner;
mod services;
mod target;
#[allow(clippy::all, missing_docs, reason = "generated")]
#[rustfmt::skip]
pub mod workerd_capnp;

pub use entry::{entry_module, runtime_modules};
pub use resource::worker_id;
pub use services::{RuntimeConfig, encode};

/// Where workerd listens, in the runtime's folder.
pub const RUNNER_SOCKET: &str = "runner.sock";
/// Where we listen for workerd's requests, in the runtime's folder.
pub const LOOPBACK_SOCKET: &str = "loopback.sock";
