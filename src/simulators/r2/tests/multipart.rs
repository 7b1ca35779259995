//! Uploads in parts.

use serde_json::{Value, json};

use super::super::limits::PART_BYTES_MIN;
use super::super::rows;
use super::{Answer, NOW_MS, R2, operation, write_request};

const SMALLEST: usize = PART_BYTES_MIN as usize;
const INTERNAL: &str = "500 10001 We encountered an internal error. Please try again.";
const TOO_SMALL: &str =
  "400 10011 Your proposed upload is smaller than the minimum allowed object size.";
const NO_SUCH_UPLOAD: &str = "400 10024 The specified multipart upload does not exist.";
const NO_SUCH_PART: &str = "400 10025 One or more of the specified parts could not be found.";
const BAD_UPLOAD: &str = "500 10048 There was a problem with the multipart upload.";

/// An upload to the key `k`.
struct Upload<'a> {
  r2: &'a R2,
  id: String,
}

impl<'a> Upload<'a> {
  fn new(r2: &'a R2) -> Self {
    let created = r2
      .write(operation("createMultipartUpload", "k", json!({})), "")
      .json();
    let id = created["uploadId"].as_str().unwrap().to_owned();
    Self { r2, id }
  }

  fn send(&self, method: &str, mut fields: Value, value: impl AsRef<[u8]>) -> Answer {
    fields["uploadId"] = self.id.as_str().into();
    self.r2.write(operation(method, "k", fields), value)
  }

  fn try_part(&self, number: u32, value: impl AsRef<[u8]>) -> Answer {
    self.send("uploadPart", json!({ "partNumber": number }), value)
  }

  /// Uploads a part, and returns what `complete` wants to know of it.
  fn part(&self, number: u32, value: impl AsRef<[u8]>) -> Value {
    let answer = self.try_part(number, value).json();
    json!({ "etag": answer["etag"], "part": number })
  }

  fn complete(&self, parts: Value) -> Answer {
    self.send("completeMultipartUpload", json!({ "parts": parts }), "")
  }

  fn abort(&self) -> Answer {
    self.send("abortMultipartUpload", json!({}), "")
  }
}

fn count_parts(r2: &R2) -> i64 {
  let database = r2
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  let count = |connection: &rusqlite::Connection| {
    connection.query_row("SELECT count(*) FROM parts", (), |row| row.get(0))
  };
  database.run(count).unwrap()
}

#[test]
fn one_small_part() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  assert_eq!(upload.id.len(), 171);
  assert_eq!(r2.keys(), [""; 0]);
  let part = upload.part(1, "hello");
  assert!(!part["etag"].as_str().unwrap().is_empty());
  let object = upload.complete(json!([part])).json();
  let expected = json!({
    "name": "k", "version": object["version"], "size": 5,
    "etag": "62109206880d38a4010a98e11243924a-1", "uploaded": NOW_MS, "checksums": {},
    "storageClass": "Standard", "httpFields": {}, "customFields": [],
  });
  assert_eq!(object, expected);
  r2.get("k").check("200 hello");
}

#[test]
fn metadata_of_the_upload_is_that_of_the_object() {
  let r2 = R2::new();
  let fields = json!({
    "httpFields": { "contentType": "a/b" }, "customFields": [{ "k": "a", "v": "b" }],
    "storageClass": "InfrequentAccess",
  });
  let create = operation("createMultipartUpload", "k", fields.clone());
  let id = r2.write(create, "").json()["uploadId"]
    .as_str()
    .unwrap()
    .to_owned();
  let upload = Upload { r2: &r2, id };
  upload.complete(json!([upload.part(1, "x")])).json();
  let object = r2.head("k").json();
  for (field, value) in fields.as_object().unwrap() {
    if field != "version" {
      assert_eq!(&object[field], value);
    }
  }
}

#[test]
fn parts_join_in_the_order_of_their_numbers() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  let (first, second) = (vec![1; SMALLEST], vec![2; SMALLEST]);
  let last = upload.part(10_000, "end");
  let parts = json!([upload.part(2, &first), upload.part(7, &second), last]);
  let object = upload.complete(parts).json();
  assert_eq!(object["size"], 2 * SMALLEST + 3);
  assert!(object["etag"].as_str().unwrap().ends_with("-3"));
  let whole = [&first[..], &second, b"end"].concat();
  assert_eq!(r2.get("k").value()[..], whole);

  let check = |offset: usize, length: usize| {
    let range = json!({ "offset": offset.to_string(), "length": length.to_string() });
    let answer = r2.get_with("k", json!({ "range": range }));
    assert_eq!(answer.value()[..], whole[offset..offset + length]);
    assert_eq!(
      answer.json()["range"],
      json!({ "offset": offset, "length": length })
    );
  };
  check(0, 1);
  check(SMALLEST - 1, 1);
  check(SMALLEST - 1, 2);
  check(SMALLEST, SMALLEST);
  check(SMALLEST - 1, SMALLEST + 2);
  check(2 * SMALLEST - 2, 5);
  check(2 * SMALLEST + 2, 1);
}

#[test]
fn etag_is_the_md5_of_the_md5s() {
  let r2 = R2::new();
  let check = |parts: &[&str], expected: &str| {
    let upload = Upload::new(&r2);
    let parts: Vec<_> = (1..)
      .zip(parts)
      .map(|(number, part)| upload.part(number, part))
      .collect();
    assert_eq!(upload.complete(json!(parts)).json()["etag"], expected);
  };
  check(&[], "d41d8cd98f00b204e9800998ecf8427e-0");
  check(&["hello"], "62109206880d38a4010a98e11243924a-1");
}

