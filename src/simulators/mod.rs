//! Our stand-ins for Cloudflare's storage products, behind the HTTP that workerd speaks to them.
//!
//! This file is the registry. A new product is a folder with the same files as `kv/`, a variant
//! and a line in each function of [`Product`]. HTTP types end at a product's `wire.rs`, SQL begins
//! at its `rows.rs`, and between them is plain Rust.
//!
//! Invariant: whatever arrives, [`serve`] returns a well-formed answer. workerd turns anything
//! else into an internal error of its own, which tells the user nothing.
//! Not here: sockets, and reading bodies.

mod answer;
pub mod assets;
mod body;
mod cache;
mod d1;
mod keys;
mod kv;
pub mod queues;
mod r2;
mod rate_limit;
pub mod records;

use std::collections::BTreeMap;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use hyper::http::{HeaderValue, Request, Response, StatusCode};

use self::assets::{Assets, Routing};
use self::queues::Broker;
use self::records::{Log, Records};
use crate::protocol::FOR_WORKER_HEADER;
use crate::storage::{FrameDepth, ResetTo, Storage, StorageError};

pub use self::body::{BodyLimit, BodyReader, RequestBody, ResponseBody};

/// A product as the injected request header names it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Product {
  /// A KV namespace; the resource is its id.
  Kv,
  /// The KV namespace of a Workers Sites project: the same rows as [`Kv`](Self::Kv), which is how
  /// the host fills it, but only reads are allowed.
  KvSites,
  /// The secrets of a store, which are a KV namespace of its own; the resource is the id of the store.
  Secrets,
  /// A D1 database; the resource is its id.
  D1,
  /// An R2 bucket; the resource is its name.
  R2,
  /// The Cache API of a Worker; the resource is the Worker's name.
  Cache,
  /// The Cache API where it is switched off: stores nothing and finds nothing.
  CacheOff,
  /// The producing end of a queue; the resource is the queue's name.
  Queue,
  /// The static assets of a Worker; the resource is the Worker.
  Assets,
  /// The same in front of the Worker: answers also that a request is for it.
  AssetsRouter,
  /// A rate limiter; the resource is the id of its namespace.
  RateLimit,
  /// An Analytics Engine dataset; the resource is its name.
  Analytics,
  /// Emails that are sent; the resource is the binding.
  Email,
}

impl Product {
  /// Every product that has a simulator.
  pub const ALL: [Self; 13] = [
    Self::Kv,
    Self::KvSites,
    Self::Secrets,
    Self::D1,
    Self::R2,
    Self::Cache,
    Self::CacheOff,
    Self::Queue,
    Self::Assets,
    Self::AssetsRouter,
    Self::RateLimit,
    Self::Analytics,
    Self::Email,
  ];

