//! Runs a target on files, where there is no libFuzzer.

use std::path::{Path, PathBuf};

/// Runs `run` on each file that an argument names, and on all files of each folder.
///
/// # Panics
/// When a file cannot be read, and when `run` does.
pub fn replay(run: fn(&[u8])) {
  for path in std::env::args_os().skip(1).map(PathBuf::from) {
    for file in files(&path) {
      eprintln!("{}", file.display());
      run(&std::fs::read(&file).expect("an argument names a file that can be read"));
    }
  }
}

fn files(path: &Path) -> Vec<PathBuf> {
  if !path.is_dir() {
    return vec![path.to_owned()];
  }
  let entries = std::fs::read_dir(path).expect("an argument names a folder that can be read");
  let entry = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("it can be read").path();
  let mut files: Vec<_> = entries.map(entry).collect();
  files.sort();
  files
}
