//! The token loop: keeps code apart from strings, comments, templates and regular expressions, and
//! hands the words that may begin an export to `assignments`, `require` and `object`.
//!
//! Invariant: `pos` is the last byte of what has been read, as in the original; the loop adds 1.

use std::collections::{HashMap, HashSet};

use super::characters::{Characters, is_expression_punctuator, is_punctuator};
use super::{CjsError, CjsExports, EsmSyntax};

/// The original's limit, kept because it decides what is an error.
const DEPTH_MAX: usize = 2048;

/// A position before the source, where every character is 0.
const NOWHERE: usize = usize::MAX;

/// Strings in the order in which they were first added.
#[derive(Debug, Default)]
pub(super) struct OrderedSet {
  pub(super) order: Vec<String>,
  seen: HashSet<String>,
}

impl OrderedSet {
  /// Adds a decoded string, unless it could not be decoded.
  pub(super) fn add(&mut self, text: Option<String>) {
    if let Some(text) = text
      && self.seen.insert(text.clone())
    {
      self.order.push(text);
    }
  }
}

/// What is remembered of a bracket, even after it was closed: until another one is opened at the same
/// depth, a `/` may ask about it.
#[derive(Debug, Clone, Copy)]
struct Opening {
  /// The last byte of the token before the bracket.
  before: usize,
  is_class: bool,
}

pub(super) struct Lexer<'a> {
  pub(super) characters: Characters<'a>,
  pub(super) pos: usize,
  /// The last byte of the last token that is no comment.
  last_token: usize,
  last_slash_divides: bool,
  next_brace_is_class: bool,
  openings: Vec<Opening>,
  depth: usize,
  /// The depths of the template substitutions around the current position.
  templates: Vec<usize>,
  pub(super) exports: OrderedSet,
  pub(super) reexports: OrderedSet,
  /// Names defined with a getter that may do anything. They are no exports, wherever else they appear.
  pub(super) unsafe_getters: HashSet<String>,
  /// Variables that hold the result of a `require()`, and its specifier.
  pub(super) required: HashMap<&'a str, String>,
}

impl<'a> Lexer<'a> {
  pub(super) fn new(source: &'a str) -> Self {
    Self {
      characters: Characters::new(source),
      pos: 0,
      last_token: NOWHERE,
      last_slash_divides: false,
      next_brace_is_class: false,
      openings: Vec::new(),
      depth: 0,
      templates: Vec::new(),
      exports: OrderedSet::default(),
      reexports: OrderedSet::default(),
      unsafe_getters: HashSet::new(),
      required: HashMap::new(),
    }
  }

  pub(super) fn run(mut self) -> Result<CjsExports, CjsError> {
    if self.is_here(b"#!") {
      self.skip_line();
    }
    while self.pos < self.characters.len() {
      if !matches!(self.peek(0), 9..=13 | b' ') {
        self.token()?;
      }
      self.pos += 1;
    }
    if self.depth > 0 || !self.templates.is_empty() {
      return Err(CjsError::Unclosed {
        depth: self.depth.max(self.templates.len()),
      });
    }
    let is_safe = |name: &String| !self.unsafe_getters.contains(name);
    let exports = self.exports.order.into_iter().filter(is_safe).collect();
    Ok(CjsExports {
      exports,
      reexports: self.reexports.order,
    })
  }

  fn token(&mut self) -> Result<(), CjsError> {
    match (self.peek(0), self.peek(1)) {
      // Comments do not count as the last token.
      (b'/', b'/') => {
        self.skip_line();
        return Ok(());
      }
      (b'/', b'*') => {
        self.skip_block_comment();
        return Ok(());
      }
      (b'i' | b'r' | b'_', _) if self.depth == 0 => self.top_level_word()?,
      (b'c' | b'e' | b'm' | b'O', _) => self.word()?,
      (b'(', _) => self.open(self.last_token)?,
      (b'{', _) => {
        self.open(self.last_token)?;
        self.openings[self.depth - 1].is_class = std::mem::take(&mut self.next_brace_is_class);
      }
      (b')', _) => self.close()?,
      (b'}', _) => self.close_brace()?,
      (b'\'' | b'"', _) => self.skip_string()?,
      (b'/', _) => self.slash()?,
      (b'`', _) => self.template_text()?,
      _ => self.skip_word(),
    }
    self.last_token = self.pos;
    Ok(())
  }

