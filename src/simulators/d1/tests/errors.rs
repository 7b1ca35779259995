//! The text of every error, at the base and inside of frames.

use super::*;

const SCHEMA: &str = "
  CREATE TABLE a (id INTEGER PRIMARY KEY, x NOT NULL, y CHECK (y>0), u UNIQUE);
  INSERT INTO a VALUES (1, 1, 1, 1);
  CREATE TABLE st (a INT) STRICT;
  CREATE TABLE child (a REFERENCES a (id));
  CREATE TABLE deferred (a REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);
  CREATE TRIGGER no_delete BEFORE DELETE ON a BEGIN SELECT RAISE(ABORT, 'no delete'); END";

#[track_caller]
fn check(sql: &str, expected: &str) {
  D1::with(SCHEMA).check_error(sql, expected);
  let base = D1::new();
  base.rows(SCHEMA);
  base.check_error(sql, expected);
  base.check("SELECT * FROM a", &json!([[1, 1, 1, 1]]));
}

#[track_caller]
fn check_constraint(sql: &str, message: &str, extended: &str) {
  let expected = format!("{message}: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_{extended})");
  check(sql, &expected);
}

#[test]
fn syntax() {
  check(
    "SELEC",
    r#"near "SELEC": syntax error at offset 0: SQLITE_ERROR"#,
  );
  check("SELECT (", "incomplete input: SQLITE_ERROR");
  check(
    "SELECT 'a",
    r#"unrecognized token: "'a" at offset 7: SQLITE_ERROR"#,
  );
}

#[test]
fn names() {
  check("SELECT * FROM nope", "no such table: nope: SQLITE_ERROR");
  check(
    "SELECT nocol",
    "no such column: nocol at offset 7: SQLITE_ERROR",
  );
  check(
    "SELECT nofunc()",
    "no such function: nofunc at offset 7: SQLITE_ERROR",
  );
  check(
    "CREATE TABLE a (b)",
    "table a already exists at offset 13: SQLITE_ERROR",
  );
  check(
    "SELECT 1 FROM a INDEXED BY nope",
    "no such index: nope: SQLITE_ERROR",
  );
}

#[test]
fn constraints() {
  check_constraint(
    "INSERT INTO a VALUES (2, NULL, 1, 2)",
    "NOT NULL constraint failed: a.x",
    "NOTNULL",
  );
  check_constraint(
    "INSERT INTO a VALUES (2, 1, 0, 2)",
    "CHECK constraint failed: y>0",
    "CHECK",
  );
  check_constraint(
    "INSERT INTO a VALUES (2, 1, 1, 1)",
    "UNIQUE constraint failed: a.u",
    "UNIQUE",
  );
  check_constraint(
    "INSERT INTO a VALUES (1, 1, 1, 2)",
    "UNIQUE constraint failed: a.id",
    "PRIMARYKEY",
  );
  check_constraint(
    "INSERT INTO child VALUES (9)",
    "FOREIGN KEY constraint failed",
    "FOREIGNKEY",
  );
  check_constraint(
    "INSERT INTO deferred VALUES (9)",
    "FOREIGN KEY constraint failed",
    "FOREIGNKEY",
  );
  check_constraint(
    "INSERT INTO st VALUES ('x')",
    "cannot store TEXT value in INT column st.a",
    "DATATYPE",
  );
  check_constraint("DELETE FROM a", "no delete", "TRIGGER");
}

#[test]
fn values() {
  check("SELECT json('{')", "malformed JSON: SQLITE_ERROR");
  check(
    "SELECT abs(-9223372036854775808)",
    "integer overflow: SQLITE_ERROR",
  );
  check("SELECT load_extension('x')", "not authorized: SQLITE_ERROR");
  check(
    "INSERT INTO a (id, x) VALUES ('one', 1)",
    "datatype mismatch: SQLITE_MISMATCH",
  );
}

#[test]
fn transaction_control() {
  let expected = "To execute a transaction, please use the state.storage.transaction() or \
    state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT \
    statements. The JavaScript API is safer because it will automatically roll back on exceptions, \
    and because it interacts correctly with Durable Objects' automatic atomic write coalescing.";
  let statements = [
    "BEGIN",
    "begin immediate",
    "COMMIT",
    "END",
    "ROLLBACK",
    "SAVEPOINT a",
    "RELEASE a",
    "ROLLBACK TO a",
    "RELEASE frame_1",
    "ROLLBACK TO frame_1",
    "RELEASE d1_request",
    "EXPLAIN BEGIN",
    "/* c */ ;; COMMIT",
    "SELECT 1; COMMIT",
  ];
  for sql in statements {
    check(sql, expected);
  }
  check(
    "VACUUM",
    "cannot VACUUM from within a transaction: SQLITE_ERROR",
  );
  check(
    "VACUUM INTO 'x'",
    "cannot VACUUM from within a transaction: SQLITE_ERROR",
  );
}

#[test]
fn limits() {
  let list = |item: &str, separator: &str, count| vec![item; count].join(separator);
  let columns = |count: usize| {
    let columns: Vec<_> = (0..count).map(|number| format!("c{number}")).collect();
    columns.join(",")
  };
  let d1 = D1::new();
  d1.rows(&format!("SELECT {}", list("1", ",", 100)));
  d1.rows(&format!("CREATE TABLE wide ({})", columns(100)));
  d1.rows(&format!("SELECT {}", list("1", " UNION SELECT ", 5)));
  d1.rows("SELECT zeroblob(8388608) IS NULL");
  d1.rows(&format!("SELECT 1 LIKE '{}'", "a".repeat(50)));
  check(
    &format!("SELECT {}", list("1", ",", 101)),
    "too many columns in result set: SQLITE_ERROR",
  );
  check(
    &format!("CREATE TABLE w ({})", columns(101)),
    "too many columns on w: SQLITE_ERROR",
  );
  check(
    &format!("SELECT {}", list("1", " UNION SELECT ", 6)),
    "too many terms in compound SELECT: SQLITE_ERROR",
  );
  check(
    &format!("SELECT 1 LIKE '{}'", "a".repeat(51)),
    "LIKE or GLOB pattern too complex: SQLITE_ERROR",
  );
  check(
    &format!("SELECT {}1", "1+".repeat(101)),
    "Expression tree is too large (maximum depth 100): SQLITE_ERROR",
  );
  check(
    "SELECT zeroblob(9000000)",
    "string or blob too big: SQLITE_TOOBIG",
  );
  check(
    &format!("SELECT 1 {}", " ".repeat(100_000)),
    "statement too long: SQLITE_TOOBIG",
  );
  check(
    &format!("SELECT {}", list("?", ",", 101)),
    "too many SQL variables at offset 207: SQLITE_ERROR",
  );
}

#[test]
fn result_that_would_not_fit_into_memory_is_refused() {
  let endless = "WITH RECURSIVE c (x) AS (SELECT zeroblob(8000000) UNION ALL SELECT x FROM c)
    SELECT x FROM c";
  D1::with("").check_error(endless, "the result is larger than 256 MiB");
}

#[test]
fn codes_without_a_name_are_numbers() {
  let describe = super::super::sqlite_code::describe;
  assert_eq!(describe("m", Some(3), 1), "m at offset 3: SQLITE_ERROR");
  assert_eq!(describe("m", None, 100), "m: 100");
  assert_eq!(
    describe("m", None, 0x0F01),
    "m: SQLITE_ERROR (extended: 3841)"
  );
  assert_eq!(describe("m", None, -1), "m: 255 (extended: -1)");
}
