//! Errors as users see them: what happened, where, what to do. Only this file assembles the three.
//!
//! Subsystems model their failures as enums; here each variant gets its stable code and its advice.

use std::error::Error;
use std::fmt::{self, Write};

use crate::module_fallback::graph::GraphError;
use crate::pool::{Crash, PoolError};
use crate::workerd::binary::{BINARY_VARIABLE, BinaryError};
use crate::workerd::process::ProcessError;

/// A rendered error with its stable code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
  /// Stable; renaming one is a breaking change.
  pub code: &'static str,
  /// The three parts.
  pub text: String,
}

const REPORT: &str = "this is a bug in vitest-pool-workerd; please report it with the text above";

impl UserError {
  fn new(code: &'static str, what: &dyn fmt::Display, place: &str, help: &str) -> Self {
    let mut text = what.to_string();
    for line in place.lines() {
      // Writing to a String cannot fail.
      let _ = write!(text, "\n  {line}");
    }
    let _ = write!(text, "\n  help: {help}");
    Self { code, text }
  }

  /// A runtime died under a pool worker.
  #[must_use]
  pub fn from_crash(crash: &Crash, project: &str, files: &[String]) -> Self {
    let count = match files {
      [_] => "a test file".to_owned(),
      files => format!("{} test files", files.len()),
    };
    let mut place = format!("{project}: {}", files.join(", "));
    if !crash.output.is_empty() {
      place.push_str("\nits last output:\n");
      crash.output.lines().for_each(|line| {
        let _ = writeln!(place, "  {line}");
      });
    }
    Self::new(
      "ERR_WORKERD_EXITED",
      &format_args!("{} while running {count}", crash.how),
      place.trim_end(),
      "if nothing in the test ends the process or uses up its memory, this is a bug in workerd or in \
       vitest-pool-workerd; please report it with the output above",
    )
  }
}

impl fmt::Display for UserError {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str(&self.text)
  }
}

impl From<&PoolError> for UserError {
  fn from(error: &PoolError) -> Self {
    let causes = causes(error);
    match error {
      // Already in three parts, once for each mistake.
      PoolError::Options(text) => Self {
        code: "ERR_OPTIONS",
        text: text.clone(),
      },
      PoolError::Routes(_) => Self::new(
        "ERR_OPTIONS",
        error,
        "`run_worker_first` of the static assets",
        "correct the rules; Wrangler would refuse to deploy them",
      ),
      PoolError::ExportMissing {
        worker, exports, ..
      } => Self::new(
        "ERR_EXPORT_MISSING",
        error,
        &format!("it exports {}", exports.join(", ")),
        &format!(
          "correct the name where it is written (a binding that refers to `{worker}`, or its migrations), or \
           export it"
        ),
      ),
      PoolError::Binary(source) => Self::new(
        "ERR_WORKERD_NOT_FOUND",
        error,
        &causes,
        &binary_help(source),
      ),
      PoolError::Graph(source) => match &**source {
        GraphError::Missing { .. } | GraphError::Read { .. } => Self::new(
          "ERR_VITEST_INCOMPLETE",
          error,
          &causes,
          "install the project's packages again; if that does not help, this version of Vitest is \
           not supported: use 5.x or 4.1",
        ),
        GraphError::Scan { .. } => Self::new("ERR_VITEST_INCOMPLETE", error, &causes, REPORT),
      },
      PoolError::Folder { .. } => Self::new(
        "ERR_TEMPORARY_FOLDER",
        error,
        &causes,
        "make sure that the folder exists, is writable, has space left and a short path, or point \
         TMPDIR at one that does",
      ),
      PoolError::Process(source) => Self::from_start(error, source),
      PoolError::Socket { output, .. } => Self::new(
        "ERR_RUNNER_NO_ANSWER",
        error,
        &format!("{causes}{}", said(output)),
        REPORT,
      ),
      PoolError::Closed => Self::new(
        "ERR_POOL_CLOSED",
        error,
        &causes,
        "start the run again; files that come after the end of a run cannot be served",
      ),
    }
  }
}

impl UserError {
  fn from_start(error: &PoolError, source: &ProcessError) -> Self {
    let (output, help) = match source {
      ProcessError::Spawn { .. } => (
        String::new(),
        "make sure that the file is executable and made for this machine, or install `workerd` again",
      ),
      ProcessError::ExitedEarly { output, .. } => (
        said(output),
        "if the output names a setting of yours, change it; otherwise this is a bug in \
         vitest-pool-workerd, please report it with the output",
      ),
      ProcessError::Timeout { output } => (
        said(output),
        "check whether the machine is out of memory or processors, then try again",
      ),
    };
    Self::new(
      "ERR_WORKERD_START",
      error,
      &format!("{}{output}", causes(error)),
      help,
    )
  }
}

