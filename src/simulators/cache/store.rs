//! The cached responses of a Worker: what `match`, `put` and `delete` mean. Plain Rust between HTTP and
//! SQL.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::freshness;
use super::head::{Head, HeadError, Headers};
use super::limits::{BODY_BYTES_MAX, HEAD_BYTES_MAX, Refusal};
use super::rows::{self, Place};
use super::selection::{self, Conditions, Selection};
use crate::storage::{Database, Payload, Storage, StorageError};

/// Why an operation did not happen.
#[derive(Debug, Error)]
pub(super) enum CacheError {
  /// The rules of caches. The user's doing.
  #[error(transparent)]
  Refused(#[from] Refusal),
  /// A `put` of something that workerd cannot have sent, since it serializes responses itself. Our bug.
  #[error("cannot read the response of a put: {0}")]
  ResponseUnreadable(String),
  /// A request without a part of the URL, or with one that is no text. Our bug.
  #[error("the request has no usable header {name}")]
  UrlIncomplete { name: String },
  /// A request that no method of a cache makes. Our bug, or a new workerd.
  #[error("do not know the request {method} {target}")]
  UnknownRequest { method: String, target: String },
  /// A large body could not be written or read; most likely the disk is full.
  #[error("cannot keep a body on disk")]
  Disk(#[source] io::Error),
  /// Our bug.
  #[error(transparent)]
  Storage(#[from] StorageError),
}

impl From<HeadError> for CacheError {
  fn from(error: HeadError) -> Self {
    match error {
      HeadError::Refused(refusal) => Self::Refused(refusal),
      HeadError::Malformed(what) => Self::ResponseUnreadable(what),
    }
  }
}

/// What identifies a response within a Worker.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Key {
  /// The cache's name as it is on the wire; empty for the default cache.
  pub(super) cache: String,
  /// The URL, or what the user has set in its place.
  pub(super) url: String,
}

#[derive(Debug)]
pub(super) struct Put {
  /// Whether the request for the response has `Authorization`.
  pub(super) authorized: bool,
  /// The response, serialized.
  pub(super) message: Payload,
  /// Bytes of the message on the wire; `message` may have been cut short beyond the limit.
  pub(super) message_bytes: u64,
}

/// A response that was found, and what of it was asked for.
#[derive(Debug)]
pub(super) struct Hit {
  pub(super) status: u16,
  /// The text that goes with the status. May be empty, and need not be UTF-8.
  pub(super) reason: Vec<u8>,
  /// Without those that concern one connection, and without those of the fields below.
  pub(super) headers: Headers,
  /// Whole, whatever the selection is.
  pub(super) body: Payload,
  /// Seconds since it was made.
  pub(super) age_s: i64,
  pub(super) stored_at_ms: i64,
  pub(super) selection: Selection,
}

/// All caches of one Worker in one runtime's storage.
pub(super) struct Store<'a> {
  worker: &'a str,
  storage: &'a Storage,
}

impl<'a> Store<'a> {
  pub(super) fn new(worker: &'a str, storage: &'a Storage) -> Self {
    Self { worker, storage }
  }

  pub(super) fn find(&self, key: &Key, conditions: &Conditions) -> Result<Option<Hit>, CacheError> {
    let now_ms = self.now_ms();
    let row = self
      .database()?
      .run(|connection| rows::get(connection, self.place(key), now_ms))?;
    let Some(row) = row else {
      return Ok(None);
    };
    let body = self.storage.open(row.body).map_err(CacheError::Disk)?;
    let headers = Headers::parse(&row.headers)?;
    let selection = selection::select(conditions, &headers, body.len());
    // The clock may have gone backwards, but nothing gets younger.
    let stored_for_ms = now_ms.saturating_sub(row.stored_at_ms).max(0);
    Ok(Some(Hit {
      status: row.status,
      reason: row.reason,
      headers,
      body,
      age_s: row.age_s.saturating_add(stored_for_ms / 1000),
      stored_at_ms: row.stored_at_ms,
      selection,
    }))
  }

  pub(super) fn put(&self, key: &Key, put: &Put) -> Result<(), CacheError> {
    let beginning = put.message.slice(0..HEAD_BYTES_MAX).read_all();
    let Head {
      status,
      reason,
      mut headers,
      bytes: head_bytes,
    } = Head::parse(&beginning.map_err(CacheError::Disk)?)?;
    check_body(&headers, put.message_bytes - head_bytes)?;

    let now_ms = self.now_ms();
    freshness::apply_private_set_cookie(&mut headers);
    let time_to_live_ms = freshness::time_to_live_ms(status, &headers, put.authorized, now_ms)?;
    let age_s = freshness::age_s(&headers);
    headers.remove_unstored();
    let row = rows::Row {
      stored_at_ms: now_ms,
      expires_at_ms: now_ms.saturating_add(time_to_live_ms),
      age_s,
      status,
      reason,
      headers: headers.to_lines(),
      body: put.message.slice(head_bytes..u64::MAX),
    };
    let place = self.place(key);
    let database = self.database()?;
    // What is never fresh still takes the place of an older response, but need not be kept for that.
    if time_to_live_ms == 0 {
      database.run(|connection| rows::delete(connection, place))?;
      return Ok(());
    }
    database.run(|connection| rows::put(connection, place, &row))?;
    row.body.keep();
    Ok(())
  }

  /// Whether there was something to delete.
  pub(super) fn delete(&self, key: &Key) -> Result<bool, CacheError> {
    let expired_at_ms = self
      .database()?
      .run(|connection| rows::delete(connection, self.place(key)))?;
    Ok(expired_at_ms.is_some_and(|expired_at_ms| expired_at_ms > self.now_ms()))
  }

  fn place<'k>(&'k self, key: &'k Key) -> Place<'k> {
    Place {
      worker: self.worker,
      cache: &key.cache,
      key: &key.url,
    }
  }

  fn database(&self) -> Result<Arc<Database>, StorageError> {
    self.storage.database(rows::DATABASE, rows::MIGRATIONS)
  }

  fn now_ms(&self) -> i64 {
    i64::try_from(self.storage.now_ms()).unwrap_or(i64::MAX)
  }
}

/// A stream that fails half-way looks complete to us with some releases of workerd, but not when its
/// length was known before.
fn check_body(headers: &Headers, body_bytes: u64) -> Result<(), Refusal> {
  if body_bytes > BODY_BYTES_MAX {
    return Err(Refusal::BodyTooLong { body_bytes });
  }
  let declared = headers.text("content-length");
  match declared.and_then(|declared| declared.parse().ok()) {
    Some(declared_bytes) if declared_bytes != body_bytes => Err(Refusal::BodyCutShort {
      declared_bytes,
      body_bytes,
    }),
    _ => Ok(()),
  }
}
