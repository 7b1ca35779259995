//! Requests to D1 databases. Nothing limits how long a statement runs, so a timeout is no finding.
#![cfg_attr(feature = "libfuzzer", no_main)]

use vitest_pool_workerd::simulators::Product;

fuzz::target!(|bytes: &[u8]| fuzz::stage::play(&[Product::D1], bytes));
