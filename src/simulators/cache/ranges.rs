//! The header `Range`, and bodies made of several ranges. Pure, but for the boundary between parts, which
//! nobody must be able to guess.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use crate::storage::Payload;

/// Ranges in one request. Whoever sends more gets the whole body, as from other servers: each range
/// costs us more than it costs the one who asks.
pub(super) const RANGES_MAX: usize = 200;

/// Bytes of a body, in positions from its start. Not empty.
pub(super) type ByteRange = Range<u64>;

/// No answer to a `Range`: it is no such header, or goes beyond the body.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Unsatisfiable;

/// The ranges that `header` asks for in a body of `length` bytes. None stands for the whole body.
///
/// Like the oracle, and unlike the RFC, one range that cannot be satisfied spoils all, a suffix as
/// long as the body asks for the whole, and a header in another unit is not ignored.
pub(super) fn parse(header: &str, length: u64) -> Result<Vec<ByteRange>, Unsatisfiable> {
  let list = strip_unit(header).ok_or(Unsatisfiable)?;
  if list.trim_start().is_empty() || list.split(',').count() > RANGES_MAX {
    return Ok(Vec::new());
  }
  let mut ranges = Vec::new();
  for range in list.split(',') {
    let (first, last) = range.split_once('-').ok_or(Unsatisfiable)?;
    match (parse_position(first)?, parse_position(last)?) {
      (None, None) => return Err(Unsatisfiable),
      (Some(first), last) => {
        if first >= length || last.is_some_and(|last| last < first) {
          return Err(Unsatisfiable);
        }
        let end = last.map_or(length, |last| last.saturating_add(1).min(length));
        ranges.push(first..end);
      }
      (None, Some(suffix)) if suffix >= length => return Ok(Vec::new()),
      (None, Some(0)) => {}
      (None, Some(suffix)) => ranges.push(length - suffix..length),
    }
  }
  Ok(ranges)
}

/// What follows `bytes=`.
fn strip_unit(header: &str) -> Option<&str> {
  let (unit, list) = header.split_once('=')?;
  unit
    .trim_matches(' ')
    .eq_ignore_ascii_case("bytes")
    .then_some(list)
}

fn parse_position(text: &str) -> Result<Option<u64>, Unsatisfiable> {
  let digits = text.trim_matches(' ');
  if digits.is_empty() {
    return Ok(None);
  }
  if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
    return Err(Unsatisfiable);
  }
  // All digits, so the one way to fail is to be too large.
  Ok(Some(digits.parse().unwrap_or(u64::MAX)))
}

/// The value of `Content-Range` for `range` of a body of `length` bytes.
pub(super) fn content_range(range: &ByteRange, length: u64) -> String {
  format!("bytes {}-{}/{length}", range.start, range.end - 1)
}

/// A body of type `multipart/byteranges`.
#[derive(Debug)]
pub(super) struct Multipart {
  /// Of the body as a whole, with the boundary.
  pub(super) content_type: String,
  pub(super) parts: Vec<Payload>,
}

impl Multipart {
  /// `ranges` of `body`, which has the type `content_type`. Copies nothing of it.
  pub(super) fn new(body: &Payload, ranges: &[ByteRange], content_type: Option<&[u8]>) -> Self {
    // Nothing in the body can be meant to look like a boundary that nobody could know before.
    let random = RandomState::new();
    let boundary = format!(
      "vitest-pool-workerd-{:016x}{:016x}",
      random.hash_one(0),
      random.hash_one(1)
    );
    let mut parts = Vec::new();
    for (index, range) in ranges.iter().enumerate() {
      let mut head = Vec::new();
      if index > 0 {
        head.extend(b"\r\n");
      }
      head.extend(format!("--{boundary}\r\n").as_bytes());
      if let Some(content_type) = content_type {
        head.extend(b"Content-Type: ");
        head.extend(content_type);
        head.extend(b"\r\n");
      }
      let content_range = content_range(range, body.len());
      head.extend(format!("Content-Range: {content_range}\r\n\r\n").as_bytes());
      parts.push(Payload::from(head));
      parts.push(body.slice(range.clone()));
    }
    parts.push(Payload::from(format!("\r\n--{boundary}--").into_bytes()));
    Self {
      content_type: format!("multipart/byteranges; boundary={boundary}"),
      parts,
    }
  }
}
