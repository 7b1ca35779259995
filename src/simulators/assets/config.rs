//! What a project says about its static assets. Pure.

use std::path::PathBuf;

use super::routing::Routes;

/// The assets of one Worker.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AssetsConfig {
  /// Absolute. Need not exist: then there are no files.
  pub directory: PathBuf,
  /// Wrangler's `html_handling`.
  pub html_handling: HtmlHandling,
  /// Wrangler's `not_found_handling`.
  pub not_found_handling: NotFoundHandling,
  /// Wrangler's `run_worker_first`.
  pub run_worker_first: RunWorkerFirst,
  /// The compatibility flag `assets_navigation_prefers_asset_serving`, on from 2025-04-01: what a browser
  /// navigates to is an asset also when only `not_found_handling` has an answer.
  pub prefers_navigation: bool,
}

/// The URL at which an HTML file is served. From the others that lead to it, there is a redirect.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum HtmlHandling {
  /// `/about` for `about.html`, `/about/` for `about/index.html`.
  #[default]
  AutoTrailingSlash,
  /// `/about/` for both.
  ForceTrailingSlash,
  /// `/about` for both.
  DropTrailingSlash,
  /// The file's own name, and nothing leads there.
  None,
}

/// What is served where no file is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NotFoundHandling {
  /// A 404 without a body.
  #[default]
  None,
  /// `404-page`: the nearest `404.html`, from the path upwards, with 404.
  NotFoundPage,
  /// `single-page-application`: `/index.html`, with 200.
  SinglePageApplication,
  /// As Cloudflare Pages: the nearest `404.html`, or else `/index.html` with 200. Pages has ways of its own
  /// in other respects as well, which come with this.
  Pages,
}

/// Which requests the user Worker gets before assets are looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum RunWorkerFirst {
  /// None.
  #[default]
  Never,
  /// All.
  Always,
  /// Those whose path these match. The others are for the assets, and their `not_found_handling`.
  Routes(Routes),
}
