//! Specifier and referrer → file, as Wrangler's bundler would find it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{AliasValue, ResolveError, ResolveOptions, Resolver, TsconfigDiscovery};
use percent_encoding::percent_decode_str;

use super::request::{FallbackRequest, ResolveMethod};
use crate::protocol::FILE_MODULE_PREFIX;

/// What a specifier stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
  /// A file, by its real path.
  File(PathBuf),
  /// A module that workerd may have; the name with its prefix.
  BuiltIn(String),
  /// A module that the package's `browser` field replaces by nothing.
  Empty,
  /// Nothing.
  Missing(Unresolved),
}

/// Why a specifier stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
  /// No file and no package has that name.
  #[error("nothing has that name")]
  NotFound,
  /// The package is there, and does not offer the path.
  #[error("\"{subpath}\" is not exported under the conditions {conditions} by {}", .package.display())]
  NotExported {
    /// As in `exports`, with a dot in front.
    subpath: String,
    /// Its `package.json`.
    package: PathBuf,
    /// What was tried.
    conditions: String,
  },
  /// The package has no such entry in `imports`.
  #[error("{} has no such entry in \"imports\"", .package.display())]
  NotImported {
    /// Its `package.json`.
    package: PathBuf,
  },
  /// A module of the runtime by its prefix.
  #[error("the runtime has no such module")]
  NotBuiltIn,
  /// A `package.json` or `tsconfig.json` that cannot be followed.
  #[error("{0}")]
  Invalid(String),
}

/// What the project adds to the rules of resolution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolverOptions {
  /// Specifiers, or their first parts, and what replaces them: a path or another specifier.
  pub aliases: Vec<(String, String)>,
  /// Conditions for `exports` and `imports`, besides those of Wrangler's bundler.
  pub conditions: Vec<String>,
}

/// Resolvers for `import` and `require`, over one cache of the file system.
#[derive(Clone)]
pub struct ModuleResolver {
  /// Built-in modules that the project replaces.
  replaced: BTreeSet<String>,
  import: Arc<Resolver>,
  require: Arc<Resolver>,
}

impl Default for ModuleResolver {
  fn default() -> Self {
    Self::new(&ResolverOptions::default())
  }
}

/// Those of Wrangler's bundler, which has no `module`, though others have.
const CONDITIONS: [&str; 3] = ["workerd", "worker", "browser"];

fn options(conditions: &[&str], main_fields: &[&str]) -> ResolveOptions {
  let texts = |texts: &[&str]| {
    texts
      .iter()
      .map(|text| (*text).to_owned())
      .collect::<Vec<_>>()
  };
  ResolveOptions {
    condition_names: conditions
      .iter()
      .chain(&["default"])
      .map(|name| (*name).to_owned())
      .collect(),
    main_fields: texts(main_fields),
    alias_fields: vec![texts(&["browser"])],
    extensions: texts(&[".js", ".mjs", ".cjs", ".json", ".node"]),
    // Everything that Node has and a package may import; whether workerd has it too is its answer.
    builtin_modules: true,
    symlinks: true,
    node_path: false,
    ..ResolveOptions::default()
  }
}

impl ModuleResolver {
  /// Resolvers of a project.
  #[must_use]
  pub fn new(project: &ResolverOptions) -> Self {
    let aliases: Vec<_> = project
      .aliases
      .iter()
      .map(|(find, replacement)| (find.clone(), vec![AliasValue::Path(replacement.clone())]))
      .collect();
    let with_project = |options: ResolveOptions| ResolveOptions {
      alias: aliases.clone(),
      tsconfig: Some(TsconfigDiscovery::Auto),
      ..options
    };
    let conditions = |kind| -> Vec<&str> {
      let added = project.conditions.iter().map(String::as_str);
      CONDITIONS.into_iter().chain(added).chain([kind]).collect()
    };
    let import = Resolver::new(with_project(options(
      &conditions("import"),
      &["browser", "module", "main"],
    )));
    let require = import.clone_with_options(with_project(options(
      &conditions("require"),
      &["browser", "main"],
    )));
    let replaced = project.aliases.iter().map(|(find, _)| find);
    let replaced = replaced.map(|find| find.trim_end_matches('$').to_owned());
    Self {
      replaced: replaced.filter(|find| is_prefixed_built_in(find)).collect(),
      import: Arc::new(import),
      require: Arc::new(require),
    }
  }

  /// Forgets what the file system was like.
  pub fn clear(&self) {
    self.import.clear_cache();
    self.require.clear_cache();
  }

  /// Finds what a request asks for.
  #[must_use]
  pub fn resolve(&self, request: &FallbackRequest) -> Resolved {
    let FallbackRequest {
      method,
      specifier,
      raw_specifier: raw,
      referrer,
    } = request;
    // The resolver would take `?` and `#` for the beginning of a query, and workerd has made names of
    // relative specifiers already.
    if raw.starts_with('/') || raw.starts_with('.') && specifier.contains(['?', '#']) {
      return self.resolve_path(specifier, *method);
    }
    // As the importer wrote it, since the `browser` field of its package may replace files too. That
    // depends on nothing which a redirect changes, so it gives the same answer after one.
    let resolved = self.resolve_from(&importer(referrer), raw, *method);
    match resolved {
      // Two files that replace each other, for example.
      Resolved::Missing(_) if raw.starts_with('.') => self.resolve_path(specifier, *method),
      resolved => resolved,
    }
  }

