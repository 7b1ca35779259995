//! Bodies of requests and responses, as simulators see them. Knows no HTTP.

use std::io;

use bytes::Bytes;

use crate::storage::{Payload, PayloadWriter, Storage};

/// What a product makes use of in a request's body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BodyLimit {
  /// Bytes that are stored. The rest is read and counted, since an answer before the end of the body
  /// would make workerd report a lost connection instead of our error.
  pub bytes_max: u64,
  /// Bytes that stay in memory. What is longer goes to a file.
  pub memory_bytes_max: usize,
}

/// A request's body, read to its end.
#[derive(Debug)]
pub struct RequestBody {
  payload: io::Result<Payload>,
  wire_bytes: u64,
}

impl RequestBody {
  /// Bytes that it had on the wire. More than the payload has, when it was longer than the limit.
  #[must_use]
  pub fn wire_bytes(&self) -> u64 {
    self.wire_bytes
  }

  /// What was stored of it.
  ///
  /// # Errors
  /// When the disk took no more while it arrived.
  pub fn into_payload(self) -> io::Result<Payload> {
    self.payload
  }

  /// As [`into_payload`](Self::into_payload), in memory.
  ///
  /// # Errors
  /// As there, and when a file cannot be read back.
  pub fn into_bytes(self) -> io::Result<Bytes> {
    self.payload?.read_all()
  }
}

impl<T: Into<Bytes>> From<T> for RequestBody {
  fn from(bytes: T) -> Self {
    let payload = Payload::from(bytes);
    Self {
      wire_bytes: payload.len(),
      payload: Ok(payload),
    }
  }
}

/// Collects a request's body piece by piece.
#[derive(Debug)]
pub struct BodyReader<'a> {
  writer: io::Result<PayloadWriter<'a>>,
  room: u64,
  wire_bytes: u64,
}

impl<'a> BodyReader<'a> {
  /// Collects for `storage` as much as `limit` says.
  #[must_use]
  pub fn new(limit: BodyLimit, storage: &'a Storage) -> Self {
    Self {
      writer: Ok(storage.payload_writer(limit.memory_bytes_max)),
      room: limit.bytes_max,
      wire_bytes: 0,
    }
  }

  /// Takes the next piece. Blocks on the disk, now and then; when that fails, the failure is kept for
  /// whoever asks for the payload, and pieces are only counted.
  pub fn take(&mut self, piece: &[u8]) {
    self.wire_bytes += piece.len() as u64;
    // At most the length of something in memory.
    let stored = self.room.min(piece.len() as u64) as usize;
    self.room -= stored as u64;
    if let Ok(writer) = &mut self.writer
      && let Err(error) = writer.write(&piece[..stored])
    {
      self.writer = Err(error);
    }
  }

  /// Whether pieces go to the disk.
  #[must_use]
  pub fn is_on_disk(&self) -> bool {
    self.writer.as_ref().is_ok_and(PayloadWriter::is_on_disk)
  }

  /// The body, whole.
  #[must_use]
  pub fn finish(self) -> RequestBody {
    RequestBody {
      payload: self.writer.and_then(PayloadWriter::finish),
      wire_bytes: self.wire_bytes,
    }
  }
}

/// A response's body: payloads, one after another.
#[derive(Clone, Debug, Default)]
pub struct ResponseBody(Vec<Payload>);

impl ResponseBody {
  /// Length in bytes.
  #[must_use]
  pub fn len(&self) -> u64 {
    self.0.iter().map(Payload::len).sum()
  }

  /// Whether there are no bytes.
  #[must_use]
  pub fn is_empty(&self) -> bool {
    self.len() == 0
  }

  /// The payloads, in order. None of them is empty.
  #[must_use]
  pub fn into_payloads(self) -> Vec<Payload> {
    self.0
  }

  /// All of it, in memory.
  ///
  /// # Errors
  /// When a file cannot be read.
  pub fn read_all(&self) -> io::Result<Bytes> {
    let parts: Vec<_> = self
      .0
      .iter()
      .map(Payload::read_all)
      .collect::<io::Result<_>>()?;
    Ok(parts.concat().into())
  }
}

impl FromIterator<Payload> for ResponseBody {
  fn from_iter<T: IntoIterator<Item = Payload>>(payloads: T) -> Self {
    Self(
      payloads
        .into_iter()
        .filter(|payload| !payload.is_empty())
        .collect(),
    )
  }
}

impl<T: Into<Payload>> From<T> for ResponseBody {
  fn from(payload: T) -> Self {
    Self::from_iter([payload.into()])
  }
}

#[cfg(test)]
mod tests {
  use std::sync::Arc;

  use super::*;
  use crate::storage::ManualClock;

  impl RequestBody {
    /// A body of which nothing was stored.
    pub(in crate::simulators) fn cut(wire_bytes: u64) -> Self {
      Self {
        payload: Ok(Payload::default()),
        wire_bytes,
      }
    }

    /// A body that the disk did not take.
    pub(in crate::simulators) fn lost() -> Self {
      Self {
        payload: Err(io::ErrorKind::StorageFull.into()),
        wire_bytes: 1_000_000,
      }
    }
  }

  #[test]
  fn beyond_the_limit_bytes_are_counted_and_not_stored() {
    let storage = Storage::new(Arc::new(ManualClock::default()));
    let limit = BodyLimit {
      bytes_max: 5,
      memory_bytes_max: 100,
    };
    let mut reader = BodyReader::new(limit, &storage);
    for piece in ["abc", "def", "ghi"] {
      reader.take(piece.as_bytes());
    }
    let body = reader.finish();
    assert_eq!(body.wire_bytes(), 9);
    assert_eq!(body.into_bytes().unwrap(), "abcde");
  }
}
