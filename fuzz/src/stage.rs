//! Plays a script on the simulators of one runtime.
//!
//! Checked on the way: every answer is well-formed, ending a frame restores what its push saw, what
//! comes late leaves nothing, and when all frames have ended nothing is left at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hyper::http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::{Value, json};
use tempfile::TempDir;
use vitest_pool_workerd::protocol::SCHEME_HEADER;
use vitest_pool_workerd::simulators::{BodyReader, Product, RequestBody, Simulators};
use vitest_pool_workerd::storage::{ManualClock, Storage};

use crate::answer;
use crate::contents::Contents;
use crate::queues::{self, Consumers};
use crate::script::{self, Step, steps};

/// Fri, 15 Jan 2027 08:00:00 GMT.
const NOW_MS: u64 = 1_800_000_000_000;
/// More says nothing new, and takes long.
const STEPS_MAX: usize = 40;
const FRAMES_MAX: usize = 5;
const RESOURCES: [&str; 2] = ["a", "b"];
/// Enough for a value to become a file.
const REPEATED_BYTES_MAX: usize = 140_000;
/// Properties of answers that later requests need, which say so with `$` and the name.
const REMEMBERED: [&str; 4] = ["cursor", "etag", "uploadId", "version"];

/// Contents by the names of databases.
type Image = BTreeMap<String, Contents>;

struct Stage {
  simulators: Simulators,
  consumers: Consumers,
  /// Databases that exist.
  opened: BTreeSet<String>,
  /// What each push saw. The first is below everything that a script does.
  frames: Vec<Image>,
  remembered: BTreeMap<&'static str, String>,
  is_late: bool,
  // Goes after the storage, which has files in it.
  _folder: TempDir,
}

/// Plays `script`, of which only requests to `products` count.
///
/// # Panics
/// When something does not hold.
pub fn play(products: &[Product], script: &[u8]) {
  let mut stage = Stage::new();
  for step in steps(script).take(STEPS_MAX) {
    stage.step(products, &step);
  }
  while !stage.frames.is_empty() {
    stage.pop();
  }
  assert!(stage.simulators.pop_frame().is_err());
}

impl Stage {
  fn new() -> Self {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let clock = Arc::new(ManualClock::new(NOW_MS));
    let storage = Storage::new(clock).with_blobs_in(folder.path().join("blobs"));
    let mut stage = Self {
      simulators: Simulators::new(storage, queues::broker()),
      consumers: Consumers::default(),
      opened: BTreeSet::new(),
      frames: Vec::new(),
      remembered: BTreeMap::new(),
      is_late: false,
      _folder: folder,
    };
    stage.push();
    stage
  }

  fn step(&mut self, products: &[Product], step: &Step<'_>) {
    match step {
      Step::Push if self.frames.len() < FRAMES_MAX => self.push(),
      Step::Pop if self.frames.len() > 1 => self.pop(),
      Step::Replace if self.frames.len() > 1 => self.replace(),
      Step::Push | Step::Pop | Step::Replace => {}
      Step::Late => self.is_late = true,
      Step::Clock(at_ms) => self.simulators.stop_clock(*at_ms),
      Step::Request(request) => {
        let product = request.product.parse();
        let product = product.ok().filter(|product| products.contains(product));
        let resource = RESOURCES.into_iter().find(|name| *name == request.resource);
        if let (Some(product), Some(resource)) = (product, resource) {
          self.request(product, resource, request);
        }
      }
      Step::Take { queue, slot } => self.consumers.take(&self.simulators, queue, *slot),
      Step::Finish {
        queue,
        slot,
        result,
      } => self
        .consumers
        .finish(&self.simulators, queue, *slot, result),
    }
  }

  fn push(&mut self) {
    self.frames.push(self.image());
    let depth = self.simulators.push_frame().expect("a frame can begin");
    assert_eq!(depth.get() as usize, self.frames.len());
  }

  fn pop(&mut self) {
    let depth = self.simulators.pop_frame().expect("the frame can end");
    let frame = self.frames.pop().expect("it began");
    assert_eq!(depth.get() as usize, self.frames.len());
    self.check_restored(&frame);
  }

  fn replace(&mut self) {
    self.simulators.replace_frame().expect("the frame can end");
    let frame = self.frames.last().expect("it began").clone();
    self.check_restored(&frame);
  }

  fn check_restored(&self, frame: &Image) {
    for (name, contents) in self.image() {
      match frame.get(&name) {
        Some(before) => assert_eq!(contents, *before, "{name} after its frame"),
        // It was opened within the frame, so it must be as it opens.
        None => {
          assert!(
            contents.rows.is_empty(),
            "{name} after its first frame: {contents:?}"
          );
          assert!(
            !name.starts_with("d1/") || contents.schema.is_empty(),
            "{name} after its first frame: {}",
            contents.schema
          );
        }
      }
    }
  }

  fn image(&self) -> Image {
    let storage = self.simulators.storage();
    let read = |name: &String| (name.clone(), Contents::read(storage, name));
    self.opened.iter().map(read).collect()
  }

