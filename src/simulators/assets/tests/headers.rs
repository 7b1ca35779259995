//! `_headers`, block by block.

use std::fmt::Write as _;

use super::*;

fn site(rules: &str) -> Site {
  let site = Site::new(&[
    ("a.txt", "A"),
    ("b.txt", "B"),
    ("about.html", "ABOUT"),
    ("p/1/2", "P"),
    ("sp ace.txt", "S"),
  ]);
  site.write("_headers", rules);
  site
}

/// The header `x` of the answer to one request.
#[track_caller]
fn check(rules: &str, line: &str, expected: &str) {
  site(rules).check_header(line, &[], "x", expected);
}

#[test]
fn a_block_is_a_path_and_lines_below() {
  check("/a.txt\n  X: 1", "/a.txt", "1");
  check("/a.txt\nX: 1", "/a.txt", "1");
  check(
    "# c\r\n/a.txt\r\n\r\n  # c\r\n\tX :  v w  \r\n",
    "/a.txt",
    "v w",
  );
  check("/a.txt\n  X: a # b:c", "/a.txt", "a # b:c");
  check("/a.txt\n  X: é", "/a.txt", "é");
  check("/a.txt\n  X: 1\n  x: 2", "/a.txt", "1, 2");
  check("/b.txt\n  X: 1", "/a.txt", "");
  check("/A.txt\n  X: 1", "/a.txt", "");
  check("  X: 1\n/a.txt\n  Y: 1", "/a.txt", "");
  check("/a.txt\n  X:", "/a.txt", "");
  check("/a.txt\n  : 1\n  X Y: 1\n  X", "/a.txt", "");
  check("a.txt\n  X: 1", "/a.txt", "");
  check("http://example.com/a.txt\n  X: 1", "/a.txt", "");
  check("/b.txt\n  Y: 1\nhttp://a/\n  X: 1", "/b.txt", "");
  check("/a.txt?x=1#y\n  X: 1", "/a.txt", "1");
  check("/sp ace.txt\n  X: 1", "/sp%20ace.txt", "1");
  // The last block of a path counts, in the place of the first.
  check("/a.txt\n  X: 1\n/a.txt\n  Y: 1", "/a.txt", "");
  check(
    "/a.txt\n  X: 1\n/*\n  X: 2\n/a.txt\n  X: 3",
    "/a.txt",
    "3, 2",
  );
  check("/a.txt\n  X: 1\n/a.txt\n", "/a.txt", "1");
}

#[test]
fn every_answer_gets_them_by_the_path_asked_for() {
  let all = "/*\n  X: 1";
  for line in ["/a.txt", "/nope", "POST /a.txt", "/about.html", "//a.txt"] {
    check(all, line, "1");
  }
  check(
    "/about.html\n  X: html\n/about\n  X: bare",
    "/about",
    "bare",
  );
  check(
    "/about.html\n  X: html\n/about\n  X: bare",
    "/about.html",
    "html",
  );
  let site = site("/old\n  X: old\n/new\n  X: new\n/rw\n  X: rw");
  site.write("_redirects", "/old /new\n/rw /a.txt 200");
  site.check_header("/old", &[], "x", "old");
  site.check_header("/rw", &[], "x", "rw");
  let etag = header(&site.send("/rw", &[]), "etag");
  site.check_header("/rw", &[("if-none-match", &etag)], "x", "rw");
}

