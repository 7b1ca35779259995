//! Status, headers and what surrounds them, on the way in and out.

use hyper::ext::ReasonPhrase;

use super::{CF_HEADER, Cache, NOW, NOW_S, fresh, headers, render};

const FRESH: &str = "Cache-Control: max-age=60";

/// Puts a response with `stored` beside `FRESH`, and compares the headers of the hit.
#[track_caller]
fn check(stored: &str, expected: &str) {
  let cache = Cache::new();
  let put = cache.put("200 OK", &format!("{FRESH}\n{stored}"), "");
  assert_eq!(put, "204");
  let expected = format!("cache-control: max-age=60\n{expected}");
  assert_eq!(headers(&cache.send("GET /", "")), expected.trim_end());
}

#[test]
fn headers_come_back_as_they_were() {
  check("X-Y: z", "x-y: z");
  check("X-Y:  \t z ", "x-y: z");
  check("X-Y:\nX-Z: z", "x-y: \nx-z: z");
  check("X-Y: a: b", "x-y: a: b");
  check("X-Y: é日\t!", "x-y: é日\t!");
  check("X-Y: 1\nx-y: 2", "x-y: 1\nx-y: 2");
  check("x!#$%&'*+-.^_`|~0: y", "x!#$%&'*+-.^_`|~0: y");
  check(
    "Vary: Accept\nCache-Tag: a,b",
    "cache-tag: a,b\nvary: Accept",
  );
  check("Warning: 199 - \"x\"", "warning: 199 - \"x\"");
}

#[test]
fn headers_of_one_connection_do_not_come_back() {
  check("Connection: keep-alive\nKeep-Alive: timeout=5", "");
  check(
    "TE: trailers\nTrailer: X-Y\nUpgrade: h2c\nTransfer-Encoding: chunked",
    "",
  );
  check("Proxy-Authenticate: Basic\nProxy-Authorization: Basic", "");
  check("Connection: close, X-Hop\nX-Hop: 1\nX-End: 2", "x-end: 2");
}

#[test]
fn headers_of_the_put_request_are_not_stored() {
  let cache = Cache::new();
  let request = format!("PUT /\nx-y: z\ncontent-type: text/css\n{CF_HEADER}: {{}}\ncf-ray: 1");
  cache.check(&request, fresh("body"), "204");
  assert_eq!(
    headers(&cache.send("GET /", "")),
    "cache-control: max-age=60"
  );
}

#[test]
fn private_set_cookie_is_cut_out() {
  let cache = Cache::new();
  let check = |cache_control: &str, expected: &str| {
    let stored = format!("Cache-Control: {cache_control}\nSet-Cookie: a=b\nSet-Cookie: c=d");
    assert_eq!(cache.put("200 OK", &stored, "body"), "204");
    let expected = format!("cache-control: {expected}");
    assert_eq!(headers(&cache.send("GET /", "")), expected);
  };
  check("private=set-cookie, max-age=60", ", max-age=60");
  check("max-age=60, Private=Set-Cookie", "max-age=60,");
  check("private=set-cookie; max-age=60", "max-age=60");
}

#[test]
fn hit_says_when_it_was_stored_and_how_old_it_is() {
  let cache = Cache::new();
  let check = |age: &str, date: &str| {
    let response = cache.send("GET /", "");
    assert_eq!(response.headers()["age"], age);
    assert_eq!(response.headers()["date"], date);
    assert_eq!(
      response.headers().get_all("cf-cache-status").iter().count(),
      1
    );
  };
  let stored = format!("{FRESH}\nDate: Thu, 14 Jan 2027 00:00:00 GMT\nCF-Cache-Status: EXPIRED");
  cache.put("200 OK", &stored, "body");
  check("0", NOW);
  cache.clock.advance_ms(10_999);
  check("10", NOW);
  cache.clock.set_ms(NOW_S * 1000 - 5000);
  check("0", NOW);

  cache.clock.set_ms(NOW_S * 1000);
  cache.put("200 OK", &format!("{FRESH}\nAge: 7"), "body");
  check("7", NOW);
  cache.clock.advance_ms(10_000);
  check("17", NOW);
}

#[test]
fn clock_of_a_test_may_say_anything() {
  let cache = Cache::new();
  for now_ms in [
    0,
    1,
    253_402_300_799_999,
    253_402_300_800_000,
    i64::MAX as u64,
    u64::MAX,
  ] {
    cache.clock.set_ms(now_ms);
    cache.check("PUT /", fresh("body"), "204");
    let expected = if now_ms < i64::MAX as u64 {
      "200 body"
    } else {
      "504"
    };
    cache.check("GET /", "", expected);
  }
}

