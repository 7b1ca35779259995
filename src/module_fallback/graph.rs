//! The modules that make a runner out of an isolate: ours, Vitest's, and what those import.
//!
//! They are found once per installed Vitest and travel in the configuration, so that a runtime asks
//! for none of them. Every specifier in them is rewritten to the absolute name of its target, which
//! makes all spellings (a bare name, a relative path, a `file:` URL through the fallback's redirect)
//! meet at one instance. Built-in modules that Vitest needs and workerd lacks are replaced here, for
//! these modules alone: user code sees the runtime as it is, but for the few modules in
//! `package-polyfills`, without which packages that are written for tests could not be loaded.
//!
//! Chunks that Vitest imports lazily are not collected; [`RunnerGraph::serve`] gives them the same
//! treatment when they are asked for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveError, Resolver};

use super::esm::{self, ImportKind};
use super::files::Files;
use super::format::{Format, Formats};
use super::link::{absolute_name, in_quotes};
use super::module::{Module, ModuleKind, module_name};
use super::resolve::{ModuleResolver, is_in_package, is_prefixed_built_in, node_resolver};
use super::response::{ServedModule, url_edits, with_source_url};

/// The installed Vitest cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
  /// A file of it cannot be read.
  #[error("could not read {}", .path.display())]
  Read {
    /// The file.
    path: PathBuf,
    /// Why.
    #[source]
    source: std::io::Error,
  },
  /// A file of it is no module that we can scan.
  #[error("could not scan {}", .path.display())]
  Scan {
    /// The file.
    path: PathBuf,
    /// Where scanning stopped.
    #[source]
    source: esm::EsmError,
  },
  /// A module that it imports is not installed.
  #[error("{} imports `{specifier}`, which is not installed", .importer.display())]
  Missing {
    /// The importing file.
    importer: PathBuf,
    /// What it imports.
    specifier: String,
  },
}

/// Files in `runtime/package-polyfills`.
const PACKAGE_POLYFILLS: [&str; 1] = ["_http_common"];

/// Files of ours that a runtime starts from; everything else is imported by these.
const ENTRIES: [&str; 5] = [
  "globals.js",
  "runner.js",
  "cloudflare-test.js",
  "cloudflare-workers.js",
  "cloudflare-sockets.js",
];

/// The collected modules, and how to treat those that come later.
pub struct RunnerGraph {
  /// The eager modules, ready for the configuration.
  pub modules: Vec<Module>,
  rewriter: Rewriter,
  packages: BTreeSet<PathBuf>,
}

impl RunnerGraph {
  /// Collects everything that our runtime files import, statically, from an installed Vitest.
  ///
  /// # Errors
  /// [`GraphError`] when an installation is incomplete.
  pub fn collect(runtime_folder: &Path, vitest_dist: &Path) -> Result<Self, GraphError> {
    let rewriter = Rewriter {
      polyfills: runtime_folder.join("polyfills"),
      runtime_folder: runtime_folder.to_path_buf(),
      vitest_dist: vitest_dist.to_path_buf(),
      node: node_resolver(),
      files: Files::new(Formats::new(Vec::new())),
    };
    let mut queue: VecDeque<PathBuf> = ENTRIES
      .iter()
      .map(|file| runtime_folder.join(file))
      .collect();
    let mut modules = BTreeMap::new();
    while let Some(path) = queue.pop_front() {
      if modules.contains_key(&path) {
        continue;
      }
      let (kind, imports) = rewriter.treat(&path)?;
      modules.insert(path, kind);
      queue.extend(imports);
    }
    let packages = modules
      .keys()
      .filter(|path| !path.starts_with(runtime_folder))
      .filter_map(|path| package_folder(path))
      .collect();
    let modules = modules
      .into_iter()
      .map(|(path, kind)| Module {
        name: module_name(&path),
        kind,
      })
      .collect();
    Ok(Self {
      modules,
      rewriter,
      packages,
    })
  }

  /// Whether a file belongs to one of the packages that the runner consists of.
  #[must_use]
  pub fn owns(&self, path: &Path) -> bool {
    // Of our own package, what is built for isolates alone: in this repository it is the package of
    // whatever tests it, too.
    path.starts_with(&self.rewriter.runtime_folder)
      || self.packages.iter().any(|folder| {
        // Packages inside of a package are others.
        let inside = path.strip_prefix(folder);
        inside.is_ok_and(|inside| !is_in_package(inside))
      })
  }

  /// A module that one of ours imports at run time; `None` when the file is none of theirs.
  #[must_use]
  pub fn serve(&self, path: &Path) -> Option<ServedModule> {
    self.owns(path).then_some(())?;
    Some(match self.rewriter.treat(path).ok()?.0 {
      ModuleKind::Esm(es_module) => ServedModule::Esm { es_module },
      ModuleKind::CommonJs {
        source,
        named_exports,
      } => ServedModule::CommonJs {
        common_js_module: source,
        named_exports,
      },
    })
  }

