//! Texts with several statements, comments, parameters; atomicity; the numbers in `meta`.

use super::*;

const NO_STATEMENT: &str = "SQL code did not contain a statement.";
const NOTHING: &str = "No SQL statements detected.";
const MISCOUNTED: &str = "Wrong number of parameter bindings for SQL query.";
const TOO_EARLY: &str = "When executing multiple SQL statements in a single call, only the last \
  statement can have parameters.";

#[test]
fn last_statement_of_a_text_gives_the_result() {
  let d1 = D1::with("");
  d1.check("SELECT 1; SELECT 2", &json!([[2]]));
  d1.check("SELECT 1;", &json!([[1]]));
  d1.check("SELECT 1; \t\n", &json!([[1]]));
  d1.check("SELECT 1 -- c", &json!([[1]]));
  d1.check(";;SELECT 1", &json!([[1]]));
  d1.check("-- c\n;; /* c */ SELECT 1; ;SELECT 2", &json!([[2]]));
  d1.check(
    "CREATE TABLE t (a); INSERT INTO t VALUES (1),(2); SELECT a FROM t",
    &json!([[1], [2]]),
  );
  let trigger = "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END; SELECT 3";
  d1.check(trigger, &json!([[3]]));
  d1.check(
    "SELECT ';--', \"a\" FROM (SELECT 1 AS a) /* ; */; SELECT 5 -- ;",
    &json!([[5]]),
  );
}

#[test]
fn text_must_contain_a_statement() {
  let d1 = D1::with("");
  for sql in [
    ";",
    "/* c */",
    "-- c",
    "SELECT 1;;",
    "SELECT 1; -- c",
    "SELECT 1; ;",
    " ;",
    "\0",
  ] {
    d1.check_error(sql, NO_STATEMENT);
  }
  d1.check_error("  -- a\n-- c", NO_STATEMENT);
  assert_eq!(d1.batch(&["SELECT 1", ";"]).unwrap_err(), NO_STATEMENT);
}

#[test]
fn indented_comments_are_skipped() {
  let d1 = D1::with("");
  for sql in [
    "",
    "   ",
    "\n",
    "  -- c",
    "\n-- c",
    "\n \n-- c",
    "  -- a\n  -- b",
    "\t-- a\r\n-- b",
  ] {
    d1.check_error(sql, NOTHING);
  }
  assert_eq!(d1.batch(&[]).unwrap_err(), NOTHING);
  assert_eq!(d1.batch(&["  -- c", "SELECT 1"]).unwrap().len(), 1);
  d1.check("-- c\nSELECT 1", &json!([[1]]));
  d1.check("SELECT 'a\n  -- b\nc'", &json!([["a\n  -- b\nc"]]));
}

#[track_caller]
fn check_parameters(sql: &str, parameters: &Value, expected: Result<Value, &str>) {
  let result = D1::with("").json(&json!({ "sql": sql, "params": parameters }));
  match expected {
    Ok(rows) => assert_eq!(result[0]["results"]["rows"], rows, "{sql}: {result}"),
    Err(error) => assert_eq!(result["error"], error, "{sql}"),
  }
}

#[test]
fn parameters_must_match_in_number() {
  check_parameters("SELECT ?", &json!([]), Err(MISCOUNTED));
  check_parameters("SELECT ?", &json!([1, 2]), Err(MISCOUNTED));
  check_parameters("SELECT 1", &json!([1]), Err(MISCOUNTED));
  check_parameters("SELECT ?2", &json!([1]), Err(MISCOUNTED));
  check_parameters("SELECT ?2", &json!([1, 2]), Ok(json!([[2.0]])));
  check_parameters(
    "SELECT :a, @b, $c, :a",
    &json!(["1", "2", "3"]),
    Ok(json!([["1", "2", "3", "1"]])),
  );
}

