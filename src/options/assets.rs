//! Static assets, as a Wrangler file and as `miniflare.assets` spell them.

use std::path::{Path, PathBuf};

use super::field::Field;
use super::plan::{
  AssetsPlan, Binding, BindingKind, HtmlHandling, NotFoundHandling, RunWorkerFirst,
};
use super::problem::{Problems, Written};
use super::raw::Data;
use super::worker::WorkerOptions;
use super::workers::WorkerRef;

/// As written.
#[derive(Clone, Debug)]
pub(super) struct Assets {
  /// Absolute in a Wrangler file.
  directory: Option<PathBuf>,
  pub(super) binding: Option<Written<String>>,
  html_handling: HtmlHandling,
  not_found_handling: NotFoundHandling,
  run_worker_first: RunWorkerFirst,
}

const HTML: [(&str, HtmlHandling); 4] = [
  ("auto-trailing-slash", HtmlHandling::AutoTrailingSlash),
  ("force-trailing-slash", HtmlHandling::ForceTrailingSlash),
  ("drop-trailing-slash", HtmlHandling::DropTrailingSlash),
  ("none", HtmlHandling::None),
];
const NOT_FOUND: [(&str, NotFoundHandling); 3] = [
  ("none", NotFoundHandling::None),
  (
    "single-page-application",
    NotFoundHandling::SinglePageApplication,
  ),
  ("404-page", NotFoundHandling::NotFoundPage),
];
/// The date from which navigations prefer assets, by the flag below or without.
const NAVIGATION_SINCE: &str = "2025-04-01";
const NAVIGATION_FLAG: &str = "assets_navigation_prefers_asset_serving";
const NO_NAVIGATION_FLAG: &str = "assets_navigation_has_no_effect";

/// `assets: { directory, binding, … }`
pub(super) fn read_wrangler(field: &Field<'_>, folder: &Path, problems: &mut Problems) -> Assets {
  field.object("{ directory, binding }", problems);
  field.refuse_unknown(
    &[
      "directory",
      "binding",
      "html_handling",
      "not_found_handling",
      "run_worker_first",
      "base_path",
    ],
    problems,
  );
  let mut assets = read(field, &[field], problems);
  assets.directory = assets.directory.map(|directory| folder.join(directory));
  assets
}

/// `assets: { directory, binding, routerConfig, assetConfig }`
pub(super) fn read_options(option: &Field<'_>, problems: &mut Problems) -> Assets {
  option.object("{ directory, binding }", problems);
  option.refuse_unknown(
    &[
      "directory",
      "binding",
      "workerName",
      "html_handling",
      "not_found_handling",
      "run_worker_first",
      "routerConfig",
      "assetConfig",
      "compatibilityDate",
      "compatibilityFlags",
    ],
    problems,
  );
  let (router, asset) = (option.get("routerConfig"), option.get("assetConfig"));
  let places: Vec<&Field<'_>> = [option].into_iter().chain(&router).chain(&asset).collect();
  read(option, &places, problems)
}

/// Settings are looked for in several places; the first that has one counts.
fn read(field: &Field<'_>, places: &[&Field<'_>], problems: &mut Problems) -> Assets {
  let find = |key: &str| places.iter().find_map(|place| place.get(key));
  let directory = field.text_at("directory", "a path to a folder", problems);
  Assets {
    directory: directory.map(|directory| directory.value.into()),
    binding: field.text_at("binding", "the name in `env`", problems),
    html_handling: one_of(find("html_handling"), &HTML, problems),
    not_found_handling: one_of(find("not_found_handling"), &NOT_FOUND, problems),
    run_worker_first: find("run_worker_first")
      .map_or(RunWorkerFirst::Never, |rules| read_rules(&rules, problems)),
  }
}

fn one_of<T: Copy>(field: Option<Field<'_>>, values: &[(&str, T)], problems: &mut Problems) -> T {
  let default = values[0].1;
  let Some(field) = field else {
    return default;
  };
  let found = values
    .iter()
    .find(|(name, _)| field.as_text() == Some(name));
  if found.is_none() {
    let names: Vec<String> = values
      .iter()
      .map(|(name, _)| format!("\"{name}\""))
      .collect();
    field.refuse(names.join(", "), problems);
  }
  found.map_or(default, |(_, value)| *value)
}

fn read_rules(field: &Field<'_>, problems: &mut Problems) -> RunWorkerFirst {
  match field.node.data {
    Data::Bool(true) => RunWorkerFirst::Always,
    Data::Bool(false) => RunWorkerFirst::Never,
    Data::Array(_) => {
      let rules = field.items().filter_map(|item| {
        let rule = item.text("a path", problems)?.value;
        if !rule.starts_with('/') && !rule.starts_with("!/") {
          item.refuse("a path: rules must start with '/' or '!/'", problems);
        }
        Some(rule)
      });
      RunWorkerFirst::Rules(rules.collect())
    }
    _ => {
      field.refuse("`true`, `false` or a list of paths", problems);
      RunWorkerFirst::Never
    }
  }
}

/// The assets of a Worker, and the binding to them. Without a directory there are none.
pub(super) fn check(
  worker: &WorkerOptions,
  me: &WorkerRef,
  date: &str,
  base: &Path,
) -> (Option<AssetsPlan>, Option<Binding>) {
  let Some(assets) = &worker.assets else {
    return (None, None);
  };
  let Some(directory) = &assets.directory else {
    return (None, None);
  };
  let has = |name: &str| {
    worker
      .compatibility_flags
      .iter()
      .any(|flag| flag.value == name)
  };
  let plan = AssetsPlan {
    directory: base.join(directory),
    html_handling: assets.html_handling,
    not_found_handling: assets.not_found_handling,
    run_worker_first: assets.run_worker_first.clone(),
    prefers_navigation: (date >= NAVIGATION_SINCE && !has(NO_NAVIGATION_FLAG))
      || has(NAVIGATION_FLAG),
  };
  let binding = assets.binding.as_ref().map(|name| Binding {
    name: name.value.clone(),
    kind: BindingKind::Assets { worker: me.clone() },
  });
  (Some(plan), binding)
}
