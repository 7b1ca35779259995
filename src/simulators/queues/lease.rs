//! Which messages are with a consumer. Pure, and in memory only.
//!
//! Invariant: of the leases that hold, no two contain the same message, and each message is a row.
//! A lease holds until it is taken back or a storage frame ends, since then its rows are gone, or
//! others have their numbers.

use std::collections::BTreeMap;

/// A message of a batch on its way.
#[derive(Clone, Debug)]
pub(super) struct Leased {
  /// The number of its row.
  pub(super) sequence: i64,
  pub(super) id: String,
  /// Deliveries, including this one.
  pub(super) attempts: u32,
}

#[derive(Debug)]
pub(super) struct Lease {
  number: u64,
  /// How many storage frames had ended when the messages were read.
  frames_ended: u64,
  messages: Vec<Leased>,
}

/// The leases of all consumers of a runtime; a slot has one at most.
#[derive(Debug, Default)]
pub(super) struct Leases {
  /// Numbers are never used twice, so that a result that comes too late fits nothing.
  last_number: u64,
  by_slot: BTreeMap<(String, u32), Lease>,
}

impl Leases {
  /// Rows of `queue` that cannot be leased while `frames_ended` frames have ended.
  pub(super) fn sequences(&self, queue: &str, frames_ended: u64) -> Vec<i64> {
    let holds = |lease: &Lease| lease.frames_ended == frames_ended;
    self
      .by_slot
      .iter()
      .filter(|((of, _), lease)| of == queue && holds(lease))
      .flat_map(|(_, lease)| lease.messages.iter().map(|message| message.sequence))
      .collect()
  }

  /// Leases `messages` to a slot, and returns the lease's number.
  pub(super) fn grant(
    &mut self,
    queue: &str,
    slot: u32,
    frames_ended: u64,
    messages: Vec<Leased>,
  ) -> u64 {
    self.last_number += 1;
    let lease = Lease {
      number: self.last_number,
      frames_ended,
      messages,
    };
    self.by_slot.insert((queue.to_owned(), slot), lease);
    self.last_number
  }

  /// Takes back whatever the slot has.
  pub(super) fn release(&mut self, queue: &str, slot: u32) {
    self.by_slot.remove(&(queue.to_owned(), slot));
  }

  /// How many frames had ended when the slot was granted lease `number`, if it still has that.
  pub(super) fn frames_ended(&self, queue: &str, slot: u32, number: u64) -> Option<u64> {
    let lease = self.by_slot.get(&(queue.to_owned(), slot))?;
    (lease.number == number).then_some(lease.frames_ended)
  }

  /// The messages of lease `number`, if the slot still has that.
  pub(super) fn messages(&self, queue: &str, slot: u32, number: u64) -> Option<&[Leased]> {
    let lease = self.by_slot.get(&(queue.to_owned(), slot))?;
    (lease.number == number).then_some(&lease.messages)
  }
}
