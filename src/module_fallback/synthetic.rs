//! Modules that are no files: what stands between two files that do not fit, and what fails.
//!
//! workerd keeps one module under one name, whoever asked for it. Where an importer has to see a module
//! in its own way, it gets one with a name of its own, and that name says all there is to know about it.
//! So the name can be written into an importer's source long before somebody asks for it, and any runtime
//! of the project may ask.
//!
//! Invariant: `parse(name(x)) = x`, and no file has such a name.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::request::ResolveMethod;

/// First part of all names. Nobody has a folder of that name in the root of the file system.
const PREFIX: &str = "/.vitest-pool-workerd-module/";

/// What a module without a file stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Synthetic {
  /// An ES module as `require()` gives it: an object with all its exports.
  Required {
    /// The module: a path, or the name of a built-in module.
    target: String,
  },
  /// A CommonJS or JSON module as a bundler shows it to an ES module.
  Bundled {
    /// The module's path.
    target: String,
    /// Names that the importer takes, and that nothing but running the module would find.
    names: Vec<String>,
    /// `default` is `exports.default` of a module that says it was an ES module once. True for
    /// importers that say the same of themselves: those that Node would not take for ES modules.
    unwraps_default: bool,
  },
  /// What a `browser` field replaces by nothing.
  Empty {
    /// Names that the importer takes; all are undefined.
    names: Vec<String>,
  },
  /// Throws an error that explains itself.
  Failing(FailingImport),
}

/// An import that leads nowhere, or to something that the runtime cannot load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingImport {
  /// How it was asked for.
  pub method: ResolveMethod,
  /// As the importer wrote it.
  pub specifier: String,
  /// The importing file. Empty when that is not known.
  pub importer: String,
  /// Line and column of the specifier in it, from 1, if they are known.
  pub position: Option<(u32, u32)>,
  /// Names that the importer takes.
  pub names: Vec<String>,
}

impl Synthetic {
  /// The name by which workerd knows the module.
  #[must_use]
  pub fn name(&self) -> String {
    match self {
      Self::Required { target } => name(&["required"], target),
      Self::Bundled {
        target,
        names,
        unwraps_default,
      } => {
        let kind = if *unwraps_default {
          "unwrapped"
        } else {
          "bundled"
        };
        name(&[kind, &list(names)], target)
      }
      Self::Empty { names } => name(&["empty", &list(names)], ""),
      Self::Failing(import) => {
        let method = match import.method {
          ResolveMethod::Import => "import",
          ResolveMethod::Require => "require",
        };
        let position = import
          .position
          .map_or_else(|| "-".into(), |(line, column)| format!("{line}-{column}"));
        name(
          &[
            "failing",
            method,
            &position,
            &list(&import.names),
            &format!("-{}", encode(&import.specifier)),
          ],
          &import.importer,
        )
      }
    }
  }

  /// Reads a name; `None` for those of files.
  #[must_use]
  pub fn parse(name: &str) -> Option<Self> {
    let (kind, rest) = name.strip_prefix(PREFIX)?.split_once('/')?;
    Some(match kind {
      "required" => Self::Required {
        target: target(rest)?,
      },
      "bundled" | "unwrapped" => {
        let (names, rest) = rest.split_once('/')?;
        Self::Bundled {
          target: target(rest)?,
          names: parse_list(names)?,
          unwraps_default: kind == "unwrapped",
        }
      }
      "empty" => Self::Empty {
        names: parse_list(rest.split_once('/')?.0)?,
      },
      "failing" => {
        let mut parts = rest.splitn(5, '/');
        let method = match parts.next()? {
          "import" => ResolveMethod::Import,
          "require" => ResolveMethod::Require,
          _ => return None,
        };
        let position = parts.next()?.split_once('-')?;
        Self::Failing(FailingImport {
          method,
          position: position.0.parse().ok().zip(position.1.parse().ok()),
          names: parse_list(parts.next()?)?,
          specifier: decode(parts.next()?.strip_prefix('-')?).into_owned(),
          importer: target(parts.next()?)?,
        })
      }
      _ => return None,
    })
  }
}

