//! Finds what has to change in an ES module before workerd may see it, without parsing it.
//!
//! The scanner reports the specifiers a module imports, each `import.meta`, and each
//! `new Function(`, all as byte ranges of the source, and [`rewrite`] puts other text in their
//! place. A parser would give the same facts for a hundred times the code and the time; what a
//! scanner must get right instead is where code ends and text begins: strings, templates, comments,
//! and whether a `/` divides or opens a regular expression.
//!
//! Invariant: the ranges lie on character boundaries, in order, and never inside a string, comment,
//! template text or regular expression. Time and memory are linear in the source.
//! Not here: validation. Source that is no module at all may be scanned without an error, and workerd
//! words the syntax error better than we could.
//!
//! The approach is that of es-module-lexer (MIT, © Guy Bedford), written anew: this scanner reads
//! tokens forwards and carries the context along, where the original looks backwards from a `/`.

mod cursor;
mod scanner;
mod statements;
mod string_literal;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(super) use string_literal::unescape;

/// What [`scan`] found in one module. All ranges are bytes of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EsmModule {
  /// Every import whose specifier is written out, in source order.
  pub imports: Vec<Import>,
  /// Each `import.meta.url`, from the `i` to the `l`.
  pub import_meta_url: Vec<Range<usize>>,
  /// Each `import.meta`, including those that go on with `.url`.
  pub import_meta: Vec<Range<usize>>,
  /// The identifier `Function` in each `new Function(`.
  pub function_constructors: Vec<Range<usize>>,
  /// Each `require(` of a literal, in source order. It may be a function of the module's own.
  pub requires: Vec<Require>,
  /// A static `import`, an `export` or an `import.meta` is present, so this is no CommonJS module.
  /// Top-level `await` alone does not count: telling it from an identifier takes a parser.
  pub has_module_syntax: bool,
}

/// One module request with a literal specifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
  /// The specifier as the runtime sees it: escape sequences are resolved.
  pub specifier: String,
  /// The text between the quotes, which may be backticks in a dynamic import.
  pub range: Range<usize>,
  /// Which syntax asked for the module.
  pub kind: ImportKind,
  /// The names that it takes from the module, as the module exports them. None for `*`, and for
  /// dynamic imports, which take whatever there is. May have `default` in excess.
  pub names: Vec<String>,
  /// `with {…}` (or the older `assert {…}`), or the comma and the second argument of `import()`,
  /// provided that it is a literal.
  pub attributes: Option<Range<usize>>,
}

/// One `require("a")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
  /// The specifier; escape sequences are resolved.
  pub specifier: String,
  /// The text between the quotes.
  pub range: Range<usize>,
}

/// The syntax of an [`Import`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
  /// `import "a"`, `import a from "a"`, and the phases `import defer` and `import source`.
  Static,
  /// `import("a")`, `import.defer("a")` and `import.source("a")`.
  Dynamic,
  /// `export {…} from "a"` and `export * from "a"`.
  ExportFrom,
}

/// Why a source could not be told apart into code and text. Offsets are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EsmError {
  /// A `'` or `"` string meets the end of its line.
  #[error("unterminated string at byte {offset}")]
  UnterminatedString {
    /// Where the string starts.
    offset: usize,
  },
  /// A template literal meets the end of the source.
  #[error("unterminated template literal at byte {offset}")]
  UnterminatedTemplate {
    /// Where the template, or its part behind the last `${…}`, starts.
    offset: usize,
  },
  /// A regular expression meets the end of its line.
  #[error("unterminated regular expression at byte {offset}")]
  UnterminatedRegularExpression {
    /// Where the regular expression starts.
    offset: usize,
  },
  /// A `/*` comment meets the end of the source.
  #[error("unterminated comment at byte {offset}")]
  UnterminatedComment {
    /// Where the comment starts.
    offset: usize,
  },
  /// A closing bracket without its opening one.
  #[error("unexpected closing bracket at byte {offset}")]
  UnexpectedClosing {
    /// Where the bracket is.
    offset: usize,
  },
  /// The source ends before a bracket is closed.
  #[error("bracket at byte {offset} is never closed")]
  Unclosed {
    /// Where the innermost open bracket is.
    offset: usize,
  },
}

/// Scans an ES module, or source that may be one.
///
/// # Errors
///
/// When a string, template, comment, regular expression or bracket does not end. Such source is
/// usually no JavaScript; serve it unchanged and let the runtime complain.
pub fn scan(source: &str) -> Result<EsmModule, EsmError> {
  scanner::Scanner::new(source).run()
}

/// Replaces each range by its text. The edits may come in any order but must not overlap; of two
/// that do, the one that starts first wins.
#[must_use]
pub fn rewrite(source: &str, edits: impl IntoIterator<Item = (Range<usize>, String)>) -> String {
  let mut edits: Vec<_> = edits.into_iter().collect();
  edits.sort_by_key(|(range, _)| (range.start, range.end));
  let mut output = String::with_capacity(source.len());
  let mut copied = 0;
  for (range, text) in edits {
    let untouched = source.get(copied..range.start);
    if let (Some(untouched), Some(_)) = (untouched, source.get(range.clone())) {
      output.push_str(untouched);
      output.push_str(&text);
      copied = range.end;
    }
  }
  output.push_str(source.get(copied..).unwrap_or_default());
  output
}
