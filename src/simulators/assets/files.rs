//! The directory on the disk: which files there are, and what is in them.
//!
//! Invariant: nothing outside the directory is reached by a path, only by a symbolic link that the user has
//! made.
//! Not here: which of the files answers a request.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::ignore::IgnoreRules;

/// 25 MiB: what one file may have. A larger one cannot be deployed.
const FILE_BYTES_MAX: u64 = 25 * 1024 * 1024;

/// Redirects of the site.
pub(super) const REDIRECTS: &str = "_redirects";
/// Headers of the site.
pub(super) const HEADERS: &str = "_headers";
const IGNORE: &str = ".assetsignore";
/// A file or a folder of modules.
const WORKER: &str = "_worker.js";

/// The files of a site.
#[derive(Debug)]
pub(super) struct Directory<'a> {
  root: &'a Path,
  ignored: IgnoreRules,
}

impl<'a> Directory<'a> {
  /// The files below `root`, all of them or those that `.assetsignore` leaves.
  pub(super) fn open(root: &'a Path, heeds_ignore: bool) -> Self {
    let mut directory = Self {
      root,
      ignored: IgnoreRules::default(),
    };
    if heeds_ignore {
      directory.ignored = IgnoreRules::parse(&directory.rules(IGNORE));
    }
    directory
  }

  /// The text of a file at the top that says something about the site. Empty if there is none.
  pub(super) fn rules(&self, name: &str) -> String {
    let bytes = fs::read(self.root.join(name)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
  }

  /// Whether `path`, which is decoded, is that of a file to serve.
  pub(super) fn has(&self, path: &str) -> bool {
    let Some(file) = self.place(path) else {
      return false;
    };
    let Ok(metadata) = file.metadata() else {
      return false;
    };
    let is_small = metadata.len() <= FILE_BYTES_MAX;
    if metadata.is_file() && !is_small {
      tracing::warn!(file = %file.display(), "an asset is too large for Cloudflare, so it is not served");
    }
    metadata.is_file() && is_small && !self.ignored.ignores(path)
  }

  /// What is in a file, as far as it may be long.
  pub(super) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
    let file = self.place(path).ok_or(io::ErrorKind::NotFound)?;
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    File::open(file)?
      .take(FILE_BYTES_MAX)
      .read_to_end(&mut bytes)?;
    Ok(bytes)
  }

  /// Where a file would be. `None` for what leads out of the directory, and for what is never served.
  fn place(&self, path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    if !path.split('/').all(is_name) {
      return None;
    }
    let first = path.split('/').next();
    let is_reserved = [REDIRECTS, HEADERS, IGNORE].contains(&path) || first == Some(WORKER);
    (!is_reserved).then(|| self.root.join(path))
  }
}
