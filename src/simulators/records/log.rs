//! Logs of records. Plain Rust between HTTP and SQL.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::value::RawValue;

use super::rows;
use crate::storage::{Storage, StorageError};

/// Counts what has arrived.
#[derive(Debug, Default)]
pub struct Records {
  arrived: Mutex<HashMap<String, u64>>,
}

/// A log, as the runner is told.
#[derive(Debug, Serialize)]
pub struct Log {
  /// Records that have ever arrived, also if they were undone since.
  arrived: u64,
  records: Vec<Box<RawValue>>,
}

impl Records {
  /// Appends a record, which is JSON.
  pub(super) fn add(&self, storage: &Storage, log: &str, record: &str) -> Result<(), StorageError> {
    let database = storage.database(rows::DATABASE, rows::MIGRATIONS)?;
    database.run(|connection| rows::add(connection, log, record))?;
    *self.arrived.lock().entry(log.to_owned()).or_default() += 1;
    Ok(())
  }

  /// Everything that is in a log.
  ///
  /// # Errors
  /// When storage fails.
  pub fn read(&self, storage: &Storage, log: &str) -> Result<Log, StorageError> {
    let database = storage.database(rows::DATABASE, rows::MIGRATIONS)?;
    let arrived = self.arrived.lock().get(log).copied().unwrap_or_default();
    let records = database.run(|connection| rows::all(connection, log))?;
    let records = records.into_iter().map(RawValue::from_string);
    Ok(Log {
      arrived,
      records: records.filter_map(Result::ok).collect(),
    })
  }
}
