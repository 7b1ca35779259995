//! The registry: what it does about names and failures that no product answers for.

mod frames;
pub(super) mod testing;

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::http::{Request, Response, request};

use super::{Product, RequestBody};
use crate::protocol::SCHEME_HEADER;
use crate::storage::{Clock, ManualClock, Storage};
use testing::serve;

fn get(product: &str, clock: impl Clock + 'static) -> Response<Bytes> {
  // The keys of caches are whole URLs.
  let request = Request::builder()
    .uri("/k")
    .header("host", "example.com")
    .header(SCHEME_HEADER, "http");
  let request = request.body(Bytes::new()).unwrap();
  serve(product, "ns", &Storage::new(Arc::new(clock)), request)
}

#[track_caller]
fn check_bug(response: &Response<Bytes>, expected: &str) {
  let reason = response.extensions().get::<ReasonPhrase>().unwrap();
  assert_eq!(response.status(), 500);
  assert_eq!(response.headers()["content-length"], "0");
  assert_eq!(std::str::from_utf8(reason.as_bytes()).unwrap(), expected);
}

#[test]
fn every_product_has_a_name_that_leads_back_to_it() {
  for product in Product::ALL {
    assert_eq!(product.name().parse::<Product>().unwrap(), product);
    let status = get(product.name(), ManualClock::default()).status();
    // The clients of the last three are ours, and never ask so.
    let ours = [Product::RateLimit, Product::Analytics, Product::Email].contains(&product);
    let expected: &[u16] = if ours { &[500] } else { &[404, 504] };
    assert!(expected.contains(&status.as_u16()), "{status}");
    assert!(product.body_limit().bytes_max > 0);
  }
}

#[test]
fn unknown_product_is_our_bug() {
  check_bug(
    &get("d3", ManualClock::default()),
    "Bug in vitest-pool-workerd, please report it: simulators: no simulator is called `d3`",
  );
}

#[test]
fn reason_phrase_is_short_printable_ascii() {
  let expected =
    "Bug in vitest-pool-workerd, please report it: simulators: no simulator is called `";
  let filler = "?".repeat(512 - expected.len());
  check_bug(
    &get(&"é\r\n\0".repeat(1000), ManualClock::default()),
    &format!("{expected}{filler}"),
  );
}

#[test]
fn panic_does_not_leave_serve() {
  struct Stopped;
  impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
      panic!("the clock of {} has stopped", "this test")
    }
  }
  check_bug(
    &get("kv", Stopped),
    "Bug in vitest-pool-workerd, please report it: kv: panicked: the clock of this test has stopped",
  );
}

/// What is answered when the disk took no more of a body, and what is stored afterwards.
#[track_caller]
fn check_full_disk(product: &str, request: request::Builder, expected: &str) {
  let storage = Storage::new(Arc::new(ManualClock::default()));
  let request = request.header("host", "example.com");
  let request = request
    .header(SCHEME_HEADER, "http")
    .body(RequestBody::lost());
  let response = serve(product, "ns", &storage, request.unwrap());
  let words = response.extensions().get::<ReasonPhrase>();
  let words = words.map_or(response.body().as_ref(), |reason| reason.as_bytes());
  let words = match response.headers().get("cf-r2-error") {
    Some(error) => error.as_bytes(),
    None => words,
  };
  let words = format!(
    "{} {}",
    response.status().as_u16(),
    String::from_utf8_lossy(words)
  );
  assert!(words.contains(expected), "{product}: {words}");
}

#[test]
fn full_disk_is_told_in_the_products_words() {
  let metadata = Request::put("/").header("cf-r2-metadata-size", "2");
  check_full_disk("kv", Request::put("/k"), "500 ");
  check_full_disk("r2", metadata, "We encountered an internal error");
  check_full_disk("cache", Request::put("/k"), "500 ");
  check_full_disk("queue", Request::post("/message"), "500 ");
  check_full_disk(
    "d1",
    Request::post("/query"),
    "cannot read the body of a D1 request",
  );
}
