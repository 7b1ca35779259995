//! Any sequence of operations on all products, with frames pushed and popped in between, leaves what a
//! model predicts; and a pop restores what its push saw, byte for byte.
//!
//! The model knows names and values. What else an answer says (versions, dates, cursors) is compared with
//! what the same question was answered before the push.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use hyper::http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::protocol::SCHEME_HEADER;
use crate::simulators::tests::testing::serve;
use crate::simulators::{BodyLimit, BodyReader, RequestBody};
use crate::storage::{INLINE_BYTES_MAX, ManualClock, Migrations, ResetTo, Storage};

const KEYS: [&str; 4] = ["a", "b", "c/d", "é"];

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Product {
  Kv,
  R2,
  D1,
  Cache,
}

const STORES: [Product; 4] = [Product::Kv, Product::R2, Product::D1, Product::Cache];

#[derive(Clone, Debug)]
enum Step {
  Put(Product, usize, Size),
  Delete(Product, usize),
  Send,
  Push,
  Pop,
  Replace,
  Reset,
}

/// Large values live in files, which frames do not touch.
#[derive(Clone, Copy, Debug)]
enum Size {
  Empty,
  Small,
  Large,
}

fn step() -> impl Strategy<Value = Step> {
  let product = || prop::sample::select(&STORES[..]);
  let size = prop_oneof![
    1 => Just(Size::Empty),
    8 => Just(Size::Small),
    1 => Just(Size::Large),
  ];
  prop_oneof![
    6 => (product(), 0..KEYS.len(), size).prop_map(|(product, key, size)| Step::Put(product, key, size)),
    3 => (product(), 0..KEYS.len()).prop_map(|(product, key)| Step::Delete(product, key)),
    1 => Just(Step::Send),
    2 => Just(Step::Push),
    2 => Just(Step::Pop),
    1 => Just(Step::Replace),
    1 => Just(Step::Reset),
  ]
}

/// What is stored: values by product and key, and messages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Model {
  values: BTreeMap<(Product, usize), String>,
  messages: u64,
}

/// What a push saw: the model's state, all answers, and the pages of the databases.
struct Frame {
  model: Model,
  answers: String,
  images: BTreeMap<&'static str, Vec<u8>>,
}

struct Products {
  storage: Storage,
  _folder: tempfile::TempDir,
}

