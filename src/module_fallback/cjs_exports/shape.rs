//! Shapes of code, matched token by token with white space and comments in between.
//!
//! Invariant: a mismatch decides nothing. Whoever tried the shape goes back to where it began, and the
//! token loop reads the same tokens as ordinary code.

use super::super::esm::unescape;
use super::CjsError;
use super::lexer::Lexer;

/// Why a shape did not match.
pub(super) enum Stop {
  /// This is other code.
  Mismatch,
  /// This is no code at all.
  Error(CjsError),
}

impl From<CjsError> for Stop {
  fn from(error: CjsError) -> Self {
    Self::Error(error)
  }
}

pub(super) type Match<T = ()> = Result<T, Stop>;

impl<'a> Lexer<'a> {
  pub(super) fn expect(&mut self, token: &[u8]) -> Match {
    self.next();
    self.expect_here(token)
  }

  pub(super) fn expect_all(&mut self, tokens: &[&[u8]]) -> Match {
    tokens.iter().try_for_each(|token| self.expect(token))
  }

  /// The same without white space or comments before.
  pub(super) fn expect_here(&mut self, token: &[u8]) -> Match {
    if !self.is_here(token) {
      return Err(Stop::Mismatch);
    }
    self.pos += token.len();
    Ok(())
  }

  /// Stays at the token, because the token loop goes on behind it.
  pub(super) fn expect_last(&mut self, token: &[u8]) -> Match {
    self.expect(token)?;
    self.pos -= 1;
    Ok(())
  }

  pub(super) fn eat(&mut self, token: &[u8]) {
    // Optional: a mismatch has moved over nothing but white space and comments.
    let _ = self.expect(token);
  }

  pub(super) fn expect_identifier(&mut self) -> Match<&'a str> {
    self.next();
    self.identifier().ok_or(Stop::Mismatch)
  }

  pub(super) fn identifier(&mut self) -> Option<&'a str> {
    let start = self.pos;
    loop {
      match self
        .characters
        .identifier_length(self.pos, self.pos == start)
      {
        0 => break,
        length => self.pos += length,
      }
    }
    (self.pos > start).then(|| self.characters.text(start..self.pos))
  }

  /// A string with its quotes.
  pub(super) fn expect_string(&mut self) -> Match<&'a str> {
    if !matches!(self.next(), b'\'' | b'"') {
      return Err(Stop::Mismatch);
    }
    let start = self.pos;
    self.skip_string()?;
    self.pos += 1;
    Ok(self.characters.text(start..self.pos))
  }

  pub(super) fn expect_quoted(&mut self, text: &[u8]) -> Match {
    let quote = self.next();
    if !matches!(quote, b'\'' | b'"') {
      return Err(Stop::Mismatch);
    }
    self.pos += 1;
    self.expect_here(text)?;
    self.expect(&[quote])
  }

  /// `exports` or `module.exports`.
  pub(super) fn expect_exports(&mut self) -> Match {
    if self.next() == b'm' {
      self.expect_all(&[b"module", b"."])?;
    }
    self.expect(b"exports")
  }

  /// `get: function () { return`, or the same as a method.
  pub(super) fn expect_getter(&mut self) -> Match {
    self.expect(b"get")?;
    if self.next() == b':' {
      self.pos += 1;
      self.expect(b"function")?;
      let keyword_end = self.pos;
      if self.next() != b'(' {
        if self.pos == keyword_end {
          return Err(Stop::Mismatch);
        }
        self.expect_identifier()?;
      }
    }
    self.expect_all(&[b"(", b")", b"{", b"return"])
  }

  /// `; } }`, with a comma between the braces if need be.
  pub(super) fn expect_end_of_getter(&mut self) -> Match {
    self.eat(b";");
    self.expect(b"}")?;
    self.eat(b",");
    self.expect(b"}")
  }
}

/// A mismatch is `None`.
pub(super) fn matched_or_error<T>(matched: Match<T>) -> Result<Option<T>, CjsError> {
  match matched {
    Ok(value) => Ok(Some(value)),
    Err(Stop::Mismatch) => Ok(None),
    Err(Stop::Error(error)) => Err(error),
  }
}

/// The value of a string that still has its quotes.
pub(super) fn unescape_literal(literal: &str) -> Option<String> {
  unescape(literal.get(1..literal.len().checked_sub(1)?)?)
}
