//! `Object.defineProperty(exports, …)`, and the loops over `Object.keys()` that TypeScript and Babel
//! write to pass on all exports of another module.

use super::CjsError;
use super::lexer::Lexer;
use super::shape::{Match, Stop, matched_or_error, unescape_literal};

/// How `Object.defineProperty` defines an export.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Definition {
  Value,
  Getter,
}

/// `a` and `k` of `Object.keys(a).forEach(function (k) {…})`.
#[derive(Clone, Copy)]
struct KeyLoop<'a> {
  module: &'a str,
  key: &'a str,
}

impl<'a> Lexer<'a> {
  /// `Object.defineProperty(exports, …)`, and if `has_keys` also the loop over `Object.keys(a)`.
  pub(super) fn object_method(&mut self, has_keys: bool) -> Result<(), CjsError> {
    self.pos += b"Object".len();
    let revert = self.pos - 1;
    if self.next() == b'.' {
      self.pos += 1;
      self.next();
      if self.is_here(b"defineProperty") {
        return self.define_property();
      }
      if has_keys && self.is_here(b"keys") {
        return self.reexport_keys();
      }
    }
    self.pos = revert;
    Ok(())
  }

  fn define_property(&mut self) -> Result<(), CjsError> {
    self.pos += b"defineProperty".len();
    let revert = self.pos - 1;
    let mut name = None;
    let matched = self.property_definition(&mut name);
    let definition = matched_or_error(matched)?;
    if definition != Some(Definition::Getter) {
      self.pos = revert;
    }
    let name = name.and_then(unescape_literal);
    match definition {
      Some(_) => self.exports.add(name),
      None => self.unsafe_getters.extend(name),
    }
    Ok(())
  }

  /// `(exports, "a", { enumerable: true, value: …` or `… get: function () { return b.c; } })`.
  fn property_definition(&mut self, name: &mut Option<&'a str>) -> Match<Definition> {
    self.expect(b"(")?;
    self.expect_exports()?;
    self.expect(b",")?;
    *name = Some(self.expect_string()?);
    self.expect(b",")?;
    self.expect(b"{")?;
    if self.next() == b'e' {
      self.expect_all(&[b"enumerable", b":", b"true", b","])?;
    }
    if self.next() == b'v' {
      self.expect_all(&[b"value", b":"])?;
      return Ok(Definition::Value);
    }
    self.expect_getter()?;
    self.expect_identifier()?;
    match self.next() {
      b'.' => {
        self.pos += 1;
        self.expect_identifier()?;
      }
      b'[' => {
        self.pos += 1;
        self.expect_string()?;
        self.expect(b"]")?;
      }
      _ => {}
    }
    self.expect_end_of_getter()?;
    self.expect_last(b")")?;
    Ok(Definition::Getter)
  }

  /// `Object.keys(a).forEach(function (k) {…})` that copies everything from a required module.
  fn reexport_keys(&mut self) -> Result<(), CjsError> {
    self.pos += b"keys".len();
    let mut revert = self.pos - 1;
    let matched = self.key_loop(&mut revert);
    let specifier = match matched_or_error(matched)? {
      Some(key_loop) => self
        .required
        .get(key_loop.module)
        .filter(|specifier| !specifier.is_empty())
        .cloned(),
      None => {
        self.pos = revert;
        return Ok(());
      }
    };
    if specifier.is_some() {
      self.pos = revert;
      self.reexports.add(specifier);
    }
    Ok(())
  }

