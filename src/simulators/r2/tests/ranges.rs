//! Ranges of values.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::object::Extent;
use super::super::ranges::{Cutter, resolve_header};
use super::R2;

const UNSATISFIABLE: &str = "416 10039 The requested range is not satisfiable";

/// Checks what `fields` read of the five bytes `01234`; `expected` is empty for none.
#[track_caller]
fn check(fields: Value, expected: &str) {
  check_of("01234", fields, expected);
}

#[track_caller]
fn check_of(value: &str, fields: Value, expected: &str) {
  let r2 = R2::new();
  r2.put("k", value);
  let answer = r2.get_with("k", fields);
  if expected.is_empty() {
    answer.check(UNSATISFIABLE);
    return;
  }
  answer.check(&format!("200 {expected}"));
  let offset = value.find(expected).unwrap();
  let object = answer.json();
  assert_eq!(
    object["range"],
    json!({ "offset": offset, "length": expected.len() })
  );
  assert_eq!(object["size"], value.len());
}

#[test]
fn offset_and_length() {
  let check = |range: Value, expected: &str| check(json!({ "range": range }), expected);
  check(json!({ "offset": "1", "length": "2" }), "12");
  check(json!({ "offset": 1, "length": 2 }), "12");
  check(json!({ "offset": "3" }), "34");
  check(json!({ "length": "2" }), "01");
  check(json!({ "offset": "4", "length": "20" }), "4");
  check(
    json!({ "offset": "1", "length": u64::MAX.to_string() }),
    "1234",
  );
  check(json!({}), "01234");
  check(json!({ "offset": "5" }), "");
  check(json!({ "offset": u64::MAX.to_string(), "length": "1" }), "");
  check(json!({ "length": "0" }), "");
  check(json!({ "offset": "1", "length": "0" }), "");
}

#[test]
fn suffix() {
  let check = |range: Value, expected: &str| check(json!({ "range": range }), expected);
  check(json!({ "suffix": "2" }), "34");
  check(json!({ "suffix": "5" }), "01234");
  check(json!({ "suffix": "20" }), "01234");
  check(json!({ "suffix": u64::MAX.to_string() }), "01234");
  check(json!({ "suffix": "0" }), "");
}

#[test]
fn no_range_of_an_empty_object_is_satisfiable() {
  for range in [
    json!({}),
    json!({ "offset": "0" }),
    json!({ "length": "1" }),
    json!({ "suffix": "1" }),
  ] {
    check_of("", json!({ "range": range }), "");
  }
}

#[test]
fn range_of_an_absent_key_is_an_absent_key() {
  R2::new()
    .get_with("k", json!({ "range": { "offset": "5" } }))
    .check("404 10007 The specified key does not exist.");
}

#[test]
fn header_with_one_range() {
  let check = |header: &str, expected: &str| check(json!({ "rangeHeader": header }), expected);
  check("bytes=1-2", "12");
  check("bytes=3-", "34");
  check("bytes=-2", "34");
  check("bytes=4-20", "4");
  check("bytes=0-99999999999999999999", "01234");
  check(" BYTES = 1 - 2 ", "12");
  check("bytes=1-2,-0", "12");
  check("bytes=-5", "01234");
}

#[test]
fn header_that_is_ignored() {
  for header in [
    "",
    "bytes",
    "bytes=",
    "bytes=a-b",
    "bytes=1",
    "bytes=-",
    "bytes=1-2-3",
    "bytes=+1-2",
    "bytes=-0",
    "bytes=-20",
    "bytes=3-1",
    "bytes=5-",
    "bytes=500-600",
    "bytes=0-1,3-4",
    "bytes=0-1,x",
    "lines=1-2",
    "bytes=99999999999999999999-",
  ] {
    check(json!({ "rangeHeader": header }), "01234");
  }
  assert_eq!(resolve_header("bytes=0-", 0), Extent::whole(0));
  assert_eq!(resolve_header("bytes=-1", 0), Extent::whole(0));
}

#[test]
fn header_wins_over_option() {
  check(
    json!({ "rangeHeader": "bytes=1-1", "range": { "offset": "3" } }),
    "1",
  );
}

proptest! {
  #[test]
  fn range_is_the_slice(
    value in "[a-z]{1,12}",
    offset in 0..14u64,
    length in proptest::option::of(0..14u64),
  ) {
    let r2 = R2::new();
    r2.put("k", &value);
    let length_or_rest = length.unwrap_or(u64::MAX);
    let mut range = json!({ "offset": offset.to_string() });
    if let Some(length) = length {
      range["length"] = length.to_string().into();
    }
    let start = (offset as usize).min(value.len());
    let end = offset.saturating_add(length_or_rest).min(value.len() as u64) as usize;
    let expected = value.get(start..end).unwrap_or_default();
    let answer = r2.get_with("k", json!({ "range": range }));
    if expected.is_empty() {
      prop_assert_eq!(answer.render(), UNSATISFIABLE);
    } else {
      prop_assert_eq!(answer.render(), format!("200 {expected}"));
    }
  }

  #[test]
  fn pieces_of_parts_join_to_the_slice_of_the_whole(
    parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5), 0..6),
    offset in 0..30usize,
    length in 0..30usize,
  ) {
    let whole = parts.concat();
    let offset = offset.min(whole.len());
    let length = length.min(whole.len() - offset);
    let mut cutter = Cutter::new(Extent { offset: offset as u64, length: length as u64 });
    let mut joined: Vec<u8> = Vec::new();
    for part in &parts {
      if let Some(range) = cutter.cut(part.len() as u64) {
        prop_assert!(!range.is_empty());
        joined.extend(&part[range.start as usize..range.end as usize]);
      }
    }
    prop_assert_eq!(joined, &whole[offset..offset + length]);
  }

  #[test]
  fn no_header_makes_it_panic(header in "( ?bytes ?=)?[-0-9a, ]{0,30}|\\PC*", size in any::<u64>()) {
    let extent = resolve_header(&header, size);
    prop_assert!(extent.length <= size && extent.offset <= size - extent.length);
  }
}
