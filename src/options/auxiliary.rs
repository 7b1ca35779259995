//! Auxiliary Workers: they run beside the user Worker, in isolates of their own. Either their code is given
//! in the options, built (`miniflare.workers`), or a Wrangler file names its source (`auxiliaryWorkers`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::field::Field;
use super::files::{FileSystem, absolute};
use super::miniflare;
use super::mistake::Mistake;
use super::plan::{EntryFile, FileContent, ModuleType, WorkerModule, WorkerSource};
use super::problem::{Problems, Written};
use super::rules;
use super::worker::WorkerOptions;
use super::workers::RESERVED_PREFIXES;

/// An auxiliary Worker as written.
#[derive(Clone, Debug)]
pub(super) struct Auxiliary {
  pub(super) name: Written<String>,
  pub(super) options: WorkerOptions,
  /// What its paths are relative to; itself relative to the base of the project.
  pub(super) root: PathBuf,
  pub(super) code: Code,
}

/// Where the code comes from.
#[derive(Clone, Debug)]
pub(super) enum Code {
  /// Text of the options.
  Script { text: String, is_module: bool },
  /// A file.
  File {
    path: Written<String>,
    is_module: bool,
  },
  /// Modules, the entry first.
  Modules {
    modules: Vec<ListedModule>,
    modules_root: Option<String>,
  },
  /// `main` of its Wrangler file, which may be TypeScript.
  Main,
  /// What is wrong with it has been reported.
  Unusable,
}

/// A module of a list.
#[derive(Clone, Debug)]
pub(super) struct ListedModule {
  kind: ModuleType,
  path: Written<String>,
  contents: Option<String>,
}

/// `workers: [{ name, script, … }]`
pub(super) fn read(option: &Field<'_>, problems: &mut Problems) -> Vec<Auxiliary> {
  let items = option.list("a list of Workers, { name, scriptPath, modules }", problems);
  let read = |item: &Field<'_>| read_one(item, problems);
  items.iter().filter_map(read).collect()
}

fn read_one(item: &Field<'_>, problems: &mut Problems) -> Option<Auxiliary> {
  let (mut options, root) = read_options(item, problems);
  let code = read_code(item, problems);
  let name = item.required_text("name", "a name that no other Worker has", problems)?;
  if RESERVED_PREFIXES
    .iter()
    .any(|prefix| name.value.starts_with(prefix))
  {
    let mistake = Mistake::ReservedName {
      name: name.value.clone(),
    };
    problems.report(mistake, name.location.clone());
  }
  options.names = vec![name.value.clone()];
  Some(Auxiliary {
    name,
    options,
    root: root.unwrap_or_default().into(),
    code,
  })
}

/// Options of an auxiliary Worker, and what its paths are relative to. It has no Workers beside itself.
fn read_options(field: &Field<'_>, problems: &mut Problems) -> (WorkerOptions, Option<String>) {
  if let Some(nested) = field.get("workers") {
    nested.refuse_option(None, &["name", "script", "scriptPath", "modules"], problems);
  }
  let mut options = WorkerOptions::default();
  let root = miniflare::read(field, &mut options, problems);
  (options, root)
}

fn read_code(item: &Field<'_>, problems: &mut Problems) -> Code {
  const ACCEPTED: &str = "the code, or `scriptPath`, a built file, or a list of `modules`";
  let modules_root = item
    .text_at("modulesRoot", "a path", problems)
    .map(|root| root.value);
  let modules = item.get("modules");
  if let Some(modules) = modules.as_ref().filter(|modules| modules.is_list()) {
    if modules.node.is_empty() {
      modules.refuse("a list of modules, the entry first", problems);
    }
    let items = modules.items();
    let modules: Vec<_> = items
      .filter_map(|item| read_module(&item, problems))
      .collect();
    return if modules.is_empty() {
      Code::Unusable
    } else {
      Code::Modules {
        modules,
        modules_root,
      }
    };
  }
  let is_module = modules
    .and_then(|modules| modules.boolean(problems))
    .unwrap_or(false);
  if let Some(script) = item.get("script") {
    let text = script.text("code, as a string", problems);
    return text.map_or(Code::Unusable, |text| Code::Script {
      text: text.value,
      is_module,
    });
  }
  if let Some(path) = item.get("scriptPath") {
    let path = path.text("a path to a built file", problems);
    return path.map_or(Code::Unusable, |path| Code::File { path, is_module });
  }
  if item.is_object() {
    let mistake = Mistake::Missing {
      field: item.path.clone(),
      key: "script".into(),
      accepted: ACCEPTED.into(),
    };
    problems.report(mistake, item.location());
  }
  Code::Unusable
}

