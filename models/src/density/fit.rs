//! Fits bins, pairs and tables on normal records.

use super::bins::Bins;
use super::tree::{BinnedColumn, chow_liu_parents, count_pairs, is_countable};
use super::{Density, DensityParams, DensityStructure, STEPS_PER_NAT, Surprise, Table};
use crate::preprocess::{N_LANES, Preprocess};
use crate::record::{Column, RecordBatch, UNSEEN};
use crate::schema::Feature;

/// Rows that are added to a feature's histogram, spread evenly over its bins: less than one bin's share of the rarest value.
const PRIOR_ROWS: f64 = 1.0;
/// Densities this near each other are equal: those of two bins with the same counts, however rounded.
const EQUAL_DENSITY: f64 = 1.0 + 1e-9;

impl Density {
    /// Fits on the given normal rows of `batch`, distinct ones, whose codes are those of `preprocess`.
    ///
    /// A column that is constant among them is kept: any other value of it is a surprise.
    ///
    /// # Errors
    /// A sentence where there is no row, where the batch is of another view, or where a parameter is out of range.
    pub fn fit(
        batch: &RecordBatch,
        preprocess: &Preprocess,
        rows: &[usize],
        params: &DensityParams,
    ) -> Result<Self, String> {
        params.validate()?;
        let view = preprocess.view();
        if batch.view() != view {
            return Err(format!(
                "density: expected records of view {}, found {}",
                view.name(),
                batch.view().name()
            ));
        }
        if rows.is_empty() {
            return Err("density: expected at least 1 normal record to fit, found 0".into());
        }
        let mut vocabularies = preprocess.vocabularies().iter();
        let (mut bins, mut columns) = (Vec::new(), Vec::new());
        for (feature, column) in view.features().zip(batch.columns()) {
            let values = values_of(column, rows);
            let fitted = match column {
                Column::Numeric(_) => {
                    let mut sorted = values.clone();
                    sorted.sort_unstable_by(f32::total_cmp);
                    Bins::of_numbers(feature, &sorted, params)
                }
                Column::Category(_) => Bins::Category {
                    n_values: vocabularies.next().map_or(0, |values| values.len()),
                },
            };
            columns.push(binned(&fitted, &values));
            bins.push(fitted);
        }
        let features: Vec<&Feature> = view.features().collect();
        let tables = edges(params.structure, &columns)
            .into_iter()
            .map(|(feature, parent)| {
                let widths = bins[feature].widths(features[feature]);
                table(&columns, feature, parent, &widths, params)
            })
            .collect();
        Ok(Self { bins, tables })
    }
}

/// The rows' numbers, or codes as numbers, as in an encoded block.
fn values_of(column: &Column, rows: &[usize]) -> Vec<f32> {
    match column {
        Column::Numeric(values) => rows.iter().map(|&row| values[row]).collect(),
        Column::Category(codes) => rows
            .iter()
            .map(|&row| match codes[row] {
                UNSEEN => -1.0,
                code => code as f32,
            })
            .collect(),
    }
}

fn binned(bins: &Bins, values: &[f32]) -> BinnedColumn {
    let mut indices = Vec::with_capacity(values.len());
    for chunk in values.chunks(N_LANES) {
        let lanes = std::array::from_fn(|lane| chunk[lane.min(chunk.len() - 1)]);
        indices.extend_from_slice(&bins.indices(&lanes)[..chunk.len()]);
    }
    BinnedColumn {
        indices,
        n_bins: bins.len(),
    }
}

/// The tables to fill: a feature and its parent.
fn edges(structure: DensityStructure, columns: &[BinnedColumn]) -> Vec<(usize, Option<usize>)> {
    let n = columns.len();
    match structure {
        DensityStructure::Marginals => (0..n).map(|feature| (feature, None)).collect(),
        DensityStructure::ChowLiu => chow_liu_parents(columns).into_iter().enumerate().collect(),
        DensityStructure::Pairs => (0..n)
            .flat_map(|feature| {
                let is_other = |&parent: &usize| {
                    parent != feature && is_countable(&columns[parent], &columns[feature])
                };
                let parents: Vec<_> = (0..n).filter(is_other).map(Some).collect();
                let parents = if parents.is_empty() {
                    vec![None]
                } else {
                    parents
                };
                parents.into_iter().map(move |parent| (feature, parent))
            })
            .collect(),
    }
}

fn table(
    columns: &[BinnedColumn],
    feature: usize,
    parent: Option<usize>,
    widths: &[f64],
    params: &DensityParams,
) -> Table {
    let column = &columns[feature];
    let n_bins = column.n_bins;
    let alone = BinnedColumn {
        indices: vec![0; column.indices.len()],
        n_bins: 1,
    };
    let even = vec![1.0 / n_bins as f64; n_bins];
    let histogram = shares(&count_pairs(&alone, column), &even, PRIOR_ROWS);
    let shares = match parent {
        None => histogram,
        Some(parent) => count_pairs(&columns[parent], column)
            .chunks_exact(n_bins)
            .flat_map(|counts| shares(counts, &histogram, params.back_off_rows))
            .collect(),
    };
    let steps = shares
        .chunks_exact(n_bins)
        .flat_map(|shares| match params.surprise {
            Surprise::Probability => shares.to_vec(),
            Surprise::Tail => tails(shares, widths),
        })
        .map(|share| {
            let beyond = -libm::log(share) - f64::from(params.allowance);
            // Rounded down to nothing and cut at 256 nats by the cast.
            (beyond * f64::from(STEPS_PER_NAT) + 0.5) as u16
        })
        .collect();
    Table {
        feature,
        parent,
        n_bins,
        steps,
    }
}

/// Share of each bin where `prior` counts for `prior_rows` rows.
fn shares(counts: &[u32], prior: &[f64], prior_rows: f64) -> Vec<f64> {
    let total = f64::from(counts.iter().sum::<u32>()) + prior_rows;
    counts
        .iter()
        .zip(prior)
        .map(|(&count, prior)| (f64::from(count) + prior_rows * prior) / total)
        .collect()
}

/// Of each bin the share of all bins that are at most as dense, itself included.
fn tails(shares: &[f64], widths: &[f64]) -> Vec<f64> {
    let density: Vec<f64> = shares.iter().zip(widths).map(|(p, w)| p / w).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| density[a].total_cmp(&density[b]));
    let mut tails = vec![0.0; shares.len()];
    let mut below = 0.0;
    for equal in order.chunk_by(|&a, &b| density[b] <= density[a] * EQUAL_DENSITY) {
        below += equal.iter().map(|&bin| shares[bin]).sum::<f64>();
        for &bin in equal {
            tails[bin] = below.min(1.0);
        }
    }
    tails
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_hold_all_bins_at_most_as_dense() {
        let tails = tails(&[0.5, 0.1, 0.3, 0.1], &[1.0; 4]);
        for (found, expected) in tails.iter().zip([1.0, 0.2, 0.5, 0.2]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn a_wide_bin_is_less_dense_than_a_narrow_one_of_the_same_share() {
        let tails = tails(&[0.5, 0.5], &[4.0, 1.0]);
        assert_eq!(tails, [0.5, 1.0]);
    }

    #[test]
    fn shares_back_off_to_the_prior() {
        assert_eq!(shares(&[0, 0], &[0.75, 0.25], 3.0), [0.75, 0.25]);
        assert_eq!(shares(&[2, 0], &[0.5, 0.5], 2.0), [0.75, 0.25]);
    }
}
