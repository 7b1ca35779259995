//! A D1 database: what a request means. Plain Rust between HTTP and SQL.

use std::sync::atomic::Ordering;
use std::time::Instant;

use thiserror::Error;

use super::limits::{DURATION_MAX, GRACE, Refusal};
use super::rows;
use super::statement::{Statement, Transaction};
use crate::storage::{Migrations, Storage, StorageError};

/// A step that does nothing, because the whole schema is the user's. Its number is written all the
/// same, which makes the first page exist below all frames, and the size of an empty database the
/// same before and after one.
const MIGRATIONS: Migrations = Migrations::new(&[""]);

/// Why a request did not happen. Nothing of it is left in the database.
#[derive(Debug, Error)]
pub(super) enum D1Error {
  /// D1's own rules, or SQLite's. The user's mistake.
  #[error(transparent)]
  Refused(#[from] Refusal),
  /// A body that the D1 client does not send. Somebody else was here: the client's fetcher is
  /// within reach of user code.
  #[error("cannot read the body of a D1 request")]
  Unreadable(#[source] serde_json::Error),
  /// A request could not be kept in memory.
  #[error("cannot read the body of a D1 request")]
  Disk(#[source] std::io::Error),
  /// Our bug.
  #[error(transparent)]
  Storage(#[from] StorageError),
}

/// Runs all of `statements` or nothing of them, in the database with the id `id`.
pub(super) fn run(
  id: &str,
  storage: &Storage,
  statements: &[Statement],
) -> Result<Transaction, D1Error> {
  let statements: Vec<_> = statements
    .iter()
    .filter(|statement| !statement.is_blank())
    .collect();
  if statements.is_empty() {
    return Err(Refusal::RequestEmpty.into());
  }
  let database = storage.database(&format!("d1/{id}"), MIGRATIONS)?;
  // The one call into storage that is allowed from inside of `run_mut`: it waits for nobody.
  let now_ms = || storage.now_ms();
  let is_over = is_over(storage);
  Ok(database.run_mut(|connection| rows::run(connection, &statements, &now_ms, is_over))??)
}

/// Tells when a request has taken too long, by a clock that no test stops. One that keeps a storage frame
/// from ending was left by a test that has ended.
fn is_over(storage: &Storage) -> impl FnMut() -> bool + Send + 'static {
  let (began, ending) = (Instant::now(), storage.ending());
  let mut ending_since = None;
  move || {
    let now = Instant::now();
    if !ending.load(Ordering::Relaxed) {
      ending_since = None;
    }
    let waited = ending.load(Ordering::Relaxed).then(|| {
      let since: Instant = *ending_since.get_or_insert(now);
      now.duration_since(since)
    });
    now.duration_since(began) > DURATION_MAX || waited.is_some_and(|waited| waited > GRACE)
  }
}
