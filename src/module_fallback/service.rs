//! Request → HTTP answer, with a cache that all runtimes of a project share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use parking_lot::Mutex;

use super::graph::RunnerGraph;
use super::request::FallbackRequest;
use super::resolve::{ModuleResolver, Resolved};
use super::response::{self, Loaded, ServedModule};

/// Serves modules to the runtimes of one project.
pub struct ModuleFallback {
  resolver: ModuleResolver,
  graph: Arc<RunnerGraph>,
  served: Mutex<HashMap<PathBuf, Served>>,
}

struct Served {
  /// The files that the body was made from, as they were.
  sources: Vec<(PathBuf, Option<Stamp>)>,
  body: Bytes,
}

/// What an edit changes. The time alone is not enough: file systems count it in steps of milliseconds,
/// and some tools set it back.
#[derive(PartialEq, Eq)]
struct Stamp {
  modified: SystemTime,
  bytes: u64,
}

impl Stamp {
  /// `None` when there is no such file.
  fn of(path: &Path) -> Option<Self> {
    let metadata = path.metadata().ok()?;
    Some(Self {
      modified: metadata.modified().ok()?,
      bytes: metadata.len(),
    })
  }
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
  pub fn new(graph: Arc<RunnerGraph>) -> Self {
    Self {
      resolver: ModuleResolver::default(),
      graph,
      served: Mutex::default(),
    }
  }

  /// Answers one request: a module, a redirect to the file's one true name, or 404.
  #[must_use]
  pub fn respond(&self, request: &FallbackRequest) -> Response<Bytes> {
    match self.resolver.resolve(request) {
      // A module lives under its real path alone; every other name is sent there, so that a file
      // has one instance however it is reached. The target never redirects: no cycle can form,
      // which workerd would not survive.
      Resolved::File(path) if path.as_os_str() != request.specifier.as_str() => redirect(&path),
      Resolved::File(path) => self.file(&path, request),
      // Without the slash before `node:` workerd crashes.
      Resolved::BuiltIn(name) if !request.specifier.ends_with(&name) => {
        redirect(Path::new(&format!("/{name}")))
      }
      Resolved::BuiltIn(_) | Resolved::Missing => missing(),
      Resolved::Empty => module_response(&ServedModule::CommonJs {
        common_js_module: String::new(),
        named_exports: Vec::new(),
      }),
    }
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
      None => response::load(path, &self.resolver, &|specifier| {
        self.graph.package_polyfill(specifier)
      }),
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
      Err(error) => {
        tracing::debug!(target: "module_fallback", path = %path.display(), referrer = %request.referrer, %error);
        missing()
      }
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

fn redirect(target: &Path) -> Response<Bytes> {
  let mut response = Response::new(Bytes::new());
  *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
  // Bytes of UTF-8: workerd takes the header as it is and decodes no percent signs.
  match HeaderValue::from_bytes(target.as_os_str().as_encoded_bytes()) {
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
