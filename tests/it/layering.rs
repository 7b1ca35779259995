//! Reads the sources and checks what the compiler does not: that imports never point back, that each
//! foreign crate stays where it belongs, and a few habits.
//!
//! Only code counts: comments, the contents of strings, and tests are taken out first. A rule that has
//! to be broken gets a line with its reason in one of the lists of exceptions; a line that is no
//! longer needed fails as well.
//!
//! It looks for names and does not resolve them. An alias such as `use crate as c` would get past it.

use std::collections::BTreeSet;
use std::path::Path;

/// What the layer at the left may use, besides itself. A layer is a file or folder in `src/`.
const ALLOWED: &[(&str, &[&str])] = &[
  ("protocol", &[]),
  ("trace", &[]),
  ("storage", &["protocol"]),
  ("durable_objects", &[]),
  ("simulators", &["protocol", "storage"]),
  ("module_fallback", &["protocol"]),
  ("rpc", &["protocol"]),
  ("options", &["protocol"]),
  (
    "loopback",
    &[
      "protocol",
      "storage",
      "durable_objects",
      "simulators",
      "module_fallback",
    ],
  ),
  // The runner Worker is configured from the modules that the graph collects.
  ("workerd", &["protocol", "options", "module_fallback"]),
  (
    "pool",
    &[
      "protocol",
      "storage",
      "durable_objects",
      "simulators",
      "module_fallback",
      "rpc",
      "options",
      "loopback",
      "workerd",
    ],
  ),
  (
    "error",
    &[
      "protocol",
      "module_fallback",
      "rpc",
      "options",
      "workerd",
      "pool",
    ],
  ),
  (
    "addon",
    &[
      "protocol",
      "trace",
      "storage",
      "durable_objects",
      "simulators",
      "module_fallback",
      "rpc",
      "options",
      "loopback",
      "workerd",
      "pool",
      "error",
    ],
  ),
];

/// Imports that point back all the same: file, layer, reason.
const ALLOWED_BACKWARDS: &[(&str, &str, &str)] = &[];

/// Where foreign crates may be named, as beginnings of paths; `*` stands for one name.
const CRATES: &[(&str, &[&str])] = &[
  ("napi", &["addon/"]),
  ("napi_derive", &["addon/"]),
  (
    "hyper",
    &[
      "loopback/",
      "module_fallback/service.rs",
      // Each product ends HTTP at its `wire.rs`; the registry passes requests on, and `answer` builds
      // what all products answer alike.
      "simulators/*/wire.rs",
      "simulators/mod.rs",
      "simulators/answer.rs",
    ],
  ),
  ("hyper_util", &["loopback/"]),
  ("http_body_util", &["loopback/"]),
  (
    "rusqlite",
    &["storage/", "simulators/*/rows.rs", "simulators/*/rows/"],
  ),
  ("capnp", &["workerd/config/"]),
  ("workerd_capnp", &["workerd/config/"]),
  ("tokio_tungstenite", &["rpc/socket.rs"]),
  ("futures_util", &["rpc/socket.rs"]),
  ("rmp_serde", &["rpc/", "pool/"]),
  ("oxc_resolver", &["module_fallback/"]),
  ("tracing_subscriber", &["trace.rs"]),
  ("annotate_snippets", &["options/"]),
  ("jsonc_parser", &["options/"]),
  ("toml", &["options/"]),
  ("rustix", &["pool/run_folder.rs", "workerd/"]),
  ("tempfile", &["pool/run_folder.rs"]),
];

/// What code in `src/` never says, and why.
const FORBIDDEN: &[(&str, &str)] = &[
  ("unwrap()", "say why it cannot fail: `expect`"),
  ("unwrap_err()", "say why it cannot fail: `expect_err`"),
  ("println!", "text for humans goes through Vitest's logger"),
  ("eprintln!", "text for humans goes through Vitest's logger"),
  ("print!", "text for humans goes through Vitest's logger"),
  ("eprint!", "text for humans goes through Vitest's logger"),
  ("dbg!", "text for humans goes through Vitest's logger"),
  ("todo!", "finish it"),
  ("unimplemented!", "finish it"),
  ("static", "no process-wide mutable state"),
  ("anyhow", "model the failure"),
  ("pre_exec", "it makes spawning slow in a large process"),
];

/// What a module never uses if its header says "Pure", or that of its folder.
const IMPURE: &[&str] = &[
  "std::fs",
  "std::net",
  "std::process",
  "std::thread",
  "std::env",
  "tokio",
  "Instant::now",
  "SystemTime::now",
  "tracing::debug!",
  "tracing::info!",
  "tracing::warn!",
  "tracing::error!",
];

