//! Requests to the Cache API, switched on and off.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::simulators::Product;

fuzz::target!(|bytes: &[u8]| fuzz::stage::play(&[Product::Cache, Product::CacheOff], bytes));
