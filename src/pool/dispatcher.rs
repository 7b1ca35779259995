//! The event loop that owns all state of the pool. It never waits for anything but its inbox: what
//! takes time runs in a task and comes back as an [`Event`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::error::PoolError;
use super::event::{Event, Taker};
use super::prepare::{Prepared, ProjectSpec, prepare};
use super::project::{Action, Project, RuntimeId};
use super::run_folder::RunFolder;
use super::runtime::{self, RuntimeHandle};
use crate::module_fallback::graph::RunnerGraph;
use crate::workerd::binary;
use crate::workerd::process::Nursery;

/// The handle to everything that runs. Outlives Vitest's pool workers; one for each Vitest.
pub struct Pool {
  // Unbounded: events are few, and their senders must not block (Node) or wait (a dying runtime).
  inbox: mpsc::UnboundedSender<Event>,
  nursery: Arc<Nursery>,
  folder: Arc<RunFolder>,
  package_folder: PathBuf,
  binary_override: Option<PathBuf>,
  graphs: Mutex<HashMap<PathBuf, Arc<RunnerGraph>>>,
  next_config: std::sync::atomic::AtomicU64,
}

impl Pool {
  /// The folder of the run, private to the user and gone afterwards. Runtimes work in folders of it.
  #[must_use]
  pub fn folder(&self) -> &Path {
    self.folder.base()
  }

  /// Opens a pool: a temporary folder, the watchdog, and the event loop. Needs a tokio runtime.
  ///
  /// # Errors
  /// [`PoolError::Folder`] when there is no place for temporary files, or no shell.
  pub fn open(
    package_folder: PathBuf,
    binary_override: Option<PathBuf>,
  ) -> Result<Self, PoolError> {
    let folder_error = |source| PoolError::Folder {
      path: std::env::temp_dir(),
      source: Arc::new(source),
    };
    let nursery = Arc::new(Nursery::open().map_err(folder_error)?);
    let folder = Arc::new(RunFolder::create().map_err(folder_error)?);
    folder.roots().for_each(|root| nursery.adopt_folder(root));
    let (inbox, events) = mpsc::unbounded_channel();
    let dispatcher = Dispatcher {
      projects: HashMap::new(),
      inbox: inbox.clone(),
      nursery: nursery.clone(),
      folder: folder.clone(),
      next_runtime: 0,
    };
    tokio::spawn(dispatcher.run(events));
    Ok(Self {
      inbox,
      nursery,
      folder,
      package_folder,
      binary_override,
      graphs: Mutex::default(),
      next_config: 0.into(),
    })
  }

  /// Makes a project known, or replaces its options, and starts a first runtime for it. Blocks while
  /// it reads Vitest's files and writes the configuration: some milliseconds.
  ///
  /// # Errors
  /// [`PoolError`] when workerd or a part of Vitest is missing, or the folder cannot be written.
  pub async fn open_project(&self, spec: ProjectSpec) -> Result<(), PoolError> {
    let project = spec.key.clone();
    let prepared = tokio::task::block_in_place(|| self.prepare(spec));
    // The folder of the run goes with the pool, so an error would say nothing about the project.
    if self.inbox.is_closed() {
      return Err(PoolError::Closed);
    }
    let prepared = prepared?;
    let (done, opened) = oneshot::channel();
    self.tell(Event::Opened {
      project,
      prepared: Arc::new(prepared),
      done,
    });
    opened.await.map_err(|_| PoolError::Closed)
  }

  fn prepare(&self, spec: ProjectSpec) -> Result<Prepared, PoolError> {
    let binary = binary::find(&self.package_folder, self.binary_override.as_deref())
      .map_err(|error| PoolError::Binary(Arc::new(error)))?;
    let runtime_folder = self.package_folder.join("dist/runtime");
    let graph = self.graph(&runtime_folder, &spec.vitest_dist)?;
    let number = self
      .next_config
      .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let config = self.folder.file(&format!("config{number}.bin"));
    prepare(spec, graph, binary, &runtime_folder, config)
  }

  fn graph(&self, runtime_folder: &Path, dist: &Path) -> Result<Arc<RunnerGraph>, PoolError> {
    let mut graphs = self.graphs.lock();
    if let Some(graph) = graphs.get(dist) {
      return Ok(graph.clone());
    }
    let graph = RunnerGraph::collect(runtime_folder, dist)
      .map_err(|error| PoolError::Graph(Arc::new(error)))?;
    let graph = Arc::new(graph);
    graphs.insert(dist.into(), graph.clone());
    Ok(graph)
  }

  /// Says how many files of a project are still to come, so that no runtime is started in vain.
  pub fn expect(&self, project: String, files: u32) {
    self.tell(Event::Expected { project, files });
  }

  /// A runtime for one pool worker: a parked one, or the next that is ready.
  ///
  /// # Errors
  /// [`PoolError`] when it does not start, or the pool closes first.
  pub async fn take(&self, project: String) -> Result<RuntimeHandle, PoolError> {
    let (taker, taken) = oneshot::channel();
    self.tell(Event::Wanted { project, taker });
    taken.await.map_err(|_| PoolError::Closed)?
  }

