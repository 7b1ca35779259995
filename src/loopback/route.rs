//! Request head → who answers. Pure.

use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::blocking_call::BlockingCall;
use crate::module_fallback::request::{FallbackRequest, METHOD_HEADER};
use crate::protocol::ROUTE_HEADER;

/// Who answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
  /// A simulator, with the resource that the binding stands for.
  Simulator {
    /// `kv`, …
    product: String,
    /// The id of the namespace, bucket, …
    resource: String,
  },
  /// The module fallback.
  Module(FallbackRequest),
  /// The runner, which waits.
  Blocking(BlockingCall),
  /// Nobody. Only a bug of ours asks for it.
  Unknown,
}

/// Decides by the injected header. workerd sets it on every request from a binding, replacing one that
/// user code may have set, so a request without it comes from workerd itself. Of the modules that it asks
/// for, those whose name has the `secret` are calls of the runner's.
#[must_use]
pub fn route(head: &Parts, secret: &str) -> Route {
  if let Some(route) = head.headers.get(ROUTE_HEADER) {
    let decoded = route.to_str().ok().and_then(|route| route.split_once('/'));
    return decoded.map_or(Route::Unknown, |(product, resource)| Route::Simulator {
      product: product.into(),
      resource: percent_decode_str(resource)
        .decode_utf8_lossy()
        .into_owned(),
    });
  }
  let method = head
    .headers
    .get(METHOD_HEADER)
    .and_then(|method| method.to_str().ok());
  method
    .and_then(|method| FallbackRequest::parse(method, head.uri.query().unwrap_or_default()))
    .map_or(Route::Unknown, |request| {
      BlockingCall::parse(&request, secret).map_or_else(|| Route::Module(request), Route::Blocking)
    })
}

#[cfg(test)]
mod tests {
  use hyper::Request;

  use super::*;
  use crate::durable_objects::SnapshotId;
  use crate::protocol::{BLOCKING_CALL_MODULE, encode_resource};

  #[track_caller]
  fn check(headers: &[(&str, &str)], uri: &str, expected: &Route) {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
      request = request.header(*name, *value);
    }
    let head = request.body(()).unwrap().into_parts().0;
    assert_eq!(&route(&head, "s3cret"), expected);
  }

  #[test]
  fn the_injected_header_decides() {
    let kv = Route::Simulator {
      product: "kv".into(),
      resource: "a/é".into(),
    };
    let header = format!("kv/{}", encode_resource("a/é"));
    check(&[(ROUTE_HEADER, &header)], "/key", &kv);
    check(
      &[(ROUTE_HEADER, &header), (METHOD_HEADER, "import")],
      "/?specifier=%2Fa",
      &kv,
    );
    check(&[(ROUTE_HEADER, "nonsense")], "/", &Route::Unknown);
    check(&[], "/?specifier=%2Fa", &Route::Unknown);
  }

  #[test]
  fn without_it_workerd_asks_for_a_module() {
    let request = FallbackRequest::parse("import", "specifier=%2Fa").unwrap();
    check(
      &[(METHOD_HEADER, "import")],
      "/?specifier=%2Fa",
      &Route::Module(request),
    );
  }

  #[test]
  fn modules_that_only_the_runner_can_name_are_calls() {
    let uri = |secret: &str| format!("/?specifier=/{BLOCKING_CALL_MODULE}/{secret}/1/snapshot/7");
    let call = Route::Blocking(BlockingCall::Snapshot(SnapshotId(7)));
    check(&[(METHOD_HEADER, "require")], &uri("s3cret"), &call);
    let module = uri("other");
    let request = FallbackRequest::parse("require", &module[2..]).unwrap();
    check(
      &[(METHOD_HEADER, "require")],
      &module,
      &Route::Module(request),
    );
  }
}