impl Products {
  fn new() -> Self {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(1_800_000_000_000));
    let products = Self {
      storage: Storage::new(clock).with_blobs_in(folder.path().join("blobs")),
      _folder: folder,
    };
    products.create_table();
    products
  }

  fn create_table(&self) {
    let sql = "CREATE TABLE t (key INTEGER PRIMARY KEY, value TEXT)";
    self.query(sql, &json!([]));
  }

  fn ask(&self, product: &str, request: Request<Bytes>) -> (u16, Bytes, String) {
    let response = serve(product, "main", &self.storage, self.spooled(request));
    let headers = format!("{:?}", response.headers());
    (response.status().as_u16(), response.into_body(), headers)
  }

  /// As the server hands a body over: on disk if it is large.
  fn spooled(&self, request: Request<Bytes>) -> Request<RequestBody> {
    request.map(|body| {
      let limit = BodyLimit {
        bytes_max: u64::MAX,
        memory_bytes_max: INLINE_BYTES_MAX,
      };
      let mut reader = BodyReader::new(limit, &self.storage);
      reader.take(&body);
      reader.finish()
    })
  }

  fn query(&self, sql: &str, params: &Value) -> Value {
    let body = json!({ "sql": sql, "params": params }).to_string();
    let request = Request::post("/query?resultsFormat=ROWS_AND_COLUMNS").body(body.into());
    let (_, body, _) = self.ask("d1", request.unwrap());
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer[0]["success"], true, "{answer}");
    answer[0]["results"]["rows"].clone()
  }

  fn put(&self, product: Product, key: usize, value: &str) {
    let status = match product {
      Product::Kv => {
        let request = Request::put(kv_target(key)).body(value.to_owned().into());
        self.ask("kv", request.unwrap()).0
      }
      Product::R2 => {
        let head = json!({ "version": 1, "method": "put", "object": KEYS[key] }).to_string();
        let request = Request::put("/")
          .header("cf-r2-metadata-size", head.len())
          .body(format!("{head}{value}").into());
        self.ask("r2", request.unwrap()).0
      }
      Product::D1 => {
        self.query(
          "INSERT OR REPLACE INTO t VALUES (?, ?)",
          &json!([key, value]),
        );
        200
      }
      Product::Cache => {
        let entry = format!("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\n{value}");
        let request = cache_request("PUT", key, entry.into());
        self.ask("cache", request).0
      }
    };
    assert!((200..300).contains(&status), "{product:?}: {status}");
  }

  fn delete(&self, product: Product, key: usize) {
    match product {
      Product::Kv => {
        let request = Request::delete(kv_target(key)).body(Bytes::new());
        self.ask("kv", request.unwrap());
      }
      Product::R2 => {
        let head = json!({ "version": 1, "method": "delete", "object": KEYS[key] }).to_string();
        let request = Request::put("/")
          .header("cf-r2-metadata-size", head.len())
          .body(head.into());
        self.ask("r2", request.unwrap());
      }
      Product::D1 => {
        self.query("DELETE FROM t WHERE key = ?", &json!([key]));
      }
      Product::Cache => {
        self.ask("cache", cache_request("PURGE", key, Bytes::new()));
      }
    }
  }

  fn send(&self) {
    let request = Request::post("/message")
      .header("x-msg-fmt", "text")
      .body(Bytes::from_static(b"hello"));
    assert_eq!(self.ask("queue", request.unwrap()).0, 200);
  }

  /// The value and everything else that reading it says.
  fn get(&self, product: Product, key: usize) -> (Option<String>, String) {
    let text = |body: &[u8]| String::from_utf8(body.to_vec()).unwrap();
    match product {
      Product::Kv => {
        let request = Request::get(kv_target(key)).body(Bytes::new());
        let (status, body, headers) = self.ask("kv", request.unwrap());
        ((status == 200).then(|| text(&body)), headers)
      }
      Product::R2 => {
        let head = json!({ "version": 1, "method": "get", "object": KEYS[key] }).to_string();
        let request = Request::get("/")
          .header(
            "cf-r2-request",
            hyper::http::HeaderValue::from_bytes(head.as_bytes()).unwrap(),
          )
          .body(Bytes::new());
        let (status, body, headers) = self.ask("r2", request.unwrap());
        let all = text(&body);
        let value = (status == 200).then(|| {
          let mut objects = serde_json::Deserializer::from_slice(&body).into_iter::<Value>();
          objects.next().unwrap().unwrap();
          text(&body[objects.byte_offset()..])
        });
        (value, format!("{headers} {all:.200}"))
      }
      Product::D1 => {
        let rows = self.query("SELECT value, rowid FROM t WHERE key = ?", &json!([key]));
        (rows[0][0].as_str().map(str::to_owned), rows.to_string())
      }
      Product::Cache => {
        let (status, body, headers) = self.ask("cache", cache_request("GET", key, Bytes::new()));
        ((status == 200).then(|| text(&body)), headers)
      }
    }
  }

  fn backlog(&self) -> (u64, String) {
    let request = Request::get("/metrics").body(Bytes::new()).unwrap();
    let (_, body, _) = self.ask("queue", request);
    let metrics: Value = serde_json::from_slice(&body).unwrap();
    (
      metrics["backlogCount"].as_u64().unwrap(),
      metrics.to_string(),
    )
  }

  /// Everything that can be asked, as the model has it and as one text.
  fn observe(&self) -> (Model, String) {
    let mut model = Model::default();
    let mut answers = String::new();
    for product in STORES {
      for key in 0..KEYS.len() {
        let (value, rest) = self.get(product, key);
        let _ = writeln!(answers, "{product:?} {key} {value:?} {rest}");
        if let Some(value) = value {
          model.values.insert((product, key), value);
        }
      }
    }
    let (messages, rest) = self.backlog();
    model.messages = messages;
    let _ = writeln!(answers, "{rest}");
    (model, answers)
  }

  /// The pages of all databases, as SQLite would write them to a file, without those that are free.
  fn images(&self) -> BTreeMap<&'static str, Vec<u8>> {
    let image = |name| {
      // Each exists by now, so there is nothing to migrate.
      let database = self.storage.database(name, Migrations::NONE).unwrap();
      let image = database.run_mut(|connection| Ok(connection.serialize("main")?.to_vec()));
      (name, without_free_pages(image.unwrap()))
    };
    ["kv", "r2", "d1/main", "cache", "queues"].map(image).into()
  }

  fn frame(&self) -> Frame {
    let (model, answers) = self.observe();
    let images = self.images();
    Frame {
      model,
      answers,
      images,
    }
  }
}

