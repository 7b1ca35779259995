//! The code of auxiliary Workers: as it is given, or a file with everything that it imports by relative
//! paths. What has to be bundled first is left to the glue, which has Vite.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::prepare::module_rules;
use crate::module_fallback::esm;
use crate::module_fallback::module::module_name;
use crate::module_fallback::rules::{ModuleRule, RuleKind, kind_of};
use crate::options::{FileContent, ModuleType, Plan, WorkerModule, WorkerSource};

/// Code of auxiliary Workers that need not be built.
#[derive(Clone, Debug, Default)]
pub struct AuxiliaryCode {
  /// Modules by the name of the Worker; each first one is the entry.
  pub modules: BTreeMap<String, Vec<WorkerModule>>,
  /// Files that have been read for them.
  pub files: Vec<PathBuf>,
}

impl AuxiliaryCode {
  /// Reads what files import. One that is missing is left to workerd, which says who wanted it.
  pub(super) fn collect(plan: &Plan) -> Self {
    let mut code = Self::default();
    for worker in &plan.auxiliary_workers {
      let modules = match &worker.source {
        WorkerSource::Modules(modules) => modules.clone(),
        WorkerSource::File { entry, rules } => {
          with_imports(entry, &module_rules(rules), &mut code.files)
        }
        WorkerSource::Entry(_) => continue,
      };
      code.modules.insert(worker.name.clone(), modules);
    }
    code
  }
}

/// A module, and what it imports, and what that imports. Their names are their paths.
fn with_imports(
  entry: &WorkerModule,
  rules: &[ModuleRule],
  files: &mut Vec<PathBuf>,
) -> Vec<WorkerModule> {
  let first = PathBuf::from(&entry.name);
  let mut seen = vec![first.clone()];
  let mut modules = vec![WorkerModule {
    name: module_name(&first),
    ..entry.clone()
  }];
  let mut index = 0;
  while let (Some(module), Some(path)) = (modules.get(index), seen.get(index)) {
    index += 1;
    let folder = path.parent().unwrap_or(path).to_owned();
    for specifier in imports(module) {
      let path = joined(&folder, &specifier);
      if seen.contains(&path) {
        continue;
      }
      let Ok(bytes) = std::fs::read(&path) else {
        continue;
      };
      files.push(path.clone());
      modules.push(WorkerModule {
        kind: kind(&path, &bytes, rules),
        name: module_name(&path),
        content: FileContent(Arc::from(bytes)),
      });
      seen.push(path);
    }
  }
  modules
}

/// Relative specifiers of a module's imports.
fn imports(module: &WorkerModule) -> Vec<String> {
  if !matches!(module.kind, ModuleType::EsModule | ModuleType::CommonJs) {
    return Vec::new();
  }
  let Ok(source) = std::str::from_utf8(&module.content.0) else {
    return Vec::new();
  };
  // workerd words the error.
  let Ok(scanned) = esm::scan(source) else {
    return Vec::new();
  };
  let imports = scanned.imports.into_iter().map(|import| import.specifier);
  let requires = scanned
    .requires
    .into_iter()
    .map(|require| require.specifier);
  imports
    .chain(requires)
    .filter(|specifier| specifier.starts_with("./") || specifier.starts_with("../"))
    .collect()
}

fn kind(path: &Path, bytes: &[u8], rules: &[ModuleRule]) -> ModuleType {
  match kind_of(rules, path) {
    Some(RuleKind::Text) => return ModuleType::Text,
    Some(RuleKind::Data) => return ModuleType::Data,
    Some(RuleKind::CompiledWasm) => return ModuleType::CompiledWasm,
    None => {}
  }
  let extension = path.extension().and_then(|extension| extension.to_str());
  match extension {
    Some("json") => ModuleType::Json,
    Some("cjs") => ModuleType::CommonJs,
    Some("mjs") => ModuleType::EsModule,
    _ if has_module_syntax(bytes) => ModuleType::EsModule,
    _ => ModuleType::CommonJs,
  }
}

fn has_module_syntax(bytes: &[u8]) -> bool {
  let source = std::str::from_utf8(bytes).unwrap_or_default();
  esm::scan(source).is_ok_and(|module| module.has_module_syntax)
}

/// A path without `.` and `..`, as workerd makes names of specifiers.
fn joined(folder: &Path, specifier: &str) -> PathBuf {
  let mut path = folder.to_owned();
  for part in Path::new(specifier).components() {
    match part {
      Component::ParentDir => {
        path.pop();
      }
      Component::Normal(name) => path.push(name),
      Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
    }
  }
  path
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_file_brings_what_it_imports() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    std::fs::create_dir(path("lib")).unwrap();
    write(
      "lib/a.js",
      "import '../b.cjs'; import './text.txt'; import('./gone.js')",
    );
    write(
      "b.cjs",
      "require('./index.js'); require('node:fs'); exports.b = 1",
    );
    write("lib/text.txt", "import './nothing.js'");
    let entry = WorkerModule {
      kind: ModuleType::EsModule,
      name: path("index.js").display().to_string(),
      content: FileContent(Arc::from(&b"export * from './lib/a.js'"[..])),
    };
    let rules = [ModuleRule {
      kind: RuleKind::Text,
      globs: vec!["**/*.txt".into()],
    }];
    let mut files = Vec::new();
    let modules = with_imports(&entry, &rules, &mut files);
    let found: Vec<_> = modules
      .iter()
      .map(|module| (module.name.as_str(), module.kind))
      .collect();
    let name = |file: &str| module_name(&path(file));
    let expected = [
      (name("index.js"), ModuleType::EsModule),
      (name("lib/a.js"), ModuleType::EsModule),
      (name("b.cjs"), ModuleType::CommonJs),
      (name("lib/text.txt"), ModuleType::Text),
    ];
    let expected: Vec<_> = expected
      .iter()
      .map(|(name, kind)| (name.as_str(), *kind))
      .collect();
    assert_eq!(found, expected);
    assert_eq!(
      files,
      [path("lib/a.js"), path("b.cjs"), path("lib/text.txt")]
    );
  }
}