  /// Ends everything and deletes the run's folders.
  pub async fn close(&self) {
    let (done, closed) = oneshot::channel();
    self.tell(Event::Close { done });
    let _ = closed.await;
    tokio::task::block_in_place(|| self.nursery.kill_all());
  }

  /// Kills every process now. For Node's `exit` event, where nothing can be awaited.
  pub fn kill_all(&self) {
    self.nursery.kill_all();
  }

  fn tell(&self, event: Event) {
    // After `close` nobody listens, and callers see that by their answer's sender being gone.
    let _ = self.inbox.send(event);
  }
}

struct Dispatcher {
  projects: HashMap<String, OpenProject>,
  inbox: mpsc::UnboundedSender<Event>,
  nursery: Arc<Nursery>,
  folder: Arc<RunFolder>,
  next_runtime: u64,
}

struct OpenProject {
  state: Project<RuntimeHandle, Taker>,
  prepared: Arc<Prepared>,
  /// Counts changes of options; a runtime that was started before the last one is of no use.
  generation: u64,
}

impl Dispatcher {
  async fn run(mut self, mut events: mpsc::UnboundedReceiver<Event>) {
    while let Some(event) = events.recv().await {
      match event {
        Event::Opened {
          project,
          prepared,
          done,
        } => {
          self.opened(project, prepared);
          let _ = done.send(());
        }
        Event::Expected { project, files } => {
          if let Some(open) = self.projects.get(&project) {
            open.prepared.modules.begin_run();
          }
          self.act(&project, |state| state.expect(files));
        }
        Event::Wanted { project, taker } => self.act(&project, |state| state.want(taker)),
        Event::Ready {
          project,
          generation,
          runtime,
        } => {
          self.if_current(&project, generation, |state| {
            state.ready(runtime.id(), runtime)
          });
        }
        Event::Failed {
          project,
          generation,
          error,
        } => {
          self.if_current(&project, generation, |state| state.failed(error));
        }
        Event::Died { project, runtime } => self.act(&project, |state| state.died(runtime)),
        Event::Close { done } => {
          let keys: Vec<_> = self.projects.keys().cloned().collect();
          for key in keys {
            self.act(&key, Project::discard);
            self.act(&key, |state| state.dismiss(&PoolError::Closed));
          }
          events.close();
          let _ = done.send(());
          return;
        }
      }
    }
  }

  fn opened(&mut self, project: String, prepared: Arc<Prepared>) {
    let keeps_spare = prepared.spec.watch;
    if let Some(open) = self.projects.get_mut(&project) {
      open.generation += 1;
      open.prepared = prepared;
      self.act(&project, Project::discard);
    } else {
      let state = Project::new(keeps_spare);
      self.projects.insert(
        project.clone(),
        OpenProject {
          state,
          prepared,
          generation: 0,
        },
      );
    }
    self.act(&project, Project::start_missing);
  }

  fn if_current(
    &mut self,
    project: &str,
    generation: u64,
    event: impl FnOnce(&mut Project<RuntimeHandle, Taker>) -> Vec<Action<RuntimeHandle, Taker>>,
  ) {
    if self
      .projects
      .get(project)
      .is_some_and(|open| open.generation == generation)
    {
      self.act(project, event);
    }
  }

  fn act(
    &mut self,
    project: &str,
    event: impl FnOnce(&mut Project<RuntimeHandle, Taker>) -> Vec<Action<RuntimeHandle, Taker>>,
  ) {
    let Some(open) = self.projects.get_mut(project) else {
      return;
    };
    for action in event(&mut open.state) {
      match action {
        Action::Start => self.start(project),
        // A taker that gave up drops the runtime, which ends it.
        Action::Give(taker, result) => drop(taker.send(result)),
        Action::Kill(runtime) => runtime.stop(),
      }
    }
  }

  fn start(&mut self, project: &str) {
    let Some(open) = self.projects.get(project) else {
      return;
    };
    self.next_runtime += 1;
    let id = RuntimeId(self.next_runtime);
    let (prepared, generation) = (open.prepared.clone(), open.generation);
    let (folder, nursery) = (self.folder.clone(), self.nursery.clone());
    let (inbox, project) = (self.inbox.clone(), project.to_owned());
    tokio::spawn(async move {
      // Sending fails when the pool is closed; a runtime that nobody hears of ends with its handle.
      match runtime::start(id, &prepared, &folder, nursery).await {
        Ok((runtime, life)) => {
          tracing::debug!(target: "pool", %project, id = id.0, pid = runtime.pid(), "runtime is ready");
          let died = Event::Died {
            project: project.clone(),
            runtime: id,
          };
          // In this order: nobody may hear of the death of a runtime before its start.
          let _ = inbox.send(Event::Ready {
            project,
            generation,
            runtime,
          });
          let was_attached = life.await;
          tracing::debug!(target: "pool", id = id.0, was_attached, "runtime has ended");
          if !was_attached {
            let _ = inbox.send(died);
          }
        }
        Err(error) => {
          let _ = inbox.send(Event::Failed {
            project,
            generation,
            error,
          });
        }
      }
    });
  }
}
