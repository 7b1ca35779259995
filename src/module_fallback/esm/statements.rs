//! `import` and `export` in all their forms, and `import.meta`.
//!
//! Invariant: looking ahead is bounded by a constant number of tokens, or by a bracket from whose
//! inside nothing looks ahead again. What is inside of other brackets is left to the token loop.

use std::ops::Range;

use super::cursor::{Cursor, TemplateStop};
use super::scanner::{Before, Scanner};
use super::string_literal::unescape;
use super::{EsmError, Import, ImportKind, Require};

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
  fn dynamic_import(&mut self, ahead: Cursor<'a>) -> Result<(), EsmError> {
    let Some((range, mut ahead)) = literal_argument(ahead)? else {
      return Ok(());
    };
    let attributes = match ahead.peek() {
      b')' => None,
      b',' => {
        let start = ahead.pos;
        ahead.pos += 1;
        ahead.skip_trivia()?;
        skip_literal_object(&mut ahead)?.then_some(start..ahead.pos)
      }
      _ => return Ok(()),
    };
    self.add_import(range, ImportKind::Dynamic, Vec::new(), attributes);
    Ok(())
  }

  /// Notes the literal argument of `require(`. The brackets are left to the main loop.
  pub(super) fn require(&mut self) -> Result<(), EsmError> {
    let mut ahead = self.cursor;
    ahead.skip_trivia()?;
    if ahead.peek() != b'(' {
      return Ok(());
    }
    let Some((range, ahead)) = literal_argument(ahead)? else {
      return Ok(());
    };
    if ahead.peek() == b')' {
      let specifier = self.text(&range);
      self.module.requires.push(Require { specifier, range });
    }
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
    let mut names = Vec::new();
    for token in 0..CLAUSE_TOKENS_MAX {
      ahead.skip_trivia()?;
      match ahead.peek() {
        b'"' | b'\'' if follows_from => {
          self.module.has_module_syntax = true;
          return self.specifier(ahead, ImportKind::Static, names);
        }
        b'{' if self.names(&mut ahead, &mut names)? => follows_from = false,
        b'*' | b',' => {
          ahead.pos += 1;
          follows_from = false;
        }
        _ => match next_word(&mut ahead)? {
          b"" => return Ok(()),
          word => {
            follows_from = word == b"from";
            // The binding of the default export, or a phase.
            if token == 0 {
              names.push("default".to_owned());
            }
          }
        },
      }
    }
    Ok(())
  }

  pub(super) fn export(&mut self) -> Result<(), EsmError> {
    self.before = Before::Statement;
    let mut ahead = self.cursor;
    let mut names = Vec::new();
    ahead.skip_trivia()?;
    match ahead.peek() {
      b'{' => {
        if !self.names(&mut ahead, &mut names)? {
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
        return self.specifier(ahead, ImportKind::ExportFrom, names);
      }
    }
    Ok(())
  }

  /// Notes the string that ends a static import or export. Attributes are left to the main loop.
  fn specifier(
    &mut self,
    mut ahead: Cursor<'a>,
    kind: ImportKind,
    names: Vec<String>,
  ) -> Result<(), EsmError> {
    let start = ahead.pos + 1;
    ahead.skip_string()?;
    self.cursor = ahead;
    self.before = Before::Statement;
    let line_break = ahead.skip_trivia()?;
    let from = ahead.pos;
    let has_attributes = match next_word(&mut ahead)? {
      b"with" => true,
      b"assert" => !line_break,
      _ => false,
    };
    ahead.skip_trivia()?;
    let attributes =
      (has_attributes && skip_literal_object(&mut ahead)?).then_some(from..ahead.pos);
    self.add_import(start..self.cursor.pos - 1, kind, names, attributes);
    Ok(())
  }

  fn add_import(
    &mut self,
    range: Range<usize>,
    kind: ImportKind,
    names: Vec<String>,
    attributes: Option<Range<usize>>,
  ) {
    self.module.imports.push(Import {
      specifier: self.text(&range),
      range,
      kind,
      names,
      attributes,
    });
  }

  /// What a string literal says, by the range between its quotes.
  fn text(&self, range: &Range<usize>) -> String {
    let raw = self.source.get(range.clone()).unwrap_or_default();
    // A malformed escape is a syntax error that the runtime words better.
    unescape(raw).unwrap_or_else(|| raw.to_owned())
  }

  /// Reads `{ a, b as c, "d" as e }` and notes `a`, `b` and `d`; false if something else is inside.
  fn names(&self, ahead: &mut Cursor<'a>, names: &mut Vec<String>) -> Result<bool, EsmError> {
    ahead.pos += 1;
    let mut is_first = true;
    loop {
      ahead.skip_trivia()?;
      let start = ahead.pos;
      let name = match ahead.peek() {
        b'}' => {
          ahead.pos += 1;
          return Ok(true);
        }
        b',' => {
          ahead.pos += 1;
          is_first = true;
          continue;
        }
        b'"' | b'\'' => {
          ahead.skip_string()?;
          self.text(&(start + 1..ahead.pos - 1))
        }
        _ => {
          ahead.skip_word();
          self
            .source
            .get(start..ahead.pos)
            .unwrap_or_default()
            .to_owned()
        }
      };
      if ahead.pos == start {
        return Ok(false);
      }
      if std::mem::take(&mut is_first) {
        names.push(name);
      }
    }
  }
}

/// Behind the bracket at `ahead`: the range of a literal, and what comes after it and its trivia.
fn literal_argument(mut ahead: Cursor<'_>) -> Result<Option<(Range<usize>, Cursor<'_>)>, EsmError> {
  ahead.pos += 1;
  ahead.skip_trivia()?;
  let start = ahead.pos + 1;
  match ahead.peek() {
    b'"' | b'\'' => ahead.skip_string()?,
    b'`' => {
      ahead.pos += 1;
      if ahead.skip_template_text()? == TemplateStop::Substitution {
        return Ok(None);
      }
    }
    _ => return Ok(None),
  }
  let range = start..ahead.pos - 1;
  ahead.skip_trivia()?;
  Ok(Some((range, ahead)))
}

/// More tokens than any import attributes have.
const OBJECT_TOKENS_MAX: usize = 64;

/// Skips `{ with: { type: "json" } }`, and the like; false if anything but words and strings is inside.
fn skip_literal_object(ahead: &mut Cursor<'_>) -> Result<bool, EsmError> {
  let mut depth = 0;
  for _ in 0..OBJECT_TOKENS_MAX {
    match ahead.peek() {
      b'{' => {
        depth += 1;
        ahead.pos += 1;
      }
      b'}' if depth > 0 => {
        depth -= 1;
        ahead.pos += 1;
        if depth == 0 {
          return Ok(true);
        }
      }
      _ if depth == 0 => return Ok(false),
      b':' | b',' => ahead.pos += 1,
      b'"' | b'\'' => ahead.skip_string()?,
      _ if next_word(ahead)?.is_empty() => return Ok(false),
      _ => {}
    }
    ahead.skip_trivia()?;
  }
  Ok(false)
}

/// Skips trivia and then a word, which is empty if none is there.
fn next_word<'a>(ahead: &mut Cursor<'a>) -> Result<&'a [u8], EsmError> {
  ahead.skip_trivia()?;
  let start = ahead.pos;
  ahead.skip_word();
  Ok(ahead.slice(start, ahead.pos))
}
