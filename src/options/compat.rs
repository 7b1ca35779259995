//! Compatibility date and flags of the runner Worker: what the user wants, and what Vitest needs.
//!
//! Invariant: workerd starts with the result without a word on its output, provided that the user's
//! own flags exist. Only the runner Worker gets these flags; auxiliary Workers get what they ask
//! for.
//!
//! Not forced, on purpose: `no_handle_cross_request_promise_resolution`. It would change how user
//! code behaves, and the runner does not depend on it.

use super::compat_defaults::DEFAULTS;
use super::mistake::Mistake;
use super::plan::NodeCompatibility;
use super::problem::{Problems, Source, Written};

/// Flags that the runner needs at any date, each with the flag that turns the same feature off.
const FORCED: &[(&str, Option<&str>)] = &[
  ("nodejs_compat", Some("no_nodejs_compat")),
  ("nodejs_compat_v2", Some("no_nodejs_compat_v2")),
  (
    "enable_nodejs_tty_module",
    Some("disable_nodejs_tty_module"),
  ),
  ("enable_nodejs_fs_module", Some("disable_nodejs_fs_module")),
  (
    "enable_nodejs_http_modules",
    Some("disable_nodejs_http_modules"),
  ),
  (
    "enable_nodejs_perf_hooks_module",
    Some("disable_nodejs_perf_hooks_module"),
  ),
  ("enable_nodejs_v8_module", Some("disable_nodejs_v8_module")),
  (
    "enable_nodejs_process_v2",
    Some("disable_nodejs_process_v2"),
  ),
  // A bundled Vitest imports it.
  (
    "enable_nodejs_worker_threads_module",
    Some("disable_nodejs_worker_threads_module"),
  ),
  // Vitest 5 uses `WeakRef`.
  ("enable_weak_ref", Some("disable_weak_ref")),
  // Before it, a rejection that is handled a microtask later counts as unhandled and fails the run.
  (
    "unhandled_rejection_after_microtask_checkpoint",
    Some("no_unhandled_rejection_after_microtask_checkpoint"),
  ),
  // Eviction and abort of Durable Objects between tests.
  ("unsafe_module", None),
];

const COMMONJS_DEFAULT_SINCE: &str = "2022-10-31";

/// What an auxiliary Worker has whose options name no date.
pub(super) const OLDEST_DATE: &str = "2000-01-01";

/// The compatibility settings of a Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compat {
  pub(super) date: String,
  pub(super) flags: Vec<String>,
  /// What the user's own settings give.
  pub(super) node: NodeCompatibility,
}

/// Checks what the user wants and adds what the runner needs. `newest` is the newest date that
/// works.
pub(super) fn check(
  date: Option<&Written<String>>,
  flags: &[Written<String>],
  newest: &str,
  problems: &mut Problems,
) -> Compat {
  let usable = date.filter(|date| check_date(date, newest, problems));
  let date = usable.map_or(newest, |date| &date.value);
  check_commonjs(usable, date, flags, problems);
  Compat {
    date: date.to_owned(),
    flags: final_flags(date, flags, problems),
    node: node_compatibility(date, flags),
  }
}

/// Checks what an auxiliary Worker wants. Of the two dates, one is for Workers that name none, the other is the
/// newest that works.
pub(super) fn check_auxiliary(
  date: Option<&Written<String>>,
  flags: &[Written<String>],
  (default, newest): (&str, &str),
  problems: &mut Problems,
) -> Compat {
  let usable = date.filter(|date| check_date(date, newest, problems));
  let date = usable.map_or(default, |date| &date.value);
  let mut kept: Vec<String> = Vec::new();
  for flag in flags {
    if !is_implied(date, &flag.value) && !kept.contains(&flag.value) {
      kept.push(flag.value.clone());
    }
  }
  Compat {
    date: date.to_owned(),
    node: node_compatibility(date, flags),
    flags: kept,
  }
}

