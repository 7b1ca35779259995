//! A file → the module that workerd evaluates.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::cjs_exports::{self, CjsError};
use super::esm;
use super::module::module_name;
use super::request::ResolveMethod;
use super::resolve::{ModuleResolver, Resolved};

/// An answer of the module fallback, in the shape that workerd reads. Exactly one kind is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum ServedModule {
  /// ECMAScript.
  #[serde(rename_all = "camelCase")]
  Esm {
    /// The source.
    es_module: String,
  },
  /// CommonJS.
  #[serde(rename_all = "camelCase")]
  CommonJs {
    /// The source.
    common_js_module: String,
    /// Names that `import { … }` may take.
    named_exports: Vec<String>,
  },
  /// JSON, parsed by workerd.
  Json {
    /// The text.
    json: String,
  },
  /// WebAssembly, compiled by workerd.
  Wasm {
    /// The bytes; workerd takes an array of numbers only.
    wasm: Vec<u8>,
  },
}

/// Why a file is no module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
  /// The file cannot be read as text.
  #[error("could not read the module")]
  Read(#[source] std::io::Error),
}

/// A module, and the files that it was made from.
#[derive(Debug)]
pub struct Loaded {
  /// The module.
  pub module: ServedModule,
  /// Its own file, and those whose names it re-exports.
  pub sources: Vec<PathBuf>,
}

/// A file that an ES module gets instead of what it imports, by the specifier.
pub type Replacement<'a> = &'a dyn Fn(&str) -> Option<PathBuf>;

/// Reads a file and makes it a module by its extension, its package's `type`, or its syntax.
///
/// # Errors
/// [`ModuleError::Read`] when the file is gone, unreadable, or not UTF-8.
pub fn load(
  path: &Path,
  resolver: &ModuleResolver,
  replacement: Replacement<'_>,
) -> Result<Loaded, ModuleError> {
  let alone = |module| Loaded {
    module,
    sources: vec![path.into()],
  };
  let extension = path
    .extension()
    .and_then(|extension| extension.to_str())
    .unwrap_or_default();
  if extension == "wasm" {
    return std::fs::read(path)
      .map(|wasm| alone(ServedModule::Wasm { wasm }))
      .map_err(ModuleError::Read);
  }
  let source = std::fs::read_to_string(path).map_err(ModuleError::Read)?;
  Ok(match extension {
    "json" => alone(ServedModule::Json { json: source }),
    _ if is_esm(path, extension, &source) => alone(serve_esm(path, &source, replacement)),
    _ => serve_common_js(path, &source, resolver),
  })
}

/// Whether the source is ECMAScript: by extension, then by the nearest `type`, then by syntax. Many
/// packages ship ES modules as `.js` without a `type`, for bundlers.
pub(super) fn is_esm(path: &Path, extension: &str, source: &str) -> bool {
  match extension {
    "mjs" => return true,
    "cjs" => return false,
    _ => {}
  }
  match nearest_type(path).as_deref() {
    Some("module") => true,
    _ => matches!(cjs_exports::parse(source), Err(CjsError::EsmSyntax { .. })),
  }
}

/// `type` of the nearest `package.json`.
fn nearest_type(path: &Path) -> Option<String> {
  #[derive(serde::Deserialize)]
  struct PackageJson {
    r#type: Option<String>,
  }
  let text = path
    .ancestors()
    .skip(1)
    .take_while(|folder| folder.file_name().is_none_or(|name| name != "node_modules"))
    .find_map(|folder| std::fs::read_to_string(folder.join("package.json")).ok())?;
  serde_json::from_str::<PackageJson>(&text).ok()?.r#type
}

fn serve_esm(path: &Path, source: &str, replacement: Replacement<'_>) -> ServedModule {
  ServedModule::Esm {
    es_module: with_source_url(path, rewritten(path, source, replacement)),
  }
}

/// workerd leaves `import.meta.url` undefined, so it becomes the literal that Node would give.
fn rewritten(path: &Path, source: &str, replacement: Replacement<'_>) -> String {
  let Ok(module) = esm::scan(source) else {
    // Not parsable: V8 reports it better than we could.
    return source.to_owned();
  };
  let url = serde_json::Value::from(file_url(path)).to_string();
  let urls = module
    .import_meta_url
    .into_iter()
    .map(|range| (range, url.clone()));
  let imports = module.imports.into_iter().filter_map(|import| {
    let target = replacement(&import.specifier)?;
    Some((import.range, module_specifier(&target)))
  });
  esm::rewrite(source, urls.chain(imports))
}

/// The absolute name of a module, as it stands between quotes of either kind.
pub(super) fn module_specifier(file: &Path) -> String {
  // JSON escapes are JavaScript escapes.
  let quoted = serde_json::Value::from(format!("/{}", module_name(file))).to_string();
  quoted[1..quoted.len() - 1].replace('\'', "\\'")
}

/// Stacks then show the file's path. Without it they show the module's name, which lacks the slash.
pub(super) fn with_source_url(path: &Path, mut source: String) -> String {
  // Writing to a String cannot fail.
  let _ = write!(source, "\n//# sourceURL={}", path.display());
  source
}

