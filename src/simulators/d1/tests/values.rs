//! Values on their way in and out.

use super::*;

#[test]
fn numbers_go_in_as_reals() {
  let d1 = D1::with("CREATE TABLE t (none, i INTEGER, r REAL, s TEXT)");
  let row = d1.bind(
    "SELECT typeof(?1), ?1/2, typeof(?2), typeof(?3), typeof(?4)",
    &json!([1, "a", null, [1, 2]]),
  );
  assert_eq!(row, json!([["real", 0.5, "text", "null", "blob"]]));
  d1.bind("INSERT INTO t VALUES (?1, ?1, ?1, ?1)", &json!([5]));
  let types = "SELECT typeof(none), typeof(i), typeof(r), typeof(s), s FROM t";
  d1.check(types, &json!([["real", "integer", "real", "text", "5.0"]]));
}

#[track_caller]
fn check_raw(sql: &str, expected: &str) {
  let response = D1::with("").send(
    "/query?resultsFormat=ROWS_AND_COLUMNS",
    json!({ "sql": sql }).to_string(),
  );
  let body = std::str::from_utf8(response.body()).unwrap();
  assert!(
    body.contains(&format!(r#""rows":[[{expected}]]"#)),
    "{body}"
  );
}

#[test]
fn values_come_out_as_javascript_has_them() {
  check_raw("SELECT 9007199254740993", "9007199254740993");
  check_raw(
    "SELECT -9223372036854775808, 9223372036854775807",
    "-9223372036854775808,9223372036854775807",
  );
  check_raw(
    "SELECT 1e400, -1e400, -0.0, 0.1, 1.0",
    "null,null,0,0.1,1.0",
  );
  check_raw("SELECT 1e21, 1e300, 5e-324", "1e+21,1e+300,5e-324");
  check_raw("SELECT NULL, 1 = 1, 'é\"' || char(10)", r#"null,1,"é\"\n""#);
  check_raw("SELECT x'', x'0102ff'", "[],[1,2,255]");
  check_raw(
    "SELECT CAST(x'ff41' AS TEXT), 'a' || char(0) || 'b'",
    r#""�A","a\u0000b""#,
  );
}

#[test]
fn numbers_survive_the_round_trip() {
  let d1 = D1::with("");
  let numbers = [
    0.1 + 0.2,
    1.797_693_134_862_315_7e308,
    5e-324,
    123_456_789.123_456_79,
    2.0_f64.powi(60),
    -1.5,
  ];
  for number in numbers {
    assert_eq!(
      d1.bind("SELECT ?", &json!([number]))[0][0].as_f64(),
      Some(number),
      "{number}"
    );
  }
}

#[test]
fn blobs_are_arrays_of_bytes() {
  let d1 = D1::with("CREATE TABLE t (a BLOB)");
  d1.bind("INSERT INTO t VALUES (?)", &json!([[0, 1, 255]]));
  d1.bind("INSERT INTO t VALUES (?)", &json!([[]]));
  d1.check(
    "SELECT a, typeof(a) FROM t",
    &json!([[[0, 1, 255], "blob"], [[], "blob"]]),
  );
  let hex = d1.bind("SELECT hex(?)", &json!([[1, 300, -1, 1.5, -0.5, 1e30]]));
  assert_eq!(hex, json!([["012CFF010000"]]));
}

#[test]
fn text_may_be_anything() {
  let d1 = D1::with("");
  for text in ["", "é日本😀", "a\0b", "'; DROP TABLE t; --", "\u{feff}"] {
    assert_eq!(d1.bind("SELECT ?", &json!([text])), json!([[text]]));
  }
}

#[track_caller]
fn check_json_text(escaped: &str, expected: &str) {
  let body = format!(r#"{{"sql":"SELECT ?","params":["{escaped}"]}}"#);
  let response = D1::with("").send("/query?resultsFormat=ROWS_AND_COLUMNS", body);
  let body: Value = serde_json::from_slice(response.body()).unwrap();
  assert_eq!(body[0]["results"]["rows"][0][0], expected, "{escaped}");
}

#[test]
fn half_a_surrogate_pair_is_three_replacement_characters() {
  check_json_text(r"\ud83d\ude00", "😀");
  check_json_text(r"a\ud800b", "a\u{fffd}\u{fffd}\u{fffd}b");
  check_json_text(r"\uDC00", "\u{fffd}\u{fffd}\u{fffd}");
  check_json_text(r"\ud800\ud83d\ude00", "\u{fffd}\u{fffd}\u{fffd}😀");
  check_json_text(r"\\ud800", r"\ud800");
  check_json_text(r"\\\ud800\n", "\\\u{fffd}\u{fffd}\u{fffd}\n");
  check_json_text(r"\ud7ff\ue000", "\u{d7ff}\u{e000}");
}

#[test]
fn extensions_of_sqlite_are_there() {
  let d1 = D1::with("CREATE TABLE g (a, b AS (a * 2) STORED, c GENERATED ALWAYS AS (a + 1))");
  d1.check(
    "SELECT pow(2, 3), floor(1.5), pi() > 3",
    &json!([[8.0, 1.0, 1]]),
  );
  d1.check(
    r#"SELECT json('{"x":1}') -> '$.x', json_extract('[5]', '$[0]')"#,
    &json!([["1", 5]]),
  );
  d1.check(
    "INSERT INTO g (a) VALUES (2) RETURNING a, b, c",
    &json!([[2, 4, 3]]),
  );
  d1.rows("CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f VALUES ('hello world')");
  d1.check(
    "SELECT highlight(f, 0, '<', '>') FROM f WHERE f MATCH 'hello'",
    &json!([["<hello> world"]]),
  );
  d1.rows("CREATE VIRTUAL TABLE r USING rtree (id, low, high); INSERT INTO r VALUES (1, 2, 3)");
  d1.check("SELECT id FROM r WHERE low > 1", &json!([[1]]));
  d1.check(
    "SELECT timediff('2024-01-01', '2023-01-01'), string_agg(1, ',')",
    &json!([["+0001-00-00 00:00:00.000", "1"]]),
  );
  d1.check(
    "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM c",
    &json!([[1], [2], [3]]),
  );
}
