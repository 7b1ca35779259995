//! Accepts workerd's connections on the runtime's own Unix socket, and shuts down with it.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixListener;
use tokio::task::{JoinHandle, JoinSet};

use super::route::{Route, route};
use crate::module_fallback::ModuleFallback;
use crate::simulators::{self, BodyLength, Product};
use crate::storage::Storage;

/// What a runtime may ask for.
pub struct Services {
  /// Modules; shared by all runtimes of a project.
  pub modules: Arc<ModuleFallback>,
  /// Stored data; each runtime has its own.
  pub storage: Arc<Storage>,
}

/// A listening server. Dropping it closes the listener and all connections.
pub struct LoopbackServer {
  accepting: JoinHandle<()>,
}

impl LoopbackServer {
  /// Listens on a new socket.
  ///
  /// # Errors
  /// When the socket cannot be made, for example because its path is too long.
  pub fn listen(socket: &Path, services: Services) -> std::io::Result<Self> {
    let listener = UnixListener::bind(socket)?;
    Ok(Self {
      accepting: tokio::spawn(accept(listener, Arc::new(services))),
    })
  }
}

impl Drop for LoopbackServer {
  fn drop(&mut self) {
    self.accepting.abort();
  }
}

async fn accept(listener: UnixListener, services: Arc<Services>) {
  // Dropped together with this task, which aborts every connection.
  let mut connections = JoinSet::new();
  loop {
    tokio::select! {
      accepted = listener.accept() => {
        let Ok((stream, _)) = accepted else { continue };
        let services = services.clone();
        let service = service_fn(move |request| respond(request, services.clone()));
        // Every response header is visible to user code on some product, so none is added.
        let connection = http1::Builder::new()
          .auto_date_header(false)
          .serve_connection(TokioIo::new(stream), service);
        connections.spawn(async move {
          if let Err(error) = connection.await {
            tracing::trace!(target: "loopback", %error);
          }
        });
      }
      Some(_) = connections.join_next() => {}
    }
  }
}

async fn respond(
  request: Request<Incoming>,
  services: Arc<Services>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
  let (mut head, body) = request.into_parts();
  let frames_ended = services.storage.frames_ended();
  // The whole body first, even of a request that will be refused: an early answer makes workerd
  // report a lost connection instead of our error.
  let route = route(&head);
  let (body, length) = collect(body, body_bytes_max(&route)).await?;
  head.extensions.insert(BodyLength(length));
  // A body that outlived its test, such as a stream that nobody closed, belongs to a frame that is gone.
  if services.storage.frames_ended() != frames_ended {
    return Ok(empty(StatusCode::SERVICE_UNAVAILABLE));
  }
  // SQLite in memory and files in the page cache take microseconds to milliseconds; this keeps the
  // long ones from holding up other runtimes without paying for a hop each time.
  Ok(tokio::task::block_in_place(|| {
    answer(route, head, body, &services)
  }))
}

fn answer(route: Route, head: Parts, body: Bytes, services: &Services) -> Response<Full<Bytes>> {
  match route {
    Route::Simulator { product, resource } => {
      let request = Request::from_parts(head, body);
      simulators::serve(&product, &resource, &services.storage, request).map(Full::new)
    }
    Route::Module(request) => services.modules.respond(&request).map(Full::new),
    Route::Unknown => empty(StatusCode::NOT_FOUND),
  }
}

/// How much of a body is of use to whoever answers.
fn body_bytes_max(route: &Route) -> usize {
  match route {
    Route::Simulator { product, .. } => {
      Product::from_str(product).map_or(0, Product::body_bytes_max)
    }
    Route::Module(_) | Route::Unknown => 0,
  }
}

/// Reads a body to its end, keeps what is of use, and says how long all of it was.
async fn collect(mut body: Incoming, bytes_max: usize) -> Result<(Bytes, u64), hyper::Error> {
  let mut kept = Vec::new();
  let mut length = 0;
  while let Some(frame) = body.frame().await {
    let Ok(data) = frame?.into_data() else {
      continue;
    };
    length += data.len() as u64;
    let room = bytes_max.saturating_sub(kept.len());
    kept.extend_from_slice(&data[..data.len().min(room)]);
  }
  Ok((kept.into(), length))
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
  let mut response = Response::new(Full::default());
  *response.status_mut() = status;
  response
    .headers_mut()
    .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
  response
}
