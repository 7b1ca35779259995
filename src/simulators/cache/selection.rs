//! What of an entry a `match` gets: conditions and ranges. Pure.

use super::freshness::parse_date_ms;
use super::head::Headers;
use super::ranges::{self, ByteRange};

/// The headers of a `match` that matter. `If-Match`, `If-Unmodified-Since` and `If-Range` do not.
#[derive(Debug, Default)]
pub(super) struct Conditions {
  pub(super) if_none_match: Option<String>,
  pub(super) if_modified_since: Option<String>,
  pub(super) range: Option<String>,
}

/// What a `match` gets of the entry that it has found.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Selection {
  Whole,
  /// One of its conditions says that it has the entry already.
  NotModified,
  Range(ByteRange),
  /// More than one.
  Ranges(Vec<ByteRange>),
  Unsatisfiable,
}

/// Decides about an entry with these headers and so many bytes in its body.
///
/// A range that cannot be satisfied goes before a condition, and a condition before other ranges.
pub(super) fn select(conditions: &Conditions, headers: &Headers, length: u64) -> Selection {
  let ranges = match conditions.range.as_deref() {
    None => Vec::new(),
    Some(range) => match ranges::parse(range, length) {
      Ok(ranges) => ranges,
      Err(ranges::Unsatisfiable) => return Selection::Unsatisfiable,
    },
  };
  if is_etag_known(conditions, headers) || is_unmodified(conditions, headers) {
    return Selection::NotModified;
  }
  match ranges.as_slice() {
    [] => Selection::Whole,
    [range] => Selection::Range(range.clone()),
    _ => Selection::Ranges(ranges),
  }
}

fn is_etag_known(conditions: &Conditions, headers: &Headers) -> bool {
  let Some(known) = conditions.if_none_match.as_deref() else {
    return false;
  };
  let stored = headers.text("etag");
  let Some(stored) = stored.as_deref().and_then(opaque_tag) else {
    return false;
  };
  known.trim() == "*"
    || known
      .split(',')
      .any(|etag| opaque_tag(etag) == Some(stored))
}

/// What is between the quotation marks, which is all that a weak comparison looks at.
fn opaque_tag(etag: &str) -> Option<&str> {
  let etag = etag.trim();
  let quoted = etag.strip_prefix("W/").unwrap_or(etag);
  let tag = quoted.strip_prefix('"')?.strip_suffix('"')?;
  (!tag.is_empty()).then_some(tag)
}

fn is_unmodified(conditions: &Conditions, headers: &Headers) -> bool {
  let since = conditions.if_modified_since.as_deref();
  let modified = headers.text("last-modified");
  let (since, modified) = (
    since.and_then(parse_strict_date_ms),
    modified.as_deref().and_then(parse_strict_date_ms),
  );
  matches!((since, modified), (Some(since), Some(modified)) if modified <= since)
}

/// Only the form `Sun, 06 Nov 1994 08:49:37 GMT`. The other two have the comma elsewhere, or none.
fn parse_strict_date_ms(date: &str) -> Option<i64> {
  let strict = date.len() == 29 && date.as_bytes()[3] == b',';
  parse_date_ms(date).filter(|_| strict)
}
