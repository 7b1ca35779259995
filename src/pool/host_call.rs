//! What the runner may ask of the host over its socket, besides everything that is Vitest's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::durable_objects::ObjectFiles;
use crate::simulators::Simulators;
use crate::storage::{FrameDepth, ResetTo, StorageError};

/// A question. The TypeScript side is in `shared/protocol.ts`.
#[derive(Debug, Deserialize)]
#[serde(
  tag = "op",
  rename_all = "camelCase",
  rename_all_fields = "camelCase",
  deny_unknown_fields
)]
pub enum HostCall {
  /// Open storage frames: everything written from now on can be undone.
  PushFrame,
  /// Undo and close the newest storage frame.
  PopFrame,
  /// Both in one: undo the newest storage frame, and go on in another.
  ReplaceFrame,
  /// Remember what is stored now.
  Mark,
  /// Leave nothing stored, or what was remembered, until the newest storage frame ends. This is not about
  /// Durable Objects.
  Reset {
    /// Whether to what was remembered.
    to_mark: bool,
  },
  /// Make it this time for everything that is stored, or let time go on.
  StopClock {
    /// Milliseconds since the epoch, as JavaScript has them. What lies before it counts as the epoch.
    at_ms: Option<f64>,
  },
  /// Wait for a batch of messages, and answer with it as JSON.
  NextBatch {
    /// The queue.
    queue: String,
    /// Which of its consumer's concurrent deliveries this is, from 0.
    slot: u32,
  },
  /// Settle the batch that this slot was given.
  FinishBatch {
    /// The queue.
    queue: String,
    /// As in [`NextBatch`](Self::NextBatch).
    slot: u32,
    /// What the runtime says of it, as JSON.
    result: String,
  },
  /// List the Durable Objects of a namespace that have run, as a JSON array of hexadecimal ids.
  ListObjects {
    /// What workerd calls the namespace's folder.
    unique_key: String,
  },
  /// Read records, as JSON: what Workers have written to Analytics Engine, and the emails that they have sent.
  ReadLog {
    /// Product and resource, such as `analytics/clicks`.
    log: String,
  },
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

/// What a runtime has stored.
#[derive(Clone, Debug)]
pub struct Stored {
  /// Of products.
  pub simulators: Arc<Simulators>,
  /// Of Durable Objects.
  pub objects: Arc<ObjectFiles>,
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
  /// Whether the answer can take any time. It must not hold up questions that come after it, then.
  #[must_use]
  pub fn waits(&self) -> bool {
    matches!(self, Self::NextBatch { .. })
  }

  /// Does what is asked. Takes microseconds for frames and as long as the disk takes for files, unless a
  /// request to storage is under way, which a frame waits for; and until there are messages for a batch.
  pub async fn answer(self, stored: &Stored) -> HostAnswer {
    match self {
      Self::NextBatch { queue, slot } => {
        let batch = stored.simulators.next_batch(&queue, slot).await;
        batch.map_or_else(
          |error| HostAnswer::Error(error.to_string()),
          |batch| {
            let json = serde_json::to_string(&batch).expect("a batch is plain data");
            HostAnswer::Ok(Some(json))
          },
        )
      }
      // The others block, for a moment, and must not hold up other runtimes.
      other => tokio::task::block_in_place(|| other.answer_now(stored)),
    }
  }

  fn answer_now(self, stored: &Stored) -> HostAnswer {
    let simulators = &stored.simulators;
    let done = |result: Result<(), String>| result.map(|()| None);
    let result = match self {
      Self::PushFrame => frame(simulators.push_frame()),
      Self::PopFrame => frame(simulators.pop_frame()),
      Self::ReplaceFrame => frame(simulators.replace_frame()),
      Self::Mark => done(
        simulators
          .storage()
          .mark()
          .map_err(|error| error.to_string()),
      ),
      Self::Reset { to_mark } => {
        let to = if to_mark {
          ResetTo::Mark
        } else {
          ResetTo::Empty
        };
        done(simulators.reset(to).map_err(|error| error.to_string()))
      }
      Self::StopClock { at_ms } => {
        simulators.stop_clock(at_ms.map(|at_ms| at_ms as u64));
        Ok(None)
      }
      Self::FinishBatch {
        queue,
        slot,
        result,
      } => finish_batch(simulators, &queue, slot, &result),
      Self::NextBatch { .. } => unreachable!("`answer` waits for it"),
      Self::ListObjects { unique_key } => list(&stored.objects, &unique_key),
      Self::ReadLog { log } => simulators
        .read_log(&log)
        .map(|log| Some(serde_json::to_string(&log).expect("a log is plain data")))
        .map_err(|error| error.to_string()),
      Self::ReadFile { path } => read(&path),
      Self::WriteFile { path, text } => done(write(&path, &text)),
      Self::RemoveFile { path } => done(remove(&path)),
    };
    result.map_or_else(HostAnswer::Error, HostAnswer::Ok)
  }
}

fn frame(result: Result<FrameDepth, StorageError>) -> Result<Option<String>, String> {
  result.map(|_| None).map_err(|error| error.to_string())
}

fn finish_batch(
  simulators: &Simulators,
  queue: &str,
  slot: u32,
  result: &str,
) -> Result<Option<String>, String> {
  let result = serde_json::from_str(result).map_err(|error| error.to_string())?;
  let settled = simulators
    .finish_batch(queue, slot, &result)
    .map_err(|error| error.to_string())?;
  Ok((!settled.lines.is_empty()).then(|| settled.lines.join("\n")))
}

fn list(objects: &ObjectFiles, unique_key: &str) -> Result<Option<String>, String> {
  let ids = objects
    .ids(unique_key)
    .map_err(|error| format!("could not list the Durable Objects: {error}"))?;
  Ok(Some(serde_json::json!(ids).to_string()))
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
  use super::*;
  use crate::simulators::queues::Broker;
  use crate::storage::{Storage, SystemClock};

  fn answer(call: HostCall) -> HostAnswer {
    let storage = Storage::new(Arc::new(SystemClock));
    call.answer_now(&Stored {
      simulators: Arc::new(Simulators::new(storage, Broker::default())),
      objects: Arc::new(ObjectFiles::new("/does/not/exist".into())),
    })
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
