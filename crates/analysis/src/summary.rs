//! A column of a selection in a few numbers.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::distribution::value_counts;
use crate::order::by_number;
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// One feature of a selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureSummary {
    /// Its name.
    pub name: String,
    /// Distinct values.
    pub n_distinct: u64,
    /// What there is to say of its values; `None` without rows.
    pub values: Option<ValueSummary>,
}

/// Values in a few numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ValueSummary {
    /// Of numbers.
    Numbers {
        /// Least, 5 %, 25 %, median, 75 %, 95 %, greatest: each the least value that at least such a share is at or below.
        quantiles: [f32; 7],
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
        /// Share of zeros, 0..1.
        zeros: f64,
    },
    /// Of words: the commonest and their shares, 0..1, at most three.
    Words(Vec<(String, f64)>),
}

/// Shares at which numbers are given.
pub const QUANTILES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// Summarises every feature of a selection.
pub fn summarise(table: &ScoredTable, rows: &RowSet) -> Vec<FeatureSummary> {
    let names = table.view.features().map(|feature| feature.name);
    let columns = names.zip(&table.features);
    columns
        .map(|(name, column)| {
            let (n_distinct, values) = summarise_column(column, rows);
            FeatureSummary {
                name: name.to_owned(),
                n_distinct,
                values,
            }
        })
        .collect()
}

fn summarise_column(column: &Column, rows: &RowSet) -> (u64, Option<ValueSummary>) {
    match column {
        Column::Numbers(coded) => {
            let counts = value_counts(column, rows).unwrap_or_default();
            let pairs = coded.values.iter().copied().zip(counts);
            summarise_numbers(&pairs.filter(|(_, n)| *n > 0).collect::<Vec<_>>())
        }
        Column::Floats(values) => {
            let selected: Vec<u32> = rows.iter().map(|row| row as u32).collect();
            let sorted = by_number(selected, |row| values[row as usize], false);
            let mut pairs: Vec<(f32, u32)> = Vec::new();
            for row in sorted {
                let value = values[row as usize];
                match pairs.last_mut() {
                    Some((last, n)) if *last == value => *n += 1,
                    _ => pairs.push((value, 1)),
                }
            }
            summarise_numbers(&pairs)
        }
        Column::Texts(coded) => {
            let counts = value_counts(column, rows).unwrap_or_default();
            let mut pairs: Vec<(&String, u32)> = coded
                .values
                .iter()
                .zip(counts)
                .filter(|(_, n)| *n > 0)
                .collect();
            let n_distinct = pairs.len() as u64;
            pairs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let n: f64 = pairs.iter().map(|(_, n)| f64::from(*n)).sum();
            let commonest = pairs.iter().take(3);
            let commonest = commonest.map(|(name, of)| ((*name).clone(), f64::from(*of) / n));
            let words = ValueSummary::Words(commonest.collect());
            (n_distinct, (n > 0.0).then_some(words))
        }
    }
}

/// Of rising values with their numbers of rows.
fn summarise_numbers(pairs: &[(f32, u32)]) -> (u64, Option<ValueSummary>) {
    let n: u64 = pairs.iter().map(|(_, n)| u64::from(*n)).sum();
    if n == 0 {
        return (0, None);
    }
    let weighted = |value: &dyn Fn(f32) -> f64| {
        let sum: f64 = pairs.iter().map(|&(v, n)| value(v) * f64::from(n)).sum();
        sum / n as f64
    };
    let mean = weighted(&f64::from);
    let variance = weighted(&|value| (f64::from(value) - mean) * (f64::from(value) - mean));
    let mut quantiles = [0.0; 7];
    let (mut so_far, mut rest) = (0u64, pairs.iter());
    let mut current = rest.next();
    for (quantile, share) in quantiles.iter_mut().zip(QUANTILES) {
        let wanted = (share * n as f64).ceil().max(1.0) as u64;
        while let Some((value, of)) = current {
            if so_far + u64::from(*of) >= wanted {
                *quantile = *value;
                break;
            }
            so_far += u64::from(*of);
            current = rest.next();
        }
    }
    let values = ValueSummary::Numbers {
        quantiles,
        mean,
        sd: libm::sqrt(variance),
        zeros: weighted(&|value| f64::from(u8::from(value == 0.0))),
    };
    (pairs.len() as u64, Some(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::NumberBuilder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_the_sorted_values(values in prop::collection::vec(0u8..30, 1..200), skip in 1usize..4) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let rows = RowSet::of(values.len(), |row| row % skip == 0);
            let mut selected: Vec<f32> = rows.iter().map(|row| values[row]).collect();
            selected.sort_by(f32::total_cmp);
            let mut builder = NumberBuilder::default();
            builder.extend(values.iter().copied());
            let coded = summarise_column(&builder.finish(), &rows);
            prop_assert_eq!(&coded, &summarise_column(&Column::Floats(values), &rows));
            let Some(ValueSummary::Numbers { quantiles, mean, zeros, .. }) = coded.1 else {
                return Err(TestCaseError::fail("numbers"));
            };
            let n = selected.len();
            for (quantile, share) in quantiles.iter().zip(QUANTILES) {
                let index = ((share * n as f64).ceil() as usize).max(1) - 1;
                prop_assert_eq!(*quantile, selected[index]);
            }
            let sum: f64 = selected.iter().map(|&value| f64::from(value)).sum();
            prop_assert!((mean - sum / n as f64).abs() < 1e-9);
            let n_zeros = selected.iter().filter(|value| **value == 0.0).count();
            prop_assert!((zeros - n_zeros as f64 / n as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_is_said_of_no_rows() {
        let rows = RowSet::none(2);
        assert_eq!(
            summarise_column(&Column::Floats(vec![1.0, 2.0]), &rows),
            (0, None)
        );
    }
}
