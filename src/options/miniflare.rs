//! `miniflare` options of the user Worker.
//!
//! Options that only concern Miniflare as a process, or that the pool decides, are accepted and
//! mean nothing, so that configurations written for it keep loading.

use std::path::Path;

use super::assets;
use super::auxiliary;
use super::field::{Field, nearest};
use super::keys::Shape;
use super::problem::{Problems, Written};
use super::products;
use super::queues;
use super::raw::Data;
use super::rules;
use super::services;
use super::values::{self, FileKind};
use super::worker::{DurableObject, Record, WorkerOptions, report_no_effect};
use super::workflows;
use super::wrapped;

/// What a `miniflare` option does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
  /// This module reads it.
  Read,
  /// It binds names to products that only the account has.
  Binds(Shape),
  /// It would change what tests see, and does not yet.
  Later,
  /// The pool decides it, or it has no business in tests.
  Nothing,
}

/// Options of one Worker; then options of a Miniflare instance, of which we have none.
const OPTIONS: &[(&str, Effect)] = &{
  use Effect::{Binds, Later, Nothing, Read};
  use Shape::{Names, One, Site};
  [
    ("compatibilityDate", Read),
    ("compatibilityFlags", Read),
    ("bindings", Read),
    ("kvNamespaces", Read),
    ("d1Databases", Read),
    ("r2Buckets", Read),
    ("queueProducers", Read),
    ("queueConsumers", Read),
    ("cacheAPI", Read),
    ("cache", Read),
    ("durableObjects", Read),
    ("additionalUnboundDurableObjects", Read),
    ("workflows", Read),
    ("rootPath", Read),
    ("name", Read),
    ("serviceBindings", Read),
    ("hyperdrives", Read),
    ("ratelimits", Read),
    ("secretsStoreSecrets", Read),
    ("analyticsEngineDatasets", Read),
    ("wasmBindings", Read),
    ("textBlobBindings", Read),
    ("dataBlobBindings", Read),
    ("vectorize", Binds(Names)),
    ("dispatchNamespaces", Binds(Names)),
    ("mtlsCertificates", Binds(Names)),
    ("pipelines", Read),
    ("workerLoaders", Read),
    ("wrappedBindings", Read),
    ("versionMetadata", Read),
    ("assets", Read),
    ("ai", Binds(One)),
    ("images", Binds(One)),
    ("stream", Binds(One)),
    ("media", Binds(One)),
    ("browserRendering", Binds(One)),
    ("email", Read),
    ("sitePath", Binds(Site)),
    ("workers", Read),
    ("outboundService", Read),
    ("tails", Read),
    ("streamingTails", Later),
    ("modulesRules", Read),
    ("access", Later),
    ("fetchMock", Later),
    ("siteInclude", Nothing),
    ("siteExclude", Nothing),
    ("routes", Nothing),
    ("zone", Nothing),
    ("cronTriggers", Nothing),
    ("stripCfConnectingIp", Nothing),
    ("cacheWarnUsage", Nothing),
    ("script", Nothing),
    ("scriptPath", Nothing),
    ("modules", Nothing),
    ("modulesRoot", Nothing),
    ("port", Nothing),
    ("host", Nothing),
    ("https", Nothing),
    ("httpsKey", Nothing),
    ("httpsKeyPath", Nothing),
    ("httpsCert", Nothing),
    ("httpsCertPath", Nothing),
    ("inspectorPort", Nothing),
    ("inspectorHost", Nothing),
    ("log", Nothing),
    ("logRequests", Nothing),
    ("verbose", Nothing),
    ("handleRuntimeStdio", Nothing),
    ("handleStructuredLogs", Nothing),
    ("structuredWorkerdLogs", Nothing),
    ("cf", Nothing),
    ("upstream", Nothing),
    ("liveReload", Nothing),
    ("defaultPersistRoot", Nothing),
  ]
};

/// Whether there is such an option.
pub(super) fn is_option(name: &str) -> bool {
  OPTIONS.iter().any(|&(known, _)| known == name)
}

