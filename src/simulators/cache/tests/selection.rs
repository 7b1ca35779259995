//! Conditions and ranges of a `match`.

use super::super::ranges::RANGES_MAX;
use super::{Cache, headers, render};

const MODIFIED: &str = "Thu, 14 Jan 2027 08:00:00 GMT";

fn cache_with(headers: &str, body: &str) -> Cache {
  let cache = Cache::new();
  let put = cache.put(
    "200 OK",
    &format!("Cache-Control: max-age=60\n{headers}"),
    body,
  );
  assert_eq!(put, "204");
  cache
}

/// An entry with both validators, whose body is `012345`.
fn cache() -> Cache {
  cache_with(
    &format!("ETag: \"e1\"\nLast-Modified: {MODIFIED}"),
    "012345",
  )
}

#[track_caller]
fn check(request_headers: &str, expected: &str) {
  cache().check(&format!("GET /\n{request_headers}"), "", expected);
}

/// As [`check`], with the content range in front.
#[track_caller]
fn check_range(range: &str, expected: &str) {
  let response = cache().send(&format!("GET /\nrange: {range}"), "");
  let content_range = response.headers().get("content-range");
  let content_range = content_range.map_or("-", |value| value.to_str().unwrap());
  let found = format!("{content_range} {}", render(&response));
  assert_eq!(found, expected, "{range}");
}

#[test]
fn if_none_match() {
  check("if-none-match: \"e1\"", "304");
  check("if-none-match: W/\"e1\"", "304");
  check("if-none-match: *", "304");
  check("if-none-match:  * ", "304");
  check("if-none-match: \"e0\" ,W/\"e1\"", "304");
  check("if-none-match: \"e0\"\nif-none-match: \"e1\"", "304");
  check("if-none-match: \"e0\"", "200 012345");
  check("if-none-match: e1", "200 012345");
  check("if-none-match: \"E1\"", "200 012345");
  check("if-none-match: w/\"e1\"", "200 012345");
  check("if-none-match: \"\"", "200 012345");
  check("if-none-match: ", "200 012345");

  let check_stored = |etag: &str, condition: &str, expected: &str| {
    let cache = cache_with(etag, "body");
    cache.check(&format!("GET /\nif-none-match: {condition}"), "", expected);
  };
  check_stored("ETag: W/\"e1\"", "\"e1\"", "304");
  check_stored("ETag: W/\"e1\"", "W/\"e1\"", "304");
  check_stored("ETag: e1", "e1", "200 body");
  check_stored("ETag: e1", "*", "200 body");
  check_stored("ETag: \"\"", "*", "200 body");
  check_stored("ETag: \"", "*", "200 body");
  check_stored("X-Y: z", "*", "200 body");
}

#[test]
fn if_modified_since() {
  check(&format!("if-modified-since: {MODIFIED}"), "304");
  check("if-modified-since: Thu, 14 Jan 2027 08:00:01 GMT", "304");
  check(
    "if-modified-since: Thu, 14 Jan 2027 07:59:59 GMT",
    "200 012345",
  );
  check(
    "if-modified-since: Thursday, 14-Jan-27 09:00:00 GMT",
    "200 012345",
  );
  check("if-modified-since: Thu Jan 14 09:00:00 2027", "200 012345");
  check(
    "if-modified-since: 2027-01-14T09:00:00.000+00:00",
    "200 012345",
  );
  check(
    "if-modified-since: Thu, 14 Jan 2027 09:00:00 UTC",
    "200 012345",
  );
  check("if-modified-since: ", "200 012345");
  let cache = cache_with("X-Y: z", "body");
  cache.check(
    &format!("GET /\nif-modified-since: {MODIFIED}"),
    "",
    "200 body",
  );
}

#[test]
fn conditions_together() {
  check(
    &format!("if-none-match: \"e0\"\nif-modified-since: {MODIFIED}"),
    "304",
  );
  check(
    "if-none-match: \"e1\"\nif-modified-since: Thu, 14 Jan 2026 08:00:00 GMT",
    "304",
  );
  check("if-none-match: \"e1\"\nrange: bytes=1-2", "304");
  check("if-none-match: \"e1\"\nrange: bytes=10-", "416");
  check("if-none-match: \"e0\"\nrange: bytes=1-2", "206 12");
}

#[test]
fn conditions_that_are_ignored() {
  check("if-match: \"e0\"", "200 012345");
  check(
    "if-unmodified-since: Thu, 14 Jan 2026 08:00:00 GMT",
    "200 012345",
  );
  check("if-range: \"e0\"\nrange: bytes=1-2", "206 12");
  check(
    "cache-control: no-cache, no-store, max-age=0\npragma: no-cache",
    "200 012345",
  );
  check("authorization: Bearer x", "200 012345");
}

