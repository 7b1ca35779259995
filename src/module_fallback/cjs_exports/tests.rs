use proptest::prelude::*;

use super::{CjsError, EsmSyntax, parse};

/// Exports, and re-exports behind a `*`, all in one line.
fn found(source: &str) -> String {
  let found = parse(source).unwrap_or_else(|error| panic!("{error} in {source:?}"));
  let reexports = found
    .reexports
    .iter()
    .map(|specifier| format!("*{specifier}"));
  found
    .exports
    .iter()
    .cloned()
    .chain(reexports)
    .collect::<Vec<_>>()
    .join(" ")
}

fn check(cases: &[(&str, &str)]) {
  for (source, expected) in cases {
    assert_eq!(found(source), *expected, "{source:?}");
  }
}

#[test]
fn assignments_to_exports() {
  check(&[
    (
      "exports.a = 1; module.exports.b = 2; exports['c'] = 3; module.exports[\"d-e\"] = 4",
      "a b c d-e",
    ),
    ("exports.a = exports.b = void 0; exports.a = 1", "a b"),
    ("exports/**/. /*x*/ a // y\n = 1", "a"),
    (
      "(function () { exports.a = 1; if (b) { exports.c = 2 } })()",
      "a c",
    ),
    (
      "exports.é = 1; exports.日本 = 2; exports.$_1 = 3; exports.default = 4",
      "é 日本 $_1 default",
    ),
    ("exports['\\u0061\\x62\\103\\u{1f600}\\\n'] = 1", "abC😀"),
    (
      "exports['\\ud83c\\udf10'] = 1; exports['\\ud83c'] = 1; exports['\\xz'] = 1",
      "🌐",
    ),
    (
      "exports.a; exports.b += 1; exports[c] = 1; a.exports.d = 1; myexports.e = 1; exports.a\\u0062 = 1",
      "",
    ),
    (
      "'exports.a = 1'; /* exports.b = 1 */ `exports.c = 1` // exports.d = 1",
      "",
    ),
    ("`${exports.a = 1}`", "a"),
    (
      "exports.a = /[/'\"]/; exports.b = 1 / 2; exports.c = '/'",
      "a b c",
    ),
  ]);
}

#[test]
fn assignments_to_module_exports() {
  check(&[
    (
      "module.exports = { a, b: c, 'd': e, \"f-g\": h }",
      "a b d f-g",
    ),
    (
      "module.exports = { a, ...require('b'), ...c, d, }",
      "a d *b",
    ),
    ("module.exports = { a: b, c: d.e, f }", "a c"),
    ("module.exports = { a: function () {}, b }", "a"),
    ("module.exports = { a, [b]: c, d }", "a"),
    ("0 && (module.exports = { a, b })", "a b"),
    ("module.exports = require('a')", "*a"),
    (
      "module.exports = require('a'); module.exports = require('b')",
      "*b",
    ),
    (
      "if (a) { module.exports = require('./a.js') } else { module.exports = require('./b.js') }",
      "*./b.js",
    ),
    (
      "module.exports = require(a); module.exports = function () {}",
      "",
    ),
    ("module.exports = b; module.exports.a = 1", "a"),
    ("exports = module.exports = { a }", "a"),
  ]);
}

#[test]
fn defined_properties() {
  check(&[
    (
      "Object.defineProperty(exports, '__esModule', { value: true })",
      "__esModule",
    ),
    (
      "Object.defineProperty(module.exports, 'a', { enumerable: true, value: b })",
      "a",
    ),
    (
      "Object.defineProperty(exports, 'a', { enumerable: true, get: function () { return b.c; } })",
      "a",
    ),
    (
      "Object.defineProperty(exports, 'a', { enumerable: true, get: function get() { return b['c'] }, })",
      "a",
    ),
    (
      "Object.defineProperty(exports, 'a', { get() { return b } })",
      "a",
    ),
    (
      "Object.defineProperty(exports, 'a', { enumerable: false, value: b })",
      "",
    ),
    ("Object.defineProperty(exports, 'a', { get: () => b })", ""),
    (
      "exports.a = 1; Object.defineProperty(exports, 'a', { enumerable: true, get: function () { return b() } })",
      "",
    ),
    (
      "Object.defineProperty(a, 'b', { value: true }); Object.definePropertyX(exports, 'c', { value: 1 })",
      "",
    ),
  ]);
}

#[test]
fn reexports_of_compilers() {
  check(&[
    (
      "__export(require('a')); __exportStar(require('b'), exports)",
      "*a *b",
    ),
    ("tslib_1.__exportStar(require('a'), exports)", "*a"),
    ("function f() { __export(require('a')) }", ""),
    (
      "var a = require('b'); Object.keys(a).forEach(function (k) { if (k !== 'default') exports[k] = a[k]; });",
      "*b",
    ),
    (
      "let a = require('b'); Object.keys(a).forEach(function (k) { if (k !== 'default' && !a.hasOwnProperty(k)) exports[k] = a[k]; });",
      "*b",
    ),
    (
      "var a = require('b'); Object.keys(c).forEach(function (k) { if (k !== 'default') exports[k] = c[k]; });",
      "",
    ),
    (
      "var a = require('b'); Object.keys(a).forEach(function (k) { if (k !== 'default') other[k] = a[k]; });",
      "",
    ),
  ]);
  let babel = "Object.keys(_a).forEach(function (key) {
      if (key === \"default\" || key === \"__esModule\") return;
      if (Object.prototype.hasOwnProperty.call(_exportNames, key)) return;
      if (key in exports && exports[key] === _a[key]) return;
      Object.defineProperty(exports, key, { enumerable: true, get: function () { return _a[key]; } });
    });";
  for binding in [
    "var _a = require('b');",
    "const é = 1; let _a = _interopRequireWildcard(require('b'));",
  ] {
    assert_eq!(found(&format!("{binding}\n{babel}")), "*b", "{binding}");
  }
  assert_eq!(found(babel), "");
  assert_eq!(found(&format!("_a = require('b');\n{babel}")), "");
}

