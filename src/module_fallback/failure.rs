//! Imports that cannot work, in words: what happened, where, and what to do.
//!
//! The words are thrown in the isolate by a module that we serve in place of the one that is not there.
//! A 404 would be reported by workerd as `No such module`, under the name that it made of the specifier,
//! and a package that looks for an optional dependency would find no `code` in that.

use std::fmt::Write;
use std::path::Path;

use super::format::Format;
use super::request::ResolveMethod;
use super::resolve::{Unresolved, is_prefixed_built_in};
use super::synthetic::FailingImport;

/// Why an import cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
  /// It leads nowhere.
  #[error(transparent)]
  Unresolved(#[from] Unresolved),
  /// It leads to a module of Node's that the Worker's settings do not bring.
  #[error("the Worker's compatibility settings do not provide it")]
  NeedsFlag {
    /// The flag that would.
    flag: &'static str,
    /// The date from which it comes by itself.
    since: &'static str,
  },
  /// It leads to a file of a kind that the runtime does not know.
  #[error("{} is no module for workerd", .file.display())]
  Unsupported {
    /// The file.
    file: std::path::PathBuf,
    /// Its kind.
    format: Format,
  },
  /// The file is there and cannot be read.
  #[error("{} could not be read: {reason}", .file.display())]
  Unreadable {
    /// The file.
    file: std::path::PathBuf,
    /// Why.
    reason: String,
  },
}

impl Failure {
  /// As Node names it.
  fn code(&self, import: &FailingImport) -> &'static str {
    match self {
      Self::Unresolved(Unresolved::NotExported { .. }) => "ERR_PACKAGE_PATH_NOT_EXPORTED",
      Self::Unresolved(Unresolved::NotImported { .. }) => "ERR_PACKAGE_IMPORT_NOT_DEFINED",
      Self::Unresolved(Unresolved::Invalid(_)) => "ERR_INVALID_PACKAGE_CONFIG",
      Self::NeedsFlag { .. } | Self::Unresolved(Unresolved::NotBuiltIn) => {
        "ERR_UNKNOWN_BUILTIN_MODULE"
      }
      Self::Unsupported { .. } => "ERR_UNKNOWN_FILE_EXTENSION",
      Self::Unreadable { .. } => "ERR_MODULE_UNREADABLE",
      Self::Unresolved(Unresolved::NotFound) => match import.method {
        ResolveMethod::Import => "ERR_MODULE_NOT_FOUND",
        ResolveMethod::Require => "MODULE_NOT_FOUND",
      },
    }
  }

  fn help(&self, specifier: &str) -> String {
    match self {
      Self::Unresolved(Unresolved::NotFound) if is_path(specifier) => {
        "check the path; extensions are looked for in the order .js, .mjs, .cjs, .json".into()
      }
      Self::Unresolved(Unresolved::NotFound) => format!(
        "install it (`npm install {0}`), or mock it (`vi.mock('{specifier}', factory)`) where the import is in a file of yours",
        package_of(specifier)
      ),
      Self::Unresolved(Unresolved::NotExported { .. } | Unresolved::NotImported { .. }) => {
        "import a path that the package offers, or give one with `resolve.alias` in the Vite configuration"
          .into()
      }
      Self::Unresolved(Unresolved::NotBuiltIn) => {
        "use another package, or replace the import with `resolve.alias` in the Vite configuration".into()
      }
      Self::Unresolved(Unresolved::Invalid(_)) => "correct the file, or install the package again".into(),
      Self::NeedsFlag { flag, since } => format!(
        "add the compatibility flag `{flag}`, or set the compatibility date to {since} or later"
      ),
      Self::Unsupported {
        format: Format::NativeAddon,
        ..
      } => "use a package that has a build for the browser or for WebAssembly".into(),
      Self::Unsupported { file, .. } => format!(
        "let Vite transform it: add {} to `test.server.deps.inline`",
        package_folder_name(file).map_or_else(|| "its package".into(), |name| format!("\"{name}\""))
      ),
      Self::Unreadable { .. } => "check the file and its permissions".into(),
    }
  }

  /// The whole text, without the error's name.
  #[must_use]
  pub fn message(&self, import: &FailingImport) -> String {
    let FailingImport {
      specifier,
      importer,
      ..
    } = import;
    let mut text = if is_prefixed_built_in(specifier) {
      format!("No such built-in module: {specifier}")
    } else {
      format!("Cannot find module '{specifier}'")
    };
    // Writing to a String cannot fail.
    if *self != Self::Unresolved(Unresolved::NotFound) {
      let _ = write!(text, "\n  {self}");
    }
    if !importer.is_empty() {
      let _ = write!(text, "\n  imported by {}", place(import));
    }
    let _ = write!(text, "\n  help: {}", self.help(specifier));
    text
  }

  /// CommonJS that throws it.
  #[must_use]
  pub fn throwing(&self, import: &FailingImport) -> String {
    let message = self.message(import);
    let mut stack = format!("Error: {message}");
    if !import.importer.is_empty() {
      let _ = write!(stack, "\n    at {}", place(import));
    }
    let text = |text: &str| serde_json::Value::from(text).to_string();
    format!(
      "const error = new Error({}); error.code = {}; error.stack = {}; throw error",
      text(&message),
      text(self.code(import)),
      text(&stack),
    )
  }
}

