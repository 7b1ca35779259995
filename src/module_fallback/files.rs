//! What importers have to know about a file before they can be linked to it, remembered until it changes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::cjs_exports::{self, CjsError, CjsExports};
use super::format::{Format, Formats};
use super::request::ResolveMethod;
use super::resolve::{ModuleResolver, Resolved};
use super::stamp::Stamp;

/// What one file is.
#[derive(Debug)]
pub struct Facts {
  /// Its format.
  pub format: Format,
  /// What it exports by itself, if it is CommonJS.
  pub exports: CjsExports,
  /// Its text, if finding the rest took reading it, until somebody takes it. Whoever is linked to a file
  /// nearly always asks for it next.
  source: Mutex<Option<String>>,
}

/// Facts, and the file as it was when they were found.
type Known = (Option<Stamp>, Arc<Facts>);

/// The files that modules are made of.
pub struct Files {
  /// Format of each file.
  pub formats: Formats,
  facts: Mutex<HashMap<PathBuf, Known>>,
}

impl Facts {
  /// The text of the file, which is at `path`.
  ///
  /// # Errors
  /// When it cannot be read as text.
  pub fn take_source(&self, path: &Path) -> std::io::Result<String> {
    match self.source.lock().take() {
      Some(source) => Ok(source),
      None => std::fs::read_to_string(path),
    }
  }
}

impl Files {
  /// Knows nothing yet.
  #[must_use]
  pub fn new(formats: Formats) -> Self {
    Self {
      formats,
      facts: Mutex::default(),
    }
  }

  /// What a file is. One that cannot be read is an empty CommonJS module: whoever serves it says more.
  pub fn facts(&self, path: &Path) -> Arc<Facts> {
    let stamp = Stamp::of(path);
    if let Some((known, facts)) = self.facts.lock().get(path)
      && *known == stamp
    {
      return facts.clone();
    }
    let facts = Arc::new(self.find(path));
    self
      .facts
      .lock()
      .insert(path.to_owned(), (stamp, facts.clone()));
    facts
  }

  /// Whether somebody has been linked to a file of this real path.
  pub fn is_known(&self, path: &Path) -> bool {
    self.facts.lock().contains_key(path)
  }

  fn find(&self, path: &Path) -> Facts {
    let without_exports = |format| Facts {
      format,
      exports: CjsExports::default(),
      source: Mutex::default(),
    };
    let format = self.formats.of_path(path);
    if let Some(format) = format
      && format != Format::CommonJs
    {
      return without_exports(format);
    }
    let Ok(source) = std::fs::read_to_string(path) else {
      return without_exports(Format::CommonJs);
    };
    let (format, exports) = match cjs_exports::parse(&source) {
      Ok(exports) => (Format::CommonJs, exports),
      Err(CjsError::EsmSyntax { .. }) => (format.unwrap_or(Format::Esm), CjsExports::default()),
      // Node takes such a file for a module without names, and workerd says what is wrong with it.
      Err(_) => (Format::CommonJs, CjsExports::default()),
    };
    Facts {
      format,
      exports,
      source: Mutex::new(Some(source)),
    }
  }

  /// Names of a CommonJS file, those of files that it re-exports included, without `default`; and all
  /// these files, its own first.
  pub fn common_js_names(
    &self,
    path: &Path,
    resolver: &ModuleResolver,
  ) -> (BTreeSet<String>, Vec<PathBuf>) {
    let mut names = BTreeSet::new();
    let mut files = vec![path.to_path_buf()];
    let mut seen = HashSet::from([path.to_path_buf()]);
    let mut next = 0;
    while let Some(file) = files.get(next).cloned() {
      next += 1;
      let facts = self.facts(&file);
      names.extend(facts.exports.exports.iter().cloned());
      for specifier in &facts.exports.reexports {
        let resolved = resolver.resolve_from(&file, specifier, ResolveMethod::Require);
        if let Resolved::File(target) = resolved
          && seen.insert(target.clone())
        {
          files.push(target);
        }
      }
    }
    names.remove("default");
    (names, files)
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use crate::module_fallback::rules::{ModuleRule, RuleKind};

  #[track_caller]
  fn check_names(files: &[(&str, &str)], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in files {
      std::fs::write(root.join(name), text).unwrap();
    }
    let library = Files::new(Formats::new(Vec::new()));
    let resolver = ModuleResolver::default();
    let (names, sources) = library.common_js_names(&root.join(files[0].0), &resolver);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(sources.len(), files.len());
  }

  #[test]
  fn names_follow_re_exports_and_survive_cycles() {
    check_names(
      &[
        (
          "a.js",
          "__exportStar(require('./b'), exports); exports.a = 1",
        ),
        ("b.js", "exports.b = 1; module.exports = require('./a')"),
      ],
      &["a", "b"],
    );
    check_names(
      &[
        ("a.js", "module.exports = require('./b')"),
        ("b.js", "exports.b = 1; exports.default = 2"),
      ],
      &["b"],
    );
  }

  #[test]
  fn format_comes_from_rule_then_extension_then_type_then_syntax() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, package: Option<&str>, source: &str, expected: Format| {
      let root = folder.path().join(name.replace('.', "-"));
      let path = root.join("node_modules/package").join(name);
      std::fs::create_dir_all(path.parent().unwrap()).unwrap();
      // Beyond the package's border, so it counts for nothing.
      std::fs::write(root.join("package.json"), r#"{"type":"module"}"#).unwrap();
      let file = path.with_file_name("package.json");
      match package {
        Some(text) => std::fs::write(file, text).unwrap(),
        None => drop(std::fs::remove_file(file)),
      }
      let text = ModuleRule {
        kind: RuleKind::Text,
        globs: vec!["**/*.txt".into()],
      };
      std::fs::write(&path, source).unwrap();
      let library = Files::new(Formats::new(vec![text]));
      assert_eq!(library.facts(&path).format, expected, "{name} {package:?}");
    };
    let module = Some(r#"{"type":"module"}"#);
    check("a.mjs", None, "1", Format::Esm);
    check("a.cjs", module, "1", Format::CommonJs);
    check("a.js", module, "1", Format::Esm);
    check(
      "a.js",
      Some(r#"{"type":"commonjs"}"#),
      "exports.a = 1",
      Format::CommonJs,
    );
    check("a.js", Some("{}"), "export const a = 1", Format::Esm);
    check("a.js", Some("{"), "exports.a = 1", Format::CommonJs);
    check("a.js", None, "exports.a = 1", Format::CommonJs);
    check("a.json", module, "{}", Format::Json);
    check("a.txt", module, "", Format::Rule(RuleKind::Text));
    check("a.wasm", None, "", Format::Rule(RuleKind::CompiledWasm));
    check("a.node", None, "", Format::NativeAddon);
    check("a.ts", None, "", Format::Source);
  }

  #[test]
  fn an_edited_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.js");
    let library = Files::new(Formats::new(Vec::new()));
    let format = || library.facts(&path).format;
    std::fs::write(&path, "exports.a = 1").unwrap();
    assert_eq!(format(), Format::CommonJs);
    std::fs::write(&path, "export const abc = 1").unwrap();
    assert_eq!(format(), Format::Esm);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(format(), Format::CommonJs);
  }
}
