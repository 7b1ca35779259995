//! Modules that workerd does not know: its requests, their resolution, and the answers.
//!
//! workerd blocks its whole process while it waits for an answer, so nothing here may wait for workerd
//! or for Node. Files are read, scanned and cached natively; Vite never sees them.
//!
//! [`graph`] uses the same sources to put Vitest's own runtime into the configuration ahead of time.

pub mod cjs_exports;
pub mod esm;
pub mod failure;
pub mod files;
pub mod format;
pub mod graph;
pub mod link;
pub mod module;
pub mod request;
pub mod resolve;
pub mod response;
pub mod rules;
pub mod runtime_modules;
mod service;
mod stamp;
pub mod synthetic;

pub use service::{ModuleFallback, ModuleOptions, module_response};
