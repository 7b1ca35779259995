//! What the authorizer lets through.

use super::*;

const DENIED: &str = "not authorized: SQLITE_AUTH";

#[track_caller]
fn check_denied(statements: &[&str]) {
  for sql in statements {
    assert_eq!(
      D1::with("CREATE TABLE t (a)").batch(&[sql]),
      Err(DENIED.to_owned()),
      "{sql}"
    );
  }
}

#[track_caller]
fn check_allowed(statements: &[&str]) {
  for sql in statements {
    D1::with("CREATE TABLE t (a)")
      .batch(&[sql])
      .unwrap_or_else(|error| panic!("{sql}: {error}"));
  }
}

#[test]
fn other_databases_are_out_of_reach() {
  check_denied(&[
    "ATTACH ':memory:' AS x",
    "DETACH main",
    "CREATE TEMP TABLE x (a)",
    "CREATE TEMP VIEW x AS SELECT 1",
    "CREATE TABLE temp.x (a)",
    "CREATE VIEW temp.x AS SELECT 1",
    "CREATE TRIGGER temp.x AFTER INSERT ON t BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE temp.x USING fts5 (a)",
    "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
  ]);
}

#[test]
fn reserved_names_are_refused() {
  check_denied(&[
    "CREATE TABLE _cf_a (a)",
    "CREATE TABLE _CF_A (a)",
    "CREATE VIEW _cf_a AS SELECT 1",
    "CREATE INDEX _cf_i ON t (a)",
    "CREATE VIRTUAL TABLE _cf_f USING fts5 (a)",
    "CREATE TRIGGER _cf_t AFTER INSERT ON t BEGIN SELECT 1; END",
    "ALTER TABLE t RENAME TO _cf_t",
    "ALTER TABLE t RENAME TO _Cf_t",
    "PRAGMA table_info(_cf_METADATA)",
  ]);
  check_allowed(&[
    "ALTER TABLE t RENAME COLUMN a TO _cf_a",
    "CREATE TABLE x (_cf_a)",
    "CREATE TABLE _cfa (b)",
  ]);
  D1::with("").check_error(
    "SELECT * FROM _CF_nope",
    "no such table: _CF_nope: SQLITE_ERROR",
  );
}

#[test]
fn schema_changes_are_allowed() {
  check_allowed(&[
    "ALTER TABLE t RENAME TO u",
    "ALTER TABLE t RENAME COLUMN a TO b",
    "ALTER TABLE t ADD COLUMN b DEFAULT 1",
    "ALTER TABLE t ADD COLUMN b; ALTER TABLE t DROP COLUMN b",
    "DROP TABLE t",
    "REINDEX",
    "ANALYZE",
    "CREATE INDEX i ON t (a); DROP INDEX i",
    "CREATE VIEW v AS SELECT * FROM t; DROP VIEW v",
    "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t; END; DROP TRIGGER tr",
    "CREATE TABLE u AS SELECT * FROM t",
    "EXPLAIN SELECT * FROM t",
    "EXPLAIN QUERY PLAN SELECT * FROM t",
    "CREATE TABLE ai (id INTEGER PRIMARY KEY AUTOINCREMENT); UPDATE sqlite_sequence SET seq = 10",
    "SELECT * FROM sqlite_schema, sqlite_temp_schema",
    "CREATE VIRTUAL TABLE f USING fts5 (a); CREATE VIRTUAL TABLE v USING fts5vocab (f, 'row'); DROP TABLE f",
  ]);
}

#[test]
fn schema_cannot_be_written_directly() {
  let d1 = D1::with("");
  let expected = "table sqlite_master may not be modified: SQLITE_ERROR";
  d1.check_error("INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)", expected);
  d1.check_error("UPDATE sqlite_schema SET sql = ''", expected);
  d1.check_error("DELETE FROM sqlite_schema", expected);
  d1.rows("CREATE VIRTUAL TABLE f USING fts5 (a)");
  d1.check_error(
    "DELETE FROM f_data",
    "table f_data may not be modified: SQLITE_ERROR",
  );
}

