//! Digests of values: computing them in pieces, and comparing them with what the user expects.

use std::collections::BTreeMap;
use std::io;

use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};

use super::rejection::Rejection;
use crate::storage::Payload;

/// A hash function that R2 knows.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Algorithm {
  Md5,
  Sha1,
  Sha256,
  Sha384,
  Sha512,
}

impl Algorithm {
  /// As error messages call it.
  pub(super) fn name(self) -> &'static str {
    match self {
      Self::Md5 => "MD5",
      Self::Sha1 => "SHA-1",
      Self::Sha256 => "SHA-256",
      Self::Sha384 => "SHA-384",
      Self::Sha512 => "SHA-512",
    }
  }

  /// As JSON calls it.
  fn index(self) -> u8 {
    self as u8
  }

  fn hasher(self) -> Box<dyn DynDigest> {
    match self {
      Self::Md5 => Box::new(Md5::default()),
      Self::Sha1 => Box::new(Sha1::default()),
      Self::Sha256 => Box::new(Sha256::default()),
      Self::Sha384 => Box::new(Sha384::default()),
      Self::Sha512 => Box::new(Sha512::default()),
    }
  }
}

/// Digests by algorithm.
pub(super) type Digests = BTreeMap<Algorithm, Vec<u8>>;

/// The checksums that an object tells: hex, by the index of the algorithm.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Checksums(BTreeMap<u8, String>);

/// MD5 of `value`, and one digest for each of `expected`.
///
/// # Errors
/// When the value cannot be read.
pub(super) fn compute(value: &Payload, expected: &Digests) -> io::Result<Digests> {
  let mut hashers = BTreeMap::from([(Algorithm::Md5, Algorithm::Md5.hasher())]);
  hashers.extend(
    expected
      .keys()
      .map(|algorithm| (*algorithm, algorithm.hasher())),
  );
  value.for_each_chunk(|chunk| {
    for hasher in hashers.values_mut() {
      hasher.update(chunk);
    }
  })?;
  let finish =
    |(algorithm, hasher): (Algorithm, Box<dyn DynDigest>)| (algorithm, hasher.finalize().into());
  Ok(hashers.into_iter().map(finish).collect())
}

/// The checksums of an object with the digests `computed`, which must be as `expected`.
pub(super) fn compare(computed: &Digests, expected: &Digests) -> Result<Checksums, Rejection> {
  for (algorithm, expected) in expected {
    let actual = &computed[algorithm];
    if actual != expected {
      return Err(Rejection::BadDigest {
        algorithm: algorithm.name(),
        expected: to_hex(expected),
        actual: to_hex(actual),
      });
    }
  }
  let checksums = computed
    .iter()
    .map(|(algorithm, digest)| (algorithm.index(), to_hex(digest)));
  Ok(Checksums(checksums.collect()))
}

/// Lower-case hex.
pub(super) fn to_hex(bytes: &[u8]) -> String {
  let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("a nibble is below 16");
  let digits = bytes
    .iter()
    .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
  digits.collect()
}

/// The bytes that hex of either case stands for; `None` when it is not hex.
pub(super) fn from_hex(hex: &str) -> Option<Vec<u8>> {
  let nibble = |digit: u8| {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
  };
  let pairs = hex.as_bytes().chunks(2);
  pairs
    .map(|pair| match *pair {
      [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
      _ => None,
    })
    .collect()
}
