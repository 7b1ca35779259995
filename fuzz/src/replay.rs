//! Runs a target on files, where there is no libFuzzer: on each as it is, or on random changes of them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Runs `run` on each file that an argument names, and on all files of each folder. With `--seconds N` in
/// front, that long on inputs that random changes of these files make, the same ones each time.
///
/// # Panics
/// When a file cannot be read, and when `run` does. The input that it was given is on standard error.
pub fn replay(run: fn(&[u8])) {
  let mut arguments = std::env::args_os().skip(1).peekable();
  let mut limit = None;
  if arguments.peek().is_some_and(|first| first == "--seconds") {
    let seconds = arguments.nth(1).and_then(|text| text.into_string().ok());
    let seconds = seconds.and_then(|text| text.parse().ok());
    limit = Some(Duration::from_secs(seconds.expect("a number of seconds")));
  }
  let files: Vec<_> = arguments
    .flat_map(|path| files(&PathBuf::from(path)))
    .collect();
  let inputs = files.iter().map(|file| {
    let input = std::fs::read(file);
    input.expect("an argument names a file that can be read")
  });
  let inputs: Vec<_> = inputs.collect();
  let Some(limit) = limit else {
    for (file, input) in files.iter().zip(&inputs) {
      eprintln!("{}", file.display());
      run(input);
    }
    return;
  };
  assert!(!inputs.is_empty(), "changes need files to begin with");
  let mut random = Random(0x9e37_79b9_7f4a_7c15);
  let (start, mut runs) = (Instant::now(), 0);
  while start.elapsed() < limit {
    let input = random.changed(&inputs);
    let outcome = std::panic::catch_unwind(|| run(&input));
    if outcome.is_err() {
      eprintln!("the input was {:?}", String::from_utf8_lossy(&input));
      std::process::exit(1);
    }
    runs += 1;
  }
  println!("{runs} inputs");
}

/// Numbers without a pattern that matters here.
struct Random(u64);

impl Random {
  fn next(&mut self) -> u64 {
    self.0 ^= self.0 << 13;
    self.0 ^= self.0 >> 7;
    self.0 ^= self.0 << 17;
    self.0
  }

  /// Less than `end`, or 0.
  fn below(&mut self, end: usize) -> usize {
    usize::try_from(self.next()).expect("64 bits") % end.max(1)
  }

  /// A piece of one of the inputs, changed in some places.
  fn changed(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
    const BYTES_MAX: usize = 4096;
    let whole = &inputs[self.below(inputs.len())];
    let start = self.below(whole.len());
    let end = whole.len().min(start + 1 + self.below(BYTES_MAX));
    let mut input = whole[start.min(end)..end].to_vec();
    for _ in 0..=self.below(8) {
      let at = self.below(input.len());
      match self.below(4) {
        0 if !input.is_empty() => input[at] = b"\"'`/\\{}()[]$.*,;\n=import"[self.below(24)],
        1 => drop(input.drain(at..input.len().min(at + self.below(16)))),
        2 => {
          let piece = input[at..input.len().min(at + self.below(64))].to_vec();
          let to = self.below(input.len());
          input.splice(to..to, piece);
        }
        _ => {
          let other = &inputs[self.below(inputs.len())];
          let from = self.below(other.len());
          let piece = &other[from..other.len().min(from + self.below(64))];
          input.splice(at..at, piece.iter().copied());
        }
      }
    }
    input
  }
}

fn files(path: &Path) -> Vec<PathBuf> {
  if !path.is_dir() {
    return vec![path.to_owned()];
  }
  let entries = std::fs::read_dir(path).expect("an argument names a folder that can be read");
  let entry = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("it can be read").path();
  let mut files: Vec<_> = entries.map(entry).filter(|path| path.is_file()).collect();
  files.sort();
  files
}
