//! `.dev.vars` and `.env` files: names and values, as the npm package `dotenv` reads them. Pure.
//!
//! Invariant: any text ends in a result. What is no assignment is passed over, as there.

use std::collections::BTreeMap;

/// Assignments in the order of the text. Of two for one name the last counts.
pub type Assignments = Vec<(String, String)>;

/// Reads a file.
#[must_use]
pub fn parse(text: &str) -> Assignments {
  let mut assignments = Vec::new();
  let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
  while !rest.is_empty() {
    rest = match assignment(rest) {
      Some((name, value, after)) => {
        assignments.push((name.to_owned(), value));
        after
      }
      None => after_line(rest),
    };
  }
  assignments
}

/// One assignment at the start of a line, and what follows it.
fn assignment(text: &str) -> Option<(&str, String, &str)> {
  let line = text.trim_start();
  let exported = line
    .strip_prefix("export")
    .filter(|rest| rest.starts_with(char::is_whitespace))
    .and_then(|rest| plain_assignment(rest.trim_start()));
  exported.or_else(|| plain_assignment(line))
}

fn plain_assignment(line: &str) -> Option<(&str, String, &str)> {
  let end = line
    .find(|letter: char| !(letter.is_ascii_alphanumeric() || "_.-".contains(letter)))
    .unwrap_or(line.len());
  let (name, rest) = line.split_at(end);
  if name.is_empty() {
    return None;
  }
  let value = if let Some(value) = rest.trim_start().strip_prefix('=') {
    value
  } else {
    // As in YAML, and only so. The space may be the end of the line.
    rest.strip_prefix(':')?.strip_prefix(char::is_whitespace)?
  };
  let (value, after) = read_value(value);
  Some((name, value, after))
}

/// A value in quotes, which may go on over lines, or the rest of the line up to a comment.
fn read_value(text: &str) -> (String, &str) {
  let start = text.trim_start_matches([' ', '\t']);
  if let Some(quote) = start.chars().next().filter(|first| "'\"`".contains(*first))
    && let Some(end) = closing(&start[1..], quote)
  {
    let (inside, after) = (&start[1..=end], &start[end + 2..]);
    let line_end = after.find(['\n', '\r']).unwrap_or(after.len());
    let behind = after[..line_end].trim();
    if behind.is_empty() || behind.starts_with('#') {
      let value = if quote == '"' {
        inside.replace("\\n", "\n").replace("\\r", "\r")
      } else {
        inside.to_owned()
      };
      return (value, &after[line_end..]);
    }
  }
  let line_end = text.find(['\n', '\r']).unwrap_or(text.len());
  let line = &text[..line_end];
  let value = line.split_once('#').map_or(line, |(value, _)| value);
  (value.trim().to_owned(), &text[line_end..])
}

/// Where the quote closes that was opened just before. One behind a backslash does so only if no other
/// does.
fn closing(text: &str, quote: char) -> Option<usize> {
  let mut escaped = None;
  let mut is_escaped = false;
  for (at, letter) in text.char_indices() {
    if letter == quote {
      if !is_escaped {
        return Some(at);
      }
      escaped = Some(at);
    }
    is_escaped = letter == '\\';
  }
  escaped
}

fn after_line(text: &str) -> &str {
  text.split_once('\n').map_or("", |(_, rest)| rest)
}

/// Replaces `$NAME`, `${NAME}` and `${NAME:-default}` in values, by the surroundings first and by what the
/// files say second. `\$` is a dollar sign.
#[must_use]
pub fn expand(
  values: &BTreeMap<String, String>,
  surroundings: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
  values
    .iter()
    .map(|(name, value)| {
      (
        name.clone(),
        expanded(value, values, surroundings, DEPTH_MAX),
      )
    })
    .collect()
}

/// Values that refer to values, at most. More go round in circles.
const DEPTH_MAX: usize = 16;

fn expanded(
  value: &str,
  values: &BTreeMap<String, String>,
  surroundings: &BTreeMap<String, String>,
  depth: usize,
) -> String {
  let mut result = String::with_capacity(value.len());
  let mut rest = value;
  while let Some(at) = rest.find('$') {
    let (before, after) = (&rest[..at], &rest[at + 1..]);
    if let Some(before) = before.strip_suffix('\\') {
      result.push_str(before);
      result.push('$');
      rest = after;
      continue;
    }
    result.push_str(before);
    let Some((name, default, behind)) = reference(after) else {
      result.push('$');
      rest = after;
      continue;
    };
    rest = behind;
    let found = surroundings.get(name).filter(|value| !value.is_empty());
    match found.or_else(|| values.get(name)) {
      Some(_) if depth == 0 => {}
      Some(value) if found.is_some() => result.push_str(value),
      Some(value) if !value.is_empty() => {
        result.push_str(&expanded(value, values, surroundings, depth - 1));
      }
      _ => result.push_str(&expanded(
        default,
        values,
        surroundings,
        depth.saturating_sub(1),
      )),
    }
  }
  result.push_str(rest);
  result
}

