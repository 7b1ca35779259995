use std::sync::Arc;

use hyper::http::Request;

use super::*;
use crate::simulators::RequestBody;
use crate::storage::{Storage, SystemClock};

fn write(storage: &Storage, records: &Records, log: &str, record: &str) -> u16 {
  let request = Request::new(RequestBody::from(record.to_owned()));
  serve(log, storage, records, request).status().as_u16()
}

fn read(storage: &Storage, records: &Records, log: &str) -> String {
  serde_json::to_string(&records.read(storage, log).unwrap()).unwrap()
}

#[test]
fn records_are_read_in_their_order_and_undone_but_for_their_number() {
  let storage = Storage::new(Arc::new(SystemClock));
  let records = Records::default();
  assert_eq!(write(&storage, &records, "a", "{\"b\": 1}"), 204);
  storage.push().unwrap();
  assert_eq!(write(&storage, &records, "a", "[2.50]"), 204);
  assert_eq!(write(&storage, &records, "b", "3"), 204);
  let both = r#"{"arrived":2,"records":[{"b": 1},[2.50]]}"#;
  assert_eq!(read(&storage, &records, "a"), both);
  storage.pop().unwrap();
  let first = r#"{"arrived":2,"records":[{"b": 1}]}"#;
  assert_eq!(read(&storage, &records, "a"), first);
  assert_eq!(
    read(&storage, &records, "c"),
    r#"{"arrived":0,"records":[]}"#
  );
}

#[test]
fn what_is_no_json_is_a_bug() {
  let storage = Storage::new(Arc::new(SystemClock));
  assert_eq!(write(&storage, &Records::default(), "a", "{"), 500);
}
