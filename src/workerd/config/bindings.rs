//! A name in `env`: what workerd makes of it.

use super::resource::Resource;
use super::services::{RUNNER_SERVICE, RuntimeConfig, len};
use super::target::{database_service, set_target, worker_service};
use super::workerd_capnp::worker;
use crate::options::{Binding, BindingKind, DurableObjectClass};
use crate::protocol::{WORKFLOWS_ENTRYPOINT, encode_resource};

/// The module of clients that workerd does not have.
pub(super) const OUR_BINDINGS: &str = "vitest-pool-workerd-internal:bindings";

/// The module that makes values of wrapped bindings. User code cannot import it.
pub(super) fn wrapping_module(worker: &str) -> String {
  // A name is one part of a path to workerd.
  format!(
    "vitest-pool-workerd-internal:wrapped-{}",
    encode_resource(worker)
  )
}

pub(super) fn build_binding(
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
    BindingKind::DurableObject { class_name, worker } => {
      let mut namespace = target.init_durable_object_namespace();
      namespace.set_class_name(class_name);
      namespace.set_service_name(worker_service(worker.as_deref()));
    }
    BindingKind::RateLimit {
      limit, period_s, ..
    } => {
      let mut inner = init_ours(target, "rateLimit", 2);
      set_fetcher(inner.reborrow().get(0), binding);
      let settings = serde_json::json!({ "limit": limit, "period": period_s });
      set_settings(inner.get(1), &settings);
    }
    BindingKind::SecretsStoreSecret { secret_name, .. } => {
      let mut inner = init_ours(target, "secretsStoreSecret", 2);
      let mut store = inner.reborrow().get(0);
      store.set_name("store");
      store.init_kv_namespace().set_name(service_of(binding));
      set_settings(inner.get(1), &serde_json::json!({ "name": secret_name }));
    }
    BindingKind::SendEmail {
      destinations,
      senders,
      ..
    } => {
      let mut inner = init_ours(target, "sendEmail", 2);
      set_fetcher(inner.reborrow().get(0), binding);
      let settings = serde_json::json!({ "destinations": destinations, "senders": senders });
      set_settings(inner.get(1), &settings);
    }
    BindingKind::AnalyticsEngine { .. } => {
      target.init_analytics_engine().set_name(service_of(binding));
    }
    BindingKind::Hyperdrive {
      scheme,
      address,
      database,
      user,
      password,
    } => {
      let mut hyperdrive = target.init_hyperdrive();
      hyperdrive.set_scheme(scheme);
      hyperdrive.set_database(database);
      hyperdrive.set_user(user);
      hyperdrive.set_password(password);
      hyperdrive
        .init_designator()
        .set_name(database_service(address));
    }
    BindingKind::HyperdriveMissing => {
      let text = format!(
        "When developing locally, you should use a local Postgres connection string to emulate Hyperdrive \
        functionality. Please setup Postgres locally and set the value of the \
        'CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_{}' variable or \"{}\"'s \"localConnectionString\" \
        to the Postgres connection string.",
        binding.name, binding.name
      );
      let inner = init_ours(target, "stub", 1);
      set_settings(inner.get(0), &serde_json::json!({ "message": text }));
    }
    BindingKind::Stub { product } => {
      let name = &binding.name;
      let text = format!(
        "Binding {name} needs to be run remotely\n  It is of the kind \"{product}\", which tests have no \
        stand-in for; nothing here reaches your account\n  help: mock what the code calls, for example \
        vi.spyOn(env.{name}, 'run').mockResolvedValue(…), or override the binding in \
        `miniflare.serviceBindings`"
      );
      let inner = init_ours(target, "stub", 1);
      set_settings(inner.get(0), &serde_json::json!({ "message": text }));
    }
    BindingKind::Wrapped {
      worker,
      entrypoint,
      bindings,
    } => {
      let mut wrapped = target.init_wrapped();
      wrapped.set_module_name(wrapping_module(worker));
      if let Some(entrypoint) = entrypoint {
        wrapped.set_entrypoint(entrypoint);
      }
      let own: Vec<&Binding> = runtime
        .plan
        .auxiliary_worker(worker)
        .into_iter()
        .flat_map(|worker| &worker.bindings)
        .filter(|own| !bindings.iter().any(|(name, _)| *name == own.name))
        .collect();
      let mut inner = wrapped.init_inner_bindings(len(bindings.len() + own.len()));
      for (index, (name, json)) in bindings.iter().enumerate() {
        let mut binding = inner.reborrow().get(len(index));
        binding.set_name(name);
        binding.set_json(json);
      }
      for (index, own) in own.into_iter().enumerate() {
        let target = inner.reborrow().get(len(bindings.len() + index));
        build_binding(target, own, runtime);
      }
    }
    BindingKind::Assets { .. } => {
      target.init_service().set_name(service_of(binding));
    }
    BindingKind::Pipeline => {
      init_ours(target, "pipeline", 0);
    }
    BindingKind::WorkerLoader => {
      target.init_worker_loader();
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

/// A binding whose client is ours, an export of [`OUR_BINDINGS`].
fn init_ours<'a>(
  target: worker::binding::Builder<'a>,
  entrypoint: &str,
  inner: usize,
) -> capnp::struct_list::Builder<'a, worker::binding::Owned> {
  let mut wrapped = target.init_wrapped();
  wrapped.set_module_name(OUR_BINDINGS);
  wrapped.set_entrypoint(entrypoint);
  wrapped.init_inner_bindings(len(inner))
}

fn set_fetcher(mut target: worker::binding::Builder<'_>, binding: &Binding) {
  target.set_name("fetcher");
  target.init_service().set_name(service_of(binding));
}

fn set_settings(mut target: worker::binding::Builder<'_>, settings: &serde_json::Value) {
  target.set_name("settings");
  target.set_json(settings.to_string());
}

fn service_of(binding: &Binding) -> String {
  Resource::of(binding).map_or_else(String::new, Resource::service)
}
