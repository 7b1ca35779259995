//! What fuzz targets share.
//!
//! A target is one call of [`target!`](crate::target) with a function of arbitrary bytes, which panics
//! when something does not hold. With the feature `libfuzzer` it is a libFuzzer program; without, one
//! that runs the files it is given.
//!
//! The targets of storage products read their bytes as a small script, so that inputs can be written,
//! read and reduced by hand: [`script`] has the format, [`stage`] plays it, [`answer`] says what every
//! answer must be, and [`contents`] compares what is stored.

pub mod answer;
pub mod contents;
pub mod queues;
pub mod replay;
pub mod script;
pub mod stage;

#[cfg(feature = "libfuzzer")]
pub use libfuzzer_sys;

/// Makes a fuzz target of a function of bytes.
#[cfg(feature = "libfuzzer")]
#[macro_export]
macro_rules! target {
  ($run:expr) => {
    $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ($run)(bytes));
  };
}

/// Makes a program that runs a function on files.
#[cfg(not(feature = "libfuzzer"))]
#[macro_export]
macro_rules! target {
  ($run:expr) => {
    fn main() {
      $crate::replay::replay($run);
    }
  };
}

/// As much of the bytes as is text.
#[must_use]
pub fn text(bytes: &[u8]) -> &str {
  match std::str::from_utf8(bytes) {
    Ok(text) => text,
    Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()])
      .expect("it was found to be valid up to there"),
  }
}

/// Text in parts, which lines of `%%` separate.
pub fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
  const SEPARATOR: &[u8] = b"\n%%\n";
  let mut rest = Some(bytes);
  std::iter::from_fn(move || {
    let all = rest?;
    let end = all
      .windows(SEPARATOR.len())
      .position(|bytes| bytes == SEPARATOR);
    rest = end.map(|end| &all[end + SEPARATOR.len()..]);
    Some(&all[..end.unwrap_or(all.len())])
  })
}
