//! A name in `env`: what workerd makes of it.

use super::resource::Resource;
use super::services::{RUNNER_SERVICE, len};
use super::target::{set_target, worker_service};
use super::workerd_capnp::worker;
use crate::options::{Binding, BindingKind, DurableObjectClass};
use crate::protocol::WORKFLOWS_ENTRYPOINT;

/// `version` is what a binding to the Worker's version is, as JSON.
pub(super) fn build_binding(
  mut target: worker::binding::Builder<'_>,
  binding: &Binding,
  version: &str,
) {
  target.set_name(&binding.name);
  match &binding.kind {
    BindingKind::Text(text) => target.set_text(text),
    BindingKind::Json(json) => target.set_json(json),
    // workerd compiles it for service workers only, so the runner does.
    BindingKind::Wasm(content) | BindingKind::Data(content) => target.set_data(&content.0),
    BindingKind::VersionMetadata => target.set_json(version),
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
    BindingKind::DurableObject { class_name, worker } => {
      let mut namespace = target.init_durable_object_namespace();
      namespace.set_class_name(class_name);
      namespace.set_service_name(worker_service(worker.as_deref()));
    }
    BindingKind::Service(service) => set_target(target.init_service(), service),
    BindingKind::Workflow { workflow_name, .. } => {
      build_workflow(target.init_wrapped(), workflow_name);
    }
  }
}

/// The client is workerd's own, as that of D1. Whom it asks is in the same isolate as the tests.
pub(super) fn build_workflow(
  mut wrapped: worker::binding::wrapped_binding::Builder<'_>,
  name: &str,
) {
  wrapped.set_module_name("cloudflare-internal:workflows-api");
  let mut fetcher = wrapped.init_inner_bindings(1).get(0);
  fetcher.set_name("fetcher");
  let mut designator = fetcher.init_service();
  designator.set_name(RUNNER_SERVICE);
  designator.set_entrypoint(WORKFLOWS_ENTRYPOINT);
  let props = serde_json::json!({ "workflow": name });
  designator.init_props().set_json(props.to_string());
}

/// The namespaces of classes, from `first` on in a list.
pub(super) fn build_objects(
  mut namespaces: capnp::struct_list::Builder<'_, worker::durable_object_namespace::Owned>,
  first: usize,
  classes: &[DurableObjectClass],
) {
  for (index, class) in classes.iter().enumerate() {
    let mut namespace = namespaces.reborrow().get(len(first + index));
    namespace.set_class_name(&class.class_name);
    namespace.set_unique_key(&class.unique_key);
    namespace.set_enable_sql(class.sqlite);
  }
}

fn service_of(binding: &Binding) -> String {
  Resource::of(binding).map_or_else(String::new, Resource::service)
}
