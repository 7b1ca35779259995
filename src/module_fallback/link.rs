//! Writes into a module what its imports lead to.
//!
//! workerd joins a specifier to the importer's folder and asks for that name, and keeps whatever comes
//! first under it. Names of files instead of specifiers mean that nobody asks twice, that `import` and
//! `require` of the same words can lead to different files, and that an import which cannot work can
//! say so itself.
//!
//! Not here: most of `require()`. A bundle may have a function of its own by that name, so calls stay as
//! they are, and are resolved when workerd asks. Those that workerd would not ask about are the exception.

use std::ops::Range;
use std::path::Path;

use super::esm::{EsmModule, Import};
use super::files::Files;
use super::format::Format;
use super::module::module_name;
use super::request::ResolveMethod;
use super::resolve::{ModuleResolver, Resolved, is_prefixed_built_in};
use super::runtime_modules::RuntimeModules;
use super::synthetic::{FailingImport, Synthetic};

/// Replacements in a module's source.
pub type Edits = Vec<(Range<usize>, String)>;

/// What imports lead to in one project.
pub struct Linker<'a> {
  /// Finds files.
  pub resolver: &'a ModuleResolver,
  /// Knows what they are.
  pub files: &'a Files,
  /// Modules that are no files of packages.
  pub runtime: &'a RuntimeModules,
}

impl Linker<'_> {
  /// Names for all literal imports of a file, and for what it requires of the runtime.
  #[must_use]
  pub fn edits(&self, importer: &Path, source: &str, module: &EsmModule) -> Edits {
    let mut edits = Edits::new();
    let unwraps_default = !self.files.formats.is_node_esm(importer);
    for import in &module.imports {
      if let Some(name) = self.target(importer, source, import, unwraps_default) {
        edits.push((import.range.clone(), in_quotes(&name)));
      }
      // workerd knows no attributes. What a file is follows from its name.
      edits.extend(
        import
          .attributes
          .clone()
          .map(|range| (range, String::new())),
      );
    }
    let required = module.requires.iter().filter_map(|require| {
      let name = self.required_name(importer, &require.specifier)?;
      Some((require.range.clone(), in_quotes(&name)))
    });
    edits.extend(required);
    edits
  }

  /// The name that a `require()` should have, where workerd would not get to the module by itself; `None`
  /// leaves the specifier alone.
  fn required_name(&self, importer: &Path, specifier: &str) -> Option<String> {
    let required = |target| Synthetic::Required { target }.name();
    if specifier.starts_with("cloudflare:") {
      // It gives what a module exports as `default`, and these export none.
      let replacement = self.runtime.replacement(specifier);
      return Some(required(
        replacement.map_or_else(|| specifier.to_owned(), absolute_name),
      ));
    }
    let is_relative = specifier.starts_with('.');
    if !is_relative && !has_namesake(importer, specifier) {
      return None;
    }
    let resolved = self
      .resolver
      .resolve_from(importer, specifier, ResolveMethod::Require);
    match resolved {
      // It asks nobody about a specifier that is the module's own name once it is joined to the
      // importer's folder, and gives `default` of that.
      Resolved::File(file) if self.files.facts(&file).format == Format::Esm => {
        Some(required(absolute_name(&file)))
      }
      // `debug` and `./debug` are one name to it.
      Resolved::File(file) if !is_relative => Some(absolute_name(&file)),
      _ => None,
    }
  }

  /// The name that an import should have; `None` leaves it alone.
  fn target(
    &self,
    importer: &Path,
    source: &str,
    import: &Import,
    unwraps_default: bool,
  ) -> Option<String> {
    let specifier = &import.specifier;
    if let Some(file) = self.runtime.replacement(specifier) {
      return Some(absolute_name(file));
    }
    // Neither a name nor a file, but the module itself.
    if specifier.starts_with("data:") {
      return None;
    }
    let failing = || {
      Synthetic::Failing(FailingImport {
        method: ResolveMethod::Import,
        specifier: specifier.clone(),
        importer: importer.to_string_lossy().into_owned(),
        position: position(source, import.range.start),
        names: import.names.clone(),
      })
      .name()
    };
    Some(
      match self
        .resolver
        .resolve_from(importer, specifier, ResolveMethod::Import)
      {
        Resolved::BuiltIn(name) if self.runtime.lacks(&name) => failing(),
        Resolved::BuiltIn(name) if is_prefixed_built_in(specifier) && name == *specifier => {
          return None;
        }
        Resolved::BuiltIn(name) => name,
        Resolved::Empty => {
          let names = import.names.clone();
          Synthetic::Empty { names }.name()
        }
        Resolved::Missing(_) => failing(),
        Resolved::File(file) => match self.files.facts(&file).format {
          Format::Source | Format::NativeAddon => failing(),
          Format::Esm | Format::Rule(_) => absolute_name(&file),
          Format::Json => bundled(&file, &import.names, |_| false, false),
          Format::CommonJs => {
            let (names, _) = self.files.common_js_names(&file, self.resolver);
            // Whether the module says `__esModule` is often known only when it has run.
            let takes_default =
              import.names.is_empty() || import.names.iter().any(|name| name == "default");
            let flag = unwraps_default && takes_default;
            bundled(&file, &import.names, |name| names.contains(name), flag)
          }
        },
      },
    )
  }
}

