//! What becomes of each message of a batch, once its handler is done. Pure.

use super::batch::BatchResult;
use super::consumer::Consumer;
use super::lease::Leased;

/// What a finished batch gives the user to read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settled {
  /// A warning for each message that failed for the last time, in the words of the oracle and in
  /// the order of the batch. Retries that are still to come are not worth one.
  pub lines: Vec<String>,
}

/// What is to be done with a message's row. Delays are in seconds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Fate {
  Delete,
  /// To the end of its queue.
  Retry {
    failed_attempts: u32,
    delay_s: u32,
  },
  /// To the end of the dead letter queue.
  Move {
    queue: String,
    delay_s: u32,
  },
}

/// The fates of `messages`, in their order, by the numbers of their rows. `moved_delay_s` is the
/// delay that messages have in the dead letter queue, in seconds.
pub(super) fn settle(
  consumer: &Consumer,
  messages: &[Leased],
  result: &BatchResult,
  moved_delay_s: u32,
) -> (Vec<(i64, Fate)>, Settled) {
  let mut settled = Settled::default();
  let mut fate = |message: &Leased| {
    let Verdict::Failed { delay_s } = verdict(result, &message.id) else {
      return Fate::Delete;
    };
    if message.attempts <= consumer.max_retries {
      return Fate::Retry {
        failed_attempts: message.attempts,
        delay_s: delay_s
          .or(consumer.retry_delay_s.map(i64::from))
          .map_or(0, seconds),
      };
    }
    settled.lines.push(last_words(consumer, message));
    match &consumer.dead_letter_queue {
      Some(queue) => Fate::Move {
        queue: queue.clone(),
        delay_s: moved_delay_s,
      },
      None => Fate::Delete,
    }
  };
  let fates = messages
    .iter()
    .map(|message| (message.sequence, fate(message)))
    .collect();
  (fates, settled)
}

#[derive(Debug)]
enum Verdict {
  Succeeded,
  Failed { delay_s: Option<i64> },
}

/// What was said about one message counts most, then what was said about all of them, then whether
/// the handler returned. workerd itself ignores whatever contradicts something said before.
fn verdict(result: &BatchResult, id: &str) -> Verdict {
  let batch_delay_s = result.retry_batch.delay_seconds;
  if result.explicit_acks.iter().any(|ack| ack == id) {
    return Verdict::Succeeded;
  }
  if let Some(retry) = result
    .retry_messages
    .iter()
    .find(|retry| retry.msg_id == id)
  {
    return Verdict::Failed {
      delay_s: retry.delay_seconds.or(batch_delay_s),
    };
  }
  if result.retry_batch.retry || (result.outcome != "ok" && !result.ack_all) {
    return Verdict::Failed {
      delay_s: batch_delay_s,
    };
  }
  Verdict::Succeeded
}

/// Nothing checks the delay of a retry on its way here. A negative one means none, as it does to the
/// oracle's timers.
fn seconds(delay_s: i64) -> u32 {
  u32::try_from(delay_s.max(0)).unwrap_or(u32::MAX)
}

fn last_words(consumer: &Consumer, message: &Leased) -> String {
  let (id, queue, attempts) = (&message.id, &consumer.queue, message.attempts);
  let s = if attempts == 1 { "" } else { "s" };
  match &consumer.dead_letter_queue {
    Some(dead_letter_queue) => format!(
      "Moving message \"{id}\" on queue \"{queue}\" to dead letter queue \"{dead_letter_queue}\" \
       after {attempts} failed attempt{s}..."
    ),
    None => {
      format!("Dropped message \"{id}\" on queue \"{queue}\" after {attempts} failed attempt{s}!")
    }
  }
}
