//! What producers are refused, and in which words.

use serde_json::json;

use super::*;

/// `count` messages of `bytes` each.
fn batch_of(count: usize, bytes: usize) -> String {
  batch(&vec![
    json!({ "body": base64(vec![b'x'; bytes]), "contentType": "bytes", "delaySecs": 86400 });
    count
  ])
}

#[tokio::test(start_paused = true)]
async fn lengths_are_limited() {
  let queues = Queues::new([]);
  queues.check(
    "POST /message\nx-msg-fmt: bytes",
    "x".repeat(128_000),
    EMPTY,
  );
  let message = "413 message length of 128001 bytes exceeds limit of 128000 (10204)";
  queues.check(
    "POST /message\nx-msg-fmt: bytes",
    "x".repeat(128_001),
    message,
  );
  // Cut short, and not what it says.
  let cut = RequestBody::cut(9_000_000_000);
  let message = "413 message length of 9000000000 bytes exceeds limit of 128000 (10204)";
  queues.check("POST /message\nx-msg-fmt: json", cut, message);

  let check = |count: usize, bytes: usize, expected: &str| {
    queues.check("POST /batch", batch_of(count, bytes), expected);
  };
  let many = "413 batch message count of 101 exceeds limit of 100 (10206)";
  let large = "413 message in batch has length 128001 bytes which exceeds single message size limit \
               of 128000 (10204)";
  let total = "413 batch size of 288003 bytes exceeds limit of 288000 (10205)";
  check(101, 1, many);
  check(2, 128_001, large);
  check(3, 96_001, total);
  // What workerd announces is looked at before a body that may have been cut.
  let announce = |count: u64, bytes: u64, largest: u64, expected: &str| {
    let head = format!(
      "POST /batch\ncf-queue-batch-count: {count}\ncf-queue-batch-bytes: {bytes}\n\
       cf-queue-largest-msg: {largest}"
    );
    queues.check(&head, RequestBody::cut(9_000_000_000), expected);
  };
  announce(101, 999_999, 999_999, many);
  announce(100, 999_999, 128_001, large);
  announce(100, 288_003, 128_000, total);
}

#[tokio::test(start_paused = true)]
async fn largest_batch_is_accepted() {
  let body = batch_of(100, 2_880);
  assert!((body.len() as u64) < super::super::BODY_LIMIT.bytes_max);
  Queues::new([]).check("POST /batch", body, EMPTY);
  Queues::new([]).check("POST /batch", batch_of(3, 96_000), EMPTY);
  Queues::new([]).check("POST /batch", batch(&[]), EMPTY);
}

#[tokio::test(start_paused = true)]
async fn content_types_are_checked() {
  let queues = Queues::new([]);
  for name in ["text", "bytes", "v8"] {
    let response = queues.request("ok", &format!("POST /message\nx-msg-fmt: {name}"), "{");
    assert_eq!(response.status(), 200, "{name}");
  }
  for name in ["xml", "JSON"] {
    let expected = format!(
      "400 message content type {name} is invalid; if specified, must be one of 'text', 'json', \
       'bytes', or 'v8' (10203)"
    );
    queues.check(&format!("POST /message\nx-msg-fmt: {name}"), "1", &expected);
    let message = json!({ "body": "MQ==", "contentType": name });
    queues.check("POST /batch", batch(&[message]), &expected);
  }
}

#[tokio::test(start_paused = true)]
async fn json_must_be_json() {
  let queues = Queues::new([]);
  let expected = "400 message body with content type 'json' is not valid JSON (10208)";
  for body in ["undefined", "", "{", "1 2"] {
    queues.check("POST /message\nx-msg-fmt: json", body, expected);
    let good = json!({ "body": base64("1"), "contentType": "json" });
    let bad = json!({ "body": base64(body), "contentType": "json" });
    queues.check("POST /batch", batch(&[good, bad]), expected);
  }
  for body in ["1", " null ", "\"\\ud800\"", "{\"a\":[1e999]}"] {
    let response = queues.request("ok", "POST /message\nx-msg-fmt: json", body);
    assert_eq!(response.status(), 200, "{body}");
  }
  assert!(
    queues.metrics("q").contains("\"backlogCount\":0"),
    "nothing of a bad batch is kept"
  );
}

#[tokio::test(start_paused = true)]
async fn delays_are_checked() {
  let queues = Queues::new([]);
  for delay in ["-1", "86401", "1.5", "x", "NaN", "Infinity", "9e99"] {
    let range = "is invalid: must be an integer from 0 to 86400";
    queues.check(
      &format!("POST /message\nx-msg-delay-secs: {delay}"),
      "",
      &format!("400 message delay {delay} {range} (10203)"),
    );
    queues.check(
      &format!("POST /batch\nx-msg-delay-secs: {delay}"),
      batch(&[]),
      &format!("400 message delay {delay} {range} (10202)"),
    );
  }
  let message = json!({ "body": "", "delaySecs": 86401 });
  queues.check(
    "POST /batch",
    batch(&[message]),
    "400 message delay 86401 is invalid: must be an integer from 0 to 86400 (10203)",
  );
  for delay in ["0", "1", "86400", "1e3", "5.0", ""] {
    let head = format!("POST /message\nx-msg-delay-secs: {delay}");
    assert_eq!(queues.request("ok", &head, "").status(), 200, "{delay}");
  }
}
