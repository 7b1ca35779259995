//! Pages of a listing: which objects are on them, what a delimiter folds, where they end. Pure.

use std::io;

use serde::Serialize;

use super::limits::LIST_JSON_BYTES_MAX;
use super::number::Number;
use super::object::{Include, Object};
use super::rows::Step;
use crate::simulators::keys;

#[derive(Debug)]
pub(super) struct List {
  pub(super) limit: Option<Number>,
  pub(super) prefix: String,
  pub(super) cursor: Option<String>,
  /// Not empty.
  pub(super) delimiter: Option<String>,
  pub(super) start_after: Option<String>,
  pub(super) include: Include,
}

impl List {
  /// The first key that can be on the page. Nothing lies between a key and the same key with a NUL
  /// at its end.
  pub(super) fn first_key(&self) -> String {
    let cursor = self.cursor.as_deref().map(keys::decode_cursor);
    // `None` is less than everything.
    let after = self.start_after.clone().max(cursor);
    let first = after.map(|after| after + "\0");
    first.unwrap_or_default().max(self.prefix.clone())
  }

  /// The prefix that stands for `key` and its neighbours on the page, if there is one.
  fn delimited_prefix<'a>(&self, key: &'a str) -> Option<&'a str> {
    let delimiter = self.delimiter.as_ref()?;
    let position = key[self.prefix.len()..].find(delimiter)?;
    Some(&key[..self.prefix.len() + position + delimiter.len()])
  }
}

/// A page, which serialized is the JSON that workerd reads.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
  pub(super) objects: Vec<Object>,
  pub(super) truncated: bool,
  /// `None` on the last page.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub(super) cursor: Option<String>,
  pub(super) delimited_prefixes: Vec<String>,
}

/// The entry that a page ends with.
#[derive(Clone, Debug)]
pub(super) enum Last {
  Key(String),
  DelimitedPrefix(String),
}

/// A page that objects are added to, in their order.
#[derive(Debug)]
pub(super) struct PageBuilder<'a> {
  list: &'a List,
  entries_max: usize,
  json_bytes: usize,
  last: Option<Last>,
  page: Page,
}

impl<'a> PageBuilder<'a> {
  /// An empty page of `list`, for `entries_max` objects and prefixes.
  pub(super) fn new(list: &'a List, entries_max: usize) -> Self {
    Self {
      list,
      entries_max,
      json_bytes: 0,
      last: None,
      page: Page::default(),
    }
  }

  /// Adds `object` or what stands for it, unless the page is full, and says which one is next.
  pub(super) fn add(&mut self, object: Object) -> Step {
    if !object.key.starts_with(&self.list.prefix) {
      return Step::Stop;
    }
    let prefix = self.list.delimited_prefix(&object.key);
    let entry_bytes = prefix.map_or_else(|| json_bytes(&object), json_bytes);
    let entries = self.page.objects.len() + self.page.delimited_prefixes.len();
    self.json_bytes += entry_bytes;
    // The first entry always fits, or a listing would never get past it.
    if entries == self.entries_max || (entries > 0 && self.json_bytes > LIST_JSON_BYTES_MAX) {
      self.page.truncated = true;
      return Step::Stop;
    }
    match prefix.map(str::to_owned) {
      Some(prefix) => {
        let after = keys::prefix_end(&prefix);
        self.last = Some(Last::DelimitedPrefix(prefix.clone()));
        self.page.delimited_prefixes.push(prefix);
        Step::SeekTo(after)
      }
      None => {
        self.last = Some(Last::Key(object.key.clone()));
        self.page.objects.push(object);
        Step::Next
      }
    }
  }

  /// What a further page continues after; `None` when there is none.
  pub(super) fn last(&self) -> Option<Last> {
    self.last.clone().filter(|_| self.page.truncated)
  }

  /// The page. It goes on after `last_key`.
  pub(super) fn finish(mut self, last_key: Option<&str>) -> Page {
    self.page.cursor = last_key.map(keys::encode_cursor);
    self.page
  }
}

/// Bytes of JSON that `entry` has on a page, with its comma.
fn json_bytes(entry: &(impl Serialize + ?Sized)) -> usize {
  let mut counter = Counter(1);
  serde_json::to_writer(&mut counter, entry).expect("counting cannot fail");
  counter.0
}

struct Counter(usize);

impl io::Write for Counter {
  fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
    self.0 += bytes.len();
    Ok(bytes.len())
  }

  fn flush(&mut self) -> io::Result<()> {
    Ok(())
  }
}
