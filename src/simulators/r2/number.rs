//! 64-bit integers in JSON, which Cap'n Proto writes as strings since JavaScript would round them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::{Serialize, Serializer};

/// A 64-bit integer. Read from a string or from a number, written as a string.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Number(pub(super) u64);

impl Number {
  /// The same bits as a signed number. workerd puts dates into unsigned fields as they are, also
  /// those before 1970.
  pub(super) fn signed(self) -> i64 {
    self.0 as i64
  }
}

impl Serialize for Number {
  fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&self.0)
  }
}

impl<'de> Deserialize<'de> for Number {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    deserializer.deserialize_any(NumberVisitor)
  }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
  type Value = Number;

  fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("a 64-bit integer or its decimal digits")
  }

  fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
    Ok(Number(value))
  }

  fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
    Ok(Number(value as u64))
  }

  fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
    let number = text
      .parse()
      .or_else(|_| text.parse().map(|signed: i64| signed as u64));
    let number = number.map(Number);
    number.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
  }
}
