//! `import` and `export` in all their forms, and `import.meta`.
//!
//! Invariant: looking ahead is bounded by a constant number of tokens, or by a bracket from whose
//! inside nothing looks ahead again. What is inside of other brackets is left to the token loop.

use std::ops::Range;

use super::cursor::{Cursor, TemplateStop};
use super::scanner::{Before, Scanner};
use super::string_literal::unescape;
use super::{EsmError, Import, ImportKind};

/// More tokens than any import clause has: `import a, * as b from`.
const CLAUSE_TOKENS_MAX: usize = 8;

impl<'a> Scanner<'a> {
  pub(super) fn import(&mut self, start: usize) -> Result<(), EsmError> {
    self.before = Before::Value;
    let mut ahead = self.cursor;
    ahead.skip_trivia()?;
    match ahead.peek() {
      b'(' => self.dynamic_import(ahead),
      b'.' => self.import_property(start, ahead),
      // Anywhere else `import` can only be a property's name.
      _ if self.is_top_level() => self.static_import(),
      _ => Ok(()),
    }
  }

  /// Notes the literal argument of `import(`. The brackets are left to the main loop.
  fn dynamic_import(&mut self, mut ahead: Cursor<'a>) -> Result<(), EsmError> {
    ahead.pos += 1;
    ahead.skip_trivia()?;
    let start = ahead.pos + 1;
    match ahead.peek() {
      b'"' | b'\'' => ahead.skip_string()?,
      b'`' => {
        ahead.pos += 1;
        if ahead.skip_template_text()? == TemplateStop::Substitution {
          return Ok(());
        }
      }
      _ => return Ok(()),
    }
    let range = start..ahead.pos - 1;
    ahead.skip_trivia()?;
    let has_attributes = match ahead.peek() {
      b')' => false,
      b',' => {
        ahead.pos += 1;
        ahead.skip_trivia()?;
        ahead.peek() != b')'
      }
      _ => return Ok(()),
    };
    self.add_import(range, ImportKind::Dynamic, has_attributes);
    Ok(())
  }

  /// `import.meta`, and the phases `import.defer(` and `import.source(`.
  fn import_property(&mut self, start: usize, mut ahead: Cursor<'a>) -> Result<(), EsmError> {
    ahead.pos += 1;
    match next_word(&mut ahead)? {
      b"meta" => {
        self.module.has_module_syntax = true;
        self.module.import_meta.push(start..ahead.pos);
        self.cursor = ahead;
        ahead.skip_trivia()?;
        if ahead.starts_with(b"?.") {
          ahead.pos += 1;
        }
        if ahead.peek() == b'.' {
          ahead.pos += 1;
          if next_word(&mut ahead)? == b"url" {
            self.module.import_meta_url.push(start..ahead.pos);
            self.cursor = ahead;
          }
        }
      }
      b"defer" | b"source" => {
        self.cursor = ahead;
        ahead.skip_trivia()?;
        if ahead.peek() == b'(' {
          self.dynamic_import(ahead)?;
        }
      }
      _ => {}
    }
    Ok(())
  }

  fn static_import(&mut self) -> Result<(), EsmError> {
    let mut ahead = self.cursor;
    let mut follows_from = true;
    for _ in 0..CLAUSE_TOKENS_MAX {
      ahead.skip_trivia()?;
      match ahead.peek() {
        b'"' | b'\'' if follows_from => {
          self.module.has_module_syntax = true;
          return self.specifier(ahead, ImportKind::Static);
        }
        b'{' if skip_names(&mut ahead)? => follows_from = false,
        b'*' | b',' => {
          ahead.pos += 1;
          follows_from = false;
        }
        _ => match next_word(&mut ahead)? {
          b"" => return Ok(()),
          word => follows_from = word == b"from",
        },
      }
    }
    Ok(())
  }

  pub(super) fn export(&mut self) -> Result<(), EsmError> {
    self.before = Before::Statement;
    let mut ahead = self.cursor;
    ahead.skip_trivia()?;
    match ahead.peek() {
      b'{' => {
        if !skip_names(&mut ahead)? {
          return Ok(());
        }
        self.cursor = ahead;
      }
      b'*' => {
        ahead.pos += 1;
        self.cursor = ahead;
        let mut alias = ahead;
        if next_word(&mut alias)? == b"as" {
          alias.skip_trivia()?;
          match alias.peek() {
            b'"' | b'\'' => alias.skip_string()?,
            _ => alias.skip_word(),
          }
          ahead = alias;
        }
      }
      b'a'..=b'z' | b'@' => {
        self.module.has_module_syntax = true;
        if next_word(&mut ahead)? == b"default" {
          self.cursor = ahead;
          self.before = Before::Default;
        }
        return Ok(());
      }
      _ => {
        self.before = Before::Value;
        return Ok(());
      }
    }
    self.module.has_module_syntax = true;
    if next_word(&mut ahead)? == b"from" {
      ahead.skip_trivia()?;
      if matches!(ahead.peek(), b'"' | b'\'') {
        return self.specifier(ahead, ImportKind::ExportFrom);
      }
    }
    Ok(())
  }

  /// Notes the string that ends a static import or export. Attributes are left to the main loop.
  fn specifier(&mut self, mut ahead: Cursor<'a>, kind: ImportKind) -> Result<(), EsmError> {
    let start = ahead.pos + 1;
    ahead.skip_string()?;
    self.cursor = ahead;
    self.before = Before::Statement;
    let line_break = ahead.skip_trivia()?;
    let has_attributes = match next_word(&mut ahead)? {
      b"with" => true,
      b"assert" => !line_break,
      _ => false,
    };
    ahead.skip_trivia()?;
    self.add_import(
      start..self.cursor.pos - 1,
      kind,
      has_attributes && ahead.peek() == b'{',
    );
    Ok(())
  }

  fn add_import(&mut self, range: Range<usize>, kind: ImportKind, has_attributes: bool) {
    let raw = self.source.get(range.clone()).unwrap_or_default();
    // A malformed escape is a syntax error that the runtime words better.
    let specifier = unescape(raw).unwrap_or_else(|| raw.to_owned());
    self.module.imports.push(Import {
      specifier,
      range,
      kind,
      has_attributes,
    });
  }
}

/// Skips trivia and then a word, which is empty if none is there.
fn next_word<'a>(ahead: &mut Cursor<'a>) -> Result<&'a [u8], EsmError> {
  ahead.skip_trivia()?;
  let start = ahead.pos;
  ahead.skip_word();
  Ok(ahead.slice(start, ahead.pos))
}

/// Skips `{ a, b as c, "d" as e }`; false if something else is inside.
fn skip_names(ahead: &mut Cursor<'_>) -> Result<bool, EsmError> {
  ahead.pos += 1;
  loop {
    ahead.skip_trivia()?;
    match ahead.peek() {
      b'}' => {
        ahead.pos += 1;
        return Ok(true);
      }
      b',' => ahead.pos += 1,
      b'"' | b'\'' => ahead.skip_string()?,
      _ if next_word(ahead)?.is_empty() => return Ok(false),
      _ => {}
    }
  }
}
