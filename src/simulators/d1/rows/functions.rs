//! The SQL functions that users may call.
//!
//! A list of what is allowed and not of what is forbidden, as in workerd, so it also leaves out
//! harmless ones that workerd has not got round to, such as `json_pretty` and `ceiling`.

/// Sorted, for the search. `load_extension` is on workerd's list; it fails when it is called, since
/// nobody has enabled it on the connection.
const ALLOWED: [&str; 128] = [
  "->",
  "->>",
  "abs",
  "acos",
  "acosh",
  "asin",
  "asinh",
  "atan",
  "atan2",
  "atanh",
  "avg",
  "bm25",
  "ceil",
  "changes",
  "char",
  "coalesce",
  "concat",
  "concat_ws",
  "cos",
  "cosh",
  "count",
  "cume_dist",
  "current_date",
  "current_time",
  "current_timestamp",
  "date",
  "datetime",
  "degrees",
  "dense_rank",
  "exp",
  "first_value",
  "floor",
  "format",
  "glob",
  "group_concat",
  "hex",
  "highlight",
  "ifnull",
  "iif",
  "instr",
  "json",
  "json_array",
  "json_array_length",
  "json_extract",
  "json_group_array",
  "json_group_object",
  "json_insert",
  "json_object",
  "json_patch",
  "json_quote",
  "json_remove",
  "json_replace",
  "json_set",
  "json_type",
  "json_valid",
  "jsonb",
  "jsonb_array",
  "jsonb_extract",
  "jsonb_group_array",
  "jsonb_group_object",
  "jsonb_insert",
  "jsonb_object",
  "jsonb_patch",
  "jsonb_remove",
  "jsonb_replace",
  "jsonb_set",
  "julianday",
  "lag",
  "last_insert_rowid",
  "last_value",
  "lead",
  "length",
  "like",
  "likelihood",
  "likely",
  "ln",
  "load_extension",
  "log",
  "log2",
  "lower",
  "ltrim",
  "match",
  "max",
  "min",
  "mod",
  "nth_value",
  "ntile",
  "nullif",
  "octet_length",
  "percent_rank",
  "pi",
  "pow",
  "printf",
  "quote",
  "radians",
  "random",
  "randomblob",
  "rank",
  "replace",
  "round",
  "row_number",
  "rtreecheck",
  "rtrim",
  "sign",
  "sin",
  "sinh",
  "snippet",
  "sqrt",
  "strftime",
  "string_agg",
  "substr",
  "substring",
  "sum",
  "tan",
  "tanh",
  "time",
  "timediff",
  "total",
  "total_changes",
  "trim",
  "trunc",
  "typeof",
  "unhex",
  "unicode",
  "unixepoch",
  "unlikely",
  "upper",
  "zeroblob",
];

/// Helpers of `ALTER TABLE`, with which SQLite rewrites the schema. Users cannot call them: they are
/// internal, so that SQLite does not find them by name.
const ALTER_TABLE_PREFIXES: [&str; 4] = [
  "sqlite_add_",
  "sqlite_drop_",
  "sqlite_find_",
  "sqlite_rename_",
];

/// Whether a user's statement may call the function `name`.
pub(super) fn is_allowed(name: &str) -> bool {
  let name = name.to_ascii_lowercase();
  ALLOWED.binary_search(&name.as_str()).is_ok()
    || ALTER_TABLE_PREFIXES
      .iter()
      .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn list_is_sorted() {
    assert!(ALLOWED.is_sorted());
  }
}
