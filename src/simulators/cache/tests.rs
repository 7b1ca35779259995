//! The Cache API as workerd sees it: requests in, responses out, on in-memory SQLite and a clock that
//! stands.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::http::header::CONTENT_LENGTH;
use hyper::http::{Request, Response};

use super::rows;
use crate::protocol::{CF_HEADER, SCHEME_HEADER};
use crate::simulators::RequestBody;
use crate::simulators::tests::testing::serve;
use crate::storage::{Clock, ManualClock, Storage};

mod bodies;
mod freshness;
mod headers;
mod keys;
mod properties;
mod selection;

/// Fri, 15 Jan 2027 08:00:00 GMT.
const NOW_S: u64 = 1_800_000_000;
const NOW: &str = "Fri, 15 Jan 2027 08:00:00 GMT";

struct Cache {
  storage: Storage,
  clock: Arc<ManualClock>,
  product: &'static str,
}

impl Cache {
  fn new() -> Self {
    let clock = Arc::new(ManualClock::new(NOW_S * 1000));
    Self {
      storage: Storage::new(Arc::clone(&clock) as Arc<dyn Clock>),
      clock,
      product: "cache",
    }
  }

  #[track_caller]
  fn send_to(&self, worker: &str, request: Request<impl Into<RequestBody>>) -> Response<Bytes> {
    let response = serve(self.product, worker, &self.storage, request);
    assert_eq!(
      response.headers()[CONTENT_LENGTH],
      response.body().len().to_string()
    );
    if response
      .headers()
      .get("cf-cache-status")
      .is_none_or(|status| status != "HIT")
    {
      assert!(response.body().is_empty());
    }
    response
  }

  /// `head` is the method, the target, and headers in lines of their own.
  #[track_caller]
  fn send(&self, head: &str, body: impl Into<Vec<u8>>) -> Response<Bytes> {
    self.send_to("worker", request(head, body))
  }

  /// Puts a response with these headers, in lines, under `/`.
  #[track_caller]
  fn put(&self, status: &str, headers: &str, body: &str) -> String {
    render(&self.send("PUT /", message(status, headers, body)))
  }

  /// Sends `head` with `body`, and compares the status, and the body or the reason phrase.
  #[track_caller]
  fn check(&self, head: &str, body: impl Into<Vec<u8>>, expected: &str) {
    assert_eq!(render(&self.send(head, body)), expected, "{head}");
  }
}

/// `head` is the method, the target, and headers in lines of their own.
fn request(head: &str, body: impl Into<Vec<u8>>) -> Request<Bytes> {
  let mut lines = head.lines();
  let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
  let mut request = Request::builder().method(method).uri(target);
  let headers = request.headers_mut().unwrap();
  headers.insert("host", "example.com".parse().unwrap());
  headers.insert(SCHEME_HEADER, "http".parse().unwrap());
  headers.insert(
    crate::protocol::ROUTE_HEADER,
    "cache/worker".parse().unwrap(),
  );
  for line in lines {
    let (name, value) = line.split_once(": ").unwrap();
    let name: hyper::http::HeaderName = name.parse().unwrap();
    // What workerd sets is there once; what users send may be there more than once.
    if ["host", SCHEME_HEADER].contains(&name.as_str()) {
      headers.insert(name, value.parse().unwrap());
    } else {
      headers.append(name, value.parse().unwrap());
    }
  }
  request.body(Bytes::from(body.into())).unwrap()
}

/// A serialized response; `headers` are lines.
fn message(status: &str, headers: &str, body: &str) -> Vec<u8> {
  let mut message = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
  for line in headers.lines() {
    message.push_str(line);
    message.push_str("\r\n");
  }
  message.push_str("\r\n");
  message.push_str(body);
  message.into_bytes()
}

/// A response that is found for a minute.
fn fresh(body: &str) -> Vec<u8> {
  message("200 OK", "Cache-Control: max-age=60", body)
}

