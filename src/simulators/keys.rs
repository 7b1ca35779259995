//! Keys in byte order, which is that of every listing: where a prefix ends, and where a page goes on.
//!
//! A cursor is base64 of the last key on the page. Opaque to users, but the oracle's are the same, so a
//! cursor in somebody's snapshot stays as it is. Decoding never fails: a cursor that we did not make stands
//! for some position or other, as it does in the oracle.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;

/// Takes every sequence of digits that has whole bytes in it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
  &STANDARD,
  GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The cursor of the page after `key`.
pub(super) fn encode_cursor(key: &str) -> String {
  BASE64_STANDARD.encode(key)
}

/// The key that `cursor` continues after. Skips what is not base64, replaces what is not UTF-8.
pub(super) fn decode_cursor(cursor: &str) -> String {
  let is_digit = |digit: &u8| digit.is_ascii_alphanumeric() || matches!(digit, b'+' | b'/');
  let mut digits: Vec<_> = cursor.bytes().filter(is_digit).collect();
  if digits.len() % 4 == 1 {
    // Six bits are no byte.
    digits.pop();
  }
  let key = LENIENT
    .decode(digits)
    .expect("these are digits of base64, in a number that stands for bytes");
  String::from_utf8_lossy(&key).into_owned()
}

/// The least text, in byte order, above all texts that start with `prefix`. It need not be UTF-8, which
/// SQLite does not ask for in order to compare.
pub(super) fn prefix_end(prefix: &str) -> Vec<u8> {
  let mut end = prefix.as_bytes().to_vec();
  match end.last_mut() {
    // No byte of UTF-8 is above 0xF4, so this does not overflow.
    Some(last) => *last += 1,
    None => end.push(0xFF),
  }
  end
}
