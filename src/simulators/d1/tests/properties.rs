//! Pop restores what push saw, whatever was run in between.

use proptest::prelude::*;

use super::*;
use crate::simulators::d1::conflict;

#[derive(Clone, Debug)]
enum Step {
  Run(Vec<String>),
  Push,
  Pop,
}

/// Statements over a few tables that may or may not exist. Many of them fail, on purpose.
fn statement() -> impl Strategy<Value = String> {
  let table = prop_oneof![Just("a"), Just("b"), Just("f")];
  let conflict = prop_oneof![
    Just(""),
    Just("OR ROLLBACK"),
    Just("OR REPLACE"),
    Just("OR FAIL"),
    Just("OR IGNORE")
  ];
  let value = 0..4u8;
  prop_oneof![
    4 => (table.clone(), conflict.clone(), value.clone()).prop_map(|(table, conflict, value)| {
      format!("INSERT {conflict} INTO {table} (x) VALUES ({value}), ({value} + 1)")
    }),
    2 => (table.clone(), conflict, value.clone()).prop_map(|(table, conflict, value)| {
      format!("UPDATE {conflict} {table} SET x = {value}")
    }),
    2 => (table.clone(), value).prop_map(|(table, value)| {
      format!("DELETE FROM {table} WHERE x = {value}")
    }),
    1 => table.clone().prop_map(|table| format!("DROP TABLE {table}")),
    1 => table.prop_map(|table| format!("ALTER TABLE {table} ADD COLUMN y DEFAULT 1")),
    1 => Just("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x UNIQUE)".to_owned()),
    1 => Just("CREATE TABLE b (x REFERENCES a (x) DEFERRABLE INITIALLY DEFERRED)".to_owned()),
    1 => Just("CREATE VIRTUAL TABLE f USING fts5 (x)".to_owned()),
    1 => Just("CREATE TRIGGER tr AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END".to_owned()),
    1 => Just("PRAGMA recursive_triggers = on".to_owned()),
    1 => Just("PRAGMA defer_foreign_keys = on".to_owned()),
    1 => Just("ROLLBACK".to_owned()),
    1 => Just("nonsense".to_owned()),
  ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
  let step = prop_oneof![
    6 => proptest::collection::vec(statement(), 1..4).prop_map(Step::Run),
    1 => Just(Step::Push),
    1 => Just(Step::Pop),
  ];
  proptest::collection::vec(step, 0..40)
}

/// An insertion that violates a constraint, with noise where it may be taken for something else.
fn text() -> impl Strategy<Value = String> {
  let pieces = [
    "'",
    "\"",
    "`",
    "[",
    "]",
    "--",
    "\n",
    "/*",
    "*/",
    "$a(",
    "@a::",
    "(",
    ")",
    ":b",
    "?",
    "x'",
    "0x",
    "1e",
    "\u{feff}",
    "\u{b}",
    " ",
    "é",
    ",",
    "1",
    "#",
    "\\",
    ";",
    "-",
    ">",
    ".",
    "\0",
    "a",
    "ROLLBACK",
    "OR",
    "INSERT",
    "COMMIT",
    "RAISE(",
    "ON CONFLICT",
    "SELECT",
    "AS",
    "FROM t",
  ];
  let noise = || {
    let piece = proptest::sample::select(pieces.to_vec());
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
  };
  let space = || {
    let spaces = [
      " ", "\n", "\t", "\r", "\u{c}", "\u{b}", "\u{feff}", "/**/", "--'\n", " \u{b}",
    ];
    proptest::sample::select(spaces.to_vec())
  };
  (noise(), space(), space(), space(), noise()).prop_map(|(noise, one, two, three, end)| {
    format!("WITH w AS (SELECT {noise}) INSERT{one}OR{two}ROLLBACK{three}INTO t VALUES (1){end}")
  })
}

/// Everything that SQL can see.
fn dump(d1: &D1) -> Value {
  let mut dump = vec![
    d1.rows("SELECT type, name, sql, rootpage FROM sqlite_schema"),
    d1.rows("SELECT last_insert_rowid(), changes(), total_changes()"),
    d1.rows("SELECT * FROM pragma_recursive_triggers, pragma_defer_foreign_keys"),
  ];
  let tables = d1.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' ORDER BY name");
  for table in tables.as_array().unwrap() {
    let table = table[0].as_str().unwrap();
    dump.push(
      d1.batch(&[&format!("SELECT * FROM \"{table}\"")])
        .map_or_else(Value::from, Value::from),
    );
  }
  let response = d1.send("/query", r#"{"sql":"PRAGMA quick_check"}"#);
  dump.push(
    response.headers()["x-cf-d1-session-commit-token"]
      .to_str()
      .unwrap()
      .into(),
  );
  dump.push(serde_json::from_slice(response.body()).unwrap());
  dump.into()
}

proptest! {
  #![proptest_config(ProptestConfig::with_cases(128))]

  #[test]
  fn pop_restores_what_push_saw(steps in steps()) {
    let d1 = D1::new();
    let mut pushed = Vec::new();
    for step in steps {
      match step {
        Step::Run(statements) => {
          let texts: Vec<_> = statements.iter().map(String::as_str).collect();
          let _ = d1.batch(&texts);
        }
        Step::Push => {
          pushed.push(dump(&d1));
          d1.storage.push().unwrap();
        }
        Step::Pop => {
          if let Some(before) = pushed.pop() {
            d1.storage.pop().unwrap();
            prop_assert_eq!(dump(&d1), before);
          }
        }
      }
    }
    while let Some(before) = pushed.pop() {
      d1.storage.pop().unwrap();
      prop_assert_eq!(dump(&d1), before);
    }
  }

  #[test]
  fn failed_batch_leaves_nothing(statements in proptest::collection::vec(statement(), 0..6)) {
    for d1 in [D1::new(), D1::with("")] {
      d1.rows("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x UNIQUE)");
      let tables = |d1: &D1| d1.rows("SELECT 0, name, sql FROM sqlite_schema UNION ALL SELECT id, x, 0 FROM a");
      let before = tables(&d1);
      let texts: Vec<_> = statements.iter().map(String::as_str).chain(["nonsense"]).collect();
      prop_assert!(d1.batch(&texts).is_err());
      prop_assert_eq!(tables(&d1), before);
    }
  }

  /// Whatever the text, there is an answer, and the frames survive.
  #[test]
  fn no_text_does_harm(sql in text()) {
    let d1 = D1::with("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)");
    for parameters in [json!([]), json!([1]), json!([1, 2])] {
      d1.json(&json!({ "sql": sql, "params": parameters }));
    }
    d1.storage.pop().unwrap();
    d1.storage.pop().unwrap();
    prop_assert_eq!(conflict::defuse(&sql).len(), sql.len());
  }

  #[test]
  fn no_body_does_harm(body in proptest::collection::vec(any::<u8>(), 0..64)) {
    let response = D1::new().send("/query", body);
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    prop_assert_eq!(&answer["success"], false);
  }
}
