//! Parameters as JSON carries them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::simulators::d1::statement::Value;

/// A parameter: number, string, `null`, or an array of numbers that are the bytes of a blob.
/// Anything else the client has already refused.
#[derive(Debug)]
pub(super) struct Parameter(pub(super) Value);

impl<'de> Deserialize<'de> for Parameter {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    deserializer.deserialize_any(ParameterVisitor).map(Self)
  }
}

struct ParameterVisitor;

impl<'de> Visitor<'de> for ParameterVisitor {
  type Value = Value;

  fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("a number, a string, null or an array of bytes")
  }

  fn visit_unit<E>(self) -> Result<Value, E> {
    Ok(Value::Null)
  }

  #[expect(clippy::cast_precision_loss, reason = "JavaScript only has doubles")]
  fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
    Ok(Value::Real(number as f64))
  }

  #[expect(clippy::cast_precision_loss, reason = "JavaScript only has doubles")]
  fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
    Ok(Value::Real(number as f64))
  }

  fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
    Ok(Value::Real(number))
  }

  fn visit_str<E>(self, text: &str) -> Result<Value, E> {
    Ok(Value::Text(text.to_owned()))
  }

  fn visit_string<E>(self, text: String) -> Result<Value, E> {
    Ok(Value::Text(text))
  }

  fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Value, A::Error> {
    let mut bytes = Vec::new();
    while let Some(number) = numbers.next_element::<f64>()? {
      // As `Uint8Array` does: cut the fraction off, and take the rest of a division by 256.
      #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the rest of a division by 256 is a byte"
      )]
      bytes.push(number.trunc().rem_euclid(256.0) as u8);
    }
    Ok(Value::Blob(bytes))
  }
}

/// `json` with every escaped half of a surrogate pair replaced, since Rust has no string for it.
///
/// SQLite would keep its three bytes, of which none is UTF-8 alone, so three replacement characters
/// are what a user reads back. Only `length()` and `hex()` could tell.
pub(super) fn replace_lone_surrogates(json: &[u8]) -> Cow<'_, [u8]> {
  let mut replaced = Vec::new();
  let mut copied = 0;
  let mut position = 0;
  while let Some(at) = json[position..].iter().position(|byte| *byte == b'\\') {
    position += at;
    let next = json.get(position + 6..).unwrap_or_default();
    match (surrogate(&json[position..]), surrogate(next)) {
      (Some(Half::High), Some(Half::Low)) => position += 12,
      (Some(_), _) => {
        replaced.extend(&json[copied..position]);
        replaced.extend(br"\ufffd\ufffd\ufffd");
        position += 6;
        copied = position;
      }
      // Any other escape: a backslash and one character, which may be a backslash.
      (None, _) => position = (position + 2).min(json.len()),
    }
  }
  if copied == 0 {
    return Cow::Borrowed(json);
  }
  replaced.extend(&json[copied..]);
  Cow::Owned(replaced)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Half {
  High,
  Low,
}

/// Which half of a surrogate pair `json` starts with, if it does.
fn surrogate(json: &[u8]) -> Option<Half> {
  let digits = json.strip_prefix(br"\u")?.get(..4)?;
  if !digits[0].eq_ignore_ascii_case(&b'd') || !digits.iter().all(u8::is_ascii_hexdigit) {
    return None;
  }
  match digits[1].to_ascii_lowercase() {
    b'8' | b'9' | b'a' | b'b' => Some(Half::High),
    b'c'..=b'f' => Some(Half::Low),
    _ => None,
  }
}
