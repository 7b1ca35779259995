//! Queues.
//!
//! # Wire contract: producers
//!
//! workerd turns the methods of a queue's binding into these requests; the queue is not in them.
//!
//! | call | request |
//! |---|---|
//! | `send(body)` | `POST /message`, the body as it is, `X-Msg-Fmt`, `X-Msg-Delay-Secs` |
//! | `sendBatch(messages)` | `POST /batch`, `{"messages":[{"body","contentType"?,"delaySecs"?},…]}` with bodies in Base64, `CF-Queue-Batch-Count`, `CF-Queue-Batch-Bytes`, `CF-Queue-Largest-Msg`, `X-Msg-Delay-Secs` |
//! | `metrics()` | `GET /metrics` |
//!
//! - An absent content type means `v8`. A delay is in seconds and optional.
//! - Success is status 200 and no other: for the first two
//!   `{"metadata":{"metrics":{"backlogCount","backlogBytes","oldestMessageTimestamp"}}}`, for the last
//!   the inner object. Releases differ in what they do with that, and some fail without it.
//!   The oldest timestamp is a number, and 0 when there is no message.
//! - Up to compatibility date 2026-03-12 users see the reason phrase of an error, from then on
//!   `<CF-Queues-Error-Cause> (<CF-Queues-Error-Code>)`. Our errors have both.
//!
//! # Contract with the runner: consumers
//!
//! workerd has no endpoint that delivers a batch, so the code that calls a `queue()` handler is ours
//! and runs in the isolate. For each slot of each consumer it asks for a [`Batch`], calls the handler,
//! reports the [`BatchResult`], and asks again. See [`Broker`].
//!
//! # Semantics
//!
//! The backlog is rows, so it belongs to storage frames: what a test sends is gone with the frame of
//! the test, and what it consumed is back. A batch that was on its way when a frame ended counts for
//! nothing: whatever its handler decides, the messages below that frame are delivered again.
//!
//! A message becomes ready when its delay is over. A batch is due when as many messages are ready as
//! it may hold, or when the batch timeout has passed since its first message became ready. Ready
//! messages are delivered in the order in which they became ready.
//!
//! The backlog that metrics speak of are the messages that are ready and not with a consumer, as with
//! the oracle. `send()` reports the metrics from before its message, and a batch those from after
//! it was taken.
//!
//! # What differs from the oracle
//!
//! - Limits hold for queues without a consumer, too, as in production. Their messages are kept.
//! - What a handler acknowledged explicitly (`ack()`, `ackAll()`) stays so when it throws later. That
//!   is what Cloudflare documents; the oracle delivers it again.
//! - The batch timeout of messages that a full batch left behind runs from when they became ready.
//!   With the oracle it starts over when the handler has returned, which nobody could rely on.
//! - Errors have a cause and a code. The oracle lacks both, so that with current compatibility dates
//!   all of its errors read `Unknown Internal Error (15000)`.
//! - `oldestMessageTimestamp` is the least timestamp of the backlog. The oracle reports that of the
//!   next message, which is another one after a retry.

mod batch;
mod broker;
mod consumer;
mod lease;
mod limits;
mod producer;
mod rows;
mod settlement;
mod wire;

pub use batch::{Batch, BatchResult, ContentType, Message, Metrics, RetryBatch, RetryMessage};
pub use broker::{Broker, QueueError};
pub use consumer::Consumer;
pub use settlement::Settled;

pub(super) use wire::{BODY_LIMIT, bug, serve};

#[cfg(test)]
mod tests;
