//! The folders of one run: sockets and configuration, and Durable Object storage.
//!
//! They are private to the user (mode 0700), have short names because a socket's path must fit into
//! about a hundred bytes, and are gone afterwards however this process ends.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Durable Objects live in memory only where there is this much of it to spare: 512 MiB.
const MEMORY_BYTES_MIN: u64 = 512 << 20;

/// Where memory is a file system, on Linux.
const MEMORY_FOLDER: &str = "/dev/shm";

/// Temporary folders of one run.
#[derive(Debug)]
pub(super) struct RunFolder {
  base: TempDir,
  /// A second folder on a memory-backed file system, where every SQLite commit costs no disk sync.
  memory: Option<TempDir>,
}

impl RunFolder {
  /// Makes the folders.
  pub(super) fn create() -> io::Result<Self> {
    let mut builder = tempfile::Builder::new();
    // Who left a folder behind can be told from its name.
    let prefix = format!("vpw-{}-", std::process::id());
    // The configuration in there holds the secret that opens the runner's socket.
    let private = Permissions::from_mode(0o700);
    builder.prefix(&prefix).rand_bytes(6).permissions(private);
    let base = builder.tempdir()?;
    let memory = has_room(Path::new(MEMORY_FOLDER))
      .then(|| builder.tempdir_in(MEMORY_FOLDER))
      .transpose()?;
    Ok(Self { base, memory })
  }

  /// Everything that has to be deleted.
  pub(super) fn roots(&self) -> impl Iterator<Item = &Path> {
    [Some(&self.base), self.memory.as_ref()]
      .into_iter()
      .flatten()
      .map(TempDir::path)
  }

  /// The folder of sockets and configuration.
  pub(super) fn base(&self) -> &Path {
    self.base.path()
  }

  /// Where a file of the whole run goes.
  pub(super) fn file(&self, name: &str) -> PathBuf {
    self.base.path().join(name)
  }

  /// Makes the folders of one runtime: for its sockets, and for its Durable Objects.
  pub(super) fn runtime(&self, number: u64) -> io::Result<RuntimeFolder> {
    let sockets = self.base.path().join(format!("r{number}"));
    let memory = self.memory.as_ref().unwrap_or(&self.base);
    let durable_objects = memory.path().join(format!("d{number}"));
    std::fs::create_dir(&sockets)?;
    std::fs::create_dir(&durable_objects)?;
    Ok(RuntimeFolder {
      sockets,
      durable_objects,
      // Not in memory: what goes there is what is too large for it.
      blobs: self.base.path().join(format!("b{number}")),
    })
  }
}

fn has_room(folder: &Path) -> bool {
  let Ok(stat) = rustix::fs::statvfs(folder) else {
    return false;
  };
  stat.f_bavail.saturating_mul(stat.f_frsize) >= MEMORY_BYTES_MIN
}

/// Folders of one runtime; deleted when dropped.
#[derive(Debug)]
pub(super) struct RuntimeFolder {
  /// Its working directory.
  pub(super) sockets: PathBuf,
  /// Storage of its Durable Objects.
  pub(super) durable_objects: PathBuf,
  /// Large values of its simulators; made with the first of them.
  pub(super) blobs: PathBuf,
}

impl Drop for RuntimeFolder {
  fn drop(&mut self) {
    for folder in [&self.sockets, &self.durable_objects, &self.blobs] {
      // What cannot be deleted now goes with the run's folder.
      let _ = std::fs::remove_dir_all(folder);
    }
  }
}
