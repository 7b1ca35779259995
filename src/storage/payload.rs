//! Values of any size: in memory and in a row when small, in a file when large.
//!
//! A simulator takes a [`Payload`] from a request, puts it into a row, takes it out again and hands it
//! to the response, and never has to know which of the two it is.

use std::io;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::blob::{Blob, BlobWriter, Blobs};

/// Bytes of a payload that still go into a row: 128 KiB. Above, writing a file and reading it in
/// pieces costs less than copying through SQLite's pages.
pub const INLINE_BYTES_MAX: usize = 128 * 1024;

/// Bytes that are read from a file at once.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Bytes that do not change. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Payload(Kind);

#[derive(Clone, Debug)]
enum Kind {
  Inline(Bytes),
  File {
    blob: Blob,
    offset: u64,
    length: u64,
  },
}

impl Payload {
  /// Length in bytes.
  #[must_use]
  pub fn len(&self) -> u64 {
    match &self.0 {
      Kind::Inline(bytes) => bytes.len() as u64,
      Kind::File { length, .. } => *length,
    }
  }

  /// Whether there are no bytes.
  #[must_use]
  pub fn is_empty(&self) -> bool {
    self.len() == 0
  }

  /// The bytes in `range`, without copying any. What of the range lies beyond the end is left out.
  #[must_use]
  pub fn slice(&self, range: Range<u64>) -> Self {
    let end = range.end.min(self.len());
    let start = range.start.min(end);
    Self(match &self.0 {
      // Both are at most the length of something in memory.
      Kind::Inline(bytes) => Kind::Inline(bytes.slice(start as usize..end as usize)),
      Kind::File { blob, offset, .. } => Kind::File {
        blob: blob.clone(),
        offset: offset + start,
        length: end - start,
      },
    })
  }

  /// All bytes, in memory.
  ///
  /// # Errors
  /// When the file cannot be read.
  pub fn read_all(&self) -> io::Result<Bytes> {
    match &self.0 {
      Kind::Inline(bytes) => Ok(bytes.clone()),
      Kind::File { .. } => {
        let mut all = BytesMut::new();
        self.for_each_chunk(|chunk| all.extend_from_slice(chunk))?;
        Ok(all.freeze())
      }
    }
  }

  /// Calls `work` with all bytes, in pieces of [`CHUNK_BYTES`] at most.
  ///
  /// # Errors
  /// When the file cannot be read; `work` may have seen some pieces then.
  pub fn for_each_chunk(&self, mut work: impl FnMut(&[u8])) -> io::Result<()> {
    let mut rest = self.clone();
    while let Some(chunk) = rest.take_chunk() {
      work(&chunk?);
    }
    Ok(())
  }

  /// Takes a piece of [`CHUNK_BYTES`] at most from the front; `None` when nothing is left.
  ///
  /// # Errors
  /// When the file cannot be read. Nothing is left then.
  pub fn take_chunk(&mut self) -> Option<io::Result<Bytes>> {
    if self.is_empty() {
      return None;
    }
    let taken = self.slice(0..CHUNK_BYTES as u64);
    *self = self.slice(CHUNK_BYTES as u64..u64::MAX);
    Some(match taken.0 {
      Kind::Inline(bytes) => Ok(bytes),
      Kind::File {
        blob,
        offset,
        length,
      } => {
        let mut chunk = BytesMut::zeroed(length as usize);
        let read = blob.read(&mut chunk, offset);
        if read.is_err() {
          *self = Self::default();
        }
        read.map(|()| chunk.freeze())
      }
    })
  }

  /// Says that a row refers to this payload now, so that its file must stay.
  pub fn keep(&self) {
    if let Kind::File { blob, .. } = &self.0 {
      blob.keep();
    }
  }
}

impl Default for Payload {
  fn default() -> Self {
    Self::from(Bytes::new())
  }
}

impl<T: Into<Bytes>> From<T> for Payload {
  fn from(bytes: T) -> Self {
    Self(Kind::Inline(bytes.into()))
  }
}

