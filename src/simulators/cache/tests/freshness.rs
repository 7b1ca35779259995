//! What is stored, and for how long.

use hyper::http::StatusCode;

use super::super::freshness::{parse_date_ms, time_to_live_ms};
use super::super::head::Headers;
use super::{Cache, NOW, NOW_S, message, render};

/// Puts a response with these headers and looks for it at once.
fn is_found(status: &str, headers: &str, request_headers: &str) -> bool {
  let cache = Cache::new();
  let put = cache.send(
    &format!("PUT /\n{request_headers}"),
    message(status, headers, "body"),
  );
  assert!(
    [204, 413].contains(&put.status().as_u16()),
    "{}",
    render(&put)
  );
  let found = cache.send("GET /", "");
  assert!(found.status() == StatusCode::GATEWAY_TIMEOUT || put.status() == 204);
  found.body() == "body"
}

#[track_caller]
fn check_stored(headers: &str) {
  assert!(is_found("200 OK", headers, ""), "{headers}");
}

#[track_caller]
fn check_not_stored(headers: &str) {
  assert!(!is_found("200 OK", headers, ""), "{headers}");
}

#[test]
fn headers_that_make_a_response_storable() {
  check_stored("Cache-Control: max-age=60");
  check_stored("Cache-Control: max-age=60, must-revalidate");
  check_stored("Cache-Control: max-age=1.5");
  check_stored("Cache-Control: max-age = 60");
  check_stored("Cache-Control: max-age=\"60\"");
  check_stored("Cache-Control: max-age=60s");
  check_stored("Cache-Control: public, max-age=60");
  check_stored("Cache-Control: s-maxage=60");
  check_stored("Cache-Control: s-maxage=60, max-age=0");
  check_stored("Cache-Control: max-age=0, max-age=60");
  check_stored("Cache-Control: max-age=0\nCache-Control: max-age=60");
  check_stored("Cache-Control: immutable");
  check_stored("Cache-Control: max-age=99999999999999999999");
  check_stored("Cache-Control: max-age=60\nPragma: no-cache");
  check_stored("Cache-Control: max-age=60\nExpires: Thu, 01 Jan 1970 00:00:00 GMT");
  check_stored("Cache-Control: max-age=60\nDate: Thu, 01 Jan 2026 00:00:00 GMT");
  check_stored("Cache-Control: max-age=60\nAge: 59");
  check_stored("Cache-Control: max-age=60\nAge: -99");
  check_stored("Cache-Control: max-age=60\nVary: Accept-Encoding");
  check_stored("Cache-Control: max-age=\nExpires: Fri, 15 Jan 2027 08:00:01 GMT");
  check_stored("Expires: Fri, 15 Jan 2027 08:00:01 GMT");
  check_stored("Expires: Friday, 15-Jan-27 08:00:01 GMT");
  check_stored("Expires: Thu, 14 Jan 2027 08:00:00 GMT\nDate: Thu, 14 Jan 2027 07:00:00 GMT");
  check_stored("Last-Modified: Thu, 14 Jan 2027 08:00:00 GMT");
  check_stored("Cache-Control: public\nLast-Modified: Thu, 14 Jan 2027 08:00:00 GMT");
}

#[test]
fn headers_that_keep_a_response_from_being_found() {
  check_not_stored("");
  check_not_stored("Cache-Control: ");
  check_not_stored("Cache-Control: public");
  check_not_stored("Cache-Control: max-age");
  check_not_stored("Cache-Control: max-age=0");
  check_not_stored("Cache-Control: max-age=-1");
  check_not_stored("Cache-Control: max-age=x");
  check_not_stored("Cache-Control: MAX-AGE=60");
  check_not_stored("Cache-Control: max-age=60, max-age=0");
  check_not_stored("Cache-Control: s-maxage=0, max-age=60");
  check_not_stored("Cache-Control: no-store");
  check_not_stored("Cache-Control: no-store, max-age=60");
  check_not_stored("Cache-Control: private");
  check_not_stored("Cache-Control: private, max-age=60");
  check_not_stored("Cache-Control: private=\"x-y\", max-age=60");
  check_not_stored("Cache-Control: no-cache");
  check_not_stored("Cache-Control: no-cache, max-age=60");
  check_not_stored("Cache-Control: no-cache=\"x\", max-age=60");
  check_not_stored("Cache-Control: proxy-revalidate, max-age=60");
  check_not_stored("Cache-Control: stale-while-revalidate=60");
  check_not_stored("Cache-Control: max-age=0, stale-if-error=60");
  check_not_stored("Cache-Control: max-age=60\nAge: 60");
  check_not_stored("Cache-Control: max-age=60\nAge: 99999999999999999999");
  check_not_stored("Pragma: no-cache\nExpires: Fri, 15 Jan 2027 08:00:01 GMT");
  check_not_stored("Expires: Fri, 15 Jan 2027 08:00:00 GMT");
  check_not_stored("Expires: 0");
  check_not_stored("Expires: tomorrow");
  check_not_stored(&format!("Last-Modified: {NOW}"));
  check_not_stored("Last-Modified: Fri, 15 Jan 2027 08:00:01 GMT");
  check_not_stored("Last-Modified: yesterday");
}

