//! A Wrangler file → options of the user Worker, for one environment.
//!
//! Lenient about what it does not know, because Wrangler grows keys faster than we do, and strict
//! about what it reads.

use std::path::Path;
use std::sync::Arc;

use super::assets;
use super::environment::Section;
use super::exports;
use super::field::Field;
use super::files::{FileSystem, absolute};
use super::keys::{Effect, KEYS};
use super::migrations;
use super::mistake::Mistake;
use super::problem::{Problems, Source, Written};
use super::products;
use super::queues;
use super::raw::{Data, Format, Node};
use super::rules;
use super::secrets;
use super::services;
use super::values::{self, FileKind};
use super::worker::{DurableObject, Record, WorkerOptions, refuse_duplicates, report_no_effect};
use super::workflows;

/// Which file to read, and on whose word.
pub(super) struct Request<'a> {
  /// Absolute.
  pub(super) path: &'a Path,
  /// The path as messages show it.
  pub(super) shown: String,
  /// The option that names the file.
  pub(super) named_by: &'a Written<String>,
  /// The environment to select.
  pub(super) environment: Option<&'a Written<String>>,
}

/// Reads the file. One that cannot be read is as good as an empty one, once it is reported.
pub(super) fn load(
  request: Request<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) -> WorkerOptions {
  let Request {
    path,
    shown,
    named_by,
    environment,
  } = request;
  let name = path.display().to_string();
  let Some(format) = Format::of(path) else {
    problems.report(
      Mistake::UnknownFormat { path: name },
      named_by.location.clone(),
    );
    return WorkerOptions::default();
  };
  let text = match files.read(path) {
    // Editors on Windows like to start a file with a byte order mark.
    Ok(text) => text
      .strip_prefix('\u{feff}')
      .map(str::to_owned)
      .unwrap_or(text),
    Err(error) => {
      let mistake = Mistake::Unreadable {
        path: name,
        kind: error.kind(),
      };
      problems.report(mistake, named_by.location.clone());
      return WorkerOptions::default();
    }
  };
  let parsed = format.parse(&text);
  let source = Arc::new(Source::File {
    path: path.to_owned(),
    shown,
    text,
  });
  match parsed {
    Ok(node) => read(&Field::root(&node, source), path, environment, problems),
    Err(error) => {
      let place = Node {
        data: Data::Null,
        span: error.span,
      };
      let location = Field::root(&place, source).location();
      problems.report(
        Mistake::Syntax {
          message: error.message,
        },
        location,
      );
      WorkerOptions::default()
    }
  }
}

fn read(
  root: &Field<'_>,
  path: &Path,
  environment: Option<&Written<String>>,
  problems: &mut Problems,
) -> WorkerOptions {
  root.object("an object of Wrangler settings", problems);
  let section = Section::select(root, environment, problems);
  section.check_keys(problems);

  let directory = path.parent().unwrap_or(path);
  let mut worker = WorkerOptions {
    names: section.names(problems),
    ..WorkerOptions::default()
  };
  for key in KEYS {
    let Some(field) = section.get(key) else {
      continue;
    };
    match key.effect {
      Effect::Read => read_key(&field, key.name, directory, &mut worker, problems),
      Effect::Binds(kind, shape) => {
        products::read_remote(kind, shape, &field, &mut worker.products);
      }
      Effect::Later if !field.node.is_empty() => report_no_effect(&field, problems),
      Effect::Later | Effect::Nothing => {}
      Effect::Removed(instead) => {
        problems.report(
          Mistake::Removed {
            field: field.path.clone(),
            instead,
          },
          field.key_location(),
        );
      }
    }
  }
  if let (Some(_), Some(exports)) = (section.named("migrations"), section.named("exports")) {
    problems.report(Mistake::MigrationsAndExports, exports.key_location());
  }
  refuse_duplicates(&worker.bound_names(), problems);
  worker
}

