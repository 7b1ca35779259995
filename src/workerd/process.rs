//! Spawns one workerd, drains what it prints, waits until it listens, kills its whole group.
//!
//! No `pre_exec`: with it the standard library forks instead of using `posix_spawn`, which takes
//! tens of milliseconds in a large Node process. That is why workerd's control pipe is its standard
//! input, the one descriptor besides the outputs that a plain spawn passes on.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::workerd::control::{self, ControlEvent};
use crate::workerd::output::OutputTail;
use crate::workerd::watchdog::Watchdog;

/// How long workerd may take until it listens. It takes 20 ms; a machine that swaps takes longer.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a process may take to end once it let go of the control pipe, which it does by ending.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the last output may take to arrive after the end. It is in the pipes by then.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// How much of a line is kept. A Worker may print megabytes without a line break.
const LINE_BYTES_MAX: usize = 16 << 10;

/// What to start.
#[derive(Clone, Debug)]
pub struct Launch {
  /// The executable.
  pub binary: PathBuf,
  /// The encoded configuration. Relative socket addresses in it start at `folder`.
  pub config: PathBuf,
  /// The runtime's own folder, which becomes its working directory.
  pub folder: PathBuf,
  /// Where the `disk` service for Durable Objects points.
  pub durable_object_folder: PathBuf,
}

/// Why there is no runtime.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
  /// The executable could not be started.
  #[error("could not start {}", .binary.display())]
  Spawn {
    /// What we tried to start.
    binary: PathBuf,
    /// Why the system refused.
    #[source]
    source: io::Error,
  },
  /// It ended before it listened; almost always a configuration that it does not accept.
  #[error("workerd ended before it was ready ({status})")]
  ExitedEarly {
    /// How it ended.
    status: String,
    /// What it printed.
    output: String,
  },
  /// It neither listened nor ended.
  #[error("workerd was not ready after {} seconds", LISTEN_TIMEOUT.as_secs())]
  Timeout {
    /// What it printed.
    output: String,
  },
}

/// Process groups that must not outlive us.
#[derive(Debug)]
pub struct Nursery {
  watchdog: Watchdog,
  /// `None` once everything was killed: what is spawned after that must end at once.
  groups: Mutex<Option<Vec<u32>>>,
}

impl Nursery {
  /// Starts the watchdog.
  ///
  /// # Errors
  /// When `/bin/sh` cannot be started.
  pub fn open() -> io::Result<Self> {
    Ok(Self {
      watchdog: Watchdog::start()?,
      groups: Mutex::new(Some(Vec::new())),
    })
  }

  /// Delete this folder when we die.
  pub fn adopt_folder(&self, path: &Path) {
    self.watchdog.folder(path);
  }

  fn adopt(&self, group: u32) {
    match self.groups.lock().as_mut() {
      Some(groups) => groups.push(group),
      None => kill_group(group),
    }
    self.watchdog.add(group);
  }

  fn release(&self, group: u32) {
    if let Some(groups) = self.groups.lock().as_mut() {
      groups.retain(|other| *other != group);
    }
    self.watchdog.remove(group);
  }

  /// Kills every process group now, without waiting, and lets the watchdog delete the folders.
  /// Synchronous, for Node's `exit` event.
  pub fn kill_all(&self) {
    let groups = self.groups.lock().take();
    groups.into_iter().flatten().for_each(kill_group);
    self.watchdog.finish();
  }
}

fn kill_group(group: u32) {
  let pid = i32::try_from(group)
    .ok()
    .and_then(rustix::process::Pid::from_raw);
  if let Some(pid) = pid {
    // The group may have ended by itself.
    let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
  }
}

/// A running workerd that listens. Dropping it kills it.
#[derive(Debug)]
pub struct WorkerdProcess {
  child: Child,
  group: u32,
  /// Whether the group may have members. Without any, its number may belong to somebody else.
  is_group_alive: bool,
  drains: JoinSet<()>,
  tail: Arc<Mutex<OutputTail>>,
  nursery: Arc<Nursery>,
}

