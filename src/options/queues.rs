//! Producers and consumers of queues, as a Wrangler file and as `miniflare` options spell them.

use std::ops::RangeInclusive;

use super::field::Field;
use super::mistake::Mistake;
use super::problem::{Problems, Written};
use super::raw::Data;
use super::worker::{Record, WorkerOptions};

/// Where a binding sends to.
#[derive(Clone, Debug, Default)]
pub(super) struct Producer {
  pub(super) queue: String,
  /// Seconds.
  pub(super) delivery_delay_s: Option<u32>,
}

/// How the Worker receives from a queue; whatever is absent has the runtime's default.
#[derive(Clone, Debug, Default)]
pub(super) struct Consumer {
  /// Messages.
  pub(super) batch_size_max: Option<u32>,
  pub(super) batch_timeout_ms: Option<u32>,
  pub(super) retries_max: Option<u32>,
  /// Seconds.
  pub(super) retry_delay_s: Option<u32>,
  pub(super) dead_letter_queue: Option<String>,
  /// Batches at a time.
  pub(super) concurrency_max: Option<u32>,
}

/// The names that one source has for a consumer's settings.
struct Names {
  batch_size: &'static str,
  batch_timeout: &'static str,
  retries: &'static str,
  retry_delay: &'static str,
  dead_letter_queue: &'static str,
  concurrency: &'static str,
  /// What else may be there, and means nothing in tests.
  others: &'static [&'static str],
}

const WRANGLER: Names = Names {
  batch_size: "max_batch_size",
  batch_timeout: "max_batch_timeout",
  retries: "max_retries",
  retry_delay: "retry_delay",
  dead_letter_queue: "dead_letter_queue",
  concurrency: "max_concurrency",
  others: &["queue", "type", "visibility_timeout_ms"],
};

const MINIFLARE: Names = Names {
  batch_size: "maxBatchSize",
  batch_timeout: "maxBatchTimeout",
  retries: "maxRetries",
  retry_delay: "retryDelay",
  dead_letter_queue: "deadLetterQueue",
  concurrency: "maxConcurrency",
  others: &[],
};

const DELAY_S: RangeInclusive<u32> = 0..=86_400;
const SHAPE: &str = "{ producers: [{ binding, queue }], consumers: [{ queue }] }";

/// Reads `queues` of a Wrangler file.
pub(super) fn read_wrangler(
  field: &Field<'_>,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  field.object(SHAPE, problems);
  field.refuse_unknown(&["producers", "consumers"], problems);
  if let Some(producers) = field.get("producers") {
    for item in producers.list("a list of { binding, queue }", problems) {
      item.object("{ binding, queue }", problems);
      item.refuse_unknown(&["binding", "queue", "delivery_delay", "remote"], problems);
      let queue = item.text_at("queue", "the name of the queue, or leave it out", problems);
      let delivery_delay_s = integer_at(&item, "delivery_delay", DELAY_S, problems);
      let name = item.required_text("binding", "the name in `env`", problems);
      if let Some(Written { value, location }) = name {
        let producer = Producer {
          queue: queue.map_or_else(|| value.clone(), |queue| queue.value),
          delivery_delay_s,
        };
        let written = Written {
          value: producer,
          location,
        };
        worker.queue_producers.push((value, written));
      }
    }
  }
  if let Some(consumers) = field.get("consumers") {
    for item in consumers.list("a list of { queue }", problems) {
      item.object("{ queue }", problems);
      let queue = item.required_text("queue", "the name of the queue", problems);
      let consumer = read_consumer(&item, &WRANGLER, problems);
      let kind = item.text_at("type", "\"worker\" or \"http_pull\"", problems);
      // Somebody else pulls from such a queue, over HTTP.
      if kind.is_some_and(|kind| kind.value == "http_pull") {
        continue;
      }
      let Some(Written { value, location }) = queue else {
        continue;
      };
      if worker
        .queue_consumers
        .iter()
        .any(|(known, _)| *known == value)
      {
        problems.report(Mistake::DuplicateConsumer { queue: value }, location);
        continue;
      }
      let written = Written {
        value: consumer,
        location,
      };
      add_consumer(value, written, worker, problems);
    }
  }
}

