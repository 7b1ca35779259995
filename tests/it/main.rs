//! The whole native core from outside, without Node's side and without workerd.
//!
//! `supervise` and `rpc` run real pools, whose child processes are `fake-workerd.mjs`: a script that
//! behaves, or misbehaves, as a test asks. `modules` and `kv` talk to the loopback server the way
//! workerd does. `layering` reads the sources.

mod http;
mod kv;
mod layering;
mod modules;
mod packages;
mod rpc;
mod stage;
mod supervise;
