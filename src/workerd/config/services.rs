//! The services of a runtime: the runner Worker, one external server per resource, the network, and
//! the disk that Durable Objects live on.

use capnp::message::Builder;

use super::network::{NETWORK_SERVICE, build_gate, build_network};
use super::workerd_capnp::{config, external_server, worker};
use super::{LOOPBACK_SOCKET, RUNNER_SOCKET};
use crate::module_fallback::module::{Module, ModuleKind};
use crate::options::{Binding, BindingKind, Plan, WorkflowExport};
use crate::protocol::{
  CF_HEADER, DISPATCHER_BINDING, DOOR_ENTRYPOINT, FACTS_BINDING, OBJECTS_BINDING_PREFIX,
  ROUTE_HEADER, RUNNER_BINDING, RUNNER_CLASS, SCHEME_HEADER, SELF_BINDING, UNSAFE_EVAL_BINDING,
  WORKFLOW_BINDING_PREFIX, WORKFLOW_EXPORT_PREFIX, WORKFLOWS_ENTRYPOINT, encode_resource,
};

const RUNNER_SERVICE: &str = "runner";
const DISK_SERVICE: &str = "durable-objects";
const DISPATCHER_SERVICE: &str = "event-dispatcher";

/// Of Workers whose code is ours: old enough for every runtime that one may choose.
pub(super) const OUR_DATE: &str = "2025-01-01";

/// The Worker whose caches these are. There is one Worker in a runtime.
const CACHE_ID: &str = "main";

/// Everything that a runtime of a project is made of.
#[derive(Debug)]
pub struct RuntimeConfig<'a> {
  /// What the user wants.
  pub plan: &'a Plan,
  /// Modules of the runner Worker; the first is its entry.
  pub modules: &'a [Module],
  /// What the runner needs to know, as JSON.
  pub facts: &'a str,
  /// What a binding to the Worker's version is, as JSON.
  pub version: &'a str,
  /// Code of the Worker that makes queue events; needed when the user Worker consumes queues.
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
  let resources = resources(runtime.plan);
  let optional = [runtime.dispatcher, runtime.network_gate];
  let fixed = 3 + optional.iter().flatten().count();
  let mut services = config
    .reborrow()
    .init_services(len(fixed + resources.len()));

  let mut runner = services.reborrow().get(0);
  runner.set_name(RUNNER_SERVICE);
  build_runner(runner.init_worker(), runtime);

  build_network(services.reborrow().get(1), runtime.plan.network);

  let mut disk = services.reborrow().get(2);
  disk.set_name(DISK_SERVICE);
  // The path comes with the command line, because every runtime has a folder of its own.
  disk.init_disk().set_writable(true);

  if let Some(code) = runtime.dispatcher {
    let mut dispatcher = services.reborrow().get(3);
    dispatcher.set_name(DISPATCHER_SERVICE);
    build_dispatcher(dispatcher.init_worker(), code);
  }

  if let Some(code) = runtime.network_gate {
    build_gate(
      services.reborrow().get(len(fixed - 1)),
      code,
      runtime.plan.network,
    );
  }

  for (index, resource) in resources.iter().enumerate() {
    let mut service = services.reborrow().get(len(fixed + index));
    service.set_name(resource.service());
    build_loopback(service.init_external(), *resource);
  }

  let mut socket = config.init_sockets(1).get(0);
  socket.set_name("runner");
  socket.set_address(format!("unix:{RUNNER_SOCKET}"));
  socket.reborrow().init_http();
  let mut designator = socket.init_service();
  designator.set_name(RUNNER_SERVICE);
  designator.set_entrypoint(DOOR_ENTRYPOINT);
}

/// An external server at our own socket. The injected header is the only thing that tells
/// resources apart, and user code can neither set nor see it.
fn build_loopback(mut server: external_server::Builder<'_>, resource: Resource<'_>) {
  server.set_address(format!("unix:{LOOPBACK_SOCKET}"));
  let mut http = server.init_http();
  if resource.product.starts_with("cache") {
    // Keys of the Cache API are whole URLs, and `cf.cacheKey`.
    http.set_forwarded_proto_header(SCHEME_HEADER);
    http.set_cf_blob_header(CF_HEADER);
  }
  let mut header = http.init_inject_request_headers(1).get(0);
  header.set_name(ROUTE_HEADER);
  header.set_value(resource.route());
}

/// Has a flag that shows in service bindings, which is why it is not the runner Worker itself.
fn build_dispatcher(mut worker: worker::Builder<'_>, code: &str) {
  let mut module = worker.reborrow().init_modules(1).get(0);
  module.set_name("event-dispatcher.js");
  module.set_es_module(code);
  worker.set_compatibility_date(OUR_DATE);
  let flags = worker.reborrow().init_compatibility_flags(1);
  set_texts(flags, &["service_binding_extra_handlers"]);
  let mut consumer = worker.init_bindings(1).get(0);
  consumer.set_name("CONSUMER");
  consumer.init_service().set_name(RUNNER_SERVICE);
}

