//! List cursors: base64 of the last key on the page.
//!
//! Opaque to users, but the oracle's is the same, so a cursor in somebody's snapshot stays as it
//! is. Decoding never fails: a cursor that we did not make stands for some position or other, as it
//! does in the oracle.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The cursor of the page after `key`.
pub(super) fn encode(key: &str) -> String {
  let mut cursor = String::with_capacity(key.len().div_ceil(3) * 4);
  for group in key.as_bytes().chunks(3) {
    let bits = (0..3).fold(0u32, |bits, at| {
      bits << 8 | u32::from(*group.get(at).unwrap_or(&0))
    });
    for digit in 0..4 {
      // `n` bytes fill `n + 1` digits; the rest is padding.
      let index = (bits >> (18 - 6 * digit)) & 63;
      let digit = if digit <= group.len() {
        ALPHABET[index as usize]
      } else {
        b'='
      };
      cursor.push(char::from(digit));
    }
  }
  cursor
}

/// The key that `cursor` continues after. Skips what is not base64, replaces what is not UTF-8.
pub(super) fn decode(cursor: &str) -> String {
  let mut key = Vec::with_capacity(cursor.len() / 4 * 3);
  let mut bits = 0u32;
  let mut bit_count = 0;
  for digit in cursor.bytes() {
    let Some(index) = ALPHABET.iter().position(|known| *known == digit) else {
      continue;
    };
    bits = bits << 6 | index as u32;
    bit_count += 6;
    if bit_count >= 8 {
      bit_count -= 8;
      key.push((bits >> bit_count) as u8);
      bits &= (1 << bit_count) - 1;
    }
  }
  String::from_utf8_lossy(&key).into_owned()
}
