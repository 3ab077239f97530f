//! What `make evaluate` writes to `models/evaluation.json`: every figure that the project states about its detectors.
//!
//! One [`EvaluationReport`] holds one [`ProtocolReport`] per protocol and view, with one [`ModelReport`] per model and baseline. Figures
//! are [`Spread`]s over the seeds. The page about the models, the README and the tests read this file and nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::Confusion;

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationReport {
    /// Oddflow's version.
    pub version: String,
    /// Commit of the code, with `+` where it had been changed since; empty where unknown.
    pub commit: String,
    /// Seeds of splits and detectors.
    pub seeds: Vec<u64>,
    /// The files that were read.
    pub data: Vec<DataFile>,
    /// One per protocol and view, in the order in which they are shown.
    pub protocols: Vec<ProtocolReport>,
    /// K-fold cross-validation of the supervised detector; the honest grouping first.
    pub folds: Vec<FoldReport>,
    /// What the supervised detector looks at, one entry per view.
    pub importance: Vec<ImportanceReport>,
    /// The sequence model in true time order and in shuffled order.
    pub sequence: Vec<SequenceReport>,
}

/// A file of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its unpacked bytes.
    pub sha256: String,
    /// Number of rows.
    pub n_rows: usize,
    /// Number of rows that differ in some feature.
    pub n_distinct: usize,
}

/// Mean and spread of a figure over the seeds; in the file to seven decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Mean.
    #[serde(serialize_with = "to_seven_decimals")]
    pub mean: f64,
    /// Standard deviation, of the sample.
    #[serde(serialize_with = "to_seven_decimals")]
    pub sd: f64,
    /// Smallest value.
    #[serde(serialize_with = "to_seven_decimals")]
    pub min: f64,
    /// Largest value.
    #[serde(serialize_with = "to_seven_decimals")]
    pub max: f64,
    /// 95 % bootstrap interval of the first seed's value, over groups of equal test rows; `None` where it was not worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

/// One protocol with one view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolReport {
    /// As on the page: `P1`, `P0 plain split`, `P1-5 twins apart`, `P3 20 %`, ...
    pub name: String,
    /// `kdd41`, `kdd28` or `kdd5`.
    pub view: String,
    /// What is done, in one or two sentences.
    pub description: String,
    /// Why its figures look better than they are, where they do: such figures carry the label "leaks".
    pub leak: Option<String>,
    /// What to beware of.
    pub traps: Vec<String>,
    /// What the two classes are called, in the plural: those to be found are the second.
    pub classes: [String; 2],
    /// Test rows, mean over the seeds.
    pub n_test: f64,
    /// Those of the second class among them.
    pub n_attacks: f64,
    /// The ensemble first, then detectors, hybrid, baselines.
    pub models: Vec<ModelReport>,
    /// Highest ROC AUC and F1 that any function of the features can reach on this test, as equal rows have different labels.
    pub oracle: BTreeMap<String, Spread>,
    /// What others reached, and our targets.
    pub references: Vec<Reference>,
    /// Places of the first seed's test rows on the map.
    pub map: Option<MapGrid>,
}

/// Where a reference figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceSource {
    /// The documents that Oddflow carries on, or the literature.
    Published,
    /// scikit-learn, PyTorch or LightGBM with ordinary settings on the same files.
    Python,
    /// What we set out to reach.
    Target,
}

/// A figure to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Whose figure it is.
    pub source: ReferenceSource,
    /// Its model in words, such as "LightGBM"; for targets the name of our model that it is set for.
    pub model: String,
    /// Name of the figure as in [`ModelReport::figures`].
    pub figure: String,
    /// Its value; for targets the least that is wanted (of a false-alarm rate the most).
    pub value: f64,
    /// Of a target: what was tried to reach it and why it was not, where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<String>,
}

/// One model under one protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelReport {
    /// `ensemble`, `hybrid`, a detector's name, or a baseline's: `all_attack`, `histogram`, `plain_isolation_forest`.
    pub name: String,
    /// For people.
    pub title: String,
    /// Tells whether it is there to be beaten.
    pub is_baseline: bool,
    /// By name: `roc_auc average_precision accuracy balanced_accuracy mcc precision recall f1 false_alarm_rate macro_recall` at risk 50 (calibrated
    /// 1 %), `best_f1` in hindsight, `f1_at_ratio` at the true share of attacks, and `recall_at_0.1_percent`, `false_alarm_rate_at_0.1_percent`
    /// and the same with `_at_5_percent` and `_at_10_percent` at other calibrated rates.
    pub figures: BTreeMap<String, Spread>,
    /// Counts at risk 50, first seed.
    pub confusion: Confusion,
    /// Recall at risk 50 per attack type, most frequent first.
    pub recall_by_attack: Vec<AttackRow>,
    /// x = false-alarm rate (0..1, finer near 0), y = recall; mean and range over the seeds.
    pub roc: Vec<BandPoint>,
    /// x = recall, y = precision.
    pub precision_recall: Vec<BandPoint>,
    /// x = risk as threshold 0..=100, y = F1.
    pub threshold_f1: Vec<BandPoint>,
    /// x = nominal false-alarm rate, y = the rate that came out.
    pub calibration: Vec<BandPoint>,
    /// Shares of normal records and attacks by risk, steps of 2, all seeds together.
    pub risk_histogram: Histogram,
    /// The same by raw score, first seed; for the autoencoder this is the reconstruction error.
    pub score_histogram: Histogram,
}

