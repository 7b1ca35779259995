//! The status and headers of a stored response, and how they stand on the wire. Pure.

use super::limits::{HEAD_BYTES_MAX, Refusal};

/// What a header's name can have: `http` refuses more.
const NAME_BYTES_MAX: usize = 65_535;

/// Headers that concern one connection, and are not part of a response that is stored.
const HOP_BY_HOP: [&str; 8] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/// Headers that every hit gets anew.
const REPLACED: [&str; 4] = ["age", "cf-cache-status", "content-length", "date"];

/// Why a head cannot be read.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum HeadError {
  Refused(Refusal),
  /// Not something that workerd writes. Says what is wrong.
  Malformed(String),
}

/// Everything of a response but its body.
#[derive(Debug)]
pub(super) struct Head {
  pub(super) status: u16,
  /// As it was sent. May be empty, and need not be UTF-8.
  pub(super) reason: Vec<u8>,
  pub(super) headers: Headers,
  /// Its length on the wire, up to where the body begins.
  pub(super) bytes: u64,
}

impl Head {
  /// Reads the head at the beginning of `message`, which need not be all of it.
  pub(super) fn parse(message: &[u8]) -> Result<Self, HeadError> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = message.windows(END.len()).position(|bytes| bytes == END) else {
      return Err(if message.len() as u64 >= HEAD_BYTES_MAX {
        HeadError::Refused(Refusal::HeadTooLong)
      } else {
        HeadError::Malformed("there is no empty line".to_owned())
      });
    };
    // The last line keeps its end, so that a head without headers is no special case.
    let lines = &message[..end + 2];
    let line_end = lines.windows(2).position(|bytes| bytes == b"\r\n");
    let line_end = line_end.expect("the last line has its end");
    let (status, reason) = parse_status_line(&lines[..line_end])?;
    Ok(Self {
      status,
      reason: reason.to_vec(),
      headers: Headers::parse(&lines[line_end + 2..])?,
      bytes: (end + END.len()) as u64,
    })
  }
}

fn parse_status_line(line: &[u8]) -> Result<(u16, &[u8]), HeadError> {
  let malformed = || {
    let line = String::from_utf8_lossy(line);
    HeadError::Malformed(format!("`{line}` is not a status line"))
  };
  let mut words = line.splitn(3, |&byte| byte == b' ');
  let (version, status) = (words.next(), words.next());
  let reason = words.next().unwrap_or_default();
  if !version.is_some_and(|version| version.starts_with(b"HTTP/1.")) {
    return Err(malformed());
  }
  let digits = status
    .filter(|status| status.len() == 3 && status.iter().all(u8::is_ascii_digit))
    .ok_or_else(malformed)?;
  let status = digits
    .iter()
    .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
  if !is_sendable(reason) {
    let place = "its status text".to_owned();
    return Err(HeadError::Refused(Refusal::Unsendable { place }));
  }
  Ok((status, reason))
}

/// A header as it stands in a response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Header {
  /// Lower case.
  pub(super) name: String,
  pub(super) value: Vec<u8>,
}

/// Headers in their order. A name may occur more than once.
///
/// Invariant: names and values can be sent over HTTP.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Headers(Vec<Header>);

impl Headers {
  /// Reads lines, of which each has its end.
  pub(super) fn parse(lines: &[u8]) -> Result<Self, HeadError> {
    let mut headers = Vec::new();
    let mut rest = lines;
    while let Some(end) = rest.windows(2).position(|bytes| bytes == b"\r\n") {
      headers.push(parse_header(&rest[..end])?);
      rest = &rest[end + 2..];
    }
    Ok(Self(headers))
  }

  /// What [`parse`](Self::parse) reads.
  pub(super) fn to_lines(&self) -> Vec<u8> {
    let mut lines = Vec::new();
    for header in &self.0 {
      lines.extend(header.name.as_bytes());
      lines.push(b':');
      lines.extend(&header.value);
      lines.extend(b"\r\n");
    }
    lines
  }

  pub(super) fn iter(&self) -> impl Iterator<Item = &Header> {
    self.0.iter()
  }

  pub(super) fn has(&self, name: &str) -> bool {
    self.0.iter().any(|header| header.name == name)
  }

  pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
    let mut found = self.0.iter().filter(|header| header.name == name);
    found.next().map(|header| header.value.as_slice())
  }

  /// All values of `name`, joined as JavaScript's `Headers` joins them. Bytes that are not UTF-8 are
  /// replaced, since no value that means anything has them.
  pub(super) fn text(&self, name: &str) -> Option<String> {
    let values = self.0.iter().filter(|header| header.name == name);
    let values: Vec<_> = values
      .map(|header| String::from_utf8_lossy(&header.value))
      .collect();
    (!values.is_empty()).then(|| values.join(", "))
  }

  /// Puts `value` in place of all values of `name`. It must be made of what was there.
  pub(super) fn replace(&mut self, name: &str, value: &str) {
    self.remove(name);
    self.0.push(Header {
      name: name.to_owned(),
      value: value.as_bytes().to_vec(),
    });
  }

  pub(super) fn remove(&mut self, name: &str) {
    self.0.retain(|header| header.name != name);
  }

  /// Removes what a hit does not repeat: headers that concern one connection, those that the header
  /// `Connection` names, and those that a hit has its own of.
  pub(super) fn remove_unstored(&mut self) {
    let connection = self.text("connection").unwrap_or_default();
    let named: Vec<_> = connection
      .split(',')
      .map(|name| name.trim().to_ascii_lowercase())
      .collect();
    self.0.retain(|header| {
      let name = header.name.as_str();
      !HOP_BY_HOP.contains(&name)
        && !REPLACED.contains(&name)
        && !named.iter().any(|named| named == name)
    });
  }
}

fn parse_header(line: &[u8]) -> Result<Header, HeadError> {
  let colon = line.iter().position(|&byte| byte == b':');
  let name = colon.map_or(line, |colon| &line[..colon]);
  let shown = || String::from_utf8_lossy(name).into_owned();
  let Some(colon) = colon.filter(|_| !name.is_empty() && name.iter().all(is_token)) else {
    return Err(HeadError::Malformed(format!("`{}` is no header", shown())));
  };
  let value = line[colon + 1..].trim_ascii();
  if name.len() > NAME_BYTES_MAX || !is_sendable(value) {
    let place = format!("its header {}", shown());
    return Err(HeadError::Refused(Refusal::Unsendable { place }));
  }
  Ok(Header {
    name: shown().to_ascii_lowercase(),
    value: value.to_vec(),
  })
}

/// What may stand in a header's name.
fn is_token(byte: &u8) -> bool {
  byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// Whether hyper takes it as a header's value, or as a reason phrase.
fn is_sendable(text: &[u8]) -> bool {
  text
    .iter()
    .all(|byte| *byte == b'\t' || !byte.is_ascii_control())
}
