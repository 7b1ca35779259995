//! Laws that hold for whatever is stored and whatever arrives.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use hyper::http::Request;
use proptest::prelude::*;

use super::super::head::Headers;
use super::{CF_HEADER, Cache, NOW_S, SCHEME_HEADER, message, render, request};

/// Worker, cache and path.
type Place = (u8, u8, u8);

#[derive(Clone, Debug)]
enum Step {
  Put {
    place: Place,
    value: u8,
    seconds: u64,
  },
  Refuse {
    place: Place,
  },
  Delete {
    place: Place,
  },
  Advance {
    seconds: u64,
  },
  Push,
  Pop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
  let place = || (0..2u8, 0..2u8, 0..3u8);
  let step = prop_oneof![
    4 => (place(), any::<u8>(), 0..100u64)
      .prop_map(|(place, value, seconds)| Step::Put { place, value, seconds }),
    1 => place().prop_map(|place| Step::Refuse { place }),
    2 => place().prop_map(|place| Step::Delete { place }),
    1 => (0..50u64).prop_map(|seconds| Step::Advance { seconds }),
    1 => Just(Step::Push),
    1 => Just(Step::Pop),
  ];
  proptest::collection::vec(step, 0..40)
}

/// What is stored: value, and when it expires in seconds since the epoch.
type Model = BTreeMap<Place, (u8, u64)>;

fn send(cache: &Cache, method: &str, place: Place, body: Vec<u8>) -> String {
  let (worker, name, path) = place;
  let head = format!("{method} /{path}\ncf-cache-namespace: {name}");
  render(&cache.send_to(&worker.to_string(), request(&head, body)))
}

fn check_contents(cache: &Cache, model: &Model, now_s: u64) -> Result<(), TestCaseError> {
  for worker in 0..2 {
    for name in 0..2 {
      for path in 0..3 {
        let place = (worker, name, path);
        let entry = model
          .get(&place)
          .filter(|(_, expires_at_s)| *expires_at_s > now_s);
        let expected = entry.map_or("504".to_owned(), |(value, _)| format!("200 {value}"));
        prop_assert_eq!(send(cache, "GET", place, Vec::new()), expected);
      }
    }
  }
  Ok(())
}

