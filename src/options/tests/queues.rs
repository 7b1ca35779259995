//! Queues and buckets: what reaches the plan, and what is refused.

use super::*;
use crate::options::QueueConsumer;

fn queue(name: &str, queue: &str, delivery_delay_s: Option<u32>) -> Binding {
  Binding {
    name: name.into(),
    kind: BindingKind::Queue {
      queue_name: queue.into(),
      delivery_delay_s,
    },
  }
}

fn bucket(name: &str, bucket: &str) -> Binding {
  Binding {
    name: name.into(),
    kind: BindingKind::R2 {
      bucket_name: bucket.into(),
    },
  }
}

/// With the defaults.
fn consumer(queue: &str) -> QueueConsumer {
  QueueConsumer {
    worker: None,
    queue_name: queue.into(),
    batch_size_max: 5,
    batch_timeout_ms: 1000,
    retries_max: 2,
    retry_delay_s: 0,
    dead_letter_queue: None,
    concurrency_max: 1,
  }
}

#[test]
fn a_file_has_buckets_producers_and_consumers() {
  let plan = wrangler(
    r#"{
      "r2_buckets": [
        { "binding": "A", "bucket_name": "files", "preview_bucket_name": "preview" },
        { "binding": "B", "bucket_name": "files", "jurisdiction": "eu" },
        { "binding": "C" },
      ],
      "queues": {
        "producers": [{ "binding": "Q", "queue": "q", "delivery_delay": 5 }, { "binding": "R" }],
        "consumers": [
          { "queue": "q", "type": "worker", "max_batch_size": 10, "max_batch_timeout": 0.05,
            "max_retries": 0, "retry_delay": 7, "dead_letter_queue": "dead", "max_concurrency": 3,
            "visibility_timeout_ms": 1 },
          { "queue": "r", "max_concurrency": null },
          { "queue": "pulled", "type": "http_pull" },
        ],
      },
    }"#,
  )
  .plan();
  let expected = [
    bucket("A", "preview"),
    bucket("B", "files"),
    bucket("C", "C"),
    queue("Q", "q", Some(5)),
    queue("R", "R", None),
  ];
  assert_eq!(plan.bindings, expected);
  let settings = QueueConsumer {
    batch_size_max: 10,
    batch_timeout_ms: 50,
    retries_max: 0,
    retry_delay_s: 7,
    dead_letter_queue: Some("dead".into()),
    concurrency_max: 3,
    ..consumer("q")
  };
  assert_eq!(plan.queue_consumers, [settings, consumer("r")]);
  assert!(plan.cache_api);
}

#[test]
fn options_replace_a_consumer_as_a_whole() {
  let file = r#"{ "queues": { "consumers": [
    { "queue": "q", "max_retries": 9, "dead_letter_queue": "dead" }, { "queue": "r" } ] } }"#;
  let plan = wrangler(file)
    .options(json!({ "miniflare": {
      "queueProducers": { "A": "q", "B": { "queueName": "r", "deliveryDelay": 1 } },
      "queueConsumers": { "q": { "maxBatchTimeout": 0, "maxBatchSize": 1 } },
      "r2Buckets": { "D": "files", "E": { "id": "more" } },
      "cache": true,
      "cacheAPI": false,
    }}))
    .plan();
  let settings = QueueConsumer {
    batch_size_max: 1,
    batch_timeout_ms: 0,
    ..consumer("q")
  };
  assert_eq!(plan.queue_consumers, [settings, consumer("r")]);
  let expected = [
    bucket("D", "files"),
    bucket("E", "more"),
    queue("A", "q", None),
    queue("B", "r", Some(1)),
  ];
  assert_eq!(plan.bindings, expected);
  assert!(!plan.cache_api, "the newer spelling wins");
}

#[test]
fn lists_are_names() {
  let plan = project(json!({ "miniflare": {
    "queueProducers": ["Q"], "queueConsumers": ["Q"], "r2Buckets": ["B", "B"], "cache": false,
  }}))
  .plan();
  assert_eq!(plan.bindings, [bucket("B", "B"), queue("Q", "Q", None)]);
  assert_eq!(plan.queue_consumers, [consumer("Q")]);
  assert!(!plan.cache_api);
}

#[test]
fn settings_out_of_bounds_are_refused() {
  let messages = project(json!({ "miniflare": {
    "cacheAPI": "no",
    "queueConsumers": {
      "q": { "maxBatchSize": 101, "maxBatchTimeout": 61, "maxRetries": -1, "retryDelay": 1.5 },
      "r": { "deadLetterQueue": "r", "maxRetry": 1 },
      "s": 1,
    },
    "queueProducers": { "A": { "deliveryDelay": 86401 }, "B": 2 },
    "r2Buckets": "files",
  }}))
  .messages();
  assert_eq!(
    messages,
    [
      "error: `miniflare.cacheAPI` is the string \"no\"",
      "error: `miniflare.queueConsumers.q.maxBatchSize` is the number 101",
      "error: `miniflare.queueConsumers.q.maxBatchTimeout` is the number 61",
      "error: `miniflare.queueConsumers.q.maxRetries` is the number -1",
      "error: `miniflare.queueConsumers.q.retryDelay` is the number 1.5",
      "error: unknown option `miniflare.queueConsumers.r.maxRetry`",
      "error: the dead letter queue of `r` is the queue itself",
      "error: `miniflare.queueConsumers.s` is the number 1",
      "error: `miniflare.queueProducers.A` has no `queueName`",
      "error: `miniflare.queueProducers.A.deliveryDelay` is the number 86401",
      "error: `miniflare.queueProducers.B` is the number 2",
      "error: `miniflare.r2Buckets` is the string \"files\"",
    ]
  );
}

#[test]
fn a_queue_has_one_consumer() {
  let messages = wrangler(
    r#"{ "queues": {
      "producers": {}, "consumers": [{ "queue": "q" }, { "queue": "q" }, {}], "more": 1
    } }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "warning: Unexpected fields found in queues field: \"more\"",
      "error: `queues.producers` is an empty object",
      "error: the queue `q` has more than one consumer",
      "error: `queues.consumers[2]` has no `queue`",
    ],
  );
}