/// Files that break `FORBIDDEN`, `IMPURE` or the rule for `mod.rs`: file, what, reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
  (
    "simulators/mod.rs",
    "fn",
    "it is the registry: what a new product adds is a line in each of its functions",
  ),
  (
    "options/files.rs",
    "std::fs",
    "`HostFiles` is the host's file system behind the trait that everything else there takes",
  ),
];

const LINES_MAX: usize = 800;

/// Written by a generator, and nobody reads it.
const GENERATED: &str = "workerd/config/workerd_capnp.rs";

struct Source {
  /// Below `src/`.
  path: String,
  /// The text as it is.
  text: String,
  /// The text without comments, contents of strings, and tests. Has as many lines.
  code: String,
}

impl Source {
  fn layer(&self) -> &str {
    let first = self.path.split('/').next().unwrap();
    first.trim_end_matches(".rs")
  }

  /// How many names the module's path has below the crate: 0 for `lib.rs`.
  fn depth(&self) -> usize {
    let names = self.path.split('/').count();
    let is_folder = self.path.ends_with("mod.rs") || self.path == "lib.rs";
    names - usize::from(is_folder)
  }
}

/// Everything in `src/` but generated files and tests.
fn sources() -> Vec<Source> {
  let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
  let mut folders = vec![root.clone()];
  let mut sources = Vec::new();
  while let Some(folder) = folders.pop() {
    for entry in std::fs::read_dir(folder).unwrap() {
      let path = entry.unwrap().path();
      let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
      let is_test = name.ends_with("/tests") || name.ends_with("/tests.rs");
      if is_test || name == GENERATED {
        continue;
      }
      if path.is_dir() {
        folders.push(path);
      } else if name.ends_with(".rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = without_tests(name, &without_comments(&text));
        let path = name.into();
        sources.push(Source { path, text, code });
      }
    }
  }
  assert!(sources.len() > 50, "only {} files in src/", sources.len());
  sources.sort_by(|one, other| one.path.cmp(&other.path));
  sources
}

/// Replaces comments and the contents of strings and characters by spaces.
fn without_comments(text: &str) -> String {
  let mut code = String::with_capacity(text.len());
  let mut rest = text;
  while let Some(first) = rest.chars().next() {
    let (bytes, keep) = token(rest, first, code.chars().next_back());
    let (token, after) = rest.split_at(bytes);
    if keep {
      code.push_str(token);
    } else {
      code.extend(token.chars().map(|c| if c == '\n' { c } else { ' ' }));
    }
    rest = after;
  }
  code
}

/// The length of what `rest` begins with, and whether it is code.
fn token(rest: &str, first: char, before: Option<char>) -> (usize, bool) {
  let to_end = |end: &str, from: usize| {
    let found = rest[from..].find(end);
    found.map_or(rest.len(), |at| from + at + end.len())
  };
  let in_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
  match first {
    '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
    '/' if rest.starts_with("/*") => (to_end("*/", 2), false),
    '"' => (1 + quoted_bytes(&rest[1..], '"'), false),
    'r' if !in_name || before == Some('b') => {
      let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
      if rest[1 + hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        (to_end(&end, 2 + hashes), false)
      } else {
        (1, true)
      }
    }
    '\'' => match char_bytes(rest) {
      Some(bytes) => (bytes, false),
      None => (1, true),
    },
    other => (other.len_utf8(), true),
  }
}

/// The length up to and including the closing quote.
fn quoted_bytes(text: &str, quote: char) -> usize {
  let mut escaped = false;
  for (index, c) in text.char_indices() {
    match c {
      _ if escaped => escaped = false,
      '\\' => escaped = true,
      c if c == quote => return index + c.len_utf8(),
      _ => {}
    }
  }
  text.len()
}

/// The length of a character literal; `None` for a lifetime.
fn char_bytes(text: &str) -> Option<usize> {
  let inside = text[1..].chars().next()?;
  if inside == '\\' {
    return Some(1 + quoted_bytes(&text[1..], '\''));
  }
  let end = 1 + inside.len_utf8();
  text[end..].starts_with('\'').then_some(end + 1)
}

/// Cuts the tests off: a block at the end of the file, or a declaration of another file.
fn without_tests(path: &str, code: &str) -> String {
  const ATTRIBUTE: &str = "#[cfg(test)]\n";
  let code = code.replace(&format!("{ATTRIBUTE}mod tests;\n"), "\n\n");
  let Some(start) = code.find(ATTRIBUTE) else {
    return code;
  };
  let tests = code[start + ATTRIBUTE.len()..].trim_end();
  let is_last = tests.starts_with("mod tests {") && tests.find("\n}") == Some(tests.len() - 2);
  assert!(
    is_last,
    "{path}: `#[cfg(test)]` is for `mod tests`, once, at the end of the file"
  );
  code[..start].into()
}

