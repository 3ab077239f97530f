//! Why a row of a table is rejected, in words and for the page.
//!
//! A rejected row never stops the reading: it is counted, the first ones are kept, and the rows around it are used.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many rejected rows are kept per chunk; all are counted.
pub const MAX_KEPT: usize = 100;

/// Longest piece of offending text that is shown, in characters.
const MAX_SHOWN: usize = 40;

/// One rejected row.
///
/// ```
/// use traffic::row_error::{RowError, RowProblem};
///
/// let error = RowError {
///     line: 17,
///     column: Some("src_bytes".into()),
///     problem: RowProblem::not_a_number(b"abc"),
/// };
/// assert_eq!(error.to_string(), r#"line 17, column "src_bytes": expected a number, found "abc""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct RowError {
    /// Line in the file on which the row starts, from 1.
    pub line: u64,
    /// Name of the column, where the problem is in one cell.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: RowProblem,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column \"{}\"", shown(column.as_bytes()))?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// What is wrong with a row; `found` is escaped and cut to 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RowProblem {
    /// Not a number.
    #[error("expected a number, found \"{found}\"")]
    NotANumber {
        /// The text of the cell.
        found: String,
    },
    /// Infinite, not-a-number, or too large for 32 bits.
    #[error("expected a finite number, found \"{found}\"")]
    NotFinite {
        /// The text of the cell.
        found: String,
    },
    /// Below zero.
    #[error("expected a number ≥ 0, found \"{found}\"")]
    Negative {
        /// The text of the cell.
        found: String,
    },
    /// A rate outside 0 to 1.
    #[error("expected a share between 0 and 1, found \"{found}\"")]
    NotAShare {
        /// The text of the cell.
        found: String,
    },
    /// Above what the column's definition allows.
    #[error("expected at most {max}, found \"{found}\"")]
    AboveMaximum {
        /// The largest value there can be.
        max: u32,
        /// What stands there.
        found: String,
    },
    /// An empty cell where a word is expected.
    #[error("expected a word, found nothing")]
    EmptyWord,
    /// A word that is too long.
    #[error("expected a word of at most {max_bytes} bytes, found {found_bytes} bytes")]
    LongWord {
        /// The limit.
        max_bytes: usize,
        /// The length of the cell.
        found_bytes: usize,
    },
    /// A word with control characters.
    #[error("expected a word without control characters, found \"{found}\"")]
    ControlCharacter {
        /// The text of the cell.
        found: String,
    },
    /// Too few or too many columns.
    #[error("expected {expected} columns, found {found}")]
    ColumnCount {
        /// Columns of the layout.
        expected: usize,
        /// Columns of the row.
        found: usize,
    },
    /// A record that is too long.
    #[error("longer than {}", shown_bytes(*max_bytes))]
    TooLong {
        /// The limit.
        max_bytes: usize,
    },
    /// A quote that is still open at the end of the file or of the longest record.
    #[error("quote opened here is never closed")]
    UnclosedQuote,
}

impl RowProblem {
    /// A cell that is not a number.
    pub fn not_a_number(found: &[u8]) -> Self {
        Self::NotANumber {
            found: shown(found),
        }
    }

    /// A cell that is infinite or not-a-number.
    pub fn not_finite(found: &[u8]) -> Self {
        Self::NotFinite {
            found: shown(found),
        }
    }

    /// A cell below zero.
    pub fn negative(found: &[u8]) -> Self {
        Self::Negative {
            found: shown(found),
        }
    }

    /// More than the column's definition allows: a share above 1, a window count above its window.
    pub fn above(max: f32, found: &[u8]) -> Self {
        if max == 1.0 {
            return Self::not_a_share(found);
        }
        Self::AboveMaximum {
            max: max as u32,
            found: shown(found),
        }
    }

    /// A rate outside 0 to 1.
    pub fn not_a_share(found: &[u8]) -> Self {
        Self::NotAShare {
            found: shown(found),
        }
    }

    /// A word with control characters.
    pub fn control_character(found: &[u8]) -> Self {
        Self::ControlCharacter {
            found: shown(found),
        }
    }
}

/// The rejected rows of a chunk: the first [`MAX_KEPT`], and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRows {
    /// The first of them, in the order of lines.
    pub rows: Vec<RowError>,
    /// How many there are.
    pub n_rejected: u64,
}

impl RejectedRows {
    /// Counts a row and keeps it while there is room.
    pub fn push(&mut self, error: RowError) {
        self.n_rejected += 1;
        if self.rows.len() < MAX_KEPT {
            self.rows.push(error);
        }
    }

    /// Adds the rows of another part of the same file; the first ones by line are kept.
    pub fn merge(&mut self, other: &RejectedRows) {
        self.n_rejected += other.n_rejected;
        self.rows.extend(other.rows.iter().cloned());
        self.rows.sort_by_key(|error| error.line);
        self.rows.truncate(MAX_KEPT);
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.n_rejected = 0;
    }
}

/// Text of a file made safe to show: bytes that are no text and control characters escaped, cut to 40 characters.
pub(crate) fn shown(text: &[u8]) -> String {
    // A character has at most 4 bytes: what is cut off here would not be shown.
    let head = text.get(..4 * (MAX_SHOWN + 1)).unwrap_or(text);
    let head = String::from_utf8_lossy(head);
    let mut characters = head.chars();
    let mut escaped = String::new();
    for character in characters.by_ref().take(MAX_SHOWN) {
        match character {
            '"' => escaped.push('"'),
            _ if character.is_control() => escaped.extend(character.escape_default()),
            _ => escaped.push(character),
        }
    }
    if characters.next().is_some() {
        escaped.push('…');
    }
    escaped
}

fn shown_bytes(n_bytes: usize) -> String {
    const MEBIBYTE: usize = 1 << 20;
    if n_bytes > 0 && n_bytes.is_multiple_of(MEBIBYTE) {
        format!("{} MiB", n_bytes / MEBIBYTE)
    } else {
        format!("{n_bytes} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_offending_text_escaped_and_cut() {
        assert_eq!(shown(b"a\0b\n"), "a\\u{0}b\\n");
        assert_eq!(shown(&[b'x'; 41]), format!("{}…", "x".repeat(40)));
        assert_eq!(
            shown("é".repeat(500).as_bytes()),
            format!("{}…", "é".repeat(40))
        );
        assert_eq!(shown(b"\xFF"), "\u{FFFD}");
    }

    #[test]
    fn names_limits_in_readable_units() {
        let too_long = RowProblem::TooLong { max_bytes: 1 << 20 };
        assert_eq!(too_long.to_string(), "longer than 1 MiB");
    }

    #[test]
    fn keeps_the_first_and_counts_all() {
        let error = |line| RowError {
            line,
            column: None,
            problem: RowProblem::UnclosedQuote,
        };
        let mut rejected = RejectedRows::default();
        (200..450).for_each(|line| rejected.push(error(line)));
        let mut other = RejectedRows::default();
        other.push(error(7));
        rejected.merge(&other);
        assert_eq!(rejected.n_rejected, 251);
        assert_eq!(rejected.rows.len(), MAX_KEPT);
        assert_eq!(rejected.rows[0].line, 7);
    }

    #[test]
    fn crosses_to_the_page_and_back() {
        let error = RowError {
            line: 3,
            column: Some("count".into()),
            problem: RowProblem::negative(b"-1"),
        };
        let json = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<RowError>(&json).unwrap(), error);
    }
}