/// In a row: a blob of SQL, or a text that refers to a file. [`PayloadColumn`] reads it back.
impl ToSql for Payload {
  fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
    Ok(match &self.0 {
      Kind::Inline(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
      Kind::File {
        blob,
        offset,
        length,
      } => ToSqlOutput::from(format!("{} {offset} {length}", blob.id())),
    })
  }
}

/// A payload as a row has it. [`Storage::open`](super::Storage::open) makes a [`Payload`] of it.
#[derive(Clone, Debug)]
pub struct PayloadColumn(Column);

#[derive(Clone, Debug)]
enum Column {
  Inline(Vec<u8>),
  File { id: u64, offset: u64, length: u64 },
}

impl FromSql for PayloadColumn {
  fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
    match value {
      ValueRef::Blob(bytes) => Ok(Self(Column::Inline(bytes.to_vec()))),
      ValueRef::Text(_) => {
        let mut numbers = value.as_str()?.split(' ').map(str::parse);
        let mut next = || numbers.next().and_then(Result::ok);
        match (next(), next(), next()) {
          (Some(id), Some(offset), Some(length)) => Ok(Self(Column::File { id, offset, length })),
          _ => Err(FromSqlError::InvalidType),
        }
      }
      _ => Err(FromSqlError::InvalidType),
    }
  }
}

impl PayloadColumn {
  /// Opens the file, if there is one.
  pub(super) fn open(self, blobs: Option<&Blobs>) -> io::Result<Payload> {
    match self.0 {
      Column::Inline(bytes) => Ok(bytes.into()),
      Column::File { id, offset, length } => {
        let blobs = blobs.ok_or(io::ErrorKind::NotFound)?;
        let blob = blobs.open(id)?;
        Ok(Payload(Kind::File {
          blob,
          offset,
          length,
        }))
      }
    }
  }
}

/// Collects a payload piece by piece: in memory first, in a file from a certain size on.
#[derive(Debug)]
pub struct PayloadWriter<'a> {
  memory_bytes_max: usize,
  blobs: Option<&'a Blobs>,
  memory: BytesMut,
  file: Option<BlobWriter>,
}

impl<'a> PayloadWriter<'a> {
  pub(super) fn new(memory_bytes_max: usize, blobs: Option<&'a Blobs>) -> Self {
    Self {
      memory_bytes_max,
      blobs,
      memory: BytesMut::new(),
      file: None,
    }
  }

  /// Appends. Blocks on the disk, now and then.
  ///
  /// # Errors
  /// When the disk does, for example because it is full. Nothing of the payload is left then.
  pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
    self.memory.extend_from_slice(bytes);
    let Some(blobs) = self.blobs else {
      return Ok(());
    };
    // Once there is a file, memory is the buffer in front of it.
    let room = self
      .file
      .as_ref()
      .map_or(self.memory_bytes_max, |_| CHUNK_BYTES);
    if self.memory.len() <= room {
      return Ok(());
    }
    if self.file.is_none() {
      self.file = Some(blobs.create()?);
    }
    self.flush()
  }

  /// Whether it has outgrown memory.
  #[must_use]
  pub fn is_on_disk(&self) -> bool {
    self.file.is_some()
  }

  /// The payload, whole.
  ///
  /// # Errors
  /// As [`write`](Self::write).
  pub fn finish(mut self) -> io::Result<Payload> {
    self.flush()?;
    Ok(match self.file {
      None => Payload::from(self.memory.freeze()),
      Some(file) => {
        let (blob, length) = file.finish();
        Payload(Kind::File {
          blob,
          offset: 0,
          length,
        })
      }
    })
  }

  fn flush(&mut self) -> io::Result<()> {
    if let Some(file) = &mut self.file {
      file.write(&self.memory)?;
      self.memory.clear();
    }
    Ok(())
  }
}

#[cfg(test)]
mod tests {
  use std::path::Path;
  use std::sync::Arc;

