//! Everything that a database contains, as bytes that can be compared.

use std::fmt;

use vitest_pool_workerd::storage::{Migrations, Storage};

/// What is in a database: its schema, and its rows.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Contents {
  /// Every table, index, view and trigger.
  pub schema: String,
  /// Every row of every table.
  pub rows: Vec<u8>,
}

impl fmt::Debug for Contents {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rows = String::from_utf8_lossy(&self.rows);
    write!(formatter, "{}{rows:.2000}", self.schema)
  }
}

impl Contents {
  /// Reads the database `name`, which must have been opened by its product before.
  ///
  /// # Panics
  /// When the schema cannot be read, or the database has lost its frames.
  #[must_use]
  pub fn read(storage: &Storage, name: &str) -> Self {
    let database = storage.database(name, Migrations::NONE);
    let database = database.expect("it is open");
    let contents = database.run(|connection| {
      let mut contents = Self::default();
      let mut tables = Vec::new();
      let mut schema =
        connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
      let mut entries = schema.raw_query();
      while let Some(entry) = entries.next()? {
        let sql: Option<String> = entry.get(2)?;
        let (kind, name): (String, String) = (entry.get(0)?, entry.get(1)?);
        contents.schema += &format!("{kind} {name} {sql:?}\n");
        if kind == "table" {
          tables.push(name);
        }
      }
      for table in tables {
        let quoted = table.replace('"', "\"\"");
        // Users make tables that nobody can read: virtual ones without their data, for example.
        let Ok(mut select) = connection.prepare(&format!("SELECT * FROM \"{quoted}\"")) else {
          continue;
        };
        let columns = select.column_count();
        let mut rows = select.raw_query();
        while let Ok(Some(row)) = rows.next() {
          contents.rows.extend(table.as_bytes());
          for column in 0..columns {
            let value = row.get_ref(column)?;
            let kind = value.data_type();
            match value.as_bytes() {
              Ok(bytes) => {
                contents.rows.extend(format!(" {kind} ").as_bytes());
                contents.rows.extend(bytes);
              }
              Err(_) => contents.rows.extend(format!(" {value:?}").as_bytes()),
            }
          }
          contents.rows.push(b'\n');
        }
      }
      Ok(contents)
    });
    contents.expect("its schema can be read")
  }
}
