//! Why a record is odd: the features that pushed its score, with their values, what is usual, and a sentence.
//!
//! In: one row of a batch. Out: [`Reason`]s, strongest first. Each member gives a contribution per feature (exact for the forest's path
//! lengths and for the network's residuals); positive ones are scaled to shares, and shares are averaged over the members, each weighted by
//! its risk, so that the member which is alarmed speaks.

use serde::{Deserialize, Serialize};

use crate::profile::FeatureProfile;
use crate::record::{Column, RecordBatch, Vocabulary};
use crate::schema::{Feature, FeatureKind};
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
    /// `detections` are those of the same batch.
    pub fn explain(
        &mut self,
        batch: &RecordBatch,
        detections: &Detections,
        row: usize,
    ) -> Vec<Reason> {
        let leading = self.leading_features(batch, detections, row);
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
    ) -> Vec<FeatureShare> {
        let hash = detections.row_hash[row];
        if let Some(known) = self.known_reasons(hash) {
            return known;
        }
        let shares = self.feature_shares(batch, detections, row);
        let mut leading: Vec<FeatureShare> = shares
            .into_iter()
            .enumerate()
            .filter(|(_, share)| *share >= MIN_SHARE)
            .collect();
        leading.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        leading.truncate(MAX_REASONS);
        self.remember_reasons(hash, &leading);
        leading
    }

    /// The share of every feature in what pushed the score of a row up; they sum to 1, or are all 0 where nothing did.
    pub fn feature_shares(
        &mut self,
        batch: &RecordBatch,
        detections: &Detections,
        row: usize,
    ) -> Vec<f32> {
        let model = self.model().clone();
        let mut shares = vec![0.0f32; model.view().n_features()];
        let (block, scratch) = self.encode_one(batch, row);
        for (member, risks) in model.members.iter().zip(&detections.member_risk) {
            let contributions = member
                .detector
                .contributions(&model.preprocess, block, 0, scratch);
            let total: f32 = contributions.iter().filter(|share| **share > 0.0).sum();
            // A member that sees nothing odd still has a say where none is alarmed.
            let weight = risks[row] + 1.0;
            for (share, contribution) in shares.iter_mut().zip(contributions) {
                *share += weight * contribution.max(0.0) / total.max(f32::MIN_POSITIVE);
            }
        }
        let total = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        shares.into_iter().map(|share| share / total).collect()
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

fn format_range(low: f32, high: f32, kind: FeatureKind) -> String {
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