#[test]
fn pragmas() {
  check_allowed(&[
    "PRAGMA table_list",
    "PRAGMA table_list(t)",
    "PRAGMA table_info(t)",
    "PRAGMA table_info = t",
    "PRAGMA main.table_info(t)",
    "PRAGMA table_xinfo('t')",
    "PRAGMA data_version",
    "PRAGMA page_size",
    "PRAGMA foreign_keys",
    "PRAGMA foreign_keys(1)",
    "PRAGMA Foreign_Keys = OFF",
    "PRAGMA recursive_triggers = 'true'",
    "PRAGMA foreign_key_check",
    "PRAGMA foreign_key_check(t)",
    "PRAGMA foreign_key_list(t)",
    "PRAGMA index_list(t)",
    "PRAGMA index_info(nope)",
    "PRAGMA index_xinfo(nope)",
    "PRAGMA quick_check",
    "PRAGMA quick_check(5)",
    "PRAGMA quick_check(t)",
    "PRAGMA optimize",
    "PRAGMA optimize(-1)",
    "PRAGMA optimize(0x10002)",
    "PRAGMA case_sensitive_like = yes",
    "SELECT * FROM pragma_table_info('t')",
  ]);
  check_denied(&[
    "PRAGMA table_info",
    "PRAGMA user_version",
    "PRAGMA user_version = 5",
    "SELECT * FROM pragma_user_version",
    "PRAGMA page_count",
    "PRAGMA page_size = 512",
    "PRAGMA data_version(1)",
    "PRAGMA integrity_check",
    "PRAGMA foreign_keys = maybe",
    "PRAGMA recursive_triggers = 2",
    "PRAGMA writable_schema = on",
    "PRAGMA foreign_key_list",
    "PRAGMA index_list",
    "PRAGMA temp.table_list",
    "PRAGMA optimize('x')",
    "PRAGMA function_list",
    "PRAGMA compile_options",
    "PRAGMA journal_mode",
    "PRAGMA nonsense",
    "PRAGMA database_list",
    "PRAGMA schema_version",
    "PRAGMA temp_store = 2",
    "PRAGMA max_page_count = 1",
    "PRAGMA cache_spill = 0",
    "PRAGMA hard_heap_limit = 1",
    "PRAGMA trusted_schema = 0",
    "PRAGMA incremental_vacuum",
  ]);
}

#[test]
fn functions() {
  let d1 = D1::with("");
  for name in [
    "sqlite_version()",
    "sqlite_source_id()",
    "sqlite_compileoption_get(1)",
    "unistr('a')",
    "fts5_source_id()",
    "subtype(1)",
    "json_pretty('{}')",
    "SQLITE_VERSION()",
  ] {
    let function = name.split('(').next().unwrap();
    let expected = format!("not authorized to use function: {function} at offset 7: SQLITE_ERROR");
    d1.check_error(&format!("SELECT {name}"), &expected);
  }
  for name in [
    "soundex('a')",
    "readfile('/etc/passwd')",
    "edit('a')",
    "sqlite_rename_table(1,2,3,4,5,6,7)",
  ] {
    let function = name.split('(').next().unwrap();
    let expected = format!("no such function: {function} at offset 7: SQLITE_ERROR");
    d1.check_error(&format!("SELECT {name}"), &expected);
  }
  check_allowed(&[
    "SELECT ABS(1), Lower('A'), current_timestamp, CURRENT_DATE, 'a' LIKE 'b', 1 -> 2",
    "SELECT row_number() OVER (), lag(1) OVER ()",
  ]);
}

#[test]
fn modules() {
  check_denied(&[
    "CREATE VIRTUAL TABLE x USING fts3 (a)",
    "CREATE VIRTUAL TABLE x USING dbstat",
    "CREATE VIRTUAL TABLE x USING json_each",
  ]);
  check_allowed(&[
    "CREATE VIRTUAL TABLE x USING FTS5 (a)",
    "CREATE VIRTUAL TABLE x USING rtree_i32 (id, a, b)",
  ]);
}
