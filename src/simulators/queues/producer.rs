//! The producing end of a queue: what may be sent, and when it is ready. Plain Rust between HTTP and
//! SQL.

use std::io;

use bytes::Bytes;
use thiserror::Error;

use super::batch::Metrics;
use super::broker::Broker;
use super::limits::{self, BatchSize, Rejection};
use super::rows::NewMessage;
use crate::storage::{Storage, StorageError};

/// Why an operation did not happen.
#[derive(Debug, Error)]
pub(super) enum ProducerError {
  /// Queues' own rules. The user's mistake.
  #[error(transparent)]
  Rejected(#[from] Rejection),
  /// A batch that is not what workerd sends. Our bug, or a new workerd.
  #[error("cannot read a batch of messages")]
  BatchUnreadable(#[source] serde_json::Error),
  /// As above.
  #[error("cannot decode a message of a batch")]
  BodyUndecodable(#[source] base64::DecodeError),
  /// Part of a request could not be kept.
  #[error("cannot read a message")]
  Disk(#[source] io::Error),
  /// Our bug.
  #[error(transparent)]
  Storage(#[from] StorageError),
}

/// A message as it arrived.
#[derive(Debug)]
pub(super) struct Draft {
  /// `None` where nothing was said, which is not the same as what users see as the default.
  pub(super) content_type: Option<String>,
  /// Seconds.
  pub(super) delay: Option<String>,
  pub(super) body: Bytes,
}

/// The producing end of one queue.
pub(super) struct Producer<'a> {
  queue: &'a str,
  storage: &'a Storage,
  broker: &'a Broker,
}

impl<'a> Producer<'a> {
  pub(super) fn new(queue: &'a str, storage: &'a Storage, broker: &'a Broker) -> Self {
    Self {
      queue,
      storage,
      broker,
    }
  }

  /// Sends one message, and returns the metrics from before.
  ///
  /// `body_bytes` is its length on the wire; the draft may have been cut short beyond the limit.
  pub(super) fn send(&self, draft: &Draft, body_bytes: u64) -> Result<Metrics, ProducerError> {
    limits::check_message_length(body_bytes)?;
    let message = self.check(draft, None)?;
    Ok(self.broker.add(self.storage, self.queue, &[message])?)
  }

  /// Sends all messages or none, and returns the metrics from before.
  pub(super) fn send_batch(
    &self,
    drafts: &[Draft],
    delay: Option<&str>,
  ) -> Result<Metrics, ProducerError> {
    let lengths = || drafts.iter().map(|draft| draft.body.len() as u64);
    limits::check_batch_size(BatchSize {
      count: drafts.len() as u64,
      largest_bytes: lengths().max().unwrap_or_default(),
      bytes: lengths().sum(),
    })?;
    let delay_s = delay.map(limits::batch_delay_s).transpose()?;
    let messages: Vec<_> = drafts
      .iter()
      .map(|draft| self.check(draft, delay_s))
      .collect::<Result<_, _>>()?;
    Ok(self.broker.add(self.storage, self.queue, &messages)?)
  }

  pub(super) fn metrics(&self) -> Result<Metrics, ProducerError> {
    Ok(self.broker.metrics(self.storage, self.queue)?)
  }

  fn check<'d>(
    &self,
    draft: &'d Draft,
    batch_delay_s: Option<u32>,
  ) -> Result<NewMessage<'d>, Rejection> {
    let content_type = limits::content_type(draft.content_type.as_deref())?;
    limits::check_body(content_type, &draft.body)?;
    let own_delay_s = draft.delay.as_deref().map(limits::delay_s).transpose()?;
    Ok(NewMessage {
      content_type,
      body: &draft.body,
      delay_s: own_delay_s
        .or(batch_delay_s)
        .unwrap_or(self.broker.delivery_delay_s(self.queue)),
    })
  }
}
