//! Reads chunks of a table into records.
//!
//! In: [`Chunk`]s, in any order and by any number of readers. Out: one [`ParsedChunk`] each: columns for the detectors, and
//! what is needed to find a row again: its line, its bytes, its label. Memory is reused from chunk to chunk.

use std::collections::BTreeMap;
use std::ops::Range;

use models::record::{RecordBatch, UNSEEN, Vocabulary};
use models::schema::FeatureKind;

use crate::layout::{LayoutError, TableLayout};
use crate::number::{leading_decimal, parse_f32};
use crate::record::{Cells, Record, Records};
use crate::row_error::{RejectedRows, RowError, RowProblem};
use crate::splitter::Chunk;

/// Longest category or label, in bytes.
pub const MAX_WORD_BYTES: usize = 256;

/// Most distinct labels that a reader tells apart.
pub const MAX_LABELS: usize = 4096;

/// Name of all labels beyond [`MAX_LABELS`].
pub const OTHER_LABEL: &str = "(other)";

/// The rows of one chunk.
#[derive(Clone, Debug)]
pub struct ParsedChunk {
    /// Features of the accepted rows.
    pub batch: RecordBatch,
    /// Per row: the line of the file on which it starts.
    pub lines: Vec<u64>,
    /// Per row: where its bytes are in the chunk, without the line end.
    pub spans: Vec<Range<u32>>,
    /// Per row: its label, where the table has any.
    pub labels: Labels,
    /// Rows that could not be read.
    pub rejected: RejectedRows,
    /// Categories that the vocabularies do not know. They are a signal, not an error.
    pub n_unseen_categories: u64,
}

impl ParsedChunk {
    /// Number of accepted rows.
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Bytes of an accepted row in the chunk it was read from.
    pub fn record<'a>(&self, chunk: &'a Chunk, row: usize) -> Option<&'a [u8]> {
        let span = self.spans.get(row)?;
        chunk.bytes.get(span.start as usize..span.end as usize)
    }
}

/// A vocabulary that remembers the word before: in tables of traffic most words repeat the one above.
#[derive(Clone, Debug)]
struct Category {
    vocabulary: Vocabulary,
    last: Vec<u8>,
    last_code: u32,
}

impl Category {
    fn new(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            last: Vec::new(),
            last_code: UNSEEN,
        }
    }

    fn code(&mut self, cell: &[u8]) -> Result<u32, RowProblem> {
        if cell == self.last && !cell.is_empty() {
            return Ok(self.last_code);
        }
        let word = read_word(cell)?;
        if word.is_empty() {
            return Err(RowProblem::EmptyWord);
        }
        self.last_code = self.vocabulary.code(word);
        self.last.clear();
        self.last.extend_from_slice(word);
        Ok(self.last_code)
    }
}

/// Labels of rows as codes of a dictionary, which grows from chunk to chunk and differs from reader to reader.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    codes: Vec<u32>,
    names: Vec<String>,
    code_of: BTreeMap<Vec<u8>, u32>,
    /// Cell of the row before and its code.
    last: Option<(Vec<u8>, u32)>,
}

impl Labels {
    /// Per row of the chunk: its code; empty where the table has no label column.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Labels in code order, those of earlier chunks among them. An empty cell is the label "".
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Label of a row.
    pub fn of_row(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.names.get(code as usize).map(String::as_str)
    }

    fn push(&mut self, cell: &[u8]) -> Result<(), RowProblem> {
        if let Some((last, code)) = &self.last
            && last == cell
        {
            self.codes.push(*code);
            return Ok(());
        }
        let label = read_word(cell)?;
        // KDD Cup files end labels with a dot, NSL-KDD files do not.
        let label = label.strip_suffix(b".").unwrap_or(label);
        let code = match self.code_of.get(label) {
            Some(&code) => code,
            None => self.add(label),
        };
        self.last = Some((cell.to_vec(), code));
        self.codes.push(code);
        Ok(())
    }

    fn add(&mut self, label: &[u8]) -> u32 {
        if self.names.len() > MAX_LABELS {
            return MAX_LABELS as u32;
        }
        let code = self.names.len() as u32;
        if self.names.len() == MAX_LABELS {
            self.names.push(OTHER_LABEL.to_owned());
        } else {
            self.names.push(String::from_utf8_lossy(label).into_owned());
            self.code_of.insert(label.to_vec(), code);
        }
        code
    }
}

