//! Everything that planning depends on, besides files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::shown;
use super::plan::Isolation;

/// What the user wrote, and what the rest of the world contributes to its meaning.
#[derive(Clone, Debug)]
pub struct Input<'a> {
  /// Absolute root folder of the Vitest project (Vite's `root`).
  pub project_root: PathBuf,
  /// Name of the Vitest project. A root project has none: then this is empty.
  pub project_name: String,
  /// The Vitest config file. It only appears in messages.
  pub config_file: Option<PathBuf>,
  /// What the user passed to `workers()`, without the functions in it.
  pub options: serde_json::Value,
  /// Defaults that depend on the name under which the user imported us.
  pub defaults: Defaults,
  /// Value of the environment variable `CLOUDFLARE_ENV`.
  pub environment: Option<String>,
  /// All variables of this process. Files of secrets may refer to them.
  pub process_env: BTreeMap<String, String>,
  /// The current date (UTC) as `YYYY-MM-DD`. workerd refuses compatibility dates after it, though
  /// a fresh release knows some; `None` trusts [`Self::newest_compatibility_date`] alone.
  pub today: Option<&'a str>,
  /// The newest compatibility date that the runtime takes, as `YYYY-MM-DD`.
  pub newest_compatibility_date: &'a str,
}

/// Defaults that are not the same for everybody.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
  /// What a missing `isolatedStorage` means.
  pub isolated_storage: Isolation,
}

impl Input<'_> {
  /// The project, as messages call it: by its name, else by its config file, else by its folder.
  pub(super) fn project(&self) -> String {
    let place = match &self.config_file {
      Some(file) => shown(&self.project_root, file),
      None => file_name(&self.project_root),
    };
    if self.project_name.is_empty() {
      format!("project `{place}`")
    } else {
      format!("project `{}` ({place})", self.project_name)
    }
  }

  /// The newest date that the runtime takes today.
  pub(super) fn newest_date(&self) -> &str {
    match self.today {
      Some(today) if today < self.newest_compatibility_date => today,
      _ => self.newest_compatibility_date,
    }
  }
}

fn file_name(path: &Path) -> String {
  match path.file_name() {
    Some(name) => name.to_string_lossy().into_owned(),
    None => path.display().to_string(),
  }
}