/// What a Worker with these settings has of Node in production.
fn node_compatibility(date: &str, flags: &[Written<String>]) -> NodeCompatibility {
  let has = |name: &str| flags.iter().any(|flag| flag.value == name);
  let by_date = is_implied(date, "nodejs_compat") && !has("no_nodejs_compat");
  if by_date || has("nodejs_compat") || has("nodejs_compat_v2") {
    NodeCompatibility::All
  } else if has("nodejs_als") {
    NodeCompatibility::AsyncLocalStorage
  } else {
    NodeCompatibility::None
  }
}

/// Whether a date has a flag without naming it.
fn is_implied(date: &str, flag: &str) -> bool {
  let mut defaults = DEFAULTS.iter();
  defaults.any(|&(name, since)| name == flag && date >= since)
}

fn check_date(date: &Written<String>, newest: &str, problems: &mut Problems) -> bool {
  let mistake = if !is_date(&date.value) {
    Mistake::MalformedDate {
      field: date.location.field.clone(),
      found: date.value.clone(),
    }
  } else if date.value.as_str() > newest {
    Mistake::FutureDate {
      date: date.value.clone(),
      newest: newest.to_owned(),
    }
  } else {
    return true;
  };
  problems.report(mistake, date.location.clone());
  false
}

/// Whether `text` is a date of the calendar, written as `YYYY-MM-DD`. Such texts sort like dates.
pub(super) fn is_date(text: &str) -> bool {
  let parts: Vec<&str> = text.split('-').collect();
  let [year, month, day] = parts[..] else {
    return false;
  };
  let number = |part: &str, digits: usize| {
    let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| part.parse::<u32>().ok()).flatten()
  };
  let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
  else {
    return false;
  };
  let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  let days = match month {
    1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
    4 | 6 | 9 | 11 => 30,
    2 if leap => 29,
    2 => 28,
    _ => return false,
  };
  (1..=days).contains(&day)
}

fn check_commonjs(
  written_date: Option<&Written<String>>,
  date: &str,
  flags: &[Written<String>],
  problems: &mut Problems,
) {
  let spelling = |source: &Source| match source {
    Source::File { .. } => ("compatibility_flags", "compatibility_date"),
    _ => (
      "miniflare.compatibilityFlags",
      "miniflare.compatibilityDate",
    ),
  };
  if let Some(flag) = flags
    .iter()
    .find(|flag| flag.value == "export_commonjs_namespace")
  {
    let (flags, _) = spelling(&flag.location.source);
    problems.report(Mistake::CommonJsNamespace { flags }, flag.location.clone());
  } else if date < COMMONJS_DEFAULT_SINCE
    && !flags
      .iter()
      .any(|flag| flag.value == "export_commonjs_default")
    && let Some(written) = written_date
  {
    let (flags, date) = spelling(&written.location.source);
    problems.report(
      Mistake::CommonJsDefaultMissing { flags, date },
      written.location.clone(),
    );
  }
}

/// The user's flags, without those that the date implies or that the runner cannot live with, then
/// the forced ones. workerd warns about a flag that is named twice or needlessly.
fn final_flags(date: &str, written: &[Written<String>], problems: &mut Problems) -> Vec<String> {
  let implied = |flag: &str| is_implied(date, flag);
  let mut flags: Vec<String> = Vec::new();
  for flag in written {
    if FORCED
      .iter()
      .any(|&(_, opposite)| opposite == Some(&flag.value))
    {
      problems.report(
        Mistake::FlagRemoved {
          flag: flag.value.clone(),
        },
        flag.location.clone(),
      );
    } else if !implied(&flag.value) && !flags.contains(&flag.value) {
      flags.push(flag.value.clone());
    }
  }
  for &(flag, _) in FORCED {
    if !implied(flag) && !flags.iter().any(|own| own == flag) {
      flags.push(flag.to_owned());
    }
  }
  flags
}
