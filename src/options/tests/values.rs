//! Files as bindings, the version, `define` and `alias`: what reaches the plan, and what is refused.

use super::*;
use crate::options::FileContent;

fn content(text: &str) -> FileContent {
  FileContent(text.as_bytes().into())
}

#[test]
fn files_are_bindings() {
  let project = wrangler(
    r#"{
      "wasm_modules": { "ADD": "./lib/add.wasm" },
      "text_blobs": { "NOTE": "note.md" },
      "data_blobs": { "BYTES": "bytes" },
      "version_metadata": { "binding": "VERSION" },
    }"#,
  )
  .file("lib/add.wasm", "\0asm")
  .file("note.md", "a note")
  .file("bytes", "ab")
  .file("nested/option.txt", "an option");
  let options = json!({
    "wrangler": { "configPath": "../wrangler.jsonc" },
    "miniflare": { "rootPath": "nested", "textBlobBindings": { "OPTION": "option.txt" }, "versionMetadata": "ALSO" },
  });
  let plan = project.options(options).plan();
  let binding = |name: &str, kind| Binding {
    name: name.into(),
    kind,
  };
  let mut bindings = plan.bindings;
  bindings.sort_by(|left, right| left.name.cmp(&right.name));
  assert_eq!(
    bindings,
    [
      binding("ADD", BindingKind::Wasm(content("\0asm"))),
      binding("ALSO", BindingKind::VersionMetadata),
      binding("BYTES", BindingKind::Data(content("ab"))),
      text("NOTE", "a note"),
      text("OPTION", "an option"),
      binding("VERSION", BindingKind::VersionMetadata),
    ]
  );
  let watched = |name: &str| {
    plan
      .watched_files
      .contains(&PathBuf::from("/project").join(name))
  };
  assert!(
    ["lib/add.wasm", "note.md", "bytes", "nested/option.txt"]
      .into_iter()
      .all(watched)
  );
}

#[test]
fn a_fingerprint_follows_the_content() {
  let shown = |text| format!("{:?}", content(text));
  assert_ne!(shown("a"), shown("b"));
  assert_eq!(shown("a"), shown("a"));
}

#[test]
fn definitions_and_aliases_are_kept_in_order() {
  let plan = wrangler(
    r#"{
      "define": { "B": "1", "A.b": "'x'" },
      "alias": { "old": "new", "local": "./src/local.ts" },
    }"#,
  )
  .plan();
  let pair = |left: &str, right: &str| (left.to_owned(), right.to_owned());
  assert_eq!(plan.defines, [pair("B", "1"), pair("A.b", "'x'")]);
  assert_eq!(
    plan.aliases,
    [pair("old", "new"), pair("local", "/project/src/local.ts")]
  );
}

#[test]
fn mistakes_are_reported_where_they_are() {
  let messages = wrangler(
    r#"{
      "define": { "A": 1 },
      "alias": ["a"],
      "wasm_modules": { "W": "./absent.wasm" },
      "text_blobs": { "T": 2 },
      "version_metadata": {},
      "vars": { "W": "x" },
    }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: `define.A` is the number 1",
      "error: `alias` is an array",
      "error: `version_metadata` has no `binding`",
      "error: `text_blobs.T` is the number 2",
      "error: W assigned to Environment Variable and File bindings.",
      "error: Could not read file: /project/absent.wasm",
    ]
  );
}
