//! The HTTP of assets: a request to a question, and what is served to a response.

use std::fmt::Write as _;
use std::io;

use bytes::Bytes;
use hyper::http::header::{
  ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH,
  CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION, RANGE,
  REFERRER_POLICY, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::http::{Method, Request, Response, StatusCode};
use md5::{Digest, Md5};
use thiserror::Error;

use super::config::AssetsConfig;
use super::content_type::content_type;
use super::headers::Change;
use super::routing::Routing;
use super::site::{Outcome, Question, Site};
use crate::simulators::{ResponseBody, answer};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cf-cache-status");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");

/// Headers that belong to the connection or say how long the message is: rules do not change them.
const FRAMING: [HeaderName; 6] = [
  CONNECTION,
  CONTENT_LENGTH,
  TE,
  TRAILER,
  TRANSFER_ENCODING,
  UPGRADE,
];

/// The static assets of one Worker.
#[derive(Clone, Debug)]
pub struct Assets {
  config: AssetsConfig,
}

impl Assets {
  /// Assets as `config` says. Looks at the disk with each request, and not now.
  #[must_use]
  pub fn new(config: AssetsConfig) -> Self {
    Self { config }
  }

  /// Answers a request to the binding, or one that was [routed](Self::route) to the assets.
  ///
  /// Blocks on the disk, so it does not belong on an async thread. Has `Content-Length`, unless it is a 304;
  /// that of a `HEAD` is the file's, and the body is empty.
  #[must_use]
  pub fn serve(&self, request: &Parts) -> Response<ResponseBody> {
    let site = Site::open(&self.config);
    let question = Question {
      is_read: [Method::GET, Method::HEAD].contains(&request.method),
      path: request.uri.path(),
      query: request.uri.query().unwrap_or_default(),
    };
    let outcome = site.answer(question);
    tracing::trace!(method = %request.method, target = %request.uri, ?outcome, "assets request");
    let mut response = match outcome {
      Outcome::NotFound => empty(StatusCode::NOT_FOUND),
      Outcome::NotAllowed => empty(StatusCode::METHOD_NOT_ALLOWED),
      Outcome::Redirect { status, location } => {
        let status = StatusCode::from_u16(status).expect("only such statuses are read");
        let location = HeaderValue::from_bytes(location.as_bytes());
        let location = location.expect("control characters are escaped, or the rule is not read");
        let mut response = empty(status);
        response.headers_mut().insert(LOCATION, location);
        response
      }
      Outcome::File { path, is_found } => file(&site, request, &path, is_found),
    };
    if site.is_pages() {
      add_pages_headers(&mut response);
    }
    let host = host(request);
    for change in site.header_rules().changes(host, question.path) {
      apply(change, response.headers_mut());
    }
    if request.method == Method::HEAD {
      *response.body_mut() = ResponseBody::default();
    }
    response
  }

  /// Whether a request from outside is for the assets or for the user Worker. Blocks on the disk.
  #[must_use]
  pub fn route(&self, request: &Parts) -> Routing {
    let mode = request.headers.get(FETCH_MODE);
    let is_navigation = mode.is_some_and(|mode| mode == "navigate");
    Site::open(&self.config).route(request.uri.path(), is_navigation)
  }
}

/// An answer without types of HTTP, for whoever asks from elsewhere than workerd.
#[derive(Debug)]
pub struct PlainAnswer {
  /// The status code.
  pub status: u16,
  /// Names and values, one after the other.
  pub headers: Vec<String>,
  /// All of it.
  pub body: Bytes,
}

