//! Numbered, append-only steps that bring a database from empty to the schema that a simulator
//! expects.
//!
//! Databases live in memory, so today every step runs on every open. The numbering is kept all the
//! same: a schema change is then an added step, whose reason can be read, instead of an edit.
//! Not here: going back, and databases from a newer version of this crate, which cannot exist.

use rusqlite::Connection;

use super::StorageError;

/// The steps of one kind of database, each a script of SQL. A step's number is its position,
/// counted from 1, so steps are only ever added at the end.
#[derive(Clone, Copy, Debug)]
pub struct Migrations(&'static [&'static str]);

impl Migrations {
  /// For databases whose whole schema belongs to the user.
  pub const NONE: Self = Self::new(&[]);

  /// Migrations with these steps, in order.
  #[must_use]
  pub const fn new(steps: &'static [&'static str]) -> Self {
    Self(steps)
  }

  /// Runs the steps that `connection` has not seen yet. How many it has seen is kept in its
  /// `user_version`, which stays untouched when there are no steps.
  pub(super) fn apply(self, connection: &Connection, database: &str) -> Result<(), StorageError> {
    let sqlite = |source| StorageError::Sqlite {
      database: database.to_owned(),
      source,
    };
    let seen: u32 = connection
      .pragma_query_value(None, "user_version", |row| row.get(0))
      .map_err(sqlite)?;
    for (number, step) in (1..).zip(self.0).skip(seen as usize) {
      run_step(connection, number, step).map_err(|source| StorageError::Migration {
        database: database.to_owned(),
        number,
        source,
      })?;
    }
    Ok(())
  }
}

/// A step and its number land together or not at all.
fn run_step(connection: &Connection, number: u32, step: &str) -> rusqlite::Result<()> {
  let transaction = connection.unchecked_transaction()?;
  transaction.execute_batch(step)?;
  transaction.pragma_update(None, "user_version", number)?;
  transaction.commit()
}
