//! The SQL of R2's objects; that of uploads is in [`uploads`]. Knows neither limits nor what time it
//! is.
//!
//! Values of objects and parts of uploads are the same rows, so completing an upload moves none.

mod uploads;

use std::ops::Range;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::encryption::KeyDigest;
use super::object::{Include, Metadata, Object};
use crate::storage::{Migrations, PayloadColumn};

pub(super) use self::uploads::{
  Part, create_upload, delete_part, delete_parts, finish_upload, parts, put_part, upload,
};

pub(super) const DATABASE: &str = "r2";
pub(super) const MIGRATIONS: Migrations = Migrations::new(&[include_str!("schema.sql")]);

// The two statements that could end up reading a whole bucket. A test looks at their plans.
// One lower bound, and not `LIKE` or another one for the cursor: the primary key then finds the first
// row of the page. Whoever walks the rows knows where the page ends. Bounds need not be UTF-8, so
// they come as blobs. Metadata that nobody asked for is not read off its pages.
pub(super) const WALK: &str = "
  SELECT key, version, size, etag, uploaded_ms, checksums, storage_class, ssec_key_md5,
    iif(?3, http_fields, NULL), iif(?4, custom_fields, NULL)
  FROM objects WHERE bucket = ?1 AND key >= CAST(?2 AS TEXT) ORDER BY key";
pub(super) const LAST_KEY: &str = "
  SELECT key FROM objects WHERE bucket = ?1 AND key >= ?2 AND key < CAST(?3 AS TEXT)
  ORDER BY key DESC LIMIT 1";

/// An object, and where its parts are.
#[derive(Debug)]
pub(super) struct Stored {
  pub(super) object: Object,
  /// Whose parts it is made of.
  pub(super) source: String,
}

/// A piece of a value.
#[derive(Debug)]
pub(super) struct Piece {
  pub(super) value: PayloadColumn,
  /// Which bytes of it.
  pub(super) range: Range<u64>,
}

/// Where a walk goes on.
#[derive(Debug)]
pub(super) enum Step {
  Next,
  /// At the first key that is not below this text.
  SeekTo(Vec<u8>),
  Stop,
}

/// Does all of `work` or, when it fails, nothing of it.
pub(super) fn atomically<T>(
  connection: &mut Connection,
  work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
  // Undone when dropped, so on every way out but the last.
  let savepoint = connection.savepoint_with_name("r2_request")?;
  let result = work(&savepoint)?;
  savepoint.commit()?;
  Ok(result)
}

/// Bytes that have not been seen before, not even in a frame that is gone.
pub(super) fn random(connection: &Connection, count: u32) -> rusqlite::Result<Vec<u8>> {
  connection
    .prepare_cached("SELECT randomblob(?1)")?
    .query_row([count], |row| row.get(0))
}

/// The object under `key`.
pub(super) fn object(
  connection: &Connection,
  bucket: &str,
  key: &str,
) -> rusqlite::Result<Option<Stored>> {
  const SQL: &str = "
    SELECT key, version, size, etag, uploaded_ms, checksums, storage_class, ssec_key_md5,
      http_fields, custom_fields, source
    FROM objects WHERE bucket = ?1 AND key = ?2";
  let read = |row: &Row<'_>| {
    Ok(Stored {
      object: read_object(row)?,
      source: row.get(10)?,
    })
  };
  connection
    .prepare_cached(SQL)?
    .query_row(params![bucket, key], read)
    .optional()
}

/// Stores an object that is made of the parts of `source`, and drops an earlier one with its parts.
pub(super) fn put_object(
  connection: &Connection,
  bucket: &str,
  object: &Object,
  source: &str,
) -> rusqlite::Result<()> {
  const SQL: &str = "
    INSERT INTO objects (bucket, key, source, version, size, etag, uploaded_ms, checksums,
      storage_class, ssec_key_md5, http_fields, custom_fields)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
  delete_object(connection, bucket, &object.key)?;
  let metadata = &object.metadata;
  let row = params![
    bucket,
    object.key,
    source,
    object.version,
    object.size as i64,
    object.etag,
    object.uploaded_ms,
    Json(&object.checksums),
    metadata.storage_class,
    metadata.ssec.as_ref().map(|digest| &digest.0),
    Json(&metadata.http_fields),
    Json(&metadata.custom_fields),
  ];
  connection.prepare_cached(SQL)?.execute(row).map(|_| ())
}

