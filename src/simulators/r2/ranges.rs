//! Ranges of values: what is asked for, what is answered, and which parts it lies in. Pure.

use std::ops::Range;

use serde::Deserialize;

use super::number::Number;
use super::object::Extent;
use super::rejection::Rejection;

/// A range as an options object gives it, in bytes. A suffix wins over the other two, which workerd
/// does not send along with it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct RangeOption {
  offset: Option<Number>,
  length: Option<Number>,
  suffix: Option<Number>,
}

impl RangeOption {
  /// What it is of `size` bytes. It ends with them at the latest, and is never empty.
  pub(super) fn resolve(self, size: u64) -> Result<Extent, Rejection> {
    let (offset, length) = match self.suffix {
      Some(Number(suffix)) => (size.saturating_sub(suffix), suffix),
      None => (
        self.offset.map_or(0, |offset| offset.0),
        self.length.map_or(u64::MAX, |length| length.0),
      ),
    };
    let length = length.min(size.saturating_sub(offset));
    if length == 0 {
      return Err(Rejection::InvalidRange);
    }
    Ok(Extent { offset, length })
  }
}

/// What the value `header` of `Range` is of `size` bytes. All of them unless it has exactly one
/// range, which can be satisfied: unlike an option, a header is then ignored.
pub(super) fn resolve_header(header: &str, size: u64) -> Extent {
  parse_header(header, size).unwrap_or(Extent::whole(size))
}

fn parse_header(header: &str, size: u64) -> Option<Extent> {
  let (unit, ranges) = header.split_once('=')?;
  if !unit.trim_matches(' ').eq_ignore_ascii_case("bytes") {
    return None;
  }
  let mut only = None;
  for range in ranges.split(',') {
    let (first, last) = range.trim_matches(' ').split_once('-')?;
    let (first, last) = (first.trim_matches(' '), last.trim_matches(' '));
    let extent = match (first, last) {
      // The oracle skips a suffix of nothing, instead of counting it.
      ("", last) if parse_integer(last)? == 0 => continue,
      ("", last) => {
        let length = parse_integer(last)?;
        Extent {
          offset: size.checked_sub(length)?,
          length,
        }
      }
      (first, last) => {
        let offset = parse_integer(first)?;
        let last = if last.is_empty() {
          u64::MAX
        } else {
          parse_integer(last)?
        };
        let last = last.min(size.checked_sub(1)?);
        Extent {
          offset,
          length: last.checked_sub(offset)? + 1,
        }
      }
    };
    if only.replace(extent).is_some() {
      return None;
    }
  }
  only
}

/// Digits only, where `str::parse` takes a sign too. Saturates.
fn parse_integer(digits: &str) -> Option<u64> {
  if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
    return None;
  }
  Some(digits.parse().unwrap_or(u64::MAX))
}

/// Finds a range in parts that are looked at one after another.
#[derive(Debug)]
pub(super) struct Cutter {
  range: Range<u64>,
  /// Bytes in the parts seen so far.
  position: u64,
}

impl Cutter {
  /// A cutter that has seen no part yet.
  pub(super) fn new(extent: Extent) -> Self {
    Self {
      range: extent.offset..extent.offset + extent.length,
      position: 0,
    }
  }

  /// What the next part, of `size` bytes, has of the range: positions in that part.
  pub(super) fn cut(&mut self, size: u64) -> Option<Range<u64>> {
    let part = self.position..self.position + size;
    self.position = part.end;
    let start = self.range.start.max(part.start);
    let end = self.range.end.min(part.end);
    (start < end).then(|| start - part.start..end - part.start)
  }
}
