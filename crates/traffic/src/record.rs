//! Records of a table: where they end, and the cells in them.
//!
//! A record ends at LF, CR LF or a lone CR, unless inside quotes. A quote opens only at the start of a cell; anywhere else it
//! is an ordinary character. This is what `csv-core` does too; splitting and reading must agree, which a test checks.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::{memchr, memchr2};

/// Where in a cell the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    CellStart,
    Unquoted,
    Quoted,
    /// After a quote inside quotes: it closes them, or a second one makes it an ordinary quote.
    QuoteInQuoted,
}

impl Quoting {
    /// Where the byte after `byte` stands. Line ends outside quotes are the caller's.
    pub(crate) fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::CellStart | Self::QuoteInQuoted, b'"') | (Self::Quoted, 0..b'"' | b'#'..) => {
                Self::Quoted
            }
            (Self::Quoted, b'"') => Self::QuoteInQuoted,
            (_, _) if byte == delimiter => Self::CellStart,
            _ => Self::Unquoted,
        }
    }

    /// Tells whether line ends and delimiters are ordinary characters here.
    pub(crate) fn is_open(self) -> bool {
        self == Self::Quoted
    }
}

/// Tells whether a quote is still open at the end of `text`.
pub(crate) fn leaves_quote_open(text: &[u8], delimiter: u8) -> bool {
    memchr(b'"', text).is_some()
        && text
            .iter()
            .fold(Quoting::CellStart, |state, &byte| {
                state.after(byte, delimiter)
            })
            .is_open()
}

/// Length of the line end that `bytes` start with: 2 for CR LF, else 1.
pub(crate) fn line_end_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\r\n") { 2 } else { 1 }
}

/// Number of line ends: LF, CR LF and lone CR.
pub(crate) fn count_line_ends(bytes: &[u8]) -> u64 {
    let n_feeds = memchr::memchr_iter(b'\n', bytes).count();
    let n_lone_returns = memchr::memchr_iter(b'\r', bytes)
        .filter(|&at| bytes.get(at + 1) != Some(&b'\n'))
        .count();
    (n_feeds + n_lone_returns) as u64
}

fn is_blank(record: &[u8]) -> bool {
    match record.first() {
        None => true,
        Some(b' ') => record.iter().all(|&byte| byte == b' '),
        Some(_) => false,
    }
}

/// One record in a run of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Its bytes without the line end.
    pub(crate) bytes: &'a [u8],
    /// Where it starts in the run.
    pub(crate) start: usize,
    /// The line on which it starts.
    pub(crate) line: u64,
    /// Whether there is a quote in it.
    pub(crate) has_quote: bool,
}

/// The records in a run of bytes that starts at a record; blank lines, empty or of spaces, are left out.
#[derive(Clone, Debug)]
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    position: usize,
    line: u64,
    /// Quotes are rare: where there is none in the run, none is looked for in the records.
    has_quotes: bool,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8], first_line: u64, delimiter: u8) -> Self {
        Self {
            bytes,
            delimiter,
            position: 0,
            line: first_line,
            has_quotes: memchr(b'"', bytes).is_some(),
        }
    }

    /// Length of the record that `rest` starts with, and whether there is a quote in it.
    fn record_len(&self, rest: &[u8]) -> (usize, bool) {
        let first_line_len = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let first_line = rest.get(..first_line_len).unwrap_or(rest);
        if !self.has_quotes || memchr(b'"', first_line).is_none() {
            return (first_line_len, false);
        }
        let mut state = Quoting::CellStart;
        for (length, &byte) in rest.iter().enumerate() {
            if !state.is_open() && matches!(byte, b'\n' | b'\r') {
                return (length, true);
            }
            state = state.after(byte, self.delimiter);
        }
        (rest.len(), true)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        loop {
            let start = self.position;
            let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
            let (length, has_quote) = self.record_len(rest);
            let (bytes, after) = rest.split_at_checked(length)?;
            let line = self.line;
            self.line += 1;
            if has_quote {
                self.line += count_line_ends(bytes);
            }
            self.position = start + length + line_end_len(after);
            if !is_blank(bytes) {
                return Some(Record {
                    bytes,
                    start,
                    line,
                    has_quote,
                });
            }
        }
    }
}

/// Cells of one record with quotes undone; memory is reused from record to record.
#[derive(Debug)]
pub(crate) struct Cells {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    n_cells: usize,
}

impl Cells {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            text: Vec::new(),
            ends: Vec::new(),
            n_cells: 0,
        }
    }

    /// Replaces the cells by those of `record`, which has no line end outside quotes.
    pub(crate) fn split(&mut self, record: &[u8]) {
        self.reader.reset();
        self.text.resize(record.len() + 1, 0);
        // As many cells as there are bytes, and one more, is the most there can be.
        self.ends.resize(record.len() + 2, 0);
        self.n_cells = 0;
        let (mut n_read, mut n_written) = (0, 0);
        loop {
            let input = record.get(n_read..).unwrap_or_default();
            let text = self.text.get_mut(n_written..).unwrap_or_default();
            let ends = self.ends.get_mut(self.n_cells..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(input, text, ends);
            n_read += read;
            n_written += written;
            self.n_cells += ended;
            // An empty input tells the reader that the record is over.
            if result != ReadRecordResult::InputEmpty || (input.is_empty() && ended == 0) {
                return;
            }
        }
    }

    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.n_cells
    }

    /// The cells in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.get(..self.n_cells).unwrap_or_default();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts
            .zip(ends)
            .map(|(start, &end)| self.text.get(start..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    fn cells_of(record: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
        let mut cells = Cells::new(delimiter);
        cells.split(record);
        cells.iter().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn finds_records_behind_any_line_end() {
        let bytes = b"a,b\n\r\nc\rd,\"x\ny\"\n\ne";
        let records: Vec<_> = Records::new(bytes, 1, b',')
            .map(|record| (record.line, record.bytes))
            .collect();
        assert_eq!(
            records,
            [(1, &b"a,b"[..]), (3, b"c"), (4, b"d,\"x\ny\""), (7, b"e")]
        );
    }

    #[test]
    fn undoes_quotes() {
        assert_eq!(
            cells_of(b"\"a,\"\"b\"\"\",c\"d,,\"e\nf\"", b','),
            [&b"a,\"b\""[..], b"c\"d", b"", b"e\nf"]
        );
    }

    proptest! {
        #[test]
        fn records_and_cells_are_those_of_the_csv_crate(text in "[ab,;\"\r\n]{0,40}", semicolon: bool) {
            let delimiter = if semicolon { b';' } else { b',' };
            let ours: Vec<Vec<Vec<u8>>> = Records::new(text.as_bytes(), 1, delimiter)
                .map(|record| cells_of(record.bytes, delimiter))
                .collect();
            let theirs: Vec<Vec<Vec<u8>>> = csv::ReaderBuilder::new()
                .delimiter(delimiter)
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes())
                .byte_records()
                .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
                .collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn any_bytes_give_cells(record in proptest::collection::vec(any::<u8>(), 0..40)) {
            cells_of(&record, b',');
        }
    }
}
