//! What the runner may ask of the host over its socket, besides everything that is Vitest's.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::storage::Storage;

/// A question. The TypeScript side is `runtime/runner/transport.ts`.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub enum HostCall {
  /// Open storage frames: everything written from now on can be undone.
  PushFrame,
  /// Undo and close the newest storage frame.
  PopFrame,
  /// Both in one: undo the newest storage frame, and go on in another.
  ReplaceFrame,
  /// Read a text file: a snapshot, or the source that an inline snapshot is written into.
  ReadFile {
    /// Absolute.
    path: PathBuf,
  },
  /// Write a text file, with the folders above it.
  WriteFile {
    /// Absolute.
    path: PathBuf,
    /// The new content.
    text: String,
  },
  /// Delete a file. That it is not there is fine.
  RemoveFile {
    /// Absolute.
    path: PathBuf,
  },
}

/// The answer to a [`HostCall`].
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HostAnswer {
  /// It worked; files come with their text, or with nothing when there is no such file.
  Ok(Option<String>),
  /// It did not; the text is for the user.
  Error(String),
}

impl HostCall {
  /// Does what is asked. Takes microseconds for frames and as long as the disk takes for files.
  #[must_use]
  pub fn answer(self, storage: &Storage) -> HostAnswer {
    let done = |result: Result<(), String>| result.map(|()| None);
    let result = match self {
      Self::PushFrame => done(
        storage
          .push()
          .map(|_| ())
          .map_err(|error| error.to_string()),
      ),
      Self::PopFrame => done(storage.pop().map(|_| ()).map_err(|error| error.to_string())),
      Self::ReplaceFrame => done(
        storage
          .replace()
          .map(|_| ())
          .map_err(|error| error.to_string()),
      ),
      Self::ReadFile { path } => read(&path),
      Self::WriteFile { path, text } => done(write(&path, &text)),
      Self::RemoveFile { path } => done(remove(&path)),
    };
    result.map_or_else(HostAnswer::Error, HostAnswer::Ok)
  }
}

fn read(path: &Path) -> Result<Option<String>, String> {
  match std::fs::read_to_string(path) {
    Ok(text) => Ok(Some(text)),
    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
    Err(error) => Err(format!("could not read {}: {error}", path.display())),
  }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
  let folder = path.parent().unwrap_or(path);
  std::fs::create_dir_all(folder)
    .and_then(|()| std::fs::write(path, text))
    .map_err(|error| format!("could not write {}: {error}", path.display()))
}

fn remove(path: &Path) -> Result<(), String> {
  match std::fs::remove_file(path) {
    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
      Err(format!("could not delete {}: {error}", path.display()))
    }
    _ => Ok(()),
  }
}

#[cfg(test)]
mod tests {
  use std::sync::Arc;

  use super::*;
  use crate::storage::SystemClock;

  fn answer(call: HostCall) -> HostAnswer {
    call.answer(&Storage::new(Arc::new(SystemClock)))
  }

  #[test]
  fn files_are_written_with_their_folders_read_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/c.snap");
    let read = || answer(HostCall::ReadFile { path: path.clone() });
    assert_eq!(read(), HostAnswer::Ok(None));
    let write = HostCall::WriteFile {
      path: path.clone(),
      text: "é".into(),
    };
    assert_eq!(answer(write), HostAnswer::Ok(None));
    assert_eq!(read(), HostAnswer::Ok(Some("é".into())));
    let remove = || answer(HostCall::RemoveFile { path: path.clone() });
    assert_eq!(
      (remove(), remove()),
      (HostAnswer::Ok(None), HostAnswer::Ok(None))
    );
    assert_eq!(read(), HostAnswer::Ok(None));
  }

  #[test]
  fn a_file_that_cannot_be_written_is_an_error_with_its_path() {
    let path = PathBuf::from("/dev/null/x");
    let HostAnswer::Error(text) = answer(HostCall::WriteFile {
      path,
      text: String::new(),
    }) else {
      panic!("/dev/null is no folder");
    };
    assert!(text.starts_with("could not write /dev/null/x: "), "{text}");
  }

  #[test]
  fn popping_without_a_frame_is_an_error() {
    assert!(matches!(answer(HostCall::PopFrame), HostAnswer::Error(_)));
    assert_eq!(answer(HostCall::PushFrame), HostAnswer::Ok(None));
  }
}
