//! Parts and frames: splits large bodies, packs small envelopes together, joins parts again.
//!
//! Pure: envelopes go in, frames come out, and the other way around. Ordering within a channel is the
//! order of the calls.

use std::borrow::Cow;
use std::collections::HashMap;

use super::envelope::{Envelope, EnvelopeError, Kind};

/// Bodies above this are sent in parts. workerd closes the socket at 32 MiB a message.
pub const PART_BYTES_MAX: usize = 8 << 20;

/// A frame is closed once it holds this much, so that the other side can start on it.
const FRAME_BYTES_TARGET: usize = 1 << 20;

/// What one peer may have pending in parts before we take it for a bug: 1 GiB.
const ASSEMBLY_BYTES_MAX: usize = 1 << 30;

/// Packs outgoing envelopes into frames.
#[derive(Debug, Default)]
pub struct Packer {
  next_part_id: u32,
}

impl Packer {
  /// Packs envelopes, in order, into as few frames as is sensible.
  #[must_use]
  pub fn pack(&mut self, envelopes: &[Envelope<'_>]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut frame = Vec::new();
    for envelope in envelopes {
      for piece in self.split(envelope) {
        if !frame.is_empty() && frame.len() + piece.body.len() > FRAME_BYTES_TARGET {
          frames.push(std::mem::take(&mut frame));
        }
        piece.encode_into(&mut frame);
      }
    }
    if !frame.is_empty() {
      frames.push(frame);
    }
    frames
  }

  fn split<'a>(&mut self, envelope: &'a Envelope<'_>) -> Vec<Envelope<'a>> {
    let whole = |body| Envelope {
      kind: envelope.kind,
      channel: envelope.channel,
      id: envelope.id,
      body,
    };
    if envelope.body.len() <= PART_BYTES_MAX {
      return vec![whole(Cow::Borrowed(&envelope.body))];
    }
    // Messages carry no id of their own, so parts of two messages need one to be told apart.
    let id = if envelope.id == 0 {
      self.next_part_id = self.next_part_id.wrapping_add(1).max(1);
      self.next_part_id
    } else {
      envelope.id
    };
    let mut pieces: Vec<_> = envelope
      .body
      .chunks(PART_BYTES_MAX)
      .map(|chunk| Envelope {
        kind: Kind::Part,
        channel: envelope.channel,
        id,
        body: Cow::Borrowed(chunk),
      })
      .collect();
    if let Some(last) = pieces.last_mut() {
      last.kind = envelope.kind;
    }
    pieces
  }
}

/// The peer sent more parts than any real message has.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
  /// The frame is no sequence of envelopes.
  #[error(transparent)]
  Envelope(#[from] EnvelopeError),
  /// More than 1 GiB of parts are waiting for their end.
  #[error("more than {ASSEMBLY_BYTES_MAX} bytes of unfinished parts")]
  TooLarge,
}

/// Joins incoming parts.
#[derive(Debug, Default)]
pub struct Unpacker {
  pending: HashMap<(u32, u32), Vec<u8>>,
  pending_bytes: usize,
}

impl Unpacker {
  /// Reads one frame; returns the envelopes that are complete now.
  ///
  /// # Errors
  /// [`UnpackError`] when the frame cannot have come from our own code.
  pub fn unpack(&mut self, frame: &[u8]) -> Result<Vec<Envelope<'static>>, UnpackError> {
    let mut complete = Vec::new();
    for mut envelope in Envelope::decode_all(frame)? {
      let key = (envelope.channel, envelope.id);
      if envelope.kind == Kind::Part {
        self.pending_bytes += envelope.body.len();
        if self.pending_bytes > ASSEMBLY_BYTES_MAX {
          return Err(UnpackError::TooLarge);
        }
        self
          .pending
          .entry(key)
          .or_default()
          .extend_from_slice(&envelope.body);
        continue;
      }
      if let Some(mut body) = self.pending.remove(&key) {
        self.pending_bytes -= body.len();
        body.extend_from_slice(&envelope.body);
        envelope.body = Cow::Owned(body);
      }
      complete.push(envelope);
    }
    Ok(complete)
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn message(id: u32, body: Vec<u8>) -> Envelope<'static> {
    Envelope {
      kind: Kind::Message,
      channel: 7,
      id,
      body: Cow::Owned(body),
    }
  }

  #[track_caller]
  fn check(envelopes: &[Envelope<'static>], frames_expected: usize) {
    let frames = Packer::default().pack(envelopes);
    assert_eq!(frames.len(), frames_expected);
    let mut unpacker = Unpacker::default();
    let mut received = Vec::new();
    for frame in frames {
      received.extend(unpacker.unpack(&frame).unwrap());
    }
    assert_eq!(received.len(), envelopes.len());
    for (received, sent) in received.iter().zip(envelopes) {
      assert_eq!((received.kind, received.channel), (sent.kind, sent.channel));
      assert!(received.body == sent.body, "the body changed on the way");
    }
    assert_eq!(unpacker.pending_bytes, 0);
  }

  #[test]
  fn small_envelopes_share_a_frame() {
    check(
      &[
        message(0, vec![1; 10]),
        message(0, vec![]),
        message(3, vec![2; 1000]),
      ],
      1,
    );
  }

  #[test]
  fn a_body_above_the_limit_travels_in_parts() {
    check(&[message(0, vec![5; PART_BYTES_MAX * 2 + 1])], 3);
  }

  #[test]
  fn a_body_of_exactly_the_limit_does_not() {
    check(&[message(0, vec![5; PART_BYTES_MAX])], 1);
  }

  #[test]
  fn two_large_messages_without_ids_do_not_mix() {
    check(
      &[
        message(0, vec![1; PART_BYTES_MAX + 1]),
        message(0, vec![2; PART_BYTES_MAX + 1]),
      ],
      4,
    );
  }
}
