//! Puts the scorers' answers together: the table of a whole file, its digest, and what could not be read.

use analysis::row_set::RowSet;
use analysis::table::{ScoredTable, TableBuilder, TablePart};
use app::job::result::RejectedRow;
use models::digest::ScoreDigest;
use models::evaluation::is_normal_label;
use models::schema::View;
use models::trained_model::Detections;
use traffic::row_error::{RejectedRows, RowError};

/// The rows of a file so far.
pub(crate) struct Collected {
    table: TableBuilder,
    digest: ScoreDigest,
    rejected: RejectedRows,
    n_unseen_categories: u64,
    chunk_starts: Vec<usize>,
}

/// A file that was read.
pub(crate) struct Finished {
    pub(crate) table: ScoredTable,
    pub(crate) digest: String,
    pub(crate) rejected: RejectedRows,
    pub(crate) n_unseen_categories: u64,
    /// The first row of each chunk, and behind the last one the number of rows.
    pub(crate) chunk_starts: Vec<usize>,
}

impl Collected {
    pub(crate) fn new(view: View) -> Self {
        Self {
            table: TableBuilder::new(view),
            digest: ScoreDigest::default(),
            rejected: RejectedRows::default(),
            n_unseen_categories: 0,
            chunk_starts: vec![0],
        }
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> u64 {
        self.table.n_rows() as u64
    }

    /// Adds the next chunk in file order.
    pub(crate) fn add(
        &mut self,
        mut part: TablePart,
        rejected: &RejectedRows,
        n_unseen_categories: u64,
    ) {
        self.rejected.merge(rejected);
        self.n_unseen_categories += n_unseen_categories;
        let mut models = part.models.iter_mut();
        let risk = models
            .next()
            .map(|ensemble| std::mem::take(&mut ensemble.risk));
        let raw = models.map(|model| std::mem::take(&mut model.raw));
        let detections = Detections {
            risk: risk.unwrap_or_default(),
            raw: raw.collect(),
            ..Detections::default()
        };
        self.digest.update(&detections);
        // What was lent to the digest goes back.
        let mut models = part.models.iter_mut();
        if let Some(ensemble) = models.next() {
            ensemble.risk = detections.risk;
        }
        for (model, raw) in models.zip(detections.raw) {
            model.raw = raw;
        }
        self.table.push(part);
        self.chunk_starts.push(self.table.n_rows());
    }

    /// All of it.
    pub(crate) fn finish(self) -> Finished {
        Finished {
            table: self.table.finish(is_normal_label),
            digest: self.digest.finish(),
            rejected: self.rejected,
            n_unseen_categories: self.n_unseen_categories,
            chunk_starts: self.chunk_starts,
        }
    }
}

/// Rows of a file that are to be written, to be asked chunk by chunk.
pub(crate) struct WantedRows<'a> {
    pub(crate) rows: &'a RowSet,
    /// As in [`Finished`].
    pub(crate) chunk_starts: &'a [usize],
}

impl WantedRows<'_> {
    /// Those of a chunk; none of one that was not scored.
    pub(crate) fn of_chunk(&self, index: u64) -> RowSet {
        let index = index as usize;
        match self.chunk_starts.get(index..index.saturating_add(2)) {
            Some(&[first, end]) => self.rows.part(first, end - first),
            _ => RowSet::none(0),
        }
    }
}

/// A row that could not be read, for the page.
pub(crate) fn rejected_row(error: &RowError) -> RejectedRow {
    RejectedRow {
        line: error.line,
        column: error.column.clone(),
        problem: error.problem.to_string(),
    }
}
