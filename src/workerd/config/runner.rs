//! The runner Worker: the user Worker, with what we add to it.

use super::LOOPBACK_SOCKET;
use super::bindings::{build_binding, build_objects, build_workflow};
use super::network::NETWORK_SERVICE;
use super::resource::{assets_router, cache, secrets};
use super::services::{
  DISK_SERVICE, DISPATCHER_SERVICE, RUNNER_SERVICE, RuntimeConfig, len, set_texts,
};
use super::target::{set_target, worker_service};
use super::workerd_capnp::worker;
use crate::module_fallback::module::{Module, ModuleKind};
use crate::options::WorkflowExport;
use crate::protocol::{
  ASSETS_BINDING, DISPATCHER_BINDING, FACTS_BINDING, OBJECTS_BINDING_PREFIX, RUNNER_BINDING,
  RUNNER_CLASS, SECRETS_BINDING_PREFIX, SELF_BINDING, UNSAFE_EVAL_BINDING, WORKFLOW_BINDING_PREFIX,
  WORKFLOW_EXPORT_PREFIX,
};

pub(super) fn build_runner(mut worker: worker::Builder<'_>, runtime: &RuntimeConfig<'_>) {
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
  let mut outbound = worker.reborrow().init_global_outbound();
  match &plan.outbound {
    Some(target) => set_target(outbound, target),
    None => outbound.set_name(NETWORK_SERVICE),
  }
  worker
    .reborrow()
    .init_durable_object_storage()
    .set_local_disk(DISK_SERVICE);

  worker
    .reborrow()
    .init_cache_api_outbound()
    .set_name(cache(None, plan.cache_api).service());

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
  build_objects(namespaces, 1, classes);
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
  /// The namespace of an auxiliary Worker's class. Stopping objects reaches those that are bound.
  AuxiliaryObjects(&'a str, &'a str),
  /// The wrapper of a class.
  WorkflowClass(&'a str),
  /// The class of an auxiliary Worker.
  AuxiliaryWorkflowClass(&'a str, &'a str),
  WorkflowExport(&'a WorkflowExport),
  /// The secrets of a store.
  Secrets(&'a str),
  /// Name of the service.
  AssetsRouter(String),
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
  for worker in &plan.auxiliary_workers {
    let classes = worker.durable_object_classes.iter();
    own.extend(classes.map(|class| OwnBinding::AuxiliaryObjects(&worker.name, &class.class_name)));
  }
  let workflows = plan.workflow_classes().into_iter();
  own.extend(workflows.map(OwnBinding::WorkflowClass));
  let auxiliary = plan.auxiliary_workflow_classes().into_iter();
  own.extend(auxiliary.map(|(worker, class)| OwnBinding::AuxiliaryWorkflowClass(worker, class)));
  let exports = plan.workflow_exports.iter();
  own.extend(exports.map(OwnBinding::WorkflowExport));
  own.extend(
    plan
      .assets
      .is_some()
      .then(|| OwnBinding::AssetsRouter(assets_router(plan).service())),
  );
  own.extend(plan.secrets_stores().into_iter().map(OwnBinding::Secrets));
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
    OwnBinding::AuxiliaryObjects(worker, class) => {
      target.set_name(format!("{OBJECTS_BINDING_PREFIX}{worker}/{class}"));
      let mut namespace = target.init_durable_object_namespace();
      namespace.set_class_name(class);
      namespace.set_service_name(worker_service(Some(worker)));
    }
    OwnBinding::AuxiliaryWorkflowClass(worker, class) => {
      target.set_name(format!("{WORKFLOW_BINDING_PREFIX}{worker}/{class}"));
      let mut designator = target.init_service();
      designator.set_name(worker_service(Some(worker)));
      designator.set_entrypoint(class);
    }
    OwnBinding::AssetsRouter(service) => {
      target.set_name(ASSETS_BINDING);
      target.init_service().set_name(service);
    }
    OwnBinding::Secrets(store_id) => {
      target.set_name(format!("{SECRETS_BINDING_PREFIX}{store_id}"));
      target
        .init_kv_namespace()
        .set_name(secrets(store_id).service());
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
