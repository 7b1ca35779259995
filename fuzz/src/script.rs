//! Arbitrary bytes as a list of steps: requests, and storage frames in between.
//!
//! Steps are separated by lines of `%%`. A step begins with a line of words:
//!
//! ```text
//! kv a PUT /key?expiration_ttl=60    a request: product, resource, method, target
//! cf-kv-metadata: {"a":1}            its headers
//!                                    an empty line
//! value                              its body
//! %%
//! push                               a storage frame; also `pop` and `replace`
//! %%
//! late                               the next request began before a frame ended
//! %%
//! clock 1800000000000                the clock stops there; without a number it goes on
//! %%
//! take a 0                           leases the next batch of queue `a` to slot 0
//! %%
//! finish a 0                         settles it
//!
//! {"lease":0,"outcome":"ok"}         as this says
//! ```
//!
//! What fits nothing of this is left out. Where a format would break with every other mutation (a length
//! that has to be right, SQL within JSON), [`crate::stage`] completes what is missing.

use crate::{parts, text};

/// A step of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'a> {
  /// Begins a storage frame.
  Push,
  /// Ends one.
  Pop,
  /// Both.
  Replace,
  /// The next request began before a frame ended.
  Late,
  /// Stops the clock at so many milliseconds since the epoch, or lets it go on.
  Clock(Option<u64>),
  /// A request to a storage product.
  Request(Request<'a>),
  /// The runner asks for a batch.
  Take {
    /// Name of the queue.
    queue: &'a str,
    /// The consumer's slot.
    slot: u32,
  },
  /// The runner says what became of one.
  Finish {
    /// Name of the queue.
    queue: &'a str,
    /// The consumer's slot.
    slot: u32,
    /// JSON.
    result: &'a [u8],
  },
}

/// A request as a script has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
  /// As the route names it.
  pub product: &'a str,
  /// Likewise.
  pub resource: &'a str,
  /// The method, whatever it is.
  pub method: &'a [u8],
  /// Path and query.
  pub target: &'a [u8],
  /// In their order.
  pub headers: Vec<Header<'a>>,
  /// Everything behind the empty line.
  pub body: &'a [u8],
}

/// A header's name and value.
pub type Header<'a> = (&'a [u8], &'a [u8]);

/// The steps of a script.
pub fn steps(script: &[u8]) -> impl Iterator<Item = Step<'_>> {
  parts(script).filter_map(step)
}

fn step(part: &[u8]) -> Option<Step<'_>> {
  let (line, rest) = split(part, b"\n");
  let mut words = line.splitn(4, |byte| *byte == b' ');
  let mut word = || words.next();
  Some(match text(word()?) {
    "push" => Step::Push,
    "pop" => Step::Pop,
    "replace" => Step::Replace,
    "late" => Step::Late,
    "clock" => Step::Clock(word().and_then(|at_ms| text(at_ms).parse().ok())),
    "take" => Step::Take {
      queue: text(word()?),
      slot: text(word()?).parse().ok()?,
    },
    "finish" => Step::Finish {
      queue: text(word()?),
      slot: text(word()?).parse().ok()?,
      result: rest,
    },
    product => {
      let (resource, method, target) = (text(word()?), word()?, word()?);
      let (headers, body) = headers(rest);
      Step::Request(Request {
        product,
        resource,
        method,
        target,
        headers,
        body,
      })
    }
  })
}

/// Lines up to an empty one, and what follows it.
fn headers(mut rest: &[u8]) -> (Vec<Header<'_>>, &[u8]) {
  let mut headers = Vec::new();
  while !rest.is_empty() {
    let (line, after) = split(rest, b"\n");
    rest = after;
    if line.is_empty() {
      break;
    }
    headers.push(split(line, b": "));
  }
  (headers, rest)
}

/// What is before the first separator, and what is behind it.
fn split<'a>(bytes: &'a [u8], separator: &[u8]) -> (&'a [u8], &'a [u8]) {
  let at = bytes
    .windows(separator.len())
    .position(|window| window == separator);
  at.map_or((bytes, &[]), |at| {
    (&bytes[..at], &bytes[at + separator.len()..])
  })
}
