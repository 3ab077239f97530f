//! From the bytes of a file, as they arrive, to its layout and its chunks.
//!
//! In: pieces of a file of any size, plain or gzip. Out: [`Chunk`]s of whole records, once the first bytes have told what the file is. Chunks
//! are made only when asked for, so that memory is bounded by one piece and one chunk however well the file is packed.

use crate::content::{ContentError, sniff_content};
use crate::decompress::{DecompressError, Decompressor};
use crate::layout::{LayoutError, TableLayout};
use crate::splitter::{Chunk, Splitter};

/// Unpacked bytes after which the layout is decided, unless the file ends before.
pub const HEAD_BYTES: usize = 64 * 1024;

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is something else than a table.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// It is a table of something else.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// It is broken gzip; chunks given before are whole.
    #[error(transparent)]
    Decompress(#[from] DecompressError),
}

/// Reads one file.
#[derive(Debug, Default)]
pub struct TableStream {
    decompressor: Decompressor,
    piece: Vec<u8>,
    n_used: usize,
    is_pending: bool,
    is_ended: bool,
    is_finished: bool,
    head: Vec<u8>,
    table: Option<(TableLayout, Splitter)>,
    n_bytes: u64,
    broken: Option<DecompressError>,
}

impl TableStream {
    /// Starts a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands over the next piece; call it only when [`TableStream::next_chunk`] has given `None`.
    pub fn push(&mut self, piece: &[u8]) {
        self.piece.drain(..self.n_used);
        self.n_used = 0;
        self.piece.extend_from_slice(piece);
    }

    /// Says that there are no more pieces; what is left comes by [`TableStream::next_chunk`].
    pub fn finish(&mut self) {
        self.is_ended = true;
    }

    /// The layout, once it is known.
    pub fn layout(&self) -> Option<&TableLayout> {
        self.table.as_ref().map(|(layout, _)| layout)
    }

    /// Unpacked bytes so far.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The next chunk, or `None` when another piece (or [`TableStream::finish`]) is needed, or the file is over.
    ///
    /// # Errors
    /// Where the file is not a table that Oddflow knows. Where gzip data breaks off, all chunks before it come first, then the error.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, ReadError> {
        loop {
            if let Some((_, splitter)) = &mut self.table
                && let Some(chunk) = splitter.next_chunk()
            {
                return Ok(Some(chunk));
            }
            if self.unpack()? {
                continue;
            }
            if !self.is_ended {
                return Ok(None);
            }
            if !self.is_finished {
                self.is_finished = true;
                if self.broken.is_none() {
                    self.broken = self.decompressor.finish().err();
                }
                if self.table.is_none() && !(self.head.is_empty() && self.broken.is_some()) {
                    self.decide_layout()?;
                }
                if let Some((_, splitter)) = &mut self.table {
                    match self.broken {
                        Some(_) => splitter.abandon(),
                        None => splitter.finish(),
                    }
                }
                continue;
            }
            return self
                .broken
                .take()
                .map_or(Ok(None), |error| Err(error.into()));
        }
    }

    /// One step of unpacking; `false` when there is nothing to unpack.
    fn unpack(&mut self) -> Result<bool, ReadError> {
        let input = self.piece.get(self.n_used..).unwrap_or(&[]);
        if self.broken.is_some() || (input.is_empty() && !self.is_pending) {
            return Ok(false);
        }
        match self.decompressor.push(input) {
            Ok(step) => {
                self.n_used += step.n_read;
                self.is_pending = step.is_pending;
                self.n_bytes += step.output.len() as u64;
                match &mut self.table {
                    Some((_, splitter)) => splitter.push(step.output),
                    None => self.head.extend_from_slice(step.output),
                }
            }
            Err(error) => self.broken = Some(error),
        }
        if self.table.is_none() && self.head.len() >= HEAD_BYTES {
            self.decide_layout()?;
        }
        Ok(true)
    }

    fn decide_layout(&mut self) -> Result<(), ReadError> {
        let head = std::mem::take(&mut self.head);
        let sniffed = head.get(..HEAD_BYTES).unwrap_or(&head);
        sniff_content(sniffed).require_table()?;
        let layout = TableLayout::detect(sniffed)?;
        let mut splitter = Splitter::new(layout.delimiter);
        splitter.push(&head);
        self.table = Some((layout, splitter));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> (Vec<u8>, Option<ReadError>) {
        let mut stream = TableStream::new();
        let mut bytes = Vec::new();
        for piece in pieces.iter().map(Some).chain([None]) {
            match piece {
                Some(piece) => stream.push(piece),
                None => stream.finish(),
            }
            loop {
                match stream.next_chunk() {
                    Ok(Some(chunk)) => bytes.extend(chunk.bytes),
                    Ok(None) => break,
                    Err(error) => return (bytes, Some(error)),
                }
            }
        }
        (bytes, None)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn table(n_rows: usize) -> Vec<u8> {
        (0..n_rows)
            .flat_map(|row| format!("0,{row},5450,8,8\n").into_bytes())
            .collect()
    }

    #[test]
    fn gives_all_rows_before_the_gzip_breaks_off() {
        let packed = gzip(&table(50_000));
        let (bytes, error) = read(&[&packed[..packed.len() / 2]]);
        assert!(bytes.len() > 100_000, "{}", bytes.len());
        assert!(matches!(error, Some(ReadError::Decompress(_))), "{error:?}");
    }

    #[test]
    fn refuses_an_empty_file_and_a_page() {
        assert!(matches!(read(&[]).1, Some(ReadError::Content(_))));
        assert!(matches!(
            read(&[b"<!doctype html><html></html>"]).1,
            Some(ReadError::Content(_))
        ));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(cuts in prop::collection::vec(1usize..4000, 1..20), is_packed: bool) {
            let plain = table(3000);
            let file = if is_packed { gzip(&plain) } else { plain.clone() };
            let mut pieces = Vec::new();
            let mut rest = &file[..];
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let (bytes, error) = read(&pieces);
            prop_assert!(error.is_none());
            prop_assert_eq!(bytes, plain);
        }
    }
}
