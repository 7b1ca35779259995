//! The network, and the Worker in front of it that refuses what the plan does.
//!
//! The first of the two has the name that every Worker without an outbound of its own uses, so Workers that
//! are added to a runtime are restricted like the others.

use super::services::{OUR_DATE, set_texts};
use super::workerd_capnp::service;
use crate::options::Network;

/// What Workers send their requests to. workerd has the same default.
pub(super) const NETWORK_SERVICE: &str = "internet";

/// What lies behind the gate.
const BEHIND_GATE_SERVICE: &str = "internet-behind-gate";

/// Tests talk to servers that their global setup started, so private addresses are allowed unless the
/// plan restricts them.
pub(super) fn build_network(mut service: service::Builder<'_>, extent: Network) {
  let (name, allowed): (_, &[&str]) = match extent {
    Network::All => (NETWORK_SERVICE, &["public", "private"]),
    Network::Loopback => (BEHIND_GATE_SERVICE, &["127.0.0.0/8", "::1/128"]),
    Network::None => (BEHIND_GATE_SERVICE, &[]),
  };
  service.set_name(name);
  let mut network = service.init_network();
  let count = u32::try_from(allowed.len()).expect("there are two at most");
  set_texts(network.reborrow().init_allow(count), allowed);
  network.init_tls_options().set_trust_browser_cas(true);
}

/// Words its refusals itself, where a network without addresses would say nothing that helps.
pub(super) fn build_gate(mut service: service::Builder<'_>, code: &str, extent: Network) {
  service.set_name(NETWORK_SERVICE);
  let mut worker = service.init_worker();
  let mut module = worker.reborrow().init_modules(1).get(0);
  module.set_name("network-gate.js");
  module.set_es_module(code);
  worker.set_compatibility_date(OUR_DATE);
  worker
    .reborrow()
    .init_global_outbound()
    .set_name(BEHIND_GATE_SERVICE);
  let mut binding = worker.init_bindings(1).get(0);
  binding.set_name("NETWORK");
  binding.set_text(extent.as_str());
}
