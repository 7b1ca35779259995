//! An object as R2 describes it. Serialized, it is the JSON that workerd reads.

use serde::{Deserialize, Serialize};

use super::checksums::Checksums;
use super::encryption::KeyDigest;
use super::number::Number;

/// The storage class of whoever does not ask for one.
const STORAGE_CLASS: &str = "Standard";

/// Everything about an object but its value.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Object {
  #[serde(rename = "name")]
  pub(super) key: String,
  pub(super) version: String,
  /// Bytes.
  pub(super) size: u64,
  pub(super) etag: String,
  /// Milliseconds since the epoch.
  #[serde(rename = "uploaded")]
  pub(super) uploaded_ms: i64,
  /// What was read of it. Listings and writes do not say.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) range: Option<Extent>,
  pub(super) checksums: Checksums,
  #[serde(flatten)]
  pub(super) metadata: Metadata,
}

/// A range that fits its object.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Extent {
  /// Bytes before it.
  pub(super) offset: u64,
  /// Bytes.
  pub(super) length: u64,
}

impl Extent {
  /// All of something that has `size` bytes.
  pub(super) fn whole(size: u64) -> Self {
    Self {
      offset: 0,
      length: size,
    }
  }
}

/// What the user says about an object.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
  pub(super) storage_class: String,
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) ssec: Option<KeyDigest>,
  /// `None` where a listing does not include them; the user then sees `undefined` and not `{}`.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) http_fields: Option<HttpFields>,
  /// As above.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) custom_fields: Option<Vec<CustomField>>,
}

impl Metadata {
  /// With defaults for what the user has not said.
  pub(super) fn new(
    storage_class: Option<String>,
    ssec: Option<KeyDigest>,
    http_fields: Option<HttpFields>,
    custom_fields: Option<Vec<CustomField>>,
  ) -> Self {
    let storage_class = storage_class.filter(|class| !class.is_empty());
    Self {
      storage_class: storage_class.unwrap_or_else(|| STORAGE_CLASS.to_owned()),
      ssec,
      http_fields: Some(http_fields.unwrap_or_default()),
      custom_fields: Some(custom_fields.unwrap_or_default()),
    }
  }
}

/// The kinds of metadata that a listing tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Include {
  pub(super) http_fields: bool,
  pub(super) custom_fields: bool,
}

impl Include {
  /// Whether it asks for anything.
  pub(super) fn any(self) -> bool {
    self.http_fields || self.custom_fields
  }
}

/// HTTP metadata.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HttpFields {
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) content_type: Option<String>,
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) content_language: Option<String>,
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) content_disposition: Option<String>,
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) content_encoding: Option<String>,
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) cache_control: Option<String>,
  /// Milliseconds since the epoch.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) cache_expiry: Option<Number>,
}

/// An entry of custom metadata.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct CustomField {
  pub(super) k: String,
  pub(super) v: String,
}
