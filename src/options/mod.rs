//! Options: what the user wrote → what we will do.
//!
//! Pure: bytes and a [`FileSystem`] in, a [`Plan`] or a list of [`Problem`]s out. Nothing here
//! starts a process, reads a clock or prints.
//!
//! Reading order: `input` (what comes in), `raw` (a value tree that knows where each value was
//! written), `field` (typed reading of that tree), `plugin` with `miniflare`, and `wrangler` with
//! `keys`, `environment`, `migrations` and `queues` (the places that options come from, all ending in
//! `worker`), `auxiliary`, `services` and `workers` (other Workers, and who refers to whom), `check` with `config_files`, `members`, `compat` and `durable_objects` (merged options → plan) and `plan` (what
//! comes out). `problem`, `mistake`, `help` and `render` are the words for everything that can be
//! wrong.
//!
//! Invariant: reading never stops at the first problem. A value that cannot be used is reported and
//! then treated as absent, so that one run shows every mistake.
//!
//! Not here: options that are functions. They stay in Node, and have been taken out before.

mod assets;
mod auxiliary;
mod check;
mod compat;
mod compat_defaults;
mod config_files;
pub mod dotenv;
mod durable_objects;
mod environment;
mod exports;
mod field;
mod files;
mod help;
mod hyperdrive;
mod input;
mod keys;
mod members;
mod migrations;
mod miniflare;
mod mistake;
mod plan;
mod plugin;
mod problem;
mod products;
mod queues;
mod raw;
mod render;
mod rules;
mod secrets;
mod services;
mod values;
mod worker;
mod workers;
mod workflows;
mod wrangler;
mod wrapped;

pub use check::plan;
pub use files::{FileSystem, HostFiles, MemoryFiles};
pub use input::{Defaults, Input};
pub use mistake::Mistake;
pub(crate) use plan::distinct;
pub use plan::{
  AdditionalExport, AssetsPlan, AuxiliaryWorker, Binding, BindingKind, DurableObjectClass,
  EntryFile, ExportKind, FileContent, HtmlHandling, Isolation, ModuleRule, ModuleType, Network,
  NodeCompatibility, NotFoundHandling, Plan, QueueConsumer, RuleType, RunWorkerFirst,
  ServiceTarget, WorkerModule, WorkerSource, WorkflowExport,
};
pub use problem::{Location, Problem, Severity, Source};
pub use render::{render, render_warnings};

#[cfg(test)]
mod tests;
