//! What queues accept, and their own words for what they do not. Pure.
//!
//! The words are the oracle's, except where it only had those of its validation library. The codes
//! are from Cloudflare's documentation of Queues.

use serde::de::IgnoredAny;
use thiserror::Error;

use super::batch::ContentType;

/// Bytes in a message.
pub(super) const MESSAGE_BYTES_MAX: u64 = 128_000;
/// Messages in a batch that is sent.
pub(super) const BATCH_MESSAGES_MAX: u64 = 100;
/// Bytes in all messages of such a batch.
pub(super) const BATCH_BYTES_MAX: u64 = 288_000;
/// Seconds that a message can be delayed.
const DELAY_MAX_S: u32 = 86_400;

/// Queues say no. `Display` is what the user reads, in the product's words.
#[derive(Debug, Error)]
pub(super) enum Rejection {
  #[error("message length of {bytes} bytes exceeds limit of {max}", max = MESSAGE_BYTES_MAX)]
  MessageTooLong { bytes: u64 },
  #[error("batch message count of {count} exceeds limit of {max}", max = BATCH_MESSAGES_MAX)]
  BatchTooMany { count: u64 },
  #[error(
    "message in batch has length {bytes} bytes which exceeds single message size limit of {max}",
    max = MESSAGE_BYTES_MAX
  )]
  BatchMessageTooLong { bytes: u64 },
  #[error("batch size of {bytes} bytes exceeds limit of {max}", max = BATCH_BYTES_MAX)]
  BatchTooLong { bytes: u64 },
  #[error(
    "message content type {name} is invalid; if specified, must be one of 'text', 'json', 'bytes', \
     or 'v8'"
  )]
  ContentTypeUnknown { name: String },
  #[error("message delay {text} is invalid: must be an integer from 0 to {max}", max = DELAY_MAX_S)]
  DelayInvalid { text: String },
  #[error("message delay {text} is invalid: must be an integer from 0 to {max}", max = DELAY_MAX_S)]
  BatchDelayInvalid { text: String },
  /// `JSON.stringify` turns some values into nothing, which workerd sends as `undefined`.
  #[error("message body with content type 'json' is not valid JSON")]
  BodyNotJson,
  #[error("Not Found")]
  UnknownRequest,
}

impl Rejection {
  /// The number that Cloudflare documents for this, which users see after the words.
  pub(super) const fn code(&self) -> u16 {
    match self {
      Self::BatchDelayInvalid { .. } => 10202,
      Self::ContentTypeUnknown { .. } | Self::DelayInvalid { .. } => 10203,
      Self::MessageTooLong { .. } | Self::BatchMessageTooLong { .. } => 10204,
      Self::BatchTooLong { .. } => 10205,
      Self::BatchTooMany { .. } => 10206,
      Self::BodyNotJson => 10208,
      Self::UnknownRequest => CODE_UNKNOWN,
    }
  }
}

/// The code of what has none. workerd says so, too, when it is told no code.
pub(super) const CODE_UNKNOWN: u16 = 15000;

/// Measures of a batch that is sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct BatchSize {
  /// Messages.
  pub(super) count: u64,
  /// Bytes of the longest one.
  pub(super) largest_bytes: u64,
  /// Bytes of all of them.
  pub(super) bytes: u64,
}

/// Checks the length of a single message.
pub(super) fn check_message_length(bytes: u64) -> Result<(), Rejection> {
  match bytes {
    0..=MESSAGE_BYTES_MAX => Ok(()),
    _ => Err(Rejection::MessageTooLong { bytes }),
  }
}

/// Checks the measures of a batch.
pub(super) fn check_batch_size(size: BatchSize) -> Result<(), Rejection> {
  let BatchSize {
    count,
    largest_bytes,
    bytes,
  } = size;
  if count > BATCH_MESSAGES_MAX {
    return Err(Rejection::BatchTooMany { count });
  }
  if largest_bytes > MESSAGE_BYTES_MAX {
    let bytes = largest_bytes;
    return Err(Rejection::BatchMessageTooLong { bytes });
  }
  if bytes > BATCH_BYTES_MAX {
    return Err(Rejection::BatchTooLong { bytes });
  }
  Ok(())
}

/// The content type called `name`. Names are lower case.
pub(super) fn content_type(name: Option<&str>) -> Result<ContentType, Rejection> {
  let Some(name) = name else {
    return Ok(ContentType::default());
  };
  ContentType::from_name(name).ok_or_else(|| Rejection::ContentTypeUnknown {
    name: name.to_owned(),
  })
}

/// Reads a message's own delay, in seconds.
pub(super) fn delay_s(text: &str) -> Result<u32, Rejection> {
  parse_delay(text).ok_or_else(|| Rejection::DelayInvalid {
    text: text.to_owned(),
  })
}

/// Reads the delay of a whole batch, in seconds.
pub(super) fn batch_delay_s(text: &str) -> Result<u32, Rejection> {
  parse_delay(text).ok_or_else(|| Rejection::BatchDelayInvalid {
    text: text.to_owned(),
  })
}

/// Through a float, since `1e3` and `5.0` are integers to JavaScript.
fn parse_delay(text: &str) -> Option<u32> {
  let delay_s: f64 = text.trim().parse().ok()?;
  let is_valid = delay_s.fract() == 0.0 && (0.0..=f64::from(DELAY_MAX_S)).contains(&delay_s);
  // Exact: it is an integer within the range.
  is_valid.then_some(delay_s as u32)
}

/// Checks that a body is what its content type says, where that would fail a consumer later.
pub(super) fn check_body(content_type: ContentType, body: &[u8]) -> Result<(), Rejection> {
  if content_type == ContentType::Json && serde_json::from_slice::<IgnoredAny>(body).is_err() {
    return Err(Rejection::BodyNotJson);
  }
  Ok(())
}
