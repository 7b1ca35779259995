//! Specifier and referrer → file, as Wrangler's bundler would find it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{AliasValue, ResolveError, ResolveOptions, Resolver};
use percent_encoding::percent_decode_str;

use super::request::{FallbackRequest, ResolveMethod};

/// What a specifier stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
  /// A file, by its real path.
  File(PathBuf),
  /// A module that workerd has; the name with its prefix.
  BuiltIn(String),
  /// A module that the package's `browser` field replaces by nothing.
  Empty,
  /// Nothing.
  Missing,
}

/// Resolvers for `import` and `require`, over one cache of the file system.
#[derive(Clone)]
pub struct ModuleResolver {
  import: Arc<Resolver>,
  require: Arc<Resolver>,
}

impl Default for ModuleResolver {
  fn default() -> Self {
    let import = Resolver::new(options(
      &["workerd", "worker", "browser", "module", "import"],
      true,
    ));
    let require =
      import.clone_with_options(options(&["workerd", "worker", "browser", "require"], false));
    Self {
      import: Arc::new(import),
      require: Arc::new(require),
    }
  }
}

fn options(conditions: &[&str], esm: bool) -> ResolveOptions {
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
    main_fields: if esm {
      texts(&["browser", "module", "main"])
    } else {
      texts(&["browser", "main"])
    },
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
  /// Finds what a request asks for.
  #[must_use]
  pub fn resolve(&self, request: &FallbackRequest) -> Resolved {
    if let Some(path) = request.raw_specifier.strip_prefix("file://") {
      let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
      return self.resolve_path(&path, request.method);
    }
    if is_prefixed_built_in(&request.raw_specifier) {
      // workerd asks only when it does not have it.
      return Resolved::Missing;
    }
    // The resolver would take `?` and `#` for the beginning of a query.
    let is_odd = request.specifier.contains(['?', '#']);
    if request.raw_specifier.starts_with('/') || request.raw_specifier.starts_with('.') && is_odd {
      return self.resolve_path(&request.specifier, request.method);
    }
    // As the importer wrote it, since the `browser` field of its package may replace files too. That
    // depends on nothing which a redirect changes, so it gives the same answer after one.
    let resolved = self.resolve_from(
      Path::new(&request.referrer),
      &request.raw_specifier,
      request.method,
    );
    if resolved == Resolved::Missing && request.raw_specifier.starts_with('.') {
      // Two files that replace each other, for example.
      return self.resolve_path(&request.specifier, request.method);
    }
    resolved
  }

  /// Finds what a specifier in a file stands for.
  #[must_use]
  pub fn resolve_from(&self, file: &Path, specifier: &str, method: ResolveMethod) -> Resolved {
    self.resolve_in(file.parent().unwrap_or(Path::new("/")), specifier, method)
  }

  fn resolve_path(&self, path: &str, method: ResolveMethod) -> Resolved {
    // Exact files first, whatever their names contain.
    if let Ok(real) = Path::new(path).canonicalize()
      && real.is_file()
    {
      return Resolved::File(real);
    }
    self.resolve_in(Path::new("/"), path, method)
  }

  fn resolve_in(&self, folder: &Path, specifier: &str, method: ResolveMethod) -> Resolved {
    let resolver = match method {
      ResolveMethod::Import => &self.import,
      ResolveMethod::Require => &self.require,
    };
    let resolved = resolver.resolve(folder, specifier).or_else(|_| {
      // The file system may have changed since the cache saw it: somebody wrote the file, or installed
      // the package. Misses are rare, and looking again costs microseconds a file.
      resolver.clear_cache();
      resolver.resolve(folder, specifier)
    });
    match resolved {
      Ok(resolution) => Resolved::File(resolution.into_path_buf()),
      Err(ResolveError::Builtin { resolved, .. }) => Resolved::BuiltIn(resolved),
      Err(ResolveError::Ignored(_)) => Resolved::Empty,
      Err(error) => {
        tracing::debug!(target: "module_fallback", %specifier, folder = %folder.display(), %error);
        Resolved::Missing
      }
    }
  }
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
  let mut options = options(&["node", "import"], true);
  options.main_fields = vec!["main".into()];
  options.alias_fields = Vec::new();
  options.alias = Vec::<(String, Vec<AliasValue>)>::new();
  Resolver::new(options)
}
