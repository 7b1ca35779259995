//! The only source of wall time for simulators, so that tests can step it.
//!
//! Not here: timers and deadlines. Those belong to tokio, whose time is stepped separately.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time of day.
pub trait Clock: Send + Sync {
  /// Milliseconds since the Unix epoch. May go backwards, as the system's clock may.
  fn now_ms(&self) -> u64;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
  fn now_ms(&self) -> u64 {
    // A clock set before 1970 reads as 1970: expiry is then wrong, but nothing panics.
    let since_epoch = SystemTime::now()
      .duration_since(UNIX_EPOCH)
      .unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
  }
}

/// A clock that moves only when told to.
#[derive(Debug, Default)]
pub struct ManualClock {
  now_ms: AtomicU64,
}

impl ManualClock {
  /// A clock that stands at `now_ms` milliseconds since the Unix epoch.
  #[must_use]
  pub const fn new(now_ms: u64) -> Self {
    Self {
      now_ms: AtomicU64::new(now_ms),
    }
  }

  /// Moves the clock to `now_ms` milliseconds since the Unix epoch; backwards is allowed.
  pub fn set_ms(&self, now_ms: u64) {
    self.now_ms.store(now_ms, Ordering::SeqCst);
  }

  /// Moves the clock forward by `by_ms` milliseconds.
  pub fn advance_ms(&self, by_ms: u64) {
    self.now_ms.fetch_add(by_ms, Ordering::SeqCst);
  }
}

impl Clock for ManualClock {
  fn now_ms(&self) -> u64 {
    self.now_ms.load(Ordering::SeqCst)
  }
}
