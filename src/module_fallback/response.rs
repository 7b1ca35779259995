//! A file, or what stands for one → the module that workerd evaluates.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::esm::{self, EsmModule};
use super::failure::Failure;
use super::format::Format;
use super::link::{Edits, Linker, in_quotes};
use super::rules::RuleKind;
use super::synthetic::{FailingImport, Synthetic};

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
  /// A string.
  Text {
    /// The string.
    text: String,
  },
  /// An `ArrayBuffer`.
  Data {
    /// The bytes; workerd takes an array of numbers only.
    data: Vec<u8>,
  },
  /// WebAssembly, compiled by workerd.
  Wasm {
    /// The bytes, likewise.
    wasm: Vec<u8>,
  },
}

/// A module, and the files that it was made from.
#[derive(Debug)]
pub struct Loaded {
  /// The module.
  pub module: ServedModule,
  /// Its own file, and those whose names it re-exports.
  pub sources: Vec<PathBuf>,
}

/// Reads a file and makes it a module of its format.
///
/// # Errors
/// [`Failure`] when the file is gone, unreadable, not UTF-8, or of a kind that the runtime does not know.
pub fn load(path: &Path, linker: &Linker<'_>) -> Result<Loaded, Failure> {
  let alone = |module| Loaded {
    module,
    sources: vec![path.into()],
  };
  let unreadable = |error: std::io::Error| Failure::Unreadable {
    file: path.into(),
    reason: error.to_string(),
  };
  let facts = linker.files.facts(path);
  let bytes = || std::fs::read(path).map_err(unreadable);
  let text = || facts.take_source(path).map_err(unreadable);
  Ok(match facts.format {
    Format::Rule(RuleKind::CompiledWasm) => alone(ServedModule::Wasm { wasm: bytes()? }),
    Format::Rule(RuleKind::Data) => alone(ServedModule::Data { data: bytes()? }),
    Format::Rule(RuleKind::Text) => alone(ServedModule::Text { text: text()? }),
    Format::Json => alone(ServedModule::Json { json: text()? }),
    Format::Esm => alone(esm(path, text()?, linker)),
    Format::CommonJs => common_js(path, text()?, linker),
    format @ (Format::Source | Format::NativeAddon) => {
      return Err(Failure::Unsupported {
        file: path.into(),
        format,
      });
    }
  })
}

fn esm(path: &Path, source: String, linker: &Linker<'_>) -> ServedModule {
  let source = match esm::scan(&source) {
    Ok(module) => {
      let edits = linker.edits(path, &source, &module);
      esm::rewrite(&source, edits.into_iter().chain(url_edits(path, &module)))
    }
    // V8 says what is wrong with it better than we could.
    Err(_) => source,
  };
  ServedModule::Esm {
    es_module: with_source_url(path, source),
  }
}

fn common_js(path: &Path, source: String, linker: &Linker<'_>) -> Loaded {
  let (names, sources) = linker.files.common_js_names(path, linker.resolver);
  let source = match esm::scan(&source) {
    Ok(module) => esm::rewrite(&source, linker.edits(path, &source, &module)),
    Err(_) => source,
  };
  Loaded {
    module: ServedModule::CommonJs {
      common_js_module: with_source_url(path, source),
      named_exports: names.into_iter().collect(),
    },
    sources,
  }
}

/// `import.meta.url` becomes the literal that Node would give; workerd leaves it undefined.
pub(super) fn url_edits(path: &Path, module: &EsmModule) -> Edits {
  let url = serde_json::Value::from(file_url(path)).to_string();
  let ranges = module.import_meta_url.iter().cloned();
  ranges.map(|range| (range, url.clone())).collect()
}

/// A module that throws why an import fails.
#[must_use]
pub fn failing(failure: &Failure, import: &FailingImport) -> ServedModule {
  made(failure.throwing(import), &import.names)
}

/// CommonJS with the names that its importer takes: an import of a name that is not there would fail
/// before the module is evaluated.
fn made(common_js_module: String, names: &[String]) -> ServedModule {
  let names = names.iter().filter(|name| *name != "default");
  ServedModule::CommonJs {
    common_js_module,
    named_exports: names.cloned().collect(),
  }
}

/// The module that a synthetic name stands for. `failure` finds out why an import fails.
#[must_use]
pub fn synthetic(
  module: &Synthetic,
  failure: impl FnOnce(&FailingImport) -> Failure,
) -> ServedModule {
  let esm = |es_module| ServedModule::Esm { es_module };
  match module {
    // `module.exports` is what `require` gives, whatever else is exported. The properties of it are
    // getters, because variables of a module change, and are not there yet in a cycle.
    Synthetic::Required { target } => {
      let name = in_quotes(target);
      esm(format!(
        "import * as module from \"{name}\";\n\
         export * from \"{name}\";\n\
         let exports = {{}};\n\
         if (\"module.exports\" in module) exports = module[\"module.exports\"];\n\
         else {{\n\
         for (const key of Reflect.ownKeys(module)) if (typeof key === \"string\") Object.defineProperty(exports, key, {{ get: () => module[key], enumerable: true }});\n\
         if (\"default\" in module && !(\"__esModule\" in module)) Object.defineProperty(exports, \"__esModule\", {{ value: true, enumerable: true }});\n\
         }}\n\
         export {{ exports as \"module.exports\" }};\n"
      ))
    }
    Synthetic::Bundled {
      target,
      names,
      unwraps_default,
    } => {
      let name = in_quotes(target);
      let mut source = format!("import module from \"{name}\";\nexport * from \"{name}\";\n");
      for (index, name) in names.iter().enumerate() {
        let name = serde_json::Value::from(name.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(
          source,
          "const n{index} = module?.[{name}]; export {{ n{index} as {name} }};"
        );
      }
      source.push_str(if *unwraps_default {
        "export default module?.__esModule ? module.default : module;\n"
      } else {
        "export default module;\n"
      });
      esm(source)
    }
    Synthetic::Empty { names } => made(String::new(), names),
    Synthetic::Failing(import) => failing(&failure(import), import),
  }
}

/// Stacks then show the file's path. Without it they show the module's name, which lacks the slash.
pub(super) fn with_source_url(path: &Path, mut source: String) -> String {
  // Writing to a String cannot fail.
  let _ = write!(source, "\n//# sourceURL={}", path.display());
  source
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
  use crate::module_fallback::request::ResolveMethod;
  use crate::module_fallback::resolve::Unresolved;

  #[test]
  fn what_throws_has_the_names_that_its_importer_takes() {
    let import = FailingImport {
      method: ResolveMethod::Import,
      specifier: "a".into(),
      importer: "/app/a.js".into(),
      position: None,
      names: vec!["default".into(), "a".into()],
    };
    let module = failing(&Failure::Unresolved(Unresolved::NotFound), &import);
    let ServedModule::CommonJs { named_exports, .. } = module else {
      panic!("not CommonJS")
    };
    assert_eq!(named_exports, ["a"]);
  }
}