/// Why there is no [`PlainAnswer`].
#[derive(Debug, Error)]
pub enum PlainError {
  /// A method, a URL or headers that HTTP does not allow.
  #[error("this is no request")]
  Request(#[source] hyper::http::Error),
  /// A file is gone, or cannot be read.
  #[error("cannot read the asset")]
  Disk(#[source] io::Error),
}

impl Assets {
  /// As [`serve`](Self::serve); `headers` are names and values, one after the other. Blocks on the disk.
  ///
  /// # Errors
  /// [`PlainError`].
  pub fn serve_plain(
    &self,
    method: &str,
    url: &str,
    headers: &[String],
  ) -> Result<PlainAnswer, PlainError> {
    let mut request = Request::builder().method(method).uri(url);
    for pair in headers.chunks_exact(2) {
      request = request.header(&pair[0], &pair[1]);
    }
    let request = request.body(()).map_err(PlainError::Request)?;
    let (head, ()) = request.into_parts();
    let (response, body) = self.serve(&head).into_parts();
    let pairs = response.headers.iter();
    let pairs = pairs.flat_map(|(name, value)| {
      let value = String::from_utf8_lossy(value.as_bytes());
      [name.to_string(), value.into_owned()]
    });
    Ok(PlainAnswer {
      status: response.status.as_u16(),
      headers: pairs.collect(),
      body: body.read_all().map_err(PlainError::Disk)?,
    })
  }
}

fn empty(status: StatusCode) -> Response<ResponseBody> {
  let mut response = answer::ok(ResponseBody::default());
  *response.status_mut() = status;
  response
}

fn file(site: &Site<'_>, request: &Parts, path: &str, is_found: bool) -> Response<ResponseBody> {
  let bytes = match site.directory().read(path) {
    Ok(bytes) => bytes,
    Err(error) => {
      let words = format!("cannot read the asset {path}: {error}");
      return answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, &words);
    }
  };
  let etag = etag(&bytes);
  let mut response = answer::ok(bytes);
  let headers = response.headers_mut();
  let content_type = content_type(path);
  let fallback = site.is_pages().then(|| "application/octet-stream".into());
  if let Some(content_type) = content_type.or(fallback) {
    let value = HeaderValue::try_from(content_type).expect("types are ASCII");
    headers.insert(CONTENT_TYPE, value);
  }
  if !is_found {
    *response.status_mut() = StatusCode::NOT_FOUND;
  }
  if !is_found && site.is_pages() {
    return response;
  }
  let headers = response.headers_mut();
  let is_sent = |name| {
    let value = request.headers.get(name);
    value.is_some_and(|value: &HeaderValue| !value.is_empty())
  };
  if !is_sent(AUTHORIZATION) && !is_sent(RANGE) {
    headers.insert(CACHE_CONTROL, REVALIDATE);
  }
  let value = HeaderValue::try_from(&etag).expect("digits are ASCII");
  headers.insert(ETAG, value);
  if !site.is_pages() {
    headers.insert(CACHE_STATUS, HeaderValue::from_static("HIT"));
  }
  let known = request.headers.get(IF_NONE_MATCH);
  if known.is_some_and(|known| *known == etag || *known == format!("W/{etag}")) {
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = ResponseBody::default();
    response.headers_mut().remove(CONTENT_LENGTH);
  }
  response
}

/// The digest of the content, in 32 digits as in the product, and in quotes.
fn etag(bytes: &[u8]) -> String {
  let mut etag = String::from("\"");
  for byte in Md5::digest(bytes) {
    // Writing to a `String` cannot fail.
    let _ = write!(etag, "{byte:02x}");
  }
  etag + "\""
}

/// What Pages sends with every answer, besides what it sends with files.
fn add_pages_headers(response: &mut Response<ResponseBody>) {
  let status = response.status();
  let headers = response.headers_mut();
  headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
  let referrer = HeaderValue::from_static("strict-origin-when-cross-origin");
  headers.insert(REFERRER_POLICY, referrer);
  match status {
    StatusCode::NOT_MODIFIED => {
      for name in [CONTENT_TYPE, CACHE_CONTROL, ETAG] {
        headers.remove(name);
      }
    }
    StatusCode::NOT_FOUND => {
      headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    _ => {}
  }
  if headers.contains_key(CONTENT_TYPE) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
  }
}

fn host(request: &Parts) -> &str {
  let header = request
    .headers
    .get(HOST)
    .and_then(|host| host.to_str().ok());
  header.or(request.uri.host()).unwrap_or_default()
}

/// Leaves out what HTTP does not allow.
fn apply(change: Change, headers: &mut HeaderMap) {
  let (Change::Remove(name) | Change::Set(name, _) | Change::Append(name, _)) = &change;
  let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
    return;
  };
  if FRAMING.contains(&name) {
    return;
  }
  match change {
    Change::Remove(_) => {
      headers.remove(name);
    }
    Change::Set(_, value) => {
      if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(name, value);
      }
    }
    Change::Append(_, value) => {
      if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.append(name, value);
      }
    }
  }
}
