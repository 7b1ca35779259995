//! What simulators of ours keep, and the services in front of them.

use super::LOOPBACK_SOCKET;
use super::workerd_capnp::external_server;
use crate::options::{Binding, BindingKind, Plan, distinct};
use crate::protocol::{CF_HEADER, ROUTE_HEADER, SCHEME_HEADER, encode_resource};

/// A KV namespace that has the secrets of a store.
const SECRETS: &str = "secrets";

/// The secrets of a store.
pub(super) fn secrets(store_id: &str) -> Resource<'_> {
  Resource {
    product: SECRETS,
    id: store_id,
  }
}

/// Something that a simulator of ours keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resource<'a> {
  product: &'static str,
  id: &'a str,
}

impl<'a> Resource<'a> {
  /// What a binding leads to.
  pub(super) fn of(binding: &'a Binding) -> Option<Self> {
    let (product, id): (_, &str) = match &binding.kind {
      BindingKind::Kv { namespace_id } => ("kv", namespace_id),
      BindingKind::D1 { database_id } => ("d1", database_id),
      BindingKind::R2 { bucket_name } => ("r2", bucket_name),
      BindingKind::Queue { queue_name, .. } => ("queue", queue_name),
      BindingKind::RateLimit { namespace_id, .. } => ("rate-limit", namespace_id),
      BindingKind::AnalyticsEngine { dataset } => ("analytics", dataset),
      BindingKind::SendEmail { log, .. } => ("email", log),
      BindingKind::Assets { worker } => ("assets", worker_id(worker.as_deref())),
      BindingKind::SecretsStoreSecret { store_id, .. } => (SECRETS, store_id),
      BindingKind::Text(_)
      | BindingKind::Json(_)
      | BindingKind::Wasm(_)
      | BindingKind::Data(_)
      | BindingKind::VersionMetadata
      | BindingKind::DurableObject { .. }
      | BindingKind::Workflow { .. }
      | BindingKind::Hyperdrive { .. }
      | BindingKind::HyperdriveMissing
      | BindingKind::Pipeline
      | BindingKind::Wrapped { .. }
      | BindingKind::WorkerLoader
      | BindingKind::Stub { .. }
      | BindingKind::Service(_) => return None,
    };
    Some(Self { product, id })
  }

  /// Name of the service in the configuration.
  pub(super) fn service(self) -> String {
    format!("{}:{}", self.product, self.id)
  }

  /// An external server at our own socket. The injected header is the only thing that tells resources apart,
  /// and user code can neither set nor see it.
  pub(super) fn build(self, mut server: external_server::Builder<'_>) {
    server.set_address(format!("unix:{LOOPBACK_SOCKET}"));
    let mut http = server.init_http();
    if self.product.starts_with("cache") {
      // Keys of the Cache API are whole URLs, and `cf.cacheKey`.
      http.set_forwarded_proto_header(SCHEME_HEADER);
      http.set_cf_blob_header(CF_HEADER);
    }
    let mut header = http.init_inject_request_headers(1).get(0);
    header.set_name(ROUTE_HEADER);
    header.set_value(self.route());
  }

  /// Value of the header that tells us whom a request is for.
  fn route(self) -> String {
    format!("{}/{}", self.product, encode_resource(self.id))
  }
}

/// What decides whether the assets of the user Worker answer a request, and answers it then. Without a Worker there is
/// nothing to decide.
pub(super) fn assets_router(plan: &Plan) -> Resource<'static> {
  let has_worker = plan.main.is_some();
  Resource {
    product: if has_worker {
      "assets-router"
    } else {
      "assets"
    },
    id: worker_id(None),
  }
}

/// The caches of a Worker, which are there without a binding.
pub(super) fn cache(worker: Option<&str>, is_on: bool) -> Resource<'_> {
  Resource {
    product: if is_on { "cache" } else { "cache-off" },
    id: worker_id(worker),
  }
}

/// What is a Worker's own goes by its name. The user Worker has one that no other may have.
#[must_use]
pub fn worker_id(worker: Option<&str>) -> &str {
  worker.unwrap_or("vitest-plugin-runner")
}

/// Everything that a simulator keeps for a plan. Two bindings may share a resource; it is one service then.
pub(super) fn resources(plan: &Plan) -> Vec<Resource<'_>> {
  let mut resources: Vec<_> = plan.all_bindings().filter_map(Resource::of).collect();
  resources.push(cache(None, plan.cache_api));
  resources.extend(plan.secrets_stores().into_iter().map(secrets));
  resources.extend(plan.assets.is_some().then(|| assets_router(plan)));
  let auxiliary = plan.auxiliary_workers.iter();
  resources.extend(auxiliary.map(|worker| cache(Some(&worker.name), worker.cache_api)));
  distinct(resources)
}
