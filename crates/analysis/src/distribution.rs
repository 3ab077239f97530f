//! How a feature is distributed in a selection, split by verdict at any threshold and by label.

use models::risk_histogram::{N_STEPS, Truth};
use serde::{Deserialize, Serialize};

use crate::bins::Bins;
use crate::column::{Column, with_codes};
use crate::row_set::RowSet;
use crate::selection::truth;
use crate::table::ScoredTable;

/// Values of a category that have a bin of their own; the last bin holds the rest.
const MAX_WORDS: usize = 40;

/// What the bins of a feature are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cut {
    /// Ranges of a number.
    Numbers(Bins),
    /// Words, most frequent in the file first; the last stands for `n_more` others where there are more.
    Words {
        /// One per bin.
        names: Vec<String>,
        /// Words that share the last bin.
        n_more: usize,
    },
}

impl Cut {
    /// Number of bins.
    pub fn n_bins(&self) -> usize {
        match self {
            Cut::Numbers(bins) => bins.len(),
            Cut::Words { names, .. } => names.len(),
        }
    }
}

/// A feature cut into bins.
#[derive(Clone, Debug, PartialEq)]
pub struct CutFeature {
    /// What the bins are.
    pub cut: Cut,
    /// Rows of the whole file, per bin.
    pub all: Vec<u32>,
    /// The bin of each code; empty for a column without codes.
    bin_of: Vec<u8>,
}

impl CutFeature {
    /// Cuts a feature of a table.
    pub fn new(table: &ScoredTable, feature: usize) -> Option<Self> {
        Self::with_words(table, feature, MAX_WORDS)
    }

    /// The same where up to so many words, 2 to 256, have a bin each.
    pub fn with_words(table: &ScoredTable, feature: usize, max_words: usize) -> Option<Self> {
        let max_words = max_words.clamp(2, 1 << u8::BITS);
        let column = table.features.get(feature)?;
        let kind = table.feature(feature)?.kind;
        let (cut, bin_of) = match column {
            Column::Numbers(coded) => {
                let bins = Bins::of(column, kind);
                let bin_of = coded.values.iter().map(|&value| bins.bin(value) as u8);
                let bin_of = bin_of.collect();
                (Cut::Numbers(bins), bin_of)
            }
            Column::Floats(_) => (Cut::Numbers(Bins::of(column, kind)), Vec::new()),
            Column::Texts(coded) => words(&coded.values, &counts_of(column), max_words),
        };
        let mut cut = Self {
            all: vec![0; cut.n_bins()],
            cut,
            bin_of,
        };
        let mut all = std::mem::take(&mut cut.all);
        cut.each_bin(column, &RowSet::all(column.len()), |_, bin| all[bin] += 1);
        cut.all = all;
        Some(cut)
    }

    #[inline]
    fn each_bin(&self, column: &Column, rows: &RowSet, mut each: impl FnMut(usize, usize)) {
        match column {
            Column::Numbers(coded) => with_codes!(&coded.codes, codes => {
                rows.for_each(|row| each(row, usize::from(self.bin_of[usize::from(codes[row])])));
            }),
            Column::Texts(coded) => with_codes!(&coded.codes, codes => {
                rows.for_each(|row| each(row, usize::from(self.bin_of[usize::from(codes[row])])));
            }),
            Column::Floats(values) => {
                if let Cut::Numbers(bins) = &self.cut {
                    rows.for_each(|row| each(row, bins.bin(values[row])));
                }
            }
        }
    }
}

/// The most frequent words, and the bin of every word.
fn words(values: &[String], counts: &[u32], max_words: usize) -> (Cut, Vec<u8>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
    let n_own = if values.len() > max_words {
        max_words - 1
    } else {
        values.len()
    };
    let mut bin_of = vec![n_own as u8; values.len()];
    let mut names: Vec<String> = Vec::new();
    for (bin, &word) in order.iter().take(n_own).enumerate() {
        bin_of[word] = bin as u8;
        names.push(values[word].clone());
    }
    let n_more = values.len() - n_own;
    if n_more > 0 {
        names.push(format!("{n_more} more"));
    }
    (Cut::Words { names, n_more }, bin_of)
}

