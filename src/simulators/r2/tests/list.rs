//! Listings: pages, order, prefixes, delimiters, cursors.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::listing::{List, PageBuilder};
use super::super::object::{Include, Metadata, Object};
use super::super::rows::{self, Step};
use super::{MD5_OF_HELLO, NOW_MS, R2, names};
use crate::simulators::tests::testing::plan_of;

fn filled(keys: &[&str]) -> R2 {
  let r2 = R2::new();
  for key in keys {
    r2.put(key, "");
  }
  r2
}

/// Keys and delimited prefixes of a page.
#[track_caller]
fn check(r2: &R2, fields: Value, keys: &[&str], prefixes: &[&str]) {
  let page = r2.list(fields).json();
  assert_eq!(names(&page), keys);
  assert_eq!(page["delimitedPrefixes"], json!(prefixes));
}

#[test]
fn list_of_nothing() {
  let expected = json!({ "objects": [], "truncated": false, "delimitedPrefixes": [] });
  assert_eq!(R2::new().list(json!({})).json(), expected);
}

#[test]
fn page_in_full() {
  let r2 = R2::new();
  let version = r2.put("a", "hello")["version"].clone();
  r2.put("b", "");
  let object = json!({
    "name": "a", "version": version, "size": 5, "etag": MD5_OF_HELLO, "uploaded": NOW_MS,
    "checksums": { "0": MD5_OF_HELLO }, "storageClass": "Standard",
  });
  let expected = json!({
    "objects": [object], "truncated": true, "cursor": "YQ==", "delimitedPrefixes": [],
  });
  assert_eq!(r2.list(json!({ "limit": 1 })).json(), expected);
  let last = r2.list(json!({ "limit": 1, "cursor": "YQ==" })).json();
  assert_eq!(names(&last), ["b"]);
  assert!(last["truncated"] == false && last.get("cursor").is_none());
}

#[test]
fn limits() {
  let check = |limit: Value, expected: &str| {
    R2::new().list(json!({ "limit": limit })).check(expected);
  };
  let refused = "400 10022 MaxKeys params must be positive integer <= 1000.";
  check(json!(0), refused);
  check(json!(1001), refused);
  check(json!(-1), refused);
  check(json!(u64::MAX.to_string()), refused);
  check(json!(1), "200 ");
  check(json!(1000), "200 ");
  check(json!("1000"), "200 ");
}

#[test]
fn page_has_1000_objects_or_100_with_metadata() {
  let r2 = R2::new();
  for index in 0..1001 {
    r2.put(&format!("{index:04}"), "");
  }
  let page = r2.list(json!({})).json();
  assert_eq!(names(&page).len(), 1000);
  assert_eq!(
    names(&r2.list(json!({ "cursor": page["cursor"] })).json()),
    ["1000"]
  );
  let count = |fields: Value| names(&r2.list(fields).json()).len();
  assert_eq!(count(json!({ "include": [] })), 1000);
  assert_eq!(count(json!({ "include": [0] })), 100);
  assert_eq!(count(json!({ "include": [1], "limit": 99 })), 99);
  assert_eq!(count(json!({ "include": [0, 1], "limit": 1000 })), 100);
}

#[test]
fn order_is_that_of_utf8_bytes() {
  // UTF-16 would put the last one before U+FFFD, and a locale would put `é` after `e`.
  let sorted = [
    "", "\0", "\0a", "A", "a", "a\0", "a!", "aa", "b", "é", "日", "\u{FFFD}", "𐍈",
  ];
  let r2 = R2::new();
  for key in sorted.iter().rev() {
    r2.put(key, "");
  }
  assert_eq!(r2.keys(), sorted);
}

#[test]
fn prefix_is_literal() {
  let r2 = filled(&["a", "a%b", "aXb", "a_b", "aé", "A%b", "b", "\u{10FFFF}x"]);
  let check = |prefix: &str, expected: &[&str]| {
    check(&r2, json!({ "prefix": prefix }), expected, &[]);
  };
  check("a", &["a", "a%b", "aXb", "a_b", "aé"]);
  check("a%", &["a%b"]);
  check("a_", &["a_b"]);
  check("A", &["A%b"]);
  check("aé", &["aé"]);
  check("\u{10FFFF}", &["\u{10FFFF}x"]);
  check("c", &[]);
  check(&"x".repeat(5000), &[]);
}

