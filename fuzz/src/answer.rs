//! What every answer of a storage product must be, whatever was asked.
//!
//! These are the rules that workerd relies on, and those by which users tell our bugs from their
//! mistakes. What is answered to a particular question is for the tests beside the products.

use hyper::ext::ReasonPhrase;
use hyper::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use vitest_pool_workerd::simulators::{Product, ResponseBody};

/// How the text of an answer to our own failures begins.
const BUG: &str = "Bug in vitest-pool-workerd";

/// What we call bugs of ours because workerd never sends it. Here it is sent.
const EXPECTED_BUGS: [&str; 7] = [
  ": metadata is not JSON",
  ": cannot read the body of a bulk get",
  ": do not know the request",
  ": cannot read the response of a put",
  ": the request has no usable header",
  ": cannot read a batch of messages",
  ": cannot decode a message of a batch",
];

/// An answer that is what it must be.
#[derive(Debug)]
pub struct Answer {
  /// The status.
  pub status: StatusCode,
  /// JSON that the answer is, or begins with.
  pub json: Option<Value>,
}

/// Checks an answer of `product`.
///
/// # Panics
/// When it is none that workerd, or a user, can make sense of.
#[must_use]
pub fn check(product: Product, response: Response<ResponseBody>) -> Answer {
  let (head, body) = response.into_parts();
  let lengths: Vec<_> = head.headers.get_all("content-length").iter().collect();
  assert_eq!(lengths, [&body.len().to_string()], "Content-Length");
  let bytes = body.read_all().expect("an answer's body can be read");
  assert_eq!(bytes.len() as u64, body.len(), "length of the body");
  let status = head.status;
  if status.is_informational() || matches!(status.as_u16(), 204 | 205 | 304) {
    assert!(bytes.is_empty(), "{status} has a body: {bytes:?}");
  }

  let phrase = head.extensions.get::<ReasonPhrase>();
  let phrase = phrase.map(|phrase| String::from_utf8_lossy(phrase.as_bytes()).into_owned());
  let is_refusal = phrase.is_some() && !is_hit(&head.headers);
  let words = phrase.unwrap_or_default();
  if let Some(cause) = words.strip_prefix(BUG) {
    let expected = EXPECTED_BUGS
      .iter()
      .any(|expected| cause.contains(expected));
    assert!(is_hit(&head.headers) || expected, "{words}");
  }
  if is_refusal {
    assert!(!words.is_empty() && words.len() <= 512, "reason: {words:?}");
    assert!(status.is_client_error() || status.is_server_error());
  }
  let json = match product {
    Product::Kv | Product::KvSites | Product::Secrets => kv(status, is_refusal, &bytes),
    Product::Queue => queue(&head.headers, is_refusal, &words, &bytes),
    Product::D1 => d1(&head.headers, status, &bytes),
    Product::R2 => r2(&head.headers, is_refusal, status, &bytes),
    Product::Cache | Product::CacheOff => {
      assert!(
        is_hit(&head.headers) || bytes.is_empty(),
        "{status} has a body"
      );
      None
    }
    // Their clients are ours; no target sends them anything.
    Product::RateLimit
    | Product::Analytics
    | Product::Email
    | Product::Assets
    | Product::AssetsRouter => None,
  };
  Answer { status, json }
}

fn is_hit(headers: &HeaderMap) -> bool {
  headers
    .get("cf-cache-status")
    .is_some_and(|status| status == "HIT")
}

fn kv(status: StatusCode, is_refusal: bool, body: &[u8]) -> Option<Value> {
  assert_eq!(status != 200, is_refusal, "{status}");
  assert!(!is_refusal || body.is_empty(), "{status} has a body");
  // A value, a page or entries.
  serde_json::from_slice(body).ok()
}

fn queue(headers: &HeaderMap, is_refusal: bool, words: &str, body: &[u8]) -> Option<Value> {
  if !is_refusal {
    assert_eq!(headers.len(), 1, "{headers:?}");
    return Some(json(body));
  }
  assert!(body.is_empty(), "a refusal has a body");
  assert_eq!(headers["cf-queues-error-cause"], words);
  let code = headers["cf-queues-error-code"].to_str();
  let code = code.expect("the code is ASCII").parse::<u16>();
  assert!(code.is_ok_and(|code| code >= 10_000));
  None
}

fn d1(headers: &HeaderMap, status: StatusCode, body: &[u8]) -> Option<Value> {
  if matches!(status.as_u16(), 404 | 405) {
    assert!(body.is_empty(), "{status} has a body");
    return None;
  }
  assert_eq!(headers["content-type"], "application/json");
  let answer: Value = json(body);
  match &answer {
    Value::Array(results) => {
      assert_eq!(status, 200);
      assert!(headers.contains_key("x-cf-d1-session-commit-token"));
      assert!(results.iter().all(|result| result["success"] == true));
    }
    failure => {
      assert!(matches!(status.as_u16(), 200 | 400), "{failure}");
      assert_eq!(failure["success"], false);
      assert!(failure["error"].is_string());
    }
  }
  Some(answer)
}

fn r2(headers: &HeaderMap, is_refusal: bool, status: StatusCode, body: &[u8]) -> Option<Value> {
  // Something else than the methods of a bucket.
  if is_refusal {
    assert!(
      body.is_empty() && matches!(status.as_u16(), 404 | 405),
      "{status}"
    );
    return None;
  }
  if let Some(error) = headers.get("cf-r2-error") {
    let error: Value = json(error.as_bytes());
    assert_eq!(error["version"], 1);
    assert!(error["v4code"].is_u64() && error["message"].is_string());
    // A `get` whose condition does not hold describes the object all the same.
    assert!(status == 412 || body.is_empty(), "{status} has a body");
  } else {
    assert_eq!(status, 200);
  }
  if body.is_empty() {
    return None;
  }
  let size = headers["cf-r2-metadata-size"].to_str();
  let size = size.expect("a length is ASCII").parse::<usize>();
  let description = body.get(..size.expect("a length is a number"));
  let description = description.expect("the body begins with the description");
  assert!(
    description.len() <= 1 << 20,
    "workerd does not read as much JSON"
  );
  Some(json(description))
}

#[track_caller]
fn json(text: &[u8]) -> Value {
  let value = serde_json::from_slice(text);
  value.unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(text)))
}
