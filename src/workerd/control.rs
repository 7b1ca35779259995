//! The control pipe: workerd writes one JSON object a line when a listener is live. Pure.

use serde::Deserialize;

/// A line of the control pipe that we know. Others are ignored: workerd may add events.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum ControlEvent {
  /// A configured socket accepts connections.
  Listen {
    /// The socket's name in the configuration.
    socket: String,
  },
  /// Anything else.
  #[serde(other)]
  Other,
}

/// Reads one line; `None` if it is no event.
#[must_use]
pub fn parse(line: &str) -> Option<ControlEvent> {
  serde_json::from_str(line).ok()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(line: &str, expected: Option<ControlEvent>) {
    assert_eq!(parse(line), expected);
  }

  #[test]
  fn lines_of_the_control_pipe() {
    check(
      r#"{"event":"listen","socket":"http","port":0}"#,
      Some(ControlEvent::Listen {
        socket: "http".into(),
      }),
    );
    check(
      r#"{"event":"listen-inspector","port":44201}"#,
      Some(ControlEvent::Other),
    );
    check("garbage", None);
    check("", None);
  }
}
