//! A scored file: all that the page shows of it, small enough to keep.

use models::evaluation::Operating;
use models::explain::Reason;
use models::risk_histogram::RiskHistogram;
use serde::{Deserialize, Serialize};

/// A file after scoring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileResult {
    /// Its name.
    pub name: String,
    /// Features that were read.
    pub view: String,
    /// Rows scored.
    pub n_rows: u64,
    /// Distinct ones among them.
    pub n_distinct: u64,
    /// Rows that could not be read, and the first of them.
    pub n_rejected: u64,
    /// At most 100.
    pub errors: Vec<RejectedRow>,
    /// Category values that no training row had.
    pub n_unseen_categories: u64,
    /// Why the file was not read to its end, where it was not.
    pub incomplete: Option<String>,
    /// SHA-256 over all scores.
    pub digest: String,
    /// From the first byte to the last score, in milliseconds.
    pub millis: f64,
    /// The ensemble, then the detectors.
    pub models: Vec<ModelResult>,
    /// Per label, most frequent first; empty without labels.
    pub labels: Vec<LabelResult>,
    /// Share of the training rows' variance along each axis of the map.
    pub explained: [f32; 2],
    /// The column names.
    pub columns: Vec<String>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Line of the file on which it starts.
    pub line: u64,
    /// Where the fault is in one column, its name.
    pub column: Option<String>,
    /// What was expected and what was found.
    pub problem: String,
}

/// One model's results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelResult {
    /// `ensemble` or a detector's name.
    pub name: String,
    /// For people.
    pub title: String,
    /// Counts at every threshold.
    pub risks: RiskHistogram,
    /// Where there are labels of both kinds.
    pub ranking: Option<RankingResult>,
    /// The oddest distinct rows.
    pub top: Vec<TopRow>,
}

/// Curves and their areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingResult {
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision.
    pub average_precision: f64,
    /// Attacks in the file.
    pub n_attacks: u64,
    /// Normal rows in the file.
    pub n_normal: u64,
    /// Points of both curves; thresholds are risks.
    pub curve: Vec<Operating>,
}

/// One of the oddest rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopRow {
    /// Line of the file on which it starts.
    pub line: u64,
    /// Position among the scored rows, from 0; set by the coordinator.
    pub row: u64,
    /// The chunk it is in.
    pub chunk: u64,
    /// Position in its chunk.
    pub row_in_chunk: u64,
    /// Risk under the model.
    pub risk: f32,
    /// Raw score under the model.
    pub score: f32,
    /// Label, where there is one.
    pub label: Option<String>,
    /// Hash of its features, as hexadecimal digits.
    pub hash: String,
    /// Rows with the same features, itself included; set by the coordinator.
    pub n_copies: u64,
    /// The cells as they stand in the file.
    pub cells: Vec<String>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// One label's rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelResult {
    /// The label.
    pub name: String,
    /// Whether it means normal.
    pub is_normal: bool,
    /// Rows with it.
    pub n_rows: u64,
    /// Per model: pairs of risk step (tenths) and rows, rising.
    pub risks: Vec<Vec<(u16, u32)>>,
}

impl LabelResult {
    /// Rows at or above a threshold under a model.
    pub fn n_found(&self, model: usize, threshold: f32) -> u64 {
        let step = models::risk_histogram::step(threshold) as u16;
        let steps = self.risks.get(model).map_or(&[][..], Vec::as_slice);
        steps
            .iter()
            .filter(|(risk, _)| *risk >= step)
            .map(|(_, n)| u64::from(*n))
            .sum()
    }
}