/// Reads the options into `worker`. Returns `rootPath`, which moves the base of other paths.
pub(super) fn read(
  field: &Field<'_>,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) -> Option<String> {
  let mut root_path = None;
  for option in field.object("an object of Miniflare's Worker options", problems) {
    let known = OPTIONS.iter().find(|(name, _)| *name == option.key);
    match known.map(|(_, effect)| *effect) {
      Some(Effect::Read) if option.key == "rootPath" => {
        root_path = option.text("a path", problems).map(|path| path.value);
      }
      Some(Effect::Read) => read_option(&option, worker, problems),
      Some(Effect::Binds(shape)) => {
        products::read_remote(noun(option.key), shape, &option, &mut worker.products);
      }
      Some(Effect::Later) if !option.node.is_empty() => {
        report_no_effect(&option, problems);
      }
      Some(_) => {}
      // `kvPersist` and its like: nothing that tests store outlives them.
      None if option.key.ends_with("Persist") => {}
      None if option.key.starts_with("unsafe") => {
        report_no_effect(&option, problems);
      }
      None => refuse(&option, problems),
    }
  }
  root_path
}

/// What an option binds, in words that Wrangler's users know.
fn noun(option: &str) -> &'static str {
  match option {
    "ai" => "AI",
    "vectorize" => "Vectorize Index",
    "images" => "Images",
    "stream" => "Stream",
    "media" => "Media",
    "browserRendering" => "Browser",
    "dispatchNamespaces" => "Dispatch Namespace",
    "mtlsCertificates" => "mTLS Certificate",
    _ => "Workers Site",
  }
}

fn refuse(option: &Field<'_>, problems: &mut Problems) {
  let names: Vec<&str> = OPTIONS.iter().map(|&(name, _)| name).collect();
  let read = OPTIONS.iter().filter(|(_, effect)| *effect == Effect::Read);
  let listed: Vec<&str> = read.map(|&(name, _)| name).collect();
  let meant = nearest(option.key, &names).map(str::to_owned);
  option.refuse_option(meant, &listed, problems);
}

fn read_option(option: &Field<'_>, worker: &mut WorkerOptions, problems: &mut Problems) {
  match option.key {
    "compatibilityDate" => {
      worker.compatibility_date = option.text("a date such as \"2026-11-02\"", problems);
    }
    "compatibilityFlags" => {
      worker.compatibility_flags = option.texts("a list of flag names", problems);
    }
    "bindings" => {
      for variable in option.object("an object of names and JSON values", problems) {
        variable.refuse_non_json(problems);
        let value = Written {
          value: variable.node.to_json(),
          location: variable.key_location(),
        };
        worker.variables.push((variable.key.to_owned(), value));
      }
    }
    "kvNamespaces" => read_resources(option, "KV namespace", &mut worker.kv_namespaces, problems),
    "d1Databases" => read_resources(option, "D1 database", &mut worker.d1_databases, problems),
    "r2Buckets" => read_resources(option, "R2 bucket", &mut worker.r2_buckets, problems),
    "queueProducers" => {
      queues::read_producers(option, &mut worker.queue_producers, problems);
    }
    "queueConsumers" => queues::read_consumers(option, worker, problems),
    "cacheAPI" => worker.cache_api = option.boolean(problems).or(worker.cache_api),
    // The older spelling of `cacheAPI`, which wins.
    "cache" => worker.cache_api = worker.cache_api.or(option.boolean(problems)),
    "durableObjects" => {
      for binding in option.object("an object of names and classes", problems) {
        if let Some(object) = read_durable_object(&binding, problems) {
          worker
            .durable_objects
            .push((binding.key.to_owned(), object));
        }
      }
    }
    "additionalUnboundDurableObjects" => {
      for item in option.list("a list of { className, useSQLite }", problems) {
        worker
          .unbound_durable_objects
          .extend(read_durable_object(&item, problems));
      }
    }
    "wasmBindings" => read_files(option, FileKind::Wasm, worker, problems),
    "textBlobBindings" => read_files(option, FileKind::Text, worker, problems),
    "dataBlobBindings" => read_files(option, FileKind::Data, worker, problems),
    "versionMetadata" => {
      let name = option.text("a string, the name in `env`", problems);
      worker.versions.extend(name.map(values::nothing_else));
    }
    "modulesRules" => rules::read_options(option, &mut worker.option_rules, problems),
    "serviceBindings" => services::read_options(option, &mut worker.services, problems),
    "outboundService" => {
      let target = services::read_target(option, problems);
      worker.outbound = target.map(|target| option.written(target));
    }
    "tails" => {
      for item in option.list("a list of Workers", problems) {
        let target = services::read_target(&item, problems);
        worker
          .tails
          .extend(target.map(|target| item.written(target)));
      }
    }
    "email" => {
      option.object("{ send_email: [{ name }] }", problems);
      option.refuse_unknown(&["send_email"], problems);
      if let Some(list) = option.get("send_email") {
        products::read_list("send_email", &list, &mut worker.products, problems);
      }
    }
    "hyperdrives"
    | "ratelimits"
    | "secretsStoreSecrets"
    | "analyticsEngineDatasets"
    | "workerLoaders" => products::read_record(option, &mut worker.products, problems),
    "pipelines" if option.is_list() => {
      for name in option.texts("a list of binding names", problems) {
        let (value, location) = (products::pipeline(), name.location);
        worker
          .products
          .push((name.value, Written { value, location }));
      }
    }
    "pipelines" => products::read_record(option, &mut worker.products, problems),
    "wrappedBindings" => wrapped::read(option, &mut worker.wrapped, problems),
    "assets" => worker.assets = Some(assets::read_options(option, problems)),
    "workers" => worker.auxiliary = auxiliary::read(option, problems),
    "workflows" => workflows::read_options(option, &mut worker.workflows, problems),
    "name" => worker
      .names
      .extend(option.text("a string", problems).map(|name| name.value)),
    other => unreachable!("`{other}` is marked as read, and nobody reads it"),
  }
}

