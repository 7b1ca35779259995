//! `run_worker_first` as a list of paths: which requests are the user Worker's. Pure.

use std::fmt;

use thiserror::Error;

/// Who answers a request that came from outside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Routing {
  /// The assets.
  Assets,
  /// The user Worker.
  Worker,
}

const RULES_MAX: usize = 100;
const RULE_CHARS_MAX: usize = 100;

/// Paths of the Worker, `/api/*`, and exceptions of them, `!/api/docs/*`. A `*` stands for any characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Routes {
  worker: Vec<String>,
  assets: Vec<String>,
}

impl Routes {
  /// Checks the rules as Wrangler does.
  ///
  /// # Errors
  /// When they are not such that Wrangler would deploy, with all that is wrong.
  pub fn new(rules: &[String]) -> Result<Self, RoutesError> {
    if rules.is_empty() {
      return Err(RoutesError::Empty);
    }
    if rules.len() > RULES_MAX {
      return Err(RoutesError::TooMany { count: rules.len() });
    }
    let invalid: Vec<_> = rules
      .iter()
      .enumerate()
      .filter_map(|(index, rule)| check(rules, index, rule))
      .collect();
    if !invalid.is_empty() {
      return Err(RoutesError::Invalid(invalid));
    }
    let (assets, worker): (Vec<_>, Vec<_>) = rules
      .iter()
      .cloned()
      .partition(|rule| rule.starts_with('!'));
    if worker.is_empty() {
      return Err(RoutesError::OnlyExceptions);
    }
    let assets = assets
      .iter()
      .map(|rule| rule.trim_start_matches('!').to_owned());
    Ok(Self {
      worker,
      assets: assets.collect(),
    })
  }

  /// Who gets `path`, which is as it came: neither decoded nor tidied up. `None` when no rule says it.
  #[must_use]
  pub fn route(&self, path: &str) -> Option<Routing> {
    let any = |rules: &[String]| rules.iter().any(|rule| matches(rule, path));
    if any(&self.assets) {
      return Some(Routing::Assets);
    }
    any(&self.worker).then_some(Routing::Worker)
  }
}

fn check(rules: &[String], index: usize, rule: &str) -> Option<InvalidRoute> {
  let invalid = |reason| {
    Some(InvalidRoute {
      rule: rule.to_owned(),
      reason,
    })
  };
  if rule.starts_with('!') && !rule.starts_with("!/") {
    return invalid(InvalidReason::Exception);
  }
  if !rule.starts_with('/') && !rule.starts_with('!') {
    return invalid(InvalidReason::NoSlash);
  }
  if rule.chars().count() > RULE_CHARS_MAX {
    return invalid(InvalidReason::TooLong);
  }
  if rules[..index].iter().any(|earlier| earlier == rule) {
    return invalid(InvalidReason::Duplicate);
  }
  let wider = rules.iter().find(|other| {
    let prefix = other.strip_suffix('*');
    *other != rule && prefix.is_some_and(|prefix| rule.starts_with(prefix))
  });
  wider.and_then(|wider| {
    let wider = wider.clone();
    invalid(InvalidReason::Redundant { wider })
  })
}

/// Whether `*` in `rule` can be replaced so that it is `path`.
fn matches(rule: &str, path: &str) -> bool {
  let mut parts = rule.split('*');
  let first = parts.next().unwrap_or_default();
  let Some(mut rest) = path.strip_prefix(first) else {
    return false;
  };
  let mut parts: Vec<_> = parts.collect();
  let Some(last) = parts.pop() else {
    return rest.is_empty();
  };
  for part in parts {
    match rest.split_once(part) {
      Some((_, after)) => rest = after,
      None => return false,
    }
  }
  rest.ends_with(last)
}

/// Why rules of `run_worker_first` are refused, in Wrangler's words.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum RoutesError {
  /// The list is empty.
  #[error("No `run_worker_first` rules were provided; must provide at least 1 rule.")]
  Empty,

  /// The list is too long.
  #[error(
    "Too many `run_worker_first` rules were provided; {count} rules provided exceeds max of {RULES_MAX}."
  )]
  TooMany {
    /// How many there are.
    count: usize,
  },

  /// There is nothing that the exceptions are exceptions of.
  #[error(
    "Only negative `run_worker_first` rules were provided; must provide at least 1 non-negative rule"
  )]
  OnlyExceptions,

  /// Some rules are wrong by themselves.
  #[error("Invalid routes in `run_worker_first`:{}", Lines(.0))]
  Invalid(Vec<InvalidRoute>),
}

/// One rule that is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("'{rule}': {reason}")]
pub struct InvalidRoute {
  rule: String,
  reason: InvalidReason,
}

#[derive(Clone, Debug, Eq, Error, PartialEq)]
enum InvalidReason {
  #[error("rules must start with '/' or '!/'")]
  NoSlash,
  #[error("negative rules must start with '!/'")]
  Exception,
  #[error("all rules must be less than {RULE_CHARS_MAX} characters in length")]
  TooLong,
  #[error("rule is a duplicate; rules must be unique")]
  Duplicate,
  #[error("rule '{wider}' makes it redundant")]
  Redundant { wider: String },
}

struct Lines<'a>(&'a [InvalidRoute]);

impl fmt::Display for Lines<'_> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    self.0.iter().try_for_each(|route| write!(f, "\n{route}"))
  }
}
