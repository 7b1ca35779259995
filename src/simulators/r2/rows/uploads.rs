//! The SQL of uploads and of parts.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Json, read_metadata};
use crate::simulators::r2::object::Metadata;
use crate::storage::Payload;

/// An upload, in progress or not.
#[derive(Debug)]
pub(in crate::simulators::r2) struct Upload {
  /// Whether it was completed or aborted.
  pub(in crate::simulators::r2) finished: bool,
  pub(in crate::simulators::r2) metadata: Metadata,
}

/// Everything about a part but its value.
#[derive(Clone, Debug)]
pub(in crate::simulators::r2) struct Part {
  pub(in crate::simulators::r2) number: u64,
  pub(in crate::simulators::r2) etag: String,
  pub(in crate::simulators::r2) md5: Vec<u8>,
  /// Bytes.
  pub(in crate::simulators::r2) size: u64,
}

pub(in crate::simulators::r2) fn create_upload(
  connection: &Connection,
  id: &str,
  bucket: &str,
  key: &str,
  metadata: &Metadata,
) -> rusqlite::Result<()> {
  const SQL: &str = "
    INSERT INTO uploads (id, bucket, key, finished, storage_class, ssec_key_md5, http_fields,
      custom_fields)
    VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7)";
  let row = params![
    id,
    bucket,
    key,
    metadata.storage_class,
    metadata.ssec.as_ref().map(|digest| &digest.0),
    Json(&metadata.http_fields),
    Json(&metadata.custom_fields),
  ];
  connection.prepare_cached(SQL)?.execute(row).map(|_| ())
}

/// The upload `id`, if it is one to `key` of `bucket`.
pub(in crate::simulators::r2) fn upload(
  connection: &Connection,
  bucket: &str,
  key: &str,
  id: &str,
) -> rusqlite::Result<Option<Upload>> {
  const SQL: &str = "
    SELECT finished, storage_class, ssec_key_md5, http_fields, custom_fields
    FROM uploads WHERE id = ?1 AND bucket = ?2 AND key = ?3";
  let read = |row: &rusqlite::Row<'_>| {
    Ok(Upload {
      finished: row.get(0)?,
      metadata: read_metadata(row, 1)?,
    })
  };
  connection
    .prepare_cached(SQL)?
    .query_row(params![id, bucket, key], read)
    .optional()
}

/// Says that an upload was completed or aborted.
pub(in crate::simulators::r2) fn finish_upload(
  connection: &Connection,
  id: &str,
) -> rusqlite::Result<()> {
  connection
    .prepare_cached("UPDATE uploads SET finished = 1 WHERE id = ?1")?
    .execute([id])
    .map(|_| ())
}

/// The parts of `source`, in the order of their numbers.
pub(in crate::simulators::r2) fn parts(
  connection: &Connection,
  source: &str,
) -> rusqlite::Result<Vec<Part>> {
  const SQL: &str = "SELECT number, etag, md5, size FROM parts WHERE source = ?1 ORDER BY number";
  let read = |row: &rusqlite::Row<'_>| {
    Ok(Part {
      number: row.get::<_, i64>(0)? as u64,
      etag: row.get(1)?,
      md5: row.get(2)?,
      size: row.get::<_, i64>(3)? as u64,
    })
  };
  connection
    .prepare_cached(SQL)?
    .query_map([source], read)?
    .collect()
}

/// Stores a part of `source`, and replaces an earlier one with its number.
pub(in crate::simulators::r2) fn put_part(
  connection: &Connection,
  source: &str,
  part: &Part,
  value: &Payload,
) -> rusqlite::Result<()> {
  const SQL: &str = "
    REPLACE INTO parts (source, number, etag, md5, size, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
  let (number, size) = (part.number as i64, part.size as i64);
  let row = params![source, number, part.etag, part.md5, size, value];
  connection.prepare_cached(SQL)?.execute(row).map(|_| ())
}

/// Deletes one part of `source`.
pub(in crate::simulators::r2) fn delete_part(
  connection: &Connection,
  source: &str,
  number: u64,
) -> rusqlite::Result<()> {
  connection
    .prepare_cached("DELETE FROM parts WHERE source = ?1 AND number = ?2")?
    .execute(params![source, number as i64])
    .map(|_| ())
}

/// Deletes all parts of `source`.
pub(in crate::simulators::r2) fn delete_parts(
  connection: &Connection,
  source: &str,
) -> rusqlite::Result<()> {
  connection
    .prepare_cached("DELETE FROM parts WHERE source = ?1")?
    .execute([source])
    .map(|_| ())
}
