//! Why a record is odd: the features that pushed its score, with their values, what is usual, and a sentence.
//!
//! In: one row of a batch and one column of scores. Out: [`Reason`]s, strongest first. All is on one scale, powers of ten of evidence
//! (−log₁₀ p): what a detector says of a record is dealt out to the features in proportion to what pushed its score up (exact for path
//! lengths, shares of trees and probabilities; squared residuals for networks), and the ensemble's is the weighted mean of its members'. So the features'
//! parts sum to the score that they explain.

use serde::{Deserialize, Serialize};

use crate::ensemble::evidence;
use crate::profile::FeatureProfile;
use crate::record::{Column, RecordBatch, Vocabulary};
use crate::schema::{Feature, FeatureKind};
#[cfg(doc)]
use crate::trained_model::TrainedModel;
use crate::trained_model::{Detections, Scorer};

/// One feature's part in a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The feature's name.
    pub feature: String,
    /// Its share of what pushed the score up, 0..=1.
    pub share: f32,
    /// The share of normal records that are at least as extreme in this feature alone, 0..=1.
    pub rarity: f32,
    /// Its value with unit.
    pub value: String,
    /// What is usual: a range, or the commonest values.
    pub typical: String,
    /// One sentence without a full stop.
    pub sentence: String,
}

/// The reason to say first: the one that is rarest by itself, the stronger of two equal ones.
pub fn headline(reasons: &[Reason]) -> Option<&Reason> {
    reasons.iter().min_by(|a, b| {
        a.rarity
            .total_cmp(&b.rarity)
            .then(b.share.total_cmp(&a.share))
    })
}

/// A feature's position in the view and its share of what pushed a score up.
pub type FeatureShare = (usize, f32);

/// Features that an explanation names at most.
pub const MAX_REASONS: usize = 3;

/// Shares below this are not worth a word.
const MIN_SHARE: f32 = 0.01;

impl Scorer {
    /// The features that pushed the score of a row up, strongest first, as [`Scorer::leading_features`] with words.
    ///
    /// `detections` are those of the same batch. `column` says whose score: 0 the ensemble's, then those of [`TrainedModel::columns`].
    pub fn explain(
        &mut self,
        batch: &RecordBatch,
        detections: &Detections,
        row: usize,
        column: usize,
    ) -> Vec<Reason> {
        let leading = self.leading_features(batch, detections, row, column);
        let model = self.model();
        let mut vocabularies = model.preprocess.vocabularies().iter();
        let words: Vec<Option<&Vocabulary>> = model
            .view()
            .features()
            .map(|feature| {
                if feature.kind == FeatureKind::Category {
                    vocabularies.next()
                } else {
                    None
                }
            })
            .collect();
        leading
            .into_iter()
            .filter_map(|(index, share)| {
                let feature = model.view().features().nth(index)?;
                Some(reason(
                    feature,
                    &model.profile[index],
                    &batch.columns()[index],
                    words[index],
                    row,
                    share,
                ))
            })
            .collect()
    }