/// What a process printed, with an introduction; nothing if it printed nothing.
fn said(output: &str) -> String {
  if output.is_empty() {
    return String::new();
  }
  let lines: String = output.lines().map(|line| format!("  {line}\n")).collect();
  format!("\nit said:\n{lines}")
}

fn binary_help(error: &BinaryError) -> String {
  match error {
    BinaryError::Override(_) => {
      format!("correct {BINARY_VARIABLE}, or remove it to use the one that npm installed")
    }
    BinaryError::NotInstalled { package, .. } => format!(
      "install again without leaving out optional packages (`npm install --include=optional`), so \
       that `{package}` is there"
    ),
    BinaryError::Unsupported { .. } => {
      format!("build workerd for this platform and point {BINARY_VARIABLE} at it")
    }
  }
}

/// The chain of causes, one a line.
fn causes(error: &dyn Error) -> String {
  let mut lines = Vec::new();
  let mut cause = error.source();
  while let Some(error) = cause {
    lines.push(error.to_string());
    cause = error.source();
  }
  lines.join("\n")
}

#[cfg(test)]
mod tests {
  use std::io::ErrorKind;
  use std::path::PathBuf;
  use std::sync::Arc;

  use insta::assert_snapshot;

  use super::*;
  use crate::rpc::socket::SocketError;

  fn shown(error: PoolError) -> String {
    let error = UserError::from(&error);
    format!("{}: {error}", error.code)
  }

  #[test]
  fn a_crash_names_the_files_and_shows_the_last_output() {
    let crash = Crash {
      how: "workerd ended with signal SIGKILL".into(),
      output: "one\ntwo".into(),
    };
    let error = UserError::from_crash(&crash, "project `api`", &["test/kv.test.ts".into()]);
    assert_snapshot!(error, @r"
    workerd ended with signal SIGKILL while running a test file
      project `api`: test/kv.test.ts
      its last output:
        one
        two
      help: if nothing in the test ends the process or uses up its memory, this is a bug in workerd or in vitest-pool-workerd; please report it with the output above
    ");
  }

  #[test]
  fn a_missing_executable_says_what_to_install() {
    let error = BinaryError::NotInstalled {
      package: "@x/y",
      searched: PathBuf::from("/p"),
    };
    assert_snapshot!(shown(PoolError::Binary(Arc::new(error))), @"
    ERR_WORKERD_NOT_FOUND: there is no workerd to run tests in
      the npm package `@x/y` is not installed beside `workerd` (/p)
      help: install again without leaving out optional packages (`npm install --include=optional`), so that `@x/y` is there
    ");
  }

  #[test]
  fn a_refused_configuration_shows_what_workerd_said() {
    let error = ProcessError::ExitedEarly {
      status: "exit code 1".into(),
      output: "service main: No such compatibility flag: x".into(),
    };
    assert_snapshot!(shown(PoolError::Process(Arc::new(error))), @"
    ERR_WORKERD_START: the runtime did not start
      workerd ended before it was ready (exit code 1)
      it said:
        service main: No such compatibility flag: x
      help: if the output names a setting of yours, change it; otherwise this is a bug in vitest-pool-workerd, please report it with the output
    ");
  }

  #[test]
  fn every_other_variant_says_what_to_do() {
    let io = || Arc::new(std::io::Error::from(ErrorKind::PermissionDenied));
    let graph = |error| PoolError::Graph(Arc::new(error));
    let missing = GraphError::Missing {
      importer: "/v/a.js".into(),
      specifier: "chai".into(),
    };
    let socket = Arc::new(SocketError::Connect(ErrorKind::ConnectionRefused.into()));
    for error in [
      PoolError::Folder {
        path: "/tmp/x".into(),
        source: io(),
      },
      graph(missing),
      PoolError::Socket {
        output: String::new(),
        source: socket,
      },
      PoolError::Process(Arc::new(ProcessError::Timeout {
        output: String::new(),
      })),
      PoolError::Closed,
      PoolError::ExportMissing {
        worker: "auth".into(),
        missing: vec!["the entrypoint `Admin`".into()],
        exports: vec!["default".into()],
      },
    ] {
      let text = shown(error);
      assert!(
        text.starts_with("ERR_") && text.contains("\n  help: "),
        "{text}"
      );
    }
  }
}
