//! Bodies of all kinds and sizes.

use std::fs;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;
use hyper::http::{Request, Response};
use tempfile::TempDir;

use super::super::wire::BODY_LIMIT;
use super::{Cache, fresh, message, render, request};
use crate::simulators::{BodyReader, RequestBody};

/// A cache whose large bodies are files.
struct OnDisk {
  cache: Cache,
  folder: TempDir,
}

impl OnDisk {
  fn new() -> Self {
    let folder = TempDir::new().unwrap();
    let mut cache = Cache::new();
    cache.storage = cache.storage.with_blobs_in(folder.path().join("blobs"));
    Self { cache, folder }
  }

  /// Puts what arrives in pieces, as it does from workerd.
  fn put(&self, head: &str, message: &[u8]) -> Response<Bytes> {
    let body = upload(&self.cache, message);
    self
      .cache
      .send_to("worker", request(head, "").map(|_| body))
  }

  fn files(&self) -> Vec<PathBuf> {
    files(&self.folder.path().join("blobs"))
  }
}

fn upload(cache: &Cache, message: &[u8]) -> RequestBody {
  let mut reader = BodyReader::new(BODY_LIMIT, &cache.storage);
  message.chunks(10_000).for_each(|piece| reader.take(piece));
  reader.finish()
}

fn files(folder: &Path) -> Vec<PathBuf> {
  let files = fs::read_dir(folder).into_iter().flatten();
  files.map(|file| file.unwrap().path()).collect()
}

fn large() -> String {
  (0..100_000).map(|number| format!("{number:06}")).collect()
}

#[test]
fn bodies_are_bytes_and_may_be_empty() {
  let cache = Cache::new();
  let bytes: Vec<u8> = (0..=255).collect();
  let mut message = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\n".to_vec();
  message.extend(&bytes);
  cache.check("PUT /bytes", message, "204");
  assert_eq!(cache.send("GET /bytes", "").body()[..], bytes);
  cache.check("PUT /empty", fresh(""), "204");
  cache.check("GET /empty", "", "200");
}

#[test]
fn body_of_unknown_length_is_the_rest() {
  let cache = Cache::new();
  let message = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n4\r\nbody\r\n\r\n";
  cache.check("PUT /", message, "204");
  cache.check("GET /", "", "200 4\r\nbody");
  assert_eq!(cache.send("GET /", "").headers()["content-length"], "11");
}

#[test]
fn compressed_body_stays_compressed() {
  let cache = Cache::new();
  cache.put(
    "200 OK",
    "Cache-Control: max-age=60\nContent-Encoding: gzip",
    "gzip",
  );
  let response = cache.send("GET /", "");
  assert_eq!(response.headers()["content-encoding"], "gzip");
  assert_eq!(response.body(), "gzip");
}

#[test]
fn body_that_was_cut_short_is_not_stored() {
  let cache = Cache::new();
  cache.send("PUT /", fresh("older"));
  let check = |declared: &str, expected: &str| {
    let message = format!(
      "HTTP/1.1 200 OK\r\nContent-Length: {declared}\r\nCache-Control: max-age=60\r\n\r\nnewer"
    );
    cache.check("PUT /", message, expected);
  };
  check("6", "413 its body should have 6 bytes and has 5");
  check("4", "413 its body should have 4 bytes and has 5");
  cache.check("GET /", "", "200 older");
  check("5", "204");
  cache.check("GET /", "", "200 newer");
}

#[test]
fn large_body_is_a_file_that_is_never_copied() {
  let disk = OnDisk::new();
  let body = large();
  let put = disk.put("PUT /", &fresh(&body));
  assert_eq!(render(&put), "204");
  assert_eq!(disk.files().len(), 1);
  assert_eq!(disk.cache.send("GET /", "").body(), &body);
  let part = disk.cache.send("GET /\nrange: bytes=300000-300011", "");
  assert_eq!(render(&part), "206 050000050001");
  let parts = disk.cache.send("GET /\nrange: bytes=6-11,-6", "");
  let parts = String::from_utf8_lossy(parts.body()).into_owned();
  assert!(parts.contains("\r\n\r\n000001\r\n--"), "{parts}");
  assert!(parts.contains("\r\n\r\n099999\r\n--"), "{parts}");
  assert_eq!(disk.files().len(), 1);
}

#[test]
fn refused_put_leaves_no_file() {
  let body = large();
  let check = |message: &[u8], expected: &str| {
    let disk = OnDisk::new();
    assert_eq!(render(&disk.put("PUT /", message)), expected);
    assert_eq!(disk.files().len(), 0);
    disk.cache.check("GET /", "", "504");
  };
  check(
    &message("200 OK", "Cache-Control: no-store", &body),
    "413 its Cache-Control has `no-store`",
  );
  check(&message("200 OK", "Cache-Control: max-age=0", &body), "204");
  check(&message("200 OK", "", &body), "204");
  let bug =
    "500 Bug in vitest-pool-workerd, please report it: cache: cannot read the response of a put";
  check(
    &[&b"\r\n\r\n"[..], body.as_bytes()].concat(),
    &format!("{bug}: `` is not a status line"),
  );
  check(
    body.as_bytes(),
    "413 its status and headers are longer than 131072 bytes",
  );
}

#[test]
fn frame_brings_a_large_body_back() {
  let disk = OnDisk::new();
  let body = large();
  disk.put("PUT /", &fresh(&body));
  disk.cache.storage.push().unwrap();
  disk.put("PUT /", &fresh(&"x".repeat(300_000)));
  disk.cache.check("PURGE /", "", "200");
  disk.cache.storage.pop().unwrap();
  assert_eq!(disk.cache.send("GET /", "").body(), &body);
}

#[test]
fn body_of_512_mib_is_the_longest() {
  let cache = Cache::new();
  // Only counted: nothing beyond the limit is kept.
  let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n";
  let limit = crate::simulators::BodyLimit {
    bytes_max: head.len() as u64,
    ..BODY_LIMIT
  };
  let mut reader = BodyReader::new(limit, &cache.storage);
  reader.take(head.as_bytes());
  let zeros = vec![0; 1 << 20];
  (0..512).for_each(|_| reader.take(&zeros));
  reader.take(b"!");
  let put = request("PUT /", "").map(|_| reader.finish());
  let expected = "413 its body has 536870913 bytes, more than 536870912";
  assert_eq!(render(&cache.send_to("worker", put)), expected);
}

#[test]
fn disk_that_takes_nothing_is_no_miss_without_a_word() {
  let folder = TempDir::new().unwrap();
  let file = folder.path().join("file");
  fs::write(&file, "").unwrap();
  let mut cache = Cache::new();
  cache.storage = cache.storage.with_blobs_in(file.join("blobs"));
  cache.check("PUT /", fresh("older"), "204");
  let body = upload(&cache, &fresh(&large()));
  let put: Request<RequestBody> = request("PUT /", "").map(|_| body);
  let answer = render(&cache.send_to("worker", put));
  let bug = "500 Bug in vitest-pool-workerd, please report it: cache: cannot keep a body on disk: ";
  assert!(answer.starts_with(bug), "{answer}");
  cache.check("GET /", "", "200 older");

  let disk = OnDisk::new();
  disk.put("PUT /", &fresh(&large()));
  fs::remove_file(&disk.files()[0]).unwrap();
  let answer = render(&disk.cache.send("GET /", ""));
  assert!(answer.starts_with(bug), "{answer}");
}
