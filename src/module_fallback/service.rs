//! Request → HTTP answer, with a cache that all runtimes of a project share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use parking_lot::Mutex;

use super::failure::Failure;
use super::files::Files;
use super::format::{Format, Formats};
use super::graph::RunnerGraph;
use super::link::{Linker, absolute_name};
use super::request::{FallbackRequest, ResolveMethod};
use super::resolve::{ModuleResolver, Resolved, ResolverOptions, Unresolved, importer};
use super::response::{self, Loaded, ServedModule};
use super::rules::ModuleRule;
use super::runtime_modules::RuntimeModules;
use super::stamp::Stamp;
use super::synthetic::{FailingImport, Synthetic};

/// What a project has to say about modules.
#[derive(Clone, Debug, Default)]
pub struct ModuleOptions {
  /// Which files are text, bytes or WebAssembly.
  pub rules: Vec<ModuleRule>,
  /// How specifiers are resolved.
  pub resolver: ResolverOptions,
  /// What the runtime has.
  pub runtime: RuntimeModules,
}

/// Serves modules to the runtimes of one project.
pub struct ModuleFallback {
  resolver: ModuleResolver,
  files: Files,
  runtime: RuntimeModules,
  graph: Arc<RunnerGraph>,
  served: Mutex<HashMap<PathBuf, Served>>,
  work: Mutex<Work>,
}

/// What was done, for the log.
#[derive(Default)]
struct Work {
  requests: u64,
  modules: u64,
  busy: Duration,
}

impl Drop for ModuleFallback {
  fn drop(&mut self) {
    let &mut Work {
      requests,
      modules,
      busy,
    } = self.work.get_mut();
    let busy_us = u64::try_from(busy.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(target: "module_fallback", requests, modules, busy_us, "all answers");
  }
}

struct Served {
  /// The files that the body was made from, as they were.
  sources: Vec<(PathBuf, Option<Stamp>)>,
  body: Bytes,
}

impl Served {
  fn is_current(&self) -> bool {
    let mut sources = self.sources.iter();
    sources.all(|(path, stamp)| Stamp::of(path) == *stamp)
  }
}

impl ModuleFallback {
  /// A fallback that knows the runner's own modules.
  #[must_use]
  pub fn new(graph: Arc<RunnerGraph>, options: ModuleOptions) -> Self {
    let mut runtime = options.runtime;
    for (specifier, file) in graph.package_polyfills() {
      runtime.replacements.entry(specifier).or_insert(file);
    }
    Self {
      resolver: ModuleResolver::new(&options.resolver),
      files: Files::new(Formats::new(options.rules)),
      runtime,
      graph,
      served: Mutex::default(),
      work: Mutex::default(),
    }
  }

  /// Begins a run: packages may have been installed, removed or relinked since the one before. Edited
  /// files are noticed without it.
  pub fn begin_run(&self) {
    self.resolver.clear();
    // What is in them leads to files, and may lead to others now.
    self.served.lock().clear();
  }

  /// Answers one request: a module, or a redirect to a module's one true name. What is not there is a
  /// module that says so when it is evaluated.
  #[must_use]
  pub fn respond(&self, request: &FallbackRequest) -> Response<Bytes> {
    let start = Instant::now();
    let response = self.answer(request);
    let mut work = self.work.lock();
    work.requests += 1;
    work.modules += u64::from(response.status() == StatusCode::OK);
    work.busy += start.elapsed();
    response
  }

  fn answer(&self, request: &FallbackRequest) -> Response<Bytes> {
    if let Some(module) = Synthetic::parse(&request.specifier) {
      return self.synthetic(&module);
    }
    let name = Path::new(&request.specifier);
    if request.raw_specifier == request.specifier && self.files.is_known(name) {
      // By the name that was written into whoever imports it.
      return self.file(name, request);
    }
    match self.resolver.resolve(request) {
      // A module lives under its real path alone; every other name is sent there, so that a file
      // has one instance however it is reached. The target never redirects: no cycle can form,
      // which workerd would not survive.
      Resolved::File(path) if path.as_os_str() != request.specifier.as_str() => {
        if request.method == ResolveMethod::Require && self.files.facts(&path).format == Format::Esm
        {
          let target = absolute_name(&path);
          return redirect(&Synthetic::Required { target }.name());
        }
        redirect(&path.to_string_lossy())
      }
      Resolved::File(path) => self.file(&path, request),
      // Without the slash before `node:` workerd crashes.
      Resolved::BuiltIn(name)
        if !request.specifier.ends_with(&name) && !self.runtime.lacks(&name) =>
      {
        redirect(&format!("/{name}"))
      }
      Resolved::Empty => {
        let names = Vec::new();
        self.synthetic(&Synthetic::Empty { names })
      }
      // workerd asks for a built-in module only when it does not have it.
      Resolved::BuiltIn(_) | Resolved::Missing(_) => {
        let import = self.asked(request);
        module_response(&response::failing(&self.failure(&import), &import))
      }
    }
  }

