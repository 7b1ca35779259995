//! Just enough of an HTTP/1.1 client to speak like workerd over a Unix socket, byte for byte: one
//! connection for many requests, header values that are not ASCII, and the reason phrase of answers.
//!
//! Invariant: every answer has a `Content-Length`. workerd drops connections over answers without.

use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::UnixStream;

use crate::stage::within;

/// One connection.
pub struct Client(BufStream<UnixStream>);

/// What came back.
#[derive(Debug)]
pub struct Answer {
  pub status: u16,
  pub reason: String,
  headers: Vec<(String, Vec<u8>)>,
  pub body: Vec<u8>,
}

impl Client {
  pub async fn connect(socket: &Path) -> Self {
    Self(BufStream::new(UnixStream::connect(socket).await.unwrap()))
  }

  /// Sends a request and waits for the whole answer.
  pub async fn send(
    &mut self,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
  ) -> Answer {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: loopback\r\n");
    for (name, value) in headers {
      head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    within(&format!("an answer to {method} {target}"), async {
      self.0.write_all(head.as_bytes()).await.unwrap();
      self.0.write_all(body).await.unwrap();
      self.0.flush().await.unwrap();
      self.read().await
    })
    .await
  }

  async fn read(&mut self) -> Answer {
    let status_line = String::from_utf8(self.line().await).unwrap();
    let (status, reason) = status_line
      .strip_prefix("HTTP/1.1 ")
      .and_then(|rest| rest.split_once(' '))
      .unwrap_or_else(|| panic!("not a status line: {status_line}"));
    let mut headers = Vec::new();
    loop {
      let line = self.line().await;
      if line.is_empty() {
        break;
      }
      let colon = line.iter().position(|byte| *byte == b':').unwrap();
      let name = String::from_utf8(line[..colon].to_vec()).unwrap();
      headers.push((name.to_lowercase(), line[colon + 1..].trim_ascii().to_vec()));
    }
    let mut answer = Answer {
      status: status.parse().unwrap(),
      reason: reason.into(),
      headers,
      body: Vec::new(),
    };
    let length = answer.header("content-length").expect("a Content-Length");
    answer.body = vec![0; length.parse().unwrap()];
    self.0.read_exact(&mut answer.body).await.unwrap();
    answer
  }

  async fn line(&mut self) -> Vec<u8> {
    let mut line = Vec::new();
    self.0.read_until(b'\n', &mut line).await.unwrap();
    assert!(
      line.ends_with(b"\r\n"),
      "the connection ended within an answer"
    );
    line.truncate(line.len() - 2);
    line
  }
}

impl Answer {
  /// The value of a header. workerd takes the bytes for UTF-8, so this does as well.
  pub fn header(&self, name: &str) -> Option<&str> {
    let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
    Some(std::str::from_utf8(value).unwrap())
  }

  pub fn text(&self) -> &str {
    std::str::from_utf8(&self.body).unwrap()
  }

  pub fn json(&self) -> serde_json::Value {
    serde_json::from_slice(&self.body).unwrap()
  }
}