fn place(import: &FailingImport) -> String {
  import.position.map_or_else(
    || import.importer.clone(),
    |(line, column)| format!("{}:{line}:{column}", import.importer),
  )
}

fn is_path(specifier: &str) -> bool {
  specifier.starts_with(['.', '/']) || specifier.starts_with("file:")
}

/// `a` of `a/b`, and `@a/b` of `@a/b/c`.
fn package_of(specifier: &str) -> &str {
  let slashes = usize::from(specifier.starts_with('@'));
  specifier
    .match_indices('/')
    .nth(slashes)
    .map_or(specifier, |(at, _)| &specifier[..at])
}

fn package_folder_name(file: &Path) -> Option<&str> {
  let (_, inside) = file.to_str()?.rsplit_once("/node_modules/")?;
  Some(package_of(inside))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(failure: &Failure, specifier: &str, expected: &str) {
    let import = FailingImport {
      method: ResolveMethod::Import,
      specifier: specifier.into(),
      importer: "/app/node_modules/shop/index.js".into(),
      position: Some((3, 14)),
      names: Vec::new(),
    };
    assert_eq!(failure.message(&import), expected);
    let source = failure.throwing(&import);
    assert!(source.ends_with("throw error"), "{source}");
  }

  #[test]
  fn every_failure_says_what_where_and_what_to_do() {
    let by = "imported by /app/node_modules/shop/index.js:3:14";
    let not_found = Failure::Unresolved(Unresolved::NotFound);
    check(
      &not_found,
      "@left/pad/deep",
      &format!(
        "Cannot find module '@left/pad/deep'\n  {by}\n  help: install it (`npm install @left/pad`), or mock it \
         (`vi.mock('@left/pad/deep', factory)`) where the import is in a file of yours"
      ),
    );
    check(
      &not_found,
      "./absent",
      &format!(
        "Cannot find module './absent'\n  {by}\n  help: check the path; extensions are looked for in the order \
         .js, .mjs, .cjs, .json"
      ),
    );
    check(
      &Failure::Unresolved(Unresolved::NotExported {
        subpath: "./deep".into(),
        package: "/app/node_modules/a/package.json".into(),
        conditions: "[\"workerd\"]".into(),
      }),
      "a/deep",
      &format!(
        "Cannot find module 'a/deep'\n  \"./deep\" is not exported under the conditions [\"workerd\"] by \
         /app/node_modules/a/package.json\n  {by}\n  help: import a path that the package offers, or give one \
         with `resolve.alias` in the Vite configuration"
      ),
    );
    check(
      &Failure::Unresolved(Unresolved::NotImported {
        package: "/app/node_modules/shop/package.json".into(),
      }),
      "#a",
      &format!(
        "Cannot find module '#a'\n  /app/node_modules/shop/package.json has no such entry in \"imports\"\n  {by}\n  \
         help: import a path that the package offers, or give one with `resolve.alias` in the Vite configuration"
      ),
    );
    check(
      &Failure::Unresolved(Unresolved::NotBuiltIn),
      "node:sea",
      &format!(
        "No such built-in module: node:sea\n  the runtime has no such module\n  {by}\n  help: use another package, \
         or replace the import with `resolve.alias` in the Vite configuration"
      ),
    );
    check(
      &Failure::Unresolved(Unresolved::Invalid("broken".into())),
      "a",
      &format!(
        "Cannot find module 'a'\n  broken\n  {by}\n  help: correct the file, or install the package again"
      ),
    );
    check(
      &Failure::NeedsFlag {
        flag: "enable_nodejs_sqlite_module",
        since: "2026-01-29",
      },
      "node:sqlite",
      &format!(
        "No such built-in module: node:sqlite\n  the Worker's compatibility settings do not provide it\n  {by}\n  \
         help: add the compatibility flag `enable_nodejs_sqlite_module`, or set the compatibility date to \
         2026-01-29 or later"
      ),
    );
    let unsupported = |file: &str, format| Failure::Unsupported {
      file: file.into(),
      format,
    };
    check(
      &unsupported("/app/node_modules/@a/b/c.ts", Format::Source),
      "@a/b/c",
      &format!(
        "Cannot find module '@a/b/c'\n  /app/node_modules/@a/b/c.ts is no module for workerd\n  {by}\n  help: let \
         Vite transform it: add \"@a/b\" to `test.server.deps.inline`"
      ),
    );
    check(
      &unsupported("/app/a.node", Format::NativeAddon),
      "./a.node",
      &format!(
        "Cannot find module './a.node'\n  /app/a.node is no module for workerd\n  {by}\n  help: use a package that \
         has a build for the browser or for WebAssembly"
      ),
    );
    check(
      &Failure::Unreadable {
        file: "/app/a.js".into(),
        reason: "denied".into(),
      },
      "./a",
      &format!(
        "Cannot find module './a'\n  /app/a.js could not be read: denied\n  {by}\n  help: check the file and its \
         permissions"
      ),
    );
  }
}
