//! The counters that SQLite keeps in a connection and not in the database.
//!
//! SQL can read them: `last_insert_rowid()`, `changes()` and `total_changes()`. Savepoints leave
//! them alone, so a frame that only rolled back would hand a test the numbers of the test before.
//! The first can be set from outside. The other two cannot, so we put our own functions in front of
//! SQLite's, which correct what the connection says.
//!
//! Not here: pragmas, which are a matter for the product that lets users set them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, ffi};

/// Restores the counters of one connection.
#[derive(Debug)]
pub(super) struct Counters {
  correction: Arc<Correction>,
  /// What each frame found, outermost first.
  found: Vec<Found>,
}

/// Values as SQL sees them.
#[derive(Clone, Copy, Debug)]
struct Found {
  last_insert_rowid: i64,
  changes: i64,
  total_changes: i64,
}

/// What has to be done to SQLite's numbers. Shared with the functions, which run on the thread that
/// holds the database's lock, so nothing here needs an order.
#[derive(Debug, Default)]
struct Correction {
  /// Changes that frames have undone.
  undone_changes: AtomicI64,
  /// `changes()`, for as long as SQLite's own numbers are the two that follow.
  changes: AtomicI64,
  while_changes: AtomicI64,
  while_total_changes: AtomicI64,
}

impl Counters {
  pub(super) fn new(connection: &Connection) -> rusqlite::Result<Self> {
    let correction = Arc::new(Correction::default());
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    let shared = Arc::clone(&correction);
    connection.create_scalar_function("changes", 0, flags, move |context| {
      with_connection(context, |connection| shared.changes(connection))
    })?;
    let shared = Arc::clone(&correction);
    connection.create_scalar_function("total_changes", 0, flags, move |context| {
      with_connection(context, |connection| shared.total_changes(connection))
    })?;
    let found = Vec::new();
    Ok(Self { correction, found })
  }

  pub(super) fn push(&mut self, connection: &Connection) {
    self.found.push(Found {
      last_insert_rowid: connection.last_insert_rowid(),
      changes: self.correction.changes(connection),
      total_changes: self.correction.total_changes(connection),
    });
  }

  pub(super) fn pop(&mut self, connection: &Connection) {
    let Some(found) = self.found.pop() else {
      return;
    };
    // SAFETY: the handle belongs to a connection that is open while it is borrowed, and setting a
    // number is all that happens to it.
    unsafe { ffi::sqlite3_set_last_insert_rowid(connection.handle(), found.last_insert_rowid) };
    let (changes, total_changes) = (
      signed(connection.changes()),
      signed(connection.total_changes()),
    );
    let correction = &self.correction;
    correction
      .undone_changes
      .store(total_changes - found.total_changes, Ordering::Relaxed);
    correction.changes.store(found.changes, Ordering::Relaxed);
    correction.while_changes.store(changes, Ordering::Relaxed);
    correction
      .while_total_changes
      .store(total_changes, Ordering::Relaxed);
  }
}

impl Correction {
  /// A statement that changes nothing right after a frame whose last one changed nothing either is
  /// not noticed. Nothing in SQLite tells those two moments apart.
  fn changes(&self, connection: &Connection) -> i64 {
    let changes = signed(connection.changes());
    let is_as_popped = changes == self.while_changes.load(Ordering::Relaxed)
      && signed(connection.total_changes()) == self.while_total_changes.load(Ordering::Relaxed);
    if is_as_popped {
      self.changes.load(Ordering::Relaxed)
    } else {
      changes
    }
  }

  fn total_changes(&self, connection: &Connection) -> i64 {
    signed(connection.total_changes()) - self.undone_changes.load(Ordering::Relaxed)
  }
}

fn with_connection(
  context: &Context<'_>,
  read: impl FnOnce(&Connection) -> i64,
) -> rusqlite::Result<i64> {
  // SAFETY: the connection is the one that is running this function. The reference is used on this
  // thread and does not outlive the call.
  let connection = unsafe { context.get_connection() }?;
  Ok(read(&connection))
}

fn signed(count: u64) -> i64 {
  i64::try_from(count).unwrap_or(i64::MAX)
}
