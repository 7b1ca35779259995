//! Storage frames: nested, discardable states of every simulator's data.
//!
//! Invariant: frames nest strictly, only the top one is writable, and all databases of a runtime
//! have the same number of them, whenever they were opened.
//! Not here: deciding *when* to push (the runner does), and what a frame is to a database (see
//! [`Database`]).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{fmt, io};

use parking_lot::{Mutex, RwLock, RwLockWriteGuard};

use super::blob::Blobs;
use super::{Clock, Database, Migrations, Payload, PayloadColumn, PayloadWriter, StorageError};

/// Number of frames on a stack; [`BASE`](Self::BASE) is none.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct FrameDepth(u32);

impl FrameDepth {
  /// The layer below the first frame. It is never popped.
  pub const BASE: Self = Self(0);

  /// The number of frames.
  #[must_use]
  pub const fn get(self) -> u32 {
    self.0
  }

  pub(super) const fn deeper(self) -> Self {
    Self(self.0 + 1)
  }

  pub(super) fn shallower(self) -> Option<Self> {
    self.0.checked_sub(1).map(Self)
  }
}

impl fmt::Display for FrameDepth {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    self.0.fmt(formatter)
  }
}

/// The data of all simulators of one workerd runtime, with its stack of frames.
///
/// Cheap to create: nothing is opened before a simulator asks for it. May be shared between
/// threads; every method blocks for as long as SQLite takes.
pub struct Storage {
  clock: Arc<dyn Clock>,
  /// Milliseconds since the epoch, while a test has stopped the clock.
  stopped_at_ms: Mutex<Option<u64>>,
  /// `None` keeps everything in memory.
  blobs: Option<Blobs>,
  /// Held for reading by requests that were let in, for writing while a frame ends. Taken before
  /// every other lock.
  gate: RwLock<()>,
  /// How many frames have ended. Beside the stack, because whoever asks must not wait for a database.
  ended: AtomicU64,
  /// Whether a frame waits to end.
  ending: Arc<AtomicBool>,
  /// Held while frames change and while a database opens, so that no database misses a frame.
  /// Taken before the lock of a database, never after it.
  stack: Mutex<Stack>,
}

type Databases = BTreeMap<String, Arc<Database>>;

#[derive(Default)]
struct Stack {
  depth: FrameDepth,
  databases: Databases,
  /// What was there before everything was cleared, with the depth at which it was. It comes back when
  /// that frame ends.
  set_aside: Vec<(FrameDepth, Databases)>,
  /// Images of all databases from when the mark was set.
  marked: BTreeMap<String, Vec<u8>>,
  /// The depth at which that was. The mark goes with its frame.
  marked_at: FrameDepth,
}

/// What [`Storage::reset`] leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResetTo {
  /// Nothing.
  Empty,
  /// What was there when the mark was set; nothing if it never was.
  Mark,
}

impl Storage {
  /// Empty storage without frames, whose simulators take the time from `clock`. Keeps everything in
  /// memory.
  #[must_use]
  pub fn new(clock: Arc<dyn Clock>) -> Self {
    Self {
      clock,
      stopped_at_ms: Mutex::default(),
      blobs: None,
      gate: RwLock::default(),
      ended: AtomicU64::new(0),
      ending: Arc::default(),
      stack: Mutex::default(),
    }
  }

  /// Puts large values into files in `folder`. It is made when it is needed; who made the folder
  /// above it deletes both.
  #[must_use]
  pub fn with_blobs_in(mut self, folder: PathBuf) -> Self {
    self.blobs = Some(Blobs::new(folder));
    self
  }

  /// Wall time in milliseconds since the Unix epoch, by this storage's clock, unless it was
  /// [stopped](Self::stop_clock).
  #[must_use]
  pub fn now_ms(&self) -> u64 {
    let stopped_at_ms = *self.stopped_at_ms.lock();
    stopped_at_ms.unwrap_or_else(|| self.clock.now_ms())
  }

  /// Whether somebody has stopped the clock.
  #[must_use]
  pub fn is_clock_stopped(&self) -> bool {
    self.stopped_at_ms.lock().is_some()
  }

  /// Makes it `at_ms` milliseconds since the epoch until further notice, which is how fake timers
  /// reach storage. `None` lets the clock go on.
  pub fn stop_clock(&self, at_ms: Option<u64>) {
    *self.stopped_at_ms.lock() = at_ms;
  }

