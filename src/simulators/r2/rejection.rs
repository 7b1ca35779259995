//! R2's own words for what it does not accept. Pure.

use thiserror::Error;

/// R2 says no. `Display` is the message, in the product's words and always ASCII.
#[derive(Debug, Error)]
pub(super) enum Rejection {
  #[error("We encountered an internal error. Please try again.")]
  Internal,
  #[error("The specified key does not exist.")]
  NoSuchKey,
  #[error("Your proposed upload exceeds the maximum allowed object size.")]
  EntityTooLarge,
  #[error("Your proposed upload is smaller than the minimum allowed object size.")]
  EntityTooSmall,
  #[error("Your metadata headers exceed the maximum allowed metadata size.")]
  MetadataTooLarge,
  #[error("The specified object name is not valid.")]
  InvalidObjectName,
  #[error("MaxKeys params must be positive integer <= 1000.")]
  InvalidMaxKeys,
  #[error("The specified multipart upload does not exist.")]
  NoSuchUpload,
  #[error("One or more of the specified parts could not be found.")]
  InvalidPart,
  #[error("Metadata missing or invalid")]
  InvalidArgument,
  #[error("At least one of the pre-conditions you specified did not hold.")]
  PreconditionFailed,
  #[error(
    "The {algorithm} checksum you specified did not match what we received.\n\
     You provided a {algorithm} checksum with value: {expected}\n\
     Actual {algorithm} was: {actual}"
  )]
  BadDigest {
    algorithm: &'static str,
    /// Hex, as `actual`.
    expected: String,
    actual: String,
  },
  #[error("The requested range is not satisfiable")]
  InvalidRange,
  #[error("There was a problem with the multipart upload.")]
  BadUpload,
  #[error(
    "The object was stored using a form of Server Side Encryption. The correct parameters must be \
     provided to retrieve the object."
  )]
  EncryptionKeyMissing,
  #[error("The encryption key is not the one that the object was stored with.")]
  EncryptionKeyDiffers,
  #[error("The encryption parameters are not applicable to this object.")]
  EncryptionKeyNotApplicable,
  #[error(
    "The multipart upload initiate requested encryption. Subsequent part requests must include the \
     appropriate encryption parameters."
  )]
  EncryptionKeyOfPartMissing,
}

impl Rejection {
  /// The number that users see behind the message.
  pub(super) fn code(&self) -> u32 {
    match self {
      Self::Internal => 10001,
      Self::NoSuchKey => 10007,
      Self::EntityTooSmall => 10011,
      Self::MetadataTooLarge => 10012,
      Self::InvalidObjectName => 10020,
      Self::InvalidMaxKeys => 10022,
      Self::NoSuchUpload => 10024,
      Self::InvalidPart => 10025,
      Self::InvalidArgument
      | Self::EncryptionKeyMissing
      | Self::EncryptionKeyDiffers
      | Self::EncryptionKeyNotApplicable
      | Self::EncryptionKeyOfPartMissing => 10029,
      Self::PreconditionFailed => 10031,
      Self::BadDigest { .. } => 10037,
      Self::InvalidRange => 10039,
      Self::BadUpload => 10048,
      Self::EntityTooLarge => 100_100,
    }
  }
}
