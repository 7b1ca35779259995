//! KV as workerd sees it: requests in, responses out, on in-memory SQLite and a clock that stands.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::http::header::CONTENT_LENGTH;
use hyper::http::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::rows;
use crate::simulators::RequestBody;
use crate::simulators::tests::testing::serve;
use crate::storage::{Clock, ManualClock, Storage};

mod bulk;
mod list;
mod properties;

const NOW_S: u64 = 1_800_000_000;

struct Kv {
  storage: Storage,
  clock: Arc<ManualClock>,
  product: &'static str,
}

impl Kv {
  fn new() -> Self {
    let clock = Arc::new(ManualClock::new(NOW_S * 1000));
    Self {
      storage: Storage::new(Arc::clone(&clock) as Arc<dyn Clock>),
      clock,
      product: "kv",
    }
  }

  #[track_caller]
  fn send_to(&self, namespace: &str, request: Request<impl Into<RequestBody>>) -> Response<Bytes> {
    let response = serve(self.product, namespace, &self.storage, request);
    assert_eq!(
      response.headers()[CONTENT_LENGTH],
      response.body().len().to_string()
    );
    assert!(response.status().is_success() || response.body().is_empty());
    for name in response.headers().keys() {
      assert!(
        ["content-length", "cf-kv-metadata"].contains(&name.as_str()),
        "{name}"
      );
    }
    response
  }

  /// `line` is the method and the target.
  #[track_caller]
  fn send(&self, line: &str, body: impl Into<Vec<u8>>) -> Response<Bytes> {
    self.send_to("ns", request(line, body))
  }

  #[track_caller]
  fn put_with_metadata(&self, key: &str, metadata: impl AsRef<[u8]>) -> Response<Bytes> {
    let mut request = request(&format!("PUT /{key}"), "value");
    let metadata = metadata.as_ref().try_into().unwrap();
    request.headers_mut().insert("cf-kv-metadata", metadata);
    self.send_to("ns", request)
  }

  /// Sends `line` with `body`, and compares the status and what follows it: the body of a success,
  /// the reason phrase of an error.
  #[track_caller]
  fn check(&self, line: &str, body: impl Into<Vec<u8>>, expected: &str) {
    assert_eq!(render(&self.send(line, body)), expected, "{line}");
  }

  #[track_caller]
  fn json(&self, line: &str, body: impl Into<Vec<u8>>) -> Value {
    let response = self.send(line, body);
    assert_eq!(response.status(), 200, "{}", render(&response));
    serde_json::from_slice(response.body()).unwrap()
  }

  #[track_caller]
  fn names(&self, line: &str) -> Vec<String> {
    let page = self.json(line, "");
    page["keys"]
      .as_array()
      .unwrap()
      .iter()
      .map(|key| key["name"].as_str().unwrap().into())
      .collect()
  }
}

fn request(line: &str, body: impl Into<Vec<u8>>) -> Request<Bytes> {
  let (method, target) = line.split_once(' ').unwrap();
  Request::builder()
    .method(method)
    .uri(target)
    .body(Bytes::from(body.into()))
    .unwrap()
}

fn render(response: &Response<Bytes>) -> String {
  let text = match response.extensions().get::<ReasonPhrase>() {
    Some(reason) => reason.as_bytes(),
    None => response.body(),
  };
  format!(
    "{} {}",
    response.status().as_u16(),
    String::from_utf8_lossy(text)
  )
  .trim_end()
  .to_owned()
}

