//! Requests to KV namespaces, also those of Workers Sites.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::simulators::Product;

fuzz::target!(|bytes: &[u8]| fuzz::stage::play(&[Product::Kv, Product::KvSites], bytes));
