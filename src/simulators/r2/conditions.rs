//! `onlyIf`: conditions on the object that is there. Pure.

use serde::Deserialize;

use super::number::Number;
use super::object::Object;

/// Conditions, all of which must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conditions {
  etag_matches: Option<Vec<EtagPattern>>,
  etag_does_not_match: Option<Vec<EtagPattern>>,
  /// Milliseconds since the epoch, as the next one.
  uploaded_before: Option<Number>,
  uploaded_after: Option<Number>,
  /// Compares whole seconds, which is all that dates in HTTP headers have.
  seconds_granularity: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum EtagPattern {
  Strong {
    #[serde(default)]
    value: String,
  },
  Weak {
    #[serde(default)]
    value: String,
  },
  Wildcard,
}

/// Whether a weak pattern can match. The etags of objects are strong.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Comparison {
  Strong,
  Weak,
}

impl Conditions {
  /// Whether they hold for `object`, or for its absence.
  pub(super) fn hold(&self, object: Option<&Object>) -> bool {
    let Some(object) = object else {
      return self.etag_matches.is_none() && self.uploaded_after.is_none();
    };
    let matches = |patterns: &Vec<EtagPattern>, comparison| {
      let mut patterns = patterns.iter();
      patterns.any(|pattern| pattern.matches(&object.etag, comparison))
    };
    let has_match = self
      .etag_matches
      .as_ref()
      .map(|patterns| matches(patterns, Comparison::Strong));
    let has_no_match = self
      .etag_does_not_match
      .as_ref()
      .map(|patterns| !matches(patterns, Comparison::Weak));
    if has_match == Some(false) || has_no_match == Some(false) {
      return false;
    }
    // As in HTTP, an etag that has decided makes the date beside it irrelevant.
    let uploaded = self.round(object.uploaded_ms);
    let is_before = |limit: Number| uploaded < self.round(limit.signed());
    let is_after = |limit: Number| self.round(limit.signed()) < uploaded;
    (has_match.is_some() || self.uploaded_before.is_none_or(is_before))
      && (has_no_match.is_some() || self.uploaded_after.is_none_or(is_after))
  }

  fn round(&self, ms: i64) -> i64 {
    match self.seconds_granularity {
      Some(true) => ms.div_euclid(1000),
      _ => ms,
    }
  }
}

impl EtagPattern {
  fn matches(&self, etag: &str, comparison: Comparison) -> bool {
    match self {
      Self::Wildcard => true,
      Self::Strong { value } => value == etag,
      Self::Weak { value } => comparison == Comparison::Weak && value == etag,
    }
  }
}
