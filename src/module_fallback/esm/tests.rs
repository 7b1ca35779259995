use proptest::prelude::*;

use super::{EsmError, EsmModule, ImportKind, rewrite, scan};

fn scanned(source: &str) -> EsmModule {
  scan(source).unwrap_or_else(|error| panic!("{error} in {source:?}"))
}

/// Specifiers in order; `~` marks dynamic imports, `^` re-exports and `+` attributes.
fn imports(source: &str) -> Vec<String> {
  let mark = |kind| match kind {
    ImportKind::Static => "",
    ImportKind::Dynamic => "~",
    ImportKind::ExportFrom => "^",
  };
  let imports = scanned(source).imports;
  imports
    .iter()
    .map(|import| {
      let attributes = if import.attributes.is_some() { "+" } else { "" };
      format!("{}{}{attributes}", mark(import.kind), import.specifier)
    })
    .collect()
}

/// The code that was taken for `import.meta`. Code that is hidden in text must not be listed.
fn metas(source: &str) -> Vec<&str> {
  scanned(source)
    .import_meta
    .into_iter()
    .map(|range| &source[range])
    .collect()
}

#[test]
fn static_imports_and_reexports() {
  let cases: &[(&str, &[&str])] = &[
    ("import 'a'", &["a"]),
    ("import\"a\"", &["a"]),
    ("import a from 'b'", &["b"]),
    ("import a,{b as c}from'd';import*as e from'f'", &["d", "f"]),
    ("import a, * as b from 'c'", &["c"]),
    ("import {} from 'a'", &["a"]),
    ("import { 'x}y' as b, default as c, } from 'd'", &["d"]),
    ("import from from 'a'", &["a"]),
    ("import defer * as a from 'b'", &["b"]),
    ("import defer from 'b'", &["b"]),
    ("import source a from 'b'", &["b"]),
    ("import source from 'b'", &["b"]),
    ("import/* 'x' */a/**/from // 'y'\n'z'", &["z"]),
    ("import {\r\n  a,\r\n} from 'b'\r\nimport 'c'", &["b", "c"]),
    (
      "import a from 'b'\u{2028}import 'c'\u{2029}import\u{a0}'d'",
      &["b", "c", "d"],
    ),
    ("export {} from 'a'", &["^a"]),
    (
      "export{a as b}from'c';export*from'd';export * as e from 'f'",
      &["^c", "^d", "^f"],
    ),
    ("export * as 'g h' from 'i'", &["^i"]),
    ("export { a, b }\n'c'", &[]),
    ("export { from }; 'c'", &[]),
    ("import a from 'b' with { type: 'json' }", &["b+"]),
    ("import 'a'\nwith { type: 'json' }", &["a+"]),
    ("import 'a' assert { type: 'json' }", &["a+"]),
    ("import 'a'\nassert\n{ b }", &["a"]),
    (
      "export * from 'a' with{type:'json'}import 'b'",
      &["^a+", "b"],
    ),
    ("import '\\u0061\\x62\\u{63}\\\nd'", &["abcd"]),
    ("import 'a\\'b\"c'", &["a'b\"c"]),
    ("import '\\ud83c\\udf10'", &["🌐"]),
    ("import '\\ud83c'", &["\\ud83c"]),
    ("#!/usr/bin/env node 'x\nimport 'a'", &["a"]),
    ("\u{feff}#!node `\nimport 'a'", &["a"]),
  ];
  for (source, expected) in cases {
    assert_eq!(imports(source), *expected, "{source:?}");
    assert!(scanned(source).has_module_syntax, "{source:?}");
  }
}

