//! The SQL of rate limiting.

use rusqlite::{Connection, OptionalExtension, params};

use crate::storage::Migrations;

pub(super) const DATABASE: &str = "rate-limit";
pub(super) const MIGRATIONS: Migrations = Migrations::new(&[include_str!("schema.sql")]);

/// What is counted together.
pub(super) struct Window<'a> {
  pub(super) namespace: &'a str,
  pub(super) key: &'a str,
  pub(super) period_s: i64,
  /// Since the epoch.
  pub(super) number: i64,
}

/// Calls that a window has let through.
pub(super) fn calls(connection: &Connection, window: &Window<'_>) -> rusqlite::Result<i64> {
  const SQL: &str = "SELECT calls FROM windows
    WHERE namespace = ?1 AND key = ?2 AND period = ?3 AND number = ?4";
  let Window {
    namespace,
    key,
    period_s,
    number,
  } = window;
  let found = connection
    .prepare_cached(SQL)?
    .query_row(params![namespace, key, period_s, number], |row| row.get(0))
    .optional()?;
  Ok(found.unwrap_or(0))
}

/// Counts a call.
pub(super) fn set_calls(
  connection: &Connection,
  window: &Window<'_>,
  calls: i64,
) -> rusqlite::Result<()> {
  const SQL: &str = "INSERT OR REPLACE INTO windows VALUES (?1, ?2, ?3, ?4, ?5)";
  let Window {
    namespace,
    key,
    period_s,
    number,
  } = window;
  connection
    .prepare_cached(SQL)?
    .execute(params![namespace, key, period_s, number, calls])?;
  Ok(())
}