#[test]
fn no_parts_are_an_empty_object() {
  let r2 = R2::new();
  let object = Upload::new(&r2).complete(json!([])).json();
  assert_eq!(object["size"], 0);
  r2.get("k").check("200 ");
}

#[test]
fn parts_that_are_not_listed_are_dropped() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  upload.part(1, "not this");
  let part = upload.part(2, "this");
  upload.part(3, "nor this");
  upload.complete(json!([part])).json();
  r2.get("k").check("200 this");
  assert_eq!(count_parts(&r2), 1);
}

#[test]
fn part_that_is_uploaded_again_replaces_the_first() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  let old = upload.part(1, "same");
  let part = upload.part(1, "same");
  upload.complete(json!([old])).check(NO_SUCH_PART);
  upload.complete(json!([part])).json();
  assert_eq!(count_parts(&r2), 1);
}

#[test]
fn upload_replaces_an_object_when_it_is_complete() {
  let r2 = R2::new();
  let old = r2.put("k", "old");
  let upload = Upload::new(&r2);
  let part = upload.part(1, "new");
  r2.get("k").check("200 old");
  let new = upload.complete(json!([part])).json();
  assert_ne!(new["version"], old["version"]);
  r2.get("k").check("200 new");
  assert_eq!(count_parts(&r2), 1);
}

#[test]
fn object_of_parts_goes_with_its_parts() {
  let r2 = R2::new();
  let object_of_parts = || {
    let upload = Upload::new(&r2);
    upload.complete(json!([upload.part(1, "parts")])).json();
    assert_eq!(count_parts(&r2), 1);
  };
  object_of_parts();
  object_of_parts();
  r2.put("k", "whole");
  r2.get("k").check("200 whole");
  assert_eq!(count_parts(&r2), 1);
  object_of_parts();
  r2.delete("k");
  assert_eq!(count_parts(&r2), 0);
}

#[test]
fn sizes_that_are_refused() {
  let r2 = R2::new();
  let check = |numbers: &[u32], sizes: &[usize], expected: &str| {
    let upload = Upload::new(&r2);
    let parts = numbers.iter().zip(sizes);
    let parts: Vec<_> = parts
      .map(|(number, size)| upload.part(*number, vec![0; *size]))
      .collect();
    upload.complete(json!(parts)).check(expected);
    assert_eq!(r2.keys(), [""; 0]);
  };
  check(&[1, 2], &[SMALLEST - 1, 1], TOO_SMALL);
  check(&[1, 2, 3], &[SMALLEST, SMALLEST - 1, 1], TOO_SMALL);
  check(&[1, 2], &[SMALLEST, SMALLEST + 1], BAD_UPLOAD);
  check(&[1, 2, 3], &[SMALLEST, SMALLEST + 1, 1], BAD_UPLOAD);
  // Last in the list, and not by number.
  check(&[2, 1], &[SMALLEST, 1], BAD_UPLOAD);
}

#[test]
fn parts_that_are_refused() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  let part = upload.part(1, "x");
  let etag = &part["etag"];
  upload.complete(json!([part, part])).check(INTERNAL);
  upload
    .complete(json!([{ "etag": etag, "part": 2 }]))
    .check(NO_SUCH_PART);
  upload
    .complete(json!([{ "etag": etag, "part": u64::MAX.to_string() }]))
    .check(NO_SUCH_PART);
  upload
    .complete(json!([{ "etag": "other", "part": 1 }]))
    .check(NO_SUCH_PART);
  let other = Upload::new(&r2).part(1, "x");
  upload.complete(json!([other])).check(NO_SUCH_PART);
  upload.complete(json!([part])).json();
}

#[test]
fn upload_that_has_finished() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  let part = upload.part(1, "x");
  upload.complete(json!([part])).json();
  upload.complete(json!([part])).check(NO_SUCH_UPLOAD);
  upload.try_part(2, "y").check(NO_SUCH_UPLOAD);
  upload.abort().check("200 ");
  r2.get("k").check("200 x");

  let upload = Upload::new(&r2);
  let part = upload.part(1, "y");
  upload.abort().check("200 ");
  upload.abort().check("200 ");
  upload.complete(json!([part])).check(NO_SUCH_UPLOAD);
  upload.try_part(1, "z").check(NO_SUCH_UPLOAD);
  r2.get("k").check("200 x");
  assert_eq!(count_parts(&r2), 1);
}

#[test]
fn upload_that_never_existed() {
  let r2 = R2::new();
  let id = "never".to_owned();
  let upload = Upload { r2: &r2, id };
  upload.try_part(1, "x").check(NO_SUCH_UPLOAD);
  upload.complete(json!([])).check(INTERNAL);
  upload.abort().check(INTERNAL);
}

#[test]
fn upload_belongs_to_its_key_and_bucket() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  let fields = json!({ "uploadId": upload.id, "partNumber": 1 });
  let other_key = operation("uploadPart", "other", fields.clone());
  r2.write(other_key, "x").check(NO_SUCH_UPLOAD);
  let same_key = operation("uploadPart", "k", fields);
  r2.send_to("other", write_request(&same_key, "x"))
    .check(NO_SUCH_UPLOAD);
}

#[test]
fn frames_undo_uploads() {
  let r2 = R2::new();
  let upload = Upload::new(&r2);
  let part = upload.part(1, "kept");
  r2.storage.push().unwrap();
  upload.part(1, "gone");
  let gone = Upload::new(&r2);
  upload.abort().check("200 ");
  r2.storage.pop().unwrap();
  gone.try_part(1, "x").check(NO_SUCH_UPLOAD);
  r2.storage.push().unwrap();
  upload.complete(json!([part])).json();
  r2.storage.pop().unwrap();
  assert_eq!(r2.keys(), [""; 0]);
  upload.complete(json!([part])).json();
  r2.get("k").check("200 kept");
}
