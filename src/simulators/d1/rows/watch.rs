//! Watches a connection while a user's statement runs, and only then.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::{Action, AuthContext, Authorization};

use super::authorizer;
use super::{Failure, refuse};
use crate::simulators::d1::limits::Refusal;

/// SQLite's instructions between two looks at the time: well below a millisecond.
const INSTRUCTIONS_PER_LOOK: c_int = 10_000;

/// What SQLite said about one statement while it was prepared and run.
#[derive(Debug, Default)]
pub(super) struct Seen {
  /// It tried to begin or end a transaction.
  pub(super) transaction_control: bool,
  /// It may have given a table a new name.
  pub(super) altered: bool,
  /// It reads tables at all.
  pub(super) reads: bool,
  /// Columns that it assigns to, by table.
  pub(super) assigned: BTreeMap<String, BTreeSet<String>>,
  /// Rows that it wrote, by table.
  pub(super) rows: BTreeMap<String, RowCounts>,
  /// Objects that it creates.
  pub(super) created: CreatedCounts,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowCounts {
  pub(super) inserted: u64,
  pub(super) updated: u64,
  pub(super) deleted: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CreatedCounts {
  /// Tables and views.
  pub(super) tables: u64,
  pub(super) indices: u64,
  pub(super) triggers: u64,
}

/// What is seen, shared with SQLite's callbacks.
#[derive(Debug, Default)]
pub(super) struct Watch {
  guarding: AtomicBool,
  /// A pragma was used since the request began.
  pragma: AtomicBool,
  /// A statement that writes was run since the request began.
  write: AtomicBool,
  seen: Mutex<Seen>,
}

impl Watch {
  /// From now on statements are the user's, until the guard is dropped.
  pub(super) fn guard(&self) -> Guard<'_> {
    self.guarding.store(true, Ordering::Relaxed);
    Guard(self)
  }

  /// What was seen since the last call.
  pub(super) fn take(&self, is_write: bool) -> Seen {
    self.write.fetch_or(is_write, Ordering::Relaxed);
    std::mem::take(&mut *self.seen.lock())
  }

  pub(super) fn take_pragma(&self) -> bool {
    self.pragma.swap(false, Ordering::Relaxed)
  }

  pub(super) fn take_write(&self) -> bool {
    self.write.swap(false, Ordering::Relaxed)
  }

  /// The refusal for a statement that could not be prepared.
  pub(super) fn refusal(&self, error: rusqlite::Error) -> Failure {
    if self.take(false).transaction_control {
      return Refusal::TransactionControl.into();
    }
    refuse(error)
  }

  fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
    if !self.guarding.load(Ordering::Relaxed) {
      return Authorization::Allow;
    }
    if matches!(context.action, rusqlite::hooks::AuthAction::Pragma { .. }) {
      self.pragma.store(true, Ordering::Relaxed);
    }
    authorizer::authorize(context, &mut self.seen.lock())
  }

  fn count(&self, action: Action, table: &str) {
    // A full-text index writes what it has collected whenever a savepoint begins.
    if !self.guarding.load(Ordering::Relaxed) {
      return;
    }
    let mut seen = self.seen.lock();
    if !seen.rows.contains_key(table) {
      seen.rows.insert(table.to_owned(), RowCounts::default());
    }
    let Some(counts) = seen.rows.get_mut(table) else {
      return;
    };
    match action {
      Action::SQLITE_INSERT => counts.inserted += 1,
      Action::SQLITE_UPDATE => counts.updated += 1,
      Action::SQLITE_DELETE => counts.deleted += 1,
      _ => {}
    }
  }
}

/// Ends what [`Watch::guard`] began.
pub(super) struct Guard<'a>(&'a Watch);

impl Drop for Guard<'_> {
  fn drop(&mut self) {
    self.0.guarding.store(false, Ordering::Relaxed);
  }
}

/// A connection that is watched until this is dropped.
pub(super) struct Watched<'c> {
  connection: &'c mut Connection,
  watch: Arc<Watch>,
}

impl<'c> Watched<'c> {
  /// `is_over` is asked now and then whether to stop.
  pub(super) fn new(
    connection: &'c mut Connection,
    is_over: impl FnMut() -> bool + Send + 'static,
  ) -> rusqlite::Result<Self> {
    let watch = Arc::new(Watch::default());
    let watched = Self { connection, watch };
    let watch = Arc::clone(&watched.watch);
    watched
      .connection
      .authorizer(Some(move |context: AuthContext<'_>| {
        watch.authorize(&context)
      }))?;
    let watch = Arc::clone(&watched.watch);
    watched
      .connection
      .update_hook(Some(move |action, _database: &str, table: &str, _rowid| {
        watch.count(action, table);
      }))?;
    watched
      .connection
      .progress_handler(INSTRUCTIONS_PER_LOOK, Some(is_over))?;
    Ok(watched)
  }

  pub(super) fn parts(&mut self) -> (&mut Connection, Arc<Watch>) {
    (self.connection, Arc::clone(&self.watch))
  }
}

impl Drop for Watched<'_> {
  fn drop(&mut self) {
    // None can fail: they set a pointer.
    let _ = self
      .connection
      .authorizer(None::<fn(AuthContext<'_>) -> Authorization>);
    let _ = self
      .connection
      .update_hook(None::<fn(Action, &str, &str, i64)>);
    let _ = self.connection.progress_handler(0, None::<fn() -> bool>);
  }
}
