//! How a table is laid out: delimiter, header, and which column holds which feature.
//!
//! In: the first bytes of a table, a few dozen lines are enough (64 KiB is a good choice). Out: a [`TableLayout`], which people
//! may edit and which crosses to workers as JSON, or a [`LayoutError`] that names what was found and what is expected.

use std::collections::BTreeMap;

use models::schema::{FeatureKind, View};
use serde::{Deserialize, Serialize};

use crate::content::{ContentError, sniff_content};
use crate::number::parse_f32;
use crate::record::{Cells, Records};
use crate::row_error::shown;
use crate::splitter::{Limits, Splitter};

/// Delimiters that are tried, the most usual first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Records that are looked at.
const MAX_SAMPLE: usize = 100;

/// A single line of more bytes than this is taken for something that has no lines.
const LONG_FIRST_LINE: usize = 16 * 1024;

/// Names of a label column, compared as [`plain_name`]s; the first one present is taken.
const LABEL_NAMES: [&str; 8] = [
    "label",
    "labels",
    "class",
    "attack",
    "attacktype",
    "attackname",
    "outcome",
    "target",
];

/// Columns that a message lists at most.
const MAX_NAMED: usize = 8;

/// Where in a table the features of a view are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLayout {
    /// Byte between cells.
    pub delimiter: u8,
    /// Whether the first record holds the column names.
    pub has_header: bool,
    /// Cells that every record has.
    pub n_columns: usize,
    /// Column names as they stand in the file; empty without a header.
    pub header: Vec<String>,
    /// The features that are read.
    pub view: View,
    /// Per feature of the view: its column, from 0.
    pub feature_columns: Vec<usize>,
    /// Column of the label, where there is one.
    pub label_column: Option<usize>,
}

/// Why a table cannot be read as connections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Not a table at all.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// No line end where many are expected.
    #[error(
        "expected a table of connections, found one line without an end in the first {n_bytes} bytes"
    )]
    NoLineEnd {
        /// Bytes looked at.
        n_bytes: usize,
    },
    /// No header, and a number of columns that no known form has.
    #[error(
        "file has {found} column{}, expected 41, 42 or 43 (KDD / NSL-KDD), or 5 or 6 (form), or a header that names them",
        if *found == 1 { "" } else { "s" }
    )]
    ColumnCount {
        /// Columns of most records.
        found: usize,
    },
    /// A header that does not name every feature of any view.
    #[error("header lacks {missing} of view {}, found {found}", view.name())]
    MissingColumns {
        /// The view that is nearest.
        view: View,
        /// Names that are missing.
        missing: String,
        /// Names in the file.
        found: String,
    },
    /// A layout with the wrong number of feature columns.
    #[error("view {} expects {expected} feature columns, layout has {found}", view.name())]
    FeatureCount {
        /// The view of the layout.
        view: View,
        /// Its number of features.
        expected: usize,
        /// Feature columns of the layout.
        found: usize,
    },
    /// A layout that refers to a column that is not there, or twice to the same one.
    #[error("layout expects column {} to hold one feature or label of a table of {n_columns} columns", column + 1)]
    ColumnMapping {
        /// The column, from 0.
        column: usize,
        /// Columns of the table.
        n_columns: usize,
    },
    /// A delimiter that is part of numbers, words or line ends.
    #[error("expected comma, semicolon, tab or another mark as delimiter, found \"{}\"", delimiter.escape_ascii())]
    Delimiter {
        /// The delimiter of the layout.
        delimiter: u8,
    },
    /// The wrong number of vocabularies for the view.
    #[error("view {} expects {expected} vocabularies, found {found}", view.name())]
    Vocabularies {
        /// The view of the layout.
        view: View,
        /// Its number of categorical features.
        expected: usize,
        /// Vocabularies given.
        found: usize,
    },
}

impl TableLayout {
    /// Finds out how a table is laid out from its first bytes, already decompressed.
    ///
    /// The delimiter is the one that cuts most lines into the same number of cells. With a header, columns are found by name
    /// in any order, whatever case and separators (`src_bytes`, `Src Bytes`, `srcBytes`); without, by number of columns: 41
    /// (KDD), 42 (and label), 43 (and difficulty, NSL-KDD), 5 (form), 6 (and label).
    ///
    /// # Errors
    /// If the bytes are no table, or no view fits.
    ///
    /// ```
    /// use traffic::layout::TableLayout;
    ///
    /// let layout = TableLayout::detect(b"class;Srv Count;count;dst_bytes;srcBytes;DURATION\n")?;
    /// assert_eq!(layout.feature_columns, [5, 4, 3, 2, 1]);
    /// assert_eq!(layout.label_column, Some(0));
    /// # Ok::<(), traffic::layout::LayoutError>(())
    /// ```
    pub fn detect(first_bytes: &[u8]) -> Result<Self, LayoutError> {
        sniff_content(first_bytes).require_table()?;
        let mut samples: Vec<_> = DELIMITERS
            .iter()
            .map(|&delimiter| Sample::new(first_bytes, delimiter))
            .collect();
        // The sort is stable: of equally good delimiters the most usual stays first.
        samples.sort_by_key(|sample| std::cmp::Reverse(sample.consistency()));
        let mut layouts = samples.iter().map(Sample::layout);
        let best = layouts
            .next()
            .unwrap_or(Err(LayoutError::ColumnCount { found: 0 }));
        let found = match best {
            Ok(layout) => Ok(layout),
            Err(error) => layouts.find_map(Result::ok).ok_or(error),
        };
        let has_line_end = first_bytes.contains(&b'\n') || first_bytes.contains(&b'\r');
        if found.is_err() && !has_line_end && first_bytes.len() > LONG_FIRST_LINE {
            return Err(LayoutError::NoLineEnd {
                n_bytes: first_bytes.len(),
            });
        }
        found
    }

