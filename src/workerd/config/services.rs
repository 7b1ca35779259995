//! The services of a runtime: its Workers, one external server per resource, the network, the disk that
//! Durable Objects live on, and whatever else bindings lead to.

use std::collections::BTreeMap;

use capnp::message::Builder;

use super::RUNNER_SOCKET;
use super::auxiliary::build_auxiliary;
use super::bindings::{OUR_BINDINGS, wrapping_module};
use super::network::{build_gate, build_network};
use super::resource::{Resource, resources};
use super::runner::build_runner;
use super::target::{Outside, database_service, outside, worker_service};
use super::workerd_capnp::{config, extension, service, worker};
use crate::module_fallback::module::Module;
use crate::options::{AuxiliaryWorker, Network, Plan, WorkerModule};
use crate::protocol::DOOR_ENTRYPOINT;

pub(super) const RUNNER_SERVICE: &str = "runner";
pub(super) const DISK_SERVICE: &str = "durable-objects";
pub(super) const DISPATCHER_SERVICE: &str = "event-dispatcher";

/// Of Workers whose code is ours: old enough for every runtime that one may choose.
pub(super) const OUR_DATE: &str = "2025-01-01";

/// Everything that a runtime of a project is made of.
#[derive(Debug)]
pub struct RuntimeConfig<'a> {
  /// What the user wants.
  pub plan: &'a Plan,
  /// Modules of the runner Worker; the first is its entry.
  pub modules: &'a [Module],
  /// Modules of the auxiliary Workers by their names; each first one is the entry.
  pub auxiliary_modules: &'a BTreeMap<String, Vec<WorkerModule>>,
  /// What the runner needs to know, as JSON.
  pub facts: &'a str,
  /// What a binding to the Worker's version is, as JSON.
  pub version: &'a str,
  /// Path of the socket behind which functions of the options answer; needed when the plan has some.
  pub function_socket: &'a str,
  /// Code of the clients of bindings that workerd has no client for.
  pub binding_clients: &'a str,
  /// Code of the module behind `cloudflare:email`, which workerd lacks.
  pub email_module: &'a str,
  /// Code of the Worker that makes queue events; needed when a Worker consumes queues.
  pub dispatcher: Option<&'a str>,
  /// Code of the Worker in front of the network; needed when the plan restricts that.
  pub network_gate: Option<&'a str>,
}

/// Encodes the configuration as workerd reads it with `--binary`.
#[must_use]
pub fn encode(runtime: &RuntimeConfig<'_>) -> Vec<u8> {
  let mut message = Builder::new_default();
  let config = message.init_root::<config::Builder<'_>>();
  build(config, runtime);
  capnp::serialize::write_message_to_words(&message)
}

fn build(mut config: config::Builder<'_>, runtime: &RuntimeConfig<'_>) {
  let services = services(runtime);
  let mut list = config.reborrow().init_services(len(services.len()));
  for (index, service) in services.iter().enumerate() {
    service.build(list.reborrow().get(len(index)), runtime);
  }
  build_extension(config.reborrow().init_extensions(1).get(0), runtime);
  let mut socket = config.init_sockets(1).get(0);
  socket.set_name("runner");
  socket.set_address(format!("unix:{RUNNER_SOCKET}"));
  socket.reborrow().init_http();
  let mut designator = socket.init_service();
  designator.set_name(RUNNER_SERVICE);
  designator.set_entrypoint(DOOR_ENTRYPOINT);
}

/// Clients that workerd does not have, the module behind `cloudflare:email`, and modules that wrap bindings.
fn build_extension(extension: extension::Builder<'_>, runtime: &RuntimeConfig<'_>) {
  let mut modules = vec![
    (OUR_BINDINGS.to_owned(), runtime.binding_clients.to_owned()),
    (
      "cloudflare-internal:email".to_owned(),
      runtime.email_module.to_owned(),
    ),
  ];
  for worker in runtime.plan.wrapping_workers() {
    let code = runtime.auxiliary_modules.get(worker);
    let entry = code.and_then(|modules| modules.first());
    let code = entry.map(|module| String::from_utf8_lossy(&module.content.0).into_owned());
    modules.push((wrapping_module(worker), code.unwrap_or_default()));
  }
  let mut list = extension.init_modules(len(modules.len()));
  for (index, (name, code)) in modules.into_iter().enumerate() {
    let mut module = list.reborrow().get(len(index));
    module.set_name(name);
    module.set_internal(true);
    module.set_es_module(code);
  }
}