#[test]
fn set_cookie_is_never_stored() {
  check_not_stored("Cache-Control: max-age=60\nSet-Cookie: a=b");
  check_not_stored("Cache-Control: public, max-age=60\nSet-Cookie: a=b");
  check_not_stored("Cache-Control: private=\"set-cookie\", max-age=60\nSet-Cookie: a=b");
  check_not_stored("Cache-Control: no-cache=\"set-cookie\", max-age=60\nSet-Cookie: a=b");
  check_stored("Cache-Control: private=set-cookie, max-age=60\nSet-Cookie: a=b\nSet-Cookie: c=d");
  check_stored("Cache-Control: Private=Set-Cookie, MAX-AGE=60\nSet-Cookie: a=b");
  check_stored("Cache-Control: max-age=60, private=set-cookie");
  check_not_stored("Cache-Control: private=set-cookie\nSet-Cookie: a=b");
  check_not_stored("Cache-Control: private=set-cookie, private, max-age=60");
}

#[test]
fn request_with_authorization_needs_a_directive_that_allows_it() {
  let check = |cache_control: &str, expected: bool| {
    let headers = format!("Cache-Control: {cache_control}");
    let found = is_found("200 OK", &headers, "authorization: Bearer x");
    assert_eq!(found, expected, "{cache_control}");
    assert!(is_found("200 OK", &headers, "authorization: "));
  };
  check("max-age=60", false);
  check("max-age=60, public", true);
  check("s-maxage=60", true);
  check("max-age=60, must-revalidate", true);
}

#[test]
fn headers_of_the_request_do_not_matter() {
  let headers = "Cache-Control: max-age=60\nVary: Accept";
  assert!(is_found("200 OK", headers, "cache-control: no-store"));
  assert!(is_found(
    "200 OK",
    headers,
    "cache-control: no-cache\naccept: text/html"
  ));
  assert!(is_found(
    "200 OK",
    headers,
    "pragma: no-cache\ncookie: a=b\nset-cookie: a=b"
  ));
}

#[test]
fn statuses_that_are_stored() {
  for status in 200..600 {
    let explicit = [
      200, 203, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501,
    ];
    let by_default = [200, 203, 300, 301, 308, 404, 405, 410, 414, 501];
    let check = |headers: &str, expected: &[u16]| {
      let found = is_found(&format!("{status} X"), headers, "");
      assert_eq!(found, expected.contains(&status), "{status} {headers}");
    };
    check("Cache-Control: max-age=60", &explicit);
    check("Expires: Fri, 15 Jan 2027 08:00:01 GMT", &explicit);
    check("Last-Modified: Thu, 14 Jan 2027 08:00:00 GMT", &by_default);
  }
}

