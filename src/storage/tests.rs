//! Storage seen from a product: databases by name, frames over all of them.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use proptest::prelude::*;

use super::{
  Clock, Database, FrameDepth, ManualClock, Migrations, ResetTo, Storage, StorageError, SystemClock,
};

const WORDS: Migrations = Migrations::new(&["CREATE TABLE words (word TEXT PRIMARY KEY)"]);

fn storage() -> Storage {
  Storage::new(Arc::new(ManualClock::new(0)))
}

fn words(storage: &Storage, name: &str) -> Arc<Database> {
  storage.database(name, WORDS).unwrap()
}

fn add(database: &Database, word: &str) {
  database
    .run(|connection| connection.execute("INSERT INTO words VALUES (?1)", [word]))
    .unwrap();
}

fn all(database: &Database) -> Vec<String> {
  let read = |connection: &rusqlite::Connection| {
    let mut statement = connection.prepare_cached("SELECT word FROM words ORDER BY word")?;
    statement.query_map((), |row| row.get(0))?.collect()
  };
  database.run(read).unwrap()
}

#[test]
fn storage_can_be_shared_between_threads() {
  fn check<T: Send + Sync>() {}
  check::<Storage>();
  check::<Database>();
}

#[test]
fn new_storage_has_no_frame_and_no_database() {
  assert_eq!(
    format!("{:?}", storage()),
    "Storage { depth: FrameDepth(0), databases: [], .. }"
  );
}

#[test]
fn replacing_a_frame_undoes_it_and_keeps_the_depth() {
  let storage = Storage::new(Arc::new(SystemClock));
  storage.replace().unwrap_err();
  storage.push().unwrap();
  let depth = storage.push().unwrap();
  assert_eq!(storage.replace().unwrap(), depth);
  assert_eq!(storage.frames_ended(), 1);
}

#[test]
fn ended_frames_are_counted() {
  let storage = Storage::new(Arc::new(SystemClock));
  storage.push().unwrap();
  storage.push().unwrap();
  assert_eq!(storage.frames_ended(), 0);
  storage.pop().unwrap();
  assert_eq!(storage.frames_ended(), 1);
  storage.pop().unwrap();
  storage.pop().unwrap_err();
  assert_eq!(storage.frames_ended(), 2);
}

#[test]
fn pop_without_push_is_an_error_and_changes_nothing() {
  let storage = storage();
  assert!(matches!(storage.pop(), Err(StorageError::NoFrame)));
  assert_eq!(storage.push().unwrap().get(), 1);
  assert_eq!(storage.pop().unwrap(), FrameDepth::BASE);
  assert!(matches!(storage.pop(), Err(StorageError::NoFrame)));
}

#[test]
fn pop_undoes_what_was_written_since_its_push() {
  let storage = storage();
  let database = words(&storage, "a");
  add(&database, "base");
  storage.push().unwrap();
  add(&database, "outer");
  storage.push().unwrap();
  add(&database, "inner");
  assert_eq!(all(&database), ["base", "inner", "outer"]);
  storage.pop().unwrap();
  assert_eq!(all(&database), ["base", "outer"]);
  storage.pop().unwrap();
  assert_eq!(all(&database), ["base"]);
}

#[test]
fn database_opened_inside_frames_is_empty_after_them() {
  let storage = storage();
  storage.push().unwrap();
  storage.push().unwrap();
  let database = words(&storage, "late");
  add(&database, "inner");
  storage.pop().unwrap();
  assert_eq!(all(&database), [""; 0]);
  add(&database, "outer");
  storage.pop().unwrap();
  assert_eq!(all(&database), [""; 0]);
  add(&database, "base");
  assert_eq!(all(&words(&storage, "late")), ["base"]);
}

#[test]
fn databases_with_different_names_share_nothing() {
  let storage = storage();
  add(&words(&storage, "a"), "of a");
  assert_eq!(all(&words(&storage, "b")), [""; 0]);
  assert_eq!(words(&storage, "b").name(), "b");
}

#[test]
fn schema_changes_are_undone_under_cached_statements() {
  let storage = storage();
  let database = words(&storage, "a");
  add(&database, "base");
  assert_eq!(all(&database), ["base"]);
  storage.push().unwrap();
  let change = "ALTER TABLE words ADD COLUMN length; CREATE INDEX i ON words (length)";
  database
    .run(|connection| connection.execute_batch(change))
    .unwrap();
  assert_eq!(all(&database), ["base"]);
  storage.pop().unwrap();
  assert_eq!(all(&database), ["base"]);
  assert!(
    database
      .run(|connection| connection.prepare("SELECT length FROM words").map(drop))
      .is_err()
  );
}

/// `last_insert_rowid()`, `changes()` and `total_changes()`, as SQL sees them.
fn counters(database: &Database) -> (i64, i64, i64) {
  const SQL: &str = "SELECT last_insert_rowid(), changes(), total_changes()";
  let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
  database
    .run(|connection| connection.query_row(SQL, (), read))
    .unwrap()
}

