//! Files that are modules by a rule: text, bytes, and WebAssembly, as Wrangler's configuration says.
//! Pure.

use std::path::Path;

use fast_glob::glob_match;

/// What a file is by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
  /// A string.
  Text,
  /// An `ArrayBuffer`.
  Data,
  /// A `WebAssembly.Module`.
  CompiledWasm,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRule {
  /// What the files are.
  pub kind: RuleKind,
  /// Patterns of their paths. One without a slash at its start matches the end of a path.
  pub globs: Vec<String>,
}

/// What a file is, by the first rule that matches it.
#[must_use]
pub fn kind_of(rules: &[ModuleRule], path: &Path) -> Option<RuleKind> {
  let path = path.to_str()?.trim_start_matches('/');
  rules
    .iter()
    .find(|rule| rule.globs.iter().any(|glob| matches(glob, path)))
    .map(|rule| rule.kind)
}

fn matches(glob: &str, path: &str) -> bool {
  let glob = glob.strip_prefix("./").unwrap_or(glob);
  if let Some(glob) = glob.strip_prefix('/') {
    return glob_match(glob, path);
  }
  // `?` is a sign of patterns, and Wrangler's own default means the character.
  let glob = glob.replace(".wasm?module", ".wasm[?]module");
  if glob.starts_with("**/") {
    glob_match(&glob, path)
  } else {
    glob_match(format!("**/{glob}"), path)
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(globs: &[&str], path: &str, expected: bool) {
    let rules = [ModuleRule {
      kind: RuleKind::Text,
      globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
    }];
    let found = kind_of(&rules, Path::new(path));
    assert_eq!(found.is_some(), expected, "{globs:?} {path}");
  }

  #[test]
  fn patterns_match_the_ends_of_paths() {
    check(&["**/*.md"], "/a/b.md", true);
    check(&["**/*.md"], "/b.md", true);
    check(&["*.md"], "/a/b.md", true);
    check(&["./docs/*.md"], "/p/docs/b.md", true);
    check(&["docs/*.md"], "/p/other/b.md", false);
    check(&["**/*.{md,graphql}"], "/a/b.graphql", true);
    check(&["/a/*.md"], "/a/b.md", true);
    check(&["/a/*.md"], "/p/a/b.md", false);
    check(&["**/*.md"], "/a/b.md.ts", false);
    check(&[], "/a/b.md", false);
    check(&["["], "/a/[", false);
  }

  #[test]
  fn the_query_of_wranglers_own_rule_is_no_pattern() {
    check(&["**/*.wasm?module"], "/a/b.wasm?module", true);
    check(&["**/*.wasm?module"], "/a/b.wasm-module", false);
    check(&["**/*.wasm"], "/a/b.wasm?url", false);
    check(&["**/*.wasm"], "/a/b.wasm.test.ts", false);
  }

  #[test]
  fn the_first_rule_counts() {
    let rule = |kind, glob: &str| ModuleRule {
      kind,
      globs: vec![glob.to_owned()],
    };
    let rules = [
      rule(RuleKind::Data, "**/a.txt"),
      rule(RuleKind::Text, "**/*.txt"),
    ];
    let kind = |path| kind_of(&rules, Path::new(path));
    assert_eq!(kind("/x/a.txt"), Some(RuleKind::Data));
    assert_eq!(kind("/x/b.txt"), Some(RuleKind::Text));
    assert_eq!(kind("/x/b.wasm"), None);
  }
}
