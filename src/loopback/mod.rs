//! The HTTP listener that workerd calls back into: modules it does not know, and storage.

mod blocking_call;
pub mod route;
pub mod server;
mod streaming;
