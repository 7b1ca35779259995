//! The registry: what it does about names and failures that no product answers for.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::http::{Request, Response};

use super::{Product, serve};
use crate::storage::{Clock, ManualClock, Storage};

fn get(product: &str, clock: impl Clock + 'static) -> Response<Bytes> {
  let request = Request::builder().uri("/k").body(Bytes::new()).unwrap();
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
    assert_eq!(get(product.name(), ManualClock::default()).status(), 404);
    assert!(product.body_bytes_max() > 0);
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