fn read_key(
  field: &Field<'_>,
  key: &str,
  directory: &Path,
  worker: &mut WorkerOptions,
  problems: &mut Problems,
) {
  match key {
    "main" => {
      worker.main = field
        .text("a path to the Worker's entry file", problems)
        .map(|main| Written {
          value: absolute(directory, &main.value),
          location: main.location,
        });
    }
    "compatibility_date" => {
      worker.compatibility_date = field.text("a date such as \"2026-11-02\"", problems);
    }
    "compatibility_flags" => {
      worker.compatibility_flags = field.texts("a list of flag names", problems);
    }
    "migrations" => worker.migrated_classes = migrations::replay(field, problems),
    "vars" => read_variables(field, worker, problems),
    "kv_namespaces" => read_resources(field, &KV_NAMESPACES, &mut worker.kv_namespaces, problems),
    "d1_databases" => read_resources(field, &D1_DATABASES, &mut worker.d1_databases, problems),
    "r2_buckets" => read_resources(field, &R2_BUCKETS, &mut worker.r2_buckets, problems),
    "queues" => queues::read_wrangler(field, worker, problems),
    "define" => values::read_defines(field, worker, problems),
    "alias" => values::read_aliases(field, directory, worker, problems),
    "wasm_modules" => {
      values::read_files(
        field,
        FileKind::Wasm,
        directory,
        &mut worker.files,
        problems,
      );
    }
    "text_blobs" => {
      values::read_files(
        field,
        FileKind::Text,
        directory,
        &mut worker.files,
        problems,
      );
    }
    "data_blobs" => {
      values::read_files(
        field,
        FileKind::Data,
        directory,
        &mut worker.files,
        problems,
      );
    }
    "version_metadata" => {
      let name = values::read_version(field, problems);
      worker.versions.extend(name.map(values::nothing_else));
    }
    "assets" => worker.assets = Some(assets::read_wrangler(field, directory, problems)),
    "services" => services::read_wrangler(field, &mut worker.services, problems),
    "tail_consumers" => services::read_wrangler_tails(field, &mut worker.tails, problems),
    "hyperdrive"
    | "ratelimits"
    | "analytics_engine_datasets"
    | "send_email"
    | "secrets_store_secrets"
    | "pipelines"
    | "worker_loaders" => {
      products::read_list(key, field, &mut worker.products, problems);
    }
    "unsafe" => products::read_unsafe(field, &mut worker.products, problems),
    "secrets" => secrets::read_wrangler(field, worker, problems),
    "rules" => rules::read_wrangler(field, &mut worker.rules, problems),
    "exports" => exports::read(field, worker, problems),
    "durable_objects" => read_durable_objects(field, worker, problems),
    "workflows" => workflows::read_wrangler(field, &mut worker.workflows, problems),
    // `Section` has read these.
    "name" | "env" => {}
    other => unreachable!("`{other}` is marked as read, and nobody reads it"),
  }
}

fn read_variables(field: &Field<'_>, worker: &mut WorkerOptions, problems: &mut Problems) {
  for variable in field.object("an object of names and values", problems) {
    variable.refuse_non_json(problems);
    let value = Written {
      value: variable.node.to_json(),
      location: variable.key_location(),
    };
    worker.variables.push((variable.key.to_owned(), value));
  }
}

/// A list of `{ binding, id }`, as several products have it.
struct Resources {
  shape: &'static str,
  accepted: &'static [&'static str],
  /// Keys that hold the ID, the one that wins first.
  ids: &'static [&'static str],
  /// What an ID has to be, for messages.
  id: &'static str,
}

const KV_NAMESPACES: Resources = Resources {
  shape: "{ binding, id }",
  accepted: &["binding", "id", "preview_id", "remote"],
  ids: &["preview_id", "id"],
  id: "the ID of the KV namespace, or leave it out",
};

/// Migrations are not applied by us: `applyD1Migrations` does that, in the tests.
const D1_DATABASES: Resources = Resources {
  shape: "{ binding, database_name, database_id }",
  accepted: &[
    "binding",
    "database_name",
    "database_id",
    "preview_database_id",
    "migrations_dir",
    "migrations_table",
    "migrations_pattern",
    "database_internal_env",
    "remote",
  ],
  ids: &["preview_database_id", "database_id"],
  id: "the ID of the database, or leave it out",
};

