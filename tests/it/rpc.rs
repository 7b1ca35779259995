//! Messages through a real pool, a real socket and another process: nothing is lost, changed or
//! reordered. The fake workerd sends back what it gets.

use std::borrow::Cow;
use std::path::Path;

use serde_json::json;
use vitest_pool_workerd::protocol::ROUTE_HEADER;
use vitest_pool_workerd::rpc::envelope::{Envelope, Kind};

use crate::http::Client;
use crate::stage::{Inbox, PROJECT, Stage, Taken, take};

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_right_after_the_start_arrive() {
  let stage = Stage::new();
  let pool = stage.open("workerd").await;
  pool.expect(PROJECT.into(), 1);
  let runtime = take(&pool).await;
  // In this order, and without a moment in between, as the addon does.
  let mut inbox = Inbox::attach(&runtime);
  runtime.send(vec![b"first".to_vec(), Vec::new()]);
  runtime.send(vec![b"third".to_vec()]);
  assert_eq!(inbox.message().await, b"first");
  assert_eq!(inbox.message().await, b"");
  assert_eq!(inbox.message().await, b"third");
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_40_mib_comes_back_whole() {
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  // A pattern that is no multiple of anything, so that parts in a wrong order would show.
  let body: Vec<u8> = (0..40 << 20).map(|byte| (byte % 251) as u8).collect();
  taken.runtime.send(vec![b"before".to_vec(), body.clone()]);
  taken.runtime.send(vec![b"after".to_vec()]);
  assert_eq!(taken.inbox.message().await, b"before");
  let received = taken.inbox.message().await;
  assert!(
    received == body,
    "{} bytes came back, and not the same",
    received.len()
  );
  assert_eq!(taken.inbox.message().await, b"after");
  taken.pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_messages_keep_their_order() {
  const COUNT: u32 = 10_000;
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  // Alone, in small batches, and in large ones.
  let mut next = 0;
  for batch in [1, 7, 400].into_iter().cycle() {
    let end = COUNT.min(next + batch);
    taken.runtime.send(
      (next..end)
        .map(|number| number.to_be_bytes().to_vec())
        .collect(),
    );
    next = end;
    if next == COUNT {
      break;
    }
  }
  for number in 0..COUNT {
    assert_eq!(taken.inbox.message().await, number.to_be_bytes());
  }
  taken.pool.close().await;
}

/// Makes the runner ask its host, and returns the answer.
async fn ask(taken: &mut Taken, call: serde_json::Value) -> serde_json::Value {
  let mut frame = Vec::new();
  let request = Envelope {
    kind: Kind::Request,
    channel: 1,
    id: 7,
    body: Cow::Owned(rmp_serde::to_vec_named(&call).unwrap()),
  };
  request.encode_into(&mut frame);
  let hex: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
  taken.child.tell(&format!("frame {hex}")).await;
  rmp_serde::from_slice(&taken.inbox.message().await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runner_pushes_and_pops_frames_of_its_own_runtime() {
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  let mut kv = Kv::connect(&taken.child.folder).await;
  assert_eq!(
    ask(&mut taken, json!({ "op": "popFrame" })).await,
    json!({ "error": "no storage frame to pop" })
  );
  let done = json!({ "ok": null });
  assert_eq!(ask(&mut taken, json!({ "op": "pushFrame" })).await, done);
  assert_eq!(kv.put().await, 200);
  assert_eq!(kv.get().await, 200);
  assert_eq!(ask(&mut taken, json!({ "op": "popFrame" })).await, done);
  assert_eq!(kv.get().await, 404);
  taken.pool.close().await;
}

struct Kv(Client);

impl Kv {
  const HEADERS: &[(&str, &str)] = &[(ROUTE_HEADER, "kv/CACHE")];

  async fn connect(runtime_folder: &Path) -> Self {
    Self(Client::connect(&runtime_folder.join("loopback.sock")).await)
  }

  async fn put(&mut self) -> u16 {
    let target = "/key?urlencoded=true";
    self.0.send("PUT", target, Self::HEADERS, b"1").await.status
  }

  async fn get(&mut self) -> u16 {
    let target = "/key?urlencoded=true";
    self.0.send("GET", target, Self::HEADERS, b"").await.status
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_makes_no_sense_is_answered_and_harms_nothing() {
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  let answer = ask(&mut taken, json!({ "op": "formatDisk" })).await;
  let text = answer["error"].as_str().unwrap();
  assert!(text.contains("formatDisk"), "{text}");
  crate::stage::check_echo(&taken.runtime, &mut taken.inbox).await;
  taken.pool.close().await;
}
