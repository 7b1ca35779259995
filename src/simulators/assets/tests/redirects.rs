//! `_redirects`, line by line.

use std::fmt::Write as _;

use super::*;

const FILES: &[(&str, &str)] = &[
  ("index.html", "ROOT"),
  ("about.html", "ABOUT"),
  ("dir/index.html", "DIR"),
  ("a.txt", "TEXT"),
];

fn site(rules: &str) -> Site {
  let site = Site::new(FILES);
  site.write("_redirects", rules);
  site
}

/// One rule, one request.
#[track_caller]
fn check(rule: &str, path: &str, expected: &str) {
  site(rule).check(path, expected);
}

#[test]
fn a_line_is_source_target_and_status() {
  check("/x /y", "/x", "302 /y");
  for status in [301, 302, 303, 307, 308] {
    check(&format!("/x /y {status}"), "/x", &format!("{status} /y"));
  }
  check("/x /y 301.0", "/x", "301 /y");
  check("\t/x\t/y \t 301  \r", "/x", "301 /y");
  check("/x /y 301 # because", "/x", "301 /y");
  check("# comment\n\n/x /y", "/x", "302 /y");
  check("\u{feff}/x /y", "/x", "302 /y");
  check("x /y", "/x", "302 /y");
  check("/x /y", "POST /x", "302 /y");
  check("/x /y", "HEAD /x", "302 /y");
  check("/about /y", "/about", "302 /y");
  check("/x /1\n/x /2", "/x", "302 /1");
  for rule in [
    "/x",
    "/x /y 301 302",
    "/x /y 304",
    "/x /y 404",
    "/x /y -1",
    "/x /y NaN",
    "/x /y abc",
    "/x y",
    "/x https://",
    "/x http://example.com/",
    "/x HTTPS://example.com/",
    "/x javascript:alert(1)",
    "/x https://example.com/ 200",
    "/x a.txt 200",
    "/x /y\u{1}",
    "https://example.com/x /y",
    "/x#/y",
    "/X /y",
    "/x/ /y",
    "//x /y",
  ] {
    check(rule, "/x", "404");
  }
}

#[test]
fn sources_and_targets_are_parsed_like_urls() {
  check("/é /y", "/%C3%A9", "302 /y");
  check("/sp%20ace /y", "/sp%20ace", "302 /y");
  check("/a/../x /y", "/x", "302 /y");
  check("/x?a=b /y", "/x", "302 /y");
  check("/x#frag /y", "/x", "302 /y");
  check("//x /y", "//x", "302 /y");
  check("/x /é", "/x", "302 /%C3%A9");
  check("/x /a/../b", "/x", "302 /b");
  check("/x /a//b", "/x", "302 /a//b");
  check("/x /y#frag", "/x", "302 /y#frag");
  check("/x https://EXAMPLE.com", "/x", "302 https://example.com/");
  check(
    "/x https://ex.com:443/a?b#c",
    "/x",
    "302 https://ex.com/a?b#c",
  );
  check(
    "/x https://U:p@Ex.com:80/",
    "/x",
    "302 https://U:p@ex.com:80/",
  );
}

#[test]
fn a_target_never_becomes_another_host_by_itself() {
  check("/x //evil.com/a", "/x", "302 /evil.com/a");
  check("/x ///evil.com", "/x", "302 /evil.com");
  check("/x /\\evil.com", "/x", "302 /evil.com");
  check("/x /.//evil.com", "/x", "302 /evil.com");
  check("/x/* /:splat", "/x//evil.com", "302 /evil.com");
  check("/x/* /:splat", "/x/%2F%2Fevil.com", "302 /%2F%2Fevil.com");
  check("/x/* /./:splat", "/x//evil.com", "302 /evil.com");
}

#[test]
fn the_query_of_the_request_goes_along_unless_the_target_has_one() {
  check("/x /y", "/x?a=b&c", "302 /y?a=b&c");
  check("/x /y#f", "/x?a", "302 /y?a#f");
  check("/x /y?own", "/x?a", "302 /y?own");
  check("/x https://ex.com", "/x?a", "302 https://ex.com/?a");
}

