//! Processes that do what they should, and what they should not: the typed error or crash that comes
//! of it, and that nothing is left of them.

use std::path::PathBuf;
use std::sync::Arc;

use vitest_pool_workerd::error::UserError;
use vitest_pool_workerd::module_fallback::graph::GraphError;
use vitest_pool_workerd::pool::{Crash, Pool, PoolError};
use vitest_pool_workerd::rpc::socket::SocketError;
use vitest_pool_workerd::workerd::binary::BinaryError;
use vitest_pool_workerd::workerd::process::{Launch, Nursery, ProcessError, WorkerdProcess};

use crate::stage::{
  Child, Inbox, PROJECT, Stage, Taken, check_echo, open_project, take, within, write,
};

/// What happened, where, what to do; `what` is all of the first.
#[track_caller]
fn check_three_parts(error: &UserError, code: &str, what: &str) {
  assert_eq!(error.code, code);
  let lines: Vec<&str> = error.text.lines().collect();
  let (first, rest) = lines.split_first().unwrap();
  let (help, places) = rest.split_last().unwrap();
  assert_eq!(*first, what, "in:\n{error}");
  assert!(!places.is_empty(), "it does not say where:\n{error}");
  for place in places {
    assert!(
      place.starts_with("  ") && !place.trim().is_empty() && !place.contains("help:"),
      "a line is out of place:\n{error}"
    );
    let announces_nothing = *place == places[places.len() - 1] && place.ends_with(':');
    assert!(!announces_nothing, "nothing follows `{place}` in:\n{error}");
  }
  assert!(
    help.starts_with("  help: ") && help.len() > 20,
    "it does not say what to do:\n{error}"
  );
}

#[track_caller]
fn check_error(error: &PoolError, code: &str, what: &str) {
  check_three_parts(&UserError::from(error), code, what);
}

#[track_caller]
fn check_crash(crash: &Crash, what: &str) {
  let error = UserError::from_crash(crash, "project `api`", &["test/kv.test.ts".into()]);
  let first = error.text.lines().next().unwrap();
  assert!(first.starts_with(what), "not `{what}` but:\n{error}");
  assert!(first.ends_with(" while running a test file"), "{error}");
  check_three_parts(&error, "ERR_WORKERD_EXITED", first);
}

/// Opens a pool, whose first runtime cannot start, and returns why.
async fn start_error(stage: &Stage, behaviour: &str) -> PoolError {
  let pool = stage.open(behaviour).await;
  pool.expect(PROJECT.into(), 1);
  let taken = within("taking a runtime", pool.take(PROJECT.into())).await;
  let error = taken.expect_err("a runtime like this must not be handed out");
  pool.close().await;
  error
}

/// Folders of the whole run: for sockets, and for Durable Objects.
fn run_folders(child: &Child) -> [PathBuf; 2] {
  let durable_objects = child.durable_objects.as_ref().unwrap();
  [&child.folder, durable_objects].map(|folder| folder.parent().unwrap().to_path_buf())
}

