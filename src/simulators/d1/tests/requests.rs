//! The HTTP side: targets, formats, bodies, bookmarks.

use super::*;
use crate::simulators::RequestBody;
use crate::storage::Migrations;

#[track_caller]
fn check_body(target: &str, body: &str, expected: &Value) {
  let response = D1::new().send(target, body);
  let body: Value = serde_json::from_slice(response.body()).unwrap();
  let results = &body[0]["results"];
  assert_eq!(results, expected, "{target}");
}

#[test]
fn format_of_results_depends_on_the_query_alone() {
  let body = r#"{"sql":"SELECT 1 AS a, 'x' AS b"}"#;
  let rows = json!({ "columns": ["a", "b"], "rows": [[1, "x"]] });
  let objects = json!([{ "a": 1, "b": "x" }]);
  check_body("/query?resultsFormat=ROWS_AND_COLUMNS", body, &rows);
  check_body("/execute?resultsFormat=ROWS_AND_COLUMNS", body, &rows);
  check_body("/query?resultsFormat=ARRAY_OF_OBJECTS", body, &objects);
  check_body("/execute?resultsFormat=NONE", body, &objects);
  check_body("/query?resultsFormat=SOMETHING", body, &objects);
  check_body("/query", body, &objects);
}

#[test]
fn last_column_of_a_name_wins_in_objects_but_all_are_in_rows() {
  let body = r#"{"sql":"SELECT 1 AS a, 2 AS a","params":null}"#;
  check_body("/query", body, &json!([{ "a": 2 }]));
  let rows = json!({ "columns": ["a", "a"], "rows": [[1, 2]] });
  check_body("/query?resultsFormat=ROWS_AND_COLUMNS", body, &rows);
}

#[test]
fn statement_without_rows_has_empty_results() {
  check_body(
    "/execute?resultsFormat=NONE",
    r#"{"sql":"CREATE TABLE t (a)"}"#,
    &json!([]),
  );
  let none = json!({ "columns": [], "rows": [] });
  let target = "/query?resultsFormat=ROWS_AND_COLUMNS";
  check_body(target, r#"{"sql":"CREATE TABLE t (a)"}"#, &none);
}

#[test]
fn batch_has_one_entry_for_each_statement() {
  let results = D1::new().batch(&["SELECT 1", "SELECT 2"]).unwrap();
  let rows: Vec<_> = results
    .iter()
    .map(|result| result["results"]["rows"].clone())
    .collect();
  assert_eq!(rows, [json!([[1]]), json!([[2]])]);
}

#[test]
fn nothing_but_queries_is_served() {
  let d1 = D1::new();
  for target in [
    "/dump",
    "/",
    "/query/",
    "/Query",
    "/nope?resultsFormat=NONE",
  ] {
    let response = d1.send(target, "");
    assert_eq!(response.status(), 404, "{target}");
    assert!(response.body().is_empty());
  }
  let request = Request::get("/query").body(Bytes::new()).unwrap();
  assert_eq!(serve("d1", "db", &d1.storage, request).status(), 405);
}

#[test]
fn unreadable_body_is_refused() {
  let d1 = D1::new();
  let bodies = [
    "",
    "nonsense",
    "{}",
    "5",
    "[5]",
    "[[]]",
    r#"{"sql":5}"#,
    r#"{"params":[]}"#,
    r#"{"sql":"SELECT ?","params":{}}"#,
    r#"{"sql":"SELECT ?","params":[{}]}"#,
    r#"{"sql":"SELECT ?","params":[true]}"#,
    r#"{"sql":"SELECT ?","params":[["a"]]}"#,
    r#"{"sql":"SELECT ?","params":[[[1]]]}"#,
    r#"{"sql":"SELECT ?","params":[1e999]}"#,
    "\u{feff}{}",
    r#"{"sql":"\ud8"#,
    r#"{"sql":"\"#,
    r#"{"sql":"\u"#,
    r#"{"sql":"SELECT 1"}}"#,
  ];
  let deep = "[".repeat(100_000);
  for body in bodies.into_iter().chain([deep.as_str()]) {
    let response = d1.send("/query", body);
    assert_eq!(response.status(), 400, "{body:.40}");
    let failure: Value = serde_json::from_slice(response.body()).unwrap();
    let expected = json!({ "success": false, "error": "cannot read the body of a D1 request" });
    assert_eq!(failure, expected);
  }
  assert_eq!(
    d1.send("/query", b"{\"sql\":\"\xFF\"}".as_slice()).status(),
    400
  );
}

#[test]
fn cut_body_is_refused() {
  let request = Request::post("/query")
    .body(RequestBody::cut(200_000_000))
    .unwrap();
  let response = serve("d1", "db", &D1::new().storage, request);
  let failure: Value = serde_json::from_slice(response.body()).unwrap();
  assert_eq!(failure["error"], "the request is larger than 128 MiB");
}

#[test]
fn success_carries_a_bookmark_that_grows_with_writes() {
  let d1 = D1::new();
  let bookmark = |sql: &str| {
    let response = d1.send("/query", json!({ "sql": sql }).to_string());
    response.headers()["x-cf-d1-session-commit-token"]
      .to_str()
      .unwrap()
      .to_owned()
  };
  let bookmark_of = |number| format!("00000000-{number:08x}-00000000-{:032x}", 0);
  assert_eq!(bookmark("SELECT 1"), bookmark_of(1));
  assert_eq!(bookmark("CREATE TABLE t (a)"), bookmark_of(2));
  assert_eq!(bookmark("SELECT * FROM t"), bookmark_of(2));
  for number in 3..20 {
    assert_eq!(bookmark("INSERT INTO t VALUES (1)"), bookmark_of(number));
  }
  let response = d1.send("/query", r#"{"sql":"nonsense"}"#);
  assert!(
    !response
      .headers()
      .contains_key("x-cf-d1-session-commit-token")
  );
}

#[test]
fn databases_share_nothing() {
  let d1 = D1::new();
  d1.rows("CREATE TABLE t (a)");
  let request = Request::post("/query").body(Bytes::from_static(br#"{"sql":"SELECT * FROM t"}"#));
  let response = serve("d1", "other", &d1.storage, request.unwrap());
  let failure: Value = serde_json::from_slice(response.body()).unwrap();
  assert_eq!(failure["error"], "no such table: t: SQLITE_ERROR");
}

#[test]
fn our_own_bug_is_named_in_the_body() {
  let d1 = D1::with("");
  let database = d1.storage.database("d1/db", Migrations::NONE).unwrap();
  let lost = database.run(|connection| connection.execute_batch("COMMIT"));
  assert!(lost.is_err());
  let response = d1.send("/query", r#"{"sql":"SELECT 1"}"#);
  assert_eq!(response.status(), 500);
  let failure: Value = serde_json::from_slice(response.body()).unwrap();
  assert_eq!(
    failure["error"],
    "Bug in vitest-pool-workerd, please report it: d1: database `d1/db` has lost the storage frame \
     at depth 2"
  );
}