  /// Words that matter only outside of all brackets.
  fn top_level_word(&mut self) -> Result<(), CjsError> {
    let start = self.pos;
    let is_keyword = self.characters.is_keyword_start(start);
    if self.is_here(b"import") {
      if is_keyword {
        self.import()?;
      }
    } else if self.is_here(b"r") {
      self.require_for_star_export(start)?;
    } else if is_keyword || self.characters.at(start.wrapping_sub(1)) == b'.' {
      if self.is_here(b"_interopRequireWildcard") {
        self.interop_require_wildcard(start)?;
      } else if self.is_here(b"__export") {
        self.export_star_helper()?;
      }
    }
    self.skip_word();
    Ok(())
  }

  /// Words that matter at any depth.
  fn word(&mut self) -> Result<(), CjsError> {
    if self.characters.is_keyword_start(self.pos) {
      if self.is_here(b"exports") {
        self.exports_assignment(false)?;
      } else if self.is_here(b"export") && self.depth == 0 {
        self.export()?;
      } else if self.is_here(b"class") && self.characters.space_length(self.pos + 5) > 0 {
        self.next_brace_is_class = true;
      } else if self.is_here(b"module") {
        self.module_exports_assignment()?;
      } else if self.is_here(b"Object") {
        self.object_method(self.depth == 0)?;
      }
    }
    self.skip_word();
    Ok(())
  }

  /// `import` is an error, except for `import(` and where it turns out to begin a longer word.
  fn import(&mut self) -> Result<(), CjsError> {
    let offset = self.pos;
    self.pos += 6;
    match self.next() {
      b'(' => self.open(offset),
      b'.' => Err(CjsError::EsmSyntax {
        syntax: EsmSyntax::ImportMeta,
        offset,
      }),
      b'"' | b'\'' | b'{' | b'*' => Err(CjsError::EsmSyntax {
        syntax: EsmSyntax::Import,
        offset,
      }),
      _ if self.pos == offset + 6 => Ok(()),
      _ => Err(CjsError::EsmSyntax {
        syntax: EsmSyntax::Import,
        offset,
      }),
    }
  }

  fn export(&mut self) -> Result<(), CjsError> {
    let offset = self.pos;
    self.pos += 6;
    let byte = self.next();
    if self.pos == offset + 6 && !is_punctuator(byte) {
      return Ok(());
    }
    Err(CjsError::EsmSyntax {
      syntax: EsmSyntax::Export,
      offset,
    })
  }

  pub(super) fn open_here(&mut self) -> Result<(), CjsError> {
    self.open(self.last_token)
  }

  fn open(&mut self, before: usize) -> Result<(), CjsError> {
    if self.depth == DEPTH_MAX {
      return Err(CjsError::TooDeep { offset: self.pos });
    }
    match self.openings.get_mut(self.depth) {
      Some(opening) => opening.before = before,
      None => self.openings.push(Opening {
        before,
        is_class: false,
      }),
    }
    self.depth += 1;
    Ok(())
  }

  fn close(&mut self) -> Result<(), CjsError> {
    self.depth = self
      .depth
      .checked_sub(1)
      .ok_or(CjsError::UnexpectedClosing { offset: self.pos })?;
    Ok(())
  }

  fn close_brace(&mut self) -> Result<(), CjsError> {
    let offset = self.pos;
    self.close()?;
    match self.templates.last() {
      Some(&template) if self.depth + 1 == template => {
        self.templates.pop();
        self.template_text()
      }
      Some(&template) if self.depth < template => Err(CjsError::UnexpectedClosing { offset }),
      _ => Ok(()),
    }
  }

