//! Replays `migrations` into the Durable Object classes that exist after the last of them.
//!
//! Inside one migration the order is Wrangler's, whatever the order of the text: deletions,
//! renames, then new classes.

use super::field::Field;
use super::mistake::Mistake;
use super::problem::Problems;
use super::worker::MigratedClass;

const KEYS: &[&str] = &[
  "tag",
  "new_classes",
  "new_sqlite_classes",
  "renamed_classes",
  "deleted_classes",
  "transferred_classes",
];
const CLASSES: &str = "a list of class names";

/// The classes that exist after all of `migrations`.
pub(super) fn replay(migrations: &Field<'_>, problems: &mut Problems) -> Vec<MigratedClass> {
  let mut classes = Classes(Vec::new());
  for migration in migrations.list("a list of migrations", problems) {
    migration.object(
      "a migration, such as { \"tag\": \"v1\", \"new_sqlite_classes\": [\"Counter\"] }",
      problems,
    );
    migration.refuse_unknown(KEYS, problems);
    migration.required_text("tag", "a string that no other migration has", problems);
    classes.apply(&migration, problems);
  }
  classes.0
}

struct Classes(Vec<MigratedClass>);

impl Classes {
  fn apply(&mut self, migration: &Field<'_>, problems: &mut Problems) {
    self.delete(migration, problems);
    self.rename(migration, problems);
    self.create("new_classes", false, migration, problems);
    self.create("new_sqlite_classes", true, migration, problems);
    self.transfer(migration, problems);
  }

  fn delete(&mut self, migration: &Field<'_>, problems: &mut Problems) {
    let Some(deleted) = migration.get("deleted_classes") else {
      return;
    };
    for class in deleted.texts(CLASSES, problems) {
      match self.position(&class.value) {
        Some(index) => drop(self.0.remove(index)),
        None => {
          problems.report(
            misfit("deleted_classes", &class.value, false),
            class.location,
          );
        }
      }
    }
  }

  fn rename(&mut self, migration: &Field<'_>, problems: &mut Problems) {
    let Some(renamed) = migration.get("renamed_classes") else {
      return;
    };
    for rename in renamed.list("a list of { from, to }", problems) {
      rename.object("{ from, to }", problems);
      let from = rename.required_text("from", "the old class name", problems);
      let to = rename.required_text("to", "the new class name", problems);
      let (Some(from), Some(to)) = (from, to) else {
        continue;
      };
      match (self.position(&from.value), self.position(&to.value)) {
        (None, _) => {
          problems.report(misfit("renamed_classes", &from.value, false), from.location);
        }
        (Some(_), Some(_)) => {
          problems.report(misfit("renamed_classes", &to.value, true), to.location);
        }
        (Some(index), None) => self.0[index].class_name = to.value,
      }
    }
  }

  fn create(
    &mut self,
    step: &'static str,
    sqlite: bool,
    migration: &Field<'_>,
    problems: &mut Problems,
  ) {
    let Some(created) = migration.get(step) else {
      return;
    };
    for class in created.texts(CLASSES, problems) {
      match self.position(&class.value) {
        Some(_) => problems.report(misfit(step, &class.value, true), class.location),
        None => self.0.push(MigratedClass {
          class_name: class.value,
          sqlite: Some(sqlite),
        }),
      }
    }
  }

  /// What storage a transferred class has is written in the other Worker's file, so that it stays
  /// open here for `useSQLite` to say.
  fn transfer(&mut self, migration: &Field<'_>, problems: &mut Problems) {
    let Some(transferred) = migration.get("transferred_classes") else {
      return;
    };
    for transfer in transferred.list("a list of { from, from_script, to }", problems) {
      transfer.object("{ from, from_script, to }", problems);
      let Some(to) = transfer.required_text("to", "the new class name", problems) else {
        continue;
      };
      if self.position(&to.value).is_none() {
        self.0.push(MigratedClass {
          class_name: to.value,
          sqlite: None,
        });
      }
    }
  }

  fn position(&self, class: &str) -> Option<usize> {
    self.0.iter().position(|known| known.class_name == class)
  }
}

fn misfit(step: &'static str, class: &str, exists: bool) -> Mistake {
  Mistake::Migration {
    step,
    class: class.to_owned(),
    exists,
  }
}
