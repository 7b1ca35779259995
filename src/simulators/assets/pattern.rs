//! Patterns of `_redirects` and `_headers`: text with one splat and any number of placeholders. Pure.
//!
//! A splat `*` stands for any characters, a placeholder `:name` for some without a slash, and in a host
//! without a dot. Both take as much as they can.

use std::collections::{BTreeMap, HashSet};

/// Text to compare with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Token {
  Literal(String),
  Splat,
  Placeholder { name: String, is_host: bool },
}

/// The name under which the match of a splat is known.
const SPLAT: &str = "splat";

/// What stands for a splat or a placeholder, by its name.
pub(super) type Captures = BTreeMap<String, String>;

impl Pattern {
  /// Reads a pattern of a path, or of a host and a path. `None` when two of its parts have one name, so that
  /// nothing could be captured: such a rule matches nothing.
  pub(super) fn new(host: &str, path: &str) -> Option<Self> {
    let mut tokens = Vec::new();
    read(host, true, &mut tokens);
    read(path, false, &mut tokens);
    let mut names = HashSet::new();
    let is_unique = tokens.iter().all(|token| match token {
      Token::Literal(_) => true,
      Token::Splat => names.insert(SPLAT),
      Token::Placeholder { name, .. } => names.insert(name.as_str()),
    });
    is_unique.then_some(Self(tokens))
  }

  /// Whether it says more than one text.
  pub(super) fn is_dynamic(path: &str) -> bool {
    let mut tokens = Vec::new();
    read(path, false, &mut tokens);
    tokens
      .iter()
      .any(|token| !matches!(token, Token::Literal(_)))
  }

  /// Compares with all of `text`. Takes time by the product of the lengths, and no more.
  pub(super) fn matches(&self, text: &str) -> Option<Captures> {
    if let Some(Token::Literal(literal)) = self.0.first()
      && !text.starts_with(literal)
    {
      return None;
    }
    let rows = self.rows(text);
    if !rows[0][0] {
      return None;
    }
    let mut captures = Captures::new();
    let mut at = 0;
    for (token, after) in self.0.iter().zip(&rows[1..]) {
      let longest = token.end_max(text, at);
      let mut ends = (at..=longest).rev();
      let end = ends.find(|end| after[*end])?;
      if let Some(name) = token.name() {
        captures.insert(name.to_owned(), text[at..end].to_owned());
      }
      at = end;
    }
    Some(captures)
  }

  /// For each token, and for nothing more to come, whether the rest matches from each byte on.
  fn rows(&self, text: &str) -> Vec<Vec<bool>> {
    let mut last = vec![false; text.len() + 1];
    last[text.len()] = true;
    let mut rows = vec![last];
    for token in self.0.iter().rev() {
      let after = &rows[rows.len() - 1];
      let row = match token {
        Token::Literal(literal) => {
          let matches = |at: usize| {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            rest.starts_with(literal.as_bytes()) && after[at + literal.len()]
          };
          (0..=text.len()).map(matches).collect()
        }
        Token::Splat | Token::Placeholder { .. } => token.row(text, after),
      };
      rows.push(row);
    }
    rows.reverse();
    rows
  }
}

impl Token {
  fn name(&self) -> Option<&str> {
    match self {
      Self::Literal(_) => None,
      Self::Splat => Some(SPLAT),
      Self::Placeholder { name, .. } => Some(name),
    }
  }

  /// Whether a match may not go beyond this byte.
  fn is_delimiter(&self, byte: u8) -> bool {
    match self {
      Self::Literal(_) | Self::Splat => false,
      Self::Placeholder { is_host, .. } => byte == b'/' || (*is_host && byte == b'.'),
    }
  }

  /// Where a match that begins at `at` must have ended.
  fn end_max(&self, text: &str, at: usize) -> usize {
    if let Self::Literal(literal) = self {
      return at + literal.len();
    }
    let rest = &text.as_bytes()[at..];
    let delimiter = rest.iter().position(|byte| self.is_delimiter(*byte));
    delimiter.map_or(text.len(), |length| at + length)
  }

  /// The row of a token that may have any length.
  fn row(&self, text: &str, after: &[bool]) -> Vec<bool> {
    let bytes_min = usize::from(*self != Self::Splat);
    let mut row = vec![false; text.len() + 1];
    // Both of a match that begins at `at`: its first possible end, and its last.
    let mut end_min = None;
    let mut end_max = text.len();
    for at in (0..=text.len()).rev() {
      let is_delimiter = |byte: &u8| self.is_delimiter(*byte);
      if text.as_bytes().get(at).is_some_and(is_delimiter) {
        end_max = at;
      }
      let end = at + bytes_min;
      if after.get(end) == Some(&true) {
        end_min = Some(end);
      }
      row[at] = end_min.is_some_and(|end| end <= end_max) && text.is_char_boundary(at);
    }
    row
  }
}

/// Puts captures into `template`. As in Cloudflare's implementation a name ends where that of a capture does,
/// also before a letter: `:names` has `:name` in it.
pub(super) fn expand(template: &str, captures: &Captures) -> String {
  let mut expanded = String::with_capacity(template.len());
  let mut rest = template;
  while let Some(at) = rest.find(':') {
    let after = &rest[at + 1..];
    let mut names = captures
      .iter()
      .filter(|(name, _)| after.starts_with(name.as_str()));
    // Byte order puts the longest last among names that begin alike.
    if let Some((name, value)) = names.next_back() {
      expanded.push_str(&rest[..at]);
      expanded.push_str(value);
      rest = &after[name.len()..];
    } else {
      expanded.push_str(&rest[..=at]);
      rest = after;
    }
  }
  expanded + rest
}

fn read(text: &str, is_host: bool, tokens: &mut Vec<Token>) {
  let mut rest = text;
  let mut literal = String::new();
  while let Some(first) = rest.chars().next() {
    let name = rest.strip_prefix(':').map_or("", name);
    let token = match first {
      '*' => Some(Token::Splat),
      ':' if !name.is_empty() => Some(Token::Placeholder {
        name: name.to_owned(),
        is_host,
      }),
      _ => None,
    };
    rest = &rest[first.len_utf8() + name.len()..];
    match token {
      Some(token) => {
        if !literal.is_empty() {
          tokens.push(Token::Literal(std::mem::take(&mut literal)));
        }
        tokens.push(token);
      }
      None => literal.push(first),
    }
  }
  if !literal.is_empty() {
    tokens.push(Token::Literal(literal));
  }
}

/// The name that `text` begins with: a letter, and what may follow it. Empty if there is none.
fn name(text: &str) -> &str {
  if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
    return "";
  }
  let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
  let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
  &text[..end]
}
