//! All Workers of a runtime, and the names by which they refer to each other.

use super::auxiliary::Auxiliary;
use super::mistake::Mistake;
use super::problem::Problems;
use super::worker::WorkerOptions;

/// A Worker of the runtime: the user Worker (`None`), or an auxiliary one by its name.
pub(super) type WorkerRef = Option<String>;

/// Peers call the runner Worker by these names, followed by the project's; suites refer to them.
const RUNNER_NAMES: [&str; 2] = ["vitest-plugin-runner-", "vitest-pool-workers-runner-"];

/// Starts of names that no Worker may have, since peers take them for their own.
pub(super) const RESERVED_PREFIXES: [&str; 2] = ["vitest-plugin-", "vitest-pool-workers-"];

/// Who has which name.
pub(super) struct Workers<'a> {
  /// Names of the user Worker, the configured one first.
  user: &'a [String],
  auxiliary: Vec<&'a str>,
}

impl<'a> Workers<'a> {
  /// Reports names that two Workers have.
  pub(super) fn new(
    user: &'a WorkerOptions,
    auxiliary: &'a [Auxiliary],
    problems: &mut Problems,
  ) -> Self {
    let mut names: Vec<&str> = Vec::new();
    for worker in auxiliary {
      let name = &worker.name;
      if names.contains(&name.value.as_str()) || user.names.first() == Some(&name.value) {
        let mistake = Mistake::DuplicateWorker {
          name: name.value.clone(),
        };
        problems.report(mistake, name.location.clone());
      }
      names.push(&name.value);
    }
    Self {
      user: &user.names,
      auxiliary: names,
    }
  }

  /// The Worker of a name. Of an environment, both the name with its suffix and that without lead to the
  /// user Worker.
  pub(super) fn find(&self, name: &str) -> Option<WorkerRef> {
    if self.auxiliary.contains(&name) {
      return Some(Some(name.to_owned()));
    }
    let is_user = self.user.iter().any(|own| own == name)
      || RUNNER_NAMES.iter().any(|prefix| name.starts_with(prefix));
    is_user.then_some(None)
  }

  /// Every name, for messages.
  pub(super) fn names(&self) -> Vec<String> {
    let auxiliary = self.auxiliary.iter().map(|&name| name.to_owned());
    let mut names: Vec<String> = self.user.iter().cloned().chain(auxiliary).collect();
    names.sort_unstable();
    names.dedup();
    names
  }
}
