//! Real packages, against those who say how they should load: the npm lexer, and Wrangler's bundler.
//!
//! The packages are those of `__test__/packages`, which `npm test` installs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vitest_pool_workerd::module_fallback::cjs_exports;
use vitest_pool_workerd::module_fallback::request::ResolveMethod;
use vitest_pool_workerd::module_fallback::resolve::{ModuleResolver, Resolved, ResolverOptions};
use vitest_pool_workerd::options::dotenv;

fn folder() -> PathBuf {
  Path::new(env!("CARGO_MANIFEST_DIR")).join("__test__/packages")
}

/// Lines of JSON that a script of the oracles prints.
fn ask(script: &str, argument: &str) -> Vec<Vec<Value>> {
  let folder = folder();
  assert!(
    folder.join("node_modules").is_dir(),
    "the packages are not installed; run `npm test`"
  );
  let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/node/bin/node");
  let output = Command::new(node)
    .args([folder.join("oracle").join(script), argument.into()])
    .output()
    .unwrap();
  let errors = String::from_utf8_lossy(&output.stderr);
  assert!(output.status.success(), "{script} {argument}: {errors}");
  let text = String::from_utf8(output.stdout).unwrap();
  text
    .lines()
    .map(|line| serde_json::from_str(line).unwrap())
    .collect()
}

/// The oracle's differences from ours must be these, with their numbers; a reason belongs to each.
#[track_caller]
fn check_differences(found: &[String], expected: &[(&str, &str)]) {
  let is_expected = |line: &String| expected.iter().any(|(part, _)| line.contains(part));
  let unexpected: Vec<_> = found.iter().filter(|line| !is_expected(line)).collect();
  assert!(
    unexpected.is_empty(),
    "{} unexpected: {unexpected:#?}",
    unexpected.len()
  );
  for (part, reason) in expected {
    let is_needed = found.iter().any(|line| line.contains(part));
    assert!(is_needed, "no longer needed: {part}, because {reason}");
  }
}

#[test]
fn the_lexer_agrees_with_the_npm_package() {
  let packages = folder().join("node_modules");
  let mut differences = Vec::new();
  let mut files = 0;
  for line in ask("lexer.mjs", packages.to_str().unwrap()) {
    let path = line[0].as_str().unwrap();
    let source = std::fs::read(path).unwrap();
    let source = String::from_utf8_lossy(&source);
    let source = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let ours = match cjs_exports::parse(source) {
      Ok(found) => Some((found.exports, found.reexports)),
      Err(_) => None,
    };
    let texts = |value: &Value| -> Vec<String> {
      let items = value.as_array().unwrap().iter();
      items
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
    };
    let theirs = (line.len() > 1).then(|| (texts(&line[1]), texts(&line[2])));
    files += 1;
    if ours != theirs {
      differences.push(format!("{path}: {ours:?} instead of {theirs:?}"));
    }
  }
  assert!(files > 5000, "only {files} files");
  check_differences(
    &differences,
    &[(
      "date-fns/fp.cjs",
      "the npm package stops after 255 re-exports, and we after none",
    )],
  );
}

