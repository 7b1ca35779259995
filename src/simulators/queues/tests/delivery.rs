//! When batches are due, and what is in them.

use std::pin::pin;
use std::sync::Arc;

use super::*;
use crate::simulators::queues::QueueError;

fn consumer(batch_size: u32, batch_timeout_ms: u32) -> Consumer {
  Consumer {
    batch_size,
    batch_timeout_ms,
    ..Consumer::new("q")
  }
}

/// Sends `delays_s`, each as its own body, and lists the batches that arrive: at which millisecond, and
/// with what.
async fn deliveries(consumer: Consumer, delays_s: &[u32]) -> Vec<(u128, String)> {
  let queues = Queues::new([consumer]);
  for delay_s in delays_s {
    queues.send_later("q", &delay_s.to_string(), *delay_s);
  }
  let mut deliveries = Vec::new();
  while let Ok(batch) = tokio::time::timeout(FOREVER, queues.next("q")).await {
    deliveries.push((queues.elapsed_ms(), bodies(&batch).join(" ")));
    queues.simulators.finish_batch("q", 0, &ok(&batch)).unwrap();
  }
  deliveries
}

#[track_caller]
fn check(consumer: Consumer, delays_s: &[u32], expected: &[(u128, &str)]) {
  let actual = block_on(deliveries(consumer, delays_s));
  let actual: Vec<_> = actual
    .iter()
    .map(|(at_ms, bodies)| (*at_ms, bodies.as_str()))
    .collect();
  assert_eq!(actual, expected);
}

#[test]
fn full_batch_is_due_at_once_and_a_partial_one_after_the_timeout() {
  check(Consumer::new("q"), &[0], &[(1000, "0")]);
  check(Consumer::new("q"), &[0; 5], &[(0, "0 0 0 0 0")]);
  check(
    consumer(2, 500),
    &[0; 5],
    &[(0, "0 0"), (0, "0 0"), (500, "0")],
  );
}

#[test]
fn delayed_messages_join_when_they_are_ready() {
  check(consumer(2, 10_000), &[4, 3], &[(4000, "3 4")]);
  check(consumer(2, 1000), &[3, 0, 2], &[(1000, "0"), (3000, "2 3")]);
  check(consumer(3, 1000), &[2, 1, 0], &[(1000, "0 1"), (3000, "2")]);
  check(
    consumer(100, 60_000),
    &[86_400, 0, 60],
    &[(60_000, "0 60"), (86_460_000, "86400")],
  );
}

#[test]
fn no_timeout_means_no_waiting_and_no_size_means_one() {
  check(consumer(5, 0), &[0, 0, 1], &[(0, "0 0"), (1000, "1")]);
  check(consumer(0, 1000), &[0, 0], &[(0, "0"), (0, "0")]);
  check(consumer(0, 0), &[], &[]);
}

#[test]
fn largest_settings_do_not_overflow() {
  check(
    consumer(u32::MAX, u32::MAX),
    &[0],
    &[(u128::from(u32::MAX), "0")],
  );
}

#[tokio::test(start_paused = true)]
async fn sending_wakes_who_waits() {
  let queues = Queues::new([consumer(2, 10_000)]);
  let mut next = pin!(queues.next("q"));
  for body in ["a", "b"] {
    let waited = tokio::time::timeout(Duration::from_secs(1), next.as_mut()).await;
    assert!(waited.is_err());
    queues.send("q", &[body]);
  }
  assert_eq!(bodies(&next.await), ["a", "b"]);
  assert_eq!(queues.elapsed_ms(), 2000);
}

#[tokio::test(start_paused = true)]
async fn queues_share_nothing() {
  let queues = Queues::new(["q", "r"].map(Consumer::new));
  queues.send("q", &["a"]);
  queues.send("r", &["b"]);
  queues.send("s", &["c"]);
  assert_eq!(queues.next_bodies("r").await, ["b"]);
  assert_eq!(queues.next_bodies("q").await, ["a"]);
  assert!(queues.metrics("s").contains("\"backlogCount\":1"));
}

#[tokio::test(start_paused = true)]
async fn asking_again_gives_back_what_the_slot_had() {
  let queues = Queues::new([consumer(2, 0)]);
  queues.send("q", &["a", "b", "c"]);
  let lost = queues.next("q").await;
  let again = queues.next("q").await;
  assert_eq!(bodies(&lost), bodies(&again));
  assert_eq!(
    again.messages[0].attempts, 1,
    "a batch that nobody has seen is not an attempt"
  );
  // The first one's result comes too late.
  assert_eq!(
    queues.simulators.finish_batch("q", 0, &ok(&lost)).unwrap(),
    Settled::default()
  );
  queues.simulators.finish_batch("q", 0, &ok(&again)).unwrap();
  assert_eq!(
    queues
      .simulators
      .finish_batch("q", 0, &thrown(&again))
      .unwrap(),
    Settled::default()
  );
  assert_eq!(queues.next_bodies("q").await, ["c"]);
}

