//! Hyperdrive: connection strings, and where they lead. In tests a database is on this machine, or wherever the
//! string says; nobody pools connections.

use percent_encoding::percent_decode_str;

use super::field::Field;
use super::input::Input;
use super::plan::BindingKind;
use super::problem::Problems;

/// `{ binding, localConnectionString }`. Without the string the environment may have one; that is added later.
pub(super) fn read_wrangler(
  field: &Field<'_>,
  _name: &str,
  problems: &mut Problems,
) -> Option<BindingKind> {
  match field.get("localConnectionString") {
    Some(url) => read_option(&url, problems),
    None => Some(BindingKind::HyperdriveMissing),
  }
}

/// A connection string.
pub(super) fn read_option(field: &Field<'_>, problems: &mut Problems) -> Option<BindingKind> {
  let text = field.text("a connection string", problems)?;
  match parse(&text.value) {
    Ok(kind) => Some(kind),
    Err(accepted) => {
      field.refuse(accepted, problems);
      None
    }
  }
}

/// Reads `scheme://user:password@host:port/database`. An error says what is accepted.
pub(super) fn parse(url: &str) -> Result<BindingKind, &'static str> {
  let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
  let (scheme, default_port) = match scheme {
    "postgres" | "postgresql" => ("postgres", 5432),
    "mysql" => ("mysql", 3306),
    _ => {
      return Err(
        "a connection string that begins with postgres:// or mysql://. Only PostgreSQL-compatible or \
        MySQL-compatible databases are currently supported.",
      );
    }
  };
  let rest = rest.split(['?', '#']).next().unwrap_or_default();
  let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
  let (credentials, address) = authority.rsplit_once('@').unwrap_or(("", authority));
  let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
  // Colons of an IPv6 address are in brackets.
  let port_at = address
    .rfind(':')
    .filter(|index| !address[*index..].contains(']'));
  let (host, port) = match port_at {
    Some(index) => (&address[..index], address[index + 1..].parse().ok()),
    None => (address, Some(default_port)),
  };
  let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
  match () {
    () if host.is_empty() => Err("a connection string with a hostname or IP address"),
    () if port.is_none() => Err("a connection string whose port is a number from 0 to 65535"),
    () if database.is_empty() => {
      Err("a connection string with a database name as the path component - e.g. /postgres")
    }
    () if user.is_empty() => {
      Err("a connection string with a username - e.g. postgres://user:password@localhost/db")
    }
    () if password.is_empty() => {
      Err("a connection string with a password - e.g. postgres://user:password@localhost/db")
    }
    () => Ok(BindingKind::Hyperdrive {
      scheme: scheme.to_owned(),
      address: format!("{host}:{}", port.unwrap_or(default_port)),
      database: decoded(database),
      user: decoded(user),
      password: decoded(password),
    }),
  }
}

/// The variable that has the connection string of a binding, and the string.
pub(super) fn from_environment<'a>(
  binding: &str,
  input: &'a Input<'_>,
) -> Option<(String, &'a str)> {
  ["CLOUDFLARE", "WRANGLER"].into_iter().find_map(|prefix| {
    let variable = format!("{prefix}_HYPERDRIVE_LOCAL_CONNECTION_STRING_{binding}");
    let url = input.process_env.get(&variable)?;
    (!url.is_empty()).then_some((variable, url.as_str()))
  })
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(url: &str, expected: [&str; 5]) {
    let [scheme, address, database, user, password] = expected.map(str::to_owned);
    let kind = BindingKind::Hyperdrive {
      scheme,
      address,
      database,
      user,
      password,
    };
    assert_eq!(parse(url), Ok(kind), "{url}");
  }

  #[test]
  fn connection_strings_have_five_parts() {
    check(
      "postgresql://u:p@db.example/app?sslmode=disable",
      ["postgres", "db.example:5432", "app", "u", "p"],
    );
    check(
      "mysql://u:p%40s@localhost:1/a%20b",
      ["mysql", "localhost:1", "a b", "u", "p@s"],
    );
    check(
      "postgres://u:p@w@[::1]/d",
      ["postgres", "[::1]:5432", "d", "u", "p@w"],
    );
  }

  #[test]
  fn what_lacks_a_part_is_refused() {
    for url in [
      "",
      "http://u:p@h/d",
      "postgres://u:p@/d",
      "postgres://u:p@h",
      "postgres://h/d",
      "postgres://u@h/d",
      "postgres://u:p@h:x/d",
      "postgres://é:é@é:",
    ] {
      assert!(parse(url).is_err(), "{url}");
    }
  }
}
