//! Uploads in parts: what may be uploaded, and what makes an object of it.
//!
//! An upload is in progress until it is completed or aborted, and is remembered after that.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::bucket::{Bucket, R2Error, VERSION_BYTES, Value};
use super::checksums::{self, Algorithm, Checksums, Digests, to_hex};
use super::encryption::{self, KeyDigest};
use super::limits::{self, PART_BYTES_MIN};
use super::number::Number;
use super::object::{Metadata, Object};
use super::rejection::Rejection;
use super::rows::{self, Part};

/// Bytes of an upload's id and of a part's etag. Both are opaque; these are as long as the oracle's.
const ID_BYTES: u32 = 128;

#[derive(Debug)]
pub(super) struct CreateUpload {
  pub(super) key: String,
  pub(super) metadata: Metadata,
}

#[derive(Debug)]
pub(super) struct UploadPart {
  pub(super) key: String,
  pub(super) upload_id: String,
  pub(super) number: u64,
  pub(super) encryption_key: Option<KeyDigest>,
}

#[derive(Debug)]
pub(super) struct CompleteUpload {
  pub(super) key: String,
  pub(super) upload_id: String,
  pub(super) parts: Vec<ListedPart>,
}

/// A part that an object is to be made of.
#[derive(Debug, Deserialize)]
pub(super) struct ListedPart {
  etag: String,
  part: Number,
}

/// An upload that was created.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedUpload {
  upload_id: String,
}

/// A part that was uploaded.
#[derive(Debug, Serialize)]
pub(super) struct UploadedPart {
  etag: String,
}

impl Bucket<'_> {
  pub(super) fn create_upload(&self, create: &CreateUpload) -> Result<CreatedUpload, R2Error> {
    limits::check_key(&create.key)?;
    limits::check_metadata(&create.metadata)?;
    let upload_id = self.database()?.run(|connection| {
      let upload_id = encode_id(&rows::random(connection, ID_BYTES)?);
      rows::create_upload(
        connection,
        &upload_id,
        self.name,
        &create.key,
        &create.metadata,
      )?;
      Ok(upload_id)
    })?;
    Ok(CreatedUpload { upload_id })
  }

  /// Uploads a part, and replaces an earlier one with its number.
  pub(super) fn upload_part(
    &self,
    upload: &UploadPart,
    value: &Value,
  ) -> Result<UploadedPart, R2Error> {
    limits::check_key(&upload.key)?;
    limits::check_part_number(upload.number)?;
    limits::check_value_length(value.bytes)?;
    let mut digests =
      checksums::compute(&value.payload, &Digests::default()).map_err(R2Error::Disk)?;
    let md5 = digests.remove(&Algorithm::Md5).unwrap_or_default();
    let written = self.database()?.run(|connection| {
      let row = rows::upload(connection, self.name, &upload.key, &upload.upload_id)?;
      let Some(row) = row.filter(|row| !row.finished) else {
        return Ok(Err(Rejection::NoSuchUpload));
      };
      let (stored, given) = (row.metadata.ssec.as_ref(), upload.encryption_key.as_ref());
      if let Err(rejection) = encryption::check_part(stored, given) {
        return Ok(Err(rejection));
      }
      let part = Part {
        number: upload.number,
        etag: encode_id(&rows::random(connection, ID_BYTES)?),
        md5,
        size: value.bytes,
      };
      rows::put_part(connection, &upload.upload_id, &part, &value.payload)?;
      Ok(Ok(UploadedPart { etag: part.etag }))
    })?;
    let part = written?;
    value.payload.keep();
    Ok(part)
  }

  /// Makes an object of the listed parts, in the order of their numbers, and drops the others.
  pub(super) fn complete_upload(&self, complete: CompleteUpload) -> Result<Object, R2Error> {
    limits::check_key(&complete.key)?;
    let CompleteUpload {
      key,
      upload_id,
      parts: listed,
    } = complete;
    let uploaded_ms = self.now_ms();
    let written = self.database()?.run_mut(|connection| {
      rows::atomically(connection, |connection| {
        let upload = match rows::upload(connection, self.name, &key, &upload_id)? {
          None => return Ok(Err(Rejection::Internal)),
          Some(upload) if upload.finished => return Ok(Err(Rejection::NoSuchUpload)),
          Some(upload) => upload,
        };
        let parts = match choose(&listed, rows::parts(connection, &upload_id)?) {
          Ok(parts) => parts,
          Err(rejection) => return Ok(Err(rejection)),
        };
        let object = Object {
          key,
          version: to_hex(&rows::random(connection, VERSION_BYTES)?),
          size: parts.chosen.iter().map(|part| part.size).sum(),
          etag: etag(&parts.chosen),
          uploaded_ms,
          range: None,
          checksums: Checksums::default(),
          metadata: upload.metadata,
        };
        for part in &parts.left {
          rows::delete_part(connection, &upload_id, part.number)?;
        }
        rows::finish_upload(connection, &upload_id)?;
        rows::put_object(connection, self.name, &object, &upload_id)?;
        Ok(Ok(object))
      })
    })?;
    Ok(written?)
  }

  /// Drops an upload with its parts. One that has finished stays as it is.
  pub(super) fn abort_upload(&self, key: &str, upload_id: &str) -> Result<(), R2Error> {
    limits::check_key(key)?;
    let aborted = self.database()?.run_mut(|connection| {
      rows::atomically(connection, |connection| {
        let Some(upload) = rows::upload(connection, self.name, key, upload_id)? else {
          return Ok(Err(Rejection::Internal));
        };
        if !upload.finished {
          rows::delete_parts(connection, upload_id)?;
          rows::finish_upload(connection, upload_id)?;
        }
        Ok(Ok(()))
      })
    })?;
    Ok(aborted?)
  }
}