  /// Ends at the last `)`. Keeps in `revert` how far the tokens are balanced.
  fn key_loop(&mut self, revert: &mut usize) -> Match<KeyLoop<'a>> {
    self.expect(b"(")?;
    let module = self.expect_identifier()?;
    self.expect(b")")?;
    *revert = self.pos - 1;
    self.expect(b".")?;
    self.expect(b"forEach")?;
    self.next();
    *revert = self.pos - 1;
    self.expect_all(&[b"(", b"function", b"("])?;
    let key = self.expect_identifier()?;
    self.expect_all(&[b")", b"{", b"if", b"(", key.as_bytes()])?;
    let key_loop = KeyLoop { module, key };
    match self.next() {
      b'=' => self.skipped_keys(key_loop)?,
      b'!' => self.wanted_keys(key)?,
      _ => return Err(Stop::Mismatch),
    }
    self.next();
    if self.is_here(b"O") {
      self.key_definition(key_loop)?;
    } else {
      self.key_assignment(key_loop)?;
    }
    self.expect(b"}")?;
    self.expect_last(b")")?;
    Ok(key_loop)
  }

  /// `=== "default" || k === "__esModule") return;` and perhaps more conditions to return early.
  fn skipped_keys(&mut self, key_loop: KeyLoop<'a>) -> Match {
    let key = key_loop.key.as_bytes();
    self.expect(b"===")?;
    self.expect_quoted(b"default")?;
    self.expect_all(&[b"||", key, b"==="])?;
    self.expect_quoted(b"__esModule")?;
    self.expect_all(&[b")", b"return"])?;
    self.eat(b";");
    self.next();
    if !self.is_here(b"if") {
      return Ok(());
    }
    self.expect_all(&[b"if", b"("])?;
    let condition = self.pos;
    let matched = self.own_property_call(key);
    if matched_or_error(matched)?.is_some() {
      self.expect_all(&[b")", b"return"])?;
      self.eat(b";");
      self.next();
      if !self.is_here(b"if") {
        return Ok(());
      }
      self.expect_all(&[b"if", b"("])?;
    } else {
      self.pos = condition;
    }
    self.known_key(key_loop)
  }

  /// `k in exports && exports[k] === a[k]) return;`
  fn known_key(&mut self, key_loop: KeyLoop<'a>) -> Match {
    let KeyLoop { module, key } = key_loop;
    // The original allows no space before the key. Babel writes none.
    self.expect_here(key.as_bytes())?;
    self.expect(b"in ")?;
    self.expect_exports()?;
    self.expect(b"&&")?;
    self.expect_exports()?;
    self.expect_all(&[b"[", key.as_bytes(), b"]", b"==="])?;
    self.expect_all(&[
      module.as_bytes(),
      b"[",
      key.as_bytes(),
      b"]",
      b")",
      b"return",
    ])?;
    self.eat(b";");
    Ok(())
  }

  /// `!== "default" && !own.hasOwnProperty(k))`, the second part being optional.
  fn wanted_keys(&mut self, key: &'a str) -> Match {
    self.expect(b"!==")?;
    self.expect_quoted(b"default")?;
    if self.next() == b'&' {
      self.expect_all(&[b"&&", b"!"])?;
      self.next();
      if self.is_here(b"Object.") {
        self.own_property_call(key.as_bytes())?;
      } else {
        self.expect_identifier()?;
        self.expect_all(&[b".", b"hasOwnProperty", b"(", key.as_bytes(), b")"])?;
      }
    }
    self.expect(b")")
  }

  /// `Object.prototype.hasOwnProperty.call(own, k)`, with or without the `prototype`.
  fn own_property_call(&mut self, key: &[u8]) -> Match {
    self.expect_all(&[b"Object", b"."])?;
    if self.next() == b'p' {
      self.expect_all(&[b"prototype", b"."])?;
    }
    self.expect_all(&[b"hasOwnProperty", b".", b"call", b"("])?;
    self.expect_identifier()?;
    self.expect_all(&[b",", key, b")"])
  }

  /// `exports[k] = a[k];`
  fn key_assignment(&mut self, key_loop: KeyLoop<'a>) -> Match {
    let key = key_loop.key.as_bytes();
    self.expect_exports()?;
    self.expect_all(&[
      b"[",
      key,
      b"]",
      b"=",
      key_loop.module.as_bytes(),
      b"[",
      key,
      b"]",
    ])?;
    self.eat(b";");
    Ok(())
  }

  /// `Object.defineProperty(exports, k, { enumerable: true, get: function () { return a[k]; } });`
  fn key_definition(&mut self, key_loop: KeyLoop<'a>) -> Match {
    let key = key_loop.key.as_bytes();
    self.expect_all(&[b"Object", b".", b"defineProperty", b"("])?;
    self.expect_exports()?;
    self.expect_all(&[b",", key, b",", b"{", b"enumerable", b":", b"true", b","])?;
    self.expect_getter()?;
    self.expect_all(&[key_loop.module.as_bytes(), b"[", key, b"]"])?;
    self.expect_end_of_getter()?;
    self.expect(b")")?;
    self.eat(b";");
    Ok(())
  }
}