  fn request(&mut self, product: Product, resource: &'static str, written: &script::Request<'_>) {
    let Some(request) = self.read(product, written) else {
      return;
    };
    let is_list = matches!(product, Product::Kv | Product::KvSites)
      && (request.method(), request.uri().path()) == (&Method::GET, "/");
    self.open(product, resource);
    let serve = || self.simulators.serve(product.name(), resource, request);
    let response = if self.is_late {
      let before = self.image();
      let storage = self.simulators.storage();
      let frames_ended = storage.frames_ended().wrapping_sub(1);
      let response = storage.within_frame_or_undone(frames_ended, serve);
      assert_eq!(self.image(), before, "after a late request");
      response.expect("a late request can be undone")
    } else {
      serve()
    };
    self.is_late = false;
    let answer = answer::check(product, response);
    assert!(
      !is_list || answer.status != 200 || answer.json.is_some(),
      "a listing is JSON"
    );
    for name in REMEMBERED {
      if let Some(Value::String(text)) = answer.json.as_ref().and_then(|json| json.get(name)) {
        self.remembered.insert(name, text.clone());
      }
    }
  }

  /// Makes a database exist, so that it can be looked into. Comes before a request, since it would do
  /// what that has left undone.
  fn open(&mut self, product: Product, resource: &str) {
    let (name, request) = match product {
      Product::Kv | Product::KvSites | Product::Secrets => ("kv".to_owned(), Request::get("/k")),
      Product::R2 => ("r2".to_owned(), head_request()),
      Product::D1 => (format!("d1/{resource}"), Request::post("/query")),
      Product::Cache => ("cache".to_owned(), cache_request()),
      Product::Queue => ("queues".to_owned(), Request::get("/metrics")),
      Product::CacheOff
      | Product::RateLimit
      | Product::Analytics
      | Product::Email
      | Product::Assets
      | Product::AssetsRouter => return,
    };
    if self.opened.insert(name) {
      let body = RequestBody::from(r#"{"sql":"SELECT 1"}"#);
      let request = request.body(body).expect("it is a request");
      let response = self.simulators.serve(product.name(), resource, request);
      let _ = answer::check(product, response);
    }
  }

  /// `None` for what no HTTP server would hand on.
  fn read(&self, product: Product, written: &script::Request<'_>) -> Option<Request<RequestBody>> {
    let mut request = Request::new(RequestBody::from(""));
    *request.method_mut() = Method::from_bytes(written.method).ok()?;
    *request.uri_mut() = Uri::from_maybe_shared(self.filled_in(written.target)).ok()?;
    let mut repeated_bytes = 0;
    for (name, value) in &written.headers {
      let value = self.filled_in(value);
      if *name == b"fuzz-bytes" {
        repeated_bytes = crate::text(&value).parse().unwrap_or(0);
      } else if let Ok(name) = HeaderName::from_bytes(name)
        && let Ok(value) = HeaderValue::from_maybe_shared(value)
      {
        request.headers_mut().append(name, value);
      }
    }
    let body = self.filled_in(written.body);
    let body = complete(product, &mut request, repeated(body, repeated_bytes));
    let mut reader = BodyReader::new(product.body_limit(), self.simulators.storage());
    body.chunks(64 * 1024).for_each(|piece| reader.take(piece));
    *request.body_mut() = reader.finish();
    Some(request)
  }

  /// With what answers have told in place of the names that stand for it.
  fn filled_in(&self, written: &[u8]) -> Vec<u8> {
    if !written.contains(&b'$') {
      return written.to_owned();
    }
    let mut filled = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((first, after)) = rest.split_first() {
      let known = (*first == b'$').then(|| {
        let mut known = self.remembered.iter();
        known.find(|(name, _)| after.starts_with(name.as_bytes()))
      });
      if let Some((name, value)) = known.flatten() {
        filled.extend(value.as_bytes());
        rest = &after[name.len()..];
      } else {
        filled.push(*first);
        rest = after;
      }
    }
    filled
  }
}

/// As many bytes as asked for, if `body` has any to be repeated.
fn repeated(body: Vec<u8>, bytes: usize) -> Vec<u8> {
  let bytes = bytes.min(REPEATED_BYTES_MAX);
  if body.is_empty() || bytes <= body.len() {
    return body;
  }
  body.iter().copied().cycle().take(bytes).collect()
}

/// Adds what workerd never leaves out, and what a mutation could hardly get right.
fn complete(product: Product, request: &mut Request<RequestBody>, body: Vec<u8>) -> Vec<u8> {
  let headers = request.headers_mut();
  match product {
    Product::Cache | Product::CacheOff => {
      let host = HeaderValue::from_static("x");
      headers.entry("host").or_insert(host);
      let scheme = HeaderValue::from_static("https");
      headers.entry(SCHEME_HEADER).or_insert(scheme);
      body
    }
    // The first line of the body is the JSON in front of the value, and of all of it for reads.
    Product::R2 if !headers.contains_key("cf-r2-metadata-size") => {
      let line_end = body.iter().position(|byte| *byte == b'\n');
      let (json, value) = match line_end {
        Some(end) => (&body[..end], &body[end + 1..]),
        None => (&body[..], &[][..]),
      };
      headers.insert("cf-r2-metadata-size", HeaderValue::from(json.len()));
      if let Ok(json) = HeaderValue::from_bytes(json) {
        headers.entry("cf-r2-request").or_insert(json);
      }
      [json, value].concat()
    }
    // SQL as it is, without the JSON around it.
    Product::D1 if !body.starts_with(b"{") && !body.starts_with(b"[") => {
      let sql = String::from_utf8_lossy(&body);
      json!({ "sql": sql }).to_string().into_bytes()
    }
    _ => body,
  }
}

fn head_request() -> hyper::http::request::Builder {
  let json = r#"{"version":1,"method":"head","object":"k"}"#;
  Request::get("/").header("cf-r2-request", json)
}

fn cache_request() -> hyper::http::request::Builder {
  let request = Request::get("/k").header("host", "x");
  request.header(SCHEME_HEADER, "https")
}