fn encode(text: &str) -> String {
  utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[test]
fn put_get_delete() {
  let kv = Kv::new();
  kv.check("GET /k?urlencoded=true", "", "404 Not Found");
  kv.check("PUT /k?urlencoded=true", "one", "200");
  kv.check("GET /k?urlencoded=true", "", "200 one");
  kv.check("PUT /k?urlencoded=true", "two", "200");
  kv.check("GET /k?urlencoded=true", "", "200 two");
  kv.check("DELETE /k?urlencoded=true", "", "200");
  kv.check("GET /k?urlencoded=true", "", "404 Not Found");
  kv.check("DELETE /k?urlencoded=true", "", "200");
}

#[test]
fn values_are_bytes_and_may_be_empty() {
  let kv = Kv::new();
  let bytes: Vec<u8> = (0..=255).collect();
  kv.check("PUT /bytes", bytes.clone(), "200");
  assert_eq!(kv.send("GET /bytes", "").body()[..], bytes);
  kv.check("PUT /empty", "", "200");
  kv.check("GET /empty", "", "200");
}

#[test]
fn namespaces_share_nothing() {
  let kv = Kv::new();
  kv.send_to("a", request("PUT /k", "of a"));
  assert_eq!(
    render(&kv.send_to("b", request("GET /k", ""))),
    "404 Not Found"
  );
  assert_eq!(render(&kv.send_to("b", request("DELETE /k", ""))), "200");
  assert_eq!(render(&kv.send_to("a", request("GET /k", ""))), "200 of a");
  assert_eq!(
    render(&kv.send_to("b", request("GET /", ""))),
    render(&kv.send("GET /", ""))
  );
}

#[test]
fn key_has_one_meaning_in_both_spellings() {
  let kv = Kv::new();
  let check = |get: &str, delete: &str, key: &str| {
    kv.check(&format!("PUT /{get}?urlencoded=true"), key, "200");
    kv.check(
      &format!("GET /{get}?urlencoded=true"),
      "",
      &format!("200 {key}"),
    );
    assert_eq!(kv.names("GET /"), [key]);
    kv.check(&format!("DELETE /{delete}?urlencoded=true"), "", "200");
    assert_eq!(kv.names("GET /"), [""; 0]);
  };
  check("k", "k", "k");
  check("a+b", "a%2Bb", "a+b");
  check("a%20b", "a%20b", "a b");
  check("..%2Fx", "..%2Fx", "../x");
  check("../x", "..%2Fx", "../x");
  check("bulk%2Fget", "bulk%2Fget", "bulk/get");
  check("bulk/get", "bulk%2Fget", "bulk/get");
  check("a%2525b", "a%2525b", "a%25b");
  check("%E6%97%A5%E6%9C%AC", "%E6%97%A5%E6%9C%AC", "日本");
  check("%00", "%00", "\0");
  check("%2E%2E%2E", "...", "...");
  check("undefined", "undefined", "undefined");
  check("%2F", "/", "/");
  check(
    "a%20b%2Fc%3Fd%23e%25f&g+h=%C3%A9~!*()'@:,;$[]|^%60%7B%7D%22%3C%3E%5C",
    "a%20b%2Fc%3Fd%23e%25f%26g%2Bh%3D%C3%A9~!*()'%40%3A%2C%3B%24%5B%5D%7C%5E%60%7B%7D%22%3C%3E%5C",
    "a b/c?d#e%f&g+h=é~!*()'@:,;$[]|^`{}\"<>\\",
  );
}

#[test]
fn keys_that_are_refused() {
  let kv = Kv::new();
  let check = |key: &str, expected: &str| {
    for method in ["GET", "PUT", "DELETE"] {
      kv.check(&format!("{method} /{key}?urlencoded=true"), "", expected);
    }
  };
  check(
    "%2E",
    r#"400 Illegal key name ".". Please use a different name."#,
  );
  check(
    "..",
    r#"400 Illegal key name "..". Please use a different name."#,
  );
  check(
    &"x".repeat(513),
    "414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
  );
  check(
    &"%C3%A9".repeat(257),
    "414 UTF-8 encoded length of 514 exceeds key length limit of 512.",
  );
  for undecodable in [
    "%",
    "%4",
    "a%zzb",
    "%%41",
    "%FF",
    "%C3",
    "%ED%A0%80",
    "%+1",
    "%41%",
  ] {
    check(undecodable, "400 Could not URL-decode key name");
  }
  kv.check("PUT /", "", "400 Key names must not be empty");
  kv.check(
    "DELETE /?urlencoded=true",
    "",
    "400 Key names must not be empty",
  );
}

#[test]
fn key_of_512_bytes_is_stored() {
  let kv = Kv::new();
  kv.check(&format!("PUT /{}", "%C3%A9".repeat(256)), "value", "200");
  assert_eq!(kv.names("GET /"), ["é".repeat(256)]);
}

#[test]
fn cache_ttl_is_checked_and_ignored() {
  let kv = Kv::new();
  kv.send("PUT /k", "v");
  kv.check("GET /k?urlencoded=true&cache_ttl=30", "", "200 v");
  kv.check("GET /k?cache_ttl=99999999999999999999999", "", "200 v");
  for bad in ["29", "0", "-1", "x", "-99999999999999999999999"] {
    let expected = format!("400 Invalid cache_ttl of {bad}. Cache TTL must be at least 30.");
    kv.check(
      &format!("GET /k?urlencoded=true&cache_ttl={bad}"),
      "",
      &expected,
    );
  }
}

#[test]
fn expiration_ttl_that_is_refused() {
  let check = |ttl: &str, expected: &str| {
    let expected = format!("400 Invalid expiration_ttl of {ttl}. {expected}");
    Kv::new().check(
      &format!("PUT /k?urlencoded=true&expiration_ttl={ttl}"),
      "v",
      &expected,
    );
  };
  check("0", "Please specify integer greater than 0.");
  check("-1", "Please specify integer greater than 0.");
  check("x", "Please specify integer greater than 0.");
  check("", "Please specify integer greater than 0.");
  check("1", "Expiration TTL must be at least 60.");
  check("59", "Expiration TTL must be at least 60.");
  check("59.9", "Expiration TTL must be at least 60.");
}

#[test]
fn expiration_that_is_refused() {
  let check = |expiration: &str, expected: &str| {
    let expected = format!("400 Invalid expiration of {expiration}. {expected}");
    Kv::new().check(
      &format!("PUT /k?urlencoded=true&expiration={expiration}"),
      "v",
      &expected,
    );
  };
  let past =
    "Please specify integer greater than the current number of seconds since the UNIX epoch.";
  check("1", past);
  check("x", past);
  check("-99999999999999999999", past);
  check(&NOW_S.to_string(), past);
  let too_soon = "Expiration times must be at least 60 seconds in the future.";
  check(&(NOW_S + 1).to_string(), too_soon);
  check(&(NOW_S + 59).to_string(), too_soon);
}

#[test]
fn expiration_is_listed_in_seconds() {
  let check = |query: &str, expected: Value| {
    let kv = Kv::new();
    kv.clock.advance_ms(999);
    kv.check(&format!("PUT /k?urlencoded=true{query}"), "v", "200");
    assert_eq!(kv.json("GET /", "")["keys"][0]["expiration"], expected);
  };
  check("", Value::Null);
  check("&expiration_ttl=60", json!(NOW_S + 60));
  check("&expiration_ttl=0x40", json!(NOW_S + 64));
  check(&format!("&expiration={}", NOW_S + 60), json!(NOW_S + 60));
  check("&expiration=1&expiration_ttl=100", json!(NOW_S + 100));
  check(
    "&expiration=2000000000&expiration_ttl=%20100s",
    json!(NOW_S + 100),
  );
  check("&expiration_ttl=99999999999999999999", json!(i64::MAX));
  check("&expiration=99999999999999999999", json!(i64::MAX));
}

#[test]
fn entry_is_gone_when_its_time_has_come() {
  let kv = Kv::new();
  kv.send("PUT /k?expiration_ttl=60", "v");
  let at = |ms: u64| kv.clock.set_ms(NOW_S * 1000 + ms);
  at(59_999);
  kv.check("GET /k", "", "200 v");
  at(60_000);
  assert_eq!(
    kv.names("GET /"),
    ["k"],
    "a listing includes the last millisecond"
  );
  at(60_001);
  assert_eq!(kv.names("GET /"), [""; 0]);
  kv.check("GET /k", "", "404 Not Found");

  at(0);
  kv.check("GET /k", "", "404 Not Found");
  kv.send("PUT /k?expiration_ttl=60", "v");
  at(60_000);
  kv.check("GET /k", "", "404 Not Found");
  assert_eq!(kv.names("GET /"), [""; 0], "`get` deletes what has expired");
}

#[test]
fn expired_entry_returns_with_its_frame_but_stays_expired() {
  let kv = Kv::new();
  kv.send("PUT /k?expiration_ttl=60", "v");
  kv.storage.push().unwrap();
  kv.clock.advance_ms(60_000);
  kv.check("GET /k", "", "404 Not Found");
  kv.storage.pop().unwrap();
  kv.check("GET /k", "", "404 Not Found");
}

#[test]
fn put_replaces_expiry_and_metadata_too() {
  let kv = Kv::new();
  kv.put_with_metadata("k?expiration_ttl=60", "1");
  kv.send("PUT /k", "v");
  assert!(
    !kv
      .send("GET /k", "")
      .headers()
      .contains_key("cf-kv-metadata")
  );
  assert_eq!(kv.json("GET /", "")["keys"], json!([{ "name": "k" }]));
}

#[test]
fn metadata_comes_back_as_it_was_sent() {
  let check = |metadata: &str| {
    let kv = Kv::new();
    assert_eq!(render(&kv.put_with_metadata("k", metadata)), "200");
    assert_eq!(
      kv.send("GET /k", "").headers()["cf-kv-metadata"].as_bytes(),
      metadata.as_bytes()
    );
    assert_eq!(kv.json("GET /", "")["keys"][0]["metadata"], json!(metadata));
    let bulk = r#"{"keys":["k"],"withMetadata":true}"#;
    let expected = serde_json::from_str::<Value>(metadata).unwrap();
    assert_eq!(kv.json("POST /bulk/get", bulk)["k"]["metadata"], expected);
  };
  check(r#"{"a":"é\n","b":[1,null]}"#);
  check(r#""str""#);
  check("0");
  check("false");
  check(r#"{"z":1,"a":2,"日本":"𐍈"}"#);
  check(&format!("\"{}\"", "x".repeat(1022)));
}

#[test]
fn metadata_that_is_refused() {
  let kv = Kv::new();
  let check = |metadata: &[u8], expected: &str| {
    let answer = render(&kv.put_with_metadata("k", metadata));
    assert!(answer.starts_with(expected), "{answer}");
    kv.check("GET /k", "", "404 Not Found");
  };
  let too_long = |json: String| {
    format!(
      "413 Metadata length of {} exceeds limit of 1024.",
      json.len()
    )
  };
  check(&[b'1'; 1025], &too_long("1".repeat(1025)));
  let bytes = format!("\"{}\"", "é".repeat(512));
  check(
    bytes.as_bytes(),
    "413 Metadata length of 1026 exceeds limit of 1024.",
  );
  let bug = "500 Bug in vitest-pool-workerd, please report it: kv: metadata is not JSON: ";
  check(b"", bug);
  check(b"{", bug);
  check(b"1 2", bug);
  check(b"\"\xFF\"", bug);
}

#[test]
fn value_of_25_mib_is_the_longest() {
  let kv = Kv::new();
  kv.check("PUT /k", vec![0; 26_214_400], "200");
  assert_eq!(kv.send("GET /k", "").body().len(), 26_214_400);
  let expected = "413 Value length of 26214401 exceeds limit of 26214400.";
  kv.check("PUT /k", vec![0; 26_214_401], expected);

  let cut_short = request("PUT /k", "").map(|_| RequestBody::cut(1 << 40));
  let expected = "413 Value length of 1099511627776 exceeds limit of 26214400.";
  assert_eq!(render(&kv.send_to("ns", cut_short)), expected);
}

#[test]
fn requests_that_no_method_makes_are_our_bug() {
  let bug = "500 Bug in vitest-pool-workerd, please report it: kv: do not know the request";
  Kv::new().check("PATCH /k", "", &format!("{bug} PATCH /k"));
  Kv::new().check("POST /k", "", &format!("{bug} POST /k"));
  Kv::new().check("POST /bulk%2Fget", "", &format!("{bug} POST /bulk%2Fget"));
  Kv::new().check("OPTIONS *", "", &format!("{bug} OPTIONS *"));
}

#[test]
fn sites_namespace_is_read_only() {
  let mut kv = Kv::new();
  kv.check("PUT /k", "v", "200");
  kv.product = "kv-sites";
  kv.check("GET /k", "", "200 v");
  assert_eq!(kv.names("GET /"), ["k"]);
  let check = |line: &str, method: &str| {
    kv.check(
      line,
      "",
      &format!("405 Cannot {method}() with Workers Sites namespace"),
    );
  };
  check("PUT /k", "put");
  check("DELETE /k", "delete");
  check("POST /bulk/get", "post");
}

#[test]
fn failure_of_storage_is_our_bug_and_not_an_absent_key() {
  let kv = Kv::new();
  kv.send("PUT /k", "v");
  let database = kv
    .storage
    .database(rows::DATABASE, rows::MIGRATIONS)
    .unwrap();
  database
    .run(|connection| connection.execute_batch("DROP TABLE entries"))
    .unwrap();
  let expected = "500 Bug in vitest-pool-workerd, please report it: kv: SQLite failed in database `kv`: no such table: entries";
  for line in ["GET /k", "GET /", "PUT /k", "DELETE /k"] {
    let answer = render(&kv.send(line, ""));
    assert!(answer.starts_with(expected), "{answer}");
  }
}
