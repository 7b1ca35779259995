//! D1's limits, and the words with which it refuses.
//!
//! What SQLite itself refuses, it also words; [`Refusal::Sqlite`] only adds the names of the codes.

use std::time::Duration;

use thiserror::Error;

use super::sqlite_code;

/// Bytes of a string, a blob or a row.
pub(super) const VALUE_BYTES_MAX: i32 = 8 * 1024 * 1024;
/// Bytes of a statement.
pub(super) const SQL_BYTES_MAX: i32 = 100_000;
/// Columns of a table or a result.
pub(super) const COLUMNS_MAX: i32 = 100;
/// Depth of an expression.
pub(super) const EXPRESSION_DEPTH_MAX: i32 = 100;
/// Terms of a `UNION` and its like.
pub(super) const COMPOUND_TERMS_MAX: i32 = 5;
/// Instructions of a prepared statement.
pub(super) const INSTRUCTIONS_MAX: i32 = 25_000;
/// Arguments of a function.
pub(super) const ARGUMENTS_MAX: i32 = 127;
/// Bytes of a `LIKE` or `GLOB` pattern.
pub(super) const PATTERN_BYTES_MAX: i32 = 50;
/// Parameters of a statement.
pub(super) const PARAMETERS_MAX: i32 = 100;
/// Levels of triggers that set off triggers.
pub(super) const TRIGGER_DEPTH_MAX: i32 = 10;

/// How long a request may take, as in the product.
pub(super) const DURATION_MAX: Duration = Duration::from_secs(30);
/// How long a request may keep a storage frame from ending.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// Memory that the rows of one request may take. Not a limit of D1, where the Worker would run out
/// of memory; here a query without an end would take Vitest's.
pub(super) const RESULT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why D1 does not run a request. The user's mistake; the text is the product's.
#[derive(Debug, Error)]
pub(super) enum Refusal {
  #[error("No SQL statements detected.")]
  RequestEmpty,
  #[error("SQL code did not contain a statement.")]
  StatementMissing,
  #[error(
    "When executing multiple SQL statements in a single call, only the last statement can have \
     parameters."
  )]
  ParametersTooEarly,
  #[error("Wrong number of parameter bindings for SQL query.")]
  ParametersMiscounted,
  #[error(
    "To execute a transaction, please use the state.storage.transaction() or \
     state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT \
     statements. The JavaScript API is safer because it will automatically roll back on exceptions, \
     and because it interacts correctly with Durable Objects' automatic atomic write coalescing."
  )]
  TransactionControl,
  /// SQLite's own refusal. `extended_code` holds the primary code in its low byte.
  #[error("{}", sqlite_code::describe(message, *offset, *extended_code))]
  Sqlite {
    message: String,
    /// Byte of the statement that SQLite blames.
    offset: Option<u32>,
    extended_code: i32,
  },
  #[error("the result is larger than {max} MiB", max = RESULT_BYTES_MAX >> 20)]
  ResultTooLarge,
  /// The product's words for a query that took too long.
  #[error("D1 DB exceeded its CPU time limit and was reset.")]
  TimeOver,
  #[error("the request is larger than {max} MiB", max = super::BODY_LIMIT.bytes_max >> 20)]
  RequestTooLarge,
}

impl Refusal {
  /// A name that is D1's own was to be given to a table.
  pub(super) fn name_reserved() -> Self {
    Self::Sqlite {
      message: "not authorized".to_owned(),
      offset: None,
      extended_code: sqlite_code::AUTH,
    }
  }

  /// A deferred foreign key still dangles where the request ends.
  pub(super) fn foreign_key_dangling() -> Self {
    Self::Sqlite {
      message: "FOREIGN KEY constraint failed".to_owned(),
      offset: None,
      extended_code: sqlite_code::CONSTRAINT_FOREIGN_KEY,
    }
  }
}
