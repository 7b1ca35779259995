//! What a consumer of a queue is configured to do.

/// The one consumer of a queue, as its Worker is configured. Options have been checked against the
/// bounds below; values outside of them are not refused here and do nothing unexpected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Consumer {
  /// Name of the queue.
  pub queue: String,
  /// Messages in a batch, at most. 0–100, where 0 counts as 1; 5 by default.
  pub batch_size: u32,
  /// Milliseconds that a message that is ready waits for others. 0–60 000, 1000 by default; 0 means
  /// that a batch is delivered as soon as there is a message.
  pub batch_timeout_ms: u32,
  /// Deliveries of a message after the first one. 0–100, 2 by default.
  pub max_retries: u32,
  /// Seconds before a message is delivered again, where the handler does not say. 0–86 400; `None`,
  /// the default, is 0.
  pub retry_delay_s: Option<u32>,
  /// The queue for messages that failed for the last time. `None`, the default, drops them.
  pub dead_letter_queue: Option<String>,
  /// Batches that are delivered at the same time, which is the number of slots. 1–250, where 0
  /// counts as 1; 1 by default.
  pub max_concurrency: u32,
}

impl Consumer {
  /// A consumer of `queue` with the defaults.
  #[must_use]
  pub fn new(queue: impl Into<String>) -> Self {
    Self {
      queue: queue.into(),
      batch_size: 5,
      batch_timeout_ms: 1000,
      max_retries: 2,
      retry_delay_s: None,
      dead_letter_queue: None,
      max_concurrency: 1,
    }
  }

  /// Slots are numbered from 0. Each has one batch at a time.
  pub(super) fn slots(&self) -> u32 {
    self.max_concurrency.max(1)
  }

  pub(super) fn batch_size(&self) -> u32 {
    self.batch_size.max(1)
  }
}
