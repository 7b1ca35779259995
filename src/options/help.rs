//! What to do about each mistake, and whether the project can start in spite of it.

use std::io;

use super::mistake::{Mistake, quoted};
use super::problem::Severity;

impl Mistake {
  /// Whether the project can start in spite of it.
  #[must_use]
  pub fn severity(&self) -> Severity {
    match self {
      Self::UnexpectedField { .. }
      | Self::NoEnvironments { .. }
      | Self::NotInherited { .. }
      | Self::VariablesNotInherited { .. }
      | Self::NoEffect { .. }
      | Self::RuleIgnored { .. }
      | Self::SecretsMissing { .. }
      | Self::DefaultRuleHidden { .. }
      | Self::TailMissing { .. }
      | Self::Unmigrated { .. }
      | Self::FlagRemoved { .. } => Severity::Warning,
      _ => Severity::Error,
    }
  }

  /// What to do about it.
  #[must_use]
  pub fn help(&self) -> String {
    match self {
      Self::Unreadable {
        kind: io::ErrorKind::NotFound,
        ..
      } => "create the file, or correct the path".into(),
      Self::Unreadable { .. } => "make it a readable UTF-8 text file".into(),
      Self::UnknownFormat { .. } => "use a file that ends in .toml, .json or .jsonc".into(),
      Self::Syntax { .. } => "correct the file; nothing in it was read".into(),
      Self::Unacceptable { accepted, .. } => format!("use {accepted}"),
      Self::Missing { key, accepted, .. } => format!("add `{key}`: {accepted}"),
      Self::TomlDate { key, date, .. } => {
        let key = if key.is_empty() { "value" } else { key };
        format!("Please use a string instead, e.g. {key} = \"{date}\".")
      }
      Self::UnknownOption {
        nearest, listed, ..
      } => {
        let meant = nearest
          .as_ref()
          .map(|key| format!("did you mean `{key}`? "));
        format!(
          "{}accepted here: {}",
          meant.unwrap_or_default(),
          quoted(listed)
        )
      }
      Self::UnexpectedField {
        nearest: Some(key), ..
      } => format!("did you mean \"{key}\"?"),
      Self::UnexpectedField { .. } => "remove it, or correct its name; it has no effect".into(),
      Self::Removed { instead, .. } => (*instead).into(),
      Self::UnknownEnvironment { available, .. } => {
        format!(
          "The available configured environment names are: {}",
          quoted(available)
        )
      }
      Self::NoEnvironments { name } => {
        format!(
          "the top level is used; add \"env.{name}\" to the file, or unset the \
          environment"
        )
      }
      Self::NotInherited { key, environment } => format!(
        "This is not what you probably want, since \"{key}\" is not inherited by \
          environments.\nPlease add \"{key}\" to \"env.{environment}\"."
      ),
      Self::VariablesNotInherited { environment, .. } => format!(
        "This is not what you probably want, since \"vars\" is not inherited by \
          environments.\nPlease add these vars to \"env.{environment}.vars\"."
      ),
      Self::WorkerName { .. } => {
        "use lower-case letters, digits, `-` and `_`, and do not start with `-`".into()
      }
      Self::MainMissing {
        similar: Some(similar),
        ..
      } => {
        format!("did you mean {similar}? Paths are used as written, so add the extension")
      }
      Self::MainMissing { .. } => {
        "correct the path, build the file before the tests, or set the option `main` to the \
          Worker's source"
          .into()
      }
      Self::DuplicateBinding { .. } => {
        "Bindings must have unique names, so that they can all be referenced in the \
          worker.\nPlease change your bindings to have unique names."
          .into()
      }
      Self::SecretsMissing { .. } => "add them to .dev.vars, .env, or set them as environment variables; tests may have them in `miniflare.bindings`".into(),
      Self::RuleIgnored { .. } => "add `fallthrough`: `true` to the rule before it, so that both hold, or `false`, to keep it as it is without this warning".into(),
      Self::DefaultRuleHidden { .. } => "add `fallthrough`: `true`, so that both hold, or `false`, to keep it as it is without this warning".into(),
      Self::NoEffect { .. } => "nothing to do, unless a test depends on it".into(),
      Self::DuplicateConsumer { .. } => "remove all of its consumers but one".into(),
      Self::DeadLettersToItself { .. } => "name another queue, or leave it out".into(),
      Self::MigrationsAndExports => "remove one of them".into(),
      Self::Migration { exists: true, .. } => {
        "an earlier migration has created the class: remove one of the two".into()
      }
      Self::Migration { exists: false, .. } => {
        "no earlier migration has created the class: check the name and the order".into()
      }
      Self::Unmigrated { class } => {
        format!("add a migration: {{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"{class}\"] }}")
      }
      Self::EnvironmentWithoutScript { .. } => {
        "remove \"environment\", or name the Worker that exports the class in \
          \"script_name\""
          .into()
      }
      Self::UnknownWorker { known, .. } => {
        let known = if known.is_empty() {
          String::new()
        } else {
          format!("; the Workers of this project are {}", quoted(known))
        };
        format!(
          "add its Wrangler file to `auxiliaryWorkers` or its built code to `miniflare.workers`, or override \
            the binding in `miniflare`{known}"
        )
      }
      Self::TailMissing { .. } => {
        "add it to `auxiliaryWorkers` or `miniflare.workers`, or ignore this".into()
      }
      Self::BucketName { .. } => "use the name of the bucket, or leave it out".into(),
      Self::TailCycle { .. } => "remove it from the tail consumers of one of the Workers between".into(),
      Self::DuplicateWorker { .. } | Self::ReservedName { .. } => "choose another name".into(),
      Self::AuxiliaryIncomplete { key: "main" } => {
        "add `main`, the path of the Worker's source".into()
      }
      Self::AuxiliaryIncomplete { .. } => {
        "add `name`: others refer to the Worker by it".into()
      }
      Self::DuplicateWorkflow { .. } => "give each Workflow a name of its own".into(),
      Self::StorageConflict { other, .. } => {
        format!("make it agree with {other}, or leave `useSQLite` out")
      }
      Self::UniqueKeyConflict { other, .. } => format!("use the `unsafeUniqueKey` of `{other}`"),
      Self::MalformedDate { .. } => "use a date such as \"2026-11-02\"".into(),
      Self::FutureDate { newest, .. } => {
        format!("use \"{newest}\" or earlier, or update `vitest-pool-workerd`")
      }
      Self::CommonJsDefaultMissing { .. } => {
        "This flag is required to use `vitest-pool-workerd`.".into()
      }
      Self::CommonJsNamespace { .. } => {
        "This flag is incompatible with `vitest-pool-workerd`.".into()
      }
      Self::FlagRemoved { .. } => {
        "nothing to do; code that is tested sees the feature turned on".into()
      }
    }
  }
}
