//! Single files: which there are, whether one has changed, reading and writing it.
//!
//! Invariant: every file that was read or written here has a time of its own that no clock gives, so
//! that the next write of SQLite is seen, however short after, and however coarse the clock.

use std::fs::{File, FileTimes, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Alarms of a namespace; always open.
const ALARMS: &str = "metadata.sqlite";

/// What SQLite has only while a database is open.
const SHARED_MEMORY: &str = "-shm";

/// Tells one state of a file from the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Fingerprint {
  bytes: u64,
  modified: SystemTime,
  inode: u64,
}

impl Fingerprint {
  fn of(metadata: &Metadata) -> io::Result<Self> {
    Ok(Self {
      bytes: metadata.len(),
      modified: metadata.modified()?,
      inode: metadata.ino(),
    })
  }
}

/// What is in the folders of all namespaces.
#[derive(Debug, Default)]
pub(super) struct Listing {
  /// Files that hold state.
  pub(super) files: Vec<(PathBuf, Fingerprint)>,
  /// Whether an object's database is open.
  pub(super) is_open: bool,
}

/// Looks at all files of objects. Paths are relative to `root`.
pub(super) fn scan(root: &Path) -> io::Result<Listing> {
  let mut listing = Listing::default();
  for namespace in std::fs::read_dir(root)? {
    let namespace = namespace?;
    if !namespace.file_type()?.is_dir() {
      continue;
    }
    for entry in std::fs::read_dir(namespace.path())? {
      let entry = entry?;
      let name = entry.file_name();
      let text = name.to_string_lossy();
      if text.starts_with(ALARMS) {
        continue;
      }
      if text.ends_with(SHARED_MEMORY) {
        listing.is_open = true;
        continue;
      }
      // Closing a database removes files, which may happen meanwhile when an object still runs.
      match entry.metadata().and_then(|it| Fingerprint::of(&it)) {
        Ok(fingerprint) => {
          let path = Path::new(&namespace.file_name()).join(&name);
          listing.files.push((path, fingerprint));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
      }
    }
  }
  Ok(listing)
}

/// Ids of the objects of a namespace, in hexadecimal; none if no object has ever run.
pub(super) fn ids(namespace: &Path) -> io::Result<Vec<String>> {
  let entries = match std::fs::read_dir(namespace) {
    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
    entries => entries?,
  };
  let mut ids = Vec::new();
  for entry in entries {
    let name = entry?.file_name();
    let id = name.to_str().and_then(|name| name.strip_suffix(".sqlite"));
    if let Some(id) = id.filter(|id| id.len() == 64 && id.bytes().all(|it| it.is_ascii_hexdigit()))
    {
      ids.push(id.to_owned());
    }
  }
  ids.sort_unstable();
  Ok(ids)
}

/// Reads a file and stamps it.
pub(super) fn read(path: &Path, stamp: Stamp) -> io::Result<(Fingerprint, Vec<u8>)> {
  let mut file = OpenOptions::new().read(true).write(true).open(path)?;
  let mut content = Vec::new();
  file.read_to_end(&mut content)?;
  Ok((stamp.put_on(&file)?, content))
}

/// Writes a file in place and stamps it. In place, because workerd may hold the same file open for
/// reading its size, and because a new file would cost more.
pub(super) fn write(path: &Path, content: &[u8], stamp: Stamp) -> io::Result<Fingerprint> {
  let file = OpenOptions::new()
    .create(true)
    .truncate(false)
    .write(true)
    .open(path)?;
  file.write_all_at(content, 0)?;
  file.set_len(content.len() as u64)?;
  stamp.put_on(&file)
}

/// A time that no clock gives: some seconds after the epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp(pub(super) u32);

impl Stamp {
  fn put_on(self, file: &File) -> io::Result<Fingerprint> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.into());
    file.set_times(FileTimes::new().set_modified(time))?;
    Fingerprint::of(&file.metadata()?)
  }
}
