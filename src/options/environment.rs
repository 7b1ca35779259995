//! Environments of a Wrangler file: which values count when one is selected.
//!
//! Environments that are not selected are not looked at.

use super::field::Field;
use super::keys::{KEYS, Key, Scope, key};
use super::mistake::Mistake;
use super::problem::{Problems, Written};

/// The top level of a file, and the environment that is laid over it.
pub(super) struct Section<'a> {
  top: Field<'a>,
  environment: Option<Field<'a>>,
}

impl<'a> Section<'a> {
  /// The file `top`, seen from the environment `wanted`.
  pub(super) fn select(
    top: &Field<'a>,
    wanted: Option<&Written<String>>,
    problems: &mut Problems,
  ) -> Self {
    Self {
      top: top.clone(),
      environment: select(top, wanted, problems),
    }
  }

  /// The field that counts for `key`.
  pub(super) fn get(&self, key: &Key) -> Option<Field<'a>> {
    match (&self.environment, key.scope) {
      (Some(environment), Scope::Inherited) => {
        environment.get(key.name).or_else(|| self.top.get(key.name))
      }
      (Some(environment), Scope::Repeated) => environment.get(key.name),
      (None, _) | (_, Scope::TopLevel) => self.top.get(key.name),
    }
  }

  pub(super) fn named(&self, name: &str) -> Option<Field<'a>> {
    self.get(key(name)?)
  }

  /// Every name of the Worker, the one that counts first. Other Workers may know an environment's
  /// Worker by the name without the suffix.
  pub(super) fn names(&self, problems: &mut Problems) -> Vec<String> {
    let mut read = |field: &Field<'_>| {
      let name = field.get("name")?.text("a string", problems)?;
      let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
      let valid = name
        .value
        .bytes()
        .all(|byte| known(byte) || byte == b'-' || byte == b'_');
      if !valid || name.value.starts_with('-') {
        problems.report(
          Mistake::WorkerName {
            name: name.value.clone(),
          },
          name.location,
        );
      }
      Some(name.value)
    };
    let base = read(&self.top);
    let Some(environment) = &self.environment else {
      return base.into_iter().collect();
    };
    let suffixed = base
      .as_ref()
      .map(|base| format!("{base}-{}", environment.key));
    read(environment)
      .into_iter()
      .chain(suffixed)
      .chain(base)
      .collect()
  }

  /// Reports keys that nobody knows, and keys that the environment should have repeated.
  pub(super) fn check_keys(&self, problems: &mut Problems) {
    let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
    self.top.refuse_unknown(&known, problems);
    let Some(environment) = &self.environment else {
      return;
    };
    let top_level_only = |key: &&Key| key.scope != Scope::TopLevel;
    let known: Vec<&str> = KEYS
      .iter()
      .filter(top_level_only)
      .map(|key| key.name)
      .collect();
    environment.refuse_unknown(&known, problems);

    let name = environment.key.to_owned();
    for top in self.top.entries().filter(|top| !top.node.is_empty()) {
      if !key(top.key).is_some_and(|key| key.scope == Scope::Repeated) {
        continue;
      }
      match environment.get(top.key) {
        None => {
          let mistake = Mistake::NotInherited {
            key: top.key.to_owned(),
            environment: name.clone(),
          };
          problems.report(mistake, top.key_location());
        }
        Some(own) if own.key == "vars" && !own.node.is_empty() => {
          let missing = top
            .entries()
            .filter(|variable| own.get(variable.key).is_none());
          let names: Vec<String> = missing.map(|variable| variable.key.to_owned()).collect();
          if !names.is_empty() {
            let environment = name.clone();
            let mistake = Mistake::VariablesNotInherited { names, environment };
            problems.report(mistake, own.key_location());
          }
        }
        Some(_) => {}
      }
    }
  }
}

/// The environment that was asked for, if the file has it.
fn select<'a>(
  root: &Field<'a>,
  wanted: Option<&Written<String>>,
  problems: &mut Problems,
) -> Option<Field<'a>> {
  let environments = match root.get("env") {
    Some(env) => env.object("an object of environments", problems),
    None => Vec::new(),
  };
  let wanted = wanted?;
  let name = wanted.value.clone();
  if let Some(found) = environments
    .iter()
    .find(|environment| environment.key == name)
  {
    found.object("an object of Wrangler settings", problems);
    // What is no object would leave out everything, and each of it would be reported.
    return found.is_object().then(|| found.clone());
  }
  let available: Vec<String> = environments
    .iter()
    .map(|environment| environment.key.to_owned())
    .collect();
  let mistake = if available.is_empty() {
    Mistake::NoEnvironments { name }
  } else {
    Mistake::UnknownEnvironment { name, available }
  };
  problems.report(mistake, wanted.location.clone());
  None
}