/// Rows per code in the whole file.
fn counts_of(column: &Column) -> Vec<u32> {
    value_counts(column, &RowSet::all(column.len())).unwrap_or_default()
}

/// Selected rows per code; `None` of a column without codes.
pub fn value_counts(column: &Column, rows: &RowSet) -> Option<Vec<u32>> {
    let (codes, n_values) = match column {
        Column::Numbers(coded) => (&coded.codes, coded.values.len()),
        Column::Texts(coded) => (&coded.codes, coded.values.len()),
        Column::Floats(_) => return None,
    };
    let mut counts = vec![0; n_values];
    with_codes!(codes, codes => rows.for_each(|row| counts[usize::from(codes[row])] += 1));
    Some(counts)
}

/// Counts of a selection per bin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Bins × steps of risk: selected rows of the bin at or above the step.
    pub at_or_above: Vec<u32>,
    /// Bins × 3: selected rows labelled normal, labelled as an attack, and without a label.
    pub by_truth: Vec<u32>,
}

impl Distribution {
    /// Numbers that [`Distribution::write`] writes per bin.
    pub const N_PER_BIN: usize = N_STEPS + 3;

    /// Counts a selection under a model, whose steps must be prepared.
    pub fn count(
        table: &ScoredTable,
        rows: &RowSet,
        model: usize,
        feature: usize,
        cut: &CutFeature,
    ) -> Self {
        let n_bins = cut.cut.n_bins();
        let mut counted = Self {
            at_or_above: vec![0; n_bins * N_STEPS],
            by_truth: vec![0; n_bins * 3],
        };
        let Some(column) = table.features.get(feature) else {
            return counted;
        };
        let steps = table.steps(model);
        let has_labels = table.labels.is_some();
        cut.each_bin(column, rows, |row, bin| {
            counted.at_or_above[bin * N_STEPS + usize::from(steps[row])] += 1;
            if has_labels {
                let kind = match truth(table, row) {
                    Truth::Normal => 0,
                    Truth::Attack => 1,
                    Truth::Unknown => 2,
                };
                counted.by_truth[bin * 3 + kind] += 1;
            }
        });
        for (bin, of_bin) in counted.at_or_above.chunks_exact_mut(N_STEPS).enumerate() {
            for step in (0..N_STEPS - 1).rev() {
                of_bin[step] += of_bin[step + 1];
            }
            if !has_labels {
                counted.by_truth[bin * 3 + 2] = of_bin[0];
            }
        }
        counted
    }

    /// Selected rows of a bin at or above a threshold of risk.
    pub fn n_at_or_above(&self, bin: usize, threshold: f32) -> u32 {
        let step = models::risk_histogram::step(threshold);
        let index = bin * N_STEPS + step;
        self.at_or_above.get(index).copied().unwrap_or_default()
    }

    /// Appends both tables, as little-endian words.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let words = self.at_or_above.iter().chain(&self.by_truth);
        bytes.extend(words.flat_map(|n| n.to_le_bytes()));
    }

    /// Takes what [`Distribution::write`] wrote for so many bins off the front of a buffer; `None` where that is too short.
    pub fn read(bytes: &mut &[u8], n_bins: usize) -> Option<Self> {
        let mut take = |n: usize| {
            let (head, rest) = bytes.split_at_checked(4 * n)?;
            *bytes = rest;
            let words = head.as_chunks().0.iter();
            Some(words.map(|word| u32::from_le_bytes(*word)).collect())
        };
        Some(Self {
            at_or_above: take(n_bins * N_STEPS)?,
            by_truth: take(n_bins * 3)?,
        })
    }
}
