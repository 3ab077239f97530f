//! Records made of a model's profile alone, for where there are no real ones.

use std::sync::Arc;

use super::rules::Rules;
use super::{Row, Value, push_row, vocabulary_positions};
use crate::calibration::DEFAULT_THRESHOLD;
use crate::profile::{FeatureProfile, QUANTILES};
use crate::record::RecordBatch;
use crate::schema::FeatureKind;
use crate::trained_model::{Scorer, TrainedModel};

/// Positions in [`QUANTILES`] of 50 %, 25 % and 75 %.
const MEDIAN: usize = 6;
const QUARTILES: [usize; 2] = [5, 7];

/// At most seven made-up records that the ensemble calls normal: every number at its median and every word the commonest, then the same with
/// the numbers at a quarter or three quarters, all of them or those of one kind.
///
/// None where the model calls all of them odd: a profile knows features one by one, and a record of what is common need not be common.
pub fn typical_records(model: &Arc<TrainedModel>) -> RecordBatch {
    records(&mut Scorer::new(Arc::clone(model)))
}

/// [`typical_records`] of a scorer's model.
pub(super) fn records(scorer: &mut Scorer) -> RecordBatch {
    let model = &Arc::clone(scorer.model());
    let kinds = [FeatureKind::Bytes, FeatureKind::Count];
    let mut rows = vec![row(model, |_| MEDIAN)];
    for quartile in QUARTILES {
        rows.push(row(model, |_| quartile));
        for varied in kinds {
            rows.push(row(
                model,
                |kind| {
                    if kind == varied { quartile } else { MEDIAN }
                },
            ));
        }
    }
    let mut distinct: Vec<Row> = Vec::new();
    for row in rows {
        let rules = Rules::new(&model.preprocess, std::iter::once(&row));
        if rules.broken(&row) == 0 && !distinct.contains(&row) {
            distinct.push(row);
        }
    }
    let mut batch = RecordBatch::new(model.view());
    for row in &distinct {
        push_row(&mut batch, row);
    }
    let risks = scorer.detect(&batch).risk;
    let is_normal = |row: &usize| {
        risks
            .get(*row)
            .is_some_and(|risk| *risk < DEFAULT_THRESHOLD)
    };
    let normal: Vec<usize> = (0..batch.n_rows()).filter(is_normal).collect();
    batch.select(&normal)
}

/// A record with the quantile that `quantile_of` names for each kind of numbers.
fn row(model: &TrainedModel, quantile_of: impl Fn(FeatureKind) -> usize) -> Row {
    let words = vocabulary_positions(model.view());
    let features = model.view().features().zip(&model.profile).zip(words);
    features
        .map(|((feature, profile), words)| match profile {
            FeatureProfile::Numeric { quantiles } => {
                let index = quantile_of(feature.kind).min(QUANTILES.len() - 1);
                Value::Number(quantiles.get(index).copied().unwrap_or(0.0))
            }
            FeatureProfile::Category { shares } => {
                let vocabulary = words.and_then(|index| model.preprocess.vocabularies().get(index));
                let code = shares
                    .first()
                    .zip(vocabulary)
                    .map_or(0, |((word, _), words)| words.code(word.as_bytes()));
                Value::Code(code)
            }
        })
        .collect()
}
