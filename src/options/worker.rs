//! Options of the user Worker as written, wherever they were written, and how two sets merge.

use std::collections::HashMap;
use std::path::PathBuf;

use super::assets::Assets;
use super::auxiliary::Auxiliary;
use super::field::Field;
use super::mistake::Mistake;
use super::plan::ServiceTarget;
use super::problem::{Location, Problems, Source, Written};
use super::products::Product;
use super::queues::{Consumer, Producer};
use super::rules::Rule;
use super::values::FileBinding;
use super::workflows::Workflow;
use super::wrapped::Wrapped;

/// Everything optional. Wrangler files and `miniflare` options both end up here.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkerOptions {
  /// Every name by which the Worker may be referred to; the first is the configured one.
  pub(super) names: Vec<String>,
  /// Absolute.
  pub(super) main: Option<Written<PathBuf>>,
  pub(super) compatibility_date: Option<Written<String>>,
  pub(super) compatibility_flags: Vec<Written<String>>,
  pub(super) variables: Record<serde_json::Value>,
  /// Binding → ID.
  pub(super) kv_namespaces: Record<String>,
  /// Binding → ID.
  pub(super) d1_databases: Record<String>,
  /// Binding → name.
  pub(super) r2_buckets: Record<String>,
  pub(super) queue_producers: Record<Producer>,
  /// By queue.
  pub(super) queue_consumers: Record<Consumer>,
  pub(super) workflows: Record<Workflow>,
  /// By class.
  pub(super) workflow_exports: Record<Workflow>,
  /// Names of entrypoints that `main` exports, as far as the file says so.
  pub(super) declared_entrypoints: Vec<String>,
  pub(super) assets: Option<Assets>,
  pub(super) wrapped: Record<Wrapped>,
  /// Bindings to smaller products.
  pub(super) products: Record<Product>,
  /// As written: names of Workers are not resolved, and nameless ones are this Worker.
  pub(super) services: Record<ServiceTarget>,
  pub(super) outbound: Option<Written<ServiceTarget>>,
  pub(super) tails: Vec<Written<ServiceTarget>>,
  /// Workers that the options list.
  pub(super) auxiliary: Vec<Auxiliary>,
  pub(super) cache_api: Option<bool>,
  /// Bindings that are files.
  pub(super) files: Record<FileBinding>,
  /// Names of the binding of the version.
  pub(super) versions: Record<()>,
  pub(super) defines: Vec<(String, String)>,
  pub(super) aliases: Vec<(String, String)>,
  /// Names that have to be set; without the list every name of the secrets' files counts.
  pub(super) required_secrets: Option<Vec<Written<String>>>,
  /// Of a Wrangler file.
  pub(super) rules: Vec<Written<Rule>>,
  /// Of options.
  pub(super) option_rules: Vec<Written<Rule>>,
  pub(super) durable_objects: Record<DurableObject>,
  pub(super) unbound_durable_objects: Vec<Written<DurableObject>>,
  /// Classes that migrations leave behind, or that are declared instead.
  pub(super) migrated_classes: Vec<MigratedClass>,
}

/// Binding → value, in the order written. The location is the name's.
pub(super) type Record<T> = Vec<(String, Written<T>)>;

/// A Durable Object class, and where it is.
#[derive(Clone, Debug)]
pub(super) struct DurableObject {
  pub(super) class_name: String,
  /// The Worker that exports it, with its environment's suffix.
  pub(super) script_name: Option<String>,
  pub(super) sqlite: Option<bool>,
  pub(super) unique_key: Option<String>,
  /// Whether a migration is due for it. Options have no migrations.
  pub(super) needs_migration: bool,
}

/// A Durable Object class as the last migration leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MigratedClass {
  pub(super) class_name: String,
  /// `None` when the migrations do not say.
  pub(super) sqlite: Option<bool>,
}

