//! R2's HTTP: requests to typed operations, results to responses. No HTTP type goes further in.

use std::error::Error;

use hyper::ext::ReasonPhrase;
use hyper::http::header::{HeaderName, HeaderValue};
use hyper::http::{Method, Request, Response, StatusCode};
use serde::Serialize;

use super::bucket::{Bucket, R2Error, Value};
use super::limits::{REQUEST_JSON_BYTES_MAX, VALUE_BYTES_MAX};
use super::object::Object;
use super::operation::{self, Read, Write};
use super::rejection::Rejection;
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::{INLINE_BYTES_MAX, Payload, Storage};

/// The longest value behind the longest JSON.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: REQUEST_JSON_BYTES_MAX + VALUE_BYTES_MAX,
  memory_bytes_max: INLINE_BYTES_MAX,
};

const REQUEST: HeaderName = HeaderName::from_static("cf-r2-request");
const METADATA_SIZE: HeaderName = HeaderName::from_static("cf-r2-metadata-size");
const ERROR: HeaderName = HeaderName::from_static("cf-r2-error");

/// Answers one request to the bucket called `bucket`.
pub(in crate::simulators) fn serve(
  bucket: &str,
  storage: &Storage,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  tracing::trace!(bucket, method = %request.method(), target = %request.uri(), "r2 request");
  if request.uri().path() != "/" {
    return answer::refusal(StatusCode::NOT_FOUND, "Not Found");
  }
  let bucket = Bucket::new(bucket, storage);
  let response = match *request.method() {
    Method::GET => read(&bucket, &request),
    Method::PUT => write(&bucket, request),
    _ => return answer::refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
  };
  response.unwrap_or_else(|error| match error {
    R2Error::Rejected(rejection) => refusal(ResponseBody::default(), &rejection),
    R2Error::NotRead(object) => not_read(&object),
    R2Error::Disk(cause) => {
      tracing::warn!(%cause, "cannot keep an r2 value on disk");
      refusal(ResponseBody::default(), &Rejection::Internal)
    }
    R2Error::Storage(cause) => bug(&cause),
  })
}

/// A failure of ours, where users see it.
pub(in crate::simulators) fn bug(cause: &dyn Error) -> Response<ResponseBody> {
  let response = answer::bug("r2", cause);
  let reason = response.extensions().get::<ReasonPhrase>();
  let words = reason.map_or(&b""[..], ReasonPhrase::as_bytes);
  let words = String::from_utf8_lossy(words).into_owned();
  with_error(response, &words, Rejection::Internal.code())
}

fn read(
  bucket: &Bucket<'_>,
  request: &Request<RequestBody>,
) -> Result<Response<ResponseBody>, R2Error> {
  // Bytes and not `to_str`, which knows only ASCII.
  let json = request.headers().get(REQUEST).map(HeaderValue::as_bytes);
  let operation = operation::read(json.ok_or(Rejection::InvalidArgument)?)?;
  Ok(match operation {
    Read::Head { key } => described(&bucket.head(&key)?, []),
    Read::Get(get) => {
      let found = bucket.get(&get)?;
      described(&found.object, found.value)
    }
    Read::List(list) => described(&bucket.list(&list)?, []),
  })
}

fn write(
  bucket: &Bucket<'_>,
  request: Request<RequestBody>,
) -> Result<Response<ResponseBody>, R2Error> {
  let json_bytes = request.headers().get(METADATA_SIZE);
  let json_bytes: u64 = json_bytes
    .and_then(|size| size.to_str().ok()?.parse().ok())
    .filter(|size| *size <= REQUEST_JSON_BYTES_MAX)
    .ok_or(Rejection::InvalidArgument)?;
  let body = request.into_body();
  let wire_bytes = body.wire_bytes();
  let payload = body.into_payload().map_err(R2Error::Disk)?;
  let json = payload.slice(0..json_bytes);
  if json.len() < json_bytes {
    return Err(Rejection::InvalidArgument.into());
  }
  let json = json.read_all().map_err(R2Error::Disk)?;
  let value = Value {
    payload: payload.slice(json_bytes..payload.len()),
    bytes: wire_bytes - json_bytes,
  };
  Ok(match operation::write(&json)? {
    Write::Put(put) => described(&bucket.put(put, &value)?, []),
    Write::Delete { keys } => {
      bucket.delete(&keys)?;
      answer::ok(ResponseBody::default())
    }
    Write::CreateUpload(create) => described(&bucket.create_upload(&create)?, []),
    Write::UploadPart(upload) => described(&bucket.upload_part(&upload, &value)?, []),
    Write::CompleteUpload(complete) => described(&bucket.complete_upload(complete)?, []),
    Write::AbortUpload { key, upload_id } => {
      bucket.abort_upload(&key, &upload_id)?;
      answer::ok(ResponseBody::default())
    }
  })
}

/// A success: `description` as JSON, then `value`.
fn described(
  description: &impl Serialize,
  value: impl IntoIterator<Item = Payload>,
) -> Response<ResponseBody> {
  let json =
    serde_json::to_vec(description).expect("strings, numbers and maps are always serializable");
  let json_bytes = HeaderValue::from(json.len());
  let body: ResponseBody = [Payload::from(json)].into_iter().chain(value).collect();
  let mut response = answer::ok(body);
  response.headers_mut().insert(METADATA_SIZE, json_bytes);
  response
}

/// The refusal of a read, which describes the object all the same.
fn not_read(object: &Object) -> Response<ResponseBody> {
  let (head, body) = described(object, []).into_parts();
  let mut response = refusal(body, &Rejection::PreconditionFailed);
  let json_bytes = head.headers[METADATA_SIZE].clone();
  response.headers_mut().insert(METADATA_SIZE, json_bytes);
  response
}

fn refusal(body: ResponseBody, rejection: &Rejection) -> Response<ResponseBody> {
  let mut response = answer::ok(body);
  *response.status_mut() = status(rejection);
  with_error(response, &rejection.to_string(), rejection.code())
}

#[derive(Serialize)]
struct ErrorHeader<'a> {
  version: u32,
  v4code: u32,
  message: &'a str,
}

/// `message` must be ASCII, of which JSON escapes everything that a header cannot have but DEL.
fn with_error(
  mut response: Response<ResponseBody>,
  message: &str,
  code: u32,
) -> Response<ResponseBody> {
  let error = ErrorHeader {
    version: 1,
    v4code: code,
    message,
  };
  let json = serde_json::to_string(&error).expect("strings and numbers are always serializable");
  let value = HeaderValue::try_from(json).expect("our messages are printable");
  response.headers_mut().insert(ERROR, value);
  response
}

fn status(rejection: &Rejection) -> StatusCode {
  match rejection {
    Rejection::Internal | Rejection::BadUpload => StatusCode::INTERNAL_SERVER_ERROR,
    Rejection::NoSuchKey => StatusCode::NOT_FOUND,
    Rejection::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
    Rejection::InvalidRange => StatusCode::RANGE_NOT_SATISFIABLE,
    Rejection::EntityTooLarge
    | Rejection::EntityTooSmall
    | Rejection::MetadataTooLarge
    | Rejection::InvalidObjectName
    | Rejection::InvalidMaxKeys
    | Rejection::NoSuchUpload
    | Rejection::InvalidPart
    | Rejection::InvalidArgument
    | Rejection::BadDigest { .. }
    | Rejection::EncryptionKeyMissing
    | Rejection::EncryptionKeyDiffers
    | Rejection::EncryptionKeyNotApplicable
    | Rejection::EncryptionKeyOfPartMissing => StatusCode::BAD_REQUEST,
  }
}
