//! Which files there are, what comes with them, and that there is no way out of the directory.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn a_file_comes_with_its_headers() {
  let site = Site::new(&[("a.txt", "TEXT"), ("noext", "X"), (".dot", "X")]);
  let response = site.send("/a.txt", &[]);
  let names = response.headers().keys().map(|name| name.as_str());
  let mut names: Vec<_> = names.collect();
  names.sort_unstable();
  let expected = [
    "cache-control",
    "cf-cache-status",
    "content-length",
    "content-type",
    "etag",
  ];
  assert_eq!(names, expected);
  let type_ = "text/plain; charset=utf-8";
  assert_eq!(header(&response, "content-type"), type_);
  assert_eq!(header(&response, "cf-cache-status"), "HIT");
  let revalidate = "public, max-age=0, must-revalidate";
  let check = |headers, expected| site.check_header("/a.txt", headers, "cache-control", expected);
  check(&[], revalidate);
  check(&[("authorization", "x")], "");
  check(&[("authorization", "")], revalidate);
  check(&[("range", "bytes=0-0")], "");
  site.check_with("/a.txt", &[("range", "bytes=0-0")], "200 TEXT");
  site.check_header("/noext", &[], "content-type", "");
  site.check_header("/.dot", &[], "content-type", "");
}

#[test]
fn only_the_exact_entity_tag_spares_the_body() {
  let site = Site::new(&[("a.txt", "TEXT"), ("b.txt", "TEXT"), ("404.html", "NONE")]);
  let site = site.not_found(NotFoundHandling::NotFoundPage);
  let etag = header(&site.send("/a.txt", &[]), "etag");
  assert_eq!(etag, "\"61a96ffcb251bb9bf0abf8fec19d0ea8\"");
  site.check_header("/b.txt", &[], "etag", &etag);
  let check = |line: &str, known: &str, expected: &str| {
    site.check_with(line, &[("if-none-match", known)], expected);
  };
  check("/a.txt", &etag, "304");
  check("/a.txt", &format!("W/{etag}"), "304");
  check("HEAD /a.txt", &etag, "304");
  check("/a.txt", &format!("\"x\", {etag}"), "200 TEXT");
  check("/a.txt", etag.trim_matches('"'), "200 TEXT");
  check("/a.txt", "*", "200 TEXT");
  check("POST /a.txt", &etag, "405");
  site.check_with("/a.txt", &[("if-match", "\"x\"")], "200 TEXT");
  let none = header(&site.send("/nope", &[]), "etag");
  check("/nope", &none, "304");
  let known = [("if-none-match", etag.as_str())];
  for name in ["etag", "content-type", "cache-control", "cf-cache-status"] {
    let whole = header(&site.send("/a.txt", &[]), name);
    site.check_header("/a.txt", &known, name, &whole);
  }
  site.write("a.txt", "OTHER");
  check("/a.txt", &etag, "200 OTHER");
}

#[test]
fn the_disk_is_looked_at_with_each_request() {
  let site = Site::new(&[]);
  assert!(!site.config.directory.exists());
  site.check("/", "404");
  site.check("/a.txt", "404");
  site.write("a.txt", "A");
  site.check("/a.txt", "200 A");
  site.write("_redirects", "/a.txt /b");
  site.check("/a.txt", "302 /b");
  fs::remove_file(site.config.directory.join("_redirects")).unwrap();
  fs::remove_file(site.config.directory.join("a.txt")).unwrap();
  site.check("/a.txt", "404");
}

#[test]
fn nothing_leads_out_of_the_directory() {
  let site = Site::new(&[("dir/a.txt", "A")]);
  fs::write(site.folder.path().join("secret.txt"), "SECRET").unwrap();
  fs::write(site.folder.path().join("secret.html"), "SECRET").unwrap();
  for path in [
    "/../secret.txt",
    "/..%2Fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2E%2Fsecret.txt",
    "/dir/../../secret.txt",
    "/dir/..%2f..%2fsecret.txt",
    "/../secret",
    "/../secret/",
    "/..%5Csecret.txt",
    "/.%2e/secret.txt",
    "/dir/./a.txt",
    "/dir/../dir/a.txt",
    "/a%00.txt",
    "/dir/a.txt%00",
    "/%00",
  ] {
    site.check(path, "404");
  }
  site.check("/dir/a.txt", "200 A");
  site.write("_redirects", "/r/* /:splat 200\n/s /../secret.txt 200");
  site.check("/r/../secret.txt", "404");
  site.check("/r/%2e%2e%2fsecret.txt", "404");
  site.check("/s", "404");
}

