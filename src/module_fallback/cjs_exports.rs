//! Guesses the named exports of a CommonJS file, so that `import { a } from "./file.cjs"` links.
//!
//! A port of cjs-module-lexer 2.3.0, the lexer behind the same guess in Node.js: what a package's
//! users may import by name in Node, they may import here, and what Node misses, we miss. For that
//! reason the quirks are ported too. It differs only for source that Node would not run (any
//! character beyond ASCII that is no white space counts as part of an identifier), and where a
//! keyword is the very first word of the file.
//!
//! Invariant: any input ends in a result or an error, in linear time, without recursion.
//! Not here: following the re-exports, which takes a resolver.
//!
//! The original's licence:
//!
//! > MIT License
//! >
//! > Copyright (C) 2018-2020 Guy Bedford
//! >
//! > Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
//! > associated documentation files (the "Software"), to deal in the Software without restriction,
//! > including without limitation the rights to use, copy, modify, merge, publish, distribute,
//! > sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
//! > furnished to do so, subject to the following conditions:
//! >
//! > The above copyright notice and this permission notice shall be included in all copies or
//! > substantial portions of the Software.
//! >
//! > THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
//! > NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
//! > NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
//! > DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
//! > OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

mod assignments;
mod characters;
mod lexer;
mod object;
mod require;
mod shape;
#[cfg(test)]
mod tests;

/// What a CommonJS file seems to export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CjsExports {
  /// The names, each once, in the order in which the file first mentions them.
  pub exports: Vec<String>,
  /// Specifiers of the modules whose exports are passed on, each once, in the same order.
  pub reexports: Vec<String>,
}

/// Why a file has no [`CjsExports`]. Offsets are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CjsError {
  /// The file is an ES module.
  #[error("unexpected {syntax} at byte {offset} of a CommonJS module")]
  EsmSyntax {
    /// What gave it away.
    syntax: EsmSyntax,
    /// Where its first letter is.
    offset: usize,
  },
  /// A string meets the end of its line.
  #[error("unterminated string at byte {offset}")]
  UnterminatedString {
    /// Where the string starts.
    offset: usize,
  },
  /// A template literal meets the end of the source.
  #[error("unterminated template literal at byte {offset}")]
  UnterminatedTemplate {
    /// Where the text that does not end starts.
    offset: usize,
  },
  /// A regular expression, or a character class in one, meets the end of its line.
  #[error("unterminated regular expression at byte {offset}")]
  UnterminatedRegularExpression {
    /// Where the regular expression starts.
    offset: usize,
  },
  /// A closing bracket without its opening one.
  #[error("unexpected closing bracket at byte {offset}")]
  UnexpectedClosing {
    /// Where the bracket is.
    offset: usize,
  },
  /// The source ends before every bracket and template substitution is closed.
  #[error("{depth} brackets are never closed")]
  Unclosed {
    /// How many brackets are open at the end.
    depth: usize,
  },
  /// More brackets within each other than the lexer follows.
  #[error("brackets are nested too deep at byte {offset}")]
  TooDeep {
    /// Where the first bracket too many is.
    offset: usize,
  },
}

/// Syntax that only ES modules have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EsmSyntax {
  /// `import a from "a"`.
  Import,
  /// `export const a = 1`.
  Export,
  /// `import.meta`.
  ImportMeta,
}

impl std::fmt::Display for EsmSyntax {
  fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    formatter.write_str(match self {
      Self::Import => "import statement",
      Self::Export => "export statement",
      Self::ImportMeta => "import.meta",
    })
  }
}

/// Detects the exports of a CommonJS file. A byte order mark has to be gone: like the original, the
/// lexer takes it for a letter.
///
/// # Errors
///
/// [`CjsError::EsmSyntax`] when the file is an ES module, which is how to tell the two apart where
/// neither the extension nor a `package.json` does. Any other error means that the source, as far as
/// a lexer can see, is no JavaScript; Node treats such a file as a module without named exports.
pub fn parse(source: &str) -> Result<CjsExports, CjsError> {
  lexer::Lexer::new(source).run()
}
