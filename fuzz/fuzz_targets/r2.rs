//! Requests to R2 buckets.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::simulators::Product;

fuzz::target!(|bytes: &[u8]| fuzz::stage::play(&[Product::R2], bytes));