#[test]
fn symbolic_links_are_followed() {
  let site = Site::new(&[("dir/a.txt", "A")]);
  fs::write(site.folder.path().join("outside.txt"), "OUTSIDE").unwrap();
  let link = |to: &str, name: &str| symlink(to, site.config.directory.join(name)).unwrap();
  link("dir/a.txt", "file.txt");
  link("../outside.txt", "outside.txt");
  link("dir", "folder");
  link("nowhere", "dangling");
  link("circle", "circle");
  link("/dev/zero", "device");
  site.check("/file.txt", "200 A");
  site.check("/outside.txt", "200 OUTSIDE");
  site.check("/folder/a.txt", "200 A");
  site.check("/folder", "404");
  site.check("/dangling", "404");
  site.check("/circle", "404");
  site.check("/device", "404");
}

#[test]
fn what_says_something_about_the_site_is_not_served() {
  let site = Site::new(&[
    ("_headers", ""),
    ("_redirects", ""),
    (".assetsignore", ""),
    ("_worker.js/index.js", "W"),
    ("sub/_headers", "H"),
    ("sub/_redirects", "R"),
    ("sub/_worker.js", "W"),
    ("sub/.assetsignore", "I"),
    ("_routes.json", "J"),
    (".git/config", "G"),
    ("node_modules/a.js", "N"),
  ]);
  site.check("/_headers", "404");
  site.check("/_redirects", "404");
  site.check("/.assetsignore", "404");
  site.check("/_worker.js", "404");
  site.check("/_worker.js/index.js", "404");
  site.check("/_%68eaders", "404");
  site.check("/sub/_headers", "200 H");
  site.check("/sub/_redirects", "200 R");
  site.check("/sub/_worker.js", "200 W");
  site.check("/sub/.assetsignore", "200 I");
  site.check("/_routes.json", "200 J");
  site.check("/.git/config", "200 G");
  site.check("/node_modules/a.js", "200 N");
}

#[test]
fn ignored_files_are_not_there() {
  let rules = "# comment\nig.txt\n*.log\n!keep.log\nd/\n/root.txt\na/b\n!a/b/d.txt\nfo?.txt\n\
    e{1}.txt\n\\#h.txt\n\\!b.txt\ns p.txt   \nq/**/t.txt\nv/*\n!v/b.txt\nz[1].txt\n**/c.txt\n";
  let names = "a.txt ig.txt sub/ig.txt x.log keep.log d/x.txt sub/d/x.txt d.txt root.txt sub/root.txt a/b/d.txt \
    x/a/b foo.txt fo.txt x/foo.txt e{1}.txt e1.txt q/r/s/t.txt v/a.txt v/b.txt z1.txt y/c.txt";
  let site = Site::new(&[(".assetsignore", rules)]);
  let expected: Vec<_> =
    "200 404 404 404 200 404 404 200 404 200 404 200 404 200 404 404 200 404 404 200 404 404"
      .split(' ')
      .collect();
  let mut answers = Vec::new();
  for name in names.split_whitespace() {
    site.write(name, "");
    let target = format!("/{}", name.replace('{', "%7B").replace('}', "%7D"));
    answers.push(site.send(&target, &[]).status().as_u16().to_string());
  }
  assert_eq!(answers, expected, "{names}");
  for name in ["#h.txt", "!b.txt", "s p.txt"] {
    site.write(name, "");
    site.check(&paths::encode(&format!("/{name}")), "404");
  }
  // The rules of a site count also when its files are ignored.
  site.write("_redirects", "/old /new");
  site.write(".assetsignore", "_redirects\n404.html");
  site.write("404.html", "NONE");
  let site = site.not_found(NotFoundHandling::NotFoundPage);
  site.check("/old", "302 /new");
  site.check("/nope", "404");
}

#[test]
fn a_file_that_could_not_be_deployed_is_not_served() {
  let site = Site::new(&[]);
  let max = 25 * 1024 * 1024;
  site.write("max.bin", vec![0; max]);
  site.write("more.bin", vec![0; max + 1]);
  let length = max.to_string();
  site.check_header("/max.bin", &[], "content-length", &length);
  site.check("/more.bin", "404");
}
