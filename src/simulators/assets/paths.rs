//! Paths of URLs: decoding, encoding, and what a URL parser makes of them. Pure.

use std::borrow::Cow;

use percent_encoding::{
  AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};

/// What JavaScript's `encodeURIComponent` escapes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
  .remove(b'-')
  .remove(b'_')
  .remove(b'.')
  .remove(b'!')
  .remove(b'~')
  .remove(b'*')
  .remove(b'\'')
  .remove(b'(')
  .remove(b')');

/// What the URL standard escapes in a query, and what it escapes in a path besides.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');

/// The path as names of files, with one slash between them. Ends with a slash if `path` does.
pub(super) fn decode(path: &str) -> String {
  let decoded: Vec<_> = path.split('/').map(decode_segment).collect();
  collapse_slashes(&format!("/{}", decoded.join("/")))
}

/// The inverse of [`decode`], for a path that it has made.
pub(super) fn encode(path: &str) -> String {
  let segments: Vec<_> = path
    .split('/')
    .map(|segment| utf8_percent_encode(segment, COMPONENT).to_string())
    .collect();
  segments.join("/")
}

/// Literally, when there is a `%` without two digits after it, or bytes that are not UTF-8.
fn decode_segment(segment: &str) -> Cow<'_, str> {
  let is_escape = |rest: &str| {
    let digits = rest.as_bytes().get(..2);
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
  };
  if !segment.split('%').skip(1).all(is_escape) {
    return segment.into();
  }
  let decoded = percent_decode_str(segment).decode_utf8();
  decoded.unwrap_or_else(|_| segment.into())
}

/// One slash for each run of them.
pub(super) fn collapse_slashes(path: &str) -> String {
  let mut collapsed = String::with_capacity(path.len());
  for character in path.chars() {
    if character != '/' || !collapsed.ends_with('/') {
      collapsed.push(character);
    }
  }
  collapsed
}

/// Path, query and fragment; the last two begin with their `?` and `#`, and may be empty.
pub(super) fn split(target: &str) -> (&str, &str, &str) {
  let fragment_at = target.find('#').unwrap_or(target.len());
  let (rest, fragment) = target.split_at(fragment_at);
  let query_at = rest.find('?').unwrap_or(rest.len());
  let (path, query) = rest.split_at(query_at);
  (path, query, fragment)
}

/// A path as a URL parser would have it: backslashes are slashes, dot segments are resolved, and what has
/// to be escaped is. Begins with a slash.
pub(super) fn normalize(path: &str) -> String {
  let path = path.replace('\\', "/");
  let mut segments: Vec<&str> = Vec::new();
  let mut rest = path
    .strip_prefix('/')
    .unwrap_or(&path)
    .split('/')
    .peekable();
  while let Some(segment) = rest.next() {
    let is_last = rest.peek().is_none();
    let dots = segment.to_ascii_lowercase().replace("%2e", ".");
    match dots.as_str() {
      ".." => {
        segments.pop();
      }
      "." => {}
      _ => {
        segments.push(segment);
        continue;
      }
    }
    if is_last {
      segments.push("");
    }
  }
  format!("/{}", utf8_percent_encode(&segments.join("/"), PATH))
}

/// A query or a fragment as a URL parser would have it.
pub(super) fn normalize_rest(rest: &str) -> String {
  // Its own `#` is the first character.
  let (mark, rest) = rest.split_at(rest.len().min(1));
  format!("{mark}{}", utf8_percent_encode(rest, QUERY))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn decoding_goes_by_segments() {
    #[track_caller]
    fn check(path: &str, decoded: &str, encoded: &str) {
      assert_eq!(decode(path), decoded, "{path}");
      assert_eq!(encode(decoded), encoded, "{path}");
    }
    check("/", "/", "/");
    check("/sp%20ace/", "/sp ace/", "/sp%20ace/");
    check("/%c3%a9", "/é", "/%C3%A9");
    check("/%61%", "/%61%", "/%2561%25");
    check("/%61/%ff/%62", "/a/%ff/b", "/a/%25ff/b");
    check("/a%2Fb%2f", "/a/b/", "/a/b/");
    check("///a//b//", "/a/b/", "/a/b/");
    check("/a'b", "/a'b", "/a'b");
    check(
      "/~!@$&()*,;=:",
      "/~!@$&()*,;=:",
      "/~!%40%24%26()*%2C%3B%3D%3A",
    );
    check("", "/", "/");
  }

  #[test]
  fn rules_are_written_as_urls_are_parsed() {
    #[track_caller]
    fn check(path: &str, expected: &str) {
      assert_eq!(normalize(path), expected, "{path}");
    }
    check("/a", "/a");
    check("a", "/a");
    check("", "/");
    check("//a//b/", "//a//b/");
    check("/a/../b/./c", "/b/c");
    check("/a/..", "/");
    check("/a/b/%2E%2e/", "/a/");
    check("/../../a", "/a");
    check("/a\\b", "/a/b");
    check("/é \"<>|^`{}", "/%C3%A9%20%22%3C%3E|%5E%60%7B%7D");
    check("/%zz:x*", "/%zz:x*");
    assert_eq!(split("/a?b#c?d"), ("/a", "?b", "#c?d"));
    assert_eq!(split("/a#b?c"), ("/a", "", "#b?c"));
    assert_eq!(normalize_rest("?a b"), "?a%20b");
    assert_eq!(normalize_rest("#é"), "#%C3%A9");
    assert_eq!(normalize_rest(""), "");
  }
}
