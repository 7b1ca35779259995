//! A problem: what happened (a [`Mistake`]) and where. The mistake knows what to do about it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::mistake::Mistake;

/// Something wrong, or likely wrong, in what the user wrote.
#[derive(Clone, Debug)]
pub struct Problem {
  /// What happened.
  pub mistake: Mistake,
  /// Where.
  pub location: Location,
}

impl Problem {
  /// Whether the project can start in spite of it.
  #[must_use]
  pub fn severity(&self) -> Severity {
    self.mistake.severity()
  }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
  /// The project does not start.
  Error,
  /// The project starts, and may behave unexpectedly.
  Warning,
}

/// A place in what the user wrote.
#[derive(Clone, Debug)]
pub struct Location {
  /// The file, or the options.
  pub source: Arc<Source>,
  /// Path of the field inside the source, such as `kv_namespaces[0].binding`; empty for all of it.
  pub field: String,
  /// Byte range in the file's text; `None` when the problem is the file itself or has no text.
  pub span: Option<Range<usize>>,
}

/// Where options are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
  /// The argument of `workers()`.
  Options,
  /// An environment variable.
  Variable(&'static str),
  /// A Wrangler file.
  File {
    /// Absolute path.
    path: PathBuf,
    /// The path as messages show it.
    shown: String,
    /// Its text; spans are byte ranges of it.
    text: String,
  },
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
  pub(super) value: T,
  pub(super) location: Location,
}

/// Collects problems while reading goes on.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
  pub(super) fn report(&mut self, mistake: Mistake, location: Location) {
    self.0.push(Problem { mistake, location });
  }
}
