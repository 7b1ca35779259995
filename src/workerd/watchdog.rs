//! Cleans up when this process dies without a chance to: `SIGKILL`, a crash, `process.exit`.
//!
//! A shell reads a pipe whose other end only we hold. When the pipe ends, however that happens, it
//! kills the process groups that it was told about and deletes the run's folders. This is the
//! only way that survives `SIGKILL` on every Unix: `PR_SET_PDEATHSIG` needs `pre_exec`, which makes
//! spawning from a large Node process slow, and it fires when the spawning *thread* ends.

use std::io::{self, PipeWriter, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use parking_lot::Mutex;

// A folder is renamed first, so that nobody who knows its path fills it while it is deleted. Processes that
// have been killed may still make a file where they are, for as long as they die: at most two seconds for that.
// `kill -KILL -PID` rather than `kill -KILL -- -PID`: dash takes the latter for a wrong number.
const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT
groups=
while read -r operation argument; do
  case $operation in
    add) groups="$groups $argument " ;;
    remove) groups=${groups%% $argument *}${groups#* $argument } ;;
    folder) set -- "$@" "$argument" ;;
  esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
for folder in "$@"; do
  [ -d "$folder" ] || continue
  mv "$folder" "$folder.gone"
  attempts=0
  until rm -rf "$folder.gone" || [ $attempts -ge 100 ]; do
    attempts=$((attempts + 1))
    sleep 0.02
  done
done
"#;

/// The watching shell. Dropping it, or dying, sets it off.
#[derive(Debug)]
pub struct Watchdog {
  pipe: Mutex<Option<PipeWriter>>,
  shell: Mutex<Child>,
}

impl Watchdog {
  /// Starts the shell, in a process group of its own so that Ctrl+C does not reach it.
  ///
  /// # Errors
  /// When `/bin/sh` cannot be started.
  pub fn start() -> io::Result<Self> {
    let (reader, writer) = io::pipe()?;
    let shell = Command::new("/bin/sh")
      .args(["-c", SCRIPT])
      .env_clear()
      .env("PATH", "/usr/bin:/bin")
      .current_dir("/")
      .stdin(reader)
      .stdout(Stdio::null())
      .stderr(Stdio::null())
      .process_group(0)
      .spawn()?;
    Ok(Self {
      pipe: Mutex::new(Some(writer)),
      shell: Mutex::new(shell),
    })
  }

  /// Kill this process group when we die.
  pub fn add(&self, group: u32) {
    self.tell(&format!("add {group}\n"));
  }

  /// This process group is gone; its number may be somebody else's soon.
  pub fn remove(&self, group: u32) {
    self.tell(&format!("remove {group}\n"));
  }

  /// Delete this folder when we die.
  pub fn folder(&self, path: &Path) {
    self.tell(&format!("folder {}\n", path.display()));
  }

  fn tell(&self, line: &str) {
    if let Some(pipe) = self.pipe.lock().as_mut() {
      // A shell that somebody killed cannot be told anything; the exit hooks still clean up then.
      let _ = pipe.write_all(line.as_bytes());
    }
  }

  /// Ends the shell and waits until it has cleaned up.
  pub fn finish(&self) {
    drop(self.pipe.lock().take());
    let _ = self.shell.lock().wait();
  }
}

#[cfg(test)]
mod tests {
  use std::os::unix::process::ExitStatusExt;

  use super::*;

  fn sleeper() -> Child {
    Command::new("sleep")
      .arg("600")
      .process_group(0)
      .spawn()
      .unwrap()
  }

  #[test]
  fn the_end_of_the_pipe_kills_the_groups_and_deletes_the_folders() {
    let folder = tempfile::tempdir().unwrap().keep();
    let (mut first, mut second, mut removed) = (sleeper(), sleeper(), sleeper());
    let watchdog = Watchdog::start().unwrap();
    watchdog.add(first.id());
    watchdog.add(removed.id());
    watchdog.add(second.id());
    watchdog.remove(removed.id());
    watchdog.folder(&folder);
    watchdog.finish();
    assert_eq!(first.wait().unwrap().signal(), Some(9));
    assert_eq!(second.wait().unwrap().signal(), Some(9));
    assert!(
      removed.try_wait().unwrap().is_none(),
      "a removed group was killed"
    );
    removed.kill().unwrap();
    removed.wait().unwrap();
    assert!(!folder.exists());
  }

  #[test]
  fn folders_are_deleted_while_others_still_fill_them() {
    let folder = tempfile::tempdir().unwrap().keep();
    let watchdog = Watchdog::start().unwrap();
    watchdog.folder(&folder);
    let base = folder.clone();
    let (started, has_started) = std::sync::mpsc::channel();
    let filling = std::thread::spawn(move || {
      for number in 0_u64.. {
        if std::fs::create_dir(base.join(number.to_string())).is_err() {
          return;
        }
        if number == 100 {
          started.send(()).unwrap();
        }
      }
    });
    has_started.recv().unwrap();
    watchdog.finish();
    assert!(!folder.exists());
    filling.join().unwrap();
  }
}
