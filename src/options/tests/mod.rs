//! Tests at the boundary of the module: options and files in, a plan or rendered problems out.
//!
//! Keys of `json!` objects are in alphabetical order where the order of the outcome follows from
//! theirs: a feature of serde_json that other crates turn on decides between that and the text's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
  Binding, BindingKind, Defaults, DurableObjectClass, Input, Isolation, MemoryFiles, Network, Plan,
  Problem, Severity, plan, render, render_warnings,
};

mod assets;
mod compat;
mod durable_objects;
mod environments;
mod merge;
mod messages;
mod plugin;
mod products;
mod queues;
mod rules;
mod secrets;
mod values;
mod workers;
mod workflows;
mod wrangler;
mod wrangler_schema;

/// One project in memory, below `/project`, that contains `src/index.ts` and whatever is added.
struct Project {
  input: Input<'static>,
  files: MemoryFiles,
}

fn project(options: Value) -> Project {
  let project = Project {
    input: Input {
      project_root: PathBuf::from("/project"),
      project_name: "api".into(),
      config_file: Some(PathBuf::from("/project/vitest.config.ts")),
      options,
      defaults: Defaults {
        isolated_storage: Isolation::Test,
      },
      environment: None,
      process_env: BTreeMap::new(),
      today: None,
      newest_compatibility_date: "2026-11-09",
    },
    files: MemoryFiles::default(),
  };
  project.file("src/index.ts", "export default {}")
}

/// A project with nothing but a Wrangler file; the extension follows from the text.
fn wrangler(text: &str) -> Project {
  let path = if text.trim_start().starts_with('{') {
    "wrangler.jsonc"
  } else {
    "wrangler.toml"
  };
  project(json!({ "wrangler": { "configPath": path } })).file(path, text)
}

impl Project {
  fn file(mut self, path: &str, text: &str) -> Self {
    self
      .files
      .0
      .insert(PathBuf::from("/project").join(path), text.into());
    self
  }

  fn options(mut self, options: Value) -> Self {
    for (key, value) in options.as_object().unwrap() {
      self.input.options[key] = value.clone();
    }
    self
  }

  fn environment(mut self, name: &str) -> Self {
    self.input.environment = Some(name.into());
    self
  }

  /// The plan, which must come without a word.
  #[track_caller]
  /// A variable of the process.
  fn process_env(mut self, name: &str, value: &str) -> Self {
    self.input.process_env.insert(name.into(), value.into());
    self
  }

  fn plan(&self) -> Plan {
    let (plan, warnings) = self.plan_and_warnings();
    assert_eq!(warnings, "");
    plan
  }

  #[track_caller]
  fn plan_and_warnings(&self) -> (Plan, String) {
    match plan(&self.input, &self.files) {
      Ok((plan, warnings)) => (plan, render_warnings(&warnings, &self.input)),
      Err(problems) => panic!("{}", render(&problems, &self.input)),
    }
  }

  #[track_caller]
  fn warnings(&self) -> String {
    self.plan_and_warnings().1
  }

  #[track_caller]
  fn errors(&self) -> String {
    render(&self.refused(), &self.input)
  }

  #[track_caller]
  fn refused(&self) -> Vec<Problem> {
    match plan(&self.input, &self.files) {
      Ok((plan, _)) => panic!("expected errors, got {plan:#?}"),
      Err(problems) => problems,
    }
  }

  /// What happened, without where and what to do: one line for each problem.
  fn messages(&self) -> Vec<String> {
    let problems = match plan(&self.input, &self.files) {
      Ok((_, warnings)) => warnings,
      Err(problems) => problems,
    };
    let line = |problem: &Problem| {
      let level = match problem.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
      };
      format!("{level}: {}", problem.mistake)
    };
    problems.iter().map(line).collect()
  }
}

fn text(name: &str, value: &str) -> Binding {
  Binding {
    name: name.into(),
    kind: BindingKind::Text(value.into()),
  }
}

fn json_value(name: &str, value: &str) -> Binding {
  Binding {
    name: name.into(),
    kind: BindingKind::Json(value.into()),
  }
}

fn kv(name: &str, id: &str) -> Binding {
  Binding {
    name: name.into(),
    kind: BindingKind::Kv {
      namespace_id: id.into(),
    },
  }
}

fn object(name: &str, class: &str) -> Binding {
  let kind = BindingKind::DurableObject {
    class_name: class.into(),
    worker: None,
  };
  Binding {
    name: name.into(),
    kind,
  }
}

fn class(name: &str, sqlite: bool, unique_key: &str) -> DurableObjectClass {
  DurableObjectClass {
    class_name: name.into(),
    sqlite,
    unique_key: unique_key.into(),
  }
}
