//! What goes into the database and what comes out, in plain Rust.

/// One entry of a request. Its text may hold several statements.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Statement {
  pub(super) sql: String,
  pub(super) parameters: Vec<Value>,
}

impl Statement {
  /// Whether D1 skips it: nothing is left without the lines that hold only an indented comment. A
  /// comment in the first column counts as SQL, which then turns out to contain no statement.
  pub(super) fn is_blank(&self) -> bool {
    let mut rest = self.sql.as_str();
    // The first line is indented by any space in front of it. A later one also has the line break
    // of the comment before it there.
    let mut space_bytes_min = 1;
    loop {
      let text = rest.trim_start();
      if text.is_empty() {
        return true;
      }
      if !text.starts_with("--") || rest.len() - text.len() < space_bytes_min {
        return false;
      }
      rest = &text[text.find(['\n', '\r']).unwrap_or(text.len())..];
      space_bytes_min = 2;
    }
  }
}

/// A value of SQLite's.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
  Null,
  /// Only ever comes out. What JavaScript sends is a double, and stays one: `typeof(?)` is `real`.
  Integer(i64),
  Real(f64),
  Text(String),
  Blob(Vec<u8>),
}

/// What one [`Statement`] did.
#[derive(Debug)]
pub(super) struct Outcome {
  pub(super) columns: Vec<String>,
  pub(super) rows: Vec<Vec<Value>>,
  pub(super) meta: Meta,
}

/// The numbers that D1 reports about a statement.
#[derive(Debug)]
pub(super) struct Meta {
  pub(super) duration_ms: u64,
  /// Rows changed, by triggers and cascades too.
  pub(super) changes: u64,
  /// Of the connection, so it stays when a statement inserts nothing.
  pub(super) last_row_id: i64,
  pub(super) changed_db: bool,
  pub(super) size_after_bytes: u64,
  pub(super) rows_read: u64,
  pub(super) rows_written: u64,
}

/// What a request did.
#[derive(Debug)]
pub(super) struct Transaction {
  pub(super) outcomes: Vec<Outcome>,
  /// Number of requests so far that could have written something.
  pub(super) commits: u32,
}
