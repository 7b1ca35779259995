//! The WebSocket to one isolate: dial, send frames, receive frames. Everything else is in `mux`.

use std::path::Path;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::UnixStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::protocol::RUNNER_SECRET_HEADER;
use crate::rpc::envelope::Envelope;
use crate::rpc::mux::{Packer, UnpackError, Unpacker};

/// Why the conversation with an isolate ended.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
  /// The Unix socket could not be opened.
  #[error("could not connect to the runtime's socket")]
  Connect(#[source] std::io::Error),
  /// The upgrade failed, or the connection broke.
  #[error("the connection to the runtime broke")]
  WebSocket(#[source] Box<tungstenite::Error>),
  /// The peer sent something that is not ours.
  #[error("the runtime sent something unintelligible")]
  Unpack(#[from] UnpackError),
}

/// Opens the socket that workerd listens on and upgrades it. The secret shows the runner that it is
/// us who call, and not a Worker that found the entrypoint.
///
/// # Errors
/// [`SocketError::Connect`] or [`SocketError::WebSocket`]; workerd is of no use then.
pub async fn dial(path: &Path, secret: &str) -> Result<(Sender, Receiver), SocketError> {
  let stream = UnixStream::connect(path)
    .await
    .map_err(SocketError::Connect)?;
  let mut request = "ws://runner/".into_client_request().map_err(web_socket)?;
  let secret = HeaderValue::from_str(secret).expect("the secret is hexadecimal");
  request.headers_mut().insert(RUNNER_SECRET_HEADER, secret);
  // Frames are bounded by the mux on both sides, and the runner has no limit of its own to keep.
  let config = WebSocketConfig::default()
    .max_message_size(None)
    .max_frame_size(None);
  let (stream, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
    .await
    .map_err(web_socket)?;
  let (sink, stream) = stream.split();
  let sender = Sender {
    sink,
    packer: Packer::default(),
  };
  Ok((
    sender,
    Receiver {
      stream,
      unpacker: Unpacker::default(),
    },
  ))
}

/// The sending half of a conversation.
pub struct Sender {
  sink: SplitSink<WebSocketStream<UnixStream>, Message>,
  packer: Packer,
}

impl Sender {
  /// Sends envelopes, batched. Waits while the socket is full.
  ///
  /// # Errors
  /// [`SocketError::WebSocket`] when the connection is gone.
  pub async fn send(&mut self, envelopes: &[Envelope<'_>]) -> Result<(), SocketError> {
    for frame in self.packer.pack(envelopes) {
      self
        .sink
        .feed(Message::binary(frame))
        .await
        .map_err(web_socket)?;
    }
    self.sink.flush().await.map_err(web_socket)
  }
}

/// The receiving half of a conversation.
pub struct Receiver {
  stream: SplitStream<WebSocketStream<UnixStream>>,
  unpacker: Unpacker,
}

impl Receiver {
  /// The next batch of envelopes; `None` when the runner closed the socket. Safe to cancel.
  ///
  /// # Errors
  /// [`SocketError`] when the connection broke or the frame is not ours.
  pub async fn receive(&mut self) -> Result<Option<Vec<Envelope<'static>>>, SocketError> {
    loop {
      match self.stream.next().await {
        None | Some(Ok(Message::Close(_))) => return Ok(None),
        Some(Ok(Message::Binary(frame))) => return Ok(Some(self.unpacker.unpack(&frame)?)),
        Some(Ok(_)) => {}
        Some(Err(error)) => return Err(web_socket(error)),
      }
    }
  }
}

fn web_socket(error: tungstenite::Error) -> SocketError {
  SocketError::WebSocket(Box::new(error))
}
