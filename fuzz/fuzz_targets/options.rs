//! A Wrangler file, and after a line of `%%` the options of `workers()` as JSON, and after another the
//! environment, and after another `.env`. Mistakes are rendered, too, since that cuts their places out of the text.
#![cfg_attr(feature = "libfuzzer", no_main)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};
use vitest_pool_workerd::options::{
  Defaults, Input, Isolation, MemoryFiles, Plan, Severity, plan, render, render_warnings,
};

fuzz::target!(|bytes: &[u8]| {
  let mut parts = fuzz::parts(bytes).map(fuzz::text);
  let file = parts.next().unwrap_or_default();
  let is_json = file.trim_start().starts_with('{');
  let path = if is_json {
    "wrangler.jsonc"
  } else {
    "wrangler.toml"
  };
  let options = parts
    .next()
    .and_then(|json| serde_json::from_str(json).ok());
  let mut options: Value = options.unwrap_or_else(|| json!({}));
  if let Some(options) = options.as_object_mut() {
    let wrangler = json!({ "configPath": path });
    options.entry("wrangler").or_insert(wrangler);
  }
  let root = PathBuf::from("/project");
  let environment = parts.next().map(str::to_owned);
  let secrets = parts.next().unwrap_or_default();
  let files = [
    (path, file),
    ("src/index.ts", "export default {}"),
    (".env", secrets),
  ];
  let files = files.map(|(path, text)| (root.join(path), text.to_owned()));
  let files = MemoryFiles(files.into());
  let input = Input {
    config_file: Some(root.join("vitest.config.ts")),
    project_root: root,
    project_name: "api".to_owned(),
    options,
    defaults: Defaults {
      isolated_storage: Isolation::Test,
    },
    environment,
    process_env: Default::default(),
    today: None,
    newest_compatibility_date: "2026-11-09",
  };
  match plan(&input, &files) {
    Ok((plan, warnings)) => {
      let mut severities = warnings.iter().map(|problem| problem.severity());
      assert!(severities.all(|severity| severity == Severity::Warning));
      assert_eq!(
        render_warnings(&warnings, &input).is_empty(),
        warnings.is_empty()
      );
      check(&plan);
    }
    Err(problems) => {
      let mut severities = problems.iter().map(|problem| problem.severity());
      assert!(severities.any(|severity| severity == Severity::Error));
      assert!(!render(&problems, &input).is_empty());
    }
  }
});

/// What the plan's own documentation promises.
fn check(plan: &Plan) {
  let names: BTreeSet<_> = plan.bindings.iter().map(|binding| &binding.name).collect();
  assert_eq!(
    names.len(),
    plan.bindings.len(),
    "names of bindings are unique"
  );
  let classes = &plan.durable_object_classes;
  let names: BTreeSet<_> = classes.iter().map(|class| &class.class_name).collect();
  assert_eq!(names.len(), classes.len(), "class names are unique");
  for class in classes {
    let key = &class.unique_key;
    assert!(!key.is_empty() && !key.starts_with('.'), "{key:?}");
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!(key.bytes().all(is_safe), "{key:?}");
  }
  for consumer in &plan.queue_consumers {
    assert!(consumer.batch_size_max <= 100);
    assert!(consumer.batch_timeout_ms <= 60_000);
    assert!(consumer.retries_max <= 100);
    assert!(consumer.retry_delay_s <= 86_400);
    assert!((1..=250).contains(&consumer.concurrency_max));
  }
  assert_eq!(plan.compatibility_date.len(), "2026-11-09".len());
  assert!(plan.main.as_ref().is_none_or(|main| main.is_absolute()));
  assert!(plan.watched_files.iter().all(|file| file.is_absolute()));
}
