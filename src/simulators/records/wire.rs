//! HTTP of records.

use std::io;

use hyper::http::{Request, Response, StatusCode};
use serde::de::IgnoredAny;
use thiserror::Error;

use super::log::Records;
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::{Storage, StorageError};

/// An email with its attachments, in Base64.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: 64 * 1024 * 1024,
  memory_bytes_max: 1024 * 1024,
};

#[derive(Debug, Error)]
enum RecordError {
  #[error("a record is no JSON")]
  NotJson(#[source] serde_json::Error),
  #[error("a record is no text")]
  NotText(#[source] std::str::Utf8Error),
  #[error("cannot read a record")]
  Disk(#[source] io::Error),
  #[error(transparent)]
  Storage(#[from] StorageError),
}

/// Appends a record to a log.
pub(in crate::simulators) fn serve(
  log: &str,
  storage: &Storage,
  records: &Records,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  match add(log, storage, records, request.into_body()) {
    Ok(()) => {
      let mut response = answer::ok(ResponseBody::default());
      *response.status_mut() = StatusCode::NO_CONTENT;
      response
    }
    Err(error) => answer::bug("records", &error),
  }
}

fn add(
  log: &str,
  storage: &Storage,
  records: &Records,
  body: RequestBody,
) -> Result<(), RecordError> {
  let body = body.into_bytes().map_err(RecordError::Disk)?;
  let record = std::str::from_utf8(&body).map_err(RecordError::NotText)?;
  serde_json::from_str::<IgnoredAny>(record).map_err(RecordError::NotJson)?;
  Ok(records.add(storage, log, record)?)
}
