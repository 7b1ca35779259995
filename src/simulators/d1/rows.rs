//! The SQL of D1: runs what users wrote, and as little of our own as possible.
//!
//! # Counting rows
//!
//! The product's SQLite counts every row that a cursor touches. Ours cannot, so `rows_read` is the
//! largest of what is known: rows stepped over by full scans, rows returned, rows updated and
//! deleted. Joins over indices and `count(*)` come out too low. `rows_written` is closer: one for
//! each inserted, updated or deleted row, plus one for each index entry that goes with it, plus
//! fixed numbers for `CREATE`. See [`written`].
//!
//! Invariant: however it ends, [`run`] leaves as many savepoints as it found, no authorizer, and
//! pragmas as they were.

mod authorizer;
mod functions;
mod pragmas;
mod watch;
mod written;

use std::ffi::c_int;

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Batch, Connection, DropBehavior, ErrorCode, StatementStatus, ffi};

use self::watch::{Watch, Watched};
use super::conflict;
use super::limits::{self, Refusal};
use super::statement::{Meta, Outcome, Statement, Transaction, Value};
use super::tokens;

/// What ends a request early.
enum Failure {
  Refused(Refusal),
  /// SQLite refused a statement of ours.
  Ours(rusqlite::Error),
}

impl From<Refusal> for Failure {
  fn from(refusal: Refusal) -> Self {
    Self::Refused(refusal)
  }
}

impl From<rusqlite::Error> for Failure {
  fn from(error: rusqlite::Error) -> Self {
    Self::Ours(error)
  }
}

/// Runs all of `statements` or nothing of them.
pub(super) fn run(
  connection: &mut Connection,
  statements: &[&Statement],
  now_ms: &dyn Fn() -> u64,
  is_over: impl FnMut() -> bool + Send + 'static,
) -> rusqlite::Result<Result<Transaction, Refusal>> {
  configure(connection)?;
  let mut watched = Watched::new(connection, is_over)?;
  let (connection, watch) = watched.parts();
  // Undone when dropped, so on every way out but the last.
  let mut savepoint = connection.savepoint_with_name("d1_request")?;
  let result = transact(&savepoint, &watch, statements, now_ms);
  // A full-text index keeps what it has yet to write, and writes it when the next savepoint begins; one
  // that was made since this one began is not told of its rollback, and would write into what is gone.
  // Here its tables are still there. SQLite may have ended the transaction already.
  if !savepoint.is_autocommit() {
    savepoint.execute_batch("SAVEPOINT d1_flush; RELEASE d1_flush")?;
  }
  if watch.take_pragma() {
    pragmas::reset(&savepoint)?;
  }
  match result {
    Ok(transaction) => savepoint.commit().map(|()| Ok(transaction)),
    Err(Failure::Refused(refusal)) => {
      // SQLite gives the whole transaction up when it runs out of memory, or of time, in the middle of a
      // change.
      if savepoint.is_autocommit() {
        savepoint.set_drop_behavior(DropBehavior::Ignore);
      }
      savepoint.finish()?;
      Ok(Err(refusal))
    }
    Err(Failure::Ours(error)) => Err(error),
  }
}

/// Every time, because these belong to the connection, which we get without a history. They cost
/// next to nothing.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
  const LIMITS: [(Limit, i32); 12] = [
    (Limit::SQLITE_LIMIT_LENGTH, limits::VALUE_BYTES_MAX),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, limits::SQL_BYTES_MAX),
    (Limit::SQLITE_LIMIT_COLUMN, limits::COLUMNS_MAX),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, limits::EXPRESSION_DEPTH_MAX),
    (
      Limit::SQLITE_LIMIT_COMPOUND_SELECT,
      limits::COMPOUND_TERMS_MAX,
    ),
    (Limit::SQLITE_LIMIT_VDBE_OP, limits::INSTRUCTIONS_MAX),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, limits::ARGUMENTS_MAX),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (
      Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH,
      limits::PATTERN_BYTES_MAX,
    ),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, limits::PARAMETERS_MAX),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, limits::TRIGGER_DEPTH_MAX),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
  ];
  for (limit, value) in LIMITS {
    connection.set_limit(limit, value)?;
  }
  // No writing to the schema and to the tables behind virtual tables.
  connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
  Ok(())
}

