//! A body that a thread writes while the client reads it.
//!
//! In: pieces through a bounded channel. Out: the body of an answer. A client that does not read holds the writing thread up, for at most
//! [`MAX_STALL`]; then the thread is told to stop.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tower_http::services::fs::AsyncReadBody;

use super::reply::ApiError;

/// Pieces on their way; each is what one chunk of the table gave, about 1 MiB of input.
const N_PIECES: usize = 2;
/// A client that reads nothing for so long is given up.
const MAX_STALL: Duration = Duration::from_secs(30);
/// Bytes handed to the connection at a time.
const READ_BYTES: usize = 64 * 1024;

/// The end that a thread outside the runtime writes to.
#[derive(Debug)]
pub(crate) struct BodyWriter {
    sender: Sender<Result<Bytes, ApiError>>,
    runtime: Handle,
}

/// The end that the answer is made of.
#[derive(Debug)]
pub(crate) struct BodySource {
    receiver: Receiver<Result<Bytes, ApiError>>,
    piece: Bytes,
}

/// Nobody reads any more.
#[derive(Debug, thiserror::Error)]
#[error("the client stopped reading")]
pub(crate) struct ReaderGone;

/// Makes both ends; to be called within the runtime.
pub(crate) fn channel() -> (BodyWriter, BodySource) {
    let (sender, receiver) = mpsc::channel(N_PIECES);
    (
        BodyWriter {
            sender,
            runtime: Handle::current(),
        },
        BodySource {
            receiver,
            piece: Bytes::new(),
        },
    )
}

impl BodyWriter {
    /// Writes a piece, or what went wrong; must not be called on a thread of the runtime.
    ///
    /// # Errors
    /// Where the client is gone or does not read.
    pub(crate) fn send(&self, piece: Result<Bytes, ApiError>) -> Result<(), ReaderGone> {
        self.runtime
            .block_on(self.sender.send_timeout(piece, MAX_STALL))
            .map_err(|_| ReaderGone)
    }
}

impl BodySource {
    /// Waits for the first piece, so that an error which comes before it can have a status of its own.
    ///
    /// # Errors
    /// What was sent instead of a first piece.
    pub(crate) async fn into_body(mut self) -> Result<Body, ApiError> {
        self.piece = self.receiver.recv().await.unwrap_or_else(|| {
            Err(ApiError::Internal(anyhow::anyhow!(
                "a job ended without a word"
            )))
        })?;
        Ok(Body::new(AsyncReadBody::with_capacity(self, READ_BYTES)))
    }
}

impl AsyncRead for BodySource {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.piece.is_empty() {
            match ready!(self.receiver.poll_recv(cx)) {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let n_bytes = self.piece.len().min(buffer.remaining());
        buffer.put_slice(&self.piece.split_to(n_bytes));
        Poll::Ready(Ok(()))
    }
}