  fn synthetic(&self, module: &Synthetic) -> Response<Bytes> {
    module_response(&response::synthetic(module, |import| self.failure(import)))
  }

  /// Why an import fails.
  fn failure(&self, import: &FailingImport) -> Failure {
    let from = Path::new(&import.importer);
    let failure = match self
      .resolver
      .resolve_from(from, &import.specifier, import.method)
    {
      Resolved::Missing(unresolved) => unresolved.into(),
      Resolved::BuiltIn(name) => self
        .runtime
        .remedy(&name)
        .map_or(Unresolved::NotBuiltIn.into(), |(flag, since)| {
          Failure::NeedsFlag { flag, since }
        }),
      Resolved::File(file) => match self.files.formats.of_path(&file) {
        Some(format @ (Format::Source | Format::NativeAddon)) => {
          Failure::Unsupported { file, format }
        }
        // It has come into being since.
        _ => Unresolved::NotFound.into(),
      },
      Resolved::Empty => Unresolved::NotFound.into(),
    };
    tracing::debug!(
      target: "module_fallback",
      specifier = import.specifier, importer = import.importer, %failure,
    );
    failure
  }

  fn file(&self, path: &Path, request: &FallbackRequest) -> Response<Bytes> {
    if let Some(served) = self.served.lock().get(path)
      && served.is_current()
    {
      return body(served.body.clone());
    }
    // Before reading: an edit in between then costs another reading, and is not missed.
    let stamp = Stamp::of(path);
    let loaded = match self.graph.serve(path) {
      Some(module) => Ok(Loaded {
        module,
        sources: vec![path.into()],
      }),
      None => response::load(path, &self.linker()),
    };
    match loaded {
      Ok(Loaded { module, sources }) => {
        let response = module_response(&module);
        let others = sources.into_iter().skip(1).map(|path| {
          let stamp = Stamp::of(&path);
          (path, stamp)
        });
        let served = Served {
          sources: std::iter::once((path.into(), stamp))
            .chain(others)
            .collect(),
          body: response.body().clone(),
        };
        self.served.lock().insert(path.into(), served);
        response
      }
      Err(failure) => {
        tracing::debug!(target: "module_fallback", referrer = request.referrer, %failure);
        module_response(&response::failing(&failure, &self.asked(request)))
      }
    }
  }

  /// What a request asks for, as far as it tells. On behalf of files that Vite has transformed Vitest asks.
  fn asked(&self, request: &FallbackRequest) -> FailingImport {
    let importer = importer(&request.referrer);
    let importer = if self.graph.owns(&importer) {
      String::new()
    } else {
      importer.to_string_lossy().into_owned()
    };
    FailingImport {
      method: request.method,
      specifier: request.raw_specifier.clone(),
      importer,
      position: None,
      names: Vec::new(),
    }
  }

  fn linker(&self) -> Linker<'_> {
    Linker {
      resolver: &self.resolver,
      files: &self.files,
      runtime: &self.runtime,
    }
  }
}

/// A module, as workerd reads it.
pub fn module_response(module: &ServedModule) -> Response<Bytes> {
  body(Bytes::from(
    serde_json::to_vec(module).expect("strings and bytes are JSON"),
  ))
}

fn body(body: Bytes) -> Response<Bytes> {
  let length = body.len().into();
  let mut response = Response::new(body);
  response
    .headers_mut()
    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
  response.headers_mut().insert(CONTENT_LENGTH, length);
  response
}

fn redirect(target: &str) -> Response<Bytes> {
  let mut response = Response::new(Bytes::new());
  *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
  // Bytes of UTF-8: workerd takes the header as it is and decodes no percent signs.
  match HeaderValue::from_bytes(target.as_bytes()) {
    Ok(location) => response.headers_mut().insert(LOCATION, location),
    Err(_) => return missing(),
  };
  response
    .headers_mut()
    .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
  response
}

fn missing() -> Response<Bytes> {
  let mut response = Response::new(Bytes::new());
  *response.status_mut() = StatusCode::NOT_FOUND;
  response
    .headers_mut()
    .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
  response
}
