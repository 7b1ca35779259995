//! What becomes of messages, by what their handler decided.

use std::pin::pin;

use serde_json::{Value, json};

use super::*;

fn immediate() -> Consumer {
  Consumer {
    batch_timeout_ms: 0,
    ..Consumer::new("q")
  }
}

fn id<'a>(batch: &'a Batch, body: &str) -> &'a str {
  let message = batch
    .messages
    .iter()
    .find(|message| message.body == body.as_bytes());
  &message.unwrap().id
}

/// The result that workerd would report as `json`, where ids stand for themselves if they are the
/// bodies of messages.
fn result(batch: &Batch, mut json: Value) -> BatchResult {
  json["lease"] = batch.lease.into();
  let mut text = json.to_string();
  for message in &batch.messages {
    let body = String::from_utf8(message.body.clone()).unwrap();
    text = text.replace(&format!("\"{body}\""), &format!("\"{}\"", message.id));
  }
  serde_json::from_str(&text).unwrap()
}

/// Delivers `a b c`, settles them as `json` says, and lists what is delivered again: at which second,
/// and what.
#[track_caller]
fn check(consumer: Consumer, json: Value, expected: &[(u128, &str)]) {
  let name = json.to_string();
  let retried = block_on(async {
    let queues = Queues::new([consumer]);
    queues.send("q", &["a", "b", "c"]);
    queues.consume("q", |batch| result(batch, json)).await;
    let mut retried = Vec::new();
    while let Ok(batch) = tokio::time::timeout(FOREVER, queues.next("q")).await {
      assert!(batch.messages.iter().all(|message| message.attempts == 2));
      retried.push((queues.elapsed_ms() / 1000, bodies(&batch).join(" ")));
      queues.simulators.finish_batch("q", 0, &ok(&batch)).unwrap();
    }
    retried
  });
  let retried: Vec<_> = retried
    .iter()
    .map(|(second, bodies)| (*second, bodies.as_str()))
    .collect();
  assert_eq!(retried, expected, "{name}");
}

#[test]
fn messages_are_acknowledged_or_delivered_again() {
  let check = |json, expected: &[(u128, &str)]| check(immediate(), json, expected);
  // All fields, as workerd writes them.
  let quiet = json!({
    "outcome": "ok", "ackAll": false, "retryBatch": { "retry": false },
    "explicitAcks": [], "retryMessages": [],
  });
  check(quiet, &[]);
  check(json!({ "outcome": "ok" }), &[]);
  check(json!({ "outcome": "exception" }), &[(0, "a b c")]);
  check(json!({ "outcome": "exceededCpu" }), &[(0, "a b c")]);
  check(
    json!({ "outcome": "ok", "retryBatch": { "retry": true } }),
    &[(0, "a b c")],
  );
  let retry = json!([{ "msgId": "b" }]);
  check(
    json!({ "outcome": "ok", "retryMessages": retry }),
    &[(0, "b")],
  );
  check(
    json!({ "outcome": "ok", "retryMessages": [{ "msgId": "unknown" }] }),
    &[],
  );
}

#[test]
fn explicit_words_count_even_when_the_handler_throws() {
  let check = |json, expected: &[(u128, &str)]| check(immediate(), json, expected);
  let retry = json!([{ "msgId": "b" }]);
  check(
    json!({ "outcome": "exception", "explicitAcks": ["a", "c"] }),
    &[(0, "b")],
  );
  check(json!({ "outcome": "exception", "ackAll": true }), &[]);
  check(
    json!({ "outcome": "exception", "ackAll": true, "retryMessages": retry }),
    &[(0, "b")],
  );
  let all = json!({ "retry": true });
  check(
    json!({ "outcome": "ok", "retryBatch": all, "explicitAcks": ["a"] }),
    &[(0, "b c")],
  );
  check(
    json!({ "outcome": "exception", "retryMessages": retry }),
    &[(0, "a b c")],
  );
}

#[test]
fn nearest_retry_delay_wins() {
  let own = json!([{ "msgId": "a", "delaySeconds": 1 }, { "msgId": "b", "delaySeconds": 0 }, { "msgId": "c" }]);
  let all = json!({ "retry": true, "delaySeconds": 3 });
  let slow = || Consumer {
    retry_delay_s: Some(9),
    ..immediate()
  };
  check(
    immediate(),
    json!({ "outcome": "ok", "retryMessages": own }),
    &[(0, "b c"), (1, "a")],
  );
  check(
    slow(),
    json!({ "outcome": "ok", "retryMessages": own }),
    &[(0, "b"), (1, "a"), (9, "c")],
  );
  check(
    slow(),
    json!({ "outcome": "ok", "retryBatch": all, "retryMessages": own }),
    &[(0, "b"), (1, "a"), (3, "c")],
  );
  check(slow(), json!({ "outcome": "exception" }), &[(9, "a b c")]);
  check(
    slow(),
    json!({ "outcome": "ok", "retryBatch": { "retry": true, "delaySeconds": null } }),
    &[(9, "a b c")],
  );
  let odd =
    json!([{ "msgId": "a", "delaySeconds": -5 }, { "msgId": "b", "delaySeconds": i64::MIN }]);
  check(
    slow(),
    json!({ "outcome": "ok", "retryMessages": odd }),
    &[(0, "a b")],
  );
  let long = json!([{ "msgId": "a", "delaySeconds": i64::MAX }]);
  check(
    slow(),
    json!({ "outcome": "ok", "retryMessages": long }),
    &[],
  );
}

