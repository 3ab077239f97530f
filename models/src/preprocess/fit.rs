//! Fits a view's transforms on normal training rows.

use super::recipe::{Wanted, for_networks, for_trees};
use super::{Input, Preprocess, Transform, category_position, log1p};
use crate::record::{Column, RecordBatch, Vocabulary};
use crate::schema::FeatureKind;

/// Smallest standard deviation of a one-hot input that is divided by: very rare categories stay below the clip.
const MIN_ONE_HOT_DEVIATION: f64 = 0.02;
/// Most steps of a tail surprise.
const MAX_STEPS: f64 = 100.0;
/// A value no normal row had counts as half a row.
const UNSEEN_ROWS: f64 = 0.5;

impl Preprocess {
    /// Fits on the given distinct rows of `batch`, of which there must be at least one.
    ///
    /// `vocabularies` name the batch's category codes, one per categorical feature in order. Values that none of the rows has are left out
    /// of the fitted vocabularies; encode only batches read, or recoded, with [`Preprocess::vocabularies`].
    pub fn fit(batch: &RecordBatch, vocabularies: &[Vocabulary], rows: &[usize]) -> Self {
        let view = batch.view();
        let mut fitted = Self {
            view,
            vocabularies: Vec::new(),
            tree_inputs: Vec::new(),
            network_inputs: Vec::new(),
        };
        for (index, (feature, column)) in view.features().zip(batch.columns()).enumerate() {
            let values = Values::of(
                column,
                vocabularies.get(category_position(view, index)),
                rows,
            );
            if let Values::Categories { vocabulary, .. } = &values {
                fitted.vocabularies.push(vocabulary.clone());
            }
            let is_constant = values.is_constant();
            for wanted in for_trees(view, feature) {
                // A constant column cannot be cut.
                if !is_constant || feature.kind == FeatureKind::Category {
                    let transforms = values.transforms(*wanted);
                    fitted
                        .tree_inputs
                        .extend(transforms.into_iter().map(|transform| Input {
                            feature: index,
                            transform,
                            mean: 0.0,
                            scale: 1.0,
                        }));
                }
            }
            for wanted in for_networks(view, feature) {
                fitted.network_inputs.extend(
                    values
                        .transforms(*wanted)
                        .into_iter()
                        .map(|transform| values.standardised(index, transform)),
                );
                fitted
                    .network_inputs
                    .extend(pair_input(batch, rows, index, *wanted));
            }
        }
        fitted
    }
}

/// The fitted rows of one column.
enum Values {
    Numbers(Vec<f32>),
    Categories {
        vocabulary: Vocabulary,
        shares: Vec<f64>,
        n_rows: usize,
    },
}

impl Values {
    fn of(column: &Column, vocabulary: Option<&Vocabulary>, rows: &[usize]) -> Self {
        match column {
            Column::Numeric(values) => {
                let mut sorted: Vec<f32> = rows.iter().map(|&row| values[row]).collect();
                sorted.sort_unstable_by(f32::total_cmp);
                Self::Numbers(sorted)
            }
            Column::Category(codes) => {
                let names = vocabulary.map_or(&[][..], Vocabulary::values);
                let mut counts = vec![0usize; names.len()];
                for &row in rows {
                    if let Some(count) = counts.get_mut(codes[row] as usize) {
                        *count += 1;
                    }
                }
                let seen = || names.iter().zip(&counts).filter(|(_, count)| **count > 0);
                Self::Categories {
                    vocabulary: Vocabulary::new(seen().map(|(name, _)| name.clone()).collect()),
                    shares: seen()
                        .map(|(_, &count)| count as f64 / rows.len() as f64)
                        .collect(),
                    n_rows: rows.len(),
                }
            }
        }
    }

    fn is_constant(&self) -> bool {
        match self {
            Self::Numbers(sorted) => sorted.first() == sorted.last(),
            Self::Categories { vocabulary, .. } => vocabulary.len() < 2,
        }
    }

