//! `_headers`: what its blocks say, and what they change in an answer. Pure.
//!
//! Reading never fails. A line that is not understood is left out, as it is when a Worker is deployed.

use std::collections::{HashMap, HashSet};

use super::paths;
use super::pattern::{Pattern, expand};

/// More blocks are left out, as documented.
const RULES_MAX: usize = 100;
/// Longer lines are left out.
const LINE_CHARS_MAX: usize = 2000;

/// The blocks of a file, in its order. Of those with the same path, the last counts, in the first one's place.
#[derive(Clone, Debug, Default)]
pub(super) struct HeaderRules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
  /// With the scheme; empty in a rule for every host.
  host: String,
  path: String,
  /// `None` matches nothing, and counts.
  pattern: Option<Pattern>,
  removed: Vec<String>,
  /// Names as they were written first, each once.
  set: Vec<(String, String)>,
}

/// One change, to be made in order. The names need not be such that HTTP allows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Change {
  Remove(String),
  /// In place of what was there.
  Set(String, String),
  /// Besides what was there.
  Append(String, String),
}

impl HeaderRules {
  /// Reads a file.
  pub(super) fn parse(text: &str) -> Self {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rules = Reader::default();
    for line in text.lines() {
      let is_short = line.chars().count() <= LINE_CHARS_MAX;
      let line = line.trim();
      if line.is_empty() || line.starts_with('#') || !is_short {
        continue;
      }
      if line.starts_with('/') || is_url(line) {
        rules.end_block();
        if rules.done.len() == RULES_MAX {
          break;
        }
        rules.block = Rule::new(line);
      } else if let Some(block) = &mut rules.block {
        block.read(line);
      }
    }
    rules.end_block();
    Self(rules.done)
  }

  /// What is to change in the answer to a request for `path`, which is encoded. `host` may have a port.
  pub(super) fn changes(&self, host: &str, path: &str) -> Vec<Change> {
    let url = format!("https://{}{path}", without_port(host).to_ascii_lowercase());
    let mut set = HashSet::new();
    let mut changes = Vec::new();
    for rule in &self.0 {
      let text = if rule.host.is_empty() { path } else { &url };
      let matched = rule.pattern.as_ref().map(|pattern| pattern.matches(text));
      let Some(captures) = matched.flatten() else {
        continue;
      };
      changes.extend(rule.removed.iter().cloned().map(Change::Remove));
      for (name, value) in &rule.set {
        let value = expand(value, &captures);
        // The first rule overrides what is there by default, the others add to it.
        changes.push(match set.insert(name.to_ascii_lowercase()) {
          true => Change::Set(name.clone(), value),
          false => Change::Append(name.clone(), value),
        });
      }
    }
    changes
  }
}

#[derive(Default)]
struct Reader {
  done: Vec<Rule>,
  /// Where each host and path is in `done`.
  places: HashMap<(String, String), usize>,
  block: Option<Rule>,
}

impl Reader {
  fn end_block(&mut self) {
    let Some(rule) = self.block.take() else {
      return;
    };
    if rule.removed.is_empty() && rule.set.is_empty() {
      return;
    }
    let key = (rule.host.clone(), rule.path.clone());
    match self.places.get(&key) {
      Some(place) => self.done[*place] = rule,
      None => {
        self.places.insert(key, self.done.len());
        self.done.push(rule);
      }
    }
  }
}

impl Rule {
  /// An empty rule. `None` if the URL is one that is not supported; what follows is left out then.
  fn new(url: &str) -> Option<Self> {
    let (host, path) = match url.strip_prefix("https://") {
      Some(url) => {
        let (host, path) = url.split_at(url.find('/').unwrap_or(url.len()));
        let has_port = without_port(host) != host;
        if host.is_empty() || has_port {
          return None;
        }
        (format!("https://{host}"), path)
      }
      None if url.starts_with('/') => (String::new(), url),
      None => return None,
    };
    let path = paths::normalize(paths::split(path).0);
    Some(Self {
      pattern: Pattern::new(&host, &path),
      host,
      path,
      removed: Vec::new(),
      set: Vec::new(),
    })
  }

  fn read(&mut self, line: &str) {
    if let Some(name) = line.strip_prefix("! ") {
      let name = name.trim();
      if is_name(name) {
        self.removed.push(name.to_owned());
      }
      return;
    }
    let Some((name, value)) = line.split_once(':') else {
      return;
    };
    let (name, value) = (name.trim(), value.trim());
    if !is_name(name) || value.is_empty() {
      return;
    }
    let mut set = self.set.iter_mut();
    match set.find(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
      Some((_, values)) => {
        values.push_str(", ");
        values.push_str(value);
      }
      None => self.set.push((name.to_owned(), value.to_owned())),
    }
  }
}

fn is_name(name: &str) -> bool {
  !name.is_empty() && !name.contains(char::is_whitespace)
}

fn is_url(line: &str) -> bool {
  line.split_once("://").is_some_and(|(scheme, _)| {
    !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphabetic())
  })
}

/// What follows the last colon of a host is a port if it is digits; a placeholder is not.
fn without_port(host: &str) -> &str {
  match host.rsplit_once(':') {
    Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
    _ => host,
  }
}
