//! The SQL of the Cache API. Knows neither HTTP nor what time it is.

use rusqlite::{Connection, OptionalExtension, params};

use crate::storage::{Migrations, Payload, PayloadColumn};

pub(super) const DATABASE: &str = "cache";
pub(super) const MIGRATIONS: Migrations = Migrations::new(&[include_str!("schema.sql")]);

/// Where an entry is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
  pub(super) worker: &'a str,
  /// Empty for the default cache.
  pub(super) cache: &'a str,
  pub(super) key: &'a str,
}

/// An entry; `Body` is a [`Payload`] on its way in, and a [`PayloadColumn`] on its way out.
#[derive(Debug)]
pub(super) struct Row<Body> {
  pub(super) stored_at_ms: i64,
  pub(super) expires_at_ms: i64,
  /// Seconds that it had spent in other caches when it was stored.
  pub(super) age_s: i64,
  pub(super) status: u16,
  pub(super) reason: Vec<u8>,
  /// Lines, as in HTTP.
  pub(super) headers: Vec<u8>,
  pub(super) body: Body,
}

/// The entry at `place`, unless it expires at `now_ms` or earlier; then it is deleted.
pub(super) fn get(
  connection: &Connection,
  place: Place<'_>,
  now_ms: i64,
) -> rusqlite::Result<Option<Row<PayloadColumn>>> {
  const SQL: &str = "
    SELECT stored_at_ms, expires_at_ms, age_s, status, reason, headers, body FROM entries
    WHERE worker = ?1 AND cache = ?2 AND key = ?3";
  // The outer `Option` says whether there is a row, the inner one whether it is still valid.
  let read = |row: &rusqlite::Row<'_>| {
    let expires_at_ms = row.get(1)?;
    if expires_at_ms <= now_ms {
      return Ok(None);
    }
    Ok(Some(Row {
      stored_at_ms: row.get(0)?,
      expires_at_ms,
      age_s: row.get(2)?,
      status: row.get(3)?,
      reason: row.get(4)?,
      headers: row.get(5)?,
      body: row.get(6)?,
    }))
  };
  let found = connection
    .prepare_cached(SQL)?
    .query_row(params![place.worker, place.cache, place.key], read)
    .optional()?;
  if let Some(None) = found {
    delete(connection, place)?;
  }
  Ok(found.flatten())
}

/// Stores an entry and replaces the whole earlier one.
pub(super) fn put(
  connection: &Connection,
  place: Place<'_>,
  row: &Row<Payload>,
) -> rusqlite::Result<()> {
  const SQL: &str = "
    INSERT OR REPLACE INTO entries
      (worker, cache, key, stored_at_ms, expires_at_ms, age_s, status, reason, headers, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
  let row = params![
    place.worker,
    place.cache,
    place.key,
    row.stored_at_ms,
    row.expires_at_ms,
    row.age_s,
    row.status,
    row.reason,
    row.headers,
    row.body
  ];
  connection.prepare_cached(SQL)?.execute(row).map(|_| ())
}

/// Deletes the entry at `place`, and says when it would have expired, if there was one.
pub(super) fn delete(connection: &Connection, place: Place<'_>) -> rusqlite::Result<Option<i64>> {
  const SQL: &str = "
    DELETE FROM entries WHERE worker = ?1 AND cache = ?2 AND key = ?3 RETURNING expires_at_ms";
  connection
    .prepare_cached(SQL)?
    .query_row(params![place.worker, place.cache, place.key], |row| {
      row.get(0)
    })
    .optional()
}
