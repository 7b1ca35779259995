//! The module fallback through the real server: requests as workerd's legacy registry writes them,
//! and redirects followed as it follows them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tempfile::TempDir;
use vitest_pool_workerd::durable_objects::ObjectFiles;
use vitest_pool_workerd::loopback::server::{LoopbackServer, Services};
use vitest_pool_workerd::module_fallback::graph::RunnerGraph;
use vitest_pool_workerd::module_fallback::runtime_modules::RuntimeModules;
use vitest_pool_workerd::module_fallback::{ModuleFallback, ModuleOptions};
use vitest_pool_workerd::simulators::Simulators;
use vitest_pool_workerd::simulators::queues::Broker;
use vitest_pool_workerd::storage::{Storage, SystemClock};

use crate::http::{Answer, Client};
use crate::stage::{install_packages, write};

/// A redirect that leads on takes at most this many steps: to the real path, once for a name that is
/// an alias of an alias.
const REDIRECTS_MAX: usize = 2;

struct Modules {
  root: PathBuf,
  fallback: Arc<ModuleFallback>,
  client: Client,
  // In this order: the server goes before its socket.
  _server: LoopbackServer,
  _folder: TempDir,
}

impl Modules {
  /// A server for a folder with these files.
  async fn serve(files: &[(&str, &str)]) -> Self {
    let folder = tempfile::tempdir().unwrap();
    install_packages(folder.path());
    let graph = RunnerGraph::collect(
      &folder.path().join("package/dist/runtime"),
      &folder.path().join("vitest/dist"),
    );
    let options = ModuleOptions {
      runtime: RuntimeModules {
        compatibility_date: "2026-11-01".into(),
        ..RuntimeModules::default()
      },
      ..ModuleOptions::default()
    };
    let fallback = Arc::new(ModuleFallback::new(Arc::new(graph.unwrap()), options));
    let services = Services {
      modules: fallback.clone(),
      simulators: Arc::new(Simulators::new(
        Storage::new(Arc::new(SystemClock)),
        Broker::default(),
      )),
      objects: Arc::new(ObjectFiles::new(PathBuf::new())),
      secret: String::new(),
    };
    let socket = folder.path().join("loopback.sock");
    let server = LoopbackServer::listen(&socket, services).unwrap();
    // Modules live under their real paths, and a temporary folder may be behind a link.
    let root = folder.path().canonicalize().unwrap().join("files");
    let modules = Self {
      root,
      fallback,
      client: Client::connect(&socket).await,
      _server: server,
      _folder: folder,
    };
    for (path, text) in files {
      modules.write(path, text);
    }
    modules
  }

  fn path(&self, name: &str) -> PathBuf {
    self.root.join(name)
  }

  fn name(&self, name: &str) -> String {
    self.path(name).to_str().unwrap().into()
  }

  fn write(&self, name: &str, text: &str) {
    write(&self.path(name), text);
  }

  fn link(&self, name: &str, target: &str) {
    let link = self.path(name);
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(self.path(target), link).unwrap();
  }

  /// One request, as it is on the wire.
  async fn ask(&mut self, method: &str, specifier: &str, raw: &str, referrer: &str) -> Answer {
    let target = format!(
      "/?specifier={}&referrer={}&rawSpecifier={}",
      form(specifier),
      form(referrer),
      form(raw)
    );
    let headers = [("X-Resolve-Method", method)];
    self.client.send("GET", &target, &headers, b"").await
  }

  /// What `raw` in the file `from` leads to: the names that workerd asks for, one after the other, and
  /// the last answer. The follow-up of a redirect has the original's raw specifier and referrer.
  async fn follow(&mut self, method: &str, raw: &str, from: &str) -> (Vec<String>, Answer) {
    let referrer = self.name(from);
    let mut names = vec![joined(&referrer, raw)];
    loop {
      let name = names.last().unwrap().clone();
      let answer = self.ask(method, &name, raw, &referrer).await;
      if answer.status != 301 {
        return (names, answer);
      }
      let location = answer.header("location").unwrap();
      assert!(
        location.starts_with('/'),
        "{raw} from {from} leads to {location}, which crashes workerd"
      );
      assert!(
        !names.iter().any(|name| name == location),
        "{raw} from {from} leads in a circle: {names:?}, {location}"
      );
      names.push(location.into());
      assert!(
        names.len() <= 1 + REDIRECTS_MAX,
        "{raw} from {from} leads astray: {names:?}"
      );
    }
  }

