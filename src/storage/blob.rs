//! Files for what is too large for a row.
//!
//! A blob is written once, before anything refers to it, and never again. Rows refer to it by number,
//! so popping a frame makes its blobs unreachable and costs nothing; the files go with the runtime's
//! folder.
//!
//! Invariant: a blob that nobody has [kept](Blob::keep) is deleted with its last handle, so an upload
//! that is refused, cut short or cancelled leaves nothing behind.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The blobs of one runtime.
#[derive(Debug)]
pub(super) struct Blobs {
  /// Made with the first blob.
  folder: PathBuf,
  made: AtomicU64,
}

impl Blobs {
  /// Blobs in `folder`, which need not exist yet and must be nobody else's.
  pub(super) fn new(folder: PathBuf) -> Self {
    Self {
      folder,
      made: AtomicU64::new(0),
    }
  }

  /// An empty blob to write to.
  pub(super) fn create(&self) -> io::Result<BlobWriter> {
    // Not those above it: they are gone when the run is over, and must not come back.
    match std::fs::create_dir(&self.folder) {
      Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
      _ => {}
    }
    let id = self.made.fetch_add(1, Ordering::Relaxed);
    let path = self.path(id);
    let mut options = OpenOptions::new();
    // Values are the user's, and may be secret.
    let options = options.read(true).write(true).create_new(true).mode(0o600);
    let file = options.open(&path)?;
    Ok(BlobWriter {
      blob: Blob::new(id, path, file, false),
      length: 0,
    })
  }

  /// The blob with the number `id`, which has been kept.
  pub(super) fn open(&self, id: u64) -> io::Result<Blob> {
    let path = self.path(id);
    let file = File::open(&path)?;
    Ok(Blob::new(id, path, file, true))
  }

  fn path(&self, id: u64) -> PathBuf {
    self.folder.join(id.to_string())
  }
}

/// A blob that is still growing.
#[derive(Debug)]
pub(super) struct BlobWriter {
  blob: Blob,
  length: u64,
}

impl BlobWriter {
  /// Appends. After an error the blob is of no use.
  pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
    (&self.blob.0.file).write_all(bytes)?;
    self.length += bytes.len() as u64;
    Ok(())
  }

  /// The blob and its length in bytes.
  pub(super) fn finish(self) -> (Blob, u64) {
    (self.blob, self.length)
  }
}

/// A file that is read only.
#[derive(Clone, Debug)]
pub(super) struct Blob(Arc<BlobFile>);

#[derive(Debug)]
struct BlobFile {
  id: u64,
  path: PathBuf,
  file: File,
  kept: AtomicBool,
}

impl Blob {
  fn new(id: u64, path: PathBuf, file: File, kept: bool) -> Self {
    Self(Arc::new(BlobFile {
      id,
      path,
      file,
      kept: AtomicBool::new(kept),
    }))
  }

  pub(super) fn id(&self) -> u64 {
    self.0.id
  }

  /// Leaves the file for rows that refer to it.
  pub(super) fn keep(&self) {
    self.0.kept.store(true, Ordering::Relaxed);
  }

  /// Fills `buffer` with what is at `offset`. Handles may read at the same time.
  pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    self.0.file.read_exact_at(buffer, offset)
  }
}

impl Drop for BlobFile {
  fn drop(&mut self) {
    if self.kept.load(Ordering::Relaxed) {
      return;
    }
    if let Err(error) = std::fs::remove_file(&self.path) {
      tracing::debug!(path = %self.path.display(), %error, "cannot delete a blob");
    }
  }
}

#[cfg(test)]
mod tests {
  use std::path::Path;

  use super::*;

  impl BlobWriter {
    /// A blob on a device, to see what happens when a disk fails.
    pub(in crate::storage) fn on(device: &Path) -> Self {
      let file = OpenOptions::new().write(true).open(device).unwrap();
      Self {
        blob: Blob::new(0, device.to_owned(), file, true),
        length: 0,
      }
    }
  }

  impl Blob {
    pub(in crate::storage) fn path(&self) -> &Path {
      &self.0.path
    }
  }

  #[test]
  fn blobs_are_private_to_the_user() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let writer = Blobs::new(folder.path().join("blobs")).create().unwrap();
    let (blob, length) = writer.finish();
    let mode = blob.path().metadata().unwrap().permissions().mode();
    assert_eq!((length, mode & 0o777), (0, 0o600));
  }
}
