//! Calls of the runner that block all of workerd: it asks for a module, and workerd does nothing else
//! until that is there. So nothing can start a Durable Object while its files are put back.

use serde_json::json;

use crate::durable_objects::{ObjectFiles, SnapshotId};
use crate::module_fallback::request::{FallbackRequest, ResolveMethod};
use crate::module_fallback::response::ServedModule;
use crate::protocol::OBJECT_CALL_MODULE;

/// What the runner wants, as the name of a module says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectCall {
  /// `snapshot/<id>`: keep everything that objects have stored.
  Snapshot(SnapshotId),
  /// `restore/<id>/<newest>`: put back what was kept.
  Restore {
    /// What to put back.
    id: SnapshotId,
    /// The newest snapshot that is still needed.
    newest: SnapshotId,
  },
}

impl ObjectCall {
  /// Reads `/<module>/<secret>/<number of the call>/<call>`. `None` for every other module: those of
  /// users may have any name, but nobody else knows the secret.
  #[must_use]
  pub fn parse(request: &FallbackRequest, secret: &str) -> Option<Self> {
    if request.method != ResolveMethod::Require {
      return None;
    }
    let mut parts = request.specifier.strip_prefix('/')?.split('/');
    if parts.next()? != OBJECT_CALL_MODULE || parts.next()? != secret {
      return None;
    }
    let _number = parts.next()?;
    let name = parts.next()?;
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

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(method: &str, specifier: &str, expected: Option<ObjectCall>) {
    let request = FallbackRequest::parse(method, &format!("specifier={specifier}")).unwrap();
    assert_eq!(
      ObjectCall::parse(&request, "s3cret"),
      expected,
      "{specifier}"
    );
  }

  #[test]
  fn calls_are_names_of_modules() {
    let call = |rest: &str| format!("/{OBJECT_CALL_MODULE}/s3cret/1/{rest}");
    let snapshot = ObjectCall::Snapshot(SnapshotId(7));
    check("require", &call("snapshot/7"), Some(snapshot));
    let restore = ObjectCall::Restore {
      id: SnapshotId(3),
      newest: SnapshotId(7),
    };
    check("require", &call("restore/3/7"), Some(restore));
    check("import", &call("snapshot/7"), None);
    check("require", &call("snapshot/x"), None);
    check("require", &call("restore/3"), None);
    check("require", &call("nonsense/3"), None);
  }

  #[test]
  fn nobody_else_can_make_one() {
    for secret in ["other", "", "s3cre"] {
      let name = format!("/{OBJECT_CALL_MODULE}/{secret}/1/snapshot/7");
      check("require", &name, None);
    }
    check("require", "/a/b.js", None);
    check("require", "/", None);
  }
}