#[test]
fn start_after_leaves_out_its_key() {
  let r2 = filled(&["", "a", "b", "b/1", "c"]);
  let check = |fields: Value, expected: &[&str]| check(&r2, fields, expected, &[]);
  check(json!({ "startAfter": "" }), &["a", "b", "b/1", "c"]);
  check(json!({ "startAfter": "a" }), &["b", "b/1", "c"]);
  check(json!({ "startAfter": "aa" }), &["b", "b/1", "c"]);
  check(json!({ "startAfter": "c" }), &[]);
  check(json!({ "startAfter": "a", "prefix": "b" }), &["b", "b/1"]);
}

#[test]
fn cursor_and_start_after_both_count() {
  let r2 = filled(&["a", "b", "c", "d"]);
  let cursor = |key: &str| BASE64_STANDARD.encode(key);
  check(
    &r2,
    json!({ "startAfter": "a", "cursor": cursor("b") }),
    &["c", "d"],
    &[],
  );
  check(
    &r2,
    json!({ "startAfter": "c", "cursor": cursor("b") }),
    &["d"],
    &[],
  );
}

#[test]
fn cursor_survives_changes_and_garbage() {
  let r2 = filled(&["a", "c", "d"]);
  let cursor = r2.list(json!({ "limit": 1 })).json()["cursor"].clone();
  r2.delete("a");
  r2.put("b", "");
  check(&r2, json!({ "cursor": cursor }), &["b", "c", "d"], &[]);
  check(&r2, json!({ "cursor": "" }), &["b", "c", "d"], &[]);
  check(&r2, json!({ "cursor": "Y Q = =" }), &["b", "c", "d"], &[]);
  for garbage in [
    "~",
    "A",
    "AA",
    "AAAAA",
    "=",
    "=====",
    "////",
    "zzzz",
    "日",
    &"A".repeat(50_001),
  ] {
    r2.list(json!({ "cursor": garbage })).json();
  }
}

#[test]
fn delimiter_folds_what_follows_it() {
  let r2 = filled(&[
    "", "a", "b/", "b/1", "b/2/3", "c", "d/1", "/x", "é/1", "é/2", "é/3/4",
  ]);
  let check = |fields: Value, keys: &[&str], prefixes: &[&str]| check(&r2, fields, keys, prefixes);
  check(
    json!({ "delimiter": "/" }),
    &["", "a", "c"],
    &["/", "b/", "d/", "é/"],
  );
  check(
    json!({ "delimiter": "/", "prefix": "b/" }),
    &["b/", "b/1"],
    &["b/2/"],
  );
  check(json!({ "delimiter": "/", "prefix": "b" }), &[], &["b/"]);
  check(
    json!({ "delimiter": "/", "prefix": "é/" }),
    &["é/1", "é/2"],
    &["é/3/"],
  );
  check(
    json!({ "delimiter": "x" }),
    &[
      "", "a", "b/", "b/1", "b/2/3", "c", "d/1", "é/1", "é/2", "é/3/4",
    ],
    &["/x"],
  );
  check(json!({ "delimiter": "", "prefix": "d" }), &["d/1"], &[]);
  check(
    json!({ "delimiter": "/", "startAfter": "b/1" }),
    &["c"],
    &["b/", "d/", "é/"],
  );
  check(
    json!({ "delimiter": "/", "startAfter": "b/2/3" }),
    &["c"],
    &["d/", "é/"],
  );
}

#[test]
fn delimiter_of_several_characters() {
  let r2 = filled(&["x--1", "x--2", "x---3", "x-3", "xy--z--1", "y"]);
  check(
    &r2,
    json!({ "delimiter": "--" }),
    &["x-3", "y"],
    &["x--", "xy--"],
  );
  check(
    &r2,
    json!({ "delimiter": "--", "prefix": "x-" }),
    &["x--1", "x--2", "x-3"],
    &["x---"],
  );
}

