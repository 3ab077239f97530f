//! Connection records by column: what readers fill and detectors read.
//!
//! A [`RecordBatch`] holds a few thousand rows of one [`View`]. It is cleared and filled again, so that memory is bounded
//! by the batch and never by the file, and no row allocates.

use crate::schema::{FeatureKind, View};

/// Code of a category value that the vocabulary does not know.
pub const UNSEEN: u32 = u32::MAX;

/// The known values of one categorical feature, sorted; a code is an index into them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    values: Vec<String>,
}

impl Vocabulary {
    /// Sorts and de-duplicates the values.
    pub fn new(mut values: Vec<String>) -> Self {
        values.sort_unstable();
        values.dedup();
        Self { values }
    }

    /// Code of a value, or [`UNSEEN`].
    pub fn code(&self, value: &[u8]) -> u32 {
        match self
            .values
            .binary_search_by(|known| known.as_bytes().cmp(value))
        {
            Ok(index) => index as u32,
            Err(_) => UNSEEN,
        }
    }

    /// The value of a code; `None` for [`UNSEEN`].
    pub fn value(&self, code: u32) -> Option<&str> {
        self.values.get(code as usize).map(String::as_str)
    }

    /// All values in code order.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Tells whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// One column of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Finite numbers.
    Numeric(Vec<f32>),
    /// Codes of the column's vocabulary, or [`UNSEEN`].
    Category(Vec<u32>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Column::Numeric(values) => values.len(),
            Column::Category(codes) => codes.len(),
        }
    }

    fn truncate(&mut self, n_rows: usize) {
        match self {
            Column::Numeric(values) => values.truncate(n_rows),
            Column::Category(codes) => codes.truncate(n_rows),
        }
    }

    /// Bits of one value: of the number, or the code. Equal bits mean equal values.
    pub fn bits(&self, row: usize) -> u32 {
        match self {
            Column::Numeric(values) => values[row].to_bits(),
            Column::Category(codes) => codes[row],
        }
    }
}

/// Rows of one view, stored by column in the view's order.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordBatch {
    view: View,
    columns: Vec<Column>,
}

impl RecordBatch {
    /// Makes an empty batch.
    pub fn new(view: View) -> Self {
        let columns = view
            .features()
            .map(|feature| match feature.kind {
                FeatureKind::Category => Column::Category(Vec::new()),
                _ => Column::Numeric(Vec::new()),
            })
            .collect();
        Self { view, columns }
    }

    /// The view whose features the columns are.
    pub fn view(&self) -> View {
        self.view
    }

    /// Number of rows: of complete ones, while a row is being pushed.
    pub fn n_rows(&self) -> usize {
        self.columns.last().map_or(0, Column::len)
    }

    /// The columns in the view's order, all of the same length.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Forgets the rows from `n_rows` on, also the half-pushed one.
    pub fn truncate(&mut self, n_rows: usize) {
        for column in &mut self.columns {
            column.truncate(n_rows);
        }
    }

    /// Appends a number to a numeric column; `-0.0` becomes `0.0`, so that equal values have equal bits.
    ///
    /// Does nothing to a categorical column. A row is complete once every column has its value.
    #[inline]
    pub fn push_number(&mut self, column: usize, value: f32) {
        debug_assert!(value.is_finite());
        if let Some(Column::Numeric(values)) = self.columns.get_mut(column) {
            values.push(value + 0.0);
        }
    }

    /// Appends a code to a categorical column. Does nothing to a numeric column.
    #[inline]
    pub fn push_code(&mut self, column: usize, code: u32) {
        if let Some(Column::Category(codes)) = self.columns.get_mut(column) {
            codes.push(code);
        }
    }

    /// Appends one row of another batch of the same view.
    pub fn push_row_of(&mut self, other: &RecordBatch, row: usize) {
        for (to, from) in self.columns.iter_mut().zip(&other.columns) {
            match (to, from) {
                (Column::Numeric(to), Column::Numeric(from)) => to.push(from[row]),
                (Column::Category(to), Column::Category(from)) => to.push(from[row]),
                _ => {}
            }
        }
    }

    /// Replaces every category code by what `code_of(column, code)` gives.
    pub fn map_codes(&mut self, code_of: impl Fn(usize, u32) -> u32) {
        for (index, column) in self.columns.iter_mut().enumerate() {
            if let Column::Category(codes) = column {
                for code in codes {
                    *code = code_of(index, *code);
                }
            }
        }
    }

    /// The rows at the given indices, in that order.
    pub fn select(&self, rows: &[usize]) -> RecordBatch {
        let mut selected = RecordBatch::new(self.view);
        for &row in rows {
            selected.push_row_of(self, row);
        }
        selected
    }

    /// The same rows with the columns of a narrower view.
    ///
    /// Returns `None` where `view` has a feature that this batch lacks.
    pub fn project(&self, view: View) -> Option<RecordBatch> {
        let columns = view
            .feature_indices()
            .iter()
            .map(|wanted| {
                let position = self
                    .view
                    .feature_indices()
                    .iter()
                    .position(|have| have == wanted)?;
                Some(self.columns[position].clone())
            })
            .collect::<Option<Vec<_>>>()?;
        Some(RecordBatch { view, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vocabulary_finds_known_values_and_marks_unseen_ones() {
        let vocabulary = Vocabulary::new(vec!["udp".into(), "tcp".into(), "udp".into()]);
        assert_eq!(vocabulary.code(b"tcp"), 0);
        assert_eq!(vocabulary.code(b"udp"), 1);
        assert_eq!(vocabulary.code(b"sctp"), UNSEEN);
        assert_eq!(vocabulary.value(1), Some("udp"));
        assert_eq!(vocabulary.value(UNSEEN), None);
    }

    #[test]
    fn projects_to_the_form_view() {
        let mut batch = RecordBatch::new(View::Kdd41);
        for (index, feature) in View::Kdd41.features().enumerate() {
            match feature.kind {
                FeatureKind::Category => batch.push_code(index, 0),
                _ => batch.push_number(index, index as f32),
            }
        }
        let form = batch.project(View::Kdd5).expect("kdd5 is part of kdd41");
        assert_eq!(form.n_rows(), 1);
        assert_eq!(form.columns()[3], Column::Numeric(vec![22.0]));
        assert!(form.project(View::Kdd41).is_none());
    }

    #[test]
    fn a_half_pushed_row_is_forgotten_by_truncate() {
        let mut batch = RecordBatch::new(View::Kdd5);
        batch.push_number(0, 1.0);
        assert_eq!(batch.n_rows(), 0);
        batch.truncate(0);
        assert!(batch.columns().iter().all(|column| column.len() == 0));
    }
}
