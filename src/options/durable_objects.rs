//! Durable Object bindings and migrations → the classes that exist, and what storage each has.
//!
//! The storage of a class: what an option says explicitly, else what the migrations say, else the
//! legacy key-value storage. An option that contradicts the migrations is an error, because
//! production would behave like the migrations.

use super::miniflare::is_key_letter;
use super::mistake::Mistake;
use super::plan::{Binding, BindingKind, DurableObjectClass};
use super::problem::{Problems, Written};
use super::worker::{DurableObject, WorkerOptions};
use super::workers::{WorkerRef, Workers};

/// A Worker with what it is called, and its options.
pub(super) type Member<'a> = (&'a WorkerRef, &'a WorkerOptions);

/// Durable Object bindings of a Worker, and all classes that it exports: its own, those that `others` bind,
/// and `additional` ones that the user named because analysis cannot see them.
pub(super) fn check<'a>(
  (me, worker): Member<'a>,
  others: &[Member<'a>],
  workers: &Workers<'_>,
  additional: &[&'a str],
  problems: &mut Problems,
) -> (Vec<Binding>, Vec<DurableObjectClass>) {
  let mut classes: Vec<Class<'a>> = worker
    .migrated_classes
    .iter()
    .map(|class| Class {
      name: &class.class_name,
      sqlite: class.sqlite.map(|sqlite| (sqlite, "the migrations")),
      unique_key: None,
      due: None,
    })
    .collect();

  let mut bindings = Vec::new();
  for (name, object) in &worker.durable_objects {
    let Some(exporter) = exporter_of(&object.value, me, workers) else {
      let mistake = Mistake::UnknownWorker {
        what: format!("the Durable Object binding `{name}`"),
        worker: object.value.script_name.clone().unwrap_or_default(),
        known: workers.names(),
      };
      problems.report(mistake, object.location.clone());
      continue;
    };
    if exporter == *me {
      add(
        &mut classes,
        object,
        object.value.needs_migration,
        worker,
        problems,
      );
    }
    let kind = BindingKind::DurableObject {
      class_name: object.value.class_name.clone(),
      worker: exporter,
    };
    bindings.push(Binding {
      name: name.clone(),
      kind,
    });
  }
  for (other, options) in others {
    let bound = options.durable_objects.iter().map(|(_, object)| object);
    for object in
      bound.filter(|object| exporter_of(&object.value, other, workers).as_ref() == Some(me))
    {
      // The Worker that exports the class says how it is stored.
      add(&mut classes, object, false, worker, problems);
    }
  }
  for object in &worker.unbound_durable_objects {
    add(&mut classes, object, false, worker, problems);
  }

  for class in &classes {
    if let (Some(object), None) = (class.due, class.sqlite) {
      let mistake = Mistake::Unmigrated {
        class: class.name.to_owned(),
      };
      problems.report(mistake, object.location.clone());
    }
  }
  for name in additional {
    if !classes.iter().any(|class| class.name == *name) {
      classes.push(Class {
        name,
        sqlite: None,
        unique_key: None,
        due: None,
      });
    }
  }
  let finished = classes.iter().map(|class| class.finish(worker)).collect();
  (bindings, finished)
}

/// What is known about a class so far; facts carry the place that states them.
struct Class<'a> {
  name: &'a str,
  sqlite: Option<(bool, &'a str)>,
  unique_key: Option<(&'a str, &'a str)>,
  /// The binding that needs a migration for the class, when there is none.
  due: Option<&'a Written<DurableObject>>,
}

impl Class<'_> {
  fn finish(&self, worker: &WorkerOptions) -> DurableObjectClass {
    let unique_key = match self.unique_key {
      Some((key, _)) => key.to_owned(),
      None => {
        let name = worker.names.first().map_or("worker", String::as_str);
        format!("{name}-{}", self.name).replace(|letter| !is_key_letter(letter), "_")
      }
    };
    let sqlite = self.sqlite.is_some_and(|(sqlite, _)| sqlite);
    DurableObjectClass {
      class_name: self.name.to_owned(),
      sqlite,
      unique_key,
    }
  }
}

/// The Worker that exports the class of a binding of `owner`; `None` if it is not there.
fn exporter_of(
  object: &DurableObject,
  owner: &WorkerRef,
  workers: &Workers<'_>,
) -> Option<WorkerRef> {
  let script = object.script_name.as_deref();
  script.map_or_else(|| Some(owner.clone()), |name| workers.find(name))
}

fn add<'a>(
  classes: &mut Vec<Class<'a>>,
  object: &'a Written<DurableObject>,
  needs_migration: bool,
  worker: &WorkerOptions,
  problems: &mut Problems,
) {
  let DurableObject {
    class_name,
    sqlite,
    unique_key,
    ..
  } = &object.value;
  let place = object.location.field.as_str();
  let index = classes
    .iter()
    .position(|class| class.name == class_name)
    .unwrap_or_else(|| {
      classes.push(Class {
        name: class_name,
        sqlite: None,
        unique_key: None,
        due: None,
      });
      classes.len() - 1
    });
  let class = &mut classes[index];

  let migrated = worker
    .migrated_classes
    .iter()
    .any(|migrated| migrated.class_name == *class_name);
  if needs_migration && !migrated {
    class.due.get_or_insert(object);
  }
  if let Some(sqlite) = *sqlite {
    match class.sqlite {
      Some((known, other)) if known != sqlite => {
        let (class, other) = (class_name.clone(), other.to_owned());
        problems.report(
          Mistake::StorageConflict {
            class,
            sqlite,
            other,
          },
          object.location.clone(),
        );
      }
      _ => class.sqlite = Some((sqlite, place)),
    }
  }
  if let Some(key) = unique_key {
    match class.unique_key {
      Some((known, other)) if known != key => {
        let (class, other) = (class_name.clone(), other.to_owned());
        problems.report(
          Mistake::UniqueKeyConflict { class, other },
          object.location.clone(),
        );
      }
      _ => class.unique_key = Some((key, place)),
    }
  }
}
