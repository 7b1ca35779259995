//! Variables of files that nobody commits: `.dev.vars`, or `.env` and its relatives, beside the Wrangler
//! file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::dotenv;
use super::field::Field;
use super::files::{FileSystem, shown};
use super::input::Input;
use super::mistake::Mistake;
use super::problem::{Location, Problems, Source, Written};
use super::worker::{WorkerOptions, assign};

/// Names that `secrets.required` lists.
pub(super) fn read_wrangler(
  field: &Field<'_>,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  field.object("{ required: [] }", problems);
  field.refuse_unknown(&["required"], problems);
  if let Some(required) = field.get("required") {
    worker.required_secrets = Some(required.texts("a list of names", problems));
  }
}

/// Where secrets are looked for.
pub(super) struct Place<'a> {
  /// The Wrangler file's.
  pub(super) folder: &'a Path,
  /// The environment that counts.
  pub(super) environment: Option<&'a str>,
}

/// Adds what the files say to the variables, over those of the Wrangler file. Returns all files that would
/// be read if they existed.
pub(super) fn add(
  worker: &mut WorkerOptions,
  place: &Place<'_>,
  input: &Input<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) -> Vec<PathBuf> {
  let suffixed = |name: &str| {
    let environment = place.environment?;
    Some(place.folder.join(format!("{name}.{environment}")))
  };
  let dev_vars: Vec<_> = suffixed(".dev.vars")
    .into_iter()
    .chain([place.folder.join(".dev.vars")])
    .collect();
  let mut dot_env = vec![place.folder.join(".env"), place.folder.join(".env.local")];
  if let Some(environment) = place.environment {
    dot_env.push(place.folder.join(format!(".env.{environment}")));
    dot_env.push(place.folder.join(format!(".env.{environment}.local")));
  }
  let surroundings = &input.process_env;
  let is_set = |name: &str, value: &str| surroundings.get(name).is_some_and(|own| own == value);

  let mut secrets = BTreeMap::new();
  let mut from = None;
  if let Some(path) = dev_vars.iter().find(|path| files.is_file(path)) {
    // One file, never both.
    secrets.extend(read(path, input, files, problems));
    from = Some(path.clone());
  } else if !is_set("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "false") {
    for path in dot_env.iter().filter(|path| files.is_file(path)) {
      secrets.extend(read(path, input, files, problems));
      from = Some(path.clone());
    }
    secrets = dotenv::expand(&secrets, surroundings);
    if is_set("CLOUDFLARE_INCLUDE_PROCESS_ENV", "true") {
      secrets.extend(surroundings.clone());
    } else if let Some(required) = &worker.required_secrets {
      let names = required.iter().map(|name| &name.value);
      let set = names.filter_map(|name| Some((name.clone(), surroundings.get(name)?.clone())));
      secrets.extend(set);
    }
  }
  keep_required(&mut secrets, worker, problems);
  let location = from.map_or_else(
    || place_of(Source::Variable("CLOUDFLARE_INCLUDE_PROCESS_ENV")),
    |path| place_of(file(&path, input)),
  );
  let others: Vec<_> = worker
    .bound_names()
    .into_iter()
    .map(|bound| bound.name)
    .filter(|name| !worker.variables.iter().any(|(known, _)| known == name))
    .collect();
  // A binding of another kind stays what it is.
  secrets.retain(|name, _| !others.contains(name));
  let variables = secrets.into_iter().map(|(name, value)| {
    let written = Written {
      value: Value::String(value),
      location: location.clone(),
    };
    (name, written)
  });
  assign(&mut worker.variables, variables);
  dev_vars.into_iter().chain(dot_env).collect()
}

/// With a list of what is required, nothing else counts, and what is missing is reported.
fn keep_required(
  secrets: &mut BTreeMap<String, String>,
  worker: &WorkerOptions,
  problems: &mut Problems,
) {
  let Some(required) = &worker.required_secrets else {
    return;
  };
  let is_variable = |name: &str| worker.variables.iter().any(|(known, _)| known == name);
  secrets.retain(|name, _| is_variable(name) || required.iter().any(|each| each.value == *name));
  let missing: Vec<_> = required
    .iter()
    .filter(|name| !secrets.contains_key(&name.value) && !is_variable(&name.value))
    .collect();
  if let Some(first) = missing.first() {
    let names = missing.iter().map(|name| name.value.clone()).collect();
    problems.report(Mistake::SecretsMissing { names }, first.location.clone());
  }
}

fn read(
  path: &Path,
  input: &Input<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) -> dotenv::Assignments {
  files.read(path).map_or_else(
    |error| {
      let mistake = Mistake::Unreadable {
        path: path.display().to_string(),
        kind: error.kind(),
      };
      problems.report(mistake, place_of(file(path, input)));
      Vec::new()
    },
    |text| dotenv::parse(&text),
  )
}

fn file(path: &Path, input: &Input<'_>) -> Source {
  Source::File {
    path: path.to_owned(),
    shown: shown(&input.project_root, path),
    // Problems with it never point into it.
    text: String::new(),
  }
}

fn place_of(source: Source) -> Location {
  Location {
    source: Arc::new(source),
    field: String::new(),
    span: None,
  }
}
