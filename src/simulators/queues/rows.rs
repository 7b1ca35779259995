//! The SQL of queues. Knows neither limits nor consumers, and what time it is only when told.

use rusqlite::{Connection, OptionalExtension, params};

use super::batch::{ContentType, Message, Metrics};
use super::settlement::Fate;
use crate::storage::Migrations;

pub(super) const DATABASE: &str = "queues";
pub(super) const MIGRATIONS: Migrations = Migrations::new(&[include_str!("schema.sql")]);

// The statements that could end up reading more of a backlog than they need. A test looks at their
// plans. Leased rows come as a JSON array: they are few, and a list of parameters of varying length
// would be another statement each time.
pub(super) const TURN_BACK: &str = "
  UPDATE messages SET ready_at_ms = ?2 + (ready_at_ms - queued_at_ms), queued_at_ms = ?2
  WHERE queue = ?1 AND queued_at_ms > ?2";
pub(super) const NEXT: &str = "
  SELECT sequence, ready_at_ms FROM messages
  WHERE queue = ?1 AND sequence NOT IN (SELECT value FROM json_each(?2))
  ORDER BY ready_at_ms, sequence LIMIT ?3";
pub(super) const DELAYED: &str = "
  SELECT count(*), coalesce(sum(body_bytes), 0) FROM messages
  WHERE queue = ?1 AND ready_at_ms > ?2";
pub(super) const BY_AGE: &str = "
  SELECT accepted_at_ms, sequence FROM messages WHERE queue = ?1 AND ready_at_ms <= ?2
  ORDER BY accepted_at_ms";

/// A message that arrives.
#[derive(Debug)]
pub(super) struct NewMessage<'a> {
  pub(super) content_type: ContentType,
  pub(super) body: &'a [u8],
  /// Seconds until it is ready.
  pub(super) delay_s: u32,
}

/// When a message is ready, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Readiness {
  pub(super) sequence: i64,
  pub(super) ready_at_ms: i64,
}

/// Adds all messages to the end of `queue`, or none.
pub(super) fn insert(
  connection: &mut Connection,
  queue: &str,
  messages: &[NewMessage<'_>],
  now_ms: i64,
) -> rusqlite::Result<()> {
  const SQL: &str = "
    INSERT INTO messages
      (queue, id, accepted_at_ms, queued_at_ms, ready_at_ms, failed_attempts, content_type,
       body_bytes, body)
    VALUES (?1, lower(hex(randomblob(16))), ?2, ?2, ?3, 0, ?4, length(?5), ?5)";
  // Undone when dropped, so on every way out but the last.
  let savepoint = connection.savepoint()?;
  for message in messages {
    savepoint.prepare_cached(SQL)?.execute(params![
      queue,
      now_ms,
      after(now_ms, message.delay_s),
      message.content_type.name(),
      message.body
    ])?;
  }
  savepoint.commit()
}

/// Repairs what a clock that was set back has done: a message from the future begins its delay again
/// now. It would be stuck otherwise, if for example a test that had stopped the clock let it go on.
pub(super) fn turn_back(connection: &Connection, queue: &str, now_ms: i64) -> rusqlite::Result<()> {
  connection
    .prepare_cached(TURN_BACK)?
    .execute(params![queue, now_ms])
    .map(|_| ())
}

/// The first `count_max` messages of `queue` by readiness, apart from those that are `leased`.
pub(super) fn next(
  connection: &Connection,
  queue: &str,
  leased: &[i64],
  count_max: u32,
) -> rusqlite::Result<Vec<Readiness>> {
  let read = |row: &rusqlite::Row<'_>| {
    Ok(Readiness {
      sequence: row.get(0)?,
      ready_at_ms: row.get(1)?,
    })
  };
  connection
    .prepare_cached(NEXT)?
    .query_map(params![queue, json_array(leased), count_max], read)?
    .collect()
}

