//! Requests that are malformed. User code cannot reach us with one, but a new workerd might.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::http::{Method, Request};
use serde_json::{Value, json};

use super::{R2, operation};
use crate::storage::{Clock, Storage};

const INVALID: &str = "400 10029 Metadata missing or invalid";
const INTERNAL: &str = "500 10001 We encountered an internal error. Please try again.";

#[track_caller]
fn check_read(json: impl AsRef<[u8]>, expected: &str) {
  let request = Request::get("/").header("cf-r2-request", json.as_ref());
  R2::new()
    .send_to("bucket", request.body("").unwrap())
    .check(expected);
}

#[track_caller]
fn check_write(size: &str, body: impl AsRef<[u8]>, expected: &str) {
  let request = Request::put("/").header("cf-r2-metadata-size", size);
  let body = Bytes::copy_from_slice(body.as_ref());
  R2::new()
    .send_to("bucket", request.body(body).unwrap())
    .check(expected);
}

#[test]
fn header_is_missing() {
  for method in [Method::GET, Method::PUT] {
    let request = Request::builder().method(method).uri("/");
    R2::new()
      .send_to("bucket", request.body("{}").unwrap())
      .check(INVALID);
  }
}

#[test]
fn other_paths_and_methods_lead_nowhere() {
  let check = |method: &str, path: &str, status: u16| {
    let request = Request::builder()
      .method(method)
      .uri(path)
      .body("")
      .unwrap();
    assert_eq!(R2::new().send_to("bucket", request).status(), status);
  };
  check("GET", "/k", 404);
  check("PUT", "/k", 404);
  check("OPTIONS", "*", 404);
  check("POST", "/", 405);
  check("DELETE", "/", 405);
  check("PATCH", "/?x", 405);
}

#[test]
fn json_of_reads() {
  check_read("", INVALID);
  check_read("{", INVALID);
  check_read("null", INVALID);
  check_read([0xFF], INVALID);
  check_read("[".repeat(10_000), INVALID);
  check_read(r#"{"version":1}"#, INVALID);
  check_read(r#"{"method":"head","object":"k"}"#, INVALID);
  check_read(r#"{"version":1,"method":"head"}"#, INVALID);
  check_read(r#"{"version":1,"method":"head","object":1}"#, INVALID);
  check_read(r#"{"version":2,"method":"head","object":"k"}"#, INTERNAL);
  check_read(r#"{"version":1,"method":"copy","object":"k"}"#, INTERNAL);
  check_read(r#"{"version":1,"method":"put","object":"k"}"#, INTERNAL);
  let no_such_key = "404 10007 The specified key does not exist.";
  check_read(
    r#"{"version":"1","method":"head","object":"k","new":[{}]}"#,
    no_such_key,
  );
}

#[test]
fn fields_of_reads() {
  let check = |fields: Value| {
    let r2 = R2::new();
    r2.put("k", "v");
    r2.get_with("k", fields).check(INVALID);
  };
  check(json!({ "range": 1 }));
  check(json!({ "range": { "offset": "x" } }));
  check(json!({ "range": { "offset": 1.5 } }));
  check(json!({ "range": { "offset": "99999999999999999999" } }));
  check(json!({ "rangeHeader": 1 }));
  check(json!({ "onlyIf": { "etagMatches": [{ "type": "other" }] } }));
  check(json!({ "onlyIf": { "etagMatches": [{ "value": "x" }] } }));
  check(json!({ "onlyIf": { "uploadedBefore": "soon" } }));
  check(json!({ "ssec": {} }));
  check(json!({ "ssec": { "key": "00" } }));
  check(json!({ "ssec": { "key": "z".repeat(64) } }));
  R2::new().list(json!({ "include": [2] })).check(INVALID);
  R2::new().list(json!({ "limit": "x" })).check(INVALID);
}

#[test]
fn size_of_the_json_of_writes() {
  let json = r#"{"version":1,"method":"delete","object":"k"}"#;
  let size = json.len();
  check_write(&size.to_string(), json, "200 ");
  check_write(&size.to_string(), format!("{json}value"), "200 ");
  check_write(&(size - 1).to_string(), json, INVALID);
  check_write(&(size + 1).to_string(), json, INVALID);
  for size in [
    "",
    "x",
    "-1",
    "0",
    "67108865",
    "18446744073709551615",
    "99999999999999999999",
  ] {
    check_write(size, json, INVALID);
  }
}

#[test]
fn fields_of_writes() {
  let check = |method: &str, fields: Value, expected: &str| {
    R2::new()
      .write(operation(method, "k", fields), "")
      .check(expected);
  };
  check("put", json!({ "object": 1, "md5": "~" }), INVALID);
  check("put", json!({ "sha1": "~~" }), INVALID);
  check("put", json!({ "sha256": "abc" }), INVALID);
  check("put", json!({ "customFields": [{ "k": "a" }] }), INVALID);
  check(
    "put",
    json!({ "httpFields": { "contentType": 1 } }),
    INVALID,
  );
  check("put", json!({ "ssec": { "key": "" } }), INVALID);
  check(
    "createMultipartUpload",
    json!({ "ssec": { "key": "" } }),
    INVALID,
  );
  check("uploadPart", json!({ "uploadId": "x" }), INVALID);
  check("uploadPart", json!({ "partNumber": 1 }), INVALID);
  check(
    "uploadPart",
    json!({ "uploadId": "x", "partNumber": 0 }),
    INVALID,
  );
  check(
    "uploadPart",
    json!({ "uploadId": "x", "partNumber": 10_001 }),
    INVALID,
  );
  check(
    "uploadPart",
    json!({ "uploadId": "x", "partNumber": -1 }),
    INVALID,
  );
  check(
    "completeMultipartUpload",
    json!({ "uploadId": "x" }),
    INVALID,
  );
  check(
    "completeMultipartUpload",
    json!({ "uploadId": "x", "parts": [{}] }),
    INVALID,
  );
  check("abortMultipartUpload", json!({}), INVALID);
  check("get", json!({}), INTERNAL);
  check("copy", json!({}), INTERNAL);
  let neither = json!({ "version": 1, "method": "delete" });
  R2::new().write(neither, "").check(INVALID);
}

#[test]
fn panic_is_our_bug_where_users_see_it() {
  struct Stopped;
  impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
      panic!("the clock has “stopped”\n")
    }
  }
  let mut r2 = R2::new();
  r2.storage = Storage::new(Arc::new(Stopped));
  let expected = "500 10001 Bug in vitest-pool-workerd, please report it: r2: panicked: the clock has ?stopped??";
  r2.put_with("k", json!({}), "").check(expected);
}