#[test]
fn only_the_last_statement_has_parameters() {
  check_parameters("SELECT 1; SELECT ?", &json!(["a"]), Ok(json!([["a"]])));
  check_parameters("SELECT ';', ?; \n", &json!(["a"]), Ok(json!([[";", "a"]])));
  check_parameters(";SELECT ? -- ;", &json!(["a"]), Ok(json!([["a"]])));
  check_parameters("SELECT ?; SELECT ?", &json!(["a"]), Err(TOO_EARLY));
  check_parameters("SELECT ?;;", &json!(["a"]), Err(TOO_EARLY));
}

#[test]
fn failing_statement_undoes_the_batch() {
  for d1 in [D1::new(), D1::with("")] {
    d1.rows("CREATE TABLE t (a UNIQUE)");
    let batch = ["INSERT INTO t VALUES (1)", "DROP TABLE t", "SELECT nope"];
    let error = d1.batch(&batch).unwrap_err();
    assert_eq!(error, "no such column: nope at offset 7: SQLITE_ERROR");
    d1.check("SELECT count(*) FROM t", &json!([[0]]));
    d1.check_error("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)", UNIQUE);
    d1.check("SELECT count(*) FROM t", &json!([[0]]));
    d1.check_error("INSERT OR FAIL INTO t VALUES (1), (1)", UNIQUE);
    d1.check("SELECT count(*) FROM t", &json!([[0]]));
  }
}

const UNIQUE: &str =
  "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)";

#[test]
fn rollback_in_a_conflict_clause_undoes_the_request_and_no_more() {
  let ways = [
    ("", "INSERT OR ROLLBACK INTO t VALUES (1)"),
    ("", "INSERT OR/**/rollback INTO t VALUES (1)"),
    ("", "UPDATE -- c\n OR RollBack t SET a = 1"),
    (
      "",
      "INSERT INTO t VALUES (5); UPDATE OR ROLLBACK t SET a = 1",
    ),
    (
      "CREATE TABLE x (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO x VALUES (1)",
      "INSERT INTO x VALUES (1)",
    ),
    (
      "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT RAISE ( ROLLBACK, 'no'); END",
      "INSERT INTO t VALUES (9)",
    ),
    (
      "CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT OR ROLLBACK INTO t VALUES (2); END",
      "DELETE FROM t WHERE a = 1",
    ),
    (
      "CREATE TABLE x (a, UNIQUE (a) ON CONFLICT ROLLBACK); INSERT INTO x VALUES (1)",
      "INSERT INTO x SELECT a FROM t",
    ),
    (
      "CREATE TABLE x (a NOT NULL ON CONFLICT ROLLBACK)",
      "INSERT INTO x VALUES (NULL)",
    ),
  ];
  for (setup, sql) in ways {
    let d1 = D1::with("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1), (2)");
    if !setup.is_empty() {
      d1.rows(setup);
    }
    let error = d1.batch(&["INSERT INTO t VALUES (3)", sql]).unwrap_err();
    assert!(error.contains("SQLITE_CONSTRAINT"), "{sql}: {error}");
    d1.check("SELECT a FROM t ORDER BY a", &json!([[1], [2]]));
    d1.storage.pop().unwrap();
    d1.storage.pop().unwrap();
  }
}

/// Statements that hide the clause from a reader that takes tokens for something else.
#[test]
fn rollback_cannot_hide() {
  let clauses = [
    "INSERT \u{b}OR ROLLBACK INTO t VALUES (1)",
    "INSERT \u{feff}OR\u{c}\u{feff}ROLLBACK\n\u{feff}INTO t VALUES (1)",
    "INSERT/*/**/OR--'\nROLLBACK/***/INTO t VALUES (1)",
    "WITH w AS (SELECT $a(')) INSERT OR ROLLBACK INTO t VALUES (1) --'",
    "WITH w AS (SELECT @a::b::c(\")) INSERT OR ROLLBACK INTO t VALUES (1) --\"",
    "WITH w AS (SELECT :a(/*)) INSERT OR ROLLBACK INTO t VALUES (1) --*/",
    "WITH w AS (SELECT ?1, '') INSERT OR ROLLBACK INTO t VALUES (1) --'",
    "WITH w AS (SELECT 'a''b', \"a\"\"b\", [a'], `'`) INSERT OR ROLLBACK INTO t VALUES (1) --'",
    "WITH w AS (SELECT x'', 1 - -1, 1 -> 2, 4/2) INSERT OR ROLLBACK INTO t VALUES (1) --'",
    "WITH w AS (SELECT a\u{feff}) INSERT OR ROLLBACK INTO t VALUES (1)",
  ];
  for sql in clauses {
    let d1 = D1::with("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)");
    let mut failure = d1.json(&json!({ "sql": sql }));
    if failure["error"] == MISCOUNTED {
      failure = d1.json(&json!({ "sql": sql, "params": [1] }));
    }
    assert_eq!(failure["error"], UNIQUE, "{sql}: {failure}");
    d1.storage.pop().unwrap();
    d1.storage.pop().unwrap();
    d1.check("SELECT a FROM t", &json!([[1]]));
  }
}

