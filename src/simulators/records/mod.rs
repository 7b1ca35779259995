//! What Workers only ever write: data points of Analytics Engine, and emails. Tests read them back.
//!
//! # Wire contract
//!
//! `POST /` with one record as JSON; the answer is 204. Records of emails come from our own client
//! (`runtime/bindings/send-email.ts`). Those of Analytics Engine come from workerd, some time after `writeDataPoint()` has
//! returned: strings are arrays of bytes there, `timestamp` is in nanoseconds, as text, and all 20 doubles are there.
//!
//! # Semantics
//!
//! Records are in the order of their arrival. How many have arrived in the life of the runtime is counted apart, and
//! not undone: whoever has written one can tell by it whether it is there.

mod log;
mod rows;
mod wire;

pub use log::{Log, Records};
pub(super) use wire::{BODY_LIMIT, serve};

#[cfg(test)]
mod tests;
