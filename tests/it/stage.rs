//! A temporary place where a pool can run: a package of ours, a Vitest, and executables that play
//! workerd and tell us who they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use vitest_pool_workerd::options::{Defaults, Input, Isolation};
use vitest_pool_workerd::pool::{
  Crash, Pool, PoolWorkerEvents, ProjectSpec, RuntimeHandle, plan_project,
};

/// How long anything may take. Below the 30 seconds after which the pool gives up by itself, so that
/// a test never passes because of them.
const PATIENCE: Duration = Duration::from_secs(20);

/// The key of the one project that most tests have.
pub const PROJECT: &str = "api";

/// Waits, but not forever.
pub async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
  let waited = tokio::time::timeout(PATIENCE, wait).await;
  waited.unwrap_or_else(|_| panic!("{what}: not within {} seconds", PATIENCE.as_secs()))
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, text: &str) {
  std::fs::create_dir_all(path.parent().unwrap()).unwrap();
  std::fs::write(path, text).unwrap();
}

/// Makes the files of our package and of a Vitest that a pool wants to see: `package/` and `vitest/`.
pub fn install_packages(folder: &Path) {
  for (path, text) in [
    ("package/package.json", r#"{"type":"module"}"#),
    ("package/dist/runtime/globals.js", "globalThis.x = 1"),
    ("package/dist/runtime/bindings.js", "export {}"),
    ("package/dist/runtime/email.js", "export {}"),
    (
      "package/dist/runtime/runner.js",
      "import { chunk } from './chunk.js'; export const start = chunk",
    ),
    (
      "package/dist/runtime/chunk.js",
      "export const chunk = () => {}",
    ),
    (
      "package/dist/runtime/cloudflare-workers.js",
      "export const env = {}",
    ),
    (
      "package/dist/runtime/cloudflare-sockets.js",
      "export * from 'cloudflare:sockets'",
    ),
    (
      "package/dist/runtime/cloudflare-test.js",
      "export const env = {}",
    ),
    (
      "package/dist/runtime/polyfills/node-vm.js",
      "export default {}",
    ),
    ("vitest/package.json", r#"{"name":"vitest"}"#),
    ("vitest/dist/index.js", "export {}"),
  ] {
    write(&folder.join(path), text);
  }
}

/// See the module.
pub struct Stage {
  folder: TempDir,
  listener: UnixListener,
}

impl Stage {
  pub fn new() -> Self {
    let folder = tempfile::tempdir().unwrap();
    install_packages(folder.path());
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let listener = UnixListener::bind(folder.path().join("stage.sock")).unwrap();
    Self { folder, listener }
  }

  pub fn path(&self, name: &str) -> PathBuf {
    self.folder.path().join(name)
  }

  /// An executable that behaves like this; `fake-workerd.mjs` lists the behaviours. A link, because
  /// starting a file that was just written can fail while other threads start processes.
  pub fn binary(&self, behaviour: &str) -> PathBuf {
    let link = self.path("bin").join(behaviour);
    if !link.exists() {
      let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fake-workerd.mjs");
      std::os::unix::fs::symlink(script, &link).unwrap();
    }
    link
  }

  /// A pool whose processes behave like this.
  pub fn pool(&self, behaviour: &str) -> Pool {
    Pool::open(self.path("package"), Some(self.binary(behaviour))).unwrap()
  }

  /// A project with default options.
  pub fn project(&self) -> ProjectSpec {
    self.project_with("CACHE")
  }

  /// A project with a binding of this name, to tell its options from others.
  pub fn project_with(&self, binding: &str) -> ProjectSpec {
    let options = json!({
      "miniflare": { "compatibilityDate": "2026-01-01", "kvNamespaces": [binding] },
    });
    ProjectSpec {
      key: PROJECT.into(),
      plan: plan_project(&self.input(options)).unwrap().plan,
      entrypoints: Vec::new(),
      vitest_dist: self.path("vitest/dist"),
      facts: "{}".into(),
      version: "{}".into(),
      watch: false,
      aliases: Vec::new(),
      auxiliary_modules: Default::default(),
      auxiliary_exports: Default::default(),
      function_socket: "functions.sock".into(),
      conditions: Vec::new(),
    }
  }

  /// What the user wrote, below this folder.
  pub fn input(&self, options: Value) -> Input<'static> {
    Input {
      project_root: self.folder.path().into(),
      project_name: PROJECT.into(),
      config_file: None,
      options,
      defaults: Defaults {
        isolated_storage: Isolation::Test,
      },
      environment: None,
      process_env: Default::default(),
      today: None,
      newest_compatibility_date: "2026-11-09",
    }
  }

  /// A pool with one open project.
  pub async fn open(&self, behaviour: &str) -> Pool {
    let pool = self.pool(behaviour);
    within("opening the project", open_project(&pool, self.project())).await;
    pool
  }

  /// The next process that comes up.
  pub async fn child(&self) -> Child {
    within("a process comes up", async {
      let (stream, _) = self.listener.accept().await.unwrap();
      Child::meet(stream).await
    })
    .await
  }

  /// The process of this runtime and that of the spare, in whatever order they come up.
  pub async fn children(&self, runtime: &RuntimeHandle) -> (Child, Child) {
    let (one, other) = (self.child().await, self.child().await);
    if one.pid == runtime.pid() {
      (one, other)
    } else {
      (other, one)
    }
  }

  /// The process of this runtime. Others that come up first are let go, and end.
  pub async fn child_of(&self, runtime: &RuntimeHandle) -> Child {
    loop {
      let child = self.child().await;
      if child.pid == runtime.pid() {
        return child;
      }
    }
  }
}

/// Opens a project, which has to work.
pub async fn open_project(pool: &Pool, project: ProjectSpec) {
  pool.open_project(project).await.unwrap();
}

/// Takes a runtime for the project, which has to work.
pub async fn take(pool: &Pool) -> RuntimeHandle {
  within("taking a runtime", pool.take(PROJECT.into()))
    .await
    .unwrap()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Introduction {
  pid: u32,
  folder: PathBuf,
  arguments: Vec<String>,
  durable_objects: Option<PathBuf>,
}

/// A process that plays workerd, or that such a process has started.
pub struct Child {
  pub pid: u32,
  /// Its working directory.
  pub folder: PathBuf,
  pub arguments: Vec<String>,
  /// Where it was told to store Durable Objects.
  pub durable_objects: Option<PathBuf>,
  reader: BufReader<OwnedReadHalf>,
  writer: OwnedWriteHalf,
}

impl Child {
  async fn meet(stream: UnixStream) -> Self {
    let (reader, writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    reader.read_line(&mut line).await.unwrap();
    let who: Introduction = serde_json::from_str(&line).unwrap();
    Self {
      pid: who.pid,
      folder: who.folder,
      arguments: who.arguments,
      durable_objects: who.durable_objects,
      reader,
      writer,
    }
  }

  /// Gives it a command; `fake-workerd.mjs` lists them.
  pub async fn tell(&mut self, command: &str) {
    let line = format!("{command}\n");
    self.writer.write_all(line.as_bytes()).await.unwrap();
  }

  /// Waits until the pool reads what this process sends: it is connected, and cared for.
  pub async fn is_connected(&mut self) {
    self.tell("ping").await;
    let mut line = String::new();
    within("an answer to a ping", self.reader.read_line(&mut line))
      .await
      .unwrap();
    assert_eq!(line, "\"pong\"\n");
  }

  /// Waits until the process has ended.
  pub async fn gone(mut self) {
    let what = format!("the end of process {}", self.pid);
    within(&what, async {
      let mut line = String::new();
      // An error is an end as well: commands that it did not read reset the connection.
      while self
        .reader
        .read_line(&mut line)
        .await
        .is_ok_and(|bytes| bytes > 0)
      {}
    })
    .await;
  }
}

enum Heard {
  Message(Vec<u8>),
  Crash(Crash),
}

struct Ear(mpsc::UnboundedSender<Heard>);

impl PoolWorkerEvents for Ear {
  fn messages(&self, bodies: Vec<Vec<u8>>) {
    // A test that has ended no longer listens.
    for body in bodies {
      let _ = self.0.send(Heard::Message(body));
    }
  }

  fn crashed(&self, crash: Crash) {
    let _ = self.0.send(Heard::Crash(crash));
  }
}

/// What a pool worker hears from its runtime.
pub struct Inbox(mpsc::UnboundedReceiver<Heard>);

impl Inbox {
  pub fn attach(runtime: &RuntimeHandle) -> Self {
    let (tx, rx) = mpsc::unbounded_channel();
    runtime.attach(Box::new(Ear(tx)));
    Self(rx)
  }

  /// The next thing is a message.
  pub async fn message(&mut self) -> Vec<u8> {
    match within("a message", self.0.recv()).await {
      Some(Heard::Message(body)) => body,
      Some(Heard::Crash(crash)) => panic!("instead of a message: {crash:?}"),
      None => panic!("instead of a message the runtime ended without a word"),
    }
  }

  /// The next thing is a crash, and nothing comes after it.
  pub async fn crash(&mut self) -> Crash {
    let crash = match within("a crash", self.0.recv()).await {
      Some(Heard::Crash(crash)) => crash,
      Some(Heard::Message(body)) => panic!("instead of a crash: a message of {}", body.len()),
      None => panic!("instead of a crash the runtime ended without a word"),
    };
    self.ends().await;
    crash
  }

  /// The runtime is given up without anything more to hear.
  pub async fn ends(&mut self) {
    let heard = within("the end of the runtime", self.0.recv()).await;
    assert!(heard.is_none(), "something was heard after the end");
  }
}

/// Sends one message and waits for its echo.
pub async fn check_echo(runtime: &RuntimeHandle, inbox: &mut Inbox) {
  let body = b"are you there?".to_vec();
  runtime.send(vec![body.clone()]);
  assert_eq!(inbox.message().await, body);
}

/// A runtime that is taken and attached, with its process.
pub struct Taken {
  pub pool: Arc<Pool>,
  pub runtime: RuntimeHandle,
  pub inbox: Inbox,
  pub child: Child,
}

impl Stage {
  /// Opens a project and takes its first runtime; no other is started.
  pub async fn taken(&self, behaviour: &str) -> Taken {
    let pool = Arc::new(self.open(behaviour).await);
    pool.expect(PROJECT.into(), 1);
    let runtime = take(&pool).await;
    let child = self.child_of(&runtime).await;
    let inbox = Inbox::attach(&runtime);
    Taken {
      pool,
      runtime,
      inbox,
      child,
    }
  }
}