fn transact(
  connection: &Connection,
  watch: &Watch,
  statements: &[&Statement],
  now_ms: &dyn Fn() -> u64,
) -> Result<Transaction, Failure> {
  let mut size_bytes = pragmas::size_bytes(connection)?;
  let mut result_bytes_left = limits::RESULT_BYTES_MAX;
  let mut outcomes = Vec::with_capacity(statements.len());
  for statement in statements {
    let began_ms = now_ms();
    let total_changes = connection.total_changes();
    let last_row_id = connection.last_insert_rowid();
    let last = run_text(connection, watch, statement, &mut result_bytes_left)?;
    let changes = connection.total_changes().saturating_sub(total_changes);
    let size_before_bytes = std::mem::replace(&mut size_bytes, pragmas::size_bytes(connection)?);
    let meta = Meta {
      duration_ms: now_ms().saturating_sub(began_ms),
      changes,
      last_row_id: connection.last_insert_rowid(),
      changed_db: changes != 0
        || last_row_id != connection.last_insert_rowid()
        || size_bytes != size_before_bytes,
      size_after_bytes: size_bytes,
      rows_read: last.rows_read,
      rows_written: last.rows_written,
    };
    outcomes.push(Outcome {
      columns: last.columns,
      rows: last.rows,
      meta,
    });
  }
  if has_dangling_foreign_key(connection) {
    return Err(Refusal::foreign_key_dangling().into());
  }
  let commits = pragmas::count_commit(connection, watch.take_write())?;
  Ok(Transaction { outcomes, commits })
}

/// What one of SQLite's statements did.
struct Ran {
  columns: Vec<String>,
  rows: Vec<Vec<Value>>,
  rows_read: u64,
  rows_written: u64,
}

/// Runs every statement of a text, and returns what the last one did.
fn run_text(
  connection: &Connection,
  watch: &Watch,
  statement: &Statement,
  result_bytes_left: &mut usize,
) -> Result<Ran, Failure> {
  let defused = conflict::defuse(&statement.sql);
  let mut sql: &str = &defused;
  loop {
    let guard = watch.guard();
    let prepared = Batch::new(connection, sql)
      .next()
      .map_err(|error| watch.refusal(error))?;
    let Some(mut prepared) = prepared else {
      return Err(Refusal::StatementMissing.into());
    };
    let rest = rest(sql, &prepared);
    let is_last = rest.is_none();
    let parameters = if is_last {
      statement.parameters.as_slice()
    } else {
      &[]
    };
    if !is_last && prepared.parameter_count() > 0 {
      return Err(Refusal::ParametersTooEarly.into());
    }
    if prepared.parameter_count() != parameters.len() {
      return Err(Refusal::ParametersMiscounted.into());
    }
    for (number, parameter) in (1..).zip(parameters) {
      prepared
        .raw_bind_parameter(number, parameter)
        .map_err(refuse)?;
    }
    let is_write = !prepared.readonly();
    let columns: Vec<_> = prepared.column_names().map(str::to_owned).collect();
    let total_changes = connection.total_changes();
    let rows = collect(&mut prepared, columns.len(), result_bytes_left)?;
    let full_scan_steps = prepared.get_status(StatementStatus::FullscanStep);
    drop((prepared, guard));

    let seen = watch.take(is_write);
    if seen.altered && pragmas::has_reserved_name(connection)? {
      return Err(Refusal::name_reserved().into());
    }
    let Some(rest) = rest else {
      let changes = connection.total_changes().saturating_sub(total_changes);
      return Ok(Ran {
        rows_read: written::read(&seen, full_scan_steps, rows.len()),
        rows_written: written::written(connection, &seen, changes)?,
        columns,
        rows,
      });
    };
    sql = rest;
  }
}