    /// Checks a layout that was edited or came from elsewhere.
    ///
    /// # Errors
    /// If it contradicts itself.
    pub fn validate(&self) -> Result<(), LayoutError> {
        let delimiter = self.delimiter;
        if delimiter.is_ascii_alphanumeric() || b"\"\r\n.+-_\0".contains(&delimiter) {
            return Err(LayoutError::Delimiter { delimiter });
        }
        if self.feature_columns.len() != self.view.n_features() {
            return Err(LayoutError::FeatureCount {
                view: self.view,
                expected: self.view.n_features(),
                found: self.feature_columns.len(),
            });
        }
        let mut columns: Vec<usize> = self.feature_columns.clone();
        columns.extend(self.label_column);
        columns.sort_unstable();
        let repeated = columns.array_windows().find(|[a, b]| a == b);
        let wrong = repeated.map(|[column, _]| *column).or_else(|| {
            columns
                .last()
                .copied()
                .filter(|&last| last >= self.n_columns)
        });
        match wrong {
            Some(column) => Err(LayoutError::ColumnMapping {
                column,
                n_columns: self.n_columns,
            }),
            None => Ok(()),
        }
    }

    /// The cells of the first records after the header, for people to check the layout by.
    pub fn preview(&self, first_bytes: &[u8], max_rows: usize) -> Vec<Vec<String>> {
        let sample = Sample::new(first_bytes, self.delimiter);
        let n_header = usize::from(self.has_header);
        let rows = sample.rows.into_iter().skip(n_header).take(max_rows);
        rows.map(|row| row.iter().map(|cell| shown(cell)).collect())
            .collect()
    }

    /// The cells of one record with quotes undone, for people to read.
    pub fn cells(&self, record: &[u8]) -> Vec<String> {
        let mut cells = Cells::new(self.delimiter);
        cells.split(record);
        cells.iter().map(shown).collect()
    }

    /// The word that a record has for a feature of the view, for people and queries: without blanks around it, cut to 40 characters.
    pub fn word(&self, record: &[u8], feature: usize) -> String {
        let mut cells = Cells::new(self.delimiter);
        cells.split(record);
        let column = self.feature_columns.get(feature);
        let cell = column.and_then(|&column| cells.iter().nth(column));
        shown(cell.unwrap_or_default().trim_ascii())
    }

    /// Name of a column: as in the file, or what the view calls it, or its position.
    pub fn column_name(&self, column: usize) -> String {
        if let Some(name) = self.header.get(column).filter(|name| !name.is_empty()) {
            return name.clone();
        }
        let mut features = self.feature_columns.iter().zip(self.view.features());
        if let Some((_, feature)) = features.find(|&(&at, _)| at == column) {
            return feature.name.to_owned();
        }
        if self.label_column == Some(column) {
            return "label".to_owned();
        }
        format!("column {}", column + 1)
    }

    /// Number of categorical features of the view.
    pub(crate) fn n_categories(&self) -> usize {
        let kinds = self.view.features().map(|feature| feature.kind);
        kinds.filter(|&kind| kind == FeatureKind::Category).count()
    }
}

/// The first records of a table as one delimiter cuts them.
struct Sample {
    delimiter: u8,
    rows: Vec<Vec<Vec<u8>>>,
    /// Cells that most records have.
    n_columns: usize,
    /// Records that have them.
    n_usual: usize,
}

