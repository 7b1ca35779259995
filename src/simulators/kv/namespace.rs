//! A KV namespace: what its operations mean. Plain Rust between HTTP and SQL.

use std::io;
use std::sync::Arc;

use serde::de::{Error as _, IgnoredAny};
use thiserror::Error;

use super::limits::{self, BULK_UNITS_MAX, Integer, Rejection};
use super::rows::{self, KeyInfo};
use crate::simulators::keys;
use crate::storage::{Database, Payload, Storage, StorageError};

/// Why an operation did not happen.
#[derive(Debug, Error)]
pub(super) enum KvError {
  /// KV's own rules. The user's mistake.
  #[error(transparent)]
  Rejected(#[from] Rejection),
  /// Metadata that workerd cannot have sent, since it serializes it itself. Our bug.
  #[error("metadata is not JSON")]
  MetadataNotJson(#[source] serde_json::Error),
  /// A bulk `get` whose body we cannot read. Our bug.
  #[error("cannot read the body of a bulk get")]
  BulkUnreadable(#[source] serde_json::Error),
  /// A request that no KV method makes. Our bug, or a new workerd.
  #[error("do not know the request {method} {path}")]
  UnknownRequest { method: String, path: String },
  /// A large value could not be written or read; most likely the disk is full.
  #[error("cannot keep a value on disk")]
  Disk(#[source] io::Error),
  /// Our bug.
  #[error(transparent)]
  Storage(#[from] StorageError),
}

/// What is stored under a key.
#[derive(Debug)]
pub(super) struct Entry {
  pub(super) value: Payload,
  /// JSON text.
  pub(super) metadata: Option<String>,
}

#[derive(Debug)]
pub(super) struct Put {
  pub(super) key: String,
  pub(super) value: Payload,
  /// Bytes of the value on the wire; `value` may have been cut short beyond the limit.
  pub(super) value_bytes: u64,
  /// Seconds since the epoch.
  pub(super) expiration: Option<Integer>,
  /// Seconds from now. Wins over `expiration`.
  pub(super) expiration_ttl: Option<Integer>,
  /// JSON, not checked yet.
  pub(super) metadata: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct GetBulk {
  pub(super) keys: Vec<String>,
  pub(super) value_type: ValueType,
  /// Seconds.
  pub(super) cache_ttl: Option<Integer>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ValueType {
  Text,
  /// Checked to be JSON, but handed on as the text that was stored: numbers and the order of
  /// properties then reach the user as they were written.
  Json,
}

#[derive(Debug)]
pub(super) struct TextEntry {
  pub(super) text: String,
  /// JSON text.
  pub(super) metadata: Option<String>,
}

#[derive(Debug)]
pub(super) struct List {
  pub(super) limit: Option<Integer>,
  pub(super) prefix: String,
  /// Empty starts from the beginning.
  pub(super) cursor: String,
}

#[derive(Debug)]
pub(super) struct Page {
  pub(super) keys: Vec<KeyInfo>,
  /// `None` on the last page.
  pub(super) cursor: Option<String>,
}

/// One namespace in one runtime's storage.
pub(super) struct Namespace<'a> {
  id: &'a str,
  storage: &'a Storage,
}

impl<'a> Namespace<'a> {
  pub(super) fn new(id: &'a str, storage: &'a Storage) -> Self {
    Self { id, storage }
  }

  pub(super) fn get(
    &self,
    key: &str,
    cache_ttl: Option<Integer>,
  ) -> Result<Option<Entry>, KvError> {
    limits::check_key(key)?;
    limits::check_cache_ttl(cache_ttl)?;
    self.find(key)
  }

  /// One result for each key, in the order of the keys.
  pub(super) fn get_bulk(&self, get: GetBulk) -> Result<Vec<Option<TextEntry>>, KvError> {
    limits::check_bulk_count(get.keys.len())?;
    for key in &get.keys {
      limits::check_key(key)?;
    }
    limits::check_cache_ttl(get.cache_ttl)?;

    let mut units = 0;
    let mut entries = Vec::with_capacity(get.keys.len());
    for key in &get.keys {
      let Some(entry) = self.find(key)? else {
        entries.push(None);
        continue;
      };
      let value = entry.value.read_all().map_err(KvError::Disk)?;
      let text = decode_text(value.into());
      if get.value_type == ValueType::Json && serde_json::from_str::<IgnoredAny>(&text).is_err() {
        return Err(Rejection::BulkNotJson.into());
      }
      units += if text.is_ascii() {
        text.len()
      } else {
        text.encode_utf16().count()
      };
      // Before the next value is read: a hundred of the largest would be 2.5 GB.
      if units > BULK_UNITS_MAX {
        return Err(Rejection::BulkTooLarge.into());
      }
      entries.push(Some(TextEntry {
        text,
        metadata: entry.metadata,
      }));
    }
    Ok(entries)
  }

  pub(super) fn put(&self, put: Put) -> Result<(), KvError> {
    limits::check_key(&put.key)?;
    let expires_at_s = limits::expires_at_s(self.now_s(), put.expiration_ttl, put.expiration)?;
    let metadata = put.metadata.map(check_metadata).transpose()?;
    limits::check_value_length(put.value_bytes)?;
    self.database()?.run(|connection| {
      rows::put(
        connection,
        self.id,
        &put.key,
        expires_at_s,
        metadata.as_deref(),
        &put.value,
      )
    })?;
    put.value.keep();
    Ok(())
  }

  /// Deleting what is not there is a success.
  pub(super) fn delete(&self, key: &str) -> Result<(), KvError> {
    limits::check_key(key)?;
    self
      .database()?
      .run(|connection| rows::delete(connection, self.id, key))?;
    Ok(())
  }

  pub(super) fn list(&self, list: List) -> Result<Page, KvError> {
    let limit = limits::list_limit(list.limit)?;
    limits::check_key_length(&list.prefix)?;
    let start_after = keys::decode_cursor(&list.cursor);
    // Rounded up where `now_s` rounds down: like the oracle's, our listings show an entry up to and
    // including the millisecond in which it expires, while `get` no longer finds it then.
    let expired_before_s = seconds(self.storage.now_ms().div_ceil(1000));
    let mut keys = self.database()?.run(|connection| {
      rows::delete_expired(connection, self.id, expired_before_s)?;
      // One more than asked for tells whether there is a next page.
      rows::list(connection, self.id, &list.prefix, &start_after, limit + 1)
    })?;
    let complete = keys.len() <= limit as usize;
    keys.truncate(limit as usize);
    let last = keys.last().filter(|_| !complete);
    let cursor = last.map(|last| keys::encode_cursor(&last.name));
    Ok(Page { keys, cursor })
  }

  fn find(&self, key: &str) -> Result<Option<Entry>, KvError> {
    let now_s = self.now_s();
    let row = self
      .database()?
      .run(|connection| rows::get(connection, self.id, key, now_s))?;
    let open = |row: rows::Row| {
      let value = self.storage.open(row.value).map_err(KvError::Disk)?;
      let metadata = row.metadata;
      Ok(Entry { value, metadata })
    };
    row.map(open).transpose()
  }

  fn database(&self) -> Result<Arc<Database>, StorageError> {
    self.storage.database(rows::DATABASE, rows::MIGRATIONS)
  }

  /// Whole seconds since the epoch, rounded down.
  fn now_s(&self) -> i64 {
    seconds(self.storage.now_ms() / 1000)
  }
}

fn seconds(seconds: u64) -> i64 {
  i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn check_metadata(metadata: Vec<u8>) -> Result<String, KvError> {
  limits::check_metadata_length(metadata.len())?;
  let _: IgnoredAny = serde_json::from_slice(&metadata).map_err(KvError::MetadataNotJson)?;
  String::from_utf8(metadata)
    .map_err(|error| KvError::MetadataNotJson(serde_json::Error::custom(error)))
}

/// Decodes like `TextDecoder`: without a byte order mark, and with replacement characters.
fn decode_text(value: Vec<u8>) -> String {
  let text = String::from_utf8(value)
    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
  match text.strip_prefix('\u{FEFF}') {
    Some(text) => text.to_owned(),
    None => text,
  }
}