#[test]
fn time_to_live() {
  let check = |headers: &str, expected_ms: i64| {
    let lines = format!("{}\r\n", headers.replace('\n', "\r\n"));
    let headers = Headers::parse(lines.as_bytes()).unwrap();
    let now_ms = NOW_S as i64 * 1000;
    assert_eq!(
      time_to_live_ms(200, &headers, false, now_ms),
      Ok(expected_ms)
    );
  };
  check("Cache-Control: max-age=60", 60_000);
  check("Cache-Control: max-age=60\nAge: 10", 50_000);
  check("Cache-Control: max-age=60, s-maxage=5", 5_000);
  check("Cache-Control: max-age=60, immutable", 60_000);
  check("Cache-Control: immutable", 86_400_000);
  check(
    "Cache-Control: max-age=60, stale-while-revalidate=60, stale-if-error=60",
    60_000,
  );
  check(
    "Cache-Control: max-age=99999999999999999999\nAge: 99999999999999999999",
    0,
  );
  check("Cache-Control: max-age=99999999999999999999", i64::MAX);
  check("Expires: Fri, 15 Jan 2027 08:01:00 GMT", 60_000);
  check(
    "Expires: Fri, 15 Jan 2027 08:01:00 GMT\nDate: Fri, 15 Jan 2027 07:59:00 GMT",
    120_000,
  );
  check("Expires: Fri, 15 Jan 2027 08:01:00 GMT\nAge: 20", 40_000);
  check("Last-Modified: Thu, 14 Jan 2027 08:00:00 GMT", 8_640_000);
  check(
    "Last-Modified: Thu, 14 Jan 2027 08:00:00 GMT\nAge: 640",
    8_000_000,
  );
}

#[test]
fn entry_is_gone_when_its_time_has_come() {
  let cache = Cache::new();
  let put = || cache.put("200 OK", "Cache-Control: max-age=60", "body");
  put();
  cache.clock.advance_ms(59_999);
  cache.check("GET /", "", "200 body");
  cache.clock.advance_ms(1);
  cache.check("PURGE /", "", "404");
  cache.clock.set_ms(NOW_S * 1000);
  cache.check("GET /", "", "504");
  put();
  cache.clock.advance_ms(60_000);
  cache.check("GET /", "", "504");
  cache.clock.set_ms(NOW_S * 1000);
  cache.check("GET /", "", "504");
}

#[test]
fn expired_entry_returns_with_its_frame_and_its_time() {
  let cache = Cache::new();
  cache.put("200 OK", "Cache-Control: max-age=60", "body");
  cache.storage.push().unwrap();
  cache.clock.advance_ms(60_000);
  cache.check("GET /", "", "504");
  cache.storage.pop().unwrap();
  cache.check("GET /", "", "504");
}

#[test]
fn refused_put_leaves_the_older_entry_and_a_stale_one_does_not() {
  let cache = Cache::new();
  cache.put("200 OK", "Cache-Control: max-age=60", "older");
  let refused = cache.put("200 OK", "Cache-Control: no-store", "newer");
  assert_eq!(refused, "413 its Cache-Control has `no-store`");
  cache.check("GET /", "", "200 older");
  assert_eq!(
    cache.put("200 OK", "Cache-Control: max-age=0", "newer"),
    "204"
  );
  cache.check("GET /", "", "504");
}

#[test]
fn refusals_have_words_for_the_log() {
  let check = |status: &str, headers: &str, expected: &str| {
    assert_eq!(Cache::new().put(status, headers, "body"), expected);
  };
  check("206 X", "", "413 responses with status 206 are not stored");
  check(
    "302 X",
    "",
    "413 responses with status 302 are stored only with an explicit time to live",
  );
  check(
    "200 OK",
    "Cache-Control: private",
    "413 its Cache-Control has `private`",
  );
  check(
    "200 OK",
    "Set-Cookie: a=b",
    "413 it has Set-Cookie, and its Cache-Control lacks `private=set-cookie`",
  );
  let put = message("200 OK", "Cache-Control: max-age=60", "");
  Cache::new().check(
    "PUT /\nauthorization: x",
    put,
    "413 the request has Authorization, and Cache-Control does not allow for that",
  );
}

#[test]
fn dates_of_http() {
  assert_eq!(parse_date_ms(NOW), Some(NOW_S as i64 * 1000));
  assert_eq!(
    parse_date_ms("Fri Jan 15 08:00:00 2027"),
    Some(NOW_S as i64 * 1000)
  );
  assert_eq!(parse_date_ms("2027-01-15T08:00:00Z"), None);
  assert_eq!(parse_date_ms(""), None);
  assert_eq!(parse_date_ms("Fri, 99 Jan 2027 08:00:00 GMT"), None);
}
