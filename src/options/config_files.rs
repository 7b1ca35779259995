//! Wrangler files, each with the secrets beside it: that of the user Worker, and those of auxiliary Workers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::auxiliary::{Auxiliary, Code, ConfigFile};
use super::files::{FileSystem, absolute, shown};
use super::input::Input;
use super::mistake::Mistake;
use super::problem::{Location, Problems, Severity, Source, Written};
use super::secrets;
use super::worker::WorkerOptions;
use super::wrangler::{self, Request};

/// Reads Wrangler files with the secrets beside them.
pub(super) struct ConfigReader<'a> {
  /// What paths are relative to.
  pub(super) base: &'a Path,
  pub(super) input: &'a Input<'a>,
  pub(super) files: &'a dyn FileSystem,
  pub(super) watched_files: &'a mut Vec<PathBuf>,
  pub(super) problems: &'a mut Problems,
}

impl ConfigReader<'_> {
  /// The Worker of a file, and the file's folder. Nothing is ever discovered: without an option that names
  /// it, no file is read.
  pub(super) fn read(
    &mut self,
    named_by: &Written<String>,
    environment: Option<&Written<String>>,
  ) -> (WorkerOptions, PathBuf) {
    let path = absolute(self.base, &named_by.value);
    self.watched_files.push(path.clone());
    let variable = self.input.environment.as_ref().map(|name| Written {
      value: name.clone(),
      location: Location {
        source: Arc::new(Source::Variable("CLOUDFLARE_ENV")),
        field: String::new(),
        span: None,
      },
    });
    let environment = environment.or(variable.as_ref());
    let environment = environment.filter(|environment| !environment.value.is_empty());
    let request = Request {
      path: &path,
      shown: shown(&self.input.project_root, &path),
      named_by,
      environment,
    };
    let mut worker = wrangler::load(request, self.files, self.problems);
    let folder = path.parent().unwrap_or(&path).to_owned();
    let place = secrets::Place {
      folder: &folder,
      environment: environment.map(|environment| environment.value.as_str()),
    };
    let read = secrets::add(&mut worker, &place, self.input, self.files, self.problems);
    self.watched_files.extend(read);
    (worker, folder)
  }

  pub(super) fn read_auxiliary(&mut self, config: &ConfigFile) -> Option<Auxiliary> {
    let before = self.problems.0.len();
    let (options, root) = self.read(&config.path, config.environment.as_ref());
    // A file that could not be read lacks everything.
    let is_readable = self.problems.0[before..]
      .iter()
      .all(|problem| problem.severity() == Severity::Warning);
    let mut require = |key, is_there: bool| {
      if is_readable && !is_there {
        let location = config.path.location.clone();
        self
          .problems
          .report(Mistake::AuxiliaryIncomplete { key }, location);
      }
    };
    require("main", options.main.is_some());
    require("name", !options.names.is_empty());
    check_main(options.main.as_ref(), self.input, self.files, self.problems);
    let options = options.merge(config.over.clone());
    let name = Written {
      value: options.names.first()?.clone(),
      location: config.path.location.clone(),
    };
    Some(Auxiliary {
      name,
      options,
      root,
      code: Code::Main,
    })
  }
}

/// Reports a `main` that does not exist.
pub(super) fn check_main(
  main: Option<&Written<PathBuf>>,
  input: &Input<'_>,
  files: &dyn FileSystem,
  problems: &mut Problems,
) {
  let Some(main) = main.filter(|main| !files.is_file(&main.value)) else {
    return;
  };
  // The two likeliest mistakes: an import specifier instead of a path, and a renamed source.
  let extensions = ["ts", "tsx", "mts", "js", "jsx", "mjs"];
  let similar = extensions.iter().find_map(|extension| {
    let candidate = main.value.with_extension(extension);
    files
      .is_file(&candidate)
      .then(|| shown(&input.project_root, &candidate))
  });
  let mistake = Mistake::MainMissing {
    path: main.value.display().to_string(),
    similar,
  };
  problems.report(mistake, main.location.clone());
}
