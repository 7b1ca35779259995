//! Typed reading of the value tree: a value of the wrong type is reported and then absent.
//!
//! A [`Field`] knows its path and its place, so that readers name what they expect and nothing
//! else.

use std::sync::Arc;

use super::mistake::Mistake;
use super::problem::{Location, Problems, Source, Written};
use super::raw::{Data, Entry, Node, Span};

/// One value in the tree, with the path that leads to it.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
  pub(super) node: &'a Node,
  /// Its key in the object that holds it; empty for list items and the root.
  pub(super) key: &'a str,
  /// Such as `env.prod.kv_namespaces[0].binding`; empty for the root.
  pub(super) path: String,
  key_span: Option<&'a Span>,
  source: Arc<Source>,
}

impl<'a> Field<'a> {
  pub(super) fn root(node: &'a Node, source: Arc<Source>) -> Self {
    Self {
      node,
      key: "",
      path: String::new(),
      key_span: None,
      source,
    }
  }

  /// Place of the value. An object or a list spans many lines and starts anywhere: its key says
  /// more.
  pub(super) fn location(&self) -> Location {
    match self.node.data {
      Data::Array(_) | Data::Object(_) => self.key_location(),
      _ => self.at(&self.node.span),
    }
  }

  /// Place of the key, where there is one.
  pub(super) fn key_location(&self) -> Location {
    self.at(self.key_span.unwrap_or(&self.node.span))
  }

  fn at(&self, span: &Span) -> Location {
    let span = matches!(*self.source, Source::File { .. }).then(|| span.clone());
    Location {
      source: Arc::clone(&self.source),
      field: self.path.clone(),
      span,
    }
  }

  pub(super) fn written<T>(&self, value: T) -> Written<T> {
    Written {
      value,
      location: self.location(),
    }
  }

  /// The value under `key`. `None` also when this is no object: whoever opened it has reported
  /// that.
  pub(super) fn get(&self, key: &str) -> Option<Self> {
    let Data::Object(entries) = &self.node.data else {
      return None;
    };
    let entry = entries.iter().find(|entry| entry.key == key)?;
    Some(self.entry(entry))
  }

