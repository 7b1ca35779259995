//! Which path is served, and which leads there.

use super::*;

const FILES: &[(&str, &str)] = &[
  ("index.html", "ROOT"),
  ("about.html", "ABOUT"),
  ("dir/index.html", "DIR"),
  ("both.html", "BOTH"),
  ("both/index.html", "BOTH INDEX"),
  ("bin", "BIN"),
  ("bin.html", "BIN PAGE"),
  ("a.txt", "TEXT"),
  ("q?m.html", "QUESTION"),
  ("sp ace.html", "SPACE"),
  ("é.html", "ACUTE"),
  ("100%.html", "PERCENT"),
  ("foo+bar.html", "PLUS"),
  ("twice.html.html", "TWICE"),
  ("idx/index", "PLAIN INDEX"),
  ("odd.html/index.html", "ODD"),
  ("html/.html", "NAMELESS"),
  ("UP.HTML", "UP"),
];

/// What one path is answered with, by `auto-trailing-slash`, `force-`, `drop-` and `none`.
#[test]
fn html_handling_by_path_and_mode() {
  let sites = [
    HtmlHandling::AutoTrailingSlash,
    HtmlHandling::ForceTrailingSlash,
    HtmlHandling::DropTrailingSlash,
    HtmlHandling::None,
  ]
  .map(|mode| Site::new(FILES).html(mode));
  let check = |path: &str, expected: [&str; 4]| {
    let answers = sites.each_ref().map(|site| render(&site.send(path, &[])));
    assert_eq!(answers, expected, "{path}");
  };
  check("/", ["200 ROOT", "200 ROOT", "200 ROOT", "404"]);
  check("/index", ["307 /", "307 /", "307 /", "404"]);
  check("/index.html", ["307 /", "307 /", "307 /", "200 ROOT"]);
  check("/index/", ["307 /index", "200 ROOT", "307 /index", "404"]);
  check("/about", ["200 ABOUT", "307 /about/", "200 ABOUT", "404"]);
  check("/about/", ["307 /about", "200 ABOUT", "307 /about", "404"]);
  let about = ["307 /about", "307 /about/", "307 /about"];
  check("/about.html", [about[0], about[1], about[2], "200 ABOUT"]);
  check("/about/index", [about[0], about[1], about[2], "404"]);
  check("/about/index.html", [about[0], about[1], about[2], "404"]);
  check("/about.html/", ["404"; 4]);
  check("/about.html.html", ["404"; 4]);
  check("/dir", ["307 /dir/", "307 /dir/", "200 DIR", "404"]);
  check("/dir/", ["200 DIR", "200 DIR", "307 /dir", "404"]);
  let dir = ["307 /dir/", "307 /dir/", "307 /dir"];
  check("/dir.html", [dir[0], dir[1], dir[2], "404"]);
  check("/dir/index", [dir[0], dir[1], dir[2], "404"]);
  check("/dir/index.html", [dir[0], dir[1], dir[2], "200 DIR"]);
  let dir_index = ["307 /dir/index", "200 DIR", "307 /dir/index", "404"];
  check("/dir/index/", dir_index);
  check("/dir/index.html/", ["404"; 4]);
  check("/both", ["200 BOTH", "307 /both/", "200 BOTH", "404"]);
  let both_index = ["200 BOTH INDEX", "200 BOTH INDEX", "307 /both", "404"];
  check("/both/", both_index);
  let both_page = ["307 /both", "200 BOTH", "307 /both", "200 BOTH"];
  check("/both.html", both_page);
  check(
    "/both/index",
    ["307 /both/", "307 /both/", "307 /both", "404"],
  );
  let both_index = ["307 /both/", "307 /both/", "200 BOTH INDEX"];
  let [auto, force, drop] = both_index;
  check("/both/index.html", [auto, force, drop, drop]);
  check("/bin", ["200 BIN"; 4]);
  check("/bin/", ["404", "200 BIN PAGE", "404", "404"]);
  let page = "200 BIN PAGE";
  check("/bin.html", [page, "307 /bin/", page, page]);
  check("/a.txt", ["200 TEXT"; 4]);
  check("/a.txt/", ["404"; 4]);
  check("/a", ["404"; 4]);
  let twice = ["200 TWICE", "307 /twice.html/", "200 TWICE", "404"];
  check("/twice.html", twice);
  check("/idx", ["404"; 4]);
  check("/idx/index", ["200 PLAIN INDEX"; 4]);
  let odd = "307 /odd.html/";
  check("/odd.html", [odd, odd, "200 ODD", "404"]);
  check("/html/.html", ["200 NAMELESS"; 4]);
  check("/up", ["404"; 4]);
  check("/ABOUT", ["404"; 4]);
}

#[test]
fn the_canonical_path_is_encoded_once() {
  let site = Site::new(FILES);
  site.check("/sp%20ace", "200 SPACE");
  site.check("/sp%20ace.html", "307 /sp%20ace");
  site.check("/%C3%A9", "200 ACUTE");
  site.check("/%c3%a9", "307 /%C3%A9");
  site.check("/q%3Fm.html", "307 /q%3Fm");
  site.check("/100%25", "200 PERCENT");
  site.check("/100%", "307 /100%25");
  site.check("/foo+bar", "307 /foo%2Bbar");
  site.check("/foo%2Bbar", "200 PLUS");
  site.check("/%61bout", "307 /about");
  site.check("/dir%2F", "307 /dir/");
  site.check("/dir%2Findex.html", "307 /dir/");
  site.check("//about", "307 /about");
  site.check("/about//", "307 /about");
  site.check("/%2F%2Fabout.html", "307 /about");
  site.check("/%2F%2Fevil.com", "404");
  let site = site.html(HtmlHandling::None);
  site.check("/%61.txt", "307 /a.txt");
  site.check("//a.txt", "307 /a.txt");
}

#[test]
fn the_query_goes_along() {
  let site = Site::new(FILES);
  site.check("/about?x=1", "200 ABOUT");
  site.check("/about.html?x=1&y=%20z", "307 /about?x=1&y=%20z");
  site.check("/about.html?", "307 /about");
  site.check("/dir?x", "307 /dir/?x");
}
