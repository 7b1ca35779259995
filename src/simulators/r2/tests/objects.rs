//! Objects: what is stored, told and deleted.

use serde_json::{Value, json};

use super::super::rows;
use super::{MD5_OF_HELLO, NOW_MS, R2, operation, read_request, write_request};

const NO_SUCH_KEY: &str = "404 10007 The specified key does not exist.";

#[test]
fn put_get_delete() {
  let r2 = R2::new();
  r2.get("k").check(NO_SUCH_KEY);
  r2.head("k").check(NO_SUCH_KEY);
  r2.put("k", "one");
  r2.get("k").check("200 one");
  r2.put("k", "two");
  r2.get("k").check("200 two");
  r2.head("k").check("200 ");
  r2.delete("k");
  r2.get("k").check(NO_SUCH_KEY);
  r2.delete("k");
}

#[test]
fn values_are_bytes_and_may_be_empty() {
  let r2 = R2::new();
  let bytes: Vec<u8> = (0..=255).collect();
  assert_eq!(r2.put("bytes", &bytes)["size"], 256);
  assert_eq!(r2.get("bytes").value()[..], bytes);
  assert_eq!(
    r2.put("empty", "")["etag"],
    "d41d8cd98f00b204e9800998ecf8427e"
  );
  r2.get("empty").check("200 ");
  assert_eq!(
    r2.head("empty").json()["range"],
    json!({ "offset": 0, "length": 0 })
  );
}

#[test]
fn object_in_full() {
  let r2 = R2::new();
  let fields = json!({
    "httpFields": { "contentType": "text/plain", "cacheExpiry": "1800000000000" },
    "customFields": [{ "k": "a", "v": "b" }],
  });
  let put = r2.put_with("k", fields, "hello").json();
  let mut expected = json!({
    "name": "k",
    "version": put["version"],
    "size": 5,
    "etag": MD5_OF_HELLO,
    "uploaded": NOW_MS,
    "checksums": { "0": MD5_OF_HELLO },
    "storageClass": "Standard",
    "httpFields": { "contentType": "text/plain", "cacheExpiry": "1800000000000" },
    "customFields": [{ "k": "a", "v": "b" }],
  });
  assert_eq!(put, expected);
  expected["range"] = json!({ "offset": 0, "length": 5 });
  r2.clock.advance_ms(1);
  assert_eq!(r2.head("k").json(), expected);
  assert_eq!(r2.get("k").json(), expected);
}

#[test]
fn object_without_metadata_has_empty_metadata() {
  let r2 = R2::new();
  let check = |fields: Value| {
    r2.put_with("k", fields, "").json();
    let object = r2.head("k").json();
    assert_eq!(
      [&object["httpFields"], &object["customFields"]],
      [&json!({}), &json!([])]
    );
  };
  check(json!({}));
  check(json!({ "httpFields": {}, "customFields": [] }));
  check(json!({ "httpFields": null, "customFields": null, "onlyIf": null, "md5": null }));
}

