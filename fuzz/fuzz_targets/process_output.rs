//! What a workerd prints, and what it writes to its control pipe.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::workerd::control;
use vitest_pool_workerd::workerd::output::OutputTail;

fuzz::target!(|bytes: &[u8]| {
  let text = String::from_utf8_lossy(bytes);
  let mut tail = OutputTail::default();
  for line in text.lines() {
    let _ = control::parse(line);
    tail.push(line);
  }
  assert!(tail.text().len() <= text.len());
});
