//! One workerd with its sockets and its storage, from its start to its end.
//!
//! A runtime is a task. It owns the process; others hold a [`RuntimeHandle`] and send it commands.
//! What it receives for a pool worker goes to [`PoolWorkerEvents`], which the addon implements.

use std::borrow::Cow;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::error::PoolError;
use super::host_call::{HostAnswer, HostCall, Stored};
use super::prepare::Prepared;
use super::project::RuntimeId;
use super::run_folder::{RunFolder, RuntimeFolder};
use crate::durable_objects::ObjectFiles;
use crate::loopback::server::{LoopbackServer, Services};
use crate::options::{BindingKind, Plan};
use crate::rpc::envelope::{Envelope, Kind};
use crate::rpc::socket::{self, Receiver, Sender};
use crate::simulators::Simulators;
use crate::simulators::queues::{Broker, Consumer};
use crate::storage::{Storage, SystemClock};
use crate::workerd::config::{LOOPBACK_SOCKET, RUNNER_SOCKET};
use crate::workerd::process::{Launch, Nursery, WorkerdProcess};

/// How long the runner may take to accept the socket once workerd listens. It has then been told
/// what to evaluate and takes some 50 ms; a loaded machine takes longer.
const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long workerd may take to end once its socket did, which says more about why. It may have to
/// write down what happened.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// Until channels are shared, each runtime serves one pool worker.
const ONLY_CHANNEL: u32 = 1;

/// How a runtime ended that a pool worker was using.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
  /// A clause: `workerd ended with signal SIGKILL`, `the runtime closed its connection`, ….
  pub how: String,
  /// The last lines that it printed.
  pub output: String,
}

/// Where a pool worker's events go. Called from any thread; must not block.
pub trait PoolWorkerEvents: Send + 'static {
  /// Vitest messages from the isolate, in order.
  fn messages(&self, bodies: Vec<Vec<u8>>);
  /// The runtime is gone. Nothing comes after this.
  fn crashed(&self, crash: Crash);
}

enum Command {
  Attach(Box<dyn PoolWorkerEvents>),
  Send(Vec<Vec<u8>>),
  Stop,
}

/// A way to talk to a runtime. Dropping it ends the runtime.
#[derive(Debug)]
pub struct RuntimeHandle {
  id: RuntimeId,
  pid: u32,
  // Unbounded: Vitest has no back pressure, so a bound here could only deadlock or drop.
  commands: mpsc::UnboundedSender<Command>,
  /// Set before the other end of `commands` closes, unless the runtime was stopped.
  crash: Arc<OnceLock<Crash>>,
}

impl RuntimeHandle {
  /// Its number, for logs.
  #[must_use]
  pub fn id(&self) -> RuntimeId {
    self.id
  }

  /// Process id of its workerd.
  #[must_use]
  pub fn pid(&self) -> u32 {
    self.pid
  }

  /// From now on this runtime is a pool worker's. If it has died already, that is its first event.
  pub fn attach(&self, events: Box<dyn PoolWorkerEvents>) {
    let sent = self.commands.send(Command::Attach(events));
    if let (Err(mpsc::error::SendError(Command::Attach(events))), Some(crash)) =
      (sent, self.crash.get())
    {
      events.crashed(crash.clone());
    }
  }

  /// Sends Vitest messages into the isolate, in order.
  pub fn send(&self, bodies: Vec<Vec<u8>>) {
    self.tell(Command::Send(bodies));
  }

  /// Kills it, without waiting and without an event.
  pub fn stop(&self) {
    self.tell(Command::Stop);
  }

  fn tell(&self, command: Command) {
    // A runtime that has ended has said so; commands that crossed that are of no use.
    let _ = self.commands.send(command);
  }
}

struct Runtime {
  process: WorkerdProcess,
  stored: Stored,
  _server: LoopbackServer,
  // Last: deleted after the process is killed and the server is closed.
  _folder: RuntimeFolder,
}

