//! `.assetsignore`: files that are not uploaded. Pure.
//!
//! The syntax is that of `.gitignore`: `#` and `!`, patterns for folders with a slash at the end, patterns
//! with another slash for one place and without for any, `*`, `?`, `[…]`, `**`, and `\` before any of these.
//! Not here: spaces at the end that are escaped, and files of that name in other folders.

use fast_glob::glob_match;

/// The patterns of a file, in its order. The last that matches decides.
#[derive(Clone, Debug, Default)]
pub(super) struct IgnoreRules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
  glob: String,
  folders_only: bool,
  is_ignored: bool,
}

impl IgnoreRules {
  /// Reads a file.
  pub(super) fn parse(text: &str) -> Self {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Self(text.lines().filter_map(Rule::parse).collect())
  }

  /// Whether a file is left out. `path` is below the directory, and begins with a slash.
  pub(super) fn ignores(&self, path: &str) -> bool {
    let path = path.trim_start_matches('/');
    let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
    // What is in an ignored folder cannot be taken back.
    folders
      .chain([(path, false)])
      .any(|(path, is_folder)| self.decides(path, is_folder))
  }

  fn decides(&self, path: &str, is_folder: bool) -> bool {
    let mut rules = self.0.iter().rev();
    let rule =
      rules.find(|rule| (is_folder || !rule.folders_only) && glob_match(rule.glob.as_str(), path));
    rule.is_some_and(|rule| rule.is_ignored)
  }
}

impl Rule {
  fn parse(line: &str) -> Option<Self> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with('#') {
      return None;
    }
    let (is_ignored, pattern) = match line.strip_prefix('!') {
      Some(pattern) => (false, pattern),
      None => (true, line),
    };
    let (folders_only, pattern) = match pattern.strip_suffix('/') {
      Some(pattern) => (true, pattern),
      None => (false, pattern),
    };
    let pattern_here = pattern.strip_prefix('/').unwrap_or(pattern);
    if pattern_here.is_empty() {
      return None;
    }
    // Braces mean something to the library, but not here.
    let escaped = pattern_here.replace('{', "\\{").replace('}', "\\}");
    let glob = match pattern.contains('/') {
      true => escaped,
      false => format!("**/{escaped}"),
    };
    Some(Self {
      glob,
      folders_only,
      is_ignored,
    })
  }
}
