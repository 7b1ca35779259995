//! For how long a response may be found, by the rules of RFC 9111 for a cache that users share. Pure.
//!
//! Written by hand although crates do this (`http-cache-semantics` is a port of what the oracle uses):
//! they read numbers and repeated directives differently from the oracle, and panic on an `Age` that
//! is large enough. What is left when revalidation and requests' directives are taken out is short.

use std::time::UNIX_EPOCH;

use super::head::Headers;
use super::limits::Refusal;

/// Statuses that are stored at all. 204 is missing, unlike in the RFC: the oracle, which cannot make a
/// 204 with a body, refuses it.
const STORED: [u16; 13] = [
  200, 203, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501,
];
/// Those of [`STORED`] that are stored without an explicit time to live only when `public` says so.
const STORED_WHEN_EXPLICIT: [u16; 3] = [302, 303, 307];
/// Time to live of `immutable` where nothing else sets one.
const IMMUTABLE_MS: i64 = 24 * 60 * 60 * 1000;
/// What of the time since `Last-Modified` a response may be used for when nothing else sets a time to
/// live: a tenth.
const HEURISTIC_DIVISOR: i64 = 10;

/// Cuts the directive `private=set-cookie` out of `Cache-Control`, and does what it says: the response
/// may be stored, and its `Set-Cookie` may not.
///
/// What is left of the header is in lower case and has one comma too many, like the oracle's.
pub(super) fn apply_private_set_cookie(headers: &mut Headers) {
  const DIRECTIVE: &str = "private=set-cookie";
  let Some(cache_control) = headers.text("cache-control") else {
    return;
  };
  let cache_control = cache_control.to_ascii_lowercase();
  let Some((before, after)) = cache_control.split_once(DIRECTIVE) else {
    return;
  };
  let rest = format!("{before}{}", after.strip_prefix(';').unwrap_or(after));
  headers.replace("cache-control", rest.trim());
  headers.remove("set-cookie");
}

/// Milliseconds that a response which arrives now may be found for. Zero means never.
///
/// `authorized` says whether the request for it had `Authorization`.
pub(super) fn time_to_live_ms(
  status: u16,
  headers: &Headers,
  authorized: bool,
  now_ms: i64,
) -> Result<i64, Refusal> {
  let directives = Directives::of(headers);
  check_storable(status, headers, &directives, authorized)?;
  let lifetime_ms = lifetime_ms(headers, &directives, now_ms);
  let age_ms = age_s(headers).saturating_mul(1000);
  Ok(lifetime_ms.saturating_sub(age_ms).max(0))
}

/// Seconds that a response spent in other caches, as it says itself.
pub(super) fn age_s(headers: &Headers) -> i64 {
  let age = headers.text("age").unwrap_or_default();
  parse_int(&age).unwrap_or(0).max(0)
}

fn check_storable(
  status: u16,
  headers: &Headers,
  directives: &Directives,
  authorized: bool,
) -> Result<(), Refusal> {
  if !STORED.contains(&status) {
    return Err(Refusal::Status { status });
  }
  for directive in ["no-store", "private"] {
    if directives.has(directive) {
      let directive = directive.to_owned();
      return Err(Refusal::Directive { directive });
    }
  }
  if headers.has("set-cookie") {
    return Err(Refusal::SetCookie);
  }
  let has_any = |names: &[&str]| names.iter().any(|name| directives.has(name));
  if authorized && !has_any(&["must-revalidate", "public", "s-maxage"]) {
    return Err(Refusal::Authorization);
  }
  let explicit = has_any(&["max-age", "s-maxage", "public"]) || expires(headers).is_some();
  if STORED_WHEN_EXPLICIT.contains(&status) && !explicit {
    return Err(Refusal::NotExplicit { status });
  }
  Ok(())
}

