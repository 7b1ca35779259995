//! Core error → JavaScript `Error` with `code`.

use crate::error::UserError;
use crate::pool::PoolError;

/// A code that ends up as `error.code`.
#[derive(Debug)]
pub struct Code(&'static str);

impl AsRef<str> for Code {
  fn as_ref(&self) -> &str {
    self.0
  }
}

impl From<napi::Status> for Code {
  fn from(_: napi::Status) -> Self {
    Self("ERR_NATIVE")
  }
}

pub(super) type Result<T> = std::result::Result<T, napi::Error<Code>>;

pub(super) fn to_js(error: &PoolError) -> napi::Error<Code> {
  let error = UserError::from(error);
  napi::Error::new(Code(error.code), error.text)
}

/// The value that a promise of ours rejects with. napi's async functions carry plain errors only, so
/// the code travels in front of the text and `node/native.ts` takes it off again.
pub(super) fn to_rejection(error: &PoolError) -> napi::Error {
  let error = UserError::from(error);
  napi::Error::from_reason(format!("{}\u{0}{}", error.code, error.text))
}
