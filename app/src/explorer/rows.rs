//! The table on the screen: any rows of any filter in any order.

use analysis::column::Column;
use analysis::rows::{RowOrder, SortedRows};
use analysis::table::ScoredTable;
use models::explain::format_number;
use models::trained_model::Detections;

use super::Explorer;
use crate::job::question::{QueryProblem, RowsAnswer, RowsQuestion, SortKey, TableRow};

/// Most rows of one answer: several screens.
const MAX_ROWS: u32 = 500;

impl From<SortKey> for RowOrder {
    fn from(key: SortKey) -> Self {
        match key {
            SortKey::Score(model) => Self::Score(model),
            SortKey::Feature(feature) => Self::Feature(feature),
            SortKey::Label => Self::Label,
            SortKey::Copies => Self::Copies,
            SortKey::Disagreement(pair) => Self::Disagreement(pair),
            SortKey::Line => Self::Line,
        }
    }
}

impl Explorer {
    /// Some rows of the table.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn rows(&mut self, question: &RowsQuestion) -> Result<RowsAnswer, QueryProblem> {
        self.select(&question.query, question.model)?;
        // Asked for further rows of the same table: it is sorted already.
        let order_of = |question: &RowsQuestion| RowsQuestion {
            number: 0,
            from: 0,
            n: 0,
            ..question.clone()
        };
        let wanted = order_of(question);
        if self
            .sorted
            .as_ref()
            .is_none_or(|(sorted, _)| *sorted != wanted)
        {
            let rows = SortedRows::new(
                &mut self.table,
                &self.selection.rows,
                self.selection.model,
                question.sort.into(),
                question.is_descending,
                question.is_distinct,
            );
            self.sorted = Some((wanted, rows));
        }
        let Some((_, sorted)) = &self.sorted else {
            return Ok(RowsAnswer::default());
        };
        let n_rows = sorted.rows.len() as u32;
        let from = question.from.min(n_rows);
        let until = from.saturating_add(question.n.min(MAX_ROWS)).min(n_rows);
        let wanted: Vec<(u32, u32)> = sorted
            .rows
            .get(from as usize..until as usize)
            .unwrap_or_default()
            .iter()
            .map(|&row| {
                let group = self.table.groups[row as usize] as usize;
                (row, sorted.n_copies[group])
            })
            .collect();
        let rows = wanted
            .into_iter()
            .map(|(row, n_copies)| self.table_row(row as usize, n_copies))
            .collect();
        Ok(RowsAnswer {
            number: question.number,
            n_rows,
            from,
            rows,
        })
    }

    /// One row with reasons for the chosen model's score.
    pub(super) fn table_row(&mut self, row: usize, n_copies: u32) -> TableRow {
        let model = self.selection.model;
        let risks: Vec<f32> = self
            .table
            .models
            .iter()
            .filter_map(|of| of.risk.get(row).copied())
            .collect();
        let (record, detections) = self.detected(row);
        TableRow {
            row: row as u32,
            line: self.table.lines.get(row).copied().unwrap_or_default(),
            risk: risks.get(model).copied().unwrap_or_default(),
            reasons: self.scorer.explain(&record, &detections, 0, model),
            risks,
            label: self.table.label(row).map(str::to_owned),
            n_copies,
            cells: cells(&self.table, row),
        }
    }

    /// A row as a record of one, with its scores.
    pub(super) fn detected(&mut self, row: usize) -> (models::record::RecordBatch, Detections) {
        let vocabularies = self.scorer.model().preprocess.vocabularies();
        let record = self.table.record(row, vocabularies);
        let detections = self.scorer.detect(&record);
        (record, detections)
    }
}

/// The features of a row as text.
pub(super) fn cells(table: &ScoredTable, row: usize) -> Vec<String> {
    let text = |column: &Column| match column.text(row) {
        Some(word) => word.to_owned(),
        None => format_number(column.number(row)),
    };
    table.features.iter().map(text).collect()
}
