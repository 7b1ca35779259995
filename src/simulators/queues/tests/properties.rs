//! Laws that hold whatever producers, consumers and tests do, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Slots of the consumer of `q`.
const SLOTS: u32 = 2;
const MAX_RETRIES: u32 = 1;

#[derive(Clone, Debug)]
enum Step {
  Send {
    delay_s: u32,
  },
  /// Asks for a batch, and gives up if none is due.
  Take {
    slot: u32,
  },
  /// Reports the batch of a slot, or the one before that.
  Finish {
    slot: u32,
    late: bool,
    decision: Decision,
  },
  Advance {
    by_ms: u64,
  },
  Push,
  Pop,
}

#[derive(Clone, Copy, Debug)]
enum Decision {
  Acknowledge,
  Throw,
  /// All but the first, which is retried.
  RetryFirst {
    delay_s: u8,
  },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
  let decision = prop_oneof![
    Just(Decision::Acknowledge),
    Just(Decision::Throw),
    (0..3u8).prop_map(|delay_s| Decision::RetryFirst { delay_s }),
  ];
  let late = prop::bool::weighted(0.1);
  let step = prop_oneof![
    5 => prop_oneof![3 => Just(0), 1 => 1..3u32].prop_map(|delay_s| Step::Send { delay_s }),
    4 => (0..SLOTS).prop_map(|slot| Step::Take { slot }),
    4 => (0..SLOTS, late, decision)
      .prop_map(|(slot, late, decision)| Step::Finish { slot, late, decision }),
    3 => (0..1500u64).prop_map(|by_ms| Step::Advance { by_ms }),
    1 => Just(Step::Push),
    1 => Just(Step::Pop),
  ];
  prop::collection::vec(step, 0..60)
}

/// A message in `q`, as the model knows it.
#[derive(Clone, Copy, Debug)]
struct Waiting {
  failed_attempts: u32,
  ready_at_ms: u128,
  /// Decides between messages that are ready at the same time.
  order: u32,
}

/// What one frame sees, by the messages' bodies.
#[derive(Clone, Debug, Default)]
struct Layer {
  waiting: BTreeMap<String, Waiting>,
  dead: BTreeSet<String>,
}

struct Model {
  queues: Queues,
  layers: Vec<Layer>,
  /// The batches of each slot, the last one last.
  taken: [Vec<Batch>; SLOTS as usize],
  /// Slots whose last batch still counts for something.
  live: [bool; SLOTS as usize],
  sent: u32,
  order: u32,
}

impl Model {
  fn new() -> Self {
    let consumer = Consumer {
      batch_size: 3,
      max_retries: MAX_RETRIES,
      dead_letter_queue: Some("dlq".to_owned()),
      max_concurrency: SLOTS,
      ..Consumer::new("q")
    };
    let dead = Consumer {
      batch_size: 100,
      ..Consumer::new("dlq")
    };
    Self {
      queues: Queues::new([consumer, dead]),
      layers: vec![Layer::default()],
      taken: Default::default(),
      live: [false; SLOTS as usize],
      sent: 0,
      order: 0,
    }
  }

  fn top(&mut self) -> &mut Layer {
    self.layers.last_mut().expect("there is always one")
  }

  fn wait(&mut self, body: String, failed_attempts: u32, delay_s: u32) {
    self.order += 1;
    let waiting = Waiting {
      failed_attempts,
      ready_at_ms: self.queues.elapsed_ms() + u128::from(delay_s) * 1000,
      order: self.order,
    };
    self.top().waiting.insert(body, waiting);
  }

