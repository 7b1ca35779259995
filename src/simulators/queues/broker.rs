//! The broker: which messages are delivered when, to whom, and what becomes of them.
//!
//! Invariant: a message is a row from when it is accepted until it is settled. That it is with a
//! consumer is known in memory only (see [`super::lease`]), so whatever happens to a batch on its
//! way, its messages are not lost.
//! Not here: calling handlers, which happens in the isolate.
//!
//! Locks are taken in this order: the gate of storage frames, `leases`, the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use thiserror::Error;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Notify;

use super::batch::{Batch, BatchResult, Metrics};
use super::consumer::Consumer;
use super::lease::{Leased, Leases};
use super::rows::{self, NewMessage, Readiness};
use super::settlement::{self, Settled};
use crate::storage::{Database, Storage, StorageError};

/// Why there is no batch, or why its result had no effect. All of these are bugs of ours.
#[derive(Debug, Error)]
pub enum QueueError {
  /// The runner asked for messages that nobody said it would get.
  #[error("queue `{queue}` has no consumer")]
  NotConsumed {
    /// Name of the queue.
    queue: String,
  },
  /// As above.
  #[error("the consumer of queue `{queue}` has {slots} slots, and none with the number {slot}")]
  NoSuchSlot {
    /// Name of the queue.
    queue: String,
    /// The number, which counts from 0.
    slot: u32,
    /// How many there are.
    slots: u32,
  },
  /// The backlog could not be read or written.
  #[error(transparent)]
  Storage(#[from] StorageError),
}

/// Delivers the messages of all queues of a runtime. The default one has no consumers.
#[derive(Debug, Default)]
pub struct Broker {
  /// By the names of their queues.
  consumers: BTreeMap<String, Consumer>,
  /// Seconds, by names of queues.
  delivery_delays_s: BTreeMap<String, u32>,
  leases: Mutex<Leases>,
  /// Told whenever a batch may be due earlier than somebody who waits has reckoned.
  changed: Notify,
}

/// What a consumer finds when it looks.
enum Look {
  Batch(Batch),
  /// Nothing is due, unless something changes, for this long; `None` is for ever.
  Nothing(Option<Duration>),
}

impl Broker {
  /// A broker for `consumers`, of which each queue has one at most, and for queues whose producers
  /// have a delivery delay: their names and how many seconds, 0–86 400. A queue without one has 0.
  #[must_use]
  pub fn new(
    consumers: impl IntoIterator<Item = Consumer>,
    delivery_delays_s: impl IntoIterator<Item = (String, u32)>,
  ) -> Self {
    let consumers = consumers.into_iter();
    Self {
      consumers: consumers
        .map(|consumer| (consumer.queue.clone(), consumer))
        .collect(),
      delivery_delays_s: delivery_delays_s.into_iter().collect(),
      ..Self::default()
    }
  }

  /// Makes everybody who waits look again: the clock or the frames of `storage` have changed.
  pub(in crate::simulators) fn wake(&self) {
    self.changed.notify_waiters();
  }

  /// Waits until a batch is due, and leases its messages to `slot`. What the slot still had is
  /// leased to nobody then, so a batch that got lost is asked for by asking again.
  pub(in crate::simulators) async fn next_batch(
    &self,
    storage: &Storage,
    queue: &str,
    slot: u32,
  ) -> Result<Batch, QueueError> {
    let consumer = self.consumer(queue, slot)?;
    // Nobody else needs to hear of it: who asks is the first to get these messages.
    self.leases.lock().release(queue, slot);
    loop {
      // Before looking, since it is told of every change from here on, polled or not. What changes
      // after the look and before the wait would go unnoticed otherwise.
      let changed = self.changed.notified();
      match off_async_thread(|| self.look(storage, consumer, slot))? {
        Look::Batch(batch) => return Ok(batch),
        Look::Nothing(None) => changed.await,
        Look::Nothing(Some(wait)) => {
          // An error is what this is for: the time is over, so look.
          let _ = tokio::time::timeout(wait, changed).await;
        }
      }
    }
  }