  /// Collects a value that may be large; up to `memory_bytes_max` of it stay in memory.
  #[must_use]
  pub fn payload_writer(&self, memory_bytes_max: usize) -> PayloadWriter<'_> {
    PayloadWriter::new(memory_bytes_max, self.blobs.as_ref())
  }

  /// A value that a row has or refers to.
  ///
  /// # Errors
  /// When its file cannot be opened.
  pub fn open(&self, column: PayloadColumn) -> io::Result<Payload> {
    column.open(self.blobs.as_ref())
  }

  /// Number of frames at the moment.
  #[must_use]
  pub fn depth(&self) -> FrameDepth {
    self.stack.lock().depth
  }

  /// How many frames have ended so far. What began before the last of them must write no more; see
  /// [`within_frame`](Self::within_frame).
  #[must_use]
  pub fn frames_ended(&self) -> u64 {
    self.ended.load(Ordering::SeqCst)
  }

  /// Whether a frame waits for requests to end, so that a long one can make an end of itself.
  #[must_use]
  pub fn ending(&self) -> Arc<AtomicBool> {
    Arc::clone(&self.ending)
  }

  /// Does `work` unless a frame has ended since [`frames_ended`](Self::frames_ended) was
  /// `frames_ended`, and lets none end meanwhile. `work` must not push or pop.
  pub fn within_frame<T>(&self, frames_ended: u64, work: impl FnOnce() -> T) -> Option<T> {
    let _gate = self.gate.read();
    (self.frames_ended() == frames_ended).then(work)
  }

  /// As [`within_frame`](Self::within_frame), but does the work in any case: if a frame has ended
  /// since, it is late, and undone at once. So nobody has to be told of a mistake that is none, and
  /// nothing of it reaches another test.
  ///
  /// # Errors
  ///
  /// As [`Self::push`] and [`Self::pop`], for what is late.
  pub fn within_frame_or_undone<T>(
    &self,
    frames_ended: u64,
    work: impl FnOnce() -> T,
  ) -> Result<T, StorageError> {
    {
      let _gate = self.gate.read();
      if self.frames_ended() == frames_ended {
        return Ok(work());
      }
    }
    // Alone: what others write meanwhile would be undone as well. Nobody has to hurry because of it.
    let _gate = self.gate.write();
    self.stack.lock().push()?;
    // Its frame has ended, so it should not take long.
    self.ending.store(true, Ordering::SeqCst);
    let result = work();
    self.ending.store(false, Ordering::SeqCst);
    self.stack.lock().pop()?;
    Ok(result)
  }

  /// The database called `name`, opened with `migrations` when this is the first call for it.
  ///
  /// A product with one database uses its own name (`kv`); one with many puts its name in front
  /// (`d1/<id>`). One name always comes with the same migrations.
  ///
  /// # Errors
  ///
  /// [`StorageError::Sqlite`] or [`StorageError::Migration`] when the database does not open; the
  /// next call tries again.
  pub fn database(
    &self,
    name: &str,
    migrations: Migrations,
  ) -> Result<Arc<Database>, StorageError> {
    let mut stack = self.stack.lock();
    if let Some(database) = stack.databases.get(name) {
      return Ok(Arc::clone(database));
    }
    let database = Arc::new(Database::open(name, migrations, stack.depth)?);
    stack
      .databases
      .insert(name.to_owned(), Arc::clone(&database));
    Ok(database)
  }

  /// Ends the top frame and begins another, with nothing in between that a stray write could reach.
  ///
  /// # Errors
  ///
  /// As [`Self::pop`] and [`Self::push`].
  pub fn replace(&self) -> Result<FrameDepth, StorageError> {
    let _gate = self.close_gate();
    let mut stack = self.stack.lock();
    self.end(&mut stack)?;
    stack.push()
  }

  /// Begins a frame in every database, and returns the new depth.
  ///
  /// # Errors
  ///
  /// [`StorageError::FramesLost`] or [`StorageError::Sqlite`] of the first database that failed;
  /// no database has the frame then.
  pub fn push(&self) -> Result<FrameDepth, StorageError> {
    // Not between the push and the pop of something late.
    let _gate = self.gate.read();
    self.stack.lock().push()
  }

  /// Ends the top frame in every database, undoes everything written since its push, and returns
  /// the new depth.
  ///
  /// # Errors
  ///
  /// [`StorageError::NoFrame`] when there is none; nothing changes. [`StorageError::FramesLost`] or
  /// [`StorageError::Sqlite`] of the first database that failed; the frame is gone all the same,
  /// and the data of this runtime should be given up.
  pub fn pop(&self) -> Result<FrameDepth, StorageError> {
    let _gate = self.close_gate();
    self.end(&mut self.stack.lock())
  }

  /// Remembers what is stored now, for [`reset`](Self::reset), until the newest frame ends. Copies all
  /// databases.
  ///
  /// # Errors
  ///
  /// [`StorageError::Sqlite`] of the first database that failed; the mark before it stays.
  pub fn mark(&self) -> Result<(), StorageError> {
    let mut stack = self.stack.lock();
    let image = |(name, database): (&String, &Arc<Database>)| Ok((name.clone(), database.image()?));
    stack.marked = stack
      .databases
      .iter()
      .map(image)
      .collect::<Result<_, StorageError>>()?;
    stack.marked_at = stack.depth;
    Ok(())
  }

  /// Replaces everything that is stored, until the newest frame ends: then all is as it was at its
  /// push. Emptying costs the same whatever there was, since all databases are set aside for new ones.
  ///
  /// # Errors
  ///
  /// [`StorageError::Sqlite`] of the first database that failed; nothing changes then.
  pub fn reset(&self, to: ResetTo) -> Result<(), StorageError> {
    let _gate = self.close_gate();
    // What was let in before must write no more, as after the end of a frame.
    self.ended.fetch_add(1, Ordering::SeqCst);
    self.stack.lock().reset(to)
  }

  /// Waits for requests that were let in, and lets none in until the guard goes.
  fn close_gate(&self) -> RwLockWriteGuard<'_, ()> {
    self.ending.store(true, Ordering::SeqCst);
    let gate = self.gate.write();
    self.ending.store(false, Ordering::SeqCst);
    gate
  }

  fn end(&self, stack: &mut Stack) -> Result<FrameDepth, StorageError> {
    if stack.depth > FrameDepth::BASE {
      self.ended.fetch_add(1, Ordering::SeqCst);
    }
    stack.pop()
  }
}

