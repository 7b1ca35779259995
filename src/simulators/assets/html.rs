//! HTML handling: which file a path stands for, and at which path that file is served. Pure.
//!
//! Invariant: where a path leads elsewhere, the file is served there, at once or after another such step.

use super::config::HtmlHandling;

/// What becomes of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Resolved {
  /// This file is served here. A path below the directory.
  File(String),
  /// The file is served at this path, which is not encoded.
  Elsewhere(String),
  /// No file belongs here.
  Nothing,
}

const EXTENSION: &str = ".html";
const INDEX: &str = "/index";

/// Finds the file of `path`, which is decoded. `exists` tells files from everything else.
pub(super) fn resolve(
  handling: HtmlHandling,
  path: &str,
  exists: &impl Fn(&str) -> bool,
) -> Resolved {
  let here = || Resolved::File(path.to_owned());
  if exists(path) {
    // It stays here when it is not HTML, or when another file has its canonical path.
    let page = Page::of_file(path);
    let canonical = page.and_then(|page| page.served_at(handling, exists));
    return canonical.map_or_else(here, Resolved::Elsewhere);
  }
  if handling == HtmlHandling::None {
    return Resolved::Nothing;
  }
  let pages = candidates(path);
  let mut pages = pages.iter().filter(|page| exists(&page.file()));
  let found = pages.find_map(|page| Some((page, page.served_at(handling, exists)?)));
  match found {
    Some((page, canonical)) if canonical == path => Resolved::File(page.file()),
    Some((_, canonical)) => Resolved::Elsewhere(canonical),
    None => Resolved::Nothing,
  }
}

/// The HTML files that `path` may stand for, by preference.
fn candidates(path: &str) -> Vec<Page<'_>> {
  if let Some(base) = path.strip_suffix('/') {
    return vec![Page::index(base), Page::named(base)];
  }
  let bare = path.strip_suffix(EXTENSION).unwrap_or(path);
  let mut pages = Vec::new();
  if let Some(base) = bare.strip_suffix(INDEX) {
    pages.extend([Page::index(base), Page::named(base)]);
  } else if bare != path {
    pages.push(Page::index(bare));
  }
  pages.extend([Page::named(path), Page::index(path)]);
  pages
}

/// A file by what it is looked up as: `/about/index.html` may be the index of `/about`, or the page
/// `/about/index`.
#[derive(Clone, Copy, Debug)]
struct Page<'a> {
  base: &'a str,
  is_index: bool,
}

impl<'a> Page<'a> {
  fn index(base: &'a str) -> Self {
    Self {
      base,
      is_index: true,
    }
  }

  fn named(base: &'a str) -> Self {
    Self {
      base,
      is_index: false,
    }
  }

  fn of_file(file: &'a str) -> Option<Self> {
    let page = file.strip_suffix(EXTENSION)?;
    if page.ends_with('/') {
      return None;
    }
    let index = page.strip_suffix(INDEX).map(Self::index);
    Some(index.unwrap_or(Self::named(page)))
  }

  fn file(self) -> String {
    let index = if self.is_index { INDEX } else { "" };
    format!("{}{index}{EXTENSION}", self.base)
  }

  /// The canonical path; `None` when another file is served there.
  fn served_at(self, handling: HtmlHandling, exists: &impl Fn(&str) -> bool) -> Option<String> {
    let has_slash = match handling {
      HtmlHandling::AutoTrailingSlash => self.is_index,
      HtmlHandling::ForceTrailingSlash => true,
      HtmlHandling::DropTrailingSlash => self.base.is_empty(),
      HtmlHandling::None => return None,
    };
    let slash = if has_slash { "/" } else { "" };
    let canonical = format!("{}{slash}", self.base);
    // A file of just that name comes first, then the page that looks like the path.
    let mut pages = [Self::named(self.base), Self::index(self.base)];
    if has_slash {
      pages.reverse();
    }
    let mut pages = pages.iter().map(|page| page.file());
    let first = pages.find(|file| exists(file));
    (!exists(&canonical) && first == Some(self.file())).then_some(canonical)
  }
}
