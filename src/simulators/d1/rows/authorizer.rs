//! What users may do, as SQLite's authorizer asks while it prepares a statement.
//!
//! The same rules as workerd's for databases of this kind. What is not named here is denied.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::functions;
use super::watch::Seen;

/// Names that start like this are D1's own.
const RESERVED_PREFIX: &str = "_cf_";
const MODULES: [&str; 4] = ["fts5", "fts5vocab", "rtree", "rtree_i32"];

pub(super) fn authorize(context: &AuthContext<'_>, seen: &mut Seen) -> Authorization {
  if is_allowed(context, seen) {
    Authorization::Allow
  } else {
    Authorization::Deny
  }
}

fn is_allowed(context: &AuthContext<'_>, seen: &mut Seen) -> bool {
  use AuthAction as Is;
  // The temporary database is per connection. `TEMP` has actions of its own, `temp.` has not.
  let is_main = context
    .database_name
    .is_none_or(|database| database == "main");
  match context.action {
    Is::Select | Is::Recursive => true,
    Is::Read { table_name, .. } => {
      seen.reads = true;
      is_free(table_name)
    }
    Is::Insert { table_name } => is_main && is_free(table_name),
    Is::Delete { table_name } | Is::Analyze { table_name } => is_free(table_name),
    Is::Update {
      table_name,
      column_name,
    } => {
      let columns = seen.assigned.entry(table_name.to_owned()).or_default();
      columns.insert(column_name.to_owned());
      is_free(table_name)
    }
    Is::CreateTable { table_name } => {
      seen.created.tables += 1;
      is_main && is_free(table_name)
    }
    Is::CreateView { view_name } => {
      seen.created.tables += 1;
      is_main && is_free(view_name)
    }
    Is::CreateIndex {
      index_name,
      table_name,
    } => {
      seen.created.indices += 1;
      is_main && is_free(index_name) && is_free(table_name)
    }
    Is::CreateTrigger {
      trigger_name,
      table_name,
    } => {
      seen.created.triggers += 1;
      is_main && is_free(trigger_name) && is_free(table_name)
    }
    Is::CreateVtable {
      table_name,
      module_name,
    } => {
      seen.created.tables += 1;
      is_main && is_free(table_name) && is_one_of(module_name, &MODULES)
    }
    Is::AlterTable { table_name, .. } => {
      seen.altered = true;
      is_free(table_name)
    }
    Is::DropTable { table_name } | Is::DropVtable { table_name, .. } => is_free(table_name),
    Is::DropView { view_name } => is_free(view_name),
    Is::DropIndex {
      index_name,
      table_name,
    } => is_free(index_name) && is_free(table_name),
    Is::DropTrigger {
      trigger_name,
      table_name,
    } => is_free(trigger_name) && is_free(table_name),
    Is::Reindex { index_name } => is_free(index_name),
    Is::Function { function_name } => functions::is_allowed(function_name),
    Is::Pragma {
      pragma_name,
      pragma_value,
    } => {
      context
        .database_name
        .is_none_or(|database| database == "main")
        && is_allowed_pragma(&pragma_name.to_ascii_lowercase(), pragma_value)
    }
    Is::Transaction { .. } | Is::Savepoint { .. } => {
      seen.transaction_control = true;
      false
    }
    // Other databases, everything temporary, and what a later SQLite may add.
    _ => false,
  }
}

fn is_free(name: &str) -> bool {
  let start = name.as_bytes().get(..RESERVED_PREFIX.len());
  !start.is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_PREFIX.as_bytes()))
}

/// `name` is in lower case.
fn is_allowed_pragma(name: &str, value: Option<&str>) -> bool {
  match name {
    "data_version" | "page_size" => value.is_none(),
    "case_sensitive_like"
    | "foreign_keys"
    | "defer_foreign_keys"
    | "ignore_check_constraints"
    | "legacy_alter_table"
    | "recursive_triggers"
    | "reverse_unordered_selects" => value.is_none_or(is_boolean),
    "foreign_key_list" | "index_info" | "index_list" | "index_xinfo" | "table_info"
    | "table_xinfo" => value.is_some_and(is_free),
    "foreign_key_check" | "quick_check" | "table_list" => value.is_none_or(is_free),
    "optimize" => value.is_none_or(is_number),
    _ => false,
  }
}

fn is_boolean(value: &str) -> bool {
  is_one_of(
    value,
    &["0", "1", "false", "no", "off", "on", "true", "yes"],
  )
}

fn is_number(value: &str) -> bool {
  let digits = value.strip_prefix('-').unwrap_or(value);
  let hex_digits = digits
    .strip_prefix("0x")
    .or_else(|| digits.strip_prefix("0X"));
  match hex_digits {
    Some(digits) => !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
    None => !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()),
  }
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
  names
    .iter()
    .any(|candidate| name.eq_ignore_ascii_case(candidate))
}
