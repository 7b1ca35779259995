//! Finds the workerd executable of this machine.

use std::path::{Path, PathBuf};

/// Overrides the executable, for a build of one's own.
pub const BINARY_VARIABLE: &str = "VITEST_POOL_WORKERD_BINARY";

/// The executable cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum BinaryError {
  /// The path in the environment variable is no file.
  #[error("the path in {BINARY_VARIABLE} is not a file: {}", .0.display())]
  Override(PathBuf),
  /// The npm package for this platform is missing.
  #[error("the npm package `{package}` is not installed beside `workerd` ({})", .searched.display())]
  NotInstalled {
    /// The platform package that holds the executable.
    package: &'static str,
    /// Where we looked from.
    searched: PathBuf,
  },
  /// workerd has no build for this operating system or processor.
  #[error("workerd has no build for {os} on {arch}")]
  Unsupported {
    /// As Rust names it.
    os: &'static str,
    /// As Rust names it.
    arch: &'static str,
  },
}

/// Finds the executable: the override if there is one, else the platform package that npm installed
/// for `workerd`, looked for like any import from the folder of our own package.
///
/// # Errors
/// [`BinaryError`], each with what is missing.
pub fn find(package_folder: &Path, override_path: Option<&Path>) -> Result<PathBuf, BinaryError> {
  if let Some(path) = override_path {
    return if path.is_file() {
      Ok(path.into())
    } else {
      Err(BinaryError::Override(path.into()))
    };
  }
  let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
  let (package, executable) = match (os, arch) {
    ("linux", "x86_64") => ("@cloudflare/workerd-linux-64", "bin/workerd"),
    ("linux", "aarch64") => ("@cloudflare/workerd-linux-arm64", "bin/workerd"),
    ("macos", "x86_64") => ("@cloudflare/workerd-darwin-64", "bin/workerd"),
    ("macos", "aarch64") => ("@cloudflare/workerd-darwin-arm64", "bin/workerd"),
    ("windows", "x86_64") => ("@cloudflare/workerd-windows-64", "bin/workerd.exe"),
    _ => return Err(BinaryError::Unsupported { os, arch }),
  };
  // pnpm keeps the platform package beside the real location of `workerd`, not beside ours.
  let starts = [
    find_package(package_folder, "workerd").and_then(|path| path.canonicalize().ok()),
    Some(package_folder.to_path_buf()),
  ];
  starts
    .iter()
    .flatten()
    .find_map(|start| find_package(start, package))
    .map(|folder| folder.join(executable))
    .filter(|path| path.is_file())
    .ok_or_else(|| BinaryError::NotInstalled {
      package,
      searched: package_folder.into(),
    })
}

fn find_package(start: &Path, name: &str) -> Option<PathBuf> {
  start
    .ancestors()
    .map(|folder| folder.join("node_modules").join(name))
    .find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn an_override_that_is_no_file_is_an_error() {
    let error = find(Path::new("/"), Some(Path::new("/does/not/exist"))).unwrap_err();
    assert!(matches!(error, BinaryError::Override(_)));
  }

  #[test]
  fn the_platform_package_is_found_beside_workerd() {
    let root = tempfile::tempdir().unwrap();
    let own = root.path().join("node_modules/ours");
    let package = match find(&own, None).unwrap_err() {
      BinaryError::NotInstalled { package, .. } => package,
      other => panic!("{other}"),
    };
    std::fs::create_dir_all(root.path().join("node_modules/workerd")).unwrap();
    let bin = root.path().join("node_modules").join(package).join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let name = if cfg!(windows) {
      "workerd.exe"
    } else {
      "workerd"
    };
    std::fs::write(bin.join(name), "").unwrap();
    let found = find(&own, None).unwrap();
    assert_eq!(
      found.canonicalize().unwrap(),
      bin.join(name).canonicalize().unwrap()
    );
  }
}
