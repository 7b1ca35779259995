//! Files as Cloudflare Pages serves them, for a function of the options that answers in Node.

use std::path::PathBuf;

use hyper::http::Request;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::simulators::assets::{Assets, AssetsConfig, NotFoundHandling};

/// A folder.
#[napi]
pub struct PagesAssets {
  assets: Assets,
}

/// An answer.
#[napi(object)]
pub struct AssetsAnswer {
  /// Of HTTP.
  pub status: u16,
  /// Names and values, one after the other.
  pub headers: Vec<String>,
  /// The whole body.
  pub body: Buffer,
}

#[napi]
impl PagesAssets {
  /// Looks at the folder with each request, and not now.
  #[napi(constructor, catch_unwind)]
  pub fn new(directory: String) -> Self {
    let config = AssetsConfig {
      directory: PathBuf::from(directory),
      not_found_handling: NotFoundHandling::Pages,
      ..AssetsConfig::default()
    };
    Self {
      assets: Assets::new(config),
    }
  }

  /// Answers a request; `headers` are names and values, one after the other.
  ///
  /// # Errors
  /// When the request cannot be one of HTTP, or a file cannot be read.
  #[napi]
  pub async fn serve(
    &self,
    method: String,
    url: String,
    headers: Vec<String>,
  ) -> napi::Result<AssetsAnswer> {
    let assets = self.assets.clone();
    let task = tokio::task::spawn_blocking(move || answer(&assets, &method, &url, &headers));
    task.await.map_err(failure)?
  }
}

fn answer(
  assets: &Assets,
  method: &str,
  url: &str,
  headers: &[String],
) -> napi::Result<AssetsAnswer> {
  let mut request = Request::builder().method(method).uri(url);
  for pair in headers.chunks_exact(2) {
    request = request.header(&pair[0], &pair[1]);
  }
  let (head, ()) = request.body(()).map_err(failure)?.into_parts();
  let (response, body) = assets.serve(&head).into_parts();
  let pairs = response.headers.iter();
  let pairs = pairs.flat_map(|(name, value)| {
    let value = String::from_utf8_lossy(value.as_bytes());
    [name.to_string(), value.into_owned()]
  });
  Ok(AssetsAnswer {
    status: response.status.as_u16(),
    headers: pairs.collect(),
    body: body.read_all().map_err(failure)?.to_vec().into(),
  })
}

fn failure(error: impl std::fmt::Display) -> napi::Error {
  napi::Error::from_reason(error.to_string())
}