/// A named entry of the configuration.
enum Service<'a> {
  Runner,
  Network(Network),
  Disk,
  Dispatcher(&'a str),
  Gate(&'a str, Network),
  Auxiliary(&'a AuxiliaryWorker),
  Resource(Resource<'a>),
  Outside(Outside<'a>),
  /// A database, which speaks its own protocol.
  Database(&'a str),
}

fn services<'a>(runtime: &RuntimeConfig<'a>) -> Vec<Service<'a>> {
  let plan = runtime.plan;
  let mut services = vec![
    Service::Runner,
    Service::Network(plan.network),
    Service::Disk,
  ];
  services.extend(runtime.dispatcher.map(Service::Dispatcher));
  let gate = runtime.network_gate;
  services.extend(gate.map(|code| Service::Gate(code, plan.network)));
  let wrapping = plan.wrapping_workers();
  let auxiliary = plan.auxiliary_workers.iter();
  let running = auxiliary.filter(|worker| !wrapping.contains(&worker.name.as_str()));
  services.extend(running.map(Service::Auxiliary));
  services.extend(resources(plan).into_iter().map(Service::Resource));
  services.extend(outside(plan).into_iter().map(Service::Outside));
  services.extend(plan.databases().into_iter().map(Service::Database));
  services
}

impl Service<'_> {
  fn build(&self, mut target: service::Builder<'_>, runtime: &RuntimeConfig<'_>) {
    match self {
      Self::Runner => {
        target.set_name(RUNNER_SERVICE);
        build_runner(target.init_worker(), runtime);
      }
      Self::Network(extent) => build_network(target, *extent),
      Self::Disk => {
        target.set_name(DISK_SERVICE);
        // The path comes with the command line, because every runtime has a folder of its own.
        target.init_disk().set_writable(true);
      }
      Self::Dispatcher(code) => {
        target.set_name(DISPATCHER_SERVICE);
        build_dispatcher(target.init_worker(), code, runtime.plan);
      }
      Self::Gate(code, extent) => build_gate(target, code, *extent),
      Self::Auxiliary(auxiliary) => {
        target.set_name(worker_service(Some(&auxiliary.name)));
        build_auxiliary(target.init_worker(), auxiliary, runtime);
      }
      Self::Resource(resource) => {
        target.set_name(resource.service());
        resource.build(target.init_external());
      }
      Self::Database(address) => {
        target.set_name(database_service(address));
        let mut server = target.init_external();
        server.set_address(address);
        server.init_tcp();
      }
      Self::Outside(outside) => {
        target.set_name(outside.service());
        outside.build(target, runtime.function_socket);
      }
    }
  }
}

/// Has a flag that shows in service bindings, which is why it is not the runner Worker itself. Its binding
/// to the consumer of a queue has the name of the queue.
fn build_dispatcher(mut worker: worker::Builder<'_>, code: &str, plan: &Plan) {
  let mut module = worker.reborrow().init_modules(1).get(0);
  module.set_name("event-dispatcher.js");
  module.set_es_module(code);
  worker.set_compatibility_date(OUR_DATE);
  let flags = worker.reborrow().init_compatibility_flags(1);
  set_texts(flags, &["service_binding_extra_handlers"]);
  let consumers = &plan.queue_consumers;
  let mut bindings = worker.init_bindings(len(consumers.len()));
  for (index, consumer) in consumers.iter().enumerate() {
    let mut binding = bindings.reborrow().get(len(index));
    binding.set_name(&consumer.queue_name);
    let service = worker_service(consumer.worker.as_deref());
    binding.init_service().set_name(service);
  }
}

pub(super) fn set_texts<T: AsRef<str>>(mut list: capnp::text_list::Builder<'_>, texts: &[T]) {
  for (index, text) in texts.iter().enumerate() {
    list.set(len(index), text.as_ref());
  }
}

pub(super) fn len(length: usize) -> u32 {
  u32::try_from(length).expect("a configuration has fewer than four billion entries")
}