#[test]
fn prefixes_count_and_the_cursor_is_their_last_key() {
  let r2 = filled(&["a/1", "a/2", "b", "c/1", "d"]);
  let page = r2.list(json!({ "delimiter": "/", "limit": 1 })).json();
  assert_eq!(page["delimitedPrefixes"], json!(["a/"]));
  assert_eq!(page["cursor"], BASE64_STANDARD.encode("a/2"));
  let page = r2.list(json!({ "delimiter": "/", "limit": 2 })).json();
  assert_eq!(
    (names(&page), &page["truncated"]),
    (vec!["b".into()], &json!(true))
  );
  check(
    &r2,
    json!({ "delimiter": "/", "limit": 2, "cursor": page["cursor"] }),
    &["d"],
    &["c/"],
  );
}

#[test]
fn metadata_is_told_when_it_is_included() {
  let r2 = R2::new();
  let (http, custom) = (
    json!({ "contentType": "a/b" }),
    json!([{ "k": "a", "v": "b" }]),
  );
  r2.put_with(
    "k",
    json!({ "httpFields": http, "customFields": custom }),
    "",
  )
  .json();
  let check = |include: Value, expected: [Option<&Value>; 2]| {
    let page = r2.list(json!({ "include": include })).json();
    let object = &page["objects"][0];
    assert_eq!(
      [object.get("httpFields"), object.get("customFields")],
      expected
    );
  };
  check(json!(null), [None, None]);
  check(json!([]), [None, None]);
  check(json!([0]), [Some(&http), None]);
  check(json!([1]), [None, Some(&custom)]);
  check(json!([0, 1, 1]), [Some(&http), Some(&custom)]);
  r2.put("k", "");
  check(json!([0, 1]), [Some(&json!({})), Some(&json!([]))]);
}

#[test]
fn page_ends_before_workerd_fails_over_its_length() {
  let r2 = R2::new();
  let custom = json!([{ "k": "", "v": "\u{1}".repeat(8192) }]);
  for index in 0..50 {
    let fields = json!({ "customFields": custom });
    r2.put_with(&format!("{index:02}"), fields, "").json();
  }
  let mut keys = Vec::new();
  let mut fields = json!({ "include": [1] });
  let mut pages = 0;
  loop {
    let page = r2.list(fields.clone());
    assert!(page.json_bytes() <= 1024 * 1024);
    pages += 1;
    keys.extend(names(&page.json()));
    match page.json().get("cursor") {
      Some(cursor) => fields["cursor"] = cursor.clone(),
      None => break,
    }
  }
  assert_eq!(keys.len(), 50);
  assert_eq!(pages, 3, "a page is nearly full");
}

#[test]
fn delimiter_skips_what_it_folds() {
  let object = |key: String| Object {
    key,
    version: String::new(),
    size: 0,
    etag: String::new(),
    uploaded_ms: 0,
    range: None,
    checksums: Default::default(),
    metadata: Metadata::new(None, None, None, None),
  };
  let keys = (0..3).flat_map(|folder| (0..1000).map(move |file| format!("{folder}/{file:03}")));
  let keys: BTreeMap<_, _> = keys.map(|key| (key.clone().into_bytes(), key)).collect();
  let list = List {
    limit: None,
    prefix: String::new(),
    cursor: None,
    delimiter: Some("/".into()),
    start_after: None,
    include: Include::default(),
  };
  let mut page = PageBuilder::new(&list, 1000);
  let mut from = Vec::new();
  let mut visited = 0;
  while let Some((key, name)) = keys.range(from.clone()..).next() {
    visited += 1;
    from = match page.add(object(name.clone())) {
      Step::SeekTo(seek) => seek,
      Step::Next => [key.as_slice(), b"\0"].concat(),
      Step::Stop => break,
    };
  }
  assert_eq!(page.finish(None).delimited_prefixes, ["0/", "1/", "2/"]);
  assert_eq!(visited, 3);
}

#[test]
fn listing_uses_the_primary_key() {
  let r2 = R2::new();
  let database = r2
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
  check(rows::WALK, "(bucket=? AND key>?)");
  check(rows::LAST_KEY, "(bucket=? AND key>? AND key<?)");
}