#[test]
fn splats_and_placeholders_are_captured() {
  check("/s/* /d/:splat", "/s/a/b", "302 /d/a/b");
  check("/s/* /d/:splat", "/s/", "302 /d/");
  check("/s/* /d/:splat", "/s", "404");
  check("/s* /d/:splat", "/star/x", "302 /d/tar/x");
  check("/s/* /d/:splat", "/s/a%20b", "302 /d/a%20b");
  check("/s/* /d/:splat", "/s//a//b", "302 /d/a/b");
  check("/s/*/end /:splat", "/s/a/b/end", "302 /a/b");
  check(
    "/s/* https://ex.com/:splat?z",
    "/s/a?b",
    "302 https://ex.com/a?z",
  );
  check("/s/* https://:splat", "/s/ex.com", "302 https://ex.com/");
  check("/p/:a/:b /q?x=:a&y=:b", "/p/1/2", "302 /q?x=1&y=2");
  check("/p/:a/:b /q", "/p/1/2/", "404");
  check("/p/:a/:b /q", "/p//2", "404");
  check("/p/:a-:b /:a/:b", "/p/x-y-z", "302 /x-y/z");
  check("/p/:a.html /:a", "/p/q.html", "302 /q");
  check("/p/:a/:ab /:ab/:a", "/p/1/2", "302 /2/1");
  check("/p/:a* /:a/:splat", "/p/x/y", "302 /x/y");
  check("/p/:a /:a/:b/:as/:splat", "/p/1", "302 /1/:b/1s/:splat");
  check("/p/:1a /x", "/p/1", "404");
  check("/p/:1a /x", "/p/:1a", "302 /x");
  check("/any.thing /y", "/anyxthing", "404");
  check("/p/:a/* /:a", "/p/:splat/x", "302 /:splat");
  // These have one name twice.
  check("/*/x/* /y", "/a/x/b", "404");
  check("/:a/:a /y", "/1/1", "404");
  check("/:splat/* /y", "/1/1", "404");
}

#[test]
fn rules_apply_in_the_order_of_the_file() {
  let site = site("/a/x /static\n/a/* /dynamic\n/a/y /late\n/b /c\n/c /d");
  site.check("/a/x", "302 /static");
  site.check("/a/y", "302 /dynamic");
  site.check("/b", "302 /c");
}

#[test]
fn a_rewrite_is_answered_as_the_other_path_is() {
  let site = site(
    "/t /a.txt 200\n/p /about 200\n/h /about.html 200\n/d /dir 200\n/q /about.html?own 200\n\
      /n /nope 200\n/chain /t 200\n/self /self 200\n/s/* /:splat 200",
  );
  site.check("/t", "200 TEXT");
  site.check("/p", "200 ABOUT");
  site.check("/h", "307 /about");
  site.check("/h?a=b", "307 /about?a=b");
  site.check("/q?a=b", "307 /about?a=b");
  site.check("/d", "307 /dir/");
  site.check("/n", "404");
  site.check("/chain", "404");
  site.check("/self", "404");
  site.check("/s/a.txt", "200 TEXT");
  site.check("/s//a.txt", "200 TEXT");
  site.check("POST /t", "405");
  let site = site.not_found(NotFoundHandling::SinglePageApplication);
  site.check("/n", "200 ROOT");
}

#[test]
fn rules_that_html_handling_leads_back_to_are_left_out() {
  for rule in [
    "/* /index.html 200",
    "/* /index 302",
    "/dir/* /index.html",
    "/ /index.html",
    "/dir/ /dir/index",
  ] {
    check(rule, "/", "200 ROOT");
    check(rule, "/dir/", "200 DIR");
  }
  check("/dir /dir/index.html", "/dir", "302 /dir/index.html");
  check("/* /about 200", "/", "200 ABOUT");
  check("/* /index.html?x 302", "/", "302 /index.html?x");
  let site = site("/* /index.html 200\n/ /index.html 302").html(HtmlHandling::None);
  site.check("/", "302 /index.html");
  site.check("/nope", "404");
}

#[test]
fn there_are_limits() {
  let mut rules = String::new();
  for number in 0..2050 {
    writeln!(rules, "/s{number} /s").unwrap();
  }
  for number in 0..120 {
    writeln!(rules, "/d{number}/* /d").unwrap();
  }
  let site = site(&rules);
  site.check("/s1999", "302 /s");
  site.check("/s2000", "404");
  site.check("/d99/x", "302 /d");
  site.check("/d100/x", "404");
  // From the first dynamic rule on, all count as such.
  site.write("_redirects", format!("/d/* /d\n{rules}"));
  site.check("/s98", "302 /s");
  site.check("/s99", "404");
  let check_length = |length: usize, expected: bool| {
    site.write("_redirects", format!("/x /{}", "y".repeat(length - 4)));
    assert_eq!(site.send("/x", &[]).status() == 302, expected, "{length}");
  };
  check_length(2000, true);
  check_length(2001, false);
}
