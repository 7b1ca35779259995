//! Everything that can be wrong with options, in words.
//!
//! `Display` says what happened, `help.rs` what to do, and a [`Problem`](super::Problem) where.
//! Texts that Wrangler's users know are kept word for word.

use std::io;

/// What is wrong, with the data that its text needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mistake {
  // Files.
  /// A Wrangler file is missing or cannot be read.
  #[error("Could not read file: {path}{}", reason(*kind))]
  Unreadable {
    /// Absolute path.
    path: String,
    /// What the file system answered.
    kind: io::ErrorKind,
  },
  /// The file's extension says nothing to us.
  #[error("unknown format of the Wrangler file {path}")]
  UnknownFormat {
    /// Absolute path.
    path: String,
  },
  /// The file is no TOML or JSON.
  #[error("syntax error: {message}")]
  Syntax {
    /// The parser's words.
    message: String,
  },

  // Shapes.
  /// A value has the wrong type, or none of the accepted values.
  #[error("{} is {found}", called(field))]
  Unacceptable {
    /// Path of the value.
    field: String,
    /// The value, or its type where it is long.
    found: String,
    /// The values accepted.
    accepted: String,
  },
  /// A required key is absent.
  #[error("{} has no `{key}`", called(field))]
  Missing {
    /// Path of the object.
    field: String,
    /// The absent key.
    key: String,
    /// The values accepted.
    accepted: String,
  },
  /// TOML has dates, `env` has not.
  #[error("The field \"{field}\" is a TOML date, which is not supported.")]
  TomlDate {
    /// Path of the value.
    field: String,
    /// Its last part.
    key: String,
    /// The date.
    date: String,
  },
  /// An option that does not exist.
  #[error("unknown option `{field}`")]
  UnknownOption {
    /// Path of the option.
    field: String,
    /// What was most likely meant.
    nearest: Option<String>,
    /// Options that do exist.
    listed: Vec<String>,
  },
  /// A key of a Wrangler file that does not exist.
  #[error(
    "Unexpected fields found in {} field: \"{key}\"",
    section_name(section)
  )]
  UnexpectedField {
    /// Path of the object; empty for the whole file.
    section: String,
    /// The key.
    key: String,
    /// What was most likely meant.
    nearest: Option<String>,
  },
  /// A key that Wrangler has removed.
  #[error("\"{field}\" is no longer supported")]
  Removed {
    /// Path of the key.
    field: String,
    /// What replaces it.
    instead: &'static str,
  },

  // Environments.
  /// The environment is not in the file, though others are.
  #[error("No environment found in configuration with name \"{name}\".")]
  UnknownEnvironment {
    /// The environment asked for.
    name: String,
    /// The ones in the file.
    available: Vec<String>,
  },
  /// The file has no environments at all.
  #[error("No environment found in configuration with name \"{name}\".")]
  NoEnvironments {
    /// The environment asked for.
    name: String,
  },
  /// A key that an environment has to repeat, and does not.
  #[error("\"{key}\" exists at the top level, but not on \"env.{environment}\".")]
  NotInherited {
    /// The key.
    key: String,
    /// The selected environment.
    environment: String,
  },
  /// Variables that an environment has to repeat, and does not.
  #[error("The following vars exist at the top level, but not on \"env.{environment}.vars\": \
    {}", names.join(", "))]
  VariablesNotInherited {
    /// The variables.
    names: Vec<String>,
    /// The selected environment.
    environment: String,
  },

  // The Worker.
  /// The Worker's name cannot be deployed.
  #[error("the Worker's name \"{name}\" is invalid")]
  WorkerName {
    /// The name.
    name: String,
  },
  /// The Worker under test does not exist.
  #[error("the Worker under test does not exist: {path}")]
  MainMissing {
    /// Absolute path.
    path: String,
    /// A file that does exist and differs in its extension.
    similar: Option<String>,
  },

  // Bindings.
  /// Two bindings share a name.
  #[error("{}", duplicate(name, kinds))]
  DuplicateBinding {
    /// The name.
    name: String,
    /// What is bound to it, sorted.
    kinds: Vec<&'static str>,
  },
  /// A setting that we do not act upon yet.
  #[error("`{field}` has no effect yet in this version")]
  NoEffect {
    /// Path of the key.
    field: String,
  },

  /// No bucket can have this name.
  #[error(
    "{field}=\"{name}\" is invalid. Bucket names must begin and end with an alphanumeric character, only contain \
    lowercase letters, numbers, and hyphens, and be between 3 and 63 characters long."
  )]
  BucketName {
    /// Path of the name.
    field: String,
    /// The name.
    name: String,
  },

  // Several Workers.
  /// Something refers to a Worker that is not there.
  #[error("{what} refers to the Worker `{worker}`, which is not there")]
  UnknownWorker {
    /// What refers to it, such as ``the service binding `AUTH` ``.
    what: String,
    /// The name.
    worker: String,
    /// Workers that are there.
    known: Vec<String>,
  },
  /// A Worker that would receive logs is not there.
  #[error(
    "Tail consumer \"{name}\" was not found in your config. Make sure you add it if you'd like to \
    simulate receiving tail events locally."
  )]
  TailMissing {
    /// The name.
    name: String,
  },
  /// A Worker is its own tail.
  #[error("the Worker `{name}` receives what it logs itself, through its tail consumers")]
  TailCycle {
    /// The name.
    name: String,
  },
  /// Two Workers have one name.
  #[error("Multiple workers defined with the same `name`: \"{name}\"")]
  DuplicateWorker {
    /// The name.
    name: String,
  },
  /// A name that Cloudflare's own integration gives to Workers.
  #[error("a Worker must not be called \"{name}\": names that begin so are reserved")]
  ReservedName {
    /// The name.
    name: String,
  },
  /// An auxiliary Worker's Wrangler file has no `main`.
  #[error("the Wrangler file of an auxiliary Worker has no `{key}`")]
  AuxiliaryIncomplete {
    /// `name` or `main`.
    key: &'static str,
  },

  // Secrets.
  /// Secrets that the file requires are not set.
  #[error("Missing required secrets: {}", names.join(", "))]
  SecretsMissing {
    /// Their names.
    names: Vec<String>,
  },

  // Modules.
  /// A rule comes after one of its type that ends it.
  #[error("the rule {field} is ignored: another of type \"{type_name}\" comes before it")]
  RuleIgnored {
    /// Path of the rule.
    field: String,
    /// The type.
    type_name: String,
  },
  /// A rule takes the place of the default of its type.
  #[error("the rule {field} replaces the default one of type \"{type_name}\", {}", globs.join(", "))]
  DefaultRuleHidden {
    /// Path of the rule.
    field: String,
    /// The type.
    type_name: String,
    /// What no longer matches by default.
    globs: Vec<String>,
  },

  // Queues.
  /// Two consumers would receive from one queue.
  #[error("the queue `{queue}` has more than one consumer")]
  DuplicateConsumer {
    /// The queue.
    queue: String,
  },
  /// What fails in a queue would come back to it for ever.
  #[error("the dead letter queue of `{queue}` is the queue itself")]
  DeadLettersToItself {
    /// The queue.
    queue: String,
  },

  // Durable Objects.
  /// Two ways of declaring classes at once.
  #[error("`migrations` and `exports` are mutually exclusive. Choose one or the other")]
  MigrationsAndExports,
  /// A migration does not fit the ones before it.
  #[error("Cannot apply {step} migration to {} class {class}", presence(*exists))]
  Migration {
    /// Such as `new_classes`.
    step: &'static str,
    /// The class.
    class: String,
    /// Whether the class is there, and should not be.
    exists: bool,
  },
  /// A class is bound and no migration declares it.
  #[error(
    "the Durable Object class `{class}` is bound, but no migration declares it: it gets the \
    legacy key-value storage, without SQL"
  )]
  Unmigrated {
    /// The class.
    class: String,
  },
  /// `environment` says in which environment of *another* script to look.
  #[error("the Durable Object binding `{name}` has an \"environment\", but no \"script_name\"")]
  EnvironmentWithoutScript {
    /// The binding.
    name: String,
  },
  /// Two Workflows would share their instances.
  #[error("the name `{name}` is that of more than one Workflow")]
  DuplicateWorkflow {
    /// Name of the Workflow.
    name: String,
  },
  /// A class cannot have both storages.
  #[error("the Durable Object class `{class}` has conflicting storages: {} here, but {} \
    elsewhere", storage(*sqlite), storage(!*sqlite))]
  StorageConflict {
    /// The class.
    class: String,
    /// What this place says.
    sqlite: bool,
    /// The place that says otherwise.
    other: String,
  },
  /// A class cannot have two unique keys.
  #[error("the Durable Object class `{class}` has conflicting unique keys")]
  UniqueKeyConflict {
    /// The class.
    class: String,
    /// The place that says otherwise.
    other: String,
  },

  // Compatibility.
  /// The compatibility date is no date.
  #[error("\"{field}\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got \"{found}\".")]
  MalformedDate {
    /// Path of the field.
    field: String,
    /// The text found.
    found: String,
  },
  /// The runtime does not know the compatibility date yet.
  #[error("Compatibility date \"{date}\" is in the future and unsupported")]
  FutureDate {
    /// The date found.
    date: String,
    /// The newest one that works.
    newest: String,
  },
  /// Vitest's runner needs the newer meaning of CommonJS exports.
  #[error(
    "`{flags}` must contain \"export_commonjs_default\", or `{date}` must be >= \"2022-10-31\"."
  )]
  CommonJsDefaultMissing {
    /// How the source spells the flags.
    flags: &'static str,
    /// How the source spells the date.
    date: &'static str,
  },
  /// Vitest's runner needs the newer meaning of CommonJS exports.
  #[error("`{flags}` must not contain \"export_commonjs_namespace\".")]
  CommonJsNamespace {
    /// How the source spells the flags.
    flags: &'static str,
  },
  /// A flag turns off something that Vitest's runner needs.
  #[error(
    "Removing `{flag}` compatibility flag during tests as that feature is needed to \
    support the Vitest runner."
  )]
  FlagRemoved {
    /// The flag.
    flag: String,
  },
}

