//! D1 as workerd sees it: requests in, responses out, on in-memory SQLite and a clock that stands.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::http::header::CONTENT_LENGTH;
use hyper::http::{Request, Response};
use serde_json::{Value, json};

use crate::simulators::tests::testing::serve;
use crate::storage::{Clock, ManualClock, Storage};

mod errors;
mod frames;
mod permissions;
mod properties;
mod requests;
mod statements;
mod values;

struct D1 {
  storage: Storage,
}

impl D1 {
  fn new() -> Self {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(1_800_000_000_000));
    let storage = Storage::new(clock);
    Self { storage }
  }

  /// With the tables that most tests need, below two frames, as in a test run.
  #[track_caller]
  fn with(sql: &str) -> Self {
    let d1 = Self::new();
    if !sql.is_empty() {
      d1.rows(sql);
    }
    d1.storage.push().unwrap();
    d1.storage.push().unwrap();
    d1
  }

  #[track_caller]
  fn send(&self, target: &str, body: impl Into<Vec<u8>>) -> Response<Bytes> {
    let request = Request::post(target)
      .body(Bytes::from(body.into()))
      .unwrap();
    let response = serve("d1", "db", &self.storage, request);
    let length = response.body().len().to_string();
    assert_eq!(response.headers()[CONTENT_LENGTH], length);
    response
  }

  #[track_caller]
  fn json(&self, body: &Value) -> Value {
    let response = self.send("/query?resultsFormat=ROWS_AND_COLUMNS", body.to_string());
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_slice(response.body()).unwrap()
  }

  /// Sends a batch of texts without parameters, and returns its results or its error.
  #[track_caller]
  fn batch(&self, texts: &[&str]) -> Result<Vec<Value>, String> {
    let body: Vec<_> = texts.iter().map(|sql| json!({ "sql": sql })).collect();
    match self.json(&body.into()) {
      Value::Array(results) => Ok(results),
      failure => {
        assert_eq!(failure["success"], false);
        Err(failure["error"].as_str().unwrap().to_owned())
      }
    }
  }

  /// The rows of a single text, which must succeed.
  #[track_caller]
  fn rows(&self, sql: &str) -> Value {
    self.bind(sql, &json!([]))
  }

  #[track_caller]
  fn bind(&self, sql: &str, parameters: &Value) -> Value {
    let result = self.json(&json!({ "sql": sql, "params": parameters }));
    assert_eq!(result[0]["success"], true, "{sql}: {result}");
    result[0]["results"]["rows"].clone()
  }

  #[track_caller]
  fn meta(&self, sql: &str) -> Value {
    self.batch(&[sql]).unwrap()[0]["meta"].clone()
  }

  #[track_caller]
  fn check(&self, sql: &str, expected: &Value) {
    assert_eq!(self.rows(sql), *expected, "{sql}");
  }

  #[track_caller]
  fn check_error(&self, sql: &str, expected: &str) {
    assert_eq!(self.batch(&[sql]).unwrap_err(), expected, "{sql}");
  }
}
