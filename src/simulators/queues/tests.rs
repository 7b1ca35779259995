//! Queues as workerd and the runner see them: requests and questions in, answers out, on in-memory
//! SQLite and in tokio's time, which stands still while anything else can happen.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::http::header::CONTENT_LENGTH;
use hyper::http::{Request, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Batch, BatchResult, Broker, Consumer, RetryBatch, RetryMessage, Settled};
use crate::simulators::{RequestBody, Simulators};
use crate::storage::{Clock, Storage};

mod delivery;
mod frames;
mod limits;
mod producer;
mod properties;
mod settlement;

const NOW_MS: u64 = 1_800_000_000_000;
/// The answer to what is sent to an empty queue.
const EMPTY: &str =
  r#"200 {"metadata":{"metrics":{"backlogCount":0,"backlogBytes":0,"oldestMessageTimestamp":0}}}"#;
/// Longer than any delay. Costs nothing, as tokio skips time in which nothing happens.
const FOREVER: Duration = Duration::from_secs(10_000_000);

/// Tokio's time as the time of day, so that one clock drives the messages and those who wait.
struct TokioClock {
  start: Instant,
}

impl Clock for TokioClock {
  fn now_ms(&self) -> u64 {
    NOW_MS + self.start.elapsed().as_millis() as u64
  }
}

struct Queues {
  simulators: Simulators,
  start: Instant,
}

impl Queues {
  fn new(consumers: impl IntoIterator<Item = Consumer>) -> Self {
    Self::with_delays(consumers, &[])
  }

  /// `delivery_delays_s` are seconds by queue.
  fn with_delays(
    consumers: impl IntoIterator<Item = Consumer>,
    delivery_delays_s: &[(&str, u32)],
  ) -> Self {
    let start = Instant::now();
    let delays = delivery_delays_s
      .iter()
      .map(|(queue, delay_s)| ((*queue).to_owned(), *delay_s));
    Self {
      simulators: Simulators::new(
        Storage::new(Arc::new(TokioClock { start })),
        Broker::new(consumers, delays),
      ),
      start,
    }
  }

  fn elapsed_ms(&self) -> u128 {
    self.start.elapsed().as_millis()
  }

  /// `head` is the method, the target and headers, separated by lines.
  #[track_caller]
  fn request(&self, queue: &str, head: &str, body: impl Into<RequestBody>) -> Response<Bytes> {
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
      let (name, value) = line.split_once(": ").unwrap();
      request = request.header(name, value);
    }
    self.serve(queue, request.body(body.into()).unwrap())
  }

  #[track_caller]
  fn serve(&self, queue: &str, request: Request<RequestBody>) -> Response<Bytes> {
    let response = self.simulators.serve("queue", queue, request);
    let response = response.map(|body| body.read_all().unwrap());
    let length = response.body().len().to_string();
    assert_eq!(response.headers()[CONTENT_LENGTH], length);
    match response.extensions().get::<ReasonPhrase>() {
      None => assert_eq!(
        (response.status().as_u16(), response.headers().len()),
        (200, 1)
      ),
      Some(phrase) => {
        assert!(response.body().is_empty());
        assert_eq!(
          response.headers()["cf-queues-error-cause"],
          phrase.as_bytes()
        );
      }
    }
    response
  }

  /// Compares the status and what follows it: the body of a success, cause and code of an error.
  #[track_caller]
  fn check(&self, head: &str, body: impl Into<RequestBody>, expected: &str) {
    assert_eq!(render(&self.request("q", head, body)), expected, "{head}");
  }

  #[track_caller]
  fn send(&self, queue: &str, bodies: &[&str]) {
    for body in bodies {
      self.send_later(queue, body, 0);
    }
  }

  #[track_caller]
  fn send_later(&self, queue: &str, body: &str, delay_s: u32) {
    let head = format!("POST /message\nx-msg-fmt: text\nx-msg-delay-secs: {delay_s}");
    let response = self.request(queue, &head, body.to_owned());
    assert_eq!(response.status(), 200, "{}", render(&response));
  }

  async fn next(&self, queue: &str) -> Batch {
    self.simulators.next_batch(queue, 0).await.unwrap()
  }

  async fn next_bodies(&self, queue: &str) -> Vec<String> {
    bodies(&self.next(queue).await)
  }

  /// Takes the next batch and settles it.
  async fn consume(&self, queue: &str, decide: impl FnOnce(&Batch) -> BatchResult) -> Settled {
    let batch = self.next(queue).await;
    let result = decide(&batch);
    self.simulators.finish_batch(queue, 0, &result).unwrap()
  }

  async fn check_nothing(&self, queue: &str) {
    let next = tokio::time::timeout(FOREVER, self.next(queue)).await;
    assert_eq!(next.map(|batch| bodies(&batch)).ok(), None);
  }

  fn metrics(&self, queue: &str) -> String {
    render(&self.request(queue, "GET /metrics", ""))
  }
}

fn render(response: &Response<Bytes>) -> String {
  let status = response.status().as_u16();
  match response.headers().get("cf-queues-error-code") {
    None => format!("{status} {}", std::str::from_utf8(response.body()).unwrap()),
    Some(code) => {
      let cause = response.headers()["cf-queues-error-cause"]
        .to_str()
        .unwrap();
      format!("{status} {cause} ({})", code.to_str().unwrap())
    }
  }
}

fn bodies(batch: &Batch) -> Vec<String> {
  let text = |body: &[u8]| String::from_utf8(body.to_vec()).unwrap();
  batch
    .messages
    .iter()
    .map(|message| text(&message.body))
    .collect()
}

/// The handler returned and said nothing.
fn ok(batch: &Batch) -> BatchResult {
  BatchResult {
    lease: batch.lease,
    outcome: "ok".to_owned(),
    ..BatchResult::default()
  }
}

/// The handler threw.
fn thrown(batch: &Batch) -> BatchResult {
  BatchResult {
    outcome: "exception".to_owned(),
    ..ok(batch)
  }
}

/// The future's result, if it has one without waiting.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
  tokio::time::timeout(Duration::ZERO, future).await.ok()
}

/// The body of a `sendBatch()`.
fn batch(messages: &[Value]) -> String {
  json!({ "messages": messages }).to_string()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
  BASE64_STANDARD.encode(bytes)
}

/// Runs `test` in time that stands still, for those that are not tokio's own.
fn block_on<T>(test: impl Future<Output = T>) -> T {
  tokio::runtime::Builder::new_current_thread()
    .enable_time()
    .start_paused(true)
    .build()
    .unwrap()
    .block_on(test)
}
