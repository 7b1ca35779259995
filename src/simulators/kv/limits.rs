//! What KV accepts, and its own words for what it does not. Pure.

use std::fmt;

use thiserror::Error;

/// Bytes of UTF-8 in a key or a prefix.
pub(super) const KEY_BYTES_MAX: usize = 512;
/// Bytes in a value.
pub(super) const VALUE_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Bytes of JSON in an entry's metadata.
pub(super) const METADATA_BYTES_MAX: usize = 1024;
/// Keys on a page of a listing; also the default.
pub(super) const LIST_KEYS_MAX: u32 = 1000;
/// Keys in a bulk `get`.
pub(super) const BULK_KEYS_MAX: usize = 100;
/// UTF-16 units in all values of a bulk `get` together. Units and not bytes, because the oracle
/// counts what JavaScript calls the length.
pub(super) const BULK_UNITS_MAX: usize = 25 * 1024 * 1024;
/// Seconds that `cacheTtl` must be at least.
const CACHE_TTL_MIN_S: i64 = 30;
/// Seconds that an entry must live at least, however its expiry is given.
const LIFETIME_MIN_S: i64 = 60;

/// A number as it arrived. Errors quote the text, so it is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Integer {
  text: String,
  /// `None` where JavaScript has `NaN`.
  value: Option<i64>,
}

impl Integer {
  /// Reads `text` like JavaScript's `parseInt`: leading space and trailing garbage are ignored.
  /// Saturates, for no limit is anywhere near the ends of the range.
  pub(super) fn parse(text: impl Into<String>) -> Self {
    let text = text.into();
    let value = parse_int(&text);
    Self { text, value }
  }
}

impl fmt::Display for Integer {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str(&self.text)
  }
}

fn parse_int(text: &str) -> Option<i64> {
  let text = text.trim_start();
  let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
  let hexadecimal = unsigned
    .strip_prefix("0x")
    .or_else(|| unsigned.strip_prefix("0X"));
  let (digits, radix) = hexadecimal.map_or((unsigned, 10), |digits| (digits, 16));
  let mut digits = digits
    .chars()
    .map_while(|digit| digit.to_digit(radix))
    .map(i64::from)
    .peekable();
  digits.peek()?;
  let radix = i64::from(radix);
  let value = digits.fold(0i64, |value, digit| {
    value.saturating_mul(radix).saturating_add(digit)
  });
  Some(if text.starts_with('-') { -value } else { value })
}

/// KV says no. `Display` is the reason phrase, in the product's words.
#[derive(Debug, Error)]
pub(super) enum Rejection {
  #[error("Key names must not be empty")]
  KeyEmpty,
  #[error("Illegal key name \"{key}\". Please use a different name.")]
  KeyIllegal { key: String },
  #[error(
    "UTF-8 encoded length of {key_bytes} exceeds key length limit of {max}.",
    max = KEY_BYTES_MAX
  )]
  KeyTooLong { key_bytes: usize },
  #[error("Could not URL-decode key name")]
  KeyUndecodable,
  #[error("Invalid cache_ttl of {cache_ttl}. Cache TTL must be at least {min}.", min = CACHE_TTL_MIN_S)]
  CacheTtlTooShort { cache_ttl: Integer },
  #[error("Invalid expiration_ttl of {ttl}. Please specify integer greater than 0.")]
  ExpirationTtlNotPositive { ttl: Integer },
  #[error(
    "Invalid expiration_ttl of {ttl}. Expiration TTL must be at least {min}.",
    min = LIFETIME_MIN_S
  )]
  ExpirationTtlTooShort { ttl: Integer },
  #[error(
    "Invalid expiration of {expiration}. Please specify integer greater than the current number of \
     seconds since the UNIX epoch."
  )]
  ExpirationPast { expiration: Integer },
  #[error(
    "Invalid expiration of {expiration}. Expiration times must be at least {min} seconds in the \
     future.",
    min = LIFETIME_MIN_S
  )]
  ExpirationTooSoon { expiration: Integer },
  #[error("Metadata length of {metadata_bytes} exceeds limit of {max}.", max = METADATA_BYTES_MAX)]
  MetadataTooLong { metadata_bytes: usize },
  #[error("Value length of {value_bytes} exceeds limit of {max}.", max = VALUE_BYTES_MAX)]
  ValueTooLong { value_bytes: u64 },
  #[error("Invalid key_count_limit of {limit}. Please specify an integer greater than 0.")]
  ListLimitNotPositive { limit: Integer },
  #[error(
    "Invalid key_count_limit of {limit}. Please specify an integer less than {max}.",
    max = LIST_KEYS_MAX
  )]
  ListLimitTooLarge { limit: Integer },
  #[error("You must request a minimum of 1 key")]
  BulkTooFew,
  #[error("You can request a maximum of {max} keys", max = BULK_KEYS_MAX)]
  BulkTooMany,
  #[error("\"{name}\" is not a valid type. Use \"json\" or \"text\"")]
  BulkType { name: String },
  #[error("At least one of the requested keys corresponds to a non-json value")]
  BulkNotJson,
  #[error("Total size of request exceeds the limit of 25MB")]
  BulkTooLarge,
  #[error("Cannot {method}() with Workers Sites namespace")]
  SitesReadOnly { method: String },
}