/// The status, and the body of a hit. Of an error, the words that the reason phrase has.
fn render(response: &Response<Bytes>) -> String {
  let status = response.status().as_u16();
  let reason = response.extensions().get::<ReasonPhrase>();
  let text = match reason {
    Some(reason) if !response.headers().contains_key("cf-cache-status") => reason.as_bytes(),
    _ => response.body(),
  };
  format!("{status} {}", String::from_utf8_lossy(text))
    .trim_end()
    .to_owned()
}

/// The headers of a hit that are not the same for every hit, in lines.
fn headers(response: &Response<Bytes>) -> String {
  let own = ["age", "date", "cf-cache-status", "content-length"];
  let headers = response.headers().iter();
  let mut lines: Vec<_> = headers
    .filter(|(name, _)| !own.contains(&name.as_str()))
    .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
    .collect();
  lines.sort();
  lines.join("\n")
}

#[test]
fn match_put_delete() {
  let cache = Cache::new();
  cache.check("GET /", "", "504");
  assert_eq!(cache.send("GET /", "").headers()["cf-cache-status"], "MISS");
  cache.check("PURGE /", "", "404");
  cache.check("PUT /", fresh("body é"), "204");
  cache.check("GET /", "", "200 body é");
  assert_eq!(cache.send("GET /", "").headers()["cf-cache-status"], "HIT");
  cache.check("PUT /", fresh("other"), "204");
  cache.check("GET /", "", "200 other");
  cache.check("PURGE /", "", "200");
  cache.check("PURGE /", "", "404");
  cache.check("GET /", "", "504");
}

#[test]
fn cache_that_is_off_stores_and_finds_nothing() {
  let mut cache = Cache::new();
  cache.check("PUT /", fresh("body"), "204");
  cache.product = "cache-off";
  cache.check("GET /", "", "504");
  assert_eq!(cache.send("GET /", "").headers()["cf-cache-status"], "MISS");
  cache.check("PURGE /", "", "404");
  cache.check("PUT /other", fresh("body"), "204");
  cache.product = "cache";
  cache.check("GET /other", "", "504");
  cache.check("GET /", "", "200 body");
}

#[test]
fn frames_undo_puts_and_deletes() {
  let cache = Cache::new();
  cache.send("PUT /", fresh("below"));
  cache.storage.push().unwrap();
  cache.check("GET /", "", "200 below");
  cache.send("PUT /", fresh("above"));
  cache.send("PUT /other", fresh("above"));
  cache.storage.push().unwrap();
  cache.check("PURGE /", "", "200");
  cache.check("GET /", "", "504");
  cache.storage.pop().unwrap();
  cache.check("GET /", "", "200 above");
  cache.storage.pop().unwrap();
  cache.check("GET /", "", "200 below");
  cache.check("GET /other", "", "504");
}

#[test]
fn requests_that_no_method_makes_are_our_bug() {
  let bug = "500 Bug in vitest-pool-workerd, please report it: cache: do not know the request";
  Cache::new().check("POST /a?b", "", &format!("{bug} POST /a?b"));
  Cache::new().check("DELETE /purge-all", "", &format!("{bug} DELETE /purge-all"));
  Cache::new().check("HEAD /", "", &format!("{bug} HEAD /"));
}

#[test]
fn failure_of_storage_is_our_bug() {
  let cache = Cache::new();
  cache.send("PUT /", fresh("body"));
  let database = cache
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  database
    .run(|connection| connection.execute_batch("DROP TABLE entries"))
    .unwrap();
  let expected = "500 Bug in vitest-pool-workerd, please report it: cache: SQLite failed in database `cache`: no such table: entries";
  for head in ["GET /", "PUT /", "PURGE /"] {
    let answer = render(&cache.send(head, fresh("body")));
    assert!(answer.starts_with(expected), "{answer}");
  }
}