impl Sample {
    fn new(first_bytes: &[u8], delimiter: u8) -> Self {
        // The same splitting as in reading, so that the same record comes first.
        let limits = Limits {
            chunk_bytes: first_bytes.len().max(1),
            ..Limits::default()
        };
        let mut splitter = Splitter::with_limits(delimiter, limits);
        splitter.push(first_bytes);
        splitter.finish();
        let mut rows = Vec::new();
        let mut cells = Cells::new(delimiter);
        while let Some(chunk) = splitter.next_chunk() {
            for record in Records::new(&chunk.bytes, chunk.first_line, delimiter) {
                cells.split(record.bytes);
                rows.push(cells.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
                if rows.len() > MAX_SAMPLE {
                    break;
                }
            }
        }
        // The last record may be cut off.
        let is_cut = !matches!(first_bytes.last(), Some(b'\n' | b'\r')) || rows.len() > MAX_SAMPLE;
        if is_cut && rows.len() > 1 {
            rows.pop();
        }
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for row in &rows {
            *counts.entry(row.len()).or_default() += 1;
        }
        let usual = counts.into_iter().max_by_key(|&(_, n_rows)| n_rows);
        let (n_columns, n_usual) = usual.unwrap_or((0, 0));
        Self {
            delimiter,
            rows,
            n_columns,
            n_usual,
        }
    }

    /// Sorts delimiters: one that cuts at all, then the share of usual records, then the number of columns.
    fn consistency(&self) -> (bool, usize, usize) {
        let per_mille = self.n_usual * 1000 / self.rows.len().max(1);
        (self.n_columns > 1, per_mille, self.n_columns)
    }

    fn layout(&self) -> Result<TableLayout, LayoutError> {
        let Some(header) = self.header() else {
            return self.layout_by_shape(Vec::new());
        };
        let names: Vec<String> = header.iter().map(|cell| plain_name(cell)).collect();
        let column_of = |name: &str| {
            let name = plain_name(name.as_bytes());
            names.iter().position(|known| *known == name)
        };
        let label_column = LABEL_NAMES.into_iter().find_map(column_of);
        let header: Vec<String> = header
            .iter()
            .map(|cell| String::from_utf8_lossy(cell.trim_ascii()).into_owned())
            .collect();
        let columns_of = |view: View| {
            let features = view.features();
            features.map(|feature| column_of(feature.name))
        };
        for view in View::ALL {
            if let Some(feature_columns) = columns_of(view).collect::<Option<Vec<_>>>() {
                return Ok(TableLayout {
                    delimiter: self.delimiter,
                    has_header: true,
                    n_columns: header.len(),
                    header,
                    view,
                    feature_columns,
                    label_column,
                });
            }
        }
        let nearest = View::ALL
            .into_iter()
            .max_by_key(|&view| columns_of(view).flatten().count() * 1000 / view.n_features());
        match nearest.filter(|&view| columns_of(view).flatten().next().is_some()) {
            // None of the names is known: the columns may still be in the usual order.
            None => self.layout_by_shape(header),
            Some(view) => {
                let missing = view
                    .features()
                    .map(|feature| feature.name)
                    .filter(|name| column_of(name).is_none());
                Err(LayoutError::MissingColumns {
                    view,
                    missing: listed(missing),
                    found: listed(header.iter().map(String::as_str)),
                })
            }
        }
    }

    /// The first record, if it holds names: no number in it, and either names of features or numbers below.
    fn header(&self) -> Option<&[Vec<u8>]> {
        let (first, others) = self.rows.split_first()?;
        let is_number = |cell: &Vec<u8>| parse_f32(cell).is_some();
        if first.iter().any(is_number) {
            return None;
        }
        let n_known = first.iter().filter(|cell| is_known_name(cell)).count();
        let has_names = n_known >= 2 && n_known * 2 >= first.len().min(View::Kdd5.n_features());
        let mut usual = others.iter().filter(|row| row.len() == self.n_columns);
        let stands_above_numbers = first.len() == self.n_columns
            && usual.any(|row| row.iter().filter(|cell| is_number(cell)).count() * 2 > row.len());
        (has_names || stands_above_numbers).then_some(first)
    }

    fn layout_by_shape(&self, header: Vec<String>) -> Result<TableLayout, LayoutError> {
        let (view, label_column) = match self.n_columns {
            41 => (View::Kdd41, None),
            42 | 43 => (View::Kdd41, Some(41)),
            5 => (View::Kdd5, None),
            6 => (View::Kdd5, Some(5)),
            found => return Err(LayoutError::ColumnCount { found }),
        };
        Ok(TableLayout {
            delimiter: self.delimiter,
            has_header: !header.is_empty(),
            n_columns: self.n_columns,
            header,
            view,
            feature_columns: (0..view.n_features()).collect(),
            label_column,
        })
    }
}

/// A name without case and separators: `Src Bytes` and `src_bytes` are the same.
fn plain_name(name: &[u8]) -> String {
    let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

fn is_known_name(cell: &[u8]) -> bool {
    let name = plain_name(cell);
    let mut features = models::schema::FEATURES.iter();
    LABEL_NAMES.contains(&name.as_str())
        || features.any(|feature| plain_name(feature.name.as_bytes()) == name)
}

/// The first few names, quoted, and how many more there are.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names
        .map(|name| format!("\"{}\"", shown(name.as_bytes())))
        .collect();
    let first = names.get(..MAX_NAMED).unwrap_or(&names).join(", ");
    match names.len().saturating_sub(MAX_NAMED) {
        0 => first,
        n_more => format!("{first} and {n_more} more"),
    }
}
