//! D1's HTTP: requests to statements, results to responses. No HTTP type goes further in.

mod parameter;

use std::error::Error;

use hyper::ext::ReasonPhrase;
use hyper::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use self::parameter::{Parameter, replace_lone_surrogates};
use super::database::{self, D1Error};
use super::limits::Refusal;
use super::statement::{Meta, Outcome, Statement, Transaction, Value};
use crate::simulators::{BodyLimit, RequestBody, ResponseBody, answer};
use crate::storage::Storage;

/// D1 gives no limit of its own. Statements are parsed in memory, and stay there.
pub(in crate::simulators) const BODY_LIMIT: BodyLimit = BodyLimit {
  bytes_max: 128 * 1024 * 1024,
  memory_bytes_max: 128 * 1024 * 1024,
};

const BOOKMARK: HeaderName = HeaderName::from_static("x-cf-d1-session-commit-token");

/// Answers one request to the database with the id `database`.
pub(in crate::simulators) fn serve(
  database: &str,
  storage: &Storage,
  request: Request<RequestBody>,
) -> Response<ResponseBody> {
  tracing::trace!(database, method = %request.method(), target = %request.uri(), "d1 request");
  // There is nothing else to find here, since user code can reach this with any request.
  if !matches!(request.uri().path(), "/query" | "/execute") {
    return answer::refusal(StatusCode::NOT_FOUND, "Not Found");
  }
  if request.method() != Method::POST {
    return answer::refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
  }
  let format = Format::of(request.uri().query().unwrap_or_default());
  let transaction =
    read(request.into_body()).and_then(|statements| database::run(database, storage, &statements));
  match transaction {
    Ok(transaction) => write(&transaction, format),
    Err(D1Error::Refused(refusal)) => {
      failure(answer::ok(ResponseBody::default()), &refusal.to_string())
    }
    Err(error @ D1Error::Unreadable(_)) => {
      let response = answer::refusal(StatusCode::BAD_REQUEST, "Bad Request");
      failure(response, &error.to_string())
    }
    Err(error) => bug(&error),
  }
}

/// A failure of ours. D1's client looks at nothing but the body.
pub(in crate::simulators) fn bug(cause: &dyn Error) -> Response<ResponseBody> {
  let response = answer::bug("d1", cause);
  let reason = response
    .extensions()
    .get::<ReasonPhrase>()
    .map(|reason| reason.as_bytes().to_vec());
  failure(
    response,
    &String::from_utf8_lossy(&reason.unwrap_or_default()),
  )
}

/// How rows are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Format {
  RowsAndColumns,
  /// Everything else, even `NONE`: the client hands the results of `run()` to the user as they come.
  ArrayOfObjects,
}

impl Format {
  fn of(query: &str) -> Self {
    let format = query
      .split('&')
      .find_map(|pair| pair.strip_prefix("resultsFormat="));
    match format {
      Some("ROWS_AND_COLUMNS") => Self::RowsAndColumns,
      _ => Self::ArrayOfObjects,
    }
  }
}

#[derive(Deserialize)]
struct Entry {
  sql: String,
  params: Option<Vec<Parameter>>,
}

enum Entries {
  One(Entry),
  Many(Vec<Entry>),
}

fn read(body: RequestBody) -> Result<Vec<Statement>, D1Error> {
  if body.wire_bytes() > BODY_LIMIT.bytes_max {
    return Err(Refusal::RequestTooLarge.into());
  }
  let body = body.into_bytes().map_err(D1Error::Disk)?;
  let body = replace_lone_surrogates(&body);
  let entries = match parse(&body)? {
    Entries::One(entry) => vec![entry],
    Entries::Many(entries) => entries,
  };
  let statement = |entry: Entry| Statement {
    sql: entry.sql,
    parameters: entry
      .params
      .into_iter()
      .flatten()
      .map(|parameter| parameter.0)
      .collect(),
  };
  Ok(entries.into_iter().map(statement).collect())
}

/// The first character decides what is expected, so that an error is about that.
fn parse(body: &[u8]) -> Result<Entries, D1Error> {
  let is_array = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
  let entries = if is_array {
    serde_json::from_slice(body).map(Entries::Many)
  } else {
    serde_json::from_slice(body).map(Entries::One)
  };
  entries.map_err(D1Error::Unreadable)
}

