//! Listings: pages, order, prefixes, cursors.

use super::super::rows;
use super::{Kv, encode};
use crate::simulators::keys;
use crate::simulators::tests::testing::plan_of;

#[test]
fn list_of_nothing() {
  let expected = r#"200 {"keys":[],"list_complete":true,"cacheStatus":null}"#;
  Kv::new().check("GET /", "", expected);
  Kv::new().check("GET /?urlencoded=true", "", expected);
}

#[test]
fn list_page_in_full() {
  let kv = Kv::new();
  kv.put_with_metadata("k1?expiration_ttl=60", r#""str""#);
  kv.send("PUT /k2", "");
  let expected = r#"200 {"keys":[{"name":"k1","expiration":1800000060,"metadata":"\"str\""}],"list_complete":false,"cursor":"azE=","cacheStatus":null}"#;
  kv.check("GET /?key_count_limit=1", "", expected);
  let expected = r#"200 {"keys":[{"name":"k2"}],"list_complete":true,"cacheStatus":null}"#;
  kv.check("GET /?key_count_limit=1&cursor=azE%3D", "", expected);
}

#[test]
fn list_limits() {
  let check = |limit: &str, expected: &str| {
    Kv::new().check(&format!("GET /?key_count_limit={limit}"), "", expected);
  };
  let too_large = "Please specify an integer less than 1000.";
  check(
    "1001",
    &format!("400 Invalid key_count_limit of 1001. {too_large}"),
  );
  check(
    "99999999999999999999",
    &format!("400 Invalid key_count_limit of 99999999999999999999. {too_large}"),
  );
  let not_positive = "Please specify an integer greater than 0.";
  check(
    "0",
    &format!("400 Invalid key_count_limit of 0. {not_positive}"),
  );
  check(
    "-1",
    &format!("400 Invalid key_count_limit of -1. {not_positive}"),
  );
  check(
    "x",
    &format!("400 Invalid key_count_limit of x. {not_positive}"),
  );
  let nothing = r#"200 {"keys":[],"list_complete":true,"cacheStatus":null}"#;
  check("1", nothing);
  check("1000", nothing);
}

#[test]
fn list_returns_1000_keys_unless_told_otherwise() {
  let kv = Kv::new();
  for index in 0..1001 {
    kv.send(&format!("PUT /{index:04}"), "");
  }
  let first = kv.json("GET /", "");
  assert_eq!(first["keys"].as_array().unwrap().len(), 1000);
  assert_eq!(first["list_complete"], false);
  let cursor = encode(first["cursor"].as_str().unwrap());
  assert_eq!(kv.names(&format!("GET /?cursor={cursor}")), ["1000"]);
  assert_eq!(kv.names("GET /?prefix=00").len(), 100);
}

#[test]
fn list_is_in_order_of_utf8_bytes() {
  let kv = Kv::new();
  // UTF-16 would put the last one before U+FFFD, and a locale would put `é` after `e`.
  let sorted = [
    "\0", "\0a", "A", "a", "a\0", "a!", "aa", "b", "é", "日", "\u{FFFD}", "𐍈",
  ];
  for key in sorted.iter().rev() {
    kv.send(&format!("PUT /{}", encode(key)), "");
  }
  assert_eq!(kv.names("GET /"), sorted);
}

#[test]
fn list_prefix() {
  let kv = Kv::new();
  for key in [
    "a",
    "a%b",
    "aXb",
    "aé",
    "aê",
    "b",
    "p/é &=1",
    "p/é",
    "P/é &=2",
    "\u{10FFFF}x",
  ] {
    kv.send(&format!("PUT /{}", encode(key)), "");
  }
  let check = |prefix: &str, expected: &[&str]| {
    assert_eq!(kv.names(&format!("GET /?prefix={prefix}")), expected);
  };
  check("a", &["a", "a%b", "aXb", "aé", "aê"]);
  check("a%25", &["a%b"]);
  check("a_", &[]);
  check("a%C3%A9", &["aé"]);
  check("p%2F%C3%A9+%26%3D", &["p/é &=1"]);
  check("p/é".replace('é', "%C3%A9").as_str(), &["p/é", "p/é &=1"]);
  check("%F4%8F%BF%BF", &["\u{10FFFF}x"]);
  check("..", &[]);
  assert_eq!(kv.names("GET /?prefix=").len(), 10);
  check(&"x".repeat(512), &[]);
  let too_long = "414 UTF-8 encoded length of 513 exceeds key length limit of 512.";
  kv.check(&format!("GET /?prefix={}", "x".repeat(513)), "", too_long);
}

#[test]
fn list_cursor_survives_changes_and_garbage() {
  let kv = Kv::new();
  for key in ["a", "c", "d"] {
    kv.send(&format!("PUT /{key}"), "");
  }
  let cursor = kv.json("GET /?key_count_limit=1", "")["cursor"]
    .as_str()
    .unwrap()
    .to_owned();
  kv.send("DELETE /a", "");
  kv.send("PUT /b", "");
  assert_eq!(
    kv.names(&format!("GET /?cursor={}", encode(&cursor))),
    ["b", "c", "d"]
  );
  assert_eq!(kv.names("GET /?cursor="), ["b", "c", "d"]);
  assert_eq!(kv.names("GET /?cursor=~"), ["b", "c", "d"]);
  for garbage in [
    "zzzz",
    "%FF%FE",
    "=",
    "=====",
    "日".repeat(9).as_str(),
    &"A".repeat(50_000),
  ] {
    kv.json(&format!("GET /?cursor={}", encode(garbage)), "");
  }
}

#[test]
fn cursor_is_the_base64_of_the_key() {
  let check = |key: &str, cursor: &str| {
    assert_eq!(keys::encode_cursor(key), cursor);
    assert_eq!(keys::decode_cursor(cursor), key);
  };
  check("", "");
  check("k1", "azE=");
  check("a", "YQ==");
  check("abc", "YWJj");
  check("日本", "5pel5pys");
}

#[test]
fn listing_and_expiry_use_their_indexes() {
  let kv = Kv::new();
  let database = kv
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  let check = |sql: &str, expected: &str| {
    let plan = plan_of(&database, sql);
    assert!(
      matches!(&plan[..], [step] if step.contains(expected)),
      "{plan:?}"
    );
  };
  check(
    rows::DELETE_EXPIRED,
    "entries_by_expiry (namespace=? AND expires_at_s<?)",
  );
  check(rows::LIST, "(namespace=? AND key>? AND key<?)");
}