#[test]
fn one_range() {
  check_range("bytes=1-2", "bytes 1-2/6 206 12");
  check_range("bytes=0-0", "bytes 0-0/6 206 0");
  check_range("bytes=0-", "bytes 0-5/6 206 012345");
  check_range("bytes=4-", "bytes 4-5/6 206 45");
  check_range("bytes=4-20", "bytes 4-5/6 206 45");
  check_range("bytes=4-99999999999999999999", "bytes 4-5/6 206 45");
  check_range("bytes=4-18446744073709551615", "bytes 4-5/6 206 45");
  check_range("bytes=-2", "bytes 4-5/6 206 45");
  check_range("bytes=-5", "bytes 1-5/6 206 12345");
  check_range("BYTES=1-2", "bytes 1-2/6 206 12");
  check_range(" bytes = 1 - 2 ", "bytes 1-2/6 206 12");
  check_range("bytes=1-2,-0", "bytes 1-2/6 206 12");
}

#[test]
fn ranges_that_stand_for_the_whole() {
  check_range("bytes=", "- 200 012345");
  check_range("bytes=-0", "- 200 012345");
  check_range("bytes=-6", "- 200 012345");
  check_range("bytes=-20", "- 200 012345");
  check_range("bytes=-99999999999999999999", "- 200 012345");
  check_range("bytes=1-2,-20", "- 200 012345");
}

#[test]
fn ranges_that_cannot_be_satisfied() {
  for range in [
    "bytes=6-",
    "bytes=10-",
    "bytes=10-20",
    "bytes=2-1",
    "bytes=99999999999999999999-",
    "bytes=0-1,10-",
    "bytes=-",
    "bytes=1",
    "bytes=a-b",
    "bytes=+1-2",
    "bytes=1--2",
    "bytes=1-2,",
    "bytes=1-2;3-4",
    "bytes",
    "bytes 1-2",
    "items=1-2",
    "",
    "é",
  ] {
    check_range(range, "bytes */6 416");
  }
  check("range: bytes=1-2\nrange: bytes=4-5", "416");
  cache_with("X-Y: z", "").check("GET /\nrange: bytes=0-", "", "416");
}

#[test]
fn unsatisfiable_answer_has_no_header_of_the_entry() {
  let response = cache().send("GET /\nrange: bytes=10-", "");
  assert_eq!(headers(&response), "content-range: bytes */6");
  assert_eq!(response.headers()["cf-cache-status"], "HIT");
}

#[test]
fn not_modified_answer_has_the_headers_of_the_entry() {
  let response = cache().send("GET /\nif-none-match: *", "");
  let expected = format!("cache-control: max-age=60\netag: \"e1\"\nlast-modified: {MODIFIED}");
  assert_eq!(headers(&response), expected);
  assert_eq!(response.headers()["age"], "0");
}

#[test]
fn range_of_an_error_is_a_partial_response() {
  let cache = Cache::new();
  cache.put(
    "404 Not Found",
    "Cache-Control: max-age=60\nContent-Range: x",
    "012345",
  );
  let response = cache.send("GET /\nrange: bytes=1-2", "");
  assert_eq!(render(&response), "206 12");
  assert_eq!(
    headers(&response),
    "cache-control: max-age=60\ncontent-range: bytes 1-2/6"
  );
}

#[test]
fn several_ranges_are_parts() {
  let check = |stored: &str, part: &str| {
    let cache = cache_with(stored, "012345");
    let response = cache.send("GET /\nrange: bytes=1-2,4-5, -1", "");
    assert_eq!(response.status(), 206);
    assert!(!response.headers().contains_key("content-range"));
    let content_type = response.headers()["content-type"].to_str().unwrap();
    let boundary = content_type
      .strip_prefix("multipart/byteranges; boundary=")
      .unwrap();
    assert!(boundary.len() > 32 && boundary.len() <= 70);
    let ranges = [("1-2", "12"), ("4-5", "45"), ("5-5", "5")];
    let parts = ranges.map(|(range, bytes)| {
      format!("--{boundary}\r\n{part}Content-Range: bytes {range}/6\r\n\r\n{bytes}\r\n")
    });
    let expected = format!("{}--{boundary}--", parts.concat());
    assert_eq!(response.body(), expected.as_bytes());
    let again = cache.send("GET /\nrange: bytes=1-2,4-5", "");
    assert_ne!(again.headers()["content-type"], content_type);
  };
  check("X-Y: z", "");
  check(
    "Content-Type: text/plain;charset=UTF-8",
    "Content-Type: text/plain;charset=UTF-8\r\n",
  );
}

#[test]
fn ranges_without_end_get_the_whole() {
  let ranges = |count: usize| format!("bytes={}", vec!["0-"; count].join(","));
  let response = cache().send(&format!("GET /\nrange: {}", ranges(RANGES_MAX)), "");
  assert_eq!(response.status(), 206);
  check_range(&ranges(RANGES_MAX + 1), "- 200 012345");
  check_range(&ranges(20_000), "- 200 012345");
}
