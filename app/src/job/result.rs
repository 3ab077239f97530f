//! A scored file: all that the page shows of it, small enough to keep.

use analysis::distribution::Cut;
use models::evaluation::Operating;
use models::schema::FeatureKind;
use serde::{Deserialize, Serialize};

use super::question::Selected;

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
    pub models: Vec<ModelName>,
    /// Whether rows have labels.
    pub has_labels: bool,
    /// Labels of both kinds, so that curves can be drawn.
    pub has_both_labels: bool,
    /// The features, in the view's order.
    pub features: Vec<FeatureFacts>,
    /// Share of the training rows' variance along each axis of the map.
    pub explained: [f32; 2],
    /// SHA-256 of the model file.
    pub model_hash: String,
    /// All rows under the ensemble.
    pub selected: Selected,
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

/// A model whose scores the file has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelName {
    /// `ensemble` or a detector's name.
    pub name: String,
    /// For people.
    pub title: String,
}

/// A feature of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureFacts {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub kind: FeatureKind,
    /// What it means, without a full stop.
    pub meaning: String,
    /// How it is cut into bins.
    pub cut: Cut,
    /// Rows of the file per bin.
    pub all: Vec<u32>,
    /// What it weighs on both axes of the map, −1..1.
    pub loadings: [f32; 2],
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