/// Where imports lead, by importer and specifier.
fn check_resolution(entry: &str, method: &str, expected: &[(&str, &str)]) {
  let resolver = ModuleResolver::new(&ResolverOptions {
    // As the glue has it.
    aliases: vec![("debug$".into(), "debug/src/index.js".into())],
    ..ResolverOptions::default()
  });
  let mut differences = BTreeMap::new();
  let mut imports = 0;
  for line in ask("bundle.mjs", entry) {
    let [importer, specifier, kind, target] = &line[..] else {
      panic!("{line:?}")
    };
    let (importer, specifier) = (importer.as_str().unwrap(), specifier.as_str().unwrap());
    // Modules that Wrangler makes have no files.
    if !Path::new(importer).is_file() || specifier == "<runtime>" {
      continue;
    }
    let method = match kind.as_str().unwrap() {
      "require" => ResolveMethod::Require,
      _ => ResolveMethod::Import,
    };
    let ours = match resolver.resolve_from(Path::new(importer), specifier, method) {
      Resolved::File(path) => path.to_str().unwrap().to_owned(),
      Resolved::BuiltIn(_) => "built in".into(),
      Resolved::Empty => "empty".into(),
      Resolved::Missing(why) => format!("missing: {why}"),
    };
    let theirs = match target.as_str() {
      None => "built in",
      Some(target) if target.contains("/node-built-in-modules:") => "built in",
      Some(target) if target.ends_with("(disabled)") => "empty",
      Some(target) => target,
    };
    imports += 1;
    if ours != theirs {
      let root = format!("{}/node_modules/", folder().display());
      let short = |text: &str| text.replace(&root, "");
      let line = format!(
        "{} {} {specifier}: {} instead of {}",
        short(importer),
        kind.as_str().unwrap(),
        short(&ours),
        short(theirs)
      );
      *differences.entry(line).or_insert(0) += 1;
    }
  }
  assert!(imports > 3000, "only {imports} imports: {method}");
  let differences: Vec<String> = differences.into_keys().collect();
  check_differences(&differences, expected);
}

/// Why Wrangler's bundler goes elsewhere.
const IN_ANY_BUNDLE: [(&str, &str); 5] = [
  (
    "debug: debug/src/index.js instead of",
    "Wrangler replaces it by the copy beside itself, and we by the one that is installed",
  ),
  (
    "supports-color: missing",
    "it is optional: a bundle leaves what is required in `try` as it is",
  ),
  ("pg-native: missing", "it is optional, likewise"),
  (
    "-png_bg.wasm: missing",
    "Wrangler copies WebAssembly beside the bundle, under another name",
  ),
  ("-tiktoken_bg.wasm: missing", "likewise"),
];

#[test]
fn what_is_imported_leads_where_it_leads_in_wrangler() {
  check_resolution("imports.mjs", "import", &IN_ANY_BUNDLE);
}

#[test]
fn what_is_required_leads_where_it_leads_in_wrangler() {
  // A bundle that requires a package somewhere imports its `main` instead of its `module` everywhere.
  // Nobody can know that before all is bundled, and workerd asks for one module at a time.
  let mut expected = IN_ANY_BUNDLE.to_vec();
  expected.extend(MAINS_OF_A_BUNDLE);
  check_resolution("requires.cjs", "require", &expected);
}

const MAINS_OF_A_BUNDLE: &[(&str, &str)] = &[
  (
    "import @smithy/types: @smithy/types/dist-es/index.js instead of @smithy/types/dist-cjs/index.js",
    "required elsewhere in the bundle",
  ),
  (
    "import @smithy/signature-v4: @smithy/signature-v4/dist-es/index.js instead of @smithy/signature-v4/dist-cjs/index.js",
    "required elsewhere in the bundle",
  ),
];

#[test]
fn variables_are_read_as_the_npm_packages_read_them() {
  let map = |value: &Value| -> BTreeMap<String, String> {
    let entries = value.as_object().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    entries
      .map(|(name, value)| (name.clone(), text(value)))
      .collect()
  };
  let mut differences = Vec::new();
  for line in ask("dotenv.mjs", "") {
    let text = line[0].as_str().unwrap();
    let ours: BTreeMap<_, _> = dotenv::parse(text).into_iter().collect();
    let theirs = map(&line[1]);
    if ours != theirs {
      differences.push(format!("{text:?}: {ours:?} instead of {theirs:?}"));
    } else if !line[2].is_null() {
      let (ours, theirs) = (dotenv::expand(&ours, &BTreeMap::new()), map(&line[2]));
      if ours != theirs {
        differences.push(format!("{text:?}: {ours:?} instead of {theirs:?}"));
      }
    }
  }
  check_differences(&differences, &[]);
}
