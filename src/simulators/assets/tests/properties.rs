//! Laws: nothing that a user writes makes it panic, and every redirect of HTML handling arrives.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::headers::HeaderRules;
use super::super::html::{Resolved, resolve};
use super::super::ignore::IgnoreRules;
use super::super::redirects::Redirects;
use super::*;

/// Text that looks a little like rules, in between anything.
fn rules() -> impl Strategy<Value = String> {
  let word = "(/|//|\\*|:a|:splat|a|é|%2e|\\.\\.|\\\\|\\?|#|@|:80|https://|!|: | |\n|\r\n|[\\[{,}\\]]|301|200)";
  let bytes = proptest::collection::vec(any::<u8>(), 0..200);
  prop_oneof![
    proptest::collection::vec(word, 0..80).prop_map(|words| words.concat()),
    bytes.prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
  ]
}

fn handlings() -> impl Strategy<Value = HtmlHandling> {
  prop_oneof![
    Just(HtmlHandling::AutoTrailingSlash),
    Just(HtmlHandling::ForceTrailingSlash),
    Just(HtmlHandling::DropTrailingSlash),
    Just(HtmlHandling::None),
  ]
}

const NAME: &str = "(a|b|index|a\\.html|b\\.html|index\\.html|a\\.html\\.html|\\.html)";

proptest! {
  #[test]
  fn no_text_makes_reading_rules_panic(text in rules(), path in "/[ -~é]{0,40}", host in "[ -~]{0,20}") {
    let _ = Redirects::parse(&text, HtmlHandling::default()).find(&path, "q");
    let _ = HeaderRules::parse(&text).changes(&host, &path);
    let _ = IgnoreRules::parse(&text).ignores(&path);
  }

  #[test]
  fn no_rules_make_an_answer_panic(text in rules(), path in "/[!-~]{0,40}") {
    let site = Site::new(&[("index.html", "ROOT"), ("a", "A")]);
    site.write("_redirects", &text);
    site.write("_headers", &text);
    site.write(".assetsignore", &text);
    if path.parse::<hyper::http::Uri>().is_ok() {
      let response = site.send(&path, &[]);
      let location = header(&response, "location");
      prop_assert!(!location.starts_with("//") && !location.starts_with("/\\"), "{location}");
    }
  }

  #[test]
  fn what_leads_elsewhere_arrives(
    files in proptest::collection::btree_set(proptest::collection::vec(NAME, 1..4), 0..8),
    path in proptest::collection::vec(NAME, 0..4),
    slash in "/?",
    handling in handlings(),
  ) {
    let join = |names: &[String]| format!("/{}", names.join("/"));
    let files: BTreeSet<_> = files.iter().map(|names| join(names)).collect();
    let exists = |path: &str| files.contains(path);
    let mut path = if path.is_empty() { "/".to_owned() } else { join(&path) + &slash };
    for hop in 0.. {
      prop_assert!(hop < 4, "{path}");
      match resolve(handling, &path, &exists) {
        Resolved::File(file) => { prop_assert!(exists(&file)); break; }
        Resolved::Elsewhere(next) => { prop_assert_ne!(&next, &path); path = next; }
        Resolved::Nothing => { prop_assert_eq!(hop, 0, "{}", path); break; }
      }
    }
  }

  #[test]
  fn encoding_is_undone_by_decoding(path in "(/[^/\u{0}]{1,8}){1,4}/?") {
    prop_assert_eq!(paths::decode(&paths::encode(&path)), path);
  }
}

#[test]
fn a_pattern_with_many_placeholders_fails_soon() {
  let placeholders: String = (0..250).map(|number| format!(":p{number}-")).collect();
  let rules = format!("/{placeholders}x /y");
  let redirects = Redirects::parse(&rules, HtmlHandling::default());
  let path = format!("/{}", "-a".repeat(1000));
  assert_eq!(redirects.find(&path, ""), None);
}
