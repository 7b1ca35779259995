//! What storage frames do to queues: the backlog is theirs, and so is whatever is on its way.

use std::pin::pin;

use super::*;

fn immediate() -> Consumer {
  Consumer {
    batch_timeout_ms: 0,
    max_retries: 0,
    dead_letter_queue: Some("dlq".to_owned()),
    ..Consumer::new("q")
  }
}

#[tokio::test(start_paused = true)]
async fn message_of_a_frame_is_gone_with_it() {
  let queues = Queues::new([immediate()]);
  queues.simulators.push_frame().unwrap();
  queues.send("q", &["a"]);
  queues.send_later("q", "b", 5);
  queues.simulators.pop_frame().unwrap();
  queues.check_nothing("q").await;
}

#[tokio::test(start_paused = true)]
async fn result_of_a_frame_that_ended_is_ignored() {
  let queues = Queues::new([immediate()]);
  queues.send("q", &["below"]);
  queues.simulators.push_frame().unwrap();
  let batch = queues.next("q").await;
  queues.simulators.pop_frame().unwrap();
  assert_eq!(
    queues
      .simulators
      .finish_batch("q", 0, &thrown(&batch))
      .unwrap(),
    Settled::default()
  );
  assert_eq!(
    queues.simulators.finish_batch("q", 0, &ok(&batch)).unwrap(),
    Settled::default()
  );
  let again = queues.next("q").await;
  assert_eq!(again.messages, batch.messages);
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_in_a_frame_is_back_after_it() {
  for decide in [ok, thrown] {
    let queues = Queues::new([immediate()]);
    queues.send("q", &["below"]);
    queues.simulators.push_frame().unwrap();
    queues.consume("q", decide).await;
    queues.check_nothing("q").await;
    queues.simulators.pop_frame().unwrap();
    assert!(queues.metrics("dlq").contains("\"backlogCount\":0"));
    let again = queues.next("q").await;
    assert_eq!(
      (bodies(&again), again.messages[0].attempts),
      (vec!["below".into()], 1)
    );
  }
}

#[tokio::test(start_paused = true)]
async fn batch_survives_a_frame_that_begins() {
  let queues = Queues::new([immediate()]);
  queues.send("q", &["below"]);
  let batch = queues.next("q").await;
  queues.simulators.push_frame().unwrap();
  let settled = queues
    .simulators
    .finish_batch("q", 0, &thrown(&batch))
    .unwrap();
  assert_eq!(settled.lines.len(), 1);
  queues.check_nothing("q").await;
  queues.simulators.replace_frame().unwrap();
  assert_eq!(queues.next_bodies("q").await, ["below"]);
}

/// Rows are numbered again from where the frame began, so a lease must not outlive its frame.
#[tokio::test(start_paused = true)]
async fn lease_of_a_frame_that_ended_holds_nothing() {
  let queues = Queues::new([Consumer {
    max_concurrency: 2,
    ..immediate()
  }]);
  queues.simulators.push_frame().unwrap();
  queues.send("q", &["gone"]);
  let gone = queues.next("q").await;
  queues.simulators.replace_frame().unwrap();
  queues.send("q", &["new"]);
  assert!(queues.metrics("q").contains("\"backlogCount\":1"));
  let new = queues.simulators.next_batch("q", 1).await.unwrap();
  assert_eq!(bodies(&new), ["new"]);
  queues.simulators.finish_batch("q", 0, &ok(&gone)).unwrap();
  assert!(
    !queues
      .simulators
      .finish_batch("q", 1, &thrown(&new))
      .unwrap()
      .lines
      .is_empty()
  );
}

#[tokio::test(start_paused = true)]
async fn ending_a_frame_wakes_who_waits() {
  let queues = Queues::new([Consumer {
    max_concurrency: 2,
    ..immediate()
  }]);
  queues.send("q", &["below"]);
  queues.simulators.push_frame().unwrap();
  let batch = queues.next("q").await;
  let mut next = pin!(queues.simulators.next_batch("q", 1));
  assert!(tokio::time::timeout(FOREVER, next.as_mut()).await.is_err());
  queues.simulators.pop_frame().unwrap();
  assert_eq!(next.await.unwrap().messages, batch.messages);
}

#[tokio::test(start_paused = true)]
async fn delays_that_began_again_in_a_frame_are_as_before_after_it() {
  let queues = Queues::new([immediate()]);
  queues.send_later("q", "later", 10);
  queues.simulators.push_frame().unwrap();
  queues.simulators.stop_clock(Some(1_000_000));
  queues.check_nothing("q").await;
  queues.simulators.stop_clock(Some(1_010_000));
  assert_eq!(queues.next_bodies("q").await, ["later"]);
  queues.simulators.pop_frame().unwrap();
  queues.simulators.stop_clock(Some(NOW_MS + 9999));
  queues.check_nothing("q").await;
  queues.simulators.stop_clock(Some(NOW_MS + 10_000));
  assert_eq!(queues.next_bodies("q").await, ["later"]);
}
