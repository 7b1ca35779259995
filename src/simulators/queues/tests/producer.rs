//! What producers send, and what they are told.

use serde_json::{Value, json};

use super::*;
use crate::simulators::queues::{ContentType, Message, rows};
use crate::simulators::tests::testing::plan_of;

#[tokio::test(start_paused = true)]
async fn metrics_are_from_before_the_message() {
  let queues = Queues::new([]);
  let metrics = r#"{"backlogCount":1,"backlogBytes":6,"oldestMessageTimestamp":1800000000000}"#;
  queues.check("POST /message\nx-msg-fmt: text", "héllo", EMPTY);
  queues.check("GET /metrics", "", &format!("200 {metrics}"));
  let expected = format!(r#"200 {{"metadata":{{"metrics":{metrics}}}}}"#);
  queues.check("POST /batch", batch(&[]), &expected);
  queues.check("POST /message", "x", &expected);
}

#[tokio::test(start_paused = true)]
async fn consumer_gets_what_was_sent() {
  let queues = Queues::new([Consumer::new("q")]);
  queues.check("POST /message\nx-msg-fmt: text", "é", EMPTY);
  tokio::time::advance(Duration::from_millis(5)).await;
  let messages = [
    json!({ "body": base64(b"{\"a\":1}"), "contentType": "json" }),
    json!({ "body": base64([0, 0xFF]), "contentType": "bytes", "delaySecs": 0 }),
    json!({ "body": base64([0xFF, 0x0F, 0x30]), "contentType": null, "delaySecs": null }),
  ];
  queues.request(
    "q",
    "POST /batch\ncontent-type: application/json",
    batch(&messages),
  );
  queues.request("q", "POST /message", "v8");
  let received = queues.next("q").await;
  assert_eq!(received.queue, "q");
  let mut ids = Vec::new();
  let parts = received.messages.iter().map(|message| {
    let Message {
      id,
      timestamp_ms,
      attempts,
      content_type,
      body,
    } = message;
    assert!(
      id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()),
      "{id}"
    );
    assert_eq!(*attempts, 1);
    ids.push(id.clone());
    (timestamp_ms - NOW_MS as i64, *content_type, body.clone())
  });
  let expected = [
    (0, ContentType::Text, "é".into()),
    (5, ContentType::Json, "{\"a\":1}".into()),
    (5, ContentType::Bytes, vec![0, 0xFF]),
    (5, ContentType::V8, vec![0xFF, 0x0F, 0x30]),
    (5, ContentType::V8, "v8".into()),
  ];
  assert_eq!(parts.collect::<Vec<_>>(), expected);
  ids.sort();
  ids.dedup();
  assert_eq!(ids.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn batch_serializes_with_the_names_of_javascript() {
  let queues = Queues::new([Consumer::new("q")]);
  queues.send("q", &["a"]);
  let batch = queues.next("q").await;
  let id = batch.messages[0].id.clone();
  let expected = json!({
    "lease": 1,
    "queue": "q",
    "messages": [{ "id": id, "timestampMs": NOW_MS, "attempts": 1, "contentType": "text", "body": "YQ==" }],
    "metrics": { "backlogCount": 0, "backlogBytes": 0, "oldestMessageTimestamp": 0 },
  });
  assert_eq!(serde_json::to_value(batch).unwrap(), expected);
  let name = |content_type: ContentType| serde_json::to_value(content_type).unwrap();
  for content_type in [
    ContentType::Text,
    ContentType::Json,
    ContentType::Bytes,
    ContentType::V8,
  ] {
    assert_eq!(name(content_type), content_type.name());
  }
}

#[tokio::test(start_paused = true)]
async fn nearest_delay_wins() {
  let queues = Queues::with_delays(
    [Consumer {
      batch_timeout_ms: 0,
      ..Consumer::new("q")
    }],
    &[("q", 9)],
  );
  let message = |body: &str, delay: Value| json!({ "body": base64(body), "delaySecs": delay });
  queues.request("q", "POST /message", "9");
  queues.request("q", "POST /message\nx-msg-delay-secs: 1", "1");
  let messages = [
    message("3", json!(null)),
    message("0", json!(0)),
    message("5", json!(5)),
  ];
  queues.request("q", "POST /batch\nx-msg-delay-secs: 3", batch(&messages));
  queues.request(
    "q",
    "POST /batch",
    batch(&[message("7", json!(7)), message("9", json!(null))]),
  );
  for (second, expected) in [
    (0, &["0"][..]),
    (1, &["1"]),
    (3, &["3"]),
    (5, &["5"]),
    (7, &["7"]),
    (9, &["9", "9"]),
  ] {
    let batch = queues.next("q").await;
    assert_eq!(
      (queues.elapsed_ms(), bodies(&batch)),
      (
        second * 1000,
        expected.iter().map(|body| (*body).to_owned()).collect()
      )
    );
    queues.simulators.finish_batch("q", 0, &ok(&batch)).unwrap();
  }
}

#[tokio::test(start_paused = true)]
async fn delayed_and_leased_messages_are_not_backlog() {
  let queues = Queues::new([Consumer {
    batch_size: 2,
    ..Consumer::new("q")
  }]);
  let metrics = |count: u32, bytes: u32, oldest_ms: u64| json!({ "backlogCount": count, "backlogBytes": bytes, "oldestMessageTimestamp": oldest_ms });
  let backlog = || -> Value { serde_json::from_str(&queues.metrics("q")[4..]).unwrap() };
  queues.send_later("q", "later", 1);
  assert_eq!(backlog(), metrics(0, 0, 0));
  tokio::time::advance(Duration::from_millis(10)).await;
  queues.send("q", &["a", "bb", "ccc"]);
  assert_eq!(backlog(), metrics(3, 6, NOW_MS + 10));
  let batch = queues.next("q").await;
  assert_eq!(
    serde_json::to_value(batch.metrics).unwrap(),
    metrics(1, 3, NOW_MS + 10)
  );
  assert_eq!(backlog(), metrics(1, 3, NOW_MS + 10));
  tokio::time::advance(Duration::from_secs(1)).await;
  assert_eq!(backlog(), metrics(2, 8, NOW_MS));
  queues
    .simulators
    .finish_batch("q", 0, &thrown(&batch))
    .unwrap();
  assert_eq!(backlog(), metrics(4, 11, NOW_MS));
}

#[tokio::test(start_paused = true)]
async fn what_workerd_does_not_send_is_our_bug() {
  let bug = "500 Bug in vitest-pool-workerd, please report it: queue: cannot";
  for body in [
    "",
    "{",
    "null",
    "[]",
    r#"{"messages":1}"#,
    r#"{"messages":[{}]}"#,
    r#"{"messages":[{"body":1}]}"#,
  ] {
    let answer = render(&Queues::new([]).request("q", "POST /batch", body));
    assert!(
      answer.starts_with(&format!("{bug} read a batch of messages: ")),
      "{answer}"
    );
    assert!(answer.ends_with("(15000)"), "{answer}");
  }
  for body in ["!", "MQ", "é"] {
    let answer =
      render(&Queues::new([]).request("q", "POST /batch", batch(&[json!({ "body": body })])));
    assert!(
      answer.starts_with(&format!("{bug} decode a message of a batch: ")),
      "{answer}"
    );
  }
  for head in [
    "GET /message",
    "POST /metrics",
    "DELETE /",
    "GET /messages",
    "OPTIONS *",
  ] {
    Queues::new([]).check(head, "", "404 Not Found (15000)");
  }
}

#[tokio::test(start_paused = true)]
async fn failure_of_storage_is_our_bug() {
  let queues = Queues::new([Consumer::new("q")]);
  queues.send("q", &["a"]);
  let batch = queues.next("q").await;
  let database = queues
    .simulators
    .storage()
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  database
    .run(|connection| connection.execute_batch("DROP TABLE messages"))
    .unwrap();
  let bug =
    "Bug in vitest-pool-workerd, please report it: queue: SQLite failed in database `queues`";
  let answer = render(&queues.request("q", "POST /message", ""));
  assert!(answer.starts_with(&format!("500 {bug}: ")), "{answer}");
  let error = queues
    .simulators
    .finish_batch("q", 0, &ok(&batch))
    .unwrap_err();
  assert_eq!(error.to_string(), "SQLite failed in database `queues`");
  let error = queues.simulators.next_batch("q", 0).await.unwrap_err();
  assert_eq!(error.to_string(), "SQLite failed in database `queues`");
}

/// Both the due time and the metrics come from an index, whatever the bodies weigh.
#[tokio::test(start_paused = true)]
async fn queries_do_not_read_bodies() {
  let queues = Queues::new([]);
  queues.send("q", &["a"]);
  let database = queues
    .simulators
    .storage()
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  for (sql, index) in [
    (
      rows::NEXT,
      "SEARCH messages USING COVERING INDEX messages_by_readiness",
    ),
    (
      rows::DELAYED,
      "SEARCH messages USING COVERING INDEX messages_by_readiness",
    ),
    (
      rows::BY_AGE,
      "SEARCH messages USING COVERING INDEX messages_by_age",
    ),
    (
      rows::TURN_BACK,
      "SEARCH messages USING INDEX messages_by_queueing",
    ),
  ] {
    let plan = plan_of(&database, sql);
    assert!(plan.iter().any(|step| step.starts_with(index)), "{plan:?}");
    assert!(
      !plan
        .iter()
        .any(|step| step.contains("TEMP B-TREE FOR ORDER")),
      "{plan:?}"
    );
  }
}
