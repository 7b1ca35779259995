//! `require()`, on its own and in the helpers of compilers.

use super::CjsError;
use super::lexer::Lexer;
use super::shape::{Match, matched_or_error, unescape_literal};

impl<'a> Lexer<'a> {
  /// `var a = require("b")` outside of all brackets: remembers `a` for a later `Object.keys(a)`.
  pub(super) fn require_for_star_export(&mut self, start: usize) -> Result<(), CjsError> {
    if let Some(specifier) = self.require()?
      && self.characters.is_keyword_start(start)
      && let Some(name) = self.declared_before(start)
    {
      self.required.insert(name, specifier);
    }
    Ok(())
  }

  /// `var a = _interopRequireWildcard(require("b"))`, which Babel writes.
  pub(super) fn interop_require_wildcard(&mut self, start: usize) -> Result<(), CjsError> {
    self.pos += b"_interopRequireWildcard".len();
    if self.peek(0) == b'(' {
      self.open_here()?;
      self.pos += 1;
      self.require_for_star_export(start)?;
    }
    Ok(())
  }

  /// `__export(require("a"))` and `__exportStar(require("a"), exports)`, which TypeScript writes.
  pub(super) fn export_star_helper(&mut self) -> Result<(), CjsError> {
    self.pos += b"__export".len();
    if self.is_here(b"Star") {
      self.pos += 4;
    }
    if self.peek(0) == b'(' {
      self.open_here()?;
      if self.peek(1) == b'r' {
        self.pos += 1;
        let specifier = self.require()?;
        self.reexports.add(specifier);
      }
    }
    Ok(())
  }

  /// Reads `require("a")` up to the closing parenthesis, or nothing.
  pub(super) fn require(&mut self) -> Result<Option<String>, CjsError> {
    let revert = self.pos;
    let matched = self.require_call();
    let specifier = matched_or_error(matched)?.and_then(unescape_literal);
    if specifier.is_none() {
      self.pos = revert;
    }
    Ok(specifier)
  }

  fn require_call(&mut self) -> Match<&'a str> {
    self.expect_here(b"require")?;
    self.expect(b"(")?;
    let specifier = self.expect_string()?;
    self.expect_last(b")")?;
    Ok(specifier)
  }

  /// The name in `var name = ` (or `let`, or `const`) that ends at `end`.
  fn declared_before(&self, end: usize) -> Option<&'a str> {
    let characters = self.characters;
    let end = self.skip_spaces_back(end);
    let name_end = self.skip_spaces_back(
      end
        .checked_sub(1)
        .filter(|last| characters.at(*last) == b'=')?,
    );
    let mut start = name_end;
    let mut is_identifier = false;
    while let Some(previous) = characters.previous(start)
      && characters.identifier_length(previous, false) > 0
    {
      is_identifier = characters.identifier_length(previous, true) > 0;
      start = previous;
    }
    let keyword_end = self.skip_spaces_back(start);
    if !is_identifier || keyword_end == start {
      return None;
    }
    let keyword_last = keyword_end.checked_sub(1)?;
    let is_declared = [b"var".as_slice(), b"let", b"const"]
      .iter()
      .any(|keyword| characters.ends_with(keyword_last, keyword));
    is_declared.then(|| characters.text(start..name_end))
  }

  fn skip_spaces_back(&self, mut end: usize) -> usize {
    while end > 0 && self.characters.at(end - 1) == b' ' {
      end -= 1;
    }
    end
  }
}
