//! SQLite's tokens, as far as is needed to tell words from what is quoted or commented out.
//!
//! It has to agree with SQLite about where a token ends, or a statement could hide one token inside
//! of another.
//!
//! Not here: numbers, operators of several characters, and anything else that only a parser needs.

/// Bytes of the first statement in `sql`, with its semicolon. Wrong for `CREATE TRIGGER`, which has
/// semicolons inside.
pub(super) fn statement_bytes(sql: &str) -> usize {
  let mut tokens = Tokens::of(sql).skip_while(|(_, token)| *token == ";");
  tokens
    .find(|(_, token)| *token == ";")
    .map_or(sql.len(), |(start, _)| start + 1)
}

/// The tokens of a text with their offsets, without space and comments.
pub(super) struct Tokens<'a> {
  sql: &'a str,
  position: usize,
}

impl<'a> Tokens<'a> {
  pub(super) const fn of(sql: &'a str) -> Self {
    Self { sql, position: 0 }
  }

  /// Length of what `rest` starts with, and whether that is a token.
  fn measure(rest: &str) -> (usize, bool) {
    let bytes = rest.as_bytes();
    // Until and with `end`, or everything.
    let through = |from: usize, end: &str| {
      rest
        .get(from..)
        .and_then(|tail| tail.find(end))
        .map_or(rest.len(), |at| from + at + end.len())
    };
    match bytes[0] {
      first if is_space(first) => (1, false),
      _ if rest.starts_with(BYTE_ORDER_MARK) => (BYTE_ORDER_MARK.len_utf8(), false),
      b'-' if bytes.starts_with(b"--") => (through(2, "\n"), false),
      b'/' if bytes.starts_with(b"/*") => (through(2, "*/"), false),
      b'\'' => (through(1, "'"), true),
      b'"' => (through(1, "\""), true),
      b'`' => (through(1, "`"), true),
      b'[' => (through(1, "]"), true),
      b'$' | b'@' | b'#' | b':' => (variable_bytes(bytes), true),
      first if is_word(first) => (word_bytes(bytes), true),
      _ => (1, true),
    }
  }
}

/// Space to SQLite, if a token starts with it. In the middle of a word it is a letter.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

fn word_bytes(bytes: &[u8]) -> usize {
  let end = bytes.iter().position(|byte| !is_word(*byte));
  end.unwrap_or(bytes.len())
}

/// Variables have the syntax of Tcl, `$name::part(anything)`, and in the parentheses no quote means
/// anything.
fn variable_bytes(bytes: &[u8]) -> usize {
  let mut end = 1;
  let mut has_name = false;
  loop {
    match &bytes[end..] {
      [byte, ..] if is_word(*byte) => {
        has_name = true;
        end += 1;
      }
      [b':', b':', ..] => end += 2,
      [b'(', rest @ ..] if has_name => {
        // Without the closing parenthesis it is an error, wherever it ends.
        let close = rest
          .iter()
          .position(|byte| *byte == b')' || is_space(*byte));
        let inner_bytes = close.unwrap_or(rest.len());
        return end + 1 + inner_bytes + usize::from(rest.get(inner_bytes) == Some(&b')'));
      }
      _ => return end,
    }
  }
}

fn is_space(byte: u8) -> bool {
  byte.is_ascii_whitespace() || byte == b'\x0B'
}

/// SQLite takes every character outside ASCII for a letter.
fn is_word(byte: u8) -> bool {
  byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

impl<'a> Iterator for Tokens<'a> {
  type Item = (usize, &'a str);

  fn next(&mut self) -> Option<Self::Item> {
    loop {
      let start = self.position;
      let rest = self.sql.get(start..).filter(|rest| !rest.is_empty())?;
      let (length, is_token) = Self::measure(rest);
      self.position += length;
      if is_token {
        return Some((start, &rest[..length]));
      }
    }
  }
}