  /// Imports, and returns where the module was found, relative to the root, and what it is.
  async fn import(&mut self, raw: &str, from: &str) -> (String, serde_json::Value) {
    self.load("import", raw, from).await
  }

  async fn load(&mut self, method: &str, raw: &str, from: &str) -> (String, serde_json::Value) {
    let (names, answer) = self.follow(method, raw, from).await;
    assert_eq!(answer.status, 200, "{raw} from {from}: {names:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let name = names.last().unwrap();
    let place = name.strip_prefix(self.root.to_str().unwrap());
    let place = place.unwrap_or(name).trim_start_matches('/');
    (place.into(), answer.json())
  }

  /// What is not there is a module that says so.
  async fn check_missing(&mut self, raw: &str, from: &str) -> String {
    let (names, answer) = self.follow("import", raw, from).await;
    assert_eq!(answer.status, 200, "{raw} from {from}: {names:?}");
    let module = answer.json();
    assert!(is_failing(&module), "{raw} from {from}: {module}");
    source(&module).to_owned()
  }
}

/// Whether a module does nothing but throw.
fn is_failing(module: &serde_json::Value) -> bool {
  let source = module["commonJsModule"].as_str();
  source.is_some_and(|source| source.ends_with("throw error"))
}

/// Form encoding as workerd does it: spaces become plus signs.
fn form(text: &str) -> String {
  utf8_percent_encode(text, NON_ALPHANUMERIC)
    .to_string()
    .replace("%20", "+")
}

/// The specifier as the registry joins it to the referrer's folder.
fn joined(referrer: &str, raw: &str) -> String {
  if ["node:", "cloudflare:", "workerd:"]
    .iter()
    .any(|prefix| raw.starts_with(prefix))
  {
    return raw.into();
  }
  let folder = Path::new(referrer).parent().unwrap().to_str().unwrap();
  let whole = if raw.starts_with('/') {
    raw.to_owned()
  } else {
    format!("{folder}/{raw}")
  };
  let mut parts = Vec::new();
  for part in whole.split('/') {
    match part {
      "" | "." => {}
      ".." => drop(parts.pop()),
      part => parts.push(part),
    }
  }
  format!("/{}", parts.join("/"))
}

/// The text of a module of any kind.
fn source(module: &serde_json::Value) -> &str {
  let kinds = ["esModule", "commonJsModule", "json"];
  let text = kinds.iter().find_map(|kind| module[*kind].as_str());
  text.unwrap_or_else(|| panic!("no text in {module}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_module_comes_in_the_shape_that_workerd_reads() {
  let mut modules = Modules::serve(&[
    ("esm.mjs", "export const a = 1"),
    ("cjs.cjs", "exports.a = 1; exports.b = 2"),
    ("data.json", r#"{"a":1}"#),
    ("code.wasm", "\0asm"),
  ])
  .await;
  let url = modules.name("esm.mjs");
  assert_eq!(
    modules.import("./esm.mjs", "test.js").await.1,
    json!({ "esModule": format!("export const a = 1\n//# sourceURL={url}") })
  );
  let url = modules.name("cjs.cjs");
  assert_eq!(
    modules.import("./cjs.cjs", "test.js").await.1,
    json!({
      "commonJsModule": format!("exports.a = 1; exports.b = 2\n//# sourceURL={url}"),
      "namedExports": ["a", "b"],
    })
  );
  assert_eq!(
    modules.import("./data.json", "test.js").await.1,
    json!({ "json": r#"{"a":1}"# })
  );
  assert_eq!(
    modules.import("./code.wasm", "test.js").await.1,
    json!({ "wasm": [0, 97, 115, 109] })
  );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_specifier_is_redirected_to_the_real_file() {
  let mut modules = Modules::serve(&[
    (
      "store/dep/package.json",
      r#"{"exports":{"workerd":"./w.mjs","default":"./d.mjs"}}"#,
    ),
    ("store/dep/w.mjs", "export const w = 1"),
    ("store/dep/d.mjs", "export const d = 1"),
  ])
  .await;
  modules.link("node_modules/dep", "store/dep");
  let (names, answer) = modules.follow("import", "dep", "src/a.js").await;
  assert_eq!(
    names,
    [modules.name("src/dep"), modules.name("store/dep/w.mjs")]
  );
  assert_eq!(answer.status, 200);
  // The same instance, however it is spelled.
  for raw in ["../node_modules/dep/w.mjs", "../store/dep/w"] {
    let (place, _) = modules.import(raw, "src/a.js").await;
    assert_eq!(place, "store/dep/w.mjs", "{raw}");
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn import_and_require_follow_their_own_conditions() {
  let mut modules = Modules::serve(&[
    (
      "node_modules/dual/package.json",
      r#"{"exports":{"import":"./i.mjs","require":"./r.cjs"}}"#,
    ),
    ("node_modules/dual/i.mjs", "export default 'i'"),
    ("node_modules/dual/r.cjs", "module.exports = 'r'"),
  ])
  .await;
  let (imported, _) = modules.load("import", "dual", "a.js").await;
  let (required, _) = modules.load("require", "dual", "a.js").await;
  let (internal, _) = modules.load("internal", "dual", "a.js").await;
  assert_eq!(imported, "node_modules/dual/i.mjs");
  assert_eq!(required, "node_modules/dual/r.cjs");
  assert_eq!(internal, imported);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_url_is_redirected_to_its_path() {
  let mut modules = Modules::serve(&[("lib/a b.mjs", "export {}")]).await;
  let url = format!("file://{}", modules.name("lib/a%20b.mjs"));
  let (names, answer) = modules.follow("import", &url, "src/x.js").await;
  assert_eq!(names.last().unwrap(), &modules.name("lib/a b.mjs"));
  assert_eq!((names.len(), answer.status), (2, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_is_redirected_to_its_name_with_a_slash() {
  let mut modules = Modules::serve(&[]).await;
  let (names, answer) = modules.follow("import", "fs", "src/x.js").await;
  assert_eq!(names, [modules.name("src/fs"), "/node:fs".into()]);
  // workerd asks for that only when it has no such module.
  assert!(is_failing(&answer.json()));
  let (names, answer) = modules.follow("require", "fs/promises", "src/x.js").await;
  assert_eq!(names.last().unwrap(), "/node:fs/promises");
  assert!(is_failing(&answer.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_says_so() {
  let mut modules = Modules::serve(&[
    ("src/x.js", ""),
    ("node_modules/closed/package.json", r#"{"exports":{}}"#),
    ("node_modules/broken/package.json", "{"),
  ])
  .await;
  for raw in [
    "./absent.js",
    "/absent.js",
    "absent",
    "@scope/absent/deep",
    "closed",
    "closed/package.json",
    "broken",
    "node:absent",
    "cloudflare:absent",
    "workerd:absent",
    "http://example.com/x.js",
    "file:///absent.js",
    "random:absent",
    "..",
    "#absent",
  ] {
    modules.check_missing(raw, "src/x.js").await;
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_text_says_so() {
  let mut modules = Modules::serve(&[]).await;
  std::fs::create_dir_all(&modules.root).unwrap();
  std::fs::write(modules.path("latin.js"), [b'"', 0xe9, b'"']).unwrap();
  let source = modules.check_missing("./latin.js", "x.js").await;
  assert!(source.contains("latin.js could not be read"), "{source}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_spaces_letters_and_signs_are_served() {
  let names = [
    "a b.mjs",
    "é.mjs",
    "日本.mjs",
    "p%20q.mjs",
    "q?x=1.mjs",
    "h#f.mjs",
    "a+b.mjs",
    "a&b=c.mjs",
    "'\".mjs",
  ];
  // As long as file systems have them: 255 bytes for a name, and nearly 4096 for all of a path.
  let folder = format!("{}/", "ü".repeat(120)).repeat(14);
  let long = format!("{folder}{}.mjs", "x".repeat(250));
  let names = names.into_iter().chain([long.as_str()]);
  let names: Vec<&str> = names.collect();
  let files: Vec<(String, String)> = names
    .iter()
    .map(|name| {
      (
        format!("dir é/{name}"),
        format!("export const name = {name:?}"),
      )
    })
    .collect();
  let files: Vec<(&str, &str)> = files
    .iter()
    .map(|(path, text)| (path.as_str(), text.as_str()))
    .collect();
  let mut modules = Modules::serve(&files).await;
  modules.link("linked", "dir é");
  for name in names {
    let raw = format!("./dir é/{name}");
    let (place, module) = modules.import(&raw, "x.js").await;
    assert_eq!(place, format!("dir é/{name}"));
    assert!(source(&module).contains(&format!("{name:?}")), "{name}");
    // Through a link there is a redirect, whose header has to carry the name unharmed.
    let (place, _) = modules.import(&format!("./linked/{name}"), "x.js").await;
    assert_eq!(place, format!("dir é/{name}"));
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_file_is_served_anew() {
  let mut modules = Modules::serve(&[("a.mjs", "export const a = 1")]).await;
  modules.import("./a.mjs", "x.js").await;
  modules.write("a.mjs", "export const a = 2");
  set_modified(&modules.path("a.mjs"), 1);
  let (_, module) = modules.import("./a.mjs", "x.js").await;
  assert!(source(&module).starts_with("export const a = 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_within_one_tick_of_the_file_system_is_noticed() {
  let mut modules = Modules::serve(&[("a.mjs", "export const a = 1")]).await;
  set_modified(&modules.path("a.mjs"), 1);
  modules.import("./a.mjs", "x.js").await;
  modules.write("a.mjs", "export const a = 1, b = 2");
  set_modified(&modules.path("a.mjs"), 1);
  let (_, module) = modules.import("./a.mjs", "x.js").await;
  assert!(source(&module).starts_with("export const a = 1, b = 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_an_edited_re_exported_file_are_served_anew() {
  let mut modules = Modules::serve(&[
    ("a.cjs", "module.exports = require('./b.cjs')"),
    ("b.cjs", "exports.one = 1"),
  ])
  .await;
  let (_, module) = modules.import("./a.cjs", "x.js").await;
  assert_eq!(module["namedExports"], json!(["one"]));
  modules.write("b.cjs", "exports.one = 1; exports.two = 2");
  set_modified(&modules.path("b.cjs"), 1);
  let (_, module) = modules.import("./a.cjs", "x.js").await;
  assert_eq!(module["namedExports"], json!(["one", "two"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_appears_before_the_next_run_is_found() {
  let mut modules = Modules::serve(&[("src/x.js", "")]).await;
  for raw in ["./late.mjs", "./late", "late"] {
    modules.check_missing(raw, "src/x.js").await;
  }
  modules.write("src/late.mjs", "export {}");
  modules.write("node_modules/late/index.js", "exports.a = 1");
  modules.fallback.begin_run();
  for (raw, expected) in [
    ("./late.mjs", "src/late.mjs"),
    ("./late", "src/late.mjs"),
    ("late", "node_modules/late/index.js"),
  ] {
    let (place, _) = modules.import(raw, "src/x.js").await;
    assert_eq!(place, expected, "{raw}");
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_field_replaces_packages_and_files() {
  let mut modules = Modules::serve(&[
    (
      "node_modules/p/package.json",
      r#"{
        "main": "./main.js",
        "browser": { "./node.js": "./browser.js", "ws": "./ws.js", "canvas": false }
      }"#,
    ),
    ("node_modules/p/main.js", "require('./node')"),
    ("node_modules/p/node.js", "exports.node = 1"),
    ("node_modules/p/browser.js", "exports.browser = 1"),
    ("node_modules/p/ws.js", "exports.ws = 1"),
  ])
  .await;
  for (raw, expected) in [
    ("./node", "browser.js"),
    ("./node.js", "browser.js"),
    ("ws", "ws.js"),
  ] {
    let (place, _) = modules.load("require", raw, "node_modules/p/main.js").await;
    assert_eq!(place, format!("node_modules/p/{expected}"), "{raw}");
  }
  let (_, answer) = modules
    .follow("require", "canvas", "node_modules/p/main.js")
    .await;
  assert_eq!(
    answer.json(),
    json!({ "commonJsModule": "", "namedExports": [] })
  );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_the_runner_is_rewritten_like_those_in_the_configuration() {
  let mut modules = Modules::serve(&[]).await;
  let runtime = modules.root.parent().unwrap().join("package/dist/runtime");
  let runner = runtime.join("runner.js");
  let name = runner.to_str().unwrap().to_owned();
  let answer = modules.ask("import", &name, &name, "/x.js").await;
  let chunk = runtime.join("chunk.js");
  let expected = format!("import {{ chunk }} from '{}'", chunk.display());
  let module = answer.json();
  assert!(source(&module).starts_with(&expected), "{module}");
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_names_of_files() {
  let mut modules = Modules::serve(&[
    ("package.json", r#"{"type":"module"}"#),
    (
      "a.js",
      "import { x } from 'dual'; import './b.js'; import data from './data.json' with { type: 'json' };\n\
       import 'node:fs'; import 'fs'; export * from './b.js'; import('dual'); import(`dual`);\n\
       import(x); require('dual'); import('./data.json', { with: { type: 'json' } })",
    ),
    ("b.js", ""),
    ("data.json", "{}"),
    (
      "node_modules/dual/package.json",
      r#"{"exports":{"import":"./i.mjs","require":"./r.cjs"}}"#,
    ),
    ("node_modules/dual/i.mjs", "export const x = 1"),
    ("node_modules/dual/r.cjs", "exports.x = 1"),
  ])
  .await;
  let (_, module) = modules.import("./a.js", "x.js").await;
  let (dual, b) = (
    modules.name("node_modules/dual/i.mjs"),
    modules.name("b.js"),
  );
  let (data, url) = (modules.name("data.json"), modules.name("a.js"));
  let expected = format!(
    "import {{ x }} from '{dual}'; import '{b}'; import data from '{data}' ;\n\
     import 'node:fs'; import 'node:fs'; export * from '{b}'; import('{dual}'); import(`{dual}`);\n\
     import(x); require('dual'); import('{data}')\n//# sourceURL={url}"
  );
  assert_eq!(source(&module), expected);
}

/// Whatever the specifier in `text` became in the module that has it.
async fn linked(modules: &mut Modules, file: &str) -> String {
  let (_, module) = modules.import(&format!("./{file}"), "x.js").await;
  let text = source(&module).split('\'').nth(1).unwrap();
  text.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn bundlers_find_more_names_in_common_js_than_its_text_shows() {
  let mut modules = Modules::serve(&[
    ("node.mjs", "import d, { hidden, shown } from './plain.cjs'"),
    ("known.mjs", "import d, { shown } from './plain.cjs'"),
    ("flag/node.mjs", "import d from '../once.cjs'"),
    ("flag/bundler.js", "import d from '../once.cjs'"),
    ("json.mjs", "import { version } from './data.json'"),
    (
      "plain.cjs",
      "exports.shown = 1; Object.assign(exports, { hidden: 2 })",
    ),
    ("once.cjs", "exports.__esModule = true; exports.default = 3"),
    ("data.json", r#"{"version":4}"#),
  ])
  .await;
  let plain = modules.name("plain.cjs");
  assert_eq!(linked(&mut modules, "known.mjs").await, plain);
  let once = modules.name("once.cjs");
  assert_eq!(linked(&mut modules, "flag/node.mjs").await, once);
  for (file, expected) in [
    (
      "node.mjs",
      vec![
        "const n0 = module?.[\"hidden\"]; export { n0 as \"hidden\" };",
        "export default module;",
      ],
    ),
    (
      "flag/bundler.js",
      vec!["export default module?.__esModule ? module.default : module;"],
    ),
    (
      "json.mjs",
      vec!["const n0 = module?.[\"version\"]; export { n0 as \"version\" };"],
    ),
  ] {
    let name = linked(&mut modules, file).await;
    let answer = modules.ask("import", &name, &name, "/x.js").await;
    let module = answer.json();
    for line in expected {
      assert!(source(&module).contains(line), "{file}: {module}");
    }
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn required_es_modules_are_objects_beside_the_module() {
  let mut modules = Modules::serve(&[
    ("a.mjs", "export const a = 1"),
    ("b.cjs", "require('./a.mjs')"),
    ("dir/c.cjs", "require('cloudflare:workers')"),
    (
      "bundle.cjs",
      "(function (require) { require('./inside') })(x)",
    ),
  ])
  .await;
  let file = modules.name("a.mjs");
  // By an alias, which leads to a name of its own.
  let (names, answer) = modules.follow("require", "../a", "dir/x.cjs").await;
  assert_eq!(names.len(), 2);
  let module = answer.json();
  assert!(source(&module).contains(&format!("import * as module from \"{file}\"")));
  assert!(source(&module).contains("export { exports as \"module.exports\" }"));
  // By words that are the module's own name, so they are replaced.
  assert_eq!(linked(&mut modules, "b.cjs").await, names[1]);
  let name = linked(&mut modules, "dir/c.cjs").await;
  let answer = modules.ask("require", &name, &name, "/x.js").await;
  assert!(source(&answer.json()).contains("import * as module from \"cloudflare:workers\""));
  assert_eq!(linked(&mut modules, "bundle.cjs").await, "./inside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_and_a_neighbour_of_its_name_stay_apart() {
  let mut modules = Modules::serve(&[
    ("a.cjs", "require('debug')"),
    ("debug.js", ""),
    ("alone/a.cjs", "require('debug')"),
    ("node_modules/debug/index.js", ""),
  ])
  .await;
  let package = modules.name("node_modules/debug/index.js");
  assert_eq!(linked(&mut modules, "a.cjs").await, package);
  assert_eq!(linked(&mut modules, "alone/a.cjs").await, "debug");
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_that_cannot_work_say_so_when_they_run() {
  let mut modules = Modules::serve(&[
    ("absent.mjs", "\nimport d, { a } from 'absent/deep'"),
    ("closed.mjs", "import 'closed/deep'"),
    ("typed.mjs", "import { a } from 'typed'"),
    ("sea.mjs", "import { a } from 'node:sea'"),
    (
      "node_modules/closed/package.json",
      r#"{"exports":{".":"./a.js"}}"#,
    ),
    ("node_modules/typed/index.ts", ""),
    ("node_modules/typed/package.json", r#"{"main":"index.ts"}"#),
  ])
  .await;
  for (file, names, expected) in [
    (
      "absent.mjs",
      json!(["a"]),
      "absent.mjs:2:23\\n  help: install it (`npm install absent`)",
    ),
    (
      "closed.mjs",
      json!([]),
      "\\\"./deep\\\" is not exported under the conditions",
    ),
    (
      "typed.mjs",
      json!(["a"]),
      "add \\\"typed\\\" to `test.server.deps.inline`",
    ),
    ("sea.mjs", json!(["a"]), "No such built-in module: node:sea"),
  ] {
    let name = linked(&mut modules, file).await;
    let answer = modules.ask("import", &name, &name, "/x.js").await;
    let module = answer.json();
    assert!(is_failing(&module), "{file}: {name}");
    assert_eq!(module["namedExports"], names, "{file}");
    assert!(source(&module).contains(expected), "{file}: {module}");
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_of_tsconfig_are_for_the_project_alone() {
  let mut modules = Modules::serve(&[
    (
      "tsconfig.json",
      r#"{"compilerOptions":{"paths":{"@app/*":["./src/*"]}}}"#,
    ),
    ("src/a.mjs", "export {}"),
    ("broken/tsconfig.json", "{"),
    ("broken/b.mjs", "export {}"),
    ("node_modules/p/x.mjs", ""),
  ])
  .await;
  let (place, _) = modules.import("@app/a.mjs", "main.mjs").await;
  assert_eq!(place, "src/a.mjs");
  modules
    .check_missing("@app/a.mjs", "node_modules/p/x.mjs")
    .await;
  let (place, _) = modules.import("./b", "broken/x.mjs").await;
  assert_eq!(place, "broken/b.mjs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_create_require_escapes_is_found() {
  let mut modules = Modules::serve(&[
    ("a b/é.cjs", ""),
    ("a b/y.cjs", "exports.y = 1"),
    ("p%20q/x.cjs", ""),
    ("p%20q/y.cjs", ""),
  ])
  .await;
  for (referrer, expected) in [
    ("a%20b/%C3%A9.cjs", "a b/y.cjs"),
    ("a b/é.cjs", "a b/y.cjs"),
    ("p%20q/x.cjs", "p%20q/y.cjs"),
  ] {
    let (place, _) = modules.load("require", "./y", referrer).await;
    assert_eq!(place, expected, "{referrer}");
  }
}

/// Folders in which names lead to each other in ways that are easy to get wrong.
#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_leads_back_to_itself() {
  let mut modules = Modules::serve(&[
    ("main.js", ""),
    // Two files that replace each other.
    (
      "swap/package.json",
      r#"{"browser":{"./a.js":"./b.js","./b.js":"./a.js"}}"#,
    ),
    ("swap/a.js", "exports.a = 1"),
    ("swap/b.js", "exports.b = 1"),
    ("swap/x.js", ""),
    // A package that names itself, a built-in, and a package of a built-in's name.
    (
      "node_modules/self/package.json",
      r##"{
        "name": "self",
        "exports": { ".": "./index.js", "./*": "./*.js" },
        "imports": { "#me": "self", "#fs": "node:fs" }
      }"##,
    ),
    ("node_modules/self/index.js", "export {}"),
    ("node_modules/self/x.js", ""),
    ("node_modules/buffer/index.js", "exports.Buffer = 1"),
    // A package that replaces a built-in, and itself.
    (
      "node_modules/alias/package.json",
      r#"{
        "main": "./index.js",
        "browser": { "alias": "./alias.js", "fs": "./fs.js", "path": "path", "net": "node:net" }
      }"#,
    ),
    ("node_modules/alias/index.js", ""),
    ("node_modules/alias/alias.js", ""),
    ("node_modules/alias/fs.js", ""),
    // A folder and files whose names begin alike.
    ("twin.js", ""),
    ("twin/index.js", ""),
    ("twin.json", "{}"),
    // A file called like a built-in.
    ("node:fs", ""),
    ("odd/node:fs.js", ""),
    ("odd/x.js", ""),
  ])
  .await;
  modules.link("links/file.js", "main.js");
  modules.link("links/twice.js", "links/file.js");
  modules.link("links/folder", "node_modules/self");
  modules.link("links/loop", "links/loop");
  modules.link("links/up", "links");
  let referrers = [
    "main.js",
    "swap/x.js",
    "node_modules/self/x.js",
    "node_modules/alias/index.js",
    "odd/x.js",
    "links/up/up/x.js",
  ];
  let specifiers = [
    "./a.js",
    "./a",
    "./b",
    "../swap/a",
    "./x.js",
    ".",
    "./",
    "..",
    "../",
    "self",
    "self/x",
    "self/x.js",
    "#me",
    "#fs",
    "buffer",
    "buffer/",
    "node:buffer",
    "alias",
    "fs",
    "./fs",
    "path",
    "net",
    "../twin",
    "./twin",
    "./twin/",
    "./twin.js",
    "./twin?x",
    "./twin#x",
    "./node:fs",
    "node:fs",
    "./node:fs.js",
    "./links/file",
    "./links/file.js",
    "./links/twice.js",
    "./links/folder",
    "./links/loop",
    "./links/up/up/twice",
    "./main.js?query",
    "./main.js#fragment",
    "",
    "/",
    "file:",
    "file://",
    "file:///",
    "file://host/x",
  ];
  let mut found = 0;
  for referrer in referrers {
    for raw in specifiers {
      for method in ["import", "require"] {
        // Whether it is found is not the question here, only that there is an end.
        let (names, answer) = modules.follow(method, raw, referrer).await;
        assert_eq!(answer.status, 200, "{raw} from {referrer}: {names:?}");
        found += usize::from(!is_failing(&answer.json()));
      }
    }
  }
  assert!(found > 90, "only {found} were found: the layout is wrong");
}

/// Moves a file's modification time to this many hours from now, so that no tick of a clock matters.
fn set_modified(path: &Path, hours: u64) {
  let file = std::fs::File::options().write(true).open(path).unwrap();
  let hour = Duration::from_secs(3600);
  // Whole hours of the epoch, so that the same number means the same time.
  let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 3600;
  let hours = u32::try_from(since_epoch + hours).unwrap();
  file
    .set_modified(SystemTime::UNIX_EPOCH + hour * hours)
    .unwrap();
}