/// Recall of one attack type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackRow {
    /// The type.
    pub attack: String,
    /// Its family: `dos`, `probe`, `r2l`, `u2r`, `other`.
    pub family: String,
    /// Tells whether the training data have it, in whatever split.
    pub is_known: bool,
    /// Test rows, mean over the seeds in whose test it is.
    pub n: f64,
    /// Share found.
    pub recall: Spread,
}

/// A point of a curve over several seeds; in the file the four numbers in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BandPoint {
    /// Where.
    pub x: f32,
    /// Mean.
    pub mean: f32,
    /// Least.
    pub low: f32,
    /// Greatest.
    pub high: f32,
}

impl From<[f32; 4]> for BandPoint {
    fn from([x, mean, low, high]: [f32; 4]) -> Self {
        Self { x, mean, low, high }
    }
}

impl From<BandPoint> for [f32; 4] {
    fn from(point: BandPoint) -> Self {
        [point.x, point.mean, point.low, point.high]
    }
}

/// Shares of normal records and of attacks by score; each sums to 1, or is all 0 where there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    /// Ends of the bins, one more than there are bins.
    pub edges: Vec<f32>,
    /// Share of the normal records in each bin.
    pub normal: Vec<f32>,
    /// Share of the attacks in each bin.
    pub attack: Vec<f32>,
}

/// The map as counts on a grid; most cells are empty, and only the others are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapGrid {
    /// Cells along the first axis.
    pub n_columns: usize,
    /// Cells along the second axis.
    pub n_rows: usize,
    /// Ends of the first axis.
    pub x: [f32; 2],
    /// Ends of the second axis.
    pub y: [f32; 2],
    /// Share of the variance along each axis.
    pub explained: [f32; 2],
    /// Column, row from the bottom, distinct normal records and distinct attacks of each cell that has any, row by row.
    pub cells: Vec<[u32; 4]>,
}

/// K-fold cross-validation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldReport {
    /// The detector, for people.
    pub title: String,
    /// The view.
    pub view: String,
    /// Rows and grouping, in words.
    pub description: String,
    /// As in [`ProtocolReport::leak`].
    pub leak: Option<String>,
    /// Number of folds of each seed.
    pub n_folds: usize,
    /// `accuracy`, `f1`, `roc_auc`, `recall`, `precision`: one value per seed and fold.
    pub figures: BTreeMap<String, Vec<f64>>,
    /// The same from out-of-bag records of the first seed's fit on all rows; empty where rows have copies, which would be in the bag.
    pub out_of_bag: BTreeMap<String, f64>,
    /// What others reached, and our targets.
    pub references: Vec<Reference>,
}

/// What a supervised detector looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportanceReport {
    /// The view.
    pub view: String,
    /// Most important first.
    pub features: Vec<FeatureImportance>,
}

/// Importance of one feature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureImportance {
    /// Its name.
    pub feature: String,
    /// Share of the impurity that its splits take away.
    pub impurity: Spread,
    /// What ROC AUC on held-out rows loses when its values are shuffled.
    pub permutation: Spread,
}

/// A sequence model against its control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceReport {
    /// What was scored, in words: `LSTM, true order`, or of the order of a file `LSTM, order of the file`; or `runs of one label`.
    pub title: String,
    /// The records, in words.
    pub description: String,
    /// As in [`ProtocolReport::leak`].
    pub leak: Option<String>,
    /// Number of seeds.
    pub n_seeds: usize,
    /// `roc_auc`; `recall` and `false_alarm_rate` at calibrated 1 %. Of `runs of one label`: `label_runs`, and how many records they are,
    /// `n_records`.
    pub figures: BTreeMap<String, Spread>,
}

impl EvaluationReport {
    /// The report of a protocol.
    pub fn protocol(&self, name: &str) -> Option<&ProtocolReport> {
        self.protocols.iter().find(|protocol| protocol.name == name)
    }
}

impl ProtocolReport {
    /// A model or baseline by name.
    pub fn model(&self, name: &str) -> Option<&ModelReport> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl Reference {
    /// Tells whether the mean reaches the value; a false-alarm rate must not exceed it.
    pub fn is_met_by(&self, figure: &Spread) -> bool {
        if self.figure.starts_with("false_alarm_rate") {
            figure.mean <= self.value
        } else {
            figure.mean >= self.value
        }
    }
}

impl Spread {
    /// Of some values; all 0 of none.
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f64>()
            / (n - 1.0).max(1.0);
        Self {
            mean,
            sd: libm::sqrt(variance),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            interval: None,
        }
    }
}

fn to_seven_decimals<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1e7).round() / 1e7)
}
