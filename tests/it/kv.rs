//! KV as workerd asks for it, through the real server, with storage frames pushed and popped in
//! between. What KV itself does is tested beside it.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use vitest_pool_workerd::durable_objects::ObjectFiles;
use vitest_pool_workerd::loopback::server::{LoopbackServer, Services};
use vitest_pool_workerd::module_fallback::graph::RunnerGraph;
use vitest_pool_workerd::module_fallback::{ModuleFallback, ModuleOptions};
use vitest_pool_workerd::protocol::ROUTE_HEADER;
use vitest_pool_workerd::protocol::encode_resource;
use vitest_pool_workerd::simulators::Simulators;
use vitest_pool_workerd::simulators::queues::Broker;
use vitest_pool_workerd::storage::{ManualClock, Storage};

use crate::http::{Answer, Client};
use crate::stage::install_packages;

struct Loopback {
  simulators: Arc<Simulators>,
  socket: PathBuf,
  client: Client,
  // In this order: the server goes before its socket.
  _server: LoopbackServer,
  _folder: TempDir,
}

impl Loopback {
  async fn listen() -> Self {
    let folder = tempfile::tempdir().unwrap();
    install_packages(folder.path());
    let graph = RunnerGraph::collect(
      &folder.path().join("package/dist/runtime"),
      &folder.path().join("vitest/dist"),
    );
    let storage = Storage::new(Arc::new(ManualClock::default()));
    let simulators = Arc::new(Simulators::new(storage, Broker::default()));
    let services = Services {
      modules: Arc::new(ModuleFallback::new(
        Arc::new(graph.unwrap()),
        ModuleOptions::default(),
      )),
      simulators: simulators.clone(),
      objects: Arc::new(ObjectFiles::new(PathBuf::new())),
      secret: String::new(),
    };
    let socket = folder.path().join("loopback.sock");
    let server = LoopbackServer::listen(&socket, services).unwrap();
    Self {
      simulators,
      client: Client::connect(&socket).await,
      socket,
      _server: server,
      _folder: folder,
    }
  }

  async fn kv(&mut self, namespace: &str, method: &str, target: &str, body: &str) -> Answer {
    let route = format!("kv/{}", encode_resource(namespace));
    let headers = [(ROUTE_HEADER, route.as_str())];
    self
      .client
      .send(method, target, &headers, body.as_bytes())
      .await
  }

  async fn put(&mut self, namespace: &str, key: &str, value: &str) {
    let target = format!("/{key}?urlencoded=true");
    let answer = self.kv(namespace, "PUT", &target, value).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
  }

  async fn get(&mut self, namespace: &str, key: &str) -> Option<String> {
    let target = format!("/{key}?urlencoded=true");
    let answer = self.kv(namespace, "GET", &target, "").await;
    match answer.status {
      200 => Some(answer.text().into()),
      404 => None,
      other => panic!("{other} {}", answer.reason),
    }
  }

