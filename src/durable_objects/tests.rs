use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

struct Folder {
  files: ObjectFiles,
  root: tempfile::TempDir,
}

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

impl Folder {
  fn new() -> Self {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("ns")).unwrap();
    Self {
      files: ObjectFiles::new(root.path().into()),
      root,
    }
  }

  fn path(&self, name: &str) -> PathBuf {
    self.root.path().join("ns").join(name)
  }

  fn write(&self, name: &str, content: &str) {
    std::fs::write(self.path(name), content).unwrap();
  }

  fn remove(&self, name: &str) {
    let _ = std::fs::remove_file(self.path(name));
  }

  fn snapshot(&self, id: u32) {
    assert!(!self.files.snapshot(SnapshotId(id)).unwrap());
  }

  fn restore(&self, id: u32) {
    let newest = SnapshotId(u32::MAX);
    self.files.restore(SnapshotId(id), newest).unwrap();
  }

  fn state(&self) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(self.root.path().join("ns")).unwrap();
    let entries = entries.map(|entry| {
      let path = entry.unwrap().path();
      let name = path.file_name().unwrap().to_str().unwrap().to_owned();
      (name, std::fs::read_to_string(path).unwrap())
    });
    entries.collect()
  }
}

#[test]
fn what_was_there_comes_back_and_what_was_not_goes() {
  let folder = Folder::new();
  folder.write("a.sqlite", "one");
  folder.write("b.sqlite", "a longer one");
  let before = folder.state();
  folder.snapshot(1);
  folder.write("a.sqlite", "another, longer");
  folder.remove("b.sqlite");
  folder.write("c.sqlite", "new");
  folder.restore(1);
  assert_eq!(folder.state(), before);
  folder.restore(0);
  assert_eq!(folder.state(), BTreeMap::new());
  folder.restore(1);
  assert_eq!(folder.state(), before);
}

#[test]
fn a_change_of_the_same_length_is_seen_however_soon() {
  let folder = Folder::new();
  folder.write("a.sqlite", "0");
  for round in 1..200 {
    folder.snapshot(round);
    folder.write("a.sqlite", "x");
    folder.restore(round);
    assert_eq!(folder.state()["a.sqlite"], "0", "{round}");
  }
}

#[test]
fn a_file_that_has_not_changed_is_not_written() {
  let folder = Folder::new();
  folder.write("a.sqlite", "one");
  folder.write("b.sqlite", "one");
  folder.snapshot(1);
  folder.write("b.sqlite", "two");
  let modified = |name| folder.path(name).metadata().unwrap().modified().unwrap();
  let before = modified("a.sqlite");
  folder.restore(1);
  assert_eq!(modified("a.sqlite"), before);
}

#[test]
fn nothing_is_touched_while_a_database_is_open() {
  let folder = Folder::new();
  folder.snapshot(1);
  folder.write("a.sqlite", "one");
  folder.write("a.sqlite-shm", "");
  let before = folder.state();
  let (id, newest) = (SnapshotId(1), SnapshotId(1));
  let error = folder.files.restore(id, newest).unwrap_err();
  assert_eq!(error.to_string(), "one of them still runs");
  assert_eq!(folder.state(), before);
  folder.remove("a.sqlite-shm");
  folder.restore(1);
  assert_eq!(folder.state(), BTreeMap::new());
}

#[test]
fn an_object_that_runs_is_kept_with_its_log() {
  let folder = Folder::new();
  folder.write("a.sqlite", "pages");
  folder.write("a.sqlite-wal", "more pages");
  let before = folder.state();
  folder.write("a.sqlite-shm", "");
  assert!(folder.files.snapshot(SnapshotId(1)).unwrap());
  folder.remove("a.sqlite-shm");
  folder.remove("a.sqlite-wal");
  folder.write("a.sqlite", "pages and more");
  folder.restore(1);
  assert_eq!(folder.state(), before);
}

#[test]
fn alarms_are_left_alone() {
  let folder = Folder::new();
  folder.snapshot(1);
  for name in [
    "metadata.sqlite",
    "metadata.sqlite-shm",
    "metadata.sqlite-wal",
  ] {
    folder.write(name, "open");
  }
  let before = folder.state();
  folder.restore(1);
  assert_eq!(folder.state(), before);
}

#[test]
fn snapshots_that_are_too_new_are_forgotten() {
  let folder = Folder::new();
  folder.snapshot(1);
  folder.snapshot(2);
  let id = SnapshotId(1);
  folder.files.restore(id, id).unwrap();
  let error = folder.files.restore(SnapshotId(2), id).unwrap_err();
  assert_eq!(error.to_string(), "there is no snapshot 2 of them");
}

#[test]
fn ids_are_those_of_objects_that_have_run() {
  let folder = Folder::new();
  assert_eq!(folder.files.ids("other").unwrap(), Vec::<String>::new());
  folder.write("metadata.sqlite", "");
  folder.write(&format!("{ID}.sqlite"), "");
  folder.write(&format!("{ID}.sqlite-wal"), "");
  folder.write(&format!("{ID}.1.sqlite"), "");
  folder.write(&format!("{ID}.facets"), "");
  assert_eq!(folder.files.ids("ns").unwrap(), [ID]);
}

#[test]
fn a_folder_that_is_gone_is_an_error() {
  let files = ObjectFiles::new(Path::new("/does/not/exist").into());
  assert!(files.snapshot(SnapshotId(1)).is_err());
}

#[derive(Clone, Debug)]
enum Step {
  Write(u8, String),
  Remove(u8),
  Snapshot,
  /// To the snapshot so many before the newest.
  Restore(usize),
}

fn step() -> impl Strategy<Value = Step> {
  prop_oneof![
    4 => (0..5u8, "[a-c]{0,5}").prop_map(|(name, text)| Step::Write(name, text)),
    1 => (0..5u8).prop_map(Step::Remove),
    2 => Just(Step::Snapshot),
    2 => (0..3usize).prop_map(Step::Restore),
  ]
}

proptest! {
  #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

  #[test]
  fn files_are_as_a_model_says(steps in prop::collection::vec(step(), 1..60)) {
    let folder = Folder::new();
    let mut kept = vec![BTreeMap::new()];
    for step in steps {
      match step {
        Step::Write(name, text) => folder.write(&format!("{name}.sqlite"), &text),
        Step::Remove(name) => folder.remove(&format!("{name}.sqlite")),
        Step::Snapshot => {
          folder.snapshot(u32::try_from(kept.len()).unwrap());
          kept.push(folder.state());
        }
        Step::Restore(back) => {
          kept.truncate(kept.len().saturating_sub(back).max(1));
          let id = SnapshotId(u32::try_from(kept.len() - 1).unwrap());
          folder.files.restore(id, id).unwrap();
          prop_assert_eq!(&folder.state(), kept.last().unwrap());
        }
      }
    }
  }
}