/// Parts with neither slashes nor nothing in them, and a target, which is a path or else marked.
fn name(parts: &[&str], target: &str) -> String {
  let mut name = format!("{PREFIX}{}", parts.join("/"));
  if target.starts_with('/') {
    name.push_str("/path");
    name.push_str(target);
  } else {
    name.push_str("/name/-");
    name.push_str(&encode(target));
  }
  name
}

fn target(text: &str) -> Option<String> {
  if let Some(path) = text.strip_prefix("path/") {
    return Some(format!("/{path}"));
  }
  Some(decode(text.strip_prefix("name/-")?).into_owned())
}

/// Never empty, since workerd drops empty parts of a name.
fn list(names: &[String]) -> String {
  let names: Vec<_> = names.iter().map(|name| encode(name)).collect();
  format!("-{}", names.join("-"))
}

fn parse_list(text: &str) -> Option<Vec<String>> {
  let names = text.strip_prefix('-')?;
  if names.is_empty() {
    return Some(Vec::new());
  }
  Some(
    names
      .split('-')
      .map(|name| decode(name).into_owned())
      .collect(),
  )
}

fn encode(text: &str) -> String {
  utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn decode(text: &str) -> Cow<'_, str> {
  percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
  use proptest::prelude::*;

  use super::*;

  #[track_caller]
  fn check(module: &Synthetic, expected: &str) {
    let name = module.name();
    assert_eq!(name, format!("{PREFIX}{expected}"));
    assert_eq!(Synthetic::parse(&name).as_ref(), Some(module));
  }

  #[test]
  fn a_name_says_everything() {
    let names = || vec!["a".to_owned(), "b-c/ d".into()];
    let required = |target: &str| Synthetic::Required {
      target: target.into(),
    };
    check(&required("/a b/é.mjs"), "required/path/a b/é.mjs");
    check(&required("/C:/win/x.mjs"), "required/path/C:/win/x.mjs");
    check(
      &required("cloudflare:workers"),
      "required/name/-cloudflare%3Aworkers",
    );
    let bundled = |unwraps_default| Synthetic::Bundled {
      target: "/a.js".into(),
      names: names(),
      unwraps_default,
    };
    check(&bundled(false), "bundled/-a-b%2Dc%2F%20d/path/a.js");
    check(&bundled(true), "unwrapped/-a-b%2Dc%2F%20d/path/a.js");
    check(&Synthetic::Empty { names: Vec::new() }, "empty/-/name/-");
    let failing = Synthetic::Failing(FailingImport {
      method: ResolveMethod::Import,
      specifier: "@a/b".into(),
      importer: "/c/d.js".into(),
      position: Some((3, 14)),
      names: Vec::new(),
    });
    check(&failing, "failing/import/3-14/-/-%40a%2Fb/path/c/d.js");
  }

  #[test]
  fn other_names_are_those_of_files() {
    for name in ["/a.js", "/", "", PREFIX] {
      assert_eq!(Synthetic::parse(name), None, "{name}");
    }
    for rest in [
      "",
      "x/",
      "required/",
      "bundled/x/path/a",
      "failing/import/1/2",
    ] {
      assert_eq!(Synthetic::parse(&format!("{PREFIX}{rest}")), None, "{rest}");
    }
  }

  proptest! {
    #[test]
    fn any_import_survives_its_name(
      specifier in ".*",
      importer in "(/[^/]+)+",
      names in prop::collection::vec(".+", 0..4),
      position in prop::option::of((1u32.., 1u32..)),
    ) {
      let module = Synthetic::Failing(FailingImport {
        method: ResolveMethod::Require, specifier, importer, position, names,
      });
      let name = module.name();
      // workerd drops them.
      prop_assert!(!name.contains("//"));
      prop_assert_eq!(Synthetic::parse(&name), Some(module));
    }
  }
}