    fn transforms(&self, wanted: Wanted) -> Vec<Transform> {
        match (self, wanted) {
            (Self::Numbers(_), Wanted::Magnitude) => vec![Transform::Magnitude],
            (Self::Numbers(_), Wanted::Log) => vec![Transform::Log],
            (Self::Numbers(_), Wanted::IsZero) => vec![Transform::IsZero],
            (Self::Numbers(sorted), Wanted::TailSurprise) => vec![tail_surprise(sorted)],
            (Self::Categories { shares, n_rows, .. }, Wanted::CategorySurprise) => {
                vec![Transform::CategorySurprise {
                    surprise: shares
                        .iter()
                        .map(|share| -libm::log(*share) as f32)
                        .collect(),
                    unseen: -libm::log(UNSEEN_ROWS / *n_rows as f64) as f32,
                }]
            }
            (Self::Categories { vocabulary, .. }, Wanted::OneHot) => (0..vocabulary.len() as u32)
                .map(|code| Transform::OneHot { code })
                .chain([Transform::IsUnseen])
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Scales a transform to mean 0 and standard deviation 1 over the fitted rows; a constant one is only centred.
    fn standardised(&self, feature: usize, transform: Transform) -> Input {
        let (mean, deviation) = match (self, &transform) {
            (Self::Numbers(sorted), transform) => {
                moments(sorted.iter().map(|&value| match transform {
                    Transform::Log => f64::from(log1p(value)),
                    Transform::IsZero => f64::from(u8::from(value == 0.0)),
                    _ => f64::from(value),
                }))
            }
            (Self::Categories { shares, .. }, Transform::OneHot { code }) => {
                let share = shares.get(*code as usize).copied().unwrap_or(0.0);
                (
                    share,
                    libm::sqrt(share * (1.0 - share)).max(MIN_ONE_HOT_DEVIATION),
                )
            }
            // An unseen category is as loud as the clip allows.
            (Self::Categories { .. }, _) => (0.0, 1.0 / f64::from(super::CLIP)),
        };
        standardised(feature, transform, (mean, deviation))
    }
}

fn standardised(feature: usize, transform: Transform, (mean, deviation): (f64, f64)) -> Input {
    let scale = if deviation > 0.0 {
        1.0 / deviation
    } else {
        1.0
    };
    Input {
        feature,
        transform,
        mean: mean as f32,
        scale: scale as f32,
    }
}

/// The input made of a feature and another one; `None` where `wanted` takes one feature only, or the view lacks the other.
fn pair_input(
    batch: &RecordBatch,
    rows: &[usize],
    feature: usize,
    wanted: Wanted,
) -> Option<Input> {
    let (Wanted::LogRatio(name) | Wanted::Equals(name)) = wanted else {
        return None;
    };
    let other = batch
        .view()
        .features()
        .position(|other| other.name == name)?;
    let (Column::Numeric(values), Column::Numeric(others)) =
        (&batch.columns()[feature], &batch.columns()[other])
    else {
        return None;
    };
    let pairs = rows.iter().map(|&row| (values[row], others[row]));
    Some(match wanted {
        Wanted::LogRatio(_) => standardised(
            feature,
            Transform::LogRatio { other },
            moments(pairs.map(|(value, other)| f64::from(log1p(value) - log1p(other)))),
        ),
        _ => standardised(
            feature,
            Transform::Equals { other },
            moments(pairs.map(|(value, other)| f64::from(u8::from(value == other)))),
        ),
    })
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values
        .map(|value| (value - mean) * (value - mean))
        .sum::<f64>()
        / n;
    (mean, libm::sqrt(variance))
}

/// −ln((N − #{values < x} + ½) / (N + ½)), thinned to at most about [`MAX_STEPS`] steps of equal height.
fn tail_surprise(sorted: &[f32]) -> Transform {
    let n = sorted.len() as f64;
    let surprise_of =
        |n_below: usize| -libm::log((n - n_below as f64 + UNSEEN_ROWS) / (n + UNSEEN_ROWS));
    let beyond = surprise_of(sorted.len());
    let step_height = beyond / MAX_STEPS;
    let (mut ends, mut surprise) = (Vec::new(), Vec::new());
    let mut last = f64::NEG_INFINITY;
    let mut n_below = 0;
    while let Some(&value) = sorted.get(n_below) {
        let height = surprise_of(n_below);
        let n_up_to = sorted.partition_point(|&other| other <= value);
        if height - last >= step_height || n_up_to == sorted.len() {
            ends.push(value);
            surprise.push(height as f32);
            last = height;
        }
        n_below = n_up_to;
    }
    surprise.push(beyond as f32);
    Transform::TailSurprise { ends, surprise }
}

#[cfg(test)]
mod tests {
    use super::super::{EncodedBlock, N_LANES};
    use super::*;
    use crate::record::UNSEEN;
    use crate::schema::View;

    fn form_batch(rows: &[[f32; 5]]) -> RecordBatch {
        let mut batch = RecordBatch::new(View::Kdd5);
        for row in rows {
            for (column, value) in row.iter().enumerate() {
                batch.push_number(column, *value);
            }
        }
        batch
    }

    #[test]
    fn standardises_logarithms_and_repeats_the_last_row() {
        let batch = form_batch(&[[0.0, 0.0, 1.0, 1.0, 1.0], [0.0, 9.0, 1.0, 1.0, 3.0]]);
        let preprocess = Preprocess::fit(&batch, &[], &[0, 1]);
        let mut block = EncodedBlock::default();
        preprocess.encode(&batch, &[0, 1], &mut block);
        let position = |inputs: &[Input], feature, transform| {
            inputs
                .iter()
                .position(|input| input.feature == feature && input.transform == transform)
        };
        let log = position(preprocess.tree_inputs(), 1, Transform::Log).expect("src_bytes varies");
        assert_eq!(block.tree[log][..2], [0.0, libm::log1pf(9.0)]);
        let log = position(preprocess.network_inputs(), 1, Transform::Log)
            .expect("networks see every feature");
        assert!(
            (block.network[log][0] + 1.0).abs() < 1e-6
                && (block.network[log][1] - 1.0).abs() < 1e-6
        );
        assert_eq!(block.network[log][N_LANES - 1], block.network[log][1]);
        assert_eq!(
            block.network[0], [0.0; N_LANES],
            "a constant feature stays finite"
        );
    }

    #[test]
    fn tail_surprise_rises_with_the_value_and_beyond_all_rows() {
        let sorted: Vec<f32> = (0..10_000).map(|value| value as f32).collect();
        let transform = tail_surprise(&sorted);
        let at = |value: f32| transform.apply(0, &[[value; N_LANES]], &[[0.0; N_LANES]])[0];
        assert_eq!(at(-5.0), 0.0);
        assert!((at(5000.0) - 2f32.ln()).abs() < 0.11, "{}", at(5000.0));
        assert!((at(20_000.0) - 20_001f32.ln()).abs() < 0.01);
        assert!(
            (0..200)
                .map(|k| at(k as f32 * 60.0))
                .collect::<Vec<_>>()
                .windows(2)
                .all(|pair| pair[0] <= pair[1])
        );
    }

    #[test]
    fn an_unseen_value_is_the_most_surprising() {
        let mut batch = RecordBatch::new(View::Kdd41);
        for row in 0..4u32 {
            for (column, feature) in View::Kdd41.features().enumerate() {
                match feature.kind {
                    FeatureKind::Category => batch.push_code(column, u32::from(row == 3)),
                    _ => batch.push_number(column, 0.0),
                }
            }
        }
        let vocabulary = Vocabulary::new(vec!["a".into(), "b".into(), "never".into()]);
        let preprocess = Preprocess::fit(
            &batch,
            &[vocabulary.clone(), vocabulary.clone(), vocabulary],
            &[0, 1, 2, 3],
        );
        assert_eq!(preprocess.vocabularies()[0].values(), ["a", "b"]);
        let mut unseen = batch.select(&[0]);
        unseen.map_codes(|_, _| UNSEEN);
        let mut block = EncodedBlock::default();
        preprocess.encode(&batch, &[0, 3], &mut block);
        let (common, rare) = (block.tree[0][0], block.tree[0][1]);
        preprocess.encode(&unseen, &[0], &mut block);
        assert!(common < rare && rare < block.tree[0][0]);
        assert!(
            block
                .network
                .iter()
                .any(|lanes| lanes[0] == super::super::CLIP)
        );
        let read = Preprocess::from_stored(View::Kdd41, preprocess.to_stored())
            .expect("what was written is read");
        assert_eq!(read, preprocess);
    }
}