  use rusqlite::Connection;
  use tempfile::TempDir;

  use super::*;
  use crate::storage::{ManualClock, Storage};

  impl Payload {
    fn path(&self) -> Option<&Path> {
      match &self.0 {
        Kind::Inline(_) => None,
        Kind::File { blob, .. } => Some(blob.path()),
      }
    }
  }

  impl<'a> PayloadWriter<'a> {
    /// A payload whose file is a device.
    fn on(device: &Path, blobs: &'a Blobs) -> Self {
      Self {
        file: Some(BlobWriter::on(device)),
        ..Self::new(0, Some(blobs))
      }
    }
  }

  fn storage(folder: &TempDir) -> Storage {
    let blobs = folder.path().join("blobs");
    Storage::new(Arc::new(ManualClock::new(0))).with_blobs_in(blobs)
  }

  fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
  }

  /// Written in uneven pieces, as bodies arrive.
  fn written(storage: &Storage, bytes: &[u8]) -> Payload {
    let mut writer = storage.payload_writer(INLINE_BYTES_MAX);
    for piece in bytes.chunks(10_007) {
      writer.write(piece).unwrap();
    }
    writer.finish().unwrap()
  }

  fn through_a_row(storage: &Storage, payload: &Payload) -> Payload {
    let connection = Connection::open_in_memory().unwrap();
    let column = connection.query_row("SELECT ?", [payload], |row| row.get(0));
    storage.open(column.unwrap()).unwrap()
  }

  #[test]
  fn any_length_survives_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    for length in [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 1_000_000] {
      let expected = bytes(length);
      let payload = written(&storage, &expected);
      assert_eq!(payload.path().is_some(), length > INLINE_BYTES_MAX);
      assert_eq!(payload.len(), length as u64);
      assert_eq!(
        through_a_row(&storage, &payload).read_all().unwrap(),
        expected
      );
    }
  }

  #[test]
  fn slices_of_slices_are_the_bytes_between() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let expected = bytes(600_000);
    for payload in [written(&storage, &expected), expected.clone().into()] {
      let slice = payload.slice(1000..599_000).slice(9..2_000_000);
      assert_eq!(slice.read_all().unwrap(), expected[1009..599_000]);
      let row = through_a_row(&storage, &slice);
      assert_eq!(row.read_all().unwrap(), expected[1009..599_000]);
      let mut longest = 0;
      slice
        .for_each_chunk(|chunk| longest = longest.max(chunk.len()))
        .unwrap();
      assert_eq!(longest, CHUNK_BYTES);
      assert!(payload.slice(700_000..800_000).is_empty());
    }
  }

  #[test]
  fn only_what_was_kept_stays() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    let [dropped, kept] = [(); 2].map(|()| written(&storage, &bytes(200_000)));
    let [dropped_path, kept_path] =
      [&dropped, &kept].map(|payload| payload.path().unwrap().to_owned());
    kept.keep();
    let slice = dropped.slice(0..10);
    drop((dropped, kept));
    assert!(dropped_path.exists(), "a slice is a handle as well");
    drop(slice);
    assert_eq!((dropped_path.exists(), kept_path.exists()), (false, true));
  }

  // macOS has no device that is full.
  #[cfg(target_os = "linux")]
  #[test]
  fn a_full_disk_is_an_error_and_a_missing_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::new(folder.path().join("blobs"));
    let mut writer = PayloadWriter::on(Path::new("/dev/full"), &blobs);
    let error = writer.write(&bytes(CHUNK_BYTES + 1)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);

    let storage = storage(&folder);
    let payload = written(&storage, &bytes(200_000));
    std::fs::remove_file(payload.path().unwrap()).unwrap();
    let connection = Connection::open_in_memory().unwrap();
    let column: PayloadColumn = connection
      .query_row("SELECT ?", [&payload], |row| row.get(0))
      .unwrap();
    assert!(storage.open(column).is_err());
  }
}