/// Starts a runtime. Its life is the future that comes with the handle: somebody must run it, and it
/// says in the end whether a pool worker was attached.
///
/// # Errors
/// [`PoolError`]; nothing is left running or lying around then.
pub(super) async fn start(
  id: RuntimeId,
  prepared: &Prepared,
  folder: &RunFolder,
  nursery: Arc<Nursery>,
) -> Result<(RuntimeHandle, impl Future<Output = bool> + Send + use<>), PoolError> {
  let folder = folder
    .runtime(id.0)
    .map_err(|source| folder_error(folder, source))?;
  let storage = Storage::new(Arc::new(SystemClock)).with_blobs_in(folder.blobs.clone());
  let stored = Stored {
    simulators: Arc::new(
      Simulators::new(storage, broker(&prepared.spec.plan)).with_assets(prepared.assets.clone()),
    ),
    objects: Arc::new(ObjectFiles::new(folder.durable_objects.clone())),
  };
  let services = Services {
    modules: prepared.modules.clone(),
    simulators: stored.simulators.clone(),
    objects: stored.objects.clone(),
    secret: prepared.secret.clone(),
  };
  let server =
    LoopbackServer::listen(&folder.sockets.join(LOOPBACK_SOCKET), services).map_err(|source| {
      PoolError::Folder {
        path: folder.sockets.clone(),
        source: Arc::new(source),
      }
    })?;
  let launch = Launch {
    binary: prepared.binary.clone(),
    config: prepared.config.clone(),
    folder: folder.sockets.clone(),
    durable_object_folder: folder.durable_objects.clone(),
  };
  let process = WorkerdProcess::start(&launch, nursery)
    .await
    .map_err(|error| PoolError::Process(Arc::new(error)))?;
  let path = folder.sockets.join(RUNNER_SOCKET);
  let dialled = tokio::time::timeout(DIAL_TIMEOUT, socket::dial(&path, &prepared.secret)).await;
  let refused = |source| PoolError::Socket {
    output: process.output(),
    source: Arc::new(source),
  };
  let (sender, receiver) = match dialled {
    Ok(dialled) => dialled.map_err(refused)?,
    Err(_) => {
      return Err(refused(socket::SocketError::Connect(
        std::io::ErrorKind::TimedOut.into(),
      )));
    }
  };
  let (commands, commands_inbox) = mpsc::unbounded_channel();
  let handle = RuntimeHandle {
    id,
    pid: process.id(),
    commands,
    crash: Arc::default(),
  };
  let crash = handle.crash.clone();
  let runtime = Runtime {
    process,
    stored,
    _server: server,
    _folder: folder,
  };
  let life = drive(runtime, sender, receiver, commands_inbox, crash);
  Ok((handle, life))
}

/// The queues of a project, as their broker wants to know them.
fn broker(plan: &Plan) -> Broker {
  let consumers = plan.queue_consumers.iter().map(|consumer| Consumer {
    queue: consumer.queue_name.clone(),
    batch_size: consumer.batch_size_max,
    batch_timeout_ms: consumer.batch_timeout_ms,
    max_retries: consumer.retries_max,
    retry_delay_s: Some(consumer.retry_delay_s),
    dead_letter_queue: consumer.dead_letter_queue.clone(),
    max_concurrency: consumer.concurrency_max,
  });
  let delays = plan
    .all_bindings()
    .filter_map(|binding| match &binding.kind {
      BindingKind::Queue {
        queue_name,
        delivery_delay_s,
      } => Some((queue_name.clone(), (*delivery_delay_s)?)),
      _ => None,
    });
  Broker::new(consumers, delays)
}

fn folder_error(folder: &RunFolder, source: std::io::Error) -> PoolError {
  let path = folder
    .roots()
    .next()
    .unwrap_or(std::path::Path::new("/tmp"))
    .into();
  PoolError::Folder {
    path,
    source: Arc::new(source),
  }
}

/// Runs until the runtime ends or is stopped; says whether a pool worker was attached.
async fn drive(
  mut runtime: Runtime,
  sender: Sender,
  mut receiver: Receiver,
  mut commands: mpsc::UnboundedReceiver<Command>,
  crash: Arc<OnceLock<Crash>>,
) -> bool {
  // Sending has a task of its own: an isolate that is busy does not read, and must not keep us from
  // noticing that it was stopped or died. Unbounded for the same reason as the commands.
  let (outgoing, outgoing_inbox) = mpsc::unbounded_channel();
  let writer = tokio::spawn(write(sender, outgoing_inbox));
  // Answering has a task of its own as well: a frame may have to wait for a request that takes its time.
  let (questions, questions_inbox) = mpsc::unbounded_channel();
  let answerer = tokio::spawn(answer_all(
    questions_inbox,
    runtime.stored.clone(),
    outgoing.clone(),
  ));
  let mut events: Option<Box<dyn PoolWorkerEvents>> = None;
  let how = loop {
    tokio::select! {
      command = commands.recv() => match command {
        Some(Command::Attach(attached)) => events = Some(attached),
        Some(Command::Send(bodies)) => {
          let _ = outgoing.send(bodies.into_iter().map(message).collect());
        }
        Some(Command::Stop) | None => break None,
      },
      received = receiver.receive() => match received {
        Ok(Some(envelopes)) => {
          let (messages, asked) = sort(envelopes);
          for question in asked {
            let _ = questions.send(question);
          }
          if let (Some(events), false) = (&events, messages.is_empty()) {
            events.messages(messages);
          }
        }
        // The socket goes with the process, which says more about it. If it does not end, we end it.
        Ok(None) => break Some(ended(&mut runtime.process, "the runtime closed its connection".into()).await),
        Err(error) => break Some(ended(&mut runtime.process, with_causes(&error)).await),
      },
      status = runtime.process.wait() => break Some(ended_with(&status)),
    }
  };
  writer.abort();
  answerer.abort();
  if let Some(how) = how {
    let output = runtime.process.output();
    // Nobody else sets it.
    let _ = crash.set(Crash { how, output });
  }
  // A pool worker that came while we noticed the end hears of it here; one that comes later, from the
  // handle.
  commands.close();
  while let Ok(command) = commands.try_recv() {
    if let Command::Attach(attached) = command {
      events = Some(attached);
    }
  }
  if let (Some(crash), Some(events)) = (crash.get(), &events) {
    events.crashed(crash.clone());
  }
  events.is_some()
}