fn build_runner(mut worker: worker::Builder<'_>, runtime: &RuntimeConfig<'_>) {
  let plan = runtime.plan;
  let mut modules = worker.reborrow().init_modules(len(runtime.modules.len()));
  for (index, module) in runtime.modules.iter().enumerate() {
    build_module(modules.reborrow().get(len(index)), module);
  }
  worker.set_compatibility_date(&plan.compatibility_date);
  let flags = worker
    .reborrow()
    .init_compatibility_flags(len(plan.compatibility_flags.len()));
  set_texts(flags, &plan.compatibility_flags);
  worker.set_module_fallback(format!("unix:{LOOPBACK_SOCKET}"));
  worker
    .reborrow()
    .init_global_outbound()
    .set_name(NETWORK_SERVICE);
  worker
    .reborrow()
    .init_durable_object_storage()
    .set_local_disk(DISK_SERVICE);

  worker
    .reborrow()
    .init_cache_api_outbound()
    .set_name(cache(plan).service());

  let own = own_bindings(runtime);
  let mut bindings = worker
    .reborrow()
    .init_bindings(len(own.len() + plan.bindings.len()));
  for (index, binding) in own.iter().enumerate() {
    build_own_binding(bindings.reborrow().get(len(index)), binding);
  }
  for (index, binding) in plan.bindings.iter().enumerate() {
    let target = bindings.reborrow().get(len(own.len() + index));
    build_binding(target, binding, runtime);
  }

  let classes = &plan.durable_object_classes;
  let mut namespaces = worker.init_durable_object_namespaces(len(classes.len() + 1));
  let mut runner_object = namespaces.reborrow().get(0);
  runner_object.set_class_name(RUNNER_CLASS);
  runner_object.set_ephemeral_local(());
  runner_object.set_prevent_eviction(true);
  for (index, class) in classes.iter().enumerate() {
    let mut namespace = namespaces.reborrow().get(len(index + 1));
    namespace.set_class_name(&class.class_name);
    namespace.set_unique_key(&class.unique_key);
    namespace.set_enable_sql(class.sqlite);
  }
}

