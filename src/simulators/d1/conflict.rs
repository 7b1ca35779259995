//! Takes `ROLLBACK` out of conflict clauses.
//!
//! `INSERT OR ROLLBACK`, `ON CONFLICT ROLLBACK` and `RAISE(ROLLBACK, …)` end SQLite's outermost
//! transaction, and with it every storage frame. No authorizer sees them and no hook can stop them,
//! so the word is replaced before SQLite reads it. `ABORT`, which undoes the statement, ends the
//! same way for the user, because the error then undoes the request.
//!
//! Invariant: the result has the same length, so that the offsets in SQLite's errors stay right.
//! Not here: the statement `ROLLBACK`, which the authorizer denies.

use std::borrow::Cow;

use super::tokens::Tokens;

const ROLLBACK: &str = "ROLLBACK";
const ABORT: &str = "ABORT   ";

/// `sql` without clauses that end transactions.
pub(super) fn defuse(sql: &str) -> Cow<'_, str> {
  let mut defused = Cow::Borrowed(sql);
  // Nearly every statement ends here.
  if !contains_ignoring_case(sql.as_bytes(), ROLLBACK.as_bytes()) {
    return defused;
  }
  let (mut before_last, mut last) = ("", "");
  for (start, token) in Tokens::of(sql) {
    if token.eq_ignore_ascii_case(ROLLBACK) && is_conflict_clause(before_last, last) {
      defused
        .to_mut()
        .replace_range(start..start + token.len(), ABORT);
    }
    (before_last, last) = (last, token);
  }
  defused
}

/// Whether `ROLLBACK` is the keyword after these two tokens. It can also be the name of a column,
/// as in `WHERE a OR rollback`.
fn is_conflict_clause(before_last: &str, last: &str) -> bool {
  let are = |first: &str, second: &str| {
    before_last.eq_ignore_ascii_case(first) && last.eq_ignore_ascii_case(second)
  };
  are("INSERT", "OR") || are("UPDATE", "OR") || are("ON", "CONFLICT") || are("RAISE", "(")
}

fn contains_ignoring_case(text: &[u8], word: &[u8]) -> bool {
  text
    .windows(word.len())
    .any(|window| window.eq_ignore_ascii_case(word))
}