#[test]
fn pop_undoes_the_counters_of_the_connection() {
  let storage = storage();
  let database = words(&storage, "a");
  add(&database, "one");
  assert_eq!(counters(&database), (1, 1, 1));
  for _attempt in 0..2 {
    storage.push().unwrap();
    let insert = "INSERT INTO words VALUES ('two'), ('three')";
    database
      .run(|connection| connection.execute(insert, ()))
      .unwrap();
    storage.push().unwrap();
    add(&database, "four");
    assert_eq!(counters(&database), (4, 1, 4));
    storage.pop().unwrap();
    assert_eq!(counters(&database), (3, 2, 3));
    storage.pop().unwrap();
    assert_eq!(counters(&database), (1, 1, 1));
  }
  database
    .run(|connection| connection.execute("DELETE FROM words WHERE word = 'nine'", ()))
    .unwrap();
  assert_eq!(counters(&database), (1, 0, 1));
  add(&database, "two");
  assert_eq!(counters(&database), (2, 1, 2));
}

#[test]
fn counters_of_a_database_opened_in_a_frame_start_over() {
  let storage = storage();
  storage.push().unwrap();
  add(&words(&storage, "a"), "one");
  storage.pop().unwrap();
  assert_eq!(counters(&words(&storage, "a")), (0, 0, 0));
}

