//! `exports` of a Wrangler file: what `main` exports, declared. Durable Object classes are declared here instead of in
//! `migrations`.

use super::field::Field;
use super::problem::Problems;
use super::worker::{MigratedClass, WorkerOptions};
use super::workflows;

const KINDS: &str = "\"durable-object\", \"worker\" or \"workflow\"";

/// `exports: { Name: { type } }`
pub(super) fn read(field: &Field<'_>, worker: &mut WorkerOptions, problems: &mut Problems) {
  for entry in field.object("an object of export names and { type }", problems) {
    entry.object("{ type }", problems);
    let Some(kind) = entry.required("type", KINDS, problems) else {
      continue;
    };
    match kind.as_text() {
      Some("durable-object") => {
        let class = read_durable_object(&entry, problems);
        worker.migrated_classes.extend(class);
      }
      Some("worker") => {
        entry.refuse_unknown(&["type", "cache"], problems);
        worker.declared_entrypoints.push(entry.key.to_owned());
      }
      Some("workflow") => workflows::read_export(&entry, &mut worker.workflow_exports, problems),
      _ => kind.refuse(KINDS, problems),
    }
  }
}

/// A class, if it is there: other states say what has become of it, or will.
fn read_durable_object(entry: &Field<'_>, problems: &mut Problems) -> Option<MigratedClass> {
  const STATES: [&str; 5] = [
    "created",
    "deleted",
    "renamed",
    "transferred",
    "expecting-transfer",
  ];
  entry.refuse_unknown(
    &[
      "type",
      "state",
      "storage",
      "container",
      "renamed_to",
      "transferred_to",
      "transfer_from",
    ],
    problems,
  );
  if let Some(state) = entry.get("state") {
    match state.as_text().filter(|state| STATES.contains(state)) {
      Some("created" | "expecting-transfer") => {}
      Some(_) => return None,
      None => {
        state.refuse(
          "\"created\", \"deleted\", \"renamed\", \"transferred\" or \"expecting-transfer\"",
          problems,
        );
        return None;
      }
    }
  }
  const STORAGES: &str = "\"sqlite\" or \"legacy-kv\"";
  let storage = entry.required("storage", STORAGES, problems)?;
  let sqlite = match storage.as_text() {
    Some("sqlite") => true,
    Some("legacy-kv") => false,
    _ => {
      storage.refuse(STORAGES, problems);
      return None;
    }
  };
  Some(MigratedClass {
    class_name: entry.key.to_owned(),
    sqlite: Some(sqlite),
  })
}