const R2_BUCKETS: Resources = Resources {
  shape: "{ binding, bucket_name }",
  accepted: &[
    "binding",
    "bucket_name",
    "preview_bucket_name",
    "jurisdiction",
    "local_dev",
    "remote",
  ],
  ids: &["preview_bucket_name", "bucket_name"],
  id: "the name of the bucket, or leave it out",
};

fn read_resources(
  field: &Field<'_>,
  resources: &Resources,
  record: &mut Record<String>,
  problems: &mut Problems,
) {
  for item in field.list(&format!("a list of {}", resources.shape), problems) {
    item.object(resources.shape, problems);
    item.refuse_unknown(resources.accepted, problems);
    let mut id = None;
    let texts = resources.accepted.iter();
    for key in texts.filter(|key| !["binding", "remote", "local_dev"].contains(key)) {
      let is_id = resources.ids.contains(key);
      let accepted = if is_id {
        resources.id
      } else {
        "a string, or leave it out"
      };
      let text = item.text_at(key, accepted, problems);
      if let Some(name) = text.as_ref().filter(|_| *key == "bucket_name") {
        check_bucket_name(name, problems);
      }
      if is_id && (id.is_none() || *key == resources.ids[0]) {
        id = text.or(id);
      }
    }
    if let Some(remote) = item.get("remote") {
      remote.boolean(problems);
    }
    if let Some(Written {
      value: name,
      location,
    }) = item.required_text("binding", "the name in `env`", problems)
    {
      let value = id.map_or_else(|| name.clone(), |id| id.value);
      record.push((name, Written { value, location }));
    }
  }
}

fn check_bucket_name(name: &Written<String>, problems: &mut Problems) {
  let bytes = name.value.as_bytes();
  let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
  let is_valid = (3..=63).contains(&bytes.len())
    && bytes.iter().all(|byte| is_plain(byte) || *byte == b'-')
    && [bytes.first(), bytes.last()]
      .iter()
      .all(|end| end.is_some_and(is_plain));
  if !is_valid {
    let mistake = Mistake::BucketName {
      field: name.location.field.clone(),
      name: name.value.clone(),
    };
    problems.report(mistake, name.location.clone());
  }
}

fn read_durable_objects(field: &Field<'_>, worker: &mut WorkerOptions, problems: &mut Problems) {
  field.object("{ bindings: [{ name, class_name }] }", problems);
  field.refuse_unknown(&["bindings", "code_update_strategy"], problems);
  let Some(bindings) = field.get("bindings") else {
    if field.is_object() {
      let (field_path, key) = (field.path.clone(), "bindings".to_owned());
      let accepted = "a list of { name, class_name }".to_owned();
      problems.report(
        Mistake::Missing {
          field: field_path,
          key,
          accepted,
        },
        field.key_location(),
      );
    }
    return;
  };
  for item in bindings.list("a list of { name, class_name }", problems) {
    item.object("{ name, class_name }", problems);
    item.refuse_unknown(
      &["name", "class_name", "script_name", "environment"],
      problems,
    );
    let name = item.required_text("name", "the name in `env`", problems);
    let class = item.required_text("class_name", "the name that `main` exports", problems);
    let script = item.text_at("script_name", "the name of a Worker", problems);
    let environment = item.text_at("environment", "the name of an environment", problems);
    let Some(Written {
      value: name,
      location,
    }) = name
    else {
      continue;
    };
    if let (Some(environment), None) = (&environment, item.get("script_name")) {
      let mistake = Mistake::EnvironmentWithoutScript { name: name.clone() };
      problems.report(mistake, environment.location.clone());
    }
    let script_name = script.map(|script| match environment {
      Some(environment) => format!("{}-{}", script.value, environment.value),
      None => script.value,
    });
    let Some(class) = class else { continue };
    let value = DurableObject {
      class_name: class.value,
      script_name,
      sqlite: None,
      unique_key: None,
      needs_migration: true,
    };
    worker
      .durable_objects
      .push((name, Written { value, location }));
  }
}