fn read_files(
  option: &Field<'_>,
  kind: FileKind,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  // The base is known when all options are read.
  values::read_files(option, kind, Path::new(""), &mut worker.files, problems);
}

/// Binding names alone, which are IDs then too, or IDs by binding name.
fn read_resources(
  option: &Field<'_>,
  noun: &str,
  record: &mut Record<String>,
  problems: &mut Problems,
) {
  if !matches!(option.node.data, Data::Array(_) | Data::Object(_)) {
    option.refuse(
      "a list of binding names, or an object of binding names and IDs",
      problems,
    );
  }
  for item in option.items() {
    if let Some(name) = item.text("the name of a binding", problems)
      && !record.iter().any(|(known, _)| *known == name.value)
    {
      record.push((name.value.clone(), name));
    }
  }
  for entry in option.entries() {
    let id = match entry.node.data {
      Data::Object(_) => {
        entry.refuse_unknown(&["id", "remoteProxyConnectionString"], problems);
        entry.required_text("id", &format!("the ID of the {noun}"), problems)
      }
      _ => entry.text(
        &format!("a string, the ID of the {noun}, or {{ id }}"),
        problems,
      ),
    };
    if let Some(id) = id {
      record.push((entry.key.to_owned(), entry.written(id.value)));
    }
  }
}

fn read_durable_object(
  field: &Field<'_>,
  problems: &mut Problems,
) -> Option<Written<DurableObject>> {
  let mut object = DurableObject {
    class_name: String::new(),
    script_name: None,
    sqlite: None,
    unique_key: None,
    needs_migration: false,
  };
  if field.is_object() {
    field.refuse_unknown(
      &[
        "className",
        "scriptName",
        "useSQLite",
        "unsafeUniqueKey",
        "unsafePreventEviction",
        "container",
        "remoteProxyConnectionString",
      ],
      problems,
    );
    let class = field.required_text("className", "the name that `main` exports", problems);
    object.script_name = field
      .text_at("scriptName", "the name of a Worker", problems)
      .map(|name| name.value);
    object.sqlite = field
      .get("useSQLite")
      .and_then(|value| value.boolean(problems));
    object.unique_key = field
      .get("unsafeUniqueKey")
      .and_then(|key| read_unique_key(&key, problems));
    object.class_name = class?.value;
  } else {
    object.class_name = field
      .text("a class name, or { className, useSQLite }", problems)?
      .value;
  }
  Some(Written {
    value: object,
    location: field.location(),
  })
}

/// workerd uses the key as the name of a folder, which must not lead out of the storage folder.
fn read_unique_key(field: &Field<'_>, problems: &mut Problems) -> Option<String> {
  const ACCEPTED: &str = "a string of letters, digits, `-`, `_` and inner dots";
  let key = field.text(ACCEPTED, problems)?.value;
  if key.starts_with('.') || key.contains(|letter| !is_key_letter(letter)) {
    field.refuse(ACCEPTED, problems);
    return None;
  }
  Some(key)
}

/// Whether `letter` is safe in file names everywhere.
pub(super) fn is_key_letter(letter: char) -> bool {
  letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}
