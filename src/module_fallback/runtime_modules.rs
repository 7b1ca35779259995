//! Modules of the runtime as packages get them: which are replaced by files of ours, and which are not
//! there at the Worker's own compatibility settings. Pure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a project has of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeModules {
  /// Files by specifier: what our `cloudflare:` modules add to workerd's, and built-in modules that lack
  /// names which packages import.
  pub replacements: BTreeMap<String, PathBuf>,
  /// The Worker's compatibility date, `YYYY-MM-DD`.
  pub compatibility_date: String,
  /// Its flags, those that the runner needs included.
  pub compatibility_flags: Vec<String>,
}

/// Node's modules that workerd has from some date on, with the flag that brings them before it, and the
/// date. Read off workerd 2026-11-02, which was asked for each at dates and with flags. All others of
/// Node's come with Node compatibility alone, which the runner cannot do without.
const DATED: &[(&str, &str, &str)] = &[
  (
    "node:child_process",
    "enable_nodejs_child_process_module",
    "2026-03-17",
  ),
  ("node:cluster", "enable_nodejs_cluster_module", "2025-12-04"),
  ("node:console", "enable_nodejs_console_module", "2025-09-21"),
  ("node:dgram", "enable_nodejs_dgram_module", "2026-01-29"),
  ("node:domain", "enable_nodejs_domain_module", "2025-12-04"),
  ("node:fs", "enable_nodejs_fs_module", "2025-09-15"),
  ("node:http", "enable_nodejs_http_modules", "2025-08-15"),
  ("node:http2", "enable_nodejs_http2_module", "2025-09-01"),
  ("node:https", "enable_nodejs_http_modules", "2025-08-15"),
  (
    "node:inspector",
    "enable_nodejs_inspector_module",
    "2026-01-29",
  ),
  (
    "node:inspector/promises",
    "enable_nodejs_inspector_module",
    "2026-01-29",
  ),
  ("node:os", "enable_nodejs_os_module", "2025-09-15"),
  (
    "node:perf_hooks",
    "enable_nodejs_perf_hooks_module",
    "2026-03-17",
  ),
  (
    "node:punycode",
    "enable_nodejs_punycode_module",
    "2025-12-04",
  ),
  (
    "node:readline",
    "enable_nodejs_readline_module",
    "2026-03-17",
  ),
  (
    "node:readline/promises",
    "enable_nodejs_readline_module",
    "2026-03-17",
  ),
  ("node:repl", "enable_nodejs_repl_module", "2026-03-17"),
  ("node:sqlite", "enable_nodejs_sqlite_module", "2026-01-29"),
  (
    "node:trace_events",
    "enable_nodejs_trace_events_module",
    "2025-12-04",
  ),
  ("node:tty", "enable_nodejs_tty_module", "2026-03-17"),
  ("node:v8", "enable_nodejs_v8_module", "2026-03-17"),
  ("node:vm", "enable_nodejs_vm_module", "2025-10-01"),
  ("node:wasi", "enable_nodejs_wasi_module", "2025-12-04"),
  (
    "node:worker_threads",
    "enable_nodejs_worker_threads_module",
    "2026-03-17",
  ),
  (
    "node:_http_agent",
    "enable_nodejs_http_modules",
    "2025-08-15",
  ),
  (
    "node:_http_client",
    "enable_nodejs_http_modules",
    "2025-08-15",
  ),
  (
    "node:_http_common",
    "enable_nodejs_http_modules",
    "2025-08-15",
  ),
  (
    "node:_http_incoming",
    "enable_nodejs_http_modules",
    "2025-08-15",
  ),
  (
    "node:_http_outgoing",
    "enable_nodejs_http_modules",
    "2025-08-15",
  ),
  (
    "node:_http_server",
    "enable_nodejs_http_server_modules",
    "2025-09-01",
  ),
  (
    "node:_stream_wrap",
    "enable_nodejs_stream_wrap_module",
    "2026-01-29",
  ),
];

/// Node's modules that workerd has at no date.
const ABSENT: &[&str] = &["node:sea", "node:test/reporters"];

impl RuntimeModules {
  /// The file that stands for a module.
  #[must_use]
  pub fn replacement(&self, specifier: &str) -> Option<&Path> {
    self.replacements.get(specifier).map(PathBuf::as_path)
  }

  /// Whether a built-in module of Node is not there. `name` has its prefix.
  #[must_use]
  pub fn lacks(&self, name: &str) -> bool {
    ABSENT.contains(&name) || self.remedy(name).is_some()
  }

  /// The flag that would bring a module that is not there, and the date from which it comes by itself.
  #[must_use]
  pub fn remedy(&self, name: &str) -> Option<(&'static str, &'static str)> {
    let &(_, flag, since) = DATED.iter().find(|(module, ..)| name == *module)?;
    let has = |flag: &str| self.compatibility_flags.iter().any(|own| own == flag);
    let disabling = flag.replacen("enable", "disable", 1);
    let is_there = has(flag) || self.compatibility_date.as_str() >= since && !has(&disabling);
    (!is_there).then_some((flag, since))
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(name: &str, date: &str, flags: &[&str], expected: Option<(&str, &str)>) {
    let modules = RuntimeModules {
      compatibility_date: date.into(),
      compatibility_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
      ..RuntimeModules::default()
    };
    assert_eq!(
      modules.remedy(name),
      expected,
      "{name} at {date} with {flags:?}"
    );
    let lacks = expected.is_some() || ABSENT.contains(&name);
    assert_eq!(modules.lacks(name), lacks, "{name}");
  }

  #[test]
  fn dates_and_flags_bring_modules() {
    let sqlite = Some(("enable_nodejs_sqlite_module", "2026-01-29"));
    check("node:sqlite", "2025-01-01", &[], sqlite);
    check("node:sqlite", "2026-01-29", &[], None);
    check(
      "node:sqlite",
      "2025-01-01",
      &["enable_nodejs_sqlite_module"],
      None,
    );
    check(
      "node:sqlite",
      "2026-10-01",
      &["disable_nodejs_sqlite_module"],
      sqlite,
    );
    check("node:path", "2024-01-01", &[], None);
    check("node:fs/promises", "2024-01-01", &[], None);
    check("node:sea", "2026-10-01", &[], None);
    check("cloudflare:workers", "2024-01-01", &[], None);
  }
}
