//! Requests and responses in memory, for the tests of all simulators.

use bytes::Bytes;
use hyper::http::{Request, Response};

use crate::simulators::RequestBody;
use crate::simulators::queues::Broker;
use crate::storage::Storage;

/// Answers a request as [`Simulators`](crate::simulators::Simulators) do that have no consumers of queues.
pub(in crate::simulators) fn serve(
  product: &str,
  resource: &str,
  storage: &Storage,
  request: Request<impl Into<RequestBody>>,
) -> Response<Bytes> {
  let request = request.map(Into::into);
  crate::simulators::serve(product, resource, storage, &Broker::default(), request)
    .map(|body| body.read_all().expect("a test's disk can be read"))
}