// How it goes when all goes well.

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_is_started_as_workerd_expects_serves_and_leaves_nothing_behind() {
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  let arguments = &taken.child.arguments;
  let durable_objects = taken.child.durable_objects.clone().unwrap();
  assert_eq!(
    arguments[..5],
    [
      "serve",
      "--binary",
      "--experimental",
      "--control-fd=0",
      "--directory-path"
    ]
  );
  assert_eq!(arguments.len(), 7);
  assert!(PathBuf::from(&arguments[6]).is_file(), "{}", arguments[6]);
  assert!(durable_objects.is_dir());
  check_echo(&taken.runtime, &mut taken.inbox).await;
  let folders = run_folders(&taken.child);
  for folder in &folders {
    use std::os::unix::fs::PermissionsExt;
    let mode = folder.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700, "{}", folder.display());
  }
  let (own_folder, pid) = (taken.child.folder.clone(), taken.child.pid);
  assert_eq!(taken.runtime.pid(), pid);

  taken.runtime.stop();
  taken.inbox.ends().await;
  taken.child.gone().await;
  within("closing the pool", taken.pool.close()).await;
  assert!(!own_folder.exists());
  for folder in folders {
    assert!(!folder.exists(), "{} is left", folder.display());
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_parked_and_taken_runtimes_and_those_that_are_starting() {
  let stage = Stage::new();
  let pool = stage.open("workerd").await;
  let taken = take(&pool).await;
  let (first, parked) = stage.children(&taken).await;
  let folders = run_folders(&first);
  let mut inbox = Inbox::attach(&taken);

  let gated = Stage::new();
  let second_pool = gated.open("gated").await;
  let starting = gated.child().await;

  within("closing the pool", pool.close()).await;
  within("closing the second pool", second_pool.close()).await;
  for child in [first, parked, starting] {
    child.gone().await;
  }
  check_crash(&inbox.crash().await, "workerd ended with signal SIGKILL");
  for folder in folders {
    assert!(!folder.exists(), "{} is left", folder.display());
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_everything_needs_no_waiting() {
  let stage = Stage::new();
  let taken = stage.taken("workerd").await;
  let folders = run_folders(&taken.child);
  // Node's `exit` event: no promise is served any more.
  tokio::task::block_in_place(|| taken.pool.kill_all());
  for folder in folders {
    assert!(!folder.exists(), "{} is left", folder.display());
  }
  taken.child.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letting_go_of_a_runtime_ends_it() {
  let stage = Stage::new();
  let Taken {
    pool,
    runtime,
    mut inbox,
    child,
  } = stage.taken("workerd").await;
  drop(runtime);
  inbox.ends().await;
  child.gone().await;
  pool.close().await;
}

// Processes that do not start.

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_before_it_listens_is_reported_with_its_output() {
  let stage = Stage::new();
  let error = start_error(&stage, "exits").await;
  let PoolError::Process(source) = &error else {
    panic!("{error:?}")
  };
  let ProcessError::ExitedEarly { status, output } = &**source else {
    panic!("{error:?}")
  };
  assert_eq!(status, "exit code 1");
  assert_eq!(output, "service runner: No such compatibility flag: x");
  check_error(&error, "ERR_WORKERD_START", "the runtime did not start");
  stage.child().await.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_before_it_listens_says_by_what() {
  let stage = Stage::new();
  let error = start_error(&stage, "dies").await;
  let PoolError::Process(source) = &error else {
    panic!("{error:?}")
  };
  assert!(
    matches!(&**source, ProcessError::ExitedEarly { status, .. } if status == "signal SIGKILL"),
    "{error:?}"
  );
  // It said nothing, and the text does not announce that it did.
  check_error(&error, "ERR_WORKERD_START", "the runtime did not start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_lets_go_of_the_control_pipe_is_given_up() {
  let stage = Stage::new();
  let error = start_error(&stage, "hangs-up").await;
  assert!(matches!(error, PoolError::Process(_)), "{error:?}");
  check_error(&error, "ERR_WORKERD_START", "the runtime did not start");
  stage.child().await.gone().await;
}

/// Without a pool, whose event loop needs threads: the clock stands still, and moves on to the next
/// timeout whenever there is nothing else to do.
#[tokio::test(start_paused = true)]
async fn a_process_that_neither_listens_nor_ends_is_given_up() {
  let stage = Stage::new();
  let folder = stage.path("runtime");
  write(&folder.join("config.bin"), "");
  let launch = Launch {
    binary: stage.binary("gated"),
    config: folder.join("config.bin"),
    durable_object_folder: folder.clone(),
    folder,
  };
  let nursery = Arc::new(Nursery::open().unwrap());
  let started = WorkerdProcess::start(&launch, nursery.clone()).await;
  let error = PoolError::Process(Arc::new(started.unwrap_err()));
  check_error(&error, "ERR_WORKERD_START", "the runtime did not start");
  nursery.kill_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_output_does_not_keep_a_process_from_starting() {
  let stage = Stage::new();
  let mut taken = stage.taken("floods").await;
  check_echo(&taken.runtime, &mut taken.inbox).await;
  taken.child.tell("exit 9").await;
  let crash = taken.inbox.crash().await;
  // What comes last is what helps.
  assert!(crash.output.contains("the flood is over"), "{crash:?}");
  assert!(crash.output.lines().count() <= 40);
  taken.pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_words_on_the_control_pipe_are_passed_over() {
  let stage = Stage::new();
  let mut taken = stage.taken("babbles").await;
  check_echo(&taken.runtime, &mut taken.inbox).await;
  taken.pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_refuses_the_socket_is_our_bug() {
  let stage = Stage::new();
  let error = start_error(&stage, "refuses").await;
  assert!(
    matches!(&error, PoolError::Socket { source, .. } if matches!(**source, SocketError::WebSocket(_))),
    "{error:?}"
  );
  check_error(
    &error,
    "ERR_RUNNER_NO_ANSWER",
    "the runtime started, but its runner did not answer",
  );
  stage.child().await.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_only_says_that_it_listens_is_found_out() {
  let stage = Stage::new();
  let error = start_error(&stage, "lies").await;
  assert!(
    matches!(&error, PoolError::Socket { source, .. } if matches!(**source, SocketError::Connect(_))),
    "{error:?}"
  );
  check_error(
    &error,
    "ERR_RUNNER_NO_ANSWER",
    "the runtime started, but its runner did not answer",
  );
  stage.child().await.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executable_that_is_none_is_reported() {
  let stage = Stage::new();
  write(&stage.path("bin/text"), "no program");
  let pool = Pool::open(stage.path("package"), Some(stage.path("bin/text"))).unwrap();
  open_project(&pool, stage.project()).await;
  let error = within("an error", pool.take(PROJECT.into())).await;
  let error = error.expect_err("a text file is no workerd");
  let PoolError::Process(source) = &error else {
    panic!("{error:?}")
  };
  assert!(matches!(**source, ProcessError::Spawn { .. }), "{error:?}");
  check_error(&error, "ERR_WORKERD_START", "the runtime did not start");
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_executable_is_reported_when_the_project_opens() {
  let stage = Stage::new();
  let missing = stage.path("bin/absent");
  let pool = Pool::open(stage.path("package"), Some(missing.clone())).unwrap();
  let error = pool.open_project(stage.project()).await.unwrap_err();
  let PoolError::Binary(source) = &error else {
    panic!("{error:?}")
  };
  assert!(matches!(&**source, BinaryError::Override(path) if *path == missing));
  check_error(
    &error,
    "ERR_WORKERD_NOT_FOUND",
    "there is no workerd to run tests in",
  );
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_vitest_is_reported_when_the_project_opens() {
  let what = "Vitest's own modules could not be put together for the runtime";
  let runner = "package/dist/runtime/runner.js";
  for (text, code) in [
    (Some("import 'vitest-lacks-this'"), "Missing"),
    (Some("import { from 'x'"), "Scan"),
    (None, "Read"),
  ] {
    let stage = Stage::new();
    match text {
      Some(text) => write(&stage.path(runner), text),
      None => std::fs::remove_file(stage.path(runner)).unwrap(),
    }
    let pool = stage.pool("workerd");
    let error = pool.open_project(stage.project()).await.unwrap_err();
    let PoolError::Graph(source) = &error else {
      panic!("{error:?}")
    };
    let variant = match &**source {
      GraphError::Read { .. } => "Read",
      GraphError::Scan { .. } => "Scan",
      GraphError::Missing { .. } => "Missing",
    };
    assert_eq!(variant, code);
    check_error(&error, "ERR_VITEST_INCOMPLETE", what);
    pool.close().await;
  }
}

// Processes that do not stay.

#[tokio::test(flavor = "multi_thread")]
async fn a_death_while_a_file_runs_says_how_and_shows_the_last_words() {
  for (command, how) in [
    ("!kill SIGKILL", "signal SIGKILL"),
    ("!kill SIGSEGV", "signal SIGSEGV"),
    ("!kill SIGABRT", "signal SIGABRT"),
    ("!exit 0", "exit code 0"),
    ("!exit 3", "exit code 3"),
  ] {
    let stage = Stage::new();
    let mut taken = stage.taken("workerd").await;
    check_echo(&taken.runtime, &mut taken.inbox).await;
    let last_words = b"!say these are my last words".to_vec();
    taken.runtime.send(vec![last_words, command.into()]);
    let crash = taken.inbox.crash().await;
    assert_eq!(crash.output, "these are my last words", "after {command}");
    check_crash(&crash, &format!("workerd ended with {how}"));
    taken.child.gone().await;
    taken.pool.close().await;
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_end_of_the_output_is_shown() {
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  let commands = ["!count 5000", "!kill SIGKILL"];
  taken.runtime.send(commands.map(Into::into).into());
  let crash = taken.inbox.crash().await;
  let expected: Vec<String> = (4961..=5000).map(|line| format!("line {line}")).collect();
  assert_eq!(crash.output, expected.join("\n"));
  taken.pool.close().await;
}

/// Has the process do something to its socket, after which we end it.
async fn check_given_up(command: &str, what: &str) {
  let stage = Stage::new();
  let mut taken = stage.taken("workerd").await;
  taken.child.is_connected().await;
  taken.child.tell(command).await;
  let crash = taken.inbox.crash().await;
  check_crash(&crash, what);
  taken.child.gone().await;
  taken.pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_closes_its_socket_but_stays_is_killed() {
  check_given_up("close", "the runtime closed its connection").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_drops_the_connection_but_stays_is_killed() {
  check_given_up("break", "the connection to the runtime broke").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_sends_garbage_is_killed() {
  let unintelligible = "the runtime sent something unintelligible";
  // Not MessagePack; an envelope of an unknown kind; one without an end; no WebSocket frame at all.
  check_given_up("frame c1ffff", unintelligible).await;
  check_given_up("frame 94090000c400", unintelligible).await;
  check_given_up("frame 94010000c6ffffffff", unintelligible).await;
  check_given_up("raw ff00", "the connection to the runtime broke").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_started_ends_with_it() {
  for how in ["stop", "close", "crash"] {
    let stage = Stage::new();
    stage.binary("gated");
    let pool = stage.open("parent").await;
    pool.expect(PROJECT.into(), 1);
    let runtime = take(&pool).await;
    let (first, second) = (stage.child().await, stage.child().await);
    let mut inbox = Inbox::attach(&runtime);
    match how {
      "stop" => runtime.stop(),
      "close" => within("closing the pool", pool.close()).await,
      _ => {
        runtime.send(vec![b"!kill SIGKILL".to_vec()]);
        check_crash(&inbox.crash().await, "workerd ended with signal SIGKILL");
      }
    }
    first.gone().await;
    second.gone().await;
    pool.close().await;
  }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_taking_and_attaching_is_a_crash() {
  let stage = Stage::new();
  let pool = stage.open("workerd").await;
  pool.expect(PROJECT.into(), 1);
  let runtime = take(&pool).await;
  let mut child = stage.child_of(&runtime).await;
  child.tell("exit 5").await;
  child.gone().await;
  // Whether the pool has noticed by now or not, the pool worker has to hear of it.
  let mut inbox = Inbox::attach(&runtime);
  runtime.send(vec![b"are you there?".to_vec()]);
  let crash = inbox.crash().await;
  check_crash(&crash, "workerd ended with exit code 5");
  pool.close().await;
}

// Who gets which runtime.

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_runtime_that_dies_is_replaced() {
  let stage = Stage::new();
  let pool = stage.open("workerd").await;
  let mut parked = stage.child().await;
  parked.is_connected().await;
  parked.tell("kill SIGKILL").await;
  parked.gone().await;
  // Nobody asks for it, and yet it comes up.
  let replacement = stage.child().await;
  let runtime = take(&pool).await;
  assert_eq!(runtime.pid(), replacement.pid);
  let mut inbox = Inbox::attach(&runtime);
  check_echo(&runtime, &mut inbox).await;
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_waits_gets_its_own_error_and_the_next_one_a_new_try() {
  let stage = Stage::new();
  let pool = stage.open("exits").await;
  pool.expect(PROJECT.into(), 2);
  for _ in 0..2 {
    let taken = within("taking a runtime", pool.take(PROJECT.into())).await;
    assert!(matches!(taken, Err(PoolError::Process(_))));
  }
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pools_do_not_disturb_each_other() {
  let (left, right) = (Stage::new(), Stage::new());
  // The same key, and opposite options.
  let mut first = left.taken("workerd").await;
  let second_pool = right.pool("workerd");
  let project = right.project_with("OTHER");
  within("opening", open_project(&second_pool, project)).await;
  second_pool.expect(PROJECT.into(), 1);
  let second = take(&second_pool).await;
  let mut second_inbox = Inbox::attach(&second);
  let second_child = right.child_of(&second).await;
  assert_ne!(run_folders(&first.child), run_folders(&second_child));

  first.runtime.send(vec![b"!kill SIGSEGV".to_vec()]);
  check_crash(
    &first.inbox.crash().await,
    "workerd ended with signal SIGSEGV",
  );
  check_echo(&second, &mut second_inbox).await;
  within("closing the first pool", first.pool.close()).await;
  check_echo(&second, &mut second_inbox).await;
  within("closing the second pool", second_pool.close()).await;
  second_child.gone().await;
}

fn config(child: &Child) -> Vec<u8> {
  std::fs::read(&child.arguments[6]).unwrap()
}

fn mentions(config: &[u8], name: &str) -> bool {
  config
    .windows(name.len())
    .any(|window| window == name.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_options_discard_parked_runtimes() {
  let stage = Stage::new();
  let pool = stage.pool("workerd");
  within(
    "opening",
    open_project(&pool, stage.project_with("OLD_ONE")),
  )
  .await;
  let mut parked = stage.child().await;
  parked.is_connected().await;
  assert!(mentions(&config(&parked), "OLD_ONE"));

  within(
    "opening again",
    open_project(&pool, stage.project_with("NEW_ONE")),
  )
  .await;
  parked.gone().await;
  let runtime = take(&pool).await;
  let child = stage.child_of(&runtime).await;
  let config = config(&child);
  assert!(mentions(&config, "NEW_ONE") && !mentions(&config, "OLD_ONE"));
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_options_discard_runtimes_that_are_starting_and_keep_who_waits() {
  let stage = Stage::new();
  let pool = stage.pool("gated");
  within(
    "opening",
    open_project(&pool, stage.project_with("OLD_ONE")),
  )
  .await;
  pool.expect(PROJECT.into(), 1);
  let mut old = stage.child().await;

  let mut waiting = std::pin::pin!(pool.take(PROJECT.into()));
  tokio::select! {
    // In this order, so that the file waits before the options change.
    biased;
    _ = &mut waiting => panic!("no runtime was ready"),
    () = open_project(&pool, stage.project_with("NEW_ONE")) => {}
  }
  let mut new = stage.child().await;
  assert!(mentions(&config(&new), "NEW_ONE"));
  old.tell("listen").await;
  old.gone().await;
  new.tell("listen").await;
  let runtime = within("the runtime that the file waits for", waiting).await;
  assert_eq!(runtime.unwrap().pid(), new.pid);
  pool.close().await;
}

/// The number that the next runtime of any project gets. They are counted within a pool, and the event
/// loop gives them out in the order of its events, so this tells how many were started so far.
async fn next_number(stage: &Stage, pool: &Pool) -> u64 {
  let mut other = stage.project();
  other.key = "probe".into();
  within("opening the probe", open_project(pool, other)).await;
  pool.expect("probe".into(), 1);
  let probe = within("taking the probe", pool.take("probe".into())).await;
  probe.unwrap().id().0
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_runtimes_are_started_than_files_are_expected() {
  let stage = Stage::new();
  let pool = stage.open("workerd").await;
  pool.expect(PROJECT.into(), 3);
  let mut numbers = Vec::new();
  for _ in 0..3 {
    numbers.push(take(&pool).await.id().0);
  }
  numbers.sort_unstable();
  assert_eq!(numbers, [1, 2, 3]);
  assert_eq!(next_number(&stage, &pool).await, 4);
  pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_mode_keeps_one_spare_beyond_what_is_expected() {
  let stage = Stage::new();
  let pool = stage.pool("workerd");
  let mut project = stage.project();
  project.watch = true;
  within("opening", open_project(&pool, project)).await;
  pool.expect(PROJECT.into(), 1);
  let first = take(&pool).await;
  assert_eq!(next_number(&stage, &pool).await, 3);
  // It was there before the file of the rerun asked.
  let second = take(&pool).await;
  assert_eq!(first.id().0 + second.id().0, 1 + 2);
  pool.close().await;
}

// After the end.

#[tokio::test(flavor = "multi_thread")]
async fn closing_answers_who_waits() {
  let stage = Stage::new();
  let pool = stage.open("gated").await;
  // The first to be polled is the first to be heard.
  let (taken, ()) = within("both", async {
    tokio::join!(biased; pool.take(PROJECT.into()), pool.close())
  })
  .await;
  let error = taken.unwrap_err();
  assert!(matches!(error, PoolError::Closed), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pool_says_that_it_is_closed() {
  let stage = Stage::new();
  let pool = stage.open("workerd").await;
  within("closing", pool.close()).await;
  within("closing again", pool.close()).await;
  pool.expect(PROJECT.into(), 1);
  let taken = within("an answer", pool.take(PROJECT.into())).await;
  let opened = within("an answer", pool.open_project(stage.project())).await;
  for error in [taken.unwrap_err(), opened.unwrap_err()] {
    assert!(matches!(error, PoolError::Closed), "{error:?}");
    assert_eq!(UserError::from(&error).code, "ERR_POOL_CLOSED");
  }
}