#[tokio::test(start_paused = true)]
async fn slots_have_different_messages() {
  let queues = Queues::new([Consumer {
    max_concurrency: 2,
    ..consumer(2, 1000)
  }]);
  queues.send("q", &["a", "b", "c"]);
  let second = queues.simulators.next_batch("q", 1).await.unwrap();
  let first = queues.next("q").await;
  assert_eq!(
    (bodies(&second), bodies(&first)),
    (vec!["a".into(), "b".into()], vec!["c".into()])
  );
  assert_ne!(first.lease, second.lease);
  // A lease is good for its own slot only.
  queues
    .simulators
    .finish_batch("q", 0, &ok(&second))
    .unwrap();
  queues
    .simulators
    .finish_batch("q", 1, &ok(&second))
    .unwrap();
  assert_eq!(queues.next_bodies("q").await, ["c"]);
}

#[tokio::test(start_paused = true)]
async fn unknown_consumers_and_slots_are_refused() {
  let queues = Queues::new([Consumer {
    max_concurrency: 0,
    ..Consumer::new("q")
  }]);
  let error = queues.simulators.next_batch("r", 0).await.unwrap_err();
  assert!(matches!(&error, QueueError::NotConsumed { queue } if queue == "r"));
  assert_eq!(error.to_string(), "queue `r` has no consumer");
  let error = queues.simulators.next_batch("q", 1).await.unwrap_err();
  assert!(matches!(
    &error,
    QueueError::NoSuchSlot {
      slot: 1,
      slots: 1,
      ..
    }
  ));
  let expected = "the consumer of queue `q` has 1 slots, and none with the number 1";
  assert_eq!(error.to_string(), expected);
  let result = BatchResult::default();
  queues.simulators.finish_batch("r", 0, &result).unwrap_err();
  queues.simulators.finish_batch("q", 7, &result).unwrap_err();
  queues.simulators.finish_batch("q", 0, &result).unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopped_clock_delivers_only_when_it_is_set() {
  let queues = Queues::new([Consumer::new("q")]);
  queues.simulators.stop_clock(Some(5000));
  queues.send("q", &["a"]);
  queues.send_later("q", "b", 60);
  queues.check_nothing("q").await;
  let mut next = pin!(queues.next("q"));
  assert!(at_once(next.as_mut()).await.is_none());
  queues.simulators.stop_clock(Some(5999));
  assert!(at_once(next.as_mut()).await.is_none());
  queues.simulators.stop_clock(Some(6000));
  let batch = at_once(next.as_mut()).await.unwrap();
  assert_eq!(
    (bodies(&batch), batch.messages[0].timestamp_ms),
    (vec!["a".into()], 5000)
  );
  queues.simulators.finish_batch("q", 0, &ok(&batch)).unwrap();
  queues.simulators.stop_clock(Some(66_000));
  assert_eq!(at_once(queues.next_bodies("q")).await.unwrap(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn full_batch_is_delivered_while_the_clock_stands() {
  let queues = Queues::new([consumer(1, 1000)]);
  queues.simulators.stop_clock(Some(0));
  queues.send("q", &["a"]);
  assert_eq!(at_once(queues.next_bodies("q")).await.unwrap(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn delays_begin_again_when_the_clock_goes_back() {
  let queues = Queues::new([consumer(1, 0)]);
  queues.simulators.stop_clock(Some(NOW_MS * 2));
  queues.send("q", &["a"]);
  queues.send_later("q", "b", 3);
  queues.simulators.stop_clock(None);
  let batch = queues.next("q").await;
  assert_eq!((queues.elapsed_ms(), bodies(&batch)), (0, vec!["a".into()]));
  assert_eq!(batch.messages[0].timestamp_ms, NOW_MS as i64 * 2);
  queues.simulators.finish_batch("q", 0, &ok(&batch)).unwrap();
  assert_eq!(
    (queues.next_bodies("q").await, queues.elapsed_ms()),
    (vec!["b".into()], 3000)
  );
}

#[tokio::test(start_paused = true)]
async fn waiting_goes_on_in_real_time_when_the_clock_does() {
  let queues = Queues::new([Consumer::new("q")]);
  queues.simulators.stop_clock(Some(NOW_MS));
  queues.send("q", &["a"]);
  let mut next = pin!(queues.next("q"));
  assert!(at_once(next.as_mut()).await.is_none());
  queues.simulators.stop_clock(None);
  assert_eq!(
    (bodies(&next.await), queues.elapsed_ms()),
    (vec!["a".into()], 1000)
  );
}

/// The clock stands, so nothing but a wake-up can deliver: a lost one is a hang. Each message is sent
/// when the one before was settled, which is when the consumer goes from looking to waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_wake_up_is_lost() {
  const MESSAGES: usize = 5000;
  let queues = Arc::new(Queues::new([consumer(1, 0)]));
  queues.simulators.stop_clock(Some(0));
  let producer = Arc::clone(&queues);
  let (settled, inbox) = std::sync::mpsc::channel();
  let producing = std::thread::spawn(move || {
    for _message in 0..MESSAGES {
      producer.send("q", &["a"]);
      inbox.recv().unwrap();
    }
  });
  for _message in 0..MESSAGES {
    // Real time, and much more of it than this takes: hanging is what it prevents.
    let batch = tokio::time::timeout(Duration::from_secs(60), queues.next("q")).await;
    queues
      .simulators
      .finish_batch("q", 0, &ok(&batch.unwrap()))
      .unwrap();
    settled.send(()).unwrap();
  }
  producing.join().unwrap();
}