/// SQLite does not restore what a page contained that was free, because nobody can ask for it.
fn without_free_pages(mut image: Vec<u8>) -> Vec<u8> {
  let number =
    |image: &[u8], at: usize| u32::from_be_bytes(image[at..at + 4].try_into().unwrap()) as usize;
  // The header has the size of a page, and the first page of the list of free ones. Each page of the
  // list has the next, a count, and so many free pages.
  let size = match u16::from_be_bytes([image[16], image[17]]) {
    1 => 65_536,
    size => usize::from(size),
  };
  let mut list = number(&image, 32);
  while list != 0 {
    let start = (list - 1) * size;
    let count = number(&image, start + 4);
    for at in 0..count {
      let free = (number(&image, start + 8 + 4 * at) - 1) * size;
      image[free..free + size].fill(0);
    }
    // What follows the count is of pages that were free once.
    image[start + 8 + 4 * count..start + size].fill(0);
    list = number(&image, start);
  }
  image
}

fn kv_target(key: usize) -> String {
  let key = percent_encoding::utf8_percent_encode(KEYS[key], percent_encoding::NON_ALPHANUMERIC);
  format!("/{key}?urlencoded=true")
}

fn cache_request(method: &str, key: usize, body: Bytes) -> Request<Bytes> {
  let request = Request::builder().method(method).uri(format!("/{key}"));
  let request = request.header("host", "x").header(SCHEME_HEADER, "https");
  request.body(body).unwrap()
}

fn value(size: Size, number: usize) -> String {
  match size {
    Size::Empty => String::new(),
    Size::Small => format!("value {number}"),
    Size::Large => format!("{number} ").repeat(INLINE_BYTES_MAX / 2 + 1000),
  }
}

proptest! {
  #![proptest_config(ProptestConfig::with_cases(40))]

  #[test]
  fn storage_is_what_a_model_predicts(steps in prop::collection::vec(step(), 1..60)) {
    let products = Products::new();
    let mut model = Model::default();
    let mut frames: Vec<Frame> = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
      match step {
        Step::Put(product, key, size) => {
          let value = value(size, number);
          products.put(product, key, &value);
          model.values.insert((product, key), value);
        }
        Step::Delete(product, key) => {
          products.delete(product, key);
          model.values.remove(&(product, key));
        }
        Step::Send => {
          products.send();
          model.messages += 1;
        }
        Step::Reset => {
          products.storage.reset(ResetTo::Empty).unwrap();
          products.create_table();
          model = Model::default();
        }
        Step::Push => {
          frames.push(products.frame());
          products.storage.push().unwrap();
        }
        Step::Pop | Step::Replace => {
          let Some(frame) = frames.pop() else {
            prop_assert!(products.storage.pop().is_err());
            continue;
          };
          if matches!(step, Step::Pop) {
            products.storage.pop().unwrap();
          } else {
            products.storage.replace().unwrap();
          }
          // Before anything is asked, since a question may delete what has expired.
          prop_assert!(products.images() == frame.images, "pages differ");
          let (_, answers) = products.observe();
          prop_assert_eq!(&answers, &frame.answers);
          model = frame.model.clone();
          if matches!(step, Step::Replace) {
            frames.push(frame);
          }
        }
      }
    }
    let (observed, _) = products.observe();
    prop_assert_eq!(observed, model);
  }
}