/// Deletes an object with its parts, if there is one.
pub(super) fn delete_object(
  connection: &Connection,
  bucket: &str,
  key: &str,
) -> rusqlite::Result<()> {
  const SQL: &str = "DELETE FROM objects WHERE bucket = ?1 AND key = ?2 RETURNING source";
  let source: Option<String> = connection
    .prepare_cached(SQL)?
    .query_row(params![bucket, key], |row| row.get(0))
    .optional()?;
  source.map_or(Ok(()), |source| delete_parts(connection, &source))
}

/// What `cut` takes of the parts of `source`. It is told the size of each, in the order of their
/// numbers. Values that it takes nothing of are not read.
pub(super) fn pieces(
  connection: &Connection,
  source: &str,
  mut cut: impl FnMut(u64) -> Option<Range<u64>>,
) -> rusqlite::Result<Vec<Piece>> {
  const SQL: &str = "SELECT size, value FROM parts WHERE source = ?1 ORDER BY number";
  let mut statement = connection.prepare_cached(SQL)?;
  let mut rows = statement.query([source])?;
  let mut pieces = Vec::new();
  while let Some(row) = rows.next()? {
    if let Some(range) = cut(row.get::<_, i64>(0)? as u64) {
      let value = row.get(1)?;
      pieces.push(Piece { value, range });
    }
  }
  Ok(pieces)
}

/// Shows the objects from `from` on to `visit`, in order, until it has seen enough.
pub(super) fn walk(
  connection: &Connection,
  bucket: &str,
  from: &[u8],
  include: Include,
  mut visit: impl FnMut(Object) -> Step,
) -> rusqlite::Result<()> {
  let mut statement = connection.prepare_cached(WALK)?;
  let mut from = Some(from.to_vec());
  while let Some(seek) = from.take() {
    let range = params![bucket, seek, include.http_fields, include.custom_fields];
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
      match visit(read_object(row)?) {
        Step::Next => {}
        Step::SeekTo(seek) => {
          from = Some(seek);
          break;
        }
        Step::Stop => break,
      }
    }
  }
  Ok(())
}

/// The last key from `from` on and before `end`.
pub(super) fn last_key(
  connection: &Connection,
  bucket: &str,
  from: &str,
  end: &[u8],
) -> rusqlite::Result<Option<String>> {
  connection
    .prepare_cached(LAST_KEY)?
    .query_row(params![bucket, from, end], |row| row.get(0))
    .optional()
}

/// Reads the columns that every statement about objects begins with.
fn read_object(row: &Row<'_>) -> rusqlite::Result<Object> {
  Ok(Object {
    key: row.get(0)?,
    version: row.get(1)?,
    // Sizes were unsigned when they were stored, and are far from where it matters.
    size: row.get::<_, i64>(2)? as u64,
    etag: row.get(3)?,
    uploaded_ms: row.get(4)?,
    range: None,
    checksums: row.get::<_, Json<_>>(5)?.0,
    metadata: read_metadata(row, 6)?,
  })
}

/// Reads four columns, from `first` on.
fn read_metadata(row: &Row<'_>, first: usize) -> rusqlite::Result<Metadata> {
  Ok(Metadata {
    storage_class: row.get(first)?,
    ssec: row.get::<_, Option<String>>(first + 1)?.map(KeyDigest),
    http_fields: row.get::<_, Option<Json<_>>>(first + 2)?.map(|json| json.0),
    custom_fields: row.get::<_, Option<Json<_>>>(first + 3)?.map(|json| json.0),
  })
}

/// In a row: a text of JSON.
struct Json<T>(T);

impl<T: Serialize> ToSql for Json<T> {
  fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
    let json = serde_json::to_string(&self.0)
      .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(json.into())
  }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
  fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
    serde_json::from_str(value.as_str()?)
      .map(Self)
      .map_err(FromSqlError::other)
  }
}
