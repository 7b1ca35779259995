//! KV's HTTP: requests to typed operations, results to responses. No HTTP type goes further in.

use hyper::body::Bytes;
use hyper::http::header::{HeaderName, HeaderValue};
use hyper::http::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::limits::{Integer, Rejection, VALUE_BYTES_MAX};
use super::namespace::{Entry, GetBulk, KvError, List, Namespace, Page, Put, TextEntry, ValueType};
use super::rows::KeyInfo;
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::{INLINE_BYTES_MAX, Storage};

/// The longest value. Bulk requests are shorter by far.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: VALUE_BYTES_MAX as u64,
  memory_bytes_max: INLINE_BYTES_MAX,
};

const METADATA: HeaderName = HeaderName::from_static("cf-kv-metadata");

/// What a binding may do with its namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::simulators) enum Access {
  ReadWrite,
  /// The namespace of a Workers Sites project: everything but `GET` is refused, so bulk `get`,
  /// which is a `POST`, too.
  Sites,
}

/// Answers one request to the namespace with the id `namespace`.
pub(in crate::simulators) fn serve(
  access: Access,
  namespace: &str,
  storage: &Storage,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  tracing::trace!(namespace, method = %request.method(), target = %request.uri(), "kv request");
  let namespace = Namespace::new(namespace, storage);
  let response = read(access, request).and_then(|operation| run(&namespace, operation));
  response.unwrap_or_else(|error| match error {
    KvError::Rejected(rejection) => answer::refusal(status(&rejection), &rejection.to_string()),
    bug => answer::bug("kv", &bug),
  })
}

/// A request, understood but not yet checked against KV's rules.
#[derive(Debug)]
enum Operation {
  Get {
    key: String,
    cache_ttl: Option<Integer>,
  },
  GetBulk {
    get: GetBulk,
    with_metadata: bool,
  },
  List(List),
  Put(Put),
  Delete {
    key: String,
  },
}

fn read(access: Access, request: Request<RequestBody>) -> Result<Operation, KvError> {
  let method = request.method();
  if access == Access::Sites && method != Method::GET {
    return Err(
      Rejection::SitesReadOnly {
        method: method.as_str().to_lowercase(),
      }
      .into(),
    );
  }
  let path = request.uri().path();
  let query = Query(request.uri().query().unwrap_or_default());
  // The path is one segment and not a hierarchy: neither split nor normalised.
  match (method, path.strip_prefix('/')) {
    (&Method::GET, Some("")) => Ok(Operation::List(List {
      limit: query.integer("key_count_limit"),
      prefix: query.text("prefix").unwrap_or_default(),
      cursor: query.text("cursor").unwrap_or_default(),
    })),
    (&Method::GET, Some(key)) => Ok(Operation::Get {
      key: decode_key(key)?,
      cache_ttl: query.integer("cache_ttl"),
    }),
    (&Method::POST, Some("bulk/get")) => {
      let body = request.into_body().into_bytes().map_err(KvError::Disk)?;
      read_bulk(&body)
    }
    (&Method::PUT, Some(key)) => Ok(Operation::Put(Put {
      key: decode_key(key)?,
      value_bytes: request.body().wire_bytes(),
      expiration: query.integer("expiration"),
      expiration_ttl: query.integer("expiration_ttl"),
      metadata: request
        .headers()
        .get(METADATA)
        .map(|metadata| metadata.as_bytes().to_vec()),
      value: request.into_body().into_payload().map_err(KvError::Disk)?,
    })),
    (&Method::DELETE, Some(key)) => Ok(Operation::Delete {
      key: decode_key(key)?,
    }),
    _ => Err(KvError::UnknownRequest {
      method: method.to_string(),
      path: path.to_owned(),
    }),
  }
}

fn run(namespace: &Namespace<'_>, operation: Operation) -> Result<Response<ResponseBody>, KvError> {
  Ok(match operation {
    Operation::Get { key, cache_ttl } => write_entry(namespace.get(&key, cache_ttl)?),
    Operation::GetBulk { get, with_metadata } => {
      let (keys, value_type) = (get.keys.clone(), get.value_type);
      let entries = namespace.get_bulk(get)?;
      answer::ok(write_bulk(&keys, &entries, value_type, with_metadata))
    }
    Operation::List(list) => answer::ok(write_page(&namespace.list(list)?)),
    Operation::Put(put) => {
      namespace.put(put)?;
      answer::ok(ResponseBody::default())
    }
    Operation::Delete { key } => {
      namespace.delete(&key)?;
      answer::ok(ResponseBody::default())
    }
  })
}

fn status(rejection: &Rejection) -> StatusCode {
  match rejection {
    Rejection::KeyTooLong { .. } => StatusCode::URI_TOO_LONG,
    Rejection::MetadataTooLong { .. }
    | Rejection::ValueTooLong { .. }
    | Rejection::BulkTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
    Rejection::SitesReadOnly { .. } => StatusCode::METHOD_NOT_ALLOWED,
    Rejection::KeyEmpty
    | Rejection::KeyIllegal { .. }
    | Rejection::KeyUndecodable
    | Rejection::CacheTtlTooShort { .. }
    | Rejection::ExpirationTtlNotPositive { .. }
    | Rejection::ExpirationTtlTooShort { .. }
    | Rejection::ExpirationPast { .. }
    | Rejection::ExpirationTooSoon { .. }
    | Rejection::ListLimitNotPositive { .. }
    | Rejection::ListLimitTooLarge { .. }
    | Rejection::BulkTooFew
    | Rejection::BulkTooMany
    | Rejection::BulkType { .. }
    | Rejection::BulkNotJson => StatusCode::BAD_REQUEST,
  }
}