#[test]
fn rollback_can_still_be_a_name_and_a_text() {
  let d1 = D1::with("CREATE TABLE t (a, rollback); INSERT INTO t VALUES (0, 1)");
  d1.check("SELECT a OR rollback FROM t", &json!([[1]]));
  d1.check(
    "SELECT 'INSERT OR ROLLBACK', \"rollback\", [rollback], `rollback` FROM t",
    &json!([["INSERT OR ROLLBACK", 1, 1, 1]]),
  );
  d1.check(
    "SELECT rollback -- INSERT OR ROLLBACK\n FROM t /* ON CONFLICT ROLLBACK",
    &json!([[1]]),
  );
  d1.check_error(
    "INSERT OR ROLLBACK nonsense",
    "near \"nonsense\": syntax error at offset 19: SQLITE_ERROR",
  );
}

#[test]
fn deferred_foreign_keys_are_checked_when_the_request_ends() {
  let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id));
    CREATE TABLE d (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)";
  let dangling =
    "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)";
  let base = D1::new();
  base.rows(schema);
  for d1 in [D1::with(schema), base] {
    let (on, off) = (
      "PRAGMA defer_foreign_keys = on",
      "PRAGMA defer_foreign_keys = off",
    );
    d1.batch(&["INSERT INTO d VALUES (1)", "INSERT INTO p VALUES (1)"])
      .unwrap();
    d1.batch(&[on, "INSERT INTO c VALUES (2)", "INSERT INTO p VALUES (2)"])
      .unwrap();
    d1.rows("INSERT INTO d VALUES (3); INSERT INTO p VALUES (3)");
    assert_eq!(
      d1.batch(&["INSERT INTO d VALUES (9)"]).unwrap_err(),
      dangling
    );
    assert_eq!(
      d1.batch(&[on, "INSERT INTO c VALUES (9)"]).unwrap_err(),
      dangling
    );
    assert_eq!(d1.batch(&[on, "DELETE FROM p"]).unwrap_err(), dangling);
    // The pragma ended with its request.
    d1.check_error("INSERT INTO c VALUES (9)", dangling);
    // SQLite itself forgets what was violated.
    d1.batch(&[on, "INSERT INTO c VALUES (9)", off]).unwrap();
    d1.check(
      "SELECT p FROM c UNION ALL SELECT p FROM d",
      &json!([[2], [9], [1], [3]]),
    );
  }
}

#[test]
fn pragmas_end_with_their_request() {
  let d1 = D1::with("");
  let names = [
    "recursive_triggers",
    "ignore_check_constraints",
    "legacy_alter_table",
    "reverse_unordered_selects",
    "defer_foreign_keys",
  ];
  for name in names {
    let (set, get) = (format!("PRAGMA {name} = on"), format!("PRAGMA {name}"));
    let results = d1.batch(&[&set, &get]).unwrap();
    assert_eq!(results[1]["results"]["rows"], json!([[1]]), "{name}");
    d1.check(&get, &json!([[0]]));
    d1.batch(&[&set, "nonsense"]).unwrap_err();
    d1.check(&get, &json!([[0]]));
  }
  d1.check(
    "PRAGMA case_sensitive_like = on; SELECT 'a' LIKE 'A'",
    &json!([[0]]),
  );
  d1.check("SELECT 'a' LIKE 'A'", &json!([[1]]));
  d1.check(
    "PRAGMA foreign_keys = off; SELECT foreign_keys FROM pragma_foreign_keys",
    &json!([[1]]),
  );
}

