//! Bulk `get`: the one request with a JSON body and many keys.

use serde_json::{Value, json};

use super::{Kv, render};

#[test]
fn bulk_get_in_full() {
  let kv = Kv::new();
  kv.send("PUT /a", "1");
  kv.put_with_metadata("b", r#"{"x":1}"#);
  let check = |body: &str, expected: &str| kv.check("POST /bulk/get", body, expected);
  check(
    r#"{"keys":["b","missing","a"]}"#,
    r#"200 {"b":"value","missing":null,"a":"1"}"#,
  );
  check(r#"{"keys":["a"],"type":"text"}"#, r#"200 {"a":"1"}"#);
  check(
    r#"{"keys":["a"],"type":"json","cacheTtl":"100"}"#,
    r#"200 {"a":1}"#,
  );
  check(r#"{"keys":["a"],"cacheTtl":100}"#, r#"200 {"a":"1"}"#);
  check(
    r#"{"keys":["a","b","missing"],"type":"text","withMetadata":true}"#,
    r#"200 {"a":{"value":"1","metadata":null},"b":{"value":"value","metadata":{"x":1}},"missing":null}"#,
  );
  check(r#"{"keys":["a","b","a"]}"#, r#"200 {"a":"1","b":"value"}"#);
  check(
    r#"{"keys":["1","\"","bulk/get","../x","__proto__"]}"#,
    r#"200 {"1":null,"\"":null,"bulk/get":null,"../x":null,"__proto__":null}"#,
  );
}

#[test]
fn bulk_text_is_decoded_like_text_decoder() {
  let check = |value: &[u8], text: &str| {
    let kv = Kv::new();
    kv.send("PUT /k", value);
    assert_eq!(
      kv.json("POST /bulk/get", r#"{"keys":["k"]}"#),
      json!({ "k": text })
    );
  };
  check(b"", "");
  check("日本\"\\\u{1}\n".as_bytes(), "日本\"\\\u{1}\n");
  check(b"a\xFFb\xC3", "a\u{FFFD}b\u{FFFD}");
  check("\u{FEFF}a\u{FEFF}".as_bytes(), "a\u{FEFF}");
}

#[test]
fn bulk_json_is_handed_on_as_text() {
  let check = |value: &str| {
    let kv = Kv::new();
    kv.send("PUT /k", value);
    kv.check(
      "POST /bulk/get",
      r#"{"keys":["k"],"type":"json"}"#,
      &format!(r#"200 {{"k":{value}}}"#),
    );
  };
  check("null");
  check(" [1, 2.50, 1e999, 12345678901234567890123] ");
  check(r#"{"z":1,"a":2,"z":3}"#);
  check(r#""\ud800\u0000""#);
  check(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
}

#[test]
fn bulk_json_that_does_not_parse() {
  for value in [
    "",
    "{",
    "undefined",
    "1 2",
    "'a'",
    "\"\n\"",
    "01",
    &"[".repeat(100_000),
  ] {
    let kv = Kv::new();
    kv.send("PUT /good", "1");
    kv.send("PUT /bad", value);
    let expected = "400 At least one of the requested keys corresponds to a non-json value";
    kv.check(
      "POST /bulk/get",
      r#"{"keys":["good","bad"],"type":"json"}"#,
      expected,
    );
  }
}

#[test]
fn bulk_requests_that_are_refused() {
  let check = |body: Value, expected: &str| {
    Kv::new().check("POST /bulk/get", body.to_string(), expected);
  };
  let keys = |count: usize| vec!["k"; count];
  check(
    json!({ "keys": [] }),
    "400 You must request a minimum of 1 key",
  );
  check(json!({ "keys": keys(100) }), r#"200 {"k":null}"#);
  check(
    json!({ "keys": keys(101) }),
    "400 You can request a maximum of 100 keys",
  );
  check(
    json!({ "keys": ["k"], "type": "stream" }),
    r#"400 "stream" is not a valid type. Use "json" or "text""#,
  );
  check(
    json!({ "keys": ["k"], "type": "日\n" }),
    r#"400 "??" is not a valid type. Use "json" or "text""#,
  );
  check(
    json!({ "keys": ["k", ""] }),
    "400 Key names must not be empty",
  );
  check(
    json!({ "keys": ["."] }),
    r#"400 Illegal key name ".". Please use a different name."#,
  );
  check(
    json!({ "keys": [".."] }),
    r#"400 Illegal key name "..". Please use a different name."#,
  );
  check(
    json!({ "keys": ["x".repeat(600)] }),
    "414 UTF-8 encoded length of 600 exceeds key length limit of 512.",
  );
  let cache_ttl =
    |text: &str| format!("400 Invalid cache_ttl of {text}. Cache TTL must be at least 30.");
  check(json!({ "keys": ["k"], "cacheTtl": "29" }), &cache_ttl("29"));
  check(json!({ "keys": ["k"], "cacheTtl": 29 }), &cache_ttl("29"));
  check(json!({ "keys": ["k"], "cacheTtl": "x" }), &cache_ttl("x"));
}

#[test]
fn bulk_get_of_25_mib_is_the_largest() {
  let kv = Kv::new();
  kv.send("PUT /most", "x".repeat(26_214_399));
  // Two bytes, but one unit of UTF-16: the limit is on units.
  kv.send("PUT /last", "é");
  kv.send("PUT /more", "x");
  let response = kv.send("POST /bulk/get", r#"{"keys":["most","last"]}"#);
  assert_eq!(
    response.body().len(),
    r#"{"most":"","last":"é"}"#.len() + 26_214_399
  );
  let expected = "413 Total size of request exceeds the limit of 25MB";
  kv.check(
    "POST /bulk/get",
    r#"{"keys":["most","last","more"]}"#,
    expected,
  );
}

#[test]
fn bulk_bodies_that_workerd_does_not_send_are_our_bug() {
  for body in [
    "",
    "{",
    "null",
    "[]",
    r#"{"keys":1}"#,
    r#"{"keys":[1]}"#,
    "\u{FFFD}",
  ] {
    let answer = render(&Kv::new().send("POST /bulk/get", body));
    let expected =
      "500 Bug in vitest-pool-workerd, please report it: kv: cannot read the body of a bulk get: ";
    assert!(answer.starts_with(expected), "{answer}");
  }
  Kv::new().send("POST /bulk/get", "[".repeat(100_000));
  Kv::new().send("POST /bulk/get", vec![0xFF; 9]);
}
