//! Where no file is: modes of `not_found_handling`, and what is particular to Pages.

use super::*;

const FILES: &[(&str, &str)] = &[
  ("index.html", "ROOT"),
  ("about.html", "ABOUT"),
  ("404.html", "NOT FOUND"),
  ("blog/404.html", "NO POST"),
  ("blog/post.html", "POST"),
];

#[test]
fn nothing_is_served_by_default() {
  let site = Site::new(FILES);
  site.check("/nope", "404");
  site.check("POST /nope", "404");
  site.check("POST /about", "405");
  site.check("POST /about.html", "405");
  site.check("OPTIONS /about", "405");
  site.check("HEAD /about.html", "307 /about");
  site.check("HEAD /about", "200");
  site.check_header("HEAD /about", &[], "content-length", "5");
  site.check_header("POST /about", &[], "allow", "");
  site.check("/404", "200 NOT FOUND");
}

#[test]
fn the_nearest_404_page_is_served() {
  let site = Site::new(FILES).not_found(NotFoundHandling::NotFoundPage);
  site.check("/nope", "404 NOT FOUND");
  site.check("/nope/", "404 NOT FOUND");
  site.check("/blog", "404 NOT FOUND");
  site.check("/blog/", "404 NO POST");
  site.check("/blog/x/y", "404 NO POST");
  site.check("/blog/post", "200 POST");
  site.check("HEAD /nope", "404");
  site.check("POST /nope", "405");
  site.check("/nope?x", "404 NOT FOUND");
  // First the path is tidied up.
  site.check("/100%", "307 /100%25");
  site.check("/blog//nope", "307 /blog/nope");
  site.check("/blog%2Fnope", "307 /blog/nope");
  let site = site.html(HtmlHandling::None);
  site.check("/404", "404 NOT FOUND");
  site.check("/404.html", "200 NOT FOUND");
  let site = Site::new(&FILES[3..]).not_found(NotFoundHandling::NotFoundPage);
  site.check("/nope", "404");
  site.check("POST /nope", "404");
  site.check("/blog/nope", "404 NO POST");
}

#[test]
fn a_single_page_application_is_everywhere() {
  let site = Site::new(FILES).not_found(NotFoundHandling::SinglePageApplication);
  site.check("/nope", "200 ROOT");
  site.check("/blog/nope/", "200 ROOT");
  site.check("/about.html", "307 /about");
  site.check("POST /nope", "405");
  site.check("/%ff", "307 /%25ff");
  site.check("/%25ff", "200 ROOT");
  let site = site.html(HtmlHandling::None);
  site.check("/", "200 ROOT");
  let site = Site::new(&FILES[1..]).not_found(NotFoundHandling::SinglePageApplication);
  site.check("/nope", "404");
  site.check("POST /nope", "404");
}

#[test]
fn pages_finds_a_404_page_or_is_a_single_page_application() {
  let site = Site::new(FILES).not_found(NotFoundHandling::Pages);
  site.check("/nope", "404 NOT FOUND");
  site.check("/blog/x/y", "404 NO POST");
  site.check("/blog/", "404 NO POST");
  let site = Site::new(&[FILES[0], FILES[3]]).not_found(NotFoundHandling::Pages);
  site.check("/nope", "200 ROOT");
  site.check("/blog/nope", "404 NO POST");
  let site = Site::new(&[("a.txt", "A")]).not_found(NotFoundHandling::Pages);
  site.check("/nope", "404");
  site.check_header("/nope", &[], "cache-control", "no-store");
}

#[test]
fn pages_has_its_own_ways() {
  let site = Site::new(FILES).not_found(NotFoundHandling::Pages);
  site.write(".assetsignore", "about.html");
  site.check("/about.html?x", "308 /about?x");
  site.check("/about/", "308 /about");
  site.check("//about", "200 ABOUT");
  site.check("/%61bout", "200 ABOUT");
  site.check("POST /nope", "405");
  site.check("/_worker.js/index.js", "404 NOT FOUND");
  for line in ["/about", "/about.html", "/nope", "POST /about"] {
    site.check_header(line, &[], "access-control-allow-origin", "*");
    let referrer = "strict-origin-when-cross-origin";
    site.check_header(line, &[], "referrer-policy", referrer);
    site.check_header(line, &[], "cf-cache-status", "");
  }
  site.check_header("/about", &[], "x-content-type-options", "nosniff");
  site.check_header("/nope", &[], "x-content-type-options", "nosniff");
  site.check_header("/nope", &[], "cache-control", "no-store");
  site.check_header("/nope", &[], "etag", "");
  let etag = header(&site.send("/about", &[]), "etag");
  let response = site.send("/about", &[("if-none-match", &etag)]);
  assert_eq!(response.status(), 304);
  for name in ["etag", "cache-control", "content-type"] {
    assert_eq!(header(&response, name), "");
  }
  site.write("plain", "PLAIN");
  site.check_header("/plain", &[], "content-type", "application/octet-stream");
}
