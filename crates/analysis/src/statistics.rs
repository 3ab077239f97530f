//! A labelled table told in statistics: everything that a page can show of it without having its rows.
//!
//! In: a [`ScoredTable`] with labels and the model that scored it. Out: [`TableStatistics`], which hold no row. The training data must not be
//! given away with the program, but what it is made of decides what the models know, so it has to be seen. Everything is worked out by
//! the same code as the answers about a file on the screen.
//!
//! All of it twice ([`RowStatistics`]): over all rows, and over distinct ones, since floods of copies drown the rest.

use std::collections::HashSet;

use models::schema::FeatureKind;
use models::trained_model::TrainedModel;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::correlation::{Correlation, correlate};
use crate::distribution::{Cut, CutFeature, Distribution};
use crate::filter::family;
use crate::row_set::RowSet;
use crate::selection;
use crate::separation::separation;
use crate::summary::{ValueSummary, summarise};
use crate::table::ScoredTable;

/// The model whose verdicts are counted: the ensemble.
const MODEL: usize = 0;

/// Words of a category that are told one by one: all of any data set that we know of. A file on the screen has fewer, for speed.
const MAX_WORDS: usize = 200;

/// What is told of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStatistics {
    /// Its name.
    pub name: String,
    /// SHA-256 of its unpacked bytes.
    pub sha256: String,
    /// The model that scored it.
    pub model: String,
    /// SHA-256 of that model's file.
    pub model_sha256: String,
    /// Its rows in numbers.
    pub table: TableStatistics,
}

/// What is told of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableStatistics {
    /// Rows that differ in a feature.
    pub n_distinct: u64,
    /// Those of them that occur with more than one label.
    pub n_conflicting: u64,
    /// Risk at and above which the ensemble calls a row an anomaly.
    pub threshold: f32,
    /// Per label, most frequent first.
    pub labels: Vec<LabelStatistics>,
    /// The features, in the view's order.
    pub features: Vec<FeatureFacts>,
    /// Share of the variance along both axes of the map, 0..1.
    pub explained: [f32; 2],
    /// Over all rows.
    pub all: RowStatistics,
    /// Over rows that differ in a feature or in the label, each once.
    pub distinct: RowStatistics,
}

/// The rows of a label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelStatistics {
    /// The label.
    pub name: String,
    /// normal, dos, probe, r2l, u2r, other.
    pub family: String,
    /// Whether it means an attack.
    pub is_attack: bool,
    /// Rows.
    pub n_rows: u64,
    /// Distinct rows.
    pub n_distinct: u64,
}

/// What a feature is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureFacts {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub kind: FeatureKind,
    /// What it means.
    pub meaning: String,
    /// Its bins, of numbers those of a file on the screen.
    pub cut: Cut,
    /// What it weighs on both axes of the map, −1..1.
    pub loadings: [f32; 2],
}

/// What is told of some rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowStatistics {
    /// Rows.
    pub n_rows: u64,
    /// Labelled normal, labelled as attacks.
    pub by_label: [u64; 2],
    /// Below the threshold, at or above it.
    pub by_verdict: [u64; 2],
    /// The features, in the view's order.
    pub features: Vec<FeatureStatistics>,
    /// Spearman's rank correlations of the numeric features.
    pub correlation: Correlation,
}

/// The values of a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureStatistics {
    /// Distinct values.
    pub n_distinct: u64,
    /// Its values in a few numbers.
    pub values: Option<ValueSummary>,
    /// Normal rows and attacks, per bin.
    pub by_label: [Vec<u64>; 2],
    /// Rows below the threshold and at or above it, per bin.
    pub by_verdict: [Vec<u64>; 2],
    /// How far the feature by itself tells normal rows and attacks apart, 0..1; see [`separation`].
    pub label_separation: Option<f64>,
    /// The same of both verdicts.
    pub verdict_separation: Option<f64>,
}

