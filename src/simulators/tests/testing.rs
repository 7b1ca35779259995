//! Requests and responses in memory, for the tests of all simulators.

use bytes::Bytes;
use hyper::http::{Request, Response};

use crate::simulators::queues::Broker;
use crate::simulators::records::Records;
use crate::simulators::{AssetsOf, RequestBody};
use crate::storage::{Database, Storage};

/// Answers a request as [`Simulators`](crate::simulators::Simulators) do that have no consumers of queues.
pub(in crate::simulators) fn serve(
  product: &str,
  resource: &str,
  storage: &Storage,
  request: Request<impl Into<RequestBody>>,
) -> Response<Bytes> {
  let request = request.map(Into::into);
  let state = (
    storage,
    &Broker::default(),
    &Records::default(),
    &AssetsOf::new(),
  );
  crate::simulators::serve(product, resource, state, request)
    .map(|body| body.read_all().expect("a test's disk can be read"))
}

/// The steps of SQLite's plan for `sql`, so that tests see which index it uses and whether it sorts.
pub(in crate::simulators) fn plan_of(database: &Database, sql: &str) -> Vec<String> {
  let explain = |connection: &rusqlite::Connection| -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    // Some read JSON, and any value will do for the others.
    (1..=statement.parameter_count())
      .try_for_each(|index| statement.raw_bind_parameter(index, "[]"))?;
    statement
      .raw_query()
      .mapped(|row| row.get("detail"))
      .collect()
  };
  database.run(explain).expect("the statement is valid")
}