impl Stack {
  fn push(&mut self) -> Result<FrameDepth, StorageError> {
    for (done, database) in self.databases.values().enumerate() {
      if let Err(error) = database.push() {
        for pushed in self.databases.values().take(done) {
          if let Err(error) = pushed.pop() {
            tracing::error!(database = pushed.name(), %error, "cannot take a push back");
          }
        }
        return Err(error);
      }
    }
    self.depth = self.depth.deeper();
    Ok(self.depth)
  }

  fn reset(&mut self, to: ResetTo) -> Result<(), StorageError> {
    let open = |(name, image): (&String, &Vec<u8>)| {
      let database = Database::from_image(name, image, self.depth)?;
      Ok((name.clone(), Arc::new(database)))
    };
    let fresh = match to {
      ResetTo::Empty => Databases::new(),
      ResetTo::Mark => self
        .marked
        .iter()
        .map(open)
        .collect::<Result<_, StorageError>>()?,
    };
    let replaced = std::mem::replace(&mut self.databases, fresh);
    let last = self.set_aside.last();
    // What an earlier reset in this frame left is needed by nobody.
    if self.depth > FrameDepth::BASE && last.is_none_or(|(depth, _)| *depth < self.depth) {
      self.set_aside.push((self.depth, replaced));
    }
    Ok(())
  }

  fn pop(&mut self) -> Result<FrameDepth, StorageError> {
    let depth = self.depth;
    self.depth = depth.shallower().ok_or(StorageError::NoFrame)?;
    if let Some((_, databases)) = self
      .set_aside
      .pop_if(|(cleared_at, _)| *cleared_at == depth)
    {
      self.databases = databases;
    }
    if self.depth < self.marked_at {
      self.marked.clear();
    }
    // Every database takes part even if one fails, or their depths would differ from then on.
    let results: Vec<_> = self
      .databases
      .values()
      .map(|database| database.pop())
      .collect();
    results.into_iter().collect::<Result<(), _>>()?;
    Ok(self.depth)
  }
}

impl fmt::Debug for Storage {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let stack = self.stack.lock();
    let databases: Vec<_> = stack.databases.keys().collect();
    formatter
      .debug_struct("Storage")
      .field("depth", &stack.depth)
      .field("databases", &databases)
      .finish_non_exhaustive()
  }
}
