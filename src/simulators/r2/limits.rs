//! What R2 accepts. Pure.

use super::number::Number;
use super::object::{CustomField, HttpFields, Metadata};
use super::rejection::Rejection;

/// Bytes of UTF-8 in a key.
pub(super) const KEY_BYTES_MAX: usize = 1024;
/// Bytes in a value, and in a part: 5 GiB less 5 MiB.
pub(super) const VALUE_BYTES_MAX: u64 = 5_363_466_240;
/// Bytes in every part but the last.
pub(super) const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
/// workerd checks these itself, in words of its own.
const PART_NUMBER_MAX: u64 = 10_000;
/// Units of custom metadata; see [`units`].
pub(super) const CUSTOM_UNITS_MAX: usize = 8192;
/// Bytes of HTTP metadata. R2 gives no limit, but workerd does: escaped as JSON each byte becomes
/// six at most, and with everything else about an object that must stay below 1 MiB.
pub(super) const HTTP_BYTES_MAX: usize = 128 * 1024;
/// Objects and delimited prefixes on a page of a listing; also the default.
pub(super) const LIST_ENTRIES_MAX: usize = 1000;
/// The same, when metadata is included.
pub(super) const LIST_ENTRIES_WITH_METADATA_MAX: usize = 100;
/// Bytes of JSON on a page: the 1 MiB that workerd reads, without room for what surrounds entries.
pub(super) const LIST_JSON_BYTES_MAX: usize = 1024 * 1024 - 16 * 1024;
/// Bytes of JSON in a request. Ten thousand parts or keys need a sixth of it.
pub(super) const REQUEST_JSON_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Checks the name of an object. It may be empty.
pub(super) fn check_key(key: &str) -> Result<(), Rejection> {
  if key.len() > KEY_BYTES_MAX {
    return Err(Rejection::InvalidObjectName);
  }
  Ok(())
}

/// Checks the length of a value or of a part, in bytes.
pub(super) fn check_value_length(value_bytes: u64) -> Result<(), Rejection> {
  if value_bytes > VALUE_BYTES_MAX {
    return Err(Rejection::EntityTooLarge);
  }
  Ok(())
}

/// Checks the length of metadata, of either kind.
pub(super) fn check_metadata(metadata: &Metadata) -> Result<(), Rejection> {
  let custom = metadata.custom_fields.iter().flatten();
  let custom_units: usize = custom.map(|CustomField { k, v }| units(k) + units(v)).sum();
  let http_bytes = metadata.http_fields.as_ref().map_or(0, http_bytes);
  // The class is a word that workerd hands on as the user wrote it.
  if custom_units > CUSTOM_UNITS_MAX || http_bytes + metadata.storage_class.len() > HTTP_BYTES_MAX {
    return Err(Rejection::MetadataTooLarge);
  }
  Ok(())
}

/// The oracle counts units of UTF-16, and counts them twice when one of them is not Latin-1.
fn units(text: &str) -> usize {
  let is_latin1 = text.chars().all(|character| character <= '\u{FF}');
  text.encode_utf16().count() * if is_latin1 { 1 } else { 2 }
}

fn http_bytes(fields: &HttpFields) -> usize {
  let fields = [
    &fields.content_type,
    &fields.content_language,
    &fields.content_disposition,
    &fields.content_encoding,
    &fields.cache_control,
  ];
  fields.into_iter().flatten().map(String::len).sum()
}

/// Checks the number of a part.
pub(super) fn check_part_number(number: u64) -> Result<(), Rejection> {
  match number {
    1..=PART_NUMBER_MAX => Ok(()),
    _ => Err(Rejection::InvalidArgument),
  }
}

/// How many entries a page of a listing has at most.
pub(super) fn list_limit(limit: Option<Number>, with_metadata: bool) -> Result<usize, Rejection> {
  let limit = match limit {
    None => LIST_ENTRIES_MAX,
    Some(Number(limit)) => match usize::try_from(limit) {
      Ok(entries @ 1..=LIST_ENTRIES_MAX) => entries,
      _ => return Err(Rejection::InvalidMaxKeys),
    },
  };
  Ok(if with_metadata {
    limit.min(LIST_ENTRIES_WITH_METADATA_MAX)
  } else {
    limit
  })
}
