//! Requests to the producing ends of queues, and what the runner does at the consuming ends.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::simulators::Product;

fuzz::target!(|bytes: &[u8]| fuzz::stage::play(&[Product::Queue], bytes));