/// The parts of an upload.
#[derive(Debug)]
struct Parts {
  /// In the order of their numbers.
  chosen: Vec<Part>,
  left: Vec<Part>,
}

/// Chooses the listed parts. The order of the checks decides which error a user sees, so it is the
/// oracle's: the smallest size is checked twice, in the order of the list and in that of the numbers.
fn choose(listed: &[ListedPart], uploaded: Vec<Part>) -> Result<Parts, Rejection> {
  let numbers: BTreeSet<_> = listed.iter().map(|listed| listed.part.0).collect();
  if numbers.len() < listed.len() {
    return Err(Rejection::Internal);
  }
  let by_number: BTreeMap<_, _> = uploaded.iter().map(|part| (part.number, part)).collect();
  let in_order_of_list = listed
    .iter()
    .map(|listed| {
      by_number
        .get(&listed.part.0)
        .filter(|part| part.etag == listed.etag)
    })
    .collect::<Option<Vec<_>>>()
    .ok_or(Rejection::InvalidPart)?;
  if let Some((_last, others)) = in_order_of_list.split_last()
    && others.iter().any(|part| part.size < PART_BYTES_MIN)
  {
    return Err(Rejection::EntityTooSmall);
  }
  let (chosen, left): (Vec<_>, Vec<_>) = uploaded
    .into_iter()
    .partition(|part| numbers.contains(&part.number));
  if let Some((last, others)) = chosen.split_last()
    && let Some(first) = others.first()
    && (first.size < PART_BYTES_MIN
      || last.size > first.size
      || others.iter().any(|part| part.size != first.size))
  {
    return Err(Rejection::BadUpload);
  }
  Ok(Parts { chosen, left })
}

/// The etag of an object of these parts.
fn etag(parts: &[Part]) -> String {
  let mut hasher = Md5::new();
  for part in parts {
    hasher.update(&part.md5);
  }
  format!("{}-{}", to_hex(&hasher.finalize()), parts.len())
}

fn encode_id(bytes: &[u8]) -> String {
  BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
