//! What is one entry and what is two.

use super::{CF_HEADER, Cache, SCHEME_HEADER, fresh, render, request};

/// Puts with one request and looks with another; says whether they have the same key.
fn are_same(put: &str, found: &str) -> bool {
  let cache = Cache::new();
  cache.check(&format!("PUT {put}"), fresh("body"), "204");
  cache.check(&format!("GET {put}"), "", "200 body");
  let answer = render(&cache.send(&format!("GET {found}"), ""));
  let purged = render(&cache.send(&format!("PURGE {found}"), ""));
  assert_eq!(answer == "200 body", purged == "200", "{answer} {purged}");
  answer == "200 body"
}

#[track_caller]
fn check_same(put: &str, found: &str) {
  assert!(
    are_same(put, found) && are_same(found, put),
    "{put} {found}"
  );
}

#[track_caller]
fn check_differ(put: &str, found: &str) {
  assert!(
    !are_same(put, found) && !are_same(found, put),
    "{put} {found}"
  );
}

#[test]
fn key_is_the_whole_url() {
  check_differ("/a", "/b");
  check_differ("/a", "/a/");
  check_differ("/a", "//a");
  check_differ("/a", "/a?");
  check_differ("/a?x=1", "/a?x=2");
  check_differ("/a?x=1&y=2", "/a?y=2&x=1");
  check_differ("/%41", "/A");
  check_differ("/", "/\nhost: example.com:8080");
  check_differ("/", "/\nhost: other.example.com");
  check_differ("/", &format!("/\n{SCHEME_HEADER}: https"));
  check_same("/a?x=1", "/a?x=1#fragment");
  check_same("/", "/\naccept: text/html\nx-y: z");
  check_same("/|^[]'@:,;$!*()~", "/|^[]'@:,;$!*()~");
}

#[test]
fn named_caches_are_separate() {
  let named = |name: &str| format!("/\ncf-cache-namespace: {name}");
  check_differ("/", &named("default"));
  check_differ(&named("a"), &named("b"));
  check_differ(&named("a%2Fb"), &named("a"));
  check_same(&named("my%20cache%2F%C3%A9"), &named("my%20cache%2F%C3%A9"));
  check_same("/", &named(""));
}

#[test]
fn workers_share_nothing() {
  let cache = Cache::new();
  cache.send_to("a", request("PUT /", fresh("of a")));
  assert_eq!(render(&cache.send_to("b", request("GET /", ""))), "504");
  assert_eq!(render(&cache.send_to("b", request("PURGE /", ""))), "404");
  assert_eq!(
    render(&cache.send_to("a", request("GET /", ""))),
    "200 of a"
  );
}

#[test]
fn cache_key_of_cf_takes_the_place_of_the_url() {
  let with = |target: &str, cf: &str| format!("{target}\n{CF_HEADER}: {cf}");
  check_same(
    &with("/a", r#"{"cacheKey":"k"}"#),
    &with("/b", r#"{"cacheKey":"k","x":1}"#),
  );
  check_same(&with("/a", r#"{"cacheKey":"http://example.com/b"}"#), "/b");
  check_same(
    &with("/a", r#"{"cacheKey":1}"#),
    &with("/b", r#"{"cacheKey":"1"}"#),
  );
  check_same(
    &with("/a", r#"{"cacheKey":true}"#),
    &with("/b", r#"{"cacheKey":"true"}"#),
  );
  check_differ("/a", &with("/a", r#"{"cacheKey":"k"}"#));
  check_differ(
    &with("/a", r#"{"cacheKey":"k"}"#),
    &with("/a", r#"{"cacheKey":"l"}"#),
  );
  for nothing in [
    r#"{"cacheKey":""}"#,
    r#"{"cacheKey":null}"#,
    r#"{"cacheKey":false}"#,
    r#"{"cacheKey":0}"#,
    r#"{"cacheTtl":60,"cacheControl":"max-age=60"}"#,
    "{}",
    "[]",
    "{",
    "nonsense",
  ] {
    check_same("/a", &with("/a", nothing));
    check_differ("/a", &with("/b", nothing));
  }
}

#[test]
fn request_without_its_url_is_our_bug() {
  for name in ["host", SCHEME_HEADER] {
    let cache = Cache::new();
    let expected = format!(
      "500 Bug in vitest-pool-workerd, please report it: cache: the request has no usable header {name}"
    );
    for head in ["GET /", "PUT /", "PURGE /"] {
      let mut without = request(head, fresh("body"));
      without.headers_mut().remove(name);
      assert_eq!(render(&cache.send_to("worker", without)), expected);
    }
    let mut unreadable = request("GET /", "");
    unreadable
      .headers_mut()
      .insert(name, b"\xFF"[..].try_into().unwrap());
    assert_eq!(render(&cache.send_to("worker", unreadable)), expected);
  }
}
