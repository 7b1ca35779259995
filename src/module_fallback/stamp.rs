//! What an edit changes about a file, for caches.

use std::path::Path;
use std::time::SystemTime;

/// The time alone is not enough: file systems count it in steps of milliseconds, and some tools set it
/// back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
  modified: SystemTime,
  bytes: u64,
}

impl Stamp {
  /// `None` when there is no such file.
  #[must_use]
  pub fn of(path: &Path) -> Option<Self> {
    let metadata = path.metadata().ok()?;
    Some(Self {
      modified: metadata.modified().ok()?,
      bytes: metadata.len(),
    })
  }
}
