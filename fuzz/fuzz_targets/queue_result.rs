//! What the runner reports of a batch, as JSON, for a batch that there is.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::simulators::Product;
use vitest_pool_workerd::simulators::queues::BatchResult;

fuzz::target!(|bytes: &[u8]| {
  if serde_json::from_slice::<BatchResult>(bytes).is_err() {
    return;
  }
  let mut script = b"queue a POST /batch\n\n".to_vec();
  script.extend(br#"{"messages":[{"body":"eA=="},{"body":""},{"body":"eHg="}]}"#);
  // Twice, so that the first batch's messages may come back or move on.
  for _ in 0..2 {
    script.extend(b"\n%%\ntake a 0\n%%\nfinish a 0\n");
    script.extend(bytes);
  }
  script.extend(b"\n%%\nqueue a GET /metrics\n%%\nqueue b GET /metrics");
  fuzz::stage::play(&[Product::Queue], &script);
});