/// What there is of `queue` that is ready and not `leased`: all of it, without what is delayed and what
/// is leased. Both are few, and the rest may be many.
pub(super) fn metrics(
  connection: &Connection,
  queue: &str,
  leased: &[i64],
  now_ms: i64,
) -> rusqlite::Result<Metrics> {
  const TOTALS: &str = "SELECT messages, bytes FROM totals WHERE queue = ?1";
  const LEASED: &str = "
    SELECT 1, body_bytes FROM messages WHERE sequence = ?3 AND queue = ?1 AND ready_at_ms <= ?2";
  // Neither a count nor a sum of lengths is negative.
  let read = |row: &rusqlite::Row<'_>| {
    let (count, bytes): (i64, i64) = (row.get(0)?, row.get(1)?);
    Ok((count.cast_unsigned(), bytes.cast_unsigned()))
  };
  let totals = connection
    .prepare_cached(TOTALS)?
    .query_row([queue], read)
    .optional()?;
  let Some((mut backlog_count, mut backlog_bytes)) = totals else {
    return Ok(Metrics::default());
  };
  let mut take_away = |(count, bytes)| {
    backlog_count -= count;
    backlog_bytes -= bytes;
  };
  let mut delayed = connection.prepare_cached(DELAYED)?;
  take_away(delayed.query_row(params![queue, now_ms], read)?);
  for sequence in leased {
    let mut statement = connection.prepare_cached(LEASED)?;
    let row = statement.query_row(params![queue, now_ms, sequence], read);
    row.optional()?.into_iter().for_each(&mut take_away);
  }
  Ok(Metrics {
    backlog_count,
    backlog_bytes,
    oldest_message_timestamp: oldest(connection, queue, leased, now_ms)?,
  })
}

/// When the oldest message was accepted that is ready and not `leased`; 0 without one.
fn oldest(
  connection: &Connection,
  queue: &str,
  leased: &[i64],
  now_ms: i64,
) -> rusqlite::Result<i64> {
  let mut statement = connection.prepare_cached(BY_AGE)?;
  let mut rows = statement.query(params![queue, now_ms])?;
  while let Some(row) = rows.next()? {
    if !leased.contains(&row.get(1)?) {
      return row.get(0);
    }
  }
  Ok(0)
}

/// A message as its next consumer gets it.
pub(super) fn message(connection: &Connection, sequence: i64) -> rusqlite::Result<Message> {
  const SQL: &str = "
    SELECT id, accepted_at_ms, failed_attempts, content_type, body FROM messages
    WHERE sequence = ?1";
  let read = |row: &rusqlite::Row<'_>| {
    let failed_attempts: u32 = row.get(2)?;
    let content_type: String = row.get(3)?;
    Ok(Message {
      id: row.get(0)?,
      timestamp_ms: row.get(1)?,
      attempts: failed_attempts.saturating_add(1),
      content_type: ContentType::from_name(&content_type).expect("we wrote it"),
      body: row.get(4)?,
    })
  };
  connection.prepare_cached(SQL)?.query_row([sequence], read)
}

/// Does with each message what was decided, or nothing at all.
pub(super) fn settle(
  connection: &mut Connection,
  fates: &[(i64, Fate)],
  now_ms: i64,
) -> rusqlite::Result<()> {
  // Undone when dropped, so on every way out but the last.
  let savepoint = connection.savepoint()?;
  for (sequence, fate) in fates {
    apply(&savepoint, *sequence, fate, now_ms)?;
  }
  savepoint.commit()
}

fn apply(connection: &Connection, sequence: i64, fate: &Fate, now_ms: i64) -> rusqlite::Result<()> {
  const DELETE: &str = "DELETE FROM messages WHERE sequence = ?1";
  const RETRY: &str = "
    UPDATE messages SET sequence = (SELECT max(sequence) + 1 FROM messages),
      failed_attempts = ?2, queued_at_ms = ?3, ready_at_ms = ?4
    WHERE sequence = ?1";
  const MOVE: &str = "
    UPDATE messages SET sequence = (SELECT max(sequence) + 1 FROM messages),
      queue = ?2, failed_attempts = 0, queued_at_ms = ?3, ready_at_ms = ?4
    WHERE sequence = ?1";
  match fate {
    Fate::Delete => connection.prepare_cached(DELETE)?.execute([sequence]),
    Fate::Retry {
      failed_attempts,
      delay_s,
    } => {
      let row = params![sequence, failed_attempts, now_ms, after(now_ms, *delay_s)];
      connection.prepare_cached(RETRY)?.execute(row)
    }
    Fate::Move { queue, delay_s } => {
      let row = params![sequence, queue, now_ms, after(now_ms, *delay_s)];
      connection.prepare_cached(MOVE)?.execute(row)
    }
  }
  .map(|_| ())
}

fn after(now_ms: i64, delay_s: u32) -> i64 {
  now_ms.saturating_add(i64::from(delay_s) * 1000)
}

fn json_array(numbers: &[i64]) -> String {
  serde_json::to_string(numbers).expect("numbers are always serializable")
}