/// Reads `queueProducers`: binding names, which are queues then too, or queues by binding name.
pub(super) fn read_producers(
  option: &Field<'_>,
  producers: &mut Record<Producer>,
  problems: &mut Problems,
) {
  if !matches!(option.node.data, Data::Array(_) | Data::Object(_)) {
    option.refuse(
      "a list of binding names, or an object of binding names and queues",
      problems,
    );
  }
  for item in option.items() {
    let Some(name) = item.text("the name of a binding", problems) else {
      continue;
    };
    let producer = Producer {
      queue: name.value.clone(),
      delivery_delay_s: None,
    };
    producers.push((name.value, item.written(producer)));
  }
  for entry in option.entries() {
    let queue = match entry.node.data {
      Data::Object(_) => {
        let known = ["queueName", "deliveryDelay", "remoteProxyConnectionString"];
        entry.refuse_unknown(&known, problems);
        entry.required_text("queueName", "the name of the queue", problems)
      }
      _ => entry.text(
        "a string, the name of the queue, or { queueName }",
        problems,
      ),
    };
    let delivery_delay_s = integer_at(&entry, "deliveryDelay", DELAY_S, problems);
    if let Some(queue) = queue {
      let producer = Producer {
        queue: queue.value,
        delivery_delay_s,
      };
      producers.push((entry.key.to_owned(), entry.written(producer)));
    }
  }
}

/// Reads `queueConsumers`: names of queues, or settings by queue.
pub(super) fn read_consumers(
  option: &Field<'_>,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  if !matches!(option.node.data, Data::Array(_) | Data::Object(_)) {
    option.refuse(
      "a list of queues, or an object of queues and settings",
      problems,
    );
  }
  for item in option.items() {
    if let Some(queue) = item.text("the name of a queue", problems) {
      let consumer = item.written(Consumer::default());
      add_consumer(queue.value, consumer, worker, problems);
    }
  }
  for entry in option.entries() {
    entry.object(
      "an object such as { maxBatchSize, maxBatchTimeout }",
      problems,
    );
    let consumer = entry.written(read_consumer(&entry, &MINIFLARE, problems));
    add_consumer(entry.key.to_owned(), consumer, worker, problems);
  }
}

fn add_consumer(
  queue: String,
  consumer: Written<Consumer>,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  if worker
    .queue_consumers
    .iter()
    .any(|(known, _)| *known == queue)
  {
    let location = consumer.location.clone();
    problems.report(Mistake::DuplicateConsumer { queue }, location);
    return;
  }
  if consumer.value.dead_letter_queue.as_ref() == Some(&queue) {
    let location = consumer.location.clone();
    let queue = queue.clone();
    problems.report(Mistake::DeadLettersToItself { queue }, location);
  }
  worker.queue_consumers.push((queue, consumer));
}

fn read_consumer(field: &Field<'_>, names: &Names, problems: &mut Problems) -> Consumer {
  let own = [
    names.batch_size,
    names.batch_timeout,
    names.retries,
    names.retry_delay,
    names.dead_letter_queue,
    names.concurrency,
  ];
  field.refuse_unknown(&[&own, names.others].concat(), problems);
  Consumer {
    batch_size_max: integer_at(field, names.batch_size, 0..=100, problems),
    batch_timeout_ms: seconds_at(field, names.batch_timeout, 60, problems),
    retries_max: integer_at(field, names.retries, 0..=100, problems),
    retry_delay_s: integer_at(field, names.retry_delay, DELAY_S, problems),
    dead_letter_queue: field
      .text_at(names.dead_letter_queue, "the name of a queue", problems)
      .map(|queue| queue.value),
    concurrency_max: integer_at(field, names.concurrency, 1..=250, problems),
  }
}

/// An integer in `range`, if it is there. `null` is not: Wrangler writes it for "no limit".
fn integer_at(
  field: &Field<'_>,
  key: &str,
  range: RangeInclusive<u32>,
  problems: &mut Problems,
) -> Option<u32> {
  let field = field
    .get(key)
    .filter(|field| !matches!(field.node.data, Data::Null))?;
  let (min, max) = (f64::from(*range.start()), f64::from(*range.end()));
  let is_valid = |number: &f64| number.fract() == 0.0 && (min..=max).contains(number);
  let integer = field.number().filter(is_valid);
  if integer.is_none() {
    field.refuse(format!("an integer from {min} to {max}"), problems);
  }
  // In range, so nothing is lost.
  integer.map(|integer| integer as u32)
}

/// Seconds from 0 to `max`, in milliseconds.
fn seconds_at(field: &Field<'_>, key: &str, max: u32, problems: &mut Problems) -> Option<u32> {
  let field = field.get(key)?;
  let seconds = field
    .number()
    .filter(|number| (0.0..=f64::from(max)).contains(number));
  if seconds.is_none() {
    field.refuse(format!("a number of seconds from 0 to {max}"), problems);
  }
  seconds.map(|seconds| (seconds * 1000.0).round() as u32)
}
