//! Calls of the runner that block all of workerd: it asks for a module, and workerd does nothing else
//! until that is there. So nothing can start a Durable Object while its files are put back, and code that
//! cannot wait gets an answer.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::durable_objects::{ObjectFiles, SnapshotId};
use crate::module_fallback::request::{FallbackRequest, ResolveMethod};
use crate::module_fallback::response::ServedModule;
use crate::protocol::BLOCKING_CALL_MODULE;

/// What the runner wants, as the name of a module says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockingCall {
  /// `snapshot/<id>`: keep everything that objects have stored.
  Snapshot(SnapshotId),
  /// `restore/<id>/<newest>`: put back what was kept.
  Restore {
    /// What to put back.
    id: SnapshotId,
    /// The newest snapshot that is still needed.
    newest: SnapshotId,
  },
  /// `look/<path in hexadecimal>`: whether there is a file or a folder, and what is in that.
  Look(PathBuf),
  /// Anything else of the runner's. It is answered here, so that no error shows the secret in its name.
  Malformed,
}

impl BlockingCall {
  /// Reads `/<module>/<secret>/<number of the call>/<call>`. `None` for every other module: those of
  /// users may have any name, but nobody else knows the secret.
  #[must_use]
  pub fn parse(request: &FallbackRequest, secret: &str) -> Option<Self> {
    if request.method != ResolveMethod::Require {
      return None;
    }
    let mut parts = request.specifier.strip_prefix('/')?.split('/');
    if parts.next()? != BLOCKING_CALL_MODULE || parts.next()? != secret {
      return None;
    }
    Some(Self::read(parts).unwrap_or(Self::Malformed))
  }

  fn read<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Self> {
    let _number = parts.next()?;
    let name = parts.next()?;
    if name == "look" {
      return Some(Self::Look(from_hexadecimal(parts.next()?)?.into()));
    }
    let mut id = || parts.next()?.parse().ok().map(SnapshotId);
    Some(match name {
      "snapshot" => Self::Snapshot(id()?),
      "restore" => Self::Restore {
        id: id()?,
        newest: id()?,
      },
      _ => return None,
    })
  }

  /// Does it. Blocks on the file system, and never waits for workerd, which waits for us.
  #[must_use]
  pub fn answer(self, objects: &ObjectFiles) -> ServedModule {
    let done = match self {
      Self::Snapshot(id) => objects.snapshot(id).map(|runs| runs.then_some("running")),
      Self::Restore { id, newest } => objects.restore(id, newest).map(|()| None),
      Self::Malformed => {
        return ServedModule::Json {
          json: json!({ "error": "a call of the runner that the host does not know" }).to_string(),
        };
      }
      Self::Look(path) => {
        return ServedModule::Json {
          json: json!({ "ok": look(&path) }).to_string(),
        };
      }
    };
    let answer = match done {
      Ok(done) => json!({ "ok": done }),
      Err(error) => {
        json!({ "error": format!("the storage of Durable Objects could not be kept or put back: {error}") })
      }
    };
    ServedModule::Json {
      json: answer.to_string(),
    }
  }
}

/// `file`, the names in a folder as a JSON array, or nothing.
fn look(path: &Path) -> Option<String> {
  let Ok(entries) = std::fs::read_dir(path) else {
    return path.exists().then(|| "file".to_owned());
  };
  let mut names: Vec<String> = entries
    .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
    .collect();
  names.sort_unstable();
  Some(json!(names).to_string())
}

fn from_hexadecimal(text: &str) -> Option<String> {
  let digits = text.as_bytes().chunks_exact(2);
  if !digits.remainder().is_empty() {
    return None;
  }
  let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
  String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(method: &str, specifier: &str, expected: Option<BlockingCall>) {
    let request = FallbackRequest::parse(method, &format!("specifier={specifier}")).unwrap();
    assert_eq!(
      BlockingCall::parse(&request, "s3cret"),
      expected,
      "{specifier}"
    );
  }

  #[test]
  fn calls_are_names_of_modules() {
    let call = |rest: &str| format!("/{BLOCKING_CALL_MODULE}/s3cret/1/{rest}");
    let snapshot = BlockingCall::Snapshot(SnapshotId(7));
    check("require", &call("snapshot/7"), Some(snapshot));
    let restore = BlockingCall::Restore {
      id: SnapshotId(3),
      newest: SnapshotId(7),
    };
    check("require", &call("restore/3/7"), Some(restore));
    let path = Path::new("/a b/é");
    let look = BlockingCall::Look(path.into());
    check("require", &call("look/2f6120622fc3a9"), Some(look));
    check("require", &call("look/2f6"), Some(BlockingCall::Malformed));
    check("require", &call("look/zz"), Some(BlockingCall::Malformed));
    check("require", &call("look"), Some(BlockingCall::Malformed));
    check("import", &call("snapshot/7"), None);
    check(
      "require",
      &call("snapshot/x"),
      Some(BlockingCall::Malformed),
    );
    check("require", &call("restore/3"), Some(BlockingCall::Malformed));
    check(
      "require",
      &call("nonsense/3"),
      Some(BlockingCall::Malformed),
    );
  }

  #[test]
  fn a_look_tells_files_from_folders() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b.ts"), "").unwrap();
    std::fs::write(folder.path().join("a.ts"), "").unwrap();
    assert_eq!(look(folder.path()).as_deref(), Some(r#"["a.ts","b.ts"]"#));
    assert_eq!(look(&folder.path().join("a.ts")).as_deref(), Some("file"));
    assert_eq!(look(&folder.path().join("c.ts")), None);
  }

  #[test]
  fn nobody_else_can_make_one() {
    for secret in ["other", "", "s3cre"] {
      let name = format!("/{BLOCKING_CALL_MODULE}/{secret}/1/snapshot/7");
      check("require", &name, None);
    }
    check("require", "/a/b.js", None);
    check("require", "/", None);
  }
}
