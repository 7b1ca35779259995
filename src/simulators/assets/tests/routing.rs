//! Who gets a request from outside, and which lists of paths are refused.

use super::Routing::{Assets, Worker};
use super::*;

const FILES: &[(&str, &str)] = &[
  ("index.html", "ROOT"),
  ("404.html", "NOT FOUND"),
  ("about.html", "ABOUT"),
  ("a.txt", "A"),
  ("api/x.txt", "X"),
  ("api/docs/y.txt", "Y"),
  ("_redirects", "/old /new\n/lost /nope 200"),
];

const NAVIGATE: &[(&str, &str)] = &[("sec-fetch-mode", "navigate")];

#[test]
fn by_default_the_worker_gets_what_is_no_asset() {
  for mode in [
    NotFoundHandling::None,
    NotFoundHandling::NotFoundPage,
    NotFoundHandling::SinglePageApplication,
  ] {
    let site = Site::new(FILES).not_found(mode);
    for line in ["/", "/a.txt", "/about", "/about.html", "POST /a.txt"] {
      site.check_route(line, &[], Assets);
    }
    for line in ["//a.txt", "/%61.txt", "/old", "/lost", "POST /old"] {
      site.check_route(line, &[], Assets);
    }
    for line in ["/nope", "/api", "/API/x.txt", "POST /nope", "/_headers"] {
      site.check_route(line, &[], Worker);
    }
    site.check_route("/nope", NAVIGATE, Worker);
  }
}

#[test]
fn navigation_prefers_assets_with_the_flag() {
  let check = |mode, line: &str, headers, expected| {
    let mut site = Site::new(FILES).not_found(mode);
    site.config.prefers_navigation = true;
    site.check_route(line, headers, expected);
  };
  check(NotFoundHandling::None, "/nope", NAVIGATE, Worker);
  check(NotFoundHandling::NotFoundPage, "/nope", NAVIGATE, Assets);
  let spa = NotFoundHandling::SinglePageApplication;
  check(spa, "/nope", NAVIGATE, Assets);
  check(spa, "POST /nope", NAVIGATE, Assets);
  check(spa, "/nope", &[], Worker);
  check(spa, "/nope", &[("sec-fetch-mode", "cors")], Worker);
  let mut site = Site::new(&FILES[2..]).not_found(spa);
  site.config.prefers_navigation = true;
  site.check_route("/nope", NAVIGATE, Worker);
}

#[test]
fn the_worker_can_come_first() {
  let mut site = Site::new(FILES);
  site.config.run_worker_first = RunWorkerFirst::Always;
  for line in ["/", "/a.txt", "/old", "/nope"] {
    site.check_route(line, &[], Worker);
  }
  let site = site.worker_first(&["/api/*", "!/api/docs/*"]);
  site.check_route("/api/x.txt", &[], Worker);
  site.check_route("POST /api/x.txt", &[], Worker);
  site.check_route("/api/nope", NAVIGATE, Worker);
  site.check_route("/api/docs/y.txt", &[], Assets);
  site.check_route("/api/docs/nope", &[], Assets);
  site.check_route("/a.txt", &[], Assets);
  site.check_route("/old", &[], Assets);
  site.check_route("/nope", &[], Worker);
  // The path as it came.
  site.check_route("//api/x.txt", &[], Assets);
  site.check_route("/%61pi/x.txt", &[], Assets);
  site.check_route("/a.txt?/api/x", &[], Assets);
  // With a list, what it leaves is for the assets also when only `not_found_handling` has an answer.
  let site = site.not_found(NotFoundHandling::NotFoundPage);
  site.check_route("/nope", &[], Assets);
  site.check_route("POST /nope", &[], Assets);
  site.check_route("/api", &[], Assets);
}

#[test]
fn a_star_in_a_rule_is_anything() {
  #[track_caller]
  fn check(rule: &str, path: &str, expected: bool) {
    let routes = Routes::new(&[rule.to_owned()]).unwrap();
    assert_eq!(routes.route(path).is_some(), expected, "{rule} {path}");
  }
  check("/a", "/a", true);
  check("/a", "/a/", false);
  check("/a", "/ab", false);
  check("/*", "/", true);
  check("/a/*", "/a/", true);
  check("/a/*", "/a/b/c", true);
  check("/a/*", "/a", false);
  check("/a*t", "/a/b/t", true);
  check("/a*t", "/at", true);
  check("/a*t", "/a", false);
  check("/a*b*c", "/a1b2b3c", true);
  check("/a*b*c", "/acb", false);
  check("/a*ba", "/aba", true);
  check("/ab*ba", "/aba", false);
  check("/**x*", "/x", true);
  check("/a.t?t", "/a.txt", false);
  check("/a.[t]xt", "/a.txt", false);
}

#[test]
fn lists_that_could_not_be_deployed_are_refused() {
  #[track_caller]
  fn check(rules: &[&str], expected: &str) {
    let rules: Vec<_> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let refused = Routes::new(&rules).err();
    assert_eq!(
      refused.map(|error| error.to_string()).unwrap_or_default(),
      expected
    );
  }
  let invalid = |lines: &str| format!("Invalid routes in `run_worker_first`:\n{lines}");
  let no_slash = "rules must start with '/' or '!/'";
  check(&["/a", "/b/*", "!/b/c"], "");
  check(&["/é", "/**", "!/a*"], "");
  check(
    &[],
    "No `run_worker_first` rules were provided; must provide at least 1 rule.",
  );
  check(
    &["!/a"],
    "Only negative `run_worker_first` rules were provided; must provide at least 1 non-negative rule",
  );
  check(&["/a"; 101][..], {
    "Too many `run_worker_first` rules were provided; 101 rules provided exceeds max of 100."
  });
  check(&["api/*"], &invalid(&format!("'api/*': {no_slash}")));
  check(&[""], &invalid(&format!("'': {no_slash}")));
  let exception = "negative rules must start with '!/'";
  check(
    &["!api/*", "x", "/ok"],
    &invalid(&format!("'!api/*': {exception}\n'x': {no_slash}")),
  );
  check(&["!"], &invalid(&format!("'!': {exception}")));
  check(
    &["/a", "/a", "!/b", "!/b"],
    &invalid(
      "'/a': rule is a duplicate; rules must be unique\n'!/b': rule is a duplicate; rules must be unique",
    ),
  );
  check(
    &["/ab", "/a*"],
    &invalid("'/ab': rule '/a*' makes it redundant"),
  );
  let long = format!("/{}", "x".repeat(100));
  let too_long = "all rules must be less than 100 characters in length";
  check(&[&long], &invalid(&format!("'{long}': {too_long}")));
  check(&[&long[..100]], "");
}
