//! CommonJS files of packages, for their named exports.
#![cfg_attr(feature = "libfuzzer", no_main)]

use std::collections::BTreeSet;

use vitest_pool_workerd::module_fallback::cjs_exports::{CjsError, parse};

fuzz::target!(|bytes: &[u8]| {
  let source = fuzz::text(bytes);
  match parse(source) {
    Ok(found) => {
      for names in [&found.exports, &found.reexports] {
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "each name once: {names:?}");
      }
    }
    Err(CjsError::Unclosed { depth }) => assert!(depth > 0),
    Err(
      CjsError::EsmSyntax { offset, .. }
      | CjsError::UnterminatedString { offset }
      | CjsError::UnterminatedTemplate { offset }
      | CjsError::UnterminatedRegularExpression { offset }
      | CjsError::UnexpectedClosing { offset }
      | CjsError::TooDeep { offset },
    ) => assert!(source.is_char_boundary(offset), "{offset}"),
  }
});