#[test]
fn dynamic_imports() {
  let cases: &[(&str, &[&str])] = &[
    ("import('a')", &["~a"]),
    ("import ( /* 'x' */ \"a\" /* y */ )", &["~a"]),
    ("import(`a`)", &["~a"]),
    ("import('a', { with: { type: 'json' } })", &["~a+"]),
    ("import('a',)", &["~a"]),
    ("import.defer('a'); import . source('b')", &["~a", "~b"]),
    ("x(`${import('a')}`, () => import('b'))", &["~a", "~b"]),
    ("if (a) import('b')\n{ c }", &["~b"]),
    ("[...import('a')]", &["~a"]),
    ("import(a)", &[]),
    ("import('a' + b)", &[]),
    ("import('a'.b)", &[]),
    ("import(`a${b}`)", &[]),
    ("import(import('a'))", &["~a"]),
    (
      "a.import('b'); a?.import('b'); a\n.import('b'); this.#import('b')",
      &[],
    ),
    ("x = { import: 'a', import() {}, async import(b) {} }", &[]),
    (
      "class A { import(b) {} static import(c) {} import = 'd' }",
      &[],
    ),
    (
      "'import(\"a\")'; /import('a')/; /* import('a') */ `import('a')` // import('a')",
      &[],
    ),
    (
      "important('a'); $import('a'); import_('a'); reimport('a')",
      &[],
    ),
  ];
  for (source, expected) in cases {
    assert_eq!(imports(source), *expected, "{source:?}");
    assert!(!scanned(source).has_module_syntax, "{source:?}");
  }
}

#[test]
fn module_syntax() {
  let module = [
    "export default 1",
    "export const a = 1",
    "export{}",
    "export function a() {}",
    "a(import.meta)",
  ];
  for source in module {
    assert!(scanned(source).has_module_syntax, "{source:?}");
  }
  let script = [
    "exports.a = 1",
    "exported",
    "a.export = 1; a.import.meta",
    "x = { export: 1, import: 2 }",
    "'import a from \"b\"'",
    "// import 'a'\n/* export default 1 */",
    "`export default ${'import.meta'}`",
    "import.metal",
    "(function () { return importScripts('a') })()",
    "import a, b, c, d, e, f, g, h, i from 'j'",
    "",
  ];
  for source in script {
    assert!(!scanned(source).has_module_syntax, "{source:?}");
  }
}

#[test]
fn ranges_are_bytes_of_the_source() {
  let source =
    "é('日本'); import { ü } from '\\u{e9}🌐'; u = import . meta /**/ .url; new  Function ('é')";
  let module = scanned(source);
  assert_eq!(&source[module.imports[0].range.clone()], "\\u{e9}🌐");
  assert_eq!(module.imports[0].specifier, "é🌐");
  assert_eq!(&source[module.import_meta[0].clone()], "import . meta");
  assert_eq!(
    &source[module.import_meta_url[0].clone()],
    "import . meta /**/ .url"
  );
  assert_eq!(&source[module.function_constructors[0].clone()], "Function");
}

#[test]
fn import_meta_url() {
  let urls = |source: &str| scanned(source).import_meta_url.len();
  assert_eq!(urls("import.meta.url + import.meta.url"), 2);
  assert_eq!(urls("import.meta?.url"), 1);
  assert_eq!(urls("`${import.meta.url}`"), 1);
  assert_eq!(
    urls("import.meta.urls; import.meta.env.url; a.import.meta.url; import.meta['url']"),
    0
  );
  assert_eq!(
    urls("'import.meta.url'; `import.meta.url`; /import.meta.url/ // import.meta.url"),
    0
  );
  assert_eq!(metas("import.meta.dirname, import.meta").len(), 2);
}

#[test]
fn function_constructors() {
  let count = |source: &str| scanned(source).function_constructors.len();
  assert_eq!(count("new Function('a'); new\nFunction/**/('b')"), 2);
  assert_eq!(
    count("a = { b: new Function('c') }; `${new Function()}`"),
    2
  );
  assert_eq!(
    count(
      "Function('a'); new Functions('a'); new a.Function('b'); new Function; a.new\nFunction('b')"
    ),
    0
  );
  assert_eq!(
    count("'new Function('; /new Function\\(/; `new Function(` // new Function("),
    0
  );
}