#[test]
fn every_write_has_a_version_of_its_own() {
  let r2 = R2::new();
  let mut versions = std::collections::HashSet::new();
  let mut check = |object: Value| {
    let version = object["version"].as_str().unwrap().to_owned();
    assert!(version.len() == 32 && version.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert!(versions.insert(version));
  };
  check(r2.put("k", "same"));
  check(r2.put("k", "same"));
  for _ in 0..2 {
    r2.storage.push().unwrap();
    check(r2.put("k", "same"));
    r2.storage.pop().unwrap();
  }
}

#[test]
fn put_replaces_everything() {
  let r2 = R2::new();
  let fields =
    json!({ "customFields": [{ "k": "a", "v": "b" }], "storageClass": "InfrequentAccess" });
  r2.put_with("k", fields, "hello").json();
  r2.put("k", "x");
  let object = r2.head("k").json();
  assert_eq!(object["customFields"], json!([]));
  assert_eq!(object["storageClass"], "Standard");
}

#[test]
fn keys_are_taken_literally() {
  let r2 = R2::new();
  let long = "é".repeat(512);
  let keys = [
    "",
    "/",
    "//a",
    "../b",
    "%20%2F",
    " ",
    "é日😀",
    "\n\t\"\\\0",
    "{}",
    "'; --",
    "k",
    "K",
    &long,
  ];
  for key in keys {
    assert_eq!(r2.put(key, key)["name"], key);
  }
  for key in keys {
    r2.get(key).check(&format!("200 {key}"));
    assert_eq!(r2.head(key).json()["name"], key);
  }
  let mut sorted = keys;
  sorted.sort_unstable();
  assert_eq!(r2.keys(), sorted);
}

#[test]
fn keys_that_are_too_long_are_refused() {
  let r2 = R2::new();
  let key = format!("{}x", "é".repeat(512));
  let expected = "400 10020 The specified object name is not valid.";
  r2.head(&key).check(expected);
  r2.get(&key).check(expected);
  for method in ["put", "delete", "createMultipartUpload"] {
    r2.write(operation(method, &key, json!({})), "")
      .check(expected);
  }
  let upload = json!({ "uploadId": "x", "partNumber": 1, "parts": [] });
  for method in [
    "uploadPart",
    "completeMultipartUpload",
    "abortMultipartUpload",
  ] {
    r2.write(operation(method, &key, upload.clone()), "")
      .check(expected);
  }
}

#[test]
fn delete_of_many_keys_happens_as_a_whole() {
  let r2 = R2::new();
  let delete = |keys: Value| {
    r2.write(
      json!({ "version": 1, "method": "delete", "objects": keys }),
      "",
    )
  };
  for key in ["a", "b", "c"] {
    r2.put(key, key);
  }
  delete(json!(["a", "x".repeat(1025)])).check("400 10020 The specified object name is not valid.");
  delete(json!([])).check("200 ");
  assert_eq!(r2.keys(), ["a", "b", "c"]);
  delete(json!(["a", "absent", "c", "a"])).check("200 ");
  assert_eq!(r2.keys(), ["b"]);
  let many: Vec<_> = (0..5000).map(|index| format!("{index:01024}")).collect();
  delete(json!(many)).check("200 ");
}

#[test]
fn buckets_share_nothing() {
  let r2 = R2::new();
  let (put, get) = (
    operation("put", "k", json!({})),
    operation("get", "k", json!({})),
  );
  r2.send_to("a", write_request(&put, "of a")).check("200 ");
  r2.send_to("b", read_request(&get)).check(NO_SUCH_KEY);
  let delete = operation("delete", "k", json!({}));
  r2.send_to("b", write_request(&delete, "")).check("200 ");
  r2.send_to("a", read_request(&get)).check("200 of a");
  assert_eq!(r2.keys(), [""; 0]);
}

#[test]
fn frames_undo_writes() {
  let r2 = R2::new();
  r2.put("kept", "old");
  r2.put("deleted", "x");
  let before = r2.head("kept").json();
  r2.storage.push().unwrap();
  r2.put("kept", "new");
  r2.put("made", "x");
  r2.delete("deleted");
  assert_eq!(r2.keys(), ["kept", "made"]);
  r2.storage.pop().unwrap();
  assert_eq!(r2.keys(), ["deleted", "kept"]);
  r2.get("kept").check("200 old");
  assert_eq!(r2.head("kept").json(), before);
}

#[test]
fn nothing_is_left_of_what_is_replaced_or_deleted() {
  let r2 = R2::new();
  r2.put("k", "one");
  r2.put("k", "two");
  r2.put("other", "x");
  r2.delete("k");
  let database = r2
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  let count = |connection: &rusqlite::Connection| {
    connection.query_row("SELECT count(*) FROM parts", (), |row| row.get::<_, i64>(0))
  };
  assert_eq!(database.run(count).unwrap(), 1);
}

#[test]
fn write_that_fails_in_the_middle_leaves_nothing() {
  let r2 = R2::new();
  r2.put("k", "old");
  let database = r2
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  let run = |sql: &str| {
    database
      .run(|connection| connection.execute_batch(sql))
      .unwrap()
  };
  // The object is written before its parts are.
  run("CREATE TRIGGER full BEFORE INSERT ON parts BEGIN SELECT RAISE(ABORT, 'full'); END");
  for _ in 0..2 {
    let answer = r2.put_with("k", json!({}), "new").render();
    assert!(
      answer.starts_with("500 10001 Bug in vitest-pool-workerd"),
      "{answer}"
    );
    r2.storage.push().unwrap();
  }
  run("DROP TRIGGER full");
  r2.get("k").check("200 old");
}

#[test]
fn failure_of_storage_is_our_bug_and_not_an_absent_key() {
  let r2 = R2::new();
  r2.put("k", "v");
  let database = r2
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  database
    .run(|connection| connection.execute_batch("DROP TABLE objects"))
    .unwrap();
  let expected = "500 10001 Bug in vitest-pool-workerd, please report it: r2: SQLite failed in database `r2`: no such table: objects";
  let check = |answer: String| assert!(answer.starts_with(expected), "{answer}");
  check(r2.get("k").render());
  check(r2.head("k").render());
  check(r2.list(json!({})).render());
  check(r2.put_with("k", json!({}), "").render());
  check(r2.write(operation("delete", "k", json!({})), "").render());
}
