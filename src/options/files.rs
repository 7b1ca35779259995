//! The files that options may come from, and how their paths are resolved and shown.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The little that planning asks of a file system.
pub trait FileSystem {
  /// Reads a whole text file.
  ///
  /// # Errors
  ///
  /// Whatever the file system answers; only the kind of the error is shown to the user.
  fn read(&self, path: &Path) -> io::Result<String>;

  /// Reads a whole file.
  ///
  /// # Errors
  ///
  /// Likewise.
  fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
    self.read(path).map(String::into_bytes)
  }

  /// Whether `path` is a file (symbolic links are followed).
  fn is_file(&self, path: &Path) -> bool;
}

/// The file system of the host.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFiles;

impl FileSystem for HostFiles {
  fn read(&self, path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
  }

  fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
  }

  fn is_file(&self, path: &Path) -> bool {
    path.is_file()
  }
}

/// Files that exist only in a test.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<PathBuf, String>);

impl FileSystem for MemoryFiles {
  fn read(&self, path: &Path) -> io::Result<String> {
    self
      .0
      .get(path)
      .cloned()
      .ok_or_else(|| io::ErrorKind::NotFound.into())
  }

  fn is_file(&self, path: &Path) -> bool {
    self.0.contains_key(path)
  }
}

/// Resolves a path that the user wrote. Lexical on purpose: `..` after a symbolic link means what
/// it looks like, as in Node's `path.resolve`.
pub(super) fn absolute(base: &Path, written: &str) -> PathBuf {
  let mut path = PathBuf::new();
  for component in base.join(written).components() {
    match component {
      Component::CurDir => {}
      Component::ParentDir => {
        path.pop();
      }
      other => path.push(other),
    }
  }
  path
}

/// How messages show a path: relative to the project where that is short, otherwise in full.
pub(super) fn shown(root: &Path, path: &Path) -> String {
  // A monorepo's shared file is rarely more than two levels up; beyond, dots say less than names.
  for (up, ancestor) in root.ancestors().take(3).enumerate() {
    // Everything is below the root folder, and a path relative to it says nothing.
    if ancestor.parent().is_none() {
      break;
    }
    if let Ok(rest) = path.strip_prefix(ancestor)
      && !rest.as_os_str().is_empty()
    {
      return format!("{}{}", "../".repeat(up), rest.display());
    }
  }
  path.display().to_string()
}
