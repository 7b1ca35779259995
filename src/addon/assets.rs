//! Files as Cloudflare Pages serves them, for a function of the options that answers in Node.

use std::path::PathBuf;

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
    let task = tokio::task::spawn_blocking(move || assets.serve_plain(&method, &url, &headers));
    let answer = task.await.map_err(failure)?.map_err(failure)?;
    Ok(AssetsAnswer {
      status: answer.status,
      headers: answer.headers,
      body: answer.body.to_vec().into(),
    })
  }
}

fn failure(error: impl std::fmt::Display) -> napi::Error {
  napi::Error::from_reason(error.to_string())
}
