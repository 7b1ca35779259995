//! The HTTP listener that workerd calls back into: modules it does not know, and storage.

pub mod route;
pub mod server;
mod streaming;
