//! The native surface: the only code that may name `napi`. It converts and forwards, and decides
//! nothing.
//!
//! Node's side of it is `node/`; users never see these classes.

mod assets;
mod error;
mod options;
mod pool;
mod pool_worker;
