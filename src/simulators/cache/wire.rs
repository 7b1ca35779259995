//! The Cache API's HTTP: requests to typed operations, results to responses. No HTTP type goes further
//! in; headers that are stored are data there.

use std::time::{Duration, UNIX_EPOCH};

use hyper::ext::ReasonPhrase;
use hyper::http::header::{
  AGE, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderName, HeaderValue,
  IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE,
};
use hyper::http::request::Parts;
use hyper::http::{Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::limits::{BODY_BYTES_MAX, HEAD_BYTES_MAX};
use super::ranges::{self, Multipart};
use super::selection::{Conditions, Selection};
use super::store::{CacheError, Hit, Key, Put, Store};
use crate::protocol::{CF_HEADER, SCHEME_HEADER};
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::{INLINE_BYTES_MAX, Storage};

/// The longest response. Its head is part of the body on the wire.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: HEAD_BYTES_MAX + BODY_BYTES_MAX,
  memory_bytes_max: INLINE_BYTES_MAX,
};

const CACHE_NAME_HEADER: &str = "cf-cache-namespace";
const CACHE_STATUS_HEADER: HeaderName = HeaderName::from_static("cf-cache-status");

/// The last second that a date in HTTP can name: the end of the year 9999.
const DATE_S_MAX: u64 = 253_402_300_799;

const CHECKED: &str = "it was checked before it was stored";

/// Whether a Worker's caches store anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::simulators) enum Access {
  On,
  Off,
}

/// Answers one request to the caches of the Worker called `worker`.
pub(in crate::simulators) fn serve(
  access: Access,
  worker: &str,
  storage: &Storage,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  tracing::trace!(worker, method = %request.method(), target = %request.uri(), "cache request");
  let store = Store::new(worker, storage);
  let response = read(request).and_then(|(key, operation)| match access {
    Access::On => run(&store, &key, operation),
    Access::Off => Ok(run_nothing(&operation)),
  });
  response.unwrap_or_else(|error| match error {
    CacheError::Refused(refusal) => {
      // The user asked for something that silently does not happen.
      tracing::debug!(worker, %refusal, "response is not cached");
      answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, &refusal.to_string())
    }
    bug => answer::bug("cache", &bug),
  })
}

#[derive(Debug)]
enum Operation {
  Match(Conditions),
  Put(Put),
  Delete,
}

fn read(request: Request<RequestBody>) -> Result<(Key, Operation), CacheError> {
  let (parts, body) = request.into_parts();
  let text = |name| text(&parts.headers, name);
  let operation = match parts.method.as_str() {
    "GET" => Operation::Match(Conditions {
      if_none_match: text(IF_NONE_MATCH),
      if_modified_since: text(IF_MODIFIED_SINCE),
      range: text(RANGE),
    }),
    "PUT" => Operation::Put(Put {
      authorized: text(AUTHORIZATION).is_some_and(|authorization| !authorization.is_empty()),
      message_bytes: body.wire_bytes(),
      message: body.into_payload().map_err(CacheError::Disk)?,
    }),
    "PURGE" => Operation::Delete,
    method => {
      return Err(CacheError::UnknownRequest {
        method: method.to_owned(),
        target: parts.uri.to_string(),
      });
    }
  };
  Ok((read_key(&parts)?, operation))
}

fn run(
  store: &Store<'_>,
  key: &Key,
  operation: Operation,
) -> Result<Response<ResponseBody>, CacheError> {
  Ok(match operation {
    Operation::Match(conditions) => match store.find(key, &conditions)? {
      Some(hit) => write_hit(hit),
      None => write_miss(),
    },
    Operation::Put(put) => {
      store.put(key, &put)?;
      write_status(StatusCode::NO_CONTENT)
    }
    Operation::Delete if store.delete(key)? => write_status(StatusCode::OK),
    Operation::Delete => write_status(StatusCode::NOT_FOUND),
  })
}

/// What a cache that is switched off does.
fn run_nothing(operation: &Operation) -> Response<ResponseBody> {
  match operation {
    Operation::Match(_) => write_miss(),
    Operation::Put(_) => write_status(StatusCode::NO_CONTENT),
    Operation::Delete => write_status(StatusCode::NOT_FOUND),
  }
}

/// All values of a header, joined. What is not UTF-8 is replaced, and then means nothing.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
  let values: Vec<_> = headers
    .get_all(name)
    .iter()
    .map(|value| String::from_utf8_lossy(value.as_bytes()))
    .collect();
  (!values.is_empty()).then(|| values.join(", "))
}

