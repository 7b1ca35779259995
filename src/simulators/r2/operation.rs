//! The JSON of requests, read into operations that are not yet checked against R2's rules. Pure.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::bucket::{Get, Put};
use super::checksums::{Algorithm, Digests, from_hex};
use super::conditions::Conditions;
use super::encryption::KeyDigest;
use super::listing::List;
use super::multipart::{CompleteUpload, CreateUpload, ListedPart, UploadPart};
use super::number::Number;
use super::object::{CustomField, HttpFields, Include, Metadata};
use super::ranges::RangeOption;
use super::rejection::Rejection;

/// An operation without a body.
#[derive(Debug)]
pub(super) enum Read {
  Head { key: String },
  Get(Get),
  List(List),
}

/// An operation with a body. The value that some of them have comes separately.
#[derive(Debug)]
pub(super) enum Write {
  Put(Put),
  Delete { keys: Vec<String> },
  CreateUpload(CreateUpload),
  UploadPart(UploadPart),
  CompleteUpload(CompleteUpload),
  AbortUpload { key: String, upload_id: String },
}

/// Reads the JSON of a request without body.
pub(super) fn read(json: &[u8]) -> Result<Read, Rejection> {
  let object = || parse(json).map(|ObjectJson { object }| object);
  Ok(match method(json)?.as_str() {
    "head" => Read::Head { key: object()? },
    "get" => Read::Get(parse::<GetJson>(json)?.try_into()?),
    "list" => Read::List(parse::<ListJson>(json)?.try_into()?),
    _ => return Err(Rejection::Internal),
  })
}

/// Reads the JSON in front of a request's body.
pub(super) fn write(json: &[u8]) -> Result<Write, Rejection> {
  Ok(match method(json)?.as_str() {
    "put" => Write::Put(parse::<PutJson>(json)?.try_into()?),
    "delete" => {
      let DeleteJson { object, objects } = parse(json)?;
      let keys = object.map(|object| vec![object]).or(objects);
      Write::Delete {
        keys: keys.ok_or(Rejection::InvalidArgument)?,
      }
    }
    "createMultipartUpload" => Write::CreateUpload(parse::<PutJson>(json)?.try_into()?),
    "uploadPart" => Write::UploadPart(parse::<UploadJson>(json)?.try_into()?),
    "completeMultipartUpload" => Write::CompleteUpload(parse::<UploadJson>(json)?.try_into()?),
    "abortMultipartUpload" => {
      let UploadJson {
        object, upload_id, ..
      } = parse(json)?;
      Write::AbortUpload {
        key: object,
        upload_id,
      }
    }
    _ => return Err(Rejection::Internal),
  })
}