    /// At most [`MAX_REASONS`] features with a share of at least 1 %, strongest first. Equal rows are worked out once.
    pub fn leading_features(
        &mut self,
        batch: &RecordBatch,
        detections: &Detections,
        row: usize,
        column: usize,
    ) -> Vec<FeatureShare> {
        let hash = detections.row_hash[row] ^ (column as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        if let Some(known) = self.known_reasons(hash) {
            return known;
        }
        let parts = self.feature_evidence(batch, detections, row, column);
        let total = parts.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let mut leading: Vec<FeatureShare> = parts
            .into_iter()
            .map(|part| part / total)
            .enumerate()
            .filter(|(_, share)| *share >= MIN_SHARE)
            .collect();
        leading.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        leading.truncate(MAX_REASONS);
        self.remember_reasons(hash, &leading);
        leading
    }

    /// What each feature adds to a score, in powers of ten, all ≥ 0.
    ///
    /// They sum to the ensemble's [`Detections::combined`] (column 0), to −log₁₀ p of a detector, and to the raw score of the hybrid.
    pub fn feature_evidence(
        &mut self,
        batch: &RecordBatch,
        detections: &Detections,
        row: usize,
        column: usize,
    ) -> Vec<f32> {
        let model = self.model().clone();
        let n_members = model.members.len();
        let hybrid = model.hybrid.as_ref().filter(|_| column == n_members + 1);
        let weight_sum: f32 = model.members.iter().map(|member| member.weight).sum();
        let mut parts = vec![0.0f32; model.view().n_features()];
        let (block, scratch) = self.encode_one(batch, row);
        for (index, (member, raw)) in model.members.iter().zip(&detections.raw).enumerate() {
            let in_ensemble = member.weight / weight_sum;
            let weight = match hybrid {
                Some(hybrid) if hybrid.member == index => 1.0,
                Some(hybrid) => hybrid.novelty_weight * in_ensemble,
                None if column == 0 => in_ensemble,
                None => f32::from(column == index + 1),
            };
            if weight == 0.0 {
                continue;
            }
            let evidence = weight * evidence(member.calibration.p_value(raw[row]));
            let contributions = member
                .detector
                .contributions(&model.preprocess, block, 0, scratch);
            let pushes = contributions.by_feature.iter().map(|push| push.max(0.0));
            let total: f32 = pushes.clone().sum();
            // Where nothing pushes up there is next to no evidence, and it is nobody's in particular.
            let even = 1.0 / parts.len().max(1) as f32;
            for (part, push) in parts.iter_mut().zip(pushes) {
                *part += evidence * if total > 0.0 { push / total } else { even };
            }
        }
        parts
    }
}

fn reason(
    feature: &Feature,
    profile: &FeatureProfile,
    column: &Column,
    vocabulary: Option<&Vocabulary>,
    row: usize,
    share: f32,
) -> Reason {
    let (rarity, value, typical, sentence) = match column {
        Column::Numeric(values) => {
            let value = format_value(values[row], feature.kind);
            let typical = profile
                .typical_range()
                .map_or_else(String::new, |(low, high)| {
                    format_range(low, high, feature.kind)
                });
            let standing = profile
                .standing(values[row], |bound| format_value(bound, feature.kind))
                .unwrap_or_else(|| {
                    format!("usual by itself (typical {typical}), odd together with the rest")
                });
            let sentence = format!("{} is {value}: {standing}", feature.meaning);
            (profile.tail_share(values[row]), value, typical, sentence)
        }
        Column::Category(codes) => {
            let seen = vocabulary.and_then(|vocabulary| vocabulary.value(codes[row]));
            let shares = match profile {
                FeatureProfile::Category { shares } => &shares[..],
                FeatureProfile::Numeric { .. } => &[],
            };
            let typical = shares
                .iter()
                .take(3)
                .map(|(value, _)| value.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            let share_of = |value: &str| {
                shares
                    .iter()
                    .find(|(known, _)| known == value)
                    .map(|(_, share)| *share)
            };
            let sentence = match seen.map(|value| (value, share_of(value))) {
                Some((value, Some(share))) => format!(
                    "{} is {value}: {} of normal traffic has it",
                    feature.meaning,
                    format_share(share)
                ),
                Some((value, None)) => format!(
                    "{} is {value}: no normal record of the training data has it",
                    feature.meaning
                ),
                None => format!(
                    "{} has a value that the training data never had",
                    feature.meaning
                ),
            };
            let rarity = seen.and_then(share_of).unwrap_or(0.0);
            (
                rarity,
                seen.unwrap_or("never seen").to_owned(),
                typical,
                sentence,
            )
        }
    };
    Reason {
        feature: feature.name.to_owned(),
        share,
        rarity,
        value,
        typical,
        sentence,
    }
}

/// A value with its unit, as people read it: `1,032 B`, `2.5 s`, `37 %`.
pub fn format_value(value: f32, kind: FeatureKind) -> String {
    match kind {
        FeatureKind::Seconds => format!("{} s", format_number(value)),
        FeatureKind::Bytes => format!("{} B", format_number(value)),
        FeatureKind::Rate => format_share(value),
        FeatureKind::Count | FeatureKind::Flag | FeatureKind::Category => format_number(value),
    }
}

/// A range with its unit: `0–5,450 B`.
pub fn format_range(low: f32, high: f32, kind: FeatureKind) -> String {
    if low == high {
        return format_value(low, kind);
    }
    match kind {
        FeatureKind::Rate => format!(
            "{}–{}",
            format_number((low * 100.0).round()),
            format_share(high)
        ),
        _ => format!("{}–{}", format_number(low), format_value(high, kind)),
    }
}

fn format_share(share: f32) -> String {
    let percent = share * 100.0;
    let decimals = if percent == 0.0 || percent >= 1.0 {
        0
    } else {
        2
    };
    format!("{percent:.decimals$} %")
}

/// A number with thousands separators and at most two decimals.
pub fn format_number(value: f32) -> String {
    let value = f64::from(value);
    let text = if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    };
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or(grouped.clone(), |fraction| format!("{grouped}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_a_person_writes_them() {
        assert_eq!(format_number(1_234_567.0), "1,234,567");
        assert_eq!(format_number(6.1), "6.1");
        assert_eq!(format_number(-100.0), "-100");
        assert_eq!(format_value(1032.0, FeatureKind::Bytes), "1,032 B");
        assert_eq!(format_value(0.37, FeatureKind::Rate), "37 %");
        assert_eq!(format_value(0.0, FeatureKind::Rate), "0 %");
        assert_eq!(format_range(0.0, 1.0, FeatureKind::Rate), "0–100 %");
    }
}