fn reason(kind: io::ErrorKind) -> String {
  match kind {
    io::ErrorKind::NotFound => String::new(),
    kind => format!(" ({kind})"),
  }
}

fn called(field: &str) -> String {
  if field.is_empty() {
    "the configuration".into()
  } else {
    format!("`{field}`")
  }
}

fn section_name(section: &str) -> &str {
  if section.is_empty() {
    "top-level"
  } else {
    section
  }
}

fn presence(exists: bool) -> &'static str {
  if exists { "existing" } else { "non-existent" }
}

fn storage(sqlite: bool) -> &'static str {
  if sqlite { "SQLite" } else { "legacy key-value" }
}

pub(super) fn quoted(names: &[String]) -> String {
  names
    .iter()
    .map(|name| format!("`{name}`"))
    .collect::<Vec<_>>()
    .join(", ")
}

fn duplicate(name: &str, kinds: &[&str]) -> String {
  match kinds {
    [] => unreachable!("a duplicate has kinds"),
    [kind] => format!("{name} assigned to multiple {kind} bindings."),
    [first, second] => format!("{name} assigned to {first} and {second} bindings."),
    [start @ .., last] => {
      format!(
        "{name} assigned to {}, and {last} bindings.",
        start.join(", ")
      )
    }
  }
}