proptest! {
  #[test]
  fn pop_restores_exactly_what_push_saw(steps in steps()) {
    let cache = Cache::new();
    let mut now_s = NOW_S;
    let mut models = vec![Model::new()];
    for step in steps {
      let model = models.last_mut().unwrap();
      match step {
        Step::Put { place, value, seconds } => {
          let headers = format!("Cache-Control: max-age={seconds}");
          let message = message("200 OK", &headers, &value.to_string());
          prop_assert_eq!(send(&cache, "PUT", place, message), "204");
          model.insert(place, (value, now_s + seconds));
        }
        Step::Refuse { place } => {
          let message = message("500 Oh no", "Cache-Control: max-age=60", "");
          prop_assert!(send(&cache, "PUT", place, message).starts_with("413"));
        }
        Step::Delete { place } => {
          let was_there = model.remove(&place).is_some_and(|(_, expires_at_s)| expires_at_s > now_s);
          let expected = if was_there { "200" } else { "404" };
          prop_assert_eq!(send(&cache, "PURGE", place, Vec::new()), expected);
        }
        Step::Advance { seconds } => {
          now_s += seconds;
          cache.clock.set_ms(now_s * 1000);
        }
        Step::Push => {
          cache.storage.push().unwrap();
          let top = model.clone();
          models.push(top);
        }
        Step::Pop if models.len() == 1 => prop_assert!(cache.storage.pop().is_err()),
        Step::Pop => {
          cache.storage.pop().unwrap();
          models.pop();
          check_contents(&cache, models.last().unwrap(), now_s)?;
        }
      }
    }
    check_contents(&cache, models.last().unwrap(), now_s)?;
  }

  #[test]
  fn ranges_are_slices_of_the_body(
    body in "[ -~]{1,30}",
    ranges in proptest::collection::vec((0..40usize, proptest::option::of(0..40usize)), 1..4),
  ) {
    let cache = Cache::new();
    cache.put("200 OK", "Cache-Control: max-age=60", &body);
    let asked: Vec<_> = ranges
      .iter()
      .map(|(first, last)| format!("{first}-{}", last.map_or(String::new(), |last| last.to_string())))
      .collect();
    let response = cache.send(&format!("GET /\nrange: bytes={}", asked.join(",")), "");
    let slices: Option<Vec<_>> = ranges
      .iter()
      .map(|&(first, last)| body.get(first..last.map_or(body.len(), |last| (last + 1).min(body.len()))))
      .map(|slice| slice.filter(|slice| !slice.is_empty()))
      .collect();
    match slices.as_deref() {
      None => prop_assert_eq!(response.status(), 416),
      Some([slice]) => {
        prop_assert_eq!(response.status(), 206);
        prop_assert_eq!(response.body(), slice.as_bytes());
      }
      Some(slices) => {
        prop_assert_eq!(response.status(), 206);
        let content_type = response.headers()["content-type"].to_str().unwrap();
        let (_, boundary) = content_type.split_once("boundary=").unwrap();
        let text = std::str::from_utf8(response.body()).unwrap();
        let text = text.strip_suffix(&format!("\r\n--{boundary}--")).unwrap();
        let text = format!("\r\n{text}");
        let delimiter = format!("\r\n--{boundary}\r\n");
        let parts: Vec<_> = text
          .split(delimiter.as_str())
          .skip(1)
          .map(|part| part.split_once("\r\n\r\n").unwrap().1)
          .collect();
        prop_assert_eq!(parts, slices);
      }
    }
  }

  #[test]
  fn headers_read_back_as_they_were_written(
    lines in proptest::collection::vec("[a-zA-Z0-9-]{1,8}: ?[!-~é]{0,3}[ \t]?[!-~é]{0,3}", 0..8),
  ) {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let headers = Headers::parse(lines.as_bytes()).unwrap();
    prop_assert_eq!(Headers::parse(&headers.to_lines()).unwrap(), headers);
  }

  #[test]
  fn nothing_in_a_message_makes_it_panic(
    beginning in "(HTTP/1.1 (200|404|204|[0-9]{1,4}) ?[ -~]{0,5}\r\n)?",
    headers in proptest::collection::vec(
      "(cache-control|expires|age|date|last-modified|etag|connection|content-length|set-cookie|content-type|[a-z]{1,3}): ?((max-age|s-maxage|private|immutable|public)(=[0-9a-z\"-]{0,22})?|[ -~\u{80}-\u{ff}]{0,12}|[0-9]{1,25}|(Thu|Fri), [0-9]{2} Jan [0-9]{4} 08:00:00 GMT)",
      0..6,
    ),
    garbage in proptest::collection::vec(any::<u8>(), 0..20),
    range in "bytes=[0-9,-]{0,12}",
  ) {
    let cache = Cache::new();
    let mut message = beginning.into_bytes();
    for header in headers {
      message.extend(header.as_bytes());
      message.extend(b"\r\n");
    }
    message.extend(b"\r\n");
    message.extend(garbage);
    for answer in [
      cache.send("PUT /", message),
      cache.send("GET /", ""),
      cache.send(&format!("GET /\nrange: {range}\nif-none-match: *"), ""),
      cache.send(&format!("GET /\nrange: {range}"), ""),
    ] {
      prop_assert!(!render(&answer).contains("panicked"), "{}", render(&answer));
    }
  }

  #[test]
  fn nothing_in_a_request_makes_it_panic(
    method in "GET|PUT|PURGE|[A-Z]{1,6}",
    target in "/[ -~]{0,20}",
    headers in proptest::collection::vec((0..8usize, any::<Vec<u8>>()), 0..8),
    body in any::<Vec<u8>>(),
  ) {
    const NAMES: [&str; 8] = [
      "host", SCHEME_HEADER, CF_HEADER, "cf-cache-namespace", "range", "if-none-match",
      "if-modified-since", "authorization",
    ];
    let cache = Cache::new();
    cache.put("200 OK", "Cache-Control: max-age=60\nETag: \"e\"\nLast-Modified: Thu, 14 Jan 2027 08:00:00 GMT", "body");
    let builder = Request::builder().method(method.as_str()).uri(target);
    let mut builder = builder.header("host", "example.com").header(SCHEME_HEADER, "http");
    for (name, value) in headers {
      builder = builder.header(NAMES[name], value);
    }
    if let Ok(request) = builder.body(Bytes::from(body)) {
      let answer = render(&cache.send_to("worker", request));
      prop_assert!(!answer.contains("panicked"), "{}", answer);
    }
  }
}
