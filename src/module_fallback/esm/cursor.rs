//! A position in the source, and how far each lexical element reaches from there.
//!
//! Invariant: reading past the end gives 0 and never panics; every method moves forwards only.
//! Not here: what an element means in its place, which is `scanner`.

use super::EsmError;

#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
  bytes: &'a [u8],
  pub(super) pos: usize,
}

/// Why template text stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateStop {
  /// At the closing backtick, which is consumed.
  End,
  /// At `${`, which is consumed.
  Substitution,
}

/// What follows at the position, if it is neither code nor text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
  Blank(usize),
  LineBreak(usize),
}

impl<'a> Cursor<'a> {
  pub(super) fn new(source: &'a str) -> Self {
    Self {
      bytes: source.as_bytes(),
      pos: 0,
    }
  }

  pub(super) fn peek(&self) -> u8 {
    self.byte(self.pos)
  }

  pub(super) fn byte(&self, at: usize) -> u8 {
    self.bytes.get(at).copied().unwrap_or(0)
  }

  pub(super) fn is_at_end(&self) -> bool {
    self.pos >= self.bytes.len()
  }

  pub(super) fn slice(&self, start: usize, end: usize) -> &'a [u8] {
    self.bytes.get(start..end).unwrap_or_default()
  }

  pub(super) fn starts_with(&self, text: &[u8]) -> bool {
    self
      .bytes
      .get(self.pos..)
      .is_some_and(|rest| rest.starts_with(text))
  }

  /// Skips a byte order mark and a `#!` line, which only the very start may have.
  pub(super) fn skip_hashbang(&mut self) {
    if self.starts_with("\u{feff}".as_bytes()) {
      self.pos += 3;
    }
    if self.starts_with(b"#!") {
      self.skip_line();
    }
  }

  /// Skips white space and comments; says whether a line break was among them.
  pub(super) fn skip_trivia(&mut self) -> Result<bool, EsmError> {
    let mut line_break = false;
    loop {
      match self.peek() {
        b' ' | b'\t' => self.pos += 1,
        b'\n' | b'\r' => {
          line_break = true;
          self.pos += 1;
        }
        b'/' if self.byte(self.pos + 1) == b'/' => self.skip_line(),
        b'/' if self.byte(self.pos + 1) == b'*' => line_break |= self.skip_block_comment()?,
        11 | 12 | 0x80.. => match self.space() {
          Some(Space::Blank(length)) => self.pos += length,
          Some(Space::LineBreak(length)) => {
            line_break = true;
            self.pos += length;
          }
          None => return Ok(line_break),
        },
        _ => return Ok(line_break),
      }
    }
  }

  /// Skips an identifier, keyword or number, with everything that may stand in one.
  pub(super) fn skip_word(&mut self) {
    loop {
      match self.peek() {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' => self.pos += 1,
        b'\\' => self.skip_identifier_escape(),
        0x80.. if self.space().is_none() => self.pos += 1,
        _ => return,
      }
    }
  }

  /// Skips a number that starts here. Signs of exponents are left over as operators, which changes
  /// nothing for us, and so does a property behind `1.`.
  pub(super) fn skip_number(&mut self) {
    while matches!(self.peek(), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.') {
      self.pos += 1;
    }
  }

  /// Skips the string whose quote is here.
  pub(super) fn skip_string(&mut self) -> Result<(), EsmError> {
    let offset = self.pos;
    let quote = self.peek();
    self.pos += 1;
    while !self.is_at_end() {
      match self.peek() {
        byte if byte == quote => {
          self.pos += 1;
          return Ok(());
        }
        b'\\' => self.skip_escape(),
        b'\n' | b'\r' => break,
        _ => self.pos += 1,
      }
    }
    Err(EsmError::UnterminatedString { offset })
  }

  /// Skips template text up to and including the next `${` or the closing backtick.
  pub(super) fn skip_template_text(&mut self) -> Result<TemplateStop, EsmError> {
    let offset = self.pos;
    while !self.is_at_end() {
      match self.peek() {
        b'`' => {
          self.pos += 1;
          return Ok(TemplateStop::End);
        }
        b'$' if self.byte(self.pos + 1) == b'{' => {
          self.pos += 2;
          return Ok(TemplateStop::Substitution);
        }
        b'\\' => self.pos += 2,
        _ => self.pos += 1,
      }
    }
    Err(EsmError::UnterminatedTemplate { offset })
  }

  /// Skips the regular expression whose first `/` is here, with its flags.
  pub(super) fn skip_regular_expression(&mut self) -> Result<(), EsmError> {
    let offset = self.pos;
    let mut in_class = false;
    self.pos += 1;
    while !self.is_at_end() && !self.is_line_break() {
      match self.peek() {
        b'/' if !in_class => {
          self.pos += 1;
          self.skip_word();
          return Ok(());
        }
        b'[' => in_class = true,
        b']' => in_class = false,
        b'\\' => {
          self.pos += 1;
          if self.is_line_break() {
            break;
          }
        }
        _ => {}
      }
      self.pos += 1;
    }
    Err(EsmError::UnterminatedRegularExpression { offset })
  }

  fn skip_line(&mut self) {
    while !self.is_at_end() && !self.is_line_break() {
      self.pos += 1;
    }
  }

  /// Says whether the comment spans lines, because then it ends a line as far as JavaScript cares.
  fn skip_block_comment(&mut self) -> Result<bool, EsmError> {
    let offset = self.pos;
    let mut line_break = false;
    self.pos += 2;
    while !self.is_at_end() {
      if self.peek() == b'*' && self.byte(self.pos + 1) == b'/' {
        self.pos += 2;
        return Ok(line_break);
      }
      line_break |= self.is_line_break();
      self.pos += 1;
    }
    Err(EsmError::UnterminatedComment { offset })
  }

  /// Skips a backslash and the character behind it; `\` before CRLF covers both.
  fn skip_escape(&mut self) {
    let length = if self.byte(self.pos + 1) == b'\r' && self.byte(self.pos + 2) == b'\n' {
      3
    } else {
      2
    };
    self.pos += length;
  }

  /// Skips `\u0061` or `\u{61}` in an identifier. The braces must not be mistaken for a block.
  fn skip_identifier_escape(&mut self) {
    self.pos += 1;
    if self.starts_with(b"u{") {
      self.pos += 2;
      while self.peek().is_ascii_hexdigit() {
        self.pos += 1;
      }
      if self.peek() == b'}' {
        self.pos += 1;
      }
    }
  }

  fn is_line_break(&self) -> bool {
    match self.peek() {
      b'\n' | b'\r' => true,
      0xe2 => matches!(self.space(), Some(Space::LineBreak(_))),
      _ => false,
    }
  }

  fn space(&self) -> Option<Space> {
    let at = self.pos;
    match (self.byte(at), self.byte(at + 1), self.byte(at + 2)) {
      (b' ' | b'\t' | 11 | 12, _, _) => Some(Space::Blank(1)),
      (b'\n' | b'\r', _, _) => Some(Space::LineBreak(1)),
      (0xc2, 0xa0, _) => Some(Space::Blank(2)),
      // U+2028 and U+2029 end a line; the rest are the space separators of Unicode and U+FEFF.
      (0xe2, 0x80, 0xa8 | 0xa9) => Some(Space::LineBreak(3)),
      (0xe2, 0x80, 0x80..=0x8a | 0xaf)
      | (0xe2, 0x81, 0x9f)
      | (0xe1, 0x9a, 0x80)
      | (0xe3, 0x80, 0x80)
      | (0xef, 0xbb, 0xbf) => Some(Space::Blank(3)),
      _ => None,
    }
  }
}
