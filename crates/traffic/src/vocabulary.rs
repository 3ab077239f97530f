//! The category values of a table, learned before a model is trained on it.
//!
//! In: the chunks of a table. Out: one [`Vocabulary`] per categorical feature of its view.

use std::collections::BTreeSet;

use models::record::Vocabulary;
use models::schema::FeatureKind;

use crate::layout::TableLayout;
use crate::record::{Cells, Records};
use crate::splitter::Chunk;
use crate::table::MAX_WORD_BYTES;

/// Most values that are learned of one feature; the rest is unseen, as a column of identifiers should be.
pub const MAX_VALUES: usize = 4096;

/// Collects the values.
#[derive(Debug)]
pub struct VocabularyCollector {
    layout: TableLayout,
    cells: Cells,
    /// Per categorical feature: its column in the table and its values.
    found: Vec<(usize, BTreeSet<String>)>,
}

impl VocabularyCollector {
    /// Starts on a table of this layout.
    pub fn new(layout: TableLayout) -> Self {
        let columns = layout.view.features().zip(&layout.feature_columns);
        let found = columns
            .filter(|(feature, _)| feature.kind == FeatureKind::Category)
            .map(|(_, &column)| (column, BTreeSet::new()))
            .collect();
        let cells = Cells::new(layout.delimiter);
        Self {
            layout,
            cells,
            found,
        }
    }

    /// Looks through one chunk. Rows that a reader would reject count too: a value more does no harm.
    pub fn read(&mut self, chunk: &Chunk) {
        let records = Records::new(&chunk.bytes, chunk.first_line, self.layout.delimiter);
        let n_header = usize::from(self.layout.has_header && chunk.index == 0);
        for record in records.skip(n_header) {
            self.cells.split(record.bytes);
            for (column, values) in &mut self.found {
                let Some(Ok(value)) = self
                    .cells
                    .iter()
                    .nth(*column)
                    .map(|cell| std::str::from_utf8(cell.trim_ascii()))
                else {
                    continue;
                };
                if value.len() <= MAX_WORD_BYTES
                    && values.len() < MAX_VALUES
                    && !values.contains(value)
                {
                    values.insert(value.to_owned());
                }
            }
        }
    }

    /// The vocabularies in the view's order.
    pub fn finish(self) -> Vec<Vocabulary> {
        let values = self.found.into_iter().map(|(_, values)| values);
        values
            .map(|values| Vocabulary::new(values.into_iter().collect()))
            .collect()
    }
}
