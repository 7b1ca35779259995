//! Modules of packages, once their imports are linked; and names of modules that no file has.
#![cfg_attr(feature = "libfuzzer", no_main)]

use std::path::Path;

use vitest_pool_workerd::module_fallback::esm::scan;
use vitest_pool_workerd::module_fallback::failure::Failure;
use vitest_pool_workerd::module_fallback::files::Files;
use vitest_pool_workerd::module_fallback::format::Formats;
use vitest_pool_workerd::module_fallback::link::Linker;
use vitest_pool_workerd::module_fallback::resolve::{ModuleResolver, Unresolved};
use vitest_pool_workerd::module_fallback::response::synthetic;
use vitest_pool_workerd::module_fallback::runtime_modules::RuntimeModules;
use vitest_pool_workerd::module_fallback::synthetic::Synthetic;

fuzz::target!(|bytes: &[u8]| {
  let source = fuzz::text(bytes);
  if let Some(module) = Synthetic::parse(source) {
    // Other spellings of a name may be read, but say the same.
    assert_eq!(Synthetic::parse(&module.name()), Some(module.clone()));
    let _ = synthetic(&module, |_| Failure::Unresolved(Unresolved::NotFound));
  }
  let Ok(module) = scan(source) else {
    return;
  };
  let resolver = ModuleResolver::default();
  let files = Files::new(Formats::new(Vec::new()));
  let linker = Linker {
    resolver: &resolver,
    files: &files,
    runtime: &RuntimeModules::default(),
  };
  for (range, name) in linker.edits(Path::new("/nowhere/a.js"), source, &module) {
    assert!(source.get(range.clone()).is_some(), "{range:?}");
    // What is empty takes attributes away.
    if name.is_empty() {
      continue;
    }
    // It stands between the quotes that were there, and says the same in all of them.
    let mut names = ['"', '\'', '`'].map(|quote| {
      let imports = scan(&format!("import({quote}{name}{quote})")).map(|module| module.imports);
      let [import] = &imports.expect("a module")[..] else {
        panic!("{name:?} ends its string")
      };
      import.specifier.clone()
    });
    names.sort_unstable();
    assert_eq!(names[0], names[2]);
    let name = &names[0];
    assert!(
      name.starts_with('/') || name.contains(':'),
      "{name:?} names no module"
    );
  }
});