fn serve_common_js(path: &Path, source: &str, resolver: &ModuleResolver) -> Loaded {
  let (named_exports, sources) = common_js_exports(path, source, resolver);
  let common_js_module = with_source_url(path, source.to_owned());
  Loaded {
    module: ServedModule::CommonJs {
      common_js_module,
      named_exports,
    },
    sources,
  }
}

/// Names of a CommonJS file, its re-exported files included, and all these files.
pub(super) fn common_js_exports(
  path: &Path,
  source: &str,
  resolver: &ModuleResolver,
) -> (Vec<String>, Vec<PathBuf>) {
  let mut names = Vec::new();
  let mut seen = vec![path.to_path_buf()];
  let mut pending = vec![(path.to_path_buf(), source.to_owned())];
  while let Some((path, source)) = pending.pop() {
    let Ok(found) = cjs_exports::parse(&source) else {
      continue;
    };
    names.extend(found.exports);
    for specifier in found.reexports {
      let Resolved::File(target) = resolver.resolve_from(&path, &specifier, ResolveMethod::Require)
      else {
        continue;
      };
      if seen.contains(&target) {
        continue;
      }
      seen.push(target.clone());
      if let Ok(source) = std::fs::read_to_string(&target) {
        pending.push((target, source));
      }
    }
  }
  names.retain(|name| name != "default");
  names.sort_unstable();
  names.dedup();
  (names, seen)
}

/// `file://` URL of an absolute path, escaped as Node's `pathToFileURL` does.
#[must_use]
pub fn file_url(path: &Path) -> String {
  use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
  const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
  format!(
    "file://{}",
    utf8_percent_encode(&path.to_string_lossy(), ESCAPED)
  )
}

#[cfg(test)]
mod tests {
  use super::*;

  fn loaded(files: &[(&str, &str)], entry: &str) -> ServedModule {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
      let path = folder.path().join(name);
      std::fs::create_dir_all(path.parent().unwrap()).unwrap();
      std::fs::write(path, text).unwrap();
    }
    load(
      &folder.path().canonicalize().unwrap().join(entry),
      &ModuleResolver::default(),
      &|specifier| (specifier == "lacking").then(|| "/it's/replaced.js".into()),
    )
    .unwrap()
    .module
  }

  #[track_caller]
  fn check_named(files: &[(&str, &str)], expected: &[&str]) {
    match loaded(files, files[0].0) {
      ServedModule::CommonJs { named_exports, .. } => assert_eq!(named_exports, expected),
      other => panic!("not CommonJS: {other:?}"),
    }
  }

  #[track_caller]
  fn check_esm(files: &[(&str, &str)]) {
    assert!(matches!(
      loaded(files, files[0].0),
      ServedModule::Esm { .. }
    ));
  }

  #[test]
  fn format_comes_from_extension_then_type_then_syntax() {
    check_esm(&[("a.mjs", "1")]);
    check_esm(&[("a.js", "1"), ("package.json", r#"{"type":"module"}"#)]);
    check_esm(&[("a.js", "export const a = 1"), ("package.json", "{}")]);
    check_named(&[("a.cjs", "exports.x = 1")], &["x"]);
    check_named(&[("a.js", "exports.x = 1")], &["x"]);
  }

  #[test]
  fn names_follow_re_exports_and_survive_cycles() {
    check_named(
      &[
        (
          "a.js",
          "__exportStar(require('./b'), exports); exports.a = 1",
        ),
        ("b.js", "exports.b = 1; module.exports = require('./a')"),
      ],
      &["a", "b"],
    );
    check_named(
      &[
        ("a.js", "module.exports = require('./b')"),
        ("b.js", "exports.b = 1"),
      ],
      &["b"],
    );
  }

  #[test]
  fn import_meta_url_is_a_literal_in_code_only() {
    let module = loaded(
      &[("a b.mjs", "x(import.meta.url, 'import.meta.url')")],
      "a b.mjs",
    );
    let ServedModule::Esm { es_module } = module else {
      panic!()
    };
    assert!(es_module.starts_with("x(\"file:///"), "{es_module}");
    assert!(
      es_module.contains("/a%20b.mjs\", 'import.meta.url')"),
      "{es_module}"
    );
  }

  #[test]
  fn imports_of_what_lacks_names_are_replaced() {
    let source = "import { a } from 'lacking'; export { b } from \"lacking\"; import 'other'";
    let ServedModule::Esm { es_module } = loaded(&[("a.mjs", source)], "a.mjs") else {
      panic!()
    };
    let expected = "import { a } from '/it\\'s/replaced.js'; export { b } from \"/it\\'s/replaced.js\"; import 'other'\n";
    assert!(es_module.starts_with(expected), "{es_module}");
  }

  #[test]
  fn json_is_json() {
    let module = loaded(&[("a.json", "{}")], "a.json");
    assert_eq!(module, ServedModule::Json { json: "{}".into() });
  }
}
