//! Assignments to `exports` and `module.exports`.

use super::CjsError;
use super::lexer::{Lexer, OrderedSet};
use super::shape::{Match, Stop, matched_or_error, unescape_literal};

impl<'a> Lexer<'a> {
  pub(super) fn module_exports_assignment(&mut self) -> Result<(), CjsError> {
    self.pos += b"module".len();
    let revert = self.pos - 1;
    if self.next() == b'.' {
      self.pos += 1;
      self.next();
      if self.is_here(b"exports") {
        return self.exports_assignment(true);
      }
    }
    self.pos = revert;
    Ok(())
  }

  /// `exports.a =`, `exports["a"] =`, and if `is_module` also `module.exports =`.
  pub(super) fn exports_assignment(&mut self, is_module: bool) -> Result<(), CjsError> {
    self.pos += b"exports".len();
    let revert = self.pos - 1;
    match self.next() {
      b'.' => {
        if let Some(name) = self.exports_member() {
          self.exports.add(Some(name));
          return Ok(());
        }
      }
      b'[' => {
        let matched = self.exports_index();
        if let Some(name) = matched_or_error(matched)? {
          self.exports.add(unescape_literal(name));
        }
      }
      b'=' if is_module => {
        self.reexports = OrderedSet::default();
        self.pos += 1;
        match self.next() {
          b'{' => return self.exports_object(),
          b'r' => {
            let specifier = self.require()?;
            self.reexports.add(specifier);
          }
          _ => {}
        }
      }
      _ => {}
    }
    self.pos = revert;
    Ok(())
  }

  /// Ends at the `=`.
  fn exports_member(&mut self) -> Option<String> {
    self.pos += 1;
    self.next();
    let name = self.identifier()?.to_owned();
    (self.next() == b'=').then_some(name)
  }

  fn exports_index(&mut self) -> Match<&'a str> {
    self.expect(b"[")?;
    let name = self.expect_string()?;
    self.expect(b"]")?;
    self.expect(b"=")?;
    Ok(name)
  }

  /// `{ a, b: c, "d": e, ...require("f") }`, up to the first property that is more complicated.
  fn exports_object(&mut self) -> Result<(), CjsError> {
    let revert = self.pos - 1;
    let matched = self.exports_properties();
    if matched_or_error(matched)?.is_none() {
      self.pos = revert;
    }
    Ok(())
  }

  fn exports_properties(&mut self) -> Match {
    loop {
      self.pos += 1;
      if self.pos >= self.characters.len() {
        return Ok(());
      }
      let next = match self.next() {
        b'.' => self.exports_spread()?,
        b'\'' | b'"' => {
          let name = unescape_literal(self.expect_string()?);
          let has_value = self.next() == b':';
          let next = self.exports_value()?;
          if has_value {
            self.exports.add(name);
          }
          next
        }
        _ => {
          let name = self.expect_identifier()?.to_owned();
          let next = self.exports_value()?;
          self.exports.add(Some(name));
          next
        }
      };
      match next {
        b'}' => return Ok(()),
        b',' => {}
        _ => return Err(Stop::Mismatch),
      }
    }
  }

  /// What comes behind a property, whose value can be nothing but an identifier.
  fn exports_value(&mut self) -> Match<u8> {
    if self.next() != b':' {
      return Ok(self.peek(0));
    }
    self.pos += 1;
    self.expect_identifier()?;
    Ok(self.peek(0))
  }

  fn exports_spread(&mut self) -> Match<u8> {
    self.expect(b"...")?;
    match self.require()? {
      Some(specifier) => {
        self.reexports.add(Some(specifier));
        self.pos += 1;
      }
      None => {
        self.identifier().ok_or(Stop::Mismatch)?;
      }
    }
    Ok(self.next())
  }
}