/// How the process ended, if it does so within a moment; otherwise what we saw instead.
async fn ended(process: &mut WorkerdProcess, otherwise: String) -> String {
  tokio::time::timeout(END_TIMEOUT, process.wait())
    .await
    .map_or(otherwise, |status| ended_with(&status))
}

fn ended_with(status: &str) -> String {
  format!("workerd ended with {status}")
}

/// An error and the chain of its causes, in one line.
fn with_causes(error: &dyn Error) -> String {
  let mut text = error.to_string();
  let mut cause = error.source();
  while let Some(error) = cause {
    text = format!("{text}: {error}");
    cause = error.source();
  }
  text
}

async fn write(mut sender: Sender, mut inbox: mpsc::UnboundedReceiver<Vec<Envelope<'static>>>) {
  while let Some(mut envelopes) = inbox.recv().await {
    while let Ok(more) = inbox.try_recv() {
      envelopes.extend(more);
    }
    if let Err(error) = sender.send(&envelopes).await {
      tracing::debug!(target: "pool", %error, "the runtime no longer listens");
      return;
    }
  }
}

fn message(body: Vec<u8>) -> Envelope<'static> {
  Envelope {
    kind: Kind::Message,
    channel: ONLY_CHANNEL,
    id: 0,
    body: Cow::Owned(body),
  }
}

/// A question of the runner, with its id.
type Question = (u32, Result<HostCall, rmp_serde::decode::Error>);

/// Messages for Vitest, and the runner's own questions.
fn sort(envelopes: Vec<Envelope<'static>>) -> (Vec<Vec<u8>>, Vec<Question>) {
  let mut messages = Vec::new();
  let mut questions = Vec::new();
  for envelope in envelopes {
    match envelope.kind {
      Kind::Message => messages.push(envelope.body.into_owned()),
      Kind::Request => questions.push((envelope.id, rmp_serde::from_slice(&envelope.body))),
      Kind::Response | Kind::Part => {}
    }
  }
  (messages, questions)
}

/// Answers in the order asked, apart from what takes any time.
async fn answer_all(
  mut inbox: mpsc::UnboundedReceiver<Question>,
  stored: Stored,
  outgoing: mpsc::UnboundedSender<Vec<Envelope<'static>>>,
) {
  // Dropped with this future, which aborts what still waits.
  let mut waiting = JoinSet::new();
  loop {
    tokio::select! {
      question = inbox.recv() => {
        let Some((id, call)) = question else { return };
        let waits = call.as_ref().is_ok_and(HostCall::waits);
        let answering = answer(id, call, stored.clone(), outgoing.clone());
        if waits {
          waiting.spawn(answering);
        } else {
          answering.await;
        }
      }
      Some(_) = waiting.join_next() => {}
    }
  }
}

async fn answer(
  id: u32,
  call: Result<HostCall, rmp_serde::decode::Error>,
  stored: Stored,
  outgoing: mpsc::UnboundedSender<Vec<Envelope<'static>>>,
) {
  let answer = match call {
    Ok(call) => call.answer(&stored).await,
    Err(error) => HostAnswer::Error(error.to_string()),
  };
  let body = rmp_serde::to_vec_named(&answer).expect("an answer is plain data");
  // A runtime that has ended needs no answer.
  let _ = outgoing.send(vec![Envelope {
    kind: Kind::Response,
    channel: ONLY_CHANNEL,
    id,
    body: Cow::Owned(body),
  }]);
}
