//! What each event means for one Vitest project. Pure: effects are returned as [`Action`]s.
//!
//! Invariant: every taker is answered exactly once, with a runtime or with an error.

use std::collections::VecDeque;

use super::error::PoolError;

/// Names a runtime for as long as this process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuntimeId(pub u64);

/// What the dispatcher has to do.
#[derive(Debug)]
pub(super) enum Action<Runtime, Taker> {
  /// Start one more runtime, in the background.
  Start,
  /// Answer a taker.
  Give(Taker, Result<Runtime, PoolError>),
  /// Kill a runtime that nobody will use.
  Kill(Runtime),
}

/// The runtimes of one project, and who waits for them. Generic, so that tests need no processes.
#[derive(Debug)]
pub(super) struct Project<Runtime, Taker> {
  parked: VecDeque<(RuntimeId, Runtime)>,
  waiting: VecDeque<Taker>,
  starting: usize,
  /// Files that are still to come, if Vitest said; runtimes beyond that are not started.
  expected_files: Option<u32>,
  /// In watch mode a spare stays parked for the next rerun.
  keeps_spare: bool,
}

impl<Runtime, Taker> Project<Runtime, Taker> {
  /// A project without runtimes.
  pub(super) fn new(keeps_spare: bool) -> Self {
    Self {
      parked: VecDeque::new(),
      waiting: VecDeque::new(),
      starting: 0,
      expected_files: None,
      keeps_spare,
    }
  }

  /// How many files are to come.
  pub(super) fn expect(&mut self, files: u32) -> Vec<Action<Runtime, Taker>> {
    self.expected_files = Some(files);
    self.start_missing()
  }

  /// A file needs a runtime.
  pub(super) fn want(&mut self, taker: Taker) -> Vec<Action<Runtime, Taker>> {
    self.expected_files = self.expected_files.map(|files| files.saturating_sub(1));
    let mut actions = Vec::new();
    match self.parked.pop_front() {
      Some((_, runtime)) => actions.push(Action::Give(taker, Ok(runtime))),
      None => self.waiting.push_back(taker),
    }
    actions.extend(self.start_missing());
    actions
  }

  /// A runtime is ready.
  pub(super) fn ready(&mut self, id: RuntimeId, runtime: Runtime) -> Vec<Action<Runtime, Taker>> {
    self.starting -= 1;
    match self.waiting.pop_front() {
      Some(taker) => vec![Action::Give(taker, Ok(runtime))],
      None => {
        self.parked.push_back((id, runtime));
        Vec::new()
      }
    }
  }

  /// A runtime did not start. The reason holds for one waiting file; a spare that nobody waits for
  /// is not tried again until somebody does, so that a broken configuration does not spin.
  pub(super) fn failed(&mut self, error: PoolError) -> Vec<Action<Runtime, Taker>> {
    self.starting -= 1;
    match self.waiting.pop_front() {
      Some(taker) => vec![Action::Give(taker, Err(error))],
      None => Vec::new(),
    }
  }

  /// A parked runtime died; it is replaced when it is needed.
  pub(super) fn died(&mut self, id: RuntimeId) -> Vec<Action<Runtime, Taker>> {
    self.parked.retain(|(parked, _)| *parked != id);
    self.start_missing()
  }

  /// Options changed or the pool closes: parked runtimes are of no use, and waiting files get an error
  /// unless they can be served by what comes next.
  pub(super) fn discard(&mut self) -> Vec<Action<Runtime, Taker>> {
    self.starting = 0;
    self
      .parked
      .drain(..)
      .map(|(_, runtime)| Action::Kill(runtime))
      .collect()
  }

  /// Answers everybody who still waits.
  pub(super) fn dismiss(&mut self, error: &PoolError) -> Vec<Action<Runtime, Taker>> {
    self
      .waiting
      .drain(..)
      .map(|taker| Action::Give(taker, Err(error.clone())))
      .collect()
  }

  /// Starts what waiting files need, and one spare while there will be use for it.
  pub(super) fn start_missing(&mut self) -> Vec<Action<Runtime, Taker>> {
    let spare_useful = self.keeps_spare || self.expected_files.is_none_or(|files| files > 0);
    let wanted = self.waiting.len() + usize::from(spare_useful);
    let missing = wanted.saturating_sub(self.starting + self.parked.len());
    self.starting += missing;
    (0..missing).map(|_| Action::Start).collect()
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  type TestProject = Project<&'static str, u32>;

  #[track_caller]
  fn check(actions: Vec<Action<&'static str, u32>>, expected: &[&str]) {
    let shown: Vec<String> = actions
      .into_iter()
      .map(|action| match action {
        Action::Start => "start".into(),
        Action::Give(taker, Ok(runtime)) => format!("give {taker} {runtime}"),
        Action::Give(taker, Err(error)) => format!("give {taker} error: {error}"),
        Action::Kill(runtime) => format!("kill {runtime}"),
      })
      .collect();
    assert_eq!(shown, expected);
  }

  #[test]
  fn a_spare_is_started_at_once_and_replaced_when_taken() {
    let mut project = TestProject::new(false);
    check(project.start_missing(), &["start"]);
    check(project.ready(RuntimeId(1), "a"), &[]);
    check(project.want(7), &["give 7 a", "start"]);
  }

  #[test]
  fn no_runtime_is_started_that_no_file_will_use() {
    let mut project = TestProject::new(false);
    check(project.start_missing(), &["start"]);
    check(project.expect(2), &[]);
    check(project.want(1), &["start"]);
    check(project.ready(RuntimeId(1), "a"), &["give 1 a"]);
    check(project.want(2), &[]);
    check(project.ready(RuntimeId(2), "b"), &["give 2 b"]);
  }

  #[test]
  fn watch_mode_keeps_a_spare_for_the_next_rerun() {
    let mut project = TestProject::new(true);
    check(project.expect(1), &["start"]);
    check(project.ready(RuntimeId(1), "a"), &[]);
    check(project.want(1), &["give 1 a", "start"]);
  }

  #[test]
  fn a_failure_reaches_one_waiting_file() {
    let mut project = TestProject::new(false);
    check(project.expect(2), &["start"]);
    check(project.want(1), &["start"]);
    check(project.want(2), &[]);
    check(
      project.failed(PoolError::Closed),
      &["give 1 error: the pool is closed"],
    );
    check(project.ready(RuntimeId(2), "b"), &["give 2 b"]);
  }

  #[test]
  fn a_failed_spare_is_tried_again_only_when_it_is_wanted() {
    let mut project = TestProject::new(false);
    check(project.start_missing(), &["start"]);
    check(project.failed(PoolError::Closed), &[]);
    check(project.want(1), &["start", "start"]);
  }

  #[test]
  fn a_dead_spare_is_replaced() {
    let mut project = TestProject::new(false);
    check(project.start_missing(), &["start"]);
    check(project.ready(RuntimeId(1), "a"), &[]);
    check(project.died(RuntimeId(1)), &["start"]);
  }

  #[test]
  fn discarding_kills_the_parked_and_dismissing_answers_the_waiting() {
    let mut project = TestProject::new(false);
    check(project.start_missing(), &["start"]);
    check(project.ready(RuntimeId(1), "a"), &[]);
    check(project.discard(), &["kill a"]);
    check(project.want(1), &["start", "start"]);
    check(
      project.dismiss(&PoolError::Closed),
      &["give 1 error: the pool is closed"],
    );
  }
}
