//! Writes results next to the original columns of a table.
//!
//! In: the bytes of a record and the cells to add. Out: one line of CSV. Cells that a spreadsheet would run as a formula are
//! made text (OWASP, "CSV injection").

use memchr::{memchr, memchr_iter};

use crate::number::parse_f32;
use crate::record::Cells;

/// Writes lines of a table with one delimiter; memory is reused from line to line.
///
/// ```
/// use traffic::export::RecordWriter;
///
/// let mut writer = RecordWriter::new(b',');
/// let mut lines = Vec::new();
/// writer.write_record_with(&mut lines, b"0,=1+1,-5", ["0.93", "a,b"]);
/// assert_eq!(lines, b"0,'=1+1,-5,0.93,\"a,b\"\n");
/// ```
#[derive(Debug)]
pub struct RecordWriter {
    delimiter: u8,
    cells: Cells,
}

impl RecordWriter {
    /// Makes a writer of tables with this delimiter, for reading and writing.
    pub fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            cells: Cells::new(delimiter),
        }
    }

    /// Appends one line to `output`: the cells of `record`, then the `extra` ones.
    ///
    /// `record` is the raw text of one record without its line end, as [`crate::table::ParsedChunk::record`] gives it. It is
    /// copied as it stands, unless it has quotes or a cell that a spreadsheet would run: such a cell gets a `'` in front.
    pub fn write_record_with<C: AsRef<[u8]>>(
        &mut self,
        output: &mut Vec<u8>,
        record: &[u8],
        extra: impl IntoIterator<Item = C>,
    ) {
        if self.is_safe_as_it_stands(record) {
            output.extend_from_slice(record);
        } else {
            self.cells.split(record);
            let is_only = self.cells.len() == 1;
            for (index, cell) in self.cells.iter().enumerate() {
                if index > 0 {
                    output.push(self.delimiter);
                }
                write_cell(output, cell, self.delimiter, is_only);
            }
        }
        for cell in extra {
            output.push(self.delimiter);
            write_cell(output, cell.as_ref(), self.delimiter, false);
        }
        output.push(b'\n');
    }

    /// Appends one line of cells to `output`, as [`RecordWriter::write_record_with`] writes the extra ones.
    ///
    /// ```
    /// use traffic::export::RecordWriter;
    ///
    /// let mut lines = Vec::new();
    /// RecordWriter::new(b',').write_cells(&mut lines, ["=1+1", "a,b", "-5"]);
    /// assert_eq!(lines, b"'=1+1,\"a,b\",-5\n");
    /// ```
    pub fn write_cells<C: AsRef<[u8]>>(
        &self,
        output: &mut Vec<u8>,
        cells: impl IntoIterator<Item = C>,
    ) {
        let mut cells = cells.into_iter().peekable();
        let mut is_first = true;
        while let Some(cell) = cells.next() {
            if !is_first {
                output.push(self.delimiter);
            }
            let is_only = is_first && cells.peek().is_none();
            write_cell(output, cell.as_ref(), self.delimiter, is_only);
            is_first = false;
        }
        output.push(b'\n');
    }

    fn is_safe_as_it_stands(&self, record: &[u8]) -> bool {
        let is_safe_at = |start: usize| {
            let cell = record.get(start..).unwrap_or_default();
            !starts_formula(cell, self.delimiter)
        };
        let has_text_marks = memchr(b'"', record).is_some() || record.is_empty();
        !has_text_marks
            && is_safe_at(0)
            && memchr_iter(self.delimiter, record).all(|at| is_safe_at(at + 1))
    }
}

/// Tells whether a cell, perhaps followed by others, may be one that a spreadsheet runs; numbers are cleared by a closer look.
fn starts_formula(cell: &[u8], delimiter: u8) -> bool {
    match cell.first() {
        Some(&byte) if byte == delimiter => false,
        Some(b'=' | b'@' | b'\t' | b'\r') => true,
        Some(b'+' | b'-') => {
            let length = memchr(delimiter, cell).unwrap_or(cell.len());
            !is_plain_number(cell.get(..length).unwrap_or_default())
        }
        _ => false,
    }
}

/// `-inf` parses as a number, but is a formula to a spreadsheet.
fn is_plain_number(cell: &[u8]) -> bool {
    let is_number_mark = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    cell.iter().all(is_number_mark) && parse_f32(cell).is_some()
}

fn write_cell(output: &mut Vec<u8>, cell: &[u8], delimiter: u8, is_only: bool) {
    let is_formula = matches!(
        cell.first(),
        Some(b'=' | b'@' | b'\t' | b'\r' | b'+' | b'-')
    ) && !is_plain_number(cell);
    let is_special = |&byte: &u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    // A line with one empty cell would be a blank line, which readers skip.
    let is_quoted = cell.iter().any(is_special) || (is_only && cell.is_empty());
    if is_quoted {
        output.push(b'"');
    }
    if is_formula {
        output.push(b'\'');
    }
    if is_quoted {
        for &byte in cell {
            if byte == b'"' {
                output.push(b'"');
            }
            output.push(byte);
        }
        output.push(b'"');
    } else {
        output.extend_from_slice(cell);
    }
}
