//! The value of a JavaScript string literal.

use std::iter::Peekable;
use std::str::Chars;

/// Resolves the escape sequences of what stands between the quotes. `None` means that an escape is
/// malformed, or that the value holds half a surrogate pair, which names no module and no export
/// that Rust or workerd could spell.
pub(in crate::module_fallback) fn unescape(raw: &str) -> Option<String> {
  if !raw.contains('\\') {
    return Some(raw.to_owned());
  }
  // JavaScript counts in UTF-16 units, and two escapes may make one character.
  let mut units = Vec::with_capacity(raw.len());
  let mut characters = raw.chars().peekable();
  while let Some(character) = characters.next() {
    if character == '\\' {
      escape(&mut characters, &mut units)?;
    } else {
      push(&mut units, character);
    }
  }
  String::from_utf16(&units).ok()
}

fn escape(characters: &mut Peekable<Chars<'_>>, units: &mut Vec<u16>) -> Option<()> {
  match characters.next()? {
    '\r' => {
      characters.next_if_eq(&'\n');
    }
    '\n' | '\u{2028}' | '\u{2029}' => {}
    'b' => units.push(8),
    't' => units.push(9),
    'n' => units.push(10),
    'v' => units.push(11),
    'f' => units.push(12),
    'r' => units.push(13),
    'x' => units.push(hexadecimal(characters, 2)?),
    'u' if characters.next_if_eq(&'{').is_some() => code_point(characters, units)?,
    'u' => units.push(hexadecimal(characters, 4)?),
    digit @ '0'..='7' => units.push(octal(digit, characters)),
    other => push(units, other),
  }
  Some(())
}

fn hexadecimal(characters: &mut Peekable<Chars<'_>>, length: usize) -> Option<u16> {
  let mut value = 0;
  for _ in 0..length {
    value = value * 16 + characters.next()?.to_digit(16)?;
  }
  u16::try_from(value).ok()
}

/// The digits and the closing brace of `\u{1f600}`. A code point may be half a surrogate pair here.
fn code_point(characters: &mut Peekable<Chars<'_>>, units: &mut Vec<u16>) -> Option<()> {
  let mut value = characters.next()?.to_digit(16)?;
  loop {
    match characters.next()? {
      '}' => break,
      digit => value = value * 16 + digit.to_digit(16)?,
    }
    if value > 0x0010_ffff {
      return None;
    }
  }
  match u16::try_from(value) {
    Ok(unit) => units.push(unit),
    Err(_) => push(units, char::from_u32(value)?),
  }
  Some(())
}

/// `\0` to `\377`, as sloppy code has them.
fn octal(first: char, characters: &mut Peekable<Chars<'_>>) -> u16 {
  let digits_more = if first <= '3' { 2 } else { 1 };
  let mut value = first as u16 - '0' as u16;
  for _ in 0..digits_more {
    match characters.next_if(|next| matches!(next, '0'..='7')) {
      Some(digit) => value = value * 8 + (digit as u16 - '0' as u16),
      None => break,
    }
  }
  value
}

fn push(units: &mut Vec<u16>, character: char) {
  units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
}
