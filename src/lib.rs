//! The native core of `vitest-pool-workerd`: Vitest tests inside workerd, isolated per test.
//!
//! ```text
//! Vitest ──► node/ (TS) ──► addon ──► pool ──► workerd ──► workerd process
//!                                      │   └──► rpc ◄──WebSocket──► runtime/ (TS, in the isolate)
//!                                      └──► loopback ◄──HTTP── workerd
//!                                                ├──► module_fallback
//!                                                ├──► durable_objects ──► workerd's files
//!                                                └──► simulators ──► storage ──► SQLite
//! ```
//!
//! Arrows are calls, and they never point back. In reading order: [`options`] (what the user wrote
//! → a plan), [`pool`] (who runs where), [`workerd`] (one process and its configuration), [`rpc`]
//! (messages), [`loopback`] (requests from workerd), [`module_fallback`] (modules it does not
//! know), [`durable_objects`] (their files), [`simulators`] and [`storage`] (KV and the frames that
//! undo it). `addon` is the only part that knows Node.
//!
//! Words: a *pool worker* is Vitest's handle to one running file; the *runner* is our code in the
//! isolate, and its Durable Object the *runner object*; a *storage frame* is a level of stored state
//! that is pushed, written to, popped, and gone.

#[cfg(feature = "addon")]
mod addon;
pub mod durable_objects;
pub mod error;
pub mod loopback;
pub mod module_fallback;
pub mod options;
pub mod pool;
pub mod protocol;
pub mod rpc;
pub mod simulators;
pub mod storage;
#[cfg(feature = "addon")]
mod trace;
pub mod workerd;