/// Whether the importer has a neighbour that it could require by the same words and a dot.
fn has_namesake(importer: &Path, specifier: &str) -> bool {
  let Some(folder) = importer.parent() else {
    return false;
  };
  if specifier.starts_with('/') || is_prefixed_built_in(specifier) {
    return false;
  }
  ["", ".js", ".cjs", ".mjs", ".json"]
    .iter()
    .any(|extension| folder.join(format!("{specifier}{extension}")).exists())
}

/// A module with more names than it says it has, or with another `default`, if that is what it takes.
fn bundled(
  file: &Path,
  taken: &[String],
  has: impl Fn(&str) -> bool,
  unwraps_default: bool,
) -> String {
  let names: Vec<_> = taken
    .iter()
    .filter(|name| *name != "default" && !has(name))
    .cloned()
    .collect();
  let target = absolute_name(file);
  if names.is_empty() && !unwraps_default {
    return target;
  }
  Synthetic::Bundled {
    target,
    names,
    unwraps_default,
  }
  .name()
}

/// Name of a file as importers write it.
#[must_use]
pub fn absolute_name(file: &Path) -> String {
  format!("/{}", module_name(file))
}

/// A text as it stands between quotes of any kind.
#[must_use]
pub fn in_quotes(text: &str) -> String {
  // JSON escapes are JavaScript escapes.
  let quoted = serde_json::Value::from(text).to_string();
  quoted[1..quoted.len() - 1]
    .replace('\'', "\\'")
    .replace('`', "\\`")
    .replace("${", "\\${")
}

/// Line and column of an offset, from 1.
fn position(source: &str, offset: usize) -> Option<(u32, u32)> {
  let before = source.get(..offset)?;
  let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
  let start = before.rfind('\n').map_or(0, |at| at + 1);
  let column = before[start..].chars().count() + 1;
  Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn texts_fit_between_quotes_of_any_kind() {
    assert_eq!(
      in_quotes("/it's \"a\" `b` ${c}\\"),
      "/it\\'s \\\"a\\\" \\`b\\` \\${c}\\\\"
    );
  }

  #[test]
  fn names_of_files_begin_with_a_slash() {
    assert_eq!(absolute_name(Path::new("/a b/c.mjs")), "/a b/c.mjs");
    assert_eq!(absolute_name(Path::new("C:/win/c.mjs")), "/C:/win/c.mjs");
  }

  #[test]
  fn positions_count_from_one() {
    assert_eq!(position("ab\ncé d", 7), Some((2, 4)));
    assert_eq!(position("", 0), Some((1, 1)));
    assert_eq!(position("é", 1), None);
  }
}