/// Each source ends in an `import.meta` that is seen only if every `/` before it was read right; what
/// looks like one inside of the regular expressions is not seen.
#[test]
fn slashes() {
  let regular_expression = [
    "a = /['\"`{(import.meta]/g",
    "a = b ? /'/ : /\"/",
    "f(/'/, [/'/], !/'/)",
    "return_ = () => /'/",
    "() => {}\n/'/.test(a)",
    "if (a) /'/.test(b)",
    "while (a) /'/.test(b)",
    "for (const a of /'/.exec(b)) /'/.test(c)",
    "async () => { for await (const a of b) /'/.test(c) }",
    "if (a) {} /'/.test(b)",
    "if (a) {} else /'/.test(b)",
    "do /'/.test(a); while (b)",
    "function f() { return /'/ }",
    "function f() {} /'/.test(a)",
    "class A {} /'/.test(a)",
    "class A extends b({}) {} /'/.test(a)",
    "export default class {} /'/.test(a)",
    "export default function () {} /'/.test(a)",
    "export default /'/",
    "switch (a) { case /'/: {} /'/.test(b); default: {} /'/.test(b) }",
    "a: for (;;) { break a\n/'/.test(b) }",
    "for (;;) { continue\n/'/.test(b) }",
    "typeof /'/ in /'/ instanceof /'/",
    "void /'/, delete /'/, new /'/.a",
    "function* f() { yield /'/; throw /'/ }",
    "`${/[`}]/}`",
    "a = b / /'/.c",
    "a = [] / c / /'/.c",
    "try {} catch {} finally {} /'/.test(a)",
    "import 'a'\n/'/.test(b)",
    "export {}\n/'/.test(b)",
    "/[/']/.test(a)",
    "/\\/'/.test(a)",
  ];
  let division = [
    "a = b / c; 'd' / e",
    "a = (b) / c / 'd'",
    "a = [b] / 'c' / d",
    "a = {} / 'b' / c",
    "a = f({}) / 'b' / c",
    "a++ / 'b' / c",
    "a = 1. / 'b' / .5 / 'c'",
    "a = `b` / 'c' / d",
    "a = /b/ / 'c' / d",
    "a = b.return / 'c' / d.typeof / 'e'",
    "a = b?.if(c) / 'd' / e",
    "a = this.#in / 'b' / c",
    "a = function () {} / 'b' / c",
    "a = class {} / 'b' / c",
    "a = b => function () {} / 'c' / d",
    "a = of / 'b' / c",
    "a = \\u{61}b / 'c' / d",
    "a = é / 'b' / c",
    "a = b ? {} / 'c' / d : e",
    "a = { if: b / 'c' / d, class: b / 'c' / d }",
    "a /* ' */ / 'b' // '\n / c",
  ];
  for source in regular_expression.iter().chain(&division) {
    let source = format!("{source};\nimport.meta");
    assert_eq!(metas(&source), ["import.meta"], "{source:?}");
  }
}

#[test]
fn text_that_does_not_end() {
  let cases = [
    ("a = 'b\n'", EsmError::UnterminatedString { offset: 4 }),
    ("a = \"b\\", EsmError::UnterminatedString { offset: 4 }),
    ("`a", EsmError::UnterminatedTemplate { offset: 1 }),
    ("`a${b}c", EsmError::UnterminatedTemplate { offset: 6 }),
    (
      "/[/]",
      EsmError::UnterminatedRegularExpression { offset: 0 },
    ),
    (
      "/a\\\n/",
      EsmError::UnterminatedRegularExpression { offset: 0 },
    ),
    ("a /* b *", EsmError::UnterminatedComment { offset: 2 }),
    ("a)", EsmError::UnexpectedClosing { offset: 1 }),
    ("(a}", EsmError::UnexpectedClosing { offset: 2 }),
    ("{ (a)", EsmError::Unclosed { offset: 0 }),
  ];
  for (source, expected) in cases {
    assert_eq!(scan(source), Err(expected), "{source:?}");
  }
}

