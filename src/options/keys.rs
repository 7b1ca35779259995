//! Every key of a Wrangler file: whether environments inherit it, and what it does in tests.
//!
//! One table, so that a new simulator changes one word here. Misspelt keys are found by their
//! absence from it, and names of bindings that share a name by its kinds.

use super::field::Field;

/// What an environment does about a key that only the top level has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
  /// Uses it.
  Inherited,
  /// Goes without, with a warning.
  Repeated,
  /// Environments cannot have it.
  TopLevel,
}

/// What a key does in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
  /// [`super::wrangler`] reads it.
  Read,
  /// It binds names, by this kind, to products that only the account has.
  Binds(&'static str, Shape),
  /// It has an effect in production or in other tools that we do not have yet.
  Later,
  /// It has no business in tests.
  Nothing,
  /// Wrangler has removed it; says what replaces it.
  Removed(&'static str),
}

/// Where the names of bindings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
  /// `{ binding }` or `{ name }`
  One,
  /// A list of those.
  List,
  /// The keys of an object, or the strings of a list.
  Names,
  /// `site`, whose binding has a fixed name.
  Site,
}

/// One key.
pub(super) struct Key {
  pub(super) name: &'static str,
  pub(super) scope: Scope,
  pub(super) effect: Effect,
}

/// The entry for `name`.
pub(super) fn key(name: &str) -> Option<&'static Key> {
  KEYS.iter().find(|key| key.name == name)
}

impl Shape {
  /// The names that `field` binds. Malformed entries bind nothing: this is no validation.
  pub(super) fn names(self, field: &Field<'_>) -> Vec<String> {
    let one = |field: Field<'_>| {
      let name = field.get("binding").or_else(|| field.get("name"))?;
      name.as_text().map(str::to_owned)
    };
    match self {
      Self::One => one(field.clone()).into_iter().collect(),
      Self::List => field.items().filter_map(one).collect(),
      Self::Names => {
        let keys = field.entries().map(|entry| entry.key);
        keys
          .chain(field.items().filter_map(|item| item.as_text()))
          .map(str::to_owned)
          .collect()
      }
      Self::Site => vec!["__STATIC_CONTENT".into()],
    }
  }
}

const fn inherited(name: &'static str, effect: Effect) -> Key {
  Key {
    name,
    scope: Scope::Inherited,
    effect,
  }
}

const fn repeated(name: &'static str, effect: Effect) -> Key {
  Key {
    name,
    scope: Scope::Repeated,
    effect,
  }
}

const fn binds(name: &'static str, kind: &'static str, shape: Shape) -> Key {
  Key {
    name,
    scope: Scope::Repeated,
    effect: Effect::Binds(kind, shape),
  }
}

const fn top_level(name: &'static str, effect: Effect) -> Key {
  Key {
    name,
    scope: Scope::TopLevel,
    effect,
  }
}

/// All keys, by what they are about.
pub(super) const KEYS: &[Key] = &{
  use Effect::{Binds, Later, Nothing, Read, Removed};
  use Shape::{List, One, Site};
  [
    // The file.
    top_level("$schema", Nothing),
    top_level("env", Read),
    top_level("send_metrics", Nothing),
    top_level("dependencies_instrumentation", Nothing),
    top_level("dev", Nothing),
    // The Worker.
    inherited("name", Read),
    inherited("main", Read),
    inherited("compatibility_date", Read),
    inherited("compatibility_flags", Read),
    inherited("migrations", Read),
    inherited("exports", Read),
    inherited("access", Later),
    repeated("define", Read),
    top_level("alias", Read),
    inherited("rules", Read),
    inherited("find_additional_modules", Nothing),
    inherited("preserve_file_names", Nothing),
    inherited("base_dir", Nothing),
    inherited("tsconfig", Nothing),
    inherited("jsx_factory", Nothing),
    inherited("jsx_fragment", Nothing),
    inherited("build", Nothing),
    inherited("no_bundle", Nothing),
    inherited("minify", Nothing),
    inherited("keep_names", Nothing),
    inherited("python_modules", Nothing),
    inherited("upload_source_maps", Nothing),
    inherited("first_party_worker", Nothing),
    // Deployment.
    inherited("account_id", Nothing),
    inherited("workers_dev", Nothing),
    inherited("preview_urls", Nothing),
    inherited("previews", Nothing),
    inherited("routes", Nothing),
    inherited("route", Nothing),
    inherited("triggers", Nothing),
    inherited("limits", Nothing),
    inherited("placement", Nothing),
    inherited("observability", Nothing),
    inherited("logpush", Nothing),
    inherited("logfwdr", Nothing),
    inherited("cache", Nothing),
    inherited("compliance_region", Nothing),
    top_level("keep_vars", Nothing),
    top_level("addresses", Nothing),
    top_level("pages_build_output_dir", Nothing),
    repeated("containers", Nothing),
    repeated("cloudchamber", Nothing),
    repeated("connect", Nothing),
    // Variables.
    repeated("vars", Read),
    repeated("secrets", Read),
    // Simulated products.
    repeated("kv_namespaces", Read),
    repeated("d1_databases", Read),
    repeated("r2_buckets", Read),
    repeated("queues", Read),
    repeated("durable_objects", Read),
    repeated("workflows", Read),
    repeated("services", Read),
    // Smaller products.
    repeated("hyperdrive", Read),
    repeated("analytics_engine_datasets", Read),
    binds("analytics", "Analytics", List),
    repeated("ratelimits", Read),
    repeated("version_metadata", Read),
    repeated("send_email", Read),
    repeated("secrets_store_secrets", Read),
    binds("ai", "AI", One),
    binds("ai_search", "AI Search", List),
    binds("ai_search_namespaces", "AI Search Namespace", List),
    binds("agent_memory", "Agent Memory", List),
    binds("websearch", "Web Search", One),
    binds("vectorize", "Vectorize Index", List),
    binds("browser", "Browser", One),
    binds("images", "Images", One),
    binds("stream", "Stream", One),
    binds("media", "Media", One),
    repeated("pipelines", Read),
    binds("dispatch_namespaces", "Dispatch Namespace", List),
    binds("mtls_certificates", "mTLS Certificate", List),
    repeated("worker_loaders", Read),
    binds("vpc_services", "VPC Service", List),
    binds("vpc_networks", "VPC Network", List),
    binds("artifacts", "Artifacts", List),
    binds("flagship", "Flagship", List),
    binds("k2", "K2", List),
    repeated("unsafe", Read),
    binds("unsafe_hello_world", "Hello World", List),
    inherited("assets", Read),
    top_level("site", Binds("Workers Site", Site)),
    top_level("wasm_modules", Read),
    top_level("text_blobs", Read),
    top_level("data_blobs", Read),
    repeated("tail_consumers", Read),
    repeated("streaming_tail_consumers", Later),
    // Gone.
    top_level(
      "node_compat",
      Removed("remove it, and add \"nodejs_compat\" to `compatibility_flags` for production"),
    ),
    top_level(
      "legacy_env",
      Removed("remove it; every environment is a Worker of its own"),
    ),
  ]
};
