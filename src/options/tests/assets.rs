//! Static assets, in both spellings.

use super::*;
use crate::options::{AssetsPlan, HtmlHandling, NotFoundHandling, RunWorkerFirst};

fn defaults(directory: &str) -> AssetsPlan {
  AssetsPlan {
    directory: directory.into(),
    html_handling: HtmlHandling::AutoTrailingSlash,
    not_found_handling: NotFoundHandling::None,
    run_worker_first: RunWorkerFirst::Never,
    prefers_navigation: true,
  }
}

#[test]
fn a_file_has_assets_beside_it() {
  let text = r#"{ "compatibility_date": "2025-03-01", "assets": {
    "directory": "public", "binding": "FILES", "html_handling": "none",
    "not_found_handling": "single-page-application", "run_worker_first": ["/api/*", "!/api/x"],
  } }"#;
  let plan = project(json!({ "wrangler": { "configPath": "site/wrangler.jsonc" } }))
    .file("site/wrangler.jsonc", text)
    .plan();
  let expected = AssetsPlan {
    html_handling: HtmlHandling::None,
    not_found_handling: NotFoundHandling::SinglePageApplication,
    run_worker_first: RunWorkerFirst::Rules(vec!["/api/*".into(), "!/api/x".into()]),
    prefers_navigation: false,
    ..defaults("/project/site/public")
  };
  assert_eq!(plan.assets, Some(expected));
  let kind = BindingKind::Assets { worker: None };
  let name = "FILES".into();
  assert_eq!(plan.bindings, [Binding { name, kind }]);
}

#[test]
fn options_replace_the_assets_of_a_file() {
  let text =
    r#"{ "assets": { "directory": "public", "binding": "FILES", "html_handling": "none" } }"#;
  let plan = wrangler(text)
    .options(json!({ "miniflare": { "assets": {
      "directory": "dist",
      "routerConfig": { "run_worker_first": true },
      "assetConfig": { "not_found_handling": "404-page" },
    } } }))
    .plan();
  let expected = AssetsPlan {
    not_found_handling: NotFoundHandling::NotFoundPage,
    run_worker_first: RunWorkerFirst::Always,
    ..defaults("/project/dist")
  };
  assert_eq!(plan.assets, Some(expected));
  assert_eq!(plan.bindings, []);
}

#[test]
fn without_a_directory_there_are_none() {
  let plan = wrangler(r#"{ "assets": { "binding": "FILES" } }"#).plan();
  assert_eq!(plan.assets, None);
  assert_eq!(plan.bindings, []);
}

#[test]
fn mistakes() {
  let messages = wrangler(
    r#"{ "assets": { "directory": 1, "html_handling": "some", "run_worker_first": ["api/*", 2] } }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: `assets.directory` is the number 1",
      "error: `assets.html_handling` is the string \"some\"",
      "error: `assets.run_worker_first[0]` is the string \"api/*\"",
      "error: `assets.run_worker_first[1]` is the number 2",
    ]
  );
}
