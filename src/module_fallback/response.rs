//! A file, or what stands for one → the module that workerd evaluates.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::esm;
use super::format::Format;
use super::link::{Linker, in_quotes};
use super::rules::RuleKind;
use super::synthetic::Synthetic;

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

/// Why a file is no module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
  /// The file cannot be read, or not as text.
  #[error("could not read the module")]
  Read(#[source] std::io::Error),
  /// The file needs to be something else first.
  #[error("no module for workerd: {0:?}")]
  Unsupported(Format),
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
/// [`ModuleError`] when the file is gone, unreadable, not UTF-8, or of a kind that the runtime does not
/// know.
pub fn load(path: &Path, linker: &Linker<'_>) -> Result<Loaded, ModuleError> {
  let alone = |module| Loaded {
    module,
    sources: vec![path.into()],
  };
  let bytes = || std::fs::read(path).map_err(ModuleError::Read);
  match linker.files.facts(path).format {
    Format::Rule(RuleKind::CompiledWasm) => {
      return Ok(alone(ServedModule::Wasm { wasm: bytes()? }));
    }
    Format::Rule(RuleKind::Data) => {
      return Ok(alone(ServedModule::Data { data: bytes()? }));
    }
    format @ (Format::Source | Format::NativeAddon) => {
      return Err(ModuleError::Unsupported(format));
    }
    _ => {}
  }
  let (format, source) = linker.files.source(path).map_err(ModuleError::Read)?;
  Ok(match format {
    Format::Json => alone(ServedModule::Json { json: source }),
    Format::Rule(_) => alone(ServedModule::Text { text: source }),
    Format::Esm => alone(esm(path, source, linker)),
    _ => common_js(path, source, linker),
  })
}

fn esm(path: &Path, source: String, linker: &Linker<'_>) -> ServedModule {
  let source = match esm::scan(&source) {
    Ok(module) => {
      // workerd leaves it undefined, so it becomes the literal that Node would give.
      let url = serde_json::Value::from(file_url(path)).to_string();
      let urls = module
        .import_meta_url
        .iter()
        .map(|range| (range.clone(), url.clone()));
      let edits = linker.edits(path, &source, &module);
      esm::rewrite(&source, edits.into_iter().chain(urls))
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

/// The module that a synthetic name stands for, unless it stands for a failure.
#[must_use]
pub fn synthetic(module: &Synthetic) -> Option<ServedModule> {
  let esm = |es_module| Some(ServedModule::Esm { es_module });
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
    Synthetic::Empty { names } => Some(ServedModule::CommonJs {
      common_js_module: String::new(),
      named_exports: names
        .iter()
        .filter(|name| *name != "default")
        .cloned()
        .collect(),
    }),
    Synthetic::Failing(_) => None,
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
