//! `.dev.vars` and `.env`: what reaches the plan.

use super::*;

const VARS: &str = r#"{ "vars": { "A": "file", "N": 1 }, "kv_namespaces": [{ "binding": "KV", "id": "kv" }],
  "env": { "prod": { "vars": { "A": "prod" } } } }"#;

#[track_caller]
fn check(project: &Project, expected: &[Binding]) {
  let bindings = project.plan_and_warnings().0.bindings;
  let variables: Vec<_> = bindings
    .into_iter()
    .filter(|binding| !matches!(binding.kind, BindingKind::Kv { .. }))
    .collect();
  assert_eq!(variables, expected);
}

#[test]
fn dev_vars_win_over_the_file_and_lose_to_options() {
  let with = |project: Project| project.file(".dev.vars", "A=secret\nB=new\nKV=none\nN=\"2\"");
  check(
    &with(wrangler(VARS)),
    &[text("A", "secret"), text("N", "2"), text("B", "new")],
  );
  let options = json!({
    "wrangler": { "configPath": "wrangler.jsonc" },
    "miniflare": { "bindings": { "A": "option" } },
  });
  check(
    &with(wrangler(VARS)).options(options),
    &[text("A", "option"), text("N", "2"), text("B", "new")],
  );
}

#[test]
fn an_environment_has_its_own_file_or_the_common_one() {
  let project = || {
    wrangler(VARS)
      .environment("prod")
      .file(".dev.vars", "A=common\nB=b")
  };
  check(&project(), &[text("A", "common"), text("B", "b")]);
  check(
    &project().file(".dev.vars.prod", "A=own"),
    &[text("A", "own")],
  );
}

#[test]
fn dot_env_files_add_to_each_other_unless_there_are_dev_vars() {
  let project = || {
    wrangler(VARS)
      .environment("prod")
      .process_env("HOST", "machine")
      .file(".env", "B=1\nC=${B}/${HOST}\nD=1")
      .file(".env.local", "B=2")
      .file(".env.prod", "D=prod")
      .file(".env.prod.local", "E=local")
  };
  check(
    &project(),
    &[
      text("A", "prod"),
      text("B", "2"),
      text("C", "2/machine"),
      text("D", "prod"),
      text("E", "local"),
    ],
  );
  // There values are taken as they are.
  check(
    &project().file(".dev.vars", "C=${B}"),
    &[text("A", "prod"), text("C", "${B}")],
  );
  check(
    &project().process_env("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "false"),
    &[text("A", "prod")],
  );
}

#[test]
fn the_process_takes_part_when_it_is_asked_to() {
  let project = wrangler(r#"{ "vars": { "A": "file" } }"#)
    .file(".env", "A=env\nB=env")
    .process_env("B", "process");
  check(&project, &[text("A", "env"), text("B", "env")]);
  let asked = project.process_env("CLOUDFLARE_INCLUDE_PROCESS_ENV", "true");
  check(
    &asked,
    &[
      text("A", "env"),
      text("B", "process"),
      text("CLOUDFLARE_INCLUDE_PROCESS_ENV", "true"),
    ],
  );
}

#[test]
fn required_secrets_are_all_that_counts() {
  let project = || {
    wrangler(r#"{ "vars": { "V": "file" }, "secrets": { "required": ["A", "B", "C"] } }"#)
      .file(".env", "V=env\nA=env\nOTHER=env")
      .process_env("B", "process")
  };
  check(
    &project(),
    &[text("V", "env"), text("A", "env"), text("B", "process")],
  );
  let warnings = project().warnings();
  assert!(
    warnings.contains("Missing required secrets: C"),
    "{warnings}"
  );
  // The process does not add to these.
  let warnings = project().file(".dev.vars", "A=1").warnings();
  assert!(
    warnings.contains("Missing required secrets: B, C"),
    "{warnings}"
  );
}

#[test]
fn without_a_wrangler_file_none_is_read() {
  let project = project(json!({}))
    .file(".dev.vars", "A=1")
    .file(".env", "A=1");
  check(&project, &[]);
}

#[test]
fn all_files_that_would_count_are_watched() {
  let watched = wrangler(VARS)
    .environment("prod")
    .plan_and_warnings()
    .0
    .watched_files;
  let names: Vec<_> = watched
    .iter()
    .map(|path| path.file_name().unwrap().to_str().unwrap())
    .collect();
  assert_eq!(
    names,
    [
      "wrangler.jsonc",
      ".dev.vars.prod",
      ".dev.vars",
      ".env",
      ".env.local",
      ".env.prod",
      ".env.prod.local",
    ]
  );
}
