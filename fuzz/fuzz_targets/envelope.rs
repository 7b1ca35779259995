//! A frame of the runner's WebSocket. What can be read means the same when it is written again.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::rpc::envelope::Envelope;

fuzz::target!(|bytes: &[u8]| {
  let Ok(envelopes) = Envelope::decode_all(bytes) else {
    return;
  };
  let mut frame = Vec::new();
  for envelope in &envelopes {
    envelope.encode_into(&mut frame);
  }
  let again = Envelope::decode_all(&frame).expect("what we wrote can be read");
  assert_eq!(again, envelopes);
});
