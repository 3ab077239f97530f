//! Cuts a table into chunks that end at a record, so that several threads or workers can read them.
//!
//! In: bytes of a table in pieces of any size. Out: [`Chunk`]s of about 1 MiB, with the line they start at. Where to cut and
//! what to reject depends on the bytes alone, not on the pieces.
//!
//! Two kinds of lines cannot be left to the reader: records without end, and quotes that never close. Both are replaced by a
//! blank line, which keeps line numbers right, and reported with the chunk. Memory is bounded by the piece pushed, one chunk
//! and [`MAX_RECORD_BYTES`].

use std::collections::VecDeque;

use memchr::{memchr, memchr2, memrchr2};
use serde::{Deserialize, Serialize};

use crate::content::without_bom;
use crate::record::{Quoting, count_line_ends, leaves_quote_open, line_end_len};
use crate::row_error::{RejectedRows, RowError, RowProblem};

/// Longest record that is read, in bytes without the line end: 1 MiB.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Bytes of a chunk unless asked otherwise: 1 MiB, some 7,000 KDD records.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Bytes of the byte order mark, which is looked for once these are there.
const BOM_BYTES: usize = 3;

/// Whole records of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The records with their line ends; the last of the file may lack one.
    pub bytes: Vec<u8>,
    /// Line of the file on which the chunk starts, from 1.
    pub first_line: u64,
    /// Position among the chunks of the file, from 0.
    pub index: u64,
    /// Rows that are blank lines in `bytes` because they could not be read.
    pub rejected: RejectedRows,
}

/// How much a [`Splitter`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after which a chunk ends with the record at hand.
    pub chunk_bytes: usize,
    /// Longest record that is not rejected.
    pub max_record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chunk_bytes: CHUNK_BYTES,
            max_record_bytes: MAX_RECORD_BYTES,
        }
    }
}

/// Cuts a table into chunks at record ends.
///
/// ```
/// use traffic::splitter::Splitter;
///
/// let mut splitter = Splitter::new(b',');
/// splitter.push(b"0,181,5450,8,8\n0,23");
/// assert!(splitter.next_chunk().is_none());
/// splitter.push(b"9,486,8,8\n");
/// splitter.finish();
/// let chunk = splitter.next_chunk().expect("the file is over");
/// assert_eq!(chunk.bytes, b"0,181,5450,8,8\n0,239,486,8,8\n");
/// assert!(splitter.next_chunk().is_none());
/// ```
#[derive(Debug)]
pub struct Splitter {
    delimiter: u8,
    limits: Limits,
    /// Bytes that were pushed; those from `position` on are not split yet.
    input: Vec<u8>,
    position: usize,
    /// Length of the unsplit bytes from which on splitting is worth a try.
    wanted: usize,
    /// Offset in the file, and line, of the first unsplit byte.
    offset: u64,
    line: u64,
    /// Records before this offset are single lines: a quote that opened there did not close.
    lines_until: u64,
    is_in_long_line: bool,
    chunk: Chunk,
    ready: VecDeque<Chunk>,
}

/// What the unsplit bytes start with.
enum Found {
    /// Whole records of this many bytes.
    Records(usize),
    /// A line that is rejected, of this many bytes with its line end.
    Rejected(usize, RowProblem),
    /// A line that is longer than a record may be, up to here.
    LongLine,
    /// More bytes are needed.
    Incomplete,
}

impl Splitter {
    /// Makes one for a new file with the default limits.
    pub fn new(delimiter: u8) -> Self {
        Self::with_limits(delimiter, Limits::default())
    }

    /// Makes one for a new file.
    pub fn with_limits(delimiter: u8, limits: Limits) -> Self {
        Self {
            delimiter,
            limits,
            input: Vec::new(),
            position: 0,
            wanted: limits.chunk_bytes.max(BOM_BYTES),
            offset: 0,
            line: 1,
            lines_until: 0,
            is_in_long_line: false,
            chunk: Chunk {
                first_line: 1,
                ..Chunk::default()
            },
            ready: VecDeque::new(),
        }
    }

