//! HTTP of queues: requests to typed operations, results to responses. No HTTP type goes further in.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::http::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::batch::Metrics;
use super::broker::Broker;
use super::limits::{self, BatchSize, CODE_UNKNOWN, Rejection};
use super::producer::{Draft, Producer, ProducerError};
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::Storage;

/// The longest batch has 384 000 bytes of Base64 and a hundred times the names of properties.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: 512 * 1024,
  memory_bytes_max: 512 * 1024,
};

const CONTENT_TYPE: HeaderName = HeaderName::from_static("x-msg-fmt");
const DELAY: HeaderName = HeaderName::from_static("x-msg-delay-secs");
const BATCH_COUNT: HeaderName = HeaderName::from_static("cf-queue-batch-count");
const BATCH_BYTES: HeaderName = HeaderName::from_static("cf-queue-batch-bytes");
const LARGEST_BYTES: HeaderName = HeaderName::from_static("cf-queue-largest-msg");
const ERROR_CAUSE: HeaderName = HeaderName::from_static("cf-queues-error-cause");
const ERROR_CODE: HeaderName = HeaderName::from_static("cf-queues-error-code");

/// Answers one request to the producing end of `queue`.
pub(in crate::simulators) fn serve(
  queue: &str,
  storage: &Storage,
  broker: &Broker,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  tracing::trace!(queue, method = %request.method(), target = %request.uri(), "queue request");
  let producer = Producer::new(queue, storage, broker);
  let response = read(request).and_then(|operation| run(&producer, operation));
  response.unwrap_or_else(|error| match error {
    ProducerError::Rejected(rejection) => {
      let response = answer::refusal(status(&rejection), &rejection.to_string());
      with_cause(response, rejection.code())
    }
    error => bug(&error),
  })
}

/// As [`answer::bug`], so that every compatibility date shows it.
pub(in crate::simulators) fn bug(cause: &dyn std::error::Error) -> Response<ResponseBody> {
  with_cause(answer::bug("queue", cause), CODE_UNKNOWN)
}

/// A request, understood but not yet checked against the rules of queues.
#[derive(Debug)]
enum Operation {
  Send {
    draft: Draft,
    body_bytes: u64,
  },
  SendBatch {
    drafts: Vec<Draft>,
    delay: Option<String>,
  },
  Metrics,
}

fn read(request: Request<RequestBody>) -> Result<Operation, ProducerError> {
  let (head, body) = request.into_parts();
  match (&head.method, head.uri.path()) {
    (&Method::POST, "/message") => Ok(Operation::Send {
      body_bytes: body.wire_bytes(),
      draft: Draft {
        content_type: text(&head.headers, &CONTENT_TYPE),
        delay: delay(&head.headers),
        body: body.into_bytes().map_err(ProducerError::Disk)?,
      },
    }),
    (&Method::POST, "/batch") => {
      // Before the body: that of a batch which is too large may have been cut short.
      limits::check_batch_size(BatchSize {
        count: number(&head.headers, &BATCH_COUNT),
        largest_bytes: number(&head.headers, &LARGEST_BYTES),
        bytes: number(&head.headers, &BATCH_BYTES),
      })?;
      let body = body.into_bytes().map_err(ProducerError::Disk)?;
      Ok(Operation::SendBatch {
        drafts: read_batch(&body)?,
        delay: delay(&head.headers),
      })
    }
    (&Method::GET, "/metrics") => Ok(Operation::Metrics),
    _ => Err(Rejection::UnknownRequest.into()),
  }
}

fn run(
  producer: &Producer<'_>,
  operation: Operation,
) -> Result<Response<ResponseBody>, ProducerError> {
  Ok(match operation {
    Operation::Send { draft, body_bytes } => write_sent(producer.send(&draft, body_bytes)?),
    Operation::SendBatch { drafts, delay } => {
      write_sent(producer.send_batch(&drafts, delay.as_deref())?)
    }
    Operation::Metrics => write_json(&producer.metrics()?),
  })
}

fn status(rejection: &Rejection) -> StatusCode {
  match rejection {
    Rejection::MessageTooLong { .. }
    | Rejection::BatchTooMany { .. }
    | Rejection::BatchMessageTooLong { .. }
    | Rejection::BatchTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    Rejection::ContentTypeUnknown { .. }
    | Rejection::DelayInvalid { .. }
    | Rejection::BatchDelayInvalid { .. }
    | Rejection::BodyNotJson => StatusCode::BAD_REQUEST,
    Rejection::UnknownRequest => StatusCode::NOT_FOUND,
  }
}

/// Repeats the reason phrase where newer compatibility dates look for it.
fn with_cause(mut response: Response<ResponseBody>, code: u16) -> Response<ResponseBody> {
  let phrase = response.extensions().get::<ReasonPhrase>();
  let cause = phrase.map_or(&[][..], ReasonPhrase::as_bytes);
  let cause = HeaderValue::from_bytes(cause).expect("a reason phrase is a valid header value");
  response.headers_mut().insert(ERROR_CAUSE, cause);
  response.headers_mut().insert(ERROR_CODE, code.into());
  response
}

/// What cannot be decoded is replaced: an error then quotes it, which is all that happens to it.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
  let value = headers.get(name)?;
  Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// An empty delay is none.
fn delay(headers: &HeaderMap) -> Option<String> {
  text(headers, &DELAY).filter(|delay| !delay.is_empty())
}

/// What a header announces, or 0. The body is measured in any case.
fn number(headers: &HeaderMap, name: &HeaderName) -> u64 {
  let text = text(headers, name).unwrap_or_default();
  text.parse().unwrap_or_default()
}

#[derive(Deserialize)]
struct BatchBody {
  messages: Vec<BatchMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchMessage {
  /// In Base64.
  body: String,
  content_type: Option<String>,
  delay_secs: Option<serde_json::Number>,
}

fn read_batch(body: &[u8]) -> Result<Vec<Draft>, ProducerError> {
  let batch: BatchBody = serde_json::from_slice(body).map_err(ProducerError::BatchUnreadable)?;
  let read = |message: BatchMessage| {
    let body = BASE64_STANDARD
      .decode(&message.body)
      .map_err(ProducerError::BodyUndecodable)?;
    Ok(Draft {
      content_type: message.content_type,
      delay: message.delay_secs.map(|delay| delay.to_string()),
      body: Bytes::from(body),
    })
  };
  batch.messages.into_iter().map(read).collect()
}

#[derive(Serialize)]
struct SentBody {
  metadata: Metadata,
}

#[derive(Serialize)]
struct Metadata {
  metrics: Metrics,
}

fn write_sent(metrics: Metrics) -> Response<ResponseBody> {
  write_json(&SentBody {
    metadata: Metadata { metrics },
  })
}

fn write_json(body: &impl Serialize) -> Response<ResponseBody> {
  answer::ok(serde_json::to_vec(body).expect("numbers are always serializable"))
}