  /// What packages get instead of built-in modules that lack names which they import, by specifier.
  #[must_use]
  pub fn package_polyfills(&self) -> Vec<(String, PathBuf)> {
    let folder = self.rewriter.runtime_folder.join("package-polyfills");
    let file = |name: &str| folder.join(format!("{name}.js"));
    PACKAGE_POLYFILLS
      .iter()
      .flat_map(|name| {
        [
          ((*name).to_owned(), file(name)),
          (format!("node:{name}"), file(name)),
        ]
      })
      .collect()
  }
}

fn package_folder(path: &Path) -> Option<PathBuf> {
  path
    .ancestors()
    .skip(1)
    .find(|folder| folder.join("package.json").is_file())
    .map(Path::to_path_buf)
}

struct Rewriter {
  polyfills: PathBuf,
  runtime_folder: PathBuf,
  vitest_dist: PathBuf,
  node: Resolver,
  files: Files,
}

impl Rewriter {
  /// A file with its specifiers rewritten, and the files that it imports statically.
  fn treat(&self, path: &Path) -> Result<(ModuleKind, Vec<PathBuf>), GraphError> {
    let facts = self.files.facts(path);
    let source = facts.take_source(path).map_err(|source| GraphError::Read {
      path: path.into(),
      source,
    })?;
    if facts.format == Format::CommonJs {
      let (names, _) = self.files.common_js_names(path, &ModuleResolver::default());
      return Ok((
        ModuleKind::CommonJs {
          source,
          named_exports: names.into_iter().collect(),
        },
        Vec::new(),
      ));
    }
    let module = esm::scan(&source).map_err(|source| GraphError::Scan {
      path: path.into(),
      source,
    })?;
    let mut edits = Vec::new();
    let mut imports = Vec::new();
    for import in &module.imports {
      let is_static = import.kind != ImportKind::Dynamic;
      match self.target(path, &import.specifier) {
        Some(Target::File(file)) => {
          edits.push((import.range.clone(), in_quotes(&absolute_name(&file))));
          if is_static {
            imports.push(file);
          }
        }
        Some(Target::BuiltIn(name)) => edits.push((import.range.clone(), name)),
        // Lazy imports of optional packages are their importer's business.
        None if !is_static => {}
        None => {
          let specifier = import.specifier.clone();
          return Err(GraphError::Missing {
            importer: path.into(),
            specifier,
          });
        }
      }
    }
    edits.extend(url_edits(path, &module));
    let mut text = esm::rewrite(&source, edits);
    if !module.function_constructors.is_empty() {
      // Workers may not make functions from strings, but Vitest reads snapshot files that way. The
      // binding shadows the global in this one module, on its first line so that no line moves.
      let polyfill = self.polyfills.join("function.js");
      let name = serde_json::Value::from(absolute_name(&polyfill));
      text = format!("import {{ Function }} from {name};{text}");
      imports.push(polyfill);
    }
    Ok((ModuleKind::Esm(with_source_url(path, text)), imports))
  }

  fn target(&self, importer: &Path, specifier: &str) -> Option<Target> {
    if ["cloudflare:", "workerd:"]
      .iter()
      .any(|prefix| specifier.starts_with(prefix))
    {
      return Some(Target::BuiltIn(specifier.into()));
    }
    if is_prefixed_built_in(specifier) {
      return Some(self.built_in(importer, specifier));
    }
    // Our own files say `vitest`, and mean the one that runs the tests, not one beside us.
    let is_ours = importer.starts_with(&self.runtime_folder);
    let folder = if is_ours && !specifier.starts_with('.') {
      &self.vitest_dist
    } else {
      importer.parent().unwrap_or(Path::new("/"))
    };
    match self.node.resolve(folder, specifier) {
      Ok(resolution) => Some(Target::File(resolution.into_path_buf())),
      Err(ResolveError::Builtin { resolved, .. }) => Some(self.built_in(importer, &resolved)),
      Err(_) => None,
    }
  }

  /// Our replacement if there is one. The replacements themselves import the real thing.
  fn built_in(&self, importer: &Path, name: &str) -> Target {
    let polyfill = self
      .polyfills
      .join(format!("{}.js", name.replace([':', '/'], "-")));
    if !importer.starts_with(&self.runtime_folder) && polyfill.is_file() {
      return Target::File(polyfill);
    }
    Target::BuiltIn(name.into())
  }
}

enum Target {
  File(PathBuf),
  BuiltIn(String),
}
