//! What travels between the broker and the runner: a batch on its way to a handler, and what the
//! handler made of it. Both cross to TypeScript, hence the derives.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize, Serializer};

/// Messages for one call of a `queue()` handler. Serializes with the names of JavaScript.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
  /// Comes back in [`BatchResult::lease`].
  pub lease: u64,
  /// Name of the queue.
  pub queue: String,
  /// At least one.
  pub messages: Vec<Message>,
  /// The backlog that this batch left behind.
  pub metrics: Metrics,
}

/// A message, as it was sent.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
  /// 32 hexadecimal digits. A message keeps its id for life, also in a dead letter queue.
  pub id: String,
  /// When it was accepted first, in milliseconds since the epoch.
  pub timestamp_ms: i64,
  /// Deliveries from this queue, including this one; so 1 or more.
  pub attempts: u32,
  /// How `body` is to be read.
  pub content_type: ContentType,
  /// The body, serialized. Base64 in JSON.
  #[serde(serialize_with = "as_base64")]
  pub body: Vec<u8>,
}

fn as_base64<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
  serializer.serialize_str(&BASE64_STANDARD.encode(body))
}

/// How the body of a message is serialized.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentType {
  /// UTF-8; the consumer gets a string.
  Text,
  /// JSON; the consumer gets the value.
  Json,
  /// The consumer gets the bytes.
  Bytes,
  /// What the structured clone algorithm writes; the consumer gets the value. The wire's default.
  #[default]
  V8,
}

impl ContentType {
  const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Bytes, Self::V8];

  /// The name in requests.
  pub(super) const fn name(self) -> &'static str {
    match self {
      Self::Text => "text",
      Self::Json => "json",
      Self::Bytes => "bytes",
      Self::V8 => "v8",
    }
  }

  pub(super) fn from_name(name: &str) -> Option<Self> {
    Self::ALL
      .into_iter()
      .find(|content_type| content_type.name() == name)
  }
}

/// The backlog of a queue: what is ready for delivery and not with a consumer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
  /// Number of messages.
  pub backlog_count: u64,
  /// Length of all bodies.
  pub backlog_bytes: u64,
  /// The earliest of their timestamps, in milliseconds since the epoch; 0 without messages.
  pub oldest_message_timestamp: i64,
}

/// What a handler made of a batch: workerd's own `FetcherQueueResult`, and the lease.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct BatchResult {
  /// [`Batch::lease`].
  pub lease: u64,
  /// `"ok"`, or how the handler failed.
  pub outcome: String,
  /// Whether `ackAll()` was called.
  #[serde(default)]
  pub ack_all: bool,
  /// Whether and how `retryAll()` was called.
  #[serde(default)]
  pub retry_batch: RetryBatch,
  /// Ids of the messages whose `ack()` was called.
  #[serde(default)]
  pub explicit_acks: Vec<String>,
  /// The messages whose `retry()` was called.
  #[serde(default)]
  pub retry_messages: Vec<RetryMessage>,
}

/// A call of `retryAll()`, or none.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct RetryBatch {
  /// Whether there was a call.
  pub retry: bool,
  /// Seconds, as the user wrote them.
  pub delay_seconds: Option<i64>,
}

/// A call of a message's `retry()`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct RetryMessage {
  /// The message's id.
  pub msg_id: String,
  /// Seconds, as the user wrote them.
  pub delay_seconds: Option<i64>,
}
