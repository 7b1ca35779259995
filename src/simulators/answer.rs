//! Building the HTTP answers of every simulator, by the rules that hold for all of them.
//!
//! - `Content-Length` is always there, `0` when empty. Without it an empty body would be chunked,
//!   and some workerd releases drop the connection over that.
//! - Errors have no body: workerd does not read it, and unread bytes cost the connection.
//! - The reason phrase of an error is what users see, so it must survive every release: printable
//!   ASCII, of bounded length.

use std::any::Any;
use std::error::Error;
use std::fmt::Write as _;

use hyper::ext::ReasonPhrase;
use hyper::http::header::{CONTENT_LENGTH, HeaderValue};
use hyper::http::{Response, StatusCode};

use super::body::ResponseBody;

/// Characters of a reason phrase. workerd takes ten times as much; the oracle cuts here.
const REASON_PHRASE_CHARS_MAX: usize = 512;

/// A success.
pub(super) fn ok(body: impl Into<ResponseBody>) -> Response<ResponseBody> {
  let body = body.into();
  let length = HeaderValue::from(body.len());
  let mut response = Response::new(body);
  response.headers_mut().insert(CONTENT_LENGTH, length);
  response
}

/// A refusal in the product's own words.
pub(super) fn refusal(status: StatusCode, words: &str) -> Response<ResponseBody> {
  let mut response = ok(ResponseBody::default());
  *response.status_mut() = status;
  response.extensions_mut().insert(reason_phrase(words));
  response
}

/// A failure of ours, worded so that nobody takes it for the product's. Logs the cause.
pub(super) fn bug(subject: &str, cause: &dyn Error) -> Response<ResponseBody> {
  let mut causes = cause.to_string();
  let mut source = cause.source();
  while let Some(error) = source {
    // Writing to a `String` cannot fail.
    let _ = write!(causes, ": {error}");
    source = error.source();
  }
  tracing::error!(subject, cause = causes, "simulator failed");
  let words = format!("Bug in vitest-pool-workerd, please report it: {subject}: {causes}");
  refusal(StatusCode::INTERNAL_SERVER_ERROR, &words)
}

fn reason_phrase(words: &str) -> ReasonPhrase {
  let printable: String = words
    .chars()
    .take(REASON_PHRASE_CHARS_MAX)
    .map(|character| {
      if matches!(character, ' '..='~') {
        character
      } else {
        '?'
      }
    })
    .collect();
  ReasonPhrase::try_from(printable).expect("printable ASCII is a valid reason phrase")
}

/// A panic, as far as it can be told from what was thrown.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {message}")]
pub(super) struct Panicked {
  message: String,
}

impl Panicked {
  pub(super) fn new(payload: &(dyn Any + Send)) -> Self {
    let message = match (
      payload.downcast_ref::<&str>(),
      payload.downcast_ref::<String>(),
    ) {
      (Some(message), _) => (*message).to_owned(),
      (_, Some(message)) => message.clone(),
      _ => "no message".to_owned(),
    };
    Self { message }
  }
}
