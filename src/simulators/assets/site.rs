//! The rules of a site put together: which answer a request gets, and from whom.

use super::config::{AssetsConfig, NotFoundHandling, RunWorkerFirst};
use super::files::{Directory, HEADERS, REDIRECTS};
use super::headers::HeaderRules;
use super::html::{self, Resolved};
use super::paths;
use super::redirects::{Match, Redirects};
use super::routing::Routing;

/// The site as it is on the disk now.
#[derive(Debug)]
pub(super) struct Site<'a> {
  config: &'a AssetsConfig,
  directory: Directory<'a>,
  redirects: Redirects,
}

/// A request, as far as it decides what is served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
  /// Whether it is a `GET` or `HEAD`.
  pub(super) is_read: bool,
  /// Encoded, as it came.
  pub(super) path: &'a str,
  /// Without its mark. Empty if there is none.
  pub(super) query: &'a str,
}

/// What is served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
  /// A file, with 200 or 404.
  File { path: String, is_found: bool },
  /// A status with a `Location`.
  Redirect { status: u16, location: String },
  /// 404 without a body.
  NotFound,
  /// 405.
  NotAllowed,
}

/// What a path leads to.
enum Found {
  File { path: String, is_found: bool },
  Elsewhere(String),
}

impl<'a> Site<'a> {
  pub(super) fn open(config: &'a AssetsConfig) -> Self {
    // Pages has no such file.
    let heeds_ignore = config.not_found_handling != NotFoundHandling::Pages;
    let directory = Directory::open(&config.directory, heeds_ignore);
    let redirects = Redirects::parse(&directory.rules(REDIRECTS), config.html_handling);
    Self {
      config,
      directory,
      redirects,
    }
  }

  pub(super) fn directory(&self) -> &Directory<'a> {
    &self.directory
  }

  pub(super) fn header_rules(&self) -> HeaderRules {
    HeaderRules::parse(&self.directory.rules(HEADERS))
  }

  pub(super) fn is_pages(&self) -> bool {
    self.config.not_found_handling == NotFoundHandling::Pages
  }

  /// What is served for `question`.
  pub(super) fn answer(&self, question: Question<'_>) -> Outcome {
    let rewritten;
    let mut path = question.path;
    match self.redirects.find(path, question.query) {
      Some(Match::Redirect { status, location }) => return Outcome::Redirect { status, location },
      // Once: the new path is not looked up in the redirects.
      Some(Match::Rewrite { path: other }) => {
        rewritten = other;
        path = &rewritten;
      }
      None => {}
    }
    match self.find(path, true) {
      Some(_) if !question.is_read => Outcome::NotAllowed,
      None if !question.is_read && self.is_pages() => Outcome::NotAllowed,
      None => Outcome::NotFound,
      Some(Found::File { path, is_found }) => Outcome::File { path, is_found },
      Some(Found::Elsewhere(location)) => Outcome::Redirect {
        status: if self.is_pages() { 308 } else { 307 },
        location: match question.query {
          "" => location,
          query => format!("{location}?{query}"),
        },
      },
    }
  }

  /// Who gets a request that came from outside.
  pub(super) fn route(&self, path: &str, is_navigation: bool) -> Routing {
    let with_fallback = match &self.config.run_worker_first {
      RunWorkerFirst::Always => return Routing::Worker,
      RunWorkerFirst::Never => self.config.prefers_navigation && is_navigation,
      RunWorkerFirst::Routes(routes) => match routes.route(path) {
        Some(routing) => return routing,
        None => true,
      },
    };
    let is_redirected = || self.redirects.find(path, "").is_some();
    if is_redirected() || self.find(path, with_fallback).is_some() {
      Routing::Assets
    } else {
      Routing::Worker
    }
  }

  fn find(&self, path: &str, with_fallback: bool) -> Option<Found> {
    let decoded = paths::decode(path);
    let exists = |path: &str| self.directory.has(path);
    let found = match html::resolve(self.config.html_handling, &decoded, &exists) {
      Resolved::Elsewhere(path) => return Some(Found::Elsewhere(paths::encode(&path))),
      Resolved::File(path) => Found::File {
        path,
        is_found: true,
      },
      Resolved::Nothing if with_fallback => self.fallback(&decoded)?,
      Resolved::Nothing => return None,
    };
    let canonical = paths::encode(&decoded);
    if canonical != path && !self.is_pages() {
      return Some(Found::Elsewhere(canonical));
    }
    Some(found)
  }

  fn fallback(&self, decoded: &str) -> Option<Found> {
    let nearest = || {
      // Of every folder above, the one that the path itself may be included.
      let mut folders = decoded.rmatch_indices('/').map(|(at, _)| &decoded[..at]);
      let path = folders.find_map(|folder| {
        let page = format!("{folder}/404.html");
        self.directory.has(&page).then_some(page)
      })?;
      let is_found = false;
      Some(Found::File { path, is_found })
    };
    let index = || {
      let path = "/index.html".to_owned();
      let is_found = true;
      let exists = self.directory.has(&path);
      exists.then_some(Found::File { path, is_found })
    };
    match self.config.not_found_handling {
      NotFoundHandling::None => None,
      NotFoundHandling::NotFoundPage => nearest(),
      NotFoundHandling::SinglePageApplication => index(),
      NotFoundHandling::Pages => nearest().or_else(index),
    }
  }
}