#[test]
fn meta_has_every_field() {
  let meta = D1::new().meta("CREATE TABLE t (a)");
  let expected = json!({
    "served_by": "vitest-pool-workerd", "served_by_primary": true, "total_attempts": 1,
    "timings": { "sql_duration_ms": 0 }, "duration": 0, "changes": 0, "last_row_id": 0,
    "changed_db": true, "size_after": 8192, "rows_read": 0, "rows_written": 2,
  });
  assert_eq!(meta, expected);
}

#[track_caller]
fn check_meta(d1: &D1, sql: &str, changes: u64, last_row_id: u64, changed_db: bool) {
  let meta = d1.meta(sql);
  let found = json!([meta["changes"], meta["last_row_id"], meta["changed_db"]]);
  assert_eq!(found, json!([changes, last_row_id, changed_db]), "{sql}");
}

#[test]
fn changes_count_triggers_and_last_row_id_stays() {
  let d1 = D1::with(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE); CREATE TABLE log (a);
     CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END",
  );
  check_meta(&d1, "INSERT INTO t VALUES (7, 1), (8, 2)", 4, 8, true);
  check_meta(&d1, "SELECT * FROM t", 0, 8, false);
  check_meta(&d1, "UPDATE t SET a = a + 10", 2, 8, true);
  check_meta(&d1, "UPDATE t SET a = 1 WHERE id = 99", 0, 8, false);
  check_meta(
    &d1,
    "INSERT INTO log VALUES (1); INSERT INTO log VALUES (2)",
    2,
    4,
    true,
  );
  check_meta(&d1, "DELETE FROM log", 4, 4, true);
  d1.check_error(
    "INSERT INTO t VALUES (50, 5); SELECT nope",
    "no such column: nope at offset 7: SQLITE_ERROR",
  );
  check_meta(&d1, "SELECT 1", 0, 50, false);
}

#[track_caller]
fn check_rows(d1: &D1, sql: &str, read: u64, written: u64) {
  let meta = d1.meta(sql);
  assert_eq!(
    json!([meta["rows_read"], meta["rows_written"]]),
    json!([read, written]),
    "{sql}"
  );
}

/// The approximation, where it agrees with the product.
#[test]
fn rows_are_counted() {
  let d1 = D1::new();
  d1.rows("CREATE TABLE t (id INTEGER PRIMARY KEY, x, u UNIQUE)");
  check_rows(&d1, "CREATE INDEX tx ON t (x)", 0, 1);
  d1.rows("CREATE TABLE w (a PRIMARY KEY, b) WITHOUT ROWID");
  assert_eq!(
    d1.meta("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)")["rows_written"],
    9
  );
  check_rows(&d1, "SELECT * FROM t", 3, 0);
  check_rows(&d1, "SELECT * FROM t WHERE x LIKE '%b'", 3, 0);
  check_rows(&d1, "SELECT * FROM t WHERE id = 2", 1, 0);
  check_rows(&d1, "SELECT max(id) FROM t", 1, 0);
  check_rows(&d1, "SELECT 1", 0, 0);
  check_rows(&d1, "SELECT value FROM json_each('[1,2,3]')", 3, 0);
  check_rows(&d1, "UPDATE t SET x = 'z' WHERE id = 1", 1, 2);
  check_rows(&d1, "UPDATE t SET x = 'y'", 3, 6);
  check_rows(&d1, "UPDATE t SET x = x, u = u", 3, 9);
  assert_eq!(d1.meta("UPDATE t SET id = id + 10")["rows_written"], 9);
  check_rows(&d1, "DELETE FROM t WHERE id = 13", 1, 1);
  check_rows(&d1, "DELETE FROM t", 0, 2);
  assert_eq!(
    d1.meta("INSERT INTO w VALUES (1, 2), (2, 3)")["rows_written"],
    2
  );
  assert_eq!(d1.meta("UPDATE w SET b = 5")["rows_written"], 2);
}