/// Where a name stands in code, as a name of its own: byte offsets.
fn mentions<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
  let is_name = |c: char| c.is_alphanumeric() || c == '_';
  code.match_indices(name).filter_map(move |(at, _)| {
    let before = code[..at].chars().next_back();
    let after = code[at + name.len()..].chars().next();
    let begins = !before.is_some_and(|c| is_name(c) || c == '\'') || !name.starts_with(is_name);
    let ends = !after.is_some_and(is_name) || !name.ends_with(is_name);
    (begins && ends).then_some(at)
  })
}

/// The layers that a file names, by `crate::` or by as many `super::` as lead there.
fn layers_used(source: &Source) -> BTreeSet<String> {
  let mut used = BTreeSet::new();
  let to_root = format!("{}::", vec!["super"; source.depth()].join("::"));
  let mut roots = vec!["crate::"];
  if source.depth() > 0 {
    roots.push(&to_root);
  }
  for root in roots {
    for at in mentions(&source.code, root) {
      // A longer chain of `super`, of which this is the end, would not compile.
      let rest = source.code[at + root.len()..].trim_start();
      let names = match rest.strip_prefix('{') {
        Some(group) => first_names(group),
        None => vec![first_name(rest)],
      };
      used.extend(names.into_iter().filter(|name| !name.is_empty()));
    }
  }
  used.remove("super");
  used.remove(source.layer());
  used
}

fn first_name(text: &str) -> String {
  text
    .chars()
    .take_while(|c| c.is_alphanumeric() || *c == '_')
    .collect()
}

/// First names of the members of a `use` group, whose opening brace is gone.
fn first_names(group: &str) -> Vec<String> {
  let mut names = vec![first_name(group.trim_start())];
  let mut depth = 0;
  for (index, c) in group.char_indices() {
    match c {
      '{' => depth += 1,
      '}' if depth == 0 => break,
      '}' => depth -= 1,
      ',' if depth == 0 => names.push(first_name(group[index + 1..].trim_start())),
      _ => {}
    }
  }
  names
}

fn line(source: &Source, at: usize) -> usize {
  source.code[..at].matches('\n').count() + 1
}

/// Whether a path begins like this; `*` stands for one name.
fn is_in(path: &str, place: &str) -> bool {
  let mut path = path.split('/');
  let folder = place.strip_suffix('/');
  let mut names = folder.unwrap_or(place).split('/');
  let begins = names.all(|name| path.next().is_some_and(|own| name == "*" || name == own));
  begins && (folder.is_some() || path.next().is_none())
}

#[track_caller]
fn check_none(violations: &[String], rule: &str) {
  assert!(
    violations.is_empty(),
    "{rule}:\n  {}",
    violations.join("\n  ")
  );
}

/// Takes away what the exceptions allow, and complains about those that allow nothing.
fn excused(
  violations: Vec<(String, String, String)>,
  exceptions: &[(&str, &str, &str)],
) -> Vec<String> {
  let is = |exception: &(&str, &str, &str), path: &str, what: &str| {
    exception.0 == path && exception.1 == what
  };
  let unused = exceptions.iter().filter(|exception| {
    let mut seen = violations.iter();
    !seen.any(|(path, what, _)| is(exception, path, what))
  });
  let unused: Vec<_> = unused
    .map(|(path, what, _)| format!("the exception for `{what}` in {path} is no longer needed"))
    .collect();
  let left = violations.iter().filter(|(path, what, _)| {
    let mut allowed = exceptions.iter();
    !allowed.any(|exception| is(exception, path, what))
  });
  left
    .map(|(_, _, text)| text.clone())
    .chain(unused)
    .collect()
}

#[test]
fn imports_never_point_back() {
  let mut violations = Vec::new();
  for source in sources() {
    if source.path == "lib.rs" {
      continue;
    }
    let layer = source.layer();
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == layer) else {
      panic!(
        "src/{} is no layer: say in ALLOWED what it may use",
        source.path
      )
    };
    for used in layers_used(&source) {
      if !allowed.contains(&used.as_str()) {
        let text = format!("src/{} uses `{used}`", source.path);
        violations.push((source.path.clone(), used, text));
      }
    }
  }
  check_none(
    &excused(violations, ALLOWED_BACKWARDS),
    "Calls and imports go one way (see ALLOWED); what goes back is a value",
  );
}

#[test]
fn the_table_of_layers_has_no_circles() {
  for (index, (layer, allowed)) in ALLOWED.iter().enumerate() {
    for used in *allowed {
      let position = ALLOWED.iter().position(|(name, _)| name == used);
      assert!(
        position.is_some_and(|position| position < index),
        "`{layer}` may not use `{used}`, which does not stand above it"
      );
    }
  }
}