  /// The name on the wire.
  #[must_use]
  pub const fn name(self) -> &'static str {
    match self {
      Self::Kv => "kv",
      Self::KvSites => "kv-sites",
      Self::Secrets => "secrets",
      Self::D1 => "d1",
      Self::R2 => "r2",
      Self::Cache => "cache",
      Self::CacheOff => "cache-off",
      Self::Queue => "queue",
      Self::Assets => "assets",
      Self::AssetsRouter => "assets-router",
      Self::RateLimit => "rate-limit",
      Self::Analytics => "analytics",
      Self::Email => "email",
    }
  }

  /// How much of a request's body it makes use of.
  #[must_use]
  pub const fn body_limit(self) -> BodyLimit {
    match self {
      Self::Kv | Self::KvSites | Self::Secrets => kv::BODY_LIMIT,
      Self::D1 => d1::BODY_LIMIT,
      Self::R2 => r2::BODY_LIMIT,
      Self::Cache | Self::CacheOff => cache::BODY_LIMIT,
      Self::Queue => queues::BODY_LIMIT,
      // Nothing of a body matters, but that it is read.
      Self::Assets | Self::AssetsRouter => BodyLimit {
        bytes_max: 1,
        memory_bytes_max: 1,
      },
      Self::RateLimit => rate_limit::BODY_LIMIT,
      Self::Analytics | Self::Email => records::BODY_LIMIT,
    }
  }

  fn serve(
    self,
    resource: &str,
    storage: &Storage,
    broker: &Broker,
    (records, assets): (&Records, &AssetsOf),
    request: Request<RequestBody>,
  ) -> Response<ResponseBody> {
    match self {
      Self::Kv => kv::serve(kv::Access::ReadWrite, resource, storage, request),
      Self::KvSites => kv::serve(kv::Access::Sites, resource, storage, request),
      Self::Secrets => {
        let namespace = format!("secrets-store:{resource}");
        kv::serve(kv::Access::ReadWrite, &namespace, storage, request)
      }
      Self::D1 => d1::serve(resource, storage, request),
      Self::R2 => r2::serve(resource, storage, request),
      Self::Cache => cache::serve(cache::Access::On, resource, storage, request),
      Self::CacheOff => cache::serve(cache::Access::Off, resource, storage, request),
      Self::Queue => queues::serve(resource, storage, broker, request),
      Self::Assets | Self::AssetsRouter => {
        let (head, _) = request.into_parts();
        match assets.get(resource) {
          Some(assets) if self == Self::AssetsRouter && assets.route(&head) == Routing::Worker => {
            let mut response = answer::ok(ResponseBody::default());
            let value = HeaderValue::from_static("1");
            response.headers_mut().insert(FOR_WORKER_HEADER, value);
            response
          }
          Some(assets) => assets.serve(&head),
          None => answer::refusal(StatusCode::NOT_FOUND, "Not Found"),
        }
      }
      Self::RateLimit => rate_limit::serve(resource, storage, request),
      Self::Analytics | Self::Email => {
        let log = format!("{}/{resource}", self.name());
        records::serve(&log, storage, records, request)
      }
    }
  }

  /// A failure of ours, where this product's client looks for errors.
  fn bug(self, cause: &dyn Error) -> Response<ResponseBody> {
    match self {
      Self::D1 => d1::bug(cause),
      Self::R2 => r2::bug(cause),
      Self::Queue => queues::bug(cause),
      Self::Kv
      | Self::KvSites
      | Self::Secrets
      | Self::Cache
      | Self::CacheOff
      | Self::Assets
      | Self::AssetsRouter
      | Self::RateLimit
      | Self::Analytics
      | Self::Email => answer::bug(self.name(), cause),
    }
  }
}

impl FromStr for Product {
  type Err = UnknownProduct;

  fn from_str(name: &str) -> Result<Self, UnknownProduct> {
    let product = Self::ALL.into_iter().find(|product| product.name() == name);
    product.ok_or_else(|| UnknownProduct {
      name: name.to_owned(),
    })
  }
}

/// No simulator has this name. The names come from our own config, so this is a bug of ours.
#[derive(Debug, thiserror::Error)]
#[error("no simulator is called `{name}`")]
pub struct UnknownProduct {
  name: String,
}

/// The simulators of one runtime, with everything that they have stored.
#[derive(Debug)]
pub struct Simulators {
  storage: Storage,
  broker: Broker,
  records: Records,
  assets: AssetsOf,
}

/// Static assets by Worker.
pub type AssetsOf = BTreeMap<String, Assets>;

impl Simulators {
  /// Simulators that keep their data in `storage`, and deliver messages of queues as `broker` says.
  #[must_use]
  pub fn new(storage: Storage, broker: Broker) -> Self {
    Self {
      storage,
      broker,
      records: Records::default(),
      assets: AssetsOf::new(),
    }
  }

  /// The same, with these assets.
  #[must_use]
  pub fn with_assets(self, assets: AssetsOf) -> Self {
    Self { assets, ..self }
  }

  /// What they have stored.
  #[must_use]
  pub fn storage(&self) -> &Storage {
    &self.storage
  }

