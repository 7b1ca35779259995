//! One in-memory SQLite database that takes part in storage frames.
//!
//! A frame is a savepoint, whose name carries the depth: SQLite itself then notices when frames do
//! not nest, because `ROLLBACK TO` a name that is not there fails. Push and pop cost well under a
//! microsecond each, whatever the size of the database; copying the database (`serialize`, backup)
//! was measured and costs milliseconds per ten megabytes.
//!
//! Traps for whoever writes the SQL of a simulator:
//! - Savepoints do not restore what lives in the connection and not in the file. Frames restore its
//!   counters all the same (see `counters.rs`), but not pragmas such as `defer_foreign_keys`, limits
//!   and functions: a product that lets users change one of these must set it back.
//! - With a frame open everything runs inside a transaction. `BEGIN`, `VACUUM` and
//!   `PRAGMA foreign_keys` do not work there, and deferred constraints are never checked, since the
//!   outermost savepoint is never released with changes in it.
//! - `COMMIT`, `ROLLBACK` and `OR ROLLBACK` destroy every frame. SQL of users needs an authorizer
//!   that denies them. Remove the authorizer at the end of the closure, or it denies ours as well.

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::counters::Counters;
use super::{FrameDepth, Migrations, StorageError};

/// Prepared statements that a connection keeps. Simulators have about ten each, and every frame
/// depth in use adds three.
const CACHED_STATEMENTS_MAX: usize = 64;

/// What the backup interface takes for "all of them, in one step".
const ALL_PAGES: i32 = -1;

/// A database of one runtime. Obtained from [`Storage::database`](super::Storage::database).
#[derive(Debug)]
pub struct Database {
  name: String,
  state: Mutex<State>,
}

#[derive(Debug)]
struct State {
  connection: Connection,
  counters: Counters,
  /// Number of our savepoints that should be open on `connection`.
  depth: FrameDepth,
}

impl Database {
  /// Opens an empty database as if it had existed since before the first frame: its schema lies
  /// below the savepoints, so that popping all frames leaves it empty but usable.
  pub(super) fn open(
    name: &str,
    migrations: Migrations,
    depth: FrameDepth,
  ) -> Result<Self, StorageError> {
    let sqlite = |source| StorageError::Sqlite {
      database: name.to_owned(),
      source,
    };
    let connection = Connection::open_in_memory().map_err(sqlite)?;
    migrations.apply(&connection, name)?;
    Self::with_frames(name, connection, depth)
  }

  /// Everything in it, as SQLite would write it to a file.
  pub(super) fn image(&self) -> Result<Vec<u8>, StorageError> {
    let mut state = self.state.lock();
    let image = state.connection.serialize("main");
    image
      .map(|image| image.to_vec())
      .map_err(|source| self.sqlite(source))
  }

  /// Opens a database with the content of an image, which lies below its frames.
  pub(super) fn from_image(
    name: &str,
    image: &[u8],
    depth: FrameDepth,
  ) -> Result<Self, StorageError> {
    // By way of another one: a database that is an image has no journal, and so no savepoints.
    let copied = Connection::open_in_memory().and_then(|mut connection| {
      if !image.is_empty() {
        let mut original = Connection::open_in_memory()?;
        original.deserialize_read_exact("main", image, image.len(), true)?;
        Backup::new(&original, &mut connection)?.step(ALL_PAGES)?;
      }
      Ok(connection)
    });
    let connection = copied.map_err(|source| StorageError::Sqlite {
      database: name.to_owned(),
      source,
    })?;
    Self::with_frames(name, connection, depth)
  }

  fn with_frames(
    name: &str,
    connection: Connection,
    depth: FrameDepth,
  ) -> Result<Self, StorageError> {
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS_MAX);
    let counters = Counters::new(&connection).map_err(|source| StorageError::Sqlite {
      database: name.to_owned(),
      source,
    })?;
    let state = Mutex::new(State {
      connection,
      counters,
      depth: FrameDepth::BASE,
    });
    let database = Self {
      name: name.to_owned(),
      state,
    };
    for _ in 0..depth.get() {
      database.push()?;
    }
    Ok(database)
  }

  /// The name it was asked for by.
  #[must_use]
  pub fn name(&self) -> &str {
    &self.name
  }

  /// Runs `work` on the connection, alone: nothing else touches this database meanwhile, and no
  /// frame begins or ends.
  ///
  /// `work` must leave as many transactions and savepoints open as it found, and must not call
  /// back into [`Storage`](super::Storage), which may be waiting for this very call to end. It
  /// blocks, so it does not belong on an async thread.
  ///
  /// # Errors
  ///
  /// [`StorageError::Sqlite`] with the error that `work` returned, or [`StorageError::FramesLost`]
  /// when `work` (or an earlier one) ended the transaction that the frames live in.
  pub fn run<T>(
    &self,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
  ) -> Result<T, StorageError> {
    self.run_mut(|connection| work(connection))
  }

  /// As [`run`](Self::run), for work that sets hooks. It must remove them again.
  ///
  /// # Errors
  ///
  /// As [`run`](Self::run).
  pub fn run_mut<T>(
    &self,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
  ) -> Result<T, StorageError> {
    let mut state = self.state.lock();
    let result = work(&mut state.connection);
    self.check_frames(&state)?;
    result.map_err(|source| self.sqlite(source))
  }

  /// Adds a frame. After an error there are as many frames as before.
  pub(super) fn push(&self) -> Result<(), StorageError> {
    let mut guard = self.state.lock();
    let state = &mut *guard;
    self.check_frames(state)?;
    let depth = state.depth.deeper();
    execute(&state.connection, &format!("SAVEPOINT frame_{depth}"))
      .map_err(|source| self.sqlite(source))?;
    state.counters.push(&state.connection);
    state.depth = depth;
    Ok(())
  }

  /// Drops the top frame and everything written in it. The frame is gone even after an error.
  pub(super) fn pop(&self) -> Result<(), StorageError> {
    let mut guard = self.state.lock();
    let state = &mut *guard;
    let depth = state.depth;
    state.counters.pop(&state.connection);
    state.depth = depth.shallower().ok_or(StorageError::NoFrame)?;
    // The one way for this to fail is that the savepoint does not exist.
    execute(&state.connection, &format!("ROLLBACK TO frame_{depth}")).map_err(|_| {
      StorageError::FramesLost {
        database: self.name.clone(),
        depth,
      }
    })?;
    execute(&state.connection, &format!("RELEASE frame_{depth}"))
      .map_err(|source| self.sqlite(source))
  }

  /// Frames are savepoints, savepoints are a transaction, and a connection in autocommit mode has
  /// none. Costs one C call, and blames the request that did it instead of a later pop.
  fn check_frames(&self, state: &State) -> Result<(), StorageError> {
    if state.depth > FrameDepth::BASE && state.connection.is_autocommit() {
      return Err(StorageError::FramesLost {
        database: self.name.clone(),
        depth: state.depth,
      });
    }
    Ok(())
  }

  fn sqlite(&self, source: rusqlite::Error) -> StorageError {
    StorageError::Sqlite {
      database: self.name.clone(),
      source,
    }
  }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
  connection.prepare_cached(sql)?.execute(()).map(|_| ())
}