#[test]
fn deep_nesting_needs_no_stack() {
  const DEPTH: usize = 200_000;
  for (open, close) in [
    ("(", ")"),
    ("[", "]"),
    ("`${", "}`"),
    ("import(", ")"),
    ("{", "}"),
  ] {
    let source = open.repeat(DEPTH) + &close.repeat(DEPTH);
    assert!(scan(&source).is_ok(), "{open}");
  }
}

#[test]
fn rewrite_replaces_ranges_in_any_order() {
  assert_eq!(
    rewrite("abcdef", [(4..5, "E".into()), (0..2, "xyz".into())]),
    "xyzcdEf"
  );
  assert_eq!(rewrite("abc", []), "abc");
  assert_eq!(
    rewrite(
      "abc",
      [(1..1, "-".into()), (3..3, "!".into()), (0..0, ">".into())]
    ),
    ">a-bc!"
  );
  assert_eq!(rewrite("é日本", [(2..5, "ß".into())]), "éß本");
  assert_eq!(
    rewrite("abc", [(0..2, "x".into()), (1..3, "y".into())]),
    "xc"
  );
  assert_eq!(rewrite("é", [(1..2, "x".into()), (0..9, "y".into())]), "é");
}

#[test]
fn rewrite_of_a_scanned_module() {
  let source = "import a from './a';export*from\"b\";const u=import.meta.url,f=new Function('import.meta.url')";
  let module = scanned(source);
  let specifiers = module
    .imports
    .iter()
    .map(|import| (import.range.clone(), format!("/{}", import.specifier.len())));
  let urls = module
    .import_meta_url
    .iter()
    .map(|range| (range.clone(), "\"file:///a\"".to_owned()));
  let functions = module
    .function_constructors
    .iter()
    .map(|range| (range.clone(), "Made".to_owned()));
  assert_eq!(
    rewrite(source, specifiers.chain(urls).chain(functions)),
    "import a from '/3';export*from\"/1\";const u=\"file:///a\",f=new Made('import.meta.url')"
  );
}

/// Pieces that JavaScript is made of, with the ones that change how others are read over-represented.
fn tokens() -> impl Strategy<Value = String> {
  const TOKENS: &[&str] = &[
    "import", "export", "from", "default", "meta", ".meta", ".url", "new ", "Function", "class ",
    "function", "of", "as", "case ", "return", "await ", "for", "if", "with", "break", "a", "é",
    "🌐", "\u{2028}", "\u{a0}", "\u{feff}", "#!", "#", "@", "\\", "\\u{", "'", "\"", "`", "${",
    "{", "}", "(", ")", "[", "]", "/", "//", "/*", "*/", "*", "=>", "=", "+", "++", "?", "?.", ".",
    "...", ",", ";", ":", " ", "\n", "\r\n", "1", "1.", "\0", "\u{7f}",
  ];
  prop::collection::vec(prop::sample::select(TOKENS), 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
  #[test]
  fn any_input_gives_ranges_on_character_boundaries(source in prop_oneof![tokens(), any::<String>()]) {
    if let Ok(module) = scan(&source) {
      let specifiers = module.imports.iter().map(|import| &import.range);
      for range in specifiers.chain(&module.import_meta).chain(&module.import_meta_url).chain(&module.function_constructors) {
        prop_assert!(source.get(range.clone()).is_some());
      }
      prop_assert!(module.import_meta_url.len() <= module.import_meta.len());
      prop_assert!(module.import_meta.is_empty() || module.has_module_syntax);
    }
  }

  #[test]
  fn text_hides_everything(text in "[a-z.(){} ]{0,20}") {
    let hidden = format!("import.meta.url; import('{text}'); new Function(");
    let source = format!("`{hidden}`; /* {hidden} */ a // {hidden}\n", hidden = hidden);
    let module = scan(&source).expect("every text ends");
    prop_assert_eq!(module, EsmModule::default());
  }
}
