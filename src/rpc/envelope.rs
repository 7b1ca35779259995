//! One message between Node, this process and the isolate: a small header and an opaque body.
//!
//! On the wire an envelope is a MessagePack array `[kind, channel, id, body]`, and a WebSocket frame
//! holds one or more of them, end to end. Bodies of [`Kind::Message`] belong to Vitest: nothing in
//! this crate looks inside. `shared/envelope.ts` is the other implementation; both are pure.

use std::borrow::Cow;

/// What an envelope's body is for. The numbers are shared with `shared/envelope.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
  /// A Vitest message, in either direction. Opaque.
  Message = 1,
  /// The runner asks the host for something. The body is a [`crate::pool::host_call::HostCall`].
  Request = 2,
  /// The host's answer; `id` is the request's.
  Response = 3,
  /// A piece of a body that is too large for one frame. More pieces follow, and the last one comes
  /// in an envelope of the real kind with the same `channel` and `id`.
  Part = 4,
}

impl Kind {
  fn from_wire(value: u8) -> Option<Self> {
    Some(match value {
      1 => Self::Message,
      2 => Self::Request,
      3 => Self::Response,
      4 => Self::Part,
      _ => return None,
    })
  }
}

/// A message with its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
  /// What the body is for.
  pub kind: Kind,
  /// The pool worker whose stream this belongs to.
  pub channel: u32,
  /// Pairs requests with responses, and parts with each other; 0 where neither applies.
  pub id: u32,
  /// The payload.
  pub body: Cow<'a, [u8]>,
}

/// Bytes that are no envelope. The peer is our own code, so this is always a bug of ours.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
  /// Not the array that an envelope is.
  #[error("malformed envelope")]
  Malformed(#[source] rmp_serde::decode::Error),
  /// A kind that this version does not know.
  #[error("envelope of unknown kind {0}")]
  UnknownKind(u8),
}

impl<'a> Envelope<'a> {
  /// Appends this envelope to a frame.
  pub fn encode_into(&self, frame: &mut Vec<u8>) {
    let body = serde_bytes::Bytes::new(&self.body);
    let wire = (self.kind as u8, self.channel, self.id, body);
    rmp_serde::encode::write(frame, &wire).expect("writing to a Vec cannot fail");
  }

  /// Reads all envelopes of one frame. Bodies are copied, since frames do not live long.
  ///
  /// # Errors
  /// [`EnvelopeError`] when the frame is not a sequence of envelopes; nothing of it is returned then.
  pub fn decode_all(frame: &[u8]) -> Result<Vec<Envelope<'static>>, EnvelopeError> {
    let mut rest = frame;
    let mut envelopes = Vec::new();
    while !rest.is_empty() {
      // Reads from the slice, which moves on to the next envelope.
      let (kind, channel, id, body): (u8, u32, u32, serde_bytes::ByteBuf) =
        rmp_serde::from_read(&mut rest).map_err(EnvelopeError::Malformed)?;
      let kind = Kind::from_wire(kind).ok_or(EnvelopeError::UnknownKind(kind))?;
      envelopes.push(Envelope {
        kind,
        channel,
        id,
        body: Cow::Owned(body.into_vec()),
      });
    }
    Ok(envelopes)
  }
}

#[cfg(test)]
mod tests {
  use proptest::prelude::*;

  use super::*;

  fn any_envelope() -> impl Strategy<Value = Envelope<'static>> {
    let kind = prop_oneof![
      Just(Kind::Message),
      Just(Kind::Request),
      Just(Kind::Response),
      Just(Kind::Part)
    ];
    (
      kind,
      any::<u32>(),
      any::<u32>(),
      proptest::collection::vec(any::<u8>(), 0..400),
    )
      .prop_map(|(kind, channel, id, body)| Envelope {
        kind,
        channel,
        id,
        body: Cow::Owned(body),
      })
  }

  proptest! {
    #[test]
    fn a_frame_decodes_to_what_was_encoded(
      envelopes in proptest::collection::vec(any_envelope(), 0..6)
    ) {
      let mut frame = Vec::new();
      envelopes.iter().for_each(|envelope| envelope.encode_into(&mut frame));
      prop_assert_eq!(Envelope::decode_all(&frame).unwrap(), envelopes);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
      let _ = Envelope::decode_all(&bytes);
    }
  }

  #[test]
  fn an_unknown_kind_is_an_error() {
    let mut frame = Vec::new();
    rmp_serde::encode::write(&mut frame, &(9, 0, 0, serde_bytes::Bytes::new(&[]))).unwrap();
    let error = Envelope::decode_all(&frame).unwrap_err();
    assert!(matches!(error, EnvelopeError::UnknownKind(9)));
  }
}