fn method(json: &[u8]) -> Result<String, Rejection> {
  let MethodJson { version, method } = parse(json)?;
  match version {
    Number(1) => Ok(method),
    _ => Err(Rejection::Internal),
  }
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Rejection> {
  serde_json::from_slice(json).map_err(|error| {
    tracing::trace!(%error, "cannot read the JSON of an r2 request");
    Rejection::InvalidArgument
  })
}

#[derive(Deserialize)]
struct MethodJson {
  version: Number,
  method: String,
}

#[derive(Deserialize)]
struct ObjectJson {
  object: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetJson {
  object: String,
  range: Option<RangeOption>,
  range_header: Option<String>,
  only_if: Option<Conditions>,
  ssec: Option<SsecJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutJson {
  object: String,
  custom_fields: Option<Vec<CustomField>>,
  http_fields: Option<HttpFields>,
  only_if: Option<Conditions>,
  /// Base64, unlike the others, which are hex.
  md5: Option<String>,
  sha1: Option<String>,
  sha256: Option<String>,
  sha384: Option<String>,
  sha512: Option<String>,
  storage_class: Option<String>,
  ssec: Option<SsecJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListJson {
  limit: Option<Number>,
  prefix: Option<String>,
  cursor: Option<String>,
  delimiter: Option<String>,
  start_after: Option<String>,
  include: Option<Vec<u32>>,
}

#[derive(Deserialize)]
struct DeleteJson {
  object: Option<String>,
  objects: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadJson {
  object: String,
  upload_id: String,
  part_number: Option<Number>,
  parts: Option<Vec<ListedPart>>,
  ssec: Option<SsecJson>,
}

#[derive(Deserialize)]
struct SsecJson {
  key: String,
}

impl TryFrom<GetJson> for Get {
  type Error = Rejection;

  fn try_from(json: GetJson) -> Result<Self, Rejection> {
    Ok(Self {
      key: json.object,
      range: json.range,
      range_header: json.range_header,
      only_if: json.only_if.unwrap_or_default(),
      encryption_key: read_key(json.ssec)?,
    })
  }
}

impl TryFrom<PutJson> for Put {
  type Error = Rejection;

  fn try_from(json: PutJson) -> Result<Self, Rejection> {
    let digests = json.digests().ok_or(Rejection::InvalidArgument)?;
    let only_if = json.only_if.clone().unwrap_or_default();
    let CreateUpload { key, metadata } = json.try_into()?;
    Ok(Self {
      key,
      metadata,
      only_if,
      digests,
    })
  }
}

impl PutJson {
  /// `None` when one of them cannot be read.
  fn digests(&self) -> Option<Digests> {
    let md5 = |base64: &String| BASE64_STANDARD.decode(base64).ok();
    let sha = |hex: &String| from_hex(hex);
    let digests = [
      (Algorithm::Md5, self.md5.as_ref().map(md5)),
      (Algorithm::Sha1, self.sha1.as_ref().map(sha)),
      (Algorithm::Sha256, self.sha256.as_ref().map(sha)),
      (Algorithm::Sha384, self.sha384.as_ref().map(sha)),
      (Algorithm::Sha512, self.sha512.as_ref().map(sha)),
    ];
    let given = digests
      .into_iter()
      .filter_map(|(algorithm, digest)| Some((algorithm, digest?)));
    given
      .map(|(algorithm, digest)| Some((algorithm, digest?)))
      .collect()
  }
}

impl TryFrom<PutJson> for CreateUpload {
  type Error = Rejection;

  fn try_from(json: PutJson) -> Result<Self, Rejection> {
    Ok(Self {
      key: json.object,
      metadata: Metadata::new(
        json.storage_class,
        read_key(json.ssec)?,
        json.http_fields,
        json.custom_fields,
      ),
    })
  }
}

impl TryFrom<ListJson> for List {
  type Error = Rejection;

  fn try_from(json: ListJson) -> Result<Self, Rejection> {
    let include = json.include.unwrap_or_default();
    if include.iter().any(|kind| !matches!(kind, 0 | 1)) {
      return Err(Rejection::InvalidArgument);
    }
    Ok(Self {
      limit: json.limit,
      prefix: json.prefix.unwrap_or_default(),
      cursor: json.cursor,
      delimiter: json.delimiter.filter(|delimiter| !delimiter.is_empty()),
      start_after: json.start_after,
      include: Include {
        http_fields: include.contains(&0),
        custom_fields: include.contains(&1),
      },
    })
  }
}

impl TryFrom<UploadJson> for UploadPart {
  type Error = Rejection;

  fn try_from(json: UploadJson) -> Result<Self, Rejection> {
    let Number(number) = json.part_number.ok_or(Rejection::InvalidArgument)?;
    Ok(Self {
      key: json.object,
      upload_id: json.upload_id,
      number,
      encryption_key: read_key(json.ssec)?,
    })
  }
}

impl TryFrom<UploadJson> for CompleteUpload {
  type Error = Rejection;

  fn try_from(json: UploadJson) -> Result<Self, Rejection> {
    Ok(Self {
      key: json.object,
      upload_id: json.upload_id,
      parts: json.parts.ok_or(Rejection::InvalidArgument)?,
    })
  }
}

fn read_key(ssec: Option<SsecJson>) -> Result<Option<KeyDigest>, Rejection> {
  let digest = ssec.map(|SsecJson { key }| KeyDigest::of(&key).ok_or(Rejection::InvalidArgument));
  digest.transpose()
}