  /// Answers one request to `resource` of `product`, for example namespace `sessions` of `kv`.
  ///
  /// Blocks on SQLite and on files, so it does not belong on an async thread. Never panics, and answers
  /// failures of ours with a 500 whose reason phrase says that the bug is ours; the cause is logged.
  /// Every answer has `Content-Length`, and error answers are empty unless workerd reads them.
  #[must_use]
  pub fn serve(
    &self,
    product: &str,
    resource: &str,
    request: Request<RequestBody>,
  ) -> Response<ResponseBody> {
    let Self {
      storage,
      broker,
      records,
      assets,
    } = self;
    serve(
      product,
      resource,
      (storage, broker, records, assets),
      request,
    )
  }

  /// Everything that is in a log of records, such as `analytics/clicks` or `email/MAILER`. Blocks on SQLite.
  ///
  /// # Errors
  /// When storage fails.
  pub fn read_log(&self, log: &str) -> Result<Log, StorageError> {
    self.records.read(&self.storage, log)
  }

  /// As [`Storage::push`]; a consumer that waits for messages looks again.
  ///
  /// # Errors
  /// As there.
  pub fn push_frame(&self) -> Result<FrameDepth, StorageError> {
    let depth = self.storage.push();
    self.broker.wake();
    depth
  }

  /// As [`Storage::pop`]; a consumer that waits for messages looks again.
  ///
  /// # Errors
  /// As there.
  pub fn pop_frame(&self) -> Result<FrameDepth, StorageError> {
    let depth = self.storage.pop();
    self.broker.wake();
    depth
  }

  /// As [`Storage::replace`]; a consumer that waits for messages looks again.
  ///
  /// # Errors
  /// As there.
  pub fn replace_frame(&self) -> Result<FrameDepth, StorageError> {
    let depth = self.storage.replace();
    self.broker.wake();
    depth
  }

  /// As [`Storage::reset`]; a consumer that waits for messages looks again.
  ///
  /// # Errors
  /// As there.
  pub fn reset(&self, to: ResetTo) -> Result<(), StorageError> {
    let done = self.storage.reset(to);
    self.broker.wake();
    done
  }

  /// As [`Storage::stop_clock`]; a consumer that waits for messages looks again.
  pub fn stop_clock(&self, at_ms: Option<u64>) {
    self.storage.stop_clock(at_ms);
    self.broker.wake();
  }

  /// Waits until a batch of `queue` is due, and leases its messages to a slot of its consumer. What
  /// that slot still had is given back. May be dropped at any time.
  ///
  /// # Errors
  /// [`queues::QueueError`] when storage fails, or there is no such consumer.
  pub async fn next_batch(
    &self,
    queue: &str,
    slot: u32,
  ) -> Result<queues::Batch, queues::QueueError> {
    self.broker.next_batch(&self.storage, queue, slot).await
  }

  /// Does with the messages of a batch what its handler decided. Does nothing when the slot has
  /// another batch by now, or a frame has ended meanwhile. Blocks on SQLite.
  ///
  /// # Errors
  /// As [`next_batch`](Self::next_batch); the messages are delivered again then.
  pub fn finish_batch(
    &self,
    queue: &str,
    slot: u32,
    result: &queues::BatchResult,
  ) -> Result<queues::Settled, queues::QueueError> {
    self.broker.finish_batch(&self.storage, queue, slot, result)
  }
}

fn serve(
  product: &str,
  resource: &str,
  (storage, broker, records, assets): (&Storage, &Broker, &Records, &AssetsOf),
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  let product: Product = match product.parse() {
    Ok(product) => product,
    Err(unknown) => return answer::bug("simulators", &unknown),
  };
  // Unwind safety: a product keeps no state outside of these, whose locks are released on unwind.
  let served = catch_unwind(AssertUnwindSafe(|| {
    product.serve(resource, storage, broker, (records, assets), request)
  }));
  served.unwrap_or_else(|panic| product.bug(&answer::Panicked::new(panic.as_ref())))
}

#[cfg(test)]
mod tests;