    /// Adds the next bytes of the file. They are copied: push a few MiB at most and take the chunks before the next push.
    pub fn push(&mut self, bytes: &[u8]) {
        self.input.drain(..self.position);
        self.position = 0;
        self.input.extend_from_slice(bytes);
        if self.is_in_long_line || self.input.len() >= self.wanted {
            self.split(false);
        }
    }

    /// Ends the file: what is left is a record.
    pub fn finish(&mut self) {
        self.split(true);
        if !self.chunk.bytes.is_empty() || self.chunk.rejected.n_rejected > 0 {
            self.end_chunk();
        }
    }

    /// Ends the file where it broke off: what is left is half a record, and no half of a number may count as a number.
    pub fn abandon(&mut self) {
        self.split(false);
        if !self.chunk.bytes.is_empty() || self.chunk.rejected.n_rejected > 0 {
            self.end_chunk();
        }
    }

    /// The next chunk, if one is complete.
    pub fn next_chunk(&mut self) -> Option<Chunk> {
        self.ready.pop_front()
    }

    /// Bytes held: pushed and not yet split, or in chunks that were not taken.
    pub fn buffered_bytes(&self) -> usize {
        let in_chunks: usize = self.ready.iter().map(|chunk| chunk.bytes.len()).sum();
        self.rest().len() + self.chunk.bytes.len() + in_chunks
    }

    fn rest(&self) -> &[u8] {
        self.input.get(self.position..).unwrap_or_default()
    }

    fn split(&mut self, is_last: bool) {
        if self.offset == 0 {
            let n_bom = self.rest().len() - without_bom(self.rest()).len();
            self.consume(n_bom);
        }
        while !self.rest().is_empty() {
            if self.is_in_long_line {
                if !self.drop_long_line(is_last) {
                    break;
                }
                continue;
            }
            match self.find(is_last) {
                Found::Records(n_bytes) => self.accept(n_bytes),
                Found::Rejected(n_bytes, problem) => {
                    self.reject(problem);
                    self.consume(n_bytes);
                    self.blank_line();
                }
                Found::LongLine => {
                    let max_bytes = self.limits.max_record_bytes;
                    self.reject(RowProblem::TooLong { max_bytes });
                    self.is_in_long_line = true;
                }
                Found::Incomplete => break,
            }
            if self.chunk.bytes.len() >= self.limits.chunk_bytes {
                self.end_chunk();
            }
        }
        self.wanted = self.rest().len() + self.limits.chunk_bytes.max(BOM_BYTES);
    }

    fn find(&mut self, is_last: bool) -> Found {
        let rest = self.input.get(self.position..).unwrap_or_default();
        let max = self.limits.max_record_bytes;
        if self.offset >= self.lines_until {
            for limit in [self.limits.chunk_bytes.min(max), max] {
                if let Some(end) = last_record_end(rest, limit, self.delimiter, is_last) {
                    return Found::Records(end);
                }
            }
            // One byte for the line end and one more to tell CR from CR LF.
            if !is_last && rest.len() < max + 2 {
                return Found::Incomplete;
            }
            // Too long, or a quote does not close. To look at each of these bytes once only, all lines that start in them are
            // taken as records: one hostile quote in every line would cost a look at 1 MiB each.
            self.lines_until = self.offset + max.min(rest.len()) as u64;
        }
        find_line(rest, max, self.delimiter, is_last)
    }

    fn accept(&mut self, n_bytes: usize) {
        let records = self
            .input
            .get(self.position..self.position + n_bytes)
            .unwrap_or_default();
        self.chunk.bytes.extend_from_slice(records);
        self.line += count_line_ends(records);
        self.consume(n_bytes);
    }

    fn reject(&mut self, problem: RowProblem) {
        self.chunk.rejected.push(RowError {
            line: self.line,
            column: None,
            problem,
        });
    }

