//! What workerd prints: drops known noise and keeps the end for crash reports.

use std::collections::VecDeque;

/// Lines of output that a crash report shows at most.
const TAIL_LINES_MAX: usize = 40;

/// A line longer than this is cut; a crash report is for reading.
const TAIL_LINE_BYTES_MAX: usize = 2000;

/// Parts of lines that say nothing to a user, each with the reason why it appears.
const NOISE: &[&str] = &[
  // A test ended while a request of its was still under way; the frame boundary cut it.
  "disconnected: operation canceled",
  "disconnected: worker_do_not_log; Request failed due to internal error",
  "disconnected: WebSocket was aborted",
  "disconnected: WebSocket peer disconnected",
  "disconnected: peer disconnected without gracefully ending TLS session",
  "broken.outputGateBroken; jsg.Error: Instance dispose",
  // Diagnostics of workerd about itself.
  "CODE_MOVED for unknown code block",
  "Not symbolizing stack traces because $LLVM_SYMBOLIZER is not set",
  "became the default as of",
  "PWD environment variable doesn't match",
  // A module that does not exist is the importer's error, and reported there with its name.
  "Fallback service failed to fetch module",
];

/// Whether a line of output is worth keeping.
#[must_use]
pub fn is_noise(line: &str) -> bool {
  line.trim().is_empty()
    || line.starts_with("stack: ")
    || NOISE.iter().any(|noise| line.contains(noise))
}

/// The last lines that a process printed.
#[derive(Debug, Default)]
pub struct OutputTail {
  lines: VecDeque<String>,
}

impl OutputTail {
  /// Remembers a line, forgetting the oldest when there are too many.
  pub fn push(&mut self, line: &str) {
    if is_noise(line) {
      return;
    }
    if self.lines.len() == TAIL_LINES_MAX {
      self.lines.pop_front();
    }
    let mut end = line.len().min(TAIL_LINE_BYTES_MAX);
    while !line.is_char_boundary(end) {
      end -= 1;
    }
    self.lines.push_back(line[..end].to_owned());
  }

  /// The remembered lines, oldest first.
  #[must_use]
  pub fn text(&self) -> String {
    self
      .lines
      .iter()
      .map(String::as_str)
      .collect::<Vec<_>>()
      .join("\n")
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn only_the_last_lines_are_kept() {
    let mut tail = OutputTail::default();
    for number in 0..100 {
      tail.push(&format!("line {number}"));
    }
    let text = tail.text();
    assert!(text.starts_with("line 60\n") && text.ends_with("line 99"));
  }

  #[test]
  fn noise_is_dropped() {
    let mut tail = OutputTail::default();
    tail.push("x.c++:1: error: disconnected: operation canceled; foo");
    tail.push("stack: 1 2 3");
    tail.push("");
    assert_eq!(tail.text(), "");
  }

  #[test]
  fn a_long_line_is_cut_between_characters() {
    let mut tail = OutputTail::default();
    tail.push(&"é".repeat(TAIL_LINE_BYTES_MAX));
    assert_eq!(tail.text().len(), TAIL_LINE_BYTES_MAX);
  }
}
