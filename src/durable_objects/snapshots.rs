//! All files of all objects at one time, and how they are put back.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::files::{self, Fingerprint, Stamp};

/// Names a snapshot. The runner counts them: a later one has a higher number. 0 is the state in which
/// no object has ever run, and is always there.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SnapshotId(pub u32);

impl SnapshotId {
  /// No object has ever run.
  pub const EMPTY: Self = Self(0);
}

/// The content of a file, shared by all snapshots in which it is the same.
type Content = Arc<[u8]>;

/// Contents by path, relative to the root.
type Snapshot = BTreeMap<PathBuf, Content>;

/// Storage of all Durable Objects of one runtime.
///
/// May be shared between threads. Methods block for as long as the file system takes.
#[derive(Debug)]
pub struct ObjectFiles {
  root: PathBuf,
  state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
  snapshots: BTreeMap<SnapshotId, Snapshot>,
  /// What is known to be in the files, as long as their fingerprints say so.
  known: BTreeMap<PathBuf, (Fingerprint, Content)>,
  stamps: u32,
}

impl ObjectFiles {
  /// The objects whose files are below `root`, the folder that workerd was given.
  #[must_use]
  pub fn new(root: PathBuf) -> Self {
    Self {
      root,
      state: Mutex::default(),
    }
  }

  /// Keeps what is there as `id`, and says whether any object still runs. Objects may, if workerd
  /// cannot go on meanwhile: then a database and its log belong together. Only what has changed since
  /// the last call is read.
  ///
  /// # Errors
  /// When a file cannot be read.
  pub fn snapshot(&self, id: SnapshotId) -> io::Result<bool> {
    let mut state = self.state.lock();
    let mut snapshot = Snapshot::new();
    let listing = files::scan(&self.root)?;
    for (path, fingerprint) in listing.files {
      let content = state.content(&self.root, &path, fingerprint)?;
      snapshot.insert(path, content);
    }
    state.known.retain(|path, _| snapshot.contains_key(path));
    state.snapshots.insert(id, snapshot);
    Ok(listing.is_open)
  }

  /// Puts the files back as they were, and forgets snapshots above `newest`. All objects must have been
  /// aborted, and workerd must not go on meanwhile: it remembers what it has read.
  ///
  /// # Errors
  /// When an object runs all the same, there is no such snapshot, or a file cannot be written. The first
  /// two touch nothing. After the last, the runtime's objects should be given up.
  pub fn restore(&self, id: SnapshotId, newest: SnapshotId) -> io::Result<()> {
    let mut state = self.state.lock();
    let listing = files::scan(&self.root)?;
    if listing.is_open {
      return Err(io::Error::other("one of them still runs"));
    }
    let target = match state.snapshots.get(&id) {
      Some(snapshot) => snapshot.clone(),
      None if id == SnapshotId::EMPTY => Snapshot::new(),
      None => {
        let missing = format!("there is no snapshot {} of them", id.0);
        return Err(io::Error::new(io::ErrorKind::NotFound, missing));
      }
    };
    let present: BTreeMap<_, _> = listing.files.into_iter().collect();
    let is_same = |path: &Path| match (present.get(path), target.get(path)) {
      (Some(fingerprint), Some(content)) => state.knows(path, *fingerprint, content),
      (present, target) => present.is_none() && target.is_none(),
    };
    let changed: Vec<PathBuf> = present
      .keys()
      .chain(target.keys().filter(|path| !present.contains_key(*path)))
      .filter(|path| !is_same(path))
      .cloned()
      .collect();
    for path in changed {
      match target.get(&path) {
        Some(content) => state.write(&self.root, path, content.clone())?,
        None => {
          std::fs::remove_file(self.root.join(&path))?;
          state.known.remove(&path);
        }
      }
    }
    state.snapshots.retain(|id, _| *id <= newest);
    Ok(())
  }

  /// Ids of the objects of a namespace that have run since it was empty, in hexadecimal and sorted.
  ///
  /// # Errors
  /// When the folder cannot be read.
  pub fn ids(&self, unique_key: &str) -> io::Result<Vec<String>> {
    files::ids(&self.root.join(unique_key))
  }
}

impl State {
  fn knows(&self, path: &Path, fingerprint: Fingerprint, content: &Content) -> bool {
    let known = self.known.get(path);
    known.is_some_and(|(seen, known)| *seen == fingerprint && Arc::ptr_eq(known, content))
  }

  fn content(&mut self, root: &Path, path: &Path, fingerprint: Fingerprint) -> io::Result<Content> {
    if let Some((seen, content)) = self.known.get(path)
      && *seen == fingerprint
    {
      return Ok(content.clone());
    }
    let (fingerprint, content) = files::read(&root.join(path), self.stamp())?;
    let content = Content::from(content);
    let known = (fingerprint, content.clone());
    self.known.insert(path.to_owned(), known);
    Ok(content)
  }

  fn write(&mut self, root: &Path, path: PathBuf, content: Content) -> io::Result<()> {
    let fingerprint = files::write(&root.join(&path), &content, self.stamp())?;
    self.known.insert(path, (fingerprint, content));
    Ok(())
  }

  fn stamp(&mut self) -> Stamp {
    self.stamps = self.stamps.wrapping_add(1);
    Stamp(self.stamps)
  }
}