/// Reads the chunks of one table.
#[derive(Debug)]
pub struct TableReader {
    layout: TableLayout,
    /// What each column of the table is for.
    roles: Vec<Role>,
    categories: Vec<Category>,
    cells: Cells,
    parsed: ParsedChunk,
}

/// What a column of the table is for; `column` is that of the batch.
#[derive(Clone, Copy, Debug)]
enum Role {
    Number { column: usize },
    Bounded { column: usize, max: f32 },
    Category { column: usize, index: usize },
    Label,
    Ignored,
}

/// What is wrong with a record; `column` is that of the table.
struct Fault {
    column: Option<usize>,
    problem: RowProblem,
}

impl TableReader {
    /// Makes a reader. `vocabularies` are the known values of the view's categorical features, in the view's order.
    ///
    /// # Errors
    /// If the layout contradicts itself or the number of vocabularies is not that of the view.
    pub fn new(layout: TableLayout, vocabularies: Vec<Vocabulary>) -> Result<Self, LayoutError> {
        layout.validate()?;
        if vocabularies.len() != layout.n_categories() {
            return Err(LayoutError::Vocabularies {
                view: layout.view,
                expected: layout.n_categories(),
                found: vocabularies.len(),
            });
        }
        Ok(Self {
            roles: roles(&layout),
            cells: Cells::new(layout.delimiter),
            parsed: ParsedChunk {
                batch: RecordBatch::new(layout.view),
                lines: Vec::new(),
                spans: Vec::new(),
                labels: Labels::default(),
                rejected: RejectedRows::default(),
                n_unseen_categories: 0,
            },
            categories: vocabularies.into_iter().map(Category::new).collect(),
            layout,
        })
    }

    /// The layout that the reader follows.
    pub fn layout(&self) -> &TableLayout {
        &self.layout
    }

    /// Reads a chunk; the result stays until the next one is read.
    pub fn read(&mut self, chunk: &Chunk) -> &ParsedChunk {
        self.parsed.batch.clear();
        self.parsed.lines.clear();
        self.parsed.spans.clear();
        self.parsed.labels.codes.clear();
        self.parsed.rejected.clear();
        self.parsed.n_unseen_categories = 0;

        let records = Records::new(&chunk.bytes, chunk.first_line, self.layout.delimiter);
        let n_header = usize::from(self.layout.has_header && chunk.index == 0);
        for record in records.skip(n_header) {
            self.read_record(record);
        }
        if chunk.rejected.n_rejected > 0 {
            self.parsed.rejected.merge(&chunk.rejected);
        }
        &self.parsed
    }

    fn read_record(&mut self, record: Record<'_>) {
        let n_rows = self.parsed.lines.len();
        let n_unseen = self.parsed.n_unseen_categories;
        let result = if record.has_quote {
            self.read_quoted(record.bytes)
        } else {
            self.read_plain(record.bytes)
        };
        match result {
            Ok(()) => {
                let end = record.start + record.bytes.len();
                self.parsed.lines.push(record.line);
                self.parsed.spans.push(record.start as u32..end as u32);
            }
            Err(fault) => {
                self.parsed.batch.truncate(n_rows);
                self.parsed.labels.codes.truncate(n_rows);
                self.parsed.n_unseen_categories = n_unseen;
                self.reject(record, fault);
            }
        }
    }

    /// Reads a record without quotes in one pass: a number is read while its end is looked for.
    fn read_plain(&mut self, record: &[u8]) -> Result<(), Fault> {
        let delimiter = self.layout.delimiter;
        let parsed = &mut self.parsed;
        let mut rest = Some(record);
        for (index, &role) in self.roles.iter().enumerate() {
            let text = rest.ok_or(Fault::COLUMN_COUNT)?;
            if let (Role::Number { column } | Role::Bounded { column, .. }, Some((value, length))) =
                (role, leading_decimal(text))
            {
                let is_whole = text.get(length).is_none_or(|&byte| byte == delimiter);
                let is_in_range = !matches!(role, Role::Bounded { max, .. } if value > max);
                if is_whole && is_in_range {
                    parsed.batch.push_number(column, value);
                    rest = text.get(length + 1..);
                    continue;
                }
            }
            let length = text.iter().position(|&byte| byte == delimiter);
            let length = length.unwrap_or(text.len());
            let cell = text.get(..length).unwrap_or_default();
            read_cell(parsed, &mut self.categories, role, cell).map_err(|problem| Fault {
                column: Some(index),
                problem,
            })?;
            rest = text.get(length + 1..);
        }
        rest.map_or(Ok(()), |_| Err(Fault::COLUMN_COUNT))
    }

