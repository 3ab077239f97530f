//! Bodies of requests with a cap on bytes and time.
//!
//! In: a body as it arrives. Out: its pieces, once all are there. A table is taken in whole before its results go out: most clients send all
//! before they read anything, and a server that waits for them to read would wait for ever.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use tokio::time::{Instant, timeout};

use super::reply::ApiError;

/// A body that sends nothing for so long is dropped.
const MAX_STALL: Duration = Duration::from_secs(30);
/// A body that is slower than this on average is dropped, once it had [`MAX_STALL`]: a drip would hold one of few turns for hours.
const MIN_BYTES_PER_SEC: u64 = 64 << 10;
/// How long, and how much, is read and thrown away after a body was refused, so that the client gets to read why.
const DRAIN_TIME: Duration = Duration::from_secs(5);
const DRAIN_BYTES: u64 = 256 << 20;

/// Size of a body where it is known before it came.
pub(crate) fn stated_bytes(body: &Body) -> Option<u64> {
    body.size_hint().exact()
}

/// Reads a body of at most `max_bytes`.
///
/// # Errors
/// 413 over the cap (at once where the size is stated), 408 where it stalls, 400 where the connection breaks.
pub(crate) async fn read_body(mut body: Body, max_bytes: u64) -> Result<VecDeque<Bytes>, ApiError> {
    if body.size_hint().lower() > max_bytes {
        return Err(refuse(body, max_bytes));
    }
    let mut pieces = VecDeque::new();
    let mut n_bytes = 0;
    let start = Instant::now();
    loop {
        let piece = match timeout(MAX_STALL, next_piece(&mut body)).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => return Ok(pieces),
            Ok(Some(Err(error))) => {
                return Err(ApiError::BadRequest(format!(
                    "the body broke off after {n_bytes} bytes: {error}"
                )));
            }
            Err(_) => {
                return Err(ApiError::Timeout(format!(
                    "nothing of the body came for {} s, after {n_bytes} bytes",
                    MAX_STALL.as_secs()
                )));
            }
        };
        n_bytes += piece.len() as u64;
        if n_bytes > max_bytes {
            return Err(refuse(body, max_bytes));
        }
        if start.elapsed() > MAX_STALL + Duration::from_secs(n_bytes / MIN_BYTES_PER_SEC) {
            return Err(ApiError::Timeout(format!(
                "the body comes slower than {} a second, after {n_bytes} bytes",
                shown_bytes(MIN_BYTES_PER_SEC)
            )));
        }
        pieces.push_back(piece);
    }
}

async fn next_piece(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await? {
            Ok(frame) => {
                // Trailers are not data.
                if let Ok(piece) = frame.into_data()
                    && !piece.is_empty()
                {
                    return Some(Ok(piece));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

fn refuse(mut body: Body, max_bytes: u64) -> ApiError {
    let drain = async move {
        let mut n_bytes = 0;
        while let Some(Ok(piece)) = next_piece(&mut body).await {
            n_bytes += piece.len() as u64;
            if n_bytes > DRAIN_BYTES {
                return;
            }
        }
    };
    drop(tokio::spawn(timeout(DRAIN_TIME, drain)));
    ApiError::TooLarge(format!(
        "the body has more than {}, which is the limit",
        shown_bytes(max_bytes)
    ))
}

fn shown_bytes(n_bytes: u64) -> String {
    match n_bytes {
        _ if n_bytes.is_multiple_of(1 << 20) => format!("{} MiB", n_bytes >> 20),
        _ if n_bytes.is_multiple_of(1 << 10) => format!("{} KiB", n_bytes >> 10),
        _ => format!("{n_bytes} bytes"),
    }
}

/// The pieces as one text; copied only where there is more than one.
pub(crate) fn join(mut pieces: VecDeque<Bytes>) -> Bytes {
    if pieces.len() > 1 {
        let mut whole = Vec::with_capacity(pieces.iter().map(Bytes::len).sum());
        pieces
            .iter()
            .for_each(|piece| whole.extend_from_slice(piece));
        return whole.into();
    }
    pieces.pop_front().unwrap_or_default()
}

/// Reads the pieces one after the other and frees each when it was read.
#[derive(Debug)]
pub(crate) struct PieceReader {
    pieces: VecDeque<Bytes>,
}

impl PieceReader {
    pub(crate) fn new(pieces: VecDeque<Bytes>) -> Self {
        Self { pieces }
    }
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut n_read = 0;
        while n_read < buffer.len()
            && let Some(piece) = self.pieces.front_mut()
        {
            let part = piece.split_to(piece.len().min(buffer.len() - n_read));
            buffer[n_read..n_read + part.len()].copy_from_slice(&part);
            n_read += part.len();
            if piece.is_empty() {
                self.pieces.pop_front();
            }
        }
        Ok(n_read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_read_as_one() {
        let pieces = VecDeque::from([
            Bytes::from_static(b"ab"),
            Bytes::from_static(b"cde"),
            Bytes::from_static(b"f"),
        ]);
        assert_eq!(join(pieces.clone()), Bytes::from_static(b"abcdef"));
        let mut text = String::new();
        PieceReader::new(pieces).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcdef");
    }
}
