//! `onlyIf`.

use serde_json::{Value, json};

use super::{MD5_OF_HELLO, NOW_MS, R2};

const FAILED: &str = "412 10031 At least one of the pre-conditions you specified did not hold.";

/// Checks whether `only_if` holds for the object `hello`, uploaded at `NOW_MS`, and for none.
#[track_caller]
fn check(only_if: Value, holds: bool, holds_for_none: bool) {
  let r2 = R2::new();
  let etag = MD5_OF_HELLO;
  let text = only_if.to_string().replace("ETAG", etag);
  let fields = json!({ "onlyIf": serde_json::from_str::<Value>(&text).unwrap() });

  let put = r2.put_with("new", fields.clone(), "x");
  assert_eq!(
    put.status(),
    if holds_for_none { 200 } else { 412 },
    "none: {text}"
  );
  assert_eq!(r2.keys().len(), usize::from(holds_for_none));

  r2.put("k", "hello");
  let get = r2.get_with("k", fields.clone());
  assert_eq!(get.status(), if holds { 200 } else { 412 }, "get: {text}");
  let put = r2.put_with("k", fields, "x");
  assert_eq!(put.status(), get.status(), "put: {text}");
  r2.get("k").check(if holds { "200 x" } else { "200 hello" });
}

fn etags(kind: &str, value: &str) -> Value {
  json!([{ "type": kind, "value": value }])
}

/// Milliseconds since the epoch, as workerd sends them.
fn at(offset_ms: i64) -> Value {
  (NOW_MS as i64 + offset_ms).to_string().into()
}

#[test]
fn get_without_its_condition_describes_the_object() {
  let r2 = R2::new();
  r2.put("k", "hello");
  let fields =
    json!({ "onlyIf": { "etagMatches": etags("strong", "x") }, "range": { "offset": "1" } });
  let answer = r2.get_with("k", fields);
  answer.check(FAILED);
  assert_eq!(answer.description(), r2.head("k").json());
}

#[test]
fn put_without_its_condition_answers_nothing() {
  let r2 = R2::new();
  let answer = r2.put_with(
    "k",
    json!({ "onlyIf": { "etagMatches": etags("strong", "x") } }),
    "v",
  );
  answer.check(FAILED);
  assert_eq!(answer.response.body().len(), 0);
}

#[test]
fn absent_key_is_absent_under_every_condition() {
  let only_if = json!({ "onlyIf": { "etagMatches": etags("strong", "x") } });
  R2::new()
    .get_with("k", only_if)
    .check("404 10007 The specified key does not exist.");
}

#[test]
fn etags_are_compared() {
  check(json!({}), true, true);
  check(
    json!({ "etagMatches": etags("strong", "ETAG") }),
    true,
    false,
  );
  check(json!({ "etagMatches": etags("strong", "x") }), false, false);
  check(
    json!({ "etagMatches": etags("weak", "ETAG") }),
    false,
    false,
  );
  check(
    json!({ "etagMatches": [{ "type": "wildcard" }] }),
    true,
    false,
  );
  check(json!({ "etagMatches": [] }), false, false);
  check(
    json!({ "etagDoesNotMatch": etags("strong", "ETAG") }),
    false,
    true,
  );
  check(
    json!({ "etagDoesNotMatch": etags("strong", "x") }),
    true,
    true,
  );
  check(
    json!({ "etagDoesNotMatch": etags("weak", "ETAG") }),
    false,
    true,
  );
  check(
    json!({ "etagDoesNotMatch": [{ "type": "wildcard" }] }),
    false,
    true,
  );
  check(json!({ "etagDoesNotMatch": [] }), true, true);
}

#[test]
fn lists_of_etags_match_if_one_does() {
  let list = |first: &str, second: &str| json!([{ "type": "strong", "value": first }, { "type": "strong", "value": second }]);
  check(json!({ "etagMatches": list("x", "ETAG") }), true, false);
  check(json!({ "etagMatches": list("x", "y") }), false, false);
  check(
    json!({ "etagDoesNotMatch": list("x", "ETAG") }),
    false,
    true,
  );
  check(json!({ "etagDoesNotMatch": list("x", "y") }), true, true);
}

#[test]
fn dates_are_compared_strictly() {
  check(json!({ "uploadedBefore": at(1) }), true, true);
  check(json!({ "uploadedBefore": at(0) }), false, true);
  check(json!({ "uploadedBefore": at(-1) }), false, true);
  check(json!({ "uploadedAfter": at(1) }), false, false);
  check(json!({ "uploadedAfter": at(0) }), false, false);
  check(json!({ "uploadedAfter": at(-1) }), true, false);
  check(
    json!({ "uploadedBefore": at(1), "uploadedAfter": at(-1) }),
    true,
    false,
  );
  check(
    json!({ "uploadedBefore": at(1), "uploadedAfter": at(0) }),
    false,
    false,
  );
}

#[test]
fn dates_before_1970_are_earlier() {
  // Signed numbers in unsigned fields.
  check(json!({ "uploadedAfter": "-1" }), true, false);
  check(json!({ "uploadedAfter": -1 }), true, false);
  check(
    json!({ "uploadedAfter": "18446744073709551615" }),
    true,
    false,
  );
  check(json!({ "uploadedBefore": u64::MAX }), false, true);
}

#[test]
fn seconds_granularity_leaves_milliseconds_out() {
  let check = |field: &str, offset_ms: i64, holds: bool, holds_for_none: bool| {
    check(
      json!({ field: at(offset_ms), "secondsGranularity": true }),
      holds,
      holds_for_none,
    );
  };
  // The object was uploaded 123 ms into its second.
  check("uploadedAfter", -123, false, false);
  check("uploadedAfter", -124, true, false);
  check("uploadedBefore", 876, false, true);
  check("uploadedBefore", 877, true, true);
}

#[test]
fn etag_that_decides_makes_the_date_irrelevant() {
  let (matching, other) = (etags("strong", "ETAG"), etags("strong", "x"));
  check(
    json!({ "etagMatches": matching, "uploadedBefore": at(-1) }),
    true,
    false,
  );
  check(
    json!({ "etagDoesNotMatch": other, "uploadedAfter": at(1) }),
    true,
    false,
  );
  check(
    json!({ "etagMatches": other, "uploadedBefore": at(1) }),
    false,
    false,
  );
  check(
    json!({ "etagMatches": matching, "uploadedAfter": at(1) }),
    false,
    false,
  );
  check(
    json!({ "etagDoesNotMatch": other, "uploadedBefore": at(-1) }),
    false,
    true,
  );
  check(
    json!({ "etagMatches": matching, "etagDoesNotMatch": matching }),
    false,
    false,
  );
}
