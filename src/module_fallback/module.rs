//! A module as workerd's configuration has it, and its name.

use std::path::Path;

/// A module of the runner Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
  /// As import statements name it, without the leading slash.
  pub name: String,
  /// Its source.
  pub kind: ModuleKind,
}

/// The two kinds of module that the runner itself consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleKind {
  /// ECMAScript source.
  Esm(String),
  /// CommonJS source and the names that `import` may take from it.
  CommonJs {
    /// The source.
    source: String,
    /// The names, without `default`.
    named_exports: Vec<String>,
  },
}

/// Name of a file as workerd's modules are named: its path without the first slash.
#[must_use]
pub fn module_name(path: &Path) -> String {
  path.to_string_lossy().trim_start_matches('/').to_owned()
}
