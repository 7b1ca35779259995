use std::sync::Arc;

use hyper::http::Request;
use serde_json::{Value, json};

use super::*;
use crate::simulators::RequestBody;
use crate::storage::{Storage, SystemClock};

/// Whether calls with a limit of two in 10 s are let through.
fn calls(storage: &Storage, namespace: &str, keys: &[&str]) -> Vec<bool> {
  let call = |key: &&str| {
    let body = json!({ "key": key, "limit": 2, "period": 10 }).to_string();
    let request = Request::new(RequestBody::from(body));
    let response = serve(namespace, storage, request);
    let body = response.into_body().read_all().unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    answer["success"].as_bool().unwrap()
  };
  keys.iter().map(call).collect()
}

#[test]
fn a_limit_is_reached_and_begins_again_with_the_next_period() {
  let storage = Storage::new(Arc::new(SystemClock));
  storage.stop_clock(Some(19_999));
  assert_eq!(
    calls(&storage, "1", &["a", "a", "a", "b"]),
    [true, true, false, true]
  );
  assert_eq!(calls(&storage, "2", &["a"]), [true], "namespaces are apart");
  storage.stop_clock(Some(20_000));
  assert_eq!(calls(&storage, "1", &["a", "a", "a"]), [true, true, false]);
}

#[test]
fn frames_undo_calls() {
  let storage = Storage::new(Arc::new(SystemClock));
  storage.stop_clock(Some(0));
  storage.push().unwrap();
  assert_eq!(calls(&storage, "1", &["a", "a", "a"]), [true, true, false]);
  storage.pop().unwrap();
  assert_eq!(calls(&storage, "1", &["a"]), [true]);
}

#[test]
fn what_our_client_does_not_send_is_a_bug() {
  let storage = Storage::new(Arc::new(SystemClock));
  let response = serve("1", &storage, Request::new(RequestBody::from("{")));
  assert_eq!(response.status(), 500);
}