#[tokio::test(start_paused = true)]
async fn retried_messages_go_behind_those_that_wait() {
  let queues = Queues::new([Consumer {
    batch_size: 2,
    ..immediate()
  }]);
  queues.send("q", &["a", "b", "c"]);
  queues.consume("q", thrown).await;
  assert_eq!(queues.next_bodies("q").await, ["c", "a"]);
}

#[tokio::test(start_paused = true)]
async fn retried_messages_wait_for_a_batch_like_new_ones() {
  let queues = Queues::new([Consumer {
    retry_delay_s: Some(2),
    ..Consumer::new("q")
  }]);
  queues.send("q", &["a"]);
  queues.consume("q", thrown).await;
  queues.next("q").await;
  assert_eq!(queues.elapsed_ms(), 1000 + 2000 + 1000);
}

#[tokio::test(start_paused = true)]
async fn messages_are_dropped_after_the_last_attempt() {
  let queues = Queues::new([immediate()]);
  queues.send("q", &["a", "b"]);
  let first = queues.next("q").await;
  for attempt in 1..=3 {
    let batch = queues.next("q").await;
    assert_eq!(
      batch
        .messages
        .iter()
        .map(|message| message.attempts)
        .collect::<Vec<_>>(),
      [attempt; 2]
    );
    let settled = queues
      .simulators
      .finish_batch("q", 0, &thrown(&batch))
      .unwrap();
    if attempt < 3 {
      assert_eq!(settled, Settled::default());
      continue;
    }
    let line = |body| {
      let id = id(&first, body);
      format!("Dropped message \"{id}\" on queue \"q\" after 3 failed attempts!")
    };
    assert_eq!(settled.lines, [line("a"), line("b")]);
  }
  queues.check_nothing("q").await;
  assert!(queues.metrics("q").contains("\"backlogCount\":0"));
}

#[tokio::test(start_paused = true)]
async fn messages_move_to_the_dead_letter_queue() {
  let dead_letter_queue = Some("dlq".to_owned());
  let queues = Queues::with_delays(
    [
      Consumer {
        max_retries: 0,
        dead_letter_queue,
        ..immediate()
      },
      Consumer {
        queue: "dlq".to_owned(),
        max_retries: 1,
        ..immediate()
      },
    ],
    &[("dlq", 7)],
  );
  queues.send("q", &["a"]);
  let batch = queues.next("q").await;
  tokio::time::advance(Duration::from_millis(500)).await;
  let settled = queues
    .simulators
    .finish_batch("q", 0, &thrown(&batch))
    .unwrap();
  let id = id(&batch, "a");
  let expected = format!(
    "Moving message \"{id}\" on queue \"q\" to dead letter queue \"dlq\" after 1 failed attempt..."
  );
  assert_eq!(settled.lines, [expected]);
  queues.check_nothing("q").await;

  let dead = queues.next("dlq").await;
  assert_eq!(
    dead.messages, batch.messages,
    "id, timestamp and body stay, attempts start over"
  );
  queues
    .simulators
    .finish_batch("dlq", 0, &thrown(&dead))
    .unwrap();
  let settled = queues.consume("dlq", thrown).await;
  let expected = format!("Dropped message \"{id}\" on queue \"dlq\" after 2 failed attempts!");
  assert_eq!(settled.lines, [expected]);
}

#[tokio::test(start_paused = true)]
async fn dead_letter_queue_has_its_own_delay_and_needs_no_consumer() {
  let dead_letter_queue = Some("dlq".to_owned());
  let queues = Queues::with_delays(
    [Consumer {
      max_retries: 0,
      dead_letter_queue,
      ..immediate()
    }],
    &[("dlq", 7)],
  );
  queues.send("q", &["a"]);
  queues.consume("q", thrown).await;
  assert!(queues.metrics("dlq").contains("\"backlogCount\":0"));
  tokio::time::advance(Duration::from_secs(7)).await;
  assert!(queues.metrics("dlq").contains("\"backlogCount\":1"));
}

#[tokio::test(start_paused = true)]
async fn failing_wakes_who_waits_for_the_message() {
  let queues = Queues::new([
    Consumer {
      max_retries: 1,
      max_concurrency: 2,
      dead_letter_queue: Some("dlq".to_owned()),
      ..immediate()
    },
    Consumer {
      queue: "dlq".to_owned(),
      ..immediate()
    },
  ]);
  queues.send("q", &["a"]);
  let mut dead = pin!(queues.next("dlq"));
  assert!(at_once(dead.as_mut()).await.is_none());
  let first = queues.next("q").await;
  let mut other = pin!(queues.simulators.next_batch("q", 1));
  assert!(at_once(other.as_mut()).await.is_none());
  queues
    .simulators
    .finish_batch("q", 0, &thrown(&first))
    .unwrap();
  let second = at_once(other).await.unwrap().unwrap();
  queues
    .simulators
    .finish_batch("q", 1, &thrown(&second))
    .unwrap();
  assert_eq!(bodies(&at_once(dead).await.unwrap()), ["a"]);
}