/// A binding that the runner takes out of `env` before user code exists.
enum OwnBinding<'a> {
  UnsafeEval,
  RunnerObject,
  Facts(&'a str),
  UserWorker,
  Dispatcher,
  /// The namespace of a class.
  Objects(&'a str),
  /// The wrapper of a class.
  WorkflowClass(&'a str),
  WorkflowExport(&'a WorkflowExport),
}

fn own_bindings<'a>(runtime: &RuntimeConfig<'a>) -> Vec<OwnBinding<'a>> {
  let plan = runtime.plan;
  let mut own = vec![
    OwnBinding::UnsafeEval,
    OwnBinding::RunnerObject,
    OwnBinding::Facts(runtime.facts),
    OwnBinding::UserWorker,
  ];
  own.extend(runtime.dispatcher.map(|_| OwnBinding::Dispatcher));
  // Also of classes that the user has no binding to: the helpers for tests reach them all.
  let classes = plan.durable_object_classes.iter();
  own.extend(classes.map(|class| OwnBinding::Objects(&class.class_name)));
  let workflows = plan.workflow_classes().into_iter();
  own.extend(workflows.map(OwnBinding::WorkflowClass));
  let exports = plan.workflow_exports.iter();
  own.extend(exports.map(OwnBinding::WorkflowExport));
  own
}

fn build_own_binding(mut target: worker::binding::Builder<'_>, binding: &OwnBinding<'_>) {
  match binding {
    OwnBinding::UnsafeEval => {
      target.set_name(UNSAFE_EVAL_BINDING);
      target.set_unsafe_eval(());
    }
    OwnBinding::RunnerObject => {
      target.set_name(RUNNER_BINDING);
      let mut namespace = target.init_durable_object_namespace();
      namespace.set_class_name(RUNNER_CLASS);
    }
    OwnBinding::Facts(facts) => {
      target.set_name(FACTS_BINDING);
      target.set_json(facts);
    }
    OwnBinding::UserWorker => {
      target.set_name(SELF_BINDING);
      target.init_service().set_name(RUNNER_SERVICE);
    }
    OwnBinding::Dispatcher => {
      target.set_name(DISPATCHER_BINDING);
      target.init_service().set_name(DISPATCHER_SERVICE);
    }
    OwnBinding::Objects(class) => {
      target.set_name(format!("{OBJECTS_BINDING_PREFIX}{class}"));
      let mut namespace = target.init_durable_object_namespace();
      namespace.set_class_name(class);
    }
    OwnBinding::WorkflowClass(class) => {
      target.set_name(format!("{WORKFLOW_BINDING_PREFIX}{class}"));
      let mut designator = target.init_service();
      designator.set_name(RUNNER_SERVICE);
      designator.set_entrypoint(class);
    }
    OwnBinding::WorkflowExport(export) => {
      target.set_name(format!("{WORKFLOW_EXPORT_PREFIX}{}", export.class_name));
      build_workflow(target.init_wrapped(), &export.workflow_name);
    }
  }
}

fn build_module(mut target: worker::module::Builder<'_>, module: &Module) {
  target.set_name(&module.name);
  match &module.kind {
    ModuleKind::Esm(source) => target.set_es_module(source),
    ModuleKind::CommonJs {
      source,
      named_exports,
    } => {
      target.set_common_js_module(source);
      set_texts(
        target.init_named_exports(len(named_exports.len())),
        named_exports,
      );
    }
  }
}

fn build_binding(
  mut target: worker::binding::Builder<'_>,
  binding: &Binding,
  runtime: &RuntimeConfig<'_>,
) {
  target.set_name(&binding.name);
  match &binding.kind {
    BindingKind::Text(text) => target.set_text(text),
    BindingKind::Json(json) => target.set_json(json),
    // workerd compiles it for service workers only, so the runner does.
    BindingKind::Wasm(content) | BindingKind::Data(content) => target.set_data(&content.0),
    BindingKind::VersionMetadata => target.set_json(runtime.version),
    BindingKind::Kv { .. } => {
      target.init_kv_namespace().set_name(service_of(binding));
    }
    BindingKind::R2 { .. } => {
      target.init_r2_bucket().set_name(service_of(binding));
    }
    BindingKind::Queue { .. } => {
      target.init_queue().set_name(service_of(binding));
    }
    BindingKind::D1 { .. } => {
      // The client is workerd's own, in JavaScript; all that it needs is somebody to ask.
      let mut wrapped = target.init_wrapped();
      wrapped.set_module_name("cloudflare-internal:d1-api");
      let mut fetcher = wrapped.init_inner_bindings(1).get(0);
      fetcher.set_name("fetcher");
      fetcher.init_service().set_name(service_of(binding));
    }
    BindingKind::DurableObject { class_name, .. } => {
      target
        .init_durable_object_namespace()
        .set_class_name(class_name);
    }
    BindingKind::Workflow { workflow_name, .. } => {
      build_workflow(target.init_wrapped(), workflow_name);
    }
  }
}

/// The client is workerd's own, as that of D1. Whom it asks is in the same isolate as the tests.
fn build_workflow(mut wrapped: worker::binding::wrapped_binding::Builder<'_>, name: &str) {
  wrapped.set_module_name("cloudflare-internal:workflows-api");
  let mut fetcher = wrapped.init_inner_bindings(1).get(0);
  fetcher.set_name("fetcher");
  let mut designator = fetcher.init_service();
  designator.set_name(RUNNER_SERVICE);
  designator.set_entrypoint(WORKFLOWS_ENTRYPOINT);
  let props = serde_json::json!({ "workflow": name });
  designator.init_props().set_json(props.to_string());
}

/// Something that a simulator of ours keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Resource<'a> {
  product: &'static str,
  id: &'a str,
}

impl<'a> Resource<'a> {
  fn of(binding: &'a Binding) -> Option<Self> {
    let (product, id) = match &binding.kind {
      BindingKind::Kv { namespace_id } => ("kv", namespace_id),
      BindingKind::D1 { database_id } => ("d1", database_id),
      BindingKind::R2 { bucket_name } => ("r2", bucket_name),
      BindingKind::Queue { queue_name, .. } => ("queue", queue_name),
      BindingKind::Text(_)
      | BindingKind::Json(_)
      | BindingKind::Wasm(_)
      | BindingKind::Data(_)
      | BindingKind::VersionMetadata
      | BindingKind::DurableObject { .. }
      | BindingKind::Workflow { .. } => {
        return None;
      }
    };
    Some(Self { product, id })
  }

  /// Name of the service in the configuration.
  fn service(self) -> String {
    format!("{}:{}", self.product, self.id)
  }

  /// Value of the header that tells us whom a request is for.
  fn route(self) -> String {
    format!("{}/{}", self.product, encode_resource(self.id))
  }
}

/// `caches` is there without a binding.
fn cache(plan: &Plan) -> Resource<'static> {
  Resource {
    product: if plan.cache_api { "cache" } else { "cache-off" },
    id: CACHE_ID,
  }
}

fn service_of(binding: &Binding) -> String {
  Resource::of(binding).map_or_else(String::new, Resource::service)
}

/// Two bindings may share a resource; it is one service then.
fn resources(plan: &Plan) -> Vec<Resource<'_>> {
  let mut resources: Vec<_> = plan.bindings.iter().filter_map(Resource::of).collect();
  resources.push(cache(plan));
  resources.sort_unstable();
  resources.dedup();
  resources
}

pub(super) fn set_texts<T: AsRef<str>>(mut list: capnp::text_list::Builder<'_>, texts: &[T]) {
  for (index, text) in texts.iter().enumerate() {
    list.set(len(index), text.as_ref());
  }
}

fn len(length: usize) -> u32 {
  u32::try_from(length).expect("a configuration has fewer than four billion entries")
}