  /// What the next batch of a slot has to be, from first principles.
  fn due(&self, slot: usize) -> Vec<String> {
    let leased: BTreeSet<_> = (0..SLOTS as usize)
      .filter(|other| *other != slot && self.live[*other])
      .flat_map(|other| bodies(self.taken[other].last().expect("it is live")))
      .collect();
    let top = self.layers.last().expect("there is always one");
    let mut free: Vec<_> = top
      .waiting
      .iter()
      .filter(|(body, _)| !leased.contains(*body))
      .collect();
    free.sort_by_key(|(_, message)| (message.ready_at_ms, message.order));
    let now_ms = self.queues.elapsed_ms();
    let ready: Vec<_> = free
      .iter()
      .filter(|(_, message)| message.ready_at_ms <= now_ms)
      .collect();
    let is_due = ready.len() >= 3
      || ready
        .first()
        .is_some_and(|(_, first)| first.ready_at_ms + 1000 <= now_ms);
    let bodies = ready.iter().take(3).map(|(body, _)| (*body).clone());
    if is_due { bodies.collect() } else { Vec::new() }
  }

  async fn run(&mut self, step: Step) -> Result<(), TestCaseError> {
    match step {
      Step::Send { delay_s } => {
        let body = self.sent.to_string();
        self.queues.send_later("q", &body, delay_s);
        self.wait(body, 0, delay_s);
        self.sent += 1;
      }
      Step::Take { slot } => self.take(slot).await?,
      Step::Finish {
        slot,
        late,
        decision,
      } => self.finish(slot, late, decision)?,
      Step::Advance { by_ms } => tokio::time::advance(Duration::from_millis(by_ms)).await,
      Step::Push => {
        self.queues.simulators.push_frame().unwrap();
        let top = self.top().clone();
        self.layers.push(top);
      }
      Step::Pop if self.layers.len() == 1 => {
        prop_assert!(self.queues.simulators.pop_frame().is_err())
      }
      Step::Pop => {
        self.queues.simulators.pop_frame().unwrap();
        self.layers.pop();
        self.live = [false; SLOTS as usize];
      }
    }
    Ok(())
  }

  async fn take(&mut self, slot: u32) -> Result<(), TestCaseError> {
    let index = slot as usize;
    let expected = self.due(index);
    let next = self.queues.simulators.next_batch("q", slot);
    self.live[index] = false;
    let Ok(batch) = tokio::time::timeout(Duration::ZERO, next).await else {
      prop_assert_eq!(expected, Vec::<String>::new());
      return Ok(());
    };
    let batch = batch.unwrap();
    prop_assert_eq!(bodies(&batch), expected);
    for (message, body) in batch.messages.iter().zip(bodies(&batch)) {
      prop_assert_eq!(
        message.attempts,
        self.top().waiting[&body].failed_attempts + 1
      );
      prop_assert!(message.attempts <= MAX_RETRIES + 1);
    }
    self.taken[index].push(batch);
    self.live[index] = true;
    Ok(())
  }

  fn finish(&mut self, slot: u32, late: bool, decision: Decision) -> Result<(), TestCaseError> {
    let index = slot as usize;
    let Some(batch) = self.taken[index]
      .iter()
      .rev()
      .nth(usize::from(late))
      .cloned()
    else {
      return Ok(());
    };
    let (result, failed) = decide(&batch, decision);
    let settled = self
      .queues
      .simulators
      .finish_batch("q", slot, &result)
      .unwrap();
    if late || !self.live[index] {
      prop_assert_eq!(settled, Settled::default());
      return Ok(());
    }
    self.live[index] = false;
    let mut moved = 0;
    for body in bodies(&batch) {
      let message = self.top().waiting.remove(&body).expect("it was delivered");
      let Some(delay_s) = failed.get(&body) else {
        continue;
      };
      if message.failed_attempts < MAX_RETRIES {
        self.wait(body, message.failed_attempts + 1, *delay_s);
      } else {
        self.top().dead.insert(body);
        moved += 1;
      }
    }
    prop_assert_eq!(settled.lines.len(), moved);
    Ok(())
  }

