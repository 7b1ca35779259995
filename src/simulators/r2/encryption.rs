//! A customer's encryption keys (SSE-C), as far as one notices them from outside: whoever reads an
//! object needs the key that it was put with. Nothing is encrypted, and keys are not kept. Pure.

use md5::{Digest, Md5};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::checksums::{from_hex, to_hex};
use super::rejection::Rejection;

const KEY_BYTES: usize = 32;

/// The MD5 of a key in hex, which is how R2 tells users which key an object needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct KeyDigest(pub(super) String);

impl KeyDigest {
  /// The digest of a key in hex; `None` when it is no such key.
  pub(super) fn of(key: &str) -> Option<Self> {
    let key = from_hex(key).filter(|key| key.len() == KEY_BYTES)?;
    Some(Self(to_hex(&Md5::digest(key))))
  }
}

impl Serialize for KeyDigest {
  fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
    let mut ssec = serializer.serialize_struct("Ssec", 2)?;
    ssec.serialize_field("algorithm", "AES256")?;
    ssec.serialize_field("keyMd5", &self.0)?;
    ssec.end()
  }
}

/// Checks the key of somebody who reads what was stored with the key `stored`.
pub(super) fn check_read(
  stored: Option<&KeyDigest>,
  given: Option<&KeyDigest>,
) -> Result<(), Rejection> {
  match (stored, given) {
    (None, None) => Ok(()),
    (None, Some(_)) => Err(Rejection::EncryptionKeyNotApplicable),
    (Some(_), None) => Err(Rejection::EncryptionKeyMissing),
    (Some(stored), Some(given)) if stored == given => Ok(()),
    (Some(_), Some(_)) => Err(Rejection::EncryptionKeyDiffers),
  }
}

/// Checks the key of a part for an upload that was created with the key `upload`.
pub(super) fn check_part(
  upload: Option<&KeyDigest>,
  given: Option<&KeyDigest>,
) -> Result<(), Rejection> {
  check_read(upload, given).map_err(|rejection| match rejection {
    Rejection::EncryptionKeyMissing => Rejection::EncryptionKeyOfPartMissing,
    rejection => rejection,
  })
}