impl WorkerOptions {
  /// Merges one level deep; `over` wins. Lists are joined, records are assigned key by key, and the
  /// value of a key is replaced as a whole: suites written for Miniflare are tuned to that.
  pub(super) fn merge(mut self, over: Self) -> Self {
    self.names.extend(over.names);
    self.compatibility_flags.extend(over.compatibility_flags);
    self
      .unbound_durable_objects
      .extend(over.unbound_durable_objects);
    self.migrated_classes.extend(over.migrated_classes);
    self.rules.extend(over.rules);
    self.option_rules.extend(over.option_rules);
    self.tails.extend(over.tails);
    self.declared_entrypoints.extend(over.declared_entrypoints);
    self.auxiliary.extend(over.auxiliary);
    assign(&mut self.variables, over.variables);
    assign(&mut self.kv_namespaces, over.kv_namespaces);
    assign(&mut self.d1_databases, over.d1_databases);
    assign(&mut self.r2_buckets, over.r2_buckets);
    assign(&mut self.queue_producers, over.queue_producers);
    assign(&mut self.queue_consumers, over.queue_consumers);
    assign(&mut self.durable_objects, over.durable_objects);
    assign(&mut self.workflows, over.workflows);
    assign(&mut self.workflow_exports, over.workflow_exports);
    assign(&mut self.files, over.files);
    assign(&mut self.services, over.services);
    assign(&mut self.products, over.products);
    assign(&mut self.wrapped, over.wrapped);
    assign(&mut self.versions, over.versions);
    Self {
      main: over.main.or(self.main),
      compatibility_date: over.compatibility_date.or(self.compatibility_date),
      cache_api: over.cache_api.or(self.cache_api),
      outbound: over.outbound.or(self.outbound),
      assets: over.assets.or(self.assets),
      ..self
    }
  }
}

/// A name in `env`, what kind of thing it names, and where.
#[derive(Clone, Debug)]
pub(super) struct BoundName {
  pub(super) name: String,
  pub(super) kind: &'static str,
  pub(super) location: Location,
}

impl WorkerOptions {
  /// Every name that is bound here, in words that Wrangler's users know.
  pub(super) fn bound_names(&self) -> Vec<BoundName> {
    let mut names = Vec::new();
    extend(&mut names, "Environment Variable", &self.variables);
    extend(&mut names, "KV Namespace", &self.kv_namespaces);
    extend(&mut names, "D1 Database", &self.d1_databases);
    extend(&mut names, "R2 Bucket", &self.r2_buckets);
    extend(&mut names, "Queue", &self.queue_producers);
    extend(&mut names, "Durable Object", &self.durable_objects);
    extend(&mut names, "Workflow", &self.workflows);
    extend(&mut names, "File", &self.files);
    extend(&mut names, "Worker", &self.services);
    extend(&mut names, "Wrapped", &self.wrapped);
    if let Some(Written { value, location }) = self
      .assets
      .as_ref()
      .and_then(|assets| assets.binding.as_ref())
    {
      names.push(BoundName {
        name: value.clone(),
        kind: "Assets",
        location: location.clone(),
      });
    }
    for (name, written) in &self.products {
      names.push(BoundName {
        name: name.clone(),
        kind: written.value.noun,
        location: written.location.clone(),
      });
    }
    extend(&mut names, "Worker Version Metadata", &self.versions);
    names
  }
}

fn extend<T>(names: &mut Vec<BoundName>, kind: &'static str, record: &Record<T>) {
  names.extend(record.iter().map(|(name, written)| BoundName {
    name: name.clone(),
    kind,
    location: written.location.clone(),
  }));
}

/// Reports names that are bound more than once, each at its last place.
pub(super) fn refuse_duplicates(bound: &[BoundName], problems: &mut Problems) {
  let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
  for (index, bound) in bound.iter().enumerate() {
    by_name.entry(&bound.name).or_default().push(index);
  }
  for (index, last) in bound.iter().enumerate() {
    let same = &by_name[last.name.as_str()];
    if same.len() > 1 && same.last() == Some(&index) {
      let mut kinds: Vec<_> = same.iter().map(|&other| bound[other].kind).collect();
      kinds.sort_unstable();
      kinds.dedup();
      let mistake = Mistake::DuplicateBinding {
        name: last.name.clone(),
        kinds,
      };
      problems.report(mistake, last.location.clone());
    }
  }
}

/// Whether this place is in a file.
pub(super) fn is_in_file(location: &Location) -> bool {
  matches!(*location.source, Source::File { .. })
}

/// Warns about something that has no effect in this version.
pub(super) fn report_no_effect(field: &Field<'_>, problems: &mut Problems) {
  let mistake = Mistake::NoEffect {
    field: field.path.clone(),
  };
  problems.report(mistake, field.key_location());
}

/// What is over wins, in the place of what it is over.
pub(super) fn assign<T>(
  record: &mut Record<T>,
  over: impl IntoIterator<Item = (String, Written<T>)>,
) {
  for (name, value) in over {
    match record.iter_mut().find(|(known, _)| *known == name) {
      Some((_, slot)) => *slot = value,
      None => record.push((name, value)),
    }
  }
}