    /// Puts a blank line where a line was rejected. The space keeps its LF from joining a lone CR before it.
    fn blank_line(&mut self) {
        self.chunk.bytes.extend_from_slice(b" \n");
        self.line += 1;
    }

    /// Drops bytes up to the line end. Returns whether it was found.
    fn drop_long_line(&mut self, is_last: bool) -> bool {
        let rest = self.rest();
        let Some(end) = memchr2(b'\n', b'\r', rest) else {
            self.consume(self.rest().len());
            return false;
        };
        let is_cut = rest.get(end) == Some(&b'\r') && end + 1 == rest.len() && !is_last;
        if is_cut {
            self.consume(end);
            return false;
        }
        let n_bytes = end + line_end_len(rest.get(end..).unwrap_or_default());
        self.consume(n_bytes);
        self.blank_line();
        self.is_in_long_line = false;
        true
    }

    fn consume(&mut self, n_bytes: usize) {
        self.position += n_bytes;
        self.offset += n_bytes as u64;
    }

    fn end_chunk(&mut self) {
        let next = Chunk {
            bytes: Vec::with_capacity(self.limits.chunk_bytes.min(CHUNK_BYTES)),
            first_line: self.line,
            index: self.chunk.index + 1,
            rejected: RejectedRows::default(),
        };
        self.ready
            .push_back(std::mem::replace(&mut self.chunk, next));
    }
}

/// Where the last record ends whose line end starts at `limit` or before.
///
/// A CR at the very end may be half of a CR LF: it counts only where `is_last` says that nothing follows.
fn last_record_end(rest: &[u8], limit: usize, delimiter: u8, is_last: bool) -> Option<usize> {
    let window = rest.get(..=limit).unwrap_or(rest);
    if memchr(b'"', window).is_some() {
        return last_quoted_record_end(rest, limit, delimiter, is_last);
    }
    if is_last && rest.len() <= limit {
        return Some(rest.len());
    }
    let at = memrchr2(b'\n', b'\r', window)?;
    if at + 1 == rest.len() && !is_last && window.get(at) == Some(&b'\r') {
        let before = memrchr2(b'\n', b'\r', window.get(..at)?)?;
        return Some(before + 1);
    }
    Some(at + line_end_len(rest.get(at..)?))
}

fn last_quoted_record_end(
    rest: &[u8],
    limit: usize,
    delimiter: u8,
    is_last: bool,
) -> Option<usize> {
    let mut last = None;
    let mut state = Quoting::CellStart;
    let mut bytes = rest.iter().enumerate().take(limit.saturating_add(1));
    while let Some((at, &byte)) = bytes.next() {
        if state.is_open() || !matches!(byte, b'\n' | b'\r') {
            state = state.after(byte, delimiter);
            continue;
        }
        if byte == b'\r' && at + 1 == rest.len() && !is_last {
            return last;
        }
        let length = line_end_len(rest.get(at..)?);
        if length == 2 {
            bytes.next();
        }
        last = Some(at + length);
        state = Quoting::CellStart;
    }
    let is_whole = is_last && rest.len() <= limit && !state.is_open();
    if is_whole { Some(rest.len()) } else { last }
}

/// Judges the first line of `rest` as a record of its own.
fn find_line(rest: &[u8], max_bytes: usize, delimiter: u8, is_last: bool) -> Found {
    let window = rest.get(..=max_bytes).unwrap_or(rest);
    let (line, end) = match memchr2(b'\n', b'\r', window) {
        Some(at) => {
            let (line, after) = rest.split_at(at);
            if after == b"\r" && !is_last {
                return Found::Incomplete;
            }
            (line, at + line_end_len(after))
        }
        None if rest.len() > max_bytes => return Found::LongLine,
        None if is_last => (rest, rest.len()),
        None => return Found::Incomplete,
    };
    if leaves_quote_open(line, delimiter) {
        Found::Rejected(end, RowProblem::UnclosedQuote)
    } else {
        Found::Records(end)
    }
}