fn read_key(parts: &Parts) -> Result<Key, CacheError> {
  let bytes = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
  let required = |name: &str| {
    bytes(name)
      .and_then(|value| std::str::from_utf8(value).ok())
      .filter(|value| !value.is_empty())
      .ok_or_else(|| CacheError::UrlIncomplete {
        name: name.to_owned(),
      })
  };
  let (scheme, host) = (required(SCHEME_HEADER)?, required(HOST.as_str())?);
  // Older workerd sends the URL's fragment along; `Uri` has dropped it.
  let target = parts
    .uri
    .path_and_query()
    .map_or("/", |target| target.as_str());
  let cache_key = bytes(CF_HEADER).and_then(read_cache_key);
  Ok(Key {
    cache: String::from_utf8_lossy(bytes(CACHE_NAME_HEADER).unwrap_or_default()).into_owned(),
    url: cache_key.unwrap_or_else(|| format!("{scheme}://{host}{target}")),
  })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cf {
  cache_key: Option<Value>,
}

/// `cf.cacheKey`, if it is true in the sense of JavaScript. The rest of `cf` does not matter, nor does a
/// `cf` that cannot be read.
fn read_cache_key(cf: &[u8]) -> Option<String> {
  let cf: Cf = serde_json::from_slice(cf).ok()?;
  match cf.cache_key? {
    Value::Null | Value::Bool(false) => None,
    Value::String(key) => (!key.is_empty()).then_some(key),
    Value::Number(key) if key.as_f64() == Some(0.0) => None,
    key => Some(key.to_string()),
  }
}

fn write_hit(hit: Hit) -> Response<ResponseBody> {
  let length = hit.body.len();
  match &hit.selection {
    Selection::Whole => {
      let status = StatusCode::from_u16(hit.status).expect("only known statuses are stored");
      let mut response = write_entry(&hit, status, hit.body.clone());
      let reason = ReasonPhrase::try_from(hit.reason).expect(CHECKED);
      response.extensions_mut().insert(reason);
      response
    }
    Selection::NotModified => write_entry(&hit, StatusCode::NOT_MODIFIED, ResponseBody::default()),
    Selection::Range(range) => {
      let body = hit.body.slice(range.clone());
      let mut response = write_entry(&hit, StatusCode::PARTIAL_CONTENT, body);
      let content_range = header_value(ranges::content_range(range, length));
      response.headers_mut().insert(CONTENT_RANGE, content_range);
      response
    }
    Selection::Ranges(ranges) => {
      let content_type = hit.headers.first("content-type");
      let multipart = Multipart::new(&hit.body, ranges, content_type);
      let body: ResponseBody = multipart.parts.into_iter().collect();
      let mut response = write_entry(&hit, StatusCode::PARTIAL_CONTENT, body);
      let content_type = header_value(multipart.content_type);
      response.headers_mut().insert(CONTENT_TYPE, content_type);
      response
    }
    Selection::Unsatisfiable => write_unsatisfiable(length),
  }
}

/// An answer with the headers of the entry.
fn write_entry(
  hit: &Hit,
  status: StatusCode,
  body: impl Into<ResponseBody>,
) -> Response<ResponseBody> {
  let mut response = answer::ok(body);
  *response.status_mut() = status;
  let headers = response.headers_mut();
  for header in hit.headers.iter() {
    let name = HeaderName::from_bytes(header.name.as_bytes()).expect(CHECKED);
    let value = HeaderValue::from_bytes(&header.value).expect(CHECKED);
    headers.append(name, value);
  }
  headers.insert(AGE, HeaderValue::from(hit.age_s));
  headers.insert(DATE, header_value(http_date(hit.stored_at_ms)));
  headers.insert(CACHE_STATUS_HEADER, HeaderValue::from_static("HIT"));
  response
}

fn write_unsatisfiable(length: u64) -> Response<ResponseBody> {
  let mut response = write_status(StatusCode::RANGE_NOT_SATISFIABLE);
  let headers = response.headers_mut();
  headers.insert(CACHE_STATUS_HEADER, HeaderValue::from_static("HIT"));
  headers.insert(CONTENT_RANGE, header_value(format!("bytes */{length}")));
  response
}

fn write_miss() -> Response<ResponseBody> {
  let mut response = write_status(StatusCode::GATEWAY_TIMEOUT);
  let miss = HeaderValue::from_static("MISS");
  response.headers_mut().insert(CACHE_STATUS_HEADER, miss);
  response
}

fn write_status(status: StatusCode) -> Response<ResponseBody> {
  let mut response = answer::ok(ResponseBody::default());
  *response.status_mut() = status;
  response
}

fn header_value(text: String) -> HeaderValue {
  HeaderValue::try_from(text).expect("we made it of printable ASCII")
}

/// Stays within what a date in HTTP can name, since the clock may be the user's.
fn http_date(at_ms: i64) -> String {
  let at_s = u64::try_from(at_ms / 1000).unwrap_or(0).min(DATE_S_MAX);
  httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at_s))
}
