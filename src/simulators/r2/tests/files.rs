//! Values that are too large for a row: files that stay when they are stored, and only then.

use std::path::Path;

use hyper::http::{Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::limits::VALUE_BYTES_MAX;
use super::super::wire::BODY_LIMIT;
use super::{Answer, R2, operation, read_request};
use crate::simulators::{BodyLimit, BodyReader, RequestBody, ResponseBody};
use crate::storage::{CHUNK_BYTES, Storage};

const VALUE_BYTES: usize = 10 * 1024 * 1024;

/// An R2 whose large values are files in `folder`.
fn on_disk(folder: &Path) -> R2 {
  let r2 = R2::new();
  R2 {
    storage: r2.storage.with_blobs_in(folder.join("blobs")),
    ..R2::new()
  }
}

fn count_files(folder: &TempDir) -> usize {
  std::fs::read_dir(folder.path().join("blobs")).map_or(0, Iterator::count)
}

/// A body as the server reads it, in pieces as they come from a socket.
fn body(storage: &Storage, limit: BodyLimit, json: &str, value: &[u8]) -> RequestBody {
  let mut reader = BodyReader::new(limit, storage);
  reader.take(json.as_bytes());
  for piece in value.chunks(100_000) {
    reader.take(piece);
  }
  reader.finish()
}

fn upload(r2: &R2, json: &Value, value: &[u8]) -> Answer {
  let json = json.to_string();
  let request = Request::put("/").header("cf-r2-metadata-size", json.len());
  let body = body(&r2.storage, BODY_LIMIT, &json, value);
  r2.send_to("bucket", request.body(body).unwrap())
}

/// A response whose body is not yet read.
fn stream(r2: &R2, json: &Value) -> Response<ResponseBody> {
  super::super::serve("bucket", &r2.storage, read_request(json).map(Into::into))
}

/// Bytes that differ from place to place.
fn value(bytes: usize) -> Vec<u8> {
  (0..bytes)
    .map(|index| (index >> 8) as u8 ^ index as u8)
    .collect()
}

#[test]
fn large_value_is_one_file() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  let value = value(VALUE_BYTES);
  let put = upload(&r2, &operation("put", "k", json!({})), &value).json();
  assert_eq!(put["size"], VALUE_BYTES);
  assert_eq!(count_files(&folder), 1);
  assert_eq!(r2.get("k").value(), value);
  let range = json!({ "range": { "offset": "5000000", "length": "3000000" } });
  assert_eq!(r2.get_with("k", range).value(), value[5_000_000..8_000_000]);
  assert_eq!(count_files(&folder), 1);
}

#[test]
fn small_value_is_no_file() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  upload(&r2, &operation("put", "k", json!({})), &value(100_000)).json();
  assert_eq!(count_files(&folder), 0);
  assert_eq!(r2.get("k").value(), value(100_000));
}

#[test]
fn refused_value_leaves_no_file() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  let value = value(1_000_000);
  let check = |method: &str, key: &str, fields: Value, status: u16| {
    let answer = upload(&r2, &operation(method, key, fields), &value);
    assert_eq!(answer.status(), status);
    assert_eq!(count_files(&folder), 0);
  };
  check("put", "k", json!({ "sha1": "00" }), 400);
  check(
    "put",
    "k",
    json!({ "onlyIf": { "etagMatches": [{ "type": "wildcard" }] } }),
    412,
  );
  check("put", &"k".repeat(1025), json!({}), 400);
  check(
    "put",
    "k",
    json!({ "customFields": [{ "k": "", "v": "v".repeat(8193) }] }),
    400,
  );
  check("put", "k", json!({ "object": 1, "onlyIf": 1 }), 400);
  check(
    "uploadPart",
    "k",
    json!({ "uploadId": "x", "partNumber": 1 }),
    400,
  );
  check("delete", "k", json!({}), 200);
  check("copy", "k", json!({}), 500);
  let request = Request::put("/").body(body(&r2.storage, BODY_LIMIT, "", &value));
  assert_eq!(r2.send_to("bucket", request.unwrap()).status(), 400);
  assert_eq!(count_files(&folder), 0);
}

#[test]
fn value_that_cannot_be_written_is_no_file() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  let database = r2
    .storage
    .database("r2", super::super::rows::MIGRATIONS)
    .unwrap();
  database
    .run(|connection| connection.execute_batch("DROP TABLE parts"))
    .unwrap();
  let answer = upload(&r2, &operation("put", "k", json!({})), &value(1_000_000));
  assert!(answer.render().contains("no such table: parts"));
  assert_eq!(count_files(&folder), 0);
}

