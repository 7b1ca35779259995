//! What the characters around a position are.
//!
//! Invariant: any position may be asked about; beyond the source everything is 0, which is no
//! character that the lexer looks for. Positions count bytes and wrap below zero.

use std::ops::Range;

/// Operators that are words: behind them a `/` opens a regular expression.
const EXPRESSION_KEYWORDS: [&[u8]; 14] = [
  b"await",
  b"case",
  b"debugger",
  b"delete",
  b"do",
  b"else",
  b"in",
  b"instanceof",
  b"new",
  b"return",
  b"throw",
  b"typeof",
  b"void",
  b"yield",
];

#[derive(Debug, Clone, Copy)]
pub(super) struct Characters<'a> {
  source: &'a str,
}

impl<'a> Characters<'a> {
  pub(super) fn new(source: &'a str) -> Self {
    Self { source }
  }

  pub(super) fn len(self) -> usize {
    self.source.len()
  }

  pub(super) fn at(self, at: usize) -> u8 {
    self.source.as_bytes().get(at).copied().unwrap_or(0)
  }

  pub(super) fn text(self, range: Range<usize>) -> &'a str {
    self.source.get(range).unwrap_or_default()
  }

  pub(super) fn starts_with(self, at: usize, text: &[u8]) -> bool {
    self
      .source
      .as_bytes()
      .get(at..)
      .is_some_and(|rest| rest.starts_with(text))
  }

  /// Whether `text` ends at and includes `last`.
  pub(super) fn ends_with(self, last: usize, text: &[u8]) -> bool {
    self
      .source
      .as_bytes()
      .get(..=last)
      .is_some_and(|head| head.ends_with(text))
  }

  /// The length of the white space character here, 0 if there is none. U+00A0 is the only one beyond
  /// ASCII that the lexer knows.
  pub(super) fn space_length(self, at: usize) -> usize {
    match self.at(at) {
      9..=13 | b' ' => 1,
      0xc2 if self.at(at + 1) == 0xa0 => 2,
      _ => 0,
    }
  }

  /// Whether the byte belongs to an identifier, a keyword or a number.
  pub(super) fn is_word(self, at: usize) -> bool {
    match self.at(at) {
      b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'$' | b'_' | b'\\' => true,
      0xc2 => self.space_length(at) == 0,
      0xa0 => self.at(at.wrapping_sub(1)) != 0xc2,
      byte => byte > 127,
    }
  }

  /// The length of the character here if an identifier may have it, first or later; otherwise 0.
  pub(super) fn identifier_length(self, at: usize, is_first: bool) -> usize {
    match self.at(at) {
      b'a'..=b'z' | b'A'..=b'Z' | b'$' | b'_' => 1,
      b'0'..=b'9' if !is_first => 1,
      128.. => self.identifier_length_beyond_ascii(at),
      _ => 0,
    }
  }

  fn identifier_length_beyond_ascii(self, at: usize) -> usize {
    let character = self.source.get(at..).and_then(|rest| rest.chars().next());
    character
      .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
      .map_or(0, char::len_utf8)
  }

  /// Where the character that ends before `end` starts.
  pub(super) fn previous(self, end: usize) -> Option<usize> {
    self
      .source
      .get(..end)?
      .char_indices()
      .next_back()
      .map(|(at, _)| at)
  }

  /// Whether a word here is a keyword rather than a property or the rest of a longer word.
  pub(super) fn is_keyword_start(self, at: usize) -> bool {
    at == 0
      || match self.at(at - 1) {
        9..=13 | b' ' => true,
        0xa0 => self.at(at.wrapping_sub(2)) == 0xc2,
        b'.' => false,
        byte => is_punctuator(byte),
      }
  }

  pub(super) fn is_expression_keyword(self, last: usize) -> bool {
    EXPRESSION_KEYWORDS.iter().any(|keyword| {
      self.ends_with(last, keyword) && self.is_keyword_start(last + 1 - keyword.len())
    })
  }

  /// Whether the parentheses behind the word that ends here precede a statement.
  pub(super) fn is_parenthesis_keyword(self, last: usize) -> bool {
    [b"while".as_slice(), b"for", b"if"]
      .iter()
      .any(|keyword| self.ends_with(last, keyword))
  }

  /// Whether a brace behind the token that ends here opens a block of statements.
  pub(super) fn is_expression_terminator(self, last: usize) -> bool {
    matches!(self.at(last), b';' | b')')
      || [b"=>".as_slice(), b"catch", b"finally", b"else"]
        .iter()
        .any(|token| self.ends_with(last, token))
  }
}

/// One of `!%&()*+,-./:;<=>?[]^{|}~`.
pub(super) fn is_punctuator(byte: u8) -> bool {
  matches!(byte, b'!' | b'%' | b'&' | b'('..=b'/' | b':'..=b'?' | b'[' | b']' | b'^' | b'{'..=b'~')
}

/// A punctuator that leaves an expression unfinished.
pub(super) fn is_expression_punctuator(byte: u8) -> bool {
  is_punctuator(byte) && !matches!(byte, b')' | b'/' | b']' | b'}')
}