/// Behind a dollar sign: a name, what counts without it, and what follows.
fn reference(text: &str) -> Option<(&str, &str, &str)> {
  if let Some(inside) = text.strip_prefix('{') {
    let (inside, behind) = inside.split_once('}')?;
    let (name, default) = inside
      .split_once(":-")
      .or_else(|| inside.split_once('-'))
      .unwrap_or((inside, ""));
    return is_name(name).then_some((name, default, behind));
  }
  let end = text
    .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
    .unwrap_or(text.len());
  let (name, behind) = text.split_at(end);
  is_name(name).then_some((name, "", behind))
}

fn is_name(text: &str) -> bool {
  !text.is_empty()
    && text
      .bytes()
      .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
  use proptest::prelude::*;

  use super::*;

  #[track_caller]
  fn check(text: &str, expected: &[(&str, &str)]) {
    let found = parse(text);
    let found: Vec<_> = found
      .iter()
      .map(|(name, value)| (name.as_str(), value.as_str()))
      .collect();
    assert_eq!(found, expected, "{text:?}");
  }

  #[test]
  fn values_are_read_as_dotenv_reads_them() {
    check("A=1", &[("A", "1")]);
    check("A = 1 \nB=2", &[("A", "1"), ("B", "2")]);
    check("A=\nB=2", &[("A", ""), ("B", "2")]);
    check("export A=1", &[("A", "1")]);
    check("  A=1", &[("A", "1")]);
    check("# A=1\nB=2 # two", &[("B", "2")]);
    check("A=un quoted", &[("A", "un quoted")]);
    check("A: yaml", &[("A", "yaml")]);
    check("A:no", &[]);
    check("A:\n", &[("A", "")]);
    check("A:\nb", &[("A", "b")]);
    check("export =1", &[("export", "1")]);
    check("A=\"a\\\"b\"", &[("A", "a\\\"b")]);
    check("A=\"a\\\"", &[("A", "a\\")]);
    check("A=a#b", &[("A", "a")]);
    check("A='a#b' # c", &[("A", "a#b")]);
    check("A=\"a\\nb\"", &[("A", "a\nb")]);
    check("A='a\\nb'", &[("A", "a\\nb")]);
    check("A=a\\nb", &[("A", "a\\nb")]);
    check("A=`a 'b' \"c\"`", &[("A", "a 'b' \"c\"")]);
    check("A=\"one\ntwo\"\nB=3", &[("A", "one\ntwo"), ("B", "3")]);
    check("A=\"open\nB=2", &[("A", "\"open"), ("B", "2")]);
    check("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]);
    check("A.b-C_1=x", &[("A.b-C_1", "x")]);
    check("A=' padded '", &[("A", " padded ")]);
    check("A={\"a\": 1}", &[("A", "{\"a\": 1}")]);
    check("nonsense\nA=1", &[("A", "1")]);
    check("=1\nA=1", &[("A", "1")]);
    check("\u{feff}A=1", &[("A", "1")]);
    check("A=1\nA=2", &[("A", "1"), ("A", "2")]);
    check("", &[]);
  }

  #[track_caller]
  fn check_expanded(value: &str, expected: &str) {
    let map = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
      let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
      entries.iter().map(owned).collect()
    };
    let values = map(&[
      ("A", "a"),
      ("B", "${A}b"),
      ("HOST", "file"),
      ("LOOP", "${LOOP}"),
      ("X", value),
    ]);
    let surroundings = map(&[("HOST", "host")]);
    assert_eq!(expand(&values, &surroundings)["X"], expected, "{value}");
  }

  #[test]
  fn values_refer_to_values() {
    check_expanded("${A}-$A-${B}", "a-a-ab");
    check_expanded("$HOST", "host");
    check_expanded("${NONE}|$NONE|${NONE:-else}|${NONE-else}", "||else|else");
    check_expanded("${NONE:-}", "");
    check_expanded("\\$A", "$A");
    check_expanded("5$ $", "5$ $");
    check_expanded("${LOOP}", "");
    check_expanded("${not a name}", "${not a name}");
    check_expanded("${", "${");
  }

  proptest! {
    #[test]
    fn any_text_ends(text in ".*", value in ".*") {
      let values = parse(&text).into_iter().chain([("X".to_owned(), value)]).collect();
      let _ = expand(&values, &BTreeMap::new());
    }
  }
}
