//! Bins of a feature: where a distribution is cut, chosen once for the whole file so that a filter does not move them.

use models::schema::FeatureKind;
use serde::{Deserialize, Serialize};

use crate::column::Column;

/// Bins of a number with many values.
const N_BINS: usize = 32;

/// Where the bins of a numeric feature begin and end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Rising, one more than there are bins. A bin holds its lower edge and not its upper one; the last holds both.
    pub edges: Vec<f32>,
    /// Edges are evenly spread over ln(1 + value), not over the value.
    pub is_log: bool,
}

impl Bins {
    /// Bins for the values of a column.
    ///
    /// Where there are few whole numbers each has a bin of its own. Heavy-tailed kinds are cut evenly by ln(1 + value).
    pub fn of(column: &Column, kind: FeatureKind) -> Self {
        let (least, greatest) = range(column);
        if let Column::Numbers(coded) = column
            && greatest - least < N_BINS as f32
            && coded.values.iter().all(|value| value.fract() == 0.0)
        {
            let n = (greatest - least) as usize + 1;
            let edges = (0..=n).map(|step| least + step as f32);
            return Self {
                edges: edges.collect(),
                is_log: false,
            };
        }
        let is_log = kind.is_heavy_tailed() && least >= 0.0;
        let (low, high) = match kind {
            FeatureKind::Rate => (least.min(0.0), greatest.max(1.0)),
            _ => (least, greatest),
        };
        let n = if kind == FeatureKind::Rate {
            20
        } else {
            N_BINS
        };
        let (from, to) = if is_log {
            (libm::log1pf(low), libm::log1pf(high))
        } else {
            (low, high)
        };
        let mut edges: Vec<f32> = (0..=n)
            .map(|step| {
                let at = from + (to - from) * step as f32 / n as f32;
                if is_log {
                    readable(libm::expm1f(at))
                } else {
                    at
                }
            })
            .collect();
        // The ends exactly: rounding must not leave the greatest value out.
        edges[0] = low;
        edges[n] = high;
        edges.retain(|&edge| edge >= low && edge <= high);
        edges.dedup();
        if edges.len() < 2 {
            edges = vec![low, low + 1.0];
        }
        Self { edges, is_log }
    }

    /// Number of bins.
    pub fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// There is always a bin.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The bin of a value; beyond the ends the nearest.
    pub fn bin(&self, value: f32) -> usize {
        self.edges
            .partition_point(|&edge| edge <= value)
            .saturating_sub(1)
            .min(self.len() - 1)
    }
}

/// A number with two digits that are not 0, so that an edge can be said and typed.
fn readable(number: f32) -> f32 {
    if number <= 0.0 {
        return 0.0;
    }
    let unit = libm::powf(10.0, libm::floorf(libm::log10f(number)) - 1.0);
    (number / unit).round() * unit
}

/// The least and greatest number of a column.
fn range(column: &Column) -> (f32, f32) {
    match column {
        Column::Numbers(coded) => (
            coded.values.first().copied().unwrap_or(0.0),
            coded.values.last().copied().unwrap_or(0.0),
        ),
        Column::Floats(values) => values
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| {
                (low.min(value), high.max(value))
            }),
        Column::Texts(coded) => (0.0, coded.values.len().saturating_sub(1) as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::NumberBuilder;
    use proptest::prelude::*;

    fn column(values: &[f32]) -> Column {
        let mut builder = NumberBuilder::default();
        builder.extend(values.iter().copied());
        builder.finish()
    }

    #[test]
    fn few_whole_numbers_have_a_bin_each() {
        let bins = Bins::of(&column(&[0.0, 2.0, 1.0, 2.0]), FeatureKind::Flag);
        assert_eq!(bins.edges, [0.0, 1.0, 2.0, 3.0]);
        assert_eq!([0.0, 1.0, 2.0].map(|value| bins.bin(value)), [0, 1, 2]);
        assert_eq!(Bins::of(&column(&[4.0]), FeatureKind::Count).len(), 1);
        assert_eq!(Bins::of(&column(&[]), FeatureKind::Bytes).len(), 1);
    }

    #[test]
    fn rates_are_cut_in_twentieths() {
        let bins = Bins::of(&column(&[0.0, 0.33, 1.0]), FeatureKind::Rate);
        assert_eq!(bins.len(), 20);
        assert_eq!([0.0, 0.33, 1.0].map(|value| bins.bin(value)), [0, 6, 19]);
    }

    proptest! {
        #[test]
        fn every_value_is_within_the_edges_of_its_bin(values in prop::collection::vec(0f32..1e9, 1..200)) {
            for kind in [FeatureKind::Bytes, FeatureKind::Seconds, FeatureKind::Rate] {
                let bins = Bins::of(&column(&values), kind);
                prop_assert!(bins.edges.is_sorted());
                for &value in &values {
                    let bin = bins.bin(value);
                    prop_assert!(bins.edges[bin] <= value && value <= bins.edges[bin + 1]);
                }
            }
        }
    }
}
