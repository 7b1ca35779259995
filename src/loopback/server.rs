//! Accepts workerd's connections on the runtime's own Unix socket, and shuts down with it.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixListener;
use tokio::task::{JoinHandle, JoinSet, block_in_place};

use super::route::{Route, route};
use super::streaming::StreamingBody;
use crate::durable_objects::ObjectFiles;
use crate::module_fallback::{ModuleFallback, module_response};
use crate::simulators::{BodyLimit, BodyReader, Product, RequestBody, Simulators};
use crate::storage::Storage;

/// Before another attempt, when a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// What a runtime may ask for.
pub struct Services {
  /// Modules; shared by all runtimes of a project.
  pub modules: Arc<ModuleFallback>,
  /// Products with their data; each runtime has its own.
  pub simulators: Arc<Simulators>,
  /// What the runtime's Durable Objects have stored.
  pub objects: Arc<ObjectFiles>,
  /// What only the runner knows besides us.
  pub secret: String,
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
        let (stream, _) = match accepted {
          Ok(accepted) => accepted,
          Err(error) => {
            // No descriptor is left, most likely. Another connection has to close first.
            tracing::warn!(target: "loopback", %error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
          }
        };
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
) -> Result<Response<StreamingBody>, hyper::Error> {
  let (head, body) = request.into_parts();
  let storage = services.simulators.storage();
  let frames_ended = storage.frames_ended();
  // The whole body first, even of a request that will be refused: an early answer makes workerd
  // report a lost connection instead of our error.
  let route = route(&head, &services.secret);
  let body = collect(body, body_limit(&route), storage).await?;
  // SQLite in memory and files in the page cache take microseconds to milliseconds; `block_in_place`
  // keeps the long ones from holding up other runtimes without paying for a hop each time.
  Ok(match route {
    Route::Simulator { product, resource } => block_in_place(|| {
      let request = Request::from_parts(head, body);
      let answered = storage.within_frame_or_undone(frames_ended, || {
        services.simulators.serve(&product, &resource, request)
      });
      answered.map_or_else(
        |error| {
          tracing::error!(target: "loopback", %error, "a late request could not be undone");
          empty(StatusCode::INTERNAL_SERVER_ERROR)
        },
        |response| response.map(StreamingBody::new),
      )
    }),
    Route::Module(request) => {
      block_in_place(|| services.modules.respond(&request)).map(StreamingBody::whole)
    }
    // On this thread: handing it over takes longer than the call.
    Route::Blocking(call) => {
      module_response(&call.answer(&services.objects)).map(StreamingBody::whole)
    }
    Route::Unknown => empty(StatusCode::NOT_FOUND),
  })
}

/// How much of a body is of use to whoever answers.
fn body_limit(route: &Route) -> BodyLimit {
  const NOTHING: BodyLimit = BodyLimit {
    bytes_max: 0,
    memory_bytes_max: 0,
  };
  match route {
    Route::Simulator { product, .. } => {
      Product::from_str(product).map_or(NOTHING, Product::body_limit)
    }
    Route::Module(_) | Route::Blocking(_) | Route::Unknown => NOTHING,
  }
}

/// Reads a body to its end.
async fn collect(
  mut body: Incoming,
  limit: BodyLimit,
  storage: &Storage,
) -> Result<RequestBody, hyper::Error> {
  let mut reader = BodyReader::new(limit, storage);
  while let Some(frame) = body.frame().await {
    let Ok(data) = frame?.into_data() else {
      continue;
    };
    if reader.is_on_disk() {
      block_in_place(|| reader.take(&data));
    } else {
      reader.take(&data);
    }
  }
  Ok(reader.finish())
}

fn empty(status: StatusCode) -> Response<StreamingBody> {
  let mut response = Response::new(StreamingBody::default());
  *response.status_mut() = status;
  response
    .headers_mut()
    .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
  response
}