#[test]
fn foreign_crates_stay_where_they_belong() {
  let mut violations = Vec::new();
  for source in sources() {
    for (name, places) in CRATES {
      let at = mentions(&source.code, name).find(|at| {
        // A crate's name is followed by what is taken from it; `toml` is a word elsewhere.
        let rest = &source.code[at + name.len()..];
        rest.starts_with("::") || source.code[..*at].trim_end().ends_with("use")
      });
      let Some(at) = at else { continue };
      if !places.iter().any(|place| is_in(&source.path, place)) {
        let line = line(&source, at);
        violations.push(format!("src/{}:{line} names `{name}`", source.path));
      }
    }
  }
  check_none(&violations, "Foreign crates have a place (see CRATES)");
}

#[test]
fn code_keeps_its_habits() {
  let sources = sources();
  let is_in_pure_folder = |path: &str| {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder);
    let module = folder.map(|folder| format!("{folder}/mod.rs"));
    let module = sources
      .iter()
      .find(|other| Some(&other.path) == module.as_ref());
    module.is_some_and(|module| is_pure(&module.text))
  };
  let mut violations = Vec::new();
  for source in &sources {
    let mut report = |at: usize, what: &str, why: &str| {
      let text = format!("src/{}:{} `{what}`: {why}", source.path, line(source, at));
      violations.push((source.path.clone(), what.to_owned(), text));
    };
    for (what, why) in FORBIDDEN {
      mentions(&source.code, what).for_each(|at| report(at, what, why));
    }
    if source.path.ends_with("mod.rs") {
      let why = "`mod.rs` holds docs and re-exports, no logic";
      mentions(&source.code, "fn").for_each(|at| report(at, "fn", why));
    }
    if is_pure(&source.text) || is_in_pure_folder(&source.path) {
      for what in IMPURE {
        mentions(&source.code, what).for_each(|at| report(at, what, "the module says it is pure"));
      }
    }
  }
  check_none(&excused(violations, EXCEPTIONS), "House style");
}

/// Whether the header says so: "Pure." or "Pure:" at the beginning of a sentence.
fn is_pure(text: &str) -> bool {
  let header = text.lines().take_while(|line| line.starts_with("//!"));
  let words: Vec<&str> = header.flat_map(str::split_whitespace).collect();
  words
    .iter()
    .any(|word| ["Pure.", "Pure:", "Pure;"].contains(word))
}

#[test]
fn files_have_one_job() {
  let long: Vec<_> = sources()
    .iter()
    .map(|source| (source.text.lines().count(), &source.path))
    .filter(|(lines, _)| *lines > LINES_MAX)
    .map(|(lines, path)| format!("src/{path} has {lines} lines"))
    .collect();
  check_none(&long, "A file has no more than 800 lines");
}

#[test]
fn every_file_says_what_it_is_for() {
  let silent: Vec<_> = sources()
    .iter()
    .filter(|source| !source.text.starts_with("//! "))
    .map(|source| format!("src/{}", source.path))
    .collect();
  check_none(&silent, "A file begins with its job");
}

#[test]
fn the_reader_of_sources_can_read() {
  let code = "let a = \"// no\"; // yes\nlet b = '\"'; /* x\ny */ f::<'a>(r#\"\"z\"\"#, b\"\\\"\")";
  assert_eq!(
    without_comments(code),
    "let a =        ;       \nlet b =    ;     \n     f::<'a>(        , b    )"
  );
  let source = |path: &str, code: &str| Source {
    path: path.into(),
    text: String::new(),
    code: code.into(),
  };
  let check = |path: &str, code: &str, expected: &[&str]| {
    let used = layers_used(&source(path, code));
    assert_eq!(used.iter().collect::<Vec<_>>(), expected, "{path}: {code}");
  };
  check("a/b.rs", "use crate::{a::{x, y}, c::z, d};", &["c", "d"]);
  check("a/b.rs", "use super::super::c; use super::x;", &["c"]);
  check("a/mod.rs", "use super::c; mod b; b::f()", &["c"]);
  check(
    "a/b/c.rs",
    "use super::super::c; pub(in crate::a) fn f()",
    &[],
  );
  assert!(is_in("simulators/kv/wire.rs", "simulators/*/wire.rs"));
  assert!(!is_in("simulators/kv/rows.rs", "simulators/*/wire.rs"));
  assert!(is_in("rpc/socket.rs", "rpc/") && !is_in("rpc.rs", "rpc/"));
  assert_eq!(mentions("&'static str; static X", "static").count(), 1);
}
