//! The SQL of KV. Knows neither limits nor what time it is.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};

use crate::simulators::keys;
use crate::storage::{Migrations, Payload, PayloadColumn};

pub(super) const DATABASE: &str = "kv";
pub(super) const MIGRATIONS: Migrations = Migrations::new(&[include_str!("schema.sql")]);

// The two statements that could end up reading a whole namespace. A test looks at their plans.
pub(super) const DELETE_EXPIRED: &str =
  "DELETE FROM entries WHERE namespace = ?1 AND expires_at_s < ?2";
// One range, and not `LIKE` or a second lower bound for the cursor: the primary key then finds the
// first row of the page, and no row is read that is not on it.
pub(super) const LIST: &str = "
  SELECT key, expires_at_s, metadata FROM entries
  WHERE namespace = ?1 AND key >= ?2 AND key < ?3
  ORDER BY key LIMIT ?4";

/// What is stored under a key.
#[derive(Debug)]
pub(super) struct Row {
  pub(super) value: PayloadColumn,
  /// JSON text.
  pub(super) metadata: Option<String>,
}

/// What a listing says about a key.
#[derive(Debug)]
pub(super) struct KeyInfo {
  pub(super) name: String,
  /// Seconds since the epoch; `None` never expires.
  pub(super) expires_at_s: Option<i64>,
  /// JSON text.
  pub(super) metadata: Option<String>,
}

/// The entry under `key`, unless it expires at `now_s` or earlier; then it is deleted.
pub(super) fn get(
  connection: &Connection,
  namespace: &str,
  key: &str,
  now_s: i64,
) -> rusqlite::Result<Option<Row>> {
  const SQL: &str =
    "SELECT expires_at_s, metadata, value FROM entries WHERE namespace = ?1 AND key = ?2";
  // The outer `Option` says whether there is a row, the inner one whether it is still valid.
  let read = |row: &rusqlite::Row<'_>| {
    let expires_at_s: Option<i64> = row.get(0)?;
    if expires_at_s.is_some_and(|expires_at_s| expires_at_s <= now_s) {
      return Ok(None);
    }
    Ok(Some(Row {
      metadata: row.get(1)?,
      value: row.get(2)?,
    }))
  };
  let found = connection
    .prepare_cached(SQL)?
    .query_row(params![namespace, key], read)
    .optional()?;
  if let Some(None) = found {
    delete(connection, namespace, key)?;
  }
  Ok(found.flatten())
}

/// Stores an entry and replaces the whole earlier one.
pub(super) fn put(
  connection: &Connection,
  namespace: &str,
  key: &str,
  expires_at_s: Option<i64>,
  metadata: Option<&str>,
  value: &Payload,
) -> rusqlite::Result<()> {
  const SQL: &str = "
    INSERT INTO entries (namespace, key, expires_at_s, metadata, value) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (namespace, key) DO UPDATE SET
      expires_at_s = excluded.expires_at_s, metadata = excluded.metadata, value = excluded.value";
  let row = params![namespace, key, expires_at_s, metadata, value];
  connection.prepare_cached(SQL)?.execute(row).map(|_| ())
}

/// Deletes an entry, if there is one.
pub(super) fn delete(connection: &Connection, namespace: &str, key: &str) -> rusqlite::Result<()> {
  const SQL: &str = "DELETE FROM entries WHERE namespace = ?1 AND key = ?2";
  connection
    .prepare_cached(SQL)?
    .execute(params![namespace, key])
    .map(|_| ())
}

/// Deletes every entry of a namespace that expires before second `before_s`.
pub(super) fn delete_expired(
  connection: &Connection,
  namespace: &str,
  before_s: i64,
) -> rusqlite::Result<()> {
  connection
    .prepare_cached(DELETE_EXPIRED)?
    .execute(params![namespace, before_s])
    .map(|_| ())
}

/// The first `count_max` keys that start with `prefix` and come after `start_after`, in order.
pub(super) fn list(
  connection: &Connection,
  namespace: &str,
  prefix: &str,
  start_after: &str,
  count_max: u32,
) -> rusqlite::Result<Vec<KeyInfo>> {
  let read = |row: &rusqlite::Row<'_>| {
    Ok(KeyInfo {
      name: row.get(0)?,
      expires_at_s: row.get(1)?,
      metadata: row.get(2)?,
    })
  };
  // In byte order nothing lies between a text and the same text with a NUL at its end.
  let after = format!("{start_after}\0");
  let range = params![
    namespace,
    after.as_str().max(prefix),
    Text(keys::prefix_end(prefix)),
    count_max
  ];
  connection
    .prepare_cached(LIST)?
    .query_map(range, read)?
    .collect()
}

/// A text to SQLite, of any bytes.
struct Text(Vec<u8>);

impl ToSql for Text {
  fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
    Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
  }
}
