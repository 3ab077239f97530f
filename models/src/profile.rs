//! What is usual: how each feature is distributed among normal training records.
//!
//! In: the training rows. Out: quantiles and shares that explanations and form fields quote ("99.9 % of normal traffic has at most 40").

use serde::{Deserialize, Serialize};

use crate::record::{Column, RecordBatch, Vocabulary};

/// The quantiles kept of each numeric feature.
pub const QUANTILES: [f64; 13] = [
    0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0,
];
/// Positions in [`QUANTILES`] of the range called typical: 5 % to 95 %.
const TYPICAL: (usize, usize) = (3, 9);

/// The distribution of one feature among normal records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FeatureProfile {
    /// Values at [`QUANTILES`].
    Numeric {
        /// Ascending, one per quantile.
        quantiles: Vec<f32>,
    },
    /// Values and their shares, most frequent first.
    Category {
        /// Pairs of value and share, 0..1.
        shares: Vec<(String, f32)>,
    },
}

impl FeatureProfile {
    /// Measures one column of normal records.
    pub fn measure(column: &Column, vocabulary: Option<&Vocabulary>, rows: &[usize]) -> Self {
        match column {
            Column::Numeric(values) => {
                let mut sorted: Vec<f32> = rows.iter().map(|&row| values[row]).collect();
                sorted.sort_unstable_by(f32::total_cmp);
                let last = sorted.len().saturating_sub(1);
                let at = |q: f64| {
                    sorted
                        .get((q * last as f64 + 0.5) as usize)
                        .copied()
                        .unwrap_or(0.0)
                };
                Self::Numeric {
                    quantiles: QUANTILES.iter().map(|&q| at(q)).collect(),
                }
            }
            Column::Category(codes) => {
                let names = vocabulary.map_or(&[][..], Vocabulary::values);
                let mut counts = vec![0usize; names.len()];
                for &row in rows {
                    if let Some(count) = counts.get_mut(codes[row] as usize) {
                        *count += 1;
                    }
                }
                let mut shares: Vec<(String, f32)> = names
                    .iter()
                    .zip(&counts)
                    .filter(|(_, count)| **count > 0)
                    .map(|(name, &count)| (name.clone(), count as f32 / rows.len() as f32))
                    .collect();
                shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                Self::Category { shares }
            }
        }
    }

    /// Measures every column of a batch.
    pub fn measure_all(
        batch: &RecordBatch,
        vocabularies: &[Vocabulary],
        rows: &[usize],
    ) -> Vec<Self> {
        let mut names = vocabularies.iter();
        batch
            .columns()
            .iter()
            .map(|column| match column {
                Column::Numeric(_) => Self::measure(column, None, rows),
                Column::Category(_) => Self::measure(column, names.next(), rows),
            })
            .collect()
    }

    /// Tells whether every number in it is finite.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::Numeric { quantiles } => quantiles.iter().all(|value| value.is_finite()),
            Self::Category { shares } => shares.iter().all(|(_, share)| share.is_finite()),
        }
    }

    /// The range that nine in ten normal records fall into; `None` for a category.
    pub fn typical_range(&self) -> Option<(f32, f32)> {
        match self {
            Self::Numeric { quantiles } => {
                Some((*quantiles.get(TYPICAL.0)?, *quantiles.get(TYPICAL.1)?))
            }
            Self::Category { .. } => None,
        }
    }

    /// The share of normal records that have at least so extreme a number, as far as the quantiles tell; 1 where this is a category.
    pub fn tail_share(&self, value: f32) -> f32 {
        let Self::Numeric { quantiles } = self else {
            return 1.0;
        };
        let pairs = || QUANTILES.iter().zip(quantiles);
        let above = pairs()
            .rev()
            .find(|(_, bound)| **bound < value)
            .map_or(1.0, |(q, _)| 1.0 - q);
        let below = pairs()
            .find(|(_, bound)| **bound > value)
            .map_or(1.0, |(q, _)| *q);
        above.min(below) as f32
    }

    /// Says in words where a number stands among normal records: "99 % of normal traffic has at most 40".
    pub fn standing(&self, value: f32, format: impl Fn(f32) -> String) -> Option<String> {
        let Self::Numeric { quantiles } = self else {
            return None;
        };
        let (min, max) = (quantiles.first()?, quantiles.last()?);
        if value > *max {
            return Some(format!("no normal record has more than {}", format(*max)));
        }
        if value < *min {
            return Some(format!("no normal record has less than {}", format(*min)));
        }
        let pairs = || QUANTILES.iter().zip(quantiles);
        let percent = |q: f64| format!("{}", (q * 1000.0 + 0.5).floor() / 10.0);
        if let Some((q, bound)) = pairs()
            .rev()
            .find(|(q, bound)| **q >= 0.75 && **q < 1.0 && **bound < value)
        {
            return Some(format!(
                "{} % of normal traffic has at most {}",
                percent(*q),
                format(*bound)
            ));
        }
        if let Some((q, bound)) =
            pairs().find(|(q, bound)| **q <= 0.25 && **q > 0.0 && **bound > value)
        {
            return Some(format!(
                "{} % of normal traffic has at least {}",
                percent(1.0 - q),
                format(*bound)
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> FeatureProfile {
        let values: Vec<f32> = (0..=1000).map(|v| v as f32).collect();
        let rows: Vec<usize> = (0..values.len()).collect();
        FeatureProfile::measure(&Column::Numeric(values), None, &rows)
    }

    #[test]
    fn quotes_the_strongest_true_statement() {
        let text = |value| profile().standing(value, |v| format!("{v:.0}"));
        assert_eq!(
            text(2000.0).as_deref(),
            Some("no normal record has more than 1000")
        );
        assert_eq!(
            text(995.0).as_deref(),
            Some("99 % of normal traffic has at most 990")
        );
        assert_eq!(text(500.0), None);
        assert_eq!(
            text(5.0).as_deref(),
            Some("99 % of normal traffic has at least 10")
        );
        assert_eq!(profile().typical_range(), Some((50.0, 950.0)));
    }
}