  /// The values of an object, in the order of the text; none for anything else.
  pub(super) fn entries(&self) -> impl Iterator<Item = Self> + use<'a> {
    let parent = self.clone();
    let entries = match &self.node.data {
      Data::Object(entries) => entries.as_slice(),
      _ => &[],
    };
    entries.iter().map(move |entry| parent.entry(entry))
  }

  fn entry(&self, entry: &'a Entry) -> Self {
    Self {
      node: &entry.value,
      key: &entry.key,
      path: if self.path.is_empty() {
        entry.key.clone()
      } else {
        format!("{}.{}", self.path, entry.key)
      },
      key_span: Some(&entry.key_span),
      source: Arc::clone(&self.source),
    }
  }

  /// The items of a list; none for anything else.
  pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
    let Self {
      node, path, source, ..
    } = self.clone();
    let items = match &node.data {
      Data::Array(items) => items.as_slice(),
      _ => &[],
    };
    items.iter().enumerate().map(move |(index, item)| Self {
      node: item,
      key: "",
      path: format!("{path}[{index}]"),
      key_span: None,
      source: Arc::clone(&source),
    })
  }

  pub(super) fn as_text(&self) -> Option<&'a str> {
    match &self.node.data {
      Data::Text(value) => Some(value),
      _ => None,
    }
  }

  pub(super) fn is_list(&self) -> bool {
    matches!(self.node.data, Data::Array(_))
  }

  pub(super) fn is_object(&self) -> bool {
    matches!(self.node.data, Data::Object(_))
  }

  /// Reports this value as unusable.
  pub(super) fn refuse(&self, accepted: impl Into<String>, problems: &mut Problems) {
    let mistake = match &self.node.data {
      Data::Date(date) => Mistake::TomlDate {
        field: self.path.clone(),
        key: self.key.to_owned(),
        date: date.clone(),
      },
      _ => Mistake::Unacceptable {
        field: self.path.clone(),
        found: self.node.described(),
        accepted: accepted.into(),
      },
    };
    problems.report(mistake, self.location());
  }

  /// A string with something in it.
  pub(super) fn text(&self, accepted: &str, problems: &mut Problems) -> Option<Written<String>> {
    match self.as_text() {
      Some(value) if !value.is_empty() => Some(self.written(value.to_owned())),
      _ => {
        self.refuse(accepted, problems);
        None
      }
    }
  }

  pub(super) fn boolean(&self, problems: &mut Problems) -> Option<bool> {
    match self.node.data {
      Data::Bool(value) => Some(value),
      _ => {
        self.refuse("`true` or `false`", problems);
        None
      }
    }
  }

  /// Reports whatever is in this value that has no place in `env`: TOML's dates, and functions.
  pub(super) fn refuse_non_json(&self, problems: &mut Problems) {
    match self.node.data {
      Data::Date(_) => self.refuse("a string", problems),
      Data::Function(_) | Data::CurrentWorker => self.refuse("a JSON value", problems),
      _ => {}
    }
    for child in self.entries().chain(self.items()) {
      child.refuse_non_json(problems);
    }
  }

  /// The value of a number.
  pub(super) fn number(&self) -> Option<f64> {
    match &self.node.data {
      Data::Number(number) => number.as_f64(),
      _ => None,
    }
  }

  /// The items of what should be a list.
  pub(super) fn list(&self, accepted: &str, problems: &mut Problems) -> Vec<Self> {
    if !matches!(self.node.data, Data::Array(_)) {
      self.refuse(accepted, problems);
    }
    self.items().collect()
  }

  /// The strings of what should be a list of strings.
  pub(super) fn texts(&self, accepted: &str, problems: &mut Problems) -> Vec<Written<String>> {
    let items = self.list(accepted, problems);
    items
      .iter()
      .filter_map(|item| item.text("a string", problems))
      .collect()
  }

  /// The values of what should be an object.
  pub(super) fn object(&self, accepted: &str, problems: &mut Problems) -> Vec<Self> {
    if !self.is_object() {
      self.refuse(accepted, problems);
    }
    self.entries().collect()
  }

  /// The string under `key`, if it is there.
  pub(super) fn text_at(
    &self,
    key: &str,
    accepted: &str,
    problems: &mut Problems,
  ) -> Option<Written<String>> {
    self.get(key)?.text(accepted, problems)
  }

  /// The string under `key`, which has to be there.
  pub(super) fn required_text(
    &self,
    key: &str,
    accepted: &str,
    problems: &mut Problems,
  ) -> Option<Written<String>> {
    self
      .required(key, accepted, problems)?
      .text(accepted, problems)
  }

  /// The field under `key`, which has to be there.
  pub(super) fn required(
    &self,
    key: &str,
    accepted: &str,
    problems: &mut Problems,
  ) -> Option<Field<'a>> {
    // What is no object has no keys to miss: `object` has reported it.
    if !self.is_object() {
      return None;
    }
    let field = self.get(key);
    if field.is_none() {
      let mistake = Mistake::Missing {
        field: self.path.clone(),
        key: key.to_owned(),
        accepted: accepted.to_owned(),
      };
      problems.report(mistake, self.location());
    }
    field
  }

  /// Reports every key that is not in `known`: an error in options, which have types to go by, and
  /// a warning in a Wrangler file, which other tools read too.
  pub(super) fn refuse_unknown(&self, known: &[&str], problems: &mut Problems) {
    let Data::Object(entries) = &self.node.data else {
      return;
    };
    let unknown = entries
      .iter()
      .filter(|entry| !known.contains(&entry.key.as_str()));
    for field in unknown.map(|entry| self.entry(entry)) {
      let nearest = nearest(field.key, known).map(str::to_owned);
      match *self.source {
        Source::File { .. } => {
          let section = self.path.clone();
          let mistake = Mistake::UnexpectedField {
            section,
            key: field.key.to_owned(),
            nearest,
          };
          problems.report(mistake, field.key_location());
        }
        _ => field.refuse_option(nearest, known, problems),
      }
    }
  }

  /// Reports this key as no option; `listed` are the ones to offer.
  pub(super) fn refuse_option(
    &self,
    nearest: Option<String>,
    listed: &[&str],
    problems: &mut Problems,
  ) {
    let listed = listed.iter().map(|&key| key.to_owned()).collect();
    let mistake = Mistake::UnknownOption {
      field: self.path.clone(),
      nearest,
      listed,
    };
    problems.report(mistake, self.key_location());
  }
}

/// The known name that a misspelt one most likely means.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
  // `kvNamespaces` and `kv_namespaces` are one word in two conventions.
  let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
  let name = plain(name);
  let closest = known
    .iter()
    .map(|&known| (distance(&name, &plain(known)), known))
    .min()?;
  // Beyond a third of its letters, a name is another name and not a misspelling.
  (closest.0 <= (name.chars().count() / 3).max(1)).then_some(closest.1)
}

/// Edit distance in characters, where swapping two neighbours is one edit: `mian` is near `main`.
fn distance(left: &str, right: &str) -> usize {
  let left: Vec<char> = left.chars().collect();
  let right: Vec<char> = right.chars().collect();
  let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
  for row in 1..=left.len() {
    let mut costs = vec![row];
    for column in 1..=right.len() {
      let changed = usize::from(left[row - 1] != right[column - 1]);
      let mut cost = (rows[row - 1][column - 1] + changed)
        .min(rows[row - 1][column] + 1)
        .min(costs[column - 1] + 1);
      let is_swap = row > 1
        && column > 1
        && left[row - 1] == right[column - 2]
        && left[row - 2] == right[column - 1];
      if is_swap {
        cost = cost.min(rows[row - 2][column - 2] + 1);
      }
      costs.push(cost);
    }
    rows.push(costs);
  }
  rows[left.len()][right.len()]
}
