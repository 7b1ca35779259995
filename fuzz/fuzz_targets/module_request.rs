//! Heads of requests: to whom they go, and what workerd asks of the module fallback. The first line is
//! the target, the others are headers.
#![cfg_attr(feature = "libfuzzer", no_main)]

use hyper::http::{HeaderName, HeaderValue, Request, Uri};
use vitest_pool_workerd::loopback::route::{Route, route};
use vitest_pool_workerd::module_fallback::request::FallbackRequest;

fuzz::target!(|bytes: &[u8]| {
  let mut lines = bytes.split(|byte| *byte == b'\n');
  let target = lines.next().unwrap_or_default();
  let query = fuzz::text(target);
  for method in ["import", "require", "internal", query] {
    let _ = FallbackRequest::parse(method, query);
  }
  let Ok(uri) = Uri::try_from(target) else {
    return;
  };
  let mut request = Request::new(());
  *request.uri_mut() = uri;
  for line in lines {
    let colon = line.windows(2).position(|bytes| bytes == b": ");
    let Some(colon) = colon else { continue };
    let name = HeaderName::from_bytes(&line[..colon]);
    let value = HeaderValue::from_bytes(&line[colon + 2..]);
    if let (Ok(name), Ok(value)) = (name, value) {
      request.headers_mut().append(name, value);
    }
  }
  let (head, ()) = request.into_parts();
  if let Route::Module(asked) = route(&head, "") {
    // Decoding never adds bytes, except where they are replaced.
    assert!(asked.specifier.len() <= 3 * target.len());
  }
});
