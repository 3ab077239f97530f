//! How features go together: Spearman's rank correlation of every pair, over a selection.
//!
//! Ranks instead of values, since bytes and counts spread over many orders of magnitude and a single transfer would decide Pearson's.
//! Equal values share the mean of their ranks (Spearman, 1904; Kendall's treatment of ties). Rows with the same features are read once,
//! with their number as a weight, which is the same and quicker.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::distribution::value_counts;
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// Correlations of the numeric features.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// The features.
    pub names: Vec<String>,
    /// Features × features, −1..1; `None` where one of them is constant in the selection.
    pub values: Vec<Option<f32>>,
}

/// Rows that are multiplied at a time.
const BLOCK: usize = 256;

/// Correlates the numeric features of a selection.
pub fn correlate(table: &ScoredTable, rows: &RowSet) -> Correlation {
    let features: Vec<(usize, &'static str)> = table
        .view
        .features()
        .enumerate()
        .filter(|(index, _)| !matches!(table.features.get(*index), Some(Column::Texts(_)) | None))
        .map(|(index, feature)| (index, feature.name))
        .collect();
    let mut weights = vec![0u32; table.n_groups()];
    rows.for_each(|row| weights[table.groups[row] as usize] += 1);
    let ranks: Vec<Option<Ranks>> = features
        .iter()
        .map(|(index, _)| Ranks::of(&table.features[*index], rows))
        .collect();
    let varying: Vec<(usize, &Ranks)> = ranks
        .iter()
        .enumerate()
        .filter_map(|(index, ranks)| Some((index, ranks.as_ref()?)))
        .collect();

    let n = varying.len();
    let mut sums = vec![0.0f64; n * n];
    let mut block = vec![0.0f32; n * BLOCK];
    let groups: Vec<usize> = (0..table.n_groups())
        .filter(|&group| weights[group] > 0)
        .collect();
    for part in groups.chunks(BLOCK) {
        for (lane, &group) in part.iter().enumerate() {
            let row = table.first_rows[group] as usize;
            let root = libm::sqrtf(weights[group] as f32);
            for (column, (_, ranks)) in varying.iter().enumerate() {
                block[column * BLOCK + lane] = root * ranks.at(row);
            }
        }
        for column in 0..n {
            block[column * BLOCK + part.len()..(column + 1) * BLOCK].fill(0.0);
        }
        for i in 0..n {
            let left = &block[i * BLOCK..(i + 1) * BLOCK];
            for j in i..n {
                sums[i * n + j] += dot(left, &block[j * BLOCK..(j + 1) * BLOCK]);
            }
        }
    }

    let width = features.len();
    let mut values = vec![None; width * width];
    for (i, (row, _)) in varying.iter().enumerate() {
        for (j, (column, _)) in varying.iter().enumerate().skip(i) {
            let scale = libm::sqrt(sums[i * n + i] * sums[j * n + j]);
            let value = (sums[i * n + j] / scale).clamp(-1.0, 1.0) as f32;
            values[row * width + column] = Some(value);
            values[column * width + row] = Some(value);
        }
    }
    Correlation {
        names: features
            .iter()
            .map(|(_, name)| (*name).to_owned())
            .collect(),
        values,
    }
}

/// Sum of products, in lanes that the compiler turns into vectors.
fn dot(left: &[f32], right: &[f32]) -> f64 {
    let mut lanes = [0.0f32; 16];
    for (left, right) in left
        .as_chunks::<16>()
        .0
        .iter()
        .zip(right.as_chunks::<16>().0)
    {
        for lane in 0..16 {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    lanes.iter().map(|&sum| f64::from(sum)).sum()
}

/// Ranks of the values of a selection, around their mean, as shares of the rows.
enum Ranks<'a> {
    /// By code.
    Coded(&'a crate::column::Codes, Vec<f32>),
    /// By value: rising values and their ranks.
    Floats(&'a [f32], Vec<(f32, f32)>),
}

impl<'a> Ranks<'a> {
    /// `None` where all selected rows have the same value.
    fn of(column: &'a Column, rows: &RowSet) -> Option<Self> {
        match column {
            Column::Numbers(coded) => {
                let counts = value_counts(column, rows)?;
                let n_values = counts.iter().filter(|n| **n > 0).count();
                (n_values > 1).then(|| Self::Coded(&coded.codes, mid_ranks(&counts)))
            }
            Column::Floats(values) => {
                let mut sorted: Vec<f32> = rows.iter().map(|row| values[row]).collect();
                sorted.sort_unstable_by(f32::total_cmp);
                let runs: Vec<&[f32]> = sorted.chunk_by(|a, b| a == b).collect();
                let counts: Vec<u32> = runs.iter().map(|run| run.len() as u32).collect();
                let ranks = runs.iter().zip(mid_ranks(&counts));
                let ranks: Vec<_> = ranks.map(|(run, rank)| (run[0], rank)).collect();
                (ranks.len() > 1).then(|| Self::Floats(values, ranks))
            }
            Column::Texts(_) => None,
        }
    }

    fn at(&self, row: usize) -> f32 {
        match self {
            Self::Coded(codes, ranks) => ranks[codes.get(row)],
            Self::Floats(values, ranks) => {
                let index = ranks.partition_point(|(value, _)| *value < values[row]);
                ranks.get(index).map_or(0.0, |(_, rank)| *rank)
            }
        }
    }
}

/// The middle of each value's ranks, from −0.5 to 0.5.
fn mid_ranks(counts: &[u32]) -> Vec<f32> {
    let n: f64 = counts.iter().map(|&n| f64::from(n)).sum();
    let mut below = 0.0;
    counts
        .iter()
        .map(|&count| {
            let middle = below + f64::from(count) / 2.0;
            below += f64::from(count);
            (middle / n - 0.5) as f32
        })
        .collect()
}