  /// Goes on with template text, behind a backtick or the `}` of a substitution.
  fn template_text(&mut self) -> Result<(), CjsError> {
    let offset = self.pos;
    self.pos += 1;
    while self.pos < self.characters.len() {
      match self.peek(0) {
        b'$' if self.peek(1) == b'{' => {
          self.pos += 1;
          // The slot is not the substitution's own in the original either: it keeps what it had.
          let before = self
            .openings
            .get(self.depth)
            .map_or(NOWHERE, |opening| opening.before);
          self.open(before)?;
          self.templates.push(self.depth);
          return Ok(());
        }
        b'`' => return Ok(()),
        b'\\' => self.pos += 2,
        _ => self.pos += 1,
      }
    }
    Err(CjsError::UnterminatedTemplate { offset })
  }

  fn slash(&mut self) -> Result<(), CjsError> {
    self.last_slash_divides = !self.opens_regular_expression();
    if self.last_slash_divides {
      Ok(())
    } else {
      self.skip_regular_expression()
    }
  }

  /// Tells a regular expression from a division by the token before, and behind a closing bracket by
  /// the token before the opening one.
  fn opens_regular_expression(&self) -> bool {
    let characters = self.characters;
    let before_last = characters.at(self.last_token.wrapping_sub(1));
    let opening = self.openings.get(self.depth);
    match characters.at(self.last_token) {
      0 => true,
      b'.' => !before_last.is_ascii_digit(),
      byte @ (b'+' | b'-') => before_last != byte,
      b')' => opening.is_some_and(|opening| characters.is_parenthesis_keyword(opening.before)),
      b'}' => opening.is_some_and(|opening| {
        opening.is_class || characters.is_expression_terminator(opening.before)
      }),
      b'/' => self.last_slash_divides,
      byte => is_expression_punctuator(byte) || characters.is_expression_keyword(self.last_token),
    }
  }

  /// Skips white space and comments, and tells what comes after them.
  pub(super) fn next(&mut self) -> u8 {
    loop {
      match (self.peek(0), self.peek(1)) {
        (b'/', b'/') => self.skip_line(),
        (b'/', b'*') => {
          self.skip_block_comment();
          self.pos += 1;
        }
        (byte, _) => match self.characters.space_length(self.pos) {
          0 => return byte,
          length => self.pos += length,
        },
      }
    }
  }

  pub(super) fn peek(&self, ahead: usize) -> u8 {
    self.characters.at(self.pos.wrapping_add(ahead))
  }

  pub(super) fn is_here(&self, text: &[u8]) -> bool {
    self.characters.starts_with(self.pos, text)
  }

  /// Moves to the last byte of the word that this byte is part of, if it is.
  fn skip_word(&mut self) {
    if self.characters.is_word(self.pos) {
      while self.characters.is_word(self.pos + 1) {
        self.pos += 1;
      }
    }
  }

  /// Moves to the line break.
  fn skip_line(&mut self) {
    while self.pos < self.characters.len() && !matches!(self.peek(0), b'\n' | b'\r') {
      self.pos += 1;
    }
  }

  /// Moves to the closing slash. A comment that does not end is no error in the original.
  fn skip_block_comment(&mut self) {
    self.pos += 2;
    while self.pos < self.characters.len() && !self.is_here(b"*/") {
      self.pos += 1;
    }
    self.pos += 1;
  }

  /// Moves to the closing quote.
  pub(super) fn skip_string(&mut self) -> Result<(), CjsError> {
    let offset = self.pos;
    let quote = self.peek(0);
    self.pos += 1;
    while self.pos < self.characters.len() {
      match self.peek(0) {
        byte if byte == quote => return Ok(()),
        b'\\' if self.peek(1) == b'\r' && self.peek(2) == b'\n' => self.pos += 3,
        b'\\' => self.pos += 2,
        b'\n' | b'\r' => break,
        _ => self.pos += 1,
      }
    }
    Err(CjsError::UnterminatedString { offset })
  }

  /// Moves to the closing slash. Flags are a word of their own.
  fn skip_regular_expression(&mut self) -> Result<(), CjsError> {
    let offset = self.pos;
    let mut in_class = false;
    self.pos += 1;
    while self.pos < self.characters.len() {
      match self.peek(0) {
        b'/' if !in_class => return Ok(()),
        b'[' => in_class = true,
        b']' => in_class = false,
        b'\\' => self.pos += 1,
        b'\n' | b'\r' => break,
        _ => {}
      }
      self.pos += 1;
    }
    Err(CjsError::UnterminatedRegularExpression { offset })
  }
}
