//! An auxiliary Worker, as its options have it: nothing of ours is in it.

use super::bindings::{build_binding, build_objects};
use super::resource::cache;
use super::services::{DISK_SERVICE, RuntimeConfig, len, set_texts};
use super::target::{set_target, set_targets};
use super::workerd_capnp::worker;
use crate::options::{AuxiliaryWorker, ModuleType, ServiceTarget, WorkerModule};
use crate::protocol::LOGS_ENTRYPOINT;

pub(super) fn build_auxiliary(
  mut target: worker::Builder<'_>,
  auxiliary: &AuxiliaryWorker,
  runtime: &RuntimeConfig<'_>,
) {
  let modules = runtime.auxiliary_modules.get(&auxiliary.name);
  build_code(target.reborrow(), modules.map_or(&[], Vec::as_slice));
  target.set_compatibility_date(&auxiliary.compatibility_date);
  let flags = &auxiliary.compatibility_flags;
  set_texts(
    target.reborrow().init_compatibility_flags(len(flags.len())),
    flags,
  );
  if let Some(outbound) = &auxiliary.outbound {
    set_target(target.reborrow().init_global_outbound(), outbound);
  }
  target
    .reborrow()
    .init_durable_object_storage()
    .set_local_disk(DISK_SERVICE);
  let cache = cache(Some(&auxiliary.name), auxiliary.cache_api);
  target
    .reborrow()
    .init_cache_api_outbound()
    .set_name(cache.service());

  let bindings = &auxiliary.bindings;
  let mut list = target.reborrow().init_bindings(len(bindings.len()));
  for (index, binding) in bindings.iter().enumerate() {
    build_binding(list.reborrow().get(len(index)), binding, runtime);
  }
  // The runner prints what it logs.
  let mut tails = auxiliary.tails.clone();
  tails.push(ServiceTarget::Worker {
    name: None,
    entrypoint: Some(LOGS_ENTRYPOINT.into()),
    props: None,
  });
  set_targets(target.reborrow().init_tails(len(tails.len())), &tails);
  let classes = &auxiliary.durable_object_classes;
  let namespaces = target.init_durable_object_namespaces(len(classes.len()));
  build_objects(namespaces, 0, classes);
}

fn build_code(target: worker::Builder<'_>, modules: &[WorkerModule]) {
  let text = |module: &WorkerModule| String::from_utf8_lossy(&module.content.0).into_owned();
  if let [script] = modules
    && script.kind == ModuleType::ServiceWorker
  {
    let mut target = target;
    target.set_service_worker_script(text(script));
    return;
  }
  let mut list = target.init_modules(len(modules.len()));
  for (index, module) in modules.iter().enumerate() {
    let mut target = list.reborrow().get(len(index));
    target.set_name(&module.name);
    match module.kind {
      ModuleType::EsModule | ModuleType::ServiceWorker => target.set_es_module(text(module)),
      ModuleType::CommonJs => target.set_common_js_module(text(module)),
      ModuleType::Text => target.set_text(text(module)),
      ModuleType::Data => target.set_data(&module.content.0),
      ModuleType::CompiledWasm => target.set_wasm(&module.content.0),
      ModuleType::Json => target.set_json(text(module)),
    }
  }
}