#[test]
fn es_module_syntax() {
  let cases = [
    ("import 'a'", Some(EsmSyntax::Import)),
    ("import a from 'b'", Some(EsmSyntax::Import)),
    ("import{a}from'b'", Some(EsmSyntax::Import)),
    ("import*as a from'b'", Some(EsmSyntax::Import)),
    ("import\u{a0}a from 'b'", Some(EsmSyntax::Import)),
    ("export default 1", Some(EsmSyntax::Export)),
    ("export{a}", Some(EsmSyntax::Export)),
    ("a(); export\nconst b = 1", Some(EsmSyntax::Export)),
    ("import.meta.url", Some(EsmSyntax::ImportMeta)),
    ("import('a')", None),
    ("a.import; a.export; imports; exported", None),
    ("'import a from \"b\"' // export default 1", None),
    ("if (a) { x = { import: 1, export: 2 } }", None),
  ];
  for (source, expected) in cases {
    let syntax = match parse(source) {
      Err(CjsError::EsmSyntax { syntax, .. }) => Some(syntax),
      _ => None,
    };
    assert_eq!(syntax, expected, "{source:?}");
  }
  let error = parse("\n import 'a'").expect_err("an import statement");
  assert_eq!(
    error.to_string(),
    "unexpected import statement at byte 2 of a CommonJS module"
  );
}

/// What follows a `/` that is read wrong is read as text, and its export is missed.
#[test]
fn slashes() {
  let sources = [
    "a = /'/",
    "a = b / c; d = 'e' / f",
    "if (a) /'/.test(b)",
    "a(b) / 'c' / d",
    "function f() {} /'/.test(a)",
    "class A { m() {} } /'/.test(a)",
    "a = {} / 'b' / c",
    "a => { return /'/ }",
    "a++ / 'b' / c",
    "a = 1. / 'b' / c",
    "a = b.c / 'd' / e",
    "x = typeof /'/; y = void /'/; z = a in /'/",
    "a = `b` / 'c' / d",
    "a = `${/[`}]/}`",
    "a = /[/']/",
  ];
  for source in sources {
    let source = format!("x;{source};\nexports.a = 1");
    assert_eq!(found(&source), "a", "{source:?}");
  }
}

#[test]
fn source_that_does_not_end() {
  let cases = [
    ("a = 'b\n'", CjsError::UnterminatedString { offset: 4 }),
    ("`a${b}", CjsError::UnterminatedTemplate { offset: 5 }),
    (
      "a = /b\n",
      CjsError::UnterminatedRegularExpression { offset: 4 },
    ),
    (
      "a = /[/\n",
      CjsError::UnterminatedRegularExpression { offset: 4 },
    ),
    ("a)", CjsError::UnexpectedClosing { offset: 1 }),
    ("`${)", CjsError::Unclosed { depth: 1 }),
    ("({", CjsError::Unclosed { depth: 2 }),
  ];
  for (source, expected) in cases {
    assert_eq!(parse(source), Err(expected), "{source:?}");
  }
  let deep = "(".repeat(5000);
  assert_eq!(parse(&deep), Err(CjsError::TooDeep { offset: 2048 }));
}

/// Pieces of the shapes that the lexer looks for, so that it gets far into them.
fn tokens() -> impl Strategy<Value = String> {
  const TOKENS: &[&str] = &[
    "exports",
    "module",
    ".exports",
    "Object",
    ".defineProperty",
    ".keys(a)",
    ".forEach",
    "require",
    "('b')",
    "(exports,",
    "'a',",
    "{",
    "}",
    "(",
    ")",
    "enumerable: true,",
    "get",
    "value:",
    "function",
    "return ",
    "if",
    "__export",
    "Star",
    "_interopRequireWildcard",
    "import",
    "export",
    "class ",
    "var ",
    "a",
    "é",
    "🌐",
    "\u{a0}",
    "#!",
    "\\",
    "'",
    "\"",
    "`",
    "${",
    "/",
    "//",
    "/*",
    "*/",
    "...",
    ".",
    ",",
    ";",
    ":",
    "=",
    "!==",
    " ",
    "\n",
    "\r\n",
    "++",
    "1",
    "\0",
  ];
  prop::collection::vec(prop::sample::select(TOKENS), 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
  #[test]
  fn any_input_ends(source in prop_oneof![tokens(), any::<String>()]) {
    if let Ok(found) = parse(&source) {
      let mut unique = found.exports.clone();
      unique.sort();
      unique.dedup();
      prop_assert_eq!(unique.len(), found.exports.len());
    }
  }

  #[test]
  fn any_name_is_found(name in "[a-zA-Z_$é日][a-zA-Z0-9_$é日]{0,8}", space in "[ \n\u{a0}]{0,2}") {
    let source = format!("x;{space}exports{space}.{space}{name}{space}={space}1");
    prop_assert_eq!(parse(&source).expect("nothing is left open").exports, [name]);
  }
}
