//! The consuming end of queues, as the runner uses it.

use std::collections::BTreeMap;
use std::time::Duration;

use vitest_pool_workerd::simulators::Simulators;
use vitest_pool_workerd::simulators::queues::{
  Batch, BatchResult, Broker, Consumer, QueueError, Settled,
};

/// A broker with two consumers, who wait for nothing: `a` gives up soon and passes on to `b`.
#[must_use]
pub fn broker() -> Broker {
  let mut consumer = Consumer::new("a");
  consumer.batch_size = 2;
  consumer.batch_timeout_ms = 0;
  consumer.max_retries = 1;
  consumer.max_concurrency = 2;
  consumer.dead_letter_queue = Some("b".to_owned());
  let mut last = Consumer::new("b");
  last.batch_timeout_ms = 0;
  last.retry_delay_s = Some(5);
  Broker::new([consumer, last], [("b".to_owned(), 3)])
}

/// What the runner was given last.
#[derive(Debug, Default)]
pub struct Consumers(BTreeMap<(String, u32), Batch>);

impl Consumers {
  /// Leases the next batch, if there is one.
  ///
  /// # Panics
  /// When that fails for another reason than that there is no such consumer, or the batch is none.
  pub fn take(&mut self, simulators: &Simulators, queue: &str, slot: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
      .enable_time()
      .build();
    let runtime = runtime.expect("a runtime of one thread needs nothing");
    // Polls once before it looks at the time.
    let next = runtime.block_on(async {
      tokio::time::timeout(Duration::ZERO, simulators.next_batch(queue, slot)).await
    });
    let Ok(next) = next else {
      return;
    };
    match next {
      Ok(batch) => {
        assert!(!batch.messages.is_empty(), "a batch has messages");
        assert_eq!(batch.queue, queue);
        serde_json::to_string(&batch).expect("a batch is plain data");
        self.0.insert((queue.to_owned(), slot), batch);
      }
      Err(QueueError::NotConsumed { .. } | QueueError::NoSuchSlot { .. }) => {}
      Err(error) => panic!("{error}"),
    }
  }

  /// Settles what the slot was given last, whether it still has that or not.
  ///
  /// Lease 0 is that of the batch, and the id of a message may be its place in the batch: neither can
  /// be known to whoever writes a script.
  ///
  /// # Panics
  /// When that fails for another reason than that there is no such consumer.
  pub fn finish(&self, simulators: &Simulators, queue: &str, slot: u32, result: &[u8]) {
    let Ok(mut result) = serde_json::from_slice::<BatchResult>(result) else {
      return;
    };
    if let Some(batch) = self.0.get(&(queue.to_owned(), slot)) {
      if result.lease == 0 {
        result.lease = batch.lease;
      }
      let retried = result.retry_messages.iter_mut();
      let ids = retried.map(|retry| &mut retry.msg_id);
      for id in ids.chain(&mut result.explicit_acks) {
        let place = id.parse().ok();
        if let Some(message) = place.and_then(|place: usize| batch.messages.get(place)) {
          id.clone_from(&message.id);
        }
      }
    }
    match simulators.finish_batch(queue, slot, &result) {
      Ok(Settled { lines }) => assert!(lines.iter().all(|line| !line.is_empty())),
      Err(QueueError::NotConsumed { .. } | QueueError::NoSuchSlot { .. }) => {}
      Err(error) => panic!("{error}"),
    }
  }
}