/// Checks the name of an entry.
pub(super) fn check_key(key: &str) -> Result<(), Rejection> {
  match key {
    "" => Err(Rejection::KeyEmpty),
    "." | ".." => Err(Rejection::KeyIllegal {
      key: key.to_owned(),
    }),
    _ => check_key_length(key),
  }
}

/// Checks a prefix, which may be any text that is short enough.
pub(super) fn check_key_length(key: &str) -> Result<(), Rejection> {
  match key.len() {
    0..=KEY_BYTES_MAX => Ok(()),
    key_bytes => Err(Rejection::KeyTooLong { key_bytes }),
  }
}

/// Checks `cacheTtl`, in seconds.
pub(super) fn check_cache_ttl(cache_ttl: Option<Integer>) -> Result<(), Rejection> {
  match cache_ttl {
    Some(cache_ttl) if cache_ttl.value.is_none_or(|value| value < CACHE_TTL_MIN_S) => {
      Err(Rejection::CacheTtlTooShort { cache_ttl })
    }
    _ => Ok(()),
  }
}

/// When an entry that is put at second `now_s` expires, in seconds since the epoch. A time to live
/// wins over a point in time, and that is then not even looked at.
pub(super) fn expires_at_s(
  now_s: i64,
  ttl: Option<Integer>,
  expiration: Option<Integer>,
) -> Result<Option<i64>, Rejection> {
  if let Some(ttl) = ttl {
    return match ttl.value {
      None | Some(..=0) => Err(Rejection::ExpirationTtlNotPositive { ttl }),
      Some(..LIFETIME_MIN_S) => Err(Rejection::ExpirationTtlTooShort { ttl }),
      Some(value) => Ok(Some(now_s.saturating_add(value))),
    };
  }
  let Some(expiration) = expiration else {
    return Ok(None);
  };
  match expiration.value {
    Some(value) if value >= now_s.saturating_add(LIFETIME_MIN_S) => Ok(Some(value)),
    Some(value) if value > now_s => Err(Rejection::ExpirationTooSoon { expiration }),
    _ => Err(Rejection::ExpirationPast { expiration }),
  }
}

/// Checks the length of metadata, in bytes of JSON.
pub(super) fn check_metadata_length(metadata_bytes: usize) -> Result<(), Rejection> {
  match metadata_bytes {
    0..=METADATA_BYTES_MAX => Ok(()),
    _ => Err(Rejection::MetadataTooLong { metadata_bytes }),
  }
}

/// Checks the length of a value, in bytes.
pub(super) fn check_value_length(value_bytes: u64) -> Result<(), Rejection> {
  if value_bytes > VALUE_BYTES_MAX as u64 {
    return Err(Rejection::ValueTooLong { value_bytes });
  }
  Ok(())
}

/// How many keys a listing returns.
pub(super) fn list_limit(limit: Option<Integer>) -> Result<u32, Rejection> {
  let Some(limit) = limit else {
    return Ok(LIST_KEYS_MAX);
  };
  match limit.value {
    None | Some(..=0) => Err(Rejection::ListLimitNotPositive { limit }),
    Some(value) => match u32::try_from(value) {
      Ok(keys @ ..=LIST_KEYS_MAX) => Ok(keys),
      _ => Err(Rejection::ListLimitTooLarge { limit }),
    },
  }
}

/// Checks how many keys a bulk `get` asks for.
pub(super) fn check_bulk_count(keys: usize) -> Result<(), Rejection> {
  match keys {
    0 => Err(Rejection::BulkTooFew),
    1..=BULK_KEYS_MAX => Ok(()),
    _ => Err(Rejection::BulkTooMany),
  }
}
