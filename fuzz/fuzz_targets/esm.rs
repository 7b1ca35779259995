//! ES modules of packages, in which some places are replaced.
#![cfg_attr(feature = "libfuzzer", no_main)]

use std::ops::Range;

use vitest_pool_workerd::module_fallback::esm::{EsmError, rewrite, scan};

fuzz::target!(|bytes: &[u8]| {
  let source = fuzz::text(bytes);
  let module = match scan(source) {
    Ok(module) => module,
    Err(
      EsmError::UnterminatedString { offset }
      | EsmError::UnterminatedTemplate { offset }
      | EsmError::UnterminatedRegularExpression { offset }
      | EsmError::UnterminatedComment { offset }
      | EsmError::UnexpectedClosing { offset }
      | EsmError::Unclosed { offset },
    ) => {
      assert!(source.is_char_boundary(offset), "{offset}");
      return;
    }
  };
  let imports = || module.imports.iter().map(|import| import.range.clone());
  check(source, imports(), |_| true);
  check(source, module.import_meta.iter().cloned(), |text| {
    text.starts_with("import") && text.ends_with("meta")
  });
  check(source, module.import_meta_url.iter().cloned(), |text| {
    text.starts_with("import") && text.ends_with("url")
  });
  check(
    source,
    module.function_constructors.iter().cloned(),
    |text| text == "Function",
  );
  assert!(module.has_module_syntax || module.import_meta.is_empty());

  let same = |range: Range<usize>| (range.clone(), source[range].to_owned());
  assert_eq!(rewrite(source, imports().map(same)), source);
  // Not scanned again: in what is no module, a string in its place may mean something else.
  const URL: &str = "\"file:///a.js\"";
  let urls = || module.import_meta_url.iter().cloned();
  let replaced = rewrite(source, urls().map(|range| (range, URL.to_owned())));
  let untouched = source.len() - urls().map(|range| range.len()).sum::<usize>();
  assert_eq!(replaced.len(), untouched + urls().len() * URL.len());
});

/// Ranges lie within the source, in order, and apart from each other.
fn check(source: &str, ranges: impl Iterator<Item = Range<usize>>, is_right: fn(&str) -> bool) {
  let mut end = 0;
  for range in ranges {
    assert!(range.start >= end, "{range:?} begins before {end}");
    end = range.end;
    let text = source.get(range.clone());
    assert!(text.is_some_and(is_right), "{range:?} is {text:?}");
  }
}