impl TableStatistics {
    /// Of a table whose labels are known; `None` without labels.
    pub fn of(table: &mut ScoredTable, model: &TrainedModel, threshold: f32) -> Option<Self> {
        let Some(Column::Texts(labels)) = &table.labels else {
            return None;
        };
        let mut seen = HashSet::new();
        let distinct = RowSet::of(table.n_rows(), |row| {
            seen.insert((table.groups[row], labels.codes.get(row)))
        });
        let n_distinct = table.n_groups() as u64;
        let all = RowSet::all(table.n_rows());
        let cuts: Vec<CutFeature> = (0..table.features.len())
            .filter_map(|feature| CutFeature::with_words(table, feature, MAX_WORDS))
            .collect();
        Some(Self {
            n_distinct,
            n_conflicting: n_conflicting(table, &distinct),
            threshold,
            labels: label_statistics(table, &distinct),
            features: feature_facts(table, model, &cuts),
            explained: model.projection.explained,
            all: RowStatistics::of(table, &all, &cuts, threshold),
            distinct: RowStatistics::of(table, &distinct, &cuts, threshold),
        })
    }

    /// Rows.
    pub fn n_rows(&self) -> u64 {
        self.all.n_rows
    }
}

/// Groups of equal rows that are in the set more than once, which they are once per label.
fn n_conflicting(table: &ScoredTable, distinct: &RowSet) -> u64 {
    let mut n_labels = vec![0u32; table.n_groups()];
    distinct.for_each(|row| n_labels[table.groups[row] as usize] += 1);
    n_labels.into_iter().filter(|n| *n > 1).count() as u64
}

fn label_statistics(table: &mut ScoredTable, distinct: &RowSet) -> Vec<LabelStatistics> {
    let labels = selection::count(table, distinct, MODEL).labels.into_iter();
    labels
        .map(|label| LabelStatistics {
            family: family(&label.name).to_owned(),
            name: label.name,
            is_attack: label.is_attack,
            n_rows: label.n_all,
            n_distinct: label.n_rows,
        })
        .collect()
}

fn feature_facts(
    table: &ScoredTable,
    model: &TrainedModel,
    cuts: &[CutFeature],
) -> Vec<FeatureFacts> {
    let inputs = model.preprocess.network_inputs();
    let features = table.view.features().zip(cuts).enumerate();
    features
        .map(|(index, (feature, cut))| FeatureFacts {
            name: feature.name.to_owned(),
            kind: feature.kind,
            meaning: feature.meaning.to_owned(),
            cut: cut.cut.clone(),
            loadings: model.projection.loading(inputs, index),
        })
        .collect()
}

impl RowStatistics {
    fn of(table: &mut ScoredTable, rows: &RowSet, cuts: &[CutFeature], threshold: f32) -> Self {
        let counts = selection::count(table, rows, MODEL);
        let confusion = counts.risks.confusion_at(threshold);
        let n_anomalies = counts.risks.n_anomalies(threshold);
        let table = &*table;
        let n_attacks = confusion.true_positives + confusion.false_negatives;
        let is_attack = |row| table.is_attack(row).unwrap_or_default();
        let attacks = RowSet::of(table.n_rows(), is_attack).and(rows);
        let least = models::risk_histogram::step(threshold);
        let is_anomaly = |row: usize| usize::from(table.steps(MODEL)[row]) >= least;
        let anomalies = RowSet::of(table.n_rows(), is_anomaly).and(rows);
        let by_label = [rows.clone().and(&attacks.clone().complement()), attacks];
        let by_verdict = [rows.clone().and(&anomalies.clone().complement()), anomalies];
        let summaries = summarise(table, rows).into_iter().zip(cuts).enumerate();
        let features = summaries.map(|(index, (summary, cut))| {
            let distribution = Distribution::count(table, rows, MODEL, index, cut);
            let bins = 0..cut.cut.n_bins();
            let at = |bin: usize, truth: usize| {
                let n = distribution.by_truth.get(bin * 3 + truth);
                u64::from(n.copied().unwrap_or_default())
            };
            let found = |bin: usize| u64::from(distribution.n_at_or_above(bin, threshold));
            let column = &table.features[index];
            FeatureStatistics {
                n_distinct: summary.n_distinct,
                values: summary.values,
                by_label: [0, 1].map(|truth| bins.clone().map(|bin| at(bin, truth)).collect()),
                by_verdict: [
                    bins.clone()
                        .map(|bin| at(bin, 0) + at(bin, 1) - found(bin))
                        .collect(),
                    bins.clone().map(found).collect(),
                ],
                label_separation: separation(column, by_label.each_ref()),
                verdict_separation: separation(column, by_verdict.each_ref()),
            }
        });
        Self {
            n_rows: counts.n_rows,
            by_label: [counts.n_rows - n_attacks, n_attacks],
            by_verdict: [counts.n_rows - n_anomalies, n_anomalies],
            features: features.collect(),
            correlation: correlate(table, rows),
        }
    }
}
