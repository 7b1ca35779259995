//! Static assets of a Worker.

use std::path::PathBuf;

/// The static assets of a Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetsPlan {
  /// Absolute. It need not exist.
  pub directory: PathBuf,
  /// How paths lead to HTML files.
  pub html_handling: HtmlHandling,
  /// What is served where there is no file.
  pub not_found_handling: NotFoundHandling,
  /// Which requests the Worker gets first.
  pub run_worker_first: RunWorkerFirst,
  /// Whether what a browser navigates to is an asset also when only `not_found_handling` answers.
  pub prefers_navigation: bool,
}

/// How paths lead to HTML files, in Wrangler's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HtmlHandling {
  /// `auto-trailing-slash`
  AutoTrailingSlash,
  /// `force-trailing-slash`
  ForceTrailingSlash,
  /// `drop-trailing-slash`
  DropTrailingSlash,
  /// `none`
  None,
}

/// What is served where there is no file, in Wrangler's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFoundHandling {
  /// `none`
  None,
  /// `single-page-application`
  SinglePageApplication,
  /// `404-page`
  NotFoundPage,
}

/// Which requests the Worker gets before assets are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunWorkerFirst {
  /// None.
  Never,
  /// All.
  Always,
  /// Those whose paths match, but for those that match a rule with `!`.
  Rules(Vec<String>),
}
