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
use super::response::{self, ServedModule};

/// Serves modules to the runtimes of one project.
pub struct ModuleFallback {
  resolver: ModuleResolver,
  graph: Arc<RunnerGraph>,
  served: Mutex<HashMap<PathBuf, Served>>,
}

struct Served {
  modified: Option<SystemTime>,
  body: Bytes,
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
      Resolved::Empty => json(&ServedModule::CommonJs {
        common_js_module: String::new(),
        named_exports: Vec::new(),
      }),
    }
  }

  fn file(&self, path: &Path, request: &FallbackRequest) -> Response<Bytes> {
    let modified = path
      .metadata()
      .and_then(|metadata| metadata.modified())
      .ok();
    if let Some(served) = self.served.lock().get(path)
      && served.modified == modified
    {
      return body(served.body.clone());
    }
    let module = match self.graph.serve(path) {
      Some(module) => Ok(module),
      None => response::load(path, &self.resolver),
    };
    match module {
      Ok(module) => {
        let response = json(&module);
        let served = Served {
          modified,
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

fn json(module: &ServedModule) -> Response<Bytes> {
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
