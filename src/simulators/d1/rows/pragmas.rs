//! Our own statements around those of users.

use rusqlite::Connection;

/// SQLite's default, which a database in memory can only leave by a pragma that nobody may use.
const PAGE_BYTES: u64 = 4096;

/// Bytes that the data takes, without free pages.
pub(super) fn size_bytes(connection: &Connection) -> rusqlite::Result<u64> {
  let read = |sql| -> rusqlite::Result<u64> {
    let pages: i64 = connection
      .prepare_cached(sql)?
      .query_row((), |row| row.get(0))?;
    Ok(u64::try_from(pages).unwrap_or_default())
  };
  let pages = read("PRAGMA page_count")?;
  Ok(pages.saturating_sub(read("PRAGMA freelist_count")?) * PAGE_BYTES)
}

/// How many requests have written so far, with this one if `is_write`.
///
/// The number is kept in `user_version`, which users may neither read nor write, and which goes
/// back with the frame.
pub(super) fn count_commit(connection: &Connection, is_write: bool) -> rusqlite::Result<u32> {
  let sql = "PRAGMA user_version";
  let version: i32 = connection
    .prepare_cached(sql)?
    .query_row((), |row| row.get(0))?;
  let commits = version.cast_unsigned();
  if !is_write {
    return Ok(commits);
  }
  let commits = commits.wrapping_add(1);
  connection.pragma_update(None, "user_version", commits.cast_signed())?;
  Ok(commits)
}

/// Whether a table, index, view or trigger has a name that is D1's own. Renaming is the one way to
/// get there that the authorizer is not asked about.
pub(super) fn has_reserved_name(connection: &Connection) -> rusqlite::Result<bool> {
  const SQL: &str =
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE substr(name, 1, 4) = '_cf_' COLLATE NOCASE)";
  connection.query_row(SQL, (), |row| row.get(0))
}

/// Sets everything back that a user's pragma can have changed. `foreign_keys` is not among it: inside
/// of a transaction, where every request is, that pragma does nothing.
pub(super) fn reset(connection: &Connection) -> rusqlite::Result<()> {
  // Turning `defer_foreign_keys` off forgets violations, so those must have been looked at already.
  connection.execute_batch(
    "PRAGMA case_sensitive_like = OFF;
     PRAGMA defer_foreign_keys = OFF;
     PRAGMA ignore_check_constraints = OFF;
     PRAGMA legacy_alter_table = OFF;
     PRAGMA recursive_triggers = OFF;
     PRAGMA reverse_unordered_selects = OFF;",
  )
}
