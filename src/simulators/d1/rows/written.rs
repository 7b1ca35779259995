//! The approximation of `rows_read` and `rows_written`; see the header of [`rows`](super).

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::watch::{RowCounts, Seen};

/// Rows of the schema that `CREATE` of each kind writes.
const WRITTEN_BY_CREATE_TABLE: u64 = 2;
const WRITTEN_BY_CREATE_INDEX: u64 = 1;
const WRITTEN_BY_CREATE_TRIGGER: u64 = 1;

/// Rows that a statement read, if it took `full_scan_steps` and returned `row_count` rows.
pub(super) fn read(seen: &Seen, full_scan_steps: i32, row_count: usize) -> u64 {
  let changed: u64 = seen
    .rows
    .values()
    .map(|rows| rows.updated + rows.deleted)
    .sum();
  if !seen.reads {
    return changed + seen.created.tables;
  }
  // A scan of n rows takes n - 1 steps.
  let scanned = match u64::try_from(full_scan_steps) {
    Ok(steps @ 1..) => steps + 1,
    _ => 0,
  };
  scanned.max(row_count as u64).max(changed)
}

/// Rows of tables and indices that a statement wrote, if SQLite counted `changes`.
pub(super) fn written(connection: &Connection, seen: &Seen, changes: u64) -> rusqlite::Result<u64> {
  let mut written = seen.created.tables * WRITTEN_BY_CREATE_TABLE
    + seen.created.indices * WRITTEN_BY_CREATE_INDEX
    + seen.created.triggers * WRITTEN_BY_CREATE_TRIGGER;
  let mut reported = 0;
  for (table, rows) in &seen.rows {
    let RowCounts {
      inserted,
      updated,
      deleted,
    } = rows;
    reported += inserted + updated + deleted;
    written += deleted;
    if *inserted > 0 {
      written += inserted * (1 + indices(connection, table)?);
    }
    if *updated > 0 {
      written += updated * (1 + assigned_indices(connection, table, seen)?);
    }
  }
  // SQLite reports no single rows of tables without a rowid, nor when it empties a whole table.
  Ok(written + changes.saturating_sub(reported))
}

/// How many indices a table has.
fn indices(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
  Ok(index_names(connection, table)?.len() as u64)
}

fn index_names(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
  let mut names = Vec::new();
  connection.pragma(None, "index_list", table, |row| {
    names.push(row.get("name")?);
    Ok(())
  })?;
  Ok(names)
}

/// How many indices of a table have to be written when the columns of `seen` are assigned to.
fn assigned_indices(connection: &Connection, table: &str, seen: &Seen) -> rusqlite::Result<u64> {
  let indices = index_names(connection, table)?;
  let Some(columns) = seen.assigned.get(table).filter(|_| !indices.is_empty()) else {
    return Ok(0);
  };
  if assigns_rowid(connection, table, columns)? {
    return Ok(indices.len() as u64);
  }
  let mut assigned = 0;
  for index in indices {
    let mut is_assigned = false;
    connection.pragma(None, "index_xinfo", &index, |row| {
      let column: Option<String> = row.get("name")?;
      // An expression, which may use any column. The rowid has no name either.
      let is_expression = row.get::<_, i64>("cid")? == -2;
      is_assigned |= is_expression || column.is_some_and(|column| columns.contains(&column));
      Ok(())
    })?;
    assigned += u64::from(is_assigned);
  }
  Ok(assigned)
}

/// Whether a column that is the rowid is assigned to, which every index holds.
fn assigns_rowid(
  connection: &Connection,
  table: &str,
  columns: &BTreeSet<String>,
) -> rusqlite::Result<bool> {
  let mut assigns = false;
  connection.pragma(None, "table_info", table, |row| {
    let is_rowid = row.get::<_, i64>("pk")? == 1
      && row
        .get_ref("type")?
        .as_str()?
        .eq_ignore_ascii_case("INTEGER");
    assigns |= is_rowid && columns.contains(row.get_ref("name")?.as_str()?);
    Ok(())
  })?;
  Ok(assigns)
}
