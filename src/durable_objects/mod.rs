//! Storage of Durable Objects: workerd's own SQLite files, kept and put back behind its back.
//!
//! A savepoint of ours does not reach these files. A *snapshot* is therefore their bytes. It is put
//! back in place, while no object runs: the runner asks in a call that blocks all of workerd, and a
//! database whose shared memory file (`-shm`) exists is open, so nothing is touched then.
//!
//! ```text
//! <root>/<unique key>/metadata.sqlite         alarms; open as long as workerd lives, and never ours
//! <root>/<unique key>/<64 hex digits>.sqlite  one object, with -wal and -shm while it runs
//! <root>/<unique key>/<64 hex digits>.facets  names of its facets, whose files have .<n>.sqlite
//! ```
//!
//! Not here: deciding *when* (the runner does, as for storage frames), and stopping objects.

mod files;
mod snapshots;

pub use snapshots::{ObjectFiles, SnapshotId};

#[cfg(test)]
mod tests;
