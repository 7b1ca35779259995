//! Frames of the runner's WebSocket, one after another, whose envelopes may be parts. Frames end with a
//! byte that MessagePack never uses.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::rpc::envelope::Kind;
use vitest_pool_workerd::rpc::mux::{Packer, Unpacker};

fuzz::target!(|bytes: &[u8]| {
  let mut unpacker = Unpacker::default();
  for frame in bytes.split(|byte| *byte == 0xC1) {
    let Ok(envelopes) = unpacker.unpack(frame) else {
      continue;
    };
    let bodies: usize = envelopes.iter().map(|envelope| envelope.body.len()).sum();
    assert!(bodies <= bytes.len(), "more came out than went in");
    assert!(envelopes.iter().all(|envelope| envelope.kind != Kind::Part));

    let mut received = Vec::new();
    let mut other = Unpacker::default();
    for frame in Packer::default().pack(&envelopes) {
      received.extend(other.unpack(&frame).expect("what we wrote can be read"));
    }
    assert_eq!(received, envelopes);
  }
});
