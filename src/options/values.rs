//! Bindings that are files, the version of the Worker, and what `define` and `alias` say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::field::Field;
use super::files::{FileSystem, absolute};
use super::mistake::Mistake;
use super::plan::{Binding, BindingKind, FileContent};
use super::problem::{Problems, Written};
use super::worker::{Record, WorkerOptions};

/// What a file is in `env`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
  Wasm,
  Text,
  Data,
}

/// A binding that is a file.
#[derive(Clone, Debug)]
pub(super) struct FileBinding {
  pub(super) kind: FileKind,
  /// Absolute in a Wrangler file, relative to the project's base in options.
  pub(super) path: PathBuf,
}

/// `{ NAME: "path" }`
pub(super) fn read_files(
  field: &Field<'_>,
  kind: FileKind,
  folder: &Path,
  record: &mut Record<FileBinding>,
  problems: &mut Problems,
) {
  for entry in field.object("an object of names and paths", problems) {
    if let Some(path) = entry.text("a path to a file", problems) {
      let binding = FileBinding {
        kind,
        path: folder.join(path.value),
      };
      let written = Written {
        value: binding,
        location: path.location,
      };
      record.push((entry.key.to_owned(), written));
    }
  }
}

/// `{ binding }`
pub(super) fn read_version(field: &Field<'_>, problems: &mut Problems) -> Option<Written<String>> {
  field.object("{ binding }", problems);
  field.refuse_unknown(&["binding"], problems);
  field.required_text("binding", "the name in `env`", problems)
}

/// A binding that is nothing but its name.
pub(super) fn nothing_else(name: Written<String>) -> (String, Written<()>) {
  let Written { value, location } = name;
  let written = Written {
    value: (),
    location,
  };
  (value, written)
}

/// `{ NAME: "an expression" }`
pub(super) fn read_defines(field: &Field<'_>, worker: &mut WorkerOptions, problems: &mut Problems) {
  for entry in field.object("an object of names and expressions", problems) {
    if let Some(expression) = entry.text("an expression of JavaScript, as a string", problems) {
      worker
        .defines
        .push((entry.key.to_owned(), expression.value));
    }
  }
}

/// `{ "a package": "another, or a path" }`
pub(super) fn read_aliases(
  field: &Field<'_>,
  folder: &Path,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  for entry in field.object("an object of specifiers and what replaces them", problems) {
    if let Some(target) = entry.text("a specifier or a path", problems) {
      let target = if target.value.starts_with('.') {
        absolute(folder, &target.value).display().to_string()
      } else {
        target.value
      };
      worker.aliases.push((entry.key.to_owned(), target));
    }
  }
}

/// Reads the files that bindings are, and says which those are.
pub(super) fn file_bindings(
  worker: &WorkerOptions,
  base: &Path,
  files: &dyn FileSystem,
  watched_files: &mut Vec<PathBuf>,
  problems: &mut Problems,
) -> Vec<Binding> {
  let mut bindings = Vec::new();
  for (name, Written { value, location }) in &worker.files {
    let path = absolute(base, &value.path.to_string_lossy());
    let content = files.read_bytes(&path).and_then(|bytes| match value.kind {
      FileKind::Wasm => Ok(BindingKind::Wasm(FileContent(Arc::from(bytes)))),
      FileKind::Data => Ok(BindingKind::Data(FileContent(Arc::from(bytes)))),
      FileKind::Text => String::from_utf8(bytes)
        .map(BindingKind::Text)
        .map_err(|_| std::io::ErrorKind::InvalidData.into()),
    });
    match content {
      Ok(kind) => bindings.push(Binding {
        name: name.clone(),
        kind,
      }),
      Err(error) => {
        let mistake = Mistake::Unreadable {
          path: path.display().to_string(),
          kind: error.kind(),
        };
        problems.report(mistake, location.clone());
      }
    }
    watched_files.push(path);
  }
  bindings
}
