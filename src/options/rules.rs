//! Which files are modules of their own kind, as a Wrangler file's `rules` and as `modulesRules` say it.

use std::collections::BTreeMap;

use super::field::Field;
use super::mistake::Mistake;
use super::plan::{ModuleRule, RuleType};
use super::problem::{Problems, Written};

/// A rule as written.
#[derive(Clone, Debug)]
pub(super) struct Rule {
  /// `None` for types of code, which need no rule here.
  kind: Option<RuleType>,
  type_name: String,
  globs: Vec<String>,
  falls_through: Option<bool>,
}

/// Types that Wrangler knows, and what they are here. Code is what its syntax says, and Python is none
/// that tests could run.
const TYPES: [(&str, Option<RuleType>); 7] = [
  ("ESModule", None),
  ("CommonJS", None),
  ("Text", Some(RuleType::Text)),
  ("Data", Some(RuleType::Data)),
  ("CompiledWasm", Some(RuleType::CompiledWasm)),
  ("PythonModule", None),
  ("PythonRequirement", None),
];

const DEFAULTS: [(&str, RuleType, &[&str]); 3] = [
  (
    "Text",
    RuleType::Text,
    &["**/*.txt", "**/*.html", "**/*.sql"],
  ),
  ("Data", RuleType::Data, &["**/*.bin"]),
  (
    "CompiledWasm",
    RuleType::CompiledWasm,
    &["**/*.wasm", "**/*.wasm?module"],
  ),
];

/// `rules: [{ type, globs, fallthrough }]`
pub(super) fn read_wrangler(
  field: &Field<'_>,
  rules: &mut Vec<Written<Rule>>,
  problems: &mut Problems,
) {
  read(field, "globs", rules, problems);
}

/// `modulesRules: [{ type, include, fallthrough }]`
pub(super) fn read_options(
  field: &Field<'_>,
  rules: &mut Vec<Written<Rule>>,
  problems: &mut Problems,
) {
  read(field, "include", rules, problems);
}

fn read(
  field: &Field<'_>,
  globs_key: &str,
  rules: &mut Vec<Written<Rule>>,
  problems: &mut Problems,
) {
  let shape = format!("{{ type, {globs_key} }}");
  for item in field.list(&format!("a list of {shape}"), problems) {
    item.object(&shape, problems);
    item.refuse_unknown(&["type", globs_key, "fallthrough"], problems);
    let names: Vec<_> = TYPES
      .iter()
      .map(|(name, _)| format!("\"{name}\""))
      .collect();
    let accepted = format!("one of {}", names.join(", "));
    let type_name = item.required_text("type", &accepted, problems);
    let kind = type_name.as_ref().and_then(|written| {
      let known = TYPES.iter().find(|(name, _)| *name == written.value);
      if known.is_none()
        && let Some(field) = item.get("type")
      {
        field.refuse(accepted.as_str(), problems);
      }
      known
    });
    let patterns = "a list of patterns such as \"**/*.md\"";
    let globs = item
      .required(globs_key, patterns, problems)
      .map_or_else(Vec::new, |globs| globs.texts(patterns, problems));
    let falls_through = item
      .get("fallthrough")
      .and_then(|field| field.boolean(problems));
    if let Some(&(type_name, kind)) = kind {
      rules.push(item.written(Rule {
        kind,
        type_name: type_name.to_owned(),
        globs: globs.into_iter().map(|glob| glob.value).collect(),
        falls_through,
      }));
    }
  }
}

/// The rules that hold: the file's, then those defaults that it leaves, then the options'. A rule ends
/// its type unless it falls through; nothing after it of that type is looked at.
pub(super) fn check(
  from_file: &[Written<Rule>],
  from_options: &[Written<Rule>],
  problems: &mut Problems,
) -> Vec<ModuleRule> {
  let mut rules = Vec::new();
  let mut ended: BTreeMap<&str, Option<bool>> = BTreeMap::new();
  for Written {
    value: rule,
    location,
  } in from_file
  {
    if let Some(falls_through) = ended.get(rule.type_name.as_str()) {
      if falls_through.is_none() {
        let mistake = Mistake::RuleIgnored {
          field: location.field.clone(),
          type_name: rule.type_name.clone(),
        };
        problems.report(mistake, location.clone());
      }
      continue;
    }
    rules.extend(rule.kind.map(|kind| ModuleRule {
      kind,
      globs: rule.globs.clone(),
    }));
    if rule.falls_through != Some(true) {
      ended.insert(&rule.type_name, rule.falls_through);
    }
  }
  for (type_name, kind, globs) in DEFAULTS {
    let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
    let mut of_type = from_file
      .iter()
      .filter(|rule| rule.value.type_name == type_name);
    if !ended.contains_key(type_name) {
      rules.push(ModuleRule { kind, globs });
    } else if let Some(rule) = of_type.next()
      && rule.value.falls_through.is_none()
    {
      let mistake = Mistake::DefaultRuleHidden {
        field: rule.location.field.clone(),
        type_name: rule.value.type_name.clone(),
        globs,
      };
      problems.report(mistake, rule.location.clone());
    }
  }
  let options = from_options.iter().filter_map(|rule| {
    Some(ModuleRule {
      kind: rule.value.kind?,
      globs: rule.value.globs.clone(),
    })
  });
  rules.extend(options);
  rules
}
