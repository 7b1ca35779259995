//! What storage frames undo.

use super::*;

#[track_caller]
fn check_undone(setup: &str, in_frame: &[&str], probe: &str) {
  let d1 = D1::with(setup);
  let before = d1.rows(probe);
  for _attempt in 0..2 {
    d1.storage.push().unwrap();
    for sql in in_frame {
      let _ = d1.batch(&[sql]);
    }
    d1.storage.pop().unwrap();
    assert_eq!(d1.rows(probe), before, "{in_frame:?}");
  }
}

#[test]
fn pop_undoes_rows_and_schema() {
  let setup = "CREATE TABLE t (a); INSERT INTO t VALUES (1)";
  check_undone(
    setup,
    &["INSERT INTO t VALUES (2)", "DELETE FROM t WHERE a = 1"],
    "SELECT * FROM t",
  );
  check_undone(
    setup,
    &["DROP TABLE t", "CREATE TABLE t (b, c)"],
    "SELECT * FROM t",
  );
  check_undone(
    setup,
    &["ALTER TABLE t ADD COLUMN b DEFAULT 5"],
    "SELECT * FROM t",
  );
  check_undone(
    setup,
    &[
      "CREATE TABLE u (a UNIQUE)",
      "CREATE VIEW v AS SELECT 1",
      "CREATE INDEX i ON t (a)",
      "ALTER TABLE t RENAME TO w",
    ],
    "SELECT name, sql, rootpage FROM sqlite_schema",
  );
}

#[test]
fn pop_undoes_autoincrement_and_full_text() {
  let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (5)";
  check_undone(
    setup,
    &["INSERT INTO t VALUES (NULL)"],
    "SELECT * FROM sqlite_sequence",
  );
  let setup = "CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f VALUES ('one')";
  check_undone(
    setup,
    &[
      "INSERT INTO f VALUES ('one two')",
      "DELETE FROM f WHERE f MATCH 'one'",
    ],
    "SELECT * FROM f WHERE f MATCH 'one'",
  );
}

#[test]
fn pop_undoes_counters_of_the_connection() {
  let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (7), (8), (9)";
  let probe = "SELECT last_insert_rowid(), changes(), total_changes()";
  check_undone(setup, &["INSERT INTO t VALUES (50)"], probe);
  check_undone(
    setup,
    &["DELETE FROM t", "INSERT INTO t VALUES (50), (51)"],
    probe,
  );
  check_undone(
    setup,
    &["INSERT INTO t VALUES (50); INSERT INTO t VALUES (50)"],
    probe,
  );

  let d1 = D1::with(setup);
  d1.rows("INSERT INTO t VALUES (20)");
  d1.storage.pop().unwrap();
  assert_eq!(d1.meta("SELECT 1")["last_row_id"], 9);
  d1.rows("UPDATE t SET id = id + 100 WHERE id < 9");
  d1.check(probe, &json!([[9, 2, 5]]));
  d1.rows("UPDATE t SET id = 1 WHERE id = 99");
  d1.check(probe, &json!([[9, 0, 5]]));
}

#[test]
fn pop_undoes_the_bookmark() {
  let d1 = D1::with("CREATE TABLE t (a)");
  let bookmark = || {
    let response = d1.send("/query", r#"{"sql":"SELECT 1"}"#);
    response.headers()["x-cf-d1-session-commit-token"].clone()
  };
  let before = bookmark();
  d1.rows("INSERT INTO t VALUES (1)");
  assert_ne!(bookmark(), before);
  d1.storage.pop().unwrap();
  assert_eq!(bookmark(), before);
}

#[test]
fn hostile_statements_leave_the_frames_alone() {
  let d1 = D1::with("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)");
  let hostile = [
    "COMMIT",
    "ROLLBACK",
    "END TRANSACTION",
    "RELEASE frame_1",
    "ROLLBACK TO frame_1",
    "ROLLBACK TO d1_request",
    "SELECT 1; COMMIT",
    "/* x */ COMMIT; BEGIN",
    "EXPLAIN COMMIT",
    "INSERT OR ROLLBACK INTO t VALUES (1)",
    "PRAGMA journal_mode = OFF",
    "PRAGMA writable_schema = RESET",
    "VACUUM",
    "ATTACH 'x' AS y",
    "DETACH main",
    "CREATE TABLE x (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO x VALUES (1), (1)",
    "CREATE TRIGGER x BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'x'); END; INSERT INTO t VALUES (3)",
    "\0",
    "SELECT '\0",
    "SELECT 1\0; COMMIT",
    "'",
    "\"",
    "[",
    "`",
    "/*",
    "--",
    "x'",
    "$",
    "😀",
    "INSERT OR ROLLBACK",
  ];
  for sql in hostile {
    let _ = d1.batch(&["INSERT INTO t VALUES (2)", sql]);
    d1.rows("DELETE FROM t WHERE a <> 1");
  }
  d1.storage.pop().unwrap();
  d1.storage.pop().unwrap();
  d1.check("SELECT * FROM t", &json!([[1]]));
  assert!(d1.storage.pop().is_err());
}

#[test]
fn database_opened_in_a_frame_is_empty_after_it() {
  let d1 = D1::with("");
  d1.rows("CREATE TABLE t (a)");
  d1.storage.pop().unwrap();
  d1.check("SELECT count(*) FROM sqlite_schema", &json!([[0]]));
}

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) \
                       SELECT count(*) FROM n";

#[test]
fn query_without_an_end_does_not_keep_a_frame_from_ending() {
  let d1 = D1::with("CREATE TABLE t (x)");
  let d1 = &d1;
  std::thread::scope(|scope| {
    let query = scope.spawn(move || {
      let ended = d1.storage.frames_ended();
      let refusal = d1
        .storage
        .within_frame_or_undone(ended, || d1.batch(&[ENDLESS]));
      refusal.unwrap().unwrap_err()
    });
    // Whether it has begun by then makes no difference to what is tested.
    std::thread::yield_now();
    d1.storage.replace().unwrap();
    assert_eq!(
      query.join().unwrap(),
      "D1 DB exceeded its CPU time limit and was reset."
    );
  });
  d1.check("SELECT count(*) FROM t", &json!([[0]]));
  d1.storage.pop().unwrap();
}

const FULL_TEXT: &str = "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES (1)";

#[test]
fn full_text_index_that_is_undone_in_one_go_leaves_a_usable_database() {
  let d1 = D1::with("");
  d1.rows(FULL_TEXT);
  d1.storage.replace().unwrap();
  d1.check("SELECT 2", &json!([[2]]));
  d1.check_error("SELECT * FROM f", "no such table: f: SQLITE_ERROR");
  assert!(d1.batch(&[FULL_TEXT, "nonsense"]).is_err());
  d1.rows(FULL_TEXT);
  d1.check("SELECT a FROM f WHERE f MATCH '1'", &json!([[1]]));
  d1.storage.pop().unwrap();
  d1.check("SELECT 2", &json!([[2]]));
}