impl WorkerdProcess {
  /// Starts workerd and waits until its socket listens.
  ///
  /// # Errors
  /// [`ProcessError`]; nothing is left running then.
  pub async fn start(launch: &Launch, nursery: Arc<Nursery>) -> Result<Self, ProcessError> {
    let spawn_error = |source| ProcessError::Spawn {
      binary: launch.binary.clone(),
      source,
    };
    let (control_reader, control_writer) = io::pipe().map_err(spawn_error)?;
    let mut disk = std::ffi::OsString::from("durable-objects=");
    disk.push(&launch.durable_object_folder);
    let mut child = Command::new(&launch.binary)
      .args([
        "serve",
        "--binary",
        "--experimental",
        "--control-fd=0",
        "--directory-path",
      ])
      .arg(disk)
      .arg(&launch.config)
      .current_dir(&launch.folder)
      .env("PWD", &launch.folder)
      .env_remove("LLVM_SYMBOLIZER")
      .stdin(control_writer)
      .stdout(Stdio::piped())
      .stderr(Stdio::piped())
      .process_group(0)
      .kill_on_drop(true)
      .spawn()
      .map_err(spawn_error)?;
    let group = child
      .id()
      .expect("a child that was not waited for has an id");
    nursery.adopt(group);

    // Drain both outputs before waiting for `listen`: a Worker that prints more than one pipe buffer
    // while starting would block on the write, and we would report a timeout of our own making.
    let tail = Arc::new(Mutex::new(OutputTail::default()));
    let mut drains = JoinSet::new();
    drains.spawn(drain(child.stdout.take(), tail.clone()));
    drains.spawn(drain(child.stderr.take(), tail.clone()));
    let mut process = Self {
      child,
      group,
      is_group_alive: true,
      drains,
      tail,
      nursery,
    };

    let listens = tokio::time::timeout(LISTEN_TIMEOUT, async {
      tokio::select! {
        biased;
        listens = wait_for_listen(control_reader.into()) => listens,
        // The pipe tells this as well, unless something that the process started holds it.
        _ = process.wait() => false,
      }
    });
    match listens.await {
      Ok(true) => Ok(process),
      Ok(false) => Err(ProcessError::ExitedEarly {
        status: process.end().await,
        output: process.output(),
      }),
      Err(_) => Err(ProcessError::Timeout {
        output: process.output(),
      }),
    }
  }

  /// The process id, for messages.
  #[must_use]
  pub fn id(&self) -> u32 {
    self.group
  }

  /// The last lines it printed.
  #[must_use]
  pub fn output(&self) -> String {
    self.tail.lock().text()
  }

  /// Waits for the end and says how it came, as a phrase; what the process started ends with it, and
  /// its last output has arrived. Safe to cancel, and to repeat.
  pub async fn wait(&mut self) -> String {
    let status = self.child.wait().await;
    self.end_group();
    let drained = async { while self.drains.join_next().await.is_some() {} };
    // What left the group by itself may still hold the pipes.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, drained).await;
    status.map_or_else(|error| error.to_string(), describe)
  }

  /// Waits for an end that is due, and brings it about if it does not come.
  async fn end(&mut self) -> String {
    if let Ok(status) = tokio::time::timeout(END_TIMEOUT, self.wait()).await {
      return status;
    }
    self.kill();
    // Nothing survives this signal.
    self.wait().await;
    "killed, since it had closed its control pipe".into()
  }

  /// Kills what is left of the group, the first time. Right after the process was waited for its number
  /// is still safe to use: systems count on to the next one, and never give out that of a group which
  /// has members.
  fn end_group(&mut self) {
    if std::mem::take(&mut self.is_group_alive) {
      kill_group(self.group);
      self.nursery.release(self.group);
    }
  }

  /// Kills the process and everything it started. Nothing durable is lost: all state is the test's.
  pub fn kill(&self) {
    kill_group(self.group);
  }
}

impl Drop for WorkerdProcess {
  fn drop(&mut self) {
    self.end_group();
  }
}

/// `signal SIGKILL`, `exit code 1`.
fn describe(status: ExitStatus) -> String {
  use std::os::unix::process::ExitStatusExt;
  match (status.code(), status.signal()) {
    (Some(code), _) => format!("exit code {code}"),
    (None, Some(signal)) => format!("signal {}", signal_name(signal)),
    (None, None) => status.to_string(),
  }
}

fn signal_name(signal: i32) -> String {
  match signal {
    2 => "SIGINT".into(),
    6 => "SIGABRT".into(),
    9 => "SIGKILL".into(),
    11 => "SIGSEGV".into(),
    15 => "SIGTERM".into(),
    other => other.to_string(),
  }
}

/// Whether the socket listens; false when the pipe ended first.
async fn wait_for_listen(reader: std::os::fd::OwnedFd) -> bool {
  let Ok(receiver) = pipe::Receiver::from_owned_fd(reader) else {
    return false;
  };
  // Bytes: a line that is no text is none of ours, and no reason to stop reading.
  let mut lines = BufReader::new(receiver).split(b'\n');
  while let Ok(Some(line)) = lines.next_segment().await {
    let line = String::from_utf8_lossy(&line);
    if matches!(control::parse(&line), Some(ControlEvent::Listen { .. })) {
      return true;
    }
  }
  false
}

async fn drain(stream: Option<impl AsyncRead + Unpin>, tail: Arc<Mutex<OutputTail>>) {
  let Some(stream) = stream else { return };
  let mut reader = BufReader::new(stream);
  let mut line = Vec::new();
  while let Ok(bytes) = reader.fill_buf().await
    && !bytes.is_empty()
  {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let piece = &bytes[..end.unwrap_or(bytes.len())];
    let room = LINE_BYTES_MAX - line.len();
    line.extend_from_slice(&piece[..piece.len().min(room)]);
    let used = piece.len() + usize::from(end.is_some());
    reader.consume(used);
    if end.is_some() {
      keep(&line, &tail);
      line.clear();
    }
  }
  keep(&line, &tail);
}

fn keep(line: &[u8], tail: &Mutex<OutputTail>) {
  let line = String::from_utf8_lossy(line);
  tracing::debug!(target: "workerd", %line);
  tail.lock().push(&line);
}
