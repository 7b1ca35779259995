//! The names of SQLite's result codes, and the form in which D1 puts them behind a message.

use std::fmt::Write as _;

/// `SQLITE_AUTH`.
pub(super) const AUTH: i32 = 23;
/// `SQLITE_CONSTRAINT_FOREIGNKEY`.
pub(super) const CONSTRAINT_FOREIGN_KEY: i32 = 787;

/// Primary codes by number.
const PRIMARY: [&str; 27] = [
  "OK",
  "ERROR",
  "INTERNAL",
  "PERM",
  "ABORT",
  "BUSY",
  "LOCKED",
  "NOMEM",
  "READONLY",
  "INTERRUPT",
  "IOERR",
  "CORRUPT",
  "NOTFOUND",
  "FULL",
  "CANTOPEN",
  "PROTOCOL",
  "EMPTY",
  "SCHEMA",
  "TOOBIG",
  "CONSTRAINT",
  "MISMATCH",
  "MISUSE",
  "NOLFS",
  "AUTH",
  "FORMAT",
  "RANGE",
  "NOTADB",
];

/// Extended codes that a database in memory can answer with.
const EXTENDED: [(i32, &str); 17] = [
  (257, "ERROR_MISSING_COLLSEQ"),
  (267, "CORRUPT_VTAB"),
  (275, "CONSTRAINT_CHECK"),
  (513, "ERROR_RETRY"),
  (516, "ABORT_ROLLBACK"),
  (523, "CORRUPT_SEQUENCE"),
  (531, "CONSTRAINT_COMMITHOOK"),
  (CONSTRAINT_FOREIGN_KEY, "CONSTRAINT_FOREIGNKEY"),
  (1043, "CONSTRAINT_FUNCTION"),
  (1299, "CONSTRAINT_NOTNULL"),
  (1555, "CONSTRAINT_PRIMARYKEY"),
  (1811, "CONSTRAINT_TRIGGER"),
  (2067, "CONSTRAINT_UNIQUE"),
  (2323, "CONSTRAINT_VTAB"),
  (2579, "CONSTRAINT_ROWID"),
  (2835, "CONSTRAINT_PINNED"),
  (3091, "CONSTRAINT_DATATYPE"),
];

/// The whole text of an error, for example `no such column: a at offset 7: SQLITE_ERROR`.
pub(super) fn describe(message: &str, offset: Option<u32>, extended_code: i32) -> String {
  let mut text = message.to_owned();
  if let Some(offset) = offset {
    // Writing to a `String` cannot fail.
    let _ = write!(text, " at offset {offset}");
  }
  let primary_code = extended_code & 0xFF;
  let _ = match usize::try_from(primary_code)
    .ok()
    .and_then(|code| PRIMARY.get(code))
  {
    Some(name) => write!(text, ": SQLITE_{name}"),
    None => write!(text, ": {primary_code}"),
  };
  if extended_code != primary_code {
    let known = EXTENDED.iter().find(|(code, _)| *code == extended_code);
    let _ = match known {
      Some((_, name)) => write!(text, " (extended: SQLITE_{name})"),
      None => write!(text, " (extended: {extended_code})"),
    };
  }
  text
}
