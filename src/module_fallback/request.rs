//! workerd's question, as a value. Pure.
//!
//! The legacy module registry asks `GET /?specifier=…&referrer=…&rawSpecifier=…` with the header
//! `X-Resolve-Method`. Values are form-encoded UTF-8; percent signs of the specifier itself are
//! encoded too, so one decoding gives back what was written.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Which kind of statement asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResolveMethod {
  /// `import`, static or dynamic.
  Import,
  /// `require()`.
  Require,
}

/// A module that workerd looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallbackRequest {
  /// Who asks.
  pub method: ResolveMethod,
  /// The specifier, joined to the referrer's folder by workerd; the name under which the answer is
  /// kept for the life of the isolate.
  pub specifier: String,
  /// The specifier as the source has it.
  pub raw_specifier: String,
  /// The importing module, with a leading slash.
  pub referrer: String,
}

/// The header that every request of the module fallback has, and nothing else.
pub const METHOD_HEADER: &str = "x-resolve-method";

impl FallbackRequest {
  /// Reads a request; `None` if it is none of workerd's.
  #[must_use]
  pub fn parse(method: &str, query: &str) -> Option<Self> {
    let method = match method {
      "require" => ResolveMethod::Require,
      // `internal` comes from workerd's own modules, which import like everybody else.
      "import" | "internal" => ResolveMethod::Import,
      _ => return None,
    };
    let (mut specifier, mut raw_specifier, mut referrer) = (None, None, None);
    for pair in query.split('&') {
      let (name, value) = pair.split_once('=')?;
      match name {
        "specifier" => specifier = Some(decode(value)),
        "rawSpecifier" => raw_specifier = Some(decode(value)),
        "referrer" => referrer = Some(decode(value)),
        _ => {}
      }
    }
    let specifier = specifier?;
    let raw_specifier = raw_specifier.unwrap_or_else(|| specifier.clone());
    Some(Self {
      method,
      raw_specifier,
      specifier,
      referrer: referrer.unwrap_or_default(),
    })
  }
}

fn decode(value: &str) -> String {
  let spaces: Cow<'_, str> = if value.contains('+') {
    value.replace('+', " ").into()
  } else {
    value.into()
  };
  percent_decode_str(&spaces).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(query: &str, specifier: &str, raw_specifier: &str, referrer: &str) {
    let expected = FallbackRequest {
      method: ResolveMethod::Import,
      specifier: specifier.into(),
      raw_specifier: raw_specifier.into(),
      referrer: referrer.into(),
    };
    assert_eq!(FallbackRequest::parse("import", query), Some(expected));
  }

  #[test]
  fn queries_as_workerd_writes_them() {
    check(
      "specifier=%2Fa%2Fb.js&referrer=%2Fa%2Fc.js&rawSpecifier=.%2Fb.js",
      "/a/b.js",
      "./b.js",
      "/a/c.js",
    );
    check(
      "specifier=%2Fa+b%2F%C3%A9.mjs&referrer=%2Fx",
      "/a b/é.mjs",
      "/a b/é.mjs",
      "/x",
    );
    check(
      "specifier=%2Fp%2520q.mjs&referrer=%2Fx",
      "/p%20q.mjs",
      "/p%20q.mjs",
      "/x",
    );
    check(
      "specifier=%2FC%3A%2Fwin%2Fx.mjs&referrer=%2FC%3A%2Fwin%2Fy.mjs&rawSpecifier=.%2Fx.mjs",
      "/C:/win/x.mjs",
      "./x.mjs",
      "/C:/win/y.mjs",
    );
    check(
      "specifier=%2Fa%2Bb.mjs&referrer=%2Fx",
      "/a+b.mjs",
      "/a+b.mjs",
      "/x",
    );
  }

  #[test]
  fn other_requests_are_none() {
    assert_eq!(FallbackRequest::parse("import", ""), None);
    assert_eq!(FallbackRequest::parse("fetch", "specifier=%2Fa"), None);
    assert_eq!(FallbackRequest::parse("import", "referrer=%2Fa"), None);
  }
}