#[test]
fn later_rules_add_and_take_away() {
  check("/*\n  X: 1\n/a.*\n  X: 2\n/:f\n  x: 3", "/a.txt", "1, 2, 3");
  check("/*\n  X: 1\n/a.txt\n  ! X", "/a.txt", "");
  check("/*\n  X: 1\n/a.txt\n  ! x\n  X: 2", "/a.txt", "2");
  check("/a.txt\n  X: 1\n  ! X", "/a.txt", "1");
  check("/*\n  X: 1\n/a.txt\n  ! X\n/:f\n  X: 3", "/a.txt", "3");
  check("/*\n  X: 1\n/a.txt\n  !X\n  ! X: 1", "/a.txt", "1");
  let site = site(
    "/a.txt\n  Cache-Control: no-store\n  Content-Type: text/x\n  ETag: \"own\"\n\
      /b.txt\n  ! Cache-Control\n  ! ETag\n  ! CF-Cache-Status\n  ! content-type\n\
      /*\n  Cache-Control: private\n  Set-Cookie: a=1\n  Set-Cookie: b=2\n/:f\n  Set-Cookie: c=3",
  );
  let response = site.send("/a.txt", &[]);
  assert_eq!(header(&response, "cache-control"), "no-store, private");
  assert_eq!(header(&response, "content-type"), "text/x");
  assert_eq!(header(&response, "etag"), "\"own\"");
  let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
  assert_eq!(cookies, ["a=1, b=2", "c=3"]);
  let response = site.send("/b.txt", &[]);
  assert_eq!(header(&response, "cache-control"), "private");
  for name in ["etag", "cf-cache-status", "content-type"] {
    assert_eq!(header(&response, name), "");
  }
  site.check_with("/a.txt", &[("if-none-match", "\"own\"")], "200 A");
}

#[test]
fn paths_and_values_have_splats_and_placeholders() {
  check("/*.txt\n  X: [:splat]", "/a.txt", "[a]");
  check("/:f.txt\n  X: :f", "/a.txt", "a");
  check("/p/:a/:b\n  X: :b:a :a_ :c", "/p/1/2", "21 1_ :c");
  check("/p/*\n  X: :splat:splat", "/p/1/2", "1/21/2");
  check("/p/:x\n  X: :x", "/p/a%20b", "a%20b");
  check(
    "/a.txt\n  X: https://x/:splat",
    "/a.txt",
    "https://x/:splat",
  );
  check("/*a*\n  X: 1", "/a.txt", "");
  check("/:a/:a\n  X: 1", "/p/p", "");
}

#[test]
fn hosts_are_compared_without_port_and_scheme() {
  #[track_caller]
  fn check(rule: &str, host: &str, expected: &str) {
    let site = site(&format!("{rule}\n  X: yes"));
    let headers = [("host", host)];
    site.check_header("/a.txt", &headers, "x", expected);
  }
  check("https://example.com/a.txt", "example.com", "yes");
  check("https://example.com/a.txt", "EXAMPLE.com:1234", "yes");
  check("https://example.com/a.txt", "www.example.com", "");
  check("https://example.com", "example.com", "");
  check("https://example.com:80/a.txt", "example.com:80", "");
  check("https://:sub.example.com/*", "www.example.com", "yes");
  check("https://:sub.example.com/*", "a.b.example.com", "");
  check("https://*.star.com/a.txt", "a.b.star.com", "yes");
  check("//example.com/a.txt", "example.com", "");
  check("https:///a.txt", "", "");
}

#[test]
fn what_http_does_not_allow_is_left_out() {
  let site = site(
    "/a.txt\n  X@Y: 1\n  ünï: 1\n  Content-Length: 99\n  Transfer-Encoding: chunked\n  Connection: close\n\
      \x20 ! Content-Length\n  X: a\u{1}b\n  Y: 1",
  );
  let response = site.send("/a.txt", &[]);
  assert_eq!(header(&response, "content-length"), "1");
  for name in ["transfer-encoding", "connection", "x"] {
    assert_eq!(header(&response, name), "", "{name}");
  }
  assert_eq!(header(&response, "y"), "1");
}

#[test]
fn there_are_limits() {
  let mut rules = String::from("/no-headers\n");
  for number in 0..105 {
    writeln!(rules, "/r{number}\n  X: 1").unwrap();
  }
  check(&rules, "/r99", "1");
  check(&rules, "/r100", "");
  let line = |length: usize| format!("/a.txt\n  X: {}\n  Y: 1", "y".repeat(length - 5));
  check(&line(2000), "/a.txt", &"y".repeat(1995));
  check(&line(2001), "/a.txt", "");
}
