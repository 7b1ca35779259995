//! HTTP of rate limiting, which is little enough to have its rules here, too.

use std::io;

use hyper::http::{Request, Response};
use serde::Deserialize;
use thiserror::Error;

use super::rows::{self, Window};
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::{Storage, StorageError};

/// A key may be as long as production takes it, and more.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: 64 * 1024,
  memory_bytes_max: 64 * 1024,
};

/// Our own client said something else than it should.
#[derive(Debug, Error)]
enum RateLimitError {
  #[error("cannot read a call")]
  Unreadable(#[source] serde_json::Error),
  #[error("cannot read a body")]
  Disk(#[source] io::Error),
  #[error(transparent)]
  Storage(#[from] StorageError),
}

#[derive(Debug, Deserialize)]
struct Call {
  key: String,
  limit: f64,
  /// Seconds.
  period: u32,
}

/// Answers one call of a limiter of `namespace`.
pub(in crate::simulators) fn serve(
  namespace: &str,
  storage: &Storage,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  match count(namespace, storage, request.into_body()) {
    Ok(success) => answer::ok(format!("{{\"success\":{success}}}")),
    Err(error) => answer::bug("rate-limit", &error),
  }
}

fn count(namespace: &str, storage: &Storage, body: RequestBody) -> Result<bool, RateLimitError> {
  let body = body.into_bytes().map_err(RateLimitError::Disk)?;
  let call: Call = serde_json::from_slice(&body).map_err(RateLimitError::Unreadable)?;
  let period_s = i64::from(call.period.max(1));
  let now_s = i64::try_from(storage.now_ms() / 1000).unwrap_or(i64::MAX);
  let window = Window {
    namespace,
    key: &call.key,
    period_s,
    number: now_s / period_s,
  };
  let database = storage.database(rows::DATABASE, rows::MIGRATIONS)?;
  Ok(database.run(|connection| {
    let calls = rows::calls(connection, &window)?;
    if calls as f64 >= call.limit {
      return Ok(false);
    }
    rows::set_calls(connection, &window, calls + 1)?;
    Ok(true)
  })?)
}
