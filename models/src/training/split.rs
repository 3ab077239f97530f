//! Which rows are used for what: groups of equal rows are never torn apart.

use std::collections::{HashMap, HashSet};

use super::TrainingParams;
use crate::evaluation::is_normal_label;
use crate::random::Random;
use crate::record::{RecordBatch, Vocabulary};
use crate::schema::View;

/// The rows of a labelled file.
#[derive(Clone, Debug)]
pub struct LabelledRecords {
    /// Their features.
    pub batch: RecordBatch,
    /// What the batch's category codes mean, one entry per categorical column.
    pub vocabularies: Vec<Vocabulary>,
    /// One index into `label_names` per row.
    pub labels: Vec<u32>,
    /// The labels, as the file names them without the closing dot.
    pub label_names: Vec<String>,
}

/// Which rows are used for what. Of [`LabelledRecords::split`] no group of equal rows is both in the test and outside it, and none of normal
/// rows in two parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// Normal rows for fitting.
    pub fit: Vec<usize>,
    /// Normal rows for early stopping.
    pub validation: Vec<usize>,
    /// Normal rows for calibration.
    pub calibration: Vec<usize>,
    /// Attacks that supervised detectors are fitted on; the others never see them.
    pub attacks: Vec<usize>,
    /// All rows of the test groups.
    pub test: Vec<usize>,
    /// One row of each distinct pair of features (all that the file has) and label among them.
    pub test_distinct: Vec<usize>,
}

impl Split {
    /// The part that a normal row outside the test belongs to, given a number drawn evenly from 0..1.
    pub fn normal_part(&mut self, params: &TrainingParams, drawn: f64) -> &mut Vec<usize> {
        if drawn < params.calibration_share {
            &mut self.calibration
        } else if drawn < params.calibration_share + params.validation_share {
            &mut self.validation
        } else {
            &mut self.fit
        }
    }
}

impl LabelledRecords {
    /// For every row the index of its group of rows that are equal in all features of the file, and the number of groups.
    pub fn groups(&self) -> (Vec<usize>, usize) {
        groups_of(&self.batch)
    }

    /// The same of rows that are equal in the features of a view; in those of the file where it has not got all of them.
    pub fn groups_in(&self, view: View) -> (Vec<usize>, usize) {
        let batch = self.batch.project(view);
        groups_of(batch.as_ref().unwrap_or(&self.batch))
    }

    /// Number of distinct rows, labels not counted.
    pub fn n_distinct(&self) -> usize {
        self.groups().1
    }

    /// For every row whether its label says normal.
    pub fn is_normal(&self) -> Vec<bool> {
        let is_normal: Vec<bool> = self
            .label_names
            .iter()
            .map(|label| is_normal_label(label))
            .collect();
        self.labels
            .iter()
            .map(|&label| is_normal.get(label as usize).copied().unwrap_or(false))
            .collect()
    }

    /// Splits by groups of rows that are equal in the features of a view.
    ///
    /// Models are trained on a split by all features of the file. One by the features of a narrow view keeps apart what a model of it cannot
    /// tell apart, but a value that much of the traffic has is then known or new as a whole, and calibration suffers.
    pub fn split(&self, view: View, params: &TrainingParams) -> Split {
        let (groups, n_groups) = self.groups_in(view);
        let (file_groups, _) = self.groups();
        let mut random = Random::new(params.seed, 1 << 32);
        let places: Vec<f64> = (0..n_groups).map(|_| random.uniform()).collect();
        let inner: Vec<f64> = (0..n_groups).map(|_| random.uniform()).collect();
        let is_normal = self.is_normal();
        let mut split = Split::default();
        let mut seen = HashSet::new();
        for (row, &group) in groups.iter().enumerate() {
            if places[group] < params.test_share {
                split.test.push(row);
                if seen.insert((file_groups[row], self.labels[row])) {
                    split.test_distinct.push(row);
                }
            } else if !is_normal[row] {
                split.attacks.push(row);
            } else {
                split.normal_part(params, inner[group]).push(row);
            }
        }
        split
    }
}

/// The first row of every distinct one among some, and how often it is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DistinctRows {
    /// Rows, in the order of the file.
    pub rows: Vec<usize>,
    /// Copies of each, itself included.
    pub copies: Vec<u32>,
}

impl DistinctRows {
    /// Finds them: floods of copies must not own a fit.
    pub fn of(batch: &RecordBatch, rows: &[usize]) -> Self {
        let mut index_of: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut distinct = Self::default();
        for &row in rows {
            let next = distinct.rows.len();
            let index = *index_of.entry(key(batch, row)).or_insert(next);
            if index == next {
                distinct.rows.push(row);
                distinct.copies.push(0);
            }
            distinct.copies[index] += 1;
        }
        distinct
    }
}

fn groups_of(batch: &RecordBatch) -> (Vec<usize>, usize) {
    let mut index_of: HashMap<Vec<u32>, usize> = HashMap::new();
    let groups = (0..batch.n_rows())
        .map(|row| {
            let next = index_of.len();
            *index_of.entry(key(batch, row)).or_insert(next)
        })
        .collect();
    (groups, index_of.len())
}

fn key(batch: &RecordBatch, row: usize) -> Vec<u32> {
    batch
        .columns()
        .iter()
        .map(|column| column.bits(row))
        .collect()
}