  /// Delivers what is left, so that nothing can hide: each message once, and no other.
  async fn drain(&mut self) -> Result<(), TestCaseError> {
    let Layer { waiting, dead } = self.top().clone();
    // Leases end with a frame, so that the first slot gets everything.
    self.queues.simulators.push_frame().unwrap();
    self.queues.simulators.pop_frame().unwrap();
    for (queue, expected) in [("q", waiting.into_keys().collect()), ("dlq", dead)] {
      let mut left = BTreeSet::new();
      while let Ok(batch) = tokio::time::timeout(FOREVER, self.queues.next(queue)).await {
        for body in bodies(&batch) {
          prop_assert!(left.insert(body), "delivered twice");
        }
        self
          .queues
          .simulators
          .finish_batch(queue, 0, &ok(&batch))
          .unwrap();
      }
      prop_assert_eq!(left, expected);
    }
    Ok(())
  }
}

/// The result of a handler, and the messages that fail by it with the seconds until they are retried.
fn decide(batch: &Batch, decision: Decision) -> (BatchResult, BTreeMap<String, u32>) {
  match decision {
    Decision::Acknowledge => (ok(batch), BTreeMap::new()),
    Decision::Throw => (
      thrown(batch),
      bodies(batch).into_iter().map(|body| (body, 0)).collect(),
    ),
    Decision::RetryFirst { delay_s } => {
      let first = RetryMessage {
        msg_id: batch.messages[0].id.clone(),
        delay_seconds: Some(delay_s.into()),
      };
      let result = BatchResult {
        retry_messages: vec![first],
        ..ok(batch)
      };
      (
        result,
        BTreeMap::from([(bodies(batch).remove(0), delay_s.into())]),
      )
    }
  }
}

proptest! {
  /// The model knows neither leases nor rows: batches are what the rules say, nothing is lost or
  /// delivered twice, and frames undo everything.
  #[test]
  fn every_message_is_where_the_rules_say(steps in steps()) {
    block_on(async {
      let mut model = Model::new();
      for step in steps {
        model.run(step).await?;
      }
      model.drain().await
    })?;
  }

  #[test]
  fn nothing_makes_it_panic(
    method in "GET|POST|PUT",
    target in "/(message|batch|metrics|[ -~]{0,9})",
    headers in prop::collection::vec(
      ("x-msg-fmt|x-msg-delay-secs|cf-queue-(batch-count|batch-bytes|largest-msg)", any::<Vec<u8>>()),
      0..3,
    ),
    body in prop_oneof![
      any::<Vec<u8>>(),
      r#"\{"messages":\[(\{"body":"[A-Za-z=]{0,8}","(contentType|delaySecs)":("json"|"v8"|[0-9.e-]{1,9}|null)\},?){0,3}\]\}"#
        .prop_map(Vec::from),
    ],
  ) {
    let mut request = Request::builder().method(method.as_str()).uri(target);
    for (name, value) in headers {
      request = request.header(name, value);
    }
    if let Ok(request) = request.body(RequestBody::from(body)) {
      let answer = block_on(async { render(&Queues::new([]).serve("q", request)) });
      prop_assert!(!answer.contains("panicked"), "{}", answer);
    }
  }

  #[test]
  fn no_result_makes_it_panic(
    ids in prop::collection::vec("[a-z]{0,3}", 0..4),
    delay_seconds in any::<Option<i64>>(),
    flags in any::<[bool; 3]>(),
    lease in 0..3u64,
  ) {
    block_on(async {
      let queues = Queues::new([Consumer::new("q")]);
      queues.send("q", &["a"]);
      let batch = queues.next("q").await;
      let [is_ok, ack_all, retry] = flags;
      let own = ids.iter().chain([&batch.messages[0].id]);
      let result = BatchResult {
        lease,
        outcome: if is_ok { "ok" } else { "" }.to_owned(),
        ack_all,
        retry_batch: RetryBatch { retry, delay_seconds },
        retry_messages: own.map(|id| RetryMessage { msg_id: id.clone(), delay_seconds }).collect(),
        explicit_acks: ids.clone(),
      };
      queues.simulators.finish_batch("q", 0, &result).unwrap();
    });
  }
}
