//! D1.
//!
//! # Wire contract
//!
//! The D1 client is JavaScript inside workerd. It sends JSON; the database is not in it.
//!
//! | call | request | body |
//! |---|---|---|
//! | `all()`, `first()`, `raw()` | `POST /query?resultsFormat=ROWS_AND_COLUMNS` | `{"sql","params"}` |
//! | `run()` | `POST /execute?resultsFormat=NONE` | `{"sql","params"}` |
//! | `batch()` | `POST /query?resultsFormat=ROWS_AND_COLUMNS` | `[{"sql","params"},…]` |
//! | `exec()` | `POST /execute?resultsFormat=NONE` | `[{"sql"},…]`, one for each line |
//! | `dump()` | `POST /dump` | empty; answered with 404, as there are no dumps locally |
//!
//! - A parameter is a number, a string, `null`, or an array of numbers, which are the bytes of a
//!   blob. Blobs come back as arrays, too.
//! - Success is an array with one `{"success":true,"results":…,"meta":…}` for each statement.
//!   `results` is `{"columns","rows"}` or, for every other format, an array of objects.
//! - Failure is one `{"success":false,"error"}`, also for a batch. The client looks at nothing else,
//!   and least of all at the status.
//! - Every success carries a bookmark in `x-cf-d1-session-commit-token`. There is one copy of the
//!   data, so bookmarks and session constraints that come in mean nothing.
//!
//! # Semantics
//!
//! Each request is one transaction: a savepoint inside whatever frame is open. The first error
//! undoes all of it. Deferred foreign keys are checked at its end.
//!
//! What a user may run is decided by SQLite's authorizer and limits, as workerd sets them for the
//! databases that D1 is made of. Three things are ours to decide:
//!
//! - `OR ROLLBACK`, `ON CONFLICT ROLLBACK` and `RAISE(ROLLBACK)` would end every storage frame. They
//!   are read as `ABORT` (see [`conflict`]). Nobody can tell the difference from the data, since an
//!   error undoes the whole request anyway; the oracle reports an internal error instead of the
//!   constraint. The schema of such a table shows `ABORT`.
//! - Pragmas last until the end of the request, which is what D1 documents. With the oracle they
//!   last until the object restarts, and a frame could not undo that.
//! - Violated deferred foreign keys are reported as any other foreign key, where the oracle reports
//!   an internal error.
//!
//! # What differs
//!
//! - `rows_read` and `rows_written` are an approximation. The product counts inside a modified
//!   SQLite; see [`rows`] for what ours counts.
//! - `UPDATE … LIMIT` and `DELETE … LIMIT` are syntax errors. SQLite's parser has to be generated
//!   with them, and ours is not.
//! - There are no `_cf_` tables to see, and `size_after` does not count theirs.
//! - A change that runs out of time takes the storage frames of its database along, because SQLite
//!   gives the whole transaction up. The test's file fails then; a query does no harm.

mod conflict;
mod database;
mod limits;
mod rows;
mod sqlite_code;
mod statement;
mod tokens;
mod wire;

pub(super) use wire::{BODY_LIMIT, bug, serve};

#[cfg(test)]
mod tests;
