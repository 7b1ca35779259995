//! Logs for us: off unless an environment variable asks for them, and never printed.

use std::fs::File;
use std::sync::Mutex;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// What to log, for example `pool=debug,module_fallback=trace`.
const FILTER_VARIABLE: &str = "VITEST_POOL_WORKERD_LOG";
/// Where to; `vitest-pool-workerd.log` in the working directory unless set.
const FILE_VARIABLE: &str = "VITEST_POOL_WORKERD_LOG_FILE";

/// Installs the log if the environment asks for it. Mistakes in the variables mean no log: text for
/// users goes through Vitest, and there is none yet.
pub fn install() {
  let Ok(filter) = std::env::var(FILTER_VARIABLE) else {
    return;
  };
  let path = std::env::var(FILE_VARIABLE).unwrap_or_else(|_| "vitest-pool-workerd.log".to_owned());
  let (Ok(targets), Ok(file)) = (
    filter.parse::<Targets>(),
    File::options().create(true).append(true).open(path),
  ) else {
    return;
  };
  let layer = tracing_subscriber::fmt::layer()
    .with_ansi(false)
    .with_writer(Mutex::new(file));
  // The addon may be loaded twice into one process; the first one logs for both.
  let _ = tracing_subscriber::registry()
    .with(layer.with_filter(targets))
    .try_init();
}
