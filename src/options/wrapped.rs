//! `wrappedBindings`, which the older generation of Cloudflare's integration has: a value in `env` that a function of
//! another Worker's makes, in the isolate of whoever has the binding.

use super::field::Field;
use super::mistake::Mistake;
use super::plan::{Binding, BindingKind};
use super::problem::Problems;
use super::raw::Data;
use super::worker::{Record, WorkerOptions};
use super::workers::Workers;

/// As written.
#[derive(Clone, Debug)]
pub(super) struct Wrapped {
  worker: String,
  entrypoint: Option<String>,
  /// Names and JSON texts.
  bindings: Vec<(String, String)>,
}

/// `wrappedBindings: { NAME: "worker" }`, or with `{ scriptName, entrypoint, bindings }`
pub(super) fn read(option: &Field<'_>, wrapped: &mut Record<Wrapped>, problems: &mut Problems) {
  const ACCEPTED: &str = "the name of a Worker, or { scriptName, entrypoint, bindings }";
  for entry in option.object("an object of binding names and Workers", problems) {
    let value = if let Data::Object(_) = entry.node.data {
      entry.refuse_unknown(&["scriptName", "entrypoint", "bindings"], problems);
      let worker = entry.required_text("scriptName", "the name of a Worker", problems);
      let entrypoint = entry.text_at("entrypoint", "the name of an export", problems);
      let bindings = entry.get("bindings").map(|bindings| {
        let values = bindings.object("an object of JSON values", problems);
        bindings.refuse_non_json(problems);
        let pair = |value: &Field<'_>| (value.key.to_owned(), value.node.to_json().to_string());
        values.iter().map(pair).collect()
      });
      worker.map(|worker| Wrapped {
        worker: worker.value,
        entrypoint: entrypoint.map(|entrypoint| entrypoint.value),
        bindings: bindings.unwrap_or_default(),
      })
    } else {
      entry.text(ACCEPTED, problems).map(|worker| Wrapped {
        worker: worker.value,
        entrypoint: None,
        bindings: Vec::new(),
      })
    };
    if let Some(value) = value {
      wrapped.push((entry.key.to_owned(), entry.written(value)));
    }
  }
}

/// The bindings, with the Workers found that make them.
pub(super) fn check(
  worker: &WorkerOptions,
  workers: &Workers<'_>,
  problems: &mut Problems,
) -> Vec<Binding> {
  let mut found = Vec::new();
  for (name, written) in &worker.wrapped {
    let Wrapped {
      worker,
      entrypoint,
      bindings,
    } = &written.value;
    // The Worker under test goes through Vite, and is no module that could be given to the runtime.
    let Some(Some(worker)) = workers.find(worker) else {
      let mistake = Mistake::UnknownWorker {
        what: format!("the wrapped binding `{name}`"),
        worker: worker.clone(),
        known: workers.names(),
      };
      problems.report(mistake, written.location.clone());
      continue;
    };
    let kind = BindingKind::Wrapped {
      worker,
      entrypoint: entrypoint.clone(),
      bindings: bindings.clone(),
    };
    found.push(Binding {
      name: name.clone(),
      kind,
    });
  }
  found
}
