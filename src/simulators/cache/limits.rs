//! What a cache does not store, although it arrived in one piece. Pure.
//!
//! Users never see why: `put` resolves whatever the answer is. The words are for the log.

use thiserror::Error;

/// Bytes in a stored response's status line and headers. The product's limit, and the most that
/// every release of workerd takes back from us.
pub(super) const HEAD_BYTES_MAX: u64 = 128 * 1024;
/// Bytes in a stored response's body. The product's limit on most plans.
pub(super) const BODY_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Why a response is not stored. The user's doing.
#[derive(Debug, Eq, Error, PartialEq)]
pub(super) enum Refusal {
  #[error("its status and headers are longer than {HEAD_BYTES_MAX} bytes")]
  HeadTooLong,
  #[error("its body has {body_bytes} bytes, more than {BODY_BYTES_MAX}")]
  BodyTooLong { body_bytes: u64 },
  #[error("its body should have {declared_bytes} bytes and has {body_bytes}")]
  BodyCutShort {
    declared_bytes: u64,
    body_bytes: u64,
  },
  /// JavaScript allows control characters where HTTP does not.
  #[error("{place} cannot be sent over HTTP")]
  Unsendable { place: String },
  #[error("responses with status {status} are not stored")]
  Status { status: u16 },
  #[error("responses with status {status} are stored only with an explicit time to live")]
  NotExplicit { status: u16 },
  #[error("its Cache-Control has `{directive}`")]
  Directive { directive: String },
  #[error("it has Set-Cookie, and its Cache-Control lacks `private=set-cookie`")]
  SetCookie,
  #[error("the request has Authorization, and Cache-Control does not allow for that")]
  Authorization,
}
