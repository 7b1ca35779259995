//! Module rules: what reaches the plan, and what is refused.

use super::*;
use crate::options::{ModuleRule, RuleType};

fn rule(kind: RuleType, globs: &[&str]) -> ModuleRule {
  ModuleRule {
    kind,
    globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
  }
}

fn texts() -> ModuleRule {
  rule(RuleType::Text, &["**/*.txt", "**/*.html", "**/*.sql"])
}

fn data() -> ModuleRule {
  rule(RuleType::Data, &["**/*.bin"])
}

fn wasm() -> ModuleRule {
  rule(RuleType::CompiledWasm, &["**/*.wasm", "**/*.wasm?module"])
}

#[test]
fn defaults_hold_without_a_file() {
  assert_eq!(
    wrangler("{}").plan().module_rules,
    [texts(), data(), wasm()]
  );
}

#[test]
fn a_rule_ends_its_type_unless_it_falls_through() {
  let markdown = || rule(RuleType::Text, &["**/*.md"]);
  let rules = |fallthrough: &str| {
    let text =
      format!(r#"{{ "rules": [{{ "type": "Text", "globs": ["**/*.md"]{fallthrough} }}] }}"#);
    wrangler(&text)
  };
  let through = rules(r#", "fallthrough": true"#);
  assert_eq!(
    through.plan().module_rules,
    [markdown(), texts(), data(), wasm()]
  );
  let ends = rules(r#", "fallthrough": false"#);
  assert_eq!(ends.plan().module_rules, [markdown(), data(), wasm()]);
  let (plan, warnings) = rules("").plan_and_warnings();
  assert_eq!(plan.module_rules, ends.plan().module_rules);
  let expected =
    "the rule rules[0] replaces the default one of type \"Text\", **/*.txt, **/*.html, **/*.sql";
  assert!(warnings.contains(expected), "{warnings}");
}

#[test]
fn rules_of_code_and_of_python_mean_nothing_here() {
  let rules = wrangler(
    r#"{ "rules": [
      { "type": "ESModule", "globs": ["**/*.js"], "fallthrough": true },
      { "type": "CommonJS", "globs": ["**/*.cjs"] },
      { "type": "PythonModule", "globs": ["**/*.py"] },
    ] }"#,
  );
  assert_eq!(rules.plan().module_rules, [texts(), data(), wasm()]);
}

#[test]
fn options_add_to_the_rules() {
  let options = json!({
    "miniflare": { "modulesRules": [{ "type": "Text", "include": ["**/*.md"] }] },
  });
  let rules = wrangler("{}").options(options).plan().module_rules;
  assert_eq!(rules.last(), Some(&rule(RuleType::Text, &["**/*.md"])));
}

#[test]
fn the_second_rule_of_a_type_that_ended_is_ignored() {
  let messages = wrangler(
    r#"{ "rules": [
      { "type": "Data", "globs": ["**/*.a"] },
      { "type": "Data", "globs": ["**/*.b"] },
    ] }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "warning: the rule rules[1] is ignored: another of type \"Data\" comes before it",
      "warning: the rule rules[0] replaces the default one of type \"Data\", **/*.bin",
    ]
  );
}

#[test]
fn mistakes_are_reported_where_they_are() {
  let messages = wrangler(
    r#"{ "rules": [{ "type": "text", "globs": "**/*.md" }, { "type": "Text" }, 3, { "globs": [], "glob": [] }] }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: `rules[0].type` is the string \"text\"",
      "error: `rules[0].globs` is the string \"**/*.md\"",
      "error: `rules[1]` has no `globs`",
      "error: `rules[2]` is the number 3",
      "warning: Unexpected fields found in rules[3] field: \"glob\"",
      "error: `rules[3]` has no `type`",
      "warning: the rule rules[1] replaces the default one of type \"Text\", **/*.txt, **/*.html, **/*.sql",
    ]
  );
}