#[test]
fn hooks_can_be_set_in_run_mut() {
  let storage = storage();
  let deny = |_: rusqlite::hooks::AuthContext<'_>| rusqlite::hooks::Authorization::Deny;
  let denied = words(&storage, "a").run_mut(|connection| {
    connection.authorizer(Some(deny))?;
    let denied = connection.execute_batch("SELECT 1");
    connection.authorizer(None::<fn(rusqlite::hooks::AuthContext<'_>) -> _>)?;
    denied
  });
  assert!(denied.is_err());
  add(&words(&storage, "a"), "one");
}

#[test]
fn savepoint_left_open_by_a_product_goes_with_the_frame() {
  let storage = storage();
  let database = words(&storage, "a");
  storage.push().unwrap();
  database
    .run(|connection| connection.execute_batch("SAVEPOINT forgotten"))
    .unwrap();
  add(&database, "word");
  storage.pop().unwrap();
  assert_eq!(all(&database), [""; 0]);
}

#[test]
fn panic_inside_run_leaves_the_database_usable() {
  let storage = storage();
  let database = words(&storage, "a");
  let work = || database.run(|_| -> rusqlite::Result<()> { panic!("a bug in a product") });
  assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
  add(&database, "word");
  assert_eq!(all(&database), ["word"]);
}

#[test]
fn failed_statement_names_its_database() {
  let storage = storage();
  let error = words(&storage, "a").run(|connection| connection.execute_batch("nonsense"));
  assert!(matches!(error, Err(StorageError::Sqlite { database, .. }) if database == "a"));
}

#[test]
fn failed_migration_names_its_step() {
  const BROKEN: Migrations = Migrations::new(&["CREATE TABLE a (b)", "nonsense"]);
  let storage = storage();
  for _attempt in 0..2 {
    let error = storage.database("a", BROKEN).map(drop);
    assert!(
      matches!(error, Err(StorageError::Migration { database, number: 2, .. }) if database == "a")
    );
  }
  assert_eq!(all(&words(&storage, "a")), [""; 0]);
}

#[test]
fn user_version_counts_migrations() {
  let version = |name: &str, migrations| -> u32 {
    let database = storage().database(name, migrations).unwrap();
    let read = |connection: &rusqlite::Connection| {
      connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    database.run(read).unwrap()
  };
  assert_eq!(version("a", Migrations::NONE), 0);
  assert_eq!(
    version(
      "b",
      Migrations::new(&["CREATE TABLE a (b)", "DROP TABLE a"])
    ),
    2
  );
}

#[test]
fn ending_the_transaction_is_blamed_on_who_did_it() {
  let storage = storage();
  let (innocent, guilty) = (words(&storage, "a"), words(&storage, "b"));
  storage.push().unwrap();
  add(&innocent, "kept");
  add(&guilty, "word");
  let sql = "INSERT OR ROLLBACK INTO words VALUES ('word')";
  let lost = guilty.run(|connection| connection.execute(sql, ()));
  let is_lost = |database: &str, depth: FrameDepth| database == "b" && depth.get() == 1;
  assert!(
    matches!(lost, Err(StorageError::FramesLost { database, depth }) if is_lost(&database, depth))
  );

  // A push that cannot happen everywhere happens nowhere.
  assert!(matches!(
    storage.push(),
    Err(StorageError::FramesLost { .. })
  ));
  assert_eq!(storage.depth().get(), 1);
  assert_eq!(all(&innocent), ["kept"]);

  // A pop happens wherever it can.
  assert!(matches!(
    storage.pop(),
    Err(StorageError::FramesLost { .. })
  ));
  assert_eq!(storage.depth(), FrameDepth::BASE);
  assert_eq!(all(&innocent), [""; 0]);
}

#[test]
fn frame_released_behind_our_back_is_missed_by_its_own_pop() {
  let storage = storage();
  let database = words(&storage, "a");
  storage.push().unwrap();
  storage.push().unwrap();
  database
    .run(|connection| connection.execute_batch("RELEASE frame_2"))
    .unwrap();
  assert!(matches!(storage.pop(), Err(StorageError::FramesLost { depth, .. }) if depth.get() == 2));
  storage.pop().unwrap();
}

#[test]
fn manual_clock_moves_only_when_told() {
  let clock = ManualClock::new(5);
  clock.advance_ms(2);
  assert_eq!(clock.now_ms(), 7);
  clock.set_ms(1);
  assert_eq!(clock.now_ms(), 1);
}

#[test]
fn system_clock_is_past_2020() {
  assert!(SystemClock.now_ms() > 1_577_836_800_000);
}

#[derive(Clone, Debug)]
enum Step {
  Toggle { database: u8, word: u8 },
  Push,
  Pop,
  Mark,
  Reset(ResetTo),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
  let step = prop_oneof![
    4 => (0..3u8, 0..5u8).prop_map(|(database, word)| Step::Toggle { database, word }),
    1 => Just(Step::Push),
    1 => Just(Step::Pop),
    1 => Just(Step::Mark),
    1 => Just(Step::Reset(ResetTo::Empty)),
    1 => Just(Step::Reset(ResetTo::Mark)),
  ];
  proptest::collection::vec(step, 0..60)
}

proptest! {
  /// Databases open whenever the steps first touch them, at any depth.
  #[test]
  fn pop_restores_exactly_what_push_saw(steps in steps()) {
    let storage = storage();
    let mut model = vec![BTreeSet::<(u8, u8)>::new()];
    let mut marked = BTreeSet::new();
    let mut marked_at = 0;
    for step in steps {
      match step {
        Step::Toggle { database, word } => {
          let top = model.last_mut().unwrap();
          let opened = words(&storage, &database.to_string());
          if top.remove(&(database, word)) {
            let delete = "DELETE FROM words WHERE word = ?1";
            opened.run(|connection| connection.execute(delete, [word.to_string()])).unwrap();
          } else {
            top.insert((database, word));
            add(&opened, &word.to_string());
          }
        }
        Step::Mark => {
          storage.mark().unwrap();
          marked = model.last().unwrap().clone();
          marked_at = model.len();
        }
        Step::Reset(to) => {
          storage.reset(to).unwrap();
          let top = model.last_mut().unwrap();
          *top = if to == ResetTo::Mark { marked.clone() } else { BTreeSet::new() };
        }
        Step::Push => {
          storage.push().unwrap();
          model.push(model.last().unwrap().clone());
        }
        Step::Pop if model.len() == 1 => prop_assert!(storage.pop().is_err()),
        Step::Pop => {
          storage.pop().unwrap();
          model.pop();
          if model.len() < marked_at {
            marked.clear();
          }
        }
      }
      prop_assert_eq!(storage.depth().get() as usize, model.len() - 1);
    }
    let top = model.last().unwrap();
    for database in 0..3u8 {
      let expected: Vec<_> =
        top.iter().filter(|(of, _)| *of == database).map(|(_, word)| word.to_string()).collect();
      prop_assert_eq!(all(&words(&storage, &database.to_string())), expected);
    }
  }
}

#[test]
fn what_comes_late_is_answered_and_undone() {
  let storage = storage();
  let put = |value: &str| {
    let database = storage.database("words", WORDS).unwrap();
    database.run(|connection| connection.execute("INSERT INTO words VALUES (?1)", [value]))
  };
  let count = || -> u32 {
    let database = storage.database("words", WORDS).unwrap();
    let count = database
      .run(|connection| connection.query_row("SELECT count(*) FROM words", (), |row| row.get(0)));
    count.unwrap()
  };
  let began = storage.frames_ended();
  storage.push().unwrap();
  let in_time = storage.within_frame_or_undone(began, || put("in time"));
  assert_eq!((in_time.unwrap().unwrap(), count()), (1, 1));
  storage.replace().unwrap();
  let late = storage.within_frame_or_undone(began, || put("late"));
  assert_eq!((late.unwrap().unwrap(), count()), (1, 0));
  assert_eq!(
    storage.within_frame(began, || put("late")).map(|_| ()),
    None
  );
  let ended = storage.frames_ended();
  assert_eq!(
    ended,
    began + 1,
    "what is undone at once is no frame that ended"
  );
}
