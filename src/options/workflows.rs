//! Workflow bindings, as a Wrangler file and as `miniflare` options spell them, and the classes that
//! they name.

use super::field::Field;
use super::mistake::Mistake;
use super::plan::{Binding, BindingKind, WorkflowExport};
use super::problem::{Problems, Written};
use super::raw::Data;
use super::worker::{Record, WorkerOptions};
use super::workers::{WorkerRef, Workers};

/// What a binding points to.
#[derive(Clone, Debug)]
pub(super) struct Workflow {
  pub(super) name: String,
  pub(super) class_name: String,
  /// The Worker that exports the class.
  pub(super) script_name: Option<String>,
  /// How many steps an instance may have; absent for the default of the product.
  pub(super) step_limit: Option<u32>,
}

const SHAPE: &str = "{ binding, name, class_name }";
const NAME: &str = "the name of the Workflow, from 1 to 64 characters";
const NAME_LENGTH_MAX: usize = 64;

/// Reads `workflows` of a Wrangler file.
pub(super) fn read_wrangler(
  field: &Field<'_>,
  workflows: &mut Record<Workflow>,
  problems: &mut Problems,
) {
  for item in field.list(&format!("a list of {SHAPE}"), problems) {
    item.object(SHAPE, problems);
    item.refuse_unknown(
      &[
        "binding",
        "name",
        "class_name",
        "script_name",
        "limits",
        "schedules",
        "concurrency",
        "default_retention",
        "jurisdiction",
        "remote",
      ],
      problems,
    );
    let binding = item.required_text("binding", "the name in `env`", problems);
    let name = read_name(&item, problems);
    let class = item.required_text("class_name", "the name that `main` exports", problems);
    let script = item.text_at("script_name", "the name of a Worker", problems);
    let step_limit = read_limits(&item, problems);
    if let Some(Written {
      value: binding,
      location,
    }) = binding
      && let (Some(name), Some(class)) = (name, class)
    {
      let value = Workflow {
        name: name.value,
        class_name: class.value,
        script_name: script.map(|script| script.value),
        step_limit,
      };
      workflows.push((binding, Written { value, location }));
    }
  }
}

/// Reads `workflows` of the `miniflare` options.
pub(super) fn read_options(
  option: &Field<'_>,
  workflows: &mut Record<Workflow>,
  problems: &mut Problems,
) {
  for entry in option.object(
    "an object of binding names and { name, className }",
    problems,
  ) {
    entry.object("{ name, className }", problems);
    entry.refuse_unknown(
      &[
        "name",
        "className",
        "scriptName",
        "stepLimit",
        "schedules",
        "remoteProxyConnectionString",
      ],
      problems,
    );
    let name = read_name(&entry, problems);
    let class = entry.required_text("className", "the name that `main` exports", problems);
    let script = entry.text_at("scriptName", "the name of a Worker", problems);
    let step_limit = read_limit(&entry, "stepLimit", problems);
    if let (Some(name), Some(class)) = (name, class) {
      let value = Workflow {
        name: name.value,
        class_name: class.value,
        script_name: script.map(|script| script.value),
        step_limit,
      };
      workflows.push((entry.key.to_owned(), entry.written(value)));
    }
  }
}

/// Reads a Workflow among `exports` of a Wrangler file.
pub(super) fn read_export(
  entry: &Field<'_>,
  exports: &mut Record<Workflow>,
  problems: &mut Problems,
) {
  let known = [
    "type",
    "name",
    "limits",
    "schedules",
    "concurrency",
    "default_retention",
    "jurisdiction",
  ];
  entry.refuse_unknown(&known, problems);
  let step_limit = read_limits(entry, problems);
  if let Some(name) = read_name(entry, problems) {
    let value = Workflow {
      name: name.value,
      class_name: entry.key.to_owned(),
      script_name: None,
      step_limit,
    };
    exports.push((entry.key.to_owned(), entry.written(value)));
  }
}

fn read_limits(field: &Field<'_>, problems: &mut Problems) -> Option<u32> {
  let limits = field.get("limits")?;
  limits.object("{ steps }", problems);
  limits.refuse_unknown(&["steps"], problems);
  read_limit(&limits, "steps", problems)
}

fn read_name(field: &Field<'_>, problems: &mut Problems) -> Option<Written<String>> {
  let name = field.required_text("name", NAME, problems)?;
  if (1..=NAME_LENGTH_MAX).contains(&name.value.chars().count()) {
    return Some(name);
  }
  if let Some(name) = field.get("name") {
    name.refuse(NAME, problems);
  }
  None
}

fn read_limit(field: &Field<'_>, key: &str, problems: &mut Problems) -> Option<u32> {
  let field = field
    .get(key)
    .filter(|field| !matches!(field.node.data, Data::Null))?;
  let is_valid =
    |number: &f64| number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(number);
  let limit = field.number().filter(is_valid);
  if limit.is_none() {
    field.refuse("a number of steps, an integer from 1", problems);
  }
  // In range, so nothing is lost.
  limit.map(|limit| limit as u32)
}

/// Workflow bindings of a Worker, with the Workers found that export the classes.
pub(super) fn check(
  worker: &WorkerOptions,
  me: &WorkerRef,
  workers: &Workers<'_>,
  problems: &mut Problems,
) -> Vec<Binding> {
  let mut bindings: Vec<Binding> = Vec::new();
  let mut names: Vec<&str> = Vec::new();
  for (binding, written) in &worker.workflows {
    let workflow = &written.value;
    let location = written.location.clone();
    let script = workflow.script_name.as_deref();
    let Some(exporter) = script.map_or_else(|| Some(me.clone()), |name| workers.find(name)) else {
      let mistake = Mistake::UnknownWorker {
        what: format!("the Workflow binding `{binding}`"),
        worker: script.unwrap_or_default().to_owned(),
        known: workers.names(),
      };
      problems.report(mistake, location);
      continue;
    };
    if names.contains(&workflow.name.as_str()) {
      let name = workflow.name.clone();
      problems.report(Mistake::DuplicateWorkflow { name }, location);
      continue;
    }
    names.push(&workflow.name);
    bindings.push(Binding {
      name: binding.clone(),
      kind: BindingKind::Workflow {
        workflow_name: workflow.name.clone(),
        class_name: workflow.class_name.clone(),
        worker: exporter,
        step_limit: workflow.step_limit,
      },
    });
  }
  for (index, (class_name, written)) in worker.workflow_exports.iter().enumerate() {
    let name = &written.value.name;
    // A binding of the same class is another way to the same Workflow.
    let bound = worker
      .workflows
      .iter()
      .any(|(_, bound)| bound.value.name == *name && bound.value.class_name != *class_name);
    let declared = worker.workflow_exports[..index].iter();
    if bound
      || declared
        .map(|(_, other)| &other.value.name)
        .any(|other| other == name)
    {
      let name = name.clone();
      problems.report(
        Mistake::DuplicateWorkflow { name },
        written.location.clone(),
      );
    }
  }
  bindings
}

/// Workflows that the user Worker declares without a binding.
pub(super) fn exports(worker: &WorkerOptions) -> Vec<WorkflowExport> {
  let export = |(class_name, written): &(String, Written<Workflow>)| WorkflowExport {
    class_name: class_name.clone(),
    workflow_name: written.value.name.clone(),
    step_limit: written.value.step_limit,
  };
  worker.workflow_exports.iter().map(export).collect()
}