  async fn keys(&mut self, namespace: &str) -> Vec<String> {
    let page = self.kv(namespace, "GET", "/", "").await.json();
    assert_eq!(page["list_complete"], json!(true));
    let keys = page["keys"].as_array().unwrap();
    keys
      .iter()
      .map(|key| key["name"].as_str().unwrap().into())
      .collect()
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_is_got_and_listed_over_one_connection() {
  let mut loopback = Loopback::listen().await;
  loopback.put("ns", "a%2Fb", "1").await;
  loopback.put("ns", "%C3%A9", "zwei").await;
  loopback.put("ns", "a%2Fb", "").await;
  assert_eq!(loopback.get("ns", "a%2Fb").await.as_deref(), Some(""));
  assert_eq!(loopback.get("ns", "%c3%a9").await.as_deref(), Some("zwei"));
  assert_eq!(loopback.get("ns", "absent").await, None);
  assert_eq!(loopback.keys("ns").await, ["a/b", "é"]);
  let deleted = loopback
    .kv("ns", "DELETE", "/a%2Fb?urlencoded=true", "")
    .await;
  assert_eq!((deleted.status, deleted.text()), (200, ""));
  assert_eq!(loopback.keys("ns").await, ["é"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn popping_a_frame_restores_what_its_push_saw() {
  let mut loopback = Loopback::listen().await;
  loopback.put("ns", "seed", "base").await;
  loopback.simulators.push_frame().unwrap();
  loopback.put("ns", "seed", "suite").await;
  loopback.put("ns", "suite", "1").await;
  loopback.simulators.push_frame().unwrap();
  loopback.put("ns", "test", "1").await;
  // A namespace that nobody used before the frames.
  loopback.put("other", "late", "1").await;
  assert_eq!(loopback.keys("ns").await, ["seed", "suite", "test"]);
  loopback.simulators.pop_frame().unwrap();
  assert_eq!(loopback.keys("ns").await, ["seed", "suite"]);
  assert_eq!(loopback.get("ns", "seed").await.as_deref(), Some("suite"));
  assert_eq!(loopback.keys("other").await, [""; 0]);
  loopback.simulators.pop_frame().unwrap();
  assert_eq!(loopback.keys("ns").await, ["seed"]);
  assert_eq!(loopback.get("ns", "seed").await.as_deref(), Some("base"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_opens_within_a_frame_takes_part_in_it() {
  let mut loopback = Loopback::listen().await;
  loopback.simulators.push_frame().unwrap();
  loopback.put("ns", "key", "1").await;
  loopback.simulators.pop_frame().unwrap();
  assert_eq!(loopback.get("ns", "key").await, None);
  loopback.put("ns", "key", "2").await;
  assert_eq!(loopback.get("ns", "key").await.as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn namespaces_with_difficult_names_are_told_apart() {
  let mut loopback = Loopback::listen().await;
  let namespaces = ["a", "a/b", "a%2Fb", "é", "", " ", "a\r\nx-vpw-route: kv/b"];
  for namespace in namespaces {
    loopback.put(namespace, "key", namespace).await;
  }
  for namespace in namespaces {
    assert_eq!(
      loopback.get(namespace, "key").await.as_deref(),
      Some(namespace)
    );
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_comes_back_byte_for_byte() {
  let mut loopback = Loopback::listen().await;
  let metadata = r#"{"größe":"日本"}"#;
  let headers = [(ROUTE_HEADER, "kv/ns"), ("CF-KV-Metadata", metadata)];
  let put = loopback
    .client
    .send("PUT", "/k?urlencoded=true", &headers, b"v")
    .await;
  assert_eq!(put.status, 200);
  let got = loopback.kv("ns", "GET", "/k?urlencoded=true", "").await;
  assert_eq!(got.header("cf-kv-metadata"), Some(metadata));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_body_is_read_to_its_end() {
  let mut loopback = Loopback::listen().await;
  // One byte more than a value may have.
  let value = "x".repeat((25 << 20) + 1);
  let refused = loopback.kv("ns", "PUT", "/k?urlencoded=true", &value).await;
  assert_eq!(refused.status, 413);
  assert!(refused.reason.contains("26214400"), "{}", refused.reason);
  assert_eq!(loopback.get("ns", "k").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_nobody_is_not_found() {
  let mut loopback = Loopback::listen().await;
  for headers in [
    &[][..],
    &[("X-Resolve-Method", "fetch")],
    &[(ROUTE_HEADER, "kv")],
  ] {
    let answer = loopback
      .client
      .send("GET", "/?specifier=%2Fa", headers, b"")
      .await;
    assert_eq!((answer.status, answer.text()), (404, ""), "{headers:?}");
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_product_is_our_bug() {
  let mut loopback = Loopback::listen().await;
  let headers = [(ROUTE_HEADER, "d3/ns")];
  let answer = loopback.client.send("GET", "/k", &headers, b"").await;
  assert_eq!((answer.status, answer.text()), (500, ""));
  assert_eq!(
    answer.reason,
    "Bug in vitest-pool-workerd, please report it: simulators: no simulator is called `d3`"
  );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_do_not_wait_for_each_other() {
  let mut loopback = Loopback::listen().await;
  // Opened first, and silent.
  let _silent = Client::connect(&loopback.socket).await;
  loopback.put("ns", "key", "1").await;
  assert_eq!(loopback.get("ns", "key").await.as_deref(), Some("1"));
}
