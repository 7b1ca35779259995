//! Static assets of a plan, as their simulator takes them.

use super::error::PoolError;
use crate::options::{self, AssetsPlan, Plan};
use crate::simulators::AssetsOf;
use crate::simulators::assets::{
  Assets, AssetsConfig, HtmlHandling, NotFoundHandling, Routes, RunWorkerFirst,
};
use crate::workerd::config::worker_id;

/// The assets of all Workers.
///
/// # Errors
/// [`PoolError::Routes`].
pub(super) fn assets(plan: &Plan) -> Result<AssetsOf, PoolError> {
  let user = plan.assets.iter().map(|assets| (None, assets));
  let auxiliary = plan.auxiliary_workers.iter();
  let auxiliary =
    auxiliary.filter_map(|worker| Some((Some(worker.name.as_str()), worker.assets.as_ref()?)));
  let mut all = AssetsOf::new();
  for (worker, assets) in user.chain(auxiliary) {
    all.insert(worker_id(worker).to_owned(), Assets::new(config(assets)?));
  }
  Ok(all)
}

fn config(assets: &AssetsPlan) -> Result<AssetsConfig, PoolError> {
  Ok(AssetsConfig {
    directory: assets.directory.clone(),
    html_handling: match assets.html_handling {
      options::HtmlHandling::AutoTrailingSlash => HtmlHandling::AutoTrailingSlash,
      options::HtmlHandling::ForceTrailingSlash => HtmlHandling::ForceTrailingSlash,
      options::HtmlHandling::DropTrailingSlash => HtmlHandling::DropTrailingSlash,
      options::HtmlHandling::None => HtmlHandling::None,
    },
    not_found_handling: match assets.not_found_handling {
      options::NotFoundHandling::None => NotFoundHandling::None,
      options::NotFoundHandling::SinglePageApplication => NotFoundHandling::SinglePageApplication,
      options::NotFoundHandling::NotFoundPage => NotFoundHandling::NotFoundPage,
    },
    run_worker_first: match &assets.run_worker_first {
      options::RunWorkerFirst::Never => RunWorkerFirst::Never,
      options::RunWorkerFirst::Always => RunWorkerFirst::Always,
      options::RunWorkerFirst::Rules(rules) => RunWorkerFirst::Routes(Routes::new(rules)?),
    },
    prefers_navigation: assets.prefers_navigation,
  })
}
