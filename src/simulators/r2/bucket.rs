//! An R2 bucket: what its operations mean. Plain Rust between HTTP and SQL.
//!
//! Invariant: each operation is one call of the database, so nothing happens between its checks and
//! its write, and a write that fails in the middle leaves nothing.
//! Not here: uploads in parts, see [`multipart`](super::multipart).

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::checksums::{self, Algorithm, Digests, to_hex};
use super::conditions::Conditions;
use super::encryption::{self, KeyDigest};
use super::limits;
use super::listing::{Last, List, Page, PageBuilder};
use super::object::{Extent, Metadata, Object};
use super::ranges::{self, Cutter, RangeOption};
use super::rejection::Rejection;
use super::rows::{self, Part};
use crate::simulators::keys;
use crate::storage::{Database, Payload, Storage, StorageError};

/// Bytes of a version, which is fresh with every write.
pub(super) const VERSION_BYTES: u32 = 16;

/// Why an operation did not happen.
#[derive(Debug, Error)]
pub(super) enum R2Error {
  /// R2's own rules. The user's mistake, or a condition of theirs.
  #[error(transparent)]
  Rejected(#[from] Rejection),
  /// As [`Rejection::PreconditionFailed`], for a read, which tells about the object all the same.
  #[error("a condition of a read did not hold")]
  NotRead(Box<Object>),
  /// A large value could not be written or read; most likely the disk is full.
  #[error("cannot keep a value on disk")]
  Disk(#[source] io::Error),
  /// Our bug.
  #[error(transparent)]
  Storage(#[from] StorageError),
}

#[derive(Debug)]
pub(super) struct Get {
  pub(super) key: String,
  pub(super) range: Option<RangeOption>,
  /// The value of `Range`. Wins over `range`, with which workerd does not send it.
  pub(super) range_header: Option<String>,
  pub(super) only_if: Conditions,
  pub(super) encryption_key: Option<KeyDigest>,
}

#[derive(Debug)]
pub(super) struct Put {
  pub(super) key: String,
  pub(super) metadata: Metadata,
  pub(super) only_if: Conditions,
  /// Digests that the value must have.
  pub(super) digests: Digests,
}

/// What comes after the JSON.
#[derive(Debug)]
pub(super) struct Value {
  pub(super) payload: Payload,
  /// Bytes of the value on the wire; `payload` may have been cut short beyond the limit.
  pub(super) bytes: u64,
}

/// An object, and what was asked for of its value.
#[derive(Debug)]
pub(super) struct Found {
  pub(super) object: Object,
  /// Pieces, one after another.
  pub(super) value: Vec<Payload>,
}

/// One bucket in one runtime's storage.
pub(super) struct Bucket<'a> {
  pub(super) name: &'a str,
  storage: &'a Storage,
}

impl<'a> Bucket<'a> {
  pub(super) fn new(name: &'a str, storage: &'a Storage) -> Self {
    Self { name, storage }
  }

  pub(super) fn head(&self, key: &str) -> Result<Object, R2Error> {
    limits::check_key(key)?;
    let found = self
      .database()?
      .run(|connection| rows::object(connection, self.name, key))?;
    let mut object = found.ok_or(Rejection::NoSuchKey)?.object;
    object.range = Some(Extent::whole(object.size));
    Ok(object)
  }

  pub(super) fn get(&self, get: &Get) -> Result<Found, R2Error> {
    limits::check_key(&get.key)?;
    let found = self.database()?.run(|connection| {
      let Some(rows::Stored { mut object, source }) =
        rows::object(connection, self.name, &get.key)?
      else {
        return Ok(Err(Rejection::NoSuchKey.into()));
      };
      let extent = match check_read(&object, get) {
        Ok(extent) => extent,
        Err(error) => return Ok(Err(error)),
      };
      object.range = Some(extent);
      let mut cutter = Cutter::new(extent);
      let pieces = rows::pieces(connection, &source, |size| cutter.cut(size))?;
      Ok(Ok((object, pieces)))
    })?;
    let (object, pieces) = found?;
    let open = |piece: rows::Piece| {
      let value = self.storage.open(piece.value).map_err(R2Error::Disk)?;
      Ok(value.slice(piece.range))
    };
    let value = pieces
      .into_iter()
      .map(open)
      .collect::<Result<_, R2Error>>()?;
    Ok(Found { object, value })
  }

  pub(super) fn put(&self, put: Put, value: &Value) -> Result<Object, R2Error> {
    limits::check_key(&put.key)?;
    limits::check_value_length(value.bytes)?;
    limits::check_metadata(&put.metadata)?;
    let digests = checksums::compute(&value.payload, &put.digests).map_err(R2Error::Disk)?;
    let checksums = checksums::compare(&digests, &put.digests)?;
    let md5 = digests[&Algorithm::Md5].clone();
    let uploaded_ms = self.now_ms();
    let written = self.database()?.run_mut(|connection| {
      rows::atomically(connection, |connection| {
        let earlier = rows::object(connection, self.name, &put.key)?;
        let earlier = earlier.map(|stored| stored.object);
        if !put.only_if.hold(earlier.as_ref()) {
          return Ok(Err(Rejection::PreconditionFailed));
        }
        let object = Object {
          key: put.key,
          version: to_hex(&rows::random(connection, VERSION_BYTES)?),
          size: value.bytes,
          etag: to_hex(&md5),
          uploaded_ms,
          range: None,
          checksums,
          metadata: put.metadata,
        };
        let part = Part {
          number: 1,
          etag: object.etag.clone(),
          md5,
          size: object.size,
        };
        rows::put_object(connection, self.name, &object, &object.version)?;
        rows::put_part(connection, &object.version, &part, &value.payload)?;
        Ok(Ok(object))
      })
    })?;
    let object = written?;
    value.payload.keep();
    Ok(object)
  }

  /// Deleting what is not there is a success. One key that is refused leaves all objects.
  pub(super) fn delete(&self, keys: &[String]) -> Result<(), R2Error> {
    for key in keys {
      limits::check_key(key)?;
    }
    self.database()?.run_mut(|connection| {
      rows::atomically(connection, |connection| {
        let mut keys = keys.iter();
        keys.try_for_each(|key| rows::delete_object(connection, self.name, key))
      })
    })?;
    Ok(())
  }

  pub(super) fn list(&self, list: &List) -> Result<Page, R2Error> {
    let entries_max = limits::list_limit(list.limit, list.include.any())?;
    let first_key = list.first_key();
    let page = self.database()?.run(|connection| {
      let mut builder = PageBuilder::new(list, entries_max);
      rows::walk(
        connection,
        self.name,
        first_key.as_bytes(),
        list.include,
        |object| builder.add(object),
      )?;
      let last_key = match builder.last() {
        None => None,
        Some(Last::Key(key)) => Some(key),
        // The oracle's cursor says the last key that the prefix stands for, so ours does.
        Some(Last::DelimitedPrefix(prefix)) => {
          let end = keys::prefix_end(&prefix);
          rows::last_key(connection, self.name, &prefix, &end)?
        }
      };
      Ok(builder.finish(last_key.as_deref()))
    })?;
    Ok(page)
  }

  pub(super) fn database(&self) -> Result<Arc<Database>, StorageError> {
    self.storage.database(rows::DATABASE, rows::MIGRATIONS)
  }

  pub(super) fn now_ms(&self) -> i64 {
    i64::try_from(self.storage.now_ms()).unwrap_or(i64::MAX)
  }
}

/// Checks what `get` says about `object`, and finds the range to be read.
fn check_read(object: &Object, get: &Get) -> Result<Extent, R2Error> {
  encryption::check_read(object.metadata.ssec.as_ref(), get.encryption_key.as_ref())?;
  let whole = Extent::whole(object.size);
  if !get.only_if.hold(Some(object)) {
    let mut object = Box::new(object.clone());
    object.range = Some(whole);
    return Err(R2Error::NotRead(object));
  }
  Ok(match (&get.range_header, get.range) {
    (Some(header), _) => ranges::resolve_header(header, object.size),
    (None, Some(range)) => range.resolve(object.size)?,
    (None, None) => whole,
  })
}
