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
mod d1;
mod kv;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use hyper::body::Bytes;
use hyper::http::{Request, Response};
use thiserror::Error;

use crate::storage::Storage;

/// A product as the injected request header names it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Product {
  /// A KV namespace; the resource is its id.
  Kv,
  /// The KV namespace of a Workers Sites project: the same rows as [`Kv`](Self::Kv), which is how
  /// the host fills it, but only reads are allowed.
  KvSites,
  /// A D1 database; the resource is its id.
  D1,
}

impl Product {
  /// Every product that has a simulator.
  pub const ALL: [Self; 3] = [Self::Kv, Self::KvSites, Self::D1];

  /// The name on the wire.
  #[must_use]
  pub const fn name(self) -> &'static str {
    match self {
      Self::Kv => "kv",
      Self::KvSites => "kv-sites",
      Self::D1 => "d1",
    }
  }

  /// Bytes of a request body that [`serve`] makes use of. A server may stop storing after them,
  /// but must read to the end, and say in [`BodyLength`] how long the body really was.
  #[must_use]
  pub const fn body_bytes_max(self) -> usize {
    match self {
      Self::Kv | Self::KvSites => kv::BODY_BYTES_MAX,
      Self::D1 => d1::BODY_BYTES_MAX,
    }
  }

  fn serve(self, resource: &str, storage: &Storage, request: Request<Bytes>) -> Response<Bytes> {
    match self {
      Self::Kv => kv::serve(kv::Access::ReadWrite, resource, storage, request),
      Self::KvSites => kv::serve(kv::Access::Sites, resource, storage, request),
      Self::D1 => d1::serve(resource, storage, &request),
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
#[derive(Debug, Error)]
#[error("no simulator is called `{name}`")]
pub struct UnknownProduct {
  name: String,
}

/// Request extension: bytes that the body had on the wire, when the server kept only the first
/// [`Product::body_bytes_max`] of them.
#[derive(Clone, Copy, Debug)]
pub struct BodyLength(pub u64);

/// Answers one request to `resource` of `product`, for example namespace `sessions` of `kv`.
///
/// The request carries its whole body. Blocks on SQLite, so it does not belong on an async thread.
/// Never panics, and answers failures of ours with a 500 whose reason phrase says that the bug is
/// ours; the cause is logged. Every answer has `Content-Length`, and error answers are empty.
#[must_use]
pub fn serve(
  product: &str,
  resource: &str,
  storage: &Storage,
  request: Request<Bytes>,
) -> Response<Bytes> {
  let product: Product = match product.parse() {
    Ok(product) => product,
    Err(unknown) => return answer::bug("simulators", &unknown),
  };
  // Unwind safety: a product keeps no state outside `storage`, whose locks are released on unwind.
  let served = catch_unwind(AssertUnwindSafe(|| {
    product.serve(resource, storage, request)
  }));
  served.unwrap_or_else(|panic| answer::bug(product.name(), &answer::Panicked::new(panic.as_ref())))
}

#[cfg(test)]
mod tests;