  /// Settles a batch: the whole of it, or nothing after an error. Nothing happens either when the
  /// slot has another batch by now, or when a storage frame has ended meanwhile: the messages then
  /// are not those that were delivered.
  pub(in crate::simulators) fn finish_batch(
    &self,
    storage: &Storage,
    queue: &str,
    slot: u32,
    result: &BatchResult,
  ) -> Result<Settled, QueueError> {
    let consumer = self.consumer(queue, slot)?;
    // Only for a moment, as the gate comes before this lock.
    let frames_ended = self.leases.lock().frames_ended(queue, slot, result.lease);
    let Some(frames_ended) = frames_ended else {
      tracing::debug!(queue, slot, lease = result.lease, "late queue result");
      return Ok(Settled::default());
    };
    let settled = storage.within_frame(frames_ended, || {
      self.settle(storage, consumer, slot, result)
    });
    self.wake();
    settled.unwrap_or_else(|| Ok(Settled::default()))
  }

  /// Adds messages to the end of `queue`, all or none, and returns the metrics from before.
  pub(super) fn add(
    &self,
    storage: &Storage,
    queue: &str,
    messages: &[NewMessage<'_>],
  ) -> Result<Metrics, StorageError> {
    let metrics = self.metrics(storage, queue)?;
    let now_ms = now_ms(storage);
    database(storage)?.run_mut(|connection| rows::insert(connection, queue, messages, now_ms))?;
    self.wake();
    Ok(metrics)
  }

  /// The backlog of `queue`.
  pub(super) fn metrics(&self, storage: &Storage, queue: &str) -> Result<Metrics, StorageError> {
    let database = database(storage)?;
    let (now_ms, frames_ended) = (now_ms(storage), storage.frames_ended());
    let leases = self.leases.lock();
    let leased = leases.sequences(queue, frames_ended);
    database.run(|connection| {
      rows::turn_back(connection, queue, now_ms)?;
      rows::metrics(connection, queue, &leased, now_ms)
    })
  }

  /// Seconds that messages of `queue` are delayed when nothing else is said.
  pub(super) fn delivery_delay_s(&self, queue: &str) -> u32 {
    self
      .delivery_delays_s
      .get(queue)
      .copied()
      .unwrap_or_default()
  }

  fn consumer(&self, queue: &str, slot: u32) -> Result<&Consumer, QueueError> {
    let queue = || queue.to_owned();
    let consumer = self
      .consumers
      .get(&queue())
      .ok_or_else(|| QueueError::NotConsumed { queue: queue() })?;
    let slots = consumer.slots();
    if slot >= slots {
      let queue = queue();
      return Err(QueueError::NoSuchSlot { queue, slot, slots });
    }
    Ok(consumer)
  }

  fn look(&self, storage: &Storage, consumer: &Consumer, slot: u32) -> Result<Look, StorageError> {
    loop {
      let frames_ended = storage.frames_ended();
      let looked = storage.within_frame(frames_ended, || {
        self.look_within_frame(storage, consumer, slot, frames_ended)
      });
      // A frame ended in between. That takes no time, and cannot go on for ever.
      if let Some(looked) = looked {
        return looked;
      }
    }
  }

  fn look_within_frame(
    &self,
    storage: &Storage,
    consumer: &Consumer,
    slot: u32,
    frames_ended: u64,
  ) -> Result<Look, StorageError> {
    let queue = consumer.queue.as_str();
    let database = database(storage)?;
    let mut leases = self.leases.lock();
    let mut leased = leases.sequences(queue, frames_ended);
    // Asked for under the lock, or two slots could disagree about what is ready.
    let now_ms = now_ms(storage);
    let next = database.run(|connection| {
      rows::turn_back(connection, queue, now_ms)?;
      rows::next(connection, queue, &leased, consumer.batch_size())
    })?;
    let wait_ms = match due_at_ms(consumer, &next) {
      None => return Ok(Look::Nothing(None)),
      Some(due_at_ms) => due_at_ms.saturating_sub(now_ms),
    };
    if wait_ms > 0 {
      // While the clock stands, time passes only by somebody setting it.
      let wait =
        (!storage.is_clock_stopped()).then(|| Duration::from_millis(wait_ms.unsigned_abs()));
      return Ok(Look::Nothing(wait));
    }

    let taken: Vec<_> = next
      .iter()
      .take_while(|message| message.ready_at_ms <= now_ms)
      .map(|message| message.sequence)
      .collect();
    leased.extend(&taken);
    let (messages, metrics) = database.run(|connection| {
      let messages = taken
        .iter()
        .map(|sequence| rows::message(connection, *sequence))
        .collect::<Result<Vec<_>, _>>()?;
      Ok((messages, rows::metrics(connection, queue, &leased, now_ms)?))
    })?;
    let granted = taken
      .iter()
      .zip(&messages)
      .map(|(sequence, message)| Leased {
        sequence: *sequence,
        id: message.id.clone(),
        attempts: message.attempts,
      });
    let lease = leases.grant(queue, slot, frames_ended, granted.collect());
    tracing::debug!(queue, slot, lease, messages = messages.len(), "queue batch");
    Ok(Look::Batch(Batch {
      lease,
      queue: queue.to_owned(),
      messages,
      metrics,
    }))
  }

  fn settle(
    &self,
    storage: &Storage,
    consumer: &Consumer,
    slot: u32,
    result: &BatchResult,
  ) -> Result<Settled, QueueError> {
    let queue = consumer.queue.as_str();
    let database = database(storage)?;
    let mut leases = self.leases.lock();
    let Some(messages) = leases.messages(queue, slot, result.lease) else {
      // Somebody else reported the same lease between our two looks.
      return Ok(Settled::default());
    };
    let moved_delay_s = consumer
      .dead_letter_queue
      .as_ref()
      .map_or(0, |queue| self.delivery_delay_s(queue));
    let (fates, settled) = settlement::settle(consumer, messages, result, moved_delay_s);
    let now_ms = now_ms(storage);
    let written = database.run_mut(|connection| rows::settle(connection, &fates, now_ms));
    // Even if that failed: the rows are as they were then, and may be delivered again.
    leases.release(queue, slot);
    written?;
    tracing::debug!(
      queue,
      slot,
      lease = result.lease,
      outcome = result.outcome,
      "queue result"
    );
    Ok(settled)
  }
}

/// When the batch that `next` begins is due. `next` is sorted, and has as many messages as a batch
/// may have, or all that there are.
fn due_at_ms(consumer: &Consumer, next: &[Readiness]) -> Option<i64> {
  let (first, last) = (next.first()?, next.last()?);
  let timeout_at_ms = first
    .ready_at_ms
    .saturating_add(i64::from(consumer.batch_timeout_ms));
  if next.len() < consumer.batch_size() as usize {
    return Some(timeout_at_ms);
  }
  Some(timeout_at_ms.min(last.ready_at_ms))
}

/// SQLite must not keep an async thread from its other tasks, and storage may wait for requests that
/// take long. A runtime with one thread has nobody to hand the tasks to; only tests have such.
fn off_async_thread<T>(work: impl FnOnce() -> T) -> T {
  match Handle::current().runtime_flavor() {
    RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
    _ => work(),
  }
}

fn database(storage: &Storage) -> Result<Arc<Database>, StorageError> {
  storage.database(rows::DATABASE, rows::MIGRATIONS)
}

/// Milliseconds since the epoch.
fn now_ms(storage: &Storage) -> i64 {
  i64::try_from(storage.now_ms()).unwrap_or(i64::MAX)
}
