//! Sends a simulator's answer piece by piece, so that a large one is never in memory as a whole.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use crate::simulators::ResponseBody;
use crate::storage::Payload;

/// The body of a response, as hyper asks for it: when the connection has room for more.
#[derive(Debug, Default)]
pub(super) struct StreamingBody(VecDeque<Payload>);

impl StreamingBody {
  pub(super) fn new(body: ResponseBody) -> Self {
    Self(body.into_payloads().into())
  }

  pub(super) fn whole(body: Bytes) -> Self {
    Self::new(body.into())
  }
}

impl Body for StreamingBody {
  type Data = Bytes;
  type Error = io::Error;

  fn poll_frame(
    mut self: Pin<&mut Self>,
    _context: &mut Context<'_>,
  ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
    let chunk = self.0.front_mut().and_then(Payload::take_chunk);
    if self.0.front().is_some_and(Payload::is_empty) {
      self.0.pop_front();
    }
    // A file was written moments ago and is in the page cache; a piece of it takes some 50 us.
    Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
  }

  fn is_end_stream(&self) -> bool {
    self.0.is_empty()
  }

  fn size_hint(&self) -> SizeHint {
    // Exact, or hyper would send chunks, which user code can see on some products.
    SizeHint::with_exact(self.0.iter().map(Payload::len).sum())
  }
}
