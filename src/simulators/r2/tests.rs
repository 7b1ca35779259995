//! R2 as workerd sees it: requests in, responses out, on in-memory SQLite and a clock that stands.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::http::header::CONTENT_LENGTH;
use hyper::http::{Request, Response};
use serde_json::{Value, json};

use crate::simulators::RequestBody;
use crate::simulators::tests::testing::serve;
use crate::storage::{Clock, ManualClock, Storage};

mod conditions;
mod files;
mod list;
mod metadata;
mod multipart;
mod objects;
mod properties;
mod ranges;
mod requests;

const NOW_MS: u64 = 1_800_000_000_123;
const MD5_OF_HELLO: &str = "5d41402abc4b2a76b9719d911017c592";

struct R2 {
  storage: Storage,
  clock: Arc<ManualClock>,
}

impl R2 {
  fn new() -> Self {
    let clock = Arc::new(ManualClock::new(NOW_MS));
    Self {
      storage: Storage::new(Arc::clone(&clock) as Arc<dyn Clock>),
      clock,
    }
  }

  /// Every answer is checked to be one that workerd can read.
  #[track_caller]
  fn send_to(&self, bucket: &str, request: Request<impl Into<RequestBody>>) -> Answer {
    let response = serve("r2", bucket, &self.storage, request);
    assert_eq!(
      response.headers()[CONTENT_LENGTH],
      response.body().len().to_string()
    );
    for name in response.headers().keys() {
      let known = ["content-length", "cf-r2-metadata-size", "cf-r2-error"];
      assert!(known.contains(&name.as_str()), "{name}");
    }
    let error = response.headers().get("cf-r2-error").map(|error| {
      let error: Value = serde_json::from_str(error.to_str().unwrap()).unwrap();
      assert_eq!(error["version"], 1);
      format!("{} {}", error["v4code"], error["message"].as_str().unwrap())
    });
    if error.is_none() {
      assert!(matches!(response.status().as_u16(), 200 | 404 | 405));
    }
    Answer { response, error }
  }

  #[track_caller]
  fn read(&self, json: Value) -> Answer {
    self.send_to("bucket", read_request(&json))
  }

  #[track_caller]
  fn write(&self, json: Value, value: impl AsRef<[u8]>) -> Answer {
    self.send_to("bucket", write_request(&json, value))
  }

  #[track_caller]
  fn put(&self, key: &str, value: impl AsRef<[u8]>) -> Value {
    self.put_with(key, json!({}), value).json()
  }

  /// A `put` with more than a key.
  #[track_caller]
  fn put_with(&self, key: &str, fields: Value, value: impl AsRef<[u8]>) -> Answer {
    self.write(operation("put", key, fields), value)
  }

  #[track_caller]
  fn head(&self, key: &str) -> Answer {
    self.read(operation("head", key, json!({})))
  }

  #[track_caller]
  fn get(&self, key: &str) -> Answer {
    self.get_with(key, json!({}))
  }

  /// A `get` with more than a key.
  #[track_caller]
  fn get_with(&self, key: &str, fields: Value) -> Answer {
    self.read(operation("get", key, fields))
  }

  #[track_caller]
  fn delete(&self, key: &str) {
    self
      .write(operation("delete", key, json!({})), "")
      .check("200 ");
  }

  #[track_caller]
  fn list(&self, mut fields: Value) -> Answer {
    fields["version"] = 1.into();
    fields["method"] = "list".into();
    fields["newRuntime"] = true.into();
    self.read(fields)
  }

  /// All keys, in order.
  #[track_caller]
  fn keys(&self) -> Vec<String> {
    names(&self.list(json!({})).json())
  }
}

/// A response that is well-formed.
struct Answer {
  response: Response<Bytes>,
  /// Code and message.
  error: Option<String>,
}

impl Answer {
  fn status(&self) -> u16 {
    self.response.status().as_u16()
  }

  fn json_bytes(&self) -> usize {
    let size = self.response.headers().get("cf-r2-metadata-size");
    size.map_or(0, |size| size.to_str().unwrap().parse().unwrap())
  }

  /// The JSON of a success.
  #[track_caller]
  fn json(&self) -> Value {
    assert_eq!(self.status(), 200, "{}", self.render());
    self.description()
  }

  /// The JSON of a success or of a `get` that read nothing.
  #[track_caller]
  fn description(&self) -> Value {
    serde_json::from_slice(&self.response.body()[..self.json_bytes()]).unwrap()
  }

  fn value(&self) -> Bytes {
    self.response.body().slice(self.json_bytes()..)
  }

  /// The status, and what it is about: the error, or the value.
  fn render(&self) -> String {
    let text = match &self.error {
      Some(error) => error.clone(),
      None => String::from_utf8_lossy(&self.value()).into_owned(),
    };
    format!("{} {text}", self.status())
  }

  #[track_caller]
  fn check(&self, expected: &str) {
    assert_eq!(self.render(), expected);
    assert!(self.error.is_none() || self.value().is_empty());
  }
}

/// The JSON of an operation on `key`.
fn operation(method: &str, key: &str, mut fields: Value) -> Value {
  fields["version"] = 1.into();
  fields["method"] = method.into();
  fields["object"] = key.into();
  fields
}

fn read_request(json: &Value) -> Request<Bytes> {
  Request::builder()
    .uri("/")
    .header("cf-r2-request", json.to_string().into_bytes())
    .body(Bytes::new())
    .unwrap()
}

fn write_request(json: &Value, value: impl AsRef<[u8]>) -> Request<Bytes> {
  let json = json.to_string();
  Request::put("/")
    .header("cf-r2-metadata-size", json.len())
    .body([json.as_bytes(), value.as_ref()].concat().into())
    .unwrap()
}

/// The keys of the objects on a page.
fn names(page: &Value) -> Vec<String> {
  let objects = page["objects"].as_array().unwrap().iter();
  objects
    .map(|object| object["name"].as_str().unwrap().to_owned())
    .collect()
}