/// Milliseconds from its making that a response is fresh for.
fn lifetime_ms(headers: &Headers, directives: &Directives, now_ms: i64) -> i64 {
  // `no-cache` allows storing for the sake of revalidation, which the Cache API has none of.
  if directives.has("no-cache") || directives.has("proxy-revalidate") {
    return 0;
  }
  for directive in ["s-maxage", "max-age"] {
    if directives.has(directive) {
      return directives.seconds(directive).saturating_mul(1000);
    }
  }
  let least = if directives.has("immutable") {
    IMMUTABLE_MS
  } else {
    0
  };
  let date = headers.text("date");
  let made_at_ms = date.and_then(|date| parse_date_ms(&date)).unwrap_or(now_ms);
  if let Some(expires) = expires(headers) {
    // What is no date has expired, by the RFC; `0` is common.
    return match parse_date_ms(&expires) {
      Some(expires_at_ms) if expires_at_ms >= made_at_ms => least.max(expires_at_ms - made_at_ms),
      _ => 0,
    };
  }
  let last_modified = headers.text("last-modified");
  let modified_at_ms = last_modified.and_then(|date| parse_date_ms(&date));
  modified_at_ms.map_or(least, |modified_at_ms| {
    least.max((made_at_ms - modified_at_ms) / HEURISTIC_DIVISOR)
  })
}

fn expires(headers: &Headers) -> Option<String> {
  headers
    .text("expires")
    .filter(|expires| !expires.is_empty())
}

/// `Cache-Control` of a response, and what stands in for it.
#[derive(Debug)]
struct Directives(Vec<(String, Option<String>)>);

impl Directives {
  fn of(headers: &Headers) -> Self {
    let Some(cache_control) = headers.text("cache-control") else {
      let pragma = headers.text("pragma").unwrap_or_default();
      let no_cache = pragma
        .contains("no-cache")
        .then(|| ("no-cache".to_owned(), None));
      return Self(no_cache.into_iter().collect());
    };
    let directives = cache_control.split(',').map(|directive| {
      let mut parts = directive.split('=').map(str::trim);
      let name = parts.next().unwrap_or_default();
      (name.to_owned(), parts.next().map(unquote))
    });
    Self(directives.collect())
  }

  /// Whether there is such a directive. One with an empty value, `max-age=`, is none.
  fn has(&self, name: &str) -> bool {
    self
      .find(name)
      .is_some_and(|value| value.is_none_or(|value| !value.is_empty()))
  }

  /// The number of a directive; zero where it has none.
  fn seconds(&self, name: &str) -> i64 {
    let value = self.find(name).flatten();
    value.and_then(parse_int).unwrap_or(0)
  }

  /// The last one counts.
  fn find(&self, name: &str) -> Option<Option<&str>> {
    let mut found = self.0.iter().rev().filter(|(found, _)| found == name);
    found.next().map(|(_, value)| value.as_deref())
  }
}

/// Takes away one quotation mark at each end, if there is one.
fn unquote(value: &str) -> String {
  let value = value.strip_prefix('"').unwrap_or(value);
  value.strip_suffix('"').unwrap_or(value).to_owned()
}

/// Reads `text` like JavaScript's `parseInt` with base 10: garbage at the end is ignored. Saturates.
fn parse_int(text: &str) -> Option<i64> {
  let text = text.trim_start();
  let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
  let mut digits = unsigned
    .chars()
    .map_while(|digit| digit.to_digit(10))
    .map(i64::from)
    .peekable();
  digits.peek()?;
  let number = digits.fold(0_i64, |number, digit| {
    number.saturating_mul(10).saturating_add(digit)
  });
  Some(if text.starts_with('-') {
    -number
  } else {
    number
  })
}

/// Milliseconds since the epoch of a date in a header, in any of the three forms that HTTP knows.
pub(super) fn parse_date_ms(text: &str) -> Option<i64> {
  let time = httpdate::parse_http_date(text).ok()?;
  let since_epoch = time.duration_since(UNIX_EPOCH).ok()?;
  i64::try_from(since_epoch.as_millis()).ok()
}