fn failure(mut response: Response<ResponseBody>, error: &str) -> Response<ResponseBody> {
  #[derive(Serialize)]
  struct Failure<'a> {
    success: bool,
    error: &'a str,
  }
  let body = Failure {
    success: false,
    error,
  };
  let body = serde_json::to_vec(&body).expect("a string is always serializable");
  response
    .headers_mut()
    .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
  *response.body_mut() = body.into();
  with_json(response)
}

fn write(transaction: &Transaction, format: Format) -> Response<ResponseBody> {
  let mut body = b"[".to_vec();
  for (index, outcome) in transaction.outcomes.iter().enumerate() {
    if index > 0 {
      body.push(b',');
    }
    body.extend(br#"{"success":true,"results":"#);
    match format {
      Format::RowsAndColumns => write_rows(&mut body, outcome),
      Format::ArrayOfObjects => write_objects(&mut body, outcome),
    }
    body.extend(br#","meta":"#);
    write_json(&mut body, &MetaBody::from(&outcome.meta));
    body.push(b'}');
  }
  body.push(b']');
  let mut response = with_json(answer::ok(body));
  // The client keeps the greatest by `localeCompare`, so the form and the padding matter.
  let bookmark = format!("{:08x}-{:08x}-{:08x}-{:032x}", 0, transaction.commits, 0, 0);
  let bookmark = HeaderValue::from_str(&bookmark).expect("hex digits are a valid header value");
  response.headers_mut().insert(BOOKMARK, bookmark);
  response
}

fn with_json(mut response: Response<ResponseBody>) -> Response<ResponseBody> {
  let json = HeaderValue::from_static("application/json");
  response.headers_mut().insert(CONTENT_TYPE, json);
  response
}

fn write_rows(body: &mut Vec<u8>, outcome: &Outcome) {
  body.extend(br#"{"columns":"#);
  write_json(body, &outcome.columns);
  body.extend(br#","rows":"#);
  write_list(body, &outcome.rows, |body, row| {
    write_list(body, row, write_value);
  });
  body.push(b'}');
}

/// A column name that comes twice is written twice; a reader of JSON keeps the last.
fn write_objects(body: &mut Vec<u8>, outcome: &Outcome) {
  write_list(body, &outcome.rows, |body, row| {
    body.push(b'{');
    for (index, (column, value)) in outcome.columns.iter().zip(row).enumerate() {
      if index > 0 {
        body.push(b',');
      }
      write_json(body, column);
      body.push(b':');
      write_value(body, value);
    }
    body.push(b'}');
  });
}

fn write_list<T>(body: &mut Vec<u8>, items: &[T], write_item: impl Fn(&mut Vec<u8>, &T)) {
  body.push(b'[');
  for (index, item) in items.iter().enumerate() {
    if index > 0 {
      body.push(b',');
    }
    write_item(body, item);
  }
  body.push(b']');
}

fn write_value(body: &mut Vec<u8>, value: &Value) {
  match value {
    Value::Null => body.extend(b"null"),
    // JavaScript has doubles, and rounds what it reads. Infinite numbers become `null`.
    Value::Integer(integer) => write_json(body, integer),
    // Negative zero does not survive, as it does not in JavaScript's own JSON.
    Value::Real(0.0) => body.push(b'0'),
    Value::Real(real) => write_json(body, real),
    Value::Text(text) => write_json(body, text),
    Value::Blob(bytes) => write_json(body, bytes),
  }
}

fn write_json<T: Serialize + ?Sized>(body: &mut Vec<u8>, value: &T) {
  serde_json::to_writer(body, value).expect("plain data in memory is always serializable");
}

#[derive(Serialize)]
struct MetaBody {
  served_by: &'static str,
  served_by_primary: bool,
  total_attempts: u32,
  timings: Timings,
  duration: u64,
  changes: u64,
  last_row_id: i64,
  changed_db: bool,
  size_after: u64,
  rows_read: u64,
  rows_written: u64,
}

#[derive(Serialize)]
struct Timings {
  sql_duration_ms: u64,
}

impl From<&Meta> for MetaBody {
  fn from(meta: &Meta) -> Self {
    Self {
      served_by: "vitest-pool-workerd",
      served_by_primary: true,
      total_attempts: 1,
      timings: Timings {
        sql_duration_ms: meta.duration_ms,
      },
      duration: meta.duration_ms,
      changes: meta.changes,
      last_row_id: meta.last_row_id,
      changed_db: meta.changed_db,
      size_after: meta.size_after_bytes,
      rows_read: meta.rows_read,
      rows_written: meta.rows_written,
    }
  }
}
