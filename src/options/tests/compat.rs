//! Compatibility date and flags.

use super::super::compat::is_date;
use super::*;

fn compat(date: &str, flags: &[&str]) -> Project {
  project(json!({ "miniflare": { "compatibilityDate": date, "compatibilityFlags": flags } }))
}

#[track_caller]
fn refused(date: &str, flags: &[&str], messages: &[&str]) {
  assert_eq!(compat(date, flags).messages(), messages);
}

/// Each of these lists was given to workerd 2026-11-02 with `--experimental`, which started silently.
#[test]
fn forced_flags_are_the_ones_that_the_date_does_not_imply() {
  let modules = [
    "enable_nodejs_tty_module",
    "enable_nodejs_fs_module",
    "enable_nodejs_http_modules",
    "enable_nodejs_perf_hooks_module",
    "enable_nodejs_v8_module",
    "enable_nodejs_process_v2",
    "enable_nodejs_worker_threads_module",
  ];
  let node = ["nodejs_compat", "nodejs_compat_v2"];
  let check = |date: &str, before: &[&str], after: &[&str]| {
    let expected = [before, &modules, after].concat();
    assert_eq!(
      compat(date, &[]).plan().compatibility_flags,
      expected,
      "{date}"
    );
  };
  let rejections = "unhandled_rejection_after_microtask_checkpoint";
  check(
    "2022-11-01",
    &node,
    &["enable_weak_ref", rejections, "unsafe_module"],
  );
  check(
    "2024-09-23",
    &node,
    &["enable_weak_ref", rejections, "unsafe_module"],
  );
  check(
    "2025-05-04",
    &node,
    &["enable_weak_ref", rejections, "unsafe_module"],
  );
  check("2025-05-05", &node, &[rejections, "unsafe_module"]);
  check("2025-09-15", &node, &[rejections, "unsafe_module"]);
  check("2026-03-03", &node, &["unsafe_module"]);
  check("2026-08-03", &node, &["unsafe_module"]);
  check("2026-08-04", &[], &["unsafe_module"]);
  check("2026-11-02", &[], &["unsafe_module"]);
  check("2026-11-09", &[], &["unsafe_module"]);
}

#[test]
fn own_flags_come_first_and_redundant_ones_go() {
  let flags = |date: &str, flags: &[&str]| compat(date, flags).plan().compatibility_flags;
  let own = [
    "nodejs_compat",
    "unsafe_module",
    "experimental",
    "experimental",
    "url_standard",
  ];
  assert_eq!(
    flags("2025-09-15", &own)[..3],
    ["nodejs_compat", "unsafe_module", "experimental"]
  );
  assert_eq!(
    flags("2026-11-09", &own)[..2],
    ["unsafe_module", "experimental"]
  );
  let repeated = flags("2025-09-15", &own);
  assert_eq!(
    repeated
      .iter()
      .filter(|flag| *flag == "nodejs_compat")
      .count(),
    1
  );
}

#[test]
fn flags_against_the_runner_are_removed() {
  let project = compat(
    "2026-11-09",
    &["disable_nodejs_fs_module", "no_nodejs_compat_v2", "keep"],
  );
  let removing = |flag: &str| {
    format!(
      "warning: Removing `{flag}` compatibility flag during tests as that feature is needed to support the Vitest runner."
    )
  };
  assert_eq!(
    project.messages(),
    [
      removing("disable_nodejs_fs_module"),
      removing("no_nodejs_compat_v2")
    ]
  );
  let flags = project.plan_and_warnings().0.compatibility_flags;
  assert_eq!(flags[0], "keep");
  assert!(
    !flags
      .iter()
      .any(|flag| flag.starts_with("disable") || flag.starts_with("no_"))
  );
}

#[test]
fn dates_must_be_dates() {
  for date in ["2024-02-29", "2000-01-01", "2026-11-09"] {
    assert!(is_date(date), "{date}");
  }
  let malformed = [
    "",
    "2026",
    "2026-1-01",
    "2026-13-01",
    "2026-02-29",
    "2026-11-00",
    "26-11-01",
    "2026-11-0x",
  ];
  for date in malformed {
    assert!(!is_date(date), "{date}");
  }
  refused(
    "yesterday",
    &[],
    &[
      "error: \"miniflare.compatibilityDate\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got \"yesterday\".",
    ],
  );
  assert_eq!(
    wrangler("compatibility_date = \"2026-13-01\"").messages(),
    [
      "error: \"compatibility_date\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got \"2026-13-01\"."
    ]
  );
}

#[test]
fn dates_after_the_runtime_are_refused() {
  let future = ["error: Compatibility date \"2026-11-10\" is in the future and unsupported"];
  refused("2026-11-10", &[], &future);
}

#[test]
fn today_bounds_the_date_of_a_fresh_runtime() {
  let mut project = project(json!({}));
  project.input.today = Some("2026-11-04");
  assert_eq!(project.plan().compatibility_date, "2026-11-04");
  project.input.today = Some("2027-05-01");
  assert_eq!(project.plan().compatibility_date, "2026-11-09");
  let mut project = compat("2026-11-05", &[]);
  project.input.today = Some("2026-11-04");
  assert_eq!(
    project.messages(),
    ["error: Compatibility date \"2026-11-05\" is in the future and unsupported"]
  );
}

#[test]
fn commonjs_default_exports_are_required() {
  let message = "error: `miniflare.compatibilityFlags` must contain \"export_commonjs_default\", or `miniflare.compatibilityDate` must be >= \"2022-10-31\".";
  refused("2022-10-30", &[], &[message]);
  refused("2022-10-30", &["export_commonjs_default"], &[]);
  refused("2022-10-31", &[], &[]);
  refused(
    "2026-11-02",
    &["export_commonjs_namespace"],
    &["error: `miniflare.compatibilityFlags` must not contain \"export_commonjs_namespace\"."],
  );
  assert_eq!(
    wrangler("compatibility_date = \"2022-10-30\"").messages(),
    [
      "error: `compatibility_flags` must contain \"export_commonjs_default\", or `compatibility_date` must be >= \"2022-10-31\"."
    ]
  );
}

#[test]
fn node_compatibility_is_that_of_production() {
  use crate::options::NodeCompatibility;
  #[track_caller]
  fn check(date: &str, flags: &[&str], expected: NodeCompatibility) {
    let options =
      json!({ "miniflare": { "compatibilityDate": date, "compatibilityFlags": flags } });
    let (plan, _) = project(options).plan_and_warnings();
    assert_eq!(plan.node_compatibility, expected, "{date} {flags:?}");
  }
  check("2026-01-01", &[], NodeCompatibility::None);
  check("2026-01-01", &["nodejs_compat"], NodeCompatibility::All);
  check(
    "2026-01-01",
    &["nodejs_als"],
    NodeCompatibility::AsyncLocalStorage,
  );
  check("2026-10-01", &[], NodeCompatibility::All);
  check("2026-10-01", &["no_nodejs_compat"], NodeCompatibility::None);
}
