//! Everything that can go wrong in storage.

use thiserror::Error;

use super::FrameDepth;

/// A failure of storage.
///
/// Apart from [`NoFrame`](Self::NoFrame) these are faults of ours and not of the user, and the
/// data of the runtime should not be relied on any more.
#[derive(Debug, Error)]
pub enum StorageError {
  /// SQLite refused a statement of ours, or could not open a database.
  #[error("SQLite failed in database `{database}`")]
  Sqlite {
    /// Name of the database, for example `kv`.
    database: String,
    /// What SQLite said.
    #[source]
    source: rusqlite::Error,
  },

  /// A migration step failed, so the database was not opened.
  #[error("migration {number} of database `{database}` failed")]
  Migration {
    /// Name of the database.
    database: String,
    /// Number of the step, from 1.
    number: u32,
    /// What SQLite said.
    #[source]
    source: rusqlite::Error,
  },

  /// A database has lost its frames: something ended SQLite's transaction behind our back, for
  /// example SQL that contains `OR ROLLBACK`. The state that the frames would have restored is gone.
  #[error("database `{database}` has lost the storage frame at depth {depth}")]
  FramesLost {
    /// Name of the database.
    database: String,
    /// The deepest frame that should exist and does not.
    depth: FrameDepth,
  },

  /// A frame was popped although none was pushed. The caller's pushes and pops do not pair up.
  #[error("no storage frame to pop")]
  NoFrame,
}
