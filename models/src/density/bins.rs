//! Bins of one feature: from a number or a category code to a small index.
//!
//! In: a feature's values among the fitted rows. Out: [`Bins`], which sorts 16 rows at a time. A bin ends where it holds its share of the
//! rows, where it spans [`DensityParams::max_bin_span`], and around a value that is frequent by itself. The gaps that this leaves, what lies
//! below and beyond all fitted values, and categories that no fitted row had have bins of their own: nothing is known there, which says much.

use crate::preprocess::{Lanes, N_LANES};
use crate::schema::Feature;

use super::DensityParams;

/// Index of a bin for each lane.
pub(super) type BinLanes = [u32; N_LANES];

/// How the values of one feature are binned.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bins {
    /// Ends of the bins, ascending; a number belongs to the first that is not below it, or to one more bin beyond the last.
    Number { ends: Vec<f32> },
    /// A bin for every code, after one for values that are not in the vocabulary.
    Category { n_values: usize },
}

/// Where a number without orders of magnitude (a rate, a flag) stands on the scale of spans: by default a bin holds a quarter of the rates.
const LINEAR_SPAN: f32 = 3.0;

/// A bin that may still grow.
struct Open {
    first: f32,
    last: f32,
    n_rows: usize,
    /// It was made for one frequent value.
    is_frequent: bool,
}

impl Bins {
    /// Places the ends among numbers given in ascending order, at least one.
    pub(super) fn of_numbers(feature: &Feature, sorted: &[f32], params: &DensityParams) -> Self {
        let position = |value: f32| match feature.kind.is_heavy_tailed() {
            true => libm::log1pf(value.max(0.0)),
            false => LINEAR_SPAN * value,
        };
        let is_wide = |from: f32, to: f32| position(to) - position(from) > params.max_bin_span;
        let n_rows = sorted.len() as f64;
        let mut ends = Vec::new();
        let mut open: Option<Open> = None;
        for values in sorted.chunk_by(|a, b| a == b) {
            let value = values[0];
            let is_frequent = values.len() as f64 >= n_rows * params.frequent_share;
            let is_full = |bin: &Open| {
                bin.is_frequent
                    || is_frequent
                    || bin.n_rows as f64 >= n_rows / params.n_bins as f64
                    || is_wide(bin.first, value)
            };
            match &mut open {
                Some(bin) if !is_full(bin) => {
                    bin.last = value;
                    bin.n_rows += values.len();
                    continue;
                }
                Some(bin) => {
                    ends.push(bin.last);
                    if is_wide(bin.last, value) {
                        ends.push(value.next_down());
                    }
                }
                None if value > 0.0 => ends.push(value.next_down()),
                None => {}
            }
            open = Some(Open {
                first: value,
                last: value,
                n_rows: values.len(),
                is_frequent,
            });
        }
        ends.extend(open.map(|bin| bin.last));
        Self::Number { ends }
    }

    /// Number of bins.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Number { ends } => ends.len() + 1,
            Self::Category { n_values } => n_values + 1,
        }
    }

    /// The bin of each lane, always below [`Bins::len`].
    #[inline]
    pub(super) fn indices(&self, values: &Lanes) -> BinLanes {
        let mut indices = [0; N_LANES];
        match self {
            // Few ends: counting those below is faster than a search, for it has no branch and 4 lanes share an instruction.
            Self::Number { ends } => {
                let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                for &end in ends.iter().take_while(|end| largest > **end) {
                    for (index, &value) in indices.iter_mut().zip(values) {
                        *index += u32::from(value > end);
                    }
                }
            }
            Self::Category { n_values } => {
                for (index, &code) in indices.iter_mut().zip(values) {
                    // UNSEEN is -1; the cast saturates.
                    let position = (code + 1.0) as u32;
                    *index = if position as usize <= *n_values {
                        position
                    } else {
                        0
                    };
                }
            }
        }
        indices
    }

    /// How much room each bin has: the span of ln(1 + x) for heavy-tailed numbers, the same for every other bin.
    ///
    /// Whole numbers are meant, so a bin reaches half a unit beyond its last value; the bin beyond all values reaches to four times the last.
    pub(super) fn widths(&self, feature: &Feature) -> Vec<f64> {
        let ends = match self {
            Self::Number { ends } if feature.kind.is_heavy_tailed() => ends,
            _ => return vec![1.0; self.len()],
        };
        let mut low = f64::from(ends[0]) - 1.0;
        let beyond = 4.0 * f64::from(ends[ends.len() - 1]) + 1.0;
        ends.iter()
            .map(|&end| f64::from(end))
            .chain([beyond])
            .map(|end| {
                let width = libm::log1p(end + 0.5) - libm::log1p((low + 0.5).max(-0.5));
                low = end;
                width.max(1e-6)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{FEATURES, feature_index};

    fn ends(name: &str, sorted: &[f32]) -> Vec<f32> {
        let feature = &FEATURES[feature_index(name).expect("is a feature")];
        match Bins::of_numbers(feature, sorted, &DensityParams::default()) {
            Bins::Number { ends } => ends,
            Bins::Category { .. } => Vec::new(),
        }
    }

    #[test]
    fn frequent_values_zero_and_gaps_have_bins_of_their_own() {
        let mut sorted = vec![0.0; 100];
        sorted.extend([50.0, 51.0, 52.0]);
        sorted.extend([1032.0; 20]);
        assert_eq!(
            ends("src_bytes", &sorted),
            [0.0, 50f32.next_down(), 52.0, 1032f32.next_down(), 1032.0]
        );
    }

    #[test]
    fn what_lies_below_all_values_has_a_bin() {
        assert_eq!(ends("count", &[7.0; 10]), [7f32.next_down(), 7.0]);
    }

    #[test]
    fn a_full_bin_is_closed() {
        let sorted: Vec<f32> = (0..1000).map(|value| value as f32 / 1000.0).collect();
        let ends = ends("same_srv_rate", &sorted);
        assert_eq!(ends.len(), 20);
        assert_eq!(ends[0], 0.049);
    }

    #[test]
    fn every_value_finds_a_bin() {
        let bins = Bins::Number {
            ends: vec![0.0, 5.0],
        };
        let mut values = [0.0; N_LANES];
        values[..6].copy_from_slice(&[-1.0, 0.0, 0.5, 5.0, f32::INFINITY, f32::NAN]);
        assert_eq!(bins.indices(&values)[..6], [0, 0, 1, 1, 2, 0]);
        let bins = Bins::Category { n_values: 2 };
        values[..6].copy_from_slice(&[-1.0, 0.0, 1.0, 2.0, 1e20, f32::NAN]);
        assert_eq!(bins.indices(&values)[..6], [0, 1, 2, 0, 0, 0]);
    }
}
