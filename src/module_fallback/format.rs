//! What kind of module a file is: by a rule, by its extension, by the `type` of its package, by its
//! syntax, in this order.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::rules::{ModuleRule, RuleKind, kind_of};
use super::stamp::Stamp;

/// A kind of module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
  /// ECMAScript.
  Esm,
  /// CommonJS.
  CommonJs,
  /// JSON.
  Json,
  /// What a rule says.
  Rule(RuleKind),
  /// Source that Vite has to transform first.
  Source,
  /// A shared library for Node.
  NativeAddon,
}

/// Finds the format of files, with a memory for the `type` of packages.
pub struct Formats {
  rules: Vec<ModuleRule>,
  types: Mutex<HashMap<PathBuf, PackageType>>,
}

/// What one folder's `package.json` says.
struct PackageType {
  stamp: Stamp,
  is_module: bool,
}

impl Formats {
  /// With the rules of a project.
  #[must_use]
  pub fn new(rules: Vec<ModuleRule>) -> Self {
    Self {
      rules,
      types: Mutex::default(),
    }
  }

  /// The format of a file, or `None` if only its syntax can tell.
  #[must_use]
  pub fn of_path(&self, path: &Path) -> Option<Format> {
    if let Some(kind) = kind_of(&self.rules, path) {
      return Some(Format::Rule(kind));
    }
    match extension(path) {
      "mjs" => Some(Format::Esm),
      "cjs" => Some(Format::CommonJs),
      "json" => Some(Format::Json),
      "wasm" => Some(Format::Rule(RuleKind::CompiledWasm)),
      "node" => Some(Format::NativeAddon),
      "ts" | "mts" | "cts" | "tsx" | "jsx" | "vue" | "svelte" | "astro" | "css" | "scss"
      | "less" => Some(Format::Source),
      _ => self.is_in_module_package(path).then_some(Format::Esm),
    }
  }

  /// Whether Node would take the file for an ES module before it looks inside. Bundlers show such files
  /// CommonJS modules as Node does.
  #[must_use]
  pub fn is_node_esm(&self, path: &Path) -> bool {
    match extension(path) {
      "mjs" => true,
      "cjs" => false,
      _ => self.is_in_module_package(path),
    }
  }

  /// Whether the nearest `package.json` says `"type": "module"`.
  fn is_in_module_package(&self, path: &Path) -> bool {
    let mut types = self.types.lock();
    for folder in path.ancestors().skip(1) {
      if folder
        .file_name()
        .is_some_and(|name| name == "node_modules")
      {
        return false;
      }
      let file = folder.join("package.json");
      let Some(stamp) = Stamp::of(&file) else {
        continue;
      };
      if let Some(known) = types.get(folder)
        && known.stamp == stamp
      {
        return known.is_module;
      }
      let is_module = says_module(&file);
      types.insert(folder.to_owned(), PackageType { stamp, is_module });
      return is_module;
    }
    false
  }
}

fn says_module(file: &Path) -> bool {
  #[derive(serde::Deserialize)]
  struct PackageJson {
    r#type: Option<String>,
  }
  let text = std::fs::read(file).unwrap_or_default();
  serde_json::from_slice::<PackageJson>(&text)
    .is_ok_and(|package| package.r#type.as_deref() == Some("module"))
}

fn extension(path: &Path) -> &str {
  path
    .extension()
    .and_then(|extension| extension.to_str())
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn an_edited_package_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.js");
    let formats = Formats::new(Vec::new());
    assert!(!formats.is_node_esm(&path));
    std::fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#).unwrap();
    assert!(formats.is_node_esm(&path));
    std::fs::write(folder.path().join("package.json"), "{}").unwrap();
    assert!(!formats.is_node_esm(&path));
  }
}