#[test]
fn disk_that_fails_is_an_internal_error() {
  let folder = tempfile::tempdir().unwrap();
  // No folder can be made below a file.
  std::fs::write(folder.path().join("blobs"), "").unwrap();
  let r2 = on_disk(&folder.path().join("blobs"));
  r2.put("k", "old");
  upload(&r2, &operation("put", "k", json!({})), &value(1_000_000))
    .check("500 10001 We encountered an internal error. Please try again.");
  r2.get("k").check("200 old");
}

#[test]
fn file_that_has_gone_is_an_internal_error() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  upload(&r2, &operation("put", "k", json!({})), &value(1_000_000)).json();
  std::fs::remove_dir_all(folder.path().join("blobs")).unwrap();
  r2.get("k")
    .check("500 10001 We encountered an internal error. Please try again.");
  r2.head("k").check("200 ");
}

#[test]
fn metadata_that_is_large_is_read_from_its_file() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  let keys: Vec<_> = (0..3000).map(|index| format!("{index:01000}")).collect();
  let delete = json!({ "version": 1, "method": "delete", "objects": keys });
  upload(&r2, &delete, b"").check("200 ");
  assert_eq!(count_files(&folder), 0);
}

#[test]
fn value_beyond_the_limit_is_refused_though_it_was_cut() {
  let r2 = R2::new();
  let zeros = vec![0; 64 * 1024 * 1024];
  let check = |method: &str, bytes: u64, expected: &str| {
    let json = operation(method, "k", json!({ "uploadId": "x", "partNumber": 1 })).to_string();
    let limit = BodyLimit {
      bytes_max: json.len() as u64,
      ..BODY_LIMIT
    };
    let mut reader = BodyReader::new(limit, &r2.storage);
    reader.take(json.as_bytes());
    let mut rest = bytes;
    while rest > 0 {
      let piece = rest.min(zeros.len() as u64);
      reader.take(&zeros[..piece as usize]);
      rest -= piece;
    }
    let request = Request::put("/").header("cf-r2-metadata-size", json.len());
    let answer = r2.send_to("bucket", request.body(reader.finish()).unwrap());
    answer.check(expected);
  };
  let too_large = "400 100100 Your proposed upload exceeds the maximum allowed object size.";
  check("put", VALUE_BYTES_MAX + 1, too_large);
  check("uploadPart", VALUE_BYTES_MAX + 1, too_large);
  check("put", VALUE_BYTES_MAX, "200 ");
}

#[test]
fn parts_are_joined_as_they_are_read() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  let create = operation("createMultipartUpload", "k", json!({}));
  let id = r2.write(create, "").json()["uploadId"].clone();
  let value = value(2 * 5 * 1024 * 1024 + 1000);
  let mut parts = Vec::new();
  for (number, part) in (1..).zip(value.chunks(5 * 1024 * 1024)) {
    let fields = json!({ "uploadId": id, "partNumber": number });
    let uploaded = upload(&r2, &operation("uploadPart", "k", fields), part).json();
    parts.push(json!({ "etag": uploaded["etag"], "part": number }));
  }
  let complete = json!({ "uploadId": id, "parts": parts });
  r2.write(operation("completeMultipartUpload", "k", complete), "")
    .json();
  // The last part is small.
  assert_eq!(count_files(&folder), 2);

  let read = |fields: Value, expected: &[u8]| {
    let response = stream(&r2, &operation("get", "k", fields));
    let json_bytes = response.headers()["cf-r2-metadata-size"].to_str().unwrap();
    let json_bytes: usize = json_bytes.parse().unwrap();
    // An object that is replaced while it is read is read to its end.
    let mut joined = Vec::new();
    for mut payload in response.into_body().into_payloads() {
      while let Some(chunk) = payload.take_chunk() {
        let chunk = chunk.unwrap();
        assert!(chunk.len() <= CHUNK_BYTES);
        joined.extend(chunk);
      }
    }
    assert_eq!(&joined[json_bytes..], expected);
  };
  read(json!({}), &value);
  let range = json!({ "range": { "offset": "5242000", "length": "5243000" } });
  read(range, &value[5_242_000..10_485_000]);
  read(
    json!({ "range": { "suffix": "1001" } }),
    &value[value.len() - 1001..],
  );
}

#[test]
fn frames_bring_files_back() {
  let folder = tempfile::tempdir().unwrap();
  let r2 = on_disk(folder.path());
  let old = value(1_000_000);
  upload(&r2, &operation("put", "k", json!({})), &old).json();
  r2.storage.push().unwrap();
  upload(&r2, &operation("put", "k", json!({})), &value(2_000_000)).json();
  r2.delete("k");
  r2.storage.pop().unwrap();
  assert_eq!(r2.get("k").value(), old);
}