fn read_module(item: &Field<'_>, problems: &mut Problems) -> Option<ListedModule> {
  const KINDS: [(&str, ModuleType); 6] = [
    ("ESModule", ModuleType::EsModule),
    ("CommonJS", ModuleType::CommonJs),
    ("Text", ModuleType::Text),
    ("Data", ModuleType::Data),
    ("CompiledWasm", ModuleType::CompiledWasm),
    ("JSON", ModuleType::Json),
  ];
  item.object("{ type, path, contents }", problems);
  item.refuse_unknown(&["type", "path", "contents"], problems);
  let path = item.required_text("path", "a path, by which others import it", problems);
  let accepted = "\"ESModule\", \"CommonJS\", \"Text\", \"Data\", \"CompiledWasm\" or \"JSON\"";
  let kind = item.required("type", accepted, problems)?;
  let known = KINDS.iter().find(|(name, _)| kind.as_text() == Some(name));
  if known.is_none() {
    kind.refuse(accepted, problems);
  }
  let contents = item.get("contents").and_then(|contents| {
    // A file may be empty, so this is no `text()`.
    let text = contents.as_text().map(str::to_owned);
    if text.is_none() {
      contents.refuse("a string, or leave it out to read the file", problems);
    }
    text
  });
  Some(ListedModule {
    kind: known?.1,
    path: path?,
    contents,
  })
}

/// One of `auxiliaryWorkers`.
#[derive(Clone, Debug)]
pub(super) struct ConfigFile {
  pub(super) path: Written<String>,
  pub(super) environment: Option<Written<String>>,
  /// What is laid over the file.
  pub(super) over: WorkerOptions,
}

/// `auxiliaryWorkers: [{ configPath, environment, miniflare }]`
pub(super) fn read_config_files(field: &Field<'_>, problems: &mut Problems) -> Vec<ConfigFile> {
  let mut configs = Vec::new();
  for item in field.list("a list of { configPath }", problems) {
    item.object("{ configPath, environment }", problems);
    item.refuse_unknown(&["configPath", "environment", "miniflare"], problems);
    let environment = item.text_at("environment", "the name of an environment", problems);
    let over = item.get("miniflare");
    let over = over.map_or_else(WorkerOptions::default, |options| {
      read_options(&options, problems).0
    });
    if let Some(path) = item.required_text("configPath", "a path to a Wrangler file", problems) {
      configs.push(ConfigFile {
        path,
        environment,
        over,
      });
    }
  }
  configs
}

/// The code of a Worker, as far as it can be had without building it. `None` after a problem.
pub(super) fn source(
  worker: &Auxiliary,
  base: &Path,
  files: &dyn FileSystem,
  watched_files: &mut Vec<PathBuf>,
  problems: &mut Problems,
) -> Option<WorkerSource> {
  let mut module = |kind, path: &Path, written: &Written<String>| {
    watched_files.push(path.to_owned());
    let read = files.read_bytes(path);
    let content = read.map_err(|error| {
      let mistake = Mistake::Unreadable {
        path: path.display().to_string(),
        kind: error.kind(),
      };
      problems.report(mistake, written.location.clone());
    });
    Some(WorkerModule {
      kind,
      name: path.display().to_string(),
      content: FileContent(Arc::from(content.ok()?)),
    })
  };
  let code = |text: &str| FileContent(Arc::from(text.as_bytes()));
  Some(match &worker.code {
    Code::Script { text, is_module } => WorkerSource::Modules(vec![WorkerModule {
      kind: module_type(*is_module),
      name: "script.js".into(),
      content: code(text),
    }]),
    Code::File { path, is_module } => {
      let file = absolute(base, &path.value);
      let entry = module(module_type(*is_module), &file, path)?;
      WorkerSource::File {
        entry,
        rules: rules::check(
          &worker.options.rules,
          &worker.options.option_rules,
          problems,
        ),
      }
    }
    Code::Modules {
      modules,
      modules_root,
    } => {
      let first = absolute(base, &modules.first()?.path.value);
      let root = root_of(base, modules_root.as_deref(), &first);
      let mut read = Vec::new();
      for listed in modules {
        let path = absolute(base, &listed.path.value);
        let mut done = match &listed.contents {
          Some(contents) => WorkerModule {
            kind: listed.kind,
            name: String::new(),
            content: code(contents),
          },
          None => module(listed.kind, &path, &listed.path)?,
        };
        done.name = name_below(&root, &path);
        read.push(done);
      }
      WorkerSource::Modules(read)
    }
    Code::Main => {
      let main = worker.options.main.as_ref()?;
      WorkerSource::Entry(EntryFile {
        main: main.value.clone(),
        root: base.to_owned(),
        rules: rules::check(
          &worker.options.rules,
          &worker.options.option_rules,
          problems,
        ),
        defines: worker.options.defines.clone(),
        aliases: worker.options.aliases.clone(),
      })
    }
    Code::Unusable => return None,
  })
}

fn module_type(is_module: bool) -> ModuleType {
  if is_module {
    ModuleType::EsModule
  } else {
    ModuleType::ServiceWorker
  }
}

fn root_of(base: &Path, written: Option<&str>, entry: &Path) -> PathBuf {
  match written {
    Some(root) => absolute(base, root),
    None => entry.parent().unwrap_or(base).to_owned(),
  }
}

/// A path as the name of a module: relative to a folder if it is in there.
fn name_below(root: &Path, path: &Path) -> String {
  path
    .strip_prefix(root)
    .unwrap_or(path)
    .to_string_lossy()
    .trim_start_matches('/')
    .to_owned()
}