  /// Finds what a specifier in a file stands for.
  #[must_use]
  pub fn resolve_from(&self, file: &Path, specifier: &str, method: ResolveMethod) -> Resolved {
    if let Some(path) = specifier.strip_prefix("file://") {
      let path = percent_decode_str(path).decode_utf8_lossy();
      return self.resolve_path(&path, method);
    }
    if let Some(path) = specifier.strip_prefix(FILE_MODULE_PREFIX) {
      return self.resolve_path(path, method);
    }
    if is_prefixed_built_in(specifier) && !self.replaced.contains(specifier) {
      return Resolved::BuiltIn(specifier.to_owned());
    }
    if specifier.starts_with('/') {
      return self.resolve_path(specifier, method);
    }
    if specifier.starts_with('.')
      && specifier.contains(['?', '#'])
      && let Some(folder) = file.parent()
      && let Some(file) = real_file(&folder.join(specifier))
    {
      return Resolved::File(file);
    }
    self.ask(file, specifier, method)
  }

  fn resolve_path(&self, path: &str, method: ResolveMethod) -> Resolved {
    // Exact files first, whatever their names contain.
    real_file(Path::new(path)).map_or_else(
      || self.ask(Path::new("/root"), path, method),
      Resolved::File,
    )
  }

  fn ask(&self, file: &Path, specifier: &str, method: ResolveMethod) -> Resolved {
    // A rule of Wrangler's, which its own bundler strips.
    let specifier = specifier
      .strip_suffix("?module")
      .filter(|path| path.ends_with(".wasm"))
      .unwrap_or(specifier);
    let resolver = match method {
      ResolveMethod::Import => &self.import,
      ResolveMethod::Require => &self.require,
    };
    let folder = file.parent().unwrap_or(Path::new("/"));
    // Paths of `tsconfig.json` are for the project's own files, whatever their extension: Wrangler's
    // bundler does not ask for `allowJs`, and the resolver asks for it where a file is no TypeScript. One
    // that cannot be read concerns whoever compiles it, and nobody here.
    let resolved = if is_in_package(file) {
      resolver.resolve(folder, specifier)
    } else {
      resolver
        .resolve_file(folder.join("importer.ts"), specifier)
        .or_else(|_| resolver.resolve(folder, specifier))
    };
    match resolved {
      Ok(resolution) => Resolved::File(resolution.into_path_buf()),
      Err(ResolveError::Builtin { resolved, .. }) => Resolved::BuiltIn(resolved),
      Err(ResolveError::Ignored(_)) => Resolved::Empty,
      Err(error) => {
        tracing::debug!(target: "module_fallback", %specifier, folder = %folder.display(), %error);
        Resolved::Missing(unresolved(error))
      }
    }
  }
}

fn unresolved(error: ResolveError) -> Unresolved {
  match error {
    ResolveError::NotFound(_)
    | ResolveError::MatchedAliasNotFound(..)
    | ResolveError::ExtensionAlias(..) => Unresolved::NotFound,
    ResolveError::PackagePathNotExported {
      subpath,
      package_json_path,
      conditions,
      ..
    } => Unresolved::NotExported {
      subpath,
      package: package_json_path,
      conditions: conditions.to_string(),
    },
    ResolveError::PackageImportNotDefined(_, package) => Unresolved::NotImported { package },
    error => Unresolved::Invalid(error.to_string()),
  }
}

/// The file of a referrer. `createRequire` gives workerd a URL's path, in which signs are escaped;
/// everybody else gives the name as it is, so what exists decides.
#[must_use]
pub fn importer(referrer: &str) -> PathBuf {
  let plain = Path::new(referrer);
  if referrer.contains('%') && !plain.exists() {
    return PathBuf::from(percent_decode_str(referrer).decode_utf8_lossy().as_ref());
  }
  plain.to_path_buf()
}

fn real_file(path: &Path) -> Option<PathBuf> {
  path.canonicalize().ok().filter(|real| real.is_file())
}

/// Whether a file belongs to an installed package, and not to the project itself.
#[must_use]
pub fn is_in_package(file: &Path) -> bool {
  file
    .components()
    .any(|part| part.as_os_str() == "node_modules")
}

/// Whether the specifier names a module of the runtime by its scheme.
#[must_use]
pub fn is_prefixed_built_in(specifier: &str) -> bool {
  ["node:", "cloudflare:", "workerd:"]
    .iter()
    .any(|prefix| specifier.starts_with(prefix))
}

/// A resolver for Vitest's own packages, which are written for Node.
#[must_use]
pub fn node_resolver() -> Resolver {
  let mut options = options(&["node", "import"], &["main"]);
  options.alias_fields = Vec::new();
  Resolver::new(options)
}