/// Strict where the query is lenient: a `%` without two hex digits, or bytes that are not UTF-8,
/// are an error, as they are for `decodeURIComponent`.
fn decode_key(key: &str) -> Result<String, Rejection> {
  let is_escape = |rest: &str| {
    rest
      .as_bytes()
      .get(..2)
      .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
  };
  if !key.split('%').skip(1).all(is_escape) {
    return Err(Rejection::KeyUndecodable);
  }
  let decoded = percent_decode_str(key)
    .decode_utf8()
    .map_err(|_| Rejection::KeyUndecodable)?;
  Ok(decoded.into_owned())
}

/// A form-encoded query.
struct Query<'a>(&'a str);

impl Query<'_> {
  /// The first value called `name`. What cannot be decoded is left as it is or replaced.
  fn text(&self, name: &str) -> Option<String> {
    let mut pairs = self
      .0
      .split('&')
      .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    let spaced = value.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
  }

  fn integer(&self, name: &str) -> Option<Integer> {
    self.text(name).map(Integer::parse)
  }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BulkBody {
  keys: Vec<String>,
  r#type: Option<String>,
  cache_ttl: Option<CacheTtl>,
  with_metadata: Option<bool>,
}

/// workerd sends a string; a number is what one would expect, so it is understood as well.
#[derive(Deserialize)]
#[serde(untagged)]
enum CacheTtl {
  Text(String),
  Number(serde_json::Number),
}

fn read_bulk(body: &[u8]) -> Result<Operation, KvError> {
  let body: BulkBody = serde_json::from_slice(body).map_err(KvError::BulkUnreadable)?;
  let value_type = match body.r#type.as_deref() {
    None | Some("" | "text") => ValueType::Text,
    Some("json") => ValueType::Json,
    Some(name) => {
      return Err(
        Rejection::BulkType {
          name: name.to_owned(),
        }
        .into(),
      );
    }
  };
  let cache_ttl = body.cache_ttl.map(|cache_ttl| match cache_ttl {
    CacheTtl::Text(text) => Integer::parse(text),
    CacheTtl::Number(number) => Integer::parse(number.to_string()),
  });
  let get = GetBulk {
    keys: body.keys,
    value_type,
    cache_ttl,
  };
  Ok(Operation::GetBulk {
    get,
    with_metadata: body.with_metadata.unwrap_or(false),
  })
}

fn write_entry(entry: Option<Entry>) -> Response<ResponseBody> {
  let Some(entry) = entry else {
    return answer::refusal(StatusCode::NOT_FOUND, "Not Found");
  };
  let mut response = answer::ok(entry.value);
  if let Some(metadata) = entry.metadata {
    let value = HeaderValue::from_maybe_shared(Bytes::from(metadata));
    response
      .headers_mut()
      .insert(METADATA, value.expect("it came as a header value"));
  }
  response
}

/// Written by hand, since values and metadata are JSON already and are not to be reparsed.
fn write_bulk(
  keys: &[String],
  entries: &[Option<TextEntry>],
  value_type: ValueType,
  with_metadata: bool,
) -> Vec<u8> {
  let mut body = b"{".to_vec();
  for (index, (key, entry)) in keys.iter().zip(entries).enumerate() {
    // A key that was asked for twice is one property.
    if keys[..index].contains(key) {
      continue;
    }
    if index > 0 {
      body.push(b',');
    }
    write_json_string(&mut body, key);
    body.push(b':');
    let Some(entry) = entry else {
      body.extend(b"null");
      continue;
    };
    if with_metadata {
      body.extend(br#"{"value":"#);
    }
    match value_type {
      ValueType::Text => write_json_string(&mut body, &entry.text),
      ValueType::Json => body.extend(entry.text.as_bytes()),
    }
    if with_metadata {
      body.extend(br#","metadata":"#);
      body.extend(entry.metadata.as_deref().unwrap_or("null").as_bytes());
      body.push(b'}');
    }
  }
  body.push(b'}');
  body
}

fn write_json_string(body: &mut Vec<u8>, text: &str) {
  serde_json::to_writer(body, text).expect("writing a string to memory cannot fail");
}

#[derive(Serialize)]
struct PageBody<'a> {
  keys: Vec<PageKey<'a>>,
  list_complete: bool,
  #[serde(skip_serializing_if = "Option::is_none")]
  cursor: Option<&'a str>,
  #[serde(rename = "cacheStatus")]
  cache_status: (),
}

#[derive(Serialize)]
struct PageKey<'a> {
  name: &'a str,
  /// Seconds since the epoch.
  #[serde(skip_serializing_if = "Option::is_none")]
  expiration: Option<i64>,
  /// JSON text, so JSON twice by the time it is sent. workerd undoes one of them.
  #[serde(skip_serializing_if = "Option::is_none")]
  metadata: Option<&'a str>,
}

impl<'a> From<&'a KeyInfo> for PageKey<'a> {
  fn from(key: &'a KeyInfo) -> Self {
    Self {
      name: &key.name,
      expiration: key.expires_at_s,
      metadata: key.metadata.as_deref(),
    }
  }
}

fn write_page(page: &Page) -> Vec<u8> {
  let body = PageBody {
    keys: page.keys.iter().map(PageKey::from).collect(),
    list_complete: page.cursor.is_none(),
    cursor: page.cursor.as_deref(),
    cache_status: (),
  };
  serde_json::to_vec(&body).expect("strings and numbers are always serializable")
}