#[test]
fn status_text_comes_back() {
  let cache = Cache::new();
  let check = |status: &str, expected: &str| {
    assert_eq!(cache.put(status, FRESH, ""), "204");
    let response = cache.send("GET /", "");
    let reason = response.extensions().get::<ReasonPhrase>().unwrap();
    let reason = String::from_utf8_lossy(reason.as_bytes());
    assert_eq!(format!("{} {reason}", response.status().as_u16()), expected);
  };
  check("200 OK", "200 OK");
  check("200 Fine", "200 Fine");
  check("404 No such  thing ", "404 No such  thing ");
  check("200 ", "200 ");
  check("200", "200 ");
  check("200 Schön", "200 Schön");
}

#[test]
fn malformed_response_is_our_bug_and_leaves_the_older_entry() {
  let cache = Cache::new();
  cache.send("PUT /", fresh("older"));
  let check = |message: &[u8], expected: &str| {
    let bug =
      "500 Bug in vitest-pool-workerd, please report it: cache: cannot read the response of a put";
    cache.check("PUT /", message, &format!("{bug}: {expected}"));
    cache.check("GET /", "", "200 older");
  };
  check(b"", "there is no empty line");
  check(
    b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n",
    "there is no empty line",
  );
  check(b"HTTP/1.1 200 OK\n\nbody", "there is no empty line");
  check(b"\r\n\r\n", "`` is not a status line");
  check(
    b"HTTP/2 200 OK\r\n\r\n",
    "`HTTP/2 200 OK` is not a status line",
  );
  check(b"HTTP/1.1\r\n\r\n", "`HTTP/1.1` is not a status line");
  check(
    b"HTTP/1.1 20 OK\r\n\r\n",
    "`HTTP/1.1 20 OK` is not a status line",
  );
  check(
    b"HTTP/1.1 2000 OK\r\n\r\n",
    "`HTTP/1.1 2000 OK` is not a status line",
  );
  check(
    b"HTTP/1.1 +20 OK\r\n\r\n",
    "`HTTP/1.1 +20 OK` is not a status line",
  );
  check(b"HTTP/1.1 200 OK\r\nX-Y\r\n\r\n", "`X-Y` is no header");
  check(b"HTTP/1.1 200 OK\r\n: z\r\n\r\n", "`` is no header");
  check(b"HTTP/1.1 200 OK\r\n X-Y: z\r\n\r\n", "` X-Y` is no header");
  check(b"HTTP/1.1 200 OK\r\nX\xFF: z\r\n\r\n", "`X?` is no header");
}

#[test]
fn what_http_cannot_carry_is_refused() {
  let check = |status: &str, header: &str, expected: &str| {
    let put = Cache::new().put(status, &format!("{FRESH}\n{header}"), "");
    assert_eq!(put, format!("413 {expected} cannot be sent over HTTP"));
  };
  check("200 OK", "X-Y: a\x01b", "its header X-Y");
  check("200 OK", "X-Y: a\0", "its header X-Y");
  check("200 OK", "X-Y: a\x7Fb", "its header X-Y");
  check("200 O\x1BK", "", "its status text");
  let name = "x".repeat(65_536);
  let put = Cache::new().put("200 OK", &format!("{FRESH}\n{name}: y"), "");
  assert!(put.starts_with("413 its header xxx"), "{}", &put[..40]);
}

#[test]
fn head_of_128_kib_is_the_longest() {
  let cache = Cache::new();
  let with_head_of = |bytes: usize| {
    let mut message = format!("HTTP/1.1 200 OK\r\n{FRESH}\r\nX-Y:").into_bytes();
    message.resize(bytes - 4, b'z');
    message.extend(b"\r\n\r\nbody");
    message
  };
  cache.check("PUT /", with_head_of(128 * 1024), "204");
  cache.check("GET /", "", "200 body");
  let expected = "413 its status and headers are longer than 131072 bytes";
  cache.check("PUT /", with_head_of(128 * 1024 + 1), expected);
  cache.check("GET /", "", "200 body");
}

#[test]
fn headers_may_be_many() {
  let cache = Cache::new();
  // As many different names as fit: one, two and three characters.
  let characters = "0123456789abcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~";
  let mut message = b"HTTP/1.1 200 OK\r\nCache-Control:max-age=60\r\n".to_vec();
  let mut names = vec![String::new()];
  for index in 0.. {
    if message.len() + 9 > 128 * 1024 {
      break;
    }
    for character in characters.chars() {
      let name = format!("{}{character}", names[index]);
      if name != "te" && message.len() + 9 <= 128 * 1024 {
        message.extend(format!("{name}:\r\n").as_bytes());
      }
      names.push(name);
    }
  }
  message.extend(b"\r\n");
  cache.check("PUT /", message, "204");
  let response = cache.send("GET /", "");
  assert_eq!(response.status(), 200, "{}", render(&response));
  assert!(response.headers().len() > 20_000);
}
