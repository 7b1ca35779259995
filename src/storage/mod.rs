//! What every simulator shares: databases, large values, storage frames and time. Knows no product.
//!
//! One [`Storage`] belongs to one workerd runtime. A simulator asks it for a [`Database`] by name,
//! and runs SQL there. Whoever follows the test run calls [`Storage::push`] and [`Storage::pop`],
//! and never has to know which databases exist: a simulator that is added tomorrow takes part in
//! frames because it gets its database here.
//!
//! Invariant: nothing in this module outlives its `Storage`, and two of them share nothing. All
//! databases are in memory; values too large for a row are files in a folder that is the runtime's.

mod blob;
mod clock;
mod counters;
mod database;
mod error;
mod frame;
mod migration;
mod payload;

pub use clock::{Clock, ManualClock, SystemClock};
pub use database::Database;
pub use error::StorageError;
pub use frame::{FrameDepth, ResetTo, Storage};
pub use migration::Migrations;
pub use payload::{CHUNK_BYTES, INLINE_BYTES_MAX, Payload, PayloadColumn, PayloadWriter};

#[cfg(test)]
mod tests;