/// The text after the first statement of `sql`, which `prepared` is, unless it is only space.
fn rest<'a>(sql: &'a str, prepared: &rusqlite::Statement<'_>) -> Option<&'a str> {
  // Without parameters, a statement expands to exactly the text that SQLite took it from. One with
  // parameters cannot be a `CREATE TRIGGER`, so it ends at the first semicolon.
  let own_bytes = if prepared.parameter_count() == 0 {
    prepared.expanded_sql()?.len()
  } else {
    tokens::statement_bytes(sql)
  };
  let rest = sql.get(own_bytes..)?;
  let rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0C']);
  (!rest.is_empty()).then_some(rest)
}

fn collect(
  prepared: &mut rusqlite::Statement<'_>,
  column_count: usize,
  result_bytes_left: &mut usize,
) -> Result<Vec<Vec<Value>>, Failure> {
  let mut collected = Vec::new();
  let mut rows = prepared.raw_query();
  while let Some(row) = rows.next().map_err(refuse)? {
    let mut values = Vec::with_capacity(column_count);
    for column in 0..column_count {
      let value = Value::from(row.get_ref(column)?);
      let value_bytes = size_of::<Value>() + value.heap_bytes();
      *result_bytes_left = result_bytes_left
        .checked_sub(value_bytes)
        .ok_or(Refusal::ResultTooLarge)?;
      values.push(value);
    }
    collected.push(values);
  }
  Ok(collected)
}

impl Value {
  fn heap_bytes(&self) -> usize {
    match self {
      Self::Null | Self::Integer(_) | Self::Real(_) => 0,
      Self::Text(text) => text.len(),
      Self::Blob(bytes) => bytes.len(),
    }
  }
}

impl From<ValueRef<'_>> for Value {
  fn from(value: ValueRef<'_>) -> Self {
    match value {
      ValueRef::Null => Self::Null,
      ValueRef::Integer(integer) => Self::Integer(integer),
      ValueRef::Real(real) => Self::Real(real),
      // SQLite keeps bytes that are not UTF-8, for example from a cast.
      ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
      ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
    }
  }
}

impl ToSql for Value {
  fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
    Ok(ToSqlOutput::Borrowed(match self {
      Self::Null => ValueRef::Null,
      Self::Integer(integer) => ValueRef::Integer(*integer),
      Self::Real(real) => ValueRef::Real(*real),
      Self::Text(text) => ValueRef::Text(text.as_bytes()),
      Self::Blob(bytes) => ValueRef::Blob(bytes),
    }))
  }
}

/// An error of SQLite's about a statement of the user's.
fn refuse(error: rusqlite::Error) -> Failure {
  let (code, message, offset) = match error {
    rusqlite::Error::SqliteFailure(code, message) => (code, message, None),
    rusqlite::Error::SqlInputError {
      error, msg, offset, ..
    } => (error, Some(msg), u32::try_from(offset).ok()),
    other => return Failure::Ours(other),
  };
  if code.code == ErrorCode::OperationInterrupted {
    return Refusal::TimeOver.into();
  }
  let message = message.unwrap_or_else(|| code.to_string());
  Failure::Refused(Refusal::Sqlite {
    message,
    offset,
    extended_code: code.extended_code,
  })
}

/// Whether a deferred foreign key is violated at the moment. SQLite checks them when the outermost
/// transaction commits, which inside of a storage frame never happens.
fn has_dangling_foreign_key(connection: &Connection) -> bool {
  let (mut current, mut highest): (c_int, c_int) = (0, 0);
  // SAFETY: the handle is that of a connection that is open for as long as `connection` is
  // borrowed, and the pointers are to two integers that live until the call returns.
  let code = unsafe {
    ffi::sqlite3_db_status(
      connection.handle(),
      ffi::SQLITE_DBSTATUS_DEFERRED_FKS,
      &raw mut current,
      &raw mut highest,
      0,
    )
  };
  assert_eq!(
    code,
    ffi::SQLITE_OK,
    "this status is known to every supported SQLite"
  );
  current != 0
}
