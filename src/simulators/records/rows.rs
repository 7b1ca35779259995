//! The SQL of records.

use rusqlite::Connection;

use crate::storage::Migrations;

pub(super) const DATABASE: &str = "records";
pub(super) const MIGRATIONS: Migrations = Migrations::new(&[include_str!("schema.sql")]);

pub(super) fn add(connection: &Connection, log: &str, record: &str) -> rusqlite::Result<()> {
  const SQL: &str = "INSERT INTO records (log, record) VALUES (?1, ?2)";
  connection.prepare_cached(SQL)?.execute([log, record])?;
  Ok(())
}

/// All records of a log, oldest first.
pub(super) fn all(connection: &Connection, log: &str) -> rusqlite::Result<Vec<String>> {
  const SQL: &str = "SELECT record FROM records WHERE log = ?1 ORDER BY number";
  let mut statement = connection.prepare_cached(SQL)?;
  statement.query_map([log], |row| row.get(0))?.collect()
}