    fn read_quoted(&mut self, record: &[u8]) -> Result<(), Fault> {
        self.cells.split(record);
        if self.cells.len() != self.roles.len() {
            return Err(Fault::COLUMN_COUNT);
        }
        for (index, (&role, cell)) in self.roles.iter().zip(self.cells.iter()).enumerate() {
            read_cell(&mut self.parsed, &mut self.categories, role, cell).map_err(|problem| {
                Fault {
                    column: Some(index),
                    problem,
                }
            })?;
        }
        Ok(())
    }

    /// Counts a rejected record. Where the number of columns is wrong that is the reason, as cells are then out of place.
    #[cold]
    fn reject(&mut self, record: Record<'_>, fault: Fault) {
        self.cells.split(record.bytes);
        let (expected, found) = (self.roles.len(), self.cells.len());
        let (column, problem) = if expected == found {
            let name = fault.column.map(|column| self.layout.column_name(column));
            (name, fault.problem)
        } else {
            (None, RowProblem::ColumnCount { expected, found })
        };
        self.parsed.rejected.push(RowError {
            line: record.line,
            column,
            problem,
        });
    }
}

impl Fault {
    /// The numbers are filled in when the row is rejected.
    const COLUMN_COUNT: Self = Self {
        column: None,
        problem: RowProblem::ColumnCount {
            expected: 0,
            found: 0,
        },
    };
}

fn roles(layout: &TableLayout) -> Vec<Role> {
    let mut roles = vec![Role::Ignored; layout.n_columns];
    let mut category_indices = 0..;
    let features = layout.view.features().zip(&layout.feature_columns);
    for (column, (feature, &table_column)) in features.enumerate() {
        let role = match (feature.kind, feature.max()) {
            (FeatureKind::Category, _) => Role::Category {
                column,
                index: category_indices.next().unwrap_or_default(),
            },
            (_, Some(max)) => Role::Bounded { column, max },
            (_, None) => Role::Number { column },
        };
        if let Some(slot) = roles.get_mut(table_column) {
            *slot = role;
        }
    }
    if let Some(slot) = layout.label_column.and_then(|column| roles.get_mut(column)) {
        *slot = Role::Label;
    }
    roles
}

/// Reads one cell by what its column is for.
fn read_cell(
    parsed: &mut ParsedChunk,
    categories: &mut [Category],
    role: Role,
    cell: &[u8],
) -> Result<(), RowProblem> {
    match role {
        Role::Number { column } => parsed.batch.push_number(column, read_number(cell)?),
        Role::Bounded { column, max } => {
            let value = read_number(cell)?;
            if value > max {
                return Err(RowProblem::above(max, cell));
            }
            parsed.batch.push_number(column, value);
        }
        Role::Category { column, index } => {
            let category = categories.get_mut(index);
            let code = category.map_or(Ok(UNSEEN), |category| category.code(cell))?;
            parsed.n_unseen_categories += u64::from(code == UNSEEN);
            parsed.batch.push_code(column, code);
        }
        Role::Label => parsed.labels.push(cell)?,
        Role::Ignored => {}
    }
    Ok(())
}

fn read_number(cell: &[u8]) -> Result<f32, RowProblem> {
    let value = parse_f32(cell).ok_or_else(|| RowProblem::not_a_number(cell))?;
    if !value.is_finite() {
        return Err(RowProblem::not_finite(cell));
    }
    if value < 0.0 {
        return Err(RowProblem::negative(cell));
    }
    Ok(value)
}

fn read_word(cell: &[u8]) -> Result<&[u8], RowProblem> {
    let word = cell.trim_ascii();
    if word.len() > MAX_WORD_BYTES {
        return Err(RowProblem::LongWord {
            max_bytes: MAX_WORD_BYTES,
            found_bytes: word.len(),
        });
    }
    if word.iter().any(u8::is_ascii_control) {
        return Err(RowProblem::control_character(word));
    }
    Ok(word)
}
