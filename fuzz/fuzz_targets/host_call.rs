//! What the runner asks of the host, as MessagePack. It is only read: some calls write files.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::pool::host_call::HostCall;

fuzz::target!(|bytes: &[u8]| {
  if let Ok(call) = rmp_serde::from_slice::<HostCall>(bytes) {
    let _ = call.waits();
  }
});
