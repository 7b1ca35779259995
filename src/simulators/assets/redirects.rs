//! `_redirects`: what a line says, and which one a path falls under. Pure.
//!
//! Reading never fails. A line that is not understood is left out, as it is when a Worker is deployed.

use std::collections::HashSet;

use super::config::HtmlHandling;
use super::paths;
use super::pattern::{Captures, Pattern, expand};

/// Rules without a splat or placeholder, before the first that has one.
const STATIC_MAX: usize = 2000;
/// Rules from the first with a splat or placeholder on. The rest of the file is not read.
const DYNAMIC_MAX: usize = 100;
/// Longer lines are left out. The product documents half of that and takes this.
const LINE_CHARS_MAX: usize = 2000;

/// Status of a rule that has none.
const DEFAULT_STATUS: u16 = 302;
/// Status of a rule that goes on with another path.
const REWRITE: u16 = 200;

/// The rules of a file, in its order.
#[derive(Clone, Debug, Default)]
pub(super) struct Redirects(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
  from: String,
  /// `None` matches nothing, and counts.
  pattern: Option<Pattern>,
  to: String,
  status: u16,
}

/// What a rule makes of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Match {
  /// An answer with this status and `Location`.
  Redirect { status: u16, location: String },
  /// The answer to another path, which is encoded.
  Rewrite { path: String },
}

impl Redirects {
  /// Reads a file. What `html_handling` would lead back to the same rule is left out.
  pub(super) fn parse(text: &str, html_handling: HtmlHandling) -> Self {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rules = Vec::new();
    let mut sources = HashSet::new();
    let (mut static_count, mut dynamic_count) = (0, 0);
    for line in text.lines() {
      let Some(rule) = Rule::parse(line, html_handling) else {
        continue;
      };
      if sources.contains(&rule.from) {
        continue;
      }
      if dynamic_count > 0 || Pattern::is_dynamic(&rule.from) {
        if dynamic_count == DYNAMIC_MAX {
          break;
        }
        dynamic_count += 1;
      } else if static_count == STATIC_MAX {
        continue;
      } else {
        static_count += 1;
      }
      sources.insert(rule.from.clone());
      rules.push(rule);
    }
    Self(rules)
  }

  /// The first rule for `path`, which is encoded. `query` is that of the request, without its mark.
  pub(super) fn find(&self, path: &str, query: &str) -> Option<Match> {
    self.0.iter().find_map(|rule| {
      let captures = rule.pattern.as_ref()?.matches(path)?;
      let target = target(&expand(&rule.to, &captures), &captures);
      Some(match rule.status {
        REWRITE => Match::Rewrite {
          path: paths::split(&target).0.to_owned(),
        },
        status => Match::Redirect {
          status,
          location: with_query(&target, query),
        },
      })
    })
  }
}

impl Rule {
  fn parse(line: &str, html_handling: HtmlHandling) -> Option<Self> {
    if line.chars().count() > LINE_CHARS_MAX {
      return None;
    }
    let words = line
      .split_whitespace()
      .take_while(|word| !word.starts_with('#'));
    let words: Vec<_> = words.collect();
    if words.iter().any(|word| word.contains(char::is_control)) {
      return None;
    }
    let (from, to, status) = match words[..] {
      [from, to] => (from, to, DEFAULT_STATUS),
      [from, to, status] => (from, to, read_status(status)?),
      _ => return None,
    };
    let is_relative = to.starts_with('/');
    let host = to.strip_prefix("https://");
    if !is_relative && (status == REWRITE || host.is_none_or(str::is_empty)) {
      return None;
    }
    if from.starts_with("https://") || from.starts_with("http://") {
      return None;
    }
    let from = paths::normalize(paths::split(from).0);
    if leads_back(&from, to, html_handling) {
      return None;
    }
    Some(Self {
      pattern: Pattern::new("", &from),
      from,
      to: to.to_owned(),
      status,
    })
  }
}

/// A number in any spelling that JavaScript has for it; `301.0` is one.
fn read_status(word: &str) -> Option<u16> {
  let number: f64 = word.parse().ok()?;
  let statuses = [REWRITE, 301, DEFAULT_STATUS, 303, 307, 308];
  statuses
    .into_iter()
    .find(|status| f64::from(*status) == number)
}

/// Whether HTML handling takes `/index` off `to`, and the result falls under the rule again. The product
/// leaves such rules out, and recognizes them by their looks.
fn leads_back(from: &str, to: &str, html_handling: HtmlHandling) -> bool {
  let Some(folder) = to
    .strip_suffix("/index")
    .or_else(|| to.strip_suffix("/index.html"))
  else {
    return false;
  };
  let is_own_index = from.strip_suffix('/') == Some(folder);
  to.starts_with('/')
    && (from.ends_with("/*") || (is_own_index && html_handling != HtmlHandling::None))
}

/// The target of a rule as a URL parser would have it, with captures in it.
fn target(expanded: &str, captures: &Captures) -> String {
  let (url, query, fragment) = paths::split(expanded);
  let rest = paths::normalize_rest(query) + &paths::normalize_rest(fragment);
  let Some(url) = url.strip_prefix("https://") else {
    // A path must not become a host, neither by what the rule says nor by what was captured.
    let path = url.trim_start_matches(['/', '\\']);
    let path = paths::normalize(path);
    let path = match captures.is_empty() {
      true => format!("/{}", path.trim_start_matches('/')),
      false => paths::collapse_slashes(&path),
    };
    return path + &rest;
  };
  let url = url.trim_start_matches(['/', '\\']);
  let (authority, path) = url.split_at(url.find(['/', '\\']).unwrap_or(url.len()));
  let (user, host) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
  let host = host.to_ascii_lowercase();
  let host = host.strip_suffix(":443").unwrap_or(&host);
  format!("https://{user}{host}{}{rest}", paths::normalize(path))
}

/// The query of the request goes along, unless the rule has one.
fn with_query(target: &str, query: &str) -> String {
  let (path, own, fragment) = paths::split(target);
  if query.is_empty() || !own.is_empty() {
    return target.to_owned();
  }
  format!("{path}?{query}{fragment}")
}
